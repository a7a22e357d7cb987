"""What runs write about themselves: their beginning and end, their log, what they changed and what went wrong.

Reading it back for people is ``queries.py``'s part.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import Change, Outcome, Problem, RunStatus
from syncsvc.domain.values import plain
from syncsvc.state.database import writing
from syncsvc.state.tables import changes, errors, run_log, runs


class RunRecords:
    """The part of :class:`syncsvc.state.store.Store` about runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start_run(self, kind: str, *, full: bool, dry_run: bool, at: datetime) -> int:
        """Record a run that begins and give its number."""
        row = {"kind": kind, "status": RunStatus.RUNNING.value, "full": full, "dry_run": dry_run, "started_at": at}
        with writing(self._engine) as connection:
            run_id: int = connection.execute(insert(runs).values(row).returning(runs.c.id)).scalar_one()
        return run_id

    def finish_run(
        self, run_id: int, status: RunStatus, summary: dict[str, Any], categories: list[dict[str, Any]], at: datetime
    ) -> None:
        """Record how a run ended; ``summary`` is the object of ``sync --json`` without its categories."""
        row = {"status": status.value, "summary": summary, "categories": categories, "finished_at": at}
        with writing(self._engine) as connection:
            if connection.execute(update(runs).where(runs.c.id == run_id).values(row)).rowcount != 1:
                raise SyncError(f"There is no run {run_id} that could be finished.")

    def interrupt_dead_runs(self, at: datetime) -> list[int]:
        """Mark the runs that a dead process left as ``interrupted`` and give their numbers; only for the lock's holder."""
        running = runs.c.status == RunStatus.RUNNING.value
        with writing(self._engine) as connection:
            dead = list(connection.scalars(select(runs.c.id).where(running).order_by(runs.c.id)))
            connection.execute(update(runs).where(running).values(status=RunStatus.INTERRUPTED.value, finished_at=at))
        return dead

    def log(self, run_id: int, level: str, event: str, data: dict[str, Any], at: datetime) -> None:
        """Add a line to a run's log."""
        with writing(self._engine) as connection:
            connection.execute(insert(run_log).values(run_id=run_id, at=at, level=level, event=event, data=data))

    def record_changes(
        self, run_id: int, pair_names: tuple[str, str], rows: Sequence[tuple[Change, Outcome]], at: datetime
    ) -> None:
        """Record what a run did; ``pair_names`` are the CMDB's and the category's, as people see them."""
        if not rows:
            return
        common = {"run_id": run_id, "cmdb": pair_names[0], "category": pair_names[1], "at": at}
        with writing(self._engine) as connection:
            connection.execute(insert(changes), [common | _change_row(change, outcome) for change, outcome in rows])

    def record_problems(self, run_id: int, pair_names: tuple[str, str] | None, problems: Sequence[Problem], at: datetime) -> None:
        """Record errors and notices; ``pair_names`` is ``None`` for what concerns no single category."""
        if not problems:
            return
        cmdb, category = pair_names or (None, None)
        common = {"run_id": run_id, "cmdb": cmdb, "category": category, "at": at}
        with writing(self._engine) as connection:
            connection.execute(insert(errors), [common | _problem_row(problem) for problem in problems])


def _change_row(change: Change, outcome: Outcome) -> dict[str, Any]:
    asset = change.asset_label or (str(change.asset_id) if change.asset_id is not None else None)
    subcategory = str(change.subcategory_id) if change.subcategory_id is not None else None
    if subcategory is None and change.subcategory_key:
        subcategory = " ".join(part for part in change.subcategory_key if part)
    return {
        "action": change.action.value,
        "system": change.system.value,
        "record": change.record.value,
        "ci": change.ci_number or change.ci_id,
        "asset": asset,
        "subcategory": subcategory,
        "fields": [
            {"field": field.field, "from": plain(field.before), "to": plain(field.after), "why": field.why.value}
            for field in change.fields
        ],
        "outcome": outcome.value,
    }


def _problem_row(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind.value,
        "ci": problem.ci_number,
        "asset": problem.asset,
        "field": problem.field,
        "c2_value": problem.c2_value,
        "hector_value": problem.hector_value,
        "message": problem.message,
        "hint": problem.hint,
    }
