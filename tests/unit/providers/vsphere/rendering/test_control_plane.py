"""The KubeadmControlPlane."""

import dataclasses

import pytest

from bedplate.providers.vsphere.rendering import control_plane_objects, no_proxy
from bedplate.providers.vsphere.rendering.control_plane import control_plane
from tests.unit.providers.vsphere.rendering.drawing import KEY, Draft, only

MIRROR = {"endpoint": "mirror.test"}
PROXY = {"httpProxy": "proxy.test:1", "httpsProxy": "proxy.test:1"}


def rendered(draft: Draft):
    return only(control_plane(draft.blueprint()), "KubeadmControlPlane")["spec"]


def kubeadm(draft: Draft):
    return rendered(draft)["kubeadmConfigSpec"]


def paths(draft: Draft) -> list[str]:
    return [one["path"] for one in kubeadm(draft)["files"]]


def on_bottlerocket() -> Draft:
    draft = Draft()
    draft.bottlerocket()
    return draft


def of_version(version: str) -> Draft:
    draft = Draft()
    draft.cluster["kubernetesVersion"] = version
    return draft


def test_its_machines_are_made_from_the_template_beside_it():
    objects = control_plane(Draft().blueprint())
    template = only(objects, "VSphereMachineTemplate")
    spec = only(objects, "KubeadmControlPlane")["spec"]
    named = spec["machineTemplate"]["spec"]["infrastructureRef"]
    assert named["name"] == template["metadata"]["name"] == "w01-control-plane-1"
    assert (spec["replicas"], spec["version"]) == (2, "v1.34.4-eks-1-34-12")


def test_etcds_endpoints_are_unknown_until_somebody_tells_them():
    blueprint = Draft().blueprint()
    known = dataclasses.replace(blueprint, etcd_endpoints=("https://10.0.0.5:2379",))
    for given, endpoint in (
        (blueprint, "https://placeholder:2379"),
        (known, "https://10.0.0.5:2379"),
    ):
        spec = only(control_plane(given), "KubeadmControlPlane")["spec"]
        etcd = spec["kubeadmConfigSpec"]["clusterConfiguration"]["etcd"]["external"]
        assert etcd["endpoints"] == [endpoint]


def test_stacked_etcd_comes_from_eks_distro():
    draft = Draft()
    del draft.cluster["externalEtcdConfiguration"]
    local = kubeadm(draft)["clusterConfiguration"]["etcd"]["local"]
    assert local["imageRepository"] == "public.ecr.aws/eks-distro/etcd-io"
    assert [one["name"] for one in local["extraArgs"]] == ["cipher-suites"]


@pytest.mark.parametrize(("version", "off"), [("1.30", True), ("1.32", True), ("1.33", False)])
def test_etcd_learners_are_off_in_the_versions_where_they_fail(version, off):
    gates = kubeadm(of_version(version))["clusterConfiguration"].get("featureGates")
    assert gates == ({"EtcdLearnerMode": False} if off else None)


def test_the_api_servers_certificate_holds_the_names_of_the_specification():
    draft = Draft()
    assert "certSANs" not in kubeadm(draft)["clusterConfiguration"]["apiServer"]
    draft.cluster["controlPlaneConfiguration"]["certSans"] = ["api.test", "11.11.11.11"]
    assert kubeadm(draft)["clusterConfiguration"]["apiServer"]["certSANs"] == [
        "api.test",
        "11.11.11.11",
    ]


@pytest.mark.parametrize("system", [Draft, on_bottlerocket])
def test_every_file_that_the_api_server_mounts_is_written(system):
    """Bottlerocket finds below /var/lib/kubeadm what is written below /etc/kubernetes."""
    draft = system()
    draft.cluster["controlPlaneConfiguration"]["skipAdmissionForSystemResources"] = True
    spec = kubeadm(draft)
    api_server = spec["clusterConfiguration"]["apiServer"]
    mounted = [one for one in api_server["extraVolumes"] if one.get("pathType") == "File"]
    assert len(mounted) == 2
    assert {one["mountPath"] for one in mounted} <= set(paths(draft))
    assert api_server["extraEnvs"][0]["value"] in paths(draft)


def test_a_user_without_a_key_gets_the_clusters():
    (user,) = kubeadm(Draft())["users"]
    assert user["sshAuthorizedKeys"] == [KEY]


def test_a_node_gets_the_usual_taint_its_own_or_none():
    def taints(draft: Draft):
        return kubeadm(draft)["joinConfiguration"]["nodeRegistration"]["taints"]

    draft = Draft()
    assert [one["key"] for one in taints(draft)] == ["node-role.kubernetes.io/control-plane"]
    own = [{"key": "mine", "value": "x", "effect": "NoExecute"}]
    draft.cluster["controlPlaneConfiguration"]["taints"] = own
    assert taints(draft) == own
    draft.cluster["controlPlaneConfiguration"]["taints"] = []
    assert taints(draft) == []


