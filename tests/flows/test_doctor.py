"""`bedplate setup` and `bedplate doctor`, of an installation with everything, and as it breaks."""

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.actions import DeploymentUpdate

from deployments.catalog import entries
from deployments.doctor.prefect_checks import BELOW, LOWEST
from flows.pools import at_site
from tests.contract.servers import web
from tests.flows.conftest import ROOT
from tests.flows.machines import POOL, SITES, Machines, machines

__all__ = ["machines"]

pytestmark = [
    pytest.mark.xdist_group("machines"),
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(600),
]


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    def states(self) -> dict[str, str]:
        return {one["name"]: one["state"] for one in self.report["checks"]}

    def found(self, check: str) -> dict[str, str]:
        """The error that a check found."""
        (one,) = [one for one in self.report["checks"] if one["name"] == check]
        assert len(one["found"]) == 1, one
        error: dict[str, str] = one["found"][0]["error"]
        assert all(error[part] for part in ("seen", "why", "remedy", "owner")), error
        return error


def bedplate(place: Machines, *words: str, **environment: str) -> Said:
    command = [sys.executable, "-P", "-m", "deployments.cli.main", *words]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=place.environment | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def doctor(place: Machines, *words: str, **environment: str) -> Said:
    return bedplate(place, "doctor", "--output", "json", *words, **environment)


def test_an_installation_with_everything_is_healthy(machines: Machines):
    said = doctor(machines)
    assert (said.status, said.report["healthy"]) == (0, True), said.out + said.err
    assert {name for name, state in said.states().items() if state == "failed"} == set()
    # The address of its database is masked, so what it names is its driver, which is not named.
    warned = {name for name, state in said.states().items() if state == "warned"}
    assert warned <= {"prefect-database"}


def test_setup_is_idempotent_and_says_what_is_there(machines: Machines):
    said = bedplate(machines, "setup", "--output", "json")
    assert said.status == 0, said.err
    assert said.report["made"] == []
    assert set(SITES) <= set(said.report["sites"])
    assert len(said.report["deployments"]) == len(entries())


def test_a_site_of_a_pool_has_deployments_and_schedules_of_its_own(machines: Machines):
    said = bedplate(
        machines, "setup", "--pool", POOL, "--pool", f"production={SITES[3]}", "--output", "json"
    )
    assert said.report["made"] == ["production"], said.err
    with machines.client() as client:
        made = client.read_deployment_by_name("create-cluster/create-production")
        drift = client.read_deployment_by_name("drift/drift-production")
    assert made.work_pool_name == "production"
    assert [one.parameters for one in drift.schedules] == [{"site": SITES[3]}]
    with machines.settings():
        assert at_site("create-cluster/create", SITES[3]) == "create-cluster/create-production"
        assert at_site("create-cluster/create", SITES[0]) == "create-cluster/create"
    found = doctor(machines).found("workers")
    assert found["code"] == "NO_LIVE_WORKER"
    assert found["remedy"] == "prefect worker start --pool production"
    forget(machines, "production")


def forget(place: Machines, pool: str) -> None:
    """Take a pool and its deployments away, and give its sites back to the usual one."""
    with place.client() as client:
        for one in client.read_deployments():
            if one.work_pool_name == pool:
                client.delete_deployment(one.id)
        client.delete_work_pool(pool)
    assert bedplate(place, "setup").status == 0


def test_a_server_that_is_not_there_is_told_and_what_needs_it_is_not_looked_at(machines: Machines):
    said = doctor(
        machines, PREFECT_API_URL="http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES="0"
    )
    assert said.status == 1
    assert said.found("prefect-api")["code"] == "PREFECT_SILENT"
    assert said.states()["workers"] == "not-looked-at"
    assert said.states()["journals"] == "passed"


def test_without_an_address_it_says_which_variable_names_it(machines: Machines):
    said = doctor(machines, PREFECT_API_URL="")
    assert (said.status, said.found("prefect-api")["code"]) == (1, "PREFECT_UNNAMED")


def test_a_wrong_login_is_told_and_never_shown(machines: Machines):
    said = doctor(machines, PREFECT_API_AUTH_STRING="bedplate:wrong-one")
    assert "PREFECT_API_AUTH_STRING" in said.found("prefect-api")["remedy"]
    assert "wrong-one" not in said.out + said.err


def test_a_janitor_that_was_paused_is_told(machines: Machines):
    with paused(machines, "janitor/janitor"):
        said = doctor(machines)
    assert (said.status, said.found("housekeeping")["code"]) == (1, "HOUSEKEEPING_STOPPED")


@contextmanager
def paused(place: Machines, name: str):
    with place.client() as client:
        found = client.read_deployment_by_name(name)
        client.update_deployment(found.id, DeploymentUpdate(paused=True))
        yield
        client.update_deployment(found.id, DeploymentUpdate(paused=False))


def test_a_deployment_that_is_missing_is_told_and_setup_makes_it(machines: Machines):
    with machines.client() as client:
        client.delete_deployment(client.read_deployment_by_name("upgrade-cluster/upgrade").id)
    said = doctor(machines)
    assert "upgrade-cluster/upgrade" in said.found("deployments")["seen"]
    assert said.found("deployments")["remedy"] == "bedplate setup"
    assert bedplate(machines, "setup").status == 0
    assert doctor(machines).states()["deployments"] == "passed"


def test_the_automation_that_ends_waiting_runs_is_told(machines: Machines):
    trap = {
        "name": "zombies",
        "trigger": {
            "type": "event",
            "posture": "Proactive",
            "after": ["prefect.flow-run.heartbeat"],
            "expect": ["prefect.flow-run.heartbeat", "prefect.flow-run.Completed"],
            "for_each": ["prefect.resource.id"],
            "threshold": 1,
            "within": 9000,
        },
        "actions": [{"type": "change-flow-run-state", "state": "CRASHED", "message": "gone"}],
    }
    with machines.client() as client:
        made = client.request("POST", "/automations/", json=trap).json()["id"]
        try:
            said = doctor(machines)
        finally:
            client.request("DELETE", f"/automations/{made}")
    assert "'zombies'" in said.found("zombie-trap")["seen"]


def test_a_gateway_that_answers_and_one_that_is_not_there(machines: Machines):
    healthy = (200, {"Content-Type": "application/json"}, b'{"status": "ok"}')
    with web(lambda _: healthy) as there:
        said = doctor(machines, "--gateway", f"http://127.0.0.1:{there.port}")
    assert (said.states()["gateway"], there.seen) == ("passed", ["GET /healthz"])
    said = doctor(machines, "--gateway", "http://127.0.0.1:9")
    assert (said.status, said.found("gateway")["code"]) == (1, "GATEWAY_SILENT")


def test_people_read_what_was_seen_why_and_what_to_do(machines: Machines):
    said = bedplate(machines, "doctor", "--gateway", "http://127.0.0.1:9")
    assert said.status == 1
    assert "✅ workers: every pool has a worker that lives" in said.out
    for word in ("❌ gateway", "GATEWAY_SILENT", "   seen", "   why", "   do", "checks failed"):
        assert word in said.out


def test_the_versions_are_those_of_the_pin():
    pin = f'"prefect>={".".join(map(str, LOWEST))},<{".".join(map(str, BELOW))}"'
    assert pin in (Path(ROOT) / "pyproject.toml").read_text()
