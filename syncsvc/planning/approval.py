"""Approval: what of a plan was reviewed. A held plan is kept as data; the approved run plans again and takes the intersection.

A change is known by what it does, to which record, and by each field's value before and after; a new CI by its name too.
Whatever is new since the review is left for the next run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syncsvc.domain.plan import Action, Change, Plan
from syncsvc.domain.records import RecordKind
from syncsvc.domain.values import encode
from syncsvc.planning.siblings import only_led

Head = tuple[str, ...]
FieldKey = tuple[str, ...]
Reviewed = Mapping[Head, frozenset[FieldKey]]
"""The changes that a person saw: what is done to which record, and each field with its values before and after."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person approved of one category."""

    changes: Reviewed
    absences: bool = True
    """Whether it was held for records that were missing: only then may as many links be orphaned."""


WHOLE = {Action.CREATE, Action.LINK, Action.RENAME}
"""Actions that stand or fall as a whole; of the others each field stands for itself."""
_NOTHING = "-"
_WITHOUT_NAME = 6
"""Parts of a head before the name that a new CI is given."""


def reviewed_rows(plan: Plan) -> list[list[object]]:
    """Give a plan as rows of texts, to be stored until somebody approves."""
    return [[list(_head(change)), sorted(list(key) for key in _field_keys(change))] for change in plan.changes]


def read_rows(rows: Iterable[list[list[object]]]) -> Reviewed:
    """Read what :func:`reviewed_rows` gave."""
    return {
        tuple(str(part) for part in head): frozenset(tuple(str(part) for part in key) for key in keys if isinstance(key, list))
        for head, keys in rows
    }


def amounts_of(rows: Iterable[Sequence[Sequence[object]]]) -> list[tuple[str, str, str, int]]:
    """Count what :func:`reviewed_rows` gave: by what is done, to which kind of record, in which system."""
    counted = Counter((str(head[0]), str(head[2]), str(head[1])) for head, _ in rows)
    return [(*what, number) for what, number in sorted(counted.items())]


def approved_part(plan: Plan, reviewed: Reviewed) -> Plan:
    """Give that part of a plan which was reviewed. What needs no write is no change, and stays."""
    kept = [change for change in (_approved(change, reviewed) for change in plan.changes) if change is not None]
    subcategories = {change.subcategory_key for change in kept if change.subcategory_id is None}
    makes = {c.subcategory_key for c in kept if c.action is Action.CREATE and c.ci_id is None and c.asset_id is None}
    lacking = subcategories - makes - {None}
    possible = [change for change in kept if change.subcategory_id is not None or change.subcategory_key not in lacking]
    return replace(plan, changes=only_led(possible))


def _approved(change: Change, reviewed: Reviewed) -> Change | None:
    head = _head(change)
    seen = reviewed.get(head, reviewed.get(head[:_WITHOUT_NAME]))  # rows that an earlier version kept say no names
    if seen is None:
        return None
    fields = tuple(field for field, key in zip(change.fields, _field_keys(change), strict=True) if key in seen)
    if change.action in WHOLE:
        return change if len(fields) == len(change.fields) == len(seen) else None
    if change.action is Action.MOVE and any(_is_key(f.mapping) for f in change.fields if f not in fields):
        return None
    return replace(change, fields=fields) if fields else None


def _is_key(mapping: str) -> bool:
    return "=subcategory." in mapping


def _head(change: Change) -> Head:
    is_new_ci = change.action is Action.CREATE and change.record is RecordKind.CI  # its title is what it will be called
    made_or_moved = change.subcategory_key is not None
    subcategory = "\x1f".join(change.subcategory_key or ()) if made_or_moved else str(change.subcategory_id or _NOTHING)
    return (
        change.action.value,
        change.system.value,
        change.record.value,
        change.ci_id or _NOTHING,
        str(change.asset_id or _NOTHING),
        subcategory,
        *([change.title] if is_new_ci else []),
    )


def _field_keys(change: Change) -> list[FieldKey]:
    return [(field.mapping, encode(field.before) or _NOTHING, encode(field.after) or _NOTHING) for field in change.fields]
