"""The gateway as an ASGI application: routes, limits, headers, errors as documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bedplate.adapters.redaction import KNOWN
from bedplate.errors import BedplateError, JournalError, Refused, TemporaryError
from deployments.gateway.desk import Desk
from deployments.gateway.documents import problem_document
from deployments.gateway.problems import Overloaded
from deployments.gateway.routes import HEALTH, router

RETRY_SECONDS = 5
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def application(desk: Desk | None = None) -> FastAPI:
    """Return the application; without a desk it can only say what its routes are.

    There is no page of documentation, since it would load scripts from elsewhere, and no CORS.
    """
    app = FastAPI(
        title="Bedplate gateway",
        version="1",
        summary="Ticketing systems ask for clusters here.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.include_router(router)
    app.middleware("http")(_guarded)
    app.exception_handler(BedplateError)(_explain)
    return app


async def _guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    desk: Desk = request.app.state.desk
    # A full gateway is not a sick one: who watches it must not end it for that.
    turnstile = desk.health if request.url.path == HEALTH else desk.turnstile
    if turnstile.enter():
        try:
            response = await answer(request)
        finally:
            turnstile.leave()
    else:
        response = _response(Overloaded("too many requests at once", RETRY_SECONDS))
    response.headers.update(HEADERS)
    return response


async def _explain(_: Request, error: Exception) -> Response:
    if not isinstance(error, BedplateError):
        raise error
    return _response(error)


def _response(error: BedplateError) -> Response:
    """Return an error as a document, with its status, and when to come again where that helps."""
    status = getattr(error, "status", None) or _status(error)
    headers = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(error.retry_after)
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    content = problem_document(error).model_dump()
    shown = {name: KNOWN.redact(str(value)) for name, value in content.items()}
    return JSONResponse(shown, status_code=status, headers=headers)


def _status(error: BedplateError) -> HTTPStatus:
    """What is not the sender's fault is sent again by it: nothing was stored, nothing is lost."""
    if isinstance(error, JournalError | TemporaryError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, Refused):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.UNPROCESSABLE_ENTITY
