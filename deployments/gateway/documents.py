"""What the gateway answers, as OpenAPI shows it. No field ever holds a secret."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from bedplate.errors import BedplateError
from deployments.gateway.delivery import Delivery
from deployments.gateway.intents import unreadable
from deployments.gateway.senders import Ignored
from deployments.gateway.states import State
from deployments.gateway.store import Kept


class Document(BaseModel, frozen=True, extra="forbid"):
    """An answer."""


class ProblemDocument(Document):
    """Why something was refused, and what to do."""

    code: str = Field(description="Stable; for a refusal (403) the id of the rule.")
    seen: str = Field(description="What was seen.")
    why: str = Field(default="", description="Why that is a problem.")
    remedy: str = Field(default="", description="What to do.")
    owner: str = Field(default="", description="Who can.")


class IntentDocument(Document):
    """An intent, and where it is."""

    intent: str = Field(description="Its id.")
    state: State = Field(description="Where it is; waiting states say until when.")
    ticket: str = Field(description="The ticket.")
    verb: str = Field(description="What is to be done.")
    cluster: str = Field(description="To which cluster.")
    site: str = Field(description="At which site.")
    status_url: str = Field(description="Where this document is, always as of now.")
    run_url: str = Field(description="Leads to the flow run in Prefect, once there is one.")
    wait_until: float | None = Field(default=None, description="Unix seconds of the next chance.")
    run_state: str | None = Field(default=None, description="The run's state and progress.")
    plan_hash: str | None = Field(
        default=None,
        description="The digest of verb, cluster, site and specification; approvals name it.",
    )
    problem: ProblemDocument | None = Field(default=None, description="What stands in its way.")


class IgnoredDocument(Document):
    """An event that is genuine and asks for nothing."""

    ignored: str = Field(description="Why nothing is done.")


class ApprovalRequest(Document):
    """An approval, by the person whose token it comes with."""

    intent: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="The intent's id.")]
    cluster: Annotated[str, Field(max_length=63, description="The cluster's name, typed.")]
    plan: Annotated[
        str,
        Field(
            pattern=r"^(sha256:)?[0-9a-f]{8,64}$",
            description="The plan_hash that was looked at, or its beginning.",
        ),
    ]


class CampaignApproval(Document):
    """A decision about a gate of a fleet campaign, by the person whose token it comes with."""

    campaign: Annotated[str, Field(max_length=100, description="The campaign's name or id.")]
    site: Annotated[str, Field(max_length=40, description="The site whose journal has it.")]
    gate: Annotated[str, Field(max_length=200, description="The gate, as the board names it.")]
    plan: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$", description="The plan's hash.")]
    decision: Literal["approve", "reject"] = Field(description="What is decided.")


APPROVALS = (ApprovalRequest, CampaignApproval)


class DecidedDocument(Document):
    """A decision that was recorded."""

    campaign: str = Field(description="The campaign's id.")
    gate: str = Field(description="The gate.")
    decided_by: str = Field(description="Whose token it was.")


class HealthDocument(Document):
    """Whether the gateway can take deliveries."""

    status: str = Field(description="`ok`.")


def read_approval(delivery: Delivery) -> ApprovalRequest | CampaignApproval:
    """Return what a body approves; raises Malformed, quoting no values."""
    content = delivery.document()
    wanted = CampaignApproval if "campaign" in content else ApprovalRequest
    try:
        return wanted.model_validate(content)
    except ValidationError as error:
        raise unreadable(error) from None


def intent_document(kept: Kept, base: str) -> IntentDocument:
    """Return what is shown of an intent."""
    status_url = f"{base}/v1/intents/{kept.id}"
    return IntentDocument(
        intent=kept.id,
        state=kept.state,
        ticket=kept.intent.ticket,
        verb=kept.intent.verb,
        cluster=kept.intent.cluster,
        site=kept.intent.site,
        status_url=status_url,
        run_url=f"{status_url}/run",
        wait_until=kept.wait_until,
        run_state=kept.run_state,
        plan_hash=kept.plan_hash,
        problem=ProblemDocument.model_validate(kept.problem) if kept.problem else None,
    )


def problem_document(error: BedplateError) -> ProblemDocument:
    """Return what is shown of an error."""
    return ProblemDocument(
        code=error.code,
        seen=error.seen,
        why=error.why,
        remedy=error.remedy,
        owner=error.owner.value,
    )


def ignored_document(ignored: Ignored) -> IgnoredDocument:
    """Return what is shown of an event that asks for nothing."""
    return IgnoredDocument(ignored=ignored.why)
