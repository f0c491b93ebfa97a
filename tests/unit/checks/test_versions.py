"""Versions of EKS Anywhere, support of Kubernetes versions, kubelet settings of Bottlerocket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.checks.place import blocks, bottlerocket, setting, spec_of, warnings

FIELD = "controlPlaneConfiguration.kubeletConfiguration"


@pytest.mark.parametrize("version", [None, "v0.26.0", "0.26.0"])
def test_the_release_in_use_may_be_named_or_left_out(look, version):
    spec = spec_of(setting("eksaVersion", version)) if version else spec_of()
    assert look("eksa-version", spec) == ()


@pytest.mark.parametrize("version", ["v0.26.1", "v0.25.0", "v0.28.0"])
def test_another_release_is_refused_to_the_patch(look, version):
    (finding,) = look("eksa-version", spec_of(setting("eksaVersion", version)))
    assert finding.target == "Cluster.spec.eksaVersion"
    assert version in finding.seen
    assert "eksaVersion: v0.26.0" in finding.remedy


def test_a_bundle_of_no_release_has_no_version_to_compare(place, look):
    spec = spec_of(setting("eksaVersion", "v0.25.0"))
    bundle = replace(place.site.bundle(spec), eksa_version="")
    assert look("eksa-version", spec, bundle) == ()


# -- support -------------------------------------------------------------------------------------


def ending(place, spec, days):
    """Return the bundle with standard support that ends so many days from now."""
    now = datetime.fromtimestamp(place.world.now(), UTC)
    end = (now + timedelta(days=days)).date().isoformat()
    bundle = place.site.bundle(spec)
    versions = {
        version: replace(
            found, bundle=found.bundle.model_copy(update={"end_of_standard_support": end})
        )
        for version, found in bundle.versions.items()
    }
    return replace(bundle, versions=versions)


def test_a_version_within_its_support_passes(place, look):
    spec = spec_of()
    assert look("extended-support", spec, ending(place, spec, 61)) == ()
    assert look("extended-support", spec) == ()  # and so does one whose bundle names no end


def test_the_end_of_support_is_announced(place, look):
    spec = spec_of()
    for days in (0, 59):
        findings = look("extended-support", spec, ending(place, spec, days))
        assert blocks(findings) == []
        assert warnings(findings) == ["Kubernetes 1.34"]


def test_after_the_end_of_support_a_licence_is_needed(place, look):
    spec = spec_of()
    bundle = ending(place, spec, -1)
    (finding,) = look("extended-support", spec, bundle)
    assert finding.target == "Kubernetes 1.34"
    assert "licenseToken" in finding.remedy
    assert look("extended-support", spec_of(setting("licenseToken", "a.b.c")), bundle) == ()


# -- Bottlerocket --------------------------------------------------------------------------------


def test_settings_that_bottlerocket_has_pass(look):
    known = {"kind": "KubeletConfiguration", "maxPods": 50, "clusterDomain": "a.example"}
    assert look("bottlerocket-kubelet", spec_of(bottlerocket, setting(FIELD, known))) == ()
    assert look("bottlerocket-kubelet", spec_of(bottlerocket)) == ()


def test_a_setting_that_bottlerocket_lacks_is_named_with_its_field(look):
    unknown = {"maxPods": 50, "serializeImagePulls": False}
    group = "workerNodeGroupConfigurations.0.kubeletConfiguration"
    (finding,) = look("bottlerocket-kubelet", spec_of(bottlerocket, setting(group, unknown)))
    assert finding.target == (
        "Cluster.spec.workerNodeGroupConfigurations[0].kubeletConfiguration.serializeImagePulls"
    )
    assert "remove it" in finding.remedy


def test_other_systems_take_any_kubelet_setting(look):
    def workers_only(documents):
        bottlerocket(documents)
        for name in ("w01-cp", "w01-etcd"):
            spec = documents[f"VSphereMachineConfig/{name}"]["spec"]
            spec["osFamily"], spec["users"][0]["name"] = "ubuntu", "capv"

    mixed = spec_of(workers_only, setting(FIELD, {"serializeImagePulls": False}))
    assert look("bottlerocket-kubelet", mixed) == ()
