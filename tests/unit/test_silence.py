"""Which categories have had no good run for too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncsvc.domain.rules import Schedule
from syncsvc.scheduler.silence import Silent, silent
from syncsvc.state.category_runs import Carried, CategoryRuns, Names

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LAPTOPS, PRINTERS = ("Inventaire", "Portables"), ("Inventaire", "Imprimantes")
LIMIT = timedelta(hours=26)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def ask(
    good: dict[Names, datetime],
    tried: dict[Names, datetime] | None = None,
    *,
    known: datetime = NOW,
    patience: datetime | None = None,
    under_way: datetime | None = None,
    now: datetime = NOW,
    took: timedelta = timedelta(0),
) -> tuple[Silent, ...]:
    """Ask which are silent; ``good`` has the beginnings of the last good runs, and ``took`` how long they took."""
    wanted = (LAPTOPS, PRINTERS)
    runs = CategoryRuns({names: Carried(began, began + took) for names, began in good.items()}, tried or {}, under_way)
    return silent(wanted, runs, Schedule(), now, known=dict.fromkeys(wanted, known), limit=LIMIT, patience=patience)


def test_a_category_is_silent_once_its_last_good_run_is_older_than_the_limit() -> None:
    assert ask({LAPTOPS: ago(26), PRINTERS: ago(26.1)}) == (Silent(*PRINTERS, ago(26.1), ago(26.1)),)


def test_a_category_without_any_good_run_is_waited_for_since_it_was_first_tried() -> None:
    assert ask({LAPTOPS: NOW}, {PRINTERS: ago(27)}) == (Silent(*PRINTERS, None, ago(27)),)
    assert ask({LAPTOPS: NOW}, {PRINTERS: ago(25)}) == ()


def test_a_category_that_was_never_tried_is_waited_for_since_the_service_knows_it() -> None:
    assert ask({LAPTOPS: NOW}) == ()
    assert ask({LAPTOPS: NOW}, known=ago(27)) == (Silent(*PRINTERS, None, ago(27)),)


def test_categories_that_the_rules_no_longer_have_are_nobodys_concern() -> None:
    assert ask({LAPTOPS: NOW, PRINTERS: NOW, ("Inventaire", "Télécopieurs"): ago(1000)}) == ()


def test_a_run_is_as_old_as_its_beginning_and_shown_by_its_end() -> None:
    hour = timedelta(hours=1)
    assert ask({LAPTOPS: NOW, PRINTERS: ago(26.5)}, took=hour) == (Silent(*PRINTERS, ago(25.5), ago(26.5)),)


def test_while_a_run_is_under_way_nothing_is_silent_unless_that_run_hangs() -> None:
    assert ask({LAPTOPS: ago(27)}, under_way=ago(3), known=ago(30)) == ()
    assert len(ask({LAPTOPS: ago(60)}, under_way=ago(27), known=ago(60))) == 2


def test_a_night_that_comes_an_hour_later_because_the_clock_changes_is_waited_for() -> None:
    before = datetime(2026, 11, 1, 1, tzinfo=UTC)  # nine in the evening in Toronto, the day before that of 25 hours

    def at(hours: float) -> tuple[Silent, ...]:
        now = before + timedelta(hours=hours)
        return ask({LAPTOPS: now, PRINTERS: before}, now=now)

    assert at(26.9) == ()
    assert len(at(27.1)) == 1


def test_another_time_of_day_makes_the_first_period_longer() -> None:
    assert ask({LAPTOPS: ago(40), PRINTERS: ago(40)}, patience=ago(20)) == ()
    assert len(ask({LAPTOPS: ago(40), PRINTERS: ago(40)}, patience=ago(27))) == 2
