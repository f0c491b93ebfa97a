"""Manifests are read leniently, and what is wrong is told with its place."""

import pytest

from bedplate.bundles import documents, manifests
from bedplate.errors import PermanentError


def failure(text, parse=manifests.bundles):
    with pytest.raises(PermanentError) as caught:
        parse(documents.read(text if isinstance(text, bytes) else text.encode(), "b.yaml"))
    return caught.value


def test_scalars_mean_what_they_mean_in_json():
    text = (
        'a: 1.5\nb: 2026-11-23\nc: "1.30"\nd: 1:30\ne: yes\nf: ~\ng: !!str 7\nh: 010\ni: |\n  x\n'
    )

    data = documents.read(text.encode(), "x").data

    assert data == {
        "a": 1.5,
        "b": "2026-11-23",
        "c": "1.30",
        "d": "1:30",
        "e": True,
        "f": None,
        "g": "7",
        "h": "010",
        "i": "x\n",
    }


def test_the_last_of_two_equal_keys_counts():
    assert documents.read(b"a: 1\na: 2\n", "x").data == {"a": 2}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a: [1", "b.yaml:2:1: not YAML"),
        ("- 1\n", "b.yaml is no YAML mapping"),
        ("", "b.yaml is no YAML mapping"),
        (b"a: \xff\n", "b.yaml: byte 3 is not UTF-8"),
        ("a: &x {}\nb: *x\n", "b.yaml:1:4: an alias"),
        ("a: \x07\n", "not YAML"),
        ("? [1]\n: 2\n", "a key that is no text"),
        ("a: " + "[" * 60 + "]" * 60, "nested deeper"),
        ("[" * 200_000, "nested deeper"),
        ("- " * 200_000, "nested deeper"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
    ],
)
def test_what_is_no_manifest_is_told_with_its_place(text, seen):
    error = failure(text)

    assert error.code == "MANIFEST_UNREADABLE"
    assert seen in error.seen


def test_another_kind_of_manifest_is_no_bundle():
    error = failure("apiVersion: v1\nkind: List\n")

    assert error.code == "MANIFEST_KIND"
    assert "b.yaml is v1 List, not Bundles" in error.seen
    assert failure("<html>: x\n").code == "MANIFEST_KIND"


def test_a_wrong_field_is_told_with_its_line():
    text = (
        "apiVersion: anywhere.eks.amazonaws.com/v1alpha1\nkind: Bundles\nspec:\n"
        "  versionsBundles:\n  - kubeVersion: 1.30\n  - kubeVersion: '1.31'\n    eksD: no table\n"
    )

    error = failure(text)

    assert error.code == "MANIFEST_INVALID"
    first, second = error.seen.splitlines()
    assert first.startswith("b.yaml:5:18: spec.versionsBundles[0].kubeVersion: ")
    assert second.startswith("b.yaml:7:11: spec.versionsBundles[1].eksD: ")


def test_null_and_unknown_fields_are_no_trouble(bundle, written):
    bundle["spec"]["cliMinVersion"] = None
    bundle["spec"]["versionsBundles"][0]["docker"] = None
    bundle["spec"]["versionsBundles"][0]["later"] = {"component": 1}

    found = manifests.bundles(written(bundle))

    assert found.spec.cli_min_version == ""
    assert found.spec.versions_bundles[0].docker.version == ""


def test_a_bundle_without_versions_is_empty(bundle, written):
    bundle["spec"]["versionsBundles"] = []

    with pytest.raises(PermanentError) as caught:
        manifests.bundles(written(bundle))
    assert caught.value.code == "BUNDLE_EMPTY"


@pytest.mark.parametrize("versions", [("1.33", "1.33"), ("../1.33", "1.34"), ("1.x", "1.34")])
def test_versions_are_versions_and_each_is_there_once(bundle, written, versions):
    for part, version in zip(bundle["spec"]["versionsBundles"], versions, strict=True):
        part["kubeVersion"] = version

    with pytest.raises(PermanentError) as caught:
        manifests.bundles(written(bundle))
    assert caught.value.code == "MANIFEST_INVALID"
