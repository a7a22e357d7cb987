"""Runs that a guard has held, and what their approval carries out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dated_world import Clock, asset_of, dated_world, pair
from live_world import LiveWorld

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.engine.request import RunRequest
from syncsvc.state import queries


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(database_url, clock) as world:
        yield world


def held(world: LiveWorld, count: int = 25) -> tuple[list[str], int]:
    """Have a guard hold a run that would change every note."""
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(count)]
    world.sync("→")
    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    world.writes()
    report = world.sync("→")
    assert report.status is RunStatus.HELD
    assert report.exit_code() == 4
    assert world.writes() == []
    return cis, report.run


def test_an_approved_run_does_what_was_reviewed_and_nothing_else(world: LiveWorld) -> None:
    cis, run = held(world)
    world.c2.edit_ci(cis[0], {"Remarques": "newer than the review"})
    world.c2.edit_ci(cis[1], {"Prix": "12"})
    world.add_ci(maker="HP", model="840", serial="added since")
    report = world.sync("→", request=RunRequest(kind="approval", approve=run))
    assert len(world.writes()) == 24
    assert report.status is RunStatus.SUCCEEDED
    notes = [world.hector.asset(asset_of(world, ci))["note"] for ci in cis]
    assert notes == ["old"] + ["new"] * 24
    assert float(world.hector.value(asset_of(world, cis[1]), "Price") or 0) == 0
    world.sync("→")
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "newer than the review"
    assert len(world.hector.assets()) == 26


def test_a_run_is_approved_once(world: LiveWorld) -> None:
    _, run = held(world)
    world.sync("→", request=RunRequest(approve=run))
    with pytest.raises(SyncError, match="approved already"):
        world.sync("→", request=RunRequest(approve=run))


@pytest.mark.parametrize("which", [1, 4711])
def test_only_a_held_run_can_be_approved(world: LiveWorld, which: int) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.sync("→")
    with pytest.raises(SyncError, match=r"does not wait|no run"):
        world.sync("→", request=RunRequest(approve=which))


def test_held_creations_are_made_when_they_are_approved(world: LiveWorld) -> None:
    ways = {"guards": "{max_creates: 1}"}
    for n in range(3):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    run = world.sync("→", **ways).run
    assert world.writes() == []
    world.c2.edit_ci(world.c2.ci_ids(world.category)[0], {"Remarques": "edited since"})
    world.sync("→", request=RunRequest(approve=run), **ways)
    assert len(world.hector.assets()) == 2  # the third is no longer what was reviewed
    assert len(world.hector.subcategories()) == 1
    world.sync("→", **ways)
    assert len(world.hector.assets()) == 3


@pytest.mark.parametrize("gone", [25, 10])
def test_an_absence_that_is_new_since_the_review_orphans_nobody(world: LiveWorld, gone: int) -> None:
    """What was approved was the notes: what is gone since is held by the next run, under the same guards."""
    cis, run = held(world)
    for ci in cis[:gone]:
        world.c2.delete_ci(ci)
    report = world.sync("→", request=RunRequest(kind="approval", approve=run))
    assert len(world.writes()) == 25 - gone
    assert report.status is RunStatus.COMPLETED_WITH_ERRORS
    assert {error["kind"] for error in world.errors()} == {"guard"}
    assert all(error["message"].startswith("New since the review: ") for error in world.errors())
    assert {link["status"] for link in queries.links(world.database)} == {"active"}
    report = world.sync("→")
    assert report.status is RunStatus.HELD
    world.sync("→", request=RunRequest(approve=report.run))
    statuses = [link["status"] for link in queries.links(world.database)]
    assert statuses.count("orphaned") == gone


def test_a_side_that_reads_empty_is_orphaned_only_after_approval(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.hector.delete_asset(asset)
    run = world.sync("→").run
    assert [link["status"] for link in queries.links(world.database)] == ["active"]
    world.sync("→", request=RunRequest(approve=run))
    assert [link["status"] for link in queries.links(world.database)] == ["orphaned"]
    assert world.c2.ci(ci)["IsActive"] is True
