"""What came of a run, counted as ``sync --json`` prints it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncsvc.domain.errors import AnotherRunError, ErrorKind
from syncsvc.domain.listing import conflict_as_json
from syncsvc.domain.plan import Action, Change, Conflict, FieldChange, KnownConflict, Problem, RunStatus
from syncsvc.domain.records import Side
from syncsvc.domain.undone import Kept
from syncsvc.domain.values import plain

NOTICES = frozenset({ErrorKind.CHANGED_MEANWHILE, ErrorKind.CONFLICT})
"""Kinds that ``errors`` lists but the count of errors leaves out."""


def _sides() -> dict[Side, int]:
    return {Side.C2: 0, Side.HECTOR: 0}


@dataclass(slots=True)
class CategoryReport:
    """One category's part of a run."""

    cmdb: str
    category: str
    status: RunStatus = RunStatus.RUNNING
    read: dict[Side, int] = field(default_factory=_sides)
    created: dict[Side, set[object]] = field(default_factory=lambda: {Side.C2: set(), Side.HECTOR: set()})
    updated: dict[Side, set[object]] = field(default_factory=lambda: {Side.C2: set(), Side.HECTOR: set()})
    fields_written: dict[Side, int] = field(default_factory=_sides)
    requests: dict[Side, int] = field(default_factory=_sides)
    unchanged: int = 0
    linked: int = 0
    open_conflicts: int = 0
    conflicts: dict[tuple[str, str], Conflict] = field(default_factory=dict)
    """By CI id and mapping."""
    known_conflicts: dict[tuple[str, str], KnownConflict] = field(default_factory=dict)
    """In a dry run: those of them that earlier runs have met."""
    problems: dict[tuple[object, ...], Problem] = field(default_factory=dict)
    standing: int = 0
    """How many of the errors are an earlier run's, of records that this one did not look at."""
    planned: list[Change] = field(default_factory=list)
    held: tuple[str, ...] = ()
    full: bool = True
    """Whether both sides were read in full."""
    refused_rules: bool = False
    """Whether it failed because its rules do not fit the two systems."""
    unreachable: bool = False
    """Whether it failed because a system gave nothing usable."""
    unrecorded: bool = False
    """Whether it failed because the database did."""
    kept: tuple[Kept, ...] = ()
    """What an undo leaves as it is."""
    clients: dict[str, str] = field(default_factory=dict)
    """Names, by id, of the clients whom what is planned, kept or in conflict speaks of."""

    @property
    def names(self) -> tuple[str, str]:
        """CMDB and category, as people call them."""
        return self.cmdb, self.category

    def add_problems(self, problems: Iterable[Problem]) -> list[Problem]:
        """Take problems in, each once however many passes found it; gives those that are new.

        A disagreement is of several CIs, and stays the same one when the next pass finds it because of another of them.
        """
        new = []
        for problem in problems:
            about = () if problem.kind is ErrorKind.DISAGREEMENT else (problem.ci_number, problem.asset)
            key = (problem.kind, *about, problem.field, problem.message)
            if key not in self.problems:
                self.problems[key] = problem
                new.append(problem)
        return new

    def wrote(self, change: Change, record_id: object, written: Iterable[FieldChange]) -> None:
        """Count a change that was carried out."""
        if change.action is Action.CREATE:
            self.created[change.system].add((change.record, record_id))
        else:
            self.updated[change.system].add((change.record, record_id))
            self.fields_written[change.system] += len(list(written))

    @property
    def errors(self) -> int:
        """Errors, without conflicts and notices."""
        return sum(1 for problem in self.problems.values() if problem.kind not in NOTICES)

    def settle(self) -> None:
        """Give the category the status that its errors and conflicts leave it."""
        if self.status is RunStatus.RUNNING:
            clean = not self.errors and not self.open_conflicts
            self.status = RunStatus.SUCCEEDED if clean else RunStatus.COMPLETED_WITH_ERRORS

    def conflicts_as_json(self) -> list[dict[str, Any]]:
        """Give the conflicts that a dry run has met as ``conflicts --json`` does."""
        known = self.known_conflicts
        return [conflict_as_json(self.category, conflict, known.get(key)) for key, conflict in self.conflicts.items()]

    def as_json(self) -> dict[str, Any]:
        """Give the category's object of ``sync --json``."""
        found: dict[str, Any] = {"cmdb": self.cmdb, "category": self.category, "status": self.status.value} | _counts(self)
        return found | _if_any("standing", self.standing) | ({"held": list(self.held)} if self.held else {})


