"""What killed processes leave in Prefect, and how the janitor ends it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from prefect import task
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Pending, Scheduled

from deployments.catalog import entries
from flows.create import create_cluster
from flows.janitor import HEARTBEAT, janitor
from tests.flows.server import wait_for
from tests.prefect_server import database_file

LONG_AGO = "2026-01-01 00:00:00.000000"
SECONDS = 30


@pytest.fixture
def client(server):
    with get_client(sync_client=True) as opened:
        yield opened


@pytest.fixture
def began_long_ago(client):
    """A flow run that began long ago, with a step that runs; as a killed worker leaves them."""

    @task
    def step() -> None:
        """Never called."""

    run = client.create_flow_run(create_cluster, parameters={}, name="create lost")
    client.set_flow_run_state(run.id, State(type=StateType.RUNNING), force=True)
    run = move_back(client, run.id)
    row = client.create_task_run(step, run.id, "05", state=State(type=StateType.RUNNING))
    return run, row


def move_back(client, run_id):
    """Let a flow run have started long ago, which the API leaves to the clock."""
    with closing(sqlite3.connect(database_file(), timeout=30)) as database, database:
        changed = database.execute(
            "UPDATE flow_run SET start_time = ? WHERE id = ?", [LONG_AGO, str(run_id)]
        )
        assert changed.rowcount == 1
    return client.read_flow_run(run_id)


def clean() -> str:
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: SECONDS}):
        return janitor(return_state=True).message or ""


def test_a_run_without_a_sign_of_life_is_crashed_and_its_steps_are_ended(began_long_ago, client):
    run, row = began_long_ago
    assert clean() == "Without a sign of life: create lost; 1 task runs ended"
    assert client.read_flow_run(run.id).state.is_crashed()
    assert client.read_task_run(row.id).state.is_crashed()


def test_a_run_that_shows_a_sign_of_life_is_left_alone(began_long_ago, client):
    run, _ = began_long_ago
    beat(client, run.id)
    clean()
    assert client.read_flow_run(run.id).state.is_running()
    client.set_flow_run_state(run.id, Completed(), force=True)


def test_a_young_run_is_left_alone_though_its_first_heartbeat_is_still_to_come(client):
    run = client.create_flow_run(create_cluster, parameters={}, name="create young")
    client.set_flow_run_state(run.id, State(type=StateType.RUNNING), force=True)
    clean()
    assert client.read_flow_run(run.id).state.is_running()
    client.set_flow_run_state(run.id, Completed(), force=True)


@pytest.fixture
def asked_for(client):
    """Ask for runs of a deployment that no worker serves; in a state since so and so long."""
    (create,) = next(entry for entry in entries() if entry.name == "create").made(("simulated",))
    create.apply()
    deployment = client.read_deployment_by_name("create-cluster/create").id
    asked = []

    def ask(state, *, since):
        run = client.create_flow_run_from_deployment(deployment)
        client.set_flow_run_state(run.id, state, force=True)
        asked.append(run.id)
        with closing(sqlite3.connect(database_file(), timeout=30)) as database, database:
            of = [since.strftime("%Y-%m-%d %H:%M:%S.%f"), str(run.id)]
            newest = "(SELECT state_id FROM flow_run WHERE id = ?)"
            moved = f"UPDATE flow_run_state SET timestamp = ? WHERE id = {newest}"
            assert database.execute(moved, of).rowcount == 1
            due = "UPDATE flow_run SET expected_start_time = ? WHERE id = ?"
            assert database.execute(due, [LONG_AGO, str(run.id)]).rowcount == 1
        return run.id

    yield ask
    for run in asked:
        client.set_flow_run_state(run, Completed(), force=True)


def test_a_run_whose_machine_died_while_its_process_started_is_crashed(asked_for, client):
    run = asked_for(Pending(), since=minutes_ago(11))
    assert "Without a sign of life" in clean()
    assert client.read_flow_run(run).state.is_crashed()


def test_a_run_whose_process_is_starting_is_left_alone_though_it_waited_long(asked_for, client):
    run = asked_for(Pending(), since=minutes_ago(2))
    clean()
    assert client.read_flow_run(run).state.is_pending()


@pytest.mark.parametrize("name", ["Late", "AwaitingConcurrencySlot"])
def test_a_run_that_waits_for_a_worker_or_a_slot_is_left_alone(asked_for, client, name):
    run = asked_for(Scheduled(name=name), since=minutes_ago(600))
    clean()
    assert client.read_flow_run(run).state.name == name


def minutes_ago(minutes):
    return datetime.now(UTC) - timedelta(minutes=minutes)  # noqa: TID251


def beat(client, run_id):
    """Send a heartbeat as the flow engine does, and wait until the server has it."""
    resource = {"prefect.resource.id": f"prefect.flow-run.{run_id}"}
    now = datetime.now(UTC)  # noqa: TID251
    event = {
        "occurred": now.isoformat(),
        "event": HEARTBEAT,
        "resource": resource,
        "payload": {},
        "id": str(run_id),
    }
    client.request("POST", "/events", json=[event])
    since = {"since": (now - timedelta(seconds=SECONDS)).isoformat(), "until": now.isoformat()}

    def arrived():
        one = {"id": [resource["prefect.resource.id"]]}
        wanted = {"filter": {"occurred": since, "event": {"name": [HEARTBEAT]}, "resource": one}}
        return client.request("POST", "/events/filter", json=wanted).json()["events"]

    wait_for(arrived)
