"""The listings: their JSON, their plain lines, and what they say when there is nothing to list or nothing to open."""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_world import Result, World, cli_world, program_environment
from sqlalchemy import text

from syncsvc.state.database import open_engine
from syncsvc.state.lock import RunLock
from syncsvc.state.store import Store

KEYS = {
    "runs": {"run", "kind", "status", "full", "started_at", "finished_at", "read", "created", "updated", "fields_written"}
    | {"unchanged", "linked", "conflicts", "errors", "requests"},
    "log 2": {"at", "level", "event", "data"},
    "errors": {"run", "kind", "cmdb", "category", "ci", "asset", "field", "c2_value", "hector_value", "message", "hint", "at"},
    "changes --run 1": {"run", "at", "outcome", "action", "system", "record", "ci", "asset", "subcategory", "fields", "names"},
    "links": {"ci_id", "ci_number", "asset_id", "category", "status", "linked_at", "last_synced_at"},
    "conflicts": {"id", "category", "ci", "asset", "field", "c2_value", "hector_value", "baseline", "since", "status", "use"},
}


def _call_without_systems(directory: Path, *arguments: str, database: Path) -> Result:
    return World(None, directory, {"SYNCSVC_DATABASE_URL": f"sqlite:///{database}"}).call(*arguments, "--json")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world after two runs that left links, changes, an error and a conflict; the tests here only look."""
    with cli_world(tmp_path_factory.mktemp("world")) as found:
        found.write_rules(direction="⇄")
        assert found.call("sync").code == 0
        found.box.c2.edit_ci(found.box.c2.find("1"), {"Remarques": "matin"})
        found.box.hector.edit_asset(found.box.hector.assets()[0]["id"], note="soir")
        found.add_ci("Portable\x1b[2J jumeau", "SN2")
        assert found.call("sync").code == 1
        yield found


@pytest.mark.parametrize("command", KEYS)
def test_a_listing_is_one_document_with_the_documented_keys(world: World, command: str) -> None:
    result = world.call(*command.split(), "--json")

    assert result.code == 0
    assert result.err == ""
    assert result.document
    assert all(set(record) == KEYS[command] for record in result.document)


@pytest.mark.parametrize("command", KEYS)
def test_a_pipe_gets_one_line_a_record_and_no_control_codes(world: World, command: str) -> None:
    rows = world.call(*command.split(), "--json").document
    fields = sum(len(row["fields"]) for row in rows) if command.startswith("changes") else len(rows)

    result = world.call(*command.split())

    assert result.code == 0
    assert len(result.lines) == 1 + fields
    assert "\x1b" not in result.out


def test_a_person_gets_a_table_that_leaves_nothing_out(world: World) -> None:
    shown = " ".join(world.call("conflicts", FORCE_COLOR="1", COLUMNS="100").out.split())

    assert "matin" in shown
    assert "soir" in shown


def test_a_narrow_terminal_breaks_no_number_and_no_date(world: World) -> None:
    runs, conflicts = (_seen(world.call(command, FORCE_COLOR="1", COLUMNS="80").out) for command in ("runs", "conflicts"))

    assert len(re.findall(r"^ *[12]  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  (succeeded|with errors) ", runs, re.MULTILINE)) == 2
    assert max(len(line) for line in runs.splitlines()) <= 80
    assert re.search(r"Portables: CI 00000001, asset \S+, “Remarques”", conflicts)
    assert re.search(r"In C2 +matin *\n +In Hector +soir *\n", conflicts)


def _seen(out: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", out)


def test_a_person_is_told_of_many_links_in_one_line_and_of_few_at_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    look = {"FORCE_COLOR": "1", "NO_COLOR": "1", "COLUMNS": "160"}
    few = world.call("changes", "--run", "1", **look).out
    assert few.index("created asset") < few.index("linked")

    monkeypatch.setattr("syncsvc.cli.look.SHOWN_LINKS", 1)
    many = world.call("changes", "--run", "1", **look).out
    assert "2 pairs were linked; a pipe shows them all" in many
    assert many.count("linked") == 1


def test_a_conflict_calls_the_asset_as_the_changes_do(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        asset = world.box.hector.assets()[0]
        world.box.hector.edit_asset(asset["id"], asset_tag="TAG-1", note="soir")
        world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "matin"})
        world.write_rules(direction="⇄")
        world.call("sync")

        assert [conflict["asset"] for conflict in world.call("conflicts", "--json").document] == ["TAG-1"]
        assert "asset TAG-1 (Portables) are parted" in world.call("links", "remove", "--ci", "1").out


def test_a_person_gets_errors_as_sentences_with_advice(world: World) -> None:
    shown = world.call("errors", FORCE_COLOR="1", COLUMNS="100").out

    assert "1 error:" in shown
    assert "Join the two that are one thing by hand" in shown


def test_runs_are_listed_newest_first_and_no_more_than_asked_for(world: World) -> None:
    assert [run["run"] for run in world.call("runs", "--json").document] == [2, 1]
    assert [run["run"] for run in world.call("runs", "--limit", "1", "--json").document] == [2]


def test_changes_say_what_was_written_from_what_to_what_and_why(world: World) -> None:
    lines = world.call("changes", "--run", "1").lines

    (line,) = (line for line in lines if "Série" in line and "created asset" in line)
    assert line.split()[:4] == ["1", "done", "Hector", "created"]
    assert line.endswith("SN3        new in C2")


def test_errors_and_changes_say_of_which_run_they_speak(tmp_path: Path) -> None:
    person = {"FORCE_COLOR": "1", "NO_COLOR": "1", "COLUMNS": "120"}
    with cli_world(tmp_path) as world:
        assert world.call("changes").out.startswith("There has been no run yet.")
        world.call("sync")
        assert world.call("errors").out == "Nothing went wrong in run 1 (succeeded).\n"
        assert _seen(world.call("changes", **person).out).startswith("Run 1 (succeeded), started 2")
        world.call("undo", "1")
        assert world.call("errors").out == "Nothing went wrong in run 2 (dry run); the last sync was run 1.\n"
        assert world.call("changes").out == "Run 2 (dry run) changed nothing; the last sync was run 1.\n"
        assert world.call("changes", "--run", "2").out == "Run 2 (dry run) changed nothing.\n"
        world.add_ci("Portable jumeau", "SN1")
        world.call("plan")
        heading, counted = _seen(world.call("errors", **person).out).splitlines()[:2]
        assert re.fullmatch(r"Run 3 \(dry run\), started [-\d]+ [:\d]+; the last sync was run 1:", heading)
        assert counted == "1 error:"
        assert [line.split()[0] for line in world.call("errors").lines] == ["Run", "3"]


def test_a_run_that_met_conflicts_alone_is_not_said_to_be_without_fault(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        world.write_rules(direction="⇄")
        world.call("sync")
        world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "matin"})
        world.box.hector.edit_asset(world.box.hector.assets()[0]["id"], note="soir")
        world.call("sync")
        said = "Nothing went wrong in run 2 (with errors), but for what syncsvc conflicts lists.\n"
        assert world.call("errors").out == said


def test_links_can_be_narrowed_to_a_category(world: World) -> None:
    assert len(world.call("links", "--category", "portables", "--json").document) == 4
    result = world.call("links", "--category", "Écrans", "--json")
    assert (result.code, result.document["error"]["kind"]) == (2, "missing")
    assert result.document["error"]["message"] == "Nothing is linked in a category “Écrans”."
    assert result.document["error"]["hint"] == "Links stand in: “Portables”."


@pytest.mark.parametrize("command", ["log 99", "errors --run 99", "changes --run 99"])
def test_an_unknown_run_is_wrong_usage_said_in_words(world: World, command: str) -> None:
    people, program = world.call(*command.split()), world.call(*command.split(), "--json")

    assert people.code == program.code == 2
    assert people.err.startswith("There is no run 99.\n")
    assert people.out == ""
    assert program.document["error"]["message"] == "There is no run 99."
    assert program.document["error"]["kind"] == "missing"
    assert "syncsvc runs" in program.document["error"]["hint"]


@pytest.mark.parametrize("command", ["log", "errors --run", "changes --run", "runs --limit"])
def test_a_number_that_no_database_holds_is_wrong_usage(world: World, command: str) -> None:
    result = world.call(*command.split(), "9" * 30, "--json")

    assert result.code == 2
    assert result.document["error"]["kind"] == "validation"


def test_a_reader_that_goes_away_is_no_failure(world: World) -> None:
    reader = subprocess.Popen(
        f"set -o pipefail; {sys.executable} -m syncsvc changes --run 1 | true",
        shell=True,
        executable="/bin/bash",
        cwd=world.directory,
        env=program_environment(world.environment),
        stderr=subprocess.PIPE,
        text=True,
    )

    _, err = reader.communicate(timeout=60)

    assert (reader.returncode, err) == (0, "")


def test_without_any_standard_output_a_listing_still_ends_well(world: World) -> None:
    program = subprocess.run(
        f"{sys.executable} -m syncsvc runs >&-",
        shell=True,
        cwd=world.directory,
        env=program_environment(world.environment),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert (program.returncode, program.stderr) == (0, "")


@pytest.mark.parametrize("more", ["", " --json"])
def test_a_full_disk_is_said_in_words(world: World, more: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    program = subprocess.run(
        f"{sys.executable} -m syncsvc runs{more} > /dev/full",
        shell=True,
        cwd=world.directory,
        env=program_environment(world.environment),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert program.returncode == 1
    assert program.stderr.startswith("What is to be shown cannot be written: No space left on device.\nWhat was done is stored")


# -- with a database of their own ----------------------------------------------------------------------------------------


def test_before_the_first_run_the_listings_say_so(empty_database_url: str, tmp_path: Path) -> None:
    with cli_world(tmp_path, database_url=empty_database_url) as world:
        world.call("db", "upgrade")
        assert world.call("runs").out.startswith("There has been no run yet.")
        assert world.call("runs", "--json").document == []
        assert world.call("errors", "--json").document == []
        assert world.call("errors").out.startswith("There has been no run yet.")
        assert world.call("links", "--category", "Portables").out == "Nothing is linked yet.\n"


@pytest.mark.parametrize("command", ["runs", "log 1", "errors", "changes", "links", "conflicts"])
def test_where_no_database_is_the_listings_make_none_and_say_where_they_looked(tmp_path: Path, command: str) -> None:
    file = tmp_path / "data" / "elsewhere.db"
    result = _call_without_systems(tmp_path, *command.split(), database=file)

    assert result.code == 2
    assert result.document["error"]["kind"] == "validation"
    assert f"There is no database at {file}: there has been no run yet" in result.document["error"]["message"]
    assert not file.parent.exists()


@pytest.mark.parametrize("status", ["failed", "running", "interrupted"])
def test_a_run_that_did_not_end_well_is_never_said_to_be_without_fault(tmp_path: Path, status: str) -> None:
    with cli_world(tmp_path) as world:
        engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
        Store(engine).start_run("manual", full=True, dry_run=False, at=datetime.now(UTC))
        with engine.begin() as connection:
            connection.execute(text("UPDATE runs SET status = :status"), {"status": status})
        engine.dispose()
        assert world.call("errors").out == f"Run 1 has recorded no error, but its status is “{status}”. Look at: syncsvc log 1\n"


def test_listings_need_neither_systems_nor_rules(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        world.environment = {"SYNCSVC_DATABASE_URL": f"sqlite:///{tmp_path / 'state.db'}"}

        assert world.call("conflicts").out == "No conflict is open.\n"


def test_a_schema_that_is_behind_is_left_alone_while_somebody_else_holds_the_lock(tmp_path: Path) -> None:
    (tmp_path / "behind.db").touch()
    with cli_world(tmp_path, database_url=f"sqlite:///{tmp_path / 'behind.db'}") as world:
        with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
            assert world.call("runs").code == 3
            assert world.call("runs", "--json").document["error"]["kind"] == "guard"
        assert world.call("runs").code == 0
        with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
            assert world.call("runs").code == 0


def test_db_upgrade_says_which_version_the_database_has(tmp_path: Path) -> None:
    with cli_world(tmp_path, database_url=f"sqlite:///{tmp_path / 'empty.db'}") as world:
        version = world.call("db", "upgrade", "--json").document["version"]

        assert version in world.call("db", "upgrade").out
        with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
            assert world.call("db", "upgrade").code == 3


@pytest.mark.parametrize("command", ["runs", "sync"])
def test_a_server_of_the_database_that_is_down_is_out_of_reach(tmp_path: Path, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can answer there
        url = f"postgresql://user:geheim@127.0.0.1:{taken.getsockname()[1]}/db"
        with cli_world(tmp_path, database_url=url) as world:
            result = world.call(command, "--json")
    assert (result.code, result.document["error"]["kind"]) == (5, "network")
    assert "geheim" not in result.out + result.err


@pytest.mark.parametrize("content", [b"this is no database at all, however far one reads" * 50, None])
def test_of_a_damaged_database_a_backup_is_to_be_restored(tmp_path: Path, content: bytes | None) -> None:
    with cli_world(tmp_path) as world:
        whole = (tmp_path / "state.db").read_bytes()
        (tmp_path / "state.db").write_bytes(content or whole[:4096] + b"\xff" * (len(whole) - 4096))
        result = world.call("runs")
    assert "docs/operations.md#backup-and-restore" in result.err


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    with cli_world(tmp_path) as world:
        world.call("db", "upgrade")
        connection = sqlite3.connect(tmp_path / "state.db")
        connection.execute("UPDATE alembic_version SET version_num = 'future'")
        connection.commit()
        connection.close()

        result = world.call("runs")

        assert result.code == 2
        assert "newer" in result.err
