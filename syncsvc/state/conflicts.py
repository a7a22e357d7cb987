"""Conflicts as they come and go: opened when a run meets them, settled by people, void when their values move, closed at the end.

A settlement (``settled``, with the side to ``use``) holds for the two values that the person saw; the run that carries it out
advances the field's baseline, which closes it (``baselines.py``). A run that could not write it hands it over to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, func, insert, select, update

from syncsvc.domain.errors import ErrorKind, SyncError
from syncsvc.domain.plan import Conflict, KnownConflict, Settlement
from syncsvc.domain.records import Side
from syncsvc.domain.values import decode, encode
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import conflicts, links


class UnknownConflictError(SyncError):
    """There is no such conflict, or it is over; nothing was settled."""

    kind = ErrorKind.MISSING


class MovedConflictError(SyncError):
    """The values are no longer those that somebody saw; nothing was settled."""

    kind = ErrorKind.CHANGED_MEANWHILE


class ConflictRecords:
    """The part of :class:`syncsvc.state.store.Store` about conflicts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def settlements_of(self, category_id: str) -> dict[tuple[str, str], Settlement]:
        """Give what people decided about a C2 category's conflicts and no run has carried out yet: by CI id and mapping."""
        c = conflicts.c
        wanted = select(links.c.ci_id, c.mapping, c.use, c.c2_value, c.hector_value).select_from(conflicts).join(links)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(links.c.category_id == category_id, c.status == "settled"))
            return {
                (row.ci_id, row.mapping): Settlement(Side(row.use), decode(row.c2_value), decode(row.hector_value))
                for row in rows
            }

    def settle_conflict(
        self, conflict_id: int | Collection[int], use: Side, at: datetime, *, since: datetime | None = None
    ) -> None:
        """Settle one conflict, or all of several: the next run gives the other side what ``use`` holds now.

        A settled one may be settled anew. Raises :class:`UnknownConflictError` when any is unknown or over, and
        :class:`MovedConflictError` when ``since`` is given and a run has met other values since; none is settled then.
        """
        wanted = [conflict_id] if isinstance(conflict_id, int) else list(dict.fromkeys(conflict_id))
        c = conflicts.c
        with writing(self._engine) as connection:
            found = {row.id: row for row in connection.execute(select(c.id, c.status, c.since).where(c.id.in_(wanted)))}
            _refuse_unknown(wanted, {its_id: row.status for its_id, row in found.items()})
            if since is not None and any(row.since != since for row in found.values()):
                # One whose values moved is the same conflict, since another moment.
                raise MovedConflictError(
                    "The values have changed since they were shown.", hint="Nothing was settled. Look again."
                )
            settled = {"status": "settled", "use": use.value, "settled_at": at}
            connection.execute(update(conflicts).where(c.id.in_(wanted)).values(settled))

    def note_conflicts(
        self,
        run_id: int,
        category_id: str,
        found: Sequence[Conflict],
        link_of: Callable[[str], int | None],
        at: datetime,
        *,
        pending: Collection[tuple[str, str]] | None = None,
    ) -> int:
        """Record what a run of this C2 category found, and give how many conflicts of it are open.

        New ones are opened; one whose values moved is open again with its new values, since now, whatever was settled; those
        that were not found are closed. ``link_of`` gives the link of each CI that the run looked at: conflicts of other links are
        left as they are, and a conflict without a link is met again by the run that links it.

        ``pending`` names, by CI id and mapping, the settlements that the run's plan relied on: one that could not be written
        stays settled and is tried again. ``None`` leaves every settlement in place.
        """
        linked = ((link_of(conflict.ci_id), conflict) for conflict in found)
        rows = {(link, conflict.mapping): _row(conflict) for link, conflict in linked if link is not None}
        kept = None if pending is None else {(link_of(ci_id), key) for ci_id, key in pending}
        with writing(self._engine) as connection:
            all_live = _live(connection, category_id)
            live = {(row.link_id, row.mapping): row for row in all_live if link_of(row.ci_id) == row.link_id}
            fresh = {"run_id": run_id, "since": at, "status": "open", "use": None, "settled_at": None}
            opened = [row | fresh | {"link_id": key[0], "mapping": key[1]} for key, row in rows.items() if key not in live]
            moved = [
                row | fresh | {"its_id": live[key].id} for key, row in rows.items() if key in live and _moved(live[key], row)
            ]
            over = [row.id for key, row in live.items() if key not in rows and _is_over(row, kept)]
            if opened:
                connection.execute(insert(conflicts), opened)
            _update(connection, moved, [*fresh, "field", "c2_value", "hector_value", *_BASELINE])
            _update(connection, [{"its_id": its_id, "status": "closed"} for its_id in over], ["status"])
            return _open(connection, category_id)

    def on_record(self, category_id: str, found: Iterable[Conflict]) -> dict[tuple[str, str], KnownConflict]:
        """Give, by CI id and mapping, those of the conflicts of this C2 category that earlier runs have met."""
        rows = {(conflict.ci_id, conflict.mapping): _row(conflict) for conflict in found}
        with reading(self._engine) as connection:
            live = [row for row in _live(connection, category_id) if (row.ci_id, row.mapping) in rows]
        return {
            (row.ci_id, row.mapping): KnownConflict(row.id, None if _moved(row, rows[row.ci_id, row.mapping]) else row.since)
            for row in live
        }

    def close_other_conflicts(self, synchronised: Collection[str]) -> int:
        """Close the conflicts of all C2 categories but these, which are all that the rules synchronise; gives how many."""
        c = conflicts.c
        with writing(self._engine) as connection:
            live = connection.execute(select(c.id, links.c.category_id).join(links).where(_lives()))
            over = [row.id for row in live if row.category_id not in synchronised]
            _update(connection, [{"its_id": its_id, "status": "closed"} for its_id in over], ["status"])
        return len(over)


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


def _is_over(row: Row[Any], kept: Collection[tuple[int | None, str]] | None) -> bool:
    """Whether a conflict that was not found again has ended: nobody decided about it, or the decision has lost its object."""
    return row.status == "open" or (kept is not None and (row.link_id, row.mapping) not in kept)


def _refuse_unknown(wanted: Iterable[int], statuses: Mapping[int, str]) -> None:
    faults = []
    for conflict_id in wanted:
        status = statuses.get(conflict_id)
        if status is None:
            faults.append(f"There is no conflict {conflict_id}.")
        elif status == "closed":
            faults.append(f"Conflict {conflict_id} is over: a run carried it out, or found its field no longer in conflict.")
    if faults:
        raise UnknownConflictError(" ".join(faults), hint="Nothing was settled. syncsvc conflicts lists those that can be.")


def _live(connection: Connection, category_id: str) -> Iterable[Row[Any]]:
    return connection.execute(select(conflicts, links.c.ci_id).join(links).where(links.c.category_id == category_id, _lives()))


def _lives() -> ColumnElement[bool]:
    return conflicts.c.status != "closed"


def _open(connection: Connection, category_id: str) -> int:
    counted = select(func.count()).select_from(conflicts).join(links)
    return connection.scalar(counted.where(links.c.category_id == category_id, conflicts.c.status == "open")) or 0


def _update(connection: Connection, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    if rows:
        values: dict[str, Any] = {column: bindparam(column) for column in columns}
        connection.execute(update(conflicts).where(conflicts.c.id == bindparam("its_id")).values(values), rows)
