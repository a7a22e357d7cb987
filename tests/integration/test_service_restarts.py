"""Nights and the rules that may change between them; what a restart must not forget of either."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from service_nights import AFTERNOON, DAY, HOUR, MINUTE, NINE, Clock, Nights, after_some_nights
from sqlalchemy import Engine

from syncsvc.domain.errors import AnotherRunError
from syncsvc.domain.plan import RunStatus
from syncsvc.scheduler.night import NOT_RUNNING
from syncsvc.state.store import Store
from syncsvc.state.tables import last_rules, runs


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is asked of the database is tested on both kinds by test_state_health.py."""
    return "sqlite"


@pytest.fixture
def nights(engine: Engine, tmp_path: Path) -> Nights:
    found = Nights(engine, tmp_path / "rules.yaml", Clock(AFTERNOON))
    found.write_rules()
    return found


# -- the rules -----------------------------------------------------------------------------------------------------------


def test_a_changed_time_takes_effect_within_the_minute(nights: Nights) -> None:
    night, vigil = nights.start()
    nights.pass_time(night, AFTERNOON + HOUR, vigil, step=10 * MINUTE)

    nights.write_rules(daily_at="18:15")
    nights.pass_time(night, NINE + 2 * HOUR, vigil, step=5 * MINUTE)

    assert nights.begun() == [(AFTERNOON + 3 * HOUR + 15 * MINUTE, "succeeded")]


def test_a_time_moved_into_the_past_of_today_begins_tomorrow(nights: Nights) -> None:
    after_some_nights(nights, 1)
    night, vigil = nights.start()
    nights.pass_time(night, nights.clock.at + 10 * MINUTE, vigil, step=10 * MINUTE)

    nights.write_rules(daily_at="03:00")
    nights.pass_time(night, NINE + DAY + 7 * HOUR, vigil, step=10 * MINUTE)

    assert nights.begun()[-1][0] == NINE + DAY + 6 * HOUR
    assert len(nights.begun()) == 2


def test_a_time_moved_into_the_past_of_today_begins_tomorrow_also_with_a_restart(nights: Nights) -> None:
    after_some_nights(nights, 1)
    nights.write_rules(daily_at="06:00")

    for _ in range(2):  # the second time, nothing was moved any more
        night, _ = nights.start()
        nights.pass_time(night, nights.clock.at + 2 * HOUR, step=HOUR)

    assert len(nights.begun()) == 1
    assert nights.news.heard == []


def test_rules_that_were_edited_but_for_their_time_let_no_night_be_forgotten(nights: Nights) -> None:
    after_some_nights(nights, 1)
    nights.clock.at = NINE + DAY - 3 * HOUR
    nights.start()[0].look()
    Store(nights.engine).finish_run(
        Store(nights.engine).start_run("daily", full=True, dry_run=False, at=nights.clock.at),
        RunStatus.SUCCEEDED,
        {},
        [],
        nights.clock.at,
    )  # late, as after a night that was caught up: less than a day before the next start
    nights.clock.at = NINE + DAY + 12 * HOUR
    nights.write_rules(full_on="friday")

    nights.start()[0].look()

    assert nights.news.heard == [("missed", ([NINE + DAY], NOT_RUNNING.words, True)), ("run", "succeeded")]


def test_nights_missed_before_the_time_was_moved_are_told_and_caught_up(nights: Nights) -> None:
    after_some_nights(nights, 1)
    nights.clock.at += 3 * DAY
    nights.write_rules(daily_at="22:00")

    nights.start()[0].look()

    missed = [NINE + HOUR + number * DAY for number in (0, 1, 2, 3)]
    assert nights.news.heard == [("missed", (missed, NOT_RUNNING.words, True)), ("run", "succeeded")]


# -- what a restart must not forget --------------------------------------------------------------------------------------


def test_a_service_that_is_off_every_night_from_the_first_on_is_told_and_catches_up(nights: Nights) -> None:
    noon = AFTERNOON - 3 * HOUR
    for number in range(4):
        nights.clock.at = noon + number * DAY
        night, vigil = nights.start()
        nights.pass_time(night, nights.clock.at + 6 * HOUR, vigil, step=HOUR)

    assert [at for at, _ in nights.begun()] == [noon + number * DAY + HOUR for number in (1, 2, 3)]
    told = [("missed", ([NINE + number * DAY], NOT_RUNNING.words, True)) for number in (0, 1, 2)]
    assert [one for one in nights.news.heard if one[0] == "missed"] == told


