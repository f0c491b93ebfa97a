"""Versions of EKS Anywhere: `v0.26.0`, `v0.27.0-dev+build.31`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(
    r"v?(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_NUMBER = re.compile(r"\d{1,18}")

# A number stands below a word, and is compared as a number.
_Rank = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A semantic version; `<` leaves the build out, as the standard says."""

    core: tuple[int, int, int]
    pre: tuple[str, ...] = ()
    build: tuple[str, ...] = ()

    @property
    def without_build(self) -> tuple[tuple[int, int, int], tuple[str, ...]]:
        """Return what two builds of one version share."""
        return self.core, self.pre

    @property
    def build_rank(self) -> _Rank:
        """Return what orders builds: `build.10` is after `build.9`."""
        return _rank(self.build)

    def __lt__(self, other: Version) -> bool:
        """Return whether this version comes before another; a pre-release before its release."""
        mine = (self.core, not self.pre, _rank(self.pre))
        return mine < (other.core, not other.pre, _rank(other.pre))


def parse(text: str) -> Version | None:
    """Return a version, with or without the leading v; None where the text is none."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    major, minor, patch, pre, build = found.groups()
    core = (int(major), int(minor), int(patch))
    return Version(core, _parts(pre), _parts(build))


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(".")) if text else ()


def _rank(parts: tuple[str, ...]) -> _Rank:
    return tuple((0, int(p), "") if _NUMBER.fullmatch(p) else (1, 0, p) for p in parts)
