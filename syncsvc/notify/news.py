"""What of a run's errors and conflicts is news: new, as before, or over. Pure: the run and what was said come as data.

A run ends only what it has looked at. A failed or held category says nothing about its records, and an incremental run looks
again at those records only whose error was a system's, not the record's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.told import Said, Topic

NIGHTLY = "daily"
"""The kind of runs that the schedule starts."""
CONFLICT = ErrorKind.CONFLICT.value
PASSING = frozenset(
    {
        ErrorKind.CREDENTIALS.value,
        ErrorKind.PERMISSION.value,
        ErrorKind.RATE_LIMITED.value,
        ErrorKind.NETWORK.value,
        ErrorKind.PROTOCOL.value,
        ErrorKind.SERVER.value,
        ErrorKind.INTERNAL.value,
    }
)
"""Errors after which every run looks at the same records again; their words differ from night to night."""
SAID_ONCE = frozenset({ErrorKind.MISSING.value, ErrorKind.NOT_CONVERGING.value})
"""Kinds that the engine itself tells once: their absence the night after does not mean that they are over."""
NOTICES = frozenset({ErrorKind.CHANGED_MEANWHILE.value})
_DONE = frozenset({RunStatus.SUCCEEDED.value, RunStatus.COMPLETED_WITH_ERRORS.value})


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """What a mail has to know of one category of a run."""

    cmdb: str
    category: str
    status: str
    held: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """As people say it."""
        return f"{self.cmdb} / {self.category}"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a mail has to know of a run."""

    number: int
    kind: str
    status: str
    full: bool
    started_at: datetime
    categories: tuple[CategoryFacts, ...] = ()

    @classmethod
    def of(cls, run: Mapping[str, Any]) -> RunFacts:
        """Read the object of ``sync --json``."""
        categories = (
            CategoryFacts(c["cmdb"], c["category"], c["status"], tuple(c.get("held", ()))) for c in run.get("categories", ())
        )
        started = datetime.fromisoformat(run["started_at"])
        return cls(run["run"], run["kind"], run["status"], run["full"], started, tuple(categories))

    @property
    def held(self) -> tuple[CategoryFacts, ...]:
        """The categories that wait for approval."""
        return tuple(category for category in self.categories if category.held)


@dataclass(frozen=True, slots=True)
class Row:
    """An error or a conflict, as the listings have it; empty values are ``None``."""

    kind: str
    cmdb: str | None
    category: str | None
    ci: str | None
    asset: str | None
    field: str | None
    c2_value: str | bool | None
    hector_value: str | bool | None
    message: str = ""
    hint: str = ""
    conflict: int | None = None

    @classmethod
    def of_error(cls, error: Mapping[str, Any]) -> Row:
        """Read an object of ``errors --json``."""
        names = ("kind", "cmdb", "category", "ci", "asset", "field", "c2_value", "hector_value", "message", "hint")
        return cls(**{name: error[name] for name in names})

    @classmethod
    def of_conflict(cls, conflict: Mapping[str, Any]) -> Row:
        """Read an object of ``conflicts --json``."""
        names = ("category", "ci", "asset", "field", "c2_value", "hector_value")
        return cls(kind=CONFLICT, cmdb=None, conflict=conflict["id"], **{name: conflict[name] for name in names})

    @property
    def title(self) -> str:
        """The category as people say it; empty for what concerns no single one."""
        return " / ".join(name for name in (self.cmdb, self.category) if name)

    @property
    def fingerprint(self) -> str:
        """A text that is the same as long as the thing stands unchanged."""
        values = [self.c2_value, self.hector_value]
        if self.conflict is not None:
            parts = [self.kind, self.conflict, *values]
        else:
            words = "" if self.kind in PASSING else self.message
            parts = [self.kind, self.cmdb, self.category, self.ci, self.asset, self.field, *values, words]
        return digest(parts)

    def as_said(self) -> Said:
        """Give it as something that was told."""
        return Said(self.fingerprint, Topic.ERRORS, self.kind, self.cmdb, self.category)


@dataclass(frozen=True, slots=True)
class News:
    """What there is to say about a run."""

    new: tuple[Row, ...] = ()
    before: tuple[Row, ...] = ()
    over: tuple[Said, ...] = ()
    """What has ended and people should hear of."""
    forgotten: tuple[Said, ...] = ()
    """What was told once and needs no further word."""
    left: tuple[Said, ...] = ()
    """What was told, was not met, and still stands."""

    @property
    def is_bad(self) -> bool:
        """Whether the run had errors or conflicts."""
        return bool(self.new or self.before)

    @property
    def is_over(self) -> bool:
        """Whether something has ended and nothing is left of it."""
        return bool(self.over) and not self.is_bad and not self.left

    @property
    def ended(self) -> frozenset[str]:
        """The fingerprints that need not be kept any longer."""
        return frozenset(one.fingerprint for one in (*self.over, *self.forgotten))


def compare(run: RunFacts, rows: Iterable[Row], said: Iterable[Said]) -> News:
    """Hold what a run met against what people were told already."""
    met = {row.fingerprint: row for row in rows if row.kind not in NOTICES}
    told = {one.fingerprint: one for one in said}
    gone = [one for fingerprint, one in told.items() if fingerprint not in met and _has_ended(one, run)]
    ended = {one.fingerprint for one in gone}
    return News(
        new=tuple(row for fingerprint, row in met.items() if fingerprint not in told),
        before=tuple(row for fingerprint, row in met.items() if fingerprint in told),
        over=tuple(one for one in gone if one.kind not in SAID_ONCE),
        forgotten=tuple(one for one in gone if one.kind in SAID_ONCE),
        left=tuple(
            one
            for fingerprint, one in told.items()
            if fingerprint not in met and fingerprint not in ended and one.kind not in SAID_ONCE
        ),
    )


def digest(parts: Iterable[object]) -> str:
    """Give a short text that differs when any part does."""
    return sha256(json.dumps(list(parts), default=str).encode()).hexdigest()


def _has_ended(one: Said, run: RunFacts) -> bool:
    """Whether a run that did not meet a thing has shown by it that the thing is over."""
    if one.kind == CONFLICT:  # conflicts are listed by the database, whatever a run has looked at
        return True
    whole = run.kind == NIGHTLY and run.status in _DONE
    if one.category is None:
        return run.status in {*_DONE, RunStatus.HELD.value}
    status = {(c.cmdb, c.category): c.status for c in run.categories}.get((one.cmdb or "", one.category))
    if status is None:  # the rules no longer have it
        return whole
    if status not in _DONE:
        return False
    return run.full or (run.kind == NIGHTLY and (one.topic is Topic.SILENT or one.kind in PASSING or one.kind in SAID_ONCE))
