"""``syncsvc rules``: the file checked against itself and against both systems, and the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import SECRETS, World, cli_world

from syncsvc.sandbox import Sandbox
from syncsvc.sandbox.inventory import school_board
from syncsvc.shipped import shipped


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        yield found


def _rewrite(world: World, old: str, new: str) -> Path:
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return file


def test_rules_that_fit_are_said_to_be_in_order(world: World) -> None:
    people, program = world.call("rules", "check"), world.call("rules", "check", "--json")

    assert people.code == program.code == 0
    assert people.out.startswith(f"In order: {world.environment['SYNCSVC_RULES']}. It fits both systems.")
    assert "Inventaire / Portables → Laptops, 4 fields" in people.out
    assert program.document == {
        "file": world.environment["SYNCSVC_RULES"],
        "ok": True,
        "asked": True,
        "refusals": [],
        "warnings": [],
        "notes": program.document["notes"],
    }
    assert world.box.writes() == []


def test_a_name_that_the_systems_do_not_know_is_refused_at_its_place(world: World) -> None:
    file = _rewrite(world, "c2: Remarques", "c2: Remarque")

    people, program = world.call("rules", "check"), world.call("rules", "check", "--json")

    assert people.code == program.code == 2
    assert f"{file}:14:" in people.out
    assert "Remarques" in people.out
    assert program.document["ok"] is False
    (refusal,) = program.document["refusals"]
    assert set(refusal) == {"line", "column", "path", "message", "hint"}
    assert refusal["line"] == 14


def test_one_category_under_two_names_is_refused(world: World) -> None:
    """C2 shows it in French and in English; its links would be taken for those of two categories."""
    file = Path(world.environment["SYNCSVC_RULES"])
    rules = file.read_text(encoding="utf-8")
    again = rules[rules.index("      - category:") :].replace("Portables", "Laptops", 1)
    file.write_text(rules + again, encoding="utf-8")

    result = world.call("rules", "check", "--json")

    assert result.code == 2
    (refusal,) = result.document["refusals"]
    assert "stands in the rules twice" in refusal["message"]
    assert refusal["line"] == 15


def test_warnings_and_notes_are_kept_apart_and_do_not_fail(world: World) -> None:
    world.box.c2.add_field(world.laptops, "Étrange", kind=99)
    world.box.hector.add_attribute(world.hector_laptops, "Odd")
    _rewrite(world, "  - {c2: Remarques", "  - {c2: Étrange, hector: asset.attributes.Odd}\n          - {c2: Remarques")

    people, program = world.call("rules", "check"), world.call("rules", "check", "--json")

    assert people.code == program.code == 0
    assert "warning: Inventaire / Portables / Étrange: C2's “Étrange” is of a kind (99)" in people.out
    assert people.lines[0].startswith("In order: ")
    assert program.document["ok"] is True
    (warning,), (note,) = program.document["warnings"], program.document["notes"]
    assert set(warning) == set(note) == {"line", "column", "path", "message", "hint"}
    assert warning["line"] == 14
    assert note["message"].startswith("Hector keeps only the first characters of: ")


def test_what_the_example_creates_is_found_again_without_the_database(world: World) -> None:
    sync = ("sync", "--category", "Véhicules", "--json")
    with Sandbox(*school_board(), password=SECRETS[0], token=SECRETS[1]) as board:
        example = str(shipped("config/sync.example.yaml"))
        world.environment |= {"SYNCSVC_C2__URL": board.c2_url, "SYNCSVC_HECTOR__URL": board.hector_url, "SYNCSVC_RULES": example}

        checked = world.call("rules", "check", "--json").document
        made = world.call(*sync).document
        again = world.call(*sync, SYNCSVC_DATABASE_URL=f"sqlite:///{world.directory / 'new.db'}").document

    assert checked["warnings"] == []
    assert made["created"]["c2"] == 10
    assert (again["created"], again["linked"]) == ({"c2": 0, "hector": 0}, made["linked"])


def test_a_recipient_and_a_cmdb_that_nobody_knows_are_refused_at_their_places(world: World) -> None:
    _rewrite(world, "language: fr", "language: fr\nnotify_if_error: Jean Tremblay")
    _rewrite(world, "cmdbs:\n", "cmdbs:\n  - {cmdb: Inventair, categories: []}\n")

    result = world.call("rules", "check", "--json")

    assert [(refusal["line"], refusal["column"]) for refusal in result.document["refusals"]] == [(2, 18), (5, 12)]
    assert "“Inventair”" in result.document["refusals"][1]["message"]


@pytest.mark.parametrize("more", [(), ("--offline",)])
def test_rules_that_synchronise_nothing_are_no_success_without_a_word(world: World, more: tuple[str, ...]) -> None:
    world.write_rules(direction="none")

    result = world.call("rules", "check", *more)

    assert result.code == 0
    assert "These rules synchronise nothing: every category has the direction none." in result.out
    if not more:
        assert "The rules synchronise nothing" in world.call("sync").out
        assert "The rules synchronise nothing" in world.call("plan").out


def test_refusals_do_not_hide_the_warnings(world: World) -> None:
    _rewrite(world, "match_on: [Série]", "")
    file = _rewrite(world, "default_stockroom: Entrepôt", "default_stockroom: Dépôt")
    rules = file.read_text(encoding="utf-8").replace("direction: →", "direction: ←")
    file.write_text(rules, encoding="utf-8")

    result = world.call("rules", "check", "--json")

    assert result.code == 2
    assert [refusal["path"] for refusal in result.document["refusals"]] == ["default_stockroom"]
    assert "“match_on”" in result.document["warnings"][0]["hint"]


def test_what_several_categories_refuse_alike_is_said_once(world: World) -> None:
    _rewrite(world, "default_stockroom: Entrepôt", "default_stockroom: Entrepot principale")

    (refusal,) = world.call("rules", "check", "--json").document["refusals"]

    assert (refusal["line"], refusal["path"]) == (2, "default_stockroom")
    assert "“Entrepôt”" in refusal["hint"]


def test_offline_only_the_file_itself_is_checked(world: World) -> None:
    _rewrite(world, "c2: Remarques", "c2: Remarque")
    world.environment = {"SYNCSVC_RULES": world.environment["SYNCSVC_RULES"]}

    result = world.call("rules", "check", "--offline")

    assert result.code == 0
    assert "were not asked" in result.out
    assert world.call("rules", "check", "--offline", "--json").document["asked"] is False
    assert world.box.requests == []


def test_every_fault_of_the_file_is_told_at_once(world: World) -> None:
    _rewrite(world, "direction: →", "direction: up")
    _rewrite(world, "match_on", "mach_on")

    refusals = world.call("rules", "check", "--offline", "--json").document["refusals"]

    assert [refusal["line"] for refusal in refusals] == [8, 9]


def test_a_file_that_is_not_there_is_refused_in_the_same_form(world: World) -> None:
    result = world.call("rules", "check", "--rules", "nowhere.yaml", "--json")

    assert result.code == 2
    assert result.document["file"] == "nowhere.yaml"
    assert len(result.document["refusals"]) == 1


def test_refused_credentials_exit_with_5(world: World) -> None:
    world.box.token = "another"

    result = world.call("rules", "check", "--json")

    assert result.code == 5
    assert result.document["error"]["kind"] == "credentials"


def test_checking_against_the_systems_needs_their_settings(world: World) -> None:
    del world.environment["SYNCSVC_HECTOR__URL"]

    result = world.call("rules", "check")

    assert result.code == 2
    assert "SYNCSVC_HECTOR__URL is missing." in result.err


def test_the_schema_is_printed_as_it_ships(world: World) -> None:
    assert world.call("rules", "schema").out == shipped("config/sync.schema.json").read_text(encoding="utf-8")
