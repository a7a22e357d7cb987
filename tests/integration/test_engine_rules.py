"""Settlements, the newest change, fields that do not rest, links by hand, what many share: over both systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from dated_world import Clock, dated_world, in_conflict, note, pair
from live_world import LiveWorld

from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Side
from syncsvc.engine.request import RunRequest
from syncsvc.engine.run import run
from syncsvc.state import queries


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(database_url, clock) as world:
        yield world


# -- conflicts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("use", "value"), [(Side.C2, "from C2"), (Side.HECTOR, "from Hector")])
def test_a_settled_conflict_is_carried_out_once_and_is_over(world: LiveWorld, clock: Clock, use: Side, value: str) -> None:
    ci, asset = in_conflict(world)
    assert world.writes() == []
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], use, clock())
    report = world.sync("⇄")
    assert note(world, ci, asset) == (value, value)
    assert len(world.writes()) == 1
    assert report.status is RunStatus.SUCCEEDED
    assert queries.conflicts(world.database) == []
    world.sync("⇄")
    assert world.writes() == []


def test_a_settlement_is_void_when_a_value_has_moved_since(world: LiveWorld, clock: Clock) -> None:
    ci, asset = in_conflict(world)
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], Side.C2, clock())
    world.hector.edit_asset(asset, note="from Hector, later")
    report = world.sync("⇄")
    assert world.writes() == []
    assert note(world, ci, asset) == ("from C2", "from Hector, later")
    (again,) = queries.conflicts(world.database)
    assert (again["id"], again["status"], again["hector_value"]) == (conflict["id"], "open", "from Hector, later")
    assert report.as_json()["conflicts"] == 1


def test_a_settlement_that_was_refused_is_tried_again(world: LiveWorld, clock: Clock) -> None:
    ci, asset = in_conflict(world)
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], Side.HECTOR, clock())
    world.box.faults.once("c2", "CI/UpdateProperty", "refused", message="Verrouillé.")
    world.sync("⇄")
    assert note(world, ci, asset) == ("from C2", "from Hector")
    assert [it["status"] for it in queries.conflicts(world.database)] == ["settled"]
    world.sync("⇄")
    assert note(world, ci, asset) == ("from Hector", "from Hector")
    assert queries.conflicts(world.database) == []


def test_a_settlement_waits_for_a_record_that_is_away(world: LiveWorld, clock: Clock) -> None:
    ci, asset = in_conflict(world)
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], Side.HECTOR, clock())
    world.c2.move_ci(ci, world.c2.add_category(world.cmdb, "Prêts"))
    world.sync("⇄")
    assert [it["status"] for it in queries.conflicts(world.database)] == ["settled"]
    clock.go_on(hours=1)
    world.c2.move_ci(ci, world.category)
    world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("from Hector", "from Hector")
    assert queries.conflicts(world.database) == []


def test_both_made_equal_by_hand_closes_the_conflict(world: LiveWorld) -> None:
    ci, asset = in_conflict(world)
    world.hector.edit_asset(asset, note="from C2")
    report = world.sync("⇄")
    assert world.writes() == []
    assert report.status is RunStatus.SUCCEEDED
    assert queries.conflicts(world.database) == []
    assert note(world, ci, asset) == ("from C2", "from C2")


def test_newest_lets_the_later_change_win(world: LiveWorld, clock: Clock) -> None:
    ci, asset = pair(world, notes="agreed")
    clock.go_on(hours=1)
    world.hector.edit_asset(asset, note="earlier, in Hector")
    clock.go_on(minutes=20)
    world.c2.edit_ci(ci, {"Remarques": "later, in C2"})
    world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("later, in C2", "later, in C2")


def test_newest_is_not_taken_in_by_our_own_later_write(world: LiveWorld, clock: Clock) -> None:
    """A first run holds the conflict (too close) but writes the asset's price; a day later that write must not win."""
    ci, asset = pair(world, notes="agreed", price="1")
    clock.go_on(hours=1)
    world.hector.edit_asset(asset, note="in Hector")
    clock.go_on(minutes=1)
    world.c2.edit_ci(ci, {"Remarques": "in C2, a minute later", "Prix": "2"})
    clock.go_on(hours=1)
    world.sync("⇄", on_conflict="newest")  # holds, and writes the price to the asset
    assert note(world, ci, asset) == ("in C2, a minute later", "in Hector")
    assert len(world.writes()) == 1
    clock.go_on(days=1)
    report = world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("in C2, a minute later", "in Hector")
    assert report.as_json()["conflicts"] == 1
    world.c2.edit_ci(ci, {"Remarques": "in C2, next day"})
    world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("in C2, next day", "in C2, next day")


