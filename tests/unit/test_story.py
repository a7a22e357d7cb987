"""What is told of a pair's fields and of how two records stand, where no golden plan shows it; and the words of each code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import plan_world
import pytest
from plan_world import PlanWorld
from stories import line, records_of, stories

from syncsvc.cli import story_words
from syncsvc.domain.plan import Action, Baseline, Change, Intention, Plan
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.rules import Direction
from syncsvc.domain.values import Value
from syncsvc.planning.field_story import Changed, Rest, changed_since, names_of
from syncsvc.planning.only import One, only_about
from syncsvc.planning.planner import plan_category
from syncsvc.planning.snapshot import Snapshot
from syncsvc.planning.standing import Standing, parted_from, standing_of
from syncsvc.planning.story import tell_fields

MAKER = {"c2": "Fabricant", "hector": "subcategory.maker"}
NOTE = {"c2": "Note", "hector": "asset.note"}
PRICE = {"c2": "Prix", "hector": "subcategory.price", "kind": "number"}
CONVENTIONS = plan_world.conventions()


def _world(*fields: dict[str, Any], direction: str = "⇄", **told: Any) -> PlanWorld:
    known: dict[str, Any] = {
        "cis": [{"n": 1, "Fabricant": "HP"}],
        "subcategories": [{"n": 10, "maker": "HP"}],
        "assets": [{"n": 100, "of": 10}],
        "links": [{"ci": 1, "asset": 100}],
    }
    return PlanWorld(direction=Direction(direction), fields=[MAKER, *fields], **(known | told))


@pytest.mark.parametrize(
    ("baseline", "c", "h", "changed"),
    [
        (None, "a", "b", None),
        (Baseline("a", "b"), "a", "b", Changed.NOTHING),
        (Baseline("a", "b"), "x", "b", Changed.C2),
        (Baseline("a", "b"), "a", "x", Changed.HECTOR),
        (Baseline("a", "b"), "x", "x", Changed.BOTH),
        (Baseline(c2=True, hector="1"), "1", "1", Changed.C2),
    ],
)
def test_each_side_is_compared_with_its_own_baseline(baseline: Baseline | None, c: Value, h: Value, changed: Changed) -> None:
    assert changed_since(baseline, c, h) is changed


def test_a_field_that_goes_nowhere_says_so() -> None:
    world = _world(NOTE | {"direction": "none"}, cis=[{"n": 1, "Fabricant": "HP", "Note": "x"}])
    assert stories(world)["1"][1].endswith("not_mapped")


def test_what_a_subcategory_holds_that_was_not_read_is_no_empty_value() -> None:
    snapshot = replace(_world(NOTE).snapshot(), subcategories={})
    plan = plan_category(snapshot, CONVENTIONS)
    fields = tell_fields(snapshot, plan, records_of(snapshot, One("1", "1", 100, "100")), CONVENTIONS)
    assert [field.rest for field in fields] == [Rest.NO_SUBCATEGORY, Rest.IN_ORDER]


def test_a_new_record_is_given_nothing_of_a_field_that_goes_the_other_way() -> None:
    to_c2 = NOTE | {"direction": "←"}
    world = _world(to_c2, links=[], assets=[], cis=[{"n": 1, "Fabricant": "HP", "Note": "x"}])
    assert stories(world)["1"] == ["Fabricant (never): create asset HP (new_record)", "Note (never): other_way"]


def test_a_refused_value_leaves_the_other_fields_of_a_new_record_alone() -> None:
    number = {"c2": "Ports", "hector": "asset.ports", "hector_kind": "number"}
    world = _world(number, links=[], assets=[], cis=[{"n": 1, "Fabricant": "HP", "Ports": "beaucoup"}])
    assert stories(world)["1"] == ["Fabricant (never): create asset HP (new_record)", "Ports (never): error, validation"]


def test_through_a_sibling_c2_is_given_what_hector_answers() -> None:
    world = _world(PRICE, cis=[{"n": 1, "Fabricant": "HP", "Prix": 800}], subcategories=[{"n": 10, "maker": "HP", "price": 800}])
    snapshot = world.snapshot()
    (key,) = (mapping.key for mapping in snapshot.pair.mappings if mapping.name == "Prix")
    written = only_field(plan_category(replace_price(snapshot, 900), CONVENTIONS), key)
    through = replace(written, fields=tuple(replace(field, through=10) for field in written.fields))
    fields = tell_fields(snapshot, Plan((through,)), records_of(snapshot, One("1", "1", 100, "100")), CONVENTIONS)
    assert line(fields[1]) == "Prix (nothing): update ci 900 (changed) through a sibling"


def replace_price(snapshot: Snapshot, price: int) -> Snapshot:
    own = snapshot.subcategories[10]
    kept = plan_world.value(snapshot.pair.mappings[1].hector.kind, price)
    return replace(snapshot, subcategories={10: replace(own, values=(own.values[0], kept))})


def only_field(plan: Plan, key: str) -> Change:
    (found,) = (change for change in plan.changes if any(field.mapping == key for field in change.fields))
    return found


def test_a_change_of_a_sibling_is_not_the_pairs_own() -> None:
    world = _world(
        NOTE,
        cis=[{"n": n, "Fabricant": "HP", "Note": "new"} for n in (1, 2)],
        assets=[{"n": 100, "of": 10, "note": "old"}, {"n": 101, "of": 10, "note": "old"}],
        links=[{"ci": n, "asset": 99 + n, "was": {"Note": "old"}} for n in (1, 2)],
    )
    snapshot = world.snapshot()
    plan = plan_category(snapshot, CONVENTIONS)
    others = replace(plan, changes=tuple(change for change in plan.changes if change.ci_id == "2"))
    fields = tell_fields(snapshot, others, records_of(snapshot, One("1", "1", 100, "100")), CONVENTIONS)
    assert fields[1].write is None


def test_an_error_about_who_belongs_together_is_no_reason_for_a_field() -> None:
    serial = {"c2": "Série", "hector": "asset.serial"}
    world = _world(
        serial,
        match_on=["Série"],
        cis=[{"n": n, "Fabricant": "HP", "Série": "S1"} for n in (1, 2)],
        assets=[{"n": 100, "of": 10, "serial": "S2"}],
        links=[{"ci": 1, "asset": 100, "was": {"Série": "S1"}, "given_up": {"Série": ["S1", "S2"]}}],
    )
    assert stories(world)["1"][1] == "Série (hector): given_up"


def test_clients_are_known_by_name() -> None:
    user = {"c2": "Utilisateur", "hector": "asset.user", "kind": "person", "hector_kind": "text"}
    world = _world(
        user,
        cis=[{"n": 1, "Fabricant": "HP", "Utilisateur": "p1"}],
        assets=[{"n": 100, "of": 10, "user": "jean@erables.example"}],
        links=[{"ci": 1, "asset": 100, "was": {"Utilisateur": ["p1", "Marie Tremblay"]}}],
    )
    snapshot = world.snapshot()
    fields = tell_fields(
        snapshot, plan_category(snapshot, CONVENTIONS), records_of(snapshot, One("1", "1", 100, "100")), CONVENTIONS
    )
    assert names_of(fields, CONVENTIONS) == {"p1": "Marie Tremblay", "p2": "Jean Roy"}


# -- how they stand ------------------------------------------------------------------------------------------------------


def _stands(snapshot: Snapshot, one: One, *, was_orphaned: bool = False, intentions: tuple[Intention, ...] = ()) -> Standing:
    plan = only_about(plan_category(snapshot, CONVENTIONS), one)
    return standing_of(records_of(snapshot, one), snapshot, plan, was_orphaned=was_orphaned, intentions=intentions)


PAIR = One("1", "1", 100, "100")


def test_a_linked_pair_is_whole_orphaned_or_has_a_record_elsewhere() -> None:
    whole = _world(NOTE).snapshot()
    lacking = replace(whole, assets={})
    assert _stands(whole, PAIR) is Standing.LINKED
    assert _stands(whole, PAIR, was_orphaned=True) is Standing.WHOLE_AGAIN
    assert _stands(lacking, PAIR) is Standing.GONE
    assert _stands(lacking, PAIR, was_orphaned=True) is Standing.ORPHANED
    assert _stands(replace(lacking, moved={"1"}), PAIR) is Standing.MOVED
    links = [replace(link, status="orphaned") for link in whole.links]
    assert _stands(replace(whole, links=links), PAIR, was_orphaned=True) is Standing.ORPHANED, "another thing has its id by now"


def test_a_lone_record_is_about_to_be_made_or_says_why_not() -> None:
    lone, ci = _world(NOTE, links=[], assets=[]), One("1", "1")
    snapshot = lone.snapshot()
    assert _stands(snapshot, ci) is Standing.TO_BE_CREATED
    assert _stands(replace(snapshot, pair=replace(snapshot.pair, create=Direction.TO_C2)), ci) is Standing.NOT_CREATED
    inactive = replace(snapshot, cis={"1": replace(snapshot.cis["1"], is_active=False)})
    assert _stands(inactive, ci) is Standing.NOT_IN_USE
    taken = replace(snapshot, taken_cis=frozenset({"1"}))
    assert _stands(taken, ci) is Standing.ELSEWHERE
    assert _stands(taken, ci, intentions=(_intention(Side.HECTOR, "1"),)) is Standing.UNFINISHED
    assert _stands(taken, ci, intentions=(_intention(Side.C2, "1"), _intention(Side.HECTOR, "2"))) is Standing.ELSEWHERE
    nameless = _world(NOTE, links=[], assets=[], cis=[{"n": 1}]).snapshot()
    assert _stands(nameless, ci) is Standing.REFUSED
    assert standing_of(records_of(snapshot, ci), snapshot, Plan(), was_orphaned=False) is Standing.HELD_BACK


def test_two_that_are_the_same_are_about_to_be_linked() -> None:
    snapshot = _world(NOTE, links=[], match_on=["Fabricant"]).snapshot()
    link = Plan((Change(Action.LINK, Side.HECTOR, RecordKind.ASSET, ci_id="1", asset_id=100),))
    assert standing_of(records_of(snapshot, PAIR), snapshot, link, was_orphaned=False) is Standing.TO_BE_LINKED


def test_who_was_parted_is_named_from_either_side() -> None:
    snapshot = replace(_world(NOTE, links=[]).snapshot(), parted=frozenset({("1", 100), ("1", 999), ("gone", 100), ("2", 5)}))
    assert parted_from(records_of(snapshot, One("1", "1")), snapshot) == ("asset 100", "asset 999")
    assert parted_from(records_of(snapshot, One(asset_id=100)), snapshot) == ("CI 1", "CI gone")


def _intention(side: Side, source_id: str) -> Intention:
    return Intention(1, side, source_id, "cat", 1, {}, {}, frozenset(), datetime(2026, 11, 1, tzinfo=UTC))


# -- words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", Rest)
def test_every_reason_has_its_words(code: Rest) -> None:
    assert story_words.rest(code, {"c2": "x", "hector": None, "direction": "→", "changed": None, "conflict": None})


@pytest.mark.parametrize("code", Standing)
def test_every_standing_has_its_words(code: Standing) -> None:
    words = story_words.standing({"standing": code.value, "ci": "1", "asset": None, "changes": []})
    assert words
    assert "{" not in words


@pytest.mark.parametrize(("direction", "where"), [("→", "in C2"), ("←", "in Hector"), ("⇄", "on both sides")])
def test_an_unknown_value_is_unknown_where_the_say_is(direction: str, where: str) -> None:
    field = {"c2": False, "hector": "x", "direction": direction, "conflict": None}
    assert story_words.rest(Rest.UNKNOWN, field) == f"unknown {where}: wipes nothing"


@pytest.mark.parametrize(
    ("action", "record", "to", "words"),
    [
        (None, None, None, "nothing"),
        ("update", "asset", "x", "Hector gets x"),
        ("update", "asset", None, "emptied in Hector"),
        ("update", "subcategory", "x", "its subcategory in Hector gets x"),
        ("move", "asset", "x", "the asset moves to x"),
        ("rename", "subcategory", "x", "the subcategory is renamed to x"),
        ("create", "asset", "x", "the new asset gets x"),
    ],
)
def test_what_the_next_run_does_has_its_words(action: str | None, record: str | None, to: str | None, words: str) -> None:
    planned = {"action": action, "system": "hector", "record": record, "to": to}
    assert story_words.next_of(planned, {}) == words
