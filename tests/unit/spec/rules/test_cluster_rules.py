"""One row for each way to break a rule about the Cluster; the field that must be named."""

import pytest

from bedplate.errors import SpecError
from bedplate.spec import Environment

CP = "Cluster.spec.controlPlaneConfiguration"
WORKERS = "Cluster.spec.workerNodeGroupConfigurations"
ETCD = "Cluster.spec.externalEtcdConfiguration"
NET = "Cluster.spec.clusterNetwork"
CILIUM = f"{NET}.cniConfig.cilium"
MIRROR = "Cluster.spec.registryMirrorConfiguration"
PROXY = "Cluster.spec.proxyConfiguration"
KMS = {"name": "k", "socketListenAddress": "unix:///var/run/k.sock"}
ENCRYPTION = {"providers": [{"kms": KMS}], "resources": ["secrets"]}
REPEL = [{"key": "k", "effect": "NoSchedule"}]
SECOND = {"name": "md-0", "machineGroupRef": {"kind": "VSphereMachineConfig", "name": "w01"}}

BROKEN = [
    # edits, the field that is named
    ({"Cluster.metadata.name": "1w"}, "Cluster.metadata.name"),
    ({"Cluster.metadata.name": "w"}, "Cluster.metadata.name"),
    ({"Cluster.metadata.name": "w.1"}, "Cluster.metadata.name"),
    ({"Cluster.metadata.name": "w" * 36}, "Cluster.metadata.name"),
    ({"Cluster.spec.kubernetesVersion": "1.17"}, "Cluster.spec.kubernetesVersion"),
    ({"Cluster.spec.kubernetesVersion": "1.37"}, "Cluster.spec.kubernetesVersion"),
    ({"Cluster.spec.kubernetesVersion": "v1.34"}, "Cluster.spec.kubernetesVersion"),
    ({"Cluster.spec.kubernetesVersion": "1.34.1"}, "Cluster.spec.kubernetesVersion"),
    ({"Cluster.spec.datacenterRef.kind": "VSphere"}, "Cluster.spec.datacenterRef.kind"),
    ({"Cluster.spec.datacenterRef.name": ""}, "Cluster.spec.datacenterRef.name"),
    ({f"{CP}.endpoint.host": ""}, f"{CP}.endpoint.host"),
    ({f"{CP}.endpoint.host": "192.168.3.4"}, f"{CP}.endpoint.host"),
    ({f"{CP}.endpoint.host": "10.100.0.1"}, f"{CP}.endpoint.host"),
    ({f"{CP}.count": 0}, f"{CP}.count"),
    ({f"{CP}.count": -1}, f"{CP}.count"),
    ({f"{CP}.machineGroupRef": None}, f"{CP}.machineGroupRef"),
    ({f"{CP}.machineGroupRef.kind": "SnowMachineConfig"}, f"{CP}.machineGroupRef.kind"),
    ({f"{CP}.machineGroupRef.name": ""}, f"{CP}.machineGroupRef.name"),
    ({f"{WORKERS}[0].machineGroupRef": None}, f"{WORKERS}[0].machineGroupRef"),
    ({f"{ETCD}.machineGroupRef": None}, f"{ETCD}.machineGroupRef"),
    ({f"{CP}.labels": {"a b": "c"}}, f"{CP}.labels.a b"),
    ({f"{CP}.labels": {"a": "-"}}, f"{CP}.labels.a"),
    ({f"{CP}.labels": {"/a": "b"}}, f"{CP}.labels./a"),
    ({f"{CP}.labels": {"a": "b" * 64}}, f"{CP}.labels.a"),
    ({f"{CP}.taints": [{"key": "", "effect": "NoSchedule"}]}, f"{CP}.taints[0].key"),
    ({f"{CP}.taints": [{"key": "a b", "effect": "NoSchedule"}]}, f"{CP}.taints[0]"),
    ({f"{CP}.taints": [{"key": "a"}]}, f"{CP}.taints[0].effect"),
    ({f"{CP}.taints": [{"key": "a", "effect": "Never"}]}, f"{CP}.taints[0].effect"),
    ({f"{CP}.upgradeRolloutStrategy.type": "Now"}, f"{CP}.upgradeRolloutStrategy.type"),
    (
        {f"{CP}.upgradeRolloutStrategy.rollingUpdate.maxSurge": 2},
        f"{CP}.upgradeRolloutStrategy.rollingUpdate.maxSurge",
    ),
    (
        {f"{CP}.upgradeRolloutStrategy": {"type": "InPlace", "rollingUpdate": {"maxSurge": 1}}},
        f"{CP}.upgradeRolloutStrategy.rollingUpdate",
    ),
    ({f"{CP}.certSans": ["10.0.0.300"]}, f"{CP}.certSans[0]"),
    ({f"{CP}.certSans": ["ok.example.com", "bad_name"]}, f"{CP}.certSans[1]"),
    (
        {f"{CP}.machineHealthCheck.nodeStartupTimeout": "soon"},
        f"{CP}.machineHealthCheck.nodeStartupTimeout",
    ),
    (
        {"Cluster.spec.machineHealthCheck.unhealthyMachineTimeout": "0s"},
        "Cluster.spec.machineHealthCheck.unhealthyMachineTimeout",
    ),
    (
        {"Cluster.spec.machineHealthCheck.maxUnhealthy": "most"},
        "Cluster.spec.machineHealthCheck.maxUnhealthy",
    ),
    (
        {"Cluster.spec.machineHealthCheck.maxUnhealthy": -1},
        "Cluster.spec.machineHealthCheck.maxUnhealthy",
    ),
    ({f"{CP}.apiServerExtraArgs": {"v": "4"}}, f"{CP}.apiServerExtraArgs"),
    ({f"{CP}.kubeletConfiguration": {"maxPodz": 9}}, f"{CP}.kubeletConfiguration.maxPodz"),
    ({f"{CP}.kubeletConfiguration": {"providerID": "x"}}, f"{CP}.kubeletConfiguration.providerID"),
    ({f"{CP}.auditPolicyContent": "]"}, f"{CP}.auditPolicyContent"),
    ({f"{CP}.auditPolicyContent": "text"}, f"{CP}.auditPolicyContent"),
    (
        {f"{CP}.auditPolicyContent": "kind: Policy\nrules: [{level: None}]"},
        f"{CP}.auditPolicyContent",
    ),
    (
        {f"{CP}.auditPolicyContent": "apiVersion: audit.k8s.io/v1\nkind: Policy"},
        f"{CP}.auditPolicyContent",
    ),
    (
        {f"{CP}.auditPolicyContent": "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{}]"},
        f"{CP}.auditPolicyContent",
    ),
    ({WORKERS: []}, WORKERS),
    ({f"{WORKERS}[0].taints": REPEL}, WORKERS),
    ({f"{WORKERS}[1]": SECOND}, f"{WORKERS}[1].name"),
    ({f"{WORKERS}[1]": {**SECOND, "name": ""}}, f"{WORKERS}[1].name"),
    ({f"{WORKERS}[0].count": -1}, f"{WORKERS}[0].count"),
    (
        {f"{WORKERS}[0].autoscalingConfiguration": {"minCount": -1, "maxCount": 3}},
        f"{WORKERS}[0].autoscalingConfiguration.minCount",
    ),
    (
        {f"{WORKERS}[0].autoscalingConfiguration": {"minCount": 3, "maxCount": 2}},
        f"{WORKERS}[0].autoscalingConfiguration.minCount",
    ),
    (
        {f"{WORKERS}[0].autoscalingConfiguration": {"minCount": 3, "maxCount": 5}},
        f"{WORKERS}[0].count",
    ),
    (
        {f"{WORKERS}[0].autoscalingConfiguration": {"minCount": 0, "maxCount": 0}},
        f"{WORKERS}[0].autoscalingConfiguration.maxCount",
    ),
    (
        {f"{WORKERS}[0].upgradeRolloutStrategy.rollingUpdate": {"maxSurge": 0}},
        f"{WORKERS}[0].upgradeRolloutStrategy.rollingUpdate",
    ),
    (
        {f"{WORKERS}[0].upgradeRolloutStrategy.rollingUpdate": {"maxSurge": -1}},
        f"{WORKERS}[0].upgradeRolloutStrategy.rollingUpdate",
    ),
    (
        {
            f"{WORKERS}[0].upgradeRolloutStrategy": {
                "type": "InPlace",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            }
        },
        f"{WORKERS}[0].upgradeRolloutStrategy.rollingUpdate",
    ),
    ({f"{WORKERS}[0].kubernetesVersion": "1.35"}, f"{WORKERS}[0].kubernetesVersion"),
    ({f"{WORKERS}[0].kubernetesVersion": "1.31"}, f"{WORKERS}[0].kubernetesVersion"),
    ({f"{WORKERS}[0].kubernetesVersion": "new"}, f"{WORKERS}[0].kubernetesVersion"),
    ({f"{WORKERS}[0].labels": {"a": "b c"}}, f"{WORKERS}[0].labels.a"),
    (
        {f"{WORKERS}[0].kubeletConfiguration": {"nope": 1}},
        f"{WORKERS}[0].kubeletConfiguration.nope",
    ),
    ({f"{WORKERS}[0].failureDomains": ["fd"]}, f"{WORKERS}[0].failureDomains[0]"),
    ({f"{ETCD}.count": 0}, f"{ETCD}.count"),
    ({f"{ETCD}.count": -3}, f"{ETCD}.count"),
    ({f"{ETCD}.count": 4}, f"{ETCD}.count"),
    ({"Cluster.spec.etcdEncryption": [ENCRYPTION, ENCRYPTION]}, "Cluster.spec.etcdEncryption"),
    (
        {"Cluster.spec.etcdEncryption": [{**ENCRYPTION, "resources": []}]},
        "Cluster.spec.etcdEncryption[0].resources",
    ),
    (
        {"Cluster.spec.etcdEncryption": [{**ENCRYPTION, "providers": []}]},
        "Cluster.spec.etcdEncryption[0].providers",
    ),
    (
        {"Cluster.spec.etcdEncryption": [{**ENCRYPTION, "providers": [{}]}]},
        "Cluster.spec.etcdEncryption[0].providers[0].kms",
    ),
    (
        {
            "Cluster.spec.etcdEncryption": [
                {**ENCRYPTION, "providers": [{"kms": {**KMS, "socketListenAddress": "/k"}}]}
            ]
        },
        "Cluster.spec.etcdEncryption[0].providers[0].kms.socketListenAddress",
    ),
    (
        {
            "Cluster.spec.etcdEncryption": [
                {**ENCRYPTION, "providers": [{"kms": {**KMS, "name": "", "timeout": "x"}}]}
            ]
        },
        "Cluster.spec.etcdEncryption[0].providers[0].kms.timeout",
    ),
    ({f"{NET}.pods.cidrBlocks": []}, f"{NET}.pods.cidrBlocks"),
    ({f"{NET}.services.cidrBlocks": ["10.0.0.0/16", "10.1.0.0/16"]}, f"{NET}.services.cidrBlocks"),
    ({f"{NET}.pods.cidrBlocks": ["192.168.0.0"]}, f"{NET}.pods.cidrBlocks[0]"),
    ({f"{NET}.pods.cidrBlocks": ["192.168.0.0/33"]}, f"{NET}.pods.cidrBlocks[0]"),
    ({f"{NET}.pods.cidrBlocks": ["192.168.0.0/255.255.0.0"]}, f"{NET}.pods.cidrBlocks[0]"),
    ({f"{NET}.pods.cidrBlocks": ["192.168.0.0/24"]}, f"{NET}.nodes.cidrMaskSize"),
    ({f"{NET}.pods.cidrBlocks": ["10.0.0.0/7"]}, f"{NET}.nodes.cidrMaskSize"),
    ({f"{NET}.nodes.cidrMaskSize": 16}, f"{NET}.nodes.cidrMaskSize"),
    ({f"{NET}.nodes.cidrMaskSize": 33}, f"{NET}.nodes.cidrMaskSize"),
    ({f"{NET}.cniConfig": None}, f"{NET}.cniConfig"),
    ({f"{NET}.cniConfig": {}}, f"{NET}.cniConfig"),
    ({f"{NET}.cniConfig": None, f"{NET}.cni": "calico"}, f"{NET}.cni"),
    ({f"{NET}.cni": "cilium"}, f"{NET}.cni"),
    ({f"{NET}.cniConfig.kindnetd": {}}, f"{NET}.cniConfig"),
    ({f"{NET}.cniConfig": {"kindnetd": {}}}, f"{NET}.cniConfig.kindnetd"),
    ({f"{NET}.cniConfig": None, f"{NET}.cni": "kindnetd"}, f"{NET}.cniConfig.kindnetd"),
    ({f"{CILIUM}.policyEnforcementMode": "strict"}, f"{CILIUM}.policyEnforcementMode"),
    (
        {CILIUM: {"skipUpgrade": True, "policyEnforcementMode": "always"}},
        f"{CILIUM}.policyEnforcementMode",
    ),
    ({f"{CILIUM}.routingMode": "direct"}, f"{CILIUM}.ipv4NativeRoutingCIDR"),
    ({f"{CILIUM}.ipv4NativeRoutingCIDR": "fd00::/64"}, f"{CILIUM}.ipv4NativeRoutingCIDR"),
    ({f"{CILIUM}.ipv6NativeRoutingCIDR": "x"}, f"{CILIUM}.ipv6NativeRoutingCIDR"),
    ({"Cluster.spec.gitOpsRef": {"kind": "Argo", "name": "a"}}, "Cluster.spec.gitOpsRef.kind"),
    ({"Cluster.spec.gitOpsRef": {"kind": "FluxConfig"}}, "Cluster.spec.gitOpsRef.name"),
    (
        {"Cluster.spec.identityProviderRefs": [{"kind": "LDAP", "name": "a"}]},
        "Cluster.spec.identityProviderRefs[0].kind",
    ),
    (
        {"Cluster.spec.identityProviderRefs": [{"kind": "OIDCConfig"}]},
        "Cluster.spec.identityProviderRefs[0].name",
    ),
    (
        {"Cluster.spec.identityProviderRefs": [{"kind": "OIDCConfig", "name": "a"}] * 2},
        "Cluster.spec.identityProviderRefs[1]",
    ),
    ({PROXY: {"httpProxy": "h:1"}}, f"{PROXY}.httpsProxy"),
    ({PROXY: {"httpsProxy": "h:1"}}, f"{PROXY}.httpProxy"),
    ({PROXY: {"httpProxy": "h", "httpsProxy": "h:1"}}, f"{PROXY}.httpProxy"),
    ({PROXY: {"httpProxy": "h:0", "httpsProxy": "h:1"}}, f"{PROXY}.httpProxy"),
    ({PROXY: {"httpProxy": "h:65536", "httpsProxy": "h:1"}}, f"{PROXY}.httpProxy"),
    ({PROXY: {"httpProxy": "http://1.2.3.4.5:1", "httpsProxy": "h:1"}}, f"{PROXY}.httpProxy"),
    ({MIRROR: {"port": "443"}}, f"{MIRROR}.endpoint"),
    ({MIRROR: {"endpoint": "m", "port": "0"}}, f"{MIRROR}.port"),
    ({MIRROR: {"endpoint": "m", "port": "https"}}, f"{MIRROR}.port"),
    (
        {MIRROR: {"endpoint": "m", "ociNamespaces": [{"namespace": "n"}]}},
        f"{MIRROR}.ociNamespaces[0].registry",
    ),
    (
        {
            MIRROR: {
                "endpoint": "m",
                "ociNamespaces": [
                    {"registry": "783794618700.dkr.ecr.us-west-2.amazonaws.com", "namespace": "a"},
                    {"registry": "783794618700.dkr.ecr.*.amazonaws.com", "namespace": "b"},
                ],
            }
        },
        f"{MIRROR}.ociNamespaces[1].registry",
    ),
    ({"Cluster.spec.podIamConfig": {}}, "Cluster.spec.podIamConfig.serviceAccountIssuer"),
    (
        {
            "Cluster.spec.managementCluster.name": "mgmt",
            "Cluster.spec.packages.controller.tag": "1",
        },
        "Cluster.spec.packages.controller",
    ),
    (
        {
            "Cluster.spec.managementCluster.name": "mgmt",
            "Cluster.spec.packages.cronjob.disable": True,
        },
        "Cluster.spec.packages.cronjob",
    ),
    ({"Cluster.spec.eksaVersion": "0.26"}, "Cluster.spec.eksaVersion"),
    (
        {
            "Cluster.spec.eksaVersion": "v0.26.0",
            "Cluster.spec.bundlesRef": {"apiVersion": "a", "name": "b", "namespace": "c"},
        },
        "Cluster.spec.bundlesRef",
    ),
]


