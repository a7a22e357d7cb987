"""Baselines: the value last seen on each side of each field of a link, when that field was last in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Text, bindparam, delete, select, true, type_coerce, update

from syncsvc.domain.plan import Baseline, History
from syncsvc.domain.values import Value, decode, encode
from syncsvc.state.bulk import as_given, insert_rows
from syncsvc.state.columns import unescape
from syncsvc.state.database import reading, writing
from syncsvc.state.rounds import Stamp, store_histories, store_stamps
from syncsvc.state.tables import baselines, conflicts, links

T = TypeVar("T")

BATCH = 5_000
"""Ids in one statement, or rows handed over at once; SQLite takes 32,766 parameters, PostgreSQL 65,535."""
FEW = 20_000
"""Links whose baselines are asked for by id; for more, all are read."""
SHARED = 65_536
"""Baselines kept at hand while reading: makers, models and checkboxes come again and again."""


class BaselineRecords:
    """The part of :class:`syncsvc.state.store.Store` about baselines."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def baselines_of(self, category_id: str, link_ids: Collection[int] | None = None) -> dict[int, dict[str, Baseline]]:
        """Give the baselines of a C2 category's links, or of some of them: by link id, then by mapping.

        Links without any are left out.
        """
        if link_ids is not None and len(link_ids) < FEW:
            found: dict[int, dict[str, Baseline]] = {}
            for some in batches(link_ids):
                found |= self._baselines(category_id, baselines.c.link_id.in_(some))
            return found
        return self._baselines(category_id, true())

    def _baselines(self, category_id: str, chosen: ColumnElement[bool]) -> dict[int, dict[str, Baseline]]:
        c = baselines.c
        # The columns are read as plain text: undoing the escape once for each different value is much quicker.
        values = [type_coerce(column, Text).label(column.name) for column in (c.mapping, c.c2_value, c.hector_value)]
        wanted = select(c.link_id, *values).join(links, links.c.id == c.link_id).where(links.c.category_id == category_id, chosen)
        found: dict[int, dict[str, Baseline]] = {}
        mapping, baseline = lru_cache(SHARED)(unescape), lru_cache(SHARED)(_baseline)
        with reading(self._engine) as connection:
            for link_id, key, c2, hector in connection.execution_options(yield_per=BATCH).execute(wanted):
                found.setdefault(link_id, {})[mapping(key)] = baseline(c2, hector)
        return found

    def agreed_values(self, category_id: str, mapping: str) -> list[tuple[int, Value, Value]]:
        """Give one field's baselines of all links of a category: link id, C2's value, Hector's value."""
        c = baselines.c
        wanted = select(c.link_id, c.c2_value, c.hector_value).join(links, links.c.id == c.link_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(links.c.category_id == category_id, c.mapping == mapping))
            return [(row.link_id, decode(row.c2_value), decode(row.hector_value)) for row in rows]

    def advance(
        self,
        rows: Sequence[tuple[int, str, Baseline | None]],
        at: datetime,
        *,
        histories: Sequence[tuple[int, str, History]] = (),
        stamps: Sequence[Stamp] = (),
        homes: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Store baselines, each by link id and mapping: these fields are in order, or (``None``) meet anew.

        A settled conflict of such a field has been carried out, and is closed with it. ``histories`` and ``stamps`` are what
        the writes behind the baselines leave (``rounds.py``), ``homes`` the subcategories that they speak of, by link id; all
        stored with them.
        """
        if not rows and not stamps and not homes:
            return
        stored = ((link_id, mapping, baseline) for link_id, mapping, baseline in rows if baseline is not None)
        forgotten = [{"its_link": link_id, "its_mapping": mapping} for link_id, mapping, baseline in rows if baseline is None]
        with writing(self._engine) as connection:
            store_baselines(connection, stored, at, _anew)
            this_field = (baselines.c.link_id == bindparam("its_link")) & (baselines.c.mapping == bindparam("its_mapping"))
            for some in batches(forgotten):
                connection.execute(delete(baselines).where(this_field), some)
            moved = update(links).where(links.c.id == bindparam("its_id")).values(subcategory_id=bindparam("its_subcategory"))
            for home in batches({"its_id": link_id, "its_subcategory": subcategory_id} for link_id, subcategory_id in homes):
                connection.execute(moved, home)
            store_histories(connection, histories)
            store_stamps(connection, stamps)
            _close_settled(connection, {(link_id, mapping) for link_id, mapping, _baseline in rows})


def store_baselines(
    connection: Connection,
    rows: Iterable[tuple[int, str, Baseline]],
    at: datetime,
    complete: Callable[[Any], Any] = as_given,
) -> None:
    """Store baselines by link id and mapping within the caller's transaction."""
    for some in batches(rows):
        link_ids, mappings, agreed = zip(*some, strict=True)
        columns = {
            "link_id": link_ids,
            "mapping": mappings,
            "c2_value": [encode(baseline.c2) for baseline in agreed],
            "hector_value": [encode(baseline.hector) for baseline in agreed],
        }
        insert_rows(connection, baselines, columns, {"at": at}, complete)


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Give items in portions that one statement can hold."""
    remaining = iter(items)
    return iter(lambda: list(islice(remaining, BATCH)), [])


def _anew(insert: Any) -> Any:
    """Let a field's new baseline stand in the place of the one before."""
    new = {column: insert.excluded[column] for column in ("c2_value", "hector_value", "at")}
    return insert.on_conflict_do_update(index_elements=["link_id", "mapping"], set_=new)


def _baseline(c2: str | None, hector: str | None) -> Baseline:
    value = decode(None if c2 is None else unescape(c2))
    return Baseline(value, value if c2 == hector else decode(None if hector is None else unescape(hector)))


def _close_settled(connection: Connection, fields: Collection[tuple[int, str]]) -> None:
    settled = select(conflicts.c.id, conflicts.c.link_id, conflicts.c.mapping).where(conflicts.c.status == "settled")
    done = [row.id for row in connection.execute(settled) if (row.link_id, row.mapping) in fields]
    for some in batches(done):
        connection.execute(update(conflicts).where(conflicts.c.id.in_(some)).values(status="closed"))
