"""``syncsvc rules init``: a file that changes nothing as it stands, and is right once somebody has decided."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import SECRETS, World, cli_world

from syncsvc.cli import rules_init
from syncsvc.domain.errors import SettingsError
from syncsvc.rules_file import load_rules
from syncsvc.sandbox import C2World, HectorWorld, Sandbox
from syncsvc.sandbox.inventory import school_board
from syncsvc.sandbox.inventory_catalogue import CATEGORIES

COMMON = {
    "Fabricant": "subcategory.maker",
    "Modèle": "subcategory.model",
    "Étiquette": "asset.asset_tag",
    "Date d'achat": "asset.acquisition_date",
    "Prix": "subcategory.price",
    "Statut": "asset.attributes.Status",
    "Utilisateur": "asset.attributes.User",
    "Sous garantie": "asset.attributes.Under warranty",
    "Remarques": "asset.note",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        del found.environment["SYNCSVC_RULES"]
        yield found


def _board(directory: Path, box: Sandbox) -> World:
    return World(
        box,
        directory,
        {
            "SYNCSVC_C2__URL": box.c2_url,
            "SYNCSVC_C2__USERNAME": box.username,
            "SYNCSVC_C2__PASSWORD": SECRETS[0],
            "SYNCSVC_HECTOR__URL": box.hector_url,
            "SYNCSVC_HECTOR__TOKEN": SECRETS[1],
            "SYNCSVC_DATABASE_URL": f"sqlite:///{directory / 'state.db'}",
            "SYNCSVC_RULES": str(directory / "rules" / "sync.yaml"),
        },
    )


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The school board with its file written."""
    with Sandbox(*school_board(), password=SECRETS[0], token=SECRETS[1]) as box:
        world = _board(tmp_path_factory.mktemp("board"), box)
        assert world.call("rules", "init").code == 0
        yield world


# -- the school board ----------------------------------------------------------------------------------------------------


def test_the_right_categories_and_fields_are_paired(board: World) -> None:
    rules = load_rules(board.environment["SYNCSVC_RULES"])

    paired = {str(category.category): category for category in rules.categories}
    assert list(paired) == [category.french for category in CATEGORIES]
    for known in CATEGORIES:
        category = paired[known.french]
        own = {field.french: f"{field.scope}.attributes.{field.english}" for field in known.own}
        serial = known.serial_field[0]
        assert str(category.hector_category) == known.english
        assert {str(field.c2): field.hector for field in category.fields} == {
            **COMMON,
            serial: "asset.attributes.Serial number",
            **own,
        }
        assert [str(name) for name in category.match_on or ()][:2] == [serial, "Étiquette"]


def test_as_it_stands_nothing_is_synchronised(board: World) -> None:
    plan = board.call("plan", "--json").document

    assert (plan["changes"], plan["categories"]) == ([], [])
    assert board.box.writes() == []


@pytest.mark.parametrize("direction", ["→", "←", "⇄"])
def test_once_directions_are_set_it_passes_the_check(board: World, direction: str) -> None:
    written = Path(board.environment["SYNCSVC_RULES"]).read_text(encoding="utf-8")
    file = board.directory / "decided.yaml"
    file.write_text(written.replace("direction: none", f"direction: {direction}"), encoding="utf-8")

    result = board.call("rules", "check", "--json", "--rules", str(file))

    assert (result.code, result.document["refusals"], result.document["warnings"]) == (0, [], [])


def test_the_figures_say_how_often_values_agree(board: World) -> None:
    written = Path(board.environment["SYNCSVC_RULES"]).read_text(encoding="utf-8")

    assert "# 600 CIs in C2's “Portables”, 480 assets in Hector's “Laptops”." in written
    maker = next(line for line in written.splitlines() if "subcategory.maker" in line)
    assert "same name; " in maker
    assert "(9" in maker  # not all: some spell HP in another way
    assert "{c2: NIV, hector: asset.attributes.Serial number}   # by the values; " in written


def test_one_cmdb_alone_is_looked_at(board: World) -> None:
    result = board.call("rules", "init", "--output", "fleet.yaml", "--cmdb", "fleet", "--json")

    assert result.code == 0
    assert [category["category"] for category in result.document["categories"]] == ["Véhicules"]
    assert "Laptops" in result.document["without_counterpart"]["hector"]
    assert [str(category.cmdb) for category in load_rules(board.directory / "fleet.yaml").categories] == ["Parc automobile"]


