"""What differs between two specifications, and what may not."""

import pytest

from bedplate.spec import changed_fields, immutable_changes

SPEC = "Cluster.spec"
CP = f"{SPEC}.controlPlaneConfiguration"
NET = f"{SPEC}.clusterNetwork"
ETCD = f"{SPEC}.externalEtcdConfiguration"
PROXY = f"{SPEC}.proxyConfiguration"
MACHINE = "VSphereMachineConfig/w01.spec"


def test_equal_specifications_differ_in_nothing(load):
    assert changed_fields(load(), load()) == ()
    assert immutable_changes(load(), load()) == ()


def test_changed_fields_are_dotted_paths(load):
    new = load(
        {
            f"{CP}.count": 3,
            "VSphereMachineConfig/w01.spec.users[0].sshAuthorizedKeys[0]": "ssh-rsa A",
            f"{SPEC}.workerNodeGroupConfigurations[1]": {
                "name": "md-1",
                "machineGroupRef": {"kind": "VSphereMachineConfig", "name": "w01"},
            },
        }
    )
    assert changed_fields(load(), new) == (
        f"{CP}.count",
        f"{SPEC}.workerNodeGroupConfigurations",
        "VSphereMachineConfig/w01.spec.users[0].sshAuthorizedKeys[0]",
    )


FIXED = [
    ({"Cluster.metadata.name": "w02"}, "Cluster.metadata.name"),
    ({f"{CP}.endpoint.host": "198.18.0.11"}, f"{CP}.endpoint.host"),
    ({f"{NET}.pods.cidrBlocks[0]": "172.16.0.0/16"}, f"{NET}.pods.cidrBlocks[0]"),
    ({f"{NET}.services.cidrBlocks[0]": "10.0.0.0/12"}, f"{NET}.services.cidrBlocks[0]"),
    ({f"{NET}.nodes.cidrMaskSize": 25}, f"{NET}.nodes"),
    ({f"{NET}.dns.resolvConf.path": "/r"}, f"{NET}.dns"),
    ({PROXY: {"httpProxy": "h:1", "httpsProxy": "h:1"}}, PROXY),
    ({f"{SPEC}.managementCluster.name": "m"}, f"{SPEC}.managementCluster.name"),
    ({f"{ETCD}.count": 5}, f"{ETCD}.count"),
    ({"VSphereDatacenterConfig.spec.server": "other"}, "VSphereDatacenterConfig.spec.server"),
    ({"VSphereDatacenterConfig.spec.network": "other"}, "VSphereDatacenterConfig.spec.network"),
    ({f"{MACHINE}.osFamily": "redhat"}, f"{MACHINE}.osFamily"),
    ({f"{MACHINE}.storagePolicyName": "gold"}, f"{MACHINE}.storagePolicyName"),
]


@pytest.mark.parametrize(("edits", "field"), FIXED, ids=[field for _edits, field in FIXED])
def test_a_fixed_field_cannot_change(load, edits, field):
    assert field in [problem.field for problem in immutable_changes(load(), load(edits))]


FREE = [
    {f"{CP}.count": 3},
    {f"{SPEC}.kubernetesVersion": "1.35"},
    {f"{SPEC}.workerNodeGroupConfigurations[0].count": 5},
    {f"{SPEC}.registryMirrorConfiguration.endpoint": "m"},
    {f"{SPEC}.eksaVersion": "v0.26.0"},
    {f"{SPEC}.clusterNetwork.cniConfig.cilium.skipUpgrade": True},
    {"VSphereDatacenterConfig.spec.thumbprint": "AA"},
    {"VSphereMachineConfig/w01.spec.template": "/DC0/vm/other"},
    {"VSphereMachineConfig/w01.spec.memoryMiB": 16384},
    {"VSphereMachineConfig/w01.spec.users[0].sshAuthorizedKeys": ["k"]},
]


@pytest.mark.parametrize("edits", FREE, ids=" ".join)
def test_a_free_field_can_change(load, edits):
    assert immutable_changes(load(), load(edits)) == ()


def test_a_change_is_shown_in_the_new_text_with_the_old_value(load):
    old, new = load(), load({f"{CP}.endpoint.host": "198.18.0.11"})
    (problem,) = immutable_changes(old, new)
    assert problem.line > 1
    assert problem.expected == "'198.18.0.10', as before"


def test_external_etcd_can_be_neither_added_nor_removed(load):
    stacked, external = load(example="vsphere-stacked-etcd.yaml"), load({f"{CP}.count": 3})
    field = f"{SPEC}.externalEtcdConfiguration"
    for old, new in ((stacked, external), (external, stacked)):
        assert field in [problem.field for problem in immutable_changes(old, new)]


