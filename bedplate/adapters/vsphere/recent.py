"""The tasks that a vCenter remembers, read in two calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bedplate.adapters.vsphere.api import vim
from bedplate.adapters.vsphere.properties import Row, read_these
from bedplate.ports.vcenter import VCenterTask

# One by one: what a task was about need be no entity, which the whole of its information denies.
ABOUT = tuple(
    f"info.{name}"
    for name in (
        "descriptionId", "entityName", "state", "reason", "queueTime", "completeTime", "error",
    )
)  # fmt: skip


def recent(content: vim.ServiceInstanceContent) -> Sequence[VCenterTask]:
    """Return the recent tasks, the newest last."""
    managers = read_these(content, [content.taskManager], ["recentTask"])
    tasks = managers[0].get("recentTask", []) if managers else []
    found = [_task(row) for row in read_these(content, tasks, ABOUT)]
    return sorted(found, key=lambda task: task.queued_at)


def _task(row: Row) -> VCenterTask:
    fault = row.get("info.error")
    return VCenterTask(
        name=str(row.get("info.descriptionId", "")),
        target=str(row.get("info.entityName", "")),
        state=str(row.get("info.state", "")),
        user=str(getattr(row.get("info.reason"), "userName", "") or ""),
        queued_at=_seconds(row.get("info.queueTime")) or 0.0,
        ended_at=_seconds(row.get("info.completeTime")),
        error=str(getattr(fault, "localizedMessage", "") or "") if fault is not None else "",
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
