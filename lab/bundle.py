"""The lab's bundle, in EKS Anywhere's format, signed with the lab's own key.

Release manifest, Bundles and EKS Distro releases are written below the folder that lab/server.py
serves, and are resolved and verified as those of EKS Anywhere are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from bedplate.adapters.files import FolderFiles
from bedplate.bundles.documents import Table, read
from bedplate.bundles.keys import PublicKey
from bedplate.bundles.manifests import API
from bedplate.bundles.signature import sign_bundle, sign_distro, verify_bundle
from bedplate.errors import PermanentError
from lab import artifacts, distro, versions
from lab.artifacts import File, Manifests, Provider
from lab.images import Images, KubernetesPart, Part
from lab.versions import Kubernetes

RELEASES = "releases/manifest.yaml"
BUNDLE = f"releases/bundles/{versions.BUNDLE}/manifest.yaml"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in a registry: its full name with the tag, and its digest (`sha256:…`)."""

    uri: str
    digest: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a bundle names.

    `base` is the URL of the folder that is served. `digests` are those of the images
    (`sha256:…`) by their full names; an image without one is named without one.
    """

    base: str
    images: Images
    digests: Mapping[str, str]
    manifests: Manifests
    cilium_chart: Chart
    releases: tuple[Kubernetes, ...] = versions.USUAL

    def url(self, path: str) -> str:
        """Return the address of what is below the folder."""
        return f"{self.base}/{path}"


@dataclass(frozen=True, slots=True)
class Published:
    """Where the release manifest and the bundle are."""

    releases: str
    bundle: str


def publish(folder: Path, contents: Contents, key: ec.EllipticCurvePrivateKey) -> Published:
    """Write everything below a folder.

    Signing the same content anew gives other bytes, and other bytes are another bundle to an
    operation that is resumed: a bundle that is signed and the same stays as it is.
    """
    artifacts.write(folder, contents.manifests)
    files, bundle = FolderFiles(folder), bundles(contents)
    distros = {
        release: distro.distro(release, contents.images, contents.digests)
        for release in contents.releases
    }
    texts = {distro.path(release): _yaml(made) for release, made in distros.items()}
    are_same = all(files.read(path) == text for path, text in texts.items())
    if not (are_same and _is_signed(folder / BUNDLE, bundle, PublicKey(key.public_key()))):
        for path, text in texts.items():
            files.write(path, text)
        signed = sign_bundle(bundle, key)
        for release, made in distros.items():
            signed = sign_distro(signed, made, release.channel, key)
        files.write(BUNDLE, _yaml(signed))
    files.write(RELEASES, _yaml(releases(contents)))
    return Published(contents.url(RELEASES), contents.url(BUNDLE))


def releases(contents: Contents) -> Table:
    """Return the release manifest, with the one release that the lab has."""
    return {
        "apiVersion": API,
        "kind": "Release",
        "metadata": {"name": "eks-anywhere"},
        "spec": {
            "latestVersion": versions.EKSA,
            "releases": [
                {
                    "version": versions.EKSA,
                    "number": versions.BUNDLE,
                    "date": versions.RELEASED,
                    "bundleManifestUrl": contents.url(BUNDLE),
                    "gitCommit": "",
                    "gitTag": versions.EKSA,
                    "eksABinary": {},
                    "eksACLI": {},
                }
            ],
        },
    }


def bundles(contents: Contents) -> Table:
    """Return the Bundles, unsigned."""
    return {
        "apiVersion": API,
        "kind": "Bundles",
        "metadata": {"name": f"bundles-{versions.BUNDLE}"},
        "spec": {
            "number": versions.BUNDLE,
            "cliMinVersion": versions.EKSA,
            "cliMaxVersion": versions.EKSA,
            "versionsBundles": [_Part(contents, release).table() for release in contents.releases],
        },
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """One Kubernetes version's part of the bundle.

    Fields that the schema asks for are there; those of components that the lab has not are empty.
    """

    contents: Contents
    release: Kubernetes

    def table(self) -> Table:
        manifests, version = self.contents.manifests, versions.CLUSTER_API
        return {
            "kubeVersion": self.release.minor,
            "endOfStandardSupport": versions.END_OF_SUPPORT,
            "eksD": self._distro(),
            "certManager": self._cert_manager(),
            "clusterAPI": self._provider(Part.CLUSTER_API, version, manifests.cluster_api),
            "bootstrap": self._provider(
                Part.KUBEADM_BOOTSTRAP, version, manifests.kubeadm_bootstrap
            ),
            "controlPlane": self._provider(
                Part.KUBEADM_CONTROL_PLANE, version, manifests.kubeadm_control_plane
            ),
            "vSphere": self._vsphere(),
            "eksa": self._eksa(),
            "cilium": self._cilium(),
            **_not_in_the_lab(),
        }

    def _distro(self) -> Table:
        release, crds = self.release, self.contents.manifests.distro_crds
        found: Table = {
            "name": release.name,
            "channel": release.channel,
            "kubeVersion": release.patch,
            "manifestUrl": self.contents.url(distro.path(release)),
            "kindNode": self._of_kubernetes(KubernetesPart.KIND_NODE),
            "ova": {},
            "raw": {},
        }
        return {**found, "components": self.contents.url(crds.path)} if crds else found

    def _cert_manager(self) -> Table:
        return {
            "version": versions.CERT_MANAGER,
            "acmesolver": self._image(Part.CERT_MANAGER_ACMESOLVER),
            "cainjector": self._image(Part.CERT_MANAGER_CAINJECTOR),
            "controller": self._image(Part.CERT_MANAGER_CONTROLLER),
            "startupapicheck": {},
            "webhook": self._image(Part.CERT_MANAGER_WEBHOOK),
            "manifest": self._file(self.contents.manifests.cert_manager),
        }

    def _provider(self, part: Part, version: str, files: Provider) -> Table:
        return {
            "version": version,
            "controller": self._image(part),
            "kubeProxy": {},
            "components": self._file(files.components),
            "metadata": self._file(files.metadata),
        }

    def _vsphere(self) -> Table:
        files = self.contents.manifests.vsphere
        return {
            "version": versions.CLUSTER_API_VSPHERE,
            "clusterAPIController": self._image(Part.CLUSTER_API_VSPHERE),
            "kubeProxy": {},
            "kubeVip": self._image(Part.KUBE_VIP),
            "manager": self._of_kubernetes(KubernetesPart.CLOUD_PROVIDER),
            "components": self._file(files.components),
            "metadata": self._file(files.metadata),
            "clusterTemplate": {},
        }

    def _eksa(self) -> Table:
        return {
            "version": versions.EKSA,
            "cliTools": {},
            "clusterController": self._image(Part.EKSA_CONTROLLER),
            "diagnosticCollector": {},
            "components": self._file(self.contents.manifests.eksa),
        }

    def _cilium(self) -> Table:
        chart = self.contents.cilium_chart
        return {
            "version": versions.CILIUM,
            "cilium": self._image(Part.CILIUM),
            "operator": self._image(Part.CILIUM_OPERATOR),
            "manifest": {},
            "helmChart": _named("cilium-chart", chart.uri, chart.digest),
        }

    def _image(self, part: Part) -> Table:
        return self._named(part, self.contents.images.name(part))

    def _of_kubernetes(self, part: KubernetesPart) -> Table:
        return self._named(part, self.contents.images.of_kubernetes(part, self.release))

    def _named(self, repository: str, uri: str) -> Table:
        name = repository.rpartition("/")[2]
        return _named(name, uri, self.contents.digests.get(uri, ""))

    def _file(self, file: File) -> Table:
        return {"uri": self.contents.url(file.path)}


def _not_in_the_lab() -> Table:
    """Return the parts that the schema asks for and that a cluster in the lab does not use."""

    def empty(*names: str) -> Table:
        return {name: {} for name in names}

    provider = ("controller", "kubeProxy", "components", "metadata")
    flux = ("helmController", "kustomizeController", "notificationController", "sourceController")
    docker = ("manager", "kubeProxy", "components", "clusterTemplate", "metadata")
    return {
        "etcdadmBootstrap": {"version": "", **empty(*provider)},
        "etcdadmController": {"version": "", **empty(*provider)},
        "docker": {"version": "", **empty(*docker)},
        "kindnetd": {"version": "", **empty("manifest")},
        "flux": empty(*flux),
        "packageController": empty("packageController", "tokenRefresher"),
        "bottlerocketHostContainers": empty("admin", "control", "kubeadmBootstrap"),
    }


def _named(name: str, uri: str, digest: str) -> Table:
    found: Table = {"name": name, "os": "linux", "arch": ["amd64"], "uri": uri}
    return {**found, "imageDigest": digest} if digest else found


def _is_signed(path: Path, bundle: Table, key: PublicKey) -> bool:
    """Return whether a file holds this bundle with a good signature."""
    if not path.is_file():
        return False
    try:
        written = read(path.read_bytes(), str(path))
        verify_bundle(written, key)
    except PermanentError:
        return False
    metadata = written.data.get("metadata")
    kept = metadata if isinstance(metadata, dict) else {}
    bare: Table = {key: value for key, value in kept.items() if key != "annotations"}
    return {**written.data, "metadata": bare} == bundle


class _Dumper(yaml.SafeDumper):
    """Writes a part that is there twice twice: manifests have no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _yaml(data: Table) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
