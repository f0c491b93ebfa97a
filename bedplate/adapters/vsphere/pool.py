"""One session per vCenter and user in this process: found, kept alive, and always logged out."""

from __future__ import annotations

import atexit
import hashlib
import os
import secrets
import threading
import time

from bedplate.adapters.vsphere.access import Access
from bedplate.adapters.vsphere.faults import AUTH_DENIED, denied
from bedplate.adapters.vsphere.session import Credentials, Session
from bedplate.errors import BedplateError, PermanentError

# vCenter ends a session that nobody uses for 30 minutes.
KEEP_ALIVE_SECONDS = 600.0
# A step may wait this long for machines without a call; an older session is given back.
IN_USE_SECONDS = 7200.0

# How long a refused password is not tried again: five wrong tries in three minutes lock a user.
REFUSED_SECONDS = 40.0

Place = tuple[str, int, str]


class Pool:
    """The open sessions of a process, by vCenter and user."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self.abandon()

    def abandon(self) -> None:
        """Forget the sessions without logging them out: after a fork they are the parent's."""
        self._lock = threading.Lock()
        self._open: dict[Place, tuple[str, Session]] = {}
        self._turns: dict[Place, threading.Lock] = {}
        self._refused: dict[Place, tuple[str, float]] = {}
        self._watcher: threading.Thread | None = None
        self._over = threading.Event()

    def session(self, access: Access, credentials: Credentials) -> Session:
        """Return the session of a user; another where the password or the access has changed."""
        place = (access.host, access.port, credentials.user)
        mark = self._mark(access, credentials)
        with self._turn(place):
            with self._lock:
                old_mark, old = self._open.get(place, ("", None))
            if old is not None and old_mark == mark:
                return old
            fresh = self._enter(access, credentials, place, mark)
            with self._lock:
                self._open[place] = (mark, fresh)
                self._watch()
        if old is not None:
            old.close()
        return fresh

    def _turn(self, place: Place) -> threading.Lock:
        """Return what lets one thread at a time log in at a place."""
        with self._lock:
            return self._turns.setdefault(place, threading.Lock())

    def _enter(self, access: Access, credentials: Credentials, place: Place, mark: str) -> Session:
        """Log in; a password that was refused a moment ago is not tried again: that locks users."""
        refused = self._refused.get(place)
        if refused is not None and refused[0] == mark and time.monotonic() < refused[1]:
            raise denied(access.server, "it was refused a moment ago")
        session = Session(access, credentials)
        try:
            session.run(lambda _: None)  # a wrong password does not push the right one out
        except PermanentError as error:
            if error.code == AUTH_DENIED:
                self._refused[place] = (mark, time.monotonic() + REFUSED_SECONDS)
            raise
        return session

    def close_all(self) -> None:
        """Log every session out."""
        with self._lock:
            sessions = [session for _, session in self._open.values()]
            self._open.clear()
            self._refused.clear()
            self._over.set()
            self._watcher, self._over = None, threading.Event()
        for session in sessions:
            session.close()

    def _mark(self, access: Access, credentials: Credentials) -> str:
        """Tell a changed password without keeping it."""
        text = f"{access}\n{credentials.password}".encode()
        return hashlib.sha256(self._salt + text).hexdigest()

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = threading.Thread(
                target=self._keep_alive, args=(self._over,), name="vcenter-sessions", daemon=True
            )
            self._watcher.start()

    def _keep_alive(self, over: threading.Event) -> None:
        while not over.wait(KEEP_ALIVE_SECONDS):
            self.tend(time.monotonic())

    def tend(self, now: float) -> None:
        """Keep alive what is in use; give back what nobody has used for two hours."""
        with self._lock:
            idle = [
                place
                for place, (_, session) in self._open.items()
                if session.idle(now) > IN_USE_SECONDS
            ]
            given_back = [self._open.pop(place)[1] for place in idle]
            kept = [session for _, session in self._open.values()]
        for session in given_back:
            session.close()
        for session in kept:
            _ping(session)


def _ping(session: Session) -> None:
    try:
        session.ping()
    except BedplateError:
        return  # whoever uses it next logs in again, and says what is wrong


POOL = Pool()


def close_all() -> None:
    """Log every session of this process out; done at the end of the process by itself."""
    POOL.close_all()


atexit.register(close_all)
os.register_at_fork(after_in_child=POOL.abandon)
