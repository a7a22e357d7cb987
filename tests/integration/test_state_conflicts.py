"""Conflicts are opened once, keep their age while nothing moves, and end when they are over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from state_examples import LAPTOPS, LATER, NOON, PRICE, PRINTERS, SERIAL, ci_id, conflict, linked, pair

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import Baseline, Conflict, Settlement
from syncsvc.domain.records import Side
from syncsvc.state import queries
from syncsvc.state.conflicts import MovedConflictError
from syncsvc.state.store import Store
from syncsvc.state.tables import conflicts


@pytest.fixture
def links(store: Store) -> dict[str, int]:
    """Two linked pairs: link ids by CI id."""
    return dict(zip((ci_id(1), ci_id(2)), linked(store, 1, 2), strict=True))


def stored(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(conflicts).order_by(conflicts.c.id)))


def test_a_new_conflict_is_open_and_shown_with_both_values(store: Store, engine: Engine, links: dict[str, int]) -> None:
    first = Conflict(ci_id(1), "000001", 1, SERIAL, "Numéro", "one", None, Baseline("was", None))
    second = Conflict(ci_id(2), "000002", 2, PRICE, "Prix", "1", "2", None)
    assert store.note_conflicts(1, LAPTOPS, [first, second], links.get, NOON) == 2
    shown, other = queries.conflicts(engine)
    assert shown == {
        "id": shown["id"],
        "category": "Portables",
        "ci": "000001",
        "asset": "1",
        "field": "Numéro",
        "c2_value": "one",
        "hector_value": None,
        "baseline": {"c2": "was", "hector": None},
        "since": "2026-11-21T12:00:00.123456Z",
        "status": "open",
        "use": None,
    }
    assert other["baseline"] is None


def test_a_conflict_that_nobody_touched_keeps_its_number_and_age(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, NOON)
    before = queries.conflicts(engine)
    assert store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, LATER) == 1
    assert queries.conflicts(engine) == before


@pytest.mark.parametrize("moved", [conflict(1, c2="new"), conflict(1, hector=None)], ids=["c2", "hector"])
def test_a_conflict_whose_values_moved_is_new_since_then(
    store: Store, engine: Engine, links: dict[str, int], moved: Conflict
) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], links.get, NOON)
    before = {row["id"]: row for row in queries.conflicts(engine)}
    assert store.note_conflicts(1, LAPTOPS, [moved, conflict(2)], links.get, LATER) == 2
    other, shown = queries.conflicts(engine)
    assert (shown["c2_value"], shown["hector_value"]) == (moved.c2, moved.hector)
    assert (shown["ci"], shown["since"]) == ("000001", "2026-11-21T12:05:00.123456Z")
    assert before[other["id"]] == other
    assert shown["id"] in before


def test_a_conflict_that_is_over_is_closed_and_kept(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(1, mapping=PRICE), conflict(2)], links.get, NOON)
    assert store.note_conflicts(1, LAPTOPS, [conflict(2)], links.get, LATER) == 1
    assert [row["ci"] for row in queries.conflicts(engine)] == ["000002"]
    assert [row.status for row in stored(engine)] == ["closed", "closed", "open"]
    assert store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], links.get, LATER) == 2
    assert [row.status for row in stored(engine)] == ["closed", "closed", "open", "open"]


def test_another_categorys_conflicts_are_left_alone(store: Store, engine: Engine, links: dict[str, int]) -> None:
    (printer,) = linked(store, 3, category=pair(PRINTERS, "Imprimantes"))
    store.note_conflicts(1, PRINTERS, [conflict(3)], {ci_id(3): printer}.get, NOON)
    assert store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, NOON) == 1
    assert store.note_conflicts(1, LAPTOPS, [], links.get, LATER) == 0
    assert [row["category"] for row in queries.conflicts(engine)] == ["Imprimantes"]


def test_a_conflict_of_a_pair_without_a_link_waits_for_its_link(store: Store, engine: Engine, links: dict[str, int]) -> None:
    assert store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(9)], links.get, NOON) == 1
    assert [row["ci"] for row in queries.conflicts(engine)] == ["000001"]


def test_a_settlement_stands_until_the_next_run_carries_it_out(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], links.get, NOON)
    store.settle_conflict(queries.conflicts(engine)[0]["id"], Side.C2, NOON)
    assert store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], links.get, LATER) == 1
    assert store.note_conflicts(1, LAPTOPS, [conflict(2)], links.get, LATER) == 1, "planned, but perhaps not yet written"
    assert [row["status"] for row in queries.conflicts(engine)] == ["settled", "open"]
    store.advance([(links[ci_id(2)], SERIAL, Baseline("x", "x")), (links[ci_id(1)], PRICE, Baseline("x", "x"))], LATER)
    assert [row["status"] for row in queries.conflicts(engine)] == ["settled", "open"]
    store.advance([(links[ci_id(1)], SERIAL, Baseline("one", "one"))], LATER)
    assert [row.status for row in stored(engine)] == ["closed", "open"]
    assert stored(engine)[0].use == "c2"


def test_a_settlement_that_could_not_be_written_is_tried_again(store: Store, engine: Engine, links: dict[str, int]) -> None:
    refused, over, other = conflict(1), conflict(1, mapping=PRICE), conflict(2)
    store.note_conflicts(1, LAPTOPS, [refused, over, other], links.get, NOON)
    store.settle_conflict([row["id"] for row in queries.conflicts(engine) if row["ci"] == "000001"], Side.C2, NOON)
    assert store.note_conflicts(1, LAPTOPS, [other], links.get, LATER, pending={(ci_id(1), SERIAL)}) == 1
    assert [row.status for row in stored(engine)] == ["settled", "closed", "open"]
    assert set(store.settlements_of(LAPTOPS)) == {(ci_id(1), SERIAL)}
    assert store.note_conflicts(1, LAPTOPS, [], links.get, LATER, pending=()) == 0
    assert [row.status for row in stored(engine)] == ["closed", "closed", "closed"]


def test_a_settlement_that_the_plan_relied_on_is_open_again_when_a_value_moved_meanwhile(
    store: Store, engine: Engine, links: dict[str, int]
) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, NOON)
    store.settle_conflict(queries.conflicts(engine)[0]["id"], Side.C2, NOON)
    pending = {(ci_id(1), SERIAL)}
    assert store.note_conflicts(1, LAPTOPS, [conflict(1, hector="newer")], links.get, LATER, pending=pending) == 1
    assert store.settlements_of(LAPTOPS) == {}


def test_conflicts_of_links_that_the_run_did_not_look_at_are_left_alone(
    store: Store, engine: Engine, links: dict[str, int]
) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], links.get, NOON)
    first = {ci_id(1): links[ci_id(1)]}
    assert store.note_conflicts(1, LAPTOPS, [], first.get, LATER, pending=()) == 1
    assert [row["ci"] for row in queries.conflicts(engine)] == ["000002"]


def test_conflicts_of_categories_that_are_synchronised_no_longer_are_closed(
    store: Store, engine: Engine, links: dict[str, int]
) -> None:
    (printer,) = linked(store, 3, category=pair(PRINTERS, "Imprimantes"))
    store.note_conflicts(1, PRINTERS, [conflict(3), conflict(3, mapping=PRICE)], {ci_id(3): printer}.get, NOON)
    store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, NOON)
    store.settle_conflict(queries.conflicts(engine)[0]["id"], Side.HECTOR, NOON)
    assert store.close_other_conflicts({LAPTOPS, PRINTERS}) == 0
    assert store.close_other_conflicts({LAPTOPS}) == 2
    assert store.close_other_conflicts({LAPTOPS}) == 0
    assert [row["category"] for row in queries.conflicts(engine)] == ["Portables"]


def test_what_people_decided_is_given_with_the_values_they_saw(store: Store, engine: Engine, links: dict[str, int]) -> None:
    found = [
        Conflict(ci_id(1), "000001", 1, SERIAL, "Numéro", None, Decimal("12.50"), None),
        Conflict(ci_id(2), "000002", 2, SERIAL, "Numéro", "one", "other", None),
        Conflict(ci_id(2), "000002", 2, PRICE, "Prix", "1", "2", None),
    ]
    store.note_conflicts(1, LAPTOPS, found, links.get, NOON)
    assert store.settlements_of(LAPTOPS) == {}
    first, second, _ = (row["id"] for row in queries.conflicts(engine))
    store.settle_conflict(first, Side.C2, NOON)
    store.settle_conflict(second, Side.HECTOR, NOON)
    assert store.settlements_of(LAPTOPS) == {
        (ci_id(1), SERIAL): Settlement(Side.C2, None, Decimal("12.50")),
        (ci_id(2), SERIAL): Settlement(Side.HECTOR, "one", "other"),
    }
    assert store.settlements_of(PRINTERS) == {}
    assert [row["status"] for row in queries.conflicts(engine)] == ["settled", "settled", "open"]


def test_whoever_settles_again_has_the_last_word(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, NOON)
    (number,) = (row["id"] for row in queries.conflicts(engine))
    store.settle_conflict(number, Side.C2, NOON)
    store.settle_conflict(number, Side.HECTOR, LATER)
    assert store.settlements_of(LAPTOPS) == {(ci_id(1), SERIAL): Settlement(Side.HECTOR, "one", "other")}
    (row,) = stored(engine)
    assert (row.settled_at, row.since) == (LATER, NOON)


def test_an_unknown_conflict_or_one_that_is_over_settles_nothing(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], links.get, NOON)
    store.note_conflicts(1, LAPTOPS, [conflict(2)], links.get, LATER)
    over, alive = (row.id for row in stored(engine))
    with pytest.raises(SyncError, match=f"There is no conflict {alive + 7}") as refused:
        store.settle_conflict([alive, alive + 7, over], Side.C2, LATER)
    assert f"Conflict {over} is over" in refused.value.message
    with pytest.raises(SyncError, match="is over"):
        store.settle_conflict(over, Side.C2, LATER)
    assert [row.status for row in stored(engine)] == ["closed", "open"]


def test_values_that_moved_since_they_were_seen_are_not_settled(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], links.get, NOON)
    first, second = (row["id"] for row in queries.conflicts(engine))
    store.note_conflicts(1, LAPTOPS, [conflict(1, c2="new"), conflict(2)], links.get, LATER)
    for several in (first, [first, second]):
        with pytest.raises(MovedConflictError):
            store.settle_conflict(several, Side.C2, LATER, since=NOON)
    assert queries.conflict_amounts(engine) == {"open": 2, "settled": 0}
    store.settle_conflict(first, Side.C2, LATER, since=LATER)
    store.settle_conflict(second, Side.HECTOR, LATER, since=NOON)
    assert queries.chosen_sides(engine) == {first: "c2", second: "hector"}
    assert queries.conflict_amounts(engine) == {"open": 0, "settled": 2}


def test_a_settlement_is_void_when_a_value_moved(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, NOON)
    store.settle_conflict(queries.conflicts(engine)[0]["id"], Side.C2, NOON)
    assert store.note_conflicts(1, LAPTOPS, [conflict(1, c2="newer")], links.get, LATER) == 1
    (row,) = stored(engine)
    assert (row.status, row.use, row.settled_at, row.since) == ("open", None, None, LATER)


def test_a_field_has_at_most_one_conflict_that_lives(store: Store, engine: Engine, links: dict[str, int]) -> None:
    store.note_conflicts(1, LAPTOPS, [conflict(1)], links.get, NOON)
    (row,) = stored(engine)
    again = row._asdict() | {"id": row.id + 1, "since": NOON + timedelta(days=1)}
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(conflicts.insert(), again)
    with engine.begin() as connection:
        connection.execute(conflicts.insert(), again | {"status": "closed"})
