"""What people do while a run is on: between plan, look and write, and between two writes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from live_world import FIELDS, LiveWorld, live_world

from syncsvc.domain.errors import NetworkError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Asset, ConfigurationItem, Subcategory


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def test_an_edit_between_plan_and_write_is_left_for_the_next_run(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hector is edited after the plan was made and before the record is written: the edit is seen, not overwritten."""
    ci = world.add_ci(maker="HP", model="840", serial="S1", notes="old", price="1.00")
    world.sync("→")
    asset = world.hector.assets()[0]["id"]
    world.c2.edit_ci(ci, {"Remarques": "new", "Prix": "2.00"})
    read = world.surroundings.hector.assets_by_id

    def edited_meanwhile(*arguments: object) -> list[Asset]:
        world.hector.edit_asset(asset, note="somebody's edit")
        return read(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "assets_by_id", edited_meanwhile)
        report = world.sync("→")
    assert world.hector.asset(asset)["note"] == "somebody's edit"
    assert float(world.hector.value(asset, "Price")) == 2
    (notice,) = world.errors()
    assert (notice["kind"], notice["field"]) == ("changed_meanwhile", "Remarques")
    assert report.status is RunStatus.SUCCEEDED
    assert report.as_json()["errors"] == 0
    world.sync("→")
    assert world.hector.asset(asset)["note"] == "new"  # under → C2 is the authority, and this run saw what it overwrote


