"""What a bundle names is listed; downloaded, it is a bundle again, as well signed as before."""

import pytest

from bedplate.bundles import listing, manifests, offline
from bedplate.bundles.listing import Form
from bedplate.bundles.resolve import Demand, look_up
from bedplate.bundles.signature import REPLACEABLE, verify_bundle
from bedplate.bundles.source import beside
from bedplate.errors import PermanentError
from tests.unit.bundles.conftest import BASE, REGISTRY, RELEASES, SHA256, Files


@pytest.mark.parametrize(
    ("base", "uri", "found"),
    [
        ("/b/bundles.yaml", "embed:///testdata/d.yaml", "/b/d.yaml"),
        ("bundles.yaml", "embed:///testdata/d.yaml", "d.yaml"),
        ("file:///b/bundles.yaml", "embed:///d.yaml", "file:///b/d.yaml"),
        ("/b/bundles.yaml", "https://x.example.com/d.yaml", "https://x.example.com/d.yaml"),
        ("/b/bundles.yaml", "/else/d.yaml", "/else/d.yaml"),
        ("/b/bundles.yaml", "1.34/eks-distro/d.yaml", "/b/1.34/eks-distro/d.yaml"),
        ("/x/b/bundles.yaml", "b/1.34/d.yaml", "/x/b/1.34/d.yaml"),
        ("b/bundles.yaml", "./b/1.34/d.yaml", "b/1.34/d.yaml"),
        ("/moved/bundles.yaml", "eks-anywhere-downloads/1.34/d.yaml", "/moved/1.34/d.yaml"),
        ("https://x.example.com/b/m.yaml", "d.yaml", "https://x.example.com/b/d.yaml"),
    ],
)
def test_a_manifest_finds_what_it_names(base, uri, found):
    assert beside(base, uri) == found


def test_images_and_charts_are_listed_once_with_their_versions(published):
    found = listing.listed(look_up(published.shelf, published.request("1.33", "1.34")))

    uris = [one.uri for one in found]
    assert uris == sorted(set(uris))
    by_uri = {one.uri: one for one in found}
    controller = by_uri[f"{REGISTRY}/vsphere/controller:v1.14.0"]
    assert controller.versions == ("1.33", "1.34")
    assert controller.pinned == f"{controller.uri}@{SHA256}"
    charts = [one.uri for one in found if one.form is Form.CHART]
    assert charts == ["public.ecr.aws/eks-distro/cilium/cilium-chart:1.17.6"]
    assert by_uri["public.ecr.aws/eks-distro/kubernetes/pause:v1.34.1-eks-1-34-12"].versions == (
        "1.34",
    )
    assert not [uri for uri in uris if "://" in uri]


def test_only_the_versions_asked_for_and_the_managements_are_listed(published):
    only = listing.listed(look_up(published.shelf, published.request("1.34")))

    nodes = [one.uri for one in only if "/kind/node:" in one.uri]
    assert nodes == [f"{REGISTRY}/kind/node:kubernetes-1-{n}" for n in ("33-eks-24", "34-eks-12")]
    assert not [one for one in only if "eks-1-33" in one.uri]


def test_every_image_of_eks_anywheres_own_bundle_is_an_image(published, shared):
    request = published.request("1.21", bundles=f"{shared}/bundles.yaml", demand=Demand.REPORT)
    found = listing.listed(look_up(Files(), request))

    assert len(found) > 60
    assert {"config", "<placeholder>"}.isdisjoint(one.uri.partition("/")[0] for one in found)
    assert [one for one in found if one.uri.endswith((".yaml", ".ova", ".tar.gz"))] == []


def test_virtual_machine_images_have_their_digests(published):
    found = look_up(published.shelf, published.request())

    lines = listing.ovas(found, ["1.34"])

    assert [(one.version, one.os) for one in lines] == [("1.34", "bottlerocket")]
    assert lines[0].archive.sha256 == "cd" * 32


