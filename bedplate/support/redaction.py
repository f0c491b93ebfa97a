"""Takes every credential out of what leaves the site: by structure first, then by value.

By structure: the data of Secrets, the contents of machines' files, and fields that are named like
credentials are dropped. By value: whatever a vault, a Secret or such a field held is looked for in
every text, as it is, in base64 at each of its three offsets, and as JSON and URLs write it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import yaml

from bedplate.adapters.redaction import HIDDEN, KNOWN
from bedplate.capi import objects
from bedplate.ports.kube import JSON, Manifest

SHORTEST = 6  # characters; a shorter text stands in ordinary words by chance
SHORTEST_LINE = 16
SHORTEST_FRAGMENT = 8  # of base64, without the letters that its neighbours have a part in

CREDENTIAL = re.compile(
    r"passw|token(?!s?Name)|credential(?!s?Ref)|private.?key|api.?key|client-\w+-data"
    r"|secret(?!s?$|.?Name|.?Ref|.?Namespace)",
    re.IGNORECASE,
)
"""Fields whose text is one; references to Secrets are none."""

PUBLIC_KEY = re.compile(r"username(CP)?$|^namespace$|\.crt$", re.IGNORECASE)
"""What stands beside the secrets of a Secret, and in everybody's sight elsewhere."""

PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL
)
PATTERNS = (
    (PRIVATE_KEY, HIDDEN),
    (re.compile(r"(?<=://)[^/\s:@\"']+:[^/\s@\"']+(?=@)"), HIDDEN),
    (re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{8,}"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+"), HIDDEN),
    (re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b"), HIDDEN),
)
"""What is one by its form: keys, users in URLs, bearer and JSON web tokens, kubeadm's tokens."""

DROPPED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


class Redactor:
    """Knows the credentials of one bundle, and takes them out."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._sorted: tuple[str, ...] = ()

    def remember(self, value: str) -> None:
        """Hide a credential from now on, and what it holds where it is a document."""
        self._hide(value.strip())
        for part in _parts(value):
            self._hide(part)

    def remember_secret(self, secret: Manifest) -> None:
        """Hide what a Secret holds, but for what is public in it."""
        for key, text in objects.texts_by_key(secret.get("data")).items():
            if not PUBLIC_KEY.search(key):
                self._hide(text)
                self.remember(_decoded(text))
        for key, text in objects.texts_by_key(secret.get("stringData")).items():
            if not PUBLIC_KEY.search(key):
                self.remember(text)

    def text(self, text: str) -> str:
        """Return a text without credentials."""
        found = KNOWN.redact(text)
        for pattern, put in PATTERNS:
            found = pattern.sub(put, found)
        if len(self._sorted) != len(self._forms):
            self._sorted = tuple(sorted(self._forms, key=len, reverse=True))
        for form in self._sorted:
            if form in found:
                found = found.replace(form, HIDDEN)
        return found

    def _hide(self, text: str) -> None:
        if len(text) >= SHORTEST:
            self._forms.update(_forms(text))


def without_secrets(manifest: Manifest) -> dict[str, JSON]:
    """Return an object without its credentials, and without what only an API server needs."""
    secret = objects.kind(manifest).kind == "Secret"
    found = _stripped({k: v for k, v in manifest.items() if not (secret and k in _HELD)})
    assert isinstance(found, dict)  # noqa: S101 - for mypy: a mapping stays one
    if secret:
        found["data"] = dict.fromkeys(sorted(_keys(manifest)), HIDDEN)
    return found


_HELD = ("data", "stringData")


def _keys(secret: Manifest) -> set[str]:
    return {key for held in _HELD for key in objects.mapping(secret, held)}


def _stripped(value: JSON, key: str = "") -> JSON:
    if isinstance(value, Mapping):
        return {
            name: _stripped(item, name)
            for name, item in value.items()
            if name not in ("managedFields", DROPPED_ANNOTATION)
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_stripped(item, key) for item in value]
    hidden = isinstance(value, str) and value and (key == "content" or CREDENTIAL.search(key))
    return HIDDEN if hidden else value


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text


def _parts(value: str) -> Iterator[str]:
    """Yield what a document holds: private keys line by line, and fields named like credentials."""
    for block in PRIVATE_KEY.findall(value):
        yield from (line for line in map(str.strip, block.splitlines()) if _is_body(line))
    if "\n" not in value.strip() and not value.lstrip().startswith(("{", "[")):
        return
    try:
        documents = list(_documents(value))
    except yaml.YAMLError:
        yield from (line for line in map(str.strip, value.splitlines()) if _is_body(line))
        return
    for document in documents:
        yield from _credentials(document)


def _documents(value: str) -> Iterator[object]:
    """Yield what a text holds: JSON, which its own reader reads much faster, or YAML."""
    try:
        yield json.loads(value)
    except ValueError:
        yield from yaml.safe_load_all(value)


def _credentials(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        held = value.get("kind") == "Secret"
        for name, item in value.items():
            yield from _credentials(item, "password" if held and name in _HELD else str(name))
            if held and name in _HELD and isinstance(item, dict):
                yield from _of_secret(item)
    elif isinstance(value, list):
        for item in value:
            yield from _credentials(item, key)
    elif isinstance(value, str):
        if CREDENTIAL.search(key):
            yield value
            yield _decoded(value)
        if "\n" in value:
            yield from _parts(value)


def _of_secret(held: Mapping[object, object]) -> Iterator[str]:
    for key, text in held.items():
        if isinstance(text, str) and not PUBLIC_KEY.search(str(key)):
            yield text if "\n" not in text else ""
            yield from _parts(text)


def _is_body(line: str) -> bool:
    return len(line) >= SHORTEST_LINE and not line.startswith("-----")


def _forms(text: str) -> Iterator[str]:
    """Yield the ways in which a text may be written down."""
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield quote(text, safe="")
    for fragment in base64_fragments(text):
        if len(fragment) >= SHORTEST_FRAGMENT:
            yield fragment
            yield fragment.replace("+", "-").replace("/", "_")


def base64_fragments(text: str) -> Iterator[str]:
    """Yield the letters of base64 that stand for a text alone, wherever it begins in a longer one.

    A letter stands for six bits, so the first and the last may depend on neighbours.
    """
    data = text.encode()
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode()
        first = -(-offset * 8 // 6)
        last = (offset + len(data)) * 8 // 6
        yield encoded[first:last]
