"""Lost answers, refusals, edits in between, records that are gone: what a run does on a bad day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from live_world import FIELDS, LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Asset, ConfigurationItem, Subcategory
from syncsvc.state import queries


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


def test_a_refused_field_is_recorded_and_the_others_of_the_record_are_written(world: LiveWorld) -> None:
    """Hector refuses a tag that another asset has; the note of the same asset is written all the same."""
    fields = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.asset_tag}
          - {c2: Remarques, hector: asset.note}
"""
    one = world.add_ci(model="840", serial="T1")
    two = world.add_ci(model="840", serial="T2")
    world.sync("→", fields=fields)
    subcategory = world.hector.subcategories()[0]["id"]
    other = world.hector.add_category("Other")
    elsewhere = world.hector.add_subcategory(other, "x", "y")
    world.hector.add_asset(other, elsewhere, asset_tag="TAKEN")
    world.c2.edit_ci(one, {"Numéro de série": "TAKEN", "Remarques": "written"})
    world.c2.edit_ci(two, {"Remarques": "also written"})
    report = world.sync("→", fields=fields)
    (error,) = world.errors()
    assert (error["kind"], error["field"]) == ("validation", "Numéro de série")
    assert error["ci"] == world.c2.ci(one)["CINumber"]
    assert (error["c2_value"], error["hector_value"]) == ("TAKEN", "T1")
    assert error["message"]
    assert error["hint"]
    assert sorted(asset["note"] for asset in world.hector.assets(world.hector_category)) == ["also written", "written"]
    assert report.as_json()["errors"] == 1
    assert subcategory


def test_a_refused_ci_is_made_with_its_required_fields_and_the_rest_one_by_one(world: LiveWorld) -> None:
    """``CI/Save`` does not say which field was at fault: the others are not lost with it."""
    field = world.c2.add_field(world.category, "Contrôle", kind=0)
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    world.add_asset(subcategory, "S1", note="kept", acquisition_date="2025-07-04")
    world.box.faults.once("c2", "CI/Save", "refused", message="Une valeur est invalide.")
    report = world.sync("←")
    (ci,) = world.c2.ci_ids(world.category)
    assert world.c2.value(ci, "Remarques") == "kept"
    assert world.c2.value(ci, "Modèle") == "840"
    assert report.status is RunStatus.SUCCEEDED
    assert field
    world.writes()
    world.sync("←")
    assert world.writes() == []


def test_a_ci_that_may_not_be_saved_with_a_field_is_made_without_it(world: LiveWorld) -> None:
    """A right may be lacking for one field only: the other fields are not lost with it."""
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    world.add_asset(subcategory, "S1", note="kept")
    world.box.faults.once("c2", "CI/Save", "permission")
    report = world.sync("←")
    (ci,) = world.c2.ci_ids(world.category)
    assert (world.c2.value(ci, "Remarques"), report.status) == ("kept", RunStatus.SUCCEEDED)


TAGGED = """
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Numéro de série, hector: asset.asset_tag}
          - {c2: Remarques, hector: asset.note}
"""


def test_an_asset_whose_tag_is_taken_elsewhere_is_not_made_again_without_it(world: LiveWorld) -> None:
    """The very thing stands in another Hector category: a second asset of it would be billed as well."""
    elsewhere = world.hector.add_category("Elsewhere")
    subcategory = world.hector.add_subcategory(elsewhere, "HP")
    world.hector.add_asset(elsewhere, subcategory, asset_tag="T1")
    ci = world.add_ci(maker="HP", serial="T1", notes="n")
    for _ in range(2):
        report = world.sync("→", fields=TAGGED)
        (error,) = world.errors()
        assert (error["kind"], error["field"], error["ci"]) == ("validation", "Numéro de série", world.c2.ci(ci)["CINumber"])
        assert "T1" in error["message"]
        assert "links add" in error["hint"]
        assert report.status is RunStatus.COMPLETED_WITH_ERRORS
    assert [asset["asset_tag"] for asset in world.hector.assets()] == ["T1"]


