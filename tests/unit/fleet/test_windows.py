"""Windows in real time zones, over the days on which clocks are changed."""

from datetime import UTC, datetime

from bedplate.fleet.ical import Busy
from bedplate.fleet.windows import Calendar
from tests.unit.fleet.fleets import campaign

VIENNA = "Europe/Vienna"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def calendar(*windows, blackouts=(), busy=()):
    return Calendar.of(campaign(windows=windows, blackouts=blackouts).spec, busy)


def opening(found, zone, now):
    """The opening at or after a moment, as texts in UTC."""
    one = found.opening(zone, at(now))
    return [datetime.fromtimestamp(t, UTC).strftime("%m-%d %H:%M") for t in (one.start, one.end)]


NIGHT = {"start": "22:00", "duration": "5h"}


def test_a_window_lasts_as_long_on_the_night_the_clocks_go_forward():
    found = calendar(NIGHT)

    assert opening(found, VIENNA, "2026-03-28T20:00") == ["03-28 21:00", "03-29 02:00"]
    assert opening(found, VIENNA, "2026-03-29T12:00") == ["03-29 20:00", "03-30 01:00"]


def test_a_window_lasts_as_long_on_the_night_the_clocks_go_back():
    assert opening(calendar(NIGHT), VIENNA, "2026-10-24T18:00") == ["10-24 20:00", "10-25 01:00"]


def test_a_start_that_the_clocks_skip_comes_when_they_have_moved_on():
    early = {"start": "02:30", "duration": "1h"}

    assert opening(calendar(early), VIENNA, "2026-03-28T12:00") == ["03-29 01:30", "03-29 02:30"]


def test_a_start_that_the_clocks_pass_twice_is_the_first_of_the_two():
    early = {"start": "02:30", "duration": "1h"}

    assert opening(calendar(early), VIENNA, "2026-10-24T12:00") == ["10-25 00:30", "10-25 01:30"]


def test_a_window_of_a_zone_is_the_same_moment_for_every_cluster():
    found = calendar(NIGHT | {"timeZone": "UTC"})

    assert opening(found, VIENNA, "2026-06-01T12:00") == ["06-01 22:00", "06-02 03:00"]


def test_a_window_belongs_to_the_day_on_which_it_begins():
    found = calendar(NIGHT | {"days": ["Tue"]})

    assert opening(found, "UTC", "2026-01-07T01:00") == ["01-06 22:00", "01-07 03:00"]
    assert opening(found, "UTC", "2026-01-07T03:00") == ["01-13 22:00", "01-14 03:00"]


def test_windows_that_touch_are_one():
    found = calendar(NIGHT, {"start": "03:00", "duration": "2h"})

    assert opening(found, "UTC", "2026-01-06T23:00") == ["01-06 22:00", "01-07 05:00"]


def test_a_blackout_is_told_by_the_cluster_s_own_clock():
    found = calendar(NIGHT, blackouts=[{"from": "2026-01-07", "why": "stock-taking"}])

    assert opening(found, VIENNA, "2026-01-06T12:00") == ["01-06 21:00", "01-06 23:00"]
    assert opening(found, VIENNA, "2026-01-06T23:30") == ["01-07 23:00", "01-08 02:00"]
    assert found.why_closed(VIENNA, at("2026-01-07T12:00")) == "stock-taking"


def test_a_blackout_in_the_middle_leaves_both_sides():
    busy = (Busy("2026-01-06T23:00:00+00:00", "2026-01-07T01:00:00+00:00", "network"),)
    found = calendar(NIGHT, busy=busy)

    assert opening(found, "UTC", "2026-01-06T22:30") == ["01-06 22:00", "01-06 23:00"]
    assert opening(found, "UTC", "2026-01-06T23:30") == ["01-07 01:00", "01-07 03:00"]


def test_without_windows_only_blackouts_close():
    found = calendar(blackouts=[{"from": "2026-01-07", "to": "2026-01-08"}])

    assert found.opening("UTC", at("2026-01-06T12:00")).end == at("2026-01-07T00:00")
    assert found.opening("UTC", at("2026-01-08T12:00")).start == at("2026-01-09T00:00")
