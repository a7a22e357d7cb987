"""What a run would do, and what came of it: frozen data without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.values import Value

ACTIVITY = "activity"
"""Stands for a mapping's key where a record is retired, deactivated or taken back.

Its values are yes and no in C2, ``active`` and ``retired`` in Hector.
"""


class Action(StrEnum):
    """What is done to a record."""

    CREATE = "create"
    UPDATE = "update"
    MOVE = "move"
    RENAME = "rename"
    LINK = "link"
    RETIRE = "retire"
    DEACTIVATE = "deactivate"
    ACTIVATE = "activate"


class Why(StrEnum):
    """Why a value is written; part of the ``--json`` format."""

    NEW_RECORD = "new_record"
    FIRST_MEETING = "first_meeting"
    """The two records met for the first time, and the written side knew nothing or had no say."""
    CHANGED = "changed"
    """The side that is read was changed."""
    PUT_BACK = "put_back"
    """The side that is written was changed, and has no say."""
    CONFLICT_SETTLED = "conflict_settled"
    MATCHED = "matched"
    LIFECYCLE = "lifecycle"
    """The counterpart became inactive, retired, or came back."""
    UNDONE = "undone"
    """A person has asked to put back what a run changed."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The value last seen on each side when the field was last in order; canonical."""

    c2: Value
    hector: Value


@dataclass(frozen=True, slots=True)
class Calm:
    """What both systems sent of a pair when nothing of it was to be done: fingerprints of the answers' bytes."""

    ci: int
    asset: int
    subcategory_id: int
    subcategory: int
    """Of the values that the category reads of the subcategory."""


@dataclass(frozen=True, slots=True)
class Held:
    """What each side of a calm pair held in a field for which no baseline speaks; canonical."""

    c2: Value
    hector: Value


@dataclass(frozen=True, slots=True)
class Link:
    """A CI and an asset that are the same thing, as the state knows them."""

    id: int
    ci_id: str
    asset_id: int
    ci_number: str = ""
    status: str = "active"
    """``active`` or ``orphaned``."""
    ci_was_active: bool = True
    asset_was_active: bool = True
    by_hand: bool = False
    subcategory_id: int | None = None
    """The subcategory that its baselines of shared fields speak of; ``None``: not known yet, so the one it is in."""
    ci_fingerprint: int | None = None
    """With the next two: see :attr:`calm`, which is not kept as one because there may be very many links."""
    asset_fingerprint: int | None = None
    subcategory_fingerprint: int | None = None

    @property
    def calm(self) -> Calm | None:
        """How it was when it was last in order; ``None``: it must be looked at."""
        ci, asset, subcategory = self.ci_fingerprint, self.asset_fingerprint, self.subcategory_fingerprint
        if ci is None or asset is None or subcategory is None or self.subcategory_id is None:
            return None
        return Calm(ci, asset, self.subcategory_id, subcategory)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value to be written.

    ``before`` is what the plan saw on the written side, ``after`` what it is to hold, ``basis`` what the other side holds: it
    becomes that side's baseline. All three are canonical, each in its own side's kind.
    """

    mapping: str
    """:attr:`FieldMapping.key`, or :data:`ACTIVITY` for whether the record is in use."""
    field: str
    """As people see it."""
    before: Value
    after: Value
    basis: Value
    why: Why
    through: int | None = None
    """A subcategory whose own write of this field comes first: the CI is given what Hector answers there."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a link's baseline of one field becomes: at once where nothing is to be written, or once a change has succeeded."""

    ci_id: str
    mapping: str
    baseline: Baseline | None
    """``None``: it is forgotten, and the field meets as if for the first time."""


@dataclass(frozen=True, slots=True)
class Home:
    """The subcategory that a link's baselines of shared fields speak of from now on."""

    ci_id: str
    subcategory_id: int


