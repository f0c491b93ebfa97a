"""A gateway killed between any two of its lines: nothing lost, nothing run twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deployments.catalog import entries
from deployments.gateway.store import Store
from tests.flows.conftest import ROOT, SPEC, SomeSite
from tests.flows.server import Server
from tests.gateway.gate import PORTAL, write_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600 if os.environ.get("BEDPLATE_LAWS") != "all" else 7200),
]

POINTS = 14


class Victims:
    """A process that forks a gateway for each order, and tells how it ended."""

    def __init__(self, home: Path, server: Server, site: SomeSite) -> None:
        self.home = home
        spec = home / "spec.yaml"
        spec.write_text(SPEC)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.gateway.victim", str(home), str(spec), site.name],
            cwd=ROOT,
            env=os.environ | {"PREFECT_API_URL": server.url, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, ticket: str, cluster: str, ahead: float = 0.0, kill: int | None = None
    ) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"ticket": ticket, "cluster": cluster, "ahead": ahead, "kill": kill}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


@pytest.fixture
def victims(tmp_path: Path, server: Server, site: SomeSite) -> Iterator[Victims]:
    for entry in entries():
        if entry.name == "create":
            for deployment in entry.made((site.name,)):
                deployment.apply()
    write_settings(tmp_path, sources={"portal": PORTAL | {"sites": [site.name]}})
    made = Victims(tmp_path, server, site)
    yield made
    made.end()


def runs_of(server: Server, ticket: str) -> list[dict[str, Any]]:
    wanted = {"tags": {"all_": [f"ticket:{ticket}"]}}
    found: list[dict[str, Any]] = server.ask("flow_runs/filter", flow_runs=wanted)
    return found


def new_ticket() -> str:
    return f"CHG{uuid4().int % 10**9}"


def chosen(lines: int) -> list[int]:
    """The first and the last line, and some between."""
    if os.environ.get("BEDPLATE_LAWS") == "all":
        return list(range(lines))
    return sorted({round(n * (lines - 1) / (POINTS - 1)) for n in range(POINTS)})


def test_a_gateway_killed_at_any_line_starts_exactly_one_run(victims: Victims, server: Server):
    undisturbed = new_ticket()
    answer = victims.run(undisturbed, "w01")
    assert answer["said"].isdecimal(), answer["said"]
    assert len(runs_of(server, undisturbed)) == 1

    killed = 0
    for number, line in enumerate(chosen(int(answer["said"]))):
        ticket, cluster, ahead = new_ticket(), f"w1{number}", 1000.0 * (number + 1)
        ended = victims.run(ticket, cluster, ahead, kill=line)
        killed += ended["signal"] == signal.SIGKILL

        again = victims.run(ticket, cluster, ahead + 500.0)

        assert again["said"].isdecimal(), again["said"]
        found = runs_of(server, ticket)
        assert len(found) == 1, f"killed at line {line}"
        done = {"type": "COMPLETED", "name": "Completed"}
        server.ask(f"flow_runs/{found[0]['id']}/set_state", state=done, force=True)
    # The lines that wait for an answer differ a little from run to run.
    assert killed >= POINTS - 3

    store = Store(f"sqlite:///{victims.home}/gateway.sqlite")
    assert store.verify_audit() == ()
    store.close()
