"""What people decide by hand: which side of a conflict counts, which records belong together; and what they are told."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_world import World, cli_world

from syncsvc.state.database import open_engine
from syncsvc.state.lock import RunLock
from syncsvc.state.store import Store

LINK = {"ci_id", "ci_number", "asset_id", "category", "status", "linked_at", "last_synced_at"}
CONFLICT = {"id", "category", "ci", "asset", "field", "c2_value", "hector_value", "baseline", "since", "status", "use"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two pairs that a run has linked (SN1, SN2), a CI that Hector does not know (SN3) and an asset that C2 does not (SN4)."""
    with cli_world(tmp_path) as found:
        write_rules(found)
        assert found.call("sync").code == 0
        yield found


def write_rules(world: World, *, create: str = "none") -> None:
    """Write rules that, unless told otherwise, create nothing: lone records stay alone."""
    world.write_rules(direction="⇄", match_on=f"match_on: [Série]\n        create: {create}")


def put_at_odds(world: World, number: int, c2: str, hector: str) -> None:
    """Change a pair's note on both sides."""
    world.box.c2.edit_ci(world.box.c2.find(str(number)), {"Remarques": c2})
    world.box.hector.edit_asset(asset_of(world, number), note=hector)


def settle(world: World, use: str) -> dict[str, Any]:
    """Let a run meet a conflict about the first pair's note, and settle it; the conflict as it was."""
    put_at_odds(world, 1, "matin", "soir")
    world.call("sync")
    (conflict,) = conflicts(world)
    assert world.call("conflicts", "resolve", str(conflict["id"]), "--use", use).code == 0
    return conflict


def notes(world: World) -> tuple[str, str]:
    """Give the first pair's note in C2 and in Hector."""
    box = world.box
    return box.c2.value(box.c2.find("1"), "Remarques"), box.hector.asset(asset_of(world, 1))["note"]


def asset_of(world: World, number: int) -> int:
    """Give the id of the asset with the serial number ``SN`` and this number."""
    hector = world.box.hector
    (found,) = (asset["id"] for asset in hector.assets() if hector.value(asset["id"], "Serial number") == f"SN{number}")
    return int(found)


def tag_of(world: World, number: int) -> str:
    return str(world.box.hector.asset(asset_of(world, number))["asset_tag"])


