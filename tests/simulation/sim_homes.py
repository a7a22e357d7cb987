"""Where a history's database lives: how it is copied, put back, and how its lock is taken away; one kind for each database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from postgres_server import PostgresServer


class Home(Protocol):
    """Where a history's database lives."""

    @property
    def database(self) -> str:
        """The kind of database."""
        ...

    @property
    def url(self) -> str: ...

    def keep(self) -> None:
        """Make a copy of the database as it is now."""

    def restore(self) -> bool:
        """Put the copy back; whether there is one."""
        ...

    def cut_lock(self) -> None:
        """Take the lock away from whoever holds it."""


@dataclass
class FileHome:
    """A SQLite database in a directory of its own."""

    directory: Path
    database: str = "sqlite"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.directory / 'syncsvc.db'}"

    def keep(self) -> None:
        shutil.rmtree(self.directory / "copy", ignore_errors=True)
        (self.directory / "copy").mkdir()
        for file in self.directory.glob("syncsvc.db*"):
            shutil.copy(file, self.directory / "copy")

    def restore(self) -> bool:
        if not (self.directory / "copy").exists():
            return False
        for file in self.directory.glob("syncsvc.db*"):
            file.unlink()
        for file in (self.directory / "copy").iterdir():
            shutil.copy(file, self.directory)
        return True

    def cut_lock(self) -> None:
        """Remove the lock's file, as somebody who tidies up might."""
        (self.directory / "syncsvc.db.lock").unlink()


@dataclass
class ServerHome:
    """A PostgreSQL database of a history's own; its copy is a template database."""

    server: PostgresServer
    name: str
    copies: list[str] = field(default_factory=list)
    database: str = "postgresql"

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def keep(self) -> None:
        self._forget_copy()
        self.copies.append(self.server.create(self.name))

    def restore(self) -> bool:
        if not self.copies:
            return False
        self.server.drop(self.name)
        self.server.create(self.copies[-1], self.name)
        return True

    def cut_lock(self) -> None:
        """End the connection that holds the run's lock, as a network does."""
        self.server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            f" WHERE locktype = 'advisory' AND datname = '{self.name}'"
        )

    def close(self) -> None:
        self._forget_copy()
        self.server.drop(self.name)

    def _forget_copy(self) -> None:
        while self.copies:
            self.server.drop(self.copies.pop())
