"""What is said of records that matching leaves alone: which value is at issue, on which side, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from plan_world import PlanWorld, conventions

from syncsvc.domain.plan import Problem
from syncsvc.domain.rules import Direction
from syncsvc.planning.planner import plan_category

FIELDS = ({"c2": "Fabricant", "hector": "subcategory.maker"}, {"c2": "Série", "hector": "asset.serial"})


def ci(number: int, serial: str, *, active: bool = True) -> dict[str, Any]:
    return {"n": number, "Fabricant": "HP", "Série": serial, "active": active}


def asset(number: int, serial: str, *, active: bool = True) -> dict[str, Any]:
    return {"n": number, "of": 10, "serial": serial, "active": active}


def said(cis: list[dict[str, Any]], assets: list[dict[str, Any]]) -> Problem:
    hp = [{"n": 10, "maker": "HP"}]
    world = PlanWorld(Direction.BOTH, FIELDS, match_on=["Série"], subcategories=hp, cis=cis, assets=assets)
    plan = plan_category(world.snapshot(), conventions())
    assert plan.changes == ()
    (problem,) = plan.problems
    return problem


@pytest.mark.parametrize(
    ("cis", "assets", "message"),
    [
        (
            [ci(1, "sn1")],
            [asset(100, "SN1", active=False)],
            "The “Série” of CI 1 is found in Hector only on asset 100, which is retired; nothing was created.",
        ),
        (
            [ci(1, "sn1")],
            [asset(100, "SN1", active=False), asset(200, "SN1", active=False)],
            "The “Série” of CI 1 is found in Hector only on asset 100, asset 200, which are retired; nothing was created.",
        ),
        (
            [ci(1, "sn1", active=False)],
            [asset(100, "SN1")],
            "The “Série” of asset 100 is found in C2 only on CI 1, which is inactive; nothing was created.",
        ),
    ],
)
def test_a_value_that_only_what_is_out_of_use_has_across_is_said_plainly(
    cis: list[dict[str, Any]], assets: list[dict[str, Any]], message: str
) -> None:
    problem = said(cis, assets)
    assert problem.message == message
    assert (problem.c2_value, problem.hector_value) == ("sn1", "SN1")
    assert "Bring the old record back" in problem.hint
    assert "Do not empty it" in problem.hint


def test_an_error_about_an_asset_has_the_asset_and_its_value() -> None:
    problem = said([], [asset(100, "SN1"), asset(200, "SN1")])
    assert (problem.ci_number, problem.asset) == (None, "100")
    assert (problem.c2_value, problem.hector_value) == (None, "SN1")


def test_a_value_is_given_on_each_side_that_has_it() -> None:
    problem = said([ci(1, "sn1"), ci(2, "sn1")], [asset(100, "SN1")])
    assert (problem.c2_value, problem.hector_value) == ("sn1", "SN1")
    assert said([ci(1, "sn1"), ci(2, "sn1")], []).hector_value is None


def test_what_is_there_already_is_to_be_joined_and_not_to_be_emptied() -> None:
    """Emptied in C2, the serial would make a third record, which is billed."""
    hint = said([ci(1, "sn1"), ci(2, "sn1")], [asset(100, "SN1")]).hint
    assert "syncsvc links add" in hint
    assert "empt" not in hint
    assert "counts as a thing of its own" in said([ci(1, "sn1"), ci(2, "sn1")], []).hint
