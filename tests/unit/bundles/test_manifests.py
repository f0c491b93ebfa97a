"""The release that is chosen from the release manifest, and the part that is chosen of a bundle."""

import pytest

from bedplate.bundles import manifests
from bedplate.bundles.manifests import ReleaseManifest, choose_release, outside_limits
from bedplate.errors import BadInput, PermanentError


def manifest(*versions, latest=""):
    releases = [{"version": v, "number": n} for n, v in enumerate(versions, 1)]
    return ReleaseManifest.model_validate({"spec": {"latestVersion": latest, "releases": releases}})


BUILDS = ("v0.0.1-dev+build.3", "v0.0.1-dev+build.10", "v0.0.1-dev+build.9", "v0.0.1")


@pytest.mark.parametrize(
    ("versions", "asked", "number"),
    [
        (("v0.25.0", "v0.26.0"), "v0.25.0", 1),
        (("v0.25.0", "v0.26.0"), "0.26.0", 2),
        (("v0.0.1", "v0.0.1-dev", "v0.0.1-alpha"), "v0.0.1-alpha", 3),
        (BUILDS, "v0.0.1-dev+latest", 2),
        (BUILDS, "v0.0.1-dev+build.9", 3),
        (BUILDS, "main-v0.0.1-dev+latest", 2),
        (("v0.19.0-dev+latest", "v0.19.0-dev+build.1"), "v0.19.0-dev+latest", 1),
        (("no version", "v0.0.1-dev+build.1"), "v0.0.1-dev+latest", 2),
    ],
)
def test_a_release_is_chosen_by_its_exact_version_or_as_the_newest_build(versions, asked, number):
    assert choose_release(manifest(*versions), asked, "r.yaml").number == number


def test_without_a_version_the_latest_release_is_chosen():
    assert choose_release(manifest("v0.1.0", "v0.2.0", latest="v0.1.0"), "", "r").number == 1


@pytest.mark.parametrize("asked", ["v0.0.2", "v0.0.1-dev+build.4", "v0.0.2-dev+latest"])
def test_a_version_that_is_not_there_is_told_with_those_that_are(asked):
    with pytest.raises(PermanentError) as caught:
        choose_release(manifest(*BUILDS, latest="v0.0.1"), asked, "r.yaml")
    assert caught.value.code == "RELEASE_UNKNOWN"
    assert asked in caught.value.seen
    assert "v0.0.1-dev+build.10" in caught.value.why


@pytest.mark.parametrize("asked", ["x.x.x", "latest", "", f"v{'9' * 5000}.0.0"])
def test_what_is_no_version_is_bad_input(asked):
    with pytest.raises(BadInput) as caught:
        choose_release(manifest(*BUILDS), asked, "r.yaml")
    assert caught.value.code == "RELEASE_VERSION_INVALID"


def test_a_bundle_knows_the_releases_it_is_for(bundle, written):
    spec = manifests.bundles(written(bundle)).spec

    assert not outside_limits(spec, "v0.26.0")
    assert outside_limits(spec, "v0.25.9")
    assert outside_limits(spec, "v0.26.1")
    assert outside_limits(spec, "v0.26.0-dev+build.1")
    assert not outside_limits(spec, "no version")


def test_a_kubernetes_version_is_chosen_by_its_name_alone(bundle, written):
    found = manifests.bundles(written(bundle))

    assert manifests.choose_bundle(found, "1.34").eks_d.name == "kubernetes-1-34-eks-12"
    with pytest.raises(PermanentError) as caught:
        manifests.choose_bundle(found, "1.3")
    assert caught.value.code == "BUNDLE_VERSION_MISSING"
    assert caught.value.seen == "kubernetes version 1.3 is not supported by bundles manifest 100"
    assert "1.33, 1.34" in caught.value.why
