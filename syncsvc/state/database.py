"""Opening the database, bringing it to this program's version, and transactions on it; SQLite and PostgreSQL alike.

What is read and written is in ``store.py`` and ``queries.py``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from syncsvc.domain.errors import DatabaseOutOfReachError, ErrorKind, SettingsError, SyncError
from syncsvc.state.address import SETTING, described, make_directory, parse, reason, sqlite_file
from syncsvc.state.schema import head_version, migrate, refuse_newer, version_of

__all__ = ["PRIMARY", "StateError", "current_version", "head_version", "open_engine", "reading", "space", "upgrade", "writing"]

BUSY_TIMEOUT = 30_000
"""Milliseconds to wait for another process's transaction on SQLite; the service's own are far shorter."""
CONNECT_TIMEOUT = 10
"""Seconds to wait for a PostgreSQL server."""
MIGRATION_KEYS = {"space": 0x53594E43, "key": 2}
"""PostgreSQL's advisory lock of an upgrade; ``lock.py`` has the run's."""
_WRITES = "syncsvc_writes"
_DAMAGED = ("file is not a database", "disk image is malformed", "malformed database schema")
"""What SQLite says of a file that it cannot make sense of."""
_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, "53100", "58030"}
"""The codes of SQLite and of PostgreSQL for a disk that is full or fails: SQLite often knows no better which of the two it is."""
PRIMARY = 0xFF
"""SQLite's extended result codes carry the primary one in the low byte."""


class StateError(SyncError):
    """The database failed while it was being read or written; the transaction was undone as a whole."""

    kind = ErrorKind.SERVER


_JOINED: ContextVar[Connection | None] = ContextVar("joined", default=None)
"""The transaction that :func:`together` has open in this thread."""


def open_engine(url: str) -> Engine:
    """Open the database and make sure that it answers; raises :class:`SettingsError`, which never shows the password.

    A server that cannot be reached is a :class:`DatabaseOutOfReachError`. A SQLite file is created with its directory. The schema
    is left as it is: see :func:`upgrade`.
    """
    parsed = parse(url)
    engine = _sqlite_engine(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql_engine(parsed)
    try:
        with engine.connect() as connection:
            _check_encoding(connection)
    except TypeError as error:  # under SQL_ASCII the driver decodes nothing, which SQLAlchemy stumbles over
        engine.dispose()
        raise _wrong_encoding("SQL_ASCII") from error
    except (DBAPIError, SettingsError) as error:
        engine.dispose()
        if isinstance(error, SettingsError):
            raise
        why, disk = reason(error, parsed), space(error)
        of_sqlite = StateError if disk else SettingsError
        raise (of_sqlite if parsed.get_backend_name() == "sqlite" else DatabaseOutOfReachError)(
            f"The database cannot be opened ({described(parsed)}): {why}",
            hint=disk or _restore(why) or f"Check {SETTING}, and that the database is there and this account may use it.",
        ) from error
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: committed at the end, undone as a whole by any exception.

    On SQLite it takes the right to write at once, so that what it reads first cannot be overtaken by another process. Within
    :func:`together` it is part of that transaction.
    """
    joined = _JOINED.get()
    if joined is not None and joined.engine is engine:
        yield joined
        return
    with _in_words(engine), engine.connect() as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def together(engine: Engine) -> Iterator[None]:
    """Make one transaction of everything that is written within: for facts that came at the same time."""
    with writing(engine) as connection:
        token = _JOINED.set(connection)
        try:
            yield
        finally:
            _JOINED.reset(token)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads."""
    with _in_words(engine), engine.connect() as connection:
        yield connection


def current_version(engine: Engine) -> str | None:
    """Give the database's schema version; ``None``: it is empty."""
    with reading(engine) as connection:
        return version_of(connection)


def upgrade(engine: Engine, scripts: Path | None = None) -> None:
    """Bring the schema to this program's version, all of it or nothing; a database that is there already is only looked at.

    ``scripts`` is the directory of the migrations, when it is not the shipped one. Raises :class:`SettingsError` for a
    database that a newer program has brought further.
    """
    if current_version(engine) == head_version(scripts):
        return
    with _in_words(engine), _upgrading(engine) as connection:
        refuse_newer(connection, scripts)
        migrate(connection, scripts)


@contextmanager
def _upgrading(engine: Engine) -> Iterator[Connection]:
    """One transaction, with nobody else upgrading meanwhile."""
    with engine.connect().execution_options(**{_WRITES: True}) as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:space, :key)"), MIGRATION_KEYS)
                yield connection
            return
        # A table is altered by building it anew and dropping the old one. With foreign keys on, the drop would
        # take every row along that refers to it; and they can be switched off only before a transaction begins.
        _switch_foreign_keys(connection, on=False)
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise StateError(f"The upgrade would leave {len(broken)} rows that refer to nothing; it was undone.")
        finally:
            _switch_foreign_keys(connection, on=True)


def _switch_foreign_keys(connection: Connection, *, on: bool) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


@contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    """Say what failed; a broken constraint is left to the caller, who knows what it means."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        why = reason(error, engine.url)
        hint = space(error) or _restore(why) or "Check that the database is running and has space; nothing half-written was kept."
        if "no such table" in why or "does not exist" in why:
            hint = "Bring the database to this version with: syncsvc db upgrade"
        raise StateError(f"The database failed ({described(engine.url)}): {why}", hint=hint) from error


def space(error: BaseException) -> str:
    """Say what to do about a disk that is full, or fails; empty for everything else."""
    driver = getattr(error, "orig", None) or error
    code = getattr(driver, "sqlite_errorcode", 0) & PRIMARY or getattr(driver, "sqlstate", None)
    if code not in _DISK:
        return ""
    return "Make space on the disk of the database, or see whether it fails. Nothing half-written was kept; the next run goes on."


def _restore(why: str) -> str:
    """Say what to do about a SQLite file that is damaged, or no database; empty for everything else."""
    if not any(words in why for words in _DAMAGED):
        return ""
    return (
        "Keep a copy of the file, and restore the last backup (docs/operations.md#backup-and-restore). "
        f"If it never was a database, let {SETTING} name another file."
    )


def _sqlite_engine(url: URL) -> Engine:
    file = sqlite_file(url)
    if file is None:  # for tests: every thread sees the same database
        engine = create_engine(
            url, hide_parameters=True, poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None}
        )
    else:
        make_directory(file)
        url = url.set(database=str(file))
        engine = create_engine(url, hide_parameters=True, connect_args={"isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Settle what SQLite asks anew of each connection; a committed fact outlives a power cut (``FULL``)."""
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin in SQL: Python's driver would begin only before the first write, and never before DDL."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_engine(url: URL) -> Engine:
    # pre_ping: a service that slept since last night finds its connections cut, and opens new ones.
    options = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT}
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=options)


def _check_encoding(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise _wrong_encoding(str(encoding))


def _wrong_encoding(encoding: str) -> SettingsError:
    return SettingsError(
        f"The database stores its texts as {encoding}, which cannot hold every character.",
        hint="Create the database with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    )
