"""``syncsvc sync`` for one record, for everything, and for a held run that somebody approves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        yield found


def test_one_ci_is_synchronised_by_its_number_and_nobody_else(world: World) -> None:
    lone = world.box.c2.find("3")
    document = world.call("sync", "--ci", world.box.c2.ci(lone)["CINumber"], "--json").document
    assert document["created"] == {"c2": 0, "hector": 1}
    assert document["linked"] == 1
    assert document["full"] is False


def test_one_asset_is_planned_by_its_tag(world: World) -> None:
    asset = world.box.hector.assets()[0]
    world.box.hector.edit_asset(asset["id"], note="only in Hector")
    document = world.call("plan", "--asset", asset["asset_tag"], "--json").document
    assert {change["action"] for change in document["changes"]} == {"link"}
    assert {change["asset"] for change in document["changes"]} == {asset["asset_tag"]}


@pytest.mark.parametrize("which", [("--ci", "4711"), ("--asset", "nowhere")])
def test_a_record_that_is_not_there_is_wrong_usage(world: World, which: tuple[str, str]) -> None:
    result = world.call("sync", *which)
    assert result.code == 2
    assert which[1] in result.err
    assert "Traceback" not in result.err
    (run,) = world.call("runs", "--json").document
    assert (run["status"], run["errors"]) == ("failed", 1)
    (error,) = world.call("errors", "--json").document
    assert (error["kind"], error["message"] in result.err) == ("missing", True)
    assert which[1] in world.call("errors").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--ci", "1", "--asset", "1"),
        ("--approve", "1", "--dry-run"),
        ("--approve", "1", "--full"),
        ("--approve", "1", "--category", "Portables"),
    ],
)
def test_choices_that_do_not_go_together_are_refused(world: World, arguments: tuple[str, ...]) -> None:
    result = world.call("sync", *arguments)
    assert result.code == 2
    assert "go" in result.err
    assert world.box.requests == []


def test_a_record_of_another_category_is_looked_for_in_the_named_one_alone(world: World) -> None:
    rules = (world.directory / "rules.yaml").read_text(encoding="utf-8")
    printers = rules[rules.index("      - category:") :].replace("Portables", "Écrans").replace("Laptops", "Screens")
    (world.directory / "rules.yaml").write_text(rules + printers, encoding="utf-8")
    result = world.call("sync", "--ci", "1", "--category", "Écrans")
    assert result.code == 2
    assert "There is no CI 1 in the category “Écrans”.\nCheck the number or the tag, or leave --category out" in result.err


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("sync --ci 1 --asset 2", "validation"),
        ("sync --ci 4711", "missing"),
        ("sync --approve 4711", "missing"),
        ("doctor --report no/such/place", "validation"),
    ],
)
def test_ordinary_cases_are_no_internal_errors(world: World, command: str, kind: str) -> None:
    result = world.call(*command.split(), "--json")
    assert result.code == 2
    assert result.out.rstrip().endswith("}}")
    assert f'"kind": "{kind}"' in result.out


@pytest.mark.parametrize("option", ["--ci", "--asset", "--category"])
def test_an_option_that_names_nothing_is_refused(world: World, option: str) -> None:
    result = world.call("sync", option, " ")
    assert (result.code, result.err.splitlines()[0]) == (2, f"{option} names nothing.")
    assert world.box.requests == []


@pytest.mark.parametrize("arguments", [("sync", "--approve"), ("log",), ("errors", "--run")])
def test_a_number_that_no_run_can_have_is_wrong_usage(world: World, arguments: tuple[str, ...]) -> None:
    for number in ("0", "9" * 30):
        assert world.call(*arguments, number, "--json").document["error"]["kind"] == "validation"


def test_a_held_run_says_how_to_approve_it_and_is_approved_once(world: World) -> None:
    world.write_rules(match_on="guards: {max_creates: 0}\n        match_on: [Série]")
    held = world.call("sync", "--json")
    assert held.code == 4
    assert held.document["status"] == "held"
    assert world.box.writes() == []
    again = world.call("sync")
    assert again.code == 4
    assert "syncsvc sync --approve 2" in again.out
    approved = world.call("sync", "--approve", "2", "--json")
    assert approved.code == 0
    assert approved.document["kind"] == "approval"
    assert approved.document["created"] == {"c2": 0, "hector": 1}
    second = world.call("sync", "--approve", "2")
    assert second.code == 2
    assert "approved already" in second.err
    unknown = world.call("sync", "--approve", "99", "--json")
    assert unknown.code == 2
    assert "99" in unknown.document["error"]["message"]


def test_rules_that_no_longer_have_the_held_category_cannot_be_approved(world: World) -> None:
    world.write_rules(match_on="guards: {max_creates: 0}\n        match_on: [Série]")
    world.call("sync")
    file = world.write_rules(direction="none")
    assert file.exists()
    result = world.call("sync", "--approve", "1")
    assert result.code == 2
    assert "no longer synchronise" in result.err


# -- names ---------------------------------------------------------------------------------------------------------------


def _speak_english(world: World) -> None:
    rules = world.write_rules(direction="⇄")
    rules.write_text(rules.read_text(encoding="utf-8").replace("language: fr", "language: en"), encoding="utf-8")


@pytest.mark.parametrize("name", ["Portables", "laptops", "Inventaire / Laptops"])
def test_a_category_is_called_by_its_name_in_either_language(world: World, name: str) -> None:
    _speak_english(world)
    world.call("sync")

    for command in ("sync", "plan", "rules show"):
        document = world.call(*command.split(), "--category", name, "--json").document
        assert [category["category"] for category in document["categories"]] == ["Portables"], command
    if "/" not in name:
        assert len(world.call("links", "--category", name, "--json").document) == 4


def test_a_name_that_neither_language_knows_is_refused_with_the_names_of_the_rules(world: World) -> None:
    _speak_english(world)

    for command in ("sync", "rules show"):
        refused = world.call(*command.split(), "--category", "Tablets")
        assert refused.code == 2
        assert "no category “Tablets”." in refused.err
        assert "“Portables”." in refused.err


def test_all_that_is_listed_calls_a_category_as_the_rules_do_whatever_the_language(world: World) -> None:
    ci = world.add_ci("Portable SN5", "SN5", Remarques="prêté")
    world.add_asset("SN5", note="rendu")
    world.add_ci("Portable SN6", "SN6")
    world.add_ci("Portable SN6 bis", "SN6")
    _speak_english(world)

    run = world.call("sync", "--json").document
    told = world.call("explain", world.box.c2.ci(ci)["CINumber"], "--json").document

    listings = [run["categories"], told, *(world.call(name, "--json").document for name in ("links", "conflicts", "errors"))]
    assert all(listings)
    assert {row["category"] for rows in listings for row in rows} == {"Portables"}


def test_links_bear_the_new_name_once_a_run_has_seen_it_in_the_rules(world: World) -> None:
    world.call("sync")
    rules = world.directory / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("category: Portables", "category: Laptops"), encoding="utf-8")
    assert len(world.call("links", "--category", "Laptops", "--json").document) == 3

    world.call("sync")

    assert {link["category"] for link in world.call("links", "--json").document} == {"Laptops"}
