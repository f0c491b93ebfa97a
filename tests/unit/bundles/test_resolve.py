"""From an address and Kubernetes versions to the chosen bundle: what is read, and what is not."""

import hashlib
from datetime import timedelta

import pytest

from bedplate.bundles import KubeDistro
from bedplate.bundles.resolve import Demand, look_up, resolve
from bedplate.bundles.signature import sign_distro
from bedplate.errors import PermanentError
from tests.unit.bundles.conftest import BASE, NOW, RELEASES, Files, distro, dump
from tests.unit.bundles.test_support import token

MANIFEST = f"{BASE}/releases/bundles/100/manifest.yaml"
DISTRO_33 = f"{BASE}/kubernetes-1-33/kubernetes-1-33-eks-24.yaml"
DISTRO_34 = f"{BASE}/kubernetes-1-34/kubernetes-1-34-eks-12.yaml"


def refusal(published, *versions, **more):
    with pytest.raises(PermanentError) as caught:
        resolve(published.shelf, published.request(*versions, **more))
    return caught.value


def test_a_release_leads_to_its_bundle_and_to_the_versions_that_are_asked_for(published):
    chosen = resolve(published.shelf, published.request("1.34"))

    assert (chosen.number, chosen.eksa_version) == (100, "v0.26.0")
    assert chosen.source == MANIFEST
    assert list(chosen.versions) == ["1.34"]
    assert chosen["1.34"].bundle.v_sphere.version == "v1.14.0"
    assert chosen.management.kube_version == "1.33"
    assert published.shelf.asked == ["r", MANIFEST, DISTRO_34]


def test_the_digest_is_that_of_all_that_was_read(published):
    one = resolve(published.shelf, published.request("1.33", "1.34"))
    same = resolve(published.shelf, published.request("1.34", "1.33", "1.34", bundles=MANIFEST))
    other = resolve(published.shelf, published.request("1.34"))

    files = published.shelf.files
    content = files[MANIFEST] + files[DISTRO_33] + files[DISTRO_34]
    assert one.digest == same.digest == hashlib.sha256(content).hexdigest()
    assert other.digest != one.digest
    assert (same.eksa_version, list(same.versions)) == ("", ["1.33", "1.34"])


def test_kubernetes_consists_of_what_its_distro_release_names(published):
    found = resolve(published.shelf, published.request("1.34"))["1.34"].distro

    assert isinstance(found, KubeDistro)
    assert found.name == "kubernetes-1-34-eks-12"
    assert found.kubernetes.uri == "public.ecr.aws/eks-distro/kubernetes:v1.34.1-eks-1-34-12"
    assert found.coredns.repository == "public.ecr.aws/eks-distro/coredns/coredns"
    assert found.coredns.image_digest.startswith("sha256:")
    assert found.etcd.tag == "v3.6.4-eks-1-34-12"
    assert found.etcd_version == "3.6.4"
    assert found.etcd_url == f"{BASE}/etcd-amd64.tar.gz"


@pytest.mark.parametrize("asset", ["kube-apiserver-image", "etcd-image", "pause-image"])
def test_a_distro_release_that_lacks_an_image_is_refused(published, asset):
    release = distro("1.34", 12)
    for component in release["status"]["components"]:
        component["assets"] = [one for one in component["assets"] if one["name"] != asset]
    published.shelf.files[DISTRO_34] = dump(release)

    error = refusal(published, "1.34")
    assert error.code == "DISTRO_INCOMPLETE"
    assert asset in error.seen


def test_a_version_that_the_bundle_has_not_got_reads_no_distro_release(published):
    assert refusal(published, "1.33", "1.20").code == "BUNDLE_VERSION_MISSING"
    assert published.shelf.asked == ["r", MANIFEST]


def test_a_tampered_bundle_reads_no_distro_release(published):
    changed = published.shelf.files[MANIFEST].replace(b"kubernetes-1-34-eks-12\n", b"mine\n")
    published.shelf.files[MANIFEST] = changed

    assert refusal(published, "1.34").code == "BUNDLE_TAMPERED"
    assert published.shelf.asked == ["r", MANIFEST]


