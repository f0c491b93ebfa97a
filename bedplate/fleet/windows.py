"""When work may be done: windows minus blackouts, in real time zones.

A window's start is told by the clock on the wall, its duration is elapsed time. A start that the
clocks skip in spring comes when they have moved on; one that they pass twice in autumn is the
first of the two (as RFC 5545 has it). Moments are Unix seconds; an opening's end is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bedplate.fleet.campaign import CLUSTER_ZONE, CampaignSettings, Window, duration
from bedplate.fleet.ical import Busy

HORIZON = timedelta(days=400)
"""How far ahead an opening is looked for: a year, and the windows at its end."""


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """A stretch of time in which work may be done."""

    start: float
    end: float

    def contains(self, now: float) -> bool:
        """Tell whether a moment is in it."""
        return self.start <= now < self.end


ALWAYS = Opening(-math.inf, math.inf)


@dataclass(frozen=True, eq=False)
class Calendar:
    """The windows and the blackouts of a campaign."""

    windows: tuple[Window, ...]
    busy: tuple[Busy, ...]

    @classmethod
    def of(cls, settings: CampaignSettings, more: Iterable[Busy] = ()) -> Calendar:
        """Return the calendar of a campaign: its dates, and what its iCal files say."""
        dates = (
            Busy(
                f"{one.from_}T00:00:00",
                (datetime.fromisoformat(one.to or one.from_) + timedelta(days=1)).isoformat(),
                one.why,
            )
            for one in settings.blackouts
            if not one.calendar
        )
        return cls(settings.windows, (*dates, *more))

    def opening(self, zone: str, now: float) -> Opening | None:
        """Return the opening that `now` is in, else the next; None where none comes in a year.

        `zone` is the cluster's own time zone, in which some windows and whole days are told.
        """
        for found in _openings(self, zone, _day_before(now)):
            if found.end > now:
                return found
        return None

    def why_closed(self, zone: str, now: float) -> str:
        """Return what keeps everything from happening now: a blackout's reason, or nothing."""
        for one in self.busy:
            if _stretch(one, zone).contains(now):
                return one.why or "blackout"
        return ""

    def longest(self, zone: str, now: float) -> float:
        """Return the seconds of the longest opening of the four weeks to come, 0 without one."""
        until = now + timedelta(weeks=4).total_seconds()
        longest = 0.0
        for found in _openings(self, zone, _day_before(now)):
            if found.start > until:
                break
            longest = max(longest, found.end - max(found.start, now))
        return longest


def _day_before(now: float) -> date:
    # Whatever the zone, and although a window of the day before may still be open.
    return (datetime.fromtimestamp(now, UTC) - timedelta(days=2)).date()


@lru_cache(maxsize=256)
def _openings(calendar: Calendar, zone: str, since: date) -> tuple[Opening, ...]:
    """Return the openings from a day on, in order, none touching another."""
    stretches = [_stretch(one, zone) for one in calendar.busy]
    if not calendar.windows:
        return tuple(_without([ALWAYS], stretches))
    days = [since + timedelta(days=ahead) for ahead in range(HORIZON.days)]
    begun = [
        _window_on(window, day, zone)
        for window in calendar.windows
        for day in days
        if not window.days or day.weekday() in {one.weekday for one in window.days}
    ]
    return tuple(_without(_merged(begun), stretches))


def _window_on(window: Window, day: date, zone: str) -> Opening:
    named = zone if window.time_zone == CLUSTER_ZONE else window.time_zone
    local = datetime.combine(day, time.fromisoformat(window.start), ZoneInfo(named))
    start = local.timestamp()
    return Opening(start, start + duration(window.duration))


def _stretch(busy: Busy, zone: str) -> Opening:
    ends = (_moment(text, zone) for text in (busy.start, busy.end))
    return Opening(*ends)


def _moment(text: str, zone: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()


def _merged(openings: Iterable[Opening]) -> Iterator[Opening]:
    """Yield openings with those joined that overlap or follow at once."""
    current: Opening | None = None
    for one in sorted(openings):
        if current is None or one.start > current.end:
            if current is not None:
                yield current
            current = one
        else:
            current = Opening(current.start, max(current.end, one.end))
    if current is not None:
        yield current


def _without(openings: Iterable[Opening], busy: Sequence[Opening]) -> Iterator[Opening]:
    """Yield what blackouts leave of openings."""
    stretches = list(_merged(busy))
    for one in openings:
        start = one.start
        for taken in stretches:
            if taken.end <= start or taken.start >= one.end:
                continue
            if taken.start > start:
                yield Opening(start, taken.start)
            start = max(start, taken.end)
        if start < one.end:
            yield Opening(start, one.end)
