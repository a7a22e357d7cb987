"""What came of changes: counted in the report, recorded in the state, and every field that was not written said in words.

Carrying changes out is ``apply.py``'s and ``create.py``'s part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from syncsvc.domain.errors import CredentialsError, ErrorKind, RemoteError, SyncError
from syncsvc.domain.listing import values_of
from syncsvc.domain.plan import Change, FieldChange, Outcome, Problem, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.values import Value, plain
from syncsvc.engine.columns import SUBCATEGORY_ID
from syncsvc.engine.context import Context, StoppedError
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.under_way import Group
from syncsvc.engine.writes import Written

Row = tuple[Change, Outcome]


class Accounts:
    """The books of one category's run."""

    def __init__(self, context: Context, report: CategoryReport) -> None:
        self._context, self._report = context, report

    def settle_all(self, group: Group[Written[Any]], record_ids: Sequence[object]) -> None:
        """Count, say and record what came of changes at the same time."""
        settled = [self._settle(change, it, record_id) for (change, it), record_id in zip(group, record_ids, strict=True)]
        self.record([row for rows in settled for row in rows])

    def _settle(self, change: Change, written: Written[Any] | RemoteError | StoppedError, record_id: object) -> list[Row]:
        """Count what came of a change and say what was not written; gives what is to be recorded of it."""
        if isinstance(written, StoppedError):
            return [(change, Outcome.LEFT)]  # before RemoteError: a call that waited to be repeated is both
        if isinstance(written, CredentialsError):
            return []  # it ends the run, and is said once
        if isinstance(written, RemoteError):
            self.problem_of(change, written)
            return [(change, Outcome.REFUSED)]
        for field, error in written.refused:
            self.problem_of(change, error, field)
        for field in written.left:
            self._left(change, field)
        if written.gone:
            self.add_problems([_gone(change)])
        if written.done:
            self._report.wrote(change, record_id, carried_out(change, written.done))
        return [(_done_part(change, written), _outcome(written))]

    def made(self, change: Change, record_id: object) -> None:
        """Count a record that was created."""
        self._report.wrote(change, record_id, change.fields)

    def record(self, rows: Sequence[Row]) -> None:
        """Record what was done; the store tells it to the log, value by value."""
        context = self._context
        clients = context.conventions.clients.names_of(values_of(change for change, _ in rows))
        context.store.record_changes(context.run_id, self._report.names, rows, context.now(), clients)

    # -- problems --------------------------------------------------------------------------------------------------------

    def problem_of(self, change: Change, error: SyncError, field: FieldChange | None = None) -> None:
        """Record an error about a change, or about one field of it, with both values where there are any."""
        message = error.message
        if field is not None and isinstance(error, RemoteError) and len(error.fields) == 1:
            message = next(iter(error.fields.values()))
        self.add_problems([_placed(change, Problem(error.kind, message, error.hint), field)])

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Record problems, each once, in the report, the state and the log."""
        new = self._report.add_problems(problems)
        if new:
            self._context.store.record_problems(self._context.run_id, self._report.names, new, self._context.now())
        for problem in new:
            about = {"ci": problem.ci_number, "asset": problem.asset, "field": problem.field}
            known = {name: value for name, value in about.items() if value is not None}
            self._context.say("warning", problem.message, kind=problem.kind.value, category=self._report.category, **known)

    def _left(self, change: Change, field: FieldChange) -> None:
        left = "as it is" if field.why is Why.UNDONE else "for the next run"
        message = f"“{field.field}” was changed in {change.system.label} while the run was on; it is left {left}."
        notice = Problem(ErrorKind.CHANGED_MEANWHILE, message, "Nothing is to be done.", field=field.field)
        self.add_problems([_placed(change, notice, field)])


def carried_out(change: Change, done: Sequence[FieldChange]) -> list[FieldChange]:
    """Give the fields that were written; a move counts for the key fields that asked for it."""
    moved = any(field.mapping == SUBCATEGORY_ID for field in done)
    own = {field.mapping for field in done}
    return [field for field in change.fields if field.mapping in own or (moved and "=subcategory." in field.mapping)]


def _placed(change: Change, problem: Problem, field: FieldChange | None) -> Problem:
    asset = change.asset_label or (str(change.asset_id) if change.asset_id else None)
    placed = replace(problem, ci_number=change.ci_number, asset=asset)
    if field is None:
        return placed
    ours, theirs = _text(field.after), _text(field.before)
    basis = _text(field.basis)
    c2, hector = (theirs, basis or ours) if change.system is Side.C2 else (basis or ours, theirs)
    return replace(placed, field=field.field, c2_value=c2, hector_value=hector)


def _text(value: Value) -> str | None:
    return None if value is None else str(plain(value))


def _done_part(change: Change, written: Written[Any]) -> Change:
    """Give the change with those fields only that were carried out, for the record of what a run did."""
    if not written.done:
        return change
    moves = [(int(str(it.before)), int(str(it.after))) for it in written.done if it.mapping == SUBCATEGORY_ID]
    return replace(change, fields=tuple(carried_out(change, written.done)), moved=moves[0] if moves else None)


def _outcome(written: Written[Any]) -> Outcome:
    incomplete = written.refused or written.left or written.unsent or written.gone
    if written.done:
        return Outcome.PARTLY if incomplete else Outcome.DONE
    if written.refused:
        unclear = any(getattr(error, "may_have_been_done", False) for _, error in written.refused)
        return Outcome.UNCLEAR if unclear else Outcome.REFUSED
    return Outcome.LEFT


def _gone(change: Change) -> Problem:
    record = {RecordKind.CI: "CI", RecordKind.ASSET: "asset", RecordKind.SUBCATEGORY: "subcategory"}[change.record]
    return Problem(
        ErrorKind.MISSING,
        f"The {record} was gone when it was to be written.",
        "The next full run finds out whether it was deleted or moved.",
        ci_number=change.ci_number,
        asset=change.asset_label,
    )
