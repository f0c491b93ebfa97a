"""One logged-in session on a vCenter, shared by all threads of the process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from bedplate.adapters.vsphere.access import Access
from bedplate.adapters.vsphere.api import service, vim
from bedplate.adapters.vsphere.faults import explained, name_of, unavailable
from bedplate.adapters.vsphere.marks import Marks
from bedplate.adapters.vsphere.rest import Rest
from bedplate.adapters.vsphere.wire import Wire
from bedplate.errors import BedplateError

log = structlog.stdlib.get_logger("bedplate")

T = TypeVar("T")

SHORT = 10.0  # seconds: leaving may not hold anybody up


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in; never shown."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.user!r})"


class Session:
    """A session that logs in on first use, and again when vCenter has ended it."""

    def __init__(self, access: Access, credentials: Credentials) -> None:
        self.access = access
        self._credentials = credentials
        self._wire = Wire.to(access)
        self._marks = Marks(access.state, f"{access.host}:{access.port}", credentials.user)
        self._lock = threading.Lock()
        self._content: vim.ServiceInstanceContent | None = None
        self._instance = service(self._wire)
        self._key = ""
        self._user = credentials.user
        self._calls = 0
        self._used = time.monotonic()
        self._closed = False
        self.rest = Rest(access.server, self._wire, credentials.user, credentials.password)

    @property
    def user(self) -> str:
        """Return the name that vCenter knows the user by."""
        return self._user

    @property
    def key(self) -> str:
        """Return the session's key."""
        return self._key

    def run(self, do: Callable[[vim.ServiceInstanceContent], T]) -> T:
        """Call vCenter logged in; once more where it turns out to have ended the session.

        `do` has to bear being begun again.
        """
        with explained(self.access.server), self._busy():
            content = self._entered()
            try:
                return do(content)
            except vim.fault.NotAuthenticated:
                self._forget(content)
            return do(self._entered())

    def idle(self, now: float) -> float:
        """Return the seconds for which nobody has used it."""
        with self._lock:
            return 0.0 if self._calls else now - self._used

    def clock(self) -> float:
        """Return the server's time in seconds since the epoch."""
        return self.run(lambda _: self._instance.CurrentTime()).timestamp()

    def ping(self) -> None:
        """Keep the session from being ended for idleness."""
        with explained(self.access.server):
            self._instance.CurrentTime()

    def close(self) -> None:
        """Log out; a vCenter that does not answer ends the session by itself."""
        with self._lock:
            content, self._content, self._closed = self._content, None, True
        self.rest.close(SHORT)
        if content is None or content.sessionManager is None:
            return
        try:
            with explained(self.access.server):
                self._leave(content.sessionManager)
        except BedplateError as error:
            log.info("a vCenter session was not logged out", code=error.code)
            return
        self._marks.clear(self._key)

    def _leave(self, manager: Any) -> None:  # noqa: ANN401 - a managed object
        """Log out over a connection of its own, which waits for a short time only."""
        door: Any = service(self._wire.patient(SHORT))
        instance: Any = self._instance
        door._stub.cookie = instance._stub.cookie
        type(manager)(manager._moId, door._stub).Logout()

    @contextmanager
    def _busy(self) -> Iterator[None]:
        with self._lock:
            self._calls += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1
                self._used = time.monotonic()

    def _entered(self) -> vim.ServiceInstanceContent:
        with self._lock:
            if self._closed:  # whoever calls again gets the session that took its place
                raise unavailable(self.access.server, "its session was given back meanwhile")
            if self._content is None:
                content = self._instance.RetrieveContent()
                self._log_in(content)
                self._content = content
            return self._content

    def _log_in(self, content: vim.ServiceInstanceContent) -> None:
        if self.access.insecure:
            log.warning("the vCenter's certificate is not looked at", server=self.access.server)
        manager = content.sessionManager
        assert manager is not None  # noqa: S101 - only ESX without vCenter may have none
        entered = manager.Login(self._credentials.user, self._credentials.password, None)
        if self._key:
            self._marks.clear(self._key)
        self._key, self._user = entered.key, entered.userName
        self._marks.set(self._key)
        self._end_left(manager)

    def _end_left(self, manager: vim.SessionManager) -> None:
        """End the sessions that killed processes left; where that is not allowed, they time out."""
        for mark, key in self._marks.left().items():
            try:
                manager.TerminateSession([key])
            except (vim.fault.NotFound, vim.fault.NoPermission) as fault:
                if isinstance(fault, vim.fault.NotAuthenticated):
                    raise
                log.info("a session that was left is not ended", reason=name_of(fault))
            self._marks.drop(mark)

    def _forget(self, content: vim.ServiceInstanceContent) -> None:
        with self._lock:
            if self._content is content:  # another thread may have logged in again already
                self._content = None
                self._instance = service(self._wire)  # without the old session's cookie
