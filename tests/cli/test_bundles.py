"""The verbs that read a bundle: bundles, list and download."""

import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bedplate.bundles.documents import read
from bedplate.bundles.offline import downloads
from bedplate.bundles.signature import sign_bundle
from tests.unit.bundles.conftest import BASE, BUNDLE, RELEASES, SHARED, distro, dump

KEY = ec.generate_private_key(ec.SECP256R1())
DISTROS = (("1.33", 24), ("1.34", 12))


@dataclass(frozen=True)
class Release:
    """A release on disk, as a publisher has it: every address is a path."""

    folder: Path
    key: Path

    @property
    def releases(self):
        return self.folder / "releases.yaml"

    @property
    def bundle(self):
        return self.folder / "releases/bundles/100/manifest.yaml"

    @property
    def by_release(self):
        return ("--release-manifest", self.releases, "--key", self.key)

    @property
    def by_bundle(self):
        return ("--bundles", self.bundle, "--key", self.key)


def moved(data, folder):
    return json.loads(json.dumps(data).replace(BASE, str(folder)))


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "published"
    bundle = sign_bundle(moved(BUNDLE, folder), KEY)
    files = {"releases.yaml": dump(moved(RELEASES, folder)), "key.pem": _pem(KEY)}
    files["releases/bundles/100/manifest.yaml"] = dump(bundle)
    for one in downloads(read(dump(bundle), "b"), [version for version, _ in DISTROS]):
        files[one.uri.removeprefix(f"{folder}/")] = f"# {one.uri}\n".encode()
    for version, number in DISTROS:
        name = f"kubernetes-{version.replace('.', '-')}"
        files[f"{name}/{name}-eks-{number}.yaml"] = dump(moved(distro(version, number), folder))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Release(folder, folder / "key.pem")


def _pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def spec(tmp_path, example):
    """A specification that asks for Kubernetes 1.34, with a mirror."""
    documents = list(yaml.safe_load_all(example.read_text()))
    cluster = next(one for one in documents if one["kind"] == "Cluster")["spec"]
    cluster["kubernetesVersion"] = "1.34"
    cluster["eksaVersion"] = "v0.26.0"
    cluster["registryMirrorConfiguration"] = {
        "endpoint": "harbor.example.com",
        "port": "30003",
        "ociNamespaces": [{"registry": "public.ecr.aws", "namespace": "eks"}],
    }
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump_all(documents))
    return path


def test_a_bundle_is_shown_with_its_digest_and_signature(cli, release, spec):
    done = cli("bundles", "show", "-f", spec, *release.by_release)

    assert done.status == 0
    assert done.lines[0] == f"Bundle 100 of EKS Anywhere v0.26.0, from {release.bundle}"
    assert done.lines[1].startswith("digest     sha256:")
    assert done.lines[2].startswith("signature  ✅ by the key ")
    assert "1.34       ✅ v1.34.1 kubernetes-1-34-eks-12, standard support until" in done.out


def test_a_bundle_as_a_document_names_every_image_with_its_digest(cli, release, spec):
    found = cli("bundles", "show", "-f", spec, *release.by_release, "-o", "json").document

    assert found["signature"] == "verified"
    assert len(found["digest"]) == 64
    asked = {one["version"]: one["asked_for"] for one in found["kubernetes"]}
    assert asked == {"1.33": False, "1.34": True}
    assert found["images"]
    assert all(one["digest"].startswith("sha256:") for one in found["images"])
    assert found["findings"] == []


def test_verify_accepts_what_is_as_it_was_signed(cli, release):
    done = cli("bundles", "verify", *release.by_bundle, "--kubernetes-version", "1.33")

    assert done.status == 0
    assert "✅ by the key" in done.out


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("kubernetes-1-34-eks-12", "kubernetes-1-34-eks-13", "BUNDLE_TAMPERED"),
        ("number: 100", "number: 101", "BUNDLE_TAMPERED"),
        ("anywhere.eks.amazonaws.com/signature", "something/else", "BUNDLE_UNSIGNED"),
        ("kind: Bundles", "kind: Bundle", "MANIFEST_KIND"),
        ("kind: Bundles", "kind: {", "MANIFEST_UNREADABLE"),
    ],
)
def test_verify_refuses_a_changed_bundle(cli, release, old, new, code):
    change(release.bundle, old, new)

    done = cli("bundles", "verify", *release.by_bundle, "-o", "json")

    assert done.status == 1
    assert done.document["error"]["code"] == code
    assert str(release.bundle) in done.document["error"]["seen"]
    assert done.document["error"]["remedy"]