@dataclass(frozen=True, slots=True)
class Change:
    """One record to be written in one system.

    ``subcategory_key`` names a subcategory that this plan creates, or that an asset is made from or moved to before it has
    an id: the folded key that :mod:`syncsvc.planning.subcategories` gives.
    """

    action: Action
    system: Side
    record: RecordKind
    fields: tuple[FieldChange, ...] = ()
    ci_id: str | None = None
    ci_number: str | None = None
    asset_id: int | None = None
    asset_label: str | None = None
    subcategory_id: int | None = None
    subcategory_key: tuple[str, ...] | None = None
    title: str = ""
    """How people recognise the record: a new CI's name, a subcategory's maker and model."""
    followers: tuple[Agreement, ...] = ()
    """For a subcategory: the links whose baseline is what Hector answers, each with its CI's own value."""
    sharers: tuple[str, ...] = ()
    """For a subcategory whose shared fields are written: the CIs of all its links, whoever asked; guards count them."""
    moved: tuple[int, int] | None = None
    """For an asset that was moved: the subcategories that it came from and that it is in now."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides of a ``⇄`` field were changed to different values."""

    ci_id: str
    ci_number: str
    asset_id: int
    mapping: str
    field: str
    c2: Value
    hector: Value
    baseline: Baseline | None
    asset_label: str = ""


@dataclass(frozen=True, slots=True)
class KnownConflict:
    """A conflict as it is on record: its number, and since when it has had the values that it has now."""

    id: int
    since: datetime | None
    """``None``: it had others."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person decided about a conflict, and the two values that the person saw: it holds for those two alone."""

    use: Side
    c2: Value
    hector: Value


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """What one run wrote to one field; ``round`` counts the runs that carried the category out."""

    round: int
    side: Side
    value: Value


@dataclass(frozen=True, slots=True)
class History:
    """What the latest runs on end wrote to one field of one link, oldest first."""

    writes: tuple[FieldWrite, ...] = ()
    stopped: tuple[Value, Value] | None = None
    """C2's and Hector's value when the field was given up as not converging."""


@dataclass(frozen=True, slots=True)
class OwnWrite:
    """The change time that our own last write left on a record, and the last one before it that was somebody else's."""

    written_at: datetime
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActivityAgreement:
    """Whether a link's two records are in use, where nothing is to be carried over: what the next change is measured by."""

    ci_id: str
    ci_active: bool
    asset_active: bool


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A field that does not come to rest, and the two values that it is left with."""

    ci_id: str
    mapping: str
    c2: Value
    hector: Value


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a technician should know, about one record or one field of it."""

    kind: ErrorKind
    message: str
    hint: str = ""
    ci_number: str | None = None
    asset: str | None = None
    field: str | None = None
    c2_value: str | None = None
    hector_value: str | None = None
    provisional: bool = False
    """About a record yet to be created: said again, with its number, when the new pair is merged once more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do to one category."""

    changes: tuple[Change, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[Problem, ...] = ()
    activity: tuple[ActivityAgreement, ...] = ()
    homes: tuple[Home, ...] = ()
    """Links whose asset is in another subcategory than when they were last looked at."""
    given_up: tuple[GivenUp, ...] = ()
    calm: tuple[str, ...] = ()
    """CIs of the pairs of which nothing is to be done or said."""
    consulted: frozenset[int] = frozenset()
    """Subcategories that something was decided about: whoever shares them had to be known."""
    settled: tuple[tuple[str, str], ...] = ()
    """Settlements that the plan carries out, by CI id and :attr:`FieldMapping.key`."""
    unchanged: int = 0
    """Links that need no write."""


class RunStatus(StrEnum):
    """How a run, or one category of it, stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    HELD = "held"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DRY_RUN = "dry_run"


class Outcome(StrEnum):
    """What came of a planned change."""

    PLANNED = "planned"
    """A guard held it: it was not begun."""
    DONE = "done"
    PARTLY = "partly"
    """Some of its fields were refused or left."""
    REFUSED = "refused"
    LEFT = "left"
    """The record was changed meanwhile: left for the next run."""
    UNCLEAR = "unclear"
    """No usable answer came; recovery will find out."""


@dataclass(frozen=True, slots=True)
class Intention:
    """A creation about to be asked for: enough to recognise its result should the answer be lost.

    ``sent`` holds the values in the created record's terms, ``basis`` the canonical values of the record it is made for, both
    by field key: those that were sent, and those that were unknown. ``seen`` are the ids of the created side's unlinked records
    that the run had seen.

    ``left_over`` are the ids of what it was later found to have made for a record that somebody had linked with another.
    """

    id: int
    side: Side
    """The system in which the record is created."""
    source_id: str
    """The CI's or asset's id that the record is made for."""
    category_id: str
    hector_category_id: int
    sent: dict[str, Value]
    basis: dict[str, Value]
    seen: frozenset[str]
    at: datetime
    left_over: frozenset[str] = frozenset()
