"""How long steps take, from the attempts that the journal holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bedplate.engine.operation import Operation


@dataclass(frozen=True, slots=True)
class Estimate:
    """The median and the 90th percentile, in site seconds, over `samples` earlier attempts."""

    p50: float
    p90: float
    samples: int


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie, interpolated; values not empty."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def estimate_step(values: Sequence[float]) -> Estimate | None:
    """Return a step's estimate, None where it was never done."""
    if not values:
        return None
    return Estimate(quantile(values, 0.5), quantile(values, 0.9), len(values))


def estimate_operation(
    operation: Operation, durations: Mapping[str, Sequence[float]], todo: Sequence[str]
) -> Estimate | None:
    """Return the time along the longest chain of the steps in `todo`; None without any record."""
    known = {name: e for name in todo if (e := estimate_step(durations.get(name, ())))}
    if not known:
        return None
    return Estimate(
        _longest(operation, {name: e.p50 for name, e in known.items()}),
        _longest(operation, {name: e.p90 for name, e in known.items()}),
        min(e.samples for e in known.values()),
    )


def _longest(operation: Operation, seconds: Mapping[str, float]) -> float:
    ends: dict[str, float] = {}
    for step in operation.steps:
        begins = max((ends[before] for before in step.after), default=0.0)
        ends[step.name] = begins + seconds.get(step.name, 0.0)
    return max(ends.values(), default=0.0)
