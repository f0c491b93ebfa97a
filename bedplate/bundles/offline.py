"""A bundle for a place without a network: what to download, and the addresses afterwards.

Only addresses of manifests change, and those are left out of a bundle's signature (they are in
REPLACEABLE): the rewritten bundle is still signed. A manifest of a part that the signature covers
would not be: its address stays as it is.
"""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bedplate.bundles.documents import Json, Table, Written
from bedplate.bundles.listing import MANIFEST_PARTS, parts
from bedplate.bundles.manifests import EksaRelease
from bedplate.bundles.signature import REPLACEABLE
from bedplate.bundles.source import beside
from bedplate.errors import Owner, PermanentError

BUNDLE_FILE = "bundle-release.yaml"
RELEASES_FILE = "eks-a-release.yaml"

# The folders of components, as EKS Anywhere calls them.
_FOLDERS: Mapping[str, str] = {
    "bootstrap": "capi-kubeadm-bootstrap",
    "certManager": "cert-manager",
    "cilium": "cilium",
    "cloudStack": "cluster-api-provider-cloudstack",
    "clusterAPI": "core-cluster-api",
    "controlPlane": "capi-kubeadm-control-plane",
    "docker": "cluster-api-provider-docker",
    "eksa": "eks-anywhere-cluster-controller",
    "etcdadmBootstrap": "etcdadm-bootstrap-provider",
    "etcdadmController": "etcdadm-controller",
    "kindnetd": "kindnetd",
    "nutanix": "cluster-api-provider-nutanix",
    "snow": "cluster-api-provider-snow",
    "tinkerbell": "cluster-api-provider-tinkerbell",
    "vSphere": "cluster-api-provider-vsphere",
}
_DISTRO, _DISTRO_FOLDER = "eksD", "eks-distro"
_DISTRO_PARTS = ("components", "manifestUrl")

_PREFIX = ".spec.versionsBundles[]."
_UNSIGNED = frozenset(path.removeprefix(_PREFIX) for path in REPLACEABLE)
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True, slots=True)
class Download:
    """One manifest: where it is, and its file below the folder of downloads."""

    uri: str
    path: str


def downloads(bundle: Written, versions: Iterable[str]) -> tuple[Download, ...]:
    """Return what the parts of these Kubernetes versions name; each file once.

    Raises:
        PermanentError: DOWNLOAD_NAME, an address cannot be the name of a file.
    """
    taken: dict[str, str] = {}
    for part in parts(bundle.data, versions):
        for named in _named(part):
            uri = beside(bundle.uri, named.uri)
            taken.setdefault(_free(named.path(_version(part)), uri, taken), uri)
    return tuple(Download(uri, path) for path, uri in taken.items())


def rewritten(bundle: Written, folder: str, files: Iterable[Download]) -> Table:
    """Return the bundle with the addresses of downloaded manifests; `folder` is their folder.

    Addresses are `FOLDER/VERSION/COMPONENT/FILE`, relative to where the folder lies.
    """
    by_folder = {(posixpath.dirname(one.path), one.uri): one.path for one in files}
    data = copy.deepcopy(bundle.data)
    versions = {path.partition("/")[0] for path in by_folder.values()}
    for part in parts(data, versions):
        for named in _named(part):
            place = posixpath.dirname(named.path(_version(part)))
            path = by_folder.get((place, beside(bundle.uri, named.uri)))
            if path is not None:
                named.table[named.key] = posixpath.join(folder, path)
    return data


def local_releases(releases: Written, release: EksaRelease, folder: str) -> Table:
    """Return the release manifest, where one release names the downloaded bundle."""
    data = copy.deepcopy(releases.data)
    spec = data.get("spec")
    listed = spec.get("releases") if isinstance(spec, dict) else None
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("version") == release.version:
            one["bundleManifestUrl"] = posixpath.join(folder, BUNDLE_FILE)
    return data


@dataclass(frozen=True, slots=True)
class _Named:
    """A field of a bundle that names a manifest."""

    folder: str
    table: Table
    key: str

    @property
    def uri(self) -> str:
        return str(self.table[self.key])

    def path(self, version: str) -> str:
        name = posixpath.basename(urlsplit(self.uri).path)
        for part in (version, self.folder, name):
            if not _SAFE.fullmatch(part):
                raise _unsafe(self.uri, part)
        return f"{version}/{self.folder}/{name}"


def _named(part: Table) -> Iterator[_Named]:
    for component, value in part.items():
        if component in _UNSIGNED and isinstance(value, dict):
            folder = _FOLDERS.get(component, component)
            yield from _manifests(folder, value)
    distro = part.get(_DISTRO)
    if isinstance(distro, dict):
        for key in _DISTRO_PARTS:
            if "/" in str(distro.get(key) or "") and f"{_DISTRO}.{key}" in _UNSIGNED:
                yield _Named(_DISTRO_FOLDER, distro, key)


def _manifests(folder: str, component: Table) -> Iterator[_Named]:
    for name in sorted(MANIFEST_PARTS):
        manifest: Json = component.get(name)
        if isinstance(manifest, dict) and "/" in str(manifest.get("uri") or ""):
            yield _Named(folder, manifest, "uri")


def _free(path: str, uri: str, taken: Mapping[str, str]) -> str:
    """Return a path that no other address has: two may end in the same name."""
    folder, name = posixpath.split(path)
    number, free = 1, path
    while taken.get(free, uri) != uri:
        number += 1
        free = f"{folder}/{number}-{name}"
    return free


def _version(part: Table) -> str:
    return str(part.get("kubeVersion"))


def _unsafe(uri: str, part: str) -> PermanentError:
    return PermanentError(
        "DOWNLOAD_NAME",
        f"{part!r} of {uri} cannot be the name of a file",
        why="downloads are kept in files that are called as their addresses end",
        remedy="use a bundle whose addresses end in a plain name",
        owner=Owner.PLATFORM,
    )
