"""``syncsvc explain``: what may be in its way, and how it looks."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import SECRETS, Result, World, cli_world
from explain_world import PERSON, asset_of, edit_ci, linked, linked_rules, told

from syncsvc.state.lock import RunLock


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two pairs that a run has linked (SN1, SN2), a CI that Hector does not know (SN3) and an asset that C2 does not (SN4)."""
    with cli_world(tmp_path) as found:
        yield linked(found)


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
