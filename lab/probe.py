"""A probe of an API server: how often it did not answer, and for how long at most."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.kubernetes import LiveKube
from bedplate.ports.kube import Reach

EVERY = 0.5  # seconds between two looks
LAST_SECONDS = 30.0


@dataclass
class Probe:
    """What was seen of one API server so far; seconds."""

    kubeconfig: Path
    looks: int = 0
    failed: int = 0
    longest: float = 0.0
    _clock: SystemClock = field(default_factory=SystemClock)
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def looking(self) -> Iterator[Probe]:
        """Look again and again beside the block."""
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join(LAST_SECONDS)

    def _look(self) -> None:
        kube = LiveKube(self.kubeconfig.read_text)
        answered = self._clock.now()
        while not self._ended.wait(EVERY):
            self.looks += 1
            good = kube.reach() is Reach.ANSWERS
            now = self._clock.now()
            if good:
                answered = now
            else:
                self.failed += 1
                self.longest = max(self.longest, now - answered)

    def __str__(self) -> str:
        return f"{self.failed} of {self.looks} looks failed, {self.longest:.1f} s at most in a row"
