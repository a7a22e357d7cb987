"""What an undo leaves as it is, and why: frozen data, for listings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncsvc.domain.plan import Change
from syncsvc.domain.values import Value


class Reason(StrEnum):
    """Why something that a run did is not put back; part of the ``--json`` format."""

    CREATED = "created"
    """The run made the record: nothing is ever deleted."""
    LINKED = "linked"
    """The run linked a pair: parting it is a person's decision."""
    ALREADY = "already"
    """The record holds what it held before the run."""
    CHANGED = "changed"
    """It holds neither what the run wrote nor what was there before: somebody has changed it since."""
    LATER_RUN = "later_run"
    """A later run has written it."""
    CHANGED_ACROSS = "changed_across"
    """Its counterpart was changed since, which no run has carried over yet."""
    GONE = "gone"
    """The record, or its counterpart, is not there any more."""
    MOVED_AWAY = "moved_away"
    """The record, or its counterpart, is in another category now."""
    PARTED = "parted"
    """The pair is linked no longer, or a record has another counterpart."""
    NOT_MAPPED = "not_mapped"
    """Today's rules do not name the field, or the category, any more."""
    READ_ONLY = "read_only"
    """The field, or the record, cannot be written any more."""
    REQUIRED = "required"
    """It was empty before the run, and its system wants a value."""
    UNFIT = "unfit"
    """The value before the run is none that the field takes any more."""
    NAME_TAKEN = "name_taken"
    """Another subcategory has by now the name that this one had."""
    NOT_RECORDED = "not_recorded"
    """An earlier version recorded the run, which kept no exact values."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One field of a change, or a change as a whole, that an undo leaves as it is."""

    change: Change
    """As the run made it, with that one field; without any where the reason is about all of it."""
    reason: Reason
    now: Value = None
    """What there is now, where that is the reason: on the written side, or for :attr:`Reason.CHANGED_ACROSS` across."""
    run: int | None = None
    """The later run that wrote it."""
    detail: str = ""
    """What the reason leaves open: what is gone, or why the value does not fit."""
