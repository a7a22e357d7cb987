"""One CI changes a field that others share: what the plan shows of it, what guards count, and what the others get."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from live_world import LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Field, Subcategory
from syncsvc.domain.values import Value
from syncsvc.engine.request import RunRequest
from syncsvc.state import queries

SHARED = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""
PATCH = "PATCH /api/v1/subcategories"


@pytest.fixture
def world(sqlite_url: str) -> Iterator[LiveWorld]:
    with live_world(sqlite_url) as world:
        yield world


def of_one_model(world: LiveWorld, count: int = 3) -> list[str]:
    """CIs of one model, all with the same price, in order on both sides."""
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900") for n in range(count)]
    world.sync("⇄", fields=SHARED)
    world.writes()
    return cis


def prices(world: LiveWorld, cis: Sequence[str]) -> list[float | None]:
    found = [world.c2.value(ci, "Prix") for ci in cis]
    return [float(price) if price else None for price in found]


def in_hector(world: LiveWorld) -> float | None:
    (subcategory,) = world.hector.subcategories()
    return None if subcategory["price"] is None else float(subcategory["price"])


def test_a_disagreement_with_a_ci_that_is_new_is_one_error(world: LiveWorld) -> None:
    """It is found when the run is planned, and once more when the new pair is looked at: from the other end."""
    cis = of_one_model(world)
    world.c2.edit_ci(cis[0], {"Prix": "850"})
    world.add_ci(model="840", serial="new", price="880")
    report = world.sync("⇄", fields=SHARED, on_conflict="c2")
    (error,) = world.errors()
    assert error["kind"] == "disagreement"
    assert "CI 00000001: 850; CI 00000004: 880" in error["message"]
    assert report.as_json()["errors"] == 1
    assert in_hector(world) == 900


def test_the_plan_shows_what_the_siblings_will_be_given(world: LiveWorld) -> None:
    cis = of_one_model(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    planned = world.sync("⇄", fields=SHARED, dry_run=True).categories[0].planned
    assert [(change.record.value, len(change.fields)) for change in planned] == [("subcategory", 1), ("ci", 1), ("ci", 1)]
    report = world.sync("⇄", fields=SHARED)
    assert len(world.writes()) == len(planned)
    assert prices(world, cis) == [800] * 3
    assert report.status is RunStatus.SUCCEEDED
    world.sync("⇄", fields=SHARED)
    assert world.writes() == []


@pytest.mark.parametrize("side", ["c2", "hector"])
def test_emptying_one_shared_value_is_held_when_it_would_empty_all(world: LiveWorld, side: str) -> None:
    cis = of_one_model(world, 21)
    if side == "c2":
        world.c2.edit_ci(cis[0], {"Prix": ""})
    else:
        world.hector.edit_subcategory(world.hector.subcategories()[0]["id"], price=None)
    report = world.sync("⇄", fields=SHARED)
    assert report.status is RunStatus.HELD
    assert world.writes() == []
    world.sync("⇄", fields=SHARED, request=RunRequest(kind="approval", approve=report.run))
    assert prices(world, cis) == [None] * 21
    assert in_hector(world) is None


def test_where_hector_refuses_the_value_no_sibling_gets_it(world: LiveWorld) -> None:
    cis = of_one_model(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    world.box.faults.once("hector", PATCH, "refused", message="Too cheap.")
    report = world.sync("⇄", fields=SHARED)
    assert prices(world, cis) == [800, 900, 900]
    assert in_hector(world) == 900
    assert len(world.writes()) == 1, "it is asked for once"
    assert [error["kind"] for error in world.errors()] == ["validation"]
    outcomes = [(change["record"], change["outcome"]) for change in queries.changes(world.database, report.run)]
    assert sorted(outcomes) == [("ci", "left"), ("ci", "left"), ("subcategory", "refused")]
    world.sync("⇄", fields=SHARED)
    assert prices(world, cis) == [800] * 3
    assert in_hector(world) == 800


def test_siblings_get_what_hector_made_of_the_value(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    cis = of_one_model(world)
    update = world.surroundings.hector.update_subcategory

    def rounding(subcategory_id: int, values: dict[Field, Value], fields: Sequence[Field]) -> Subcategory:
        return update(subcategory_id, {field: Decimal(805) for field in values}, fields)

    world.c2.edit_ci(cis[0], {"Prix": "804.90"})
    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "update_subcategory", rounding)
        world.sync("⇄", fields=SHARED)
    assert in_hector(world) == 805
    assert prices(world, cis) == [804.9, 805, 805]
    world.writes()
    world.sync("⇄", fields=SHARED)
    assert world.writes() == [], "what Hector answers is what every link agrees on"


def test_a_shared_value_that_was_changed_meanwhile_reaches_nobody_in_this_run(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    cis = of_one_model(world)
    read = world.surroundings.hector.subcategory

    def edited_meanwhile(subcategory_id: int, fields: Sequence[Field]) -> Subcategory:
        world.hector.edit_subcategory(subcategory_id, price=700)
        return read(subcategory_id, fields)

    world.c2.edit_ci(cis[0], {"Prix": "800"})
    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "subcategory", edited_meanwhile)
        world.sync("⇄", fields=SHARED)
    assert prices(world, cis) == [800, 900, 900]
    assert in_hector(world) == 700
    assert [error["kind"] for error in world.errors()] == ["changed_meanwhile"]


def test_a_single_sync_of_the_ci_that_changed_reaches_its_siblings(world: LiveWorld) -> None:
    cis = of_one_model(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    number = world.c2.ci(cis[0])["CINumber"]
    planned = world.sync("⇄", fields=SHARED, request=RunRequest(ci=number, dry_run=True)).categories[0].planned
    assert len(planned) == 3
    world.sync("⇄", fields=SHARED, request=RunRequest(ci=number))
    assert prices(world, cis) == [800] * 3


def test_a_single_sync_of_a_sibling_does_not_carry_over_what_another_changed(world: LiveWorld) -> None:
    cis = of_one_model(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    report = world.sync("⇄", fields=SHARED, request=RunRequest(ci=world.c2.ci(cis[1])["CINumber"]))
    assert report.categories[0].planned == []
    assert world.writes() == []
    assert in_hector(world) == 900


def test_a_ci_that_comes_back_has_its_say_in_the_run_that_finds_it(world: LiveWorld) -> None:
    """Seen only in the second look, its price would be written over the one that its sibling was written a moment before."""
    cis = of_one_model(world)
    world.store.set_link_state(
        [link.id for link in world.store.links_of(world.category) if link.ci_id == cis[1]], status="orphaned"
    )
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    world.c2.edit_ci(cis[1], {"Prix": "700"})
    world.writes()
    world.sync("⇄", fields=SHARED)
    (error,) = world.errors()
    assert error["kind"] == "disagreement"
    assert world.writes() == []
    assert prices(world, cis) == [800, 700, 900]
    world.c2.edit_ci(cis[1], {"Prix": "800"})
    world.sync("⇄", fields=SHARED)
    assert prices(world, cis) == [800] * 3
    assert in_hector(world) == 800


def test_the_answer_to_a_rename_is_not_taken_for_a_newer_one_than_that_to_a_price(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renamed back and given a price, a subcategory is written twice: one after the other, or the old price would come back."""
    cis = of_one_model(world)
    (subcategory,) = world.hector.subcategories()
    world.hector.edit_subcategory(subcategory["id"], model="renamed")
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    write = world.surroundings.hector.update_subcategory
    answers: list[str] = []
    renamed = threading.Event()

    def slow_to_rename(subcategory_id: int, values: Mapping[Field, Value], fields: Sequence[Field]) -> Subcategory:
        is_rename = any(field.is_subcategory_key for field in values)
        if not is_rename:
            renamed.wait(0.5)
        answer = write(subcategory_id, values, fields)
        if is_rename:
            renamed.set()
            time.sleep(0.2)
        answers.append("rename" if is_rename else "price")
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "update_subcategory", slow_to_rename)
        world.sync("⇄", fields=SHARED.replace("subcategory.model}", 'subcategory.model, direction: "→"}'))
    assert sorted(answers) == ["price", "rename"]
    assert prices(world, cis) == [800] * 3
    assert in_hector(world) == 800
    assert world.hector.subcategories()[0]["model"] == "840"


