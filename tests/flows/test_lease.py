"""Two runners on one cluster: one works, the other says who does."""

from bedplate.engine.watch import Watches
from bedplate.operations import CREATE
from bedplate.request import Request
from bedplate.service import Session
from bedplate.spec import load_text
from tests.flows.conftest import SPEC


def test_a_run_fails_at_once_where_another_runner_holds_the_cluster(site, server):
    request = Request(CREATE, SPEC, load_text(SPEC))
    block = site.load()
    with Session(request, block.open_site(), site.journal(), Watches(())) as other:
        ran = site.create()
        assert other.journal.lease("w01") is not None
    assert ran.state.is_failed()
    assert ran.message.startswith("LEASE_HELD: ")
    assert "process " in ran.message
    assert server.reports(ran.id) == []
