"""What a long-running service asks the database about itself: nightly runs, counts for the metrics.

Plain figures; what is too old or too many is decided by others. Good runs by category are in ``category_runs.py``, what people
look at is in ``queries.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, select

from syncsvc.domain.plan import RunStatus
from syncsvc.state.counts import counted
from syncsvc.state.database import reading
from syncsvc.state.tables import conflicts, errors, mails, runs

NIGHTLY = "daily"
"""The kind of runs that the schedule starts."""
ONE_PAIR = "single"
"""The kind of runs that synchronise one pair only: they say nothing of its category."""
UNDO = "undo"
"""The kind of runs that put back what another run changed: they synchronise nothing."""
OF_NO_CATEGORY = (ONE_PAIR, UNDO)
"""Kinds of runs that say nothing about when a category was synchronised."""
GOOD = frozenset({RunStatus.SUCCEEDED.value, RunStatus.COMPLETED_WITH_ERRORS.value})
"""Statuses of a category, or a run, that was carried out to its end."""
UNFINISHED = (RunStatus.RUNNING.value, RunStatus.INTERRUPTED.value)
_SLACK = timedelta(seconds=5)
"""By how much the clock may have been set back between a due time and the beginning of its run."""
AHEAD = timedelta(hours=1)
"""A run that began later than this from now was recorded while the clock was wrong, and says nothing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the metrics show."""

    runs: Mapping[tuple[str, str], int]
    """How many there are, by kind and status."""
    last: Mapping[str, Any] | None
    """The last finished run that could write, as ``sync --json`` prints it; ``None``: there was none."""
    last_errors: Mapping[str, int] = field(default_factory=dict)
    """Its errors by kind."""
    open_conflicts: int = 0
    oldest_conflict: datetime | None = None
    mails: Mapping[str, int] = field(default_factory=dict)
    """How many are kept, by status."""


def first_nightly_began(engine: Engine, now: datetime) -> datetime | None:
    """Give when the first nightly run on record began, finished or not."""
    c = runs.c
    began = select(c.started_at).where(c.kind == NIGHTLY, c.dry_run.is_(False), c.started_at <= now + AHEAD)
    with reading(engine) as connection:
        return connection.scalar(began.order_by(c.started_at).limit(1))


def last_nightly_began(engine: Engine, now: datetime) -> datetime | None:
    """Give when the last nightly run began, whatever became of it; a few seconds later, for the clock may have been set back."""
    c = runs.c
    began = select(c.started_at).where(c.kind == NIGHTLY, c.dry_run.is_(False), c.started_at <= now + AHEAD)
    with reading(engine) as connection:
        found = connection.scalar(began.order_by(c.started_at.desc()).limit(1))
    return None if found is None else found + _SLACK


def nightly_run_since(engine: Engine, due: datetime, now: datetime) -> bool:
    """Whether a nightly run has taken place since a due time; one that was cut off is still to be done."""
    c = runs.c
    taken = _nightly().where(c.started_at >= due - _SLACK, c.started_at <= now + AHEAD, c.status.not_in(UNFINISHED))
    with reading(engine) as connection:
        return connection.execute(taken.limit(1)).first() is not None


def figures(engine: Engine) -> Figures:
    """Count what the metrics show, in one transaction."""
    c = runs.c
    by_kind = select(c.kind, c.status, func.count()).group_by(c.kind, c.status)
    waiting = select(func.count(), func.min(conflicts.c.since, type_=conflicts.c.since.type)).where(conflicts.c.status == "open")
    by_status = select(mails.c.status, func.count()).group_by(mails.c.status)
    with reading(engine) as connection:
        last = connection.execute(
            select(runs).where(c.dry_run.is_(False), c.finished_at.is_not(None)).order_by(c.id.desc()).limit(1)
        ).first()
        count, oldest = connection.execute(waiting).one()
        return Figures(
            {(kind, status): number for kind, status, number in connection.execute(by_kind)},
            _summary(connection, last) if last is not None else None,
            _errors_by_kind(connection, last.id) if last is not None else {},
            count,
            oldest,
            {status: number for status, number in connection.execute(by_status)},  # noqa: C416 - rows are no pairs to dict()
        )


def _nightly() -> Select[Any]:
    return select(runs.c.id).where(runs.c.kind == NIGHTLY, runs.c.dry_run.is_(False))


def _summary(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    summary = row.summary if row.summary is not None else counted(connection, row.id)
    return {**summary, "run": row.id, "status": row.status, "started_at": row.started_at, "finished_at": row.finished_at}


def _errors_by_kind(connection: Connection, run_id: int) -> dict[str, int]:
    c = errors.c
    counts = connection.execute(select(c.kind, func.count()).where(c.run_id == run_id).group_by(c.kind))
    return {kind: number for kind, number in counts}  # noqa: C416 - rows are no pairs to dict()