@pytest.mark.parametrize("how", ["changed", "retired"])
def test_a_single_sync_gives_the_siblings_the_shared_value_and_nothing_else(world: LiveWorld, how: str) -> None:
    """What else is new with them was not asked for, was not in the plan, and no guard has seen it."""
    fields = SHARED + "          - {c2: Remarques, hector: asset.note}\n"
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900", notes="n") for n in range(3)]
    world.sync("⇄", fields=fields, when_ci_inactive="retire")
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    for ci in cis[1:]:
        world.c2.edit_ci(ci, {"Remarques": ""} if how == "changed" else {"IsActive": False})
    request = RunRequest(ci=world.c2.ci(cis[0])["CINumber"])
    planned = (
        world.sync("⇄", fields=fields, when_ci_inactive="retire", request=replace(request, dry_run=True)).categories[0].planned
    )
    assert len(planned) == 3
    world.writes()
    world.sync("⇄", fields=fields, when_ci_inactive="retire", request=request)
    assert len(world.writes()) == 3
    assert prices(world, cis) == [800] * 3
    assert [(asset["note"], asset["status"]) for asset in world.hector.assets()] == [("n", "active")] * 3
    world.sync("⇄", fields=fields, when_ci_inactive="retire")
    there = sorted(
        (world.hector.value(asset["id"], "Serial number"), asset["note"], asset["status"]) for asset in world.hector.assets()
    )
    new = (None, "active") if how == "changed" else ("n", "retired")
    assert there == [("S0", "n", "active"), ("S1", *new), ("S2", *new)]


