"""The settings of a local Prefect server and of all that talks to it: one table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments.home import Home

ROOT = Path(__file__).resolve().parents[1]
HEARTBEAT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    @property
    def connectable(self) -> str:
        """An address to reach it at; one that listens everywhere is reached on this machine too."""
        return "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104

    @property
    def url(self) -> str:
        """What a person opens."""
        return f"http://{self.connectable}:{self.port}"


def prefect_environment(
    home: Home, address: Address, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of the server and of the flows' processes.

    What the environment said of Prefect before is left out: it may speak of another server.
    """
    others = {name: value for name, value in inherited.items() if not name.startswith("PREFECT_")}
    folder = home.folder("prefect")
    return others | {
        "BEDPLATE_HOME": str(home.root),
        # Everything of Prefect's in one folder: its database, its profiles, its storage.
        "PREFECT_HOME": str(folder),
        "PREFECT_API_URL": f"{address.url}/api",
        # Without this the page asks port 4200 of the visitor's own machine.
        "PREFECT_UI_API_URL": f"{address.url}/api",
        "PREFECT_SERVER_API_HOST": address.host,
        "PREFECT_SERVER_API_PORT": str(address.port),
        # The default forgets who holds what when the server is started again.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        # Else the key lies in the same database as what it encrypts.
        "PREFECT_SERVER_ENCRYPTION_KEY": encryption_key(folder / "encryption.key"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        # A schedule of minutes fills the lists when it is laid out for an hour, as usual.
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "1",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT3M",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        "PREFECT_LOGGING_EXTRA_LOGGERS": "bedplate",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        # Flows are imported from here, and never from a folder that somebody happens to stand in.
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
    }


def encryption_key(file: Path) -> str:
    """Return the key that blocks are encrypted with, made on first use; only its owner reads it."""
    from cryptography.fernet import Fernet

    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(Fernet.generate_key())
    return file.read_text(encoding="ascii")