def test_the_network_plugin_cannot_be_exchanged(load, removed):
    docker = {
        "DockerDatacenterConfig": {
            "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
            "kind": "DockerDatacenterConfig",
            "metadata": {"name": "d"},
        },
        f"{SPEC}.datacenterRef": {"kind": "DockerDatacenterConfig", "name": "d"},
        f"{CP}.endpoint": removed,
        f"{CP}.machineGroupRef": removed,
        f"{SPEC}.externalEtcdConfiguration.machineGroupRef": removed,
        f"{SPEC}.workerNodeGroupConfigurations[0].machineGroupRef": removed,
    }
    old, new = load(docker), load({**docker, f"{SPEC}.clusterNetwork.cniConfig": {"kindnetd": {}}})
    assert [problem.field for problem in immutable_changes(old, new)] == [
        f"{SPEC}.clusterNetwork.cniConfig.cilium",
        f"{SPEC}.clusterNetwork.cniConfig.kindnetd",
    ]


def test_gitops_can_be_added_to_a_cluster_that_manages_itself(load, removed):
    example = "vsphere-gitops.yaml"
    without = load({f"{SPEC}.gitOpsRef": removed, "FluxConfig": removed}, example)
    assert without.gitops is None
    assert immutable_changes(without, load(example=example)) == ()


def test_gitops_of_a_managed_cluster_is_fixed(load):
    managed = {f"{SPEC}.managementCluster.name": "mgmt"}
    old, new = load(managed), load(managed, "vsphere-gitops.yaml")
    assert f"{SPEC}.gitOpsRef" in [problem.field for problem in immutable_changes(old, new)]


def test_the_repository_of_flux_is_fixed(load):
    example = "vsphere-gitops.yaml"
    new = load({"FluxConfig.spec.branch": "other"}, example)
    assert [p.field for p in immutable_changes(load(example=example), new)] == [
        "FluxConfig.spec.branch"
    ]


def test_identity_providers_are_fixed_but_may_go(load, identities):
    old = load(identities)
    changed = load({**identities, "OIDCConfig.spec.clientId": "other"})
    assert [p.field for p in immutable_changes(old, changed)] == ["OIDCConfig.spec.clientId"]
    only_iam = {f"{SPEC}.identityProviderRefs": [{"kind": "AWSIamConfig", "name": "iam"}]}
    assert immutable_changes(old, load({**identities, **only_iam})) == ()
    only_oidc = {f"{SPEC}.identityProviderRefs": [{"kind": "OIDCConfig", "name": "oidc"}]}
    assert immutable_changes(old, load({**identities, **only_oidc})) == ()


def test_aws_iam_can_be_neither_added_nor_exchanged(load, identities):
    field = f"{SPEC}.identityProviderRefs"
    added = immutable_changes(load(), load(identities))
    assert field in [problem.field for problem in added]
    other = {f"{field}[1].name": "iam2", "AWSIamConfig.metadata.name": "iam2"}
    exchanged = immutable_changes(load(identities), load({**identities, **other}))
    assert f"{field}[1].name" in [problem.field for problem in exchanged]


def test_an_oidc_object_that_a_controller_owns_may_change(load, identities):
    owned = {"OIDCConfig.metadata.annotations": {"anywhere.eks.amazonaws.com/managed-by": "x"}}
    old = load({**identities, **owned})
    new = load({**identities, **owned, "OIDCConfig.spec.clientId": "other"})
    assert immutable_changes(old, new) == ()


def test_a_version_of_eks_anywhere_cannot_be_taken_back(load):
    old = load({f"{SPEC}.eksaVersion": "v0.26.0"})
    assert [p.field for p in immutable_changes(old, load())] == [f"{SPEC}.eksaVersion"]


def test_a_paused_cluster_may_change_freely(load):
    paused = {"Cluster.metadata.annotations": {"anywhere.eks.amazonaws.com/paused": "true"}}
    new = load({f"{CP}.endpoint.host": "198.18.0.11"})
    assert immutable_changes(load(paused), new) == ()


def test_no_problem_shows_the_password_of_the_old_proxy(load):
    proxy = {"httpProxy": "http://u:hunter2@h:1", "httpsProxy": "h:1"}
    problems = immutable_changes(load({f"{SPEC}.proxyConfiguration": proxy}), load())
    assert problems
    assert "hunter2" not in "".join(map(str, problems))
