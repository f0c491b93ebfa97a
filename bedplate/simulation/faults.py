"""Faults by name: calls through a port that fail, and things in the world that break.

Faults are kept in the world's file, so a fault that one process injects happens to another. The
text form, for command lines, is `port.method[:match]=error[xN]`, such as
`kube.bootstrap.apply:Machine=429x3`, or for the world `world.never_joins:w01-md-0`. Ports are
called as in the journal (`PORTS`). What breaks at once (a lost bootstrap cluster, a destroyed
machine) is no fault but a method of `World`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bedplate.errors import BadInput, BedplateError, Owner, PermanentError, TemporaryError
from bedplate.ports.backups import Backups
from bedplate.ports.bootstrap import BootstrapClusters
from bedplate.ports.components import Components
from bedplate.ports.git import Git
from bedplate.ports.host import DockerHost
from bedplate.ports.kube import Kube, Side
from bedplate.ports.members import Members
from bedplate.ports.network import Network
from bedplate.ports.vault import Files, Vault
from bedplate.ports.vcenter import VCenter
from bedplate.simulation.store import Tx

# The ports of a simulated site, under the names that the journal has for them.
PORTS: Mapping[str, type] = {
    f"kube.{Side.BOOTSTRAP}": Kube,
    f"kube.{Side.CLUSTER}": Kube,
    f"kube.{Side.MANAGEMENT}": Kube,
    "kind": BootstrapClusters,
    "vcenter": VCenter,
    "network": Network,
    "host": DockerHost,
    "git": Git,
    "vault": Vault,
    "files": Files,
    "components": Components,
    "backups": Backups,
    "members": Members,
}
EVERY = "*"  # every method of a port

# What can be wrong with the world itself, until the faults are cleared.
NEVER_JOINS = "never_joins"
TAKEN_ADDRESS = "taken_address"
SILENCE = "silence"
WORLD_FAULTS = frozenset({NEVER_JOINS, TAKEN_ADDRESS, SILENCE})

ERRORS = frozenset({"409", "429", "500", "denied", "full", "lie", "lost", "timeout"})
TEXT = re.compile(
    r"(?P<port>[a-z][a-z.]*)\.(?P<method>[a-z_*]+)(?::(?P<match>[^=]*))?"
    r"(?:=(?P<error>\w+?)(?:x(?P<times>[1-9]\d*))?)?"
)
TIMEOUT_SECONDS = 30.0
CLEAR = "clear the fault (bedplate faults --clear), then resume"

UNREACHABLE = {
    "kind": "BOOTSTRAP_ENGINE",
    "git": "GIT_UNREACHABLE",
    "host": "DOCKER_UNREACHABLE",
}
DENIED = {"git": "GIT_DENIED"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: on which port and method, for which identity, how, and how often.

    `match` is a part of the identity that the journal shows ("Machine eksa-system/w01-x2b4f"), or a
    pattern with `*`; empty fits all. `times` counts calls; None means until cleared. Errors:
    `409` conflict, `429` rate limited, `500` unavailable, `timeout` no answer in 30 s, `lost` the
    call works and its answer is lost, `denied`, `full` no space, `lie` an empty answer.
    """

    port: str
    method: str
    match: str = ""
    error: str = ""
    times: int | None = None

    def __str__(self) -> str:
        match = f":{self.match}" if self.match else ""
        error = f"={self.error}" if self.error else ""
        times = f"x{self.times}" if self.times is not None else ""
        return f"{self.port}.{self.method}{match}{error}{times}"


@functools.cache
def methods_of(port: str) -> frozenset[str]:
    """Return the methods of a port, as its Protocol has them; raises KeyError."""
    return frozenset(name for name in dir(PORTS[port]) if not name.startswith("_"))


def parse_fault(text: str) -> Fault:
    """Return the fault that a text describes; raises BadInput FAULT_UNKNOWN."""
    found = TEXT.fullmatch(text.strip())
    if found is None:
        raise _unknown(text)
    times = found["times"]
    fault = Fault(
        port=found["port"],
        method=found["method"],
        match=found["match"] or "",
        error=found["error"] or "",
        times=int(times) if times else None,
    )
    _require_known(fault)
    return fault


def _require_known(fault: Fault) -> None:
    if fault.port == "world":
        if fault.method not in WORLD_FAULTS:
            raise _unknown(str(fault))
    elif fault.port not in PORTS:
        raise _unknown(str(fault), f": there is no port {fault.port!r}")
    elif fault.method != EVERY and fault.method not in methods_of(fault.port):
        reason = f": {fault.port} has no method {fault.method!r}"
        raise _unknown(str(fault), reason, fault.port)
    elif fault.error not in ERRORS:
        raise _unknown(str(fault))


