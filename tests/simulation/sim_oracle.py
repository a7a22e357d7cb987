"""What must hold when everything has come to rest, judged from the two systems and what people did, without the engine.

Every value that a person wrote is still there, or was replaced by somebody who saw it, by the direction's authority or by the
policy, or stands in the list of conflicts or errors with nothing overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim_fields import SERIAL, SimField
from sim_shape import Shape
from sim_town import Edit, Record, Town
from sqlalchemy import Engine

from syncsvc.domain.records import Side
from syncsvc.state import queries
from syncsvc.state.store import Store


@dataclass(frozen=True)
class Rest:
    """What the service's database says at rest."""

    links: list[tuple[str, str, str]]
    """CI, asset, status."""
    intentions: list[Record]
    """The records for which creations are still open."""
    errors: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]

    @classmethod
    def of(cls, engine: Engine, category: str) -> Rest:
        store = Store(engine)
        links = [(link.ci_id, str(link.asset_id), link.status) for link in store.links_of(category)]
        open_ones = [("c2" if one.side is Side.HECTOR else "hector", one.source_id) for one in store.intentions_of(category)]
        return cls(links, open_ones, queries.errors(engine), queries.conflicts(engine))


def judge(town: Town, shape: Shape, rest: Rest) -> list[str]:
    """Give everything that is wrong; nothing: all is well."""
    return list(_Judge(town, shape, rest).all())


