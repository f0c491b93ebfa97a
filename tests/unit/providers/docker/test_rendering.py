"""A cluster on Docker as objects: what follows from each part of a specification."""

import copy
from dataclasses import replace
from typing import Any

import pytest
import yaml

from bedplate.bundles import Image
from bedplate.capi.blueprint import Blueprint, Login, RenderSecrets, TemplateNames, WorkerTemplates
from bedplate.capi.naming import next_names
from bedplate.capi.objects import kind as kind_of
from bedplate.capi.objects import name as name_of
from bedplate.ports.components import Component
from bedplate.providers.docker import Docker
from bedplate.providers.docker.rendering.cluster import docker_cluster
from bedplate.simulation.bundle import choose
from bedplate.spec import read_text

CLUSTER: dict[str, Any] = {
    "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
    "kind": "Cluster",
    "metadata": {"name": "dev"},
    "spec": {
        "clusterNetwork": {
            "cniConfig": {"cilium": {}},
            "pods": {"cidrBlocks": ["192.168.0.0/16"]},
            "services": {"cidrBlocks": ["10.96.0.0/12"]},
        },
        "controlPlaneConfiguration": {"count": 1},
        "datacenterRef": {"kind": "DockerDatacenterConfig", "name": "dev"},
        "kubernetesVersion": "1.34",
        "managementCluster": {"name": "dev"},
        "workerNodeGroupConfigurations": [{"name": "md-0", "count": 2}],
    },
}
DATACENTER = {
    "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
    "kind": "DockerDatacenterConfig",
    "metadata": {"name": "dev"},
    "spec": {},
}
TAINT = {"key": "a", "value": "b", "effect": "NoSchedule"}
MIRROR = {"endpoint": "1.2.3.4", "port": "1234", "caCertContent": "PEM", "authenticate": True}
USER = Login("reader", "secret")
KCP = "KubeadmControlPlane"
KCT = "KubeadmConfigTemplate"


def objects(control_plane=None, worker=None, secrets=None, **spec):
    """All objects of a cluster, by kind, or kind and name where there are several of one."""
    cluster = copy.deepcopy(CLUSTER)
    cluster["spec"] |= spec
    cluster["spec"]["controlPlaneConfiguration"] |= control_plane or {}
    for group in cluster["spec"]["workerNodeGroupConfigurations"]:
        group.update(worker or {})
    read = read_text(yaml.safe_dump_all([cluster, DATACENTER]))
    blueprint = Blueprint(
        read, choose(read), TemplateNames.first(read), secrets=secrets or RenderSecrets()
    )
    found = [*Docker().control_plane(blueprint), *Docker().workers(blueprint)]
    by_kind: dict[str, Any] = {}
    for item in found:
        kind = kind_of(item).kind
        by_kind[f"{kind}/{name_of(item)}"] = item
        by_kind.setdefault(kind, item)
    return by_kind


def configuration(found):
    return found[KCP]["spec"]["kubeadmConfigSpec"]


def node(found, kind=KCP):
    if kind == KCP:
        return configuration(found)["initConfiguration"]
    return found[kind]["spec"]["template"]["spec"]["joinConfiguration"]


def arguments(listed):
    return {item["name"]: item["value"] for item in listed}


def paths(files):
    return [item["path"] for item in files]


def test_a_cluster_consists_of_these_objects_in_this_order():
    assert [name for name in objects() if "/" in name] == [
        "Cluster/dev",
        "DockerCluster/dev",
        "DockerMachineTemplate/dev-control-plane-1",
        "KubeadmControlPlane/dev",
        "KubeadmConfigTemplate/dev-md-0-1",
        "MachineDeployment/dev-md-0",
        "DockerMachineTemplate/dev-md-0-1",
        "MachineHealthCheck/dev-kcp-unhealthy",
        "MachineHealthCheck/dev-md-0-worker-unhealthy",
    ]


def test_objects_point_to_each_other():
    found = objects()
    cluster = found["Cluster"]["spec"]
    assert cluster["controlPlaneRef"]["name"] == "dev"
    assert cluster["infrastructureRef"]["kind"] == "DockerCluster"
    machine = found["MachineDeployment"]["spec"]["template"]["spec"]
    assert machine["infrastructureRef"]["name"] == "dev-md-0-1"
    assert machine["bootstrap"]["configRef"]["name"] == "dev-md-0-1"
    assert machine["version"] == found[KCP]["spec"]["version"] == "v1.34.4-eks-1-34-12"


def test_machines_are_made_from_the_bundles_node_image_and_may_start_containers():
    template = objects()["DockerMachineTemplate"]["spec"]["template"]["spec"]
    assert template["customImage"].endswith("kind/node:v1.34.4-eks-d-1-34-12-eks-a-1")
    assert template["extraMounts"] == [
        {"containerPath": "/var/run/docker.sock", "hostPath": "/var/run/docker.sock"}
    ]


