"""``syncsvc rules show``: what each field will do, in the rules' language, as both systems confirm it or from the file alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        yield found


def _rewrite(world: World, old: str, new: str) -> None:
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_each_field_is_told_in_the_rules_language(world: World) -> None:
    french = world.call("rules", "show")
    _rewrite(world, "language: fr", "language: en")
    english = world.call("rules", "show")

    assert french.code == english.code == 0
    assert french.lines[0] == "Inventaire / Portables → Laptops"
    assert any(line.startswith("    Fabricant → subcategory.maker : C2 décide; un actif") for line in french.lines)
    assert "dans l'entrepôt « Entrepôt »" in french.out
    assert english.lines[0] == "Inventaire / Portables → Laptops"  # as the rules call it, though C2 has an English name
    assert any(line.startswith("    Fabricant → subcategory.maker: C2 decides; an asset") for line in english.lines)
    assert world.box.writes() == []


def test_a_program_gets_the_same_as_one_document(world: World) -> None:
    document = world.call("rules", "show", "--json").document

    assert (document["file"], document["language"], document["asked"]) == (world.environment["SYNCSVC_RULES"], "fr", True)
    (category,) = document["categories"]
    assert {key: category[key] for key in ("cmdb", "category", "hector_category", "direction")} == {
        "cmdb": "Inventaire",
        "category": "Portables",
        "hector_category": "Laptops",
        "direction": "→",
    }
    assert set(category["words"]) == {"direction", "matching", "creation", "first", "inactive", "guards"}
    serial = category["fields"][2]
    assert (serial["c2"], serial["hector"], serial["matches"]) == ("Série", "asset.attributes.Serial number", True)
    assert set(serial) == {"c2", "hector", "direction", "on_conflict", "matches", "words"}


def test_offline_neither_system_is_asked(world: World) -> None:
    world.environment = {"SYNCSVC_RULES": world.environment["SYNCSVC_RULES"]}
    _rewrite(world, "c2: Remarques", "c2: Nowhere")

    result = world.call("rules", "show", "--offline")

    assert result.code == 0
    assert "Nowhere → asset.note : C2 décide" in result.out
    assert world.box.requests == []


def test_rules_that_the_systems_refuse_are_not_shown(world: World) -> None:
    _rewrite(world, "c2: Remarques", "c2: Nowhere")

    people, program = world.call("rules", "show"), world.call("rules", "show", "--json")

    assert people.code == program.code == 2
    assert people.out == ""
    assert "The C2 category has no field called “Nowhere”" in people.err
    assert program.document["error"]["kind"] == "validation"


def test_one_category_is_shown_alone_and_an_unknown_one_refused(world: World) -> None:
    assert world.call("rules", "show", "--category", "inventaire / PORTABLES").code == 0

    result = world.call("rules", "show", "--offline", "--category", "Portable")

    assert result.code == 2
    assert "They have: “Portables”." in result.err


def test_a_category_that_is_not_synchronised_is_said_to_be_so(world: World) -> None:
    _rewrite(world, "direction: →", "direction: none")

    result = world.call("rules", "show")

    assert result.lines == ["Inventaire / Portables — Laptops", "  Sens : Non synchronisée : rien n'y est lu ni écrit."]
