"""What a bundle names that must be at hand: images, charts and virtual machine images."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bedplate.bundles import distro
from bedplate.bundles.artifacts import Archive
from bedplate.bundles.documents import Json, Table
from bedplate.bundles.resolve import Resolution

MANIFEST_PARTS = frozenset({"components", "metadata", "manifest", "clusterTemplate"})
"""The fields of a component that name a manifest, not an image."""

_CHARTS = frozenset({"helmChart", "tinkerbellChart", "tinkerbellCrds", "stack"})
_IMAGE = re.compile(
    r"[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?"
)


class Form(enum.StrEnum):
    """What is in a registry under a name."""

    IMAGE = "image"
    CHART = "chart"


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """An image or a chart; `digest` is `sha256:…`, empty where no manifest names it."""

    uri: str
    digest: str
    form: Form
    versions: tuple[str, ...]

    @property
    def pinned(self) -> str:
        """Return the name with the digest, which cannot be moved to another content."""
        return f"{self.uri}@{self.digest}" if self.digest and "@" not in self.uri else self.uri


@dataclass(frozen=True, slots=True)
class OvaLine:
    """A virtual machine image for vSphere, by Kubernetes version and operating system."""

    version: str
    os: str
    archive: Archive


def listed(found: Resolution) -> tuple[Listed, ...]:
    """Return every image and chart of the wanted versions and the management's, sorted, once."""
    seen: dict[tuple[str, str, Form], list[str]] = {}
    wanted = {found.chosen.management.kube_version, *found.distros}
    for part in parts(found.written.data, wanted):
        for uri, digest, form in _named(part, ""):
            seen.setdefault((uri, digest, form), []).append(_version(part))
    for version, manifest in found.distros.items():
        for image in distro.images(manifest.release):
            key = (image.uri, image.image_digest, Form.IMAGE)
            seen.setdefault(key, []).append(version)
    lines = (Listed(*key, tuple(dict.fromkeys(versions))) for key, versions in seen.items())
    return tuple(sorted(lines))


def ovas(found: Resolution, versions: Iterable[str]) -> tuple[OvaLine, ...]:
    """Return the virtual machine images for vSphere of these Kubernetes versions."""
    return tuple(
        OvaLine(_version(part), os, Archive.model_validate(archive))
        for part in parts(found.written.data, versions)
        for os, archive in sorted(_table(_table(part.get("eksD")).get("ova")).items())
        if _table(archive).get("uri")
    )


def parts(data: Table, versions: Iterable[str]) -> Iterator[Table]:
    """Yield the parts of a bundle that are for one of these Kubernetes versions."""
    wanted = set(versions)
    found = _table(data.get("spec")).get("versionsBundles")
    for part in found if isinstance(found, list) else ():
        if isinstance(part, dict) and _version(part) in wanted:
            yield part


def _named(value: Json, key: str) -> Iterator[tuple[str, str, Form]]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item, key)
    if not isinstance(value, dict) or key in MANIFEST_PARTS:
        return
    uri, digest = value.get("uri"), value.get("imageDigest")
    if isinstance(uri, str) and _IMAGE.fullmatch(uri) and not _is_archive(value):
        form = Form.CHART if key in _CHARTS else Form.IMAGE
        yield uri, digest if isinstance(digest, str) else "", form
    for name, item in value.items():
        yield from _named(item, name)


def _is_archive(table: Table) -> bool:
    return bool(table.get("sha256") or table.get("sha512"))


def _version(part: Table) -> str:
    return str(part.get("kubeVersion"))


def _table(value: Json) -> Table:
    return value if isinstance(value, dict) else {}
