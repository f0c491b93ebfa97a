"""The tagging service, which pyVmomi does not speak: a small JSON client with its own session."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bedplate.adapters.vsphere.faults import denied, explained, of_status, unavailable
from bedplate.adapters.vsphere.wire import Wire
from bedplate.errors import BedplateError, Owner, PermanentError, TemporaryError

SESSION = "/rest/com/vmware/cis/session"
HEADER = "vmware-api-session-id"
# vCenter closes connections that nobody uses; one this old is opened anew.
IDLE_SECONDS = 20.0

OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BAD_REQUEST = 200, 401, 403, 404, 400


class AlreadyExists(Exception):
    """What was to be made is there."""


class NotThere(Exception):
    """What was asked for is not there."""


class Rest:
    """One user's REST session; calls of several threads take turns."""

    def __init__(self, server: str, wire: Wire, user: str, password: str) -> None:
        self._server = server
        self._wire = wire
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._authorization = f"Basic {login}"
        self._lock = threading.RLock()
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0
        self._session = ""

    def get(self, path: str, identity: str = "") -> Any:  # noqa: ANN401 - JSON
        """Return what is at a path below `/rest`, of one thing where an identity is given."""
        return self._call("GET", _address(path, identity))

    def post(
        self, path: str, body: Mapping[str, object], action: str = "", identity: str = ""
    ) -> Any:  # noqa: ANN401
        """Create, or do an action; raises AlreadyExists or NotThere."""
        address = _address(path, identity) + (f"?~action={action}" if action else "")
        return self._call("POST", address, body)

    def not_served(self, what: str) -> TemporaryError:
        """Return the error for a call that has to be there and is not."""
        return unavailable(self._server, f"HTTP {NOT_FOUND} at {what}")

    def close(self, patience: float) -> None:
        """End the session, if one was opened, in so many seconds; another one times out."""
        with self._lock:
            self._drop()
            self._wire = self._wire.patient(patience)
            session, self._session = self._session, ""
            if session:
                try:
                    with explained(self._server):
                        self._send("DELETE", SESSION, {HEADER: session})
                except BedplateError:
                    self._drop()
            self._drop()

    def _call(self, method: str, address: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
        with self._lock, explained(self._server):
            status, answer = self._try(method, address, body)
            if status == UNAUTHORIZED:  # the session was ended
                self._session = ""
                status, answer = self._try(method, address, body)
            return self._value(status, answer, f"{method} {address}")

    def _try(
        self, method: str, address: str, body: Mapping[str, object] | None
    ) -> tuple[int, object]:
        if not self._session:
            self._session = self._log_in()
        return self._send(method, address, {HEADER: self._session}, body)

    def _log_in(self) -> str:
        status, answer = self._send("POST", SESSION, {"Authorization": self._authorization})
        if status == UNAUTHORIZED:
            raise denied(self._server)
        return str(self._value(status, answer, f"POST {SESSION}"))

    def _send(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        body: Mapping[str, object] | None = None,
    ) -> tuple[int, object]:
        text = None if body is None else json.dumps(body)
        connection = self._connected()
        try:
            said = {"Accept": "application/json", "Content-Type": "application/json", **headers}
            connection.request(method, address, text, said)
            response = connection.getresponse()
            status, answer = response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._drop()
            raise
        try:
            return status, json.loads(answer) if answer else {}
        except ValueError:
            return status, None

    def _connected(self) -> http.client.HTTPConnection:
        now = time.monotonic()
        if self._connection is None or now - self._used > IDLE_SECONDS:
            self._drop()
            self._connection = self._wire.connection()
        self._used = now
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _value(self, status: int, answer: object, what: str) -> Any:  # noqa: ANN401
        if status == OK:
            if not isinstance(answer, dict):
                raise unavailable(self._server, f"no JSON at {what}")
            return answer.get("value")
        if status == NOT_FOUND:
            raise NotThere(what)
        kind = str(answer.get("type", "")) if isinstance(answer, dict) else ""
        if kind.endswith("already_exists"):
            raise AlreadyExists(what)
        if status == FORBIDDEN or kind.endswith("unauthorized"):
            raise _forbidden(self._server, what)
        if status == UNAUTHORIZED:
            raise unavailable(self._server, "it ends the session at once")
        if status == BAD_REQUEST:
            raise _refused(self._server, what, kind)
        raise of_status(self._server, status)


def _address(path: str, identity: str) -> str:
    return f"/rest{path}" + (f"/id:{quote(identity, safe=':')}" if identity else "")


def _forbidden(server: str, what: str) -> PermanentError:
    return PermanentError(
        "PERM_MISSING",
        f"vCenter {server} does not allow {what}",
        why="the user's roles do not hold the privileges of vSphere Tagging",
        remedy="add the privileges InventoryService.Tagging.* to the user's role, on the root",
        owner=Owner.VSPHERE,
    )


def _refused(server: str, what: str, kind: str) -> PermanentError:
    return PermanentError(
        "VCENTER_REFUSED",
        f"vCenter {server} refuses {what}: {kind.rpartition('.')[2] or 'bad request'}",
        why="it does not do what was asked, and would not do it the next time",
        remedy="see Tags & Custom Attributes in the vSphere client",
        owner=Owner.VSPHERE,
    )
