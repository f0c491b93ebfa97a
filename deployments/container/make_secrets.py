"""Makes the secrets that compose.yaml mounts; needs nothing but Python. What is there stays.

python3 deployments/container/make_secrets.py deployments/secrets
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from secrets import token_urlsafe

HOST = "postgres:5432"
ROLES = ("prefect", "production", "staging", "gateway")
# Whose passwords each part has; the gateway reads every journal to find specifications.
PGPASS = {
    "production": ("production",),
    "staging": ("staging",),
    "gateway": ("gateway", "production", "staging"),
}


def main(folder: Path) -> None:
    """Write every file that is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, make in FILES.items():
        _write(folder / name, make)
    for role in ROLES:
        _write(folder / f"postgres-{role}", token_urlsafe)
    passwords = {role: (folder / f"postgres-{role}").read_text(encoding="ascii") for role in ROLES}
    for part, roles in PGPASS.items():
        lines = [f"{HOST}:{role}:{role}:{passwords[role]}\n" for role in roles]
        _write(folder / f"pgpass-{part}", partial("".join, lines))


def _write(file: Path, make: Callable[[], str]) -> None:
    """Write a secret that is not there; the folder keeps others away, containers read the file."""
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(make())


FILES: Mapping[str, Callable[[], str]] = {
    "postgres-superuser": token_urlsafe,
    "prefect-login": lambda: f"bedplate:{token_urlsafe()}",
    "prefect-encryption-key": lambda: base64.urlsafe_b64encode(os.urandom(32)).decode(),
    "gateway-secret": lambda: f"whsec_{base64.b64encode(os.urandom(32)).decode()}",
    # Yours to fill in; empty, the simulated sites of the example need none.
    "production-vcenter-username": str,
    "production-vcenter-password": str,
    "staging-vcenter-username": str,
    "staging-vcenter-password": str,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
