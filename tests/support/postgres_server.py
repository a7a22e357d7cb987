"""A PostgreSQL server of the tests' own: made from the system's programs, on a free port of the loopback, gone at the end.

A watchman process stops the server and removes its directory as soon as the pipe to it closes: at the end of the tests, and
also when the tests are killed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psycopg

NOT_FOUND = "PostgreSQL's programs (initdb, pg_ctl) are not installed: what needs a server is skipped"
FILE_COPY_SINCE = 150_000
ROOM = 1_000_000_000
"""Bytes; a server and its databases of one test run stay far below."""
_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=50 -c shared_buffers=32MB"


@dataclass(frozen=True)
class PostgresServer:
    """A running server; its one account needs no password, so that URLs may hold any."""

    port: int
    numbers: Iterator[int]
    copying: str = ""
    """How it copies a database: since version 15 by way of its log, unless asked to copy files, which takes half as long."""

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres:open-sesame@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1", name: str | None = None) -> str:
        """Make a database as a copy of another, which nobody may be connected to; give its name."""
        name = name or f"test_{next(self.numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{self.copying}')
        return name

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def version(self) -> int:
        with psycopg.connect(self.url("postgres").replace("+psycopg", "")) as connection:
            return connection.info.server_version

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement.encode())


def find_programs() -> Path | None:
    """Give the directory of initdb and pg_ctl, from the path or from where Debian keeps them."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@contextmanager
def postgres_server(programs: Path) -> Iterator[PostgresServer]:
    """Start a server and stop it at the end, whatever happens."""
    directory = Path(tempfile.mkdtemp(prefix="syncsvc-pg-", dir=_quick_place()))
    account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if account:
        shutil.chown(directory, "postgres")
    data, port = directory / "data", _free_port()
    start = [*account, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(directory / "log")]
    start += ["-o", f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {_OPTIONS}", "start"]
    stop = shlex.join([*account, str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
    watch = f"cd /; read -r _; {stop} >/dev/null 2>&1; rm -rf {shlex.quote(str(directory))}"
    watchman = subprocess.Popen(["/bin/sh", "-c", watch], stdin=subprocess.PIPE, start_new_session=True)
    try:
        initdb = [str(programs / "initdb"), "-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D", str(data)]
        for call in ([*account, *initdb], start):
            subprocess.run(call, cwd="/", check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)
        server = PostgresServer(port, count(1))
        yield replace(server, copying=" STRATEGY FILE_COPY") if server.version() >= FILE_COPY_SINCE else server
    finally:
        assert watchman.stdin is not None
        watchman.stdin.close()
        watchman.wait(30)


def _quick_place() -> str | None:
    """Prefer memory to a disk, on which copying a database takes eight times as long; a container's may be too small."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return str(memory)
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
