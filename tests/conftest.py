"""Databases for the tests: each test that asks for one runs on SQLite and on PostgreSQL, with a fresh one on each."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import settings
from postgres_server import NOT_FOUND, PostgresServer, find_programs, postgres_server
from sqlalchemy import Engine

from syncsvc.state.database import open_engine, upgrade
from syncsvc.state.store import Store

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the tests in the background lets them ignore Ctrl-C, and so would the programs that they start and end.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadlines: a machine that is busy with something else is no defect of ours. What `make test` draws is the same each time, so
# that it fails for those who broke something and not for those who come by; `make test-long` draws anew.
settings.register_profile("short", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("long", deadline=None, max_examples=5_000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "short")
settings.load_profile(PROFILE)

DATABASES = ("sqlite", "postgresql")
ABOUT_DATABASES = ("test_state_", "test_serve", "test_killed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what takes long to `make test-long`; how many that are is said at the end, as deselected."""
    if PROFILE == "long":
        return
    both = find_programs() is not None
    left = {item for item in items if item.get_closest_marker("long") or (both and _is_for_the_other_database(item))}
    if left:
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


def _is_for_the_other_database(item: pytest.Item) -> bool:
    """Whether a test that is not about databases runs on the other one of the two: on each one half of them, the same always.

    What is about databases runs on both, and `make test-long` runs everything on both.
    """
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    kind = parameters.get("database_kind")
    if kind is None or item.path.name.startswith(ABOUT_DATABASES):
        return False
    name = item.nodeid.replace(kind, "")
    return DATABASES[crc32(name.encode()) % 2] != kind


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of this test process; skips where none can be had."""
    programs = find_programs()
    if programs is None:
        pytest.skip(NOT_FOUND)
    with postgres_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema, to be copied."""
    file = tmp_path_factory.mktemp("template") / "syncsvc.db"
    _upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A database with the schema, to be copied; its name."""
    name = postgres.create(name="with_schema")
    _upgrade(postgres.url(name))
    return name


@pytest.fixture(params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database that the test runs on."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database that has the schema and no rows."""
    if database_kind == "sqlite":
        file = tmp_path / "syncsvc.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    template: str = request.getfixturevalue("postgres_template")
    yield from _database(request.getfixturevalue("postgres"), template)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite database with the schema: for what does not depend on the kind of database."""
    shutil.copyfile(sqlite_template, tmp_path / "syncsvc.db")
    return f"sqlite:///{tmp_path / 'syncsvc.db'}"


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it; the SQLite file does not even exist."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'syncsvc.db'}"
        return
    yield from _database(request.getfixturevalue("postgres"), "template1")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh database with the schema."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    """A store on a fresh database with the schema."""
    return Store(engine)


def _database(server: PostgresServer, template: str) -> Iterator[str]:
    name = server.create(template)
    yield server.url(name)
    server.drop(name)


def _upgrade(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
