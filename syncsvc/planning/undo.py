"""Putting back what a run changed: the plan of an undo, and what it leaves as it is for which reason.

Pure like all plans. A field is put back where its record still holds what the run wrote and nobody has said anything since
(``still.py``): no person, no later run, and nobody across whose word would be lost. What both sides then hold is agreed on,
as different as it may be: an undo is no change that a sync has to carry over, or to put back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import ACTIVITY, Action, Agreement, Baseline, Change, FieldChange, Link, Plan, Why
from syncsvc.domain.records import RecordKind, Side, Subcategory
from syncsvc.domain.rules import Direction, FieldMapping
from syncsvc.domain.undone import Kept, Reason
from syncsvc.domain.values import Value, is_unknown, same
from syncsvc.planning.activity import STATUS, action_of, in_order_of_writing
from syncsvc.planning.effects import MOVED, Cell, Effect
from syncsvc.planning.snapshot import Layout, Snapshot
from syncsvc.planning.still import KeptError, Still
from syncsvc.planning.subcategories import Key, SubcategoryIndex, key_places

_ORDER = (RecordKind.SUBCATEGORY, RecordKind.ASSET, RecordKind.CI)


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What an undo would do to one category, and what it leaves."""

    plan: Plan
    kept: tuple[Kept, ...]


def plan_undo(
    snapshot: Snapshot, conventions: Conventions, done: Sequence[Effect], later: Mapping[Cell, int], links: Sequence[Link]
) -> UndoPlan:
    """Plan what puts these effects back; ``later`` are the later runs' writes, ``links`` all of the category, orphans too."""
    planner = _Planner(snapshot, conventions, Still(conventions, later), links)
    changes = [change for effect in done for change in planner.put_back(effect)]
    changes.sort(key=lambda change: _ORDER.index(change.record))
    return UndoPlan(Plan(tuple(changes)), tuple(planner.kept))


