"""A disagreement names the CIs that do not agree, and not a whole inventory of them; guards count everybody who shares."""

from __future__ import annotations

import pytest
from plan_world import PlanWorld, conventions

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.rules import Direction
from syncsvc.planning.guards import reasons_to_hold
from syncsvc.planning.planner import plan_category


def message(count: int) -> str:
    """What is said when so many CIs of one model say a price of their own each."""
    world = PlanWorld(
        Direction.TO_HECTOR,
        [
            {"c2": "Modèle", "hector": "subcategory.model"},
            {"c2": "Prix", "hector": "subcategory.price", "kind": "number"},
        ],
        cis=[{"n": n, "Modèle": "840", "Prix": n} for n in range(1, count + 1)],
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