def _counts(report: CategoryReport) -> dict[str, Any]:
    both = report.created[Side.C2] | report.created[Side.HECTOR]
    return {
        "read": {side.value: report.read[side] for side in Side},
        "created": {side.value: len(report.created[side]) for side in Side},
        "updated": {side.value: len(report.updated[side] - both) for side in Side},
        "fields_written": {side.value: report.fields_written[side] for side in Side},
        "unchanged": report.unchanged,
        "linked": report.linked,
        "conflicts": report.open_conflicts,
        "errors": report.errors,
        "requests": {side.value: report.requests[side] for side in Side},
    }


@dataclass(slots=True)
class RunReport:
    """A whole run."""

    run: int
    kind: str
    full: bool
    dry_run: bool
    started_at: datetime
    finished_at: datetime | None = None
    status: RunStatus = RunStatus.RUNNING
    categories: list[CategoryReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """What concerns no single category."""
    requests: dict[Side, int] = field(default_factory=_sides)
    stopped_by: Exception | None = None
    undoes: int | None = None
    """The run whose changes it puts back."""

    @property
    def is_good(self) -> bool:
        """Whether every category was carried out to its end, with errors of single records or without."""
        good = {RunStatus.SUCCEEDED, RunStatus.COMPLETED_WITH_ERRORS}
        return bool(self.categories) and {self.status, *(category.status for category in self.categories)} <= good

    @property
    def standing(self) -> int:
        """How many of its errors are an earlier run's."""
        return sum(report.standing for report in self.categories)

    def settle(self, finished_at: datetime) -> None:
        """Give the run its status: the gravest that applies."""
        self.finished_at = finished_at
        self.full = all(report.full for report in self.categories) if self.categories else self.full
        if self.status is not RunStatus.RUNNING:
            return
        statuses = {report.status for report in self.categories}
        if self.dry_run:
            self.status = RunStatus.DRY_RUN
        elif RunStatus.HELD in statuses:
            self.status = RunStatus.HELD
        elif statuses and statuses <= {RunStatus.FAILED}:
            self.status = RunStatus.FAILED
        elif statuses <= {RunStatus.SUCCEEDED} and not self.problems:
            self.status = RunStatus.SUCCEEDED
        else:
            self.status = RunStatus.COMPLETED_WITH_ERRORS

    def clients(self) -> dict[str, str]:
        """Give the names, by id, of the clients whom the plan speaks of."""
        return {client_id: name for category in self.categories for client_id, name in category.clients.items()}

    def summary(self) -> dict[str, Any]:
        """Give the object of ``sync --json`` without its categories."""
        totals: dict[str, Any] = {}
        for counts in [_counts(report) for report in self.categories] or [_counts(CategoryReport("", ""))]:
            totals = _add(totals, counts)
        totals["errors"] += len(self.problems)
        totals["requests"] = {side.value: self.requests[side] for side in Side}
        return (
            {
                "run": self.run,
                "kind": self.kind,
                "status": self.status.value,
                "full": self.full,
                "started_at": plain(self.started_at),
                "finished_at": plain(self.finished_at),
                **({} if self.undoes is None else {"undoes": self.undoes}),
            }
            | totals
            | _if_any("standing", self.standing)
        )

    def as_json(self) -> dict[str, Any]:
        """Give the object of ``sync --json``."""
        return self.summary() | {"categories": [report.as_json() for report in self.categories]}

    def exit_code(self) -> int:
        """Give the exit code of ``sync`` and ``plan``: the first that applies of 2, 5, 3, 4, 1."""
        held = any(report.held for report in self.categories)
        failed = [report for report in self.categories if report.status is RunStatus.FAILED]
        nothing_read = bool(failed) and len(failed) == len(self.categories) and all(report.unreachable for report in failed)
        unwell = any(report.errors or report.open_conflicts for report in self.categories) or failed or self.problems
        if any(report.refused_rules for report in self.categories):
            return 2
        lost = isinstance(self.stopped_by, AnotherRunError)
        unrecorded = any(report.unrecorded for report in failed)
        if nothing_read or unrecorded or (self.stopped_by is not None and not lost):
            return 5
        if lost:
            return 3
        if held:
            return 4
        return 1 if unwell or self.status is RunStatus.INTERRUPTED else 0


def _if_any(name: str, count: int) -> dict[str, int]:
    return {name: count} if count else {}


def _add(totals: dict[str, Any], counts: dict[str, Any]) -> dict[str, Any]:
    if not totals:
        return dict(counts)
    return {
        key: {side: totals[key][side] + value[side] for side in value} if isinstance(value, dict) else totals[key] + value
        for key, value in counts.items()
    }
