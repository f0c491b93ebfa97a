"""Keeps a lease alive while its holder works."""

from __future__ import annotations

import threading

from bedplate.engine.journal import Journal, Lease
from bedplate.errors import BedplateError, LeaseLost

HEARTBEAT_SECONDS = 2.0


class Heartbeat:
    """Extends a lease every `seconds` (real ones), from a thread of its own."""

    def __init__(self, journal: Journal, lease: Lease, seconds: float = HEARTBEAT_SECONDS) -> None:
        self._journal = journal
        self._lease = lease
        self._seconds = seconds
        self._lost: LeaseLost | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; a beat under way is waited for, but not longer than two take."""
        self._stopped.set()
        self._thread.join(timeout=self._seconds * 2)

    def require_ours(self) -> None:
        """Raise LeaseLost where a beat found that another runner holds the lease."""
        if self._lost is not None:
            raise self._lost

    def _beat(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._lease = self._journal.heartbeat(self._lease)
            except LeaseLost as error:
                self._lost = error
                return
            except BedplateError:
                continue  # a journal that is busy now may answer at the next beat
