"""Upgrades a fleet: carries a campaign out, each cluster's upgrade a run of its own.

The plan, what became of each cluster, and what people decided are in the journal: a run that is
killed is followed by another (Retry, `bedplate fleet resume`, the keeper), which goes on.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Annotated, TypeVar

from prefect import flow, get_run_logger, runtime, suspend_flow_run
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow
from prefect.input import RunInput
from prefect.states import Completed, Failed
from pydantic import ValidationError

from bedplate.adapters.runner import this_runner
from bedplate.campaigns import FleetSites, plan_campaign, require_campaign, wanted_spec
from bedplate.engine.heartbeat import Heartbeat
from bedplate.engine.journal import Journal, Writer
from bedplate.errors import BadInput, BedplateError, Owner, TemporaryError
from bedplate.fleet.approving import decide_gate
from bedplate.fleet.book import CampaignBook, CampaignRow, lease_name
from bedplate.fleet.conductor import Conductor
from bedplate.fleet.decide import Decision
from bedplate.fleet.loading import load_campaign
from bedplate.fleet.states import ENDED, IN_FLIGHT, Approval, CampaignState, Wanted
from blocks.site import SiteBlock
from flows.fleet_runs import (
    HOLD,
    LOOK_AGAIN,
    UPGRADE,
    GateAnswer,
    HoldAnswer,
    PrefectChildren,
    was_cancelled,
)
from flows.form import RequestedBy, Site, shown
from flows.order import load_site
from flows.rows import label_run
from tasks.failures import HidingSecrets, failure_line
from tasks.fleet_board import FleetBoard, notify
from tasks.logs import attach_logs

POLL_SECONDS = 2.0
LONGEST_WAIT = 30.0  # people's wishes are looked for at least this often
ASKED_AT_MOST = 200
CANCELLED = "its flow run was cancelled"

Answer = TypeVar("Answer", bound=RunInput)

CampaignName = Annotated[
    str, shown("Campaign", "The name of a campaign that was planned: bedplate fleet plan.")
]
CampaignFile = Annotated[
    str,
    shown(
        "Campaign file",
        "Or a file in the site's folder of specifications: planned now, unless its campaign runs.",
    ),
]
ChildDeployment = Annotated[
    str, shown("Deployment", "The deployment that upgrades one cluster, as flow/deployment.")
]


def stop_everything(
    flow: Flow[..., object],  # noqa: ARG001
    flow_run: FlowRun,
    state: State[object],  # noqa: ARG001
) -> None:
    """Let a cancel reach the children; Prefect calls hooks by these very names."""
    given = flow_run.parameters
    block = load_site(str(given.get("site", "simulated")))
    book = block.open_campaigns()
    for row in book.campaigns(active=True):
        if row.parent != str(flow_run.id):
            continue
        book.want(row.id, Wanted.CANCEL, CANCELLED)
        with get_client(sync_client=True) as client:
            children = PrefectChildren(client, UPGRADE, row.name)
            for record in book.standing(row).clusters.values():
                if record.state in IN_FLIGHT and record.run is not None:
                    children.stop(record.run)


@flow(
    name="fleet-upgrade",
    flow_run_name="fleet upgrade",
    description="Upgrade a fleet of clusters in stages, or go on with a campaign that broke off.",
    persist_result=False,
    on_cancellation=[stop_everything],
)
def fleet_upgrade(
    campaign: CampaignName = "",
    campaign_file: CampaignFile = "",
    site: Site = "simulated",
    requested_by: RequestedBy = "",
    deployment: ChildDeployment = UPGRADE,
) -> State[None]:
    """Carry a campaign out. Retry, or a new run of it, goes on where it broke off."""
    attach_logs()
    try:
        with HidingSecrets():
            block = load_site(site)
            row = _campaign(block, campaign, campaign_file, requested_by)
            label_run(f"fleet upgrade {row.name}", f"campaign:{row.name}")
            return _carry_out(block, row, deployment)
    except BedplateError as error:
        return Failed(message=failure_line(error))


def _campaign(block: SiteBlock, name: str, file: str, requested_by: str) -> CampaignRow:
    """Return the campaign that is meant; one that was only planned is started."""
    book = block.open_campaigns()
    if bool(name) == bool(file):
        raise BadInput(
            "CAMPAIGN_CHOICE",
            "both a campaign and a file were given" if name else "no campaign was given",
            why="one campaign is carried out",
            remedy="name a planned campaign, or a file in the site's folder of specifications",
            owner=Owner.PLATFORM,
        )
    row = require_campaign(book, name) if name else _planned(block, book, file, requested_by)
    if row.wanted is Wanted.WAIT:
        book.want(row.id, Wanted.RUN, "")
    elif row.state not in ENDED and row.wanted is not Wanted.CANCEL and was_cancelled(row):
        book.want(row.id, Wanted.CANCEL, CANCELLED)
    return require_campaign(book, row.id)


def _planned(block: SiteBlock, book: CampaignBook, file: str, requested_by: str) -> CampaignRow:
    """Plan a campaign now; a schedule that comes again while it runs goes on with it.

    A plan that nobody started is not what the file and the fleet are now: a new one supersedes it.
    """
    loaded = load_campaign(block.read_spec(file), file, block.read_spec)
    active = book.find(loaded.campaign.name)
    if active is not None and active.state not in ENDED and active.wanted is not Wanted.WAIT:
        return active
    row = plan_campaign(
        loaded,
        block.open_journal(),
        book,
        requested_by=requested_by or f"Prefect, flow run {runtime.flow_run.id}",
        now=time.time(),
        site=block.site_name,
        sites=FleetSites(block.paces(), lambda name: load_site(name).open_site()),
    )
    book.add(row)
    return row


def _carry_out(block: SiteBlock, row: CampaignRow, deployment: str) -> State[None]:
    if row.state in ENDED:
        return Completed(message=f"Nothing to do: campaign {row.name} is {row.state}")
    book, journal = block.open_campaigns(), block.open_journal()
    with get_client(sync_client=True) as client, _lease(journal, row) as (writer, ours):
        book.begin(writer, row.id, str(runtime.flow_run.id))
        children = PrefectChildren(client, deployment, row.name)
        spec_of = functools.partial(wanted_spec, journal, row.plan)
        conductor = Conductor(row, book, writer, children, spec_of, time.time)
        return _Campaigning(row, book, writer, conductor, ours).run()


@contextlib.contextmanager
def _lease(journal: Journal, row: CampaignRow) -> Iterator[tuple[Writer, Callable[[], None]]]:
    """Hold the campaign's lease: of two parents one works, and the other says who does."""
    name = lease_name(row.name)
    lease = journal.acquire(name, row.id, "fleet-upgrade", this_runner())
    heartbeat = Heartbeat(journal, lease)
    heartbeat.start()
    try:
        yield Writer(name, row.id, lease.token), heartbeat.require_ours
    finally:
        heartbeat.stop()
        journal.release(lease)


