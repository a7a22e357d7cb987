"""Nightly runs under a fake clock, over real databases: at the right instant, once, late when they must, never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from service_nights import AFTERNOON, DAY, HOUR, MINUTE, NINE, TORONTO, Clock, Nights, after_some_nights
from sqlalchemy import Engine
from structlog.testing import capture_logs

from syncsvc.domain.errors import AnotherRunError, SettingsError
from syncsvc.domain.plan import RunStatus
from syncsvc.scheduler.clockwork import EveryMinuteAndWhenDue
from syncsvc.scheduler.due import next_due
from syncsvc.scheduler.night import NOT_RUNNING
from syncsvc.state.retention import Retention
from syncsvc.state.store import Store


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is asked of the database is tested on both kinds by test_state_health.py."""
    return "sqlite"


@pytest.fixture
def nights(engine: Engine, tmp_path: Path) -> Nights:
    found = Nights(engine, tmp_path / "rules.yaml", Clock(AFTERNOON))
    found.write_rules()
    return found


def test_what_is_done_after_a_run_is_logged_with_its_number(nights: Nights) -> None:
    nights.retention = Retention(runs=1)
    after_some_nights(nights)
    night, _ = nights.start()
    nights.clock.at = NINE + 9 * DAY
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        night.look()

    (forgotten,) = [line for line in lines if line["event"] == "old records forgotten"]
    assert forgotten["run"] == 3


# -- a whole year --------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_year_of_nights_has_one_run_each_at_its_instant(nights: Nights) -> None:
    nights.write_rules("02:30")
    nights.clock.at = datetime(2026, 1, 1, 12, tzinfo=TORONTO).astimezone(UTC)

    keep_the_clock(nights, datetime(2027, 1, 1, 12, tzinfo=TORONTO))

    local = [at.astimezone(TORONTO) for at, _ in nights.begun()]
    assert len(local) == len({at.date() for at in local}) == 365
    assert [f"{at:%Y-%m-%d %H:%M:%S}" for at in local if f"{at:%H:%M:%S}" != "02:30:00"] == ["2026-03-08 03:00:00"]
    assert nights.news.kinds() == ["run"] * 365


@pytest.mark.parametrize(
    ("zone", "daily_at", "changes", "instant"),
    [
        ("America/Toronto", "01:30", "2026-03-08", "2026-03-08 06:30"),
        ("America/Toronto", "01:30", "2026-11-01", "2026-11-01 05:30"),
        ("America/St_Johns", "02:30", "2026-03-08", "2026-03-08 05:30"),
        ("America/St_Johns", "01:30", "2026-11-01", "2026-11-01 04:00"),
        ("Europe/Paris", "02:30", "2026-03-29", "2026-03-29 01:00"),
        ("Europe/Paris", "02:30", "2026-10-25", "2026-10-25 00:30"),
        ("UTC", "02:30", "2026-10-25", "2026-10-25 02:30"),
    ],
)
def test_the_night_when_the_clock_changes_has_one_run(
    nights: Nights, zone: str, daily_at: str, changes: str, instant: str
) -> None:
    here = ZoneInfo(zone)
    nights.write_rules(daily_at, zone)
    day = datetime.fromisoformat(changes).replace(hour=12, tzinfo=here)
    nights.clock.at = (day - 3 * DAY).astimezone(UTC)

    keep_the_clock(nights, day + 2 * DAY)

    begun = [at for at, _ in nights.begun()]
    assert len(begun) == 5
    assert f"{begun[2]:%Y-%m-%d %H:%M}" == instant


def keep_the_clock(nights: Nights, end: datetime) -> None:
    """Call the night as the clockwork does, but for most of the minutes in which nothing happens."""
    night, vigil = nights.start()
    schedule = vigil._rules.schedule
    assert schedule is not None
    trigger = EveryMinuteAndWhenDue(lambda now: next_due(schedule, now))
    while nights.clock.at < end:
        soon = trigger.get_next_fire_time(None, nights.clock.at)
        far = min(nights.clock.at + 8 * HOUR, next_due(schedule, nights.clock.at) - MINUTE / 2)
        nights.clock.at = max(soon, far)
        night.look()


