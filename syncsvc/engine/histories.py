"""What the latest runs wrote to the fields of one category: by that the planner sees which of them does not come to rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from syncsvc.domain.plan import FieldWrite, GivenUp, History, Link
from syncsvc.domain.records import Side
from syncsvc.domain.values import Value
from syncsvc.planning.rest import SWINGS, carried_over, written
from syncsvc.state.store import Store


class Histories:
    """The histories of a category's fields, by link id and mapping, kept in step with the store."""

    def __init__(self, store: Store, category_id: str, number: int) -> None:
        self._store, self._category_id = store, category_id
        self.round = number
        """The round that a run which writes is, or will be."""
        self.known: dict[int, dict[str, History]] = store.histories_of(category_id, number - SWINGS)
        self.undoes = False
        """Whether this run is an undo: its writes go on with nothing that earlier runs did in vain, they put an end to it."""

    def begin_round(self, left_out: Collection[int]) -> None:
        """Count this run: it is about to write. For the links that are ``left_out`` it is none."""
        self.round = self._store.begin_round(self._category_id)
        rows = []
        for link_id in self.known.keys() & left_out:
            for mapping, history in self.known[link_id].items():
                later = carried_over(history, self.round)  # what was written on end before this round is still on end
                if later is not None:
                    rows.append((link_id, mapping, later))
        self.take(rows)
        self._store.note_histories(rows)

    def after(self, link_id: int, mapping: str, side: Side, value: Value) -> History:
        """Give what a field's history is once this has been written."""
        before = self.known.get(link_id, {}).get(mapping)
        return History() if self.undoes else written(before, FieldWrite(self.round, side, value))

    def take(self, rows: Iterable[tuple[int, str, History]]) -> None:
        """Know by what histories have become; whoever calls stores it."""
        for link_id, mapping, history in rows:
            self.known.setdefault(link_id, {})[mapping] = history

    def give_up(self, fields: Iterable[GivenUp], links: Mapping[str, Link]) -> None:
        """Store which fields are left alone from now on, because they do not come to rest."""
        rows = []
        for given_up in fields:
            link_id = links[given_up.ci_id].id
            before = self.known.get(link_id, {}).get(given_up.mapping, History())
            rows.append((link_id, given_up.mapping, replace(before, stopped=(given_up.c2, given_up.hector))))
        self.take(rows)
        self._store.note_histories(rows)
