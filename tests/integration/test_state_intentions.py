"""Intentions survive whole, and the ids seen are stored once for all intentions that share them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from state_examples import LAPTOPS, NOON, PRINTERS, ci_id, intention

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Problem
from syncsvc.domain.records import Side
from syncsvc.state.store import Store
from syncsvc.state.tables import intentions, runs, seen


def begun(store: Store) -> int:
    return store.start_run("manual", full=True, dry_run=False, at=NOON)


def rows_of_seen(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(seen)) or 0


def test_an_intention_comes_back_as_it_was_stored(store: Store) -> None:
    new = replace(
        intention(1),
        id=999,
        side=Side.C2,
        source_id="4711",
        sent={"Name": "Portable n° 1", "def-3": Decimal("1.50"), "def-4": None, "def-5": False},
        basis={"asset.asset_tag": "T1", "asset.acquisition_date": NOON.date()},
    )
    (stored,) = store.add_intentions(begun(store), [new])
    assert store.intentions_of(LAPTOPS) == [replace(new, id=stored)]
    assert store.intentions_of(PRINTERS) == []


def test_ids_are_given_in_the_order_of_the_intentions(store: Store) -> None:
    seen_ids = frozenset({"1"})
    ids = store.add_intentions(begun(store), [intention(number, seen_ids) for number in range(1500)])
    found = {left.id: left.source_id for left in store.intentions_of(LAPTOPS)}
    assert [found[stored] for stored in ids] == [ci_id(number) for number in range(1500)]
    assert store.add_intentions(1, []) == []


def test_a_list_of_seen_ids_is_stored_once_and_is_one_object_again(store: Store, engine: Engine) -> None:
    shared, other = frozenset(str(number) for number in range(1000)), frozenset({"x"})
    store.add_intentions(begun(store), [intention(1, shared), intention(2, other), intention(3, shared)])
    first, second, third = store.intentions_of(LAPTOPS)
    assert rows_of_seen(engine) == 2
    assert (first.seen, second.seen) == (shared, other)
    assert first.seen is third.seen


def test_a_list_of_seen_ids_goes_with_its_last_intention(store: Store, engine: Engine) -> None:
    shared = frozenset({"1"})
    first, second = store.add_intentions(begun(store), [intention(1, shared), intention(2, shared)])
    store.drop_intention(first)
    assert [left.seen for left in store.intentions_of(LAPTOPS)] == [shared]
    store.drop_intention(second)
    store.drop_intention(second)
    assert store.intentions_of(LAPTOPS) == []
    assert rows_of_seen(engine) == 0


def test_intentions_are_stored_all_or_none(store: Store, engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        store.add_intentions(4711, [intention(1)])  # there is no such run
    assert rows_of_seen(engine) == 0


def test_a_run_with_an_intention_left_over_cannot_be_forgotten(store: Store, engine: Engine) -> None:
    store.add_intentions(begun(store), [intention(1)])
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(runs.delete())
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(intentions)) == 1


def test_an_intention_is_as_young_as_the_last_sign_of_its_run(store: Store) -> None:
    """A hundred are stored at once; the last request leaves when the first have long been answered."""
    run_id = begun(store)
    store.add_intentions(run_id, [intention(1)])
    later = NOON + timedelta(minutes=3)
    store.record_problems(run_id, None, [Problem(ErrorKind.NETWORK, "no answer")], later)
    (left,) = store.intentions_of(LAPTOPS)
    assert left.at == later