def test_show_tells_what_verify_refuses(cli, release):
    change(release.bundle, "number: 100", "number: 101")

    done = cli("bundles", "show", *release.by_bundle)

    assert done.status == 0
    assert "signature  bad" in done.out
    assert "❌ BUNDLE_TAMPERED" in done.out


def test_another_key_is_not_believed(cli, release):
    assert cli("bundles", "verify", "--bundles", release.bundle).status == 1
    (release.folder / "key.pem").write_text("no key")
    assert cli("bundles", "verify", *release.by_bundle).status == 2
    assert cli("bundles", "verify", "--bundles", release.bundle, "--key", "/none").status == 2


def test_support_that_has_ended_needs_a_licence(cli, release):
    bundle = yaml.safe_load(release.bundle.read_text())
    bundle["spec"]["versionsBundles"][0]["endOfStandardSupport"] = "2020-01-01"
    release.bundle.write_bytes(dump(sign_bundle(bundle, KEY)))
    asked = (*release.by_bundle, "--kubernetes-version")

    assert cli("bundles", "verify", *asked, "1.34").status == 0
    done = cli("bundles", "verify", *asked, "1.33")
    assert done.status == 1
    assert "❌ SUPPORT_ENDED" in done.err
    assert "licenseToken" in done.err


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("--version", "v0.27.0"), 1, "RELEASE_UNKNOWN"),
        (("--version", "new"), 2, "RELEASE_VERSION_INVALID"),
        (("--kubernetes-version", "1.20"), 1, "BUNDLE_VERSION_MISSING"),
    ],
)
def test_versions_that_are_not_there(cli, release, arguments, status, code):
    done = cli("bundles", "show", *release.by_release, *arguments, "-o", "json")

    assert (done.status, done.document["error"]["code"]) == (status, code)


def test_a_host_that_cannot_be_reached(cli):
    done = cli("bundles", "show", "--bundles", "https://127.0.0.1:1/bundle.yaml")

    assert done.status == 1
    assert "❌ NET_UNREACHABLE" in done.err
    assert "air-gap" in done.err


def test_images_are_listed_sorted_once_and_with_digests(cli, release, spec):
    lines = cli("list", "images", "-f", spec, *release.by_release[:2]).lines

    assert lines == sorted(set(lines))
    assert all("@sha256:" in line for line in lines)
    assert not [line for line in lines if "eks-1-33" in line]


def test_without_a_specification_every_version_is_listed(cli, release):
    lines = cli("list", "images", *release.by_bundle[:2]).lines

    assert [line for line in lines if "kube-proxy:v1.33" in line]
    assert [line for line in lines if "kube-proxy:v1.34" in line]


def test_images_are_listed_as_the_mirror_calls_them(cli, release, spec):
    where = release.by_release[:2]
    lines = cli("list", "images", "-f", spec, *where, "--mirror").lines
    found = cli("list", "images", "-f", spec, *where, "-o", "json").document["images"]

    assert all(line.startswith("harbor.example.com:30003/eks/") for line in lines)
    assert {f"{one['mirror']}@{one['digest']}" for one in found} == set(lines)
    assert cli("list", "images", *release.by_bundle[:2], "--mirror").status == 2


def test_virtual_machine_images_are_listed(cli, release):
    asked = (*release.by_bundle[:2], "--kubernetes-version", "1.34")

    assert "bottlerocket for Kubernetes 1.34:" in cli("list", "ovas", *asked).lines
    found = cli("list", "ovas", *asked, "-o", "json").document["ovas"]
    assert [(one["kubernetes_version"], one["sha256"]) for one in found] == [("1.34", "cd" * 32)]


def test_what_would_be_downloaded_is_only_said(cli, release, tmp_path):
    folder = tmp_path / "dl"
    lines = cli("download", "artifacts", *release.by_release, "-d", folder, "--dry-run").lines

    assert f"{release.folder}/crds/releases.yaml" in lines
    assert list(tmp_path.glob("dl*")) == []


def test_a_downloaded_folder_is_a_bundle_elsewhere(cli, release, spec, tmp_path):
    folder = tmp_path / "eks-anywhere-downloads"
    done = cli("download", "artifacts", *release.by_release, "-d", folder, "-o", "json")
    assert done.status == 0
    assert done.document["signature"] == "verified"
    assert done.document["folder"] is None
    assert not folder.exists()

    other = tmp_path / "other"
    with tarfile.open(done.document["archive"]) as archive:
        archive.extractall(other, filter="data")
    shutil.rmtree(release.folder / "kubernetes-1-34")
    there = other / "eks-anywhere-downloads"
    key = ("--key", release.key)

    by_folder = cli("bundles", "verify", "-f", spec, "--bundles", there, *key)
    by_release = cli("bundles", "verify", "-f", spec, "--release-manifest", there, *key)

    assert (by_folder.status, by_release.status) == (0, 0)
    assert by_release.lines[0].endswith(f"v0.26.0, from {there}/bundle-release.yaml")
    text = (there / "1.34/core-cluster-api/metadata.yaml").read_text()
    assert text == f"# {release.folder}/artifacts/cluster-api/v1.11.1/metadata.yaml\n"


