"""A run's own lines in the log that people watch: its number on every line, and at ``debug`` one line for every value written.

The store is the one place that every run passes with both, as they happen; so it is the store that tells them. What is stored
stays the business of ``state/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from syncsvc import logs
from syncsvc.domain.listing import change_as_json
from syncsvc.domain.plan import Change, Outcome, Problem
from syncsvc.state.store import Store

Log = Callable[..., None]
"""Takes a level, an event and its data."""


class LoggedStore(Store):
    """A store whose run is named on every line that is logged until ``until_closed`` is closed."""

    def __init__(self, engine: Engine, log: Log, until_closed: ExitStack) -> None:
        super().__init__(engine)
        self._log, self._until_closed = log, until_closed

    def start_run(self, kind: str, *, full: bool, dry_run: bool, at: datetime, approves: int | None = None) -> int:
        """Record a run that begins, and name it in the log from now on."""
        run_id = super().start_run(kind, full=full, dry_run=dry_run, at=at, approves=approves)
        self._until_closed.enter_context(logs.run_logged(run_id))
        return run_id

    def log(self, run_id: int, level: str, event: str, data: dict[str, Any], at: datetime) -> None:
        """Add a line to a run's log, with the same secrets hidden as in the log that people watch."""
        super().log(run_id, level, logs.redact(event), logs.hide(data), at)

    def record_problems(self, run_id: int, pair_names: tuple[str, str] | None, problems: Sequence[Problem], at: datetime) -> None:
        """Record errors and notices, likewise: a server may echo what it was sent."""
        super().record_problems(run_id, pair_names, [_hidden(problem) for problem in problems], at)

    def record_changes(
        self, run_id: int, pair_names: tuple[str, str], rows: Sequence[tuple[Change, Outcome]], at: datetime
    ) -> None:
        """Record what a run did, and log it value by value."""
        super().record_changes(run_id, pair_names, rows, at)
        for change, outcome in rows:
            self._tell(pair_names, change, outcome)

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
