"""What a specification takes from environment variables, under EKS Anywhere's names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bedplate.spec.environment import Environment
from bedplate.spec.loading import read_file

EXTRA_ARGS, MIRROR_CA = "API_SERVER_EXTRA_ARGS_ENABLED", "EKSA_REGISTRY_MIRROR_CA"


def spec_environment(environment: Mapping[str, str] = os.environ) -> Environment:
    """Return what the environment says; raises BadInput where the mirror's CA cannot be read."""
    named = environment.get(MIRROR_CA, "")
    return Environment(
        api_server_extra_args=environment.get(EXTRA_ARGS) == "true",
        registry_mirror_ca=read_file(Path(named)) if named else "",
    )