def test_an_unknown_cmdb_is_refused_with_the_nearest(board: World) -> None:
    result = board.call("rules", "init", "--output", "other.yaml", "--cmdb", "Parc auto")

    assert result.code == 2
    assert "“Parc automobile”" in result.err
    assert not (board.directory / "other.yaml").exists()


# -- a tenant of other words ---------------------------------------------------------------------------------------------


def test_categories_of_different_names_are_paired_by_their_records(tmp_path: Path) -> None:
    c2, hector = C2World(), HectorWorld()
    bikes = c2.add_category(c2.add_cmdb("Tout"), "Vélos")
    for name in ("Cadre", "Marque"):
        c2.add_field(bikes, name)
    hector.add_stockroom("Hangar")
    cycles = hector.add_category("Two-wheelers")
    hector.add_attribute(cycles, "Frame")
    subcategory = hector.add_subcategory(cycles, "Devinci", "Hatchet")
    hector.add_category("Boats")
    for number in range(8):
        c2.add_ci(bikes, f"V{number}", {"Cadre": f"FR{number:05}", "Marque": "Devinci"})
        hector.add_asset(cycles, subcategory, attributes={"Frame": f"fr{number:05}"})
    with Sandbox(c2, hector, password=SECRETS[0], token=SECRETS[1]) as box:
        found = _board(tmp_path, box).call("rules", "init", "--json").document

    (category,) = found["categories"]
    assert (category["category"], category["hector_category"], category["match_on"]) == ("Vélos", "Two-wheelers", ["Cadre"])
    assert {field["c2"]: field["hector"] for field in category["fields"]} == {
        "Marque": "subcategory.maker",
        "Cadre": "asset.attributes.Frame",
    }
    assert found["without_counterpart"]["hector"] == ["Boats"]


# -- the file ------------------------------------------------------------------------------------------------------------


def test_an_existing_file_is_never_overwritten(world: World) -> None:
    file = world.directory / "mine.yaml"
    file.write_text("mine", encoding="utf-8")

    people, program = (world.call("rules", "init", "--output", "mine.yaml", *more) for more in ((), ("--json",)))

    assert people.code == program.code == 2
    assert "There is a file at mine.yaml already" in people.err
    assert program.document["error"]["kind"] == "validation"
    assert file.read_text(encoding="utf-8") == "mine"
    assert world.box.requests == []


def test_a_file_that_somebody_wrote_meanwhile_is_not_overwritten_either(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")

    with pytest.raises(SettingsError, match="already"):
        rules_init._write(file, "ours")

    assert file.read_text(encoding="utf-8") == "mine"


def test_a_link_that_leads_nowhere_is_not_written_through(world: World) -> None:
    (world.directory / "mine.yaml").symlink_to(world.directory / "elsewhere.yaml")

    assert world.call("rules", "init", "--output", "mine.yaml").code == 2
    assert not (world.directory / "elsewhere.yaml").exists()


def test_it_is_written_where_the_settings_say(world: World) -> None:
    result = world.call("rules", "init", SYNCSVC_RULES="deep/er/rules.yaml")

    assert result.code == 0
    assert result.lines[0].startswith("Written: deep/er/rules.yaml. Nothing is synchronised yet")
    assert "Inventaire / Portables and Laptops: 4 fields, matched by Série" in result.out
    assert world.box.writes() == []


def test_a_place_that_cannot_be_written_is_told_in_words(world: World) -> None:
    (world.directory / "taken").write_text("", encoding="utf-8")

    result = world.call("rules", "init", "--output", "taken/rules.yaml")

    assert result.code == 2
    assert "taken/rules.yaml cannot be written" in result.err


def test_refused_credentials_exit_with_5_and_write_nothing(world: World) -> None:
    world.box.token = "another"

    assert world.call("rules", "init", "--output", "mine.yaml").code == 5
    assert not (world.directory / "mine.yaml").exists()


def test_the_language_follows_the_tenant_s_locale(world: World) -> None:
    world.call("rules", "init", "--output", "en.yaml", SYNCSVC_C2__LOCALE="en-CA")

    rules = load_rules(world.directory / "en.yaml")
    assert (rules.language, str(rules.categories[0].category)) == ("en", "Laptops")


def test_a_directory_in_the_place_of_the_file_is_said(world: World) -> None:
    (world.directory / "rules").mkdir()
    world.box.clear()
    result = world.call("rules", "init", "--output", "rules")
    assert result.code == 2
    assert result.err.startswith("rules is a directory, and a file is to be written.\nName the file in it")
    assert world.box.requests == []