def test_labels_are_given_by_the_node_itself_when_it_registers():
    draft = Draft()
    draft.cluster["controlPlaneConfiguration"]["labels"] = {"zone": "a"}
    for configuration in ("initConfiguration", "joinConfiguration"):
        given = kubeadm(draft)[configuration]["nodeRegistration"]["kubeletExtraArgs"]
        assert {"name": "node-labels", "value": "zone=a"} in given


def test_containerd_is_told_of_proxy_and_mirror_before_kubeadm_starts():
    draft = Draft()
    before = kubeadm(draft)["preKubeadmCommands"]
    draft.cluster.update(proxyConfiguration=PROXY, registryMirrorConfiguration=MIRROR)
    spec = kubeadm(draft)
    assert spec["preKubeadmCommands"][-len(before) :] == before
    assert any("systemctl restart containerd" in one for one in spec["preKubeadmCommands"])
    assert "/etc/containerd/config_append.toml" in paths(draft)
    assert "/etc/systemd/system/containerd.service.d/http-proxy.conf" in paths(draft)


def test_bottlerocket_is_told_of_them_by_settings():
    draft = on_bottlerocket()
    draft.cluster.update(proxyConfiguration=PROXY, registryMirrorConfiguration=MIRROR)
    spec = kubeadm(draft)
    for configuration in ("clusterConfiguration", "joinConfiguration"):
        assert {"proxy", "registryMirror", "pause"} <= spec[configuration].keys()
    assert not any("containerd" in one for one in [*paths(draft), *spec["preKubeadmCommands"]])
    assert spec["format"] == "bottlerocket"


def test_bottlerocket_keeps_kubeadms_files_in_its_own_folder():
    spec = kubeadm(on_bottlerocket())["clusterConfiguration"]
    assert spec["certificatesDir"] == "/var/lib/kubeadm/pki"
    for component in ("controllerManager", "scheduler"):
        (volume,) = spec[component]["extraVolumes"]
        assert volume["hostPath"].startswith("/var/lib/kubeadm/")
        assert volume["mountPath"].startswith("/etc/kubernetes/")


@pytest.mark.parametrize("system", [Draft, on_bottlerocket])
def test_kube_vip_gets_rights_that_hold_while_the_first_node_comes_up(system):
    """Since 1.29 admin.conf has none yet; Bottlerocket's bootstrap sees to that itself."""
    commands = kubeadm(system())["preKubeadmCommands"]
    assert any("super-admin.conf" in one for one in commands) is (system is Draft)


def test_a_kubelet_configuration_is_a_patch_and_on_bottlerocket_a_setting():
    for draft, patched in ((Draft(), True), (on_bottlerocket(), False)):
        draft.cluster["controlPlaneConfiguration"]["kubeletConfiguration"] = {"maxPods": 20}
        spec = kubeadm(draft)
        given = spec["initConfiguration"]["nodeRegistration"]["kubeletExtraArgs"]
        assert ("patches" in spec["initConfiguration"]) is patched
        assert ("patches" in spec["joinConfiguration"]) is patched
        assert ("read-only-port" in [one["name"] for one in given]) is not patched
        assert ("bottlerocket" in spec["joinConfiguration"]) is not patched


def test_machines_are_replaced_one_by_one_unless_the_specification_says_otherwise():
    draft = Draft()
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}
    assert rendered(draft)["rollout"] == {"strategy": rolling}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0}}
    draft.cluster["controlPlaneConfiguration"]["upgradeRolloutStrategy"] = strategy
    assert rendered(draft)["rollout"] == {"strategy": strategy}
    draft.cluster["controlPlaneConfiguration"]["upgradeRolloutStrategy"] = {"type": "InPlace"}
    assert rendered(draft)["rollout"] == {"strategy": {"type": "InPlace"}}


def test_time_servers_are_those_of_the_control_planes_machines():
    draft = Draft()
    servers = {"ntpConfiguration": {"servers": ["time.test"]}}
    draft.machine("w01-cp")["hostOSConfiguration"] = servers
    assert kubeadm(draft)["ntp"] == {"enabled": True, "servers": ["time.test"]}


def test_preflight_can_show_what_goes_past_the_proxy():
    draft = Draft()
    draft.cluster["proxyConfiguration"] = PROXY
    assert no_proxy(draft.spec())[-2:] == ("vcenter.example.com", "198.18.0.10")


def test_a_second_rendering_is_equal_to_the_first():
    blueprint = Draft().blueprint()
    assert control_plane_objects(blueprint) == control_plane_objects(blueprint)
