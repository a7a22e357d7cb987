"""What listings say of a change, a problem, a status: one shape, for what a run would do and for what it did.

The names of a change's members are those of ``plan --json`` and ``changes --json``.
"""

from __future__ import annotations

from typing import Any

from syncsvc.domain.plan import Change, Conflict, KnownConflict, Problem, RunStatus
from syncsvc.domain.records import RecordKind
from syncsvc.domain.undone import Kept
from syncsvc.domain.values import plain

_SHORT = {RunStatus.COMPLETED_WITH_ERRORS.value: "with errors"}


def status_word(code: str) -> str:
    """Give a run's, a link's or a conflict's status as tables show it."""
    return _SHORT.get(code, code).replace("_", " ")


def change_as_json(change: Change) -> dict[str, Any]:
    """Give a change as the listings print it: records are texts, called as people call them; ``None`` where there is none."""
    return {
        "action": change.action.value,
        "system": change.system.value,
        "record": change.record.value,
        "ci": change.ci_number or change.ci_id,
        "asset": change.asset_label or (str(change.asset_id) if change.asset_id is not None else None),
        "subcategory": _subcategory(change),
        "fields": [
            {"field": field.field, "from": plain(field.before), "to": plain(field.after), "why": field.why.value}
            for field in change.fields
        ],
    }


def kept_as_json(kept: Kept) -> dict[str, Any]:
    """Give what an undo leaves as it is, as ``undo --json`` does; of a record as a whole there is no ``field``."""
    shown = change_as_json(kept.change)
    fields = shown.pop("fields")
    field = {"field": None, "from": None, "to": None} | (fields[0] if fields else {})
    field.pop("why", None)
    return shown | field | {"now": plain(kept.now), "reason": kept.reason.value, "run": kept.run, "detail": kept.detail}


def _subcategory(change: Change) -> str | None:
    """Name a subcategory by its id; one that is yet to be made has none, and goes by its maker and model."""
    if change.subcategory_id is not None:
        return str(change.subcategory_id)
    if change.record is RecordKind.SUBCATEGORY and change.title:
        return change.title
    return " ".join(part for part in change.subcategory_key or () if part) or None


def conflict_as_json(category: str, conflict: Conflict, known: KnownConflict | None) -> dict[str, Any]:
    """Give a conflict that a plan has met as ``conflicts --json`` does; ``known``: as it is on record, if it is."""
    baseline = conflict.baseline
    return {
        "id": known.id if known else None,
        "category": category,
        "ci": conflict.ci_number,
        "asset": conflict.asset_label or str(conflict.asset_id),
        "field": conflict.field,
        "c2_value": plain(conflict.c2),
        "hector_value": plain(conflict.hector),
        "baseline": {"c2": plain(baseline.c2), "hector": plain(baseline.hector)} if baseline else None,
        "since": plain(known.since) if known else None,
        "status": "open",
        "use": None,
    }


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """Give a problem as ``errors --json`` does, without what only a run knows."""
    return {
        "kind": problem.kind.value,
        "ci": problem.ci_number,
        "asset": problem.asset,
        "field": problem.field,
        "c2_value": problem.c2_value,
        "hector_value": problem.hector_value,
        "message": problem.message,
        "hint": problem.hint,
    }
