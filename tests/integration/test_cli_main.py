"""The command line as such: what it answers at once, and that everything that goes wrong ends in words."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from cli_world import World, cli_world, ended, program_environment, wait_until

from syncsvc import __version__
from syncsvc.cli import look
from syncsvc.cli.streams import harmless

OPTIONS_OF_SYNC = ("--category", "--ci", "--asset", "--full", "--dry-run", "--approve", "--json")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        yield found


def test_the_version_is_told_without_loading_what_it_does_not_need(world: World) -> None:
    script = (
        "import sys; from syncsvc.cli.main import main; code = main(['--version']);"
        "print(code, sorted({'sqlalchemy', 'httpx', 'pydantic', 'rich', 'alembic'} & {*sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert result.stdout == f"syncsvc {__version__}\n0 []\n"
    assert world.call("--version", "runs").out == f"syncsvc {__version__}\n"


def test_without_a_command_the_help_is_shown_and_that_is_wrong_usage(world: World) -> None:
    result = world.call()

    assert result.code == 2
    assert all(command in result.out for command in ("demo", "sandbox", "sync", "plan", "conflicts", "rules"))


def test_the_options_of_sync_are_explained(world: World) -> None:
    told = world.call("sync", "--help").out
    assert [option for option in OPTIONS_OF_SYNC if option not in told] == []


@pytest.mark.parametrize("command", ["snc", "sync --catgory x", "runs --limit many", "log", "runs --limit 0"])
def test_wrong_usage_is_told_in_words_or_as_a_document(world: World, command: str) -> None:
    people, program = world.call(*command.split()), world.call(*command.split(), "--json")

    assert people.code == program.code == 2
    assert people.out == ""
    assert "--help" in people.err
    assert set(program.document["error"]) == {"kind", "message", "hint"}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("runs --limit many", "Invalid value for '--limit': it must be a whole number"),
        ("runs --limit 0", "Invalid value for '--limit': it must be at least 1"),
        ("log 99999999999", "Invalid value for 'RUN': it must be at most 2147483647"),
        ("conflicts resolve 1 --use both", "Invalid value for '--use': 'both' is not one of 'c2', 'hector'."),
    ],
)
def test_a_value_that_an_option_cannot_have_is_told_in_plain_words(world: World, command: str, says: str) -> None:
    assert world.call(*command.split()).err.splitlines()[0] == says


def test_a_misspelt_setting_is_refused_with_the_right_name(world: World) -> None:
    result = world.call("runs", SYNCSVC_DATABASE_ULR="x")

    assert result.code == 2
    assert "did you mean SYNCSVC_DATABASE_URL?" in result.err


def test_what_nobody_expected_is_one_sentence_and_its_traceback_is_for_debugging(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any, **_options: Any) -> NoReturn:
        raise ZeroDivisionError("with very-secret-password in it\nand more")

    monkeypatch.setattr(look.queries, "runs", broken)
    people, program = world.call("runs"), world.call("runs", "--json")
    debugging = world.call("runs", SYNCSVC_LOG__LEVEL="debug")

    assert people.code == program.code == 1
    assert "ZeroDivisionError: with ••• in it" in people.err
    assert "Traceback" not in people.err
    assert program.document["error"]["kind"] == "internal"
    assert "Traceback" in debugging.err
    assert "very-secret-password" not in people.err + program.out + debugging.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mrot\x1b[0m", "␛[31mrot␛[0m"),
        ("a\r\nb\tc\x7f", "a⏎b c␡"),
        ("\u202egnp.exe\u2066\x9b", "\ufffdgnp.exe\ufffd\ufffd"),
        ("lone \ud800", "lone \ufffd"),
        ("École nº 1, 12\u00a0$ 🖨", "École nº 1, 12\u00a0$ 🖨"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(text: str, shown: str) -> None:
    assert harmless(text) == shown


# -- stopping ------------------------------------------------------------------------------------------------------------


def test_a_run_that_does_not_stop_is_ended_all_the_same_once_its_end_is_stored() -> None:
    script = (
        "import os, signal, time\n"
        "from syncsvc.cli.stopping import stopping\n"
        "with stopping(lambda: print('stored'), patience=0.05) as stop:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    assert stop.is_asked()\n"
        "    time.sleep(50)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)

    assert (result.returncode, result.stdout) == (1, "stored\n")


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    script = (
        "import os, signal, time\n"
        "from syncsvc.cli.stopping import stopping\n"
        "with stopping(lambda: None) as stop:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    assert stop.is_asked()\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(50)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)

    assert result.returncode == -signal.SIGINT


# -- the sandbox ---------------------------------------------------------------------------------------------------------


def test_the_sandbox_runs_until_ctrl_c_and_tells_the_settings_that_fit_it(tmp_path: Path, world: World) -> None:
    said = (tmp_path / "said").open("w+", encoding="utf-8")
    program = subprocess.Popen(
        [sys.executable, "-m", "syncsvc", "sandbox", "--c2-port", "0", "--hector-port", "0"],
        cwd=tmp_path,
        env=program_environment({}),
        stdout=said,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: "syncsvc plan" in (tmp_path / "said").read_text(encoding="utf-8"))
        exports = [line.removeprefix("export ") for line in (tmp_path / "said").read_text(encoding="utf-8").splitlines()]
        world.environment = dict(line.split("=", 1) for line in exports if line.startswith("SYNCSVC_"))
        world.environment["SYNCSVC_RETRY__ATTEMPTS"] = "1"

        assert world.call("rules", "check").code == 0
        program.send_signal(signal.SIGINT)
        result = ended(program)
    finally:
        program.kill()  # nothing of it may outlive the test, however that ends
        said.close()

    assert (result.code, result.err) == (0, "")
    assert world.call("rules", "check").code == 5


def test_it_listens_where_it_is_told_to_and_gives_an_address_that_can_be_called(world: World) -> None:
    program = world.start("sandbox", "--empty", "--host", "0.0.0.0", "--c2-port", "0", "--hector-port", "0")
    try:
        assert program.stdout is not None
        c2 = next(line for line in program.stdout if "SYNCSVC_C2__URL" in line)
        port = int(c2.partition("http://127.0.0.1:")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.2", port), timeout=5):  # another address of this machine
            pass
    finally:
        program.kill()
        ended(program)


def test_an_address_that_is_not_of_this_machine_is_told_in_words(world: World) -> None:
    result = world.call("sandbox", "--empty", "--host", "192.0.2.1", "--c2-port", "0", "--hector-port", "0")

    assert result.code == 2
    assert "192.0.2.1" in result.err
    assert "--host" in result.err


def test_a_taken_port_is_told_in_words(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = world.call("sandbox", "--empty", "--c2-port", str(taken.getsockname()[1]), "--hector-port", "0")

    assert result.code == 2
    assert "--c2-port" in result.err
