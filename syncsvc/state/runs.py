"""What runs write about themselves: their beginning and end, their log, what they changed and what went wrong.

Reading it back for people is ``queries.py``'s part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from syncsvc.domain.errors import ErrorKind, SyncError, UnfitRequestError, UnknownRecordError
from syncsvc.domain.listing import change_as_json, problem_as_json, status_word, values_of
from syncsvc.domain.plan import Change, Outcome, Problem, RunStatus
from syncsvc.domain.told import Topic
from syncsvc.state.bulk import insert_rows
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import changes, errors, run_log, runs, said
from syncsvc.state.written import exactly

NOBODY: Mapping[str, str] = MappingProxyType({})


class RunRecords:
    """The part of :class:`syncsvc.state.store.Store` about runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start_run(self, kind: str, *, full: bool, dry_run: bool, at: datetime, approves: int | None = None) -> int:
        """Record a run that begins and give its number; ``approves`` is the held run whose plan it carries out.

        Raises :class:`SyncError` when that run was not held, or has been approved before.
        """
        row = {"kind": kind, "status": RunStatus.RUNNING.value, "full": full, "dry_run": dry_run, "started_at": at}
        with writing(self._engine) as connection:
            if approves is not None:
                _may_be_approved(connection, approves)
                _forget_that_it_was_told(connection, approves)
            run_id: int = connection.execute(insert(runs).values(row | {"approves": approves}).returning(runs.c.id)).scalar_one()
        return run_id

    def keep_reviewed(self, run_id: int, names: tuple[str, str], changes: list[Any], *, absences: bool = True) -> None:
        """Keep the held plan of one category, by CMDB and category as the rules call them, until somebody approves it.

        ``absences`` says whether it is held for records that are missing.
        """
        chosen = runs.c.id == run_id
        with writing(self._engine) as connection:
            kept = connection.scalar(select(runs.c.reviewed_plan).where(chosen)) or []
            row = {"cmdb": names[0], "category": names[1], "changes": changes, "absences": absences}
            connection.execute(update(runs).where(chosen).values(reviewed_plan=[*kept, row]))

    def reviewed(self, run_id: int) -> dict[tuple[str, str], list[Any]]:
        """Give the held changes of a run that waits for approval, by CMDB and category; raises :class:`SyncError` otherwise."""
        with reading(self._engine) as connection:
            _may_be_approved(connection, run_id)
            kept = connection.scalar(select(runs.c.reviewed_plan).where(runs.c.id == run_id)) or []
        return {(held["cmdb"], held["category"]): held["changes"] for held in kept}

    def held_for_absences(self, run_id: int) -> set[tuple[str, str]]:
        """Give the categories that a run held for records that were missing; what an earlier version kept does not say."""
        with reading(self._engine) as connection:
            kept = connection.scalar(select(runs.c.reviewed_plan).where(runs.c.id == run_id)) or []
        return {(held["cmdb"], held["category"]) for held in kept if held.get("absences", True)}

    def finish_run(
        self, run_id: int, status: RunStatus, summary: dict[str, Any], categories: list[dict[str, Any]], at: datetime
    ) -> None:
        """Record how a run ended; ``summary`` is the object of ``sync --json`` without its categories."""
        row = {"status": status.value, "summary": summary, "categories": categories, "finished_at": at}
        with writing(self._engine) as connection:
            if connection.execute(update(runs).where(runs.c.id == run_id).values(row)).rowcount != 1:
                raise SyncError(f"There is no run {run_id} that could be finished.")

    def interrupt_dead_runs(self, at: datetime, *, plans_only: bool = False) -> list[int]:
        """Mark the runs that a dead process left as ``interrupted`` and give their numbers; only for the lock's holder.

        ``plans_only`` is for whoever has no lock: of a plan that is on after all, its end says so.
        """
        running = runs.c.status == RunStatus.RUNNING.value
        if plans_only:
            running &= runs.c.dry_run.is_(True)
        with writing(self._engine) as connection:
            dead = list(connection.scalars(select(runs.c.id).where(running).order_by(runs.c.id)))
            connection.execute(update(runs).where(running).values(status=RunStatus.INTERRUPTED.value, finished_at=at))
        return dead

    def log(self, run_id: int, level: str, event: str, data: dict[str, Any], at: datetime) -> None:
        """Add a line to a run's log."""
        self.log_lines(run_id, [(at, level, event, data)])

    def log_lines(self, run_id: int, lines: Sequence[tuple[datetime, str, str, dict[str, Any]]]) -> None:
        """Add lines to a run's log: when, level, event and data of each."""
        rows = [{"run_id": run_id, "at": at, "level": level, "event": event, "data": data} for at, level, event, data in lines]
        with writing(self._engine) as connection:
            connection.execute(insert(run_log), rows)

    def record_changes(
        self,
        run_id: int,
        pair_names: tuple[str, str],
        rows: Sequence[tuple[Change, Outcome]],
        at: datetime,
        clients: Mapping[str, str] = NOBODY,
    ) -> None:
        """Record what a run did, or held; ``pair_names`` are the CMDB's and the category's, as people see them.

        ``clients`` are the names, by id, of those whom the changes speak of.
        """
        if not rows:
            return
        common = {"run_id": run_id, "cmdb": pair_names[0], "category": pair_names[1], "at": at}
        done = [
            change_as_json(change)
            | {"outcome": outcome.value, "wrote": _wrote(change, outcome), "names": _names(change, clients)}
            for change, outcome in rows
        ]
        columns = {name: [row[name] for row in done] for name in done[0]}
        with writing(self._engine) as connection:
            insert_rows(connection, changes, columns, common)

    def record_problems(self, run_id: int, pair_names: tuple[str, str] | None, problems: Sequence[Problem], at: datetime) -> None:
        """Record errors and notices; ``pair_names`` is ``None`` for what concerns no single category."""
        if not problems:
            return
        cmdb, category = pair_names or (None, None)
        common = {"run_id": run_id, "cmdb": cmdb, "category": category, "at": at}
        with writing(self._engine) as connection:
            connection.execute(insert(errors), [common | problem_as_json(problem) for problem in problems])

    def problems_left(self, began: datetime, pair_names: tuple[str, str], kinds: Collection[ErrorKind]) -> list[Problem]:
        """Give what the run that began then recorded of a category, of these kinds."""
        c = errors.c
        that_run = select(func.max(runs.c.id)).where(runs.c.started_at == began, runs.c.dry_run.is_(False)).scalar_subquery()
        named = (c.cmdb == pair_names[0]) & (c.category == pair_names[1])
        what = (c.kind, c.message, c.hint, c.ci, c.asset, c.field, c.c2_value, c.hector_value)
        wanted = select(*what).where(c.run_id == that_run, named, c.kind.in_([kind.value for kind in kinds])).order_by(c.id)
        with reading(self._engine) as connection:
            return [Problem(ErrorKind(row.kind), *row[1:]) for row in connection.execute(wanted)]


