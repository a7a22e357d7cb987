"""Whether a field is still as a run has left it, on both sides, and may be given back what it held before.

Every method of :class:`Still` gives what is asked or raises :class:`KeptError`: then the field is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.plan import Baseline, FieldChange, Why
from syncsvc.domain.records import ConfigurationItem, Side
from syncsvc.domain.rules import FieldMapping
from syncsvc.domain.undone import Reason
from syncsvc.domain.values import Unreadable, Value, any_same, is_unknown, same
from syncsvc.planning.activity import STATUS
from syncsvc.planning.effects import Cell, Place


class KeptError(Exception):
    """A field, or all of a record, is left as it is."""

    def __init__(self, reason: Reason, now: Value = None, *, run: int | None = None, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.now, self.run, self.detail = reason, now, run, detail


def holds(now: Value, value: Value, mapping: FieldMapping, side: Side) -> bool:
    """Whether a field holds a value, or what it keeps of it: cut, rounded."""
    return any_same(now, Conventions.stored(value, mapping.field(side)))


class Still:
    """Judges the fields of one category; ``later`` are the fields that later runs have written, each with the last one."""

    def __init__(self, conventions: Conventions, later: Mapping[Cell, int]) -> None:
        self._conventions, self._later = conventions, later

    def put_back(
        self, where: Place, it: FieldChange, mapping: FieldMapping, now: Value, ci: ConfigurationItem | None = None
    ) -> FieldChange:
        """Give the change that puts back ``it``, where the field holds ``now``; what is across is not looked at here."""
        side = where[0]
        if holds(now, it.before, mapping, side):
            raise KeptError(Reason.ALREADY)
        self.no_later_run((*where, it.mapping))
        if not holds(now, it.after, mapping, side):
            raise KeptError(Reason.CHANGED, now)
        self.may_be_written(mapping, side, ci)
        return FieldChange(mapping.key, mapping.name, now, self._fit(it.before, mapping, side), None, Why.UNDONE)

    def no_later_run(self, cell: Cell) -> None:
        """Make sure that no later run has written a field, whatever it holds: then that run is the one to be undone."""
        if cell in self._later:
            raise KeptError(Reason.LATER_RUN, run=self._later[cell])

    @staticmethod
    def may_be_written(mapping: FieldMapping | None, side: Side, ci: ConfigurationItem | None) -> None:
        """Make sure that a field, and its record, can be written."""
        target = mapping.field(side) if mapping else None
        if target is not None and (target.read_only or target.unknown_kind):
            raise KeptError(Reason.READ_ONLY)
        if side is Side.C2 and ci is not None and ci.is_read_only:
            raise KeptError(Reason.READ_ONLY, detail=f"CI {ci.number}")

    def _fit(self, value: Value, mapping: FieldMapping, side: Side) -> Value:
        """Give a value from before the run as its field takes it today."""
        target = mapping.field(side)
        if value is None and target.required:
            raise KeptError(Reason.REQUIRED)
        if isinstance(value, Unreadable):
            raise KeptError(Reason.UNFIT, detail=f"“{value.raw}” is no {target.kind}.")
        try:
            return self._conventions.convert(value, target, target)
        except ConversionError as error:
            raise KeptError(Reason.UNFIT, detail=error.message) from error

    def across(  # noqa: PLR0917 - one field across: as it is, as it was, and what it is to stand beside
        self, mapping: FieldMapping, side: Side, now: Value, baseline: Baseline | None, after: Value, detail: str = ""
    ) -> None:
        """Make sure that ``side``, which is not written, holds no change that no run has carried over yet: it would be lost.

        Where it holds what is put back the two are simply in order. Without a baseline nobody can tell: a known value stands as
        it is, an unknown one is left to meet as if for the first time.
        """
        if baseline is None:
            changed = is_unknown(now, is_c2=side is Side.C2)
        else:
            changed = not same(now, baseline.c2 if side is Side.C2 else baseline.hector)
        if changed and not self._conventions.in_order(now, mapping.field(side), after, mapping.field(side.other)):
            raise KeptError(Reason.CHANGED_ACROSS, now, detail=detail)

    def activity(self, where: Place, it: FieldChange, now: Value) -> None:
        """Make sure that whether a record is in use, which reads ``now``, is as the run has left it."""
        if same(now, it.before):
            raise KeptError(Reason.ALREADY)
        self.no_later_run((*where, it.mapping))
        if not same(now, it.after):
            raise KeptError(Reason.CHANGED, now)

    @staticmethod
    def activity_across(side: Side, *, now: bool, was: bool) -> None:
        """Make sure that nobody has taken the counterpart, on ``side``, out of use or back since."""
        if now != was:
            raise KeptError(Reason.CHANGED_ACROSS, STATUS[now] if side is Side.HECTOR else now)
