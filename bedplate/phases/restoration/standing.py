"""How a cluster stands with its backups: the newest one that is whole, and how old it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedplate.drift.finding import Unseen
from bedplate.phases.restoration.listing import ListedBackup

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class BackupStanding:
    """The backups of one cluster, the newest first, looked at `now` (the site's Unix seconds)."""

    cluster: str
    now: float
    backups: Sequence[ListedBackup]
    unseen: tuple[Unseen, ...] = ()

    @property
    def damaged(self) -> tuple[ListedBackup, ...]:
        """Those that cannot be put back as they are."""
        return tuple(one for one in self.backups if one.damage)

    @property
    def whole(self) -> ListedBackup | None:
        """The newest that can be put back, or None."""
        return next((one for one in self.backups if not one.damage), None)

    @property
    def age_days(self) -> int | None:
        """The whole days since the newest whole backup was taken; None without one."""
        taken = self.whole.taken_at if self.whole is not None else None
        return int((self.now - taken) // DAY) if taken is not None else None

    def lacking(self, days: int) -> str:
        """Return what this cluster lacks when a whole backup may be so many days old, or ""."""
        if self.unseen:
            return ""
        if not self.backups:
            return "no backup"
        age = self.age_days
        if age is None:
            return "no whole backup"
        return f"the newest whole backup is {age} days old" if age >= days else ""
