"""A port that fails where a fault says so; every port of a simulated site goes through here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar, cast

from bedplate.ports.kube import Reach
from bedplate.ports.vcenter import Snapshot
from bedplate.simulation import faults
from bedplate.simulation.world import World

PortType = TypeVar("PortType")

# What a port answers that lies. A method that is not here has no answer to lie with.
LIES: dict[str, Callable[[], object]] = {
    "answers": tuple,
    "exists": lambda: False,
    "files": dict,
    "get": lambda: None,
    "head": lambda: None,
    "list": list,
    "logs": dict,
    "look": lambda: Snapshot(()),
    "tasks": tuple,
    "reach": lambda: Reach.ABSENT,
    "read": lambda: None,
    "virtual_machines": tuple,
}


class _Faulty:
    def __init__(self, port: object, label: str, world: World) -> None:
        self._port = port
        self._label = label
        self._methods = faults.methods_of(label)
        self._world = world

    def __getattr__(self, name: str) -> object:
        method = getattr(self._port, name)
        if name not in self._methods:
            return method

        @functools.wraps(method)
        def call(*args: object, **kwargs: object) -> object:
            identity = str(getattr(args[0], "identity", args[0])) if args else ""
            return self._call(name, identity, functools.partial(method, *args, **kwargs))

        return call

    def _call(self, name: str, identity: str, method: Callable[[], object]) -> object:
        error = self._meet(name, identity)
        if not error:
            return method()
        if error == "lie":
            return LIES[name]() if name in LIES else method()
        if error == "timeout":
            self._world.advance(self._world.now() + faults.TIMEOUT_SECONDS)
        if error == "lost":
            method()
        if name == "reach":
            return Reach.SILENT  # the one method that never raises
        raise faults.error_of(error, self._label, f"{self._label}.{name} {identity}".rstrip())

    def _meet(self, name: str, identity: str) -> str:
        """Return the error that this call meets, or ""; looks first, since faults are rare."""
        with self._world.glance() as tx:
            if not faults.find(tx, self._label, name, identity):
                return ""
        with self._world.transaction() as tx:
            return faults.take(tx, self._label, name, identity)


def faulty(port: PortType, label: str, world: World) -> PortType:
    """Return `port` as calls under `label` see it."""
    return cast(PortType, _Faulty(port, label, world))
