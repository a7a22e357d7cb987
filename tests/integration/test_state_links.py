"""Links and baselines: stored together or not at all, changed in bulk, never shared between two pairs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, event, func, select
from state_examples import LAPTOPS, LATER, NOON, PRICE, PRINTERS, SERIAL, ci_id, conflict, intention, linked, new_link, pair

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import Baseline, Calm, Held, Link
from syncsvc.domain.values import Unreadable, Value, same
from syncsvc.state import queries
from syncsvc.state.store import AlreadyLinkedError, Store
from syncsvc.state.tables import baselines, conflicts, links

VALUES: list[Value] = [
    "text",
    "1",
    Decimal("1234.56"),
    Decimal(1),
    True,
    False,
    date(2026, 7, 4),
    datetime(2026, 7, 4, 4, 0, 0, 123000, UTC),
    Unreadable("31/31/2026"),
    None,
]


def test_links_come_back_as_they_were_stored(store: Store) -> None:
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    new = [new_link(2, by_hand=True), new_link(1, ci_active=False), new_link(3, asset_active=False)]
    ids = store.add_links(run, pair(), new, NOON)
    assert store.links_of(LAPTOPS) == [
        Link(ids[0], ci_id(2), 2, "000002", by_hand=True),
        Link(ids[1], ci_id(1), 1, "000001", ci_was_active=False),
        Link(ids[2], ci_id(3), 3, "000003", asset_was_active=False),
    ]
    assert store.links_of(PRINTERS) == []


def test_every_link_of_a_big_batch_gets_its_own_baselines(store: Store) -> None:
    numbers = range(1, 2501)
    ids = linked(store, *numbers)
    assert {link.id: link.asset_id for link in store.links_of(LAPTOPS)} == dict(zip(ids, numbers, strict=True))
    found = store.baselines_of(LAPTOPS)
    assert [found[link_id][SERIAL].c2 for link_id in ids] == [f"SN{number}" for number in numbers]


@pytest.mark.parametrize("count", [1, 9, 10, 11, 25])
def test_however_many_links_come_together_each_is_stored_once_with_what_belongs_to_it(store: Store, count: int) -> None:
    """Rows are inserted ten at a time as far as they go."""
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    intended = store.add_intentions(run, [intention(number) for number in range(count)])
    new = [
        new_link(number, baselines={SERIAL: Baseline(f"S{number}", None)}, intention_id=intended[number], subcategory_id=number)
        for number in range(count)
    ]
    ids = store.add_links(run, pair(), new, NOON)
    found = [(link.id, link.ci_id, link.asset_id, link.subcategory_id) for link in store.links_of(LAPTOPS)]
    assert found == [(ids[number], ci_id(number), number, number) for number in range(count)]
    assert store.baselines_of(LAPTOPS) == {ids[number]: {SERIAL: Baseline(f"S{number}", None)} for number in range(count)}
    assert store.intentions_of(LAPTOPS) == []


def test_a_field_that_is_advanced_twice_at_once_keeps_its_latest_baseline(store: Store) -> None:
    numbers = range(1, 13)
    ids = linked(store, *numbers)
    rows = [(link_id, SERIAL, Baseline(text, text)) for text in ("first", "last") for link_id in ids]
    store.advance(rows, LATER)
    assert {link_id: known[SERIAL].c2 for link_id, known in store.baselines_of(LAPTOPS).items()} == dict.fromkeys(ids, "last")


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_baseline_keeps_each_sides_value_and_its_kind(store: Store, value: Value) -> None:
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    known = {"one": Baseline(value, "other"), "two": Baseline("other", value), "three": Baseline(value, value)}
    (link_id,) = store.add_links(run, pair(), [new_link(1, baselines=known)], NOON)
    found = store.baselines_of(LAPTOPS)[link_id]
    assert found == known
    assert same(found["one"].c2, value)
    assert same(found["two"].hector, value)


@pytest.mark.parametrize("clash", [{"ci_id": ci_id(1)}, {"asset_id": 1}], ids=["ci", "asset"])
def test_a_record_that_is_linked_already_is_refused_and_nothing_is_stored(
    store: Store, engine: Engine, clash: dict[str, int]
) -> None:
    linked(store, 1, category=pair(PRINTERS, "Imprimantes"))
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    (left,) = store.add_intentions(run, [intention(5)])
    with pytest.raises(AlreadyLinkedError, match="CI 000001 and asset 1 are a pair in Inventaire / Imprimantes") as refused:
        store.add_links(run, pair(), [new_link(5, intention_id=left), new_link(6, **clash)], NOON)
    assert isinstance(refused.value, SyncError)
    assert "CI 000006" in str(refused.value)
    assert store.links_of(LAPTOPS) == []
    assert store.baselines_of(LAPTOPS) == {}
    assert [found.id for found in store.intentions_of(LAPTOPS)] == [left]
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(baselines)) == 2


def test_one_record_twice_in_a_batch_is_refused(store: Store) -> None:
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    with pytest.raises(AlreadyLinkedError, match="CI 000002 and asset 1"):
        store.add_links(run, pair(), [new_link(1), new_link(2, asset_id=1)], NOON)
    assert store.links_of(LAPTOPS) == []


@pytest.mark.parametrize("table", ["INSERT INTO baselines", "DELETE FROM intentions"])
def test_links_whose_storing_fails_half_way_are_not_there(store: Store, engine: Engine, table: str) -> None:
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    (left,) = store.add_intentions(run, [intention(1)])

    def killed(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(table):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", killed)
    with pytest.raises(KeyboardInterrupt):
        store.add_links(run, pair(), [new_link(1, intention_id=left)], NOON)
    event.remove(engine, "before_cursor_execute", killed)
    assert store.links_of(LAPTOPS) == []
    assert store.baselines_of(LAPTOPS) == {}
    assert len(store.intentions_of(LAPTOPS)) == 1


def test_a_link_removes_the_intention_it_fulfils_and_no_other(store: Store) -> None:
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    seen = frozenset({"9"})
    first, second = store.add_intentions(run, [intention(1, seen), intention(2, seen)])
    store.add_links(run, pair(), [new_link(1, intention_id=first), new_link(3)], NOON)
    (left,) = store.intentions_of(LAPTOPS)
    assert (left.id, left.seen) == (second, seen)


def test_what_is_linked_under_another_category_is_known_wherever_it_moved(store: Store) -> None:
    linked(store, 1, 2)
    linked(store, 3, category=pair(PRINTERS, "Imprimantes", hector_category_id=8))
    store.set_link_state(store.links_of(PRINTERS)[0].id, status="orphaned")
    assert store.linked_elsewhere(LAPTOPS, 7) == (frozenset({ci_id(3)}), frozenset({3}))
    assert store.linked_elsewhere(PRINTERS, 7) == (frozenset({ci_id(1), ci_id(2)}), frozenset({1, 2}))
    places = store.places_of({ci_id(2), ci_id(3), ci_id(4)})
    assert {ci: (place.category_id, place.asset_id) for ci, place in places.items()} == {
        ci_id(2): (LAPTOPS, 2),
        ci_id(3): (PRINTERS, 3),
    }


def test_advance_stores_new_baselines_and_replaces_old_ones(store: Store) -> None:
    first, second = linked(store, 1, 2)
    store.advance([(first, SERIAL, Baseline("A", "a")), (first, "new", Baseline(None, "b"))], LATER)
    known = store.baselines_of(LAPTOPS)
    assert known[first] == {SERIAL: Baseline("A", "a"), PRICE: Baseline(None, Decimal("12.50")), "new": Baseline(None, "b")}
    assert known[second][SERIAL] == Baseline("SN2", "SN2")
    store.advance([(first, SERIAL, Baseline("B", "b")), (first, SERIAL, Baseline("C", None))], LATER)
    assert store.baselines_of(LAPTOPS)[first][SERIAL] == Baseline("C", None)
    store.advance([], LATER)


def test_a_baseline_that_is_none_is_forgotten(store: Store) -> None:
    first, second = linked(store, 1, 2)
    store.advance([(first, SERIAL, None), (second, PRICE, Baseline("x", "x")), (second, "never was", None)], LATER)
    known = store.baselines_of(LAPTOPS)
    assert set(known[first]) == {PRICE}
    assert known[second] == {SERIAL: Baseline("SN2", "SN2"), PRICE: Baseline("x", "x")}


def test_where_an_asset_was_is_kept_when_its_pair_is_no_longer_calm(store: Store) -> None:
    first, second = linked(store, 1, 2)
    assert [link.subcategory_id for link in store.links_of(LAPTOPS)] == [None, None]
    store.note_calm(LAPTOPS, "rules", [(first, "HP-1", Calm(1, 2, 30, 4), {})])
    store.advance([], LATER, homes=[(second, 31)])
    store.forget_calm([first])
    store.note_calm(LAPTOPS, "other rules", [])
    assert [(link.calm, link.subcategory_id) for link in store.links_of(LAPTOPS)] == [(None, 30), (None, 31)]


def test_what_a_calm_pair_holds_without_a_baseline_comes_back_as_it_was(store: Store) -> None:
    first, second, third = linked(store, 1, 2, 3)
    known = {f"mapping {place}": Held(value, None if place % 2 else value) for place, value in enumerate(VALUES)}
    store.note_calm(LAPTOPS, "rules", [(first, "", Calm(1, 2, 3, 4), known), (second, "", Calm(5, 6, 7, 8), {})])
    found = store.unagreed_of([first, second, third])
    assert found == {first: known}
    assert all(same(found[first][key].c2, held.c2) for key, held in known.items())


@pytest.mark.parametrize("how", ["forgotten", "other rules", "noted anew", "too long"])
def test_what_a_calm_pair_holds_is_forgotten_with_its_fingerprints(store: Store, how: str) -> None:
    (link_id,) = linked(store, 1)
    store.note_calm(LAPTOPS, "rules", [(link_id, "", Calm(1, 2, 3, 4), {SERIAL: Held("was", None)})])
    if how == "forgotten":
        store.forget_calm([link_id])
    elif how == "other rules":
        store.note_calm(LAPTOPS, "others", [])
    else:
        anew = {SERIAL: Held(None, "long" * 1_000)} if how == "too long" else {}
        store.note_calm(LAPTOPS, "rules", [(link_id, "", Calm(5, 6, 7, 8), anew)])
    assert store.unagreed_of([link_id]) == {}


def test_advance_takes_twenty_thousand_baselines_at_once(store: Store) -> None:
    ids = linked(store, *range(1, 2001))
    rows = [(link_id, f"mapping {number}", Baseline("same", f"{link_id}/{number}")) for link_id in ids for number in range(10)]
    for _ in range(2):
        store.advance(rows, LATER)
    known = store.baselines_of(LAPTOPS)
    assert sum(len(fields) for fields in known.values()) == 20_000 + 2 * 2_000
    assert known[ids[-1]]["mapping 9"] == Baseline("same", f"{ids[-1]}/9")


def test_baselines_are_read_with_one_statement(store: Store, engine: Engine) -> None:
    linked(store, *range(1, 51))
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    assert len(store.baselines_of(LAPTOPS)) == 50
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_baselines_of_another_category_are_not_read(store: Store) -> None:
    linked(store, 1)
    (other,) = linked(store, 2, category=pair(PRINTERS, "Imprimantes"))
    assert set(store.baselines_of(PRINTERS)) == {other}


def test_a_link_that_is_removed_takes_its_baselines_along(store: Store, engine: Engine) -> None:
    first, second = linked(store, 1, 2)
    with engine.begin() as connection:
        connection.execute(links.delete().where(links.c.id == first))
    assert set(store.baselines_of(LAPTOPS)) == {second}


def test_a_links_number_is_not_given_twice(store: Store, engine: Engine) -> None:
    (first,) = linked(store, 1)
    with engine.begin() as connection:
        connection.execute(links.delete())
    assert linked(store, 2) != [first]


def test_a_parted_pair_leaves_nothing_behind_but_that_it_was_parted(store: Store, engine: Engine) -> None:
    first, second = linked(store, 1, 2)
    store.note_conflicts(1, LAPTOPS, [conflict(1), conflict(2)], {ci_id(1): first, ci_id(2): second}.get, NOON)
    assert store.parted() == frozenset()
    store.part(first, LATER)
    assert store.parted() == {(ci_id(1), 1)}
    assert [link.id for link in store.links_of(LAPTOPS)] == [second]
    assert set(store.baselines_of(LAPTOPS)) == {second}
    with engine.connect() as connection:
        assert list(connection.scalars(select(conflicts.c.link_id))) == [second]


def test_a_link_that_is_not_there_cannot_be_parted(store: Store) -> None:
    (first,) = linked(store, 1)
    store.part(first, NOON)
    with pytest.raises(SyncError, match=f"There is no link {first}"):
        store.part(first, LATER)
    assert store.parted() == {(ci_id(1), 1)}


def test_a_parting_that_fails_half_way_parts_nobody(store: Store, engine: Engine) -> None:
    (first,) = linked(store, 1)

    def killed(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO parted"):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", killed)
    with pytest.raises(KeyboardInterrupt):
        store.part(first, NOON)
    event.remove(engine, "before_cursor_execute", killed)
    assert set(store.baselines_of(LAPTOPS)) == {first}
    assert store.parted() == frozenset()


def test_a_parted_pair_is_forgotten_once_somebody_joins_it_by_hand(store: Store) -> None:
    for link_id in linked(store, 1, 2):
        store.part(link_id, NOON)
    store.add_links(None, pair(), [new_link(3, by_hand=True), new_link(2)], LATER)
    assert store.parted() == {(ci_id(1), 1), (ci_id(2), 2)}
    (again,) = store.add_links(None, pair(), [new_link(1, by_hand=True)], LATER)
    assert store.parted() == {(ci_id(2), 2)}
    store.part(again, LATER)
    (other,) = (link.id for link in store.links_of(LAPTOPS) if link.asset_id == 2)
    store.part(other, LATER)
    assert store.parted() == {(ci_id(1), 1), (ci_id(2), 2)}


def test_what_was_decided_by_hand_lets_the_next_run_read_that_category_in_full(store: Store) -> None:
    for category in (LAPTOPS, PRINTERS):
        store.begin_round(category)
        store.note_good(category, "digest", NOON, full=True)
    store.add_links(None, pair(), [new_link(1), new_link(2)], NOON)
    assert store.round_of(LAPTOPS).rules == "digest"
    store.add_links(None, pair(), [new_link(3, by_hand=True)], LATER)
    assert [store.round_of(category).rules for category in (LAPTOPS, PRINTERS)] == [None, "digest"]
    store.note_good(LAPTOPS, "digest", LATER, full=True)
    store.part(store.links_of(LAPTOPS)[0].id, LATER)
    assert [store.round_of(category).rules for category in (LAPTOPS, PRINTERS)] == [None, "digest"]
    assert store.round_of(LAPTOPS).last_good_at == LATER


def test_a_pair_that_cannot_be_joined_stays_parted(store: Store) -> None:
    (first,) = linked(store, 1)
    store.part(first, NOON)
    linked(store, 5)
    with pytest.raises(AlreadyLinkedError):
        store.add_links(None, pair(), [new_link(1, by_hand=True), new_link(6, asset_id=5)], LATER)
    assert store.parted() == {(ci_id(1), 1)}


def test_touched_links_say_when_and_the_others_do_not(store: Store, engine: Engine) -> None:
    first, second = linked(store, 1, 2)
    store.touch([first], LATER)
    store.touch([], LATER)
    synced = {row["ci_number"]: row["last_synced_at"] for row in queries.links(engine)}
    assert synced == {"000001": "2026-11-21T12:05:00.123456Z", "000002": None}
    store.touch(range(first, second + 20_000), NOON)
    assert {row["last_synced_at"] for row in queries.links(engine)} == {"2026-11-21T12:00:00.123456Z"}


def test_the_state_of_a_link_is_changed_fact_by_fact(store: Store) -> None:
    first, second, third = linked(store, 1, 2, 3)
    store.set_link_state(first, status="orphaned")
    store.set_link_state([first, second], ci_was_active=False)
    store.set_link_state(third, asset_was_active=False)
    store.set_link_state(third)
    facts = [(link.status, link.ci_was_active, link.asset_was_active) for link in store.links_of(LAPTOPS)]
    assert facts == [("orphaned", False, True), ("active", False, True), ("active", True, False)]


def test_links_are_found_by_either_record(store: Store, engine: Engine) -> None:
    first, second = linked(store, 10, 100)
    (third,) = linked(store, 7, category=pair(PRINTERS, "Imprimantes"))
    for asked in ("10", "000010", " 0010"):
        assert list(queries.find_links(engine, ci_number=asked)) == [first]
    assert list(queries.find_links(engine, ci_id=ci_id(100))) == [second]
    assert list(queries.find_links(engine, asset_id=7)) == [third]
    assert list(queries.find_links(engine, ci_id=ci_id(10), asset_id=7)) == [first, third]
    assert queries.find_links(engine, ci_number="1") == queries.find_links(engine, asset_id=0) == queries.find_links(engine) == {}
    assert queries.find_links(engine, asset_id=7)[third] == queries.links(engine, PRINTERS)[0]


def test_links_are_listed_by_category(store: Store, engine: Engine) -> None:
    linked(store, 1)
    linked(store, 2, category=pair(PRINTERS, "Imprimantes réseau"))
    assert queries.links(engine, "imprimantes  RÉSEAU") == [
        {
            "ci_id": ci_id(2),
            "ci_number": "000002",
            "asset_id": 2,
            "category": "Imprimantes réseau",
            "status": "active",
            "linked_at": "2026-11-21T12:00:00.123456Z",
            "last_synced_at": None,
        }
    ]
    assert [row["ci_number"] for row in queries.links(engine, LAPTOPS)] == ["000001"]
    assert [row["ci_number"] for row in queries.links(engine)] == ["000002", "000001"]
    assert queries.links(engine, "Écrans") == []