def _unknown(text: str, reason: str = "", port: str | None = None) -> BadInput:
    """Return the error that says what there is: a port's methods, or the ports."""
    names = sorted(PORTS) if port is None else [*sorted(methods_of(port)), EVERY]
    return BadInput(
        "FAULT_UNKNOWN",
        f"{text!r} is no fault{reason}",
        why="a fault is port.method[:match]=error[xN], or world.<name>[:match]",
        remedy=f"{'ports' if port is None else f'methods of {port}'}: {', '.join(names)};"
        f" errors: {', '.join(sorted(ERRORS))};"
        f" of the world: {', '.join(sorted(WORLD_FAULTS))}",
        owner=Owner.PLATFORM,
    )


def inject(tx: Tx, fault: Fault) -> None:
    """Keep a fault until it has happened or is cleared."""
    _require_known(fault)
    _insert(tx, fault, None)


def configure(tx: Tx, text: str) -> None:
    """Keep the fault of a text unless this world had it before, even if it has happened since."""
    _insert(tx, parse_fault(text), text)


def _insert(tx: Tx, fault: Fault, configured: str | None) -> None:
    tx.run(
        "INSERT OR IGNORE INTO faults (port, method, match, error, remaining, configured)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        fault.port,
        fault.method,
        fault.match,
        fault.error,
        fault.times,
        configured,
    )


def pending(tx: Tx) -> Sequence[Fault]:
    """Return the faults that are still to happen."""
    rows = tx.all(
        "SELECT port, method, match, error, remaining FROM faults"
        " WHERE remaining IS NULL OR remaining > 0 ORDER BY number"
    )
    return [Fault(*row) for row in rows]


def clear(tx: Tx, port: str) -> Sequence[Fault]:
    """Take back the faults of a port, or all (""); return those that were still to happen."""
    cleared = [fault for fault in pending(tx) if port in ("", fault.port)]
    tx.run("UPDATE faults SET remaining = 0 WHERE ? IN ('', port)", port)
    return cleared


def find(tx: Tx, port: str, method: str, identity: str) -> tuple[int, str] | None:
    """Return number and error of the first fault that this call is to meet, or None."""
    rows = tx.all(
        "SELECT number, match, error FROM faults WHERE port = ? AND method IN (?, '*')"
        " AND (remaining IS NULL OR remaining > 0) ORDER BY number",
        port,
        method,
    )
    return next(((number, error) for number, match, error in rows if fits(match, identity)), None)


def take(tx: Tx, port: str, method: str, identity: str) -> str:
    """Return the error that this call meets, or ""; a counted fault has happened then."""
    found = find(tx, port, method, identity)
    if found is None:
        return ""
    number, error = found
    tx.run("UPDATE faults SET remaining = remaining - 1 WHERE number = ?", number)
    return error


def fits(match: str, identity: str) -> bool:
    """Say whether an identity is meant: it contains the text, or fits the pattern."""
    return fnmatchcase(identity, match) if "*" in match else match in identity


def _of_world(tx: Tx, method: str) -> list[str]:
    rows = tx.all(
        "SELECT match FROM faults WHERE port = 'world' AND method = ?"
        " AND (remaining IS NULL OR remaining > 0)",
        method,
    )
    return [row[0] for row in rows]


def is_taken(tx: Tx, host: str) -> bool:
    """Say whether a stranger answers at an address."""
    return host in _of_world(tx, TAKEN_ADDRESS)


def never_joins(tx: Tx, name: str) -> bool:
    """Say whether a machine of this name is to boot but never to join."""
    return any(name.startswith(prefix) for prefix in _of_world(tx, NEVER_JOINS))


def error_of(error: str, port: str, what: str) -> BedplateError:
    """Return what a call raises for an injected error."""
    code, seen, kind = _ERRORS[error]
    if error in ("timeout", "lost"):
        code = UNREACHABLE.get(port, code)
    if error == "denied":
        code = DENIED.get(port, code)
    return kind(
        code,
        f"{what}: {seen}",
        why="a fault was injected into the simulated site",
        remedy="repeat the call" if kind is TemporaryError else CLEAR,
        owner=Owner.PLATFORM,
    )


_ERRORS: Mapping[str, tuple[str, str, type[TemporaryError] | type[PermanentError]]] = {
    "409": ("CONFLICT", "409 conflict: the object has been modified", TemporaryError),
    "429": ("RATE_LIMITED", "429 too many requests", TemporaryError),
    "500": ("API_UNAVAILABLE", "500 internal server error", TemporaryError),
    "timeout": ("NET_UNREACHABLE", f"no answer in {TIMEOUT_SECONDS:.0f} s", TemporaryError),
    "lost": ("NET_UNREACHABLE", "the connection broke before the answer came", TemporaryError),
    "full": ("API_UNAVAILABLE", "no space left on device", TemporaryError),
    "denied": ("AUTH_DENIED", "401 unauthorized", PermanentError),
}