def test_what_comes_to_a_subcategory_does_not_change_all_others_past_the_guards(world: LiveWorld) -> None:
    """A CI gets the model of many others, and another price than theirs: that all of them would get it shows after its move."""
    cis = of_one_model(world, 25)
    other = world.add_ci(model="850", serial="S99", price="900")
    world.sync("⇄", fields=SHARED)
    world.c2.edit_ci(other, {"Modèle": "840", "Prix": "300"})
    world.writes()
    world.sync("⇄", fields=SHARED)
    assert len(world.writes()) == 1, "the move"
    held = world.sync("⇄", fields=SHARED)
    assert held.status is RunStatus.HELD
    assert world.writes() == []
    assert prices(world, [*cis, other]) == [900] * 25 + [300]
    world.sync("⇄", fields=SHARED, request=RunRequest(kind="approval", approve=held.run))
    assert prices(world, [*cis, other]) == [300] * 26


def test_whoever_may_yet_come_by_a_lost_creation_has_a_say_in_what_is_shared(world: LiveWorld) -> None:
    """Else the first CI's price would be written, and overwritten by the other's as soon as that one's asset is found."""
    world.surroundings = replace(world.surroundings, request_time_out=600)
    one, other = (world.add_ci(model="840", serial=serial, price=price) for serial, price in (("S1", "100"), ("S2", "300")))
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="before", nth=2)
    for _ in range(2):
        world.sync("⇄", fields=SHARED, on_conflict="c2")
        assert len(world.hector.assets()) == 1
        assert prices(world, [one, other]) == [100, 300]
        assert [it["price"] for it in world.hector.subcategories()] == [None]
    assert "disagreement" in {error["kind"] for error in world.errors()}
