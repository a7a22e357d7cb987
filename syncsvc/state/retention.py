"""Forgetting old runs, logs and changes, a few rows a transaction; links, baselines, intentions and conflicts are never touched.

Whatever somebody may still need stays, however old: see :func:`_kept`. A process that dies in the middle has forgotten less, and
the next night goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, Table, delete, func, select, union

from syncsvc.domain.plan import RunStatus
from syncsvc.state.database import reading, writing
from syncsvc.state.health import GOOD, NIGHTLY, OF_NO_CATEGORY
from syncsvc.state.tables import changes, errors, intentions, run_log, runs

ROWS = 500
"""Rows forgotten in one transaction: a run that wants to write waits no longer than for these."""


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days things are kept; ``0``: for good."""

    runs: int = 730
    """A run's record, with everything that belongs to it."""
    logs: int = 90
    """Log lines of runs."""
    changes: int = 365
    """What runs changed, and what went wrong in them."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows are gone."""

    runs: int = 0
    logs: int = 0
    changes: int = 0
    errors: int = 0

    def __bool__(self) -> bool:
        """Whether there were any."""
        return any(getattr(self, known.name) for known in fields(self))


def forget(engine: Engine, retention: Retention, now: datetime, stop_asked: Callable[[], bool] = lambda: False) -> Forgotten:
    """Forget what is older than it is to be kept; ends early when asked to stop."""
    kept = _kept(engine)

    def of_old_runs(table: Table, days: int) -> int:
        return _forget(engine, _rows_of_runs(table, _newest_old(engine, days, now), kept), table, stop_asked)

    logs = of_old_runs(run_log, retention.logs)
    changed = of_old_runs(changes, retention.changes)
    failed = of_old_runs(errors, retention.changes)
    newest = _newest_old(engine, retention.runs, now)
    for table in (run_log, changes, errors):  # by rows: with its run, all that belongs to it would go in one transaction
        _forget(engine, _rows_of_runs(table, newest, kept), table, stop_asked)
    old = select(runs.c.id).where(runs.c.id <= newest, runs.c.id.not_in(kept))
    return Forgotten(_forget(engine, old, runs, stop_asked), logs, changed, failed)


def _newest_old(engine: Engine, days: int, now: datetime) -> int:
    """Give the number below which every run began more than so many days ago."""
    if not days:
        return 0
    with reading(engine) as connection:
        # Asked by the oldest one that stays: a run recorded while the clock was wrong must not take the newer ones along.
        stays = connection.scalar(select(func.min(runs.c.id)).where(runs.c.started_at >= now - timedelta(days=days)))
        return stays - 1 if stays is not None else connection.scalar(select(func.max(runs.c.id))) or 0


def _kept(engine: Engine) -> list[int]:
    """Give the runs that stay whole, however old.

    Those under way, those with a creation of which nobody knows what came, the last run, the last nightly one, and of each
    category the last good one and the last held plan that waits for approval: older ones are of a world that is gone.
    """
    wanted = union(
        select(intentions.c.run_id),
        select(runs.c.id).where(runs.c.status == RunStatus.RUNNING.value),
        select(func.max(runs.c.id)),
        select(func.max(runs.c.id)).where(runs.c.kind == NIGHTLY),
    )
    with reading(engine) as connection:
        found = {number for number in connection.scalars(wanted) if number is not None}
        return sorted(found | _last_good(connection) | _last_waiting(connection))


def _last_waiting(connection: Connection) -> set[int]:
    c = runs.c
    approved = select(c.approves).where(c.approves.is_not(None))
    waits = (c.status == RunStatus.HELD.value) & c.id.not_in(approved)
    found: dict[tuple[str, str], int] = {}
    for row in connection.execute(select(c.id, c.categories).where(waits).order_by(c.id.desc())):
        for category in row.categories or ():
            if category["status"] == RunStatus.HELD.value:
                found.setdefault((category["cmdb"], category["category"]), row.id)
    return set(found.values())


def _last_good(connection: Connection) -> set[int]:
    c = runs.c
    found: dict[tuple[str, str], int] = {}
    whole = c.dry_run.is_(False) & c.kind.not_in(OF_NO_CATEGORY) & c.categories.is_not(None)
    wanted = select(c.id, c.categories).where(whole).order_by(c.id.desc())
    for row in connection.execute(wanted.execution_options(yield_per=ROWS)):
        for category in row.categories or ():
            if category["status"] in GOOD:
                found.setdefault((category["cmdb"], category["category"]), row.id)
    return set(found.values())


def _rows_of_runs(table: Table, newest: int, kept: list[int]) -> Select[tuple[int]]:
    return select(table.c.id).where(table.c.run_id <= newest, table.c.run_id.not_in(kept))


def _forget(engine: Engine, old: Select[tuple[int]], table: Table, stop_asked: Callable[[], bool]) -> int:
    """Delete the chosen rows, a few a transaction."""
    gone = 0
    while not stop_asked():
        with writing(engine) as connection:
            ids = list(connection.scalars(old.limit(ROWS)))
            if ids:
                connection.execute(delete(table).where(table.c.id.in_(ids)))
        gone += len(ids)
        if len(ids) < ROWS:
            break
    return gone
