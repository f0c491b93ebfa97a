"""The board of a campaign as Prefect's users find it: one for each flow run, never out of date."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from prefect import flow

from bedplate.fleet.book import CampaignRow
from bedplate.fleet.decide import Decision
from bedplate.fleet.states import CampaignState, ClusterRecord, ClusterState, Standing, Wanted
from tasks.fleet_board import FleetBoard
from tests.flows.conftest import SomeSite
from tests.flows.fleet_served import CLUSTERS, Served
from tests.flows.server import Server

NOTHING_NEW = Decision((), {}, None, None)
BEGUN = Standing(Wanted.RUN, requested_by="ann")
RUNNING = replace(BEGUN, clusters={"canary": ClusterRecord("canary", ClusterState.RUNNING)})


@pytest.fixture
def row(server: Server, site: SomeSite, tmp_path: Path) -> CampaignRow:
    """A campaign that was planned."""
    return Served(site, tmp_path, CLUSTERS).plan("retail")


def publish(
    board: FleetBoard,
    standing: Standing,
    state: CampaignState = CampaignState.RUNNING,
    *,
    at_once: bool = False,
) -> None:
    board.publish(standing, NOTHING_NEW, state, time.time(), at_once=at_once)


def shown(server: Server, in_a_flow: Callable[[], None]) -> list[tuple[str, str]]:
    """The boards of a flow run that does this: what each says of the campaign, and of canary."""
    state = flow(name="shows")(in_a_flow)(return_state=True)
    assert state.is_completed(), state.message
    run = str(state.state_details.flow_run_id)
    found = server.ask("artifacts/filter", flow_runs={"id": {"any_": [run]}})
    return [(one["description"], json.loads(one["data"])[0]["state"]) for one in found]


def test_a_run_that_goes_on_after_a_wait_changes_the_board_that_it_wrote_before(
    row: CampaignRow, server: Server
) -> None:
    def waits_and_goes_on() -> None:
        publish(FleetBoard(row), BEGUN)
        publish(FleetBoard(row), RUNNING)

    assert shown(server, waits_and_goes_on) == [("Campaign retail: running", "running")]


def test_what_comes_before_a_wait_for_people_is_shown_however_short_the_time(
    row: CampaignRow, server: Server
) -> None:
    def pauses() -> None:
        board = FleetBoard(row)
        publish(board, BEGUN)
        publish(board, RUNNING, CampaignState.PAUSING)
        publish(board, RUNNING, CampaignState.PAUSED, at_once=True)

    assert shown(server, pauses) == [("Campaign retail: paused", "running")]


def test_a_board_is_not_written_at_every_look(row: CampaignRow, server: Server) -> None:
    def looks() -> None:
        board = FleetBoard(row)
        publish(board, BEGUN)
        publish(board, RUNNING)

    assert shown(server, looks) == [("Campaign retail: running", "untouched")]
