"""Ids that Hector gives a second time: its database was set back, or it counts on from the highest one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from dated_world import asset_of
from live_world import LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.engine.request import RunRequest
from syncsvc.notify.french import in_french


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def lose_an_asset(world: LiveWorld, match_on: str) -> tuple[str, int]:
    """Delete the asset of a pair that was in order, and let the next new one have its id; gives the CI and the id."""
    lost, *_ = (world.add_ci(maker="HP", model="840", serial=f"S{n}", notes=f"note {n}") for n in range(12))
    for _ in range(2):
        world.sync("⇄", match_on=match_on)
    asset = asset_of(world, lost)
    world.hector.delete_asset(asset)
    world.hector._rows["assets"] = count(asset)
    return lost, asset


def kinds(world: LiveWorld) -> list[str]:
    return sorted(error["kind"] for error in world.errors())


def part(world: LiveWorld, ci: str) -> None:
    (link,) = (link for link in world.store.links_of(world.category) if link.ci_id == ci)
    world.store.part(link.id, datetime.now(UTC))


@pytest.mark.parametrize("direction", ["→", "←", "⇄"])
@pytest.mark.parametrize(("match_on", "told_by"), [("[Numéro de série]", "Numéro de série"), ("none", "asset tag")])
def test_what_has_the_id_of_an_asset_that_was_gone_is_not_taken_for_it(
    world: LiveWorld, direction: str, match_on: str, told_by: str
) -> None:
    ci, asset = lose_an_asset(world, match_on)
    world.sync(direction, match_on=match_on)
    assert kinds(world) == ["missing"]
    assert world.add_asset(world.hector.subcategories()[0]["id"], "OTHER", note="somebody else's") == asset
    world.writes()
    number = world.c2.ci(ci)["CINumber"]
    for request in (RunRequest(), RunRequest(ci=number), RunRequest()):
        world.sync(direction, match_on=match_on, request=request)
        (error,) = world.errors()
        assert (error["kind"], error["ci"], error["field"]) == ("ambiguous", number, told_by)
        assert in_french(error["message"]) is not None
        assert f"syncsvc links remove --ci {number}" in error["hint"]
        assert world.writes() == []
    assert (world.c2.value(ci, "Remarques"), world.hector.asset(asset)["note"]) == ("note 0", "somebody else's")
    assert [link.status for link in world.store.links_of(world.category) if link.ci_id == ci] == ["orphaned"]

    part(world, ci)
    for _ in range(2):
        world.sync("⇄", match_on=match_on)
    assert kinds(world) == []
    assert len(world.hector.assets()) == len(world.c2.ci_ids(world.category)) == 13


def test_the_same_thing_that_comes_back_is_whole_again_though_it_was_edited(world: LiveWorld) -> None:
    ci, asset = lose_an_asset(world, "[Numéro de série]")
    world.sync("⇄")
    assert world.add_asset(world.hector.subcategories()[0]["id"], "s0 ", note="restored") == asset
    world.sync("⇄")
    assert kinds(world) == []
    assert world.c2.value(ci, "Remarques") == "restored"


@pytest.mark.parametrize("match_on", ["[Numéro de série]", "none"])
def test_what_we_made_under_the_id_of_an_asset_that_was_gone_is_not_made_again(world: LiveWorld, match_on: str) -> None:
    lost, asset = lose_an_asset(world, match_on)
    new = world.add_ci(maker="HP", model="840", serial="NEW")
    for status in (RunStatus.FAILED, RunStatus.COMPLETED_WITH_ERRORS, RunStatus.COMPLETED_WITH_ERRORS):
        assert world.sync("→", match_on=match_on).status is status
        assert "ambiguous" in kinds(world)
        assert status is RunStatus.FAILED or all(in_french(error["message"]) for error in world.errors())
        assert world.hector.value(asset, "Serial number") == "NEW"
        assert len(world.hector.assets()) == 12
    part(world, lost)
    for _ in range(2):
        world.sync("→", match_on=match_on)
    assert kinds(world) == []
    assert asset_of(world, new) == asset
    assert world.hector.value(asset_of(world, lost), "Serial number") == "S0"
