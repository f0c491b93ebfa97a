"""From what a person typed to the bundle that is meant."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bedplate.adapters.fetching import Fetcher
from bedplate.bundles.manifests import choose_bundle
from bedplate.bundles.mirror import MirrorMap
from bedplate.bundles.resolve import Demand, Request, Resolution, look_up
from bedplate.sites.choice import BundleChoice, fetcher_for, keys_of, request_for
from bedplate.spec import ClusterSpec, read_file, read_text
from deployments.cli.bundle_options import PUBLISHED, KeyFiles, Where
from deployments.cli.screen import Screen
from deployments.home import find_home, variable


class Finder:
    """Looks bundles up; what was read once is not asked for again."""

    def __init__(self, screen: Screen, where: Where, files: KeyFiles = PUBLISHED) -> None:
        self._where = where
        self.spec = _spec(where.spec)
        self._choice = choice_of(where, files, _environment(os.environ))
        self.keys = keys_of(self._choice)
        cache = find_home().folder("cache")
        self.source = _Once(fetcher_for(self._choice, self.spec, cache, screen.warn))

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
        return request_for(self._choice, self.spec, demand, self._where.kubernetes_versions)


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


def choice_of(where: Where, files: KeyFiles, otherwise: BundleChoice) -> BundleChoice:
    """Return the bundle that options name; what they leave open is that of another choice."""
    return BundleChoice(
        releases=where.releases or otherwise.releases,
        bundles=where.bundles or otherwise.bundles,
        version=where.version or otherwise.version,
        key=_text(files.bundle) or otherwise.key,
        distro_key=_text(files.distro) or otherwise.distro_key,
        licence_key=_text(files.licence) or otherwise.licence_key,
        ca_file=_text(where.ca_file) or otherwise.ca_file,
        proxy=where.proxy or otherwise.proxy,
        no_proxy=otherwise.no_proxy,
        plain_hosts=(*otherwise.plain_hosts, *where.plain_hosts),
        offline=where.offline or otherwise.offline,
    )


def _text(path: Path | None) -> str:
    return "" if path is None else str(path)


def _environment(environment: Mapping[str, str]) -> BundleChoice:
    no_proxy = tuple(variable(environment, "NO_PROXY").split(","))
    return BundleChoice(proxy=variable(environment, "HTTPS_PROXY"), no_proxy=no_proxy)
