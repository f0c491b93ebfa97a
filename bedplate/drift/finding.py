"""What a comparison finds: one difference between what was asked for and what there is."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bedplate.errors import Owner


class Sort(enum.StrEnum):
    """The sorts of differences; scripts may match on them."""

    RUN_UNFINISHED = "run-unfinished"
    BOOTSTRAP_LEFT = "bootstrap-left"
    MISSING = "missing"
    CHANGED = "changed"
    TEMPLATE_CHANGED = "template-changed"
    TEMPLATE_GONE = "template-gone"
    FOREIGN_UPGRADE = "foreign-upgrade"
    UNASKED = "unasked"
    VM_UNOWNED = "vm-unowned"
    VM_GONE = "vm-gone"
    NODE_UNOWNED = "node-unowned"
    PAUSED = "paused"
    STOPPED = "controller-stopped"


WHY: Mapping[Sort, str] = {
    Sort.RUN_UNFINISHED: "an operation stands half done, and nobody goes on with it by itself",
    Sort.BOOTSTRAP_LEFT: "its controllers may still act on machines that are no longer theirs",
    Sort.MISSING: "nobody repairs, scales or replaces what no object asks for",
    Sort.CHANGED: "the cluster is not what its specification says, and the next operation sets"
    " the field back, which may replace machines",
    Sort.TEMPLATE_CHANGED: "the next machine is made otherwise than the specification says",
    Sort.TEMPLATE_GONE: "the next machine cannot be made: no repair, no scaling, no upgrade",
    Sort.FOREIGN_UPGRADE: "somebody else upgrades this cluster; two who do so undo each other's"
    " work",
    Sort.UNASKED: "they take room and addresses, and no specification knows them",
    Sort.VM_UNOWNED: "no controller knows it: it takes room and an address for ever, and may"
    " still be a member of the cluster",
    Sort.VM_GONE: "its machine will never come back by itself",
    Sort.NODE_UNOWNED: "work is scheduled on a node that no controller repairs or upgrades",
    Sort.PAUSED: "while it is paused nothing is repaired, scaled or upgraded",
    Sort.STOPPED: "nobody acts on the objects that this controller looks after",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: on what, what was seen, what to do next, who can do it.

    Texts hold no secrets: values are shown for plain settings only. `why` follows from the sort.
    """

    sort: Sort
    target: str
    seen: str
    remedy: str
    owner: Owner = Owner.PLATFORM

    @property
    def why(self) -> str:
        """Why it matters."""
        return WHY[self.sort]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part that could not be compared, and why not; `failed` where the look itself failed."""

    part: str
    code: str
    seen: str
    remedy: str
    failed: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a look at one cluster came to; `basis` says in words what it was compared with."""

    cluster: str
    site: str
    basis: str
    drifts: tuple[Drift, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether a part could not be looked at."""
        return any(part.failed for part in self.unseen)
