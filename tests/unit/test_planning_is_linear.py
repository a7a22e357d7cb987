"""Planning is linear: twice the records take twice the steps, counted and not timed."""

from __future__ import annotations

import sys
from typing import Any

import plan_world
import pytest

from syncsvc.domain.rules import Direction
from syncsvc.planning.planner import plan_category

FIELDS = (
    {"c2": "Modèle", "hector": "subcategory.model"},
    {"c2": "Prix", "hector": "subcategory.price", "kind": "number"},
    {"c2": "Série", "hector": "asset.serial"},
    {"c2": "Note", "hector": "asset.note"},
)
MODELS = 5


def steps(world: plan_world.PlanWorld) -> int:
    """Plan, and count the calls of functions."""
    snapshot, conventions, count = world.snapshot(), plan_world.conventions(), 0

    def counted(_frame: Any, what: str, _argument: Any) -> None:
        nonlocal count
        count += what in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        plan_category(snapshot, conventions)
    finally:
        sys.setprofile(None)
    return count


def cis(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"n": n, "Modèle": f"M{n % MODELS}", "Prix": 100, "Série": f"S{n}", "Note": "C2"} | more for n in range(count)]


def assets(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"n": 1000 + n, "of": 10 + n % MODELS, "serial": f"S{n}", "note": "C2"} | more for n in range(count)]


SUBCATEGORIES = [{"n": 10 + n, "model": f"M{n}", "price": 100} for n in range(MODELS)]


def world(direction: Direction = Direction.BOTH, **told: Any) -> plan_world.PlanWorld:
    return plan_world.PlanWorld(direction, FIELDS, subcategories=SUBCATEGORIES, match_on=["Série"], **told)


def links(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"ci": n, "asset": 1000 + n, **more} for n in range(count)]


WORLDS = {
    "in order": lambda n: world(cis=cis(n), assets=assets(n), links=links(n)),
    "changed in C2": lambda n: world(cis=cis(n, Note="neuf"), assets=assets(n), links=links(n, was={"Note": "C2"})),
    "changed in Hector": lambda n: world(cis=cis(n), assets=assets(n, note="neuf"), links=links(n, was={"Note": "C2"})),
    "in conflict": lambda n: world(cis=cis(n, Note="A"), assets=assets(n, note="B"), links=links(n, was={"Note": "C2"})),
    "a shared field changed": lambda n: world(cis=cis(n, Prix=120), assets=assets(n), links=links(n, was={"Prix": 100})),
    "to be linked": lambda n: world(cis=cis(n), assets=assets(n)),
    "to be made in Hector": lambda n: world(cis=cis(n)),
    "to be made in C2": lambda n: world(assets=assets(n)),
    "ambiguous": lambda n: world(cis=cis(n, Série="S"), assets=assets(n, serial="S")),
    "moved to other models": lambda n: world(
        Direction.TO_HECTOR,
        cis=[ci | {"Modèle": f"M{(ci['n'] + 1) % MODELS}"} for ci in cis(n)],
        assets=assets(n),
        links=[link | {"was": {"Modèle": f"M{at % MODELS}"}} for at, link in enumerate(links(n))],
    ),
    "gone": lambda n: world(cis=cis(n), links=links(n)),
}


@pytest.mark.parametrize("name", WORLDS)
def test_twice_the_records_take_twice_the_steps(name: str) -> None:
    once, twice = steps(WORLDS[name](200)), steps(WORLDS[name](400))
    assert once > 200
    assert twice < 2.2 * once
