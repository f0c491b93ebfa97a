"""References to secrets: `env:NAME`, `vault:NAME` or `prefect:BLOCK`, and what they lead to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bedplate.adapters.files import FileVault
from bedplate.adapters.redaction import KNOWN
from bedplate.errors import BadInput, Owner

KINDS = ("env", "vault", "prefect")
VAULT = "gateway/vault"


class References:
    """Finds secrets: in the environment, in files only the owner reads, in Prefect's blocks."""

    def __init__(self, root: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._vault = FileVault(root / VAULT)
        self._environment = environment

    def secret(self, reference: str) -> str:
        """Return a secret, hidden from now on in every text; raises BadInput SECRET_MISSING."""
        kind, _, name = reference.partition(":")
        found = self._find(kind, name)
        if not found:
            raise BadInput(
                "SECRET_MISSING",
                f"there is no secret at {reference}",
                why="gateway.yaml names it",
                remedy=_remedy(kind, name),
                owner=Owner.PLATFORM,
            )
        KNOWN.remember(found)
        return found

    def secrets(self, references: tuple[str, ...]) -> tuple[str, ...]:
        """Return several secrets."""
        return tuple(self.secret(one) for one in references)

    def _find(self, kind: str, name: str) -> str:
        if kind == "env":
            return self._environment.get(name, "").strip()
        if kind == "vault":
            return (self._vault.get(name) or "").strip()
        return _prefect_secret(name)


def _remedy(kind: str, name: str) -> str:
    return {
        "env": f"set the variable {name} where the gateway is started",
        "vault": f"write it to {VAULT}/{name} below the home, with mode 0600",
    }.get(kind, f"save a block of the type Secret under the name {name}")


def _prefect_secret(name: str) -> str:
    """Return what a Secret block of Prefect holds; empty where there is none of that name."""
    from prefect.blocks.system import Secret

    from deployments.gateway.prefect_api import reaching_prefect

    try:
        with reaching_prefect():
            block = Secret.load(name)
    except ValueError:
        return ""
    if not isinstance(block, Secret):
        raise TypeError("a block is loaded outside of an event loop")
    return str(block.get())
