"""Opening the database: to look, to write under the lock, or to keep open in a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from syncsvc.bootstrap.clock import now
from syncsvc.domain.errors import AnotherRunError
from syncsvc.settings import Settings
from syncsvc.state.database import StateError, current_version, head_version, open_engine, upgrade
from syncsvc.state.lock import RunLock
from syncsvc.state.store import Store


@contextmanager
def open_database(settings: Settings) -> Iterator[Engine]:
    """Open the database without the right to write; a schema that is behind is brought to this version first, under the lock.

    Raises :class:`SettingsError` where it cannot be used, ``AnotherRunError`` where it is behind and another run holds the lock.
    """
    url = settings.database_url.get_secret_value()
    engine = open_engine(url)
    try:
        if current_version(engine) != head_version():
            with RunLock(url):
                upgrade(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def open_for_writing(settings: Settings) -> Iterator[tuple[Engine, RunLock]]:
    """Take the lock, then open the database, bring it to this version and mark the runs that a dead process left.

    Raises ``AnotherRunError`` when somebody else writes, :class:`SettingsError` when the database cannot be used.
    """
    url = settings.database_url.get_secret_value()
    with RunLock(url) as lock:
        engine = open_engine(url)
        try:
            upgrade(engine)
            Store(engine).interrupt_dead_runs(now())
            yield engine, lock
        finally:
            engine.dispose()


def is_run_under_way(settings: Settings) -> bool:
    """Whether some process may write just now. The lock is held for a moment to find out: not to be asked all the time."""
    try:
        with RunLock(settings.database_url.get_secret_value()):
            return False
    except AnotherRunError:
        return True


def mark_interrupted(settings: Settings, *, dry_run: bool = False) -> None:
    """Mark the running run as interrupted, for a process that holds the lock, or makes a plan, and is about to end at once."""
    engine = open_engine(settings.database_url.get_secret_value())
    Store(engine).interrupt_dead_runs(now(), plans_only=dry_run)
    engine.dispose()


@contextmanager
def open_and_keep(settings: Settings) -> Iterator[Engine]:
    """Open the database for a long-running service, which brings it to this version by :func:`prepare`."""
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        yield engine
    finally:
        engine.dispose()


def check_database(engine: Engine) -> None:
    """Raise ``StateError`` unless the database answers and has this program's schema."""
    version = current_version(engine)
    if version != head_version():
        raise StateError(
            f"The database is at version {version or 'none'}, this syncsvc needs {head_version()}.",
            hint="It is brought there as soon as no other run is under way; else see: syncsvc db upgrade",
        )


def prepare(settings: Settings, engine: Engine) -> None:
    """Bring the database to this version and mark the runs that a dead process left, before a long-running service uses it.

    While somebody else writes, a schema that is right already is enough; else ``AnotherRunError`` is raised.
    """
    try:
        with open_for_writing(settings):
            pass
    except AnotherRunError:
        if current_version(engine) != head_version():
            raise
