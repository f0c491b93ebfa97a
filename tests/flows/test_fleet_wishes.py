"""A campaign's pause, resume and cancel through a real Prefect server, and what people are told."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prefect.blocks.notifications import SlackWebhook
from pydantic import SecretStr

from bedplate.fleet.states import CampaignState, ClusterState
from flows.fleet_keeper import fleet_keeper
from tests.flows.fleet_served import (
    CLUSTERS,
    LONG,
    Served,
    asked,
    served,
    with_all_laws,
)
from tests.flows.server import Server, wait_for

__all__ = ["served"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

SLOW = ("store-1", "store-2")


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Listen on loopback for what people are told; yields the address and the messages."""
    messages: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            messages.append(json.loads(body)["message"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/", messages
    finally:
        server.shutdown()
        server.server_close()


def make_slow(served: Served) -> list[Path]:
    files = [served.folder / f"slow-{name}" for name in SLOW]
    for file in files:
        file.touch()
    return files


def children(served: Served, server: Server, name: str) -> Counter[str]:
    """How the runs of a campaign's clusters stand, counted by the names of their states."""
    found = server.ask(
        "flow_runs/filter",
        flow_runs={"tags": {"all_": [f"campaign:{name}"]}, "deployment_id": {"is_null_": False}},
        flows={"name": {"any_": ["upgrade-cluster"]}},
    )
    return Counter(one["state_name"] for one in found)


def test_a_pause_stops_what_runs_and_a_resume_goes_on_and_each_change_is_told_once(
    served: Served, server: Server
) -> None:
    slow = make_slow(served)
    with listening() as (address, messages):
        SlackWebhook(url=SecretStr(address)).save(served.site.name)
        row = served.plan("paused", notify=f"[slack-webhook/{served.site.name}]")
        run = served.start(row)
        wait_for(lambda: set(SLOW) <= set(served.notes("begin")), LONG)

        served.bedplate("fleet", "pause", "paused")
        wait_for(lambda: "hold-0" in asked(server, run), LONG)

        assert served.found(row).state is CampaignState.PAUSED
        assert served.states(row) == {
            "canary": ClusterState.UPGRADED,
            "store-1": ClusterState.STOPPED,
            "store-2": ClusterState.STOPPED,
            "store-3": ClusterState.UNTOUCHED,
        }
        assert children(served, server, "paused") == {"Completed": 1, "Cancelled": 2}
        assert served.notes("done") == ["canary"]

        for file in slow:
            file.unlink()
        served.bedplate("fleet", "resume", "paused")
        wait_for(lambda: served.ended(row), LONG)
        wait_for(lambda: server.run(run)["state_name"] == "Completed", LONG)

    assert served.ended(row) is CampaignState.COMPLETED
    assert Counter(served.notes("done")) == Counter(CLUSTERS)
    assert Counter(served.notes("begin")) == Counter([*CLUSTERS, *SLOW])
    told = Counter(line for message in messages for line in message.splitlines())
    changes = [f"{name}: upgraded" for name in CLUSTERS]
    changes += ["campaign pausing", "campaign paused"]
    assert told == Counter([*changes, "completed: 4 upgraded, 0 failed, 0 foreign"])


@with_all_laws
def test_a_cancel_of_the_campaigns_run_reaches_its_clusters_and_nothing_more_begins(
    served: Served, server: Server
) -> None:
    make_slow(served)
    row = served.plan("cancelled")
    run = served.start(row)
    wait_for(lambda: set(SLOW) <= set(served.notes("begin")), LONG)

    state = {"type": "CANCELLING", "name": "Cancelling", "message": "Cancel in the UI"}
    server.ask(f"flow_runs/{run}/set_state", state=state)
    wait_for(lambda: server.run(run)["state_name"] == "Cancelled", LONG)
    wait_for(lambda: children(served, server, "cancelled")["Cancelled"] == 2, LONG)
    # The campaign's process is gone: the keeper has another one record the end.
    fleet_keeper(served.site.name, return_state=True)
    wait_for(lambda: served.ended(row), LONG)

    assert served.ended(row) is CampaignState.CANCELLED
    assert children(served, server, "cancelled") == {"Completed": 1, "Cancelled": 2}
    assert served.notes("done") == ["canary"]
    assert served.states(row)["store-3"] is ClusterState.UNTOUCHED