# -- starting ------------------------------------------------------------------------------------------------------------


def test_the_first_night_is_waited_for(nights: Nights) -> None:
    night, vigil = nights.start()

    nights.pass_time(night, NINE - 10 * MINUTE, vigil, step=10 * MINUTE)
    assert nights.begun() == []
    nights.pass_time(night, NINE + HOUR, vigil, step=10 * MINUTE)

    assert nights.begun() == [(NINE, "succeeded")]


def test_a_missed_run_is_caught_up_at_start_and_only_one_of_many(nights: Nights) -> None:
    after_some_nights(nights)
    nights.clock.at += 5 * DAY

    night, vigil = nights.start()
    night.look()
    nights.pass_time(night, nights.clock.at + HOUR, vigil, step=10 * MINUTE)

    assert len(nights.begun()) == 3
    missed = [NINE + number * DAY for number in (2, 3, 4, 5, 6)]
    assert nights.news.heard == [("missed", (missed, NOT_RUNNING.words, True)), ("run", "succeeded")]


def test_a_run_that_begins_a_little_late_after_a_restart_was_not_missed(nights: Nights) -> None:
    after_some_nights(nights)
    nights.clock.at = NINE + 2 * DAY + 50 * MINUTE

    nights.start()[0].look()

    assert nights.news.kinds() == ["run"]


def test_a_run_that_took_place_is_not_repeated_by_a_restart(nights: Nights) -> None:
    after_some_nights(nights)

    for _ in range(3):
        night, vigil = nights.start()
        nights.pass_time(night, nights.clock.at + HOUR, vigil, step=10 * MINUTE)

    assert len(nights.begun()) == 2


def test_without_catching_up_a_missed_run_is_told_once_and_waits_for_the_next_night(nights: Nights) -> None:
    nights.write_rules(catch_up=False)
    after_some_nights(nights)
    nights.clock.at += DAY

    night, vigil = nights.start()
    nights.pass_time(night, nights.clock.at + 3 * HOUR, vigil)

    assert len(nights.begun()) == 2
    assert [(kind, told) for kind, told in nights.news.heard if kind != "silent"] == [
        ("missed", ([NINE + 2 * DAY], NOT_RUNNING.words, False))
    ]


def test_a_run_that_was_stopped_or_killed_goes_on_at_the_next_start(nights: Nights) -> None:
    after_some_nights(nights, 1)
    nights.clock.at = NINE + DAY
    night, _ = nights.start()
    nights.ends = lambda: RunStatus.INTERRUPTED
    night.look()
    nights.stopped = True
    assert nights.news.heard == []

    nights.clock.tick(11 * HOUR)
    nights.ends = lambda: RunStatus.SUCCEEDED
    night, vigil = nights.start()
    night.look()
    nights.pass_time(night, nights.clock.at + HOUR, vigil, step=10 * MINUTE)

    assert nights.news.kinds() == ["run"], "a night with a run is not missed"
    assert [status for _, status in nights.begun()] == ["succeeded", "interrupted", "succeeded"]


def test_a_stopping_service_begins_nothing(nights: Nights) -> None:
    night, _ = nights.start()
    nights.stopped = True

    nights.pass_time(night, NINE + HOUR, step=10 * MINUTE)

    assert nights.begun() == []


def test_runs_by_hand_and_plans_are_no_nightly_runs(nights: Nights, engine: Engine) -> None:
    after_some_nights(nights)
    store = Store(engine)
    for kind, dry_run in (("manual", False), ("daily", True)):
        number = store.start_run(kind, full=True, dry_run=dry_run, at=NINE + 2 * DAY + MINUTE)
        store.finish_run(number, RunStatus.SUCCEEDED, {}, [], NINE + 2 * DAY + MINUTE)
    nights.clock.at += DAY

    night, _ = nights.start()
    night.look()

    assert len(nights.begun()) == 4  # the plan is listed too


