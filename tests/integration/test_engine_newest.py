"""``newest`` and the service's own writes: what people change while one is on is theirs, what a lost answer hid is ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from dated_world import Clock, dated_world, note, pair
from live_world import LiveWorld

from syncsvc.domain.errors import NetworkError
from syncsvc.domain.records import Asset, ConfigurationItem

WRITE = {"hector": "PATCH /api/v1/assets", "c2": "CI/UpdateProperty"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(database_url, clock) as world:
        yield world


def test_an_edit_while_a_write_is_put_off_is_somebody_elses_change(
    world: LiveWorld, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C2 was edited at noon, Hector at night, when the price could not be written at once: Hector's edit is the later one."""
    ci, asset = pair(world, notes="agreed", price="1")
    clock.go_on(hours=1)
    world.c2.edit_ci(ci, {"Remarques": "at noon, in C2", "Prix": "2"})
    clock.go_on(hours=8)
    read, looks = world.surroundings.hector.assets_by_id, []

    def edited_before_the_second(*arguments: Any) -> list[Asset]:
        looks.append(clock.go_on(seconds=15))
        if len(looks) == 2:
            world.hector.edit_asset(asset, note="at night, in Hector")
            clock.go_on(seconds=1)
        return read(*arguments)

    world.box.faults.once("hector", WRITE["hector"], "rate_limited")
    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "assets_by_id", edited_before_the_second)
        world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("at noon, in C2", "at night, in Hector")
    assert float(str(world.hector.value(asset, "Price"))) == 2
    clock.go_on(days=1)
    world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("at night, in Hector", "at night, in Hector")


@pytest.mark.parametrize("answer", ["came", "was lost"])
def test_where_only_the_answer_to_a_write_shows_an_edit_nobody_is_overwritten(
    world: LiveWorld, clock: Clock, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """The asset was edited between the look and the write: when, the write's own time does not tell."""
    ci, asset = pair(world, price="0")
    clock.go_on(hours=1)
    world.hector.edit_asset(asset, note="agreed")
    world.c2.edit_ci(ci, {"Prix": "1"})
    clock.go_on(hours=1)
    world.sync("⇄", on_conflict="newest")
    clock.go_on(hours=6)
    world.c2.edit_ci(ci, {"Prix": "2"})
    clock.go_on(hours=1)
    write = world.surroundings.hector.update_asset

    def edited_meanwhile(*arguments: Any, **more: Any) -> Asset:
        world.c2.edit_ci(ci, {"Remarques": "in C2"})
        clock.go_on(seconds=4)
        world.hector.edit_asset(asset, note="four seconds later, in Hector")
        clock.go_on(seconds=1)
        written = write(*arguments, **more)
        if answer == "came":
            return written
        error = NetworkError("The line is down.")
        error.may_have_been_done = True
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "update_asset", edited_meanwhile)
        world.sync("⇄", on_conflict="newest")
    clock.go_on(days=1)
    report = world.sync("⇄", on_conflict="newest")
    assert report.as_json()["conflicts"] == 1
    assert note(world, ci, asset) == ("in C2", "four seconds later, in Hector")


@pytest.mark.parametrize("when", ["asked for at once", "after another field"])
def test_an_edit_of_a_ci_between_two_of_its_fields_is_not_taken_for_ours(
    world: LiveWorld, clock: Clock, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    ci, asset = pair(world, notes="agreed", price="1", bought="2025-07-04")
    clock.go_on(hours=8)
    world.hector.edit_asset(asset, attributes={"Price": 2}, acquisition_date="2025-07-05")
    clock.go_on(hours=1)
    write, writes = world.surroundings.c2.update_ci, []

    def edited_meanwhile(*arguments: Any) -> ConfigurationItem:
        writes.append(arguments)
        if len(writes) == (1 if when == "asked for at once" else 2):
            world.hector.edit_asset(asset, note="in Hector")
            clock.go_on(seconds=4)
            world.c2.edit_ci(ci, {"Remarques": "four seconds later, in C2"})
            clock.go_on(seconds=1)
        return write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.c2, "update_ci", edited_meanwhile)
        world.sync("⇄", on_conflict="newest")
    assert len(writes) == 2
    clock.go_on(days=1)
    report = world.sync("⇄", on_conflict="newest")
    assert report.as_json()["conflicts"] == 1
    assert note(world, ci, asset) == ("four seconds later, in C2", "in Hector")


@pytest.mark.parametrize("system", ["c2", "hector"])
def test_a_write_of_ours_whose_answer_was_lost_is_no_change(world: LiveWorld, clock: Clock, system: str) -> None:
    """A conflict that is too close to decide stays open, though the run that found it wrote another field of the record."""
    ci, asset = pair(world, notes="agreed", price="1")
    clock.go_on(hours=1)
    world.hector.edit_asset(asset, note="in Hector", **({"attributes": {"Price": 2}} if system == "c2" else {}))
    clock.go_on(minutes=1)
    world.c2.edit_ci(ci, {"Remarques": "in C2, a minute later"} | ({"Prix": "2"} if system == "hector" else {}))
    clock.go_on(hours=1)
    world.box.faults.once(system, WRITE[system], "server_error", "after")
    world.sync("⇄", on_conflict="newest")
    assert (float(str(world.hector.value(asset, "Price"))), float(str(world.c2.value(ci, "Prix")))) == (2, 2)
    clock.go_on(days=1)
    report = world.sync("⇄", on_conflict="newest")
    assert report.as_json()["conflicts"] == 1
    assert note(world, ci, asset) == ("in C2, a minute later", "in Hector")