def test_a_download_is_the_same_bytes_again(cli, release, tmp_path):
    archives = []
    for name in ("one", "two"):
        folder = tmp_path / name / "dl"
        folder.parent.mkdir()
        cli("download", "artifacts", *release.by_bundle, "-d", folder, "--retain-dir")
        assert (folder / "bundle-release.yaml").is_file()
        archives.append(folder.with_name("dl.tar.gz").read_bytes())

    assert archives[0] == archives[1]


def test_a_download_is_whole_or_not_there(cli, release, tmp_path):
    (release.folder / "crds/releases.yaml").unlink()

    done = cli("download", "artifacts", *release.by_bundle, "-d", tmp_path / "dl")

    assert done.status == 1
    assert "SOURCE_MISSING" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "published"]


def test_a_folder_in_use_is_left_alone(cli, release, tmp_path):
    (tmp_path / "dl").mkdir()
    (tmp_path / "dl" / "mine").write_text("mine")

    done = cli("download", "artifacts", *release.by_bundle, "-d", tmp_path / "dl")

    assert done.status == 2
    assert "DOWNLOAD_FOLDER" in done.err
    assert [path.name for path in (tmp_path / "dl").iterdir()] == ["mine"]


def test_eks_anywheres_own_bundle_is_shown_although_nobody_signed_it(cli):
    if not SHARED.is_dir():
        pytest.skip(f"EKS Anywhere's own bundles are not at {SHARED}")
    where = ("--bundles", SHARED / "bundles" / "bundles.yaml", "--kubernetes-version", "1.21")

    done = cli("bundles", "show", *where)

    assert done.status == 0
    assert "1.21       ✅ v1.21.2 kubernetes-1-21-eks-4" in done.out
    assert "❌ BUNDLE_UNSIGNED" in done.out


def test_a_changed_bundle_is_not_downloaded(cli, release, tmp_path):
    change(release.bundle, "number: 100", "number: 101")

    done = cli("download", "artifacts", *release.by_bundle, "-d", tmp_path / "dl")

    assert done.status == 1
    assert "BUNDLE_TAMPERED" in done.err
    assert not (tmp_path / "dl.tar.gz").exists()


def test_an_incomplete_distro_release_leaves_no_folder_behind(cli, release, tmp_path):
    change(release.folder / "kubernetes-1-34/kubernetes-1-34-eks-12.yaml", "pause-image", "x")

    done = cli("download", "artifacts", *release.by_bundle, "-d", tmp_path / "dl")

    assert done.status == 1
    assert "DISTRO_INCOMPLETE" in done.err
    assert not (tmp_path / "dl").exists()


@pytest.mark.parametrize("folder", ["/", "x" * 250])
def test_a_folder_that_cannot_be_made_is_told(cli, release, folder):
    done = cli("download", "artifacts", *release.by_bundle, "-d", folder)

    assert done.status in (1, 2)
    assert "DOWNLOAD_" in done.err


def test_a_downloaded_folder_may_be_named_from_inside_it(cli, release, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    cli("download", "artifacts", *release.by_bundle, "-d", folder, "--retain-dir")
    monkeypatch.chdir(folder)

    for address in (".", "bundle-release.yaml", "./bundle-release.yaml", f"file://{folder}"):
        done = cli("bundles", "verify", "--bundles", address, "--key", release.key)
        assert (address, done.status, done.err) == (address, 0, "")
        assert f"from {folder}/bundle-release.yaml" in done.lines[0]


def test_an_address_that_is_too_long_for_a_file_is_told(cli):
    done = cli("bundles", "show", "--bundles", "x" * 300)

    assert done.status == 1
    assert "SOURCE_UNREADABLE" in done.err


@pytest.mark.parametrize("what", ["images", "ovas"])
def test_a_list_of_a_changed_bundle_says_so(cli, release, what):
    assert cli("list", what, *release.by_bundle).err == ""
    change(release.bundle, "number: 100", "number: 101")

    done = cli("list", what, *release.by_bundle)

    assert done.status == 0
    assert "BUNDLE_TAMPERED" in done.err
