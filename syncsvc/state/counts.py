"""The counts of a run that has no summary: one that is going on, or was killed; taken from the changes and errors it recorded."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Action, Outcome
from syncsvc.domain.records import Side
from syncsvc.state.tables import changes, errors

NOT_COUNTED = (ErrorKind.CONFLICT.value, ErrorKind.CHANGED_MEANWHILE.value)
"""Conflicts have a count of their own, and a notice is no error."""


def counted(connection: Connection, run_id: int) -> dict[str, Any]:
    """Give the counts of ``sync --json``; what only the run itself knew (reads, requests, ``unchanged``, …) is 0."""
    created: dict[Side, int] = dict.fromkeys(Side, 0)
    written: dict[Side, int] = dict.fromkeys(Side, 0)
    updated: dict[Side, set[tuple[str | None, ...]]] = {side: set() for side in Side}
    c = changes.c
    for row in connection.execute(select(changes).where(c.run_id == run_id, c.outcome.in_([Outcome.DONE, Outcome.PARTLY]))):
        side = Side(row.system)
        if row.action == Action.CREATE:
            created[side] += 1
        elif row.action != Action.LINK:
            updated[side].add((row.record, row.ci, row.asset, row.subcategory))
            # Of a partly refused change nobody noted which of its values were written.
            written[side] += len(row.fields) if row.outcome == Outcome.DONE else 0
    failed = select(func.count()).select_from(errors).where(errors.c.run_id == run_id, errors.c.kind.not_in(NOT_COUNTED))
    return {
        "read": _both(dict.fromkeys(Side, 0)),
        "created": _both(created),
        "updated": _both({side: len(records) for side, records in updated.items()}),
        "fields_written": _both(written),
        "unchanged": 0,
        "linked": 0,
        "conflicts": 0,
        "errors": connection.scalar(failed) or 0,
        "requests": _both(dict.fromkeys(Side, 0)),
    }


def _both(counts: dict[Side, int]) -> dict[str, int]:
    return {side.value: count for side, count in counts.items()}