def test_a_run_recorded_while_the_clock_was_wrong_does_not_stand_in_for_those_to_come(nights: Nights) -> None:
    after_some_nights(nights)
    number = Store(nights.engine).start_run("daily", full=True, dry_run=False, at=NINE + 3000 * DAY)
    Store(nights.engine).finish_run(number, RunStatus.SUCCEEDED, {}, [], NINE + 3000 * DAY)

    night, _ = nights.start()
    nights.pass_time(night, NINE + 2 * DAY, step=HOUR)

    assert nights.begun()[-1] == (NINE + 2 * DAY, "succeeded")


# -- what gets in the way ------------------------------------------------------------------------------------------------


def test_another_run_is_waited_for(nights: Nights) -> None:
    def busy() -> RunStatus:
        if nights.clock.at < NINE + 20 * MINUTE:
            raise AnotherRunError("Another run is under way.")
        return RunStatus.SUCCEEDED

    nights.ends = busy
    night, _ = nights.start()

    with capture_logs() as lines:
        nights.pass_time(night, NINE + 30 * MINUTE, step=5 * MINUTE)

    said = [(line["log_level"], line["event"]) for line in lines]
    assert said == [("info", "nightly run is due"), ("info", "nightly run waits")], "waiting is ordinary, and told once"
    assert nights.begun() == [(NINE + 20 * MINUTE, "succeeded")]
    assert nights.news.kinds() == ["run"]


def test_what_cannot_begin_within_the_hour_is_told_once_and_begins_when_it_can(nights: Nights) -> None:
    def away() -> RunStatus:
        if nights.clock.at < NINE + 5 * HOUR:
            raise SettingsError("The database cannot be opened.")
        return RunStatus.SUCCEEDED

    nights.ends = away
    night, _ = nights.start()

    nights.pass_time(night, NINE + 10 * HOUR, step=5 * MINUTE)

    assert nights.news.heard == [("missed", ([NINE], "The database cannot be opened.", True)), ("run", "succeeded")]
    ((at, _),) = nights.begun()
    assert NINE + 5 * HOUR <= at <= NINE + 6 * HOUR


def test_without_catching_up_a_run_that_cannot_begin_in_time_is_left_to_the_next_night(nights: Nights) -> None:
    def busy() -> RunStatus:
        if nights.clock.at < NINE + 2 * HOUR:
            raise AnotherRunError("Another run is under way.")
        return RunStatus.SUCCEEDED

    nights.write_rules(catch_up=False)
    nights.ends = busy
    night, _ = nights.start()

    nights.pass_time(night, NINE + DAY - 5 * MINUTE, step=5 * MINUTE)
    assert nights.begun() == []
    nights.pass_time(night, NINE + DAY, step=5 * MINUTE)

    assert nights.begun() == [(NINE + DAY, "succeeded")]
    assert nights.news.kinds() == ["missed", "run"]


def test_a_run_that_breaks_is_no_missed_night_and_not_repeated_the_same_night(nights: Nights) -> None:
    def breaks() -> RunStatus:
        number = Store(nights.engine).start_run("daily", full=True, dry_run=False, at=nights.clock())
        Store(nights.engine).finish_run(number, RunStatus.FAILED, {}, [], nights.clock())
        raise ZeroDivisionError("by zero")

    nights.ends = breaks
    night, _ = nights.start()

    nights.pass_time(night, NINE + 5 * HOUR, step=5 * MINUTE)

    assert nights.begun() == [(NINE, "failed")]
    assert nights.news.heard == [], "it is on record, and told from there"


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.HELD, RunStatus.COMPLETED_WITH_ERRORS])
def test_a_run_that_took_place_with_whatever_result_is_told_and_not_repeated(nights: Nights, status: RunStatus) -> None:
    nights.ends = lambda: status
    night, _ = nights.start()

    nights.pass_time(night, NINE + 3 * HOUR, step=5 * MINUTE)

    assert nights.begun() == [(NINE, status.value)]
    assert nights.news.heard == [("run", status.value)]


