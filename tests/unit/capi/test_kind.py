"""The configuration of the bootstrap cluster."""

from pathlib import Path

import yaml

from bedplate.capi.blueprint import Login
from bedplate.capi.rendering.kind import kind_config, node_files
from bedplate.simulation import bundle
from bedplate.spec import load_text

EXAMPLE = (Path(__file__).parents[3] / "examples/vsphere-standalone.yaml").read_text()
MIRROR = """spec:
  registryMirrorConfiguration:
    endpoint: 10.0.0.9
    port: "8443"
    caCertContent: |
      a certificate
"""


def config(text=EXAMPLE):
    spec = load_text(text)
    return kind_config(spec, bundle.choose(spec))


def mirrored():
    return EXAMPLE.replace("spec:\n", MIRROR, 1)


def patches(found):
    return {one["kind"]: one for one in map(yaml.safe_load, found["kubeadmConfigPatches"])}


def test_the_node_is_the_bundles_image_in_the_clusters_networks():
    found = config()
    (node,) = found["nodes"]
    assert node["role"] == "control-plane"
    assert node["image"].startswith("public.ecr.aws/eks-anywhere/kubernetes-sigs/kind/node:v1.3")
    assert found["networking"].keys() == {"podSubnet", "serviceSubnet"}
    assert "containerdConfigPatches" not in found


def test_the_control_plane_runs_eks_distro():
    cluster = patches(config())["ClusterConfiguration"]
    assert cluster["imageRepository"] == "public.ecr.aws/eks-distro/kubernetes"
    assert cluster["dns"]["imageRepository"] == "public.ecr.aws/eks-distro/coredns"
    assert cluster["etcd"]["local"]["imageRepository"] == "public.ecr.aws/eks-distro/etcd-io"


def test_the_kubelet_starts_on_the_first_version_of_control_groups():
    assert patches(config())["KubeletConfiguration"]["failCgroupV1"] is False
    older = config(EXAMPLE.replace('"1.34"', '"1.30"'))
    assert "KubeletConfiguration" not in patches(older)


def test_a_mirror_gives_the_node_and_is_told_to_its_containerd():
    found = config(mirrored())
    assert found["nodes"][0]["image"].startswith("10.0.0.9:8443/eks-anywhere/")
    assert "/etc/containerd/certs.d" in found["containerdConfigPatches"][0]
    files = node_files(load_text(mirrored()), Login())
    assert files["/etc/containerd/certs.d/10.0.0.9:8443/ca.crt"] == "a certificate\n"
    assert "/etc/containerd/certs.d/public.ecr.aws/hosts.toml" in files
    assert "/etc/containerd/config_append.toml" not in files


def test_without_a_mirror_the_node_needs_no_files():
    assert node_files(load_text(EXAMPLE), Login()) == {}
