"""Moves of assets from one subcategory to another: what of both a plan has seen, and what is agreed on afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from syncsvc.domain.plan import ACTIVITY, Action, Agreement, Baseline, Change, FieldChange, Why
from syncsvc.domain.records import Asset, Level, Subcategory
from syncsvc.domain.values import same
from syncsvc.engine.columns import SUBCATEGORY_ID, Columns
from syncsvc.engine.context import Context
from syncsvc.engine.targets import read_subcategory
from syncsvc.engine.world import World
from syncsvc.planning.moved import as_chosen, as_it_stands, start_anew


class Moves:
    """The moves of one category's plan."""

    def __init__(
        self, context: Context, world: World, columns: Mapping[Level, Columns], made: Mapping[tuple[str, ...], int]
    ) -> None:
        self._hector, self._conventions, self._world = context.hector, context.conventions, world
        self._asset, self._subcategory = columns[Level.ASSET], columns[Level.SUBCATEGORY]
        self._made = made
        """Subcategories made in this run, by key."""
        self._planned: dict[int, Subcategory] = {}
        """Subcategories as the plan saw them, but for the fields that this run has written since."""

    def note_planned(self) -> None:
        """Take note of the subcategories as a plan has just seen them."""
        self._planned = dict(self._world.subcategories)

    def note_written(self, subcategory: Subcategory, wrote: Collection[str]) -> None:
        """Take what this run has written for planned; what else the answer shows may be somebody's renaming."""
        planned = self._planned.get(subcategory.id)
        if planned is not None:
            ours = {self._subcategory.place[mapping] for mapping in wrote}
            values = tuple(subcategory.values[place] if place in ours else value for place, value in enumerate(planned.values))
            self._planned[subcategory.id] = replace(planned, values=values)

    def fields_of(self, change: Change) -> list[FieldChange]:
        """Give what is written to the asset itself; a move stands for the key fields that ask for it."""
        own = [field for field in change.fields if field.mapping in {*self._asset.place, ACTIVITY}]
        if change.action is not Action.MOVE:
            return own
        assert change.asset_id is not None
        assert change.subcategory_key is not None
        to = change.subcategory_id or self._made.get(change.subcategory_key)
        if to is None:
            return own  # its subcategory could not be made, which has been said
        present = self._world.assets[change.asset_id].subcategory_id
        move = FieldChange(SUBCATEGORY_ID, "subcategory", str(present), str(to), None, Why.CHANGED)
        return [move, *own]

    def renamed_meanwhile(self, change: Change) -> list[FieldChange]:
        """Give the key fields that a move must be left for: somebody has renamed the asset's subcategory since the plan was made.

        The asset itself does not show that, and a move would leave the edit behind.
        """
        if change.action is not Action.MOVE or change.asset_id is None:
            return []
        columns, present = self._subcategory, self._world.assets[change.asset_id].subcategory_id
        planned = self._planned.get(present)
        if planned is None:
            return []
        now = read_subcategory(self._hector, columns, present)
        places = [place for place, field in enumerate(columns.fields) if field.is_subcategory_key]
        if now is None or all(same(now.values[place], planned.values[place]) for place in places):
            return []
        return [field for field in change.fields if field.mapping in columns.place]

    def baselines_after(self, change: Change, asset: Asset) -> list[Agreement]:
        """Give the baselines of the subcategory's fields after a move.

        The key is in order, however each side spells it: nobody's spelling is a change. The shared fields start anew with the
        new subcategory. Where the move puts back one that was made, all of it stands as it is: nobody asked for more.
        """
        assert change.ci_id is not None
        subcategory, ci = self._world.subcategories[asset.subcategory_id], self._world.cis[change.ci_id]
        columns, layout = self._subcategory, self._world.layout
        wanted = {field.mapping: field.basis for field in change.fields}
        undone = any(field.why is Why.UNDONE for field in change.fields)
        old = self._world.baselines.get(self._world.links[change.ci_id].id, {})
        agreements = []
        for mapping, place in columns.place.items():
            there = subcategory.values[place]
            at = layout.place[mapping]
            field, c = layout.mappings[at], ci.values[at]
            if undone:
                if mapping in old or mapping in wanted:
                    c = wanted.get(mapping, c)
                    agreements.append(Agreement(change.ci_id, mapping, as_it_stands(field, c, old.get(mapping), there)))
            elif mapping in wanted:
                h = as_chosen(self._conventions, field, wanted[mapping], there)
                agreements.append(Agreement(change.ci_id, mapping, Baseline(wanted[mapping], h)))
            elif field.hector.is_subcategory_key:
                if mapping in old and self._conventions.in_order(c, field.c2, there, field.hector, folded=True):
                    agreements.append(Agreement(change.ci_id, mapping, Baseline(c, there)))
            elif mapping in old:
                made = subcategory.id in self._made.values()
                anew = start_anew(field, c, old[mapping], there, made=made)
                agreements.append(Agreement(change.ci_id, mapping, anew))
        return agreements