def test_newest_is_not_taken_in_by_our_own_write_of_the_same_run(world: LiveWorld, clock: Clock) -> None:
    """The run writes the CI before its asset, moved meanwhile, meets another price: that write is no change in C2."""
    fields = """
          - {c2: Modèle, hector: subcategory.model, direction: "→"}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
          - {c2: Remarques, hector: asset.note}
"""
    first, second = (world.hector.add_subcategory(world.hector_category, None, name, price=100) for name in "AB")
    ci, asset = world.add_ci(model="A", serial="S1", price="110"), world.add_asset(first, "S1")
    assert world.sync("⇄", fields=fields, on_conflict="newest").as_json()["conflicts"] == 1, "too close, so never agreed"
    clock.go_on(hours=1)
    world.c2.edit_ci(ci, {"Modèle": "B"})
    clock.go_on(hours=1)
    world.hector.edit_subcategory(second, price=250)
    world.hector.edit_asset(asset, note="from Hector")
    clock.go_on(hours=1)
    world.c2.now = lambda: clock() + timedelta(minutes=10)  # the run is slow: C2 is written long after Hector
    world.sync("⇄", fields=fields, on_conflict="newest")
    assert world.c2.value(ci, "Remarques") == "from Hector"
    assert {float(it["price"]) for it in world.hector.subcategories()} == {100, 250}
    assert float(str(world.c2.value(ci, "Prix"))) == 250


