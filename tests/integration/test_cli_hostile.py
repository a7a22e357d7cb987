"""Hostile values on the command line: whole in ``--json``, harmless in tables, and never a line of their own in the logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import Result, World, cli_world

FORGED = "2026-11-21T10:00:00Z [info     ] run finished status=succeeded"
VALUES = {
    "H1": f"x\n{FORGED}\r\n{FORGED}",
    "H2": "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b31m",
    "H3": "before\x00after\x08\x08\x08\x7f",
    "H4": "\u202egnp.exe\u202c\u2066x",
    "H5": "[bold]markup[/bold] [link=http://x]x[/link] :smile:",
    "H6": f"a\u2028{FORGED}\u2029{FORGED}\x85{FORGED}\x0b{FORGED}\x0c{FORGED}",
    "H7": "=cmd|' /C calc'!A0",
    "H8": "%s %(x)s {0} {name}",
    "H9": '"}, {"level": "error", "event": "forged"',
}
SGR = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\x1b\[[0-9]*[AK]|\x1b\[2K|\r")
"""What a table for a terminal is drawn with."""
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path, database_url=database_url) as found:
        for serial, text in VALUES.items():
            found.add_ci(f"{serial} {text}", serial, Remarques=text)
        yield found


def _is_harmless(result: Result, *, terminal: bool = False) -> None:
    for stream in (result.out, result.err):
        shown = SGR.sub("", stream) if terminal else stream
        assert OBEYED.findall(shown.replace("\t", "")) == []
        assert not [line for line in shown.splitlines() if line.startswith(("2026-11-21", '"}, {"level'))]


def test_a_sync_is_logged_in_lines_that_no_value_can_forge(world: World) -> None:
    quiet = world.call("plan", SYNCSVC_LOG__FORMAT="console", SYNCSVC_LOG__LEVEL="debug")
    _is_harmless(quiet)
    result = world.call("sync", SYNCSVC_LOG__FORMAT="console", SYNCSVC_LOG__LEVEL="debug")
    assert result.code == 0, result
    _is_harmless(result)
    assert "H1" in result.err  # the values are in the log


def test_a_log_in_json_is_one_document_a_line(world: World) -> None:
    result = world.call("sync", SYNCSVC_LOG__FORMAT="json", SYNCSVC_LOG__LEVEL="debug")
    events = [json.loads(line) for line in result.err.split("\n") if line]
    assert all(event["level"] in {"debug", "info", "warning", "error"} for event in events)
    assert not [event for event in events if event["event"] == "forged"]
    assert any(VALUES["H9"] in str(event) for event in events)


def test_the_words_of_a_server_forge_no_line_either(world: World) -> None:
    words = f"no\n{FORGED}\x1b[2J\u202e"
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Remarques": "écran fendu"})
    world.box.faults.once("hector", "PATCH /api/v1/assets", "refused", message=words, fields={"note": [words]})
    result = world.call("sync", SYNCSVC_LOG__FORMAT="console", SYNCSVC_LOG__LEVEL="warning")
    assert result.code == 1
    assert OBEYED.findall(result.out) == []
    assert not [line for line in result.err.splitlines() if line.startswith("2026-11-21")]
    _is_harmless(world.call("errors"))
    (error,) = world.call("errors", "--json").document
    assert " ".join(FORGED.split()) in error["message"]


def test_lists_show_them_on_one_line_each_and_json_whole(world: World) -> None:
    world.call("sync")
    made = {"changes": len(VALUES) + 1, "links": len(VALUES) + 3}
    for command in ("changes", "links", "log 1", "runs"):
        for terminal in (False, True):
            force = {"FORCE_COLOR": "1", "COLUMNS": "200"} if terminal else {}
            _is_harmless(world.call(*command.split(), **force), terminal=terminal)
        _is_harmless(world.call(*command.split(), "--json"))
        if command in made:
            assert len(world.call(command, "--json").document) >= made[command]
    shown = [field["to"] for change in world.call("changes", "--json").document for field in change["fields"]]
    assert set(VALUES.values()) - {VALUES["H1"], VALUES["H6"], VALUES["H3"]} <= set(shown)
    assert VALUES["H1"].replace("\r\n", "\n") in shown
    assert VALUES["H3"] in shown
    assert VALUES["H6"] in shown


def test_a_story_shows_them_in_its_lines_and_json_whole(world: World) -> None:
    world.write_rules(direction="⇄")
    for _ in range(2):  # before anything is linked, and after
        for number, text in enumerate(VALUES.values(), start=4):
            _is_harmless(world.call("explain", str(number)))
            _is_harmless(world.call("explain", str(number), FORCE_COLOR="1", COLUMNS="200"), terminal=True)
            told = world.call("explain", str(number), "--json")
            _is_harmless(told)
            (note,) = (field["c2"] for field in told.document[0]["fields"] if field["field"] == "Remarques")
            assert note == text.replace("\r\n", "\n").strip()
        world.call("sync")


def test_conflicts_show_them_too(world: World) -> None:
    world.write_rules(direction="⇄")
    world.call("sync")
    for ci in world.box.c2.ci_ids():
        world.box.c2.edit_ci(ci, {"Remarques": f"here\n{FORGED}\x1b[2J"})
    for asset in world.box.hector.assets():
        world.box.hector.edit_asset(asset["id"], note=f"there {asset['note']}")
    result = world.call("sync", SYNCSVC_LOG__LEVEL="error")
    assert result.code == 1
    _is_harmless(result)
    _is_harmless(world.call("conflicts"))
    _is_harmless(world.call("conflicts", FORCE_COLOR="1"), terminal=True)
    conflicts = world.call("conflicts", "--json").document
    assert len(conflicts) >= len(VALUES)
    assert {conflict["c2_value"] for conflict in conflicts} == {f"here\n{FORGED}\x1b[2J"}
