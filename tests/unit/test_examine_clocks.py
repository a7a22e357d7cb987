"""Clocks and zones of the two systems, held against ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncsvc.engine.examine.clocks import Told, date_header, examine_clocks, examine_zone

NOW = datetime(2026, 7, 4, 12, tzinfo=UTC)


def _told(label: str, ahead: timedelta) -> Told:
    return Told(label, "“Date”", NOW + ahead, NOW)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, "fine"), (120, "fine"), (-120, "fine"), (121, "warning"), (-600, "warning"), (601, "error"), (-7200, "error")],
)
def test_two_minutes_are_borne_and_ten_are_too_many(seconds: int, verdict: str) -> None:
    (found,) = examine_clocks([_told("C2", timedelta(seconds=seconds))])

    assert found.verdict == verdict
    assert bool(found.change) == (verdict != "fine")


def test_which_clock_is_wrong_is_said_where_it_can_be_known() -> None:
    alike = examine_clocks([_told("C2", timedelta(minutes=7)), _told("Hector", timedelta(minutes=8))])
    one = examine_clocks([_told("C2", timedelta(minutes=7)), _told("Hector", timedelta())])

    assert all("this machine's clock alike" in found.change for found in alike)
    assert "C2's is wrong" in one[0].change
    assert one[1].verdict == "fine"


def test_whole_hours_are_told_from_a_clock_that_runs_slow() -> None:
    (hours,) = examine_clocks([_told("C2", timedelta(hours=-4, seconds=20))])
    (slow,) = examine_clocks([_told("C2", timedelta(minutes=-14))])

    assert "local time" in hours.change
    assert "4.0 h behind ours" in hours.came
    assert "local time" not in slow.change


def test_the_zone_of_a_server_is_compared_with_that_of_the_day() -> None:
    winter = datetime(2026, 1, 4, 12, tzinfo=UTC)

    assert examine_zone(timedelta(hours=-4), "America/Toronto", NOW) is None
    assert examine_zone(timedelta(hours=-5), "America/Toronto", winter) is None
    found = examine_zone(timedelta(hours=-7), "America/Toronto", NOW)
    assert found is not None
    assert (found.came, found.expected) == ("C2's server is -07:00 from UTC", "-04:00, as America/Toronto is today")
    assert "SYNCSVC_C2__TIME_ZONE" in found.change


@pytest.mark.parametrize("text", [None, "", "yesterday", "Sat, 99 Jul 2026 12:00:00 GMT"])
def test_what_is_no_date_tells_no_time(text: str | None) -> None:
    assert date_header(text) is None


def test_a_date_header_is_read() -> None:
    assert date_header("Sat, 04 Jul 2026 12:00:00 GMT") == NOW
