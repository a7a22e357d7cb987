"""Records that go out of use, come back, or move to another category."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dated_world import Clock, asset_of, dated_world, note, pair
from live_world import LiveWorld

from syncsvc.domain.plan import RunStatus


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(database_url, clock) as world:
        yield world


def test_an_inactive_ci_retires_its_asset_and_coming_back_takes_it_back(world: LiveWorld) -> None:
    ci, asset = pair(world)
    ways = {"when_ci_inactive": "retire"}
    world.c2.edit_ci(ci, {"IsActive": False})
    world.sync("→", **ways)
    assert world.hector.asset(asset)["status"] == "retired"
    assert len(world.writes()) == 1
    world.sync("→", **ways)
    assert world.writes() == []
    world.c2.edit_ci(ci, {"IsActive": True})
    world.sync("→", **ways)
    assert world.hector.asset(asset)["status"] == "active"
    world.writes()
    world.sync("→", **ways)
    assert world.writes() == []


def test_an_asset_taken_back_by_hand_stays_in_use(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.c2.edit_ci(ci, {"IsActive": False})
    world.sync("→", when_ci_inactive="retire")
    world.hector.edit_asset(asset, status="active")
    world.writes()
    for _ in range(2):
        world.sync("→", when_ci_inactive="retire")
    assert world.writes() == []
    assert world.hector.asset(asset)["status"] == "active"


def test_a_retired_asset_deactivates_its_ci(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.hector.edit_asset(asset, status="retired", note="thrown away")
    world.sync("←", when_asset_retired="deactivate")
    assert world.c2.ci(ci)["IsActive"] is False
    assert note(world, ci, asset) == ("thrown away", "thrown away")
    world.writes()
    world.sync("←", when_asset_retired="deactivate")
    assert world.writes() == []


def test_a_refused_retirement_is_tried_again(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.c2.edit_ci(ci, {"IsActive": False})
    world.box.faults.once("hector", f"PATCH /api/v1/assets/{asset}", "refused")
    world.sync("→", when_ci_inactive="retire")
    assert world.hector.asset(asset)["status"] == "active"
    world.sync("→", when_ci_inactive="retire")
    assert world.hector.asset(asset)["status"] == "retired"


@pytest.mark.parametrize(("system", "then"), [("c2", "retire its asset in Hector"), ("hector", "deactivate its CI in C2")])
def test_a_record_that_is_gone_is_told_with_its_asset_and_what_to_do_when_it_stays_away(
    world: LiveWorld, system: str, then: str
) -> None:
    ci, asset = pair(world)
    pair(world, "S2")
    label = world.hector.asset(asset)["asset_tag"]
    assert label != str(asset)
    if system == "c2":
        world.c2.delete_ci(ci)
    else:
        world.hector.delete_asset(asset)
    world.sync("→")
    (error,) = [error for error in world.errors() if error["kind"] == "missing"]
    assert (error["ci"], error["asset"]) == ("00000001", label)
    assert error["hint"].endswith(f"If the thing is gone for good, {then} yourself.")


def test_cis_that_moved_to_another_category_are_reported_and_hold_nothing(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(24)]
    world.sync("→")
    elsewhere = world.c2.add_category(world.cmdb, "Remisés")
    for ci in cis[:3]:
        world.c2.move_ci(ci, elsewhere)
    world.c2.edit_ci(cis[10], {"Remarques": "new"})
    assert world.sync("→").status is RunStatus.COMPLETED_WITH_ERRORS
    assert [error["kind"] for error in world.errors()] == ["missing"] * 3
    assert world.hector.asset(asset_of(world, cis[10]))["note"] == "new"
