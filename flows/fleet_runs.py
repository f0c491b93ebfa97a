"""The flow runs of a campaign: its parent, and a run for each cluster, as Prefect has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.input import RunInput
from prefect.states import Cancelling
from pydantic import Field

from bedplate.adapters.redaction import KNOWN
from bedplate.errors import BadInput, Owner, PermanentError, TemporaryError
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.campaign import Job
from bedplate.fleet.conductor import Order
from bedplate.fleet.observe import Child, Seen
from bedplate.spec import thaw
from flows.pools import at_site
from flows.rows import PAGE

UPGRADE = "upgrade-cluster/upgrade"
PARENT = "fleet-upgrade/fleet-upgrade"
LOOK_AGAIN = "look again"
HOLD = "hold"
LONGEST_WORDS = 400

_CHILD = {
    StateType.COMPLETED: Child.COMPLETED,
    StateType.FAILED: Child.FAILED,
    StateType.CRASHED: Child.LOST,
    StateType.CANCELLED: Child.CANCELLED,
}
_CODE = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+):")
_OURS = frozenset(name.partition("/")[0] for name in (UPGRADE, PARENT))
_LATER = frozenset({401, 403, 408, 429})
"""Answers that have nothing to do with what was asked: another login, or later."""
_LIVES = frozenset({StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED})
_CANCELLED = frozenset({StateType.CANCELLING, StateType.CANCELLED})


class GateAnswer(RunInput):
    """What a person decides about a gate; nothing is decided by itself."""

    decision: Literal["approve", "reject", "look again"] = Field(title="Decision")
    who: str = Field(title="Who decides", description="Your name; it is recorded.")


class HoldAnswer(RunInput):
    """What a person decides about a campaign that is on hold."""

    decision: Literal["try failed again", "go on without failed", "cancel", "look again"] = Field(
        title="Decision"
    )
    who: str = Field(title="Who decides", description="Your name; it is recorded.")


class PrefectChildren:
    """A flow run for each cluster, of the deployment that upgrades one. Implements Children."""

    def __init__(self, client: SyncPrefectClient, deployment: str, campaign: str) -> None:
        self._client = client
        self._deployment = deployment
        self._campaign = campaign
        self._of_sites: dict[str, str] = {}

    def begin(self, order: Order) -> str:
        """Create the cluster's run; Prefect returns the first one of a key."""
        parameters = {
            "spec": order.spec_text,
            "site": order.site,
            "bundle": order.bundle,
            "requested_by": order.requested_by,
        }
        if order.not_after is not None:
            # Only then: a deployment that a person named may not know it.
            until = datetime.fromtimestamp(order.not_after, UTC)
            parameters["not_after"] = until.isoformat(timespec="seconds")
        tags = [f"cluster:{order.cluster}", f"campaign:{self._campaign}"]
        name = f"upgrade {order.cluster}"
        with Unreachable():
            deployment = self._of_site(order.site)
        return self._create(deployment, parameters, order.key, name, tags)

    def _of_site(self, site: str) -> str:
        """Return the deployment for a site's clusters; one that a person named is as named."""
        if self._deployment != UPGRADE:
            return self._deployment
        if site not in self._of_sites:
            self._of_sites[site] = at_site(UPGRADE, site)
        return self._of_sites[site]

    def begin_job(self, job: Job, key: str) -> str:
        """Create the run of a gate's job."""
        tags = [f"campaign:{self._campaign}"]
        parameters = {name: thaw(value) for name, value in job.parameters.items()}
        return self._create(job.deployment, parameters, key, None, tags)

    def _create(
        self,
        deployment: str,
        parameters: Mapping[str, object],
        key: str,
        name: str | None,
        tags: list[str],
    ) -> str:
        with Unreachable():
            found = deployment_id(self._client, deployment)
            made = self._client.create_flow_run_from_deployment(
                found, parameters=dict(parameters), idempotency_key=key, name=name, tags=tags
            )
        return str(made.id)

    def look(self, runs: Sequence[str]) -> Mapping[str, Seen]:
        """Read the runs' states, a page at a time."""
        seen = {run: Seen(Child.LOST, "Prefect knows no such run") for run in runs}
        with Unreachable():
            for begin in range(0, len(runs), PAGE):
                ids = [UUID(run) for run in runs[begin : begin + PAGE]]
                wanted = FlowRunFilter(id=FlowRunFilterId(any_=ids))
                found = self._client.read_flow_runs(flow_run_filter=wanted, limit=PAGE)
                seen |= {str(run.id): _seen(run) for run in found}
        return seen

    def stop(self, run: str) -> None:
        """Cancel a run: its steps end at their next look, and the journal keeps it open."""
        wish: State[None] = Cancelling(message="asked for by its campaign")
        with Unreachable():
            try:
                found = self._client.read_flow_run(UUID(run))
            except ObjectNotFound:
                return
            if found.state_type in _LIVES:
                self._client.set_flow_run_state(found.id, wish)


def _seen(run: FlowRun) -> Seen:
    state = run.state
    if state is None:
        return Seen(Child.ALIVE)
    why = state.message or ""
    code = _CODE.search(why)
    return Seen(_CHILD.get(state.type, Child.ALIVE), why, code[1] if code else "")


