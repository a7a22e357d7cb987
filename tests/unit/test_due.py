"""When a nightly run is due, over whole years, and which due time is still owed a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from syncsvc.domain.rules import Schedule
from syncsvc.scheduler.due import GRACE, MOST_NIGHTS, History, Owed, last_due, next_due, nights_without_run, owed

ZONES = ["America/Toronto", "Europe/Paris", "America/St_Johns", "UTC", "Australia/Lord_Howe"]
TIMES = ["01:30", "02:30", "00:00", "21:00"]
NEVER = History(any_before=False, since_due=False)
BEFORE = History(any_before=True, since_due=False)
TAKEN = History(any_before=True, since_due=True)


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


def ask(
    history: History, now: datetime = NOON, *, since: datetime = NOON, at_start: bool = True, catch_up: bool = True
) -> Owed | None:
    seen = []

    def history_of(due: datetime) -> History:
        seen.append(due)
        return history

    found = owed(Schedule(catch_up=catch_up), history_of, now, since=since, is_from_start=at_start)
    assert seen == [LAST_NIGHT]
    return found


def test_a_run_that_took_place_is_not_owed() -> None:
    assert ask(TAKEN) is ask(TAKEN, since=ALWAYS_THERE) is None


def test_a_run_missed_while_the_service_was_off_is_caught_up_if_the_rules_say_so() -> None:
    assert ask(BEFORE) == Owed(LAST_NIGHT, is_to_run=True)
    assert ask(BEFORE, catch_up=False) == Owed(LAST_NIGHT, is_to_run=False)


def test_whoever_starts_the_service_for_the_first_time_waits_for_the_first_night() -> None:
    assert ask(NEVER) is None
    assert ask(NEVER, since=ALWAYS_THERE) == Owed(LAST_NIGHT, is_to_run=True)


def test_a_changed_schedule_does_not_begin_a_run_for_a_time_that_is_over() -> None:
    assert ask(BEFORE, at_start=False) is None
    assert ask(BEFORE, since=LAST_NIGHT, at_start=False) == Owed(LAST_NIGHT, is_to_run=True)


def test_a_due_time_of_rules_that_were_written_after_it_is_owed_only_where_a_day_had_no_run() -> None:
    def is_owed(last_began: datetime, written: datetime | None) -> bool:
        history = History(any_before=True, since_due=False, last_began=last_began)
        return owed(Schedule(), lambda _due: history, NOON, since=NOON, is_from_start=True, written=written) is not None

    hour = timedelta(hours=1)
    assert not is_owed(LAST_NIGHT - 3 * hour, LAST_NIGHT + hour)
    assert is_owed(LAST_NIGHT - 24 * hour, LAST_NIGHT + hour)
    assert is_owed(LAST_NIGHT - 3 * hour, LAST_NIGHT - hour)
    assert is_owed(LAST_NIGHT, LAST_NIGHT + hour), "cut off, and to be gone on with"
    assert is_owed(LAST_NIGHT - 3 * hour, None)


def nights(last_began: datetime | None, now: datetime = NOON, *, since: datetime = NOON, at_start: bool = True) -> list[datetime]:
    found = Owed(LAST_NIGHT, is_to_run=True)
    return [*nights_without_run(Schedule(), last_began, found, now, since=since, is_from_start=at_start)]


def test_the_nights_without_a_run_are_those_since_the_last_one_began() -> None:
    day = timedelta(days=1)
    assert nights(LAST_NIGHT - 3 * day) == [LAST_NIGHT - 2 * day, LAST_NIGHT - day, LAST_NIGHT]
    assert nights(LAST_NIGHT - 3 * day, LAST_NIGHT + GRACE) == [LAST_NIGHT - 2 * day, LAST_NIGHT - day]
    assert nights(LAST_NIGHT) == [], "it was cut off, and is gone on with"
    assert nights(None, since=LAST_NIGHT) == [LAST_NIGHT], "the first night of all"
    assert nights(LAST_NIGHT - 9 * day, since=LAST_NIGHT - day, at_start=False) == [LAST_NIGHT - day, LAST_NIGHT]
    assert len(nights(LAST_NIGHT - 3000 * day)) == MOST_NIGHTS


def test_a_night_whose_run_is_not_gone_on_with_is_one_without_a_run() -> None:
    found = Owed(LAST_NIGHT, is_to_run=False)
    assert nights_without_run(Schedule(), LAST_NIGHT, found, NOON, since=NOON, is_from_start=True) == (LAST_NIGHT,)


def test_a_run_that_could_not_begin_in_time_is_begun_late_only_where_runs_are_caught_up() -> None:
    in_time, late = LAST_NIGHT + GRACE, LAST_NIGHT + GRACE + timedelta(seconds=1)

    assert ask(BEFORE, late, since=ALWAYS_THERE) == Owed(LAST_NIGHT, is_to_run=True)
    assert ask(BEFORE, in_time, since=ALWAYS_THERE, catch_up=False) == Owed(LAST_NIGHT, is_to_run=True)
    assert ask(BEFORE, late, since=ALWAYS_THERE, catch_up=False) == Owed(LAST_NIGHT, is_to_run=False)
