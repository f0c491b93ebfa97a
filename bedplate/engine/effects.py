"""Ports under guard: an intent before every side effect, its end after it, the token checked first.

Between the check of the fencing token and the effect itself lies one call's time: the token is
checked by the transaction that writes the intent, immediately before the call.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from bedplate.engine.history import noted, others
from bedplate.engine.journal import Journal, LineKind, Writer
from bedplate.errors import BedplateError, Owner, PermanentError
from bedplate.fact import FactType, Key
from bedplate.ports.backups import Backups
from bedplate.ports.bootstrap import BootstrapClusters
from bedplate.ports.effect import identity_of
from bedplate.ports.git import Git
from bedplate.ports.kube import JSON, Kube
from bedplate.ports.members import Members
from bedplate.ports.tools import Ports
from bedplate.ports.vault import Files, Vault
from bedplate.ports.vcenter import VCenter

PortType = TypeVar("PortType")


class Ledger:
    """Writes the journal lines of one step, and says whether effects are allowed right now."""

    def __init__(self, journal: Journal, writer: Writer, step: str) -> None:
        self._journal = journal
        self._writer = writer
        self._step = step
        self.open = False

    def write(self, kind: LineKind, what: str, value: JSON) -> None:
        """Write one line under the fencing token."""
        self._journal.write(self._writer, self._step, kind, what, value)

    def require_open(self, what: str) -> None:
        """Raise where a verb that may only look tries to change something."""
        if not self.open:
            raise PermanentError(
                "EFFECT_IN_LOOK",
                f"{self._step}: {what} was called while only looking",
                why="check and verify must change nothing",
                remedy="report this; nothing was changed",
                owner=Owner.BEDPLATE,
            )

    def find(self, name: str) -> JSON:
        """Return the newest note of this name in this run's step, or None."""
        for line in reversed(self._journal.lines(self._writer.run_id, self._step)):
            if line.kind is LineKind.NOTE and line.what == name:
                return line.value
        return None

    def note(self, name: str, value: JSON) -> None:
        """Write a note."""
        self.require_open(f"note {name}")
        self.write(LineKind.NOTE, name, value)

    def choose(self, name: str, make: Callable[[], str]) -> str:
        """Return the choice noted before, or make one and note it before it is used."""
        chosen = self.find(name)
        if isinstance(chosen, str):
            return chosen
        made = make()
        self.note(name, made)
        return made

    def earlier(self, step: str, name: str) -> Sequence[JSON]:
        """Return what any run of the cluster's present life noted."""
        return noted(self._journal, self._writer.cluster, step, name)

    def others(self, key: Key[FactType]) -> Mapping[str, FactType]:
        """Return the newest fact of a key of every other cluster."""
        return others(self._journal, self._writer.cluster, key)


class _Guarded:
    def __init__(self, port: object, protocol: type, label: str, ledger: Ledger) -> None:
        self._port = port
        self._protocol = protocol
        self._label = label
        self._ledger = ledger

    def __getattr__(self, name: str) -> object:
        method = getattr(self._port, name)
        identity = identity_of(getattr(self._protocol, name, None))
        if identity is None:
            return method
        what = f"{self._label}.{name}"
        signature = inspect.signature(method)

        @functools.wraps(method)
        def effect(*args: object, **kwargs: object) -> object:
            self._ledger.require_open(what)
            arguments = signature.bind(*args, **kwargs).arguments
            value = {key: _text(arguments.get(key)) for key in identity}
            self._ledger.write(LineKind.INTENT, what, value)
            try:
                result = method(*args, **kwargs)
            except BedplateError as error:
                self._ledger.write(LineKind.FAILED, what, {**value, "code": error.code})
                raise
            self._ledger.write(LineKind.DONE, what, value)
            return result

        return effect


def _text(value: object) -> str:
    return str(getattr(value, "identity", value))


def guard(port: PortType, protocol: type, label: str, ledger: Ledger) -> PortType:
    """Return `port` with every marked method of `protocol` journalled under `label`."""
    return cast(PortType, _Guarded(port, protocol, label, ledger))


def guarded(ports: Ports, ledger: Ledger) -> Ports:
    """Return the ports with every side effect journalled and fenced."""
    kube = {side: guard(port, Kube, f"kube.{side}", ledger) for side, port in ports.kube.items()}
    return Ports(
        clock=ports.clock,
        kube=kube,
        bootstrap=guard(ports.bootstrap, BootstrapClusters, "kind", ledger),
        vcenter=guard(ports.vcenter, VCenter, "vcenter", ledger),
        network=ports.network,
        host=ports.host,
        git=guard(ports.git, Git, "git", ledger),
        vault=guard(ports.vault, Vault, "vault", ledger),
        files=guard(ports.files, Files, "files", ledger),
        components=ports.components,
        backups=guard(ports.backups, Backups, "backups", ledger),
        members=guard(ports.members, Members, "members", ledger),
    )
