"""``syncsvc demo`` as somebody runs it who has just installed it: it shows everything, ends by itself and leaves nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_world import Result, ended, program_environment, wait_until

from syncsvc.state.database import open_engine
from syncsvc.state.queries import runs


def _start(directory: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    temporary = directory / "tmp"
    temporary.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "syncsvc", "demo", *arguments],
        cwd=directory,
        env=program_environment({"TMPDIR": str(temporary), **settings}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A whole demo, among settings that it must not read."""
    directory = tmp_path_factory.mktemp("demo")
    (directory / ".env").write_text("SYNCSVC_C2__URL=nonsense\n", encoding="utf-8")
    program = _start(directory, "--keep", "kept", SYNCSVC_HECTOR__TOKEN="x y", SYNCSVC_RULES="nowhere.yaml")
    return directory, ended(program, timeout=100)


def test_the_demo_goes_as_intended_and_ends_by_itself(shown: tuple[Path, Result]) -> None:
    _, result = shown

    assert (result.code, result.err) == (0, "")
    assert "All went as intended." in result.out


def test_the_demo_tells_counts_reasons_and_errors_and_ends_quietly(shown: tuple[Path, Result]) -> None:
    out = shown[1].out
    chapters = ["1. The first", "2. A day", "3. The second", "4. A third"]
    first, day, second, third = (out.index(chapter) for chapter in chapters)

    assert out[first:day].count("\nAll ") == out[second:third].count("\nAll ") == 1
    assert "\nambiguous " in out[first:day]
    assert out[day:second].count("  • ") > 10
    examples = out[second:third].split("and why:")[1].split("  • ")[1:6]
    assert len(examples) == 5
    assert all(" → " in example and "\n" in example.strip() for example in examples)
    assert "pairs compared, 0 writes." in out[third:]


def test_the_demo_leaves_nothing_but_what_was_to_be_kept(shown: tuple[Path, Result]) -> None:
    directory, _ = shown

    assert sorted(place.name for place in directory.iterdir()) == [".env", "kept", "tmp"]
    assert list((directory / "tmp").iterdir()) == []


def test_the_state_that_was_kept_can_be_looked_at(shown: tuple[Path, Result]) -> None:
    directory, result = shown
    engine = open_engine(f"sqlite:///{directory / 'kept' / 'syncsvc.db'}")
    found = runs(engine)
    engine.dispose()

    assert f"export SYNCSVC_DATABASE_URL=sqlite:///{directory / 'kept' / 'syncsvc.db'}" in result.out
    assert [run["run"] for run in found] == [3, 2, 1]
    assert (found[0]["created"], found[0]["updated"]) == ({"c2": 0, "hector": 0}, {"c2": 0, "hector": 0})


def test_a_demo_that_is_ended_half_way_leaves_nothing(tmp_path: Path) -> None:
    program = _start(tmp_path)
    wait_until(lambda: bool(list((tmp_path / "tmp").glob("*/syncsvc.db"))))
    program.send_signal(signal.SIGTERM)
    result = ended(program)

    assert result.code == 130
    assert "Traceback" not in result.err
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_demo_does_not_write_into_a_database_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "syncsvc.db").write_text("somebody's")

    result = ended(_start(tmp_path, "--keep", str(tmp_path)))

    assert result.code == 2
    assert "holds a database already" in result.err
    assert (tmp_path / "syncsvc.db").read_text() == "somebody's"
