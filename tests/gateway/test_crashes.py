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
    pytest.mark.xdist_group("prefect"),
    pytest.mark.slow,
    pytest.mark.timeout(600 if os.environ.get("BEDPLATE_LAWS") != "all" else 7200),
]

POINTS = 24


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

    def run(self, ticket: str, ahead: float = 0.0, kill: int | None = None) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"ticket": ticket, "ahead": ahead, "kill": kill}
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
            entry.served().apply()
    # One cluster for all, so that each case is begun only where no case before it is under way.
    write_settings(tmp_path, sources={"portal": PORTAL | {"sites": [site.name]}})
    made = Victims(tmp_path, server, site)
    yield made
    made.end()


def runs_of(server: Server, ticket: str) -> list[dict[str, Any]]:
    wanted = {"tags": {"all_": [f"ticket:{ticket}"]}}
    found: list[dict[str, Any]] = server.ask("flow_runs/filter", flow_runs=wanted)
    return found


def end_runs(server: Server, ticket: str) -> None:
    """End the runs of a case, as if they were done, so that the cluster is free for the next."""
    for run in runs_of(server, ticket):
        done = {"type": "COMPLETED", "name": "Completed"}
        server.ask(f"flow_runs/{run['id']}/set_state", state=done, force=True)


def chosen(lines: int) -> list[int]:
    """The first and the last line, and some between."""
    if os.environ.get("BEDPLATE_LAWS") == "all":
        return list(range(lines))
    return sorted({round(n * (lines - 1) / (POINTS - 1)) for n in range(POINTS)})


def test_a_gateway_killed_at_any_line_starts_exactly_one_run(victims: Victims, server: Server):
    undisturbed = f"CHG{uuid4().int % 10**9}"
    answer = victims.run(undisturbed)
    assert answer["said"].isdecimal(), answer["said"]
    assert len(runs_of(server, undisturbed)) == 1
    end_runs(server, undisturbed)
    victims.run(undisturbed, ahead=1000.0)

    killed = 0
    for number, line in enumerate(chosen(int(answer["said"]))):
        ticket, ahead = f"CHG{uuid4().int % 10**9}", 2000.0 * (number + 1)
        ended = victims.run(ticket, ahead, kill=line)
        killed += ended["signal"] == signal.SIGKILL

        again = victims.run(ticket, ahead + 500.0)

        assert again["said"].isdecimal(), again["said"]
        found = runs_of(server, ticket)
        assert len(found) == 1, f"killed at line {line}"
        end_runs(server, ticket)
        last = victims.run(ticket, ahead + 1000.0)
        assert last["said"].isdecimal(), last["said"]
    assert killed >= POINTS - 4

    store = Store(f"sqlite:///{victims.home}/gateway.sqlite")
    assert store.verify_audit() == ()
    store.close()
