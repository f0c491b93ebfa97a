"""The values of Cilium's chart, as EKS Anywhere sets them."""

from pathlib import Path

import pytest

from bedplate.adapters.components.cilium import cilium_values
from bedplate.bundles import Image, VersionsBundle
from bedplate.bundles.mirror import MirrorMap
from bedplate.bundles.versions_bundle import Cilium
from bedplate.spec import load_text

EXAMPLE = (Path(__file__).parents[4] / "examples/vsphere-standalone.yaml").read_text()
BUNDLE = VersionsBundle(
    kube_version="1.34",
    cilium=Cilium(
        cilium=Image(uri="public.ecr.aws/isovalent/cilium:v1.18"),
        operator=Image(uri="public.ecr.aws/isovalent/operator-generic:v1.18"),
    ),
)


def values(config="cilium: {}", mirror=None):
    assert "cilium: {}" in EXAMPLE
    return cilium_values(load_text(EXAMPLE.replace("cilium: {}", config)), BUNDLE, mirror)


def test_the_usual_values():
    found = values()
    assert found["cni"] == {"chainingMode": "portmap"}
    assert found["ipam"] == {"mode": "kubernetes"}
    assert (found["routingMode"], found["tunnelProtocol"]) == ("tunnel", "geneve")
    assert found["image"] == {"repository": "public.ecr.aws/isovalent/cilium", "tag": "v1.18"}
    assert found["envoy"] == {"enabled": False}


def test_the_operators_repository_is_without_the_name_of_its_cloud():
    operator = values()["operator"]
    assert operator["image"]["repository"] == "public.ecr.aws/isovalent/operator"
    assert "replicas" not in operator


def test_images_come_through_the_mirror():
    found = values(mirror=MirrorMap.of("m", "443"))
    assert found["image"]["repository"] == "m:443/isovalent/cilium"
    assert found["operator"]["image"]["repository"] == "m:443/isovalent/operator"


@pytest.mark.parametrize(
    ("config", "key", "expected"),
    [
        ("policyEnforcementMode: always", "policyEnforcementMode", "always"),
        ("egressMasqueradeInterfaces: eth0", "egressMasqueradeInterfaces", "eth0"),
        ("cniExclusive: false", "cni", {"chainingMode": "portmap", "exclusive": False}),
        (
            "routingMode: direct, ipv4NativeRoutingCIDR: 10.0.0.0/8",
            "autoDirectNodeRoutes",
            "true",
        ),
        (
            "routingMode: direct, ipv4NativeRoutingCIDR: 10.0.0.0/8",
            "ipv4NativeRoutingCIDR",
            "10.0.0.0/8",
        ),
    ],
)
def test_a_setting_of_the_specification_becomes_a_value(config, key, expected):
    assert values(f"cilium: {{{config}}}")[key] == expected


def test_direct_routing_has_no_tunnel():
    assert "tunnelProtocol" not in values(
        "cilium: {routingMode: direct, ipv4NativeRoutingCIDR: 10.0.0.0/8}"
    )


def test_values_of_the_specification_replace_all_others():
    assert values("cilium: {helmValues: {a: {b: [1]}}}") == {"a": {"b": [1]}}
