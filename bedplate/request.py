"""What a door asks the domain for."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.engine.operation import Operation
from bedplate.spec import ClusterSpec


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for: an operation on the cluster that a specification describes.

    `first` and `last` limit the steps; `skipped` names preflight checks that are not made, `backup`
    the one to put back (empty: the open run's), `bundle` the digest that the bundle must have
    (empty: whichever it has). What `takes_back` asks for is the abort of the open
    run, whatever specification is given. `requested_by` is recorded as told, and so is `rest`, the
    specification for which this is only a part of the way: a resume knows what comes after.
    """

    operation: Operation
    spec_text: str
    spec: ClusterSpec
    requested_by: str = ""
    first: str | None = None
    last: str | None = None
    skipped: frozenset[str] = frozenset()
    takes_back: bool = False
    rest: str = ""
    backup: str = ""
    bundle: str = ""
