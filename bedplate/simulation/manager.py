"""Time passing: each API server's controllers run when something of theirs is due, in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from bedplate.ports.kube import Reach
from bedplate.simulation import apis
from bedplate.simulation.controllers import CONTROLLERS
from bedplate.simulation.controllers.context import Context
from bedplate.simulation.store import Tx

Transaction = Callable[[], AbstractContextManager[Tx]]

# Controllers settle within a few passes; one that never does is looked at again a second later.
PASSES = 50
AGAIN_SECONDS = 1.0


def advance(transaction: Transaction, until: float) -> None:
    """Let time pass until `until`: one transaction for each moment at which something happens."""
    while True:
        with transaction() as tx:
            due = tx.one("SELECT id, due FROM apis WHERE due <= ? ORDER BY due, id LIMIT 1", until)
            if due is None:
                tx.pass_to(until)
                return
            tx.pass_to(due[1])
            reconcile(tx, due[0])


def reconcile(tx: Tx, api: str) -> None:
    """Run the controllers of an API server until none of them changes anything."""
    tx.run("UPDATE apis SET due = NULL WHERE id = ?", api)
    context = Context(tx, api)
    for _ in range(PASSES):
        if apis.reach(tx, api) is not Reach.ANSWERS:
            apis.wake_when_ready(tx, api)
            return
        before = context.changes
        for controller in CONTROLLERS:
            controller(context)
        if context.changes == before:
            break
    else:
        context.wake(context.now + AGAIN_SECONDS)
    if context.next_due is not None:
        apis.wake(tx, api, context.next_due)
