"""Golden plans: every file in ``plans/`` tells of one small world and of the plan that the rules ask for."""

from __future__ import annotations

from pathlib import Path

import plan_world
import pytest
from ruamel.yaml import YAML

from syncsvc.domain.rules import Direction
from syncsvc.planning.guards import reasons_to_hold
from syncsvc.planning.planner import plan_category

FILES = sorted((Path(__file__).parent / "plans").glob("*.yaml"))


def load(path: Path) -> tuple[plan_world.PlanWorld, list[str], list[str]]:
    told = YAML(typ="safe").load(path)
    expected, held = told.pop("plan"), told.pop("held", [])
    told["direction"] = Direction(told["direction"])
    if told.get("create"):
        told["create"] = Direction(told["create"])
    return plan_world.PlanWorld(**told), expected, held


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_plan_is_what_the_rules_ask_for(path: Path) -> None:
    world, expected, held = load(path)
    snapshot = world.snapshot()
    plan = plan_category(snapshot, plan_world.conventions())
    assert plan_world.lines(plan) == expected
    reasons = reasons_to_hold(snapshot, plan)
    assert len(reasons) == len(held)
    for words, reason in zip(held, reasons, strict=True):
        assert words in reason


def test_a_record_that_an_earlier_field_could_not_tell_apart_is_said_to_be_so() -> None:
    fields = [{"c2": "Fabricant", "hector": "subcategory.maker"}, {"c2": "NIV", "hector": "asset.vin"}]
    ci = {"Fabricant": "HP", "NIV": "V1"}
    world = plan_world.PlanWorld(
        direction=Direction.BOTH,
        match_on=["NIV", "Série"],
        fields=[*fields, {"c2": "Série", "hector": "asset.serial"}],
        subcategories=[{"n": 10, "maker": "HP"}],
        cis=[{"n": 1, "Série": "S1", **ci}, {"n": 2, "Série": "S2", **ci}],
        assets=[{"n": 100, "of": 10, "serial": "S1"}],
    )
    problems = plan_category(world.snapshot(), plan_world.conventions()).problems
    assert [problem.field for problem in problems] == ["NIV", "Série"]
    assert "CI 1 is already ambiguous by “NIV”; nobody was linked or created." in problems[1].message
    assert problems[1].hint == "Settle “NIV” first."


def test_there_are_scenarios_to_look_at() -> None:
    assert len(FILES) >= 40
