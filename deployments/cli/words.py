"""Times, sizes and estimates in words."""

from __future__ import annotations

import time

from deployments.cli.reports import CapacityReport, EstimateReport

MINUTE, HOUR = 60, 3600


def duration(seconds: float | None) -> str:
    """Return a duration as `0.4 s`, `41 s`, `3 min 5 s` or `1 h 4 min`; "" for None."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return _two(whole // MINUTE, "min", whole % MINUTE, "s")
    return _two(whole // HOUR, "h", whole % HOUR // MINUTE, "min")


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large} {unit} {small} {smaller}" if small else f"{large} {unit}"


def moment(at: float | None) -> str:
    """Return Unix seconds as `2026-11-23 20:50:11Z`; "" for None."""
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))


def estimate(found: EstimateReport | None) -> str:
    """Return an estimate in words; it tells what it rests on."""
    if found is None:
        return "unknown, no earlier run at this site took these steps"
    runs = "1 earlier run" if found.samples == 1 else f"{found.samples} earlier runs"
    return f"{duration(found.p50)} (P50), {duration(found.p90)} (P90), from {runs}"


def gib(mib: int) -> str:
    """Return an amount of memory in GiB."""
    return f"{mib / 1024:g} GiB"


def capacity(found: CapacityReport) -> str:
    """Return what machines take together."""
    return (
        f"{found.machines} machines, {found.cpus} CPUs,"
        f" {gib(found.memory_mib)} of memory, {found.disk_gib} GiB of disk"
    )
