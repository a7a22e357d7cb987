"""The lock beside a SQLite database: an exclusive transaction on ``<database>.lock``.

Nothing else may open that file: on POSIX systems a process that closes it anywhere gives up its locks on it. The holder's name
therefore stands in a third file, ``<database>.lock.json``; it informs people and decides nothing.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from syncsvc.domain.errors import SettingsError
from syncsvc.state.address import make_directory
from syncsvc.state.database import PRIMARY, StateError, space
from syncsvc.state.holder import Holder, another_run, lost


class FileLock:
    """One process's right to write to the database in ``file``."""

    def __init__(self, file: Path) -> None:
        self._directory_of = file
        self._file = file.with_name(file.name + ".lock")
        self._note = file.with_name(file.name + ".lock.json")
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def take(self, holder: Holder) -> None:
        """Take the lock or raise ``AnotherRunError``, without waiting."""
        make_directory(self._directory_of)
        connection = self._exclusively()
        self._connection, self._identity = connection, self._present()
        draft = self._note.with_name(self._note.name + ".new")
        with contextlib.suppress(OSError):
            draft.write_text(holder.to_json(), encoding="utf-8")
            draft.replace(self._note)

    def release(self) -> None:
        """Give the lock back; a second time does nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                self._note.unlink()
            connection.close()

    def check(self) -> None:
        """Raise ``LockLostError`` when the file was taken away: another process would make and lock a new one."""
        if self._connection is None:
            raise lost("it was given back")
        if self._present() != self._identity:
            raise lost(f"somebody removed {self._file}")

    def glance(self) -> None:
        """Do the same: it is one quick look at the file."""
        self.check()

    def _exclusively(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(self._file, timeout=0, isolation_level=None, check_same_thread=False)
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if getattr(error, "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_BUSY:
                raise another_run(self._noted()) from None
            disk = space(error)  # even an empty file takes some to be locked
            raise (StateError if disk else SettingsError)(
                f"The lock {self._file} cannot be used: {error}.", hint=disk or "Check who may write it."
            ) from error
        return connection

    def _present(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._file)  # noqa: PTH116 - the one call that does not open it
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _noted(self) -> Holder | None:
        try:
            return Holder.from_json(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
