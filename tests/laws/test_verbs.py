"""Laws of the four verbs, over every step of the operation, on the simulated site."""

import sqlite3
from pathlib import Path

import pytest

from bedplate.engine.journal import RunState, StepState
from bedplate.operations import CREATE
from bedplate.service import run_to_end
from tests.laws.making import Place
from tests.laws.outcome import differences, end_state

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def place(tmp_path):
    found = Place(tmp_path)
    yield found
    found.journal.close()


def world_of(folder):
    """Everything the simulated world holds but its time, as text."""
    with sqlite3.connect(folder / "site" / "world.sqlite") as world:
        tables = ("objects", "vms", "vm_events", "inventory", "apis", "git_files", "git_commits")
        return {table: world.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


def test_running_a_step_twice_is_the_same_as_running_it_once(place, tmp_path):
    once = Place(tmp_path / "once")
    assert once.create() is RunState.COMPLETED
    with place.session() as session:
        session.plan()
        session.reopened = frozenset(step.name for step in CREATE.steps)
        for step in CREATE.steps:
            first = session.attempt(step)
            second = session.attempt(step)
            assert second.fact == first.fact, step.name
        session.end(RunState.COMPLETED)
    assert differences(end_state(tmp_path), end_state(tmp_path / "once")) == {}
    once.journal.close()


def test_check_and_verify_change_nothing_at_any_stage_of_a_create(place, tmp_path):
    for reached in CREATE.steps:
        place.create(last=reached.name)
        before = world_of(tmp_path)
        with place.session() as session:
            session.plan()
        assert world_of(tmp_path) == before, f"looking after {reached.name} changed something"
    assert place.create() is RunState.COMPLETED


def test_no_secret_reaches_the_journal(place, tmp_path):
    place.text = (ROOT / "examples" / "vsphere-standalone.yaml").read_text()  # its key is generated
    assert place.create() is RunState.COMPLETED
    vault = place.site.vault
    secrets = [vault.get("vcenter/password")]
    for name in ("w01/kubeconfig", "w01/ssh-private-key"):
        secrets += [word for word in vault.get(name).split() if len(word) >= 40]
    assert len(secrets) > 5
    with sqlite3.connect(tmp_path / "journal.sqlite") as journal:
        written = "\n".join(journal.iterdump())
    assert [secret for secret in secrets if secret in written] == []


def test_every_fact_recorded_reads_back_as_its_type(place):
    assert place.create() is RunState.COMPLETED
    (run,) = place.journal.runs(limit=1)
    records = place.journal.steps(run.id)
    assert set(records) == {step.name for step in CREATE.steps}
    for step in CREATE.steps:
        record = records[step.name]
        assert record.state in (StepState.COMPLETED, StepState.KEPT)
        assert record.fact_key == step.phase.gives.name
        fact = step.phase.gives.parse(record.fact)
        assert fact.model_dump_json()


def test_steps_side_by_side_end_as_steps_one_after_the_other(place, tmp_path):
    serial = Place(tmp_path / "serial")
    with serial.session() as session:
        assert run_to_end(session, workers=1) is RunState.COMPLETED
    assert place.create() is RunState.COMPLETED
    assert differences(end_state(tmp_path), end_state(tmp_path / "serial")) == {}
    serial.journal.close()
