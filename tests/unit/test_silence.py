"""Which categories have had no good run for too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncsvc.scheduler.silence import Names, Silent, silent

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
) -> tuple[Silent, ...]:
    wanted = (LAPTOPS, PRINTERS)
    return silent(wanted, good, tried or {}, NOW, known=dict.fromkeys(wanted, known), limit=LIMIT, patience=patience)


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


def test_another_time_of_day_makes_the_first_period_longer() -> None:
    assert ask({LAPTOPS: ago(40), PRINTERS: ago(40)}, patience=ago(20)) == ()
    assert len(ask({LAPTOPS: ago(40), PRINTERS: ago(40)}, patience=ago(27))) == 2
