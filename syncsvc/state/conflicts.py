"""Conflicts as they come and go: opened when a run meets them, void when their values move, closed when they are over.

A settlement (``settled``, with the side to ``use``) holds for the two values that the person saw; the run that carries it out
advances the field's baseline, which closes it (``baselines.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update

from syncsvc.domain.plan import Conflict
from syncsvc.domain.values import encode
from syncsvc.state.database import writing
from syncsvc.state.tables import conflicts, links


class ConflictRecords:
    """The part of :class:`syncsvc.state.store.Store` about conflicts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note_conflicts(
        self, run_id: int, category_id: str, found: Sequence[Conflict], link_ids: Mapping[str, int], at: datetime
    ) -> int:
        """Record what a run of this C2 category found, and give how many conflicts of it are open.

        New ones are opened; one whose values moved is open again with its new values, since now, whatever was settled; open
        ones that were not found are closed. ``link_ids`` has the link of each CI; a conflict without one is met again by the
        run that links it.
        """
        rows = {(link_ids[conflict.ci_id], conflict.mapping): _row(conflict) for conflict in found if conflict.ci_id in link_ids}
        with writing(self._engine) as connection:
            live = {(row.link_id, row.mapping): row for row in _live(connection, category_id)}
            fresh = {"run_id": run_id, "since": at, "status": "open", "use": None, "settled_at": None}
            opened = [row | fresh | {"link_id": key[0], "mapping": key[1]} for key, row in rows.items() if key not in live]
            moved = [
                row | fresh | {"its_id": live[key].id} for key, row in rows.items() if key in live and _moved(live[key], row)
            ]
            over = [{"its_id": row.id} for key, row in live.items() if key not in rows and row.status == "open"]
            if opened:
                connection.execute(insert(conflicts), opened)
            _update(connection, moved, [*fresh, "field", "c2_value", "hector_value", *_BASELINE])
            _update(connection, [row | {"status": "closed"} for row in over], ["status"])
            return _open(connection, category_id)


_BASELINE = ("c2_baseline", "hector_baseline", "has_baseline")


def _row(conflict: Conflict) -> dict[str, Any]:
    baseline = conflict.baseline
    return {
        "field": conflict.field,
        "c2_value": encode(conflict.c2),
        "hector_value": encode(conflict.hector),
        "c2_baseline": encode(baseline.c2) if baseline else None,
        "hector_baseline": encode(baseline.hector) if baseline else None,
        "has_baseline": baseline is not None,
    }


def _moved(stored: Row[Any], row: Mapping[str, Any]) -> bool:
    return bool((stored.c2_value, stored.hector_value) != (row["c2_value"], row["hector_value"]))


def _live(connection: Connection, category_id: str) -> Iterable[Row[Any]]:
    return connection.execute(
        select(conflicts).join(links).where(links.c.category_id == category_id, conflicts.c.status != "closed")
    )


def _open(connection: Connection, category_id: str) -> int:
    counted = select(func.count()).select_from(conflicts).join(links)
    return connection.scalar(counted.where(links.c.category_id == category_id, conflicts.c.status == "open")) or 0


def _update(connection: Connection, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    if rows:
        values: dict[str, Any] = {column: bindparam(column) for column in columns}
        connection.execute(update(conflicts).where(conflicts.c.id == bindparam("its_id")).values(values), rows)
