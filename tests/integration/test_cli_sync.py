"""``syncsvc sync`` and ``plan``: what they do, say and exit with, over real systems and real databases."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_world import SECRETS, World, cli_world, ended, stop_when, wait_until

from syncsvc.state.lock import RunLock

COUNTS = {"read", "created", "updated", "fields_written", "unchanged", "linked", "conflicts", "errors", "requests"}
RUN = {"run", "kind", "status", "full", "started_at", "finished_at"} | COUNTS
CHANGE = {"action", "system", "record", "ci", "asset", "subcategory", "fields"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        yield found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# -- what they do --------------------------------------------------------------------------------------------------------


def test_a_sync_links_and_creates_and_the_next_one_writes_nothing(database_url: str, tmp_path: Path) -> None:
    with cli_world(tmp_path, database_url=database_url) as world:
        first = world.call("sync", "--json").document
        world.box.clear()
        second = world.call("sync", "--json").document

        assert first["status"] == second["status"] == "succeeded"
        assert (first["linked"], first["created"]) == (3, {"c2": 0, "hector": 1})
        assert len(world.box.hector.assets()) == 4
        assert world.box.writes() == []
        assert (first["unchanged"], second["unchanged"]) == (2, 3)


def test_the_document_of_a_sync_has_the_keys_that_are_documented(world: World) -> None:
    document = world.call("sync", "--json").document

    assert set(document) == RUN | {"categories"}
    assert (document["run"], document["kind"], document["full"]) == (1, "manual", True)
    assert datetime.fromisoformat(document["finished_at"]) >= datetime.fromisoformat(document["started_at"])
    (category,) = document["categories"]
    assert set(category) == {"cmdb", "category", "status"} | COUNTS
    assert document["requests"] == {system: sum(r.system == system for r in world.box.requests) for system in ("c2", "hector")}


def test_a_plan_says_what_would_be_done_and_writes_nothing(world: World) -> None:
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "écran fendu"})

    result = world.call("plan", "--json")
    document = result.document

    assert result.code == 0
    assert world.box.writes() == []
    assert set(document) == RUN | {"categories", "changes", "open_conflicts", "names"}
    assert document["status"] == "dry_run"
    assert all(set(change) >= CHANGE for change in document["changes"])
    assert {(change["action"], change["record"]) for change in document["changes"]} == {
        ("link", "asset"),
        ("create", "asset"),
        ("update", "asset"),
    }
    (update,) = (change for change in document["changes"] if change["action"] == "update")
    assert update["fields"] == [{"field": "Remarques", "from": None, "to": "écran fendu", "why": "first_meeting"}]
    assert world.call("runs", "--json").document[0]["status"] == "dry_run"


def test_a_plan_and_what_was_done_have_one_shape(world: World) -> None:
    """Whoever reads the one can read the other: the same members, of the same types."""
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "écran fendu"})
    world.add_ci("Portable SN9", "SN9", Modèle="ZBook")
    planned = world.call("plan", "--json").document["changes"]
    world.call("sync")
    done = world.call("changes", "--json").document

    assert {change["action"] for change in planned} == {"link", "create", "update"}
    assert all(set(change) == CHANGE for change in planned)
    assert all(set(change) == CHANGE | {"run", "at", "outcome", "names"} for change in done)
    for change in [*planned, *done]:
        assert all(isinstance(change[name], str | None) for name in ("ci", "asset", "subcategory"))
        assert all(set(field) == {"field", "from", "to", "why"} for field in change["fields"])
    (to_be,) = (change for change in planned if change["record"] == "subcategory")
    assert to_be["subcategory"] == "HP ZBook"
    updates = [[change for change in changes if change["action"] == "update"] for changes in (planned, done)]
    same = [{key: change[key] for key in CHANGE} for changes in updates for change in changes]
    assert len(same) == 2
    assert same[0] == same[1]


def test_sync_dry_run_is_the_same_as_plan(world: World) -> None:
    assert world.call("sync", "--dry-run", "--json").document["changes"] == world.call("plan", "--json").document["changes"]


def test_a_plan_for_people_names_values_reasons_and_what_hector_bills(world: World) -> None:
    for number in ("1", "2"):
        world.box.c2.edit_ci(world.box.c2.find(number), {"Remarques": "neuf"})
    world.call("sync")
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "écran fendu"})
    world.box.hector.edit_asset(world.box.hector.assets()[1]["id"], note="bruit")
    world.add_ci("Portable SN9", "SN9")

    out = world.call("plan").out

    assert "Inventaire / Portables: 3 changes" in out
    changed, put_back = (line for line in out.splitlines() if line.startswith("Hector  update"))
    assert changed.split()[-7:] == ["Remarques", "neuf", "écran", "fendu", "changed", "in", "C2"]
    assert put_back.endswith("bruit  neuf         put back: changed in Hector, but C2 decides")
    assert "the run would add 1 and retire 0" in out


def test_a_plan_says_of_what_is_held_what_its_approval_would_add(world: World) -> None:
    world.write_rules(match_on="guards: {max_creates: 0}\n        match_on: [Série]")

    out = world.call("plan").out

    assert "Held: Portables: 1 records would be created in Hector (max_creates is 0). Nothing is written." in out
    assert "If what is held is approved, that would create 1 asset, 0 subcategories, 0 CIs; change records: 0 in C2" in out
    assert "Hector bills by active assets: what is held would add 1 and retire 0 if it is approved." in out
    assert "A run would create" not in out


def test_an_asset_that_is_taken_back_into_use_is_billed_again(world: World) -> None:
    world.write_rules(match_on="when_ci_inactive: retire\n        match_on: [Série]")
    world.call("sync")
    world.box.c2.edit_ci(world.box.c2.find("1"), {"IsActive": False})
    assert "the run would add 0 and retire 1" in world.call("plan").out
    world.call("sync")
    # With another maker it moves as well: that is one change of the asset, and not called an activation.
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Fabricant": "Dell", "IsActive": True})

    assert "the run would add 1 and retire 0" in world.call("plan").out


def test_a_plan_shows_conflicts_with_both_values_and_the_last_agreed(world: World) -> None:
    world.write_rules(direction="⇄")
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "midi"})
    world.call("sync")
    first, second = world.box.c2.find("1"), world.box.c2.find("2")
    assets = [asset["id"] for asset in world.box.hector.assets()[:2]]
    world.box.c2.edit_ci(first, {"Remarques": "matin"})
    world.box.hector.edit_asset(assets[0], note="soir")

    (new,) = world.call("plan", "--ci", "1", "--json").document["open_conflicts"]
    shown = world.call("plan", "--ci", "1")

    assert "1 conflict, both sides changed" in shown.out
    assert "—  00000001  A00001  Remarques  matin  soir       midi" in shown.out
    assert "A conflict without a number is new" in shown.out
    assert (new["id"], new["since"]) == (None, None)

    world.call("sync")
    world.box.c2.edit_ci(second, {"Remarques": "lundi"})
    world.box.hector.edit_asset(assets[1], note="mardi")
    (listed,) = world.call("conflicts", "--json").document
    known, other = world.call("plan", "--json").document["open_conflicts"]

    assert known == listed == new | {"id": listed["id"], "since": listed["since"]}
    assert (other["id"], other["c2_value"], other["hector_value"], other["baseline"]) == (None, "lundi", "mardi", None)
    assert "syncsvc conflicts resolve NO --use c2" in world.call("plan").out

    world.box.hector.edit_asset(assets[0], note="nuit")
    moved, _ = world.call("plan", "--json").document["open_conflicts"]
    assert (moved["id"], moved["hector_value"], moved["since"]) == (listed["id"], "nuit", None)


def test_a_plan_says_which_run_it_was_and_where_its_errors_are(world: World) -> None:
    world.add_ci("Portable jumeau", "SN1")

    lines = world.call("plan").lines

    assert lines[-2].startswith("Run 1 dry run, in ")
    assert lines[-1] == "More: syncsvc errors --run 1 · syncsvc log 1"


def test_only_the_category_asked_for_is_synchronised(world: World) -> None:
    assert world.call("sync", "--category", "portables", "--json").document["linked"] == 3

    result = world.call("sync", "--category", "Écrans", "--json")

    assert result.code == 2
    assert "Écrans" in result.document["error"]["message"]
    assert "Portables" in result.document["error"]["hint"]


def test_the_rules_option_wins_over_the_setting(world: World) -> None:
    other = world.write_rules().rename(world.directory / "other.yaml")

    assert world.call("sync").code == 2
    assert world.call("sync", "--rules", str(other)).code == 0


def test_settings_come_from_the_file_that_is_named(world: World) -> None:
    file = world.directory / "tenant.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in world.environment.items()), encoding="utf-8")
    world.environment = {}

    assert world.call("sync", "--env-file", str(file)).code == 0
    assert world.call("sync", "--env-file", "missing.env").code == 2


# -- what they say -------------------------------------------------------------------------------------------------------


def test_a_sync_ends_with_a_table_and_where_there_is_more(world: World) -> None:
    result = world.program("sync")

    assert result.code == 0
    assert result.lines[0].split()[0] == "Category"
    assert " ".join(result.lines[1].split()).startswith("Portables 3 · 3 0 · 1 0 · 0 ")
    assert result.lines[1].endswith(" succeeded")
    assert result.lines[-2].startswith("Run 1 succeeded, in ")
    assert "syncsvc changes --run 1" in result.lines[-1]
    assert "\x1b" not in result.out + result.err


def test_errors_of_records_are_shown_with_advice_and_exit_with_1(world: World) -> None:
    world.add_ci("Portable jumeau", "SN1")

    result = world.call("sync")

    assert result.code == 1
    assert "1 error:" in result.out
    assert "  ambiguous CI " in result.out
    assert "      Join the two" in result.out
    assert "syncsvc errors --run 1" in result.out
    assert world.call("plan").code == 1


def test_of_many_errors_ten_are_shown_and_every_sort_is_among_them(world: World) -> None:
    for number in range(12):
        world.add_ci(f"Portable {number}", f"TWIN{number}")
        world.add_ci(f"Portable {number} bis", f"TWIN{number}")
    world.add_ci("Portable nu", "NU", Fabricant="", Modèle="")

    lines = world.call("sync").lines

    assert "13 errors; 10 of them:" in lines
    assert sum(line.startswith("  ambiguous") for line in lines) == 9
    assert sum(line.startswith("  validation") for line in lines) == 1


def test_texts_of_records_cannot_steer_the_terminal(world: World) -> None:
    world.add_ci("Portable", "EVIL", Remarques="\x1b[31m[bold]x[/bold]\x07\u202e")

    document = world.call("plan", "--json").out
    plan = world.call("plan", FORCE_COLOR="1", COLUMNS="200").out

    assert "\u202e" not in document
    assert "\u202e" in json.dumps(json.loads(document), ensure_ascii=False)

    assert "\x1b[31m" not in plan
    assert "\x07" not in plan
    assert "\u202e" not in plan
    assert "␛[31m[bold]x[/bold]␇" in plan


def test_standard_output_is_one_document_while_the_logs_go_elsewhere(world: World) -> None:
    result = world.program("sync", "--json", SYNCSVC_LOG__LEVEL="debug")

    assert result.document["status"] == "succeeded"
    assert "run finished" in result.err


# -- what they exit with -------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_tried_once_and_never_shown(world: World) -> None:
    world.box.password = "another"

    result = world.program("sync", "--json", SYNCSVC_RETRY__ATTEMPTS="6", SYNCSVC_LOG__LEVEL="debug")

    assert result.code == 5
    assert set(result.document) == {"error"}
    assert set(result.document["error"]) == {"kind", "message", "hint"}
    assert result.document["error"]["kind"] == "credentials"
    assert "SYNCSVC_C2__PASSWORD" in result.document["error"]["hint"]
    assert sum(request.system == "c2" for request in world.box.requests) == 1
    stored = b"".join(file.read_bytes() for file in world.directory.glob("state.db*"))
    assert b"credentials" in stored
    assert not any(secret in result.out + result.err or secret.encode() in stored for secret in SECRETS)
    assert world.call("runs", "--json").document[0]["status"] == "failed"


def test_a_system_out_of_reach_exits_with_5(world: World) -> None:
    port = _free_port()

    result = world.call("sync", SYNCSVC_HECTOR__URL=f"http://127.0.0.1:{port}/tenant")

    assert result.code == 5
    why = "connection refused: nothing listens there"
    assert f"Hector could not be reached at 127.0.0.1:{port} (GET api/v1/categories: {why}).\n" in result.err
    assert "SYNCSVC_HECTOR__URL" in result.err
    assert result.out == ""


def test_a_host_that_is_not_there_is_named(world: World) -> None:
    result = world.call("sync", SYNCSVC_HECTOR__URL="https://nohost.invalid")

    assert result.code == 5
    _, _, why = result.err.partition("Hector could not be reached at nohost.invalid:443 (GET api/v1/categories: ")
    assert why.startswith(("no such host", "the host's name cannot be looked up"))  # by whether there is anybody to ask for it
    assert "Errno" not in result.err


def test_wrong_rules_are_refused_in_words_before_anything_is_asked(world: World) -> None:
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(file.read_text(encoding="utf-8").replace("match_on", "mach_on"), encoding="utf-8")

    people, program = world.program("sync"), world.call("sync", "--json")

    assert people.code == program.code == 2
    assert f"{file}:9:9: " in people.err
    assert "match_on" in people.err
    assert "Traceback" not in people.err
    assert people.out == ""
    assert program.document["error"]["kind"] == "validation"
    assert world.box.requests == []


def test_rules_that_do_not_fit_the_systems_exit_with_2(world: World) -> None:
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(file.read_text(encoding="utf-8").replace("c2: Remarques", "c2: Remarks"), encoding="utf-8")

    result = world.call("sync")

    assert result.code == 2
    assert "Remarks" in result.out


def test_faults_of_the_rules_have_their_places_and_each_its_own_hint(world: World) -> None:
    file = Path(world.environment["SYNCSVC_RULES"])
    rules = file.read_text(encoding="utf-8")
    file.write_text(rules.replace("asset.note", "asset.nope").replace("[Série]", "[Serie]"), encoding="utf-8")
    checked = world.call("rules", "check", "--offline", "--json").document["refusals"]

    people, program = world.call("plan"), world.call("plan", "--json")

    assert (people.code, program.code) == (2, 2)
    told = [f"{file}:{it['line']}:{it['column']}: {it['path']}: {it['message']}" for it in checked]
    assert people.err.splitlines() == [line for it, said in zip(checked, told, strict=True) for line in (said, f"  {it['hint']}")]
    error = program.document["error"]
    assert error["refusals"] == checked
    assert error["message"].splitlines() == told
    assert error["hint"] == "syncsvc rules check says of each what to write instead."


def test_missing_settings_are_all_named_and_nothing_is_made(world: World) -> None:
    del world.environment["SYNCSVC_C2__PASSWORD"], world.environment["SYNCSVC_HECTOR__TOKEN"]
    file = world.directory / "new.db"

    result = world.call("sync", SYNCSVC_DATABASE_URL=f"sqlite:///{file}")

    assert result.code == 2
    assert "SYNCSVC_C2__PASSWORD is missing." in result.err
    assert "SYNCSVC_HECTOR__TOKEN is missing." in result.err
    assert not file.exists()


def test_while_another_run_is_under_way_sync_exits_with_3_and_plan_works(world: World) -> None:
    world.call("sync")
    world.box.clear()
    with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
        people, program = world.program("sync"), world.call("sync", "--json")
        assert world.box.requests == []
        plan = world.call("plan")

    assert people.code == program.code == 3
    assert "Another run is under way: process " in people.err
    assert "Another run is under way" in program.document["error"]["message"]
    assert plan.code == 0


def test_a_held_category_exits_with_4_and_says_why(world: World) -> None:
    world.write_rules(match_on="")

    sync, plan = world.call("sync"), world.call("plan")

    assert sync.code == plan.code == 4
    assert "Held: Portables: " in sync.out
    assert "Held: Portables: " in plan.out
    assert "doubled" in sync.out
    assert world.box.writes() == []
    document = world.call("sync", "--json").document
    assert document["status"] == document["categories"][0]["status"] == "held"


def test_what_a_held_run_would_do_is_listed_with_its_values_and_that_is_what_its_approval_does(world: World) -> None:
    world.write_rules(match_on="guards: {max_creates: 0}\n        match_on: [Série]")
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "écran fendu"})
    held = world.call("sync", SYNCSVC_LOG__LEVEL="debug")
    assert (held.code, world.box.writes()) == (4, [])
    assert "category planned" in held.err
    assert "outcome" not in held.err, "no line says that anything was written"
    assert "More: syncsvc changes --run 1 ·" in held.out
    assert "Look at what it would do (syncsvc changes --run 1)." in held.out
    world.add_ci("Portable SN9", "SN9")  # today's plan is another one

    waiting = world.call("changes", "--run", "1", "--json").document
    shown = world.call("changes", "--run", "1")
    looked_at = world.call("changes", "--run", "1", FORCE_COLOR="1", NO_COLOR="1", COLUMNS="160").out

    assert {change["outcome"] for change in waiting} == {"planned"}
    assert [change["action"] for change in waiting] == ["link", "link", "update", "create"]
    assert waiting[2]["fields"] == [{"field": "Remarques", "from": None, "to": "écran fendu", "why": "first_meeting"}]
    assert all(line.startswith("  1  planned  Hector  ") for line in shown.lines[1:])
    assert "planned: update asset" in looked_at
    assert world.call("undo", "1").code == 2
    assert world.call("explain", "1", "--json").document[0]["history"] == []

    world.call("sync", "--approve", "1")
    done = world.call("changes", "--run", "2", "--json").document
    assert [change["fields"] for change in done if change["action"] != "link"] == [it["fields"] for it in waiting[2:]]
    assert world.call("changes", "--run", "1", "--json").document == waiting


def test_a_run_that_cannot_be_approved_is_called_as_the_tables_call_it(world: World) -> None:
    world.add_ci("Portable jumeau", "SN1")
    assert world.call("sync").code == 1

    refused = world.call("sync", "--approve", "1")

    assert refused.code == 2
    assert refused.err.startswith("Run 1 does not wait for approval: it is “with errors”.\n")


def test_a_database_that_cannot_be_made_exits_with_2(world: World) -> None:
    (world.directory / "file").write_text("no directory")

    result = world.call("sync", SYNCSVC_DATABASE_URL=f"sqlite:///{world.directory}/file/state.db")

    assert result.code == 2
    assert "SYNCSVC_DATABASE_URL" in result.err
    assert world.box.requests == []


# -- stopping ------------------------------------------------------------------------------------------------------------


def test_sigterm_ends_a_run_that_waits_for_a_busy_system(world: World) -> None:
    busy = world.box.faults.once("c2", "CI/Retrieve", "rate_limited", retry_after=50)
    program = world.start("sync", "--json", SYNCSVC_RETRY__ATTEMPTS="3")

    result = stop_when(program, lambda: busy.fired, signal.SIGTERM)

    assert result.code == 1
    assert result.document["status"] == "interrupted"
    assert "Stopping" in result.err
    assert world.call("runs", "--json").document[0]["status"] == "interrupted"


def test_ctrl_c_finishes_the_writes_in_flight_and_the_next_run_goes_on(world: World) -> None:
    for number in range(80):
        world.add_ci(f"Portable {number}", f"MANY{number}", Remarques="vérifié")
        world.add_asset(f"MANY{number}")
    program = world.start("sync")

    result = stop_when(program, lambda: len(world.box.writes()) > 10, signal.SIGINT)

    written = _noted(world)
    assert result.code == 1
    assert "interrupted" in result.out
    assert 10 < written < 80
    changes = world.call("changes", "--json").document
    assert sum(change["action"] == "update" and change["outcome"] == "done" for change in changes) == written
    world.box.clear()
    assert world.call("sync", "--json").document["updated"]["hector"] == 80 - written
    assert _noted(world) == 80


def _noted(world: World) -> int:
    return sum(asset["note"] == "vérifié" for asset in world.box.hector.assets())


def test_a_killed_run_is_marked_by_the_next_one(world: World) -> None:
    world.box.faults.once("c2", "CI/Retrieve", "timeout", seconds=50)
    program = world.start("sync")
    wait_until(lambda: any("CI/Retrieve" in request.path for request in world.box.requests))
    program.kill()
    assert ended(program).code == -signal.SIGKILL
    assert [run["status"] for run in world.call("runs", "--json").document] == ["running"]

    world.call("sync")

    assert [run["status"] for run in world.call("runs", "--json").document] == ["succeeded", "interrupted"]


def _waiting_plan(world: World) -> subprocess.Popen[str]:
    waits = world.box.faults.once("c2", "CI/Retrieve", "timeout", seconds=50)
    program = world.start("plan")
    wait_until(lambda: waits.fired)
    return program


def test_a_killed_plan_is_marked_by_the_next_one_and_a_run_that_is_on_is_not(world: World) -> None:
    ended(_killed(_waiting_plan(world)))
    waits = world.box.faults.once("c2", "CI/Retrieve", "timeout", seconds=50)
    sync = world.start("sync")
    wait_until(lambda: waits.fired)

    world.call("plan")

    found = world.call("runs", "--json").document
    assert [(run["status"], run.get("dry_run")) for run in found] == [("dry_run", None), ("running", None), ("interrupted", True)]
    assert "manual (plan)" in world.call("runs").lines[-1]
    ended(_killed(sync))


def _killed(program: subprocess.Popen[str]) -> subprocess.Popen[str]:
    program.kill()
    return program


@pytest.mark.long
def test_a_plan_that_is_stopped_while_a_system_keeps_it_waiting_is_interrupted_at_once(world: World) -> None:
    program = _waiting_plan(world)
    program.terminate()

    assert ended(program).code == 1

    (found,) = world.call("runs", "--json").document
    assert (found["status"], found["dry_run"]) == ("interrupted", True)


def test_errors_that_a_run_in_part_did_not_look_at_are_told_apart(world: World) -> None:
    box, long_ago = world.box, datetime.now(UTC) - timedelta(days=9)
    box.c2.now = box.hector.now = lambda: long_ago
    for number in ("1", "2", "3"):
        box.c2.edit_ci(box.c2.find(number), {"Remarques": "vu"})
    for asset in box.hector.assets():
        box.hector.edit_asset(asset["id"], note="vu")
    box.hector.edit_subcategory(box.hector.subcategories(world.hector_laptops)[0]["id"], note="vu")
    for serial in ("SN8", "SN8", "SN9", "SN9"):
        world.add_ci(f"Portable {serial}", serial)
    rules, another_day = world.directory / "rules.yaml", (datetime.now(UTC) + timedelta(days=3)).strftime("%A").lower()
    rules.write_text(f"schedule: {{full_on: {another_day}}}\n{rules.read_text(encoding='utf-8')}", encoding="utf-8")

    first, second, people = world.call("sync", "--json"), world.call("sync", "--json"), world.call("sync")

    assert (first.code, second.code, people.code) == (1, 1, 1)
    assert (first.document["full"], second.document["full"]) == (True, False)
    assert second.document["standing"] == second.document["errors"] == first.document["errors"] == 2
    assert "2 of these errors stand from earlier runs: only changed records were looked at (--full looks at all)." in people.lines
    assert [error["run"] for error in world.call("errors", "--json").document] == [3, 3]
    assert "stand from earlier runs" in world.call("plan").out