class Unreachable:
    """Inside this, what httpx says of the server becomes an error of ours.

    What the server refuses is a PermanentError, everything else a TemporaryError.
    """

    def __enter__(self) -> None:
        """Nothing is to be done yet."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, httpx.HTTPStatusError) and _is_refusal(error.response.status_code):
            raise PermanentError(
                "PREFECT_REFUSED",
                f"Prefect's server refuses what it was asked: {_said(error.response)}",
                why="asked in the same way, it refuses again",
                remedy="correct what it names",
            ) from error
        if isinstance(error, httpx.HTTPError):
            raise TemporaryError(
                "PREFECT_UNREACHABLE",
                f"Prefect's server did not do what it was asked: {type(error).__name__}",
                why="runs of clusters are asked for and looked at there",
                remedy="check PREFECT_API_URL and the server; the campaign goes on by itself",
            ) from error


def _is_refusal(status: int) -> bool:
    """Tell whether an answer is about what was asked, not about the moment or our login."""
    return 400 <= status < 500 and status not in _LATER


def _said(response: httpx.Response) -> str:
    """Return the server's own words, as far as they fit into a line."""
    try:
        document = response.json()
    except ValueError:
        document = None
    found = document if isinstance(document, dict) else {}
    words = found.get("detail") or found.get("exception_detail") or response.reason_phrase
    return KNOWN.redact(f"{response.status_code} {words}")[:LONGEST_WORDS]


def deployment_id(client: SyncPrefectClient, name: str) -> UUID:
    """Return a deployment's id; raises BadInput DEPLOYMENT_UNKNOWN."""
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound:
        is_ours = name.partition("/")[0] in _OURS
        raise BadInput(
            "DEPLOYMENT_UNKNOWN",
            f"Prefect knows no deployment {name!r}",
            why="the campaign asks for a run of it",
            remedy="deploy it: bedplate setup"
            if is_ours
            else "deploy it, which bedplate setup does for Bedplate's own only",
            owner=Owner.PLATFORM,
        ) from None


def nudge(row: CampaignRow, site: str, who: str) -> str:
    """See to it that a campaign's flow looks at what was recorded; returns its run's id.

    A run that waits for people is resumed, one that is gone is followed by another: one for each
    that went, however often this is called. It runs at the campaign's site, or at `site` where
    that was not recorded: whoever calls this may look into a journal that several sites share.

    Raises TemporaryError PREFECT_UNREACHABLE, PermanentError PREFECT_REFUSED, DEPLOYMENT_UNKNOWN.
    """
    with get_client(sync_client=True) as client, Unreachable():
        earlier = _parent(client, row)
        if earlier is not None and earlier.state_type in _LIVES:
            return str(earlier.id)
        if earlier is not None and earlier.state_type is StateType.PAUSED:
            answer = {"decision": LOOK_AGAIN, "who": who or "nobody named"}
            client.resume_flow_run(earlier.id, run_input=answer)
            return str(earlier.id)
        return str(_following(client, row, row.site or site, who).id)


def _following(client: SyncPrefectClient, row: CampaignRow, site: str, who: str) -> FlowRun:
    """Return the flow run that follows the one that is gone: the one that lives, or a new one.

    A run may end before it is recorded, and Prefect returns the run of a key however it ended: the
    next one is asked for under the next key.
    """
    earlier = _followers(client, row)
    living = next((run for run in earlier if run.state_type in _LIVES), None)
    if living is not None:
        return living
    found, number = deployment_id(client, at_site(PARENT, site)), len(earlier)
    while True:
        number += 1
        made = client.create_flow_run_from_deployment(
            found,
            parameters={"campaign": row.name, "site": site, "requested_by": who},
            idempotency_key=_key(row) if number == 1 else f"{_key(row)}:{number}",
            name=f"fleet upgrade {row.name}",
            tags=[_tag(row)],
        )
        if made.state_type in _LIVES:
            return made


def _followers(client: SyncPrefectClient, row: CampaignRow) -> list[FlowRun]:
    """Return the runs that were asked for since the one that is recorded, the newest first."""
    found = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[PARENT.partition("/")[0]])),
        flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[_tag(row)])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=PAGE,
    )
    return [run for run in found if (run.idempotency_key or "").startswith(_key(row))]


def _key(row: CampaignRow) -> str:
    """Return the beginning of the keys of all runs that follow the one that is recorded."""
    return f"{row.id}:after:{row.parent or 'none'}"


def _tag(row: CampaignRow) -> str:
    return f"campaign:{row.name}"


def is_carried_out(row: CampaignRow) -> bool:
    """Tell whether a campaign's flow run lives, or waits for people."""
    with get_client(sync_client=True) as client, Unreachable():
        found = _parent(client, row)
    return found is not None and found.state_type in _LIVES | {StateType.PAUSED}


def was_cancelled(row: CampaignRow) -> bool:
    """Tell whether people cancelled its flow run later than they said what they want of a campaign.

    The campaign itself does not hear of it where the run has not begun or waits for people, or
    where its worker dies: there is no process.
    """
    since = row.planned_at if row.wished_at is None else row.wished_at
    with get_client(sync_client=True) as client, Unreachable():
        recorded = _parent(client, row)
        runs = _followers(client, row) + ([] if recorded is None else [recorded])
    states = [run.state for run in runs if run.state is not None]
    return any(one.type in _CANCELLED and one.timestamp.timestamp() > since for one in states)


def question_of(row: CampaignRow) -> str | None:
    """Return the key of the question that a campaign's flow run is suspended for; None: it is not.

    A suspended run sees nothing that is recorded until it is resumed.
    """
    with get_client(sync_client=True) as client, Unreachable():
        found = _parent(client, row)
    if found is None or found.state is None or found.state.type is not StateType.PAUSED:
        return None
    return found.state.state_details.pause_key or ""


def is_hold(question: str) -> bool:
    """Tell whether a question is what becomes of a campaign that is on hold, not one of a gate."""
    return re.fullmatch(rf"{HOLD}-\d+", question) is not None


def _parent(client: SyncPrefectClient, row: CampaignRow) -> FlowRun | None:
    if row.parent is None:
        return None
    try:
        return client.read_flow_run(UUID(row.parent))
    except (ObjectNotFound, ValueError):
        return None