def test_what_is_said_about_a_run_cannot_break_it_and_what_was_missed_is_told_until_it_is_heard(nights: Nights) -> None:
    nights.news.breaks = True
    night, _ = nights.start()
    nights.pass_time(night, NINE + HOUR, step=10 * MINUTE)
    assert nights.begun() == [(NINE, "succeeded")]

    def away() -> RunStatus:
        raise SettingsError("The database cannot be opened.")

    nights.ends = away
    nights.pass_time(night, NINE + DAY + 3 * HOUR, step=HOUR)
    nights.news.breaks = False
    nights.pass_time(night, nights.clock.at + 3 * HOUR, step=HOUR)

    assert nights.news.kinds() == ["missed"]


def test_nights_without_a_database_are_told_once_each_and_caught_up_when_it_is_back(nights: Nights, engine: Engine) -> None:
    night, vigil = nights.start()
    nights.pass_time(night, NINE, step=6 * HOUR)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE runs RENAME TO runs_away")
    nights.pass_time(night, NINE + 2 * DAY + 2 * HOUR, vigil, step=20 * MINUTE)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE runs_away RENAME TO runs")
    assert [told[0] for kind, told in nights.news.heard if kind == "missed"] == [[NINE + DAY], [NINE + 2 * DAY]]  # type: ignore[index]

    nights.pass_time(night, nights.clock.at + MINUTE, vigil)

    assert [at for at, _ in nights.begun()][1:] == [NINE + 2 * DAY + 2 * HOUR + MINUTE]
    assert nights.news.kinds() == ["run", "missed", "missed", "run"]


def test_what_could_not_be_told_while_nobody_could_be_told_is_told_in_one_go(nights: Nights) -> None:
    def away() -> RunStatus:
        raise SettingsError("The database cannot be opened.")

    night, _ = nights.start()
    nights.ends, nights.news.breaks = away, True
    nights.pass_time(night, NINE + 2 * DAY + 2 * HOUR, step=30 * MINUTE)

    nights.news.breaks = False
    nights.pass_time(night, nights.clock.at + HOUR, step=30 * MINUTE)

    assert nights.news.heard == [("missed", ([NINE, NINE + DAY, NINE + 2 * DAY], "The database cannot be opened.", True))]


# -- a clock that is wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [2 * HOUR, 3650 * DAY])
def test_a_clock_that_was_ahead_at_the_start_and_is_set_right_loses_no_night(nights: Nights, ahead: timedelta) -> None:
    nights.clock.at = AFTERNOON + ahead
    night, vigil = nights.start()
    night.look()
    vigil.look()

    nights.clock.at = AFTERNOON
    nights.pass_time(night, NINE + 2 * DAY, vigil, step=HOUR)

    assert [at for at, _ in nights.begun()] == [NINE, NINE + DAY, NINE + 2 * DAY]


def test_a_clock_that_was_ahead_at_the_start_does_not_keep_silence_from_being_told(nights: Nights) -> None:
    nights.clock.at = AFTERNOON + 3650 * DAY
    _, vigil = nights.start()
    vigil.look()
    nights.clock.at = AFTERNOON

    nights.clock.tick(MINUTE)
    vigil.look()
    nights.clock.tick(30 * HOUR)
    vigil.look()

    assert nights.news.heard == [("silent", ["Portables"])]


def test_a_run_that_waits_for_its_next_try_does_not_wait_for_a_clock_that_was_set_back(nights: Nights) -> None:
    def away() -> RunStatus:
        raise SettingsError("The database cannot be opened.")

    nights.clock.at = NINE - MINUTE
    night, _ = nights.start()
    nights.ends = away
    nights.clock.at = NINE + 20 * DAY
    night.look()
    nights.ends = lambda: RunStatus.SUCCEEDED
    nights.clock.at = NINE + MINUTE
    night.look()

    assert nights.begun() == [(NINE + MINUTE, "succeeded")]


# -- silence -------------------------------------------------------------------------------------------------------------


def test_silence_is_logged_once_and_so_is_its_end(nights: Nights) -> None:
    night, vigil = nights.start()
    nights.pass_time(night, NINE + HOUR, vigil)
    nights.ends = _failing(nights, until=NINE + 3 * DAY)

    with capture_logs() as lines:
        nights.pass_time(night, NINE + 4 * DAY, vigil, step=HOUR)

    told = [line["event"] for line in lines if "good run" in line["event"]]
    assert told == ["no good run for too long", "every category has had a good run again"]


