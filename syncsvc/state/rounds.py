"""What later runs need to know of earlier ones: rounds, what was written lately, and the change times that were our own.

Rows of ``field_writes`` are stored together with the baselines that the writes advanced (``baselines.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, case, or_, select

from syncsvc.domain.plan import FieldWrite, History, OwnWrite
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.values import decode, encode
from syncsvc.state.bulk import insert_for, insert_rows
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import field_writes, links, own_writes, rounds


@dataclass(frozen=True, slots=True)
class Round:
    """How often a C2 category was carried out, and since when an incremental run has to look."""

    number: int = 0
    rules: str | None = None
    """A digest of the rules that the last good run kept."""
    last_full_at: datetime | None = None
    last_good_at: datetime | None = None
    fingerprint_rules: str | None = None
    """A digest of the rules under which the links' fingerprints were taken."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One write of ours to one record: its change time right before, and what the answer says.

    Before is ``None`` where nobody has changed it, because it was made, or where somebody has and it is not known when.
    """

    record: RecordKind
    record_id: str
    before: datetime | None
    after: datetime


class RoundRecords:
    """The part of :class:`syncsvc.state.store.Store` about rounds, histories and our own change times."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def round_of(self, category_id: str) -> Round:
        """Give a category's round; the zeroth when it was never carried out."""
        c = rounds.c
        wanted = select(c.number, c.rules, c.last_full_at, c.last_good_at, c.fingerprint_rules)
        with reading(self._engine) as connection:
            row = connection.execute(wanted.where(c.category_id == category_id)).first()
        return Round(*row) if row is not None else Round()

    def begin_round(self, category_id: str) -> int:
        """Count a run that is about to write; gives the round's number."""
        with writing(self._engine) as connection:
            new = {"category_id": category_id, "number": 1}
            statement = insert_for(connection.dialect, rounds).values(new)
            counted = statement.on_conflict_do_update(index_elements=["category_id"], set_={"number": rounds.c.number + 1})
            return int(connection.execute(counted.returning(rounds.c.number)).scalar_one())

    def note_good(self, category_id: str, rules: str, started_at: datetime, *, full: bool) -> None:
        """Record a run without errors: what changed before it began need not be read again, as long as these rules hold."""
        known: dict[str, Any] = {"rules": rules, "last_good_at": started_at} | ({"last_full_at": started_at} if full else {})
        with writing(self._engine) as connection:
            statement = insert_for(connection.dialect, rounds).values({"category_id": category_id, "number": 0} | known)
            connection.execute(statement.on_conflict_do_update(index_elements=["category_id"], set_=known))

    def histories_of(self, category_id: str, since: int) -> dict[int, dict[str, History]]:
        """Give what was written in round ``since`` or later, and the fields given up: by link id, then by mapping."""
        c = field_writes.c
        wanted = (
            select(field_writes)
            .join(links, links.c.id == c.link_id)
            .where(links.c.category_id == category_id, or_(c.last_round >= since, c.stopped))
        )
        found: dict[int, dict[str, History]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(wanted):
                stopped = (decode(row.c2_value), decode(row.hector_value)) if row.stopped else None
                writes = tuple(FieldWrite(number, Side(side), decode(value)) for number, side, value in row.writes)
                found.setdefault(row.link_id, {})[row.mapping] = History(writes, stopped)
        return found

    def note_histories(self, rows: Sequence[tuple[int, str, History]]) -> None:
        """Store histories by link id and mapping."""
        if rows:
            with writing(self._engine) as connection:
                store_histories(connection, rows)

    def own_writes_of(self, record: RecordKind) -> Mapping[str, OwnWrite]:
        """Give the change times that our own writes left on records of one kind, by record id."""
        c = own_writes.c
        wanted = select(c.record_id, c.written_at, c.changed_at).where(c.record == record.value)
        with reading(self._engine) as connection:
            return {row.record_id: OwnWrite(row.written_at, row.changed_at) for row in connection.execute(wanted)}

    def note_own_writes(self, stamps: Sequence[Stamp]) -> None:
        """Record the change times that our writes left."""
        if stamps:
            with writing(self._engine) as connection:
                store_stamps(connection, stamps)


def store_histories(connection: Connection, rows: Iterable[tuple[int, str, History]]) -> None:
    """Store histories within the caller's transaction."""
    stored = [_history_row(link_id, mapping, history) for link_id, mapping, history in rows]
    if stored:
        statement = insert_for(connection.dialect, field_writes)
        new = {name: statement.excluded[name] for name in ("last_round", "writes", "stopped", "c2_value", "hector_value")}
        connection.execute(statement.on_conflict_do_update(index_elements=["link_id", "mapping"], set_=new), stored)


def store_stamps(connection: Connection, stamps: Iterable[Stamp]) -> None:
    """Store the change times of our own writes within the caller's transaction; somebody else's latest one is kept beside."""
    stamps = list(stamps)
    columns: dict[str, list[Any]] = {
        "record": [stamp.record.value for stamp in stamps],
        "record_id": [stamp.record_id for stamp in stamps],
        "written_at": [stamp.after for stamp in stamps],
        "changed_at": [stamp.before for stamp in stamps],
    }
    distinct = len({(stamp.record, stamp.record_id) for stamp in stamps}) == len(stamps)
    insert_rows(connection, own_writes, columns, {}, _latest, distinct=distinct)


def _latest(insert: Any) -> Any:
    """Keep of a record written before the latest change time that was somebody else's, unless a later one is not known."""
    before = insert.excluded.changed_at
    theirs = case((before > own_writes.c.written_at, before), (before.is_not(None), own_writes.c.changed_at))
    new = {"written_at": insert.excluded.written_at, "changed_at": theirs}
    return insert.on_conflict_do_update(index_elements=["record", "record_id"], set_=new)


def _history_row(link_id: int, mapping: str, history: History) -> dict[str, Any]:
    c2, hector = history.stopped or (None, None)
    return {
        "link_id": link_id,
        "mapping": mapping,
        "last_round": history.writes[-1].round if history.writes else 0,
        "writes": [[write.round, write.side.value, encode(write.value)] for write in history.writes],
        "stopped": history.stopped is not None,
        "c2_value": encode(c2),
        "hector_value": encode(hector),
    }
