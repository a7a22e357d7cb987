"""``syncsvc undo`` as people call it: what it shows, what programs get, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world

from syncsvc.state.lock import RunLock


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as world:
        yield world


def ci_with(world: World, serial: str) -> str:
    return next(ci for ci in world.box.c2.cis if world.box.c2.value(ci, "Série") == serial)


def asset_with(world: World, serial: str) -> int:
    hector = world.box.hector
    found: int = next(it["id"] for it in hector.assets() if hector.value(it["id"], "Serial number") == serial)
    return found


def noted(world: World, note: str = "neuf") -> int:
    """Have a run carry a note over; gives its number."""
    world.call("sync")
    world.box.c2.edit_ci(ci_with(world, "SN1"), {"Remarques": note})
    run: int = world.call("sync", "--json").document["run"]
    world.box.clear()
    return run


def test_what_would_be_put_back_is_shown_and_nothing_is_written(world: World) -> None:
    run = noted(world)
    shown = world.call("undo", str(run))
    assert shown.code == 0
    assert [line for line in shown.lines if line.startswith("Hector")] == [
        line for line in shown.lines if "update asset" in line and line.endswith("Remarques  neuf  —   as it was before the run")
    ]
    assert f"Undoing run {run} would change 0 records in C2 and 1 record in Hector. Nothing was written." in shown.out
    assert f"syncsvc undo {run} --apply" in shown.out
    assert world.box.writes() == []
    listed = world.call("runs", "--json").document
    assert [(it["run"], it["kind"], it["status"]) for it in listed[:2]] == [
        (run + 1, "undo", "dry_run"),
        (run, "manual", "succeeded"),
    ]


def test_it_is_done_when_it_is_asked_for_and_the_next_run_leaves_it(world: World) -> None:
    run = noted(world)
    done = world.call("undo", str(run), "--apply")
    assert done.code == 0
    assert f"Run {run + 1} succeeded" in done.out
    assert world.box.hector.asset(asset_with(world, "SN1"))["note"] is None
    changed = world.call("changes")
    assert changed.lines[1].endswith("Remarques  neuf  —   as it was before the run")
    world.box.clear()
    assert world.call("sync").code == 0
    assert world.box.writes() == []
    told = world.call("explain", "--json", world.box.c2.ci(ci_with(world, "SN1"))["CINumber"]).document[0]
    notes = next(it for it in told["fields"] if it["field"] == "Remarques")
    assert (notes["next"]["action"], notes["baseline"]) == (None, {"c2": "neuf", "hector": None})


def test_programs_get_all_of_it_in_one_document(world: World) -> None:
    run = noted(world)
    world.box.hector.edit_asset(asset_with(world, "SN1"), note="de quelqu'un")
    planned = world.call("undo", str(run), "--json").document
    assert (planned["kind"], planned["status"], planned["undoes"], planned["changes"]) == ("undo", "dry_run", run, [])
    (kept,) = planned["kept"]
    assert {name: kept[name] for name in ("action", "system", "record", "field", "from", "to", "now", "reason", "run")} == {
        "action": "update",
        "system": "hector",
        "record": "asset",
        "field": "Remarques",
        "from": None,
        "to": "neuf",
        "now": "de quelqu'un",
        "reason": "changed",
        "run": None,
    }
    assert kept["words"] == "changed since, not by a run: now de quelqu'un"
    done = world.call("undo", str(run), "--apply", "--json")
    assert (done.code, done.document["updated"], len(done.document["kept"])) == (0, {"c2": 0, "hector": 0}, 1)
    assert "changes" not in done.document


def test_what_a_run_made_comes_last_with_what_can_be_done_about_it(world: World) -> None:
    first = world.call("sync", "--json").document["run"]
    shown = world.call("undo", str(first))
    assert f"Left as it is of what run {first} did: 1 made, 2 linked" in shown.out
    sorts = [line.split("  ")[-1] for line in shown.lines if "  created " in line or "  linked " in line]
    assert sorts == [
        "the run made it, and nothing is ever deleted",
        *["the run linked the pair; parting it is your decision"] * 2,
    ]
    assert "syncsvc links remove --ci NUMBER" in shown.out
    assert shown.code == 0


def test_a_later_run_is_named_as_the_one_to_undo_first(world: World) -> None:
    run = noted(world)
    later = noted(world, "plus neuf")
    shown = world.call("undo", str(run))
    assert f"run {later} has written it since" in shown.out
    assert f"syncsvc undo {later}" in shown.out


@pytest.mark.parametrize(
    ("which", "words"),
    [("999", "There is no run 999."), ("plan", "was a dry run"), ("quiet", "changed nothing"), ("0", "at least 1")],
)
def test_a_run_that_cannot_be_undone_is_refused_in_words(world: World, which: str, words: str) -> None:
    world.call("sync")
    named = {"plan": "plan", "quiet": "sync"}.get(which)
    number = str(world.call(named, "--json").document["run"]) if named else which
    before = world.call("runs", "--json").document
    refused = world.call("undo", number, "--apply")
    assert refused.code == 2
    assert words in refused.err
    assert world.call("undo", number, "--json").document["error"]["message"]
    assert world.call("runs", "--json").document == before


def test_a_run_that_was_held_has_nothing_to_undo(world: World) -> None:
    for n in range(30):
        world.add_ci(f"Portable {n}", f"X{n}", Remarques="vieux")
    world.call("sync")
    for n in range(30):
        world.box.c2.edit_ci(ci_with(world, f"X{n}"), {"Remarques": "neuf"})
    held = world.call("sync", "--json")
    assert held.code == 4
    refused = world.call("undo", str(held.document["run"]))
    assert (refused.code, "it was held" in refused.err) == (2, True)
    done = world.call("sync", "--approve", str(held.document["run"]), "--json").document["run"]
    assert world.call("undo", str(done), "--apply", "--json").document["updated"] == {"c2": 0, "hector": 30}


def test_a_run_that_is_under_way_is_waited_for(world: World) -> None:
    run = noted(world)
    with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
        refused = world.call("undo", str(run), "--apply")
        assert refused.code == 3
        assert world.call("undo", str(run)).code == 0, "a plan needs no lock"
    assert world.box.writes() == []


def test_a_system_that_cannot_be_reached_ends_it(world: World) -> None:
    run = noted(world)
    failed = world.call("undo", str(run), "--apply", SYNCSVC_HECTOR__URL="http://127.0.0.1:1")
    assert failed.code == 5
    assert world.box.hector.asset(asset_with(world, "SN1"))["note"] == "neuf"


def test_without_a_database_there_is_nothing_to_undo(world: World) -> None:
    Path(world.directory / "state.db").unlink()
    assert world.call("undo", "1").code == 2
    assert not Path(world.directory / "state.db").exists()


def test_rules_that_cannot_be_used_end_it(world: World) -> None:
    run = noted(world)
    (world.directory / "rules.yaml").write_text("cmdbs: nothing", encoding="utf-8")
    assert world.call("undo", str(run), "--apply").code == 2
    assert world.box.writes() == []


def test_a_category_that_the_rules_do_not_name_any_more_stays_as_it_is(world: World) -> None:
    run = noted(world)
    world.environment["SYNCSVC_RULES"] = str(world.directory / "others.yaml")
    (world.directory / "others.yaml").write_text("cmdbs: []\n", encoding="utf-8")
    shown = world.call("undo", str(run), "--apply")
    assert shown.code == 0, shown.err
    assert "the rules do not map this field any more" in shown.out
    assert world.box.writes() == []
