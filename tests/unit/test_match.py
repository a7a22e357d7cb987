"""Who is paired, who is left alone, and for whom a counterpart is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import plan_world
import pytest

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Plan
from syncsvc.domain.rules import Direction
from syncsvc.planning.guards import reasons_to_hold
from syncsvc.planning.planner import plan_category
from syncsvc.planning.snapshot import Snapshot

FIELDS = (
    {"c2": "Fabricant", "hector": "subcategory.maker"},
    {"c2": "Série", "hector": "asset.serial"},
    {"c2": "Étiquette", "hector": "asset.tag"},
)
HP = ({"n": 10, "maker": "HP"},)


def world(direction: Direction = Direction.BOTH, fields: Any = FIELDS, **told: Any) -> plan_world.PlanWorld:
    return plan_world.PlanWorld(direction, fields, subcategories=HP, **({"match_on": ["Série", "Étiquette"]} | told))


def planned(snapshot: Snapshot) -> Plan:
    return plan_category(snapshot, plan_world.conventions())


def a_pair_to_be(**told: Any) -> plan_world.PlanWorld:
    """One CI and one asset that nobody else is like."""
    return world(
        cis=[{"n": 1, "Fabricant": "HP", "Série": "S1"}], assets=[{"n": 100, "of": 10, "serial": "S1", "maker": "HP"}], **told
    )


def test_a_parted_pair_is_not_joined_and_the_value_that_both_still_have_is_named() -> None:
    plan = planned(replace(a_pair_to_be().snapshot(), parted=frozenset({("1", 100)})))
    assert plan.changes == ()
    (problem,) = plan.problems
    assert (problem.kind, problem.ci_number, problem.field) == (ErrorKind.AMBIGUOUS, "1", "Série")
    assert "parted by hand" in problem.message
    assert "links add" in problem.hint


def test_a_parted_pair_is_nothing_to_report_where_nothing_would_be_created_for_it() -> None:
    parted = replace(a_pair_to_be(create=Direction.NONE).snapshot(), parted=frozenset({("1", 100)}))
    assert planned(parted) == Plan()


def test_a_parted_pair_that_shares_nothing_any_more_finds_others() -> None:
    told = world(
        cis=[{"n": 1, "Fabricant": "HP", "Série": "S1"}, {"n": 2, "Fabricant": "HP", "Série": "S2"}],
        assets=[{"n": 100, "of": 10, "serial": "S2"}, {"n": 200, "of": 10, "serial": "S1"}],
    )
    plan = planned(replace(told.snapshot(), parted=frozenset({("1", 100), ("2", 200)})))
    assert sorted(line for line in plan_world.lines(plan) if line.startswith("link")) == [
        "link CI 1 with asset 200 by Série",
        "link CI 2 with asset 100 by Série",
    ]


@pytest.mark.parametrize("side", ["CI", "asset"])
def test_a_value_whose_one_holder_across_is_linked_already_says_how_to_part_the_two(side: str) -> None:
    """A CI is deleted and entered anew: its asset still belongs to the one that is gone."""
    told = a_pair_to_be()
    taken = {"taken_assets": frozenset({100})} if side == "CI" else {"taken_cis": frozenset({"1"})}
    (problem,) = planned(replace(told.snapshot(), **taken)).problems
    assert problem.kind is ErrorKind.AMBIGUOUS
    assert ("Asset 100" if side == "CI" else "CI 1") + " belongs to another record" in problem.hint
    assert "syncsvc links remove " + ("--asset 100" if side == "CI" else "--ci 1") in problem.hint


def test_where_more_than_two_have_a_value_nobody_is_told_to_part_a_pair() -> None:
    told = world(cis=[{"n": n, "Fabricant": "HP", "Série": "S1"} for n in (1, 2)], assets=[{"n": 100, "of": 10, "serial": "S1"}])
    (problem,) = planned(replace(told.snapshot(), taken_assets=frozenset({100}))).problems
    assert "links remove" not in problem.hint


@pytest.mark.parametrize("side", ["CIs", "assets"])
def test_no_further_key_is_tried_for_a_record_that_the_first_cannot_tell_apart(side: str) -> None:
    """The two share a serial; the tag would tell them apart, and would join the wrong ones if the serials are the mistake."""
    cis = [{"n": 1, "Fabricant": "HP", "Série": "S1", "Étiquette": "T1"}]
    assets = [{"n": 100, "of": 10, "serial": "S1", "tag": "T1"}]
    if side == "CIs":
        cis.append({"n": 2, "Fabricant": "HP", "Série": "S1", "Étiquette": "T2"})
    else:
        assets.append({"n": 200, "of": 10, "serial": "S1", "tag": "T2"})
    cis += [{"n": 3, "Fabricant": "HP", "Étiquette": "T2"}] if side == "assets" else []
    assets += [{"n": 300, "of": 10, "tag": "T2"}] if side == "CIs" else []
    plan = planned(world(cis=cis, assets=assets, create=Direction.NONE).snapshot())
    assert plan.problems[0].kind is ErrorKind.AMBIGUOUS
    assert plan.changes == ()


@pytest.mark.parametrize(
    ("create", "made"),
    [
        (Direction.NONE, set()),
        (Direction.TO_HECTOR, {"hector create asset for CI 1"}),
        (Direction.TO_C2, {"c2 create CI for asset 100"}),
        (Direction.BOTH, {"hector create asset for CI 1", "c2 create CI for asset 100"}),
    ],
)
def test_the_rules_may_narrow_on_which_side_records_are_made(create: Direction, made: set[str]) -> None:
    told = world(
        cis=[{"n": 1, "Fabricant": "HP", "Série": "S1"}], assets=[{"n": 100, "of": 10, "serial": "S2"}], create=create
    ).snapshot()
    assert {line.partition(" in ")[0].partition(" “")[0] for line in plan_world.lines(planned(told))} == made


def reasons(snapshot: Snapshot) -> tuple[str, ...]:
    return reasons_to_hold(snapshot, planned(snapshot))


def test_only_an_inventory_that_would_be_doubled_unawares_is_held() -> None:
    doubled = a_pair_to_be(match_on=None).snapshot()
    assert "doubled" in reasons(doubled)[0]
    assert reasons(a_pair_to_be(match_on=[]).snapshot()) == ()  # match_on: none, on purpose
    assert reasons(replace(doubled, unfinished=True)) == ()  # a first run was stopped, and is carried on with
    assert reasons(a_pair_to_be(match_on=None, create=Direction.NONE).snapshot()) == ()


@pytest.mark.parametrize(("required", "made"), [(True, 0), (False, 1)])
def test_a_refused_field_stops_the_new_record_only_where_it_is_required(required: bool, made: int) -> None:  # noqa: FBT001 - a parametrised test
    count = {"c2": "Nombre", "hector": "asset.count", "hector_kind": "number", "hector_required": required}
    told = world(
        Direction.TO_HECTOR,
        (*FIELDS, count),
        cis=[{"n": 1, "Fabricant": "HP", "Série": "S1", "Nombre": "many"}],
    )
    plan = planned(told.snapshot())
    assert len(plan.changes) == made
    assert [(problem.kind, problem.field) for problem in plan.problems] == [(ErrorKind.VALIDATION, "Nombre")]


def test_a_required_field_that_nothing_fills_stops_the_new_record() -> None:
    told = world(
        Direction.TO_HECTOR,
        (*FIELDS, {"c2": "Note", "hector": "asset.note", "hector_required": True}),
        cis=[{"n": 1, "Fabricant": "HP", "Série": "S1"}],
    )
    plan = planned(told.snapshot())
    assert plan.changes == ()
    assert "required" in plan.problems[0].message
