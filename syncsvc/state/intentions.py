"""Intentions: creations that were about to be asked for, kept until it is known what came of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Engine, bindparam, delete, exists, func, insert, select, update

from syncsvc.domain.plan import Intention
from syncsvc.domain.records import Side
from syncsvc.domain.values import Value, decode, encode
from syncsvc.state.bulk import insert_rows
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import changes, errors, intentions, seen

# Built once: what is executed for every few records would otherwise be built as often.
_THESE = intentions.c.id.in_(bindparam("ids", expanding=True))
_THEIR_LISTS = select(intentions.c.seen_id).where(_THESE).distinct()
_END = delete(intentions).where(_THESE)
_THIS_LIST: BindParameter[int] = bindparam("seen_id")
_FORGET_SEEN = delete(seen).where(seen.c.id == _THIS_LIST, ~exists().where(intentions.c.seen_id == _THIS_LIST))


class IntentionRecords:
    """The part of :class:`syncsvc.state.store.Store` about intentions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_intentions(self, run_id: int, new: Sequence[Intention]) -> list[int]:
        """Store intentions and give their ids in order (an intention's own ``id`` counts for nothing here).

        A ``seen`` that several of them share, as one object, is stored once.
        """
        if not new:
            return []
        with writing(self._engine) as connection:
            seen_ids = _store_seen(connection, new)
            columns = _columns(new) | {"seen_id": [seen_ids[id(intention.seen)] for intention in new]}
            # All at once, and then their ids by whom they are for: RETURNING in order goes row by row on SQLite.
            insert_rows(connection, intentions, columns, {"run_id": run_id})
            c = intentions.c
            mine = select(c.source_id, c.id).where(c.run_id == run_id, c.seen_id.in_(set(seen_ids.values()))).order_by(c.id)
            ids: dict[str, list[int]] = {}
            for row in connection.execute(mine):
                ids.setdefault(row.source_id, []).append(row.id)
            return [ids[intention.source_id].pop(0) for intention in new]

    def intentions_of(self, category_id: str) -> list[Intention]:
        """List what is left over for a C2 category, oldest first; equal lists of seen ids are one object again.

        ``at`` is when its request may have had its turn at the latest: many are stored at once, and the last of them has its turn
        when the run has already recorded what came of others. A request that the system wants to have later is sent later still:
        whoever judges the age adds the longest wait.
        """
        c = intentions.c
        with reading(self._engine) as connection:
            rows = connection.execute(select(intentions).where(c.category_id == category_id).order_by(c.id)).all()
            lists = select(seen).where(exists().where(c.seen_id == seen.c.id, c.category_id == category_id))
            ids_seen = {row.id: frozenset(row.ids) for row in connection.execute(lists)}
            last_signs = _last_signs(connection, {row.run_id for row in rows})
        return [
            Intention(
                id=row.id,
                side=Side(row.side),
                source_id=row.source_id,
                category_id=row.category_id,
                hector_category_id=row.hector_category_id,
                sent=_values(row.sent),
                basis=_values(row.basis),
                seen=ids_seen[row.seen_id],
                at=max(row.at, last_signs.get(row.run_id, row.at)),
                left_over=frozenset(row.left_over or ()),
            )
            for row in rows
        ]

    def sources_elsewhere(self, category_id: str) -> tuple[frozenset[str], frozenset[int]]:
        """Give the CIs and the assets for which a creation is left over under another C2 category; they may have moved here."""
        c = intentions.c
        with reading(self._engine) as connection:
            rows = connection.execute(select(c.side, c.source_id).where(c.category_id != category_id)).all()
        cis = frozenset(row.source_id for row in rows if Side(row.side) is Side.HECTOR)
        return cis, frozenset(int(row.source_id) for row in rows if Side(row.side) is Side.C2)

    def note_left_over(self, intention_id: int, ids: Collection[str]) -> None:
        """Record what a creation made for nobody any more: its source has been linked with another record."""
        with writing(self._engine) as connection:
            row = update(intentions).where(intentions.c.id == intention_id)
            connection.execute(row.values(left_over=sorted(ids)))

    def drop_intention(self, intention_id: int) -> None:
        """Forget a creation that was clearly refused, or that recovery found never to have happened."""
        with writing(self._engine) as connection:
            forget_intentions(connection, [intention_id])


def forget_intentions(connection: Connection, ids: Sequence[int]) -> None:
    """Remove intentions and the lists of seen ids that no other intention needs, within the caller's transaction."""
    if not ids:
        return
    lists = connection.scalars(_THEIR_LISTS, {"ids": ids}).all()
    connection.execute(_END, {"ids": ids})
    for seen_id in lists:
        connection.execute(_FORGET_SEEN, {"seen_id": seen_id})


def _store_seen(connection: Connection, new: Sequence[Intention]) -> dict[int, int]:
    """Store each list once and give its id by the object's identity."""
    lists = {id(intention.seen): intention.seen for intention in new}
    added = insert(seen).returning(seen.c.id, sort_by_parameter_order=True)
    ids = connection.scalars(added, [{"ids": sorted(ids)} for ids in lists.values()])
    return dict(zip(lists, ids, strict=True))


def _last_signs(connection: Connection, run_ids: Collection[int]) -> dict[int, datetime]:
    """Tell when each of these runs last recorded what came of a change or a problem."""
    found: dict[int, datetime] = {}
    for table in (changes, errors):
        wanted = select(table.c.run_id, func.max(table.c.at).label("at")).where(table.c.run_id.in_(run_ids))
        for row in connection.execute(wanted.group_by(table.c.run_id)):
            found[row.run_id] = max(row.at, found.get(row.run_id, row.at))
    return found


def _columns(new: Sequence[Intention]) -> dict[str, list[Any]]:
    return {
        "side": [intention.side.value for intention in new],
        "source_id": [intention.source_id for intention in new],
        "category_id": [intention.category_id for intention in new],
        "hector_category_id": [intention.hector_category_id for intention in new],
        "sent": [{key: encode(value) for key, value in intention.sent.items()} for intention in new],
        "basis": [{key: encode(value) for key, value in intention.basis.items()} for intention in new],
        "at": [intention.at for intention in new],
    }


def _values(stored: dict[str, str | None]) -> dict[str, Value]:
    return {key: decode(text) for key, text in stored.items()}
