"""Where simulated histories keep their databases, and the table of what struck them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer, _quick_place
from sim_homes import FileHome, Home, ServerHome
from sim_weather import KINDS

ENOUGH = 1000
"""Histories in which every kind of fault must have struck."""


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    """A directory in memory, where there is one."""
    directory = Path(tempfile.mkdtemp(prefix="syncsvc-sim-", dir=_quick_place()))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def file_home(sqlite_template: Path, room: Path) -> FileHome:
    """A fresh SQLite database; always under the same name, so that opening it is quick."""
    return fresh_file(sqlite_template, room)


def fresh_file(sqlite_template: Path, room: Path) -> FileHome:
    """Give a fresh database in place of the one before."""
    shutil.rmtree(room)
    room.mkdir()
    shutil.copyfile(sqlite_template, room / "syncsvc.db")
    return FileHome(room)


@pytest.fixture
def homes(request: pytest.FixtureRequest) -> Callable[[str], Home]:
    """Give a fresh home of the kind asked for, again and again; always under the same name."""

    def make(database: str) -> Home:
        if database == "sqlite":
            return fresh_file(request.getfixturevalue("sqlite_template"), request.getfixturevalue("room"))
        server: PostgresServer = request.getfixturevalue("postgres")
        server.drop("simulated")
        home = ServerHome(server, server.create(request.getfixturevalue("postgres_template"), "simulated"))
        request.addfinalizer(home.close)
        return home

    return make


def _what_struck(reporter: pytest.TerminalReporter) -> tuple[int, Counter[str]]:
    """Give how many histories were played, and how often each kind of fault struck in them."""
    fired: Counter[str] = Counter()
    histories = 0
    for reports in reporter.stats.values():
        for report in reports:
            for name, counted in getattr(report, "user_properties", ()):
                if name == "fired" and getattr(report, "when", "") == "call":
                    fired.update(counted)
                    histories += 1
    return histories, fired


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often each kind of fault struck."""
    histories, fired = _what_struck(terminalreporter)
    if histories and os.environ.get("SIMULATIONS"):
        terminalreporter.section(f"{histories} histories, and what struck them")
        for kind in KINDS:
            never = "" if fired[kind] or histories < ENOUGH else "  <- never: the histories prove nothing about it"
            terminalreporter.write_line(f"{kind:<24} {fired[kind]:>8}{never}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail when a kind of fault has never struck in histories enough."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        histories, fired = _what_struck(reporter)
        if histories >= ENOUGH and not all(fired[kind] for kind in KINDS):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
