"""``syncsvc explain``: what is told of pairs, over real systems and databases; and that it only looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world
from explain_world import CHANGE, FIELD, NEXT, STORY, asset_of, edit_ci, linked, of, told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two pairs that a run has linked (SN1, SN2), a CI that Hector does not know (SN3) and an asset that C2 does not (SN4)."""
    with cli_world(tmp_path) as found:
        yield linked(found)


def test_a_pair_in_order_is_told_as_one_document(database_url: str, tmp_path: Path) -> None:
    with cli_world(tmp_path, database_url=database_url) as world:
        story = told(linked(world), "1")

    assert set(story) == STORY | {"history"}
    assert (story["ci"], story["ci_name"], story["ci_active"]) == ("00000001", "Portable SN1", True)
    assert (story["category"], story["direction"], story["hector_category"]) == ("Portables", "⇄", "Laptops")
    assert (story["standing"], story["by_hand"], story["problems"], story["changes"]) == ("linked", False, [], [])
    assert story["linked_at"] <= story["last_synced_at"]
    assert all(set(field) == FIELD and set(field["next"]) == NEXT for field in story["fields"])
    serial, note = of(story, "Série"), of(story, "Remarques")
    assert (serial["c2"], serial["hector"], serial["baseline"]) == ("SN1", "SN1", {"c2": "SN1", "hector": "SN1"})
    assert (serial["changed"], serial["next"]["action"], serial["next"]["why"]) == ("nothing", None, "in_order")
    assert (note["baseline"], note["changed"], note["next"]["words"]) == (None, None, "empty on both sides")
    assert all(set(change) == CHANGE for change in story["history"])
    assert [(change["run"], change["action"]) for change in story["history"]] == [(1, "link")]


def test_what_was_changed_in_c2_is_what_the_next_run_writes(world: World) -> None:
    edit_ci(world, 1, Remarques="neuf")
    world.call("sync")
    edit_ci(world, 1, Remarques="écran fendu")

    story = told(world, "00000001")
    note = of(story, "Remarques")
    assert (note["baseline"], note["changed"]) == ({"c2": "neuf", "hector": "neuf"}, "c2")
    assert {key: note["next"][key] for key in ("action", "system", "record", "from", "to", "why")} == {
        "action": "update",
        "system": "hector",
        "record": "asset",
        "from": "neuf",
        "to": "écran fendu",
        "why": "changed",
    }
    assert [change["run"] for change in story["history"]] == [2, 1]

    planned = world.call("plan", "--ci", "1", "--json").document["changes"]
    assert [{key: value for key, value in change.items() if key != "title"} for change in story["changes"]] == planned


