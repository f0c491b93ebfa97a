"""Takes one delivery and works it off, and is killed at a chosen line.

`python -m tests.gateway.victim HOME SPEC SITE`, with Prefect's address in the environment. Forks a
child for each line of standard input, which is JSON: `ticket`, `cluster`, `ahead` (seconds that the
clock is ahead) and `kill`, the number of the line of the gateway's own code before which SIGKILL
comes, or null. One JSON line is answered for each:
the signal that ended the child, and how many lines it ran.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from deployments.catalog import entries
from deployments.gateway import worker
from deployments.gateway.delivery import Delivery
from deployments.gateway.serving import open_desk
from deployments.home import Home
from tests.gateway.gate import ENVIRONMENT, Clock, intent, signed

OURS = str(Path(worker.__file__).parent)
STEPS = 4
# Longer than a claim: what a killed process had in hand is free again.
LATER = 61.0


def act(home: Path, spec: str, site: str, order: dict[str, Any]) -> None:
    """Send the delivery and let the worker do what is due, a minute at a time."""
    clock = Clock(order["ahead"])
    made = open_desk(Home(home), ENVIRONMENT, clock)
    wish = {"ticket": order["ticket"], "cluster": order["cluster"], "site": site}
    body = json.dumps(intent(spec=spec.replace("w01", order["cluster"]), **wish)).encode()
    headers = signed(body, identity=f"msg_{order['ticket']}", at=clock())
    made.reception.receive("portal", Delivery(body, headers, "127.0.0.1"))
    for _ in range(STEPS):
        # The intents of earlier cases are looked at too, some of them first.
        while made.worker.step():
            pass
        clock.ahead += LATER


class Lines:
    """Counts the lines of the gateway's code that run, and kills at one."""

    def __init__(self, kill: int | None) -> None:
        self.kill, self.ran = kill, 0

    def trace(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            if self.ran == self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            self.ran += 1
        return self.trace


def in_child(work: Callable[[], None], kill: int | None) -> dict[str, object]:
    """Run `work` in a forked child, and kill it at a line."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        lines = Lines(kill)
        sys.settrace(lines.trace)
        try:
            work()
            said = str(lines.ran)
        except BaseException:  # noqa: BLE001 - the child must not fall into the parent's loop
            said = traceback.format_exc()
        sys.settrace(None)
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    return {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "said": said}


def main(arguments: list[str]) -> None:
    home, spec, site = Path(arguments[0]), Path(arguments[1]).read_text(), arguments[2]
    for entry in entries():
        entry.flow()  # imported once, not in each child
    for line in sys.stdin:
        order = json.loads(line)
        answer = in_child(partial(act, home, spec, site, order), order["kill"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
