"""One field of one link: what the two values and the baseline ask for. The table *Field by field* of the sync rules.

Nothing here knows records, other fields or other links; subcategory fields that many CIs share are judged one link at a time
here and brought together in ``subcategories.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.plan import Baseline, Why
from syncsvc.domain.records import Side
from syncsvc.domain.rules import ConflictPolicy, Direction, FieldMapping
from syncsvc.domain.values import Value, is_unknown, same


class Verdict(Enum):
    """What is to be done with one field of one link."""

    NOTHING = auto()
    """Nothing is written and the baseline stays as it is."""
    AGREED = auto()
    """The two values are in order; the baseline is brought up to date."""
    TO_C2 = auto()
    TO_HECTOR = auto()
    CONFLICT = auto()
    """Both sides were changed, and the policy holds."""
    REFUSED = auto()
    """The value cannot be written; ``error`` says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one field; ``value`` is what is to be written, in the written side's kind."""

    verdict: Verdict
    value: Value = None
    why: Why = Why.CHANGED
    error: ConversionError | None = None

    @property
    def written(self) -> Side | None:
        """The side that is to be written."""
        return {Verdict.TO_C2: Side.C2, Verdict.TO_HECTOR: Side.HECTOR}.get(self.verdict)


NOTHING = Decision(Verdict.NOTHING)
AGREED = Decision(Verdict.AGREED)
CONFLICT = Decision(Verdict.CONFLICT)


def merge(
    mapping: FieldMapping,
    c: Value,
    h: Value,
    baseline: Baseline | None,
    conventions: Conventions,
    *,
    folded: bool = False,
) -> Decision:
    """Decide about one field from both values and the baseline (``None``: no known value was ever agreed on).

    ``folded`` compares a first meeting as matching does, with case and spaces ignored: for the field that matched and for the
    key fields of a subcategory.
    """
    if mapping.direction is Direction.NONE:
        return NOTHING
    if baseline is None:
        return _first_meeting(mapping, c, h, conventions, folded=folded)
    c_dirty, h_dirty = not same(c, baseline.c2), not same(h, baseline.hector)
    if not c_dirty and not h_dirty:  # in order, or somebody undid a run, or the other side stores a lossy form
        return NOTHING
    if conventions.in_order(c, mapping.c2, h, mapping.hector):
        return AGREED
    if mapping.direction is Direction.TO_HECTOR:
        return carry(mapping, Side.HECTOR, c, conventions, Why.CHANGED if c_dirty else Why.PUT_BACK)
    if mapping.direction is Direction.TO_C2:
        return carry(mapping, Side.C2, h, conventions, Why.CHANGED if h_dirty else Why.PUT_BACK)
    if c_dirty and h_dirty:
        return _both_changed(mapping, c, h, conventions)
    if c_dirty:
        return carry(mapping, Side.HECTOR, c, conventions, Why.CHANGED)
    return carry(mapping, Side.C2, h, conventions, Why.CHANGED)


def _first_meeting(mapping: FieldMapping, c: Value, h: Value, conventions: Conventions, *, folded: bool) -> Decision:
    """Decide about a field of which no known value was ever agreed on: an unknown value wipes nothing.

    As long as the side with the say is unknown no baseline is kept, so the first meeting lasts until it says something.
    """
    c_unknown, h_unknown = is_unknown(c, is_c2=True), is_unknown(h, is_c2=False)
    writes = mapping.direction.writes
    if (c_unknown or Side.HECTOR not in writes) and (h_unknown or Side.C2 not in writes):
        return NOTHING
    if conventions.in_order(c, mapping.c2, h, mapping.hector, folded=folded):
        return AGREED
    if mapping.direction is Direction.TO_HECTOR or (mapping.direction is Direction.BOTH and h_unknown):
        return carry(mapping, Side.HECTOR, c, conventions, Why.FIRST_MEETING)
    if mapping.direction is Direction.TO_C2 or c_unknown:
        return carry(mapping, Side.C2, h, conventions, Why.FIRST_MEETING)
    return _both_changed(mapping, c, h, conventions)


def _both_changed(mapping: FieldMapping, c: Value, h: Value, conventions: Conventions) -> Decision:
    if mapping.on_conflict is ConflictPolicy.C2:
        return carry(mapping, Side.HECTOR, c, conventions, Why.CONFLICT_SETTLED)
    if mapping.on_conflict is ConflictPolicy.HECTOR:
        return carry(mapping, Side.C2, h, conventions, Why.CONFLICT_SETTLED)
    return CONFLICT


def carry(mapping: FieldMapping, side: Side, value: Value, conventions: Conventions, why: Why) -> Decision:
    """Carry the value of the other side over to ``side``, as it can be written there, or refuse it."""
    origin, target = mapping.field(side.other), mapping.field(side)
    try:
        converted = conventions.convert(value, origin, target)
    except ConversionError as error:
        return Decision(Verdict.REFUSED, why=why, error=error)
    if converted is None and target.required:
        refusal = ConversionError(
            f"“{target.name}” was emptied in {side.other.label}, but {side.label} requires it.",
            hint=f"Fill “{origin.name}” again in {side.other.label}, or make the field optional in {side.label}.",
        )
        return Decision(Verdict.REFUSED, why=why, error=refusal)
    verdict = Verdict.TO_C2 if side is Side.C2 else Verdict.TO_HECTOR
    return Decision(verdict, converted, why)


def for_new_record(mapping: FieldMapping, side: Side, value: Value, conventions: Conventions) -> Decision:
    """Decide what a record that is created on ``side`` is given of ``value``, held by the other side.

    A field that goes the other way, or an empty value, gives nothing: the new record's own value is met afterwards.
    """
    if side not in mapping.direction.writes:
        return NOTHING
    if value is None:
        if not mapping.field(side).required:
            return NOTHING
        error = ConversionError(
            f"“{mapping.field(side).name}” is required in {side.label}, and “{mapping.field(side.other).name}” is empty.",
            hint=f"Fill “{mapping.field(side.other).name}” in {side.other.label}.",
        )
        return Decision(Verdict.REFUSED, why=Why.NEW_RECORD, error=error)
    return carry(mapping, side, value, conventions, Why.NEW_RECORD)
