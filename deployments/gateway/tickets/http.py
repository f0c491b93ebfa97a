"""JSON over HTTP with a ticket system, and what its errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import httpx

from bedplate.adapters.redaction import KNOWN
from bedplate.errors import Owner, PermanentError, TemporaryError

TEMPORARY = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
LONGEST_WORDS = 300


class TicketHttp:
    """A client for one ticket system; `login` makes the Authorization header."""

    def __init__(self, http: httpx.Client, login: httpx.Auth) -> None:
        self._http, self._login = http, login

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, object] | None:
        """Return what is at a path, None where there is nothing (404)."""
        answer = self._ask("GET", path, query=query)
        return None if answer.status_code == HTTPStatus.NOT_FOUND else _decoded(answer)

    def send(self, method: str, path: str, content: object) -> dict[str, object]:
        """Send JSON and return what comes back, empty where nothing does."""
        answer = self._ask(method, path, content=content)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise _refused(answer)
        return _decoded(answer) if answer.content else {}

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        content: object = None,
    ) -> httpx.Response:
        try:
            answer = self._http.request(
                method,
                path,
                params=query,
                json=content,
                auth=self._login,
                headers={"accept": "application/json"},
            )
        except httpx.HTTPError as error:
            raise _unreachable(f"{type(error).__name__} at {path}") from None
        status = answer.status_code
        if status in TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _unreachable(f"status {status} at {path}: {_words(answer)}")
        if status == HTTPStatus.NOT_FOUND or answer.is_success:
            return answer
        raise _refused(answer)


def _decoded(answer: httpx.Response) -> dict[str, object]:
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        # A login page with status 200, or a proxy's apology.
        raise _unreachable(f"no JSON at {answer.request.url.path}")
    return content


def _words(answer: httpx.Response) -> str:
    """Return the system's own words for what is wrong: Jira's lists, or ServiceNow's error."""
    try:
        content = answer.json()
    except ValueError:
        return "it gave no reason"
    if not isinstance(content, dict):
        return "it gave no reason"
    said: list[str] = []
    if isinstance(content.get("errorMessages"), list):
        said += [str(one) for one in content["errorMessages"]]
    if isinstance(content.get("errors"), dict):
        said += [f"{name}: {words}" for name, words in content["errors"].items()]
    if isinstance(content.get("error"), dict):
        said += [str(content["error"].get(name) or "") for name in ("message", "detail")]
    text = "; ".join(one for one in said if one) or "it gave no reason"
    return KNOWN.redact(text)[:LONGEST_WORDS]


def _unreachable(seen: str) -> TemporaryError:
    return TemporaryError(
        "TICKETS_UNREACHABLE",
        seen,
        why="a ticket is read back from its own system before anything starts",
        remedy="nothing is lost: it is asked again, with growing pauses",
        owner=Owner.PLATFORM,
    )


def _refused(answer: httpx.Response) -> PermanentError:
    where = f"{answer.request.method} {answer.request.url.path}"
    return PermanentError(
        "TICKETS_REFUSED",
        f"{where}: status {answer.status_code}: {_words(answer)}",
        why="the ticket system does not let the gateway do this",
        remedy="correct the user's rights, or the secret that gateway.yaml names",
        owner=Owner.PLATFORM,
    )