class _Planner:
    def __init__(self, snapshot: Snapshot, conventions: Conventions, still: Still, links: Sequence[Link]) -> None:
        self._snapshot, self._still, self._links = snapshot, still, links
        self._layout = Layout(snapshot.pair)
        self._key_places = key_places(snapshot.pair)
        self._index = SubcategoryIndex(snapshot.pair, conventions, snapshot.subcategories)
        self._by_ci = {link.ci_id: link for link in snapshot.links}
        self._by_asset = {link.asset_id: link for link in snapshot.links}
        self._by_subcategory: dict[int | None, list[Link]] = {}
        self.kept: list[Kept] = []

    def put_back(self, effect: Effect) -> Iterator[Change]:
        """Give what puts one record back; what is left of it is noted."""
        try:
            if effect.change.record is RecordKind.SUBCATEGORY:
                yield from self._subcategory(effect, self._known_subcategory(effect))
            else:
                yield from self._one_of_a_pair(effect, self._pair_of(effect))
        except KeptError as why:
            self._keep(effect, effect.fields.values(), why)

    def _keep(self, effect: Effect, fields: Iterable[FieldChange], why: KeptError) -> None:
        for it in fields:
            change = replace(effect.change, fields=(it,), followers=())
            self.kept.append(Kept(change, why.reason, why.now, why.run, why.detail))

    # -- CIs and assets --------------------------------------------------------------------------------------------------

    def _pair_of(self, effect: Effect) -> Link:
        """Give the link of a CI or an asset, of which both records are here."""
        change, snapshot = effect.change, self._snapshot
        by_id = (
            self._by_ci.get(change.ci_id or "") if change.record is RecordKind.CI else self._by_asset.get(change.asset_id or 0)
        )
        if by_id is None:
            orphaned = any(link.status != "active" and link.ci_id == change.ci_id for link in self._links)
            raise KeptError(Reason.GONE if orphaned else Reason.PARTED)
        if change.ci_id not in {None, by_id.ci_id} or change.asset_id not in {None, by_id.asset_id}:
            raise KeptError(Reason.PARTED)
        if by_id.ci_id in snapshot.cis and by_id.asset_id in snapshot.assets:
            return by_id
        label = f"CI {by_id.ci_number}" if by_id.ci_id not in snapshot.cis else f"asset {change.asset_label or by_id.asset_id}"
        raise KeptError(Reason.MOVED_AWAY if by_id.ci_id in snapshot.moved else Reason.GONE, detail=label)

    def _one_of_a_pair(self, effect: Effect, link: Link) -> Iterator[Change]:
        """Give the one change of a CI or an asset: its own fields that can be put back, and for an asset its move."""
        ci, asset = self._snapshot.cis[link.ci_id], self._snapshot.assets[link.asset_id]
        fields: list[FieldChange] = []
        for it in effect.others:
            try:
                fields.append(self._activity(effect, it, link) if it.mapping == ACTIVITY else self._value(effect, it, link))
            except KeptError as why:
                self._keep(effect, [it], why)
        move: list[FieldChange] = []
        try:
            move = self._move(effect, link)
        except KeptError as why:
            self._keep(effect, effect.keys, why)
        if not fields and not move:
            return
        system = effect.change.system
        old = self._snapshot.subcategories[effect.moved[0]] if move and effect.moved else None
        yield Change(
            Action.MOVE if old else action_of(system, fields),
            system,
            effect.change.record,
            (*move, *in_order_of_writing(fields)),
            ci_id=ci.id,
            ci_number=ci.number,
            asset_id=asset.id,
            asset_label=asset.label,
            subcategory_id=old.id if old else None,
            subcategory_key=self._key_of(old) if old else None,
            title=ci.name if effect.change.record is RecordKind.CI else asset.title,
        )

    def _activity(self, effect: Effect, it: FieldChange, link: Link) -> FieldChange:
        ci, asset = self._snapshot.cis[link.ci_id], self._snapshot.assets[link.asset_id]
        if effect.change.system is Side.C2:
            self._still.activity(effect.place, it, ci.is_active)
            self._still.may_be_written(None, Side.C2, ci)
            self._still.activity_across(Side.HECTOR, now=asset.is_active, was=link.asset_was_active)
            return replace(it, before=it.after, after=it.before, basis=STATUS[asset.is_active], why=Why.UNDONE)
        self._still.activity(effect.place, it, STATUS[asset.is_active])
        self._still.activity_across(Side.C2, now=ci.is_active, was=link.ci_was_active)
        return replace(it, before=it.after, after=it.before, basis=ci.is_active, why=Why.UNDONE)

    def _value(self, effect: Effect, it: FieldChange, link: Link) -> FieldChange:
        side, place = effect.change.system, self._place_of(it)
        mapping, ci, asset = self._layout.mappings[place], self._snapshot.cis[link.ci_id], self._snapshot.assets[link.asset_id]
        h = self._layout.hector_values(asset, self._snapshot.subcategories.get(asset.subcategory_id))[place]
        now, across = (ci.values[place], h) if side is Side.C2 else (h, ci.values[place])
        back = self._still.put_back(effect.place, it, mapping, now, ci)
        self._still.across(mapping, side.other, across, self._baseline(link, mapping), back.after)
        return replace(back, basis=across)

    def _move(self, effect: Effect, link: Link) -> list[FieldChange]:
        """Give the key fields that are back once the asset is moved back: both subcategories must be what they were then."""
        if effect.moved is None:
            return []
        snapshot, (came_from, went_to) = self._snapshot, effect.moved
        ci, asset = snapshot.cis[link.ci_id], snapshot.assets[link.asset_id]
        if asset.subcategory_id == came_from:
            raise KeptError(Reason.ALREADY)
        self._still.no_later_run((*effect.place, MOVED))
        here, there = snapshot.subcategories.get(asset.subcategory_id), snapshot.subcategories.get(came_from)
        if asset.subcategory_id != went_to or here is None:
            raise KeptError(Reason.CHANGED, here.title if here else None)
        if there is None or there.category_id != snapshot.pair.hector_category.id:
            raise KeptError(Reason.GONE, detail=f"subcategory {came_from}")
        places = self._key_of_the_move(effect, link)
        self._still_called(effect, here, there, places)
        fields = []
        for place in places:
            mapping, c = self._layout.mappings[place], ci.values[place]
            before, after = self._layout.subcategory_value(here, place), self._layout.subcategory_value(there, place)
            if not same(before, after):
                self._still.across(mapping, Side.C2, c, self._baseline(link, mapping), after)
                fields.append(FieldChange(mapping.key, mapping.name, before, after, c, Why.UNDONE))
        return fields

    def _key_of_the_move(self, effect: Effect, link: Link) -> list[int]:
        """Give the places of the key fields that were the subcategory's key to the run: one that no rule ever carried is none."""
        asked = {self._place_of(it) for it in effect.keys}
        mappings = self._layout.mappings

        def is_carried(place: int) -> bool:
            return mappings[place].direction is not Direction.NONE or self._baseline(link, mappings[place]) is not None

        return [place for place in self._key_places if place in asked or is_carried(place)]

    def _still_called(self, effect: Effect, here: Subcategory, there: Subcategory, places: Sequence[int]) -> None:
        """Make sure that both subcategories have the names that they had when the asset was moved ``here``.

        What was chosen, or made, for it is found by its key, however somebody spells that. The key fields that the move was not
        about were those of both.
        """
        before = {it.mapping: it.before for it in effect.keys}
        if self._key_of(here) != self._key_of(here, {it.mapping: it.after for it in effect.keys}):
            raise KeptError(Reason.CHANGED, here.title)
        as_it_was = all(same(self._layout.subcategory_value(there, self._layout.place[key]), it) for key, it in before.items())
        names = zip(self._key_places, self._key_of(there), self._key_of(here, before), strict=True)
        if not as_it_was or any(now != then for place, now, then in names if place in places):
            raise KeptError(Reason.CHANGED, there.title, detail=f"subcategory {there.id}")

    # -- subcategories ---------------------------------------------------------------------------------------------------

    def _known_subcategory(self, effect: Effect) -> Subcategory:
        subcategory = self._snapshot.subcategories.get(effect.change.subcategory_id or 0)
        if subcategory is None or subcategory.category_id != self._snapshot.pair.hector_category.id:
            raise KeptError(Reason.GONE, detail=f"subcategory {effect.change.subcategory_id}")
        return subcategory

    def _subcategory(self, effect: Effect, subcategory: Subcategory) -> Iterator[Change]:
        """Give what puts back a subcategory's name, which stands or falls as a whole, and each of its other fields."""
        try:
            name = [self._shared_value(effect, it, subcategory) for it in effect.keys]
            self._name_is_free(subcategory, [it for it, _ in name])
        except KeptError as why:
            self._keep(effect, effect.keys, why)
            name = []
        others = []
        for it in effect.others:
            try:
                others.append(self._shared_value(effect, it, subcategory))
            except KeptError as why:
                self._keep(effect, [it], why)
        for action, found in ((Action.RENAME, name), (Action.UPDATE, others)):
            if found:
                yield Change(
                    action,
                    Side.HECTOR,
                    RecordKind.SUBCATEGORY,
                    tuple(it for it, _ in found),
                    subcategory_id=subcategory.id,
                    title=subcategory.title,
                    followers=tuple(follower for _, followers in found for follower in followers),
                )

    def _shared_value(
        self, effect: Effect, it: FieldChange, subcategory: Subcategory
    ) -> tuple[FieldChange, tuple[Agreement, ...]]:
        """Give the change that puts back one field of a subcategory, with what all its links then agree on."""
        place = self._place_of(it)
        mapping = self._layout.mappings[place]
        back = self._still.put_back(effect.place, it, mapping, self._layout.subcategory_value(subcategory, place))
        sharers = (self._follower(link, mapping, place, back.after) for link in self._sharers(subcategory.id))
        followers = tuple(follower for follower in sharers if follower is not None)
        known = next((follower.baseline for follower in followers), None)
        return replace(back, basis=known.c2 if known else None), followers

    def _sharers(self, subcategory_id: int) -> Sequence[Link]:
        """Give all links whose asset is in a subcategory: as it was read, or else as it was last seen."""
        if not self._by_subcategory:
            for link in self._links:
                asset = self._snapshot.assets.get(link.asset_id)
                home = asset.subcategory_id if asset else link.subcategory_id
                self._by_subcategory.setdefault(home, []).append(link)
        return self._by_subcategory.get(subcategory_id, [])

    def _follower(self, link: Link, mapping: FieldMapping, place: int, after: Value) -> Agreement | None:
        """Give what one sharer then agrees on; ``None`` for who has never known a value, and must wipe none."""
        ci, baseline = self._snapshot.cis.get(link.ci_id), self._baseline(link, mapping)
        if ci is None or link.asset_id not in self._snapshot.assets:
            # Gone for now: should it show up again, what was put back is no news to it.
            return None if baseline is None else Agreement(link.ci_id, mapping.key, baseline)
        c = ci.values[place]
        if baseline is None and is_unknown(c, is_c2=True):
            return None
        self._still.across(mapping, Side.C2, c, baseline, after, detail=f"CI {ci.number}")
        return Agreement(link.ci_id, mapping.key, Baseline(c, None))

    def _name_is_free(self, subcategory: Subcategory, keys: Sequence[FieldChange]) -> None:
        wanted = {it.mapping: it.after for it in keys}
        if wanted:
            found = self._index.find(self._key_of(subcategory, wanted))
            if found is not None and found.id != subcategory.id:
                raise KeptError(Reason.NAME_TAKEN, found.title, detail=f"subcategory {found.id}")

    def _key_of(self, subcategory: Subcategory, wanted: Mapping[str, Value] | None = None) -> Key:
        keys, layout = self._layout.keys, self._layout
        own = {keys[place]: layout.subcategory_value(subcategory, place) for place in self._key_places}
        return self._index.key_of((own | dict(wanted or {})).values())

    # -- both ------------------------------------------------------------------------------------------------------------

    def _place_of(self, it: FieldChange) -> int:
        if it.mapping not in self._layout.place:
            raise KeptError(Reason.NOT_MAPPED)
        return self._layout.place[it.mapping]

    def _baseline(self, link: Link, mapping: FieldMapping) -> Baseline | None:
        return self._snapshot.baselines.get(link.id, {}).get(mapping.key)
