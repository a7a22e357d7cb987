"""What runs wrote, by ids and exact values, and what an undo was about to put back: as both databases keep it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, update
from state_examples import LAPTOPS, NOON, PRICE, PRINTERS, SERIAL, ci_id, linked, pair

from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.plan import ACTIVITY, Action, Agreement, Baseline, Change, FieldChange, Outcome, RunStatus, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.values import Unreadable, Value
from syncsvc.state.store import Store
from syncsvc.state.tables import changes
from syncsvc.state.undoing import Undoing

NAMES = ("Inventaire", "Portables")
VALUES: list[Value] = [
    None,
    "tiret – “…” \x00 \ud83d",
    "t",
    Decimal("12.50"),
    True,
    False,
    date(2026, 7, 4),
    datetime(2026, 7, 4, 12, 30, tzinfo=UTC),
    Unreadable("2$50"),
]


def field(mapping: str, before: Value, after: Value, why: Why = Why.CHANGED) -> FieldChange:
    return FieldChange(mapping, "Prix", before, after, "basis", why)


def asset_change(*fields: FieldChange, action: Action = Action.UPDATE, moved: tuple[int, int] | None = None) -> Change:
    known = {"ci_id": ci_id(1), "ci_number": "000001", "asset_id": 1, "asset_label": "A1", "moved": moved}
    return Change(action, Side.HECTOR, RecordKind.ASSET, fields, **known)  # type: ignore[arg-type]


def recorded(store: Store, *rows: tuple[Change, Outcome], status: RunStatus = RunStatus.SUCCEEDED, dry_run: bool = False) -> int:
    run = store.start_run("manual", full=True, dry_run=dry_run, at=NOON)
    store.record_changes(run, NAMES, rows, NOON)
    if status is not RunStatus.RUNNING:
        store.finish_run(run, status, {}, [], NOON)
    return run


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_were(store: Store, value: Value) -> None:
    wrote = asset_change(field(PRICE, value, None), field(SERIAL, None, value, Why.PUT_BACK))
    run = recorded(store, (wrote, Outcome.DONE))
    (row,) = store.written_by(run)
    assert (row.run, row.names, row.is_exact) == (run, NAMES, True)
    assert [(it.mapping, it.before, it.after, it.why) for it in row.change.fields] == [
        (PRICE, value, None, Why.CHANGED),
        (SERIAL, None, value, Why.PUT_BACK),
    ]
    assert (row.change.ci_id, row.change.asset_id, row.change.ci_number, row.change.asset_label) == (ci_id(1), 1, "000001", "A1")


def test_moves_and_subcategories_are_known_by_their_ids(store: Store) -> None:
    move = asset_change(field("m=subcategory.model", "840", "850"), action=Action.MOVE, moved=(7, 8))
    follower = Agreement(ci_id(4), PRICE, Baseline(None, None))
    shared = Change(
        Action.UPDATE,
        Side.HECTOR,
        RecordKind.SUBCATEGORY,
        (field(PRICE, None, Decimal(1)),),
        subcategory_id=9,
        followers=(follower,),
    )
    first, second = store.written_by(recorded(store, (move, Outcome.DONE), (shared, Outcome.PARTLY)))
    assert (first.change.action, first.change.moved) == (Action.MOVE, (7, 8))
    assert (second.change.subcategory_id, second.change.ci_id) == (9, ci_id(4))


def test_what_was_not_carried_out_was_not_written(store: Store) -> None:
    wrote = asset_change(field(PRICE, None, Decimal(1)))
    rows = [(wrote, outcome) for outcome in (Outcome.REFUSED, Outcome.LEFT, Outcome.UNCLEAR)]
    with pytest.raises(SyncError, match="changed nothing"):
        store.written_by(recorded(store, *rows))
    assert len(store.written_by(recorded(store, *rows, (wrote, Outcome.PARTLY)))) == 1


def test_what_an_earlier_version_recorded_has_names_alone(store: Store, engine: Engine) -> None:
    run = recorded(store, (asset_change(field(PRICE, None, Decimal(1))), Outcome.DONE))
    with engine.begin() as connection:
        connection.execute(update(changes).values(wrote=None))
    (row,) = store.written_by(run)
    assert (row.is_exact, row.change.ci_id, row.change.asset_id, row.change.asset_label) == (False, None, None, "A1")
    assert [(it.mapping, it.field, it.before, it.after) for it in row.change.fields] == [("", "Prix", None, "1")]


def test_runs_of_which_nothing_can_be_undone_say_why(store: Store) -> None:
    wrote = (asset_change(field(PRICE, None, Decimal(1))), Outcome.DONE)
    with pytest.raises(SyncError, match="There is no run 99"):
        store.written_by(99)
    with pytest.raises(SyncError, match="dry run"):
        store.written_by(recorded(store, wrote, dry_run=True))
    with pytest.raises(AnotherRunError, match="under way"):
        store.written_by(recorded(store, wrote, status=RunStatus.RUNNING))
    with pytest.raises(SyncError, match="it was held"):
        store.written_by(recorded(store, status=RunStatus.HELD))
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    store.finish_run(run, RunStatus.SUCCEEDED, {"updated": {"c2": 0, "hector": 3}}, [], NOON)
    with pytest.raises(SyncError, match="no longer on record"):
        store.written_by(run)
    assert len(store.written_by(recorded(store, wrote, status=RunStatus.INTERRUPTED))) == 1


def test_later_runs_are_told_apart(store: Store) -> None:
    wrote = (asset_change(field(PRICE, None, Decimal(1))), Outcome.DONE)
    first, second, third = (recorded(store, wrote) for _ in range(3))
    assert [row.run for row in store.written_since(first)] == [second, third]
    assert list(store.written_since(third)) == []


def test_the_category_of_a_ci_is_that_of_its_link(store: Store) -> None:
    linked(store, 1)
    linked(store, 2, category=pair(PRINTERS, "Imprimantes", 8))
    assert store.categories_of([ci_id(1), ci_id(2), ci_id(3)]) == {ci_id(1): LAPTOPS, ci_id(2): PRINTERS}
    assert store.categories_of([]) == {}


def test_undoing_is_kept_by_link_and_side_until_it_is_over(store: Store) -> None:
    one, other = linked(store, 1, 2)
    (elsewhere,) = linked(store, 3, category=pair(PRINTERS, "Imprimantes", 8))
    rows = [Undoing(one, PRICE, Side.HECTOR, value) for value in (Decimal(1), Decimal(2))]
    for row in rows:
        store.begin_undoing([row], NOON)
    more = [Undoing(one, PRICE, Side.C2, None), Undoing(other, ACTIVITY, Side.HECTOR, "active")]
    store.begin_undoing([*more, Undoing(elsewhere, PRICE, Side.C2, None)], NOON + timedelta(minutes=1))
    found = store.undoing_of(LAPTOPS)
    assert {link_id: set(its) for link_id, its in found.items()} == {one: {rows[1], more[0]}, other: {more[1]}}
    store.forget_undoing([one, other], NOON)
    assert store.undoing_of(LAPTOPS) == {one: [more[0]], other: [more[1]]}
    store.forget_undoing([one], NOON + timedelta(hours=1))
    assert store.undoing_of(LAPTOPS) == {other: [more[1]]}
    store.begin_undoing(rows[1:], NOON)
    store.begin_undoing(more[:1], NOON)
    store.end_undoing([(one, PRICE, Side.HECTOR), (one, SERIAL, None)])
    assert store.undoing_of(LAPTOPS) == {one: [more[0]], other: [more[1]]}
    store.end_undoing([(one, PRICE, None)])
    assert store.undoing_of(LAPTOPS) == {other: [more[1]]}
    store.part(other, NOON)
    assert store.undoing_of(LAPTOPS) == {}
    assert list(store.undoing_of(PRINTERS)) == [elsewhere]
