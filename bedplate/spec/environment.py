"""What EKS Anywhere reads from environment variables; here the caller reads and passes it on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """Switches and defaults that are not in the file.

    `api_server_extra_args` stands for `API_SERVER_EXTRA_ARGS_ENABLED=true`: without it, extra
    arguments of the API server are refused. `registry_mirror_ca` is the content of the file that
    `EKSA_REGISTRY_MIRROR_CA` names: it is taken where a registry mirror has no certificate.
    """

    api_server_extra_args: bool = False
    registry_mirror_ca: str = ""


NO_ENVIRONMENT = Environment()