def conflicts(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call("conflicts", "--json").document
    return found


def pairs(world: World) -> dict[str, int]:
    return {link["ci_number"].lstrip("0"): link["asset_id"] for link in world.call("links", "--json").document}


def parted(world: World) -> frozenset[tuple[str, int]]:
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    try:
        return Store(engine).parted()
    finally:
        engine.dispose()


# -- settling ------------------------------------------------------------------------------------------------------------


def test_settling_says_what_the_next_run_does_with_both_values(world: World) -> None:
    put_at_odds(world, 1, "matin", "soir")
    world.call("sync")
    (conflict,) = conflicts(world)

    result = world.call("conflicts", "resolve", str(conflict["id"]), "--use", "c2")

    assert result.code == 0
    assert result.lines[0] == (
        f"Conflict {conflict['id']} (CI 00000001, asset {tag_of(world, 1)}, “Remarques”): "
        "the next run writes C2's “matin” to Hector, in place of “soir”."
    )
    assert "the conflict is open again" in result.lines[1]
    assert conflict["use"] is None
    assert conflicts(world) == [conflict | {"status": "settled", "use": "c2"}]
    assert world.call("conflicts").lines[1].endswith("  settled: C2's value")


def test_a_settlement_for_an_empty_side_says_that_it_empties(world: World) -> None:
    put_at_odds(world, 1, "matin", "matin")
    world.call("sync")
    put_at_odds(world, 1, "midi", "")
    world.call("sync")
    (conflict,) = conflicts(world)

    emptied = world.call("conflicts", "resolve", str(conflict["id"]), "--use", "hector").lines[0]
    filled = world.call("conflicts", "resolve", str(conflict["id"]), "--use", "c2").lines[0]

    assert emptied.endswith("the next run empties it in C2, as it is in Hector, in place of “midi”.")
    assert filled.endswith("the next run writes C2's “midi” to Hector, where it is empty.")


def test_several_are_settled_at_once_and_given_as_one_document(world: World) -> None:
    for number in (1, 2):
        put_at_odds(world, number, f"matin {number}", f"soir {number}")
    world.call("sync")
    first, second = (str(conflict["id"]) for conflict in conflicts(world))

    settled = world.call("conflicts", "resolve", second, first, second, "--use", "hector", "--json").document

    assert [str(conflict["id"]) for conflict in settled] == [second, first]
    assert all(set(conflict) == CONFLICT for conflict in settled)
    assert {(conflict["status"], conflict["use"]) for conflict in settled} == {("settled", "hector")}


def test_a_settled_conflict_says_whose_value_was_chosen(world: World) -> None:
    settle(world, "hector")

    assert [conflict["use"] for conflict in conflicts(world)] == ["hector"]
    assert world.call("conflicts").lines[1].endswith("settled: Hector's value")
    assert "settled: Hector's value" in world.call("conflicts", FORCE_COLOR="1", NO_COLOR="1", COLUMNS="100").out


@pytest.mark.parametrize(("use", "wins"), [("c2", "matin"), ("hector", "soir")])
def test_the_next_run_carries_a_settlement_out(world: World, use: str, wins: str) -> None:
    settle(world, use)

    run = world.call("sync")
    world.box.clear()
    again = world.call("sync")

    assert run.code == again.code == 0
    assert notes(world) == (wins, wins)
    assert conflicts(world) == []
    (change,) = world.call("changes", "--run", "3", "--json").document
    assert [field["why"] for field in change["fields"]] == ["conflict_settled"]
    assert world.box.writes() == []


def test_a_settlement_is_void_when_a_value_moved_before_the_run(world: World) -> None:
    conflict = settle(world, "c2")
    world.box.hector.edit_asset(asset_of(world, 1), note="minuit")

    run = world.call("sync")

    assert run.code == 1
    assert notes(world) == ("matin", "minuit")
    (found,) = conflicts(world)
    assert (found["id"], found["status"], found["hector_value"]) == (conflict["id"], "open", "minuit")
    assert found["since"] > conflict["since"]


def test_a_settlement_that_was_refused_stays_settled_and_is_tried_again(world: World) -> None:
    settle(world, "c2")
    refused = world.box.faults.once("hector", "PATCH /api/v1/assets", "refused")

    run = world.call("sync")

    assert refused.fired
    assert run.code == 1
    assert notes(world) == ("matin", "soir")
    assert [conflict["status"] for conflict in conflicts(world)] == ["settled"]
    assert world.call("sync").code == 0
    assert notes(world) == ("matin", "matin")
    assert conflicts(world) == []


@pytest.mark.parametrize("settled", [True, False])
def test_a_conflict_of_a_field_that_the_rules_map_no_longer_is_closed(world: World, *, settled: bool) -> None:
    put_at_odds(world, 1, "matin", "soir")
    world.call("sync")
    if settled:
        world.call("conflicts", "resolve", str(conflicts(world)[0]["id"]), "--use", "c2")
    file = Path(world.environment["SYNCSVC_RULES"])
    without = [line for line in file.read_text(encoding="utf-8").splitlines() if "Remarques" not in line]
    file.write_text("\n".join(without), encoding="utf-8")

    assert world.call("sync").code == 0
    assert conflicts(world) == []
    assert notes(world) == ("matin", "soir")


@pytest.mark.parametrize("as_json", [True, False])
def test_an_unknown_number_settles_none_of_them(world: World, *, as_json: bool) -> None:
    put_at_odds(world, 1, "matin", "soir")
    world.call("sync")
    (conflict,) = conflicts(world)

    result = world.call("conflicts", "resolve", str(conflict["id"]), "99", "--use", "c2", *(["--json"] if as_json else []))

    assert result.code == 2
    error = result.document["error"] if as_json else {"kind": "missing", "message": result.err}
    assert error["kind"] == "missing"
    assert "There is no conflict 99." in error["message"]
    assert conflicts(world) == [conflict]


def test_a_conflict_that_is_over_cannot_be_settled(world: World) -> None:
    put_at_odds(world, 1, "matin", "soir")
    world.call("sync")
    (conflict,) = conflicts(world)
    put_at_odds(world, 1, "midi", "midi")
    world.call("sync")

    result = world.call("conflicts", "resolve", str(conflict["id"]), "--use", "c2")

    assert result.code == 2
    assert f"Conflict {conflict['id']} is over" in result.err


def test_values_of_a_settlement_cannot_steer_the_terminal(world: World) -> None:
    put_at_odds(world, 1, "\x1b[31m\u202ematin", "so\nir")
    world.call("sync")
    (conflict,) = conflicts(world)

    for colour in ({}, {"FORCE_COLOR": "1", "COLUMNS": "200"}):
        out = world.call("conflicts", "resolve", str(conflict["id"]), "--use", "c2", **colour).out
        assert "\x1b[31m" not in out
        assert "\u202e" not in out
        assert "so⏎ir" in out


def test_nothing_is_decided_while_a_run_is_on(world: World) -> None:
    number = asset_of(world, 1)
    with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
        assert world.call("conflicts", "resolve", "1", "--use", "c2").code == 3
        assert world.call("links", "add", "--ci", "3", "--asset", "4").code == 3
        assert world.call("links", "remove", "--asset", str(number)).code == 3


@pytest.mark.parametrize(
    "command",
    [
        "conflicts resolve 1",
        "conflicts resolve --use c2",
        "conflicts resolve 1 --use both",
        "conflicts resolve x --use c2",
        "conflicts resolve 99999999999999999999999 --use c2",
        "conflicts settle 1",
        "conflicts --json resolve 1 --use c2",
        "links add --ci 1",
        "links add --asset 1",
        "links --category Portables add --ci 3 --asset 4",
        "links remove",
        "links remove --ci 1 --asset 1",
        "links part --ci 1",
    ],
)
def test_wrong_usage_exits_with_2_in_words_and_changes_nothing(world: World, command: str) -> None:
    before = pairs(world)

    result = world.call(*command.split())
    program = world.call(*command.split(), "--json")

    assert result.code == program.code == 2
    assert (result.out == "") is ("--json" not in command)
    assert set(program.document["error"]) == {"kind", "message", "hint"}
    assert pairs(world) == before


# -- joining -------------------------------------------------------------------------------------------------------------


def test_a_pair_joined_by_hand_is_compared_by_the_next_run_and_not_questioned(world: World) -> None:
    lone = asset_of(world, 4)
    world.box.c2.edit_ci(world.box.c2.find("3"), {"Remarques": "matin"})

    result = world.call("links", "add", "--ci", "3", "--asset", str(lone))
    run = world.call("sync")

    assert result.code == 0
    assert result.lines[0].startswith("CI 00000003 and asset ")
    assert "Inventaire / Portables ⇄ Laptops" in result.lines[1]
    assert pairs(world)["3"] == lone
    assert world.box.hector.asset(lone)["note"] == "matin"
    assert run.code == 1
    (differing,) = conflicts(world)
    assert (differing["field"], differing["c2_value"], differing["hector_value"]) == ("Série", "SN3", "SN4")


def test_the_new_link_is_given_as_the_listing_gives_it(world: World) -> None:
    link = world.call("links", "add", "--ci", "00000003", "--asset", str(asset_of(world, 4)), "--json").document

    assert set(link) == LINK
    assert link in world.call("links", "--json").document
    assert (link["status"], link["last_synced_at"]) == ("active", None)


def test_an_asset_goes_by_its_tag_before_its_id(world: World) -> None:
    ids = [world.add_asset(f"X{number}") for number in range(2)]
    world.box.hector.edit_asset(ids[0], asset_tag="PC-7")
    world.box.hector.edit_asset(ids[1], asset_tag=str(ids[0]))
    for number in (4, 5):
        world.add_ci(f"Portable {number}", None)

    assert world.call("links", "add", "--ci", "4", "--asset", "pc-7", "--json").document["asset_id"] == ids[0]
    assert world.call("links", "add", "--ci", "5", "--asset", str(ids[0]), "--json").document["asset_id"] == ids[1]
    assert world.call("links", "remove", "--asset", str(ids[0]), "--json").document["asset_id"] == ids[1]


def test_a_tag_written_otherwise_is_taken_only_when_one_asset_can_be_meant(world: World) -> None:
    world.box.hector.unique_tags = False
    ids = [world.add_asset(f"X{number}") for number in range(2)]
    for asset_id, tag in zip(ids, ("pc-7", "PC-7"), strict=True):
        world.box.hector.edit_asset(asset_id, asset_tag=tag)

    several = world.call("links", "add", "--ci", "3", "--asset", "Pc-7")

    assert several.code == 2
    assert f"pc-7 (id {ids[0]}), PC-7 (id {ids[1]})" in several.err
    assert world.call("links", "add", "--ci", "3", "--asset", "PC-7", "--json").document["asset_id"] == ids[1]


@pytest.mark.parametrize(
    ("ci", "asset", "said"),
    [
        ("77", "4", "C2 has no CI 77."),
        ("3", "nobody", "Hector has no asset nobody."),
        ("3", "4711", "Hector has no asset 4711."),
        ("3", "9" * 30, "Hector has no asset 999"),
        ("3", "", "Hector has no asset ."),
        ("", "4", "C2 has no CI ."),
    ],
)
def test_records_that_are_not_there_are_named(world: World, ci: str, asset: str, said: str) -> None:
    result = world.call("links", "add", "--ci", ci, "--asset", asset)

    assert result.code == 2
    assert said in result.err
    assert world.call("links", "add", "--ci", ci, "--asset", asset, "--json").document["error"]["kind"] == "missing"


def test_a_record_that_is_linked_already_is_refused_with_its_counterpart(world: World) -> None:
    first, second, lone = (asset_of(world, number) for number in (1, 2, 4))

    taken_ci = world.call("links", "add", "--ci", "1", "--asset", str(lone))
    taken_asset = world.call("links", "add", "--ci", "3", "--asset", str(second))
    same = world.call("links", "add", "--ci", "1", "--asset", str(first))

    assert taken_ci.code == taken_asset.code == same.code == 2
    assert f"CI 00000001 is linked already, with asset {tag_of(world, 1)} (Portables, active)." in taken_ci.err
    assert "is linked already, with CI 00000002 (Portables, active)." in taken_asset.err
    assert "syncsvc links remove --ci 00000002" in taken_asset.err
    assert "are a pair already." in same.err
    assert pairs(world) == {"1": first, "2": second}


def test_categories_that_no_rules_tie_are_refused_by_name(world: World) -> None:
    box, lone = world.box, asset_of(world, 4)
    (cmdb,) = box.c2.cmdbs
    screens = box.c2.add_category(cmdb, "Écrans")
    number = box.c2.ci(box.c2.add_ci(screens, "Écran"))["CINumber"]
    phones = box.hector.add_category("Phones")
    phone = box.hector.add_asset(phones, box.hector.add_subcategory(phones, "Nokia", "3310"))

    screen = world.call("links", "add", "--ci", number, "--asset", str(lone))
    called = world.call("links", "add", "--ci", "3", "--asset", str(phone))

    assert screen.code == called.code == 2
    assert f"CI {number} stands in “Inventaire / Écrans” and asset A00003 in Hector's “Laptops”: no rules tie" in screen.err
    assert "“Inventaire / Portables” and asset" in called.err
    assert "Hector's “Phones”" in called.err
    assert "The rules tie Inventaire / Portables with Laptops." in called.err
    assert "3" not in pairs(world)


def test_a_pair_whose_ci_moved_to_another_category_is_joined_there_as_the_error_says(world: World) -> None:
    box, asset = world.box, asset_of(world, 1)
    (cmdb,) = box.c2.cmdbs
    lent = box.c2.add_category(cmdb, "Prêts")
    for name in ("Fabricant", "Modèle", "Série", "Remarques"):
        box.c2.add_field(lent, name)
    rules = world.directory / "rules.yaml"
    text = rules.read_text(encoding="utf-8")
    portables = text[text.index("      - category: Portables") :]
    rules.write_text(text + portables.replace("category: Portables", "category: Prêts"), encoding="utf-8")
    box.c2.move_ci(box.c2.find("1"), lent)
    box.hector.edit_asset(asset, asset_tag="École 7")
    box.hector.edit_asset(asset_of(world, 2), asset_tag=str(asset))  # another's tag is taken before an id
    world.call("sync")
    (error,) = world.call("errors", "--json").document
    assert "“Prêts”" in error["message"]

    remove, add = re.findall(r"syncsvc (links \w+ [^,.]+)", error["hint"])
    assert world.call(*shlex.split(remove)).code == 0
    assert world.call(*shlex.split(add)).code == 0

    assert world.call("sync").code == 0
    (link,) = (link for link in world.call("links", "--json").document if link["asset_id"] == asset)
    assert (link["ci_number"], link["category"]) == ("00000001", "Prêts")


def test_a_category_with_the_direction_none_ties_nothing(world: World) -> None:
    world.write_rules(direction="none")

    result = world.call("links", "add", "--ci", "3", "--asset", str(asset_of(world, 4)))

    assert result.code == 2
    assert "The rules tie no categories.\n" in result.err


def test_rules_that_do_not_fit_the_systems_are_hinted_at(world: World) -> None:
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(file.read_text(encoding="utf-8").replace("c2: Remarques", "c2: Remarque"), encoding="utf-8")

    result = world.call("links", "add", "--ci", "3", "--asset", str(asset_of(world, 4)))

    assert result.code == 2
    assert "syncsvc rules check" in result.err


def test_a_system_that_refuses_the_credentials_exits_with_5_and_joins_nobody(world: World) -> None:
    before = pairs(world)
    world.box.token = "another"

    result = world.call("links", "add", "--ci", "3", "--asset", "4", "--json")

    assert result.code == 5
    assert result.document["error"]["kind"] == "credentials"
    assert pairs(world) == before


# -- parting -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", ["ci", "asset", "both"])
def test_a_parted_pair_is_remembered_until_somebody_joins_it_again(world: World, record: str) -> None:
    first, ci_id = asset_of(world, 1), world.box.c2.find("1")
    by_asset = ["--asset", str(first)]
    named = {"ci": ["--ci", "1"], "asset": by_asset, "both": ["--ci", "1", *by_asset]}[record]

    result = world.call("links", "remove", *named)

    assert result.code == 0
    assert result.lines[0] == f"CI 00000001 and asset {tag_of(world, 1)} (Portables) are parted."
    assert "syncsvc links add" in result.lines[1]
    assert set(pairs(world)) == {"2"}
    assert parted(world) == {(ci_id, first)}

    assert world.call("links", "add", "--ci", "1", "--asset", str(first)).code == 0
    assert parted(world) == frozenset()
    assert pairs(world)["1"] == first


@pytest.mark.parametrize("create", ["none", "⇄"])
def test_runs_leave_a_parted_pair_apart_though_its_values_match(world: World, create: str) -> None:
    write_rules(world, create=create)
    world.call("sync")
    first, count = asset_of(world, 1), len(world.box.hector.assets())
    world.call("links", "remove", "--ci", "1")

    for _ in range(2):
        report = world.call("sync")
        assert report.code == (0 if create == "none" else 1)  # where nothing would be created, nothing is left undone
        assert ("parted by hand" in world.call("errors").out) is (create != "none")

    assert "1" not in pairs(world)
    assert first not in pairs(world).values()
    assert len(world.box.hector.assets()) == count


def test_what_was_parted_is_given_as_one_document(world: World) -> None:
    (before,) = (link for link in world.call("links", "--json").document if link["ci_number"] == "00000002")

    assert world.call("links", "remove", "--ci", "2", "--json").document == before | {"status": "parted"}


def test_parting_by_the_ci_asks_neither_system_and_needs_no_rules(world: World) -> None:
    world.environment = {"SYNCSVC_DATABASE_URL": world.environment["SYNCSVC_DATABASE_URL"]}

    assert world.call("links", "remove", "--ci", "1").code == 0
    assert set(pairs(world)) == {"2"}


def test_a_pair_whose_asset_is_gone_is_parted_by_its_id(world: World) -> None:
    first = asset_of(world, 1)
    world.box.hector.delete_asset(first)

    assert world.call("links", "remove", "--asset", str(first)).code == 0
    assert set(pairs(world)) == {"2"}


@pytest.mark.parametrize("named", [("--ci", "3"), ("--asset", "nobody"), ("--asset", "4711")])
def test_who_is_linked_with_nobody_cannot_be_parted(world: World, named: tuple[str, str]) -> None:
    result = world.call("links", "remove", *named)

    assert result.code == 2
    assert named[1] in result.err
    assert "syncsvc links" in result.err
    assert parted(world) == frozenset()


def test_two_records_that_are_no_pair_are_not_parted(world: World) -> None:
    other = tag_of(world, 2)

    result = world.call("links", "remove", "--ci", "1", "--asset", other)

    assert result.code == 2
    assert result.err.splitlines()[0] == f"CI 1 is linked with asset {tag_of(world, 1)}, not with asset {other}."
    assert parted(world) == frozenset()


def test_a_conflict_goes_with_the_pair_that_is_parted(world: World) -> None:
    put_at_odds(world, 1, "matin", "soir")
    world.call("sync")

    world.call("links", "remove", "--ci", "1")

    assert conflicts(world) == []
