"""Drift: what differs between specification, journal, Cluster API and vCenter. Changes nothing.

`look` reads the world once; the comparisons are pure functions of what was seen, one file for each
sort of finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedplate.drift.changed import changed_objects
from bedplate.drift.finding import Comparison, Drift, Sort, Unseen
from bedplate.drift.missing import missing_objects, vanished_machines
from bedplate.drift.paused import paused_objects, stopped_controllers
from bedplate.drift.seen import Infrastructure, Managed, Seen
from bedplate.drift.templates import changed_templates, gone_templates
from bedplate.drift.unasked import unasked_groups, unasked_machines
from bedplate.drift.unfinished import bootstrap_left, unfinished_runs
from bedplate.drift.unowned import unowned_machines, unowned_nodes
from bedplate.drift.versions import foreign_upgrades

COMPARISONS: tuple[Callable[[Seen], Iterator[Drift]], ...] = (
    unfinished_runs,
    bootstrap_left,
    missing_objects,
    vanished_machines,
    foreign_upgrades,
    changed_objects,
    changed_templates,
    gone_templates,
    unasked_groups,
    unasked_machines,
    unowned_machines,
    unowned_nodes,
    paused_objects,
    stopped_controllers,
)


def compare(seen: Seen) -> tuple[Drift, ...]:
    """Return every difference, in the order of the table above."""
    return tuple(drift for comparison in COMPARISONS for drift in comparison(seen))


__all__ = [
    "COMPARISONS",
    "Comparison",
    "Drift",
    "Infrastructure",
    "Managed",
    "Seen",
    "Sort",
    "Unseen",
    "compare",
]
