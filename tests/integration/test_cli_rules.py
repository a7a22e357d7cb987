"""``syncsvc rules``: the file checked against itself and against both systems, and the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world

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
    assert program.document == {"file": world.environment["SYNCSVC_RULES"], "ok": True, "refusals": []}
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


def test_offline_only_the_file_itself_is_checked(world: World) -> None:
    _rewrite(world, "c2: Remarques", "c2: Remarque")
    world.environment = {"SYNCSVC_RULES": world.environment["SYNCSVC_RULES"]}

    result = world.call("rules", "check", "--offline")

    assert result.code == 0
    assert "were not asked" in result.out
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
