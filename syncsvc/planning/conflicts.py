"""Conflicts that need not wait: settled by a person for the very two values, or decided by the later change."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncsvc.domain.plan import Why
from syncsvc.domain.records import Asset, ConfigurationItem, Level, RecordKind, Side, Subcategory
from syncsvc.domain.rules import ConflictPolicy, FieldMapping
from syncsvc.domain.values import same
from syncsvc.planning.draft import Draft, Meeting
from syncsvc.planning.merge import CONFLICT, Decision, carry

CLOSE = timedelta(minutes=5)
"""Two changes closer together than this cannot be put in order: clocks differ."""


def settle_conflict(draft: Draft, meeting: Meeting, place: int) -> Decision:
    """Decide about a field that both sides changed: the settlement, the later change, or still a conflict."""
    mapping = draft.layout.mappings[place]
    c, h = meeting.ci.values[place], meeting.hector[place]
    winner: Side | None = None
    settlement = draft.snapshot.settlements.get((meeting.ci.id, mapping.key))
    if settlement is not None and same(settlement.c2, c) and same(settlement.hector, h):
        winner = settlement.use
        draft.settled.append((meeting.ci.id, mapping.key))
    elif mapping.on_conflict is ConflictPolicy.NEWEST:
        winner = _later(draft, meeting, mapping)
    if winner is None:
        return CONFLICT
    return carry(mapping, winner.other, c if winner is Side.C2 else h, draft.conventions, Why.CONFLICT_SETTLED)


def _later(draft: Draft, meeting: Meeting, mapping: FieldMapping) -> Side | None:
    """Give the side that was changed later; ``None`` when that cannot be told.

    What an asset holds through its subcategory changes with either of the two: somebody edits the one, or moves the other.
    """
    in_c2 = _changed_at(draft, RecordKind.CI, meeting.ci)
    in_hector = _changed_at(draft, RecordKind.ASSET, meeting.asset)
    if mapping.hector.level is Level.SUBCATEGORY and in_hector is not None:
        shared = _changed_at(draft, RecordKind.SUBCATEGORY, meeting.subcategory)
        in_hector = None if shared is None else max(in_hector, shared)
    if in_c2 is None or in_hector is None or abs(in_c2 - in_hector) < CLOSE:
        return None
    return Side.C2 if in_c2 > in_hector else Side.HECTOR


def _changed_at(draft: Draft, kind: RecordKind, record: ConfigurationItem | Asset | Subcategory | None) -> datetime | None:
    """Tell when somebody else than ourselves changed a record last; ``None``: nobody knows."""
    if record is None or record.modified_at is None:
        return None
    own = draft.snapshot.own_writes.get((kind, str(record.id)))
    return record.modified_at if own is None or record.modified_at > own.written_at else own.changed_at
