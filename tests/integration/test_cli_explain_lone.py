"""``syncsvc explain``: what is told of records without a counterpart, and by which names records go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world
from explain_world import asset_of, edit_ci, linked, linked_rules, of, told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two pairs that a run has linked (SN1, SN2), a CI that Hector does not know (SN3) and an asset that C2 does not (SN4)."""
    with cli_world(tmp_path) as found:
        yield linked(found)


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