def test_newest_is_not_taken_in_by_a_subcategory_that_we_made(world: LiveWorld, clock: Clock) -> None:
    """Its price came from one CI; that it was made after another CI's edit does not make it somebody's later change in Hector."""
    fields = """
          - {c2: Modèle, hector: subcategory.model, direction: "→"}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""
    old = world.hector.add_subcategory(world.hector_category, None, "A", price=100)
    one, other = (world.add_ci(model="A", serial=serial, price=price) for serial, price in (("S1", "100"), ("S2", "150")))
    for serial in ("S1", "S2"):
        world.add_asset(old, serial)
    assert world.sync("⇄", fields=fields, on_conflict="newest").as_json()["conflicts"] == 1, "too close, so never agreed"
    clock.go_on(hours=1)
    world.c2.edit_ci(other, {"Modèle": "B"})
    world.c2.edit_ci(one, {"Modèle": "B", "Prix": "120"})
    clock.go_on(hours=1)
    world.sync("⇄", fields=fields, on_conflict="newest", request=RunRequest(ci="00000001"))  # makes B
    clock.go_on(hours=1)
    report = world.sync("⇄", fields=fields, on_conflict="newest")
    assert report.as_json()["conflicts"] == 1
    assert [float(str(world.c2.value(ci, "Prix"))) for ci in (one, other)] == [120, 150]
    assert {float(it["price"]) for it in world.hector.subcategories()} == {100, 120}


# -- coming to rest ------------------------------------------------------------------------------------------------------


def test_a_field_that_is_changed_back_every_day_is_reported_once_and_left_alone(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="ours")
    kinds = []
    for _ in range(6):
        world.hector.edit_asset(asset, note="an automation's")
        world.writes()
        world.sync("→")
        kinds.append(([error["kind"] for error in world.errors()], len(world.writes())))
    assert kinds == [([], 1), ([], 1), ([], 1), (["not_converging"], 0), ([], 0), ([], 0)]
    world.c2.edit_ci(ci, {"Remarques": "a new one"})
    world.sync("→")
    assert note(world, ci, asset) == ("a new one", "a new one")


def test_single_runs_of_others_do_not_break_the_row(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="ours")
    other, _ = pair(world, "S2")
    kinds = []
    for _ in range(4):
        world.hector.edit_asset(asset, note="an automation's")
        world.sync("→")
        kinds.append([error["kind"] for error in world.errors()])
        world.sync("→", request=RunRequest(ci=world.c2.ci(other)["CINumber"]))
    assert kinds == [[], [], [], ["not_converging"]]
    assert note(world, ci, asset) == ("ours", "an automation's")


def test_a_shared_field_that_does_not_rest_is_left_alone_with_all_its_siblings(world: LiveWorld) -> None:
    fields = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""
    for serial in ("S1", "S2"):
        world.add_ci(model="840", serial=serial, price="900")
    world.sync("→", fields=fields)
    subcategory = world.hector.subcategories()[0]["id"]
    written = []
    for _ in range(5):
        world.hector.edit_subcategory(subcategory, price=1)
        world.writes()
        world.sync("→", fields=fields)
        written.append(len(world.writes()))
    assert written == [1, 1, 1, 0, 0]


# -- links by hand -------------------------------------------------------------------------------------------------------


def test_a_parted_pair_is_not_joined_again_and_nothing_is_made_anew(world: LiveWorld, clock: Clock) -> None:
    pair(world)
    (link,) = world.store.links_of(world.category)
    world.store.part(link.id, clock())
    for _ in range(2):
        report = world.sync("⇄")
        assert world.writes() == []
        assert report.as_json()["linked"] == 0
        assert [error["kind"] for error in world.errors()] == ["ambiguous"]


def test_a_lost_database_finds_every_pair_again_by_match_on(world: LiveWorld, clock: Clock) -> None:
    for n in range(5):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    world.sync("→")
    world.writes()
    for link in world.store.links_of(world.category):
        world.store.part(link.id, clock())
    with world.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM parted")
    report = world.sync("→")
    assert world.writes() == []
    assert report.as_json()["linked"] == 5


# -- what many CIs share -------------------------------------------------------------------------------------------------

SHARED = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""


def siblings(world: LiveWorld, count: int = 3) -> tuple[list[str], int]:
    """CIs of one model, all with the same price."""
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900") for n in range(count)]
    world.sync("⇄", fields=SHARED)
    world.writes()
    return cis, world.hector.subcategories()[0]["id"]


def prices(world: LiveWorld, cis: list[str]) -> set[float]:
    return {float(world.c2.value(ci, "Prix")) for ci in cis}


def test_one_ci_that_changes_a_shared_field_changes_it_for_all_in_the_same_run(world: LiveWorld) -> None:
    cis, subcategory = siblings(world)
    world.c2.edit_ci(cis[1], {"Prix": "800"})
    report = world.sync("⇄", fields=SHARED)
    assert float(world.hector.subcategory(subcategory)["price"]) == 800
    assert prices(world, cis) == {800}
    assert len(world.writes()) == 3  # the subcategory once, the two other CIs
    assert report.status is RunStatus.SUCCEEDED
    world.sync("⇄", fields=SHARED)
    assert world.writes() == []


def test_cis_that_changed_a_shared_field_differently_are_named_and_nothing_is_written(world: LiveWorld) -> None:
    cis, subcategory = siblings(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    world.c2.edit_ci(cis[1], {"Prix": "700"})
    world.sync("⇄", fields=SHARED)
    assert world.writes() == []
    (error,) = world.errors()
    assert error["kind"] == "disagreement"
    assert all(world.c2.ci(ci)["CINumber"] in error["message"] for ci in cis[:2])
    assert float(world.hector.subcategory(subcategory)["price"]) == 900


def test_a_shared_field_changed_in_hector_reaches_every_linked_ci(world: LiveWorld) -> None:
    cis, subcategory = siblings(world)
    world.hector.edit_subcategory(subcategory, price=750, model="850")
    world.sync("⇄", fields=SHARED)
    assert prices(world, cis) == {750}
    assert {world.c2.value(ci, "Modèle") for ci in cis} == {"850"}
    world.writes()
    world.sync("⇄", fields=SHARED)
    assert world.writes() == []


# -- in hand -------------------------------------------------------------------------------------------------------------


def test_one_category_under_two_names_is_not_synchronised_in_two_directions(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1", notes="from C2")
    one = world.rules("→")
    other = world.rules("←", category={"create": "none"})
    (again,) = other.categories
    again = replace(again, category=replace(again.category, name="Laptops"))
    both = replace(one, categories=(*one.categories, again))
    report = run(both, RunRequest(), world.surroundings)
    assert [category.status for category in report.categories] == [RunStatus.SUCCEEDED, RunStatus.FAILED]
    assert report.exit_code() == 2
    (error,) = world.errors()
    assert "stands in the rules twice" in error["message"]
    assert all(write.startswith("hector") for write in world.writes())