def test_the_load_balancers_repository_is_named_without_the_image():
    balancer = objects()["DockerCluster"]["spec"]["loadBalancer"]
    assert balancer == {
        "imageRepository": "public.ecr.aws/eks-anywhere/kubernetes-sigs/kind",
        "imageTag": "v0.30.0",
    }


def test_without_workers_the_control_plane_has_no_taints():
    registration = node(objects(workerNodeGroupConfigurations=[]))["nodeRegistration"]
    assert registration["taints"] == []


def test_with_workers_the_usual_taint_is_left_to_kubeadm():
    assert "taints" not in node(objects())["nodeRegistration"]
    found = objects(control_plane={"taints": [TAINT]})
    assert node(found)["nodeRegistration"]["taints"] == [TAINT]
    assert configuration(found)["joinConfiguration"] == node(found)


def test_workers_have_the_taints_and_labels_that_are_asked_for():
    assert node(objects(), KCT)["nodeRegistration"]["taints"] == []
    found = objects(worker={"taints": [TAINT], "labels": {"b": "2", "a": "1"}})
    registration = node(found, KCT)["nodeRegistration"]
    assert registration["taints"] == [TAINT]
    assert arguments(registration["kubeletExtraArgs"])["node-labels"] == "a=1,b=2"


def test_the_kubelet_never_evicts_and_reads_the_resolver_file_that_is_named():
    network = {**CLUSTER["spec"]["clusterNetwork"], "dns": {"resolvConf": {"path": "/r"}}}
    for kind in (KCP, KCT):
        registration = node(objects(clusterNetwork=network), kind)["nodeRegistration"]
        assert arguments(registration["kubeletExtraArgs"]) == {
            "eviction-hard": "nodefs.available<0%,nodefs.inodesFree<0%,imagefs.available<0%",
            "cgroup-driver": "systemd",
            "resolv-conf": "/r",
            "tls-cipher-suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        }


@pytest.mark.parametrize(
    ("settings", "left"),
    [({"maxPods": 20}, {"eviction-hard"}), ({"evictionHard": {"nodefs.available": "1%"}}, set())],
)
def test_what_the_kubelets_own_configuration_says_is_no_argument(settings, left):
    own = {"kubeletConfiguration": settings}
    found = objects(control_plane=own, worker=own)
    for kind in (KCP, KCT):
        told = node(found, kind)
        assert told["patches"] == {"directory": "/etc/kubernetes/patches"}
        assert set(arguments(told["nodeRegistration"]["kubeletExtraArgs"])) == left
    patch = configuration(found)["files"][0]
    assert patch["path"] == "/etc/kubernetes/patches/kubeletconfiguration0+strategic.yaml"
    assert yaml.safe_load(patch["content"]).items() >= settings.items()


def test_etcd_is_on_the_control_plane_or_on_machines_of_its_own():
    local = configuration(objects())["clusterConfiguration"]["etcd"]["local"]
    assert local["imageRepository"] == "public.ecr.aws/eks-distro/etcd-io"
    found = objects(externalEtcdConfiguration={"count": 3})
    assert found["Cluster"]["spec"]["managedExternalEtcdRef"]["name"] == "dev-etcd"
    etcd = found["EtcdadmCluster"]["spec"]
    assert etcd["replicas"] == 3
    template = etcd["infrastructureTemplate"]
    assert (template["name"], template["namespace"]) == ("dev-etcd-1", "eksa-system")
    assert "DockerMachineTemplate/dev-etcd-1" in found
    assert etcd["etcdadmConfigSpec"]["cloudInitConfig"]["version"] == "3.6.4"
    external = configuration(found)["clusterConfiguration"]["etcd"]["external"]
    assert external["endpoints"] == ["https://placeholder:2379"]


def test_clusters_of_an_old_eks_anywhere_keep_their_etcd_machines():
    for version, downloads in (("v0.18.7", False), ("v0.19.0", True)):
        found = objects(externalEtcdConfiguration={"count": 3}, eksaVersion=version)
        told = found["EtcdadmCluster"]["spec"]["etcdadmConfigSpec"]["cloudInitConfig"]
        assert ("etcdReleaseURL" in told) is downloads


def test_users_on_the_machine_reach_the_api_under_a_name_it_has_a_certificate_for():
    found = objects(control_plane={"certSans": ["dev.example.com"]})
    server = configuration(found)["clusterConfiguration"]["apiServer"]
    assert server["certSANs"] == ["localhost", "127.0.0.1", "dev.example.com"]


def test_requests_of_the_clusters_own_parts_are_kept_from_webhooks_when_asked():
    server = configuration(objects())["clusterConfiguration"]["apiServer"]
    assert "extraEnvs" not in server
    found = objects(control_plane={"skipAdmissionForSystemResources": True})
    server = configuration(found)["clusterConfiguration"]["apiServer"]
    path = "/etc/kubernetes/admission-plugin-exclusion-rules.json"
    assert server["extraEnvs"] == [{"name": "EKS_PATCH_EXCLUSION_RULES_FILE", "value": path}]
    assert path in [volume["mountPath"] for volume in server["extraVolumes"]]
    assert path in paths(configuration(found)["files"])


def test_a_mirror_is_told_to_containerd_and_to_etcd():
    found = objects(
        registryMirrorConfiguration=MIRROR,
        externalEtcdConfiguration={"count": 1},
        secrets=RenderSecrets(registry=USER),
    )
    for told in (configuration(found), found[KCT]["spec"]["template"]["spec"]):
        assert "/etc/containerd/config_append.toml" in paths(told["files"])
        assert "/etc/containerd/certs.d/1.2.3.4:1234/ca.crt" in paths(told["files"])
        assert told["preKubeadmCommands"][1:] == [
            "systemctl daemon-reload",
            "systemctl restart containerd",
        ]
    mirror = found["EtcdadmCluster"]["spec"]["etcdadmConfigSpec"]["registryMirror"]
    assert mirror == {"endpoint": "1.2.3.4:1234/v2", "caCert": "PEM\n"}
    secret = found["Secret"]
    assert secret["stringData"] == {"username": "reader", "password": "secret"}
    assert secret["metadata"]["labels"] == {"clusterctl.cluster.x-k8s.io/move": "true"}


def test_without_a_mirror_there_is_nothing_to_do_before_kubeadm():
    assert "preKubeadmCommands" not in configuration(objects())
    assert "files" not in objects()[KCT]["spec"]["template"]["spec"]
    assert "Secret" not in objects()


def test_machines_are_replaced_as_the_specification_says():
    rollout = objects()[KCP]["spec"]["rollout"]["strategy"]
    assert rollout == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}
    assert "rollout" not in objects()["MachineDeployment"]["spec"]
    rolling = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    found = objects(
        control_plane={"upgradeRolloutStrategy": {"rollingUpdate": {"maxSurge": 0}}},
        worker={"upgradeRolloutStrategy": rolling},
    )
    assert found[KCP]["spec"]["rollout"]["strategy"]["rollingUpdate"] == {"maxSurge": 0}
    assert found["MachineDeployment"]["spec"]["rollout"]["strategy"] == {
        "type": "RollingUpdate",
        **rolling,
    }


