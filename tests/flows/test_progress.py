"""Progress bars: for long steps only."""

from prefect import flow

from bedplate.engine.phase import Waiting
from bedplate.operations import CREATE
from tasks.progress import LONG, ProgressBars
from tests.flows.server import Server

EXPECTED = {"control-plane": LONG + 1, "networking": LONG - 1}


@flow
def watch_both() -> None:
    bars = ProgressBars("w77", EXPECTED)
    for name in EXPECTED:
        bars.started(CREATE[name])
        bars.waiting(CREATE[name], Waiting("a machine"))
        bars.settled(CREATE[name], 1.0)


def test_only_a_step_of_more_than_five_minutes_has_a_bar_and_it_fills(server: Server):
    run = watch_both(return_state=True).state_details.flow_run_id
    found = server.ask("artifacts/filter", flow_runs={"id": {"any_": [str(run)]}})
    assert [(one["key"], one["data"]) for one in found] == [("w77-control-plane", 100.0)]
