"""Worker node groups."""

import dataclasses
from typing import Any

import pytest

from bedplate.bundles import Image
from bedplate.bundles.versions_bundle import BootstrapContainers
from bedplate.capi.blueprint import Blueprint
from bedplate.providers.vsphere.rendering.workers import workers
from tests.unit.providers.vsphere.rendering.drawing import Draft, only

PATCH = "/etc/kubernetes/patches/kubeletconfiguration0+strategic.yaml"


def _node(draft: Draft) -> Any:
    found = only(workers(draft.blueprint()), "KubeadmConfigTemplate")
    return found["spec"]["template"]["spec"]


def _deployment(draft: Draft) -> Any:
    return only(workers(draft.blueprint()), "MachineDeployment")


def _registration(draft: Draft) -> Any:
    return _node(draft)["joinConfiguration"]["nodeRegistration"]


def _arguments(draft: Draft) -> dict[str, str]:
    return {one["name"]: one["value"] for one in _registration(draft)["kubeletExtraArgs"]}


def _paths(draft: Draft) -> list[str]:
    return [one["path"] for one in _node(draft).get("files", [])]


def _bottlerocket() -> Draft:
    draft = Draft()
    draft.bottlerocket()
    return draft


def _surrounded(draft: Draft) -> Draft:
    proxy = {"httpProxy": "http://198.18.0.8:3128", "httpsProxy": "http://198.18.0.9:3128"}
    draft.cluster["proxyConfiguration"] = proxy
    draft.cluster["registryMirrorConfiguration"] = {
        "endpoint": "198.18.0.5",
        "caCertContent": "-----BEGIN CERTIFICATE-----\n",
    }
    return draft


# --- the group ---


def test_a_group_is_a_deployment_and_the_two_templates_it_names() -> None:
    node, deployment, machine = workers(Draft().blueprint())
    spec: Any = deployment["spec"]
    named = spec["template"]["spec"]
    assert named["bootstrap"]["configRef"] == _reference(node)
    assert named["infrastructureRef"] == _reference(machine)


def _reference(manifest: Any) -> dict[str, str]:
    group = manifest["apiVersion"].rpartition("/")[0]
    return {"apiGroup": group, "kind": manifest["kind"], "name": manifest["metadata"]["name"]}


def test_every_group_has_its_own_objects_in_the_order_of_the_specification() -> None:
    draft = Draft()
    draft.cluster["workerNodeGroupConfigurations"].append(
        {**draft.group, "name": "big", "count": 5}
    )
    found: Any = workers(draft.blueprint())
    names = [one["metadata"]["name"] for one in found if one["kind"] == "MachineDeployment"]
    assert names == ["w01-md-0", "w01-big"]
    assert len({(one["kind"], one["metadata"]["name"]) for one in found}) == 6


def test_a_group_has_the_count_of_the_specification() -> None:
    deployment = _deployment(Draft())
    assert deployment["spec"]["replicas"] == 2
    assert "annotations" not in deployment["metadata"]


def test_the_autoscaler_is_told_its_bounds_and_keeps_its_number() -> None:
    draft = Draft()
    draft.group["autoscalingConfiguration"] = {"minCount": 2, "maxCount": 7}
    deployment = _deployment(draft)
    prefix = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"
    annotations = {f"{prefix}-min-size": "2", f"{prefix}-max-size": "7"}
    assert deployment["metadata"]["annotations"] == annotations
    assert "replicas" not in deployment["spec"]


def test_a_group_may_stay_behind_the_control_planes_version() -> None:
    draft = Draft()
    draft.group["kubernetesVersion"] = "1.33"
    version = _deployment(draft)["spec"]["template"]["spec"]["version"]
    assert version == draft.blueprint().bundle["1.33"].distro.kubernetes.tag


def test_without_a_strategy_cluster_api_chooses_its_own() -> None:
    assert "rollout" not in _deployment(Draft())["spec"]