def test_a_subcategory_that_is_renamed_between_plan_and_move_is_not_left_behind(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CI has a new model, so its asset moves; meanwhile somebody gives the present subcategory another maker."""
    ci = world.add_ci(maker="HP", model="840", serial="S1")
    world.sync("⇄")
    (asset,) = world.hector.assets()
    world.c2.edit_ci(ci, {"Modèle": "850"})
    read = world.surroundings.hector.assets_by_id

    def renamed_meanwhile(*arguments: object) -> list[Asset]:
        world.hector.edit_subcategory(asset["subcategory_id"], maker="Dell")
        return read(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "assets_by_id", renamed_meanwhile)
        world.sync("⇄")
    assert world.hector.asset(asset["id"])["subcategory_id"] == asset["subcategory_id"]
    assert [(error["kind"], error["field"]) for error in world.errors()] == [("changed_meanwhile", "Modèle")]
    world.sync("⇄")
    assert (world.c2.value(ci, "Fabricant"), world.c2.value(ci, "Modèle")) == ("Dell", "850")


def test_a_renaming_that_the_answer_to_another_write_shows_is_not_left_behind_either(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One CI has a new model, a sibling a new price; the subcategory is renamed right before the price is written to it."""
    fields = FIELDS.replace("asset.attributes.Price", "subcategory.price")
    ci, sibling = (world.add_ci(maker="HP", model="840", serial=serial, price="900") for serial in ("S1", "S2"))
    world.sync("⇄", fields=fields)
    (subcategory,) = world.hector.subcategories()
    world.c2.edit_ci(ci, {"Modèle": "850"})
    world.c2.edit_ci(sibling, {"Prix": "800"})
    read = world.surroundings.hector.subcategory

    def renamed_meanwhile(*arguments: Any) -> Subcategory:
        world.hector.edit_subcategory(subcategory["id"], maker="Dell")
        return read(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "subcategory", renamed_meanwhile)
        world.sync("⇄", fields=fields)
    assert world.hector.subcategory(subcategory["id"])["price"] == 800
    assert ("changed_meanwhile", "Modèle") in [(error["kind"], error["field"]) for error in world.errors()]
    world.sync("⇄", fields=fields)
    assert [(world.c2.value(one, "Fabricant"), world.c2.value(one, "Modèle")) for one in (ci, sibling)] == [
        ("Dell", "850"),
        ("Dell", "840"),
    ]


@pytest.mark.parametrize("arrival", ["made", "moved"])
@pytest.mark.parametrize("direction", ["→", "⇄"])
def test_a_subcategory_that_is_renamed_between_plan_and_arrival_is_a_change(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch, direction: str, arrival: str
) -> None:
    """An asset comes to a subcategory that has another model by then: that is no way of Hector's to write the CI's model."""
    there = world.hector.add_subcategory(world.hector_category, "HP", "840")
    ci = world.add_ci(maker="HP", model="840" if arrival == "made" else "830", serial="S1")
    if arrival == "moved":
        world.sync(direction)
        world.c2.edit_ci(ci, {"Modèle": "840"})
    world.add_ci(maker="HP", model="850", serial="S2")  # for which the list of subcategories is read once more
    read, reads = world.surroundings.hector.subcategories, count(1)

    def renamed_meanwhile(*arguments: Any) -> list[Subcategory]:
        if next(reads) > 1:
            world.hector.edit_subcategory(there, model="845")
        return read(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "subcategories", renamed_meanwhile)
        world.sync(direction)
    assert next(reads) == 3
    world.sync(direction)
    (asset,) = [one["id"] for one in world.hector.assets() if world.hector.value(one["id"], "Serial number") == "S1"]
    model = "840" if direction == "→" else "845"
    assert world.hector.subcategory_value(world.hector.asset(asset)["subcategory_id"], "model") == model
    assert world.c2.value(ci, "Modèle") == model
    world.writes()
    world.sync(direction)
    assert world.writes() == []


def test_an_edit_of_a_ci_between_two_fields_is_seen(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    asset = world.add_asset(subcategory, "S1", note="old", acquisition_date="2025-07-04")
    world.sync("←")
    (ci,) = world.c2.ci_ids(world.category)
    world.hector.edit_asset(asset, note="new", acquisition_date="2025-07-05")
    write = world.surroundings.c2.update_ci

    def edited_meanwhile(*arguments: object) -> ConfigurationItem:
        world.c2.edit_ci(ci, {"Remarques": "somebody's edit"})
        return write(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.c2, "update_ci", edited_meanwhile)
        world.sync("←")
    assert world.c2.value(ci, "Date d'achat") == "2025-07-05T04:00:00.0000000Z"
    assert world.c2.value(ci, "Remarques") == "somebody's edit"
    assert [error["kind"] for error in world.errors()] == ["changed_meanwhile"]


def test_after_a_write_and_a_look_that_both_failed_the_next_field_is_not_written_unseen(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    asset = world.add_asset(subcategory, "S1", note="old", acquisition_date="2025-07-04")
    world.sync("←")
    (ci,) = world.c2.ci_ids(world.category)
    world.hector.edit_asset(asset, note="new", acquisition_date="2025-07-05")
    read, looks = world.surroundings.c2.cis_by_id, count(1)

    def fails_the_second_time(*arguments: Any) -> list[ConfigurationItem]:
        if next(looks) == 2:
            world.c2.edit_ci(ci, {"Remarques": "somebody's edit", "Date d'achat": "2025-01-01"})
            raise NetworkError("The line is down.")
        return read(*arguments)

    world.box.faults.once("c2", "CI/UpdateProperty", "server_error", when="before")
    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.c2, "cis_by_id", fails_the_second_time)
        world.sync("←")
    assert (world.c2.value(ci, "Remarques"), world.c2.value(ci, "Date d'achat")[:10]) == ("somebody's edit", "2025-01-01")
    assert sorted(error["kind"] for error in world.errors()) == ["changed_meanwhile", "server"]


@pytest.mark.parametrize("direction", ["←", "⇄"])
def test_an_edit_of_a_field_that_was_just_written_is_not_taken_for_what_was_written(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch, direction: str
) -> None:
    """The answer to the CI's second field shows what somebody has made of the first one meanwhile."""
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    asset = world.add_asset(subcategory, "S1", note="old", acquisition_date="2025-07-04")
    world.sync(direction)
    (ci,) = world.c2.ci_ids(world.category)
    world.hector.edit_asset(asset, note="new", acquisition_date="2025-07-05")
    write = world.surroundings.c2.update_ci
    written: list[str] = []

    def edited_in_between(*arguments: Any) -> ConfigurationItem:
        if written:
            world.c2.edit_ci(ci, {written[0]: {"Remarques": "edited", "Date d'achat": "2025-07-31"}[written[0]]})
        written.append(arguments[1].name)
        return write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.c2, "update_ci", edited_in_between)
        world.sync(direction)
    assert len(written) == 2
    world.sync(direction)
    edited = ("edited", "2025-07-05") if written[0] == "Remarques" else ("new", "2025-07-31")
    carried = edited if direction == "⇄" else ("new", "2025-07-05")
    assert (world.hector.asset(asset)["note"], world.hector.asset(asset)["acquisition_date"]) == carried
    assert (world.c2.value(ci, "Remarques"), world.c2.value(ci, "Date d'achat")[:10]) == carried


def test_a_ci_put_away_right_after_it_was_taken_back_into_use_retires_its_asset(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the CI's second field shows that somebody has put it away meanwhile."""
    ways = {"when_ci_inactive": "retire", "when_asset_retired": "deactivate"}
    asset = world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "S1", note="old")
    world.sync("⇄", **ways)
    (ci,) = world.c2.ci_ids(world.category)
    world.hector.edit_asset(asset, status="retired")
    world.sync("⇄", **ways)
    world.hector.edit_asset(asset, status="active", note="new")
    write = world.surroundings.c2.update_ci

    def put_away_first(*arguments: Any) -> ConfigurationItem:
        assert world.c2.ci(ci)["IsActive"]
        world.c2.edit_ci(ci, {"IsActive": False})
        return write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.c2, "update_ci", put_away_first)
        world.sync("⇄", **ways)
    assert not world.c2.ci(ci)["IsActive"]
    world.sync("⇄", **ways)
    assert world.hector.asset(asset)["status"] == "retired"
    assert not world.c2.ci(ci)["IsActive"]


def test_a_subcategory_that_somebody_made_meanwhile_is_used(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    read = world.surroundings.hector.subcategories
    made: list[int] = []

    def read_then_made(*arguments: object) -> list[Subcategory]:
        found = read(*arguments)  # type: ignore[arg-type]
        if not made:
            made.append(world.hector.add_subcategory(world.hector_category, "hp", "840"))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "subcategories", read_then_made)
        world.sync("→")
    assert [subcategory["id"] for subcategory in world.hector.subcategories()] == made
    assert world.hector.assets()[0]["subcategory_id"] == made[0]
