"""`bedplate setup` and `bedplate doctor`, of an installation with everything, and as it breaks."""

import functools
import json
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import prefect.settings
import pytest
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.settings import temporary_settings
from pydantic import SecretStr

from blocks import SiteBlock
from deployments.catalog import entries
from deployments.cli.main import main
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


Command = Callable[..., Said]


@pytest.fixture
def bedplate(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command line against the installation; keywords are settings of Prefect."""
    monkeypatch.setenv("BEDPLATE_HOME", str(machines.home.root))
    monkeypatch.delenv("BEDPLATE_JOURNAL", raising=False)

    def run(*words: str, **chosen: str | None) -> Said:
        capsys.readouterr()
        settings = {getattr(prefect.settings, name): value for name, value in chosen.items()}
        with machines.prefect.settings(), temporary_settings(settings):
            status = main(words)
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


@pytest.fixture
def doctor(bedplate: Command) -> Command:
    """Run `bedplate doctor` for a program."""
    return functools.partial(bedplate, "doctor", "--output", "json")


def test_an_installation_with_everything_is_healthy(doctor: Command):
    said = doctor()
    assert (said.status, said.report["healthy"]) == (0, True), said.out + said.err
    assert set(said.states().values()) == {"passed"}, said.out


def test_setup_is_idempotent_and_says_what_is_there(bedplate: Command):
    said = bedplate("setup", "--output", "json")
    assert said.status == 0, said.err
    assert said.report["made"] == []
    assert set(SITES) <= set(said.report["sites"])
    names = [name for entry in entries() for name in entry.names(SITES, POOL)]
    assert len(said.report["deployments"]) == len(names)


def test_a_site_of_a_pool_has_deployments_and_schedules_of_its_own(
    machines: Machines, doctor: Command, bedplate: Command
):
    said = bedplate("setup", "--pool", POOL, "--pool", f"production={SITES[2]}", "--output", "json")
    assert said.report["made"] == ["production"], said.err
    with machines.prefect.client() as client:
        made = client.read_deployment_by_name("create-cluster/create-production")
        drift = client.read_deployment_by_name("drift/drift-production")
    assert made.work_pool_name == "production"
    assert drift.parameters["site"] == SITES[2]
    assert len(drift.schedules) == 1
    with machines.prefect.settings():
        assert at_site("create-cluster/create", SITES[2]) == "create-cluster/create-production"
        assert at_site("create-cluster/create", SITES[0]) == "create-cluster/create"
    found = doctor().found("workers")
    assert found["code"] == "NO_LIVE_WORKER"
    assert found["remedy"] == "prefect worker start --pool production"
    forget(machines, bedplate, "production")


def forget(place: Machines, bedplate: Command, pool: str) -> None:
    """Take a pool and its deployments away, and give its sites back to the usual one."""
    with place.prefect.client() as client:
        for one in client.read_deployments():
            if one.work_pool_name == pool:
                client.delete_deployment(one.id)
        client.delete_work_pool(pool)
    assert bedplate("setup").status == 0


def test_a_server_that_is_not_there_is_told_and_what_needs_it_is_not_looked_at(doctor: Command):
    said = doctor(PREFECT_API_URL="http://127.0.0.1:9/api")
    assert said.status == 1
    assert said.found("prefect-api")["code"] == "PREFECT_SILENT"
    assert said.states()["workers"] == "not-looked-at"
    assert said.states()["journals"] == "passed"


def test_without_an_address_it_says_which_variable_names_it(doctor: Command):
    said = doctor(PREFECT_API_URL=None)
    assert (said.status, said.found("prefect-api")["code"]) == (1, "PREFECT_UNNAMED")


def test_a_wrong_login_is_told_and_never_shown(doctor: Command):
    said = doctor(PREFECT_API_AUTH_STRING="bedplate:wrong-one")
    assert "PREFECT_API_AUTH_STRING" in said.found("prefect-api")["remedy"]
    assert "wrong-one" not in said.out + said.err


def test_a_janitor_that_was_paused_is_told(machines: Machines, doctor: Command):
    with paused(machines, "janitor/janitor"):
        said = doctor()
    assert (said.status, said.found("housekeeping")["code"]) == (1, "HOUSEKEEPING_STOPPED")


@contextmanager
def paused(place: Machines, name: str):
    with place.prefect.client() as client:
        found = client.read_deployment_by_name(name)
        client.update_deployment(found.id, DeploymentUpdate(paused=True))
        yield
        client.update_deployment(found.id, DeploymentUpdate(paused=False))


def test_a_deployment_that_is_missing_is_told_and_setup_makes_it(
    machines: Machines, doctor: Command, bedplate: Command
):
    with machines.prefect.client() as client:
        client.delete_deployment(client.read_deployment_by_name("upgrade-cluster/upgrade").id)
    said = doctor()
    assert "upgrade-cluster/upgrade" in said.found("deployments")["seen"]
    assert said.found("deployments")["remedy"] == "bedplate setup"
    assert bedplate("setup").status == 0
    assert doctor().states()["deployments"] == "passed"


def test_the_automation_that_ends_waiting_runs_is_told(machines: Machines, doctor: Command):
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
    with machines.prefect.client() as client:
        made = client.request("POST", "/automations/", json=trap).json()["id"]
        try:
            said = doctor()
        finally:
            client.delete_automation(UUID(made))
    assert "'zombies'" in said.found("zombie-trap")["seen"]


def test_a_gateway_that_answers_and_one_that_is_not_there(doctor: Command):
    healthy = (200, {"Content-Type": "application/json"}, b'{"status": "ok"}')
    with web(lambda _: healthy) as there:
        said = doctor("--gateway", f"http://127.0.0.1:{there.port}")
    assert (said.states()["gateway"], there.seen) == ("passed", ["GET /healthz"])
    said = doctor("--gateway", "http://127.0.0.1:9")
    assert (said.status, said.found("gateway")["code"]) == (1, "GATEWAY_SILENT")


def test_clocks_that_differ_are_told_with_how_much(
    doctor: Command, monkeypatch: pytest.MonkeyPatch
):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 60)

    said = doctor()

    assert (said.status, said.found("clock-server")["code"]) == (1, "CLOCKS_DIFFER")
    (journals,) = [one for one in said.report["checks"] if one["name"] == "clock-journal"]
    assert len(journals["found"]) == len(SITES)
    for one in journals["found"]:
        assert one["severity"] == "block"
        assert "s behind" in one["error"]["seen"]


def test_a_journal_in_a_file_is_told_where_two_workers_live(
    machines: Machines, doctor: Command, tmp_path: Path
):
    machines.start_worker("second")
    with machines.prefect.settings():
        journal = SecretStr(f"sqlite:///{tmp_path}/journal.sqlite")
        SiteBlock(state=str(tmp_path), journal=journal, pool=POOL).save("in-a-file")
        try:
            said = doctor()
        finally:
            SiteBlock.delete("in-a-file")
            machines.kill("second")

    error = said.found("shared-journal")
    assert error["code"] == "JOURNAL_NOT_SHARED"
    assert "in-a-file is a file" in error["seen"]
    assert "second" in error["seen"]


def test_people_read_what_was_seen_why_and_what_to_do(bedplate: Command):
    said = bedplate("doctor", "--gateway", "http://127.0.0.1:9")
    assert said.status == 1
    assert "✅ workers: every pool has a worker that lives" in said.out
    for word in ("❌ gateway", "GATEWAY_SILENT", "   seen", "   why", "   do", "checks failed"):
        assert word in said.out


def test_the_versions_are_those_of_the_pin():
    pin = f'"prefect>={".".join(map(str, LOWEST))},<{".".join(map(str, BELOW))}"'
    assert pin in (Path(ROOT) / "pyproject.toml").read_text()
