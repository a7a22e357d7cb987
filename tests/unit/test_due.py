"""When a nightly run is due, over whole years, and which due time is still owed a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from syncsvc.domain.rules import Schedule
from syncsvc.scheduler.due import GRACE, MOST_NIGHTS, Owed, last_due, next_due, nights_without_run, owed, since_moved

ZONES = ["America/Toronto", "Europe/Paris", "America/St_Johns", "UTC", "Australia/Lord_Howe"]
TIMES = ["01:30", "02:30", "00:00", "21:00"]


def due_in(year: int, schedule: Schedule) -> list[datetime]:
    found = []
    moment = datetime(year, 1, 1, tzinfo=ZoneInfo(schedule.time_zone)) - timedelta(seconds=1)
    end = datetime(year + 1, 1, 1, tzinfo=ZoneInfo(schedule.time_zone))
    while (moment := next_due(schedule, moment)) < end:
        found.append(moment)
    return found


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("daily_at", TIMES)
def test_a_year_has_one_due_time_a_day_at_that_time_of_day(zone: str, daily_at: str) -> None:
    schedule = Schedule(daily_at, zone)

    local = [moment.astimezone(ZoneInfo(zone)) for moment in due_in(2026, schedule)]

    assert [moment.date() for moment in local] == sorted({moment.date() for moment in local})
    assert len(local) == 365
    jumped = [moment for moment in local if f"{moment:%H:%M}" != daily_at]
    assert len(jumped) == (1 if daily_at == "02:30" and zone not in {"UTC", "Australia/Lord_Howe"} else 0)


@pytest.mark.parametrize(
    ("zone", "daily_at", "day", "utc"),
    [
        # the clock jumps from two to three: right after the jump
        ("America/Toronto", "02:30", "2026-03-08", "2026-03-08T07:00:00"),
        ("Europe/Paris", "02:30", "2026-03-29", "2026-03-29T01:00:00"),
        ("America/St_Johns", "02:30", "2026-03-08", "2026-03-08T05:30:00"),
        # the days beside it
        ("America/Toronto", "02:30", "2026-03-07", "2026-03-07T07:30:00"),
        ("America/Toronto", "02:30", "2026-03-09", "2026-03-09T06:30:00"),
        ("America/Toronto", "01:59", "2026-03-08", "2026-03-08T06:59:00"),
        ("America/Toronto", "03:00", "2026-03-08", "2026-03-08T07:00:00"),
        # half past one comes twice: the first counts
        ("America/Toronto", "01:30", "2026-11-01", "2026-11-01T05:30:00"),
        ("America/St_Johns", "01:30", "2026-11-01", "2026-11-01T04:00:00"),
        ("Europe/Paris", "02:30", "2026-10-25", "2026-10-25T00:30:00"),
        ("America/Toronto", "02:00", "2026-11-01", "2026-11-01T07:00:00"),
        # a whole day that a country left out
        ("Pacific/Apia", "21:00", "2011-12-29", "2011-12-30T07:00:00"),
        ("Pacific/Apia", "21:00", "2011-12-31", "2011-12-31T07:00:00"),
    ],
)
def test_the_days_when_the_clock_changes(zone: str, daily_at: str, day: str, utc: str) -> None:
    wanted = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    due = next_due(Schedule(daily_at, zone), wanted - timedelta(minutes=10))

    assert due == wanted
    assert due.utcoffset() == timedelta(0)
    assert day in {str(due.astimezone(ZoneInfo(zone)).date()), utc[:10]}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("daily_at", TIMES)
def test_the_last_due_time_is_the_one_before_the_next(zone: str, daily_at: str) -> None:
    schedule = Schedule(daily_at, zone)
    moments = due_in(2026, schedule)

    for before, after in pairwise(moments):
        assert timedelta(hours=22) < after - before < timedelta(hours=26)
        assert last_due(schedule, before) == last_due(schedule, after - timedelta(seconds=1)) == before
        assert next_due(schedule, before) == after


NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)
LAST_NIGHT = datetime(2026, 11, 21, 2, tzinfo=UTC)
"""Nine in the evening in Toronto."""
ALWAYS_THERE = NOON - timedelta(days=30)


def ask(now: datetime = NOON, *, has_run: bool = False, since: datetime = ALWAYS_THERE, catch_up: bool = True) -> Owed | None:
    def has_run_since(due: datetime) -> bool:
        assert due == LAST_NIGHT
        return has_run

    return owed(Schedule(catch_up=catch_up), has_run_since, now, since=since)


def test_a_run_that_took_place_is_not_owed() -> None:
    assert ask(has_run=True) is None


def test_a_run_missed_while_the_service_was_off_is_caught_up_if_the_rules_say_so() -> None:
    assert ask() == Owed(LAST_NIGHT, is_to_run=True)
    assert ask(catch_up=False) == Owed(LAST_NIGHT, is_to_run=False)


def test_a_due_time_from_before_the_schedule_was_known_is_nobody_s_business() -> None:
    assert ask(since=NOON) is None
    assert ask(since=LAST_NIGHT) == Owed(LAST_NIGHT, is_to_run=True)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("last_began", "since"),
    [
        (LAST_NIGHT - 3 * HOUR, NOON),  # the old time had its run
        (NOON - DAY + HOUR, NOON),
        (NOON - DAY, NOON - DAY),  # a day without a run
        (LAST_NIGHT - 5 * DAY, LAST_NIGHT - 5 * DAY),
        (LAST_NIGHT, LAST_NIGHT),  # if it was cut off it is gone on with
        (LAST_NIGHT + HOUR, LAST_NIGHT),
        (None, NOON - 9 * DAY),  # there never was one, although it was due
    ],
)
def test_a_time_that_was_moved_while_the_service_was_off_holds_since_the_last_run_or_from_now_on(
    last_began: datetime | None, since: datetime
) -> None:
    assert since_moved(Schedule(), NOON, last_began=last_began, first_known=NOON - 9 * DAY) == since


def test_a_time_that_was_moved_soon_after_the_first_start_holds_from_now_on() -> None:
    assert since_moved(Schedule(), NOON, last_began=None, first_known=NOON - 20 * HOUR) == NOON


def nights(last_began: datetime | None, now: datetime = NOON, *, since: datetime = LAST_NIGHT - 9000 * DAY) -> list[datetime]:
    return [*nights_without_run(Schedule(), last_began, Owed(LAST_NIGHT, is_to_run=True), now, since=since)]


def test_the_nights_without_a_run_are_those_since_the_last_one_began() -> None:
    assert nights(LAST_NIGHT - 3 * DAY) == [LAST_NIGHT - 2 * DAY, LAST_NIGHT - DAY, LAST_NIGHT]
    assert nights(LAST_NIGHT - 3 * DAY, LAST_NIGHT + GRACE) == [LAST_NIGHT - 2 * DAY, LAST_NIGHT - DAY]
    assert nights(LAST_NIGHT) == [], "it was cut off, and is gone on with"
    assert nights(None, since=LAST_NIGHT) == [LAST_NIGHT], "the first night of all"
    assert nights(None, since=LAST_NIGHT - 30 * HOUR) == [LAST_NIGHT - DAY, LAST_NIGHT]
    assert nights(LAST_NIGHT - 9 * DAY, since=LAST_NIGHT - DAY) == [LAST_NIGHT - DAY, LAST_NIGHT]
    assert len(nights(LAST_NIGHT - 3000 * DAY)) == MOST_NIGHTS


def test_a_night_whose_run_is_not_gone_on_with_is_one_without_a_run() -> None:
    found = Owed(LAST_NIGHT, is_to_run=False)
    assert nights_without_run(Schedule(), LAST_NIGHT, found, NOON, since=ALWAYS_THERE) == (LAST_NIGHT,)


def test_a_run_that_could_not_begin_in_time_is_begun_late_only_where_runs_are_caught_up() -> None:
    in_time, late = LAST_NIGHT + GRACE, LAST_NIGHT + GRACE + timedelta(seconds=1)

    assert ask(late) == Owed(LAST_NIGHT, is_to_run=True)
    assert ask(in_time, catch_up=False) == Owed(LAST_NIGHT, is_to_run=True)
    assert ask(late, catch_up=False) == Owed(LAST_NIGHT, is_to_run=False)