@pytest.mark.parametrize("status", [409, 422])
@pytest.mark.parametrize("fields", [{}, {"Serial number": ["is already used"]}])
def test_a_refusal_that_says_that_the_asset_exists_makes_none(world: LiveWorld, status: int, fields: dict[str, object]) -> None:
    world.add_ci(maker="HP", model="840", serial="S1", notes="n")
    refused = world.box.faults.once("hector", "POST /api/v1/assets", "refused", status=status, message="No.", fields=fields)
    world.sync("→")
    says_so = status == 409 or bool(fields)
    assert refused.fired
    assert serials(world) == ([] if says_so else ["S1"])
    assert [error["field"] for error in world.errors()] == (["Numéro de série"] if says_so else [])


def test_only_the_fields_that_a_refusal_names_are_left_out_of_a_new_asset(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1", notes="n", price="12.5")
    world.box.faults.once("hector", "POST /api/v1/assets", "refused", status=422, fields={"note": ["is odd"]})
    world.sync("→")
    posts = [request for request in world.box.writes() if request.method == "POST" and request.path.endswith("assets")]
    assert len(posts) == 2
    assert "note" not in posts[1].body
    assert len(posts[1].body["attributes"]) == len(posts[0].body["attributes"]) > 1
    assert world.hector.assets()[0]["note"] == "n"  # written by itself afterwards


@pytest.mark.parametrize("policy", ["hold", "hector"])
@pytest.mark.parametrize(("member", "value"), [("title", "PC-1"), ("asset_tag", "T1")])
def test_what_hector_makes_up_for_a_field_that_was_kept_back_is_no_conflict(
    world: LiveWorld, member: str, value: str, policy: str
) -> None:
    ci = world.add_ci(name="PC-1", maker="HP", serial="S1", notes="T1")
    c2 = {"title": "Name", "asset_tag": "Remarques"}[member]
    fields = f"""
          - {{c2: Fabricant, hector: subcategory.maker}}
          - {{c2: Numéro de série, hector: asset.attributes.Serial number}}
          - {{c2: {c2}, hector: asset.{member}}}
"""
    refused = world.box.faults.once("hector", "POST /api/v1/assets", "refused", status=422, message="No.")
    world.sync("⇄", fields=fields, on_conflict=policy)
    assert refused.fired
    assert (world.hector.assets()[0][member], world.c2.value(ci, c2)) == (value, value)
    assert queries.conflicts(world.database) == []


def test_a_required_field_that_a_refusal_names_is_not_left_out(world: LiveWorld) -> None:
    world.hector.add_attribute(world.hector_category, "Rack", required=True)
    rack = world.c2.add_field(world.category, "Baie", kind=0)
    world.add_ci(maker="HP", serial="S1", Baie="R1")
    world.box.faults.once("hector", "POST /api/v1/assets", "refused", status=422, fields={"Rack": ["is odd"]})
    world.sync("→", fields=FIELDS + "          - {c2: Baie, hector: asset.attributes.Rack}\n")
    assert world.hector.assets() == []
    assert [(error["kind"], error["field"]) for error in world.errors()] == [("validation", "Baie")]
    assert rack


def test_a_ci_that_a_shifting_list_hides_is_not_doubled(world: LiveWorld) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    for n in range(120):  # three pages
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
        world.add_asset(subcategory, f"S{n}")
    world.c2.shift_pages = True
    world.sync("←")
    assert world.c2.shifts_left == 0
    assert len(world.c2.ci_ids(world.category)) == 120


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


def test_a_record_that_moved_to_another_category_is_left_alone(world: LiveWorld) -> None:
    other = world.c2.add_category(world.cmdb, "Remisés")
    ids = [world.add_ci(maker="HP", model="840", serial=f"S{n}") for n in range(12)]
    world.sync("→")
    world.c2.move_ci(ids[3], other)
    world.sync("→")
    (error,) = world.errors()
    assert error["kind"] == "missing"
    assert "moved to another category" in error["message"]
    assert {link.status for link in world.store.links_of(world.category)} == {"active"}


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
