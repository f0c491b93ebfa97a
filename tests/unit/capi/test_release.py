"""The objects by which EKS Anywhere's controller knows a bundle."""

from dataclasses import replace
from pathlib import Path

from bedplate.capi import objects
from bedplate.capi.release import bundle_objects
from bedplate.simulation.bundle import choose
from bedplate.spec import load_file

SPEC = load_file(Path(__file__).parents[3] / "examples" / "vsphere-standalone.yaml")


def by_kind(bundle):
    return {objects.kind(one).kind: one for one in bundle_objects(bundle)}


def test_what_is_referred_to_comes_before_what_refers_to_it():
    kinds = [objects.kind(one).kind for one in bundle_objects(choose(SPEC))]
    assert kinds == ["Release", "Bundles", "EKSARelease"]


def test_they_are_as_published_but_for_their_namespace():
    bundle = choose(SPEC)
    found = by_kind(bundle)

    assert {objects.namespace(one) for one in found.values()} == {"eksa-system"}
    assert found["Bundles"]["spec"] == bundle.written["spec"]
    (version,) = bundle.versions.values()
    assert objects.name(found["Release"]) == version.distro.name
    assert found["Release"]["spec"] == version.written["spec"]


def test_a_release_names_its_bundles():
    found = by_kind(choose(SPEC))
    reference = found["EKSARelease"]["spec"]["bundlesRef"]
    assert reference["name"] == objects.name(found["Bundles"])


def test_bundles_without_a_name_are_called_by_their_number():
    bundle = choose(SPEC)
    nameless = replace(bundle, number=7, written={**bundle.written, "metadata": {}})
    assert objects.name(by_kind(nameless)["Bundles"]) == "bundles-7"


def test_a_bundle_from_a_file_belongs_to_no_release():
    assert "EKSARelease" not in by_kind(replace(choose(SPEC), eksa_version=""))
