"""A hard stop at a chosen point: SIGKILL to this very process, no handler runs.

Points are counted over every call through a port that can touch the outside and over every write to
the journal, before and after each. With one worker thread the count is the same in every run.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from bedplate.bundles import ChosenBundle
from bedplate.engine.journal import Journal
from bedplate.ports.tools import Ports
from bedplate.sites import Site
from bedplate.spec import ClusterSpec

WRITES = frozenset(
    {
        "start_run",
        "end_run",
        "respecify",
        "supersede",
        "start_attempt",
        "settle",
        "end_attempt",
        "undone",
        "write",
        "acquire",
        "release",
    }
)


@dataclass
class Counter:
    """Counts points; kills the process at `stop`, or records each label where that is None."""

    stop: int | None
    passed: int = 0
    labels: list[str] = field(default_factory=list)

    def point(self, label: str) -> None:
        """Pass one point, or end here."""
        if self.stop is None:
            self.labels.append(label)
        elif self.passed == self.stop:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


class Crashing:
    """Any object whose calls pass a point before and after."""

    def __init__(
        self, inner: object, label: str, counter: Counter, only: frozenset[str] | None
    ) -> None:
        self._inner = inner
        self._label = label
        self._counter = counter
        self._only = only

    def __getattr__(self, name: str) -> object:
        method = getattr(self._inner, name)
        if not callable(method) or (self._only is not None and name not in self._only):
            return method
        return self._counted(f"{self._label}.{name}", method)

    def _counted(self, label: str, method: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(method)
        def call(*args: object, **kwargs: object) -> object:
            self._counter.point(f"before {label}")
            result = method(*args, **kwargs)
            self._counter.point(f"after {label}")
            return result

        return call


class CrashingSite:
    """A site whose ports pass points."""

    def __init__(self, inner: Site, counter: Counter) -> None:
        self._inner = inner
        self._counter = counter

    @property
    def name(self) -> str:
        """The inner site's name."""
        return self._inner.name

    def open(self, spec: ClusterSpec) -> Ports:
        """The inner site's ports, each but the clock and the components under count."""
        ports = self._inner.open(spec)
        wrap = functools.partial(_wrap, counter=self._counter)
        return Ports(
            clock=ports.clock,
            kube={side: wrap(kube, f"kube.{side}") for side, kube in ports.kube.items()},
            bootstrap=wrap(ports.bootstrap, "kind"),
            vcenter=wrap(ports.vcenter, "vcenter"),
            network=wrap(ports.network, "network"),
            host=wrap(ports.host, "host"),
            git=wrap(ports.git, "git"),
            vault=wrap(ports.vault, "vault"),
            files=wrap(ports.files, "files"),
            components=ports.components,
            backups=wrap(ports.backups, "backups"),
            members=wrap(ports.members, "members"),
        )

    def bundle(self, spec: ClusterSpec) -> ChosenBundle:
        """The inner site's bundle."""
        return self._inner.bundle(spec)


def _wrap(port: object, label: str, counter: Counter):
    return Crashing(port, label, counter, None)


def crashing_journal(inner: Journal, counter: Counter) -> Journal:
    """The journal with every write of the run under count; heartbeats come when they come."""
    return cast(Journal, Crashing(inner, "journal", counter, WRITES))
