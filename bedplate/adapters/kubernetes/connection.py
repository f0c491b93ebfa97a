"""One API server over pooled connections: a request in, an answer out, every call with a deadline.

Objects travel as plain JSON. The library's typed models know none of the kinds of Cluster API, and
reading a thousand objects into them takes longer than fetching these (ADR 0014).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bedplate.adapters.kubernetes.faults import (
    SERVER_ERRORS,
    lacks_right,
    not_kubernetes,
    starting,
    unreachable,
)
from bedplate.adapters.kubernetes.kubeconfig import client_of
from bedplate.capi import objects
from bedplate.ports.kube import JSON, Manifest

if TYPE_CHECKING:
    from kubernetes.client import ApiClient
    from kubernetes.client.rest import RESTResponse

Seconds = tuple[float, float]  # to connect, and then for each read
PATIENT: Seconds = (5.0, 65.0)  # an API server gives up a request after 60 s
BRIEF: Seconds = (3.0, 5.0)

JSON_TYPE = "application/json"
NOT_FOUND = 404
USER_AGENT = "bedplate"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of an API server; `query` is written in its order."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Manifest | None = None
    content_type: str = JSON_TYPE
    accept: str = JSON_TYPE
    seconds: Seconds = PATIENT


READINESS = Request("GET", "/readyz", accept="*/*", seconds=BRIEF)  # everybody may, by its roles


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `document` is empty where it is no JSON object."""

    status: int
    document: Manifest
    retry_after: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the request was carried out."""
        return self.status in range(200, 300)

    @property
    def missing(self) -> str:
        """The plural name of the kind of which something was not found; "" where nothing was."""
        return objects.text(self.document, "details", "kind") if self.status == NOT_FOUND else ""

    @property
    def lacks_path(self) -> bool:
        """Whether the API server does not serve this path at all, whatever the object."""
        return self.status == NOT_FOUND and not self.missing


class Connection:
    """The connections that one kubeconfig leads to; threads may share them."""

    def __init__(self, kubeconfig: str) -> None:
        self._client: ApiClient = client_of(kubeconfig)

    @property
    def where(self) -> str:
        """The API server's address, for people."""
        return str(self._client.configuration.host)

    def ask(self, request: Request) -> Answer:
        """Carry a request out once; raises TemporaryError NET_UNREACHABLE, API_UNAVAILABLE.

        That the user lacks a right is believed of an API server only that has read its roles.
        While one starts it has not, refuses everybody everything, and does not say so.
        """
        answer = self._answer(request)
        if not lacks_right(answer):
            return answer
        response, data = self._exchange(READINESS)
        ready = Answer(response.status, _document(data))
        if response.status in SERVER_ERRORS or lacks_right(ready):
            raise starting(self.where, answer)
        return self._answer(request)

    def text(self, request: Request) -> tuple[int, str]:
        """Send a request whose answer is no JSON; returns the status and the text.

        Raises TemporaryError NET_UNREACHABLE.
        """
        response, data = self._exchange(request)
        return int(response.status), data.decode(errors="replace")

    def is_ready(self) -> bool:
        """Say whether the API server answers for itself; raises TemporaryError NET_UNREACHABLE."""
        response, _ = self._exchange(READINESS)
        return int(response.status) not in SERVER_ERRORS

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._client.close()

    def _answer(self, request: Request) -> Answer:
        response, data = self._exchange(request)
        answer = Answer(response.status, _document(data), response.headers.get("Retry-After") or "")
        if answer.is_good and not answer.document:
            raise not_kubernetes(self.where)
        return answer

    def _exchange(self, request: Request) -> tuple[RESTResponse, bytes]:
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        headers = {"Accept": request.accept, "User-Agent": USER_AGENT}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        query = f"?{urlencode(request.query)}" if request.query else ""
        url = f"{self.where}{request.path}{query}"
        try:
            self._client.update_params_for_auth(
                headers, [], ["BearerToken"], request.path, request.method, None
            )
            response = self._client.call_api(
                request.method, url, headers, plain(request.body), _request_timeout=request.seconds
            )
            return response, response.read()
        # The library makes an ApiException of what urllib3 says of certificates.
        except (HTTPError, ApiException, OSError) as error:
            raise unreachable(self.where, error) from None


def plain(value: JSON) -> JSON:
    """Return JSON made of dicts and lists only, as the json module wants them."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _document(data: bytes) -> Manifest:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
