"""What a system refuses: the field, the record, or a part of what a new record was to hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_world import FIELDS, LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.state import queries


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


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
    made = [world.hector.value(asset["id"], "Serial number") for asset in world.hector.assets()]
    assert made == ([] if says_so else ["S1"])
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
