"""Sees to it that every campaign under way has a flow run that carries it out.

A campaign whose flow run was killed, or that was approved, resumed or cancelled while the server
was away, goes on within minutes and without a person.
"""

from __future__ import annotations

import time

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from bedplate.errors import BedplateError
from bedplate.fleet.book import CampaignBook, CampaignRow
from bedplate.fleet.gates import look_at
from bedplate.fleet.states import GateState, Wanted
from flows.fleet_runs import is_carried_out, is_hold, nudge, question_of, was_cancelled
from flows.form import Site
from flows.order import load_site
from tasks.failures import failure_line


@flow(
    name="fleet-keeper",
    flow_run_name="look after campaigns",
    description="Let campaigns go on whose flow run was killed, or whose gate was passed.",
    persist_result=False,
)
def fleet_keeper(site: Site = "simulated") -> State[None]:
    """Look once."""
    try:
        book = load_site(site).open_campaigns()
        nudged = [row for row in book.campaigns(active=True) if _goes_on(book, row)]
        for row in nudged:
            run = nudge(row, site, "the keeper")
            get_run_logger().info("Campaign %s goes on in flow run %s", row.name, run)
    except BedplateError as error:
        return Failed(message=failure_line(error))
    names = ", ".join(row.name for row in nudged)
    return Completed(message=f"Going on: {names}" if names else "Nothing to do")


def _goes_on(book: CampaignBook, row: CampaignRow) -> bool:
    """Tell whether a campaign has something to do and nobody who does it."""
    if row.wanted is Wanted.WAIT:
        return False
    if row.wanted not in (Wanted.RUN, Wanted.CANCEL):
        return was_cancelled(row)
    question = question_of(row)
    if question is None:
        return not is_carried_out(row)
    # What people wanted was recorded while Prefect was away, or while the run was being suspended.
    is_passed = row.wanted is Wanted.CANCEL or is_hold(question)
    return is_passed or _was_decided(book, row)


def _was_decided(book: CampaignBook, row: CampaignRow) -> bool:
    """Tell whether people have decided about a gate that the campaign's run waits at."""
    standing, gates = book.standing(row), row.plan.all_gates()
    for name, record in standing.gates.items():
        if record.state is GateState.OPENED and gates[name].approval is not None:
            look = look_at(name, gates[name], record, row.plan, standing, time.time())
            return look.action is not None or bool(look.broken)
    return False