class _Judge:
    def __init__(self, town: Town, shape: Shape, rest: Rest) -> None:
        self.town, self.shape, self.rest = town, shape, rest
        self.pairs = [
            (ci, asset)
            for ci_id, asset_id, _ in rest.links
            if town.exists(ci := ("c2", ci_id)) and town.exists(asset := ("hector", asset_id))
        ]

    def all(self) -> Iterator[str]:
        # A record that was deleted may come back: what was made for it is kept for it, and said in every run.
        forgotten = [source for source in self.rest.intentions if self.town.exists(source)]
        yield from (f"the creation for {source} is still open" for source in forgotten)
        yield from self._records()
        yield from self._subcategories()
        for ci, asset in self.pairs:
            for sim in self.town.fields:
                yield from self._field(ci, asset, sim)
        for record in self._alone():
            yield from self._untouched(record)

    # -- records ---------------------------------------------------------------------------------------------------------

    def _records(self) -> Iterator[str]:
        in_links = Counter(end for ci, asset, _ in self.rest.links for end in (("c2", ci), ("hector", asset)))
        yield from (f"{record} is linked {times} times" for record, times in in_links.items() if times > 1)
        for record in self._alone():
            if record not in self.town.by_people and not self._may_be_left(record):
                yield f"{record} was made by the service and belongs to nobody: made twice"
            elif record in self.town.by_people and self._should_have_a_counterpart(record):
                yield f"{record} has no counterpart, and no error says why"

    def _alone(self) -> list[Record]:
        linked = {end for ci, asset, _ in self.rest.links for end in (("c2", ci), ("hector", asset))}
        return [record for side in ("c2", "hector") for record in self.town.records(side) if record not in linked]

    def _may_be_left(self, record: Record) -> bool:
        """Whether a person made a lost record unrecognisable before it was found again, or deleted what it was made for."""
        kept = any(not self.town.exists(source) and source[0] != record[0] for source in self.rest.intentions)
        if kept and self._is_told_of(record):
            return True
        serial = self.town.shown(record, SERIAL)
        recognised = self.shape.matches and serial is not None and not self.town.edits_of(record, SERIAL)
        return record in self.town.orphans_edited and not recognised

    def _should_have_a_counterpart(self, record: Record) -> bool:
        made = {"c2": ("→", "⇄"), "hector": ("←", "⇄")}[record[0]]
        in_use = record not in self.town.put_away and self.town.in_use(record)
        return self.shape.create in made and in_use and not self._is_told_of(record)

    def _is_told_of(self, record: Record, sim: SimField | None = None) -> bool:
        names = self.town.label(record)
        return any(
            _speaks_of(one, names) and (sim is None or one.get("field") in {sim.name, None})
            for one in [*self.rest.errors, *self.rest.conflicts]
        )

    def _subcategories(self) -> Iterator[str]:
        keys = Counter(
            tuple(str(one[member] or "").strip().lower() for member in ("maker", "model"))
            for one in self.town.hector.subcategories(self.town.hector_category)
        )
        yield from (f"subcategory {key} is there {times} times" for key, times in keys.items() if times > 1)

    # -- values ----------------------------------------------------------------------------------------------------------

    def _untouched(self, record: Record) -> Iterator[str]:
        for sim in self.town.fields:
            shown = self.town.shown(record, sim)
            for edit in self.town.edits_of(record, sim):
                outranked = sim.level == "subcategory" and self._is_outranked(edit)
                if self._is_lost(edit, {shown}, shown, [record]) and not outranked:
                    yield f"lost from a record without a counterpart: {edit}"

    def _field(self, ci: Record, asset: Record, sim: SimField) -> Iterator[str]:
        direction = self.shape.directions.get(sim.name, "none")
        c, h = self.town.shown(ci, sim), self.town.shown(asset, sim)
        if direction == "none":
            return
        if sim.is_shared and self._has_moved(ci, asset):
            return  # after a move the new subcategory's value stands
        if c != h and not self._may_differ(ci, asset, sim, values=(c, h)):
            yield f"“{sim.name}” of {ci[1][:8]} and {asset[1]} differs, and nobody is told: {c} | {h}"
        if c == h and c is not None and not sim.faithful(self.town.raw(ci, sim), self.town.raw(asset, sim)):
            yield f"“{sim.name}” of {ci[1][:8]} is garbled: {self.town.raw(ci, sim)!r} | {self.town.raw(asset, sim)!r}"
        for edit in [*self.town.edits_of(ci, sim), *self.town.edits_of(asset, sim)]:
            shown = c if edit.record == ci else h
            if self._is_lost(edit, {c, h}, shown, [ci, asset]) and not self._is_outranked(edit):
                yield f"lost: {edit}; now {c} | {h}"

    def _is_lost(self, edit: Edit, now: set[int | None], shown: int | None, records: list[Record]) -> bool:
        """Whether an edit's value is nowhere, and nobody who saw it wrote another.

        Whoever did stands in its place, and is asked for the same. An emptied field must not be filled again with what it held.
        """
        if edit.raced or (edit.field.name, edit.token) in self.town.outweighed:
            return False
        if edit.token is None:
            return edit.known and shown is not None and shown == edit.saw and not self.shape.restores
        return edit.token not in now and not any(self._stands_for(later, edit, records) for later in self.town.edits)

    def _stands_for(self, later: Edit, edit: Edit, records: list[Record]) -> bool:
        if later.field is not edit.field or later.saw != edit.token or later.raced:
            return False
        near = edit.field.level == "subcategory" or later.record in records
        alone = len(records) == 1 and edit.field.level == "asset"  # nobody outranks an edit of a record without a counterpart
        return near and (alone or not self._has_no_say(later))

    def _has_no_say(self, edit: Edit) -> bool:
        direction = self.shape.directions.get(edit.field.name, "none")
        return {"→": "hector", "←": "c2"}.get(direction) == edit.record[0]

    def _has_moved(self, ci: Record, asset: Record) -> bool:
        keys = [sim for sim in self.town.fields if sim.is_key]
        edits = [edit for sim in keys for record in (ci, asset) for edit in self.town.edits_of(record, sim)]
        return len(edits) > 2 * len(keys) or any(edit.saw is not None for edit in edits) or self._first_differed(ci, asset, keys)

    def _first_differed(self, ci: Record, asset: Record, keys: list[SimField]) -> bool:
        for sim in keys:
            firsts = [*self.town.edits_of(ci, sim)[:1], *self.town.edits_of(asset, sim)[:1]]
            if len({edit.token for edit in firsts}) > 1:
                return True
        return False

    def _may_differ(self, ci: Record, asset: Record, sim: SimField, *, values: tuple[int | None, int | None]) -> bool:
        if self._is_told_of(ci, sim) or self._is_told_of(asset, sim):
            return True
        (c, h), direction = values, self.shape.directions[sim.name]
        if direction == "→":
            return c is None and not self._was_emptied(ci, sim)
        if direction == "←":
            return h is None and not self._was_emptied(asset, sim)
        return False

    def _was_emptied(self, record: Record, sim: SimField) -> bool:
        """Whether somebody emptied a field whose value both sides knew, so that the empty field is what they wanted."""
        edits = self.town.edits_of(record, sim)
        return bool(edits) and edits[-1].token is None and edits[-1].known and not self.shape.restores

    def _is_outranked(self, edit: Edit) -> bool:
        """Whether the rules let the other side win over this edit, seen or not."""
        by_policy = {"c2": ("hector",), "hector": ("c2",), "newest": ("c2", "hector")}.get(self.shape.on_conflict, ())
        return self._has_no_say(edit) or edit.record[0] in by_policy


def _speaks_of(told: Mapping[str, Any], names: set[str]) -> bool:
    """Whether an error or a conflict names one of these records."""
    by_name = {str(told.get("ci")), str(told.get("asset"))} & names
    return bool(by_name) or any(name in told.get("message", "") for name in names)
