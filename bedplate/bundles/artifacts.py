"""What a bundle names: container images, archives and manifests, each with its digest."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

_PINNED = re.compile(r"/sha256-(?P<digest>[0-9a-f]{64})/")


class Document(BaseModel):
    """A part of a manifest that others publish: frozen, read by its API names, more may be there.

    Manifests of later releases have fields that this version does not know, so they are kept out of
    sight, never refused.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, populate_by_name=True
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: object) -> object:
        """Read null as the API does: the field keeps its zero value."""
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if value is not None}


class Image(Document):
    """A container image; `image_digest` is `sha256:…`, empty where the manifest names none."""

    name: str = ""
    description: str = ""
    os: str = ""
    os_name: str = ""
    arch: tuple[str, ...] = ()
    uri: str = ""
    image_digest: str = ""

    @property
    def repository(self) -> str:
        """Return the image's name without its tag."""
        return _split(self.uri)[0]

    @property
    def tag(self) -> str:
        """Return the image's tag; empty where it has none."""
        return _split(self.uri)[1]


class Archive(Document):
    """A file to download, with the digests it must have, in hexadecimal."""

    name: str = ""
    description: str = ""
    os: str = ""
    os_name: str = ""
    arch: tuple[str, ...] = ()
    uri: str = ""
    sha256: str = ""
    sha512: str = ""


class Manifest(Document):
    """A YAML file to download."""

    uri: str = ""

    @property
    def sha256(self) -> str:
        """Return the digest that the address itself names, in hexadecimal; empty without one.

        Bundles have no field for a manifest's digest, so a publisher who pins a manifest puts a
        folder `sha256-…` into its address.
        """
        found = _PINNED.search(self.uri)
        return found["digest"] if found is not None else ""


def _split(uri: str) -> tuple[str, str]:
    """A colon before the last slash belongs to the registry's port."""
    head, colon, tag = uri.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (uri, "")
