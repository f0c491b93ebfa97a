"""The addresses of the gateway. Each reads its request, asks the desk, and answers a document."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.requests import ClientDisconnect

from deployments.gateway.delivery import Delivery
from deployments.gateway.desk import Desk
from deployments.gateway.documents import (
    APPROVALS,
    CampaignApproval,
    DecidedDocument,
    HealthDocument,
    IgnoredDocument,
    IntentDocument,
    ProblemDocument,
    ignored_document,
    intent_document,
    read_approval,
)
from deployments.gateway.intents import Intent
from deployments.gateway.problems import Conflict, TooLarge, malformed
from deployments.gateway.senders import Ignored
from deployments.gateway.settings import Limits
from deployments.gateway.states import State
from deployments.gateway.store import Kept, Received, unknown_intent

router = APIRouter()

CERTIFICATE = "bedplate.certificate"  # what serving.py puts into the scope

Answers = dict[int | str, dict[str, Any]]
PROBLEMS: Mapping[int, str] = {
    401: "Nothing proves who sent it, or it is too old.",
    403: "A rule says no; the code is the rule's id.",
    404: "There is no such source or intent.",
    409: "The same key came before with another body, or the plan is another.",
    413: "The body is too large, or took too long.",
    422: "It cannot be read.",
    429: "Too much at once; Retry-After says when to come again.",
    503: "The store does not answer; send it again.",
}


def _problems(*statuses: int) -> Answers:
    return {one: {"model": ProblemDocument, "description": PROBLEMS[one]} for one in statuses}


TAKEN: Answers = {
    200: {
        "model": IntentDocument | IgnoredDocument,
        "description": "It came before, and this is what became of it; or it asks for nothing.",
    },
    202: {"model": IntentDocument, "description": "It is stored, and will be done or waits."},
    **_problems(401, 404, 409, 413, 422, 429, 503),
    403: {"model": IntentDocument | ProblemDocument, "description": PROBLEMS[403]},
}


def _json_body(schema: object) -> dict[str, Any]:
    """Return how OpenAPI describes a body that is read by hand, for its limits or its signature."""
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


BODY = _json_body(Intent.model_json_schema())
ANY_BODY = _json_body({"type": "object"})
APPROVAL_BODY = _json_body({"anyOf": [one.model_json_schema() for one in APPROVALS]})
HEALTH = "/healthz"


async def _delivery(request: Request) -> Delivery:
    """Read the body within the limits of size and time."""
    desk: Desk = request.app.state.desk
    with desk.bodies.hold(_peer(request)):
        body = await _body(request, desk.settings.limits)
    certificate = str(request.scope.get(CERTIFICATE, ""))
    return Delivery(body, dict(request.headers), _peer(request), certificate)


async def _body(request: Request, limits: Limits) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise _too_large(f"the body has more than {limits.body_bytes} bytes")
    except TimeoutError:
        raise _too_large(f"the body took more than {limits.body_seconds:.0f} s") from None
    except ClientDisconnect:
        raise malformed("the connection ended before the body did") from None
    return bytes(body)


async def _admitted(request: Request) -> None:
    """Count a delivery against its sender, before its body is waited for."""
    desk: Desk = request.app.state.desk
    desk.reception.admit(request.path_params.get("source"), _peer(request))


async def _approver(request: Request) -> str:
    """Return whose token came, before a byte of the body is waited for."""
    desk: Desk = request.app.state.desk
    return desk.approving.person(request.headers.get("authorization", ""), _peer(request))


def _peer(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _too_large(seen: str) -> TooLarge:
    return TooLarge(
        "BODY_TOO_LARGE",
        seen,
        why="whoever sends more could keep the gateway from others",
        remedy="name a file of the site in spec_file instead of sending the specification",
    )


Taken = Annotated[Delivery, Depends(_delivery)]
Approver = Annotated[str, Depends(_approver)]


@router.post(
    "/v1/intents",
    status_code=202,
    responses=TAKEN,
    openapi_extra=BODY,
    tags=["intents"],
    dependencies=[Depends(_admitted)],
)
async def take_intent(request: Request, delivery: Taken) -> Response:
    """Take an intent signed with Standard Webhooks; the key that signed it says whose it is."""
    return await _take(request, None, delivery)


@router.post(
    "/v1/sources/{source}",
    status_code=202,
    responses=TAKEN,
    openapi_extra=ANY_BODY,
    tags=["intents"],
    dependencies=[Depends(_admitted)],
)
async def take_event(request: Request, source: str, delivery: Taken) -> Response:
    """Take what a source sends in its own format."""
    return await _take(request, source, delivery)


async def _take(request: Request, source: str | None, delivery: Delivery) -> Response:
    desk: Desk = request.app.state.desk
    found = await run_in_threadpool(desk.reception.receive, source, delivery)
    if isinstance(found, Ignored):
        return JSONResponse(ignored_document(found).model_dump())
    desk.wake.set()
    return _answer(found, _base(request))


def _answer(received: Received, base: str) -> Response:
    document = intent_document(received.kept, base)
    status = HTTPStatus.OK if received.is_duplicate else HTTPStatus.ACCEPTED
    if received.kept.state is State.REFUSED:
        status = HTTPStatus.FORBIDDEN
    headers = {"Location": document.status_url}
    return JSONResponse(document.model_dump(mode="json"), status_code=status, headers=headers)


@router.get(
    "/v1/intents/{intent}",
    response_model=IntentDocument,
    responses=_problems(404, 429, 503),
    tags=["intents"],
)
def show_intent(request: Request, intent: str) -> IntentDocument:
    """Show an intent; who knows its id, which nobody can guess, may see it."""
    return intent_document(_kept(request, intent), _base(request))


@router.get(
    "/v1/intents/{intent}/run",
    status_code=303,
    response_class=RedirectResponse,
    responses={303: {"description": "The run is there."}, **_problems(404, 409, 429, 503)},
    tags=["intents"],
)
def show_run(request: Request, intent: str) -> Response:
    """Lead to the flow run in Prefect."""
    kept = _kept(request, intent)
    if kept.run_id is None:
        raise Conflict(
            "NO_RUN",
            f"intent {kept.id} is {kept.state.value}; it has no run",
            why="a run is made when everything allows it",
            remedy="look again later",
        )
    desk: Desk = request.app.state.desk
    return RedirectResponse(desk.runs.url(kept.run_id), status_code=HTTPStatus.SEE_OTHER)


@router.post(
    "/v1/approvals",
    response_model=IntentDocument | DecidedDocument,
    responses=_problems(401, 403, 404, 409, 413, 422, 429, 503),
    openapi_extra=APPROVAL_BODY,
    tags=["approvals"],
)
def approve(request: Request, name: Approver, delivery: Taken) -> IntentDocument | DecidedDocument:
    """Approve an intent, or decide about a campaign's gate, as the bearer token's person."""
    desk: Desk = request.app.state.desk
    wanted = read_approval(delivery)
    if isinstance(wanted, CampaignApproval):
        return desk.approving.decide(name, wanted)
    kept = desk.approving.approve(name, wanted)
    desk.wake.set()
    return intent_document(kept, _base(request))


@router.get(HEALTH, response_model=HealthDocument, responses=_problems(503), tags=["health"])
def show_health(request: Request) -> HealthDocument:
    """Say whether the store can be read."""
    desk: Desk = request.app.state.desk
    desk.store.count_due(0)
    return HealthDocument(status="ok")


def _kept(request: Request, intent: str) -> Kept:
    desk: Desk = request.app.state.desk
    desk.reception.admit_look(_peer(request))
    kept = desk.store.intent(intent)
    if kept is None:
        raise unknown_intent(intent)
    return kept


def _base(request: Request) -> str:
    """Return the gateway's own address, as gateway.yaml says or as it was asked."""
    desk: Desk = request.app.state.desk
    named = desk.settings.public_url
    return str(named if named is not None else request.base_url).rstrip("/")