@pytest.mark.parametrize(
    ("asked", "strategy"),
    [
        (
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}},
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}},
        ),
        ({"type": "InPlace"}, {"type": "InPlace"}),
    ],
)
def test_a_strategy_is_handed_on(asked: object, strategy: object) -> None:
    draft = Draft()
    draft.group["upgradeRolloutStrategy"] = asked
    assert _deployment(draft)["spec"]["rollout"] == {"strategy": strategy}


def test_a_failure_domain_is_named_as_its_objects_are() -> None:
    draft = Draft()
    draft.datacenter["failureDomains"] = [{"name": "fd-1"}]
    draft.group["failureDomains"] = ["fd-1"]
    machine = _deployment(draft)["spec"]["template"]["spec"]
    assert machine["failureDomain"] == "w01-w01-fd-1"


def test_networks_of_a_groups_machines_become_interfaces() -> None:
    draft = Draft()
    draft.machine("w01")["networks"] = ["/DC0/network/a", "/DC0/network/b"]
    template = only(workers(draft.blueprint()), "VSphereMachineTemplate")
    devices = template["spec"]["template"]["spec"]["network"]["devices"]
    assert [one["networkName"] for one in devices] == ["/DC0/network/a", "/DC0/network/b"]


# --- what its nodes are told ---


def test_nodes_register_under_their_machines_name_with_no_taint_unless_asked() -> None:
    registration = _registration(Draft())
    assert registration["name"] == "{{ ds.meta_data.hostname }}"
    assert registration["taints"] == []


def test_taints_and_labels_are_there_from_the_first_moment() -> None:
    draft = Draft()
    draft.group["taints"] = [{"key": "team", "value": "red", "effect": "NoSchedule"}]
    draft.group["labels"] = {"zone": "b", "area": "a"}
    taint = {"key": "team", "value": "red", "effect": "NoSchedule"}
    assert _registration(draft)["taints"] == [taint]
    assert _arguments(draft)["node-labels"] == "area=a,zone=b"


