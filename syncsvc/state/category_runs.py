"""When each category was carried out last: read from the runs once, then only what is new, since monitors ask all the time.

All runs are read, however many there are: one category may be synchronised every ten minutes and hide the others' last good run
behind hundreds of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from syncsvc.domain.plan import RunStatus
from syncsvc.state.database import reading
from syncsvc.state.health import AHEAD, GOOD, OF_NO_CATEGORY, UNFINISHED
from syncsvc.state.tables import runs

_ROWS = 500
"""Rows that are in memory at the same time."""
Names = tuple[str, str]
"""CMDB and category, as the rules call them."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The run that carried a category out."""

    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class CategoryRuns:
    """When categories were carried out."""

    last_good: Mapping[Names, Carried]
    first_tried: Mapping[Names, datetime]
    under_way: datetime | None
    """Since when the run that is under way has been tried, with all that were cut off before it; ``None``: there is none."""
    last_status: Mapping[Names, str] = field(default_factory=dict)
    """How the last run left each, of those that ended."""


class CategoryHistory:
    """What the runs on record tell of each category; may be asked by several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._up_to = 0
        self._good: dict[Names, Carried] = {}
        self._tried: dict[Names, datetime] = {}
        self._status: dict[Names, str] = {}
        self._skipped: datetime | None = None
        """When the first run began that was left out."""

    def look(self, now: datetime) -> CategoryRuns:
        """Read what is new; a run from a time to come was recorded while the clock was wrong, and says nothing."""
        with self._turn, reading(self._engine) as connection:
            newest = connection.scalar(select(func.max(runs.c.id))) or 0
            if newest < self._up_to or self._is_of_a_wrong_clock(now):
                self._forget()
            under_way = _under_way(connection)
            self._read(connection, now)
            # A run that is under way will have ended when it is looked at again.
            self._up_to = min((row.id - 1 for row in under_way), default=newest)
            at_work = [row for row in under_way if row.started_at <= now + AHEAD]
            tried_since = _tried_since(connection, at_work[-1], now) if at_work else None
            return CategoryRuns(dict(self._good), dict(self._tried), tried_since, dict(self._status))

    def _read(self, connection: Connection, now: datetime) -> None:
        c = runs.c
        whole = c.dry_run.is_(False) & c.kind.not_in(OF_NO_CATEGORY) & c.finished_at.is_not(None)
        wanted = select(c.started_at, c.finished_at, c.status, c.categories).where(whole, c.id > self._up_to).order_by(c.id)
        for row in connection.execute(wanted.execution_options(yield_per=_ROWS)):
            if row.started_at > now + AHEAD:
                self._skipped = min(self._skipped or row.started_at, row.started_at)
            else:
                self._note(row)

    def _note(self, row: Row[Any, Any, Any, Any]) -> None:
        if not row.categories and row.status not in GOOD:  # it ended before it came to any, and nobody knows which it meant
            self._status = dict.fromkeys(self._status, row.status)
        for category in row.categories or ():
            names = category["cmdb"], category["category"]
            self._tried.setdefault(names, row.started_at)
            self._status[names] = category["status"]
            if category["status"] in GOOD:
                self._good[names] = Carried(row.started_at, row.finished_at)

    def _is_of_a_wrong_clock(self, now: datetime) -> bool:
        """Whether what was read, or left out, by the clock as it was then is to be read anew by the clock as it is now."""
        was_behind = self._skipped is not None and self._skipped <= now + AHEAD
        return was_behind or any(one.began > now + AHEAD for one in self._good.values())

    def _forget(self) -> None:
        self._up_to, self._good, self._tried, self._status, self._skipped = 0, {}, {}, {}, None


def _under_way(connection: Connection) -> list[Row[Any]]:
    c = runs.c
    at_work = (c.status == RunStatus.RUNNING.value) & c.dry_run.is_(False) & c.kind.not_in(OF_NO_CATEGORY)
    return list(connection.execute(select(c.id, c.kind, c.started_at).where(at_work).order_by(c.id)))


def _tried_since(connection: Connection, run: Row[Any], now: datetime) -> datetime | None:
    """Give when the first of the runs began that were cut off one after the other until this one: each took up the same work.

    A process that dies in every run begins it anew each time, and that must not count as a run that has only just begun.
    """
    c = runs.c
    alike = (c.kind == run.kind) & c.dry_run.is_(False)
    ended = select(c.id).where(alike, c.id < run.id, c.status.not_in(UNFINISHED)).order_by(c.id.desc()).limit(1)
    last_ended = connection.scalar(ended) or 0
    cut_off = select(c.started_at).where(alike, c.id > last_ended, c.id <= run.id, c.started_at <= now + AHEAD)
    return connection.scalar(cut_off.order_by(c.id).limit(1))
