"""One HTTP request as it came, before anything in it is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from deployments.gateway.intents import sha256
from deployments.gateway.problems import malformed


@dataclass(frozen=True, slots=True)
class Delivery:
    """The raw body, the headers by their names in small letters, and who is at the other end.

    `certificate` is the SHA-256 fingerprint of the client's certificate, where one was shown.
    """

    body: bytes
    headers: Mapping[str, str]
    peer: str = ""
    certificate: str = ""

    @property
    def body_digest(self) -> str:
        """The SHA-256 of the raw body."""
        return sha256(self.body)

    def header(self, name: str) -> str:
        """Return a header; empty without it."""
        return self.headers.get(name, "")

    def document(self) -> dict[str, object]:
        """Return the body as a JSON object; raises Malformed."""
        try:
            content = json.loads(self.body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise malformed("the body is no JSON in UTF-8") from None
        if not isinstance(content, dict):
            raise malformed("the body is no JSON object")
        return content


def _refuse(word: str) -> object:
    raise ValueError(word)  # NaN and Infinity are Python's, not JSON's


def inner(content: Mapping[str, object], *path: str) -> dict[str, object]:
    """Return an object inside of a decoded one; empty where there is none."""
    found: object = content
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def text_in(content: Mapping[str, object], name: str) -> str:
    """Return a text or a number of a decoded object as text; empty where there is none.

    A field of choice is an object in Jira; its `value` or `name` is meant.
    """
    found = content.get(name)
    if isinstance(found, dict):
        found = found.get("value", found.get("name"))
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return str(found)
