"""The secrets of real sites that environment variables hold, under EKS Anywhere's names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bedplate.sites import SiteConfig, SiteKind
from bedplate.spec.loading import read_file

# By the names under which a site's vault would keep them.
TEXTS = {
    "vcenter/username": "EKSA_VSPHERE_USERNAME",
    "vcenter/password": "EKSA_VSPHERE_PASSWORD",
    "vcenter/cloud-provider/username": "EKSA_VSPHERE_CP_USERNAME",
    "vcenter/cloud-provider/password": "EKSA_VSPHERE_CP_PASSWORD",
    "registry/username": "REGISTRY_USERNAME",
    "registry/password": "REGISTRY_PASSWORD",
}
FILES = {
    "git/private-key": "EKSA_GIT_PRIVATE_KEY",
    "git/known-hosts": "EKSA_GIT_KNOWN_HOSTS",
}


def secrets_of(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the secrets by their vault names; raises BadInput where a file cannot be read."""
    texts = {name: environment.get(variable, "") for name, variable in TEXTS.items()}
    paths = {name: environment.get(variable, "") for name, variable in FILES.items()}
    files = {name: read_file(Path(path)) for name, path in paths.items() if path}
    return {name: text for name, text in (texts | files).items() if text}


def secrets_for(config: SiteConfig) -> dict[str, str]:
    """Return the secrets for a site; a simulated one has its own."""
    return {} if config.kind is SiteKind.SIMULATED else secrets_of()