class _Campaigning:
    """The turns of a campaign in one flow run, with what people see of it."""

    def __init__(
        self,
        row: CampaignRow,
        book: CampaignBook,
        writer: Writer,
        conductor: Conductor,
        require_ours: Callable[[], None],
    ) -> None:
        self._row = row
        self._book = book
        self._writer = writer
        self._conductor = conductor
        self._require_ours = require_ours
        self._board = FleetBoard(row)
        self._waiting = threading.Event()

    def run(self) -> State[None]:
        """Take turns until the campaign has ended, or people have to decide."""
        while True:
            self._require_ours()
            turned = self._turn()
            if turned is None:
                self._waiting.wait(LONGEST_WAIT)
                continue
            decision, state = turned
            self._tell(decision, state)
            if state in ENDED:
                return Completed(message=f"Campaign {self._row.name} is {state}")
            self._wait(decision, state)

    def _turn(self) -> tuple[Decision, CampaignState] | None:
        """Take a turn; None where Prefect cannot be asked now: nothing is lost."""
        try:
            return self._conductor.turn()
        except TemporaryError as error:
            get_run_logger().warning("%s", failure_line(error))
            return None

    def _tell(self, decision: Decision, state: CampaignState) -> None:
        waits = state is CampaignState.PAUSED or self._gate(decision) is not None
        stays = waits or state in ENDED
        self._board.publish(self._conductor.standing, decision, state, time.time(), at_once=stays)
        events = self._book.untold(self._row.id)
        if not events:
            return
        for event in events:
            get_run_logger().info("%s", event.text)
        notify(self._row, [event.text for event in events])
        self._book.told(self._writer, self._row.id, events[-1].number)

    def _wait(self, decision: Decision, state: CampaignState) -> None:
        if state is CampaignState.PAUSED:
            self._ask_what_next()
        elif (gate := self._gate(decision)) is not None:
            self._ask_gate(gate)
        else:
            left = POLL_SECONDS if self._flying() else LONGEST_WAIT
            if decision.wake is not None:
                left = min(left, max(decision.wake - time.time(), 0.0))
            self._waiting.wait(left)

    def _gate(self, decision: Decision) -> str | None:
        """Return the gate that people are asked about next; nobody is while clusters are worked on.

        A run that waits for people sees nothing, and its answers may take days.
        """
        return None if self._flying() else decision.asks

    def _flying(self) -> bool:
        records = self._conductor.standing.clusters.values()
        return any(one.state in IN_FLIGHT for one in records)

    # -- people --------------------------------------------------------------------------------

    def _ask_gate(self, gate: str) -> None:
        """Suspend until somebody decides about a gate; a decision read again counts once."""
        text = f"Campaign **{self._row.name}** waits at **{gate}**.\n\n{self._plan_in_words()}"
        for source, answer in _answers(gate.replace("/", "-"), GateAnswer, text):
            if answer.decision == LOOK_AGAIN:
                if self._conductor_goes_on(gate):
                    return
                continue
            try:
                new = decide_gate(
                    self._book,
                    self._row,
                    gate,
                    who=answer.who,
                    approved=answer.decision == "approve",
                    plan_hash=self._row.plan.hash,
                    now=time.time(),
                    source=source,
                )
            except BedplateError as error:
                get_run_logger().warning("%s", failure_line(error))
                continue
            if new:
                return

    def _conductor_goes_on(self, gate: str) -> bool:
        """Tell whether what was recorded meanwhile takes the campaign past a gate."""
        turned = self._turn()
        return turned is not None and turned[0].asks != gate

    def _ask_what_next(self) -> None:
        """Suspend until somebody decides what becomes of a campaign that is on hold."""
        standing = self._book.standing(self._row)
        text = f"Campaign **{self._row.name}** is on hold: {standing.why or standing.wanted}."
        for source, answer in _answers(HOLD, HoldAnswer, text):
            if answer.decision == LOOK_AGAIN:
                if self._book.standing(self._row).wanted not in (Wanted.HOLD, Wanted.PAUSE):
                    return
                continue
            now = time.time()
            noted = Approval(HOLD, self._row.plan.hash, answer.who, True, now, now, source)
            if not self._book.approve(self._row.id, noted):
                continue
            said = f"{answer.decision}: {answer.who}"
            if answer.decision == "cancel":
                self._book.want(self._row.id, Wanted.CANCEL, said)
            else:
                accepted = answer.decision == "go on without failed"
                self._book.resume(self._row.id, said, accept_failed=accepted)
            return

    def _plan_in_words(self) -> str:
        plan = self._row.plan
        target = plan.campaign.spec.target.kubernetes_version
        stages = ", ".join(f"{one.name} ({len(one.clusters)})" for one in plan.stages)
        return (
            f"Kubernetes {target} for {len(plan.clusters)} clusters: {stages}.\n\n"
            f"Plan `{plan.hash[:12]}`, requested by {self._row.requested_by}."
        )


def _answers(name: str, model: type[Answer], text: str) -> Iterator[tuple[str, Answer]]:
    """Yield the answers to a question, the earlier ones first; then the run suspends for another.

    A question that was asked when a run died has no answer, and Prefect never asks it again: the
    next one is asked instead.
    """
    asked = model.with_initial_data(description=text)
    for number in range(ASKED_AT_MOST):
        key = f"{name}-{number}"
        try:
            answer = suspend_flow_run(wait_for_input=asked, key=key)
        except ValidationError:
            continue
        if isinstance(answer, model):
            yield f"{runtime.flow_run.id}:{key}", answer