def test_the_kubelet_is_closed_and_leaves_the_cloud_to_the_cloud_provider() -> None:
    assert _arguments(Draft()) == {
        "cloud-provider": "external",
        "read-only-port": "0",
        "anonymous-auth": "false",
        "tls-cipher-suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    }


def test_the_resolver_file_of_the_specification_is_the_kubelets() -> None:
    draft = Draft()
    draft.cluster["clusterNetwork"]["dns"] = {"resolvConf": {"path": "/etc/my.conf"}}
    assert _arguments(draft)["resolv-conf"] == "/etc/my.conf"


def test_an_old_kubelet_is_told_the_cgroup_driver_that_containerd_uses() -> None:
    draft = Draft()
    blueprint = draft.blueprint()
    draft.group["kubernetesVersion"] = "1.21"
    versions = {**blueprint.bundle.versions, "1.21": blueprint.versions}
    bundle = dataclasses.replace(blueprint.bundle, versions=versions)
    old = dataclasses.replace(blueprint, spec=draft.spec(), bundle=bundle)
    node = only(workers(old), "KubeadmConfigTemplate")["spec"]["template"]["spec"]
    found = node["joinConfiguration"]["nodeRegistration"]["kubeletExtraArgs"]
    assert found[3] == {"name": "cgroup-driver", "value": "systemd"}
    assert "cgroup-driver" not in _arguments(Draft())


def test_a_kubelet_configuration_is_a_patch_and_takes_the_place_of_arguments() -> None:
    draft = Draft()
    draft.group["kubeletConfiguration"] = {"maxPods": 20}
    join = _node(draft)["joinConfiguration"]
    assert join["patches"] == {"directory": "/etc/kubernetes/patches"}
    assert _paths(draft) == [PATCH]
    assert _arguments(draft) == {"cloud-provider": "external"}


def test_proxy_and_mirror_are_files_and_containerd_is_told_to_read_them() -> None:
    draft = _surrounded(Draft())
    assert "/etc/systemd/system/containerd.service.d/http-proxy.conf" in _paths(draft)
    assert "/etc/containerd/certs.d/198.18.0.5:443/ca.crt" in _paths(draft)
    commands = _node(draft)["preKubeadmCommands"]
    assert commands[0] == "cat /etc/containerd/config_append.toml >> /etc/containerd/config.toml"
    assert "sudo systemctl restart containerd" in commands


def test_time_servers_are_handed_on() -> None:
    draft = Draft()
    servers = ["time.example.com"]
    draft.machines(hostOSConfiguration={"ntpConfiguration": {"servers": servers}})
    assert _node(draft)["ntp"] == {"enabled": True, "servers": servers}


def test_the_comment_of_a_users_key_stays_out() -> None:
    draft = Draft()
    users = [{"name": "capv", "sshAuthorizedKeys": ["ssh-rsa AAAAB3Nz me@example.com"]}]
    draft.machines(users=users)
    assert _node(draft)["users"][0]["sshAuthorizedKeys"] == ["ssh-rsa AAAAB3Nz"]


# --- Bottlerocket ---


def test_bottlerocket_gets_settings_where_linux_gets_files() -> None:
    draft = _surrounded(_bottlerocket())
    node = _node(draft)
    join = node["joinConfiguration"]
    assert node["format"] == "bottlerocket"
    assert {"pause", "bottlerocketBootstrap", "proxy", "registryMirror"} <= set(join)
    assert "files" not in node
    assert not any("containerd" in command for command in node["preKubeadmCommands"])


def test_bottlerockets_images_are_those_of_the_groups_version() -> None:
    draft = _bottlerocket()
    draft.group["kubernetesVersion"] = "1.33"
    pause = draft.blueprint().bundle["1.33"].distro.pause
    rendered = _node(draft)["joinConfiguration"]["pause"]
    assert rendered == {"imageRepository": pause.repository, "imageTag": pause.tag}


def test_a_kubelet_configuration_becomes_bottlerockets_settings() -> None:
    draft = _bottlerocket()
    draft.group["kubeletConfiguration"] = {"maxPods": 20}
    join = _node(draft)["joinConfiguration"]
    assert join["bottlerocket"]["kubernetes"] == {"maxPods": 20}
    assert "patches" not in join
    assert "read-only-port" in _arguments(draft)


def test_bottlerockets_second_interface_is_brought_up_by_the_bundles_container() -> None:
    draft = _bottlerocket()
    draft.machine("w01")["networks"] = ["/DC0/network/a", "/DC0/network/b"]
    blueprint = _with_bootstrap_container(draft.blueprint(), "example.com/multi-network:v1")
    found = only(workers(blueprint), "KubeadmConfigTemplate")
    join = found["spec"]["template"]["spec"]["joinConfiguration"]
    assert join["bottlerocketCustomBootstrapContainers"] == [
        {
            "name": "second-network-interface-bootstrap-container",
            "imageRepository": "example.com/multi-network",
            "imageTag": "v1",
            "mode": "once",
        }
    ]


def test_one_interface_needs_no_such_container() -> None:
    blueprint = _with_bootstrap_container(_bottlerocket().blueprint(), "example.com/m:v1")
    found = only(workers(blueprint), "KubeadmConfigTemplate")
    join = found["spec"]["template"]["spec"]["joinConfiguration"]
    assert "bottlerocketCustomBootstrapContainers" not in join


def _with_bootstrap_container(blueprint: Blueprint, uri: str) -> Blueprint:
    containers = BootstrapContainers(multi_network_bootstrap=Image(uri=uri))
    update = {"bottlerocket_bootstrap_containers": containers}
    versions = {
        version: dataclasses.replace(found, bundle=found.bundle.model_copy(update=update))
        for version, found in blueprint.bundle.versions.items()
    }
    bundle = dataclasses.replace(blueprint.bundle, versions=versions)
    return dataclasses.replace(blueprint, bundle=bundle)
