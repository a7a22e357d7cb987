"""What is kept of the last good rules, on both kinds of databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine
from state_examples import NOON

from syncsvc.domain.rules import Direction, Schedule
from syncsvc.state.last_rules import LastRules, keep, recall

KEPT = LastRules(
    Schedule("02:30", "America/St_Johns", full_on="friday", catch_up=False),
    "en",
    ("it@erables.example", "Émilie “x” \x00"),
    {("Inventaire", "Écrans"): NOON, ("Inventaire", "\ud800"): NOON + timedelta(microseconds=1)},
    NOON,
    NOON - timedelta(days=3),
)


def test_what_is_kept_comes_back_as_it_was_and_the_last_takes_the_place_of_those_before(engine: Engine) -> None:
    assert recall(engine) is None

    keep(engine, replace(KEPT, language="fr"))
    keep(engine, KEPT)

    assert recall(engine) == KEPT


def test_kept_rules_say_whom_to_tell_and_which_categories_there_are() -> None:
    rules = KEPT.as_rules()

    assert (rules.schedule, rules.language, rules.notify_if_error) == (KEPT.schedule, KEPT.language, KEPT.notify_if_error)
    assert [(str(one.cmdb), str(one.category)) for one in rules.categories] == [*KEPT.known]
    assert all(one.direction is not Direction.NONE for one in rules.categories)
