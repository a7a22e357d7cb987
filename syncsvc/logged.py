"""A run in the two logs, the one that people watch and the stored one, each with what the other has.

In the first every line of a run has its number, and at ``debug`` there is one for every value written; in the second stand also
the lines of the run's adapters, such as that a call is tried again. The store is the one place that every run passes with both,
as they happen; so it is the store that tells them. What is stored stays the business of ``state/``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from syncsvc import logs
from syncsvc.domain.errors import SyncError
from syncsvc.domain.listing import change_as_json
from syncsvc.domain.plan import Change, Outcome, Problem, RunStatus
from syncsvc.state.store import Store

Log = Callable[..., None]
"""Takes a level, an event and its data."""
ADAPTERS = "syncsvc.adapters"
"""What the names of the adapters' loggers begin with."""
LIMIT = 500
"""Lines of its adapters that are stored for one run: a bad night has thousands of them, all alike."""


class _AdaptersLines(logging.Handler):
    """Keeps what one run's adapters log until the run stores it.

    They log from many threads, and perhaps while a transaction is open, so nothing is stored here.
    """

    def __init__(self, run: int) -> None:
        super().__init__(logging.INFO)
        self._run = run
        self._lines: list[tuple[datetime, str, str, dict[str, Any]]] = []
        self._room = LIMIT
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line if it is this run's."""
        if logs.run_here() != self._run:
            return
        if not self._room:
            self._left_out += 1
            return
        self._room -= 1
        at = datetime.fromtimestamp(record.created, UTC)
        self._lines.append((at, record.levelname.lower(), logs.redact(record.getMessage()), {}))

    def take(self, *, last: bool = False) -> list[tuple[datetime, str, str, dict[str, Any]]]:
        """Give the lines that have come since the last time; the ``last`` time with the number of those that are left out."""
        assert self.lock is not None
        with self.lock:
            taken, self._lines = self._lines, []
            if last and self._left_out:
                words = f"{self._left_out} further lines about calls to the two systems are not kept here."
                taken.append((datetime.now(UTC), "info", words, {}))
                self._left_out = 0
        return taken


@contextmanager
def _heard(handler: _AdaptersLines) -> Iterator[None]:
    """Hand the adapters' lines to a handler, from ``info`` on however little people want to see."""
    logger = logging.getLogger(ADAPTERS)
    before = logger.level
    is_silent = not logger.isEnabledFor(logging.INFO)
    if is_silent:
        logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        if is_silent:
            logger.setLevel(before)


class LoggedStore(Store):
    """A store whose run is named on every line that is logged until ``until_closed`` is closed."""

    def __init__(self, engine: Engine, log: Log, until_closed: ExitStack) -> None:
        super().__init__(engine)
        self._log, self._until_closed = log, until_closed
        self._adapters: _AdaptersLines | None = None

    def start_run(self, kind: str, *, full: bool, dry_run: bool, at: datetime, approves: int | None = None) -> int:
        """Record a run that begins, and name it in the log from now on."""
        run_id = super().start_run(kind, full=full, dry_run=dry_run, at=at, approves=approves)
        self._until_closed.enter_context(logs.run_logged(run_id))
        self._adapters = _AdaptersLines(run_id)
        self._until_closed.callback(self._store_adapters_lines, run_id, last=True)
        self._until_closed.enter_context(_heard(self._adapters))
        return run_id

    def finish_run(
        self, run_id: int, status: RunStatus, summary: dict[str, Any], categories: list[dict[str, Any]], at: datetime
    ) -> None:
        """Record how a run ended, with what its adapters had to say."""
        self._store_adapters_lines(run_id, last=True)
        super().finish_run(run_id, status, summary, categories, at)

    def log(self, run_id: int, level: str, event: str, data: dict[str, Any], at: datetime) -> None:
        """Add a line to a run's log, with the same secrets hidden as in the log that people watch."""
        self._store_adapters_lines(run_id)
        super().log(run_id, level, logs.redact(event), logs.hide(data), at)

    def record_problems(self, run_id: int, pair_names: tuple[str, str] | None, problems: Sequence[Problem], at: datetime) -> None:
        """Record errors and notices, likewise: a server may echo what it was sent."""
        super().record_problems(run_id, pair_names, [_hidden(problem) for problem in problems], at)

    def record_changes(
        self, run_id: int, pair_names: tuple[str, str], rows: Sequence[tuple[Change, Outcome]], at: datetime
    ) -> None:
        """Record what a run did, and log it value by value; what was held was not written, and is no line."""
        super().record_changes(run_id, pair_names, rows, at)
        for change, outcome in rows:
            if outcome is not Outcome.PLANNED:
                self._tell(pair_names, change, outcome)

    def _store_adapters_lines(self, run_id: int, *, last: bool = False) -> None:
        lines = self._adapters.take(last=last) if self._adapters is not None else []
        if lines:
            with suppress(SyncError):  # what the run itself stores next meets the same, and knows what to do
                self.log_lines(run_id, lines)

    def _tell(self, pair_names: tuple[str, str], change: Change, outcome: Outcome) -> None:
        shown: dict[str, Any] = change_as_json(change)
        fields = shown.pop("fields")
        known = {name: value for name, value in shown.items() if value is not None}
        common = {"category": pair_names[1], **known, "outcome": outcome.value}
        for field in fields or [{}]:  # a link, or a record without any value, is a line too
            self._log("debug", "write", **common, **{name: field[name] for name in ("field", "from", "to") if name in field})


def _hidden(problem: Problem) -> Problem:
    def shown(text: str | None) -> str | None:
        return None if text is None else logs.redact(text)

    return replace(
        problem,
        message=logs.redact(problem.message),
        hint=logs.redact(problem.hint),
        ci_number=shown(problem.ci_number),
        asset=shown(problem.asset),
        field=shown(problem.field),
        c2_value=shown(problem.c2_value),
        hector_value=shown(problem.hector_value),
    )


@contextmanager
def logged_store(engine: Engine, log: Log) -> Iterator[Store]:
    """Give the store of one run."""
    with ExitStack() as until_closed:
        yield LoggedStore(engine, log, until_closed)
