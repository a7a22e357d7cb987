"""A disagreement names the CIs that do not agree, and not a whole inventory of them; guards count everybody who shares."""

from __future__ import annotations

from typing import Any

import pytest
from plan_world import PlanWorld, conventions, lines

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.rules import Direction
from syncsvc.planning.guards import reasons_to_hold
from syncsvc.planning.planner import plan_again, plan_category


def message(count: int, odd: dict[int, int] | None = None) -> str:
    """What is said when so many CIs of one model say a price of their own each; ``odd``: all say 529, but for these."""
    world = PlanWorld(
        Direction.TO_HECTOR,
        [
            {"c2": "Modèle", "hector": "subcategory.model"},
            {"c2": "Prix", "hector": "subcategory.price", "kind": "number"},
        ],
        cis=[{"n": n, "Modèle": "840", "Prix": n if odd is None else odd.get(n, 529)} for n in range(1, count + 1)],
        subcategories=[{"n": 10, "model": "840", "price": 900}],
        assets=[{"n": 100 + n, "of": 10} for n in range(1, count + 1)],
        links=[{"ci": n, "asset": 100 + n, "was": {"Prix": 900}} for n in range(1, count + 1)],
    )
    (problem,) = plan_category(world.snapshot(), conventions()).problems
    assert problem.kind is ErrorKind.DISAGREEMENT
    return problem.message


@pytest.mark.parametrize(("count", "end"), [(10, "; CI 10: 10."), (11, "; CI 10: 10; and 1 more."), (15, "; and 5 more.")])
def test_a_disagreement_names_up_to_ten_cis(count: int, end: str) -> None:
    said = message(count)
    assert said.endswith(end)
    assert said.count("CI ") == 10


def test_the_odd_ones_are_named_first() -> None:
    """Of fifty-four that nearly all say 529, ten that do would tell nobody which one is to be corrected."""
    said = message(54, {17: 520, 54: 592})
    assert "agree on it: CI 17: 520; CI 54: 592; CI 1: 529; " in said
    assert said.endswith("; and 44 more.")


def test_guards_count_everybody_who_shares_a_subcategory_that_is_emptied_for_one() -> None:
    world = PlanWorld(
        Direction.BOTH,
        [
            {"c2": "Modèle", "hector": "subcategory.model"},
            {"c2": "Prix", "hector": "subcategory.price", "kind": "number"},
        ],
        cis=[{"n": 1, "Modèle": "840"}, *({"n": n, "Modèle": "840", "Prix": 700} for n in range(2, 31))],
        subcategories=[{"n": 10, "model": "840", "price": 900}],
        assets=[{"n": 100 + n, "of": 10} for n in range(1, 31)],
        links=[{"ci": n, "asset": 100 + n, "was": {"Prix": 900 if n == 1 else 500}} for n in range(1, 31)],
    )
    plan = plan_category(world.snapshot(), conventions())
    assert len(plan.conflicts) == 29
    said = reasons_to_hold(world.snapshot(), plan)
    assert [reason.partition(" (")[0] for reason in said] == [
        "30 of 30 links would be written in Hector",
        "“subcategory.price” would be emptied in 30 of 30 records of Hector",
    ]


def test_it_names_those_who_come_to_the_subcategory_by_the_same_plan() -> None:
    world = PlanWorld(
        Direction.BOTH,
        [
            {"c2": "Modèle", "hector": "subcategory.model"},
            {"c2": "Prix", "hector": "subcategory.price", "kind": "number", "on_conflict": "c2"},
        ],
        cis=[{"n": 1, "Modèle": "840", "Prix": 800}, {"n": 2, "Modèle": "840", "Prix": 700}],
        subcategories=[{"n": 10, "model": "840", "price": 900}],
        assets=[{"n": 100, "of": 10}],
        links=[{"ci": 1, "asset": 100, "was": {"Prix": 900}}],
    )
    (problem,) = plan_category(world.snapshot(), conventions()).problems
    assert problem.message.endswith("do not agree on it: CI 1: 800; CI 2: 700.")


@pytest.mark.parametrize(
    ("sibling", "expected"),
    [
        ({"was": {"Prix": 900}}, ["disagreement CI 2: Prix"]),
        ({"was": {"Prix": 850}}, ["disagreement CI 2: Prix"]),
        (
            {"was": {"Prix": [800, 900]}},
            ["hector update subcategory 10: Prix 900 → 700 (changed)", "c2 update CI 1: Prix 800 → 700 (changed)"],
        ),
        ({"was": {"Prix": 900}, "given_up": {"Prix": [800, 900]}}, ["hector update subcategory 10: Prix 900 → 700 (changed)"]),
        (
            {"was": {"Prix": 900}, "wrote": {"Prix": [[at, "hector", 800] for at in (6, 7, 8)]}},
            ["hector update subcategory 10: Prix 900 → 700 (changed)"],
        ),
    ],
    ids=["changed too", "changed on both sides", "not changed", "given up", "written in vain"],
)
def test_a_second_look_at_one_pair_knows_what_its_siblings_still_want(sibling: dict[str, Any], expected: list[str]) -> None:
    world = PlanWorld(
        Direction.BOTH,
        [
            {"c2": "Modèle", "hector": "subcategory.model"},
            {"c2": "Prix", "hector": "subcategory.price", "kind": "number", "on_conflict": "newest"},
        ],
        cis=[{"n": 1, "Modèle": "840", "Prix": 800}, {"n": 2, "Modèle": "840", "Prix": 700}],
        subcategories=[{"n": 10, "model": "840", "price": 900}],
        assets=[{"n": 100, "of": 10}, {"n": 101, "of": 10}],
        links=[{"ci": 1, "asset": 100, **sibling}, {"ci": 2, "asset": 101, "was": {"Prix": 900}}],
    )
    assert lines(plan_again(world.snapshot(), conventions(), {"2"})) == expected
