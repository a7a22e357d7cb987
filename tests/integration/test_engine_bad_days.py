"""Lost answers, records that are gone or hidden, sides that cannot be read: what a run does on a bad day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from dated_world import asset_of
from live_world import LiveWorld, live_world

from syncsvc.adapters.hector.resources import Resources
from syncsvc.domain.plan import RunStatus


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def serials(world: LiveWorld) -> list[str]:
    return sorted(world.hector.value(asset["id"], "Serial number") for asset in world.hector.assets())


@pytest.mark.parametrize("kind", ["cut", "reset", "server_error", "html_200"])
@pytest.mark.parametrize("match_on", ["[Numéro de série]", "none"])
def test_an_asset_whose_answer_was_lost_is_found_again_and_not_doubled(world: LiveWorld, kind: str, match_on: str) -> None:
    for n in range(3):
        world.add_ci(maker="HP", model="840", serial=f"S{n}", price="12.345")
    world.box.faults.once("hector", "POST /api/v1/assets", kind, when="after", nth=2)
    first = world.sync("→", match_on=match_on)
    assert serials(world) == ["S0", "S1", "S2"]
    assert first.status is RunStatus.COMPLETED_WITH_ERRORS
    assert first.as_json()["created"]["hector"] == 3  # the subcategory and the two answered ones
    world.writes()
    second = world.sync("→", match_on=match_on)
    assert world.writes() == []
    assert second.status is RunStatus.SUCCEEDED
    assert second.as_json()["linked"] == 3
    assert serials(world) == ["S0", "S1", "S2"]


@pytest.mark.parametrize("match_on", ["[Numéro de série]", "none"])
def test_a_ci_whose_answer_was_lost_is_found_again_and_not_doubled(world: LiveWorld, match_on: str) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    for n in range(3):
        world.add_asset(subcategory, f"S{n}", acquisition_date="2025-07-04")
    world.box.faults.once("c2", "CI/Save", "cut", when="after", nth=2)
    world.sync("←", match_on=match_on)
    assert len(world.c2.ci_ids(world.category)) == 3
    world.writes()
    report = world.sync("←", match_on=match_on)
    assert world.writes() == []
    assert report.as_json()["linked"] == 3
    assert len(world.c2.ci_ids(world.category)) == 3


def test_a_creation_that_never_happened_is_asked_for_again(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.box.faults.once("hector", "POST /api/v1/assets", "server_error", when="before")
    world.sync("→")
    assert serials(world) == []
    report = world.sync("→")
    assert serials(world) == ["S1"]
    assert report.status is RunStatus.SUCCEEDED


def test_a_subcategory_whose_answer_was_lost_is_not_made_twice(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.box.faults.once("hector", "POST /api/v1/subcategories", "cut", when="after")
    report = world.sync("→")
    assert len(world.hector.subcategories()) == 1
    assert serials(world) == ["S1"]
    assert report.as_json()["created"]["hector"] == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_update_whose_answer_was_lost_is_looked_at_and_ends_well(world: LiveWorld, when: str) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="S1", notes="old")
    world.sync("→")
    world.writes()
    world.c2.edit_ci(ci, {"Remarques": "new"})
    world.box.faults.once("hector", "PATCH /api/v1/assets", "server_error", when=when)
    report = world.sync("→")
    assert len(world.writes()) == (2 if when == "before" else 1)
    assert world.hector.assets()[0]["note"] == "new"
    assert report.status is RunStatus.SUCCEEDED
    assert world.sync("→").as_json()["fields_written"] == {"c2": 0, "hector": 0}


def test_a_ci_that_a_shifting_list_hides_is_not_doubled(world: LiveWorld) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    for n in range(120):  # three pages, of which the last record is hidden; nothing else is left to be linked
        if n == 119:
            world.sync("←")
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
        world.add_asset(subcategory, f"S{n}")
    world.c2.shift_pages = True
    world.sync("←")
    assert world.c2.shifts_left == 0
    assert len(world.c2.ci_ids(world.category)) == 120


def test_an_asset_that_a_shifting_list_hides_behind_its_total_is_not_doubled(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its second page is read one asset goes and another comes: the list has shown as many as it says there are."""
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    assets = [world.add_asset(subcategory, f"S{n}") for n in range(120)]
    for n in range(1, 120):
        if n != 50:
            world.add_ci(maker="HP", model="840", serial=f"S{n}")
    world.sync("→")
    world.add_ci(maker="HP", model="840", serial="S50")  # its asset is the first one of the second page
    read_page = Resources.page

    def page(resources: Resources, resource: str, params: Any, number: int, *rest: Any, **more: Any) -> Any:
        if resource == "assets" and number == 2 and assets[0] in world.hector.asset_records:
            world.hector.delete_asset(assets[0])
            world.add_asset(subcategory, "new")
        return read_page(resources, resource, params, number, *rest, **more)

    monkeypatch.setattr(Resources, "page", page)
    world.sync("→")
    assert sorted(it["id"] for it in world.hector.assets())[:119] == assets[1:]
    assert len(world.hector.assets()) == 120
    assert len(world.store.links_of(world.category)) == 119