@pytest.mark.parametrize("lives", [20 * MINUTE, 3 * MINUTE])
def test_a_service_that_dies_in_every_run_is_silent_all_the_same(nights: Nights, lives: timedelta) -> None:
    after_some_nights(nights, 1)
    die_in_every_run(nights, NINE + DAY, NINE + 2 * DAY, lives=lives)
    assert nights.news.kinds() == [], "for a day, it may be a run that takes long"

    die_in_every_run(nights, nights.clock.at, NINE + 2 * DAY + 4 * HOUR, lives=lives)

    assert "silent" in nights.news.kinds()


def test_a_category_that_never_had_a_good_run_is_silent_however_often_the_service_starts(nights: Nights) -> None:
    nights.start()[0].look()
    die_in_every_run(nights, NINE, NINE + DAY + 4 * HOUR, lives=20 * MINUTE)

    assert nights.news.heard[-1] == ("silent", ["Portables"])


class _KilledError(BaseException):
    """The process is no more."""


def die_in_every_run(nights: Nights, begin: datetime, end: datetime, *, lives: timedelta) -> None:
    """Let the service be begun anew an hour after each death."""

    def dies() -> RunStatus:
        Store(nights.engine).start_run("daily", full=True, dry_run=False, at=nights.clock())
        raise _KilledError

    nights.ends, nights.clock.at = dies, begin
    while nights.clock.at < end:
        Store(nights.engine).interrupt_dead_runs(nights.clock.at)
        night, vigil = nights.start()
        with pytest.raises(_KilledError):
            night.look()
        for _ in range(3):
            nights.clock.tick(lives / 3)
            vigil.look()
        nights.clock.tick(HOUR)


def test_silence_is_told_as_long_as_it_lasts_for_the_teller_may_have_held_it_back(nights: Nights) -> None:
    night, vigil = nights.start()
    nights.ends = _failing(nights, until=NINE + 9 * DAY)

    nights.pass_time(night, AFTERNOON + 3 * DAY, vigil, step=6 * HOUR)

    assert nights.news.kinds().count("silent") > 3


def test_good_nights_are_not_silent_and_the_autumn_s_long_day_is_none(nights: Nights) -> None:
    nights.clock.at = datetime(2026, 10, 30, 12, tzinfo=UTC)
    night, vigil = nights.start()

    nights.pass_time(night, datetime(2026, 11, 4, 12, tzinfo=UTC), vigil, step=HOUR)

    assert set(nights.news.kinds()) == {"run"}


def _failing(nights: Nights, until: datetime) -> Callable[[], RunStatus]:
    return lambda: RunStatus.FAILED if nights.clock.at < until else RunStatus.SUCCEEDED


def test_a_night_that_somebody_cancels_is_begun_anew_by_the_next_start_alone(nights: Nights) -> None:
    nights.ends = lambda: RunStatus.INTERRUPTED
    night, _ = nights.start()

    nights.pass_time(night, NINE + 5 * HOUR, step=5 * MINUTE)
    assert nights.begun() == [(NINE, "interrupted")]

    nights.ends = lambda: RunStatus.SUCCEEDED
    night, _ = nights.start()
    night.look()
    assert [status for _, status in nights.begun()] == ["interrupted", "succeeded"]
    nights.pass_time(night, NINE + DAY, step=HOUR)
    assert nights.begun()[-1] == (NINE + DAY, "succeeded")
    assert "missed" not in nights.news.kinds()


def test_a_night_that_somebody_cancels_is_not_missed_where_none_is_caught_up(nights: Nights) -> None:
    nights.write_rules(catch_up=False)
    nights.ends = lambda: RunStatus.INTERRUPTED
    night, _ = nights.start()
    nights.pass_time(night, NINE + 5 * HOUR, step=5 * MINUTE)
    assert nights.begun() == [(NINE, "interrupted")]
    assert nights.news.heard == []