@pytest.mark.parametrize(("edits", "field"), BROKEN, ids=[field for _edits, field in BROKEN])
def test_a_broken_rule_names_its_field(fields, edits, field):
    assert field in fields(edits)


UNBROKEN = [
    {"Cluster.metadata.name": "W-1", "Cluster.spec.managementCluster.name": "W-1"},
    {"Cluster.metadata.name": "w" * 35},
    {"Cluster.spec.kubernetesVersion": "1.18"},
    {"Cluster.spec.kubernetesVersion": "1.36"},
    {f"{CP}.count": 1},
    {f"{CP}.count": 4},
    {f"{CP}.taints": []},
    {f"{CP}.taints": [{"key": "a/b", "value": "c", "effect": "PreferNoSchedule"}]},
    {f"{CP}.labels": {"example.com/rack": "r_1.2-3", "empty": ""}},
    {f"{CP}.certSans": ["10.0.0.1", "fd00::1", "k8s.example.com"]},
    {f"{CP}.upgradeRolloutStrategy": {"type": "InPlace"}},
    {f"{CP}.upgradeRolloutStrategy": {"rollingUpdate": {"maxSurge": 0}}},
    {f"{CP}.kubeletConfiguration": {"maxPods": 50, "evictionHard": {"memory.available": "5%"}}},
    {
        f"{CP}.auditPolicyContent": "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
        "rules:\n- level: Metadata\n"
    },
    {"Cluster.spec.machineHealthCheck": {"nodeStartupTimeout": "1h2m3.5s", "maxUnhealthy": 2}},
    {"Cluster.spec.machineHealthCheck": {"maxUnhealthy": "40%"}},
    {f"{WORKERS}[0].count": 0},
    {f"{WORKERS}[0].taints": REPEL, f"{WORKERS}[1]": {**SECOND, "name": "md-1"}},
    {f"{WORKERS}[0].taints": REPEL, "Cluster.spec.managementCluster.name": "mgmt"},
    {f"{WORKERS}[0].kubernetesVersion": "1.32"},
    {f"{WORKERS}[0].autoscalingConfiguration": {"minCount": 2, "maxCount": 2}},
    {f"{WORKERS}[0].upgradeRolloutStrategy.rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
    {f"{ETCD}.count": 1},
    {"Cluster.spec.etcdEncryption": [ENCRYPTION]},
    {f"{NET}.nodes.cidrMaskSize": 32},
    {f"{NET}.nodes.cidrMaskSize": 17},
    {f"{CILIUM}.skipUpgrade": True},
    {CILIUM: {"routingMode": "direct", "ipv4NativeRoutingCIDR": "192.168.0.0/16"}},
    {f"{CILIUM}.helmValues": {"a": {"b": [1, None, 2.5, "x"]}}},
    {PROXY: {"httpProxy": "http://u:p@proxy.example.com:3128", "httpsProxy": "10.0.0.1:3128"}},
    {PROXY: {"httpProxy": "[fd00::1]:3128", "httpsProxy": "https://proxy:3128"}},
    {MIRROR: {"endpoint": "10.0.0.9", "port": 5000}},
    {"Cluster.spec.podIamConfig.serviceAccountIssuer": "https://s3.example.com/x"},
    {"Cluster.spec.packages": {"disable": True, "controller": {"tag": "1"}}},
    {"Cluster.spec.eksaVersion": "v0.26.0"},
    {"Cluster.spec.eksaVersion": "0.27.0-dev+build.3"},
    {"Cluster.spec.bundlesRef": {"apiVersion": "a", "name": "b", "namespace": "c"}},
]


@pytest.mark.parametrize("edits", UNBROKEN, ids=" ".join)
def test_what_the_rules_allow_is_valid(fields, edits):
    assert fields(edits) == []


def test_with_stacked_etcd_an_even_number_of_machines_is_refused(fields):
    edits = {f"{CP}.count": 2}
    assert fields(edits, "vsphere-stacked-etcd.yaml") == [f"{CP}.count"]


def test_extra_arguments_of_the_api_server_are_valid_where_the_site_allows_them(fields):
    edits = {f"{CP}.apiServerExtraArgs": {"v": "4"}}
    assert fields(edits, environment=Environment(api_server_extra_args=True)) == []


def test_oidc_arguments_and_an_oidc_object_exclude_each_other(fields, identities):
    edits = {**identities, f"{CP}.apiServerExtraArgs": {"oidc-issuer-url": "https://a"}}
    found = fields(edits, environment=Environment(api_server_extra_args=True))
    assert found == [f"{CP}.apiServerExtraArgs.oidc-issuer-url"]


def test_a_docker_cluster_has_neither_endpoint_nor_machine_settings(fields, removed):
    docker = {
        "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
        "kind": "DockerDatacenterConfig",
        "metadata": {"name": "d"},
        "spec": {},
    }
    edits = {
        "DockerDatacenterConfig": docker,
        "Cluster.spec.datacenterRef": {"kind": "DockerDatacenterConfig", "name": "d"},
        f"{NET}.cniConfig": {"kindnetd": {}},
    }
    assert set(fields(edits)) == {
        f"{CP}.endpoint.host",
        f"{CP}.machineGroupRef.kind",
        f"{ETCD}.machineGroupRef.kind",
        f"{WORKERS}[0].machineGroupRef.kind",
    }
    refs = (f"{CP}.endpoint", f"{CP}.machineGroupRef", f"{ETCD}.machineGroupRef")
    gone = dict.fromkeys((*refs, f"{WORKERS}[0].machineGroupRef"), removed)
    assert fields({**edits, **gone}) == []


@pytest.mark.parametrize("provider", ["Tinkerbell", "CloudStack", "Nutanix", "Snow"])
def test_a_datacenter_of_another_provider_is_looked_for_and_its_machines_do_not_fit(
    fields, provider
):
    kind = f"{provider}DatacenterConfig"
    found = fields({"Cluster.spec.datacenterRef.kind": kind})
    assert "Cluster.spec.datacenterRef.name" in found
    assert f"{CP}.machineGroupRef.kind" in found


def test_tinkerbell_has_no_external_etcd(fields):
    found = fields({"Cluster.spec.datacenterRef.kind": "TinkerbellDatacenterConfig"})
    assert ETCD in found


def test_all_problems_are_told_at_once(fields):
    edits = {f"{CP}.count": 0, f"{ETCD}.count": 2, "Cluster.metadata.name": "1"}
    assert fields(edits) == ["Cluster.metadata.name", f"{CP}.count", f"{ETCD}.count"]


def test_no_problem_shows_the_password_of_a_proxy(load):
    edits = {PROXY: {"httpProxy": "http://user:hunter2@h", "httpsProxy": "user:hunter2@h:x"}}
    with pytest.raises(SpecError) as caught:
        load(edits)
    assert "hunter2" not in str(caught.value)
    assert len(caught.value.problems) == 2