@pytest.mark.parametrize("create", ["none", "→"])
def test_two_records_are_not_linked_as_long_as_a_shifting_list_hides_a_third_with_their_serial(
    world: LiveWorld, create: str
) -> None:
    for n in range(120):  # three pages, of which the last record is hidden
        world.add_ci(maker="HP", model="840", serial="S1" if n in {10, 119} else None)
    asset = world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "S1")
    world.c2.shift_pages = True
    world.sync("→", create=create)
    assert world.c2.shifts_left == 0
    assert [error["kind"] for error in world.errors()] == ["ambiguous"]
    assert asset not in {link.asset_id for link in world.store.links_of(world.category)}


def test_a_record_that_is_gone_leaves_an_orphan_and_comes_back_whole(world: LiveWorld) -> None:
    for n in range(12):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    world.sync("→")
    lost = world.c2.ci_ids(world.category)[0]
    world.c2.delete_ci(lost)
    report = world.sync("→")
    (error,) = world.errors()
    assert error["kind"] == "missing"
    assert len(world.hector.assets()) == 12  # nothing is ever deleted
    assert report.as_json()["errors"] == 1
    assert {link.ci_id for link in world.store.links_of(world.category) if link.status == "orphaned"} == {lost}
    world.sync("→")
    assert world.errors() == []  # it was said


@pytest.mark.parametrize("record", ["CI", "asset"])
def test_a_record_that_moved_to_another_category_is_left_alone_and_its_new_place_is_named(world: LiveWorld, record: str) -> None:
    ids = [world.add_ci(maker="HP", model="840", serial=f"S{n}") for n in range(12)]
    world.sync("→")
    if record == "CI":
        world.c2.move_ci(ids[3], world.c2.add_category(world.cmdb, "Remisés"))
    else:
        world.hector.asset_records[asset_of(world, ids[3])].category_id = world.hector.add_category("Remisés")
    world.writes()
    world.sync("→")
    (error,) = world.errors()
    assert error["kind"] == "missing"
    assert "stands in another category (“Remisés”) than the rules tie" in error["message"]
    assert {link.status for link in world.store.links_of(world.category)} == {"active"}
    assert world.writes() == []


def test_an_empty_list_is_not_taken_for_deletions(world: LiveWorld) -> None:
    ids = [world.add_ci(maker="HP", model="840", serial=f"S{n}") for n in range(3)]
    world.sync("→")
    for ci in ids:
        world.c2.delete_ci(ci)
    world.writes()
    report = world.sync("→")
    assert report.status is RunStatus.HELD
    assert report.exit_code() == 4
    assert world.writes() == []
    assert {link.status for link in world.store.links_of(world.category)} == {"active"}