def test_what_is_put_back_says_who_decides(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        linked(world, direction="→")
        world.box.hector.edit_asset(asset_of(world, "SN1"), attributes={"Serial number": "SN-1"})

        serial = of(told(world, "1"), "Série")
        assert (serial["changed"], serial["next"]["to"], serial["next"]["why"]) == ("hector", "SN1", "put_back")
        assert serial["next"]["words"] == "put back: changed in Hector, but C2 decides"


def test_a_conflict_has_its_number_once_a_run_has_met_it(world: World) -> None:
    edit_ci(world, 1, Remarques="matin")
    world.box.hector.edit_asset(asset_of(world, "SN1"), note="soir")
    before = of(told(world, "1"), "Remarques")
    assert (before["conflict"], before["next"]["action"], before["next"]["why"]) == (None, None, "conflict")
    assert "the next run lists it with a number" in world.call("explain", "1").out

    world.call("sync")
    after = of(told(world, "1"), "Remarques")
    (listed,) = world.call("conflicts", "--json").document
    assert (after["conflict"], after["c2"], after["hector"]) == (listed["id"], "matin", "soir")
    assert f"syncsvc conflicts resolve {listed['id']} --use c2 (or hector)" in world.call("explain", "1").out

    world.call("conflicts", "resolve", str(listed["id"]), "--use", "hector")
    settled = of(told(world, "1"), "Remarques")
    assert (settled["conflict"], settled["next"]["why"]) == (listed["id"], "conflict_settled")
    assert (settled["next"]["system"], settled["next"]["to"]) == ("c2", "soir")


def test_both_changed_since_they_agreed(world: World) -> None:
    edit_ci(world, 1, Remarques="neuf")
    world.call("sync")
    edit_ci(world, 1, Remarques="matin")
    world.box.hector.edit_asset(asset_of(world, "SN1"), note="soir")

    note = of(told(world, "1"), "Remarques")
    assert (note["changed"], note["baseline"], note["next"]["why"]) == ("both", {"c2": "neuf", "hector": "neuf"}, "conflict")


def test_a_value_that_cannot_be_written_has_its_error_and_what_to_do(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        linked(world, price="→")
        edit_ci(world, 1, Prix="très cher")

        story = told(world, "1")
        price = of(story, "Prix")
        assert (price["next"]["action"], price["next"]["why"], price["error"]["kind"]) == (None, "error", "validation")
        assert price["error"]["hint"]
        assert story["problems"] == []  # it is told where it belongs, and once
        assert price["error"]["message"] in world.call("explain", "1").out


def test_cis_of_a_subcategory_that_do_not_agree_are_told_at_the_shared_field(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        linked(world, price="→")
        for number in (1, 2):
            edit_ci(world, number, Prix="900")
        world.call("sync")
        edit_ci(world, 1, Prix="850")

        price = of(told(world, "1"), "Prix")
        assert (price["changed"], price["next"]["action"], price["next"]["why"]) == ("c2", None, "disagreement")
        assert "CI 00000002: 900" in price["error"]["message"]
        sibling = told(world, "2")
        assert of(sibling, "Prix")["next"]["why"] == "in_order"

        edit_ci(world, 2, Prix="850")
        agreed = of(told(world, "1"), "Prix")["next"]
        assert (agreed["action"], agreed["record"], agreed["to"]) == ("update", "subcategory", "850")
        assert "its subcategory in Hector gets 850" in world.call("explain", "1").out


def test_what_a_sibling_asks_for_reaches_the_ci_through_the_subcategory(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        linked(world, price="⇄")
        for number in (1, 2):
            edit_ci(world, number, Prix="900")
        world.call("sync")
        edit_ci(world, 1, Prix="850")

        history = told(world, "2")["history"]
        assert any(change["record"] == "subcategory" for change in history)
        assert of(told(world, "1"), "Prix")["next"]["record"] == "subcategory"


def test_a_pair_of_which_one_record_is_gone_is_told_before_and_after_it_is_orphaned(world: World) -> None:
    ci = world.box.c2.find("1")
    world.box.c2.delete_ci(ci)
    gone = told(world, "1")
    assert (gone["standing"], gone["ci_name"], gone["problems"][0]["kind"]) == ("gone", None, "missing")
    assert of(gone, "Série")["next"]["why"] == "gone"
    assert of(gone, "Série")["hector"] == "SN1"

    world.call("sync", "--full")
    orphaned = told(world, "1")
    assert (orphaned["standing"], orphaned["ci"]) == ("orphaned", "00000001")
    assert "Orphaned" in world.call("explain", "1").out


def test_a_pair_of_which_one_record_stands_elsewhere_is_left_alone(world: World) -> None:
    world.box.c2.move_ci(world.box.c2.find("1"), world.box.c2.add_category(next(iter(world.box.c2.cmdbs)), "Rebut"))

    story = told(world, "1")
    assert story["standing"] == "moved"
    assert "stands in another category (“Rebut”) than the rules tie" in story["problems"][0]["message"]


def test_an_inactive_record_is_named_so_and_what_follows_is_said(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        linked(world)
        rules = world.directory / "rules.yaml"
        rules.write_text(
            rules.read_text(encoding="utf-8").replace("direction: ⇄", "direction: ⇄\n        when_ci_inactive: retire")
        )
        edit_ci(world, 1, IsActive=False)  # type: ignore[arg-type]

        out = world.call("explain", "1").out
        assert "CI 00000001 “Portable SN1” (inactive) and asset" in out
        assert "The next run: retire asset" in out


def test_records_that_a_full_read_did_not_decode_go_by_the_names_that_people_know(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        linked(world, direction="→", price="→")
        for price in ("900", "850"):
            world.call("sync")  # in order, which is noted
            edit_ci(world, 1, Prix=price)
        alone = told(world, "1")
        assert (alone["ci_name"], alone["asset_title"].startswith("HP EliteBook")) == ("Portable SN1", True)

        edit_ci(world, 1, Prix="900")
        world.call("sync")
        world.box.hector.edit_subcategory(world.box.hector.subcategories()[0]["id"], maker="HP old")
        renamed = told(world, "1")
        assert (renamed["ci_name"], of(renamed, "Fabricant")["next"]["action"]) == ("Portable SN1", "rename")


def test_a_field_that_goes_nowhere_is_named_and_not_read(world: World) -> None:
    rules = world.directory / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + "          - {c2: Prix, hector: subcategory.price, direction: none}\n")
    edit_ci(world, 1, Prix="900")

    price = of(told(world, "1"), "Prix")
    assert set(price) == FIELD
    assert set(price["next"]) == NEXT
    assert (price["direction"], price["c2"], price["next"]["words"]) == ("none", None, "the rules carry it nowhere")
