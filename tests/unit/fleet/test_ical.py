"""Calendars: what is read, and what is refused with its line."""

import pytest

from bedplate.errors import BadInput
from bedplate.fleet.ical import read


def calendar(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])


def only(*lines):
    (found,) = read(calendar(*lines), "freeze.ics")
    return found.start, found.end


def test_whole_days_are_each_cluster_s_own():
    lines = ("DTSTART;VALUE=DATE:20261220", "DTEND;VALUE=DATE:20261223")

    assert only(*lines) == ("2026-12-20T00:00:00", "2026-12-23T00:00:00")


def test_a_day_without_an_end_is_one_day():
    assert only("DTSTART;VALUE=DATE:20261220")[1] == "2026-12-21T00:00:00"


def test_a_time_in_a_zone_is_one_moment():
    lines = ("DTSTART;TZID=Europe/Vienna:20260701T200000", "DURATION:P1DT2H")

    assert only(*lines) == ("2026-07-01T18:00:00+00:00", "2026-07-02T20:00:00+00:00")


def test_folded_lines_are_put_together():
    text = calendar("SUMMARY:change", " freeze", "DTSTART:20261220T000000Z", "DURATION:PT1H")

    assert read(text, "freeze.ics")[0].why == "changefreeze"


def test_what_was_cancelled_closes_nothing():
    assert read(calendar("DTSTART:20261220T000000Z", "STATUS:CANCELLED"), "freeze.ics") == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("DTSTART:20261220T000000Z", "RRULE:FREQ=YEARLY"), "freeze.ics:4: RRULE"),
        (("DTSTART;TZID=Custom:20261220T000000",), "freeze.ics:3: 'Custom'"),
        (("DTSTART:20261320",), "freeze.ics:3: '20261320' is not a time"),
        (("SUMMARY:no start",), "freeze.ics:4: an event without a start"),
        (("DTSTART:20261220T000000Z", "DTEND:20261219T000000Z"), "ends before it begins"),
        (("DTSTART:20261220T000000Z", "DURATION:soon"), "'soon' is not a duration"),
        (("no line of a calendar",), "freeze.ics:3:"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(lines, said):
    with pytest.raises(BadInput, match="CALENDAR_INVALID") as refused:
        read(calendar(*lines), "freeze.ics")
    assert said in refused.value.seen


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n"])
def test_what_is_no_whole_calendar_is_refused(text):
    with pytest.raises(BadInput):
        read(text, "freeze.ics")
