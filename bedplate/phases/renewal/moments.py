"""The moment of a renewal: machines made before it are replaced, those made since are not.

It is chosen once and journalled before anything follows from it, so that a resume never replaces a
machine twice. A run that has chosen none yet finds nothing to do where all machines are new enough:
whoever types the command again at once gets no second rollout.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bedplate.capi import objects
from bedplate.ports.kube import Manifest
from bedplate.ports.tools import Tools

FRESH_SECONDS = 86_400.0  # of the year that kubeadm's certificates are good for
MOMENT = "renew-after"


def choose_moment(tools: Tools) -> str:
    """Return this run's moment, journalled before anybody acts on it."""
    return tools.notes.choose(MOMENT, lambda: _written(tools.ports.clock.now()))


def chosen_moment(tools: Tools) -> str:
    """Return this run's moment, "" before it is chosen."""
    found = tools.notes.find(MOMENT)
    return found if isinstance(found, str) else ""


def moment_that_counts(tools: Tools) -> str:
    """Return this run's moment, or the one since which certificates are new enough."""
    return chosen_moment(tools) or _written(tools.ports.clock.now() - FRESH_SECONDS)


def made_before(machines: Sequence[Manifest], moment: str) -> tuple[str, ...]:
    """Return the names of the machines that were made before a moment."""
    limit = datetime.fromisoformat(moment)
    return tuple(objects.name(one) for one in machines if _made_at(one) < limit)


def _made_at(machine: Manifest) -> datetime:
    return datetime.fromisoformat(objects.text(machine, "metadata", "creationTimestamp"))


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
