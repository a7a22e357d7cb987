"""The heartbeat at a real monitor: called after every good run, whoever began it, and nobody's trouble when it fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli_world import World, _own_logs, cli_world
from serve_world import free_port

from syncsvc import logs
from syncsvc.adapters.heartbeat import beat

PATH = "/ping/0b1c2d3e-secret"


class Monitor(ThreadingHTTPServer):
    """A monitor that notes its calls, and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[str] = []
        self.status = 200
        self.holds = threading.Event()
        self.holds.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{PATH}"


class _Handler(BaseHTTPRequestHandler):
    server: Monitor

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        self.server.holds.wait(20)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with Monitor() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.holds.set()
        found.shutdown()
        thread.join()


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with cli_world(tmp_path, database_url=database_url) as found:
        yield found


def call(world: World, monitor: Monitor, *arguments: str) -> tuple[int, int]:
    """Carry out a command and wait for its heartbeat; gives its exit code, and how often the monitor was called."""
    before = len(monitor.calls)
    result = world.call(*arguments, SYNCSVC_HEARTBEAT_URL=monitor.url)
    for thread in threading.enumerate():
        if thread.name == "heartbeat":
            thread.join()
    assert "secret" not in result.out + result.err
    return result.code, len(monitor.calls) - before


def test_the_monitor_is_called_after_each_good_run_also_by_hand_and_after_no_other(world: World, monitor: Monitor) -> None:
    world.add_ci("Portable jumeau", "SN1")
    assert call(world, monitor, "plan") == (1, 0)
    assert call(world, monitor, "sync") == (1, 1), "errors of single records leave a run good"
    assert call(world, monitor, "sync", "--ci", "000003") == (0, 0)
    assert call(world, monitor, "undo", "2", "--apply") == (0, 0), "an undo synchronises nothing"


def test_a_held_run_is_not_good_its_approval_is_and_a_monitor_that_fails_changes_nothing(world: World, monitor: Monitor) -> None:
    monitor.status = 500
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text("guards: {max_creates: 0}\n" + file.read_text(encoding="utf-8"), encoding="utf-8")

    assert call(world, monitor, "sync") == (4, 0)
    assert call(world, monitor, "sync", "--approve", "1") == (0, 1)


def test_a_monitor_that_hangs_holds_nothing_up(monitor: Monitor) -> None:
    monitor.holds.clear()

    thread = beat(monitor.url, 7)

    assert thread.is_alive()
    monitor.holds.set()
    thread.join()


@pytest.mark.parametrize("fault", ["nobody there", "500"])
def test_a_heartbeat_that_fails_is_a_line_without_its_address(
    monitor: Monitor, fault: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    monitor.status = 500
    url = monitor.url if fault == "500" else f"http://127.0.0.1:{free_port()}{PATH}"
    with _own_logs(), caplog.at_level(logging.DEBUG):
        logs.configure("debug", "json")
        beat(url, 7).join(15)

    told = capsys.readouterr().err + caplog.text
    assert "heartbeat failed" in told
    assert '"run": 7' in told
    assert "secret" not in told
