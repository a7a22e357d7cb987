"""One run writes at a time, and a killed one gives way at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from postgres_server import PostgresServer
from sqlalchemy import Connection
from state_examples import NOON

from syncsvc.domain.errors import AnotherRunError, SettingsError
from syncsvc.state.database import open_engine
from syncsvc.state.lock import LockLostError, RunLock
from syncsvc.state.lock_server import ServerLock

HOLD = """
import sys
from syncsvc.state.lock import RunLock
with RunLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""
each_kind = pytest.mark.parametrize("database_kind", ["sqlite", "postgresql", "memory"], indirect=True)


@pytest.fixture
def url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The URL of a database that need not exist yet."""
    url: str = "sqlite://" if database_kind == "memory" else request.getfixturevalue("empty_database_url")
    return url


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def take_within(url: str, seconds: float) -> None:
    """Take the lock and give it back; PostgreSQL needs some milliseconds to see that a client is gone."""
    end = time.monotonic() + seconds
    while True:
        try:
            with RunLock(url):
                return
        except AnotherRunError:
            if time.monotonic() > end:
                raise
            time.sleep(0.005)


@each_kind
def test_a_second_run_is_told_who_is_at_work_since_when(url: str) -> None:
    with RunLock(url, clock=lambda: NOON) as lock:
        lock.check()
        with pytest.raises(AnotherRunError) as refused, RunLock(url):
            pass
        lock.check()
    told = str(refused.value)
    assert str(os.getpid()) in told
    assert "12:00:00" in told
    assert socket.gethostname()[:8] in told
    assert "syncsvc runs" in refused.value.hint


@each_kind
def test_the_lock_can_be_taken_again_after_it_was_given_back(url: str) -> None:
    for _ in range(2):
        with RunLock(url):
            pass
    lock = RunLock(url)
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    with lock:
        lock.check()


@each_kind
def test_a_lock_that_was_given_back_is_not_held(url: str) -> None:
    lock = RunLock(url)
    with pytest.raises(LockLostError):
        lock.check()
    with lock:
        pass
    with pytest.raises(LockLostError):
        lock.check()


def test_a_killed_process_frees_the_lock_at_once(empty_database_url: str) -> None:
    with holder(empty_database_url) as process:
        with pytest.raises(AnotherRunError, match=str(process.pid)), RunLock(empty_database_url):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        take_within(empty_database_url, 2)


def test_the_lock_does_not_hinder_work_on_the_database(empty_database_url: str) -> None:
    with RunLock(empty_database_url):
        engine = open_engine(empty_database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
        engine.dispose()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_two_names_of_one_file_are_one_lock(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "other.db").symlink_to(tmp_path / "data" / "syncsvc.db")
    with RunLock(empty_database_url):
        for name in ("alias/syncsvc.db", "data/other.db", "data/../data/syncsvc.db"):
            with pytest.raises(AnotherRunError), RunLock(f"sqlite:///{tmp_path}/{name}"):
                pass


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_lock_file_that_somebody_removed_is_noticed(empty_database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "data" / "syncsvc.db.lock"
    with RunLock(empty_database_url) as lock:
        file.unlink()
        with pytest.raises(LockLostError, match="removed"):
            lock.check()
        file.write_bytes(b"")
        with pytest.raises(LockLostError, match="removed"):
            lock.check()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_holds_it_is_only_said_not_decided_by_the_note(empty_database_url: str, tmp_path: Path) -> None:
    note = tmp_path / "data" / "syncsvc.db.lock.json"
    note.parent.mkdir()
    note.write_text('{"pid": 1, "host": "elsewhere", "since": "2020-01-01T00:00:00Z"}')
    with RunLock(empty_database_url):
        assert f'"pid": {os.getpid()}' in note.read_text()
        for broken in ("", "[]", '{"pid": 1}', "\x00"):
            note.write_text(broken)
            with pytest.raises(AnotherRunError, match=r"^Another run is under way\.$"), RunLock(empty_database_url):
                pass
    assert not note.exists()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_lock_file_that_cannot_be_used_is_a_matter_of_settings(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "data" / "syncsvc.db.lock").mkdir(parents=True)
    with pytest.raises(SettingsError, match="lock"), RunLock(empty_database_url):
        pass


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_cut_connection_is_a_lost_lock_for_good(empty_database_url: str, postgres: PostgresServer) -> None:
    with RunLock(empty_database_url) as lock:
        lock.check()
        name = empty_database_url.rpartition("/")[2]
        postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        for _ in range(2):
            with pytest.raises(LockLostError, match=r"lost|gone"):
                lock.check()
        take_within(empty_database_url, 2)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_next_run_may_begin_although_the_server_has_not_noticed_the_end_of_the_connection(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Connection | None] = []

    def stays(lock: ServerLock) -> None:
        kept.append(lock._connection)
        lock._connection = None

    with monkeypatch.context() as patch:
        patch.setattr(ServerLock, "_hang_up", stays)
        with RunLock(empty_database_url):
            pass
    with RunLock(empty_database_url) as lock:
        lock.check()
    (connection,) = kept
    assert connection is not None
    connection.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_two_databases_of_one_server_have_a_lock_each(empty_database_url: str, postgres: PostgresServer) -> None:
    other = postgres.create()
    with RunLock(empty_database_url), RunLock(postgres.url(other)) as lock:
        lock.check()
    postgres.drop(other)


def test_a_server_out_of_reach_is_named_without_the_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://user:geheim@127.0.0.1:{taken.getsockname()[1]}/db"
        with pytest.raises(SettingsError, match=r"127\.0\.0\.1") as refused, RunLock(url):
            pass
    assert "geheim" not in f"{refused.value} {refused.value.hint} {refused.value.__cause__}"
