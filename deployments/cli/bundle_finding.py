"""From what a person typed to the bundle that is meant."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import time

from bedplate.adapters.fetching import Cache, Fetcher, Network, Web
from bedplate.adapters.fetching.addresses import local_path
from bedplate.bundles.keys import PublicKey, public_key
from bedplate.bundles.manifests import RELEASE_MANIFEST, choose_bundle
from bedplate.bundles.mirror import MirrorMap
from bedplate.bundles.offline import BUNDLE_FILE, RELEASES_FILE
from bedplate.bundles.resolve import Demand, Keys, Request, Resolution, look_up
from bedplate.errors import BadInput, Owner
from bedplate.spec import ClusterSpec, read_file, read_text
from deployments.cli.bundle_options import PUBLISHED, KeyFiles, Where
from deployments.cli.screen import Screen
from deployments.home import find_home


class Finder:
    """Looks bundles up; what was read once is not asked for again."""

    def __init__(self, screen: Screen, where: Where, files: KeyFiles = PUBLISHED) -> None:
        self._where = where
        self.keys = _keys(files)
        self.spec = _spec(where.spec)
        network = _network(where, self.spec, os.environ)
        cache = Cache(find_home().folder("cache"))
        fetcher = Fetcher(Web(network), cache, offline=where.offline, warn=screen.warn)
        self.source = _Once(fetcher)

    def find(self, demand: Demand) -> Resolution:
        """Return the bundle with the versions that were asked for; raises what `look_up` raises."""
        return look_up(self.source, self._request(demand))

    def find_all(self) -> Resolution:
        """Return the bundle with the versions asked for, or with all that it has."""
        request = self._request(Demand.REPORT)
        versions = request.kubernetes_versions or self.find_alone().bundles.kubernetes_versions
        return look_up(self.source, replace(request, kubernetes_versions=versions))

    def find_alone(self) -> Resolution:
        """Return the bundle, and read no EKS Distro release."""
        return look_up(self.source, replace(self._request(Demand.REPORT), kubernetes_versions=()))

    def versions(self, found: Resolution) -> tuple[str, ...]:
        """Return the versions asked for, or all of a bundle; raises BUNDLE_VERSION_MISSING."""
        asked = self._request(Demand.REPORT).kubernetes_versions
        for version in asked:
            choose_bundle(found.bundles, version)
        return asked or found.bundles.kubernetes_versions

    def mirror(self) -> MirrorMap | None:
        """Return the specification's registry mirror, None without one."""
        given = self.spec.cluster.spec.registry_mirror_configuration if self.spec else None
        if given is None or not given.endpoint:
            return None
        pairs = [(one.registry, one.namespace) for one in given.oci_namespaces]
        return MirrorMap.of(given.endpoint, given.port or "443", pairs)

    def _request(self, demand: Demand) -> Request:
        where, spec = self._where, self.spec
        given = spec.cluster.spec if spec is not None else None
        bundles, releases = _addresses(where)
        return Request(
            now=datetime.fromtimestamp(time(), UTC),
            kubernetes_versions=where.kubernetes_versions or _versions(spec),
            bundles=bundles,
            eksa_version=where.version or (given.eksa_version if given else None) or "",
            releases=releases,
            keys=self.keys,
            licence=given.license_token if given is not None else "",
            demand=demand,
        )


class _Once:
    """Remembers what was read."""

    def __init__(self, source: Fetcher) -> None:
        self._source = source
        self._known: dict[str, bytes] = {}

    def read(self, uri: str) -> bytes:
        """Return what an address leads to."""
        if uri not in self._known:
            self._known[uri] = self._source.read(uri)
        return self._known[uri]


def _spec(file: Path | None) -> ClusterSpec | None:
    """Read a specification as it is: whether it is valid is for another verb to say."""
    return None if file is None else read_text(read_file(file), str(file))


def _versions(spec: ClusterSpec | None) -> tuple[str, ...]:
    if spec is None:
        return ()
    of_groups = (spec.worker_version(group) for group in spec.workers)
    return tuple(dict.fromkeys((spec.kubernetes_version, *of_groups)))


def _addresses(where: Where) -> tuple[str, str]:
    """Return the bundle's and the releases' address; a folder stands for the files in it."""
    bundles = _address(where.bundles, BUNDLE_FILE) if where.bundles else ""
    return bundles, _address(where.releases or RELEASE_MANIFEST, RELEASES_FILE)


def _address(text: str, file: str) -> str:
    """Return a path in full, since a downloaded manifest is found by its folder's name."""
    path = local_path(text)
    if path is None:
        return text
    try:
        return str((path / file if path.is_dir() else path).absolute())
    except OSError:
        return text  # whoever reads it explains why it cannot be read


def _network(where: Where, spec: ClusterSpec | None, environment: Mapping[str, str]) -> Network:
    given = spec.cluster.spec.proxy_configuration if spec is not None else None
    proxy = where.proxy or _variable(environment, "HTTPS_PROXY")
    no_proxy = tuple(_variable(environment, "NO_PROXY").split(","))
    if not proxy and given is not None:
        proxy, no_proxy = given.https_proxy or given.http_proxy, (*no_proxy, *given.no_proxy)
    return Network(
        ca_file=where.ca_file,
        proxy=proxy if not proxy or "://" in proxy else f"http://{proxy}",
        no_proxy=("localhost", "127.0.0.0/8", "::1", *no_proxy),
        plain_hosts=frozenset(where.plain_hosts),
    )


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.lower()) or ""


def _keys(files: KeyFiles) -> Keys:
    usual = Keys.published()
    return Keys(
        bundle=_key(files.bundle) or usual.bundle,
        distro=_key(files.distro) or usual.distro,
        licence=_key(files.licence),
    )


def _key(file: Path | None) -> PublicKey | None:
    if file is None:
        return None
    try:
        return public_key(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "KEY_INVALID",
            f"{file} cannot be read as a key: {error}",
            why="it is to hold a public key in PEM, or base64 of its DER form",
            remedy="correct the path",
            owner=Owner.PLATFORM,
        ) from error
