"""The list of a create's checks: what is in it for which specification, and in which order."""

import pytest

from bedplate.checks import create_checks, host_checks
from bedplate.errors import Owner
from tests.unit.checks.place import blocks, bottlerocket, setting, spec_of

MIRROR = setting("registryMirrorConfiguration", {"endpoint": "mirror.example.com"})
PROXY = setting(
    "proxyConfiguration",
    {"httpProxy": "proxy.example.com:3128", "httpsProxy": "proxy.example.com:3128"},
)


def managed(documents):
    documents["Cluster"]["spec"]["managementCluster"]["name"] = "mgmt"


def names(*edits, **kwargs):
    return [check.name for check in create_checks(spec_of(*edits, **kwargs))]


def test_a_simple_cluster_is_asked_only_what_concerns_it():
    assert names() == [
        "specification",
        "registry",
        "eksa-version",
        "extended-support",
        "cluster-networks",
        "pod-network-size",
        "dns",
        "storage-driver",
        "packages",
    ]


def test_the_order_is_that_of_eks_anywhere():
    everything = names(MIRROR, PROXY, managed, bottlerocket, example="vsphere-gitops")
    assert everything == [
        "specification",
        "registry-mirror-os",
        "registry-mirror-certificate",
        "registry-mirror-login",
        "registry",
        "registry-mirror-images",
        "git-credentials",
        "eksa-version",
        "extended-support",
        "bottlerocket-kubelet",
        "cluster-name",
        "management-gitops",
        "identity-provider-names",
        "management-cluster",
        "management-crds",
        "management-cluster-name",
        "management-eksa-version",
        "eksa-release",
        "licence-token",
        "git-path",
        "cluster-networks",
        "pod-network-size",
        "dns",
        "proxy",
        "no-proxy",
        "flux",
        "packages",
    ]


@pytest.mark.parametrize("example", ["vsphere-standalone", "vsphere-stacked-etcd"])
def test_the_examples_pass_every_check_on_the_simulated_site(place, example):
    spec = spec_of(example=example)
    scene = place.scene(spec)
    checks = (*host_checks(spec), *create_checks(spec))
    assert {check.name: check.probe(scene) for check in checks if check.probe(scene)} == {}


def test_what_the_file_alone_tells_is_shown_with_its_place(look):
    encryption = [{"providers": [{"kms": {"name": "k", "socketListenAddress": "unix:///a"}}]}]
    spec = spec_of(setting("etcdEncryption", [{**encryption[0], "resources": ["secrets"]}]))
    (finding,) = look("specification", spec)
    assert finding.target.startswith("w01.yaml:")
    assert finding.target.endswith("Cluster.spec.etcdEncryption")
    assert finding.owner is Owner.SPEC_AUTHOR
    assert blocks(look("specification", spec_of())) == []
