"""Keeping secrets out of what people and logs get to read.

Every secret that leaves a vault is remembered here; whatever writes text for people (logs, error
blocks, crash files, reports) passes it through `KNOWN.redact` first.
"""

from __future__ import annotations

import base64
import threading

from bedplate.ports.vault import Vault

HIDDEN = "[redacted]"
SHORTEST = 4  # a shorter text stands in ordinary words by chance
SHORTEST_LINE = 16  # of a secret of several lines, such as a private key
PUBLIC_NAMES = ("/username",)  # kept beside a secret, and what people need to read in a message


class Secrets:
    """The secrets that this process has seen."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._longest_first: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def remember(self, value: str) -> None:
        """Hide a value, its lines and its base64 form from now on, unless it is very short."""
        text = value.strip()
        if len(text) < SHORTEST or text in self._values:
            return
        lines = (line.strip() for line in text.splitlines())
        forms = {text, _base64(value), _base64(text)}
        forms |= {line for line in lines if len(line) >= SHORTEST_LINE and not _is_header(line)}
        with self._lock:
            self._values |= forms
            self._longest_first = tuple(sorted(self._values, key=len, reverse=True))

    def redact(self, text: str) -> str:
        """Return a text without any remembered secret."""
        for value in self._longest_first:
            if value in text:
                text = text.replace(value, HIDDEN)
        return text


KNOWN = Secrets()


class RememberingVault:
    """A vault whose secrets are remembered as they come and go."""

    def __init__(self, vault: Vault, secrets: Secrets = KNOWN) -> None:
        self._vault = vault
        self._secrets = secrets

    def get(self, name: str) -> str | None:
        text = self._vault.get(name)
        self._remember(name, text)
        return text

    def put(self, name: str, text: str) -> None:
        self._remember(name, text)
        self._vault.put(name, text)

    def delete(self, name: str) -> None:
        self._vault.delete(name)

    def _remember(self, name: str, text: str | None) -> None:
        if text is not None and not name.endswith(PUBLIC_NAMES):
            self._secrets.remember(text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _is_header(line: str) -> bool:
    return line.startswith("-----")
