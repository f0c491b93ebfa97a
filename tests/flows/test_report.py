"""The report of a run that did not end as anybody planned."""

import os
import signal
import sqlite3
import threading
from pathlib import Path

import pytest
from prefect.exceptions import TerminationSignal

from bedplate.simulation import World
from tests.flows.server import wait_for


def test_the_report_of_a_run_that_met_an_unknown_error_says_that_it_crashed(site, server):
    bewilder(site.folder / "site")

    ran = site.create()

    assert ran.state.is_failed()
    (report,) = server.reports(ran.id)
    assert "## 💥 Crashed" in report
    assert "an error that Bedplate does not know: KeyError" in report
    assert "| 01 preflight | ✅ completed |" in report
    assert "| 02 bootstrap | ⏹ interrupted |" in report
    assert "| 03 providers | to do |" in report
    assert "running" not in report.lower()
    (run,) = site.journal().runs("w01")
    assert f"bedplate resume {run.id}" in report


def bewilder(folder: Path) -> None:
    """Let the world hold a fault that this version does not know."""
    world = World(folder)
    with sqlite3.connect(world.state / "world.sqlite") as file:
        file.execute(
            "INSERT INTO faults (port, method, match, error)"
            " VALUES ('kind', 'create', '', 'bewildered')"
        )
    file.close()


@pytest.fixture
def survivor():
    """Prefect passes the signal on when the flow has ended; the tests are to live on."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("survivor")
def test_the_report_of_a_cancelled_run_says_that_it_was_stopped(new_site, server):
    site = new_site(pace=0.02)
    canceller = threading.Thread(target=terminate_once, args=[site, "control-plane"])
    canceller.start()

    with pytest.raises(TerminationSignal):
        site.create()

    canceller.join()
    newest = server.ask("flow_runs/filter", sort="START_TIME_DESC", limit=1)[0]
    (report,) = server.reports(newest["id"])
    assert "## ⏹ Stopped" in report
    assert "| 02 bootstrap | ✅ completed |" in report
    assert "| 05 control-plane | ⏹ stopped |" in report
    assert "running" not in report.lower()
    assert site.create(until_step="control-plane").state.is_completed()


def terminate_once(site, step):
    """End this process politely, as a cancel does, while a step is at work."""
    journal = site.journal()

    def at_work():
        return any(
            attempt.step == step
            for run in journal.runs("w01")
            for attempt in journal.attempts(run.id)
        )

    wait_for(at_work, 60)
    os.kill(os.getpid(), signal.SIGTERM)
