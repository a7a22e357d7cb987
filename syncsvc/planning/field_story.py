"""What there is to tell of one field of a pair: who changed it, what a plan writes of it, or why it is left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import Action, Baseline, Problem, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.rules import FieldMapping
from syncsvc.domain.values import Kind, Value, same


class Changed(StrEnum):
    """Who has changed a field since it was last in order; part of the ``--json`` format."""

    NOTHING = "nothing"
    C2 = "c2"
    HECTOR = "hector"
    BOTH = "both"


class Rest(StrEnum):
    """Why a field is left alone; part of the ``--json`` format."""

    NOT_MAPPED = "not_mapped"
    """The rules carry it nowhere."""
    IN_ORDER = "in_order"
    AGREED = "agreed"
    """In order by now: only the baseline is brought up to date."""
    UNKNOWN = "unknown"
    """Whoever has the say has never said anything."""
    DIFFERENT = "different"
    """The two differ, and neither was changed since."""
    NEW_HOME = "new_home"
    """Somebody has moved the asset to another subcategory, whose value stands."""
    CONFLICT = "conflict"
    ERROR = "error"
    DISAGREEMENT = "disagreement"
    """The CIs that share the subcategory do not agree."""
    GIVEN_UP = "given_up"
    """It does not come to rest."""
    KEY_WAITS = "key_waits"
    """Another field of the subcategory's key is in conflict or refused: half a key is another thing's name."""
    MOVES = "moves"
    """The asset moves first; what the new subcategory holds is compared then."""
    FOLLOWS = "follows"
    """Another CI of the subcategory asks for something: this one is given what comes of that."""
    NO_SUBCATEGORY = "no_subcategory"
    GONE = "gone"
    """One of the two linked records is not there."""
    NO_COUNTERPART = "no_counterpart"
    OTHER_WAY = "other_way"
    """The record that is to be made is given nothing of it: the field goes the other way."""
    EMPTY = "empty"
    SHARED = "shared"
    """It belongs to the subcategory of an asset that is to be made."""
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Write:
    """What a plan writes of one field."""

    action: Action
    system: Side
    record: RecordKind
    before: Value
    after: Value
    why: Why
    through: bool = False
    """Whether another CI of the subcategory asks for it: Hector is written first, and C2 gets what it answers."""


@dataclass(frozen=True, slots=True)
class FieldStory:
    """What there is to tell of one field: either it is written, or it rests for a reason."""

    mapping: FieldMapping
    c2: Value
    hector: Value
    baseline: Baseline | None
    changed: Changed | None
    """``None``: it was never in order."""
    write: Write | None
    rest: Rest | None
    problem: Problem | None = None


def changed_since(baseline: Baseline | None, c: Value, h: Value) -> Changed | None:
    """Say which sides hold another value than when the field was last in order."""
    if baseline is None:
        return None
    c_dirty, h_dirty = not same(c, baseline.c2), not same(h, baseline.hector)
    if c_dirty and h_dirty:
        return Changed.BOTH
    return Changed.C2 if c_dirty else Changed.HECTOR if h_dirty else Changed.NOTHING


def names_of(fields: Iterable[FieldStory], conventions: Conventions) -> dict[str, str]:
    """Give the names of the clients whose ids these fields hold: nobody knows a person by those."""
    names: dict[str, str] = {}
    for told in fields:
        known = [told.c2, told.baseline.c2 if told.baseline else None]
        known += [told.write.before, told.write.after] if told.write is not None and told.write.system is Side.C2 else []
        for value in known if told.mapping.c2.kind is Kind.PERSON else ():
            if isinstance(value, str):
                names[value] = conventions.shown(value, told.mapping.c2) or value
    return names