def _wrote(change: Change, outcome: Outcome) -> dict[str, Any] | None:
    """Give what an undo goes by; what was held is never undone, and may be as much every night."""
    return None if outcome is Outcome.PLANNED else exactly(change)


def _names(change: Change, clients: Mapping[str, str]) -> dict[str, str] | None:
    """Give the names of the clients whom one change speaks of; mostly there are none."""
    if not clients:
        return None
    return {value: clients[value] for value in values_of([change]) if isinstance(value, str) and value in clients} or None


def _may_be_approved(connection: Connection, run_id: int) -> None:
    """Make sure that a run was held and waits; raises :class:`SyncError` in words."""
    found = connection.execute(select(runs.c.status).where(runs.c.id == run_id)).first()
    if found is None:
        raise UnknownRecordError(f"There is no run {run_id}.", hint="syncsvc runs lists them.")
    if found.status != RunStatus.HELD.value:
        raise UnfitRequestError(
            f"Run {run_id} does not wait for approval: it is “{status_word(found.status)}”.",
            hint="Only a run that a guard held can be approved; syncsvc runs shows which are held.",
        )
    by = connection.scalar(select(runs.c.id).where(runs.c.approves == run_id))
    if by is not None:
        raise UnfitRequestError(
            f"Run {run_id} was approved already: run {by} carried it out.",
            hint="A run is approved once. What is still to be done is in the next run, under the same guards.",
        )


def _forget_that_it_was_told(connection: Connection, run_id: int) -> None:
    """Let what waited in a run be news when it is held once more: somebody has decided about it."""
    for held in connection.scalar(select(runs.c.reviewed_plan).where(runs.c.id == run_id)) or ():
        it = (said.c.cmdb == held["cmdb"]) & (said.c.category == held["category"])
        connection.execute(delete(said).where(said.c.topic == Topic.HELD.value, it))