def test_a_side_that_cannot_be_read_fails_the_category_and_writes_nothing(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    for nth in range(1, 4):
        world.box.faults.once("hector", "GET /api/v1/assets", "server_error", nth=nth)
    report = world.sync("→")
    assert world.writes() == []
    assert report.status is RunStatus.FAILED
    assert [error["kind"] for error in world.errors()] == ["server"]


def test_credentials_refused_in_the_middle_end_the_run(world: LiveWorld) -> None:
    for n in range(4):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    world.box.faults.once("hector", "POST /api/v1/assets", "credentials", nth=2)
    report = world.sync("→")
    assert report.status is RunStatus.FAILED
    assert report.exit_code() == 5
    assert [error["kind"] for error in world.errors()] == ["credentials"]
    assert world.store.intentions_of(world.category) == []
    done = len(world.hector.assets())
    assert done < 4
    world.reconnect()
    assert world.sync("→").as_json()["linked"] == 4
    assert len(world.hector.assets()) == 4


def test_a_run_that_is_asked_to_stop_keeps_what_it_did(world: LiveWorld) -> None:
    for n in range(250):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    stopping = replace(world.surroundings, stop_asked=lambda: len(world.hector.assets()) > 50)
    going, world.surroundings = world.surroundings, stopping
    report = world.sync("→")
    assert report.status is RunStatus.INTERRUPTED
    done = len(world.hector.assets())
    assert 50 < done < 250
    assert len(world.store.links_of(world.category)) == done
    world.surroundings = going
    assert world.sync("→").as_json()["linked"] == 250
    assert len(world.hector.assets()) == 250


def test_a_record_that_was_there_before_is_not_taken_for_the_lost_one(world: LiveWorld) -> None:
    """An asset with the very same values stood there already when the creation was asked for: it is something else."""
    fields = "\n          - {c2: Modèle, hector: subcategory.model}\n"
    subcategory = world.hector.add_subcategory(world.hector_category, None, "840")
    old = world.add_asset(subcategory)
    ci = world.add_ci(model="840")
    world.box.faults.once("hector", "POST /api/v1/assets", "server_error", when="before")
    world.sync("→", fields=fields, match_on="none")
    world.sync("→", fields=fields, match_on="none")
    (link,) = world.store.links_of(world.category)
    assert link.ci_id == ci
    assert link.asset_id != old
    assert len(world.hector.assets()) == 2


def test_after_a_move_the_new_subcategorys_shared_values_stand(world: LiveWorld) -> None:
    fields = "\n          - {c2: Modèle, hector: subcategory.model}\n          - {c2: Prix, hector: subcategory.price}\n"
    ci = world.add_ci(model="840", price="10.00")
    world.sync("→", fields=fields, match_on="none")
    better = world.hector.add_subcategory(world.hector_category, None, "850", price=20)
    world.c2.edit_ci(ci, {"Modèle": "850"})
    world.writes()
    report = world.sync("→", fields=fields, match_on="none")
    assert len(world.writes()) == 1
    assert world.hector.assets()[0]["subcategory_id"] == better
    assert float(world.hector.subcategory(better)["price"]) == 20
    assert report.status is RunStatus.SUCCEEDED
    world.c2.edit_ci(ci, {"Prix": "30.00"})
    world.sync("→", fields=fields, match_on="none")
    assert float(world.hector.subcategory(better)["price"]) == 30


def test_a_linked_ci_that_a_shifting_list_hides_is_looked_up(world: LiveWorld) -> None:
    ids = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(120)]
    world.sync("→")
    for ci in ids[:30]:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    world.c2.shift_pages = True
    report = world.sync("→")
    assert world.c2.shifts_left == 0
    assert world.errors() == []
    assert report.as_json()["fields_written"] == {"c2": 0, "hector": 30}
    assert report.as_json()["unchanged"] == 90
