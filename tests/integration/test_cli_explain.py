"""``syncsvc explain``: what is told of pairs and of lone records, over real systems and databases; and that it only looks."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_world import SECRETS, Result, World, cli_world
from sqlalchemy import select

from syncsvc.state import tables
from syncsvc.state.database import open_engine, reading
from syncsvc.state.lock import RunLock

STORY = {"ci", "ci_name", "ci_active", "asset", "asset_title", "asset_active", "cmdb", "category", "hector_category", "direction"}
STORY |= {"standing", "linked_at", "last_synced_at", "by_hand", "parted_from", "held", "problems", "changes", "fields", "names"}
FIELD = {"field", "hector_field", "direction", "c2", "hector", "baseline", "changed", "next", "conflict", "error"}
NEXT = {"action", "system", "record", "from", "to", "why", "words"}
CHANGE = {"run", "at", "outcome", "action", "system", "record", "ci", "asset", "subcategory", "fields"}
PERSON = {"FORCE_COLOR": "1", "NO_COLOR": "1"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two pairs that a run has linked (SN1, SN2), a CI that Hector does not know (SN3) and an asset that C2 does not (SN4)."""
    with cli_world(tmp_path) as found:
        yield linked(found)


def linked(world: World, *, direction: str = "⇄", create: str = "none", price: str = "") -> World:
    """Link the pairs by these rules; ``price`` is the direction of a field that the CIs of a subcategory share."""
    world.box.c2.add_field(world.laptops, "Prix")
    file = world.write_rules(direction=direction, match_on=f"match_on: [Série]\n        create: {create}")
    if price:
        shared = f"          - {{c2: Prix, hector: subcategory.price, direction: {price}}}\n"
        file.write_text(file.read_text(encoding="utf-8") + shared, encoding="utf-8")
    assert world.call("sync").code == 0
    return world


def told(world: World, name: str) -> dict[str, Any]:
    """Give the one story of a record; asking for it wrote nothing."""
    world.box.clear()
    before = stored(world)
    (story,) = world.call("explain", name, "--json").document
    assert world.box.writes() == []
    assert stored(world) == before
    return dict(story)


def stored(world: World) -> dict[str, list[Any]]:
    """Give every row of the database."""
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    with reading(engine) as connection:
        rows = {name: [tuple(row) for row in connection.execute(select(table))] for name, table in tables.metadata.tables.items()}
    engine.dispose()
    return rows


def of(story: dict[str, Any], name: str) -> dict[str, Any]:
    """Give what is told of one field."""
    (field,) = (field for field in story["fields"] if field["field"] == name)
    return dict(field)


def edit_ci(world: World, number: int, **values: str | None) -> None:
    world.box.c2.edit_ci(world.box.c2.find(str(number)), values)


def asset_of(world: World, serial: str) -> int:
    hector = world.box.hector
    (found,) = (asset["id"] for asset in hector.assets() if hector.value(asset["id"], "Serial number") == serial)
    return int(found)


# -- a pair --------------------------------------------------------------------------------------------------------------


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
    assert "has moved to another category" in story["problems"][0]["message"]


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


# -- a record without a counterpart --------------------------------------------------------------------------------------


