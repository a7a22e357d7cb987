"""The lock on a PostgreSQL server: an advisory lock that lives as long as the connection it was taken on.

The key is the same everywhere: PostgreSQL keeps advisory locks apart by database. The holder is named by its connection's
``application_name``, so that ``pg_stat_activity`` shows it to an administrator too. A pooler that shares sessions out by
transaction (PgBouncer's ``transaction`` mode) cannot carry such a lock; :meth:`ServerLock.check` would say that it is lost.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from syncsvc.domain.errors import DatabaseOutOfReachError
from syncsvc.domain.values import plain
from syncsvc.state.address import SETTING, described, reason
from syncsvc.state.holder import Holder, another_run, lost

KEYS = {"space": 0x53594E43, "key": 1}
"""``SYNC`` in ASCII, and the first lock of that space; ``database.py`` has the second."""
CONNECT_TIMEOUT = 10
"""Seconds."""
FRESH = 1.0
"""Seconds for which the server's word holds at a glance: the lock is looked up that often while a batch is written."""
_TAKE = text("SELECT pg_try_advisory_lock(:space, :key)")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:space, :key)")
_OURS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :space AND objid = :key AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid = pg_backend_pid()"
)
_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND classid = :space AND objid = :key AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
# The lock's connection is silent for as long as a category is read, so the server must not tire of it;
# and a host that lost its power says no farewell, so the server must ask whether it is still there.
_PATIENCE = text(
    "SELECT set_config(wanted.name, wanted.value, false) FROM (VALUES ('idle_session_timeout', '0'),"
    " ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')) AS wanted (name, value)"
    " JOIN pg_settings USING (name)"
)
_NAME = text("SELECT set_config('application_name', :name, false)")


class ServerLock:
    """One process's right to write to a PostgreSQL database."""

    def __init__(self, url: URL) -> None:
        options = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT}
        self._url = url
        self._engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True, connect_args=options
        )
        self._connection: Connection | None = None
        self._asking = threading.Lock()
        self._asked_at = time.monotonic()

    def take(self, holder: Holder) -> None:
        """Take the lock or raise ``AnotherRunError``, without waiting; without the server ``DatabaseOutOfReachError``."""
        connection: Connection | None = None
        try:
            connection = self._engine.connect()
            connection.execute(_PATIENCE)
            connection.execute(_NAME, {"name": _signature(holder)})
            taken = connection.scalar(_TAKE, KEYS)
            named = None if taken else connection.scalar(_HOLDER, KEYS)
        except DBAPIError as error:
            if connection is not None:
                connection.close()
            raise DatabaseOutOfReachError(
                f"The lock cannot be taken ({described(self._url)}): {reason(error, self._url)}",
                hint=f"Check {SETTING}, and that the server is running.",
            ) from error
        if not taken:
            connection.close()
            raise another_run(named)
        self._connection = connection

    def release(self) -> None:
        """Give the lock back, and then its connection; a second time does nothing.

        The server hears of a closed connection when it comes to it, which may be after the next run has asked for the lock.
        """
        with self._asking:
            if self._connection is not None:
                with suppress(SQLAlchemyError):
                    self._connection.execute(_GIVE_BACK, KEYS)
            self._hang_up()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()  # closes the socket, whatever state it is in: the server frees the lock
            connection.close()

    def check(self) -> None:
        """Raise ``LockLostError`` when the connection is gone, and the lock with it."""
        with self._asking:
            self._check()

    def glance(self) -> None:
        """Do the same if nobody has for a second, or is at it; that it was found lost is known at once."""
        if self._connection is None:
            raise lost("it was given back, or lost before")
        if time.monotonic() - self._asked_at < FRESH or not self._asking.acquire(blocking=False):
            return
        try:
            self._check()
        finally:
            self._asking.release()

    def _check(self) -> None:
        if self._connection is None:
            raise lost("it was given back, or lost before")
        self._asked_at = time.monotonic()
        try:
            ours = self._connection.scalar(_OURS, KEYS)
        except DBAPIError as error:
            self._hang_up()  # SQLAlchemy would connect anew, to a session that holds nothing
            raise lost(f"its connection to the database is gone ({reason(error, self._url)})") from error
        if not ours:
            self._hang_up()
            raise lost("the server no longer lists it")


def _signature(holder: Holder) -> str:
    """Name the holder within the 63 bytes that PostgreSQL keeps, the host last since it may be cut."""
    return f"syncsvc: process {holder.pid} since {plain(holder.since.replace(microsecond=0))} on {holder.host}"[:63]
