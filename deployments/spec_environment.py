"""What a specification takes from environment variables, under EKS Anywhere's names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bedplate.errors import BadInput, Owner
from bedplate.spec.environment import Environment
from bedplate.spec.loading import read_file

EXTRA_ARGS, MIRROR_CA = "API_SERVER_EXTRA_ARGS_ENABLED", "EKSA_REGISTRY_MIRROR_CA"


def spec_environment(environment: Mapping[str, str] = os.environ) -> Environment:
    """Return what the environment says; raises BadInput where the mirror's CA cannot be read."""
    named = environment.get(MIRROR_CA, "")
    return Environment(
        api_server_extra_args=environment.get(EXTRA_ARGS) == "true",
        registry_mirror_ca=_mirror_ca(Path(named)) if named else "",
    )


def _mirror_ca(path: Path) -> str:
    try:
        return read_file(path)
    except BadInput as error:
        raise BadInput(
            "MIRROR_CA_UNREADABLE",
            error.seen,
            why=f"{MIRROR_CA} says that the registry mirror's certificate is there",
            remedy=f"correct {MIRROR_CA}, or unset it",
            owner=Owner.PLATFORM,
        ) from error