def test_a_lone_ci_tells_what_its_new_asset_would_be_given(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        linked(world, create="none")
        linked_rules(world, create="→")

        story = told(world, "3")
        assert (story["standing"], story["asset"], story["linked_at"]) == ("to_be_created", None, None)
        assert of(story, "Série")["next"] == {
            "action": "create",
            "system": "hector",
            "record": "asset",
            "from": None,
            "to": "SN3",
            "why": "new_record",
            "words": "new in C2",
        }
        assert of(story, "Remarques")["next"]["why"] == "empty"
        assert "This CI has no counterpart: the next run makes an asset for it." in world.call("explain", "3").out


def linked_rules(world: World, *, create: str) -> None:
    file = world.directory / "rules.yaml"
    file.write_text(re.sub("create: .*", f"create: {create}", file.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_lone_record_says_why_it_stays_alone(world: World) -> None:
    ci, asset = told(world, "3"), told(world, str(asset_of(world, "SN4")))
    assert (ci["standing"], asset["standing"]) == ("not_created", "not_created")
    assert (asset["ci"], of(asset, "Série")["hector"], of(asset, "Série")["next"]["why"]) == (None, "SN4", "no_counterpart")

    edit_ci(world, 3, IsActive=False)  # type: ignore[arg-type]
    assert told(world, "3")["standing"] == "not_in_use"
    assert "it is not in use" in world.call("explain", "3").out


def test_an_ambiguous_record_names_all_who_have_the_value(world: World) -> None:
    linked_rules(world, create="→")
    world.add_ci("Portable jumeau", "SN3")

    story = told(world, "3")
    assert story["standing"] == "refused"
    assert [problem["kind"] for problem in story["problems"]] == ["ambiguous"]
    assert "CI 00000003, CI 00000004" in story["problems"][0]["message"]
    assert "gets none as long as this stands" in world.call("explain", "3").out


def test_two_that_would_be_linked_are_one_story_by_either_name(world: World) -> None:
    world.box.hector.edit_asset(asset_of(world, "SN4"), asset_tag="3")
    edit_ci(world, 3, Série="SN4")

    story = told(world, "3")
    assert (story["standing"], story["ci"], story["asset"]) == ("to_be_linked", "00000003", "3")
    assert "the next run links the two, by “Série”" in world.call("explain", "3").out


def test_a_parted_pair_says_from_whom(world: World) -> None:
    world.box.hector.edit_asset(asset_of(world, "SN1"), asset_tag="TAG-1")
    world.call("links", "remove", "--ci", "1")

    assert told(world, "1")["parted_from"] == ["asset TAG-1"]
    assert told(world, "TAG-1")["parted_from"] == ["CI 00000001"]
    assert "Parted by hand from asset TAG-1: no run joins the two again." in world.call("explain", "1").out


def test_a_pair_made_by_hand_says_so(world: World) -> None:
    world.call("links", "add", "--ci", "3", "--asset", str(asset_of(world, "SN4")))

    assert told(world, "3")["by_hand"] is True
    assert "linked by hand on" in world.call("explain", "3").out


def test_a_creation_of_which_the_answer_was_lost_is_said(world: World) -> None:
    linked_rules(world, create="→")
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after")
    world.call("sync")

    assert told(world, "3")["standing"] == "unfinished"
    assert told(world, "1")["ci_name"] == "Portable SN1"  # in order, and not even decoded by the full read


# -- how it is found -----------------------------------------------------------------------------------------------------


def test_an_asset_goes_by_its_tag_or_its_id(world: World) -> None:
    asset = asset_of(world, "SN1")
    world.box.hector.edit_asset(asset, asset_tag="ERA-001")

    for name in (str(asset), "ERA-001", "era-001", "1", "00000001"):
        story = told(world, name)
        assert (story["ci"], story["asset"]) == ("00000001", "ERA-001"), name


def test_an_asset_of_a_hector_category_that_two_share_is_told_where_it_is_linked(world: World) -> None:
    other = world.box.c2.add_category(next(iter(world.box.c2.cmdbs)), "Tablettes")
    world.box.c2.add_field(other, "Fabricant")
    rules = world.directory / "rules.yaml"
    head, mark, own = rules.read_text(encoding="utf-8").partition("      - category: Portables")
    first = """\
      - category: Tablettes
        hector_category: Laptops
        direction: →
        create: none
        match_on: none
        fields: [{c2: Fabricant, hector: subcategory.maker}]
"""
    rules.write_text(head + first + mark + own, encoding="utf-8")

    story = told(world, str(asset_of(world, "SN1")))
    assert (story["category"], story["ci"], story["standing"]) == ("Portables", "00000001", "linked")
    lone = told(world, str(asset_of(world, "SN4")))
    assert (lone["category"], lone["ci"]) == ("Tablettes", None)


def test_a_name_that_fits_two_tells_both_stories_each_with_its_head(world: World) -> None:
    world.box.hector.edit_asset(asset_of(world, "SN2"), asset_tag="00000001")

    both = world.call("explain", "00000001", "--json").document
    assert [(story["ci"], story["asset"] == "00000001") for story in both] == [("00000001", False), ("00000002", True)]
    heads = [line for line in world.call("explain", "00000001").lines if line.startswith("CI ")]
    assert [head.split()[1] for head in heads] == ["00000001", "00000002"]


@pytest.mark.parametrize("name", ["99", "nobody", "-1x"])
def test_an_unknown_name_is_wrong_usage_said_in_words(world: World, name: str) -> None:
    people, program = world.call("explain", "--", name), world.call("explain", "--json", "--", name)

    assert people.code == program.code == 2
    assert people.err.startswith(f"There is no CI or asset “{name}” in a category that is synchronised.\n")
    assert people.out == ""
    assert program.document["error"]["kind"] == world.call("plan", "--ci", name, "--json").document["error"]["kind"]


def test_an_empty_name_is_wrong_usage(world: World) -> None:
    result = world.call("explain", " ")
    assert (result.code, result.err.splitlines()[0]) == (2, "Which record is to be explained?")


def test_it_reads_what_a_plan_of_the_pair_does_and_looks_once_for_an_asset_of_that_name(world: World) -> None:
    def read(*arguments: str) -> list[tuple[str, str]]:
        world.box.clear()
        world.call(*arguments)
        return sorted((request.system, request.path.partition("?")[0]) for request in world.box.requests)

    asset_lists = [("hector", "/api/v1/assets")]
    assert read("explain", "1") == sorted(read("plan", "--ci", "1") + asset_lists)


# -- what may be in the way ----------------------------------------------------------------------------------------------


def test_a_run_under_way_is_not_waited_for(world: World) -> None:
    with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
        assert world.call("explain", "1").code == 0


def test_no_run_is_added_to_the_list(world: World) -> None:
    before = world.call("runs", "--json").document
    assert world.call("explain", "1").code == world.call("explain", "3").code == 0
    assert world.call("runs", "--json").document == before


@pytest.mark.parametrize("system", ["C2", "HECTOR"])
def test_a_system_that_is_down_is_said_in_words(world: World, system: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can answer there
        down = {f"SYNCSVC_{system}__URL": f"http://127.0.0.1:{taken.getsockname()[1]}"}
        people, program = world.call("explain", "1", **down), world.call("explain", "1", "--json", **down)
    assert (people.code, program.code, program.document["error"]["kind"]) == (5, 5, "network")
    assert people.out == ""
    _tells_no_secret(people, program)


def test_credentials_refused_once_are_not_tried_again(world: World) -> None:
    wrong = {"SYNCSVC_HECTOR__TOKEN": "wrong-but-very-secret"}
    assert world.call("explain", "1", **wrong).code == 5
    world.box.clear()
    assert world.call("explain", "1", **wrong).code == 5
    assert world.box.requests == []


def test_without_a_database_it_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "data" / "new.db"
    with cli_world(tmp_path, database_url=f"sqlite:///{file}") as world:
        result = world.call("explain", "1", "--json")
    assert (result.code, result.document["error"]["kind"]) == (2, "validation")
    assert not file.parent.exists()


def test_rules_that_cannot_be_used_are_said(world: World) -> None:
    (world.directory / "rules.yaml").write_text("cmdbs: 3\n", encoding="utf-8")
    assert world.call("explain", "1").code == 2


def test_rules_that_no_run_would_carry_out_are_said(world: World) -> None:
    other = world.box.c2.add_category(next(iter(world.box.c2.cmdbs)), "Tablettes")
    world.box.c2.add_field(other, "Fabricant")
    linked_rules(world, create="←")
    rules = world.directory / "rules.yaml"
    again = f"""\
      - category: Tablettes
        hector_category: {{id: {world.hector_laptops}}}
        direction: →
        match_on: none
        fields: [{{c2: Fabricant, hector: subcategory.maker}}]
"""
    rules.write_text(rules.read_text(encoding="utf-8") + again, encoding="utf-8")

    result = world.call("explain", "1")
    assert result.code == world.call("plan", "--ci", "1").code == 2
    assert "This would create CIs from Hector's “Laptops”" in result.err


def test_secrets_appear_nowhere(world: World) -> None:
    results = [world.call("explain", *more) for more in (["1"], ["1", "--json"], ["99"])]
    _tells_no_secret(*results)


def _tells_no_secret(*results: Result) -> None:
    assert not [secret for secret in SECRETS for result in results if secret in result.out + result.err]


# -- how it looks --------------------------------------------------------------------------------------------------------


def test_a_pipe_gets_a_line_a_field_with_everything(world: World) -> None:
    edit_ci(world, 1, Remarques="matin\x1b[2J")
    world.box.hector.edit_asset(asset_of(world, "SN1"), note="soir")

    lines = world.call("explain", "1").lines
    start = next(place for place, line in enumerate(lines) if line.startswith("Field"))
    assert [line.split()[0] for line in lines[start + 1 : start + 5]] == ["Fabricant", "Modèle", "Série", "Remarques"]
    assert re.split(r"  +", lines[start + 4])[:5] == ["Remarques", "⇄", "matin␛[2J", "soir", "never"]


@pytest.mark.parametrize("width", [80, 120])
def test_a_person_gets_no_line_wider_than_the_terminal(world: World, width: int) -> None:
    edit_ci(world, 1, Remarques="matin " * 30)
    world.box.hector.edit_asset(asset_of(world, "SN1"), note="soir " * 30)

    out = world.call("explain", "1", COLUMNS=str(width), **PERSON).out
    seen = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(len(line) for line in seen.splitlines()) <= width
    assert "conflict “Remarques”: the next run lists it" in " ".join(seen.split())


def test_a_person_is_shown_ten_changes_and_told_of_more(world: World) -> None:
    for number in range(11):
        edit_ci(world, 1, Remarques=f"note {number}")
        world.call("sync")

    assert len(told(world, "1")["history"]) == 12
    shown = world.call("explain", "1", COLUMNS="120", **PERSON).out
    assert "note 10" in shown
    assert "… and 2 more" in shown
    assert "… and" not in world.call("explain", "1").out


def test_the_help_says_what_it_does_and_that_it_does_not_wait(world: World) -> None:
    out = " ".join(re.sub(r"[│╭╮╰╯─]", " ", world.call("explain", "--help", COLUMNS="200").out).split())
    assert "neither is written" in out
    assert "may already be different" in out
