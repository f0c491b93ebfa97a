"""A mirror's addresses follow from its endpoint and its namespaces."""

import pytest

from bedplate.bundles.mirror import CORE_REGISTRY, PACKAGES_REGISTRY, MirrorMap, api_endpoint

PACKAGES = "783794618700.dkr.ecr.us-west-2.amazonaws.com"


def test_a_mirror_without_namespaces_stands_for_the_core_registry():
    mirror = MirrorMap.of("1.2.3.4", "443")

    assert mirror.base == "1.2.3.4:443"
    assert mirror.registries == {CORE_REGISTRY: "1.2.3.4:443"}
    assert mirror.packages == ""


def test_each_registry_has_its_namespace_and_packages_of_every_region_are_one():
    pairs = [("public.ecr.aws", "eks-anywhere"), (PACKAGES, "curated-packages")]
    mirror = MirrorMap.of("harbor.example.com", "30003", pairs)

    assert mirror.core == "harbor.example.com:30003/eks-anywhere"
    assert mirror.registries[PACKAGES_REGISTRY] == "harbor.example.com:30003/curated-packages"
    other_region = PACKAGES.replace("us-west-2", "eu-central-1")
    assert mirror.mirrored(f"{other_region}/harbor:1") == f"{mirror.packages}/harbor:1"


@pytest.mark.parametrize(
    ("uri", "mirrored"),
    [
        ("public.ecr.aws/a/b:v1", "m:5000/ns/a/b:v1"),
        ("oci://public.ecr.aws/a/chart:1.2", "oci://m:5000/ns/a/chart:1.2"),
        ("https://public.ecr.aws/product", "https://m:5000/ns/product"),
        ("docker.io/a/b:v1", "docker.io/a/b:v1"),
        ("public.ecr.aws.example.com/a:1", "public.ecr.aws.example.com/a:1"),
        ("public.ecr.aws", "m:5000/ns"),
        ("", ""),
    ],
)
def test_only_names_of_mirrored_registries_change(uri, mirrored):
    assert MirrorMap.of("m", "5000", [("public.ecr.aws", "ns")]).mirrored(uri) == mirrored


def test_a_namespace_is_joined_as_a_path():
    assert MirrorMap.of("m", "1", [("public.ecr.aws", "/a//b/")]).core == "m:1/a/b"
    assert MirrorMap.of("m", "1", [("public.ecr.aws", "")]).core == "m:1"


def test_an_ipv6_endpoint_stands_in_brackets():
    assert MirrorMap.of("2001:db8::1", "443").base == "[2001:db8::1]:443"


def test_containerd_gets_the_api_below_a_namespace():
    assert api_endpoint("m:443/ns") == "m:443/v2/ns"
    assert api_endpoint("https://m:443/ns/more") == "https://m:443/v2/ns/more"
    assert api_endpoint("m:443") == "m:443/v2"
    assert api_endpoint("") == ""