def test_the_autoscaler_finds_its_bounds():
    found = objects(worker={"autoscalingConfiguration": {"minCount": 1, "maxCount": 5}})
    prefix = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"
    assert found["MachineDeployment"]["metadata"]["annotations"] == {
        f"{prefix}-min-size": "1",
        f"{prefix}-max-size": "5",
    }


def test_a_group_may_run_an_older_kubernetes():
    found = objects(worker={"kubernetesVersion": "1.33"})
    machine = found["MachineDeployment"]["spec"]["template"]["spec"]
    assert machine["version"] == "v1.33.5-eks-1-33-24"
    template = found["DockerMachineTemplate/dev-md-0-1"]["spec"]["template"]["spec"]
    assert ":v1.33.5-" in template["customImage"]


def test_the_provider_needs_nothing_but_the_engine():
    spec = read_text(yaml.safe_dump_all([CLUSTER, DATACENTER]))
    provider = Docker()
    assert provider.component is Component.DOCKER
    assert provider.ssh_user(spec) is None
    assert (provider.checks(spec), provider.folders(spec)) == ((), ())


def test_a_bundle_without_a_load_balancer_leaves_the_choice_to_cluster_api():
    spec = read_text(yaml.safe_dump_all([CLUSTER, DATACENTER]))
    chosen = choose(spec)
    versions = chosen["1.34"]
    haproxy = versions.bundle.haproxy.model_copy(update={"image": Image()})
    bundle = versions.bundle.model_copy(update={"haproxy": haproxy})
    bare = replace(chosen, versions={"1.34": replace(versions, bundle=bundle)})
    rendered = docker_cluster(Blueprint(spec, bare, TemplateNames.first(spec)))
    assert rendered["spec"] == {"loadBalancer": {}}


def test_changed_templates_of_a_living_cluster_get_new_names():
    def rendered(**changes):
        found = objects(externalEtcdConfiguration={"count": 1}, **changes)
        return [item for name, item in found.items() if "/" in name]

    spec = read_text(yaml.safe_dump_all([CLUSTER, DATACENTER]))
    assert next_names(spec, rendered(), rendered()) == TemplateNames.first(spec)
    names = next_names(spec, rendered(kubernetesVersion="1.35"), rendered())
    assert (names.control_plane, names.etcd) == ("dev-control-plane-2", "dev-etcd-2")
    assert names.workers["md-0"] == WorkerTemplates("dev-md-0-2", "dev-md-0-1")
    names = next_names(spec, rendered(worker={"taints": [TAINT]}), rendered())
    assert names.control_plane == "dev-control-plane-1"
    assert names.workers["md-0"] == WorkerTemplates("dev-md-0-1", "dev-md-0-2")
