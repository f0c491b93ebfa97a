"""Durations as people say them."""

from __future__ import annotations

MINUTE = 60
HOUR = 60 * MINUTE


def spoken(seconds: float) -> str:
    """Return a duration in its two largest units: `4 s`, `2 min 5 s`, `1 h 12 min`."""
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
