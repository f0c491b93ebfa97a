"""`./run serve`: a local Prefect server with Bedplate's deployments, as one command.

Two children: the server, and the process that runs flows. They end with this one. Everything is
kept in `prefect` below the home; nothing is asked of another machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from types import FrameType

from bedplate.errors import BadInput, BedplateError, ExitStatus, Owner, PermanentError
from deployments.children import Child
from deployments.cli.errors import block
from deployments.home import Home, find_home
from deployments.prefect_settings import Address, prefect_environment

HOST, PORT = "127.0.0.1", 4200
START_SECONDS = 180
LOOK_SECONDS = 0.3
FORM = "deployments/name/create-cluster/create"


class Stop:
    """The wish to end: of a person at the terminal, or of whoever started this."""

    def __init__(self) -> None:
        self._wished = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._wish)

    def _wish(self, number: int, frame: FrameType | None) -> None:
        self._wished.set()

    def wait(self, seconds: float) -> bool:
        """Wait this long, or until the wish comes; say whether it came."""
        return self._wished.wait(seconds)


class Stopped(Exception):
    """The wish to end came."""


def main(words: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit status."""
    options = _parser().parse_args(words)
    stop = Stop()
    try:
        serve(find_home(), Address(options.host, options.port), stop)
    except Stopped:
        say("Stopped. Runs that were under way are shown as Crashed; Retry goes on with them.")
        return ExitStatus.OK
    except BedplateError as error:
        print(block(error), file=sys.stderr)  # noqa: T201
        return error.exit_status
    return ExitStatus.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run serve", description="Start a local Prefect server with Bedplate's deployments."
    )
    parser.add_argument("--host", default=HOST, help=f"the address to listen at ({HOST})")
    parser.add_argument("--port", type=int, default=PORT, help=f"the port ({PORT})")
    return parser


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)  # noqa: T201


def serve(home: Home, address: Address, stop: Stop) -> None:
    """Start both children and watch them; raises Stopped, or PermanentError where one ends."""
    _require_free(address)
    environment = prefect_environment(home, address)
    logs = home.folder("logs")
    say("Starting Prefect (half a minute) ...")
    with contextlib.ExitStack() as children:
        words = ["prefect", "server", "start"]
        server = _start(children, Child(words, environment, logs / "prefect-server.log"))
        _wait(stop, [server], lambda: _get(address, "health") is True)
        flows = Child(["deployments.served"], environment, logs / "prefect-flows.log")
        running = [server, _start(children, flows)]
        _wait(stop, running, lambda: _status(address) == "READY")
        _tell(home, address)
        _wait(stop, running, lambda: False, None)


def _start(children: contextlib.ExitStack, child: Child) -> Child:
    """The flows, started last, end first: they tell the server what became of their runs."""
    children.callback(child.stop)
    return child


def _wait(
    stop: Stop,
    children: Sequence[Child],
    ready: Callable[[], bool],
    seconds: int | None = START_SECONDS,
) -> None:
    looks = 0
    while not ready():
        if stop.wait(LOOK_SECONDS):
            raise Stopped
        looks += 1
        for child in children:
            if child.status is not None:
                raise _ended(child, f"ended with status {child.status}")
        if seconds is not None and looks * LOOK_SECONDS > seconds:
            raise _ended(children[-1], f"did not answer within {seconds} s")


def _ended(child: Child, how: str) -> PermanentError:
    return PermanentError(
        "PREFECT_ENDED",
        f"a process of Prefect {how}",
        why="the user interface needs both the server and the process that runs flows",
        remedy=f"read the end of {child.log}",
        owner=Owner.PLATFORM,
    )


def _require_free(address: Address) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((address.connectable, address.port)) == 0:
            raise BadInput(
                "PORT_TAKEN",
                f"something listens at {address.url} already",
                why="the server needs the port for itself",
                remedy=f"choose another one: --port {address.port + 1}",
                owner=Owner.PLATFORM,
            )


def _get(address: Address, path: str) -> object:
    """Return what the API says, None while it says nothing."""
    try:
        with urllib.request.urlopen(f"{address.url}/api/{path}", timeout=5) as answer:  # noqa: S310
            return json.load(answer)
    except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError):
        return None


def _deployment(address: Address, field: str) -> str:
    found = _get(address, FORM)
    return str(found.get(field, "")) if isinstance(found, dict) else ""


def _status(address: Address) -> str:
    return _deployment(address, "status")


def _tell(home: Home, address: Address) -> None:
    identity = _deployment(address, "id")
    say(f"""
Prefect is at           {address.url}
Create a cluster here   {address.url}/deployments/deployment/{identity}/run
Sites                   {", ".join(sorted(home.sites()))}
Specifications by name  {home.folder("specs")}
Logs                    {home.folder("logs")}
Ctrl-C ends it.""")


if __name__ == "__main__":
    sys.exit(main())
