"""What an undo is about to put back, stored before it writes: the one kind of update that a later run could not compute again.

A sync that dies between a write and its record leaves two sides that are in order, which says enough. An undo leaves two that
differ on purpose: without a word about it, the next run would take what it wrote for somebody's edit and carry that over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select

from syncsvc.domain.records import Side
from syncsvc.domain.values import Value, decode, encode
from syncsvc.state.baselines import batches
from syncsvc.state.bulk import insert_for
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import links, undoing


@dataclass(frozen=True, slots=True)
class Undoing:
    """A value that an undo is about to put back on one side of a link."""

    link_id: int
    mapping: str
    """A mapping's key, or what stands for one where a record comes back into use, or is moved."""
    side: Side
    value: Value


class UndoingRecords:
    """The part of :class:`syncsvc.state.store.Store` about undoing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin_undoing(self, rows: Sequence[Undoing], at: datetime) -> None:
        """Store what is about to be put back."""
        stored = [
            {"link_id": it.link_id, "mapping": it.mapping, "side": it.side.value, "value": encode(it.value), "at": at}
            for it in rows
        ]
        with writing(self._engine) as connection:
            statement = insert_for(connection.dialect, undoing)
            new = {name: statement.excluded[name] for name in ("value", "at")}
            latest = statement.on_conflict_do_update(index_elements=["link_id", "mapping", "side"], set_=new)
            for some in batches(stored):
                connection.execute(latest, some)

    def undoing_of(self, category_id: str) -> dict[int, list[Undoing]]:
        """Give what was about to be put back in a C2 category, by link id."""
        wanted = select(undoing).join(links, links.c.id == undoing.c.link_id).where(links.c.category_id == category_id)
        found: dict[int, list[Undoing]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(wanted):
                one = Undoing(row.link_id, row.mapping, Side(row.side), decode(row.value))
                found.setdefault(row.link_id, []).append(one)
        return found

    def end_undoing(self, fields: Collection[tuple[int, str, Side | None]]) -> None:
        """Forget what was about to be put back in these fields, by link id, mapping and side (``None``: both).

        Something newer was written or agreed on there.
        """
        c = undoing.c
        with writing(self._engine) as connection:
            for link_id, mapping, side in fields:
                this_field = (c.link_id == link_id) & (c.mapping == mapping)
                connection.execute(delete(undoing).where(this_field & (c.side == side.value) if side else this_field))

    def forget_undoing(self, link_ids: Collection[int], until: datetime) -> None:
        """Forget what was about to be put back for these links until then: it is known what came of it."""
        with writing(self._engine) as connection:
            for some in batches(link_ids):
                connection.execute(delete(undoing).where(undoing.c.link_id.in_(some), undoing.c.at <= until))
