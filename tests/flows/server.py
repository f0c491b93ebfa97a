"""What tests ask a Prefect server, in few words."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

SLOWEST = 30.0  # Prefect records task runs and logs from events, some seconds late


@dataclass(frozen=True)
class Server:
    """A Prefect server's API."""

    url: str

    def ask(self, path: str, **body: Any) -> Any:
        answer = httpx.post(f"{self.url}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def get(self, path: str) -> Any:
        answer = httpx.get(f"{self.url}/{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    def run(self, run_id: UUID | str) -> dict[str, Any]:
        return self.get(f"flow_runs/{run_id}")

    def rows(
        self, run_id: UUID | str, attempt: int = 1, names: Collection[str] = ()
    ) -> dict[str, dict[str, Any]]:
        """The task runs of one attempt by name, once all of them have ended.

        Of a run that is over the last ones may not be recorded yet: `names` are waited for.
        """

        def ended() -> dict[str, dict[str, Any]] | None:
            found = self.ask("task_runs/filter", flow_runs={"id": {"any_": [str(run_id)]}})
            found = [row for row in found if row["flow_run_run_count"] == attempt]
            running = [row for row in found if row["state_type"] in ("PENDING", "RUNNING")]
            known = {row["name"]: row for row in found}
            return known if found and not running and known.keys() >= set(names) else None

        return wait_for(ended)

    def states(
        self, run_id: UUID | str, attempt: int = 1, names: Collection[str] = ()
    ) -> dict[str, str]:
        rows = self.rows(run_id, attempt, names)
        return {name: row["state_name"] for name, row in rows.items()}

    def logs(self, run_id: UUID | str, until: str) -> list[dict[str, Any]]:
        """The log lines of a run, once one of them contains a text."""

        def written() -> list[dict[str, Any]] | None:
            found = self.ask(
                "logs/filter", logs={"flow_run_id": {"any_": [str(run_id)]}}, limit=200
            )
            return found if any(until in line["message"] for line in found) else None

        return wait_for(written)

    def reports(self, run_id: UUID | str) -> list[str]:
        """Every version of the report that a run wrote, the oldest first."""
        found = self.ask("artifacts/filter", flow_runs={"id": {"any_": [str(run_id)]}})
        found.sort(key=lambda artifact: artifact["created"])
        return [artifact["data"] for artifact in found if artifact["type"] == "markdown"]


def wait_for(look: Any, seconds: float = SLOWEST) -> Any:
    """Look until there is something to see; fails after `seconds`."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < end:
        if seen := look():
            return seen
        pause.wait(0.2)
    raise AssertionError(f"nothing to see after {seconds} s")
