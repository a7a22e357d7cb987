"""Where an asset's subcategory cannot be told, or cannot be read, the asset stays where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plan_world import PlanWorld, conventions, lines

from syncsvc.domain.rules import Direction
from syncsvc.domain.values import Unreadable
from syncsvc.planning.planner import plan_category

KEYS: list[Mapping[str, Any]] = [
    {"c2": "Fabricant", "hector": "subcategory.maker"},
    {"c2": "Modèle", "hector": "subcategory.model"},
]


def changed_maker(**ci: Any) -> PlanWorld:
    return PlanWorld(
        Direction.TO_HECTOR,
        KEYS,
        cis=[{"n": 1, "Fabricant": "HP"} | ci],
        subcategories=[{"n": 10, "maker": "Dell", "model": "X"}],
        assets=[{"n": 100, "of": 10}],
        links=[{"ci": 1, "asset": 100, "was": {"Fabricant": "Dell", "Modèle": "never"}}],
    )


def test_a_key_part_that_nobody_can_read_moves_nothing() -> None:
    snapshot = changed_maker().snapshot()
    torn = replace(snapshot.subcategories[10], values=("Dell", Unreadable("X\ufffd")))
    plan = plan_category(replace(snapshot, subcategories={10: torn}), conventions())
    assert lines(plan) == ["validation CI 1: Modèle"]
    assert "X\ufffd" in plan.problems[0].message


def test_a_key_part_that_the_ci_says_anew_need_not_be_read() -> None:
    snapshot = changed_maker(Modèle="Y").snapshot()
    torn = replace(snapshot.subcategories[10], values=("Dell", Unreadable("X\ufffd")))
    plan = plan_category(replace(snapshot, subcategories={10: torn}), conventions())
    assert [line.partition(":")[0] for line in lines(plan)] == ["hector create subcategory HP Y", "hector move asset 100 in hp y"]


def test_an_asset_whose_subcategory_was_not_read_is_left_alone() -> None:
    snapshot = changed_maker(Modèle="Y").snapshot()
    plan = plan_category(replace(snapshot, subcategories={}), conventions())
    assert lines(plan) == []
    assert plan.calm == (), "it must be looked at again"


def test_the_shared_fields_of_a_subcategory_that_was_not_read_are_not_empty() -> None:
    world = PlanWorld(
        Direction.BOTH,
        [KEYS[0], {"c2": "Prix", "hector": "subcategory.price", "kind": "number"}],
        cis=[{"n": 1, "Fabricant": "HP", "Prix": 900}],
        subcategories=[{"n": 10, "maker": "HP", "price": 900}],
        assets=[{"n": 100, "of": 10}],
        links=[{"ci": 1, "asset": 100, "home": 11, "was": {}}],
    )
    plan = plan_category(replace(world.snapshot(), subcategories={}), conventions())
    assert lines(plan) == []
    assert plan.homes == (), "what its baselines speak of is not known anew"