def test_what_is_wrong_is_only_reported_where_a_bundle_is_looked_at(published, bundle):
    published.shelf.files[MANIFEST] = dump(bundle)
    request = published.request("1.34", demand=Demand.REPORT)

    found = look_up(published.shelf, request)

    assert [error.code for error in found.findings] == ["BUNDLE_UNSIGNED"]
    assert found.signed is None
    assert list(found.chosen.versions) == ["1.34"]


def test_bundles_of_releases_before_signatures_need_none(published, bundle):
    releases = dump(RELEASES).replace(b"v0.26.0", b"v0.21.5")
    published.shelf.files |= {"r": releases, MANIFEST: dump(bundle)}

    found = look_up(published.shelf, published.request("1.34"))
    assert "not signed" in " ".join(found.notes)

    published.shelf.files[MANIFEST] = dump(published.bundle).replace(b"eks-12\n", b"eks-13\n", 1)
    assert refusal(published, "1.34").code == "BUNDLE_TAMPERED"


def test_a_version_without_standard_support_needs_a_licence_and_a_signed_distro(published, bundle):
    bundle["spec"]["versionsBundles"][0]["endOfStandardSupport"] = "2026-11-01"
    published.publish(bundle)
    licence = token({"endValidity": "2027-01-01T00:00:00Z"}, key=published.key)

    assert resolve(published.shelf, published.request("1.34")).number == 100
    assert refusal(published, "1.33").code == "SUPPORT_ENDED"
    assert refusal(published, "1.33", licence=licence).code == "DISTRO_UNSIGNED"

    signed = sign_distro(published.bundle, distro("1.33", 24), "1-33", published.key)
    published.shelf.files[MANIFEST] = dump(signed)
    assert resolve(published.shelf, published.request("1.33", licence=licence)).number == 100


def test_people_hear_of_what_is_odd_but_no_error(published):
    old = NOW + timedelta(days=800)
    published.shelf.files[DISTRO_34] = dump(distro("1.34", 13))
    request = published.request("1.34", now=old, demand=Demand.REPORT)
    by_file = published.request(bundles=MANIFEST, eksa_version="v0.30.0")

    notes = look_up(published.shelf, request).notes
    assert "signed on 2026-10-01, more than two years ago" in notes[0]
    assert "kubernetes-1-34-eks-12, the release itself kubernetes-1-34-eks-13" in notes[1]
    assert "not for v0.30.0" in look_up(published.shelf, by_file).notes[0]


def test_another_kind_of_manifest_where_a_bundle_should_be(published):
    published.shelf.files[MANIFEST] = published.shelf.files[DISTRO_34]
    assert refusal(published).code == "MANIFEST_KIND"

    published.publish(published.bundle)
    published.shelf.files[DISTRO_34] = published.shelf.files[MANIFEST]
    assert refusal(published, "1.34").code == "MANIFEST_KIND"
    assert refusal(published, releases=MANIFEST).code == "MANIFEST_KIND"


def test_a_release_or_a_part_that_leads_nowhere(published, bundle):
    published.shelf.files["r"] = dump(RELEASES).replace(b"bundleManifestUrl", b"other")
    assert refusal(published).code == "RELEASE_WITHOUT_BUNDLE"

    bundle["spec"]["versionsBundles"][1]["eksD"]["manifestUrl"] = ""
    published.publish(bundle)
    assert refusal(published, "1.34", bundles=MANIFEST).code == "BUNDLE_WITHOUT_DISTRO"


def test_what_the_source_says_is_passed_on(published):
    del published.shelf.files[DISTRO_34]

    assert refusal(published, "1.34").code == "SOURCE_MISSING"


def test_eks_anywheres_own_bundle_is_read_with_the_manifests_beside_it(published, shared):
    request = published.request(
        "1.19", "1.21", releases=f"{shared}/releases.yaml", eksa_version="v0.19.0-dev+latest"
    )

    chosen = resolve(Files(), request)

    assert chosen.source == f"{shared}/bundles.yaml"
    assert chosen.management.kube_version == "1.18"
    assert chosen["1.19"].distro.coredns.tag == "v1.8.0-eks-1-19-4"
    assert chosen["1.21"].distro.etcd_version == "3.4.16"
    assert chosen["1.21"].distro.kubernetes.tag == "v1.21.2-eks-1-21-4"
    assert chosen["1.21"].bundle.v_sphere.manager.repository.endswith("/cpi/manager")