def test_downloads_are_files_by_version_and_component(published):
    found = look_up(published.shelf, published.request())

    files = {one.path: one.uri for one in offline.downloads(found.written, ["1.34"])}

    assert files == {
        "1.34/cluster-api-provider-vsphere/vsphere-components.yaml": (
            f"{BASE}/artifacts/vsphere/v1.14.0/vsphere-components.yaml"
        ),
        "1.34/cluster-api-provider-vsphere/metadata.yaml": (
            f"{BASE}/artifacts/vsphere/v1.14.0/metadata.yaml"
        ),
        "1.34/core-cluster-api/cluster-api-components.yaml": (
            f"{BASE}/artifacts/cluster-api/v1.11.1/cluster-api-components.yaml"
        ),
        "1.34/core-cluster-api/metadata.yaml": (
            f"{BASE}/artifacts/cluster-api/v1.11.1/metadata.yaml"
        ),
        "1.34/eks-distro/releases.yaml": f"{BASE}/crds/releases.yaml",
        "1.34/eks-distro/kubernetes-1-34-eks-12.yaml": (
            f"{BASE}/kubernetes-1-34/kubernetes-1-34-eks-12.yaml"
        ),
    }


def test_two_addresses_with_one_name_are_two_files(published, bundle, written):
    part = bundle["spec"]["versionsBundles"][0]["clusterAPI"]
    part["metadata"]["uri"] = f"{BASE}/other/cluster-api-components.yaml"

    paths = [one.path for one in offline.downloads(written(bundle), ["1.33"])]

    assert "1.33/core-cluster-api/cluster-api-components.yaml" in paths
    assert "1.33/core-cluster-api/2-cluster-api-components.yaml" in paths
    files = offline.downloads(written(bundle), ["1.33"])
    data = written(offline.rewritten(written(bundle), "dl", files))
    core = manifests.bundles(data).spec.versions_bundles[0].cluster_api
    assert core.metadata.uri == "dl/1.33/core-cluster-api/2-cluster-api-components.yaml"


def test_the_downloaded_bundle_is_still_signed(published, written):
    found = look_up(published.shelf, published.request())
    files = offline.downloads(found.written, ["1.33", "1.34"])

    data = offline.rewritten(found.written, "dl", files)

    again = written(data, "/moved/dl/bundle-release.yaml")
    assert verify_bundle(again, published.public) == REPLACEABLE
    part = manifests.bundles(again).spec.versions_bundles[1]
    manifest = beside(again.uri, part.eks_d.manifest_url)
    assert manifest == "/moved/dl/1.34/eks-distro/kubernetes-1-34-eks-12.yaml"
    assert part.v_sphere.components.uri.startswith("dl/1.34/cluster-api-provider-vsphere/")


def test_what_was_not_downloaded_keeps_its_address(published, written):
    found = look_up(published.shelf, published.request())

    data = offline.rewritten(found.written, "dl", offline.downloads(found.written, ["1.34"]))

    first, second = manifests.bundles(written(data)).spec.versions_bundles
    assert first == found.bundles.spec.versions_bundles[0]
    assert second.eks_d.components == "dl/1.34/eks-distro/releases.yaml"
    assert manifests.bundles(found.written) == found.bundles


def test_a_name_that_would_leave_the_folder_is_refused(bundle, written):
    for uri in (f"{BASE}/..", f"{BASE}/", f"{BASE}/.hidden", f"{BASE}/a b"):
        bundle["spec"]["versionsBundles"][0]["vSphere"]["components"]["uri"] = uri
        with pytest.raises(PermanentError) as caught:
            offline.downloads(written(bundle), ["1.33"])
        assert caught.value.code == "DOWNLOAD_NAME"


def test_the_chosen_release_names_the_downloaded_bundle(published, written):
    found = look_up(published.shelf, published.request())

    assert found.release is not None
    data = offline.local_releases(written(RELEASES), found.release, "dl")

    releases = manifests.release_manifest(written(data)).spec.releases
    urls = {one.version: one.bundle_manifest_url for one in releases}
    assert urls["v0.26.0"] == "dl/bundle-release.yaml"
    assert urls["v0.25.2"] == f"{BASE}/releases/bundles/99/manifest.yaml"


@pytest.mark.parametrize(
    "uri", ["/etc/passwd", "file:///etc/passwd", "FILE:///etc/passwd", "ftp://x.example.com/d"]
)
def test_a_manifest_from_the_network_names_no_file_of_this_machine(uri):
    with pytest.raises(PermanentError) as caught:
        beside("https://x.example.com/b/m.yaml", uri)
    assert caught.value.code == "SOURCE_ADDRESS"
    assert uri in caught.value.seen
