"""Reading a campaign: a checked Campaign with its calendars, or every problem with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bedplate.errors import BadInput, SpecError
from bedplate.fleet import ical
from bedplate.fleet.campaign import KIND, Campaign
from bedplate.fleet.ical import Busy
from bedplate.fleet.rules import broken_rules
from bedplate.spec.decode import Decoded, decode
from bedplate.spec.findings import Finding, Mark, Trouble, around, nearest
from bedplate.spec.loading import read_file, report
from bedplate.spec.nodes import Node, Scalar, Table, Unreadable, parse

ReadCalendar = Callable[[str], str]
"""Returns the text of a calendar that a campaign names; raises BadInput where it cannot."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A campaign, and what its calendars say of times when nothing may happen."""

    campaign: Campaign
    busy: tuple[Busy, ...]


def load_campaign_file(path: Path) -> Loaded:
    """Read the campaign in a file; its calendars lie beside it.

    Raises:
        BadInput: a file cannot be read.
        SpecError: the campaign is wrong; holds every problem with its place.
    """
    return load_campaign(read_file(path), str(path), lambda name: read_file(path.parent / name))


def load_campaign(text: str, name: str, read_calendar: ReadCalendar) -> Loaded:
    """Read and check a campaign; `name` stands for the file in problems.

    Raises:
        SpecError: the campaign is wrong; holds every problem with its place.
    """
    try:
        documents, wrong = parse(text)
    except Unreadable as error:
        raise SpecError(report(name, [error.trouble])) from None
    troubles = list(wrong)
    table = _only_table(documents, troubles)
    if table is None:
        raise SpecError(report(name, troubles))
    read = decode(Campaign, table, KIND, strict=True)
    troubles += read.troubles
    troubles += _broken_rules(read)
    busy = _busy(read, read_calendar, troubles)
    if troubles:
        raise SpecError(report(name, troubles))
    return Loaded(read.model, busy)


def _only_table(documents: tuple[Node, ...], troubles: list[Trouble]) -> Table | None:
    written = [one for one in documents if not (isinstance(one, Scalar) and one.value is None)]
    table = written[0] if len(written) == 1 else None
    if not isinstance(table, Table):
        mark = written[0].mark if written else Mark()
        said = "a campaign is one document, a table of fields"
        troubles.append(Trouble(mark, Finding("", said, "apiVersion, kind, metadata and spec")))
        return None
    entry = table.get("kind")
    kind = entry.value.as_text if entry and isinstance(entry.value, Scalar) else ""
    if kind != KIND:
        mark = entry.value.mark if entry else table.mark
        said = f"{kind!r} is written here" if kind else "is missing"
        troubles.append(Trouble(mark, Finding("kind", said, KIND)))
        return None
    return table


def _broken_rules(read: Decoded[Campaign]) -> list[Trouble]:
    """Return what the rules find, except about fields that could not be read."""
    known = {trouble.finding.field for trouble in read.troubles}
    found: list[Trouble] = []
    for finding in broken_rules(read.model):
        field = f"{KIND}.{finding.field}"
        if known.isdisjoint(around(field)):
            at = Finding(field, finding.message, finding.expected)
            found.append(Trouble(nearest(read.marks, field), at))
    return found


def _busy(
    read: Decoded[Campaign], read_calendar: ReadCalendar, troubles: list[Trouble]
) -> tuple[Busy, ...]:
    """Return what every calendar says; what is wrong in one is told where it is named."""
    found: list[Busy] = []
    for number, blackout in enumerate(read.model.spec.blackouts):
        if not blackout.calendar:
            continue
        field = f"{KIND}.spec.blackouts[{number}].calendar"
        try:
            found += ical.read(read_calendar(blackout.calendar), blackout.calendar)
        except BadInput as error:
            troubles.append(Trouble(nearest(read.marks, field), Finding(field, error.seen)))
    return tuple(found)
