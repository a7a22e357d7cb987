"""What of a run's errors and conflicts is news: new, as before, or over. Pure: the run and what was said come as data.

A run ends only what it has looked at. A failed or held category says nothing about its records, and an incremental run looks
again at those records only whose error was a system's, not the record's.
"""

from __future__ import annotations

import json
import re
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
GUARD = ErrorKind.GUARD.value
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
_QUOTED_OR_NUMBER = re.compile(r"(“[^”]*”)|\d[\d.,]*")


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

    def as_said(self) -> Said:
        """Give it as a held category that was told: the same as long as it is held for the same reasons, whatever their numbers.

        A name in quotes is a field's, and keeps its digits.
        """
        reasons = sorted(_QUOTED_OR_NUMBER.sub(lambda found: found[1] or "#", reason) for reason in self.held)
        return Said(digest(["held", self.cmdb, self.category, *reasons]), Topic.HELD, GUARD, self.cmdb, self.category)


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
        """The categories that wait for approval: of a run that failed or was interrupted, none can be approved."""
        waits = self.status == RunStatus.HELD.value
        return tuple(category for category in self.categories if category.held and waits)


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
    held: tuple[CategoryFacts, ...] = ()
    """Categories that wait for approval, of which nobody was told yet, or for other reasons."""
    held_before: tuple[CategoryFacts, ...] = ()
    """Those that wait for the reasons that people were told; what is to be approved is this run all the same."""

    @property
    def is_bad(self) -> bool:
        """Whether the run had errors or conflicts."""
        return bool(self.new or self.before)

    @property
    def is_over(self) -> bool:
        """Whether something has ended and nothing is left of it."""
        return bool(self.over) and not self.is_bad and not self.left and not self.waits

    @property
    def waits(self) -> tuple[CategoryFacts, ...]:
        """Every category that waits for approval."""
        return (*self.held, *self.held_before)

    @property
    def ended(self) -> frozenset[str]:
        """The fingerprints that need not be kept any longer."""
        return frozenset(one.fingerprint for one in (*self.over, *self.forgotten))


def compare(run: RunFacts, rows: Iterable[Row], said: Iterable[Said]) -> News:
    """Hold what a run met against what people were told already."""
    met = {row.fingerprint: row for row in rows if row.kind not in NOTICES and not _is_of_a_held_category(row, run)}
    held = {category.as_said().fingerprint: category for category in run.held}
    told = {one.fingerprint: one for one in said}
    stands = met.keys() | held.keys()
    gone = [one for fingerprint, one in told.items() if fingerprint not in stands and _has_ended(one, run)]
    # Held for other reasons than those that were told: these take the place of those.
    replaced = [one for fingerprint, one in told.items() if fingerprint not in stands and _is_held_anew(one, run)]
    done = {one.fingerprint for one in (*gone, *replaced)}
    return News(
        new=tuple(row for fingerprint, row in met.items() if fingerprint not in told),
        before=tuple(row for fingerprint, row in met.items() if fingerprint in told),
        over=tuple(one for one in gone if one.kind not in SAID_ONCE),
        forgotten=(*(one for one in gone if one.kind in SAID_ONCE), *replaced),
        left=tuple(
            one
            for fingerprint, one in told.items()
            if fingerprint not in stands and fingerprint not in done and one.kind not in SAID_ONCE
        ),
        held=tuple(category for fingerprint, category in held.items() if fingerprint not in told),
        held_before=tuple(category for fingerprint, category in held.items() if fingerprint in told),
    )


def digest(parts: Iterable[object]) -> str:
    """Give a short text that differs when any part does."""
    return sha256(json.dumps(list(parts), default=str).encode()).hexdigest()


def _is_of_a_held_category(row: Row, run: RunFacts) -> bool:
    """Whether an error says only that a category is held, which people are told as such."""
    return row.kind == GUARD and any(c.held and (c.cmdb, c.category) == (row.cmdb, row.category) for c in run.categories)


def _is_held_anew(one: Said, run: RunFacts) -> bool:
    return one.topic is Topic.HELD and any((c.cmdb, c.category) == (one.cmdb, one.category) for c in run.held)


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
    looked = one.topic is not Topic.ERRORS or one.kind in PASSING or one.kind in SAID_ONCE
    return run.full or (run.kind == NIGHTLY and looked)
