"""A small, strict reader of iCal files (RFC 5545): the events of a change freeze.

What it does not know (recurrence, time zones defined in the file) it refuses: a freeze that is read
wrongly is worse than one that has to be written down plainly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bedplate.errors import BadInput, Owner
from bedplate.fleet.rules import is_zone

_PROPERTY = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)')
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=(?:"([^"]*)"|([^";:,]*))')
_LENGTH = re.compile(r"\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_RECURS = frozenset({"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})


@dataclass(frozen=True, slots=True)
class Busy:
    """A time when nothing may happen.

    `start` and `end` (which is not part of it) are ISO 8601: with an offset they are the same
    moment everywhere, without one they are told by each cluster's own clock.
    """

    start: str
    end: str
    why: str


@dataclass(frozen=True, slots=True)
class _Line:
    """One content line, unfolded."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str


def read(text: str, file: str) -> tuple[Busy, ...]:
    """Return the events of a calendar that are not cancelled; raises BadInput CALENDAR_INVALID."""
    return _Reader(file).events(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Knows the file's name, for what is wrong in it."""

    file: str

    def events(self, text: str) -> tuple[Busy, ...]:
        lines = list(self._lines(text))
        if not lines or (lines[0].name, lines[0].value.upper()) != ("BEGIN", "VCALENDAR"):
            raise self._wrong(1, "this is no calendar", "it begins with BEGIN:VCALENDAR")
        found: list[Busy] = []
        inside: list[str] = []
        event: dict[str, _Line] = {}
        for line in lines:
            if line.name == "BEGIN":
                inside.append(line.value.upper())
                event = {} if inside[-1] == "VEVENT" else event
            elif line.name == "END":
                if not inside or inside.pop() != line.value.upper():
                    raise self._wrong(line.number, f"END:{line.value} closes nothing", "its BEGIN")
                found += self._event(event, line) if line.value.upper() == "VEVENT" else ()
            elif inside[-1:] == ["VEVENT"]:
                event.setdefault(line.name, line)
        if inside:
            raise self._wrong(lines[-1].number, f"{inside[-1]} does not end", f"END:{inside[-1]}")
        return tuple(found)

    def _lines(self, text: str) -> Iterator[_Line]:
        """Yield content lines; one that begins with a space goes on with the one before."""
        folded: list[tuple[int, str]] = []
        for number, raw in enumerate(text.splitlines(), 1):
            if raw[:1] in (" ", "\t") and folded:
                folded[-1] = (folded[-1][0], folded[-1][1] + raw[1:])
            elif raw.strip():
                folded.append((number, raw))
        for number, whole in folded:
            found = _PROPERTY.fullmatch(whole)
            if found is None:
                raise self._wrong(number, f"{whole[:40]!r} is no line of a calendar", "NAME:value")
            pairs = _PARAMETER.findall(found[2])
            parameters = {name.upper(): quoted or plain for name, quoted, plain in pairs}
            yield _Line(number, found[1].upper(), parameters, found[3].strip())

    def _event(self, event: dict[str, _Line], end: _Line) -> tuple[Busy, ...]:
        for name in sorted(_RECURS & event.keys()):
            hint = "an event of its own for each time"
            raise self._wrong(event[name].number, f"{name}: events that recur are not read", hint)
        status = event.get("STATUS")
        if status is not None and status.value.upper() == "CANCELLED":
            return ()
        if "DTSTART" not in event:
            raise self._wrong(end.number, "an event without a start", "DTSTART")
        first = self._moment(event["DTSTART"])
        last = self._end(event, first)
        if _comparable(last) <= _comparable(first):
            raise self._wrong(end.number, "an event that ends before it begins", "a later DTEND")
        summary = event.get("SUMMARY")
        return (Busy(first.isoformat(), last.isoformat(), summary.value if summary else ""),)

    def _end(self, event: dict[str, _Line], first: datetime) -> datetime:
        if "DTEND" in event:
            last = self._moment(event["DTEND"])
            if (last.tzinfo is None) != (first.tzinfo is None):
                line = event["DTEND"].number
                raise self._wrong(line, "start and end are of different kinds", "the same kind")
            return last
        if "DURATION" in event:
            return first + self._length(event["DURATION"])
        is_day = len(event["DTSTART"].value) == len("20261220")
        return first + timedelta(days=1) if is_day else first

    def _moment(self, line: _Line) -> datetime:
        """Return a moment: in UTC where the file says which, else by whoever's clock it is."""
        text, zone = line.value, line.parameters.get("TZID", "")
        try:
            if len(text) == len("20261220"):
                day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
                return datetime(day.year, day.month, day.day)  # noqa: DTZ001 (each cluster's own)
            if text.endswith("Z"):
                return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            local = datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007
        except ValueError:
            hint = "20261220, 20261220T180000 or 20261220T180000Z"
            raise self._wrong(line.number, f"{text!r} is not a time", hint) from None
        if not zone:
            return local
        if not is_zone(zone):
            hint = "an IANA name such as Europe/Vienna"
            raise self._wrong(line.number, f"{zone!r} is not a known time zone", hint)
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    def _length(self, line: _Line) -> timedelta:
        found = _LENGTH.fullmatch(line.value)
        if found is None or not any(found.groups()):
            raise self._wrong(line.number, f"{line.value!r} is not a duration", "such as P1D")
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)

    def _wrong(self, line: int, seen: str, expected: str) -> BadInput:
        return BadInput(
            "CALENDAR_INVALID",
            f"{self.file}:{line}: {seen} (expected: {expected})",
            why="a freeze that is read wrongly would let an upgrade begin in it",
            remedy="correct the calendar, or write the dates into the campaign",
            owner=Owner.PLATFORM,
        )


def _comparable(moment: datetime) -> float:
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
