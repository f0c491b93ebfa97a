"""What is filled in where a file is silent."""

import pytest

from bedplate.spec import Environment, load_text

CP = "Cluster.spec.controlPlaneConfiguration"
GROUP = "Cluster.spec.workerNodeGroupConfigurations[0]"
MACHINE = "VSphereMachineConfig/w01.spec"


def test_the_control_plane_is_tainted_unless_the_file_says_otherwise(load):
    (taint,) = load().control_plane.node_taints
    assert (taint.key, taint.effect) == ("node-role.kubernetes.io/control-plane", "NoSchedule")


def test_an_empty_list_of_taints_leaves_the_control_plane_free(load):
    spec = load({f"{CP}.taints": []})
    assert spec.control_plane.node_taints == ()
    plain = spec.documents()[0]["spec"]["controlPlaneConfiguration"]
    assert plain["taints"] == []


def test_the_first_group_without_a_name_is_md_0(load, removed):
    assert load({f"{GROUP}.name": removed}).workers[0].name == "md-0"


@pytest.mark.parametrize(
    ("edits", "count"),
    [({}, 1), ({"minCount": 0, "maxCount": 2}, 0), ({"minCount": 2, "maxCount": 2}, 2)],
)
def test_a_group_without_a_count_starts_with_one_machine_or_the_fewest(load, removed, edits, count):
    scaling = {f"{GROUP}.autoscalingConfiguration": edits} if edits else {}
    assert load({f"{GROUP}.count": removed, **scaling}).workers[0].count == count


@pytest.mark.parametrize("name", ["cilium", "cilium-enterprise"])
def test_the_deprecated_cni_becomes_a_cni_config(load, removed, name):
    network = "Cluster.spec.clusterNetwork"
    assert load({f"{network}.cniConfig": removed, f"{network}.cni": name}) == load()


def test_a_cluster_manages_itself_unless_another_is_named(load, removed):
    assert load({"Cluster.spec.managementCluster": removed}) == load()
    managed = load({"Cluster.spec.managementCluster.name": "mgmt"})
    assert (managed.self_managed, managed.management_cluster) == (False, "mgmt")


def test_a_mirror_listens_on_port_443(load):
    spec = load({"Cluster.spec.registryMirrorConfiguration.endpoint": "10.0.0.9"})
    assert spec.cluster.spec.registry_mirror_configuration.port == "443"


def test_a_mirror_without_a_certificate_takes_the_sites(text):
    mirror = "Cluster.spec.registryMirrorConfiguration"
    site = Environment(registry_mirror_ca="PEM")
    for own, taken in (("", "PEM"), ("own", "own")):
        edits = {f"{mirror}.endpoint": "10.0.0.9", f"{mirror}.caCertContent": own}
        filled = load_text(text(edits), environment=site).cluster.spec
        assert filled.registry_mirror_configuration
        assert filled.registry_mirror_configuration.ca_cert_content == taken


def test_a_key_management_plugin_gets_its_cache_and_timeout(load):
    kms = {"name": "k", "socketListenAddress": "unix:///k.sock"}
    config = {"providers": [{"kms": kms}], "resources": ["secrets"]}
    spec = load({"Cluster.spec.etcdEncryption": [config]})
    filled = spec.cluster.spec.etcd_encryption[0].providers[0].kms
    assert (filled.cache_size, filled.timeout) == (1000, "3s")


def test_health_checks_fall_back_from_group_to_cluster_to_the_usual(load):
    spec = load(
        {
            "Cluster.spec.machineHealthCheck": {"maxUnhealthy": 1},
            f"{CP}.machineHealthCheck": {"nodeStartupTimeout": "20m0s", "maxUnhealthy": "0%"},
        }
    )
    control_plane = spec.control_plane_health_check
    workers = spec.worker_health_check(spec.workers[0])
    assert (control_plane.node_startup_timeout, control_plane.max_unhealthy) == ("20m0s", "0%")
    assert (workers.node_startup_timeout, workers.max_unhealthy) == ("10m0s", 1)
    assert workers.unhealthy_machine_timeout == "5m0s"
    usual = load()
    assert usual.control_plane_health_check.max_unhealthy == "100%"
    assert usual.worker_health_check(usual.workers[0]).max_unhealthy == "40%"


@pytest.mark.parametrize("written", ["VM Network", "/DC0/network/VM Network"])
def test_the_path_of_the_network_becomes_absolute(load, written):
    spec = load({"VSphereDatacenterConfig.spec.network": written})
    assert spec.datacenter.spec.network == "/DC0/network/VM Network"


def test_an_insecure_datacenter_has_no_thumbprint_to_check(load):
    assert load({"VSphereDatacenterConfig.spec.insecure": True}).datacenter.spec.thumbprint == ""


def test_a_machine_gets_sizes_system_and_user(load, removed):
    names = ("diskGiB", "memoryMiB", "numCPUs", "osFamily", "users")
    spec = load({f"{MACHINE}.{name}": removed for name in names})
    machine = spec.machine_configs["w01"].spec
    assert (machine.disk_gib, machine.memory_mib, machine.num_cpus) == (25, 8192, 2)
    assert machine.os_family == "bottlerocket"
    assert [(user.name, user.ssh_authorized_keys) for user in machine.users] == [
        ("ec2-user", ("",))
    ]


def test_a_user_without_a_name_is_the_systems_usual_one(load):
    spec = load({f"{MACHINE}.users": [{"sshAuthorizedKeys": ["ssh-rsa A"]}]})
    assert spec.machine_configs["w01"].spec.users[0].name == "capv"


@pytest.mark.parametrize(
    ("name", "written", "filled"),
    [("w01", 1024, 2048), ("w01", 4096, 4096), ("w01", -1, 8192), ("w01-etcd", 4096, 8192)],
)
def test_too_little_memory_is_raised(load, name, written, filled):
    spec = load({f"VSphereMachineConfig/{name}.spec.memoryMiB": written})
    assert spec.machine_configs[name].spec.memory_mib == filled


def test_flux_follows_the_management_clusters_folder_of_main(load, removed):
    names = ("branch", "clusterConfigPath", "systemNamespace", "git.sshKeyAlgorithm")
    edits = {f"FluxConfig.spec.{name}": removed for name in names}
    edits["Cluster.spec.managementCluster.name"] = "mgmt"
    flux = load(edits, "vsphere-gitops.yaml").gitops.spec
    assert (flux.branch, flux.cluster_config_path) == ("main", "clusters/mgmt")
    assert (flux.system_namespace, flux.git.ssh_key_algorithm) == ("flux-system", "ecdsa")


def test_the_deprecated_gitops_config_becomes_a_flux_config(load):
    github = {"owner": "o", "repository": "r", "fluxSystemNamespace": "f", "personal": True}
    spec = load(
        {
            "GitOpsConfig": {
                "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
                "kind": "GitOpsConfig",
                "metadata": {"name": "g"},
                "spec": {"flux": {"github": github}},
            },
            "Cluster.spec.gitOpsRef": {"kind": "GitOpsConfig", "name": "g"},
        }
    )
    assert (spec.gitops.spec.github.owner, spec.gitops.spec.system_namespace) == ("o", "f")
    assert spec.gitops.spec.github.personal
    assert spec.cluster.spec.git_ops_ref.kind == "FluxConfig"
    assert [item["kind"] for item in spec.documents()][-1] == "FluxConfig"


def test_iam_roles_are_of_the_usual_partition(load, identities):
    oidc, iam = load(identities).identity_providers
    assert (oidc.spec.client_id, iam.spec.partition) == ("kubernetes", "aws")
