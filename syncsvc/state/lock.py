"""The lock that lets one run write at a time, and that a killed process gives back at once.

It cannot be a row (a crash would leave it) nor an open transaction in the database itself (every fact is committed as it
happens): a SQLite database has a second file for it (``lock_file.py``), a PostgreSQL server an advisory lock
(``lock_server.py``). When it is taken is the engine's business.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import ClassVar, Protocol, Self

from sqlalchemy import URL

from syncsvc.state.address import parse, sqlite_file
from syncsvc.state.holder import Holder, LockLostError, another_run, lost
from syncsvc.state.lock_file import FileLock
from syncsvc.state.lock_server import ServerLock

__all__ = ["LockLostError", "RunLock"]


class Lock(Protocol):
    """What each kind of database's lock can do."""

    def take(self, holder: Holder) -> None:
        """Take it or raise ``AnotherRunError``, without waiting."""

    def release(self) -> None:
        """Give it back; a second time does nothing."""

    def check(self) -> None:
        """Raise :class:`LockLostError` unless it is still held."""

    def glance(self) -> None:
        """Do the same as far as it can be told quickly; from any thread."""


def _now() -> datetime:
    return datetime.now(UTC)


class RunLock:
    """``with RunLock(url) as lock:`` is one run's right to write; raises ``AnotherRunError`` when another has it.

    ``clock`` says since when it is held. The lock may be taken before the database has a schema, or even a directory.
    """

    def __init__(self, url: str, *, clock: Callable[[], datetime] = _now) -> None:
        self._clock = clock
        self._lock = _lock_of(parse(url))

    def __enter__(self) -> Self:
        """Take the lock."""
        self._lock.take(Holder(os.getpid(), socket.gethostname(), self._clock().astimezone(UTC)))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give it back."""
        self._lock.release()

    def check(self) -> None:
        """Raise :class:`LockLostError` unless the lock is still held; for the moment before each batch of writes."""
        self._lock.check()

    def glance(self) -> None:
        """Do the same as far as it can be told quickly, from any thread; for the moment before each single write."""
        self._lock.glance()


class MemoryLock:
    """The lock of a database in memory, which no other process can see; for tests."""

    _one: ClassVar = threading.Lock()
    _holder: ClassVar[Holder | None] = None

    def __init__(self) -> None:
        self._held = False

    def take(self, holder: Holder) -> None:
        """Take it or raise ``AnotherRunError``."""
        if not self._one.acquire(blocking=False):
            raise another_run(MemoryLock._holder)
        self._held, MemoryLock._holder = True, holder

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        if self._held:
            self._held, MemoryLock._holder = False, None
            self._one.release()

    def check(self) -> None:
        """Raise :class:`LockLostError` unless it is held."""
        if not self._held:
            raise lost("it was given back")

    def glance(self) -> None:
        """Do the same: it costs nothing."""
        self.check()


def _lock_of(url: URL) -> Lock:
    if url.get_backend_name() != "sqlite":
        return ServerLock(url)
    file = sqlite_file(url)
    return MemoryLock() if file is None else FileLock(file)
