"""A disk without space under the database is told with what to do, before a run, in its midst and after it; it is never usual."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_world import World, cli_world, program_environment

SYNC, RUNS = (
    f"{shlex.quote(sys.executable)} -m syncsvc {command} --json > said; code=$?; tr -d '\\n' < said; echo; echo $code"
    for command in ("sync", "runs")
)
FILL = "dd if=/dev/zero of=disk/filler bs=1k 2> said"
CHECK = "mount -t tmpfs none /mnt"
FULL_FROM_THE_START = 160
FULL_SOON = 96
"""Kilobytes: what a database takes to be made, and what the beginning of a run takes beside one that is there, are between."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if shutil.which("unshare") is None or _on_a_small_disk(tmp_path, CHECK, {}).returncode:
        pytest.skip("no small disk can be mounted here")
    with cli_world(tmp_path) as found:
        (tmp_path / "disk").mkdir()
        yield found


def _on_a_small_disk(directory: Path, script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Carry out a script that may mount disks which nobody else sees, and which are gone with it."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    return subprocess.run(command, cwd=directory, env=environment or None, capture_output=True, text=True, check=False)


def _play(world: World, *lines: str, kilobytes: int) -> list[tuple[Any, int]]:
    """Play shell lines on a disk of this size; gives for each command that is told what it said, and its exit code."""
    url = f"sqlite:///{world.directory / 'disk' / 'state.db'}"
    environment = program_environment({**world.environment, "SYNCSVC_DATABASE_URL": url})
    script = "; ".join((f"mount -t tmpfs -o size={kilobytes}k none disk", *lines))
    played = _on_a_small_disk(world.directory, script, environment)
    told = played.stdout.splitlines()
    assert told, played.stderr
    return [(json.loads(said), int(code)) for said, code in zip(told[::2], told[1::2], strict=True)]


def _assert_told(said: Any, code: int) -> None:
    assert code == 5
    assert said["error"]["kind"] == "server"
    assert "Make space on the disk" in said["error"]["hint"]


def test_a_disk_too_small_to_begin_on_is_said(world: World) -> None:
    ((said, code),) = _play(world, SYNC, kilobytes=FULL_FROM_THE_START)

    _assert_told(said, code)
    assert world.box.writes() == []


def test_a_disk_that_fills_up_during_a_run_and_is_still_full_in_the_next_is_said_alike(world: World) -> None:
    for number in range(100):
        world.add_ci(f"Portable {number}", f"X{number}")
    database = world.directory / "state.db"
    size = database.stat().st_size // 1024 + FULL_SOON

    begun, listed, next_run = _play(world, "cp state.db disk", SYNC, RUNS, FILL, SYNC, kilobytes=size)

    assert begun[1] == 5
    assert [run["run"] for run in listed[0]] == [1], "it did begin"
    _assert_told(*next_run)
    assert "The lock" in next_run[0]["error"]["message"]