def test_a_new_database_owes_no_night_from_before_it(nights: Nights) -> None:
    for _ in range(3):
        night, vigil = nights.start()
        nights.pass_time(night, nights.clock.at + HOUR, vigil, step=10 * MINUTE)

    assert nights.begun() == []
    assert nights.news.heard == []


def test_a_database_that_knows_of_nights_but_not_of_their_rules_owes_the_last_one(nights: Nights, engine: Engine) -> None:
    after_some_nights(nights)
    with engine.begin() as connection:
        connection.execute(last_rules.delete())  # as an earlier version left it
    nights.clock.at += DAY

    nights.start()[0].look()

    assert nights.news.heard == [("missed", ([NINE + 2 * DAY], NOT_RUNNING.words, True)), ("run", "succeeded")]


def test_broken_rules_at_the_start_keep_the_schedule_and_the_alarms_of_the_last_good_ones(nights: Nights) -> None:
    after_some_nights(nights, 1)
    nights.file.write_text("schedule: {daily_at: 12:00", encoding="utf-8")

    night, vigil = nights.start()
    nights.pass_time(night, NINE + DAY + 2 * HOUR, vigil, step=10 * MINUTE)
    rules, (_, told) = nights.news.heard
    assert rules[0] == "rules"
    assert told[0] == [NINE + DAY]  # type: ignore[index] - the due times, and why
    assert "sync.yaml" in told[1] or "rules.yaml" in told[1]  # type: ignore[index]
    nights.pass_time(night, NINE + DAY + 4 * HOUR, vigil, step=10 * MINUTE)
    assert nights.news.heard[-1] == ("silent", ["Portables"])

    nights.write_rules()
    nights.pass_time(night, nights.clock.at + MINUTE, vigil)
    assert [at for at, _ in nights.begun()][1:] == [nights.clock.at]


def test_when_the_database_goes_away_after_a_start_the_nights_before_it_were_not_missed(nights: Nights, engine: Engine) -> None:
    after_some_nights(nights)
    night, _ = nights.start()
    night.look()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE runs RENAME TO runs_away")

    nights.pass_time(night, NINE + 2 * DAY + 30 * MINUTE, step=30 * MINUTE)
    assert nights.news.heard == []
    nights.pass_time(night, NINE + 2 * DAY + 2 * HOUR, step=30 * MINUTE)
    assert nights.news.kinds() == ["missed"]


def test_broken_rules_begin_no_run_keep_the_schedule_and_are_said_loudly(
    nights: Nights, caplog: pytest.LogCaptureFixture
) -> None:
    night, vigil = nights.start()
    nights.file.write_text("schedule: {daily_at: 12:00", encoding="utf-8")

    with caplog.at_level(logging.ERROR):
        nights.pass_time(night, NINE + 2 * HOUR, vigil, step=10 * MINUTE)

    assert nights.begun() == []
    assert nights.news.kinds() == ["rules", "missed"]
    assert nights.news.heard[1][1][0] == [NINE]  # type: ignore[index] - the due times and the reason

    nights.write_rules()
    nights.pass_time(night, nights.clock.at + MINUTE, vigil)

    assert nights.begun() == [(NINE + 2 * HOUR + MINUTE, "succeeded")]


def test_a_service_without_rules_comes_up_and_begins_with_them(nights: Nights) -> None:
    nights.file.unlink()
    night, vigil = nights.start()
    nights.pass_time(night, AFTERNOON + HOUR, vigil, step=10 * MINUTE)

    nights.write_rules()
    nights.pass_time(night, NINE + MINUTE, vigil)

    assert nights.news.kinds() == ["rules", "run"]
    assert nights.begun() == [(NINE, "succeeded")]


def test_rules_are_read_afresh_for_every_run(nights: Nights) -> None:
    night, _ = nights.start()
    nights.clock.at = NINE
    nights.file.write_text(nights.file.read_text(encoding="utf-8").replace("Portables", "Moniteurs"), encoding="utf-8")

    night.look()

    with nights.engine.connect() as connection:
        ((categories,),) = connection.execute(runs.select().with_only_columns(runs.c.categories))
    assert [category["category"] for category in categories] == ["Moniteurs"]


@pytest.mark.parametrize("late", [timedelta(0), 10 * HOUR])
def test_the_full_run_of_a_friday_is_full_when_it_begins_late(nights: Nights, late: timedelta) -> None:
    nights.write_rules(full_on="friday")

    def away() -> RunStatus:
        if nights.clock.at < NINE + late:
            raise AnotherRunError("Another run is under way.")
        return RunStatus.SUCCEEDED

    nights.ends = away
    night, _ = nights.start()

    nights.pass_time(night, NINE + late + DAY, step=30 * MINUTE)

    assert [request.full for request in nights.requests][:2] == [True, False]
