"""What must hold when everything has come to rest, judged from the two systems and what people did, without the engine.

Every value that a person wrote is still there, or was replaced by somebody who saw it, by the direction's authority or by the
policy, or stands in the list of conflicts or errors with nothing overwritten. Nothing stands anywhere that nobody wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sim_causes import Causes
from sim_fields import SERIAL, SimField
from sim_shape import Shape
from sim_told import Rest
from sim_town import Edit, Record, Town, key_of


def judge(town: Town, shape: Shape, rest: Rest) -> list[str]:
    """Give everything that is wrong; nothing: all is well."""
    return list(_Judge(town, shape, rest).all())


class _Judge:
    def __init__(self, town: Town, shape: Shape, rest: Rest) -> None:
        self.town, self.shape, self.rest = town, shape, rest
        self.causes = Causes(town, shape)
        self.pairs = [
            (ci, asset)
            for ci_id, asset_id, _ in rest.links
            if town.exists(ci := ("c2", ci_id)) and town.exists(asset := ("hector", asset_id))
        ]

    def all(self) -> Iterator[str]:
        # A record that was deleted may come back: what was made for it is kept for it, and said in every run. So is a creation
        # of which somebody edited what may be its outcome, or parted it from another, or that was asked for without the values
        # by which it is known: a person has to say whether it is.
        forgotten = [
            source
            for source in self.rest.intentions
            if self.town.exists(source) and not (self._was_joined(source) or self._waits_for_a_person(source))
        ]
        yield from (f"the creation for {source} is still open" for source in forgotten)
        yield from self.rest.unexplained()
        yield from self._records()
        yield from self._links()
        yield from self._subcategories()
        yield from self._activity()
        for ci, asset in self.pairs:
            for sim in self.town.fields:
                yield from self._field(ci, asset, sim)
        for record in self._alone():
            yield from self._untouched(record)

    # -- records ---------------------------------------------------------------------------------------------------------

    def _records(self) -> Iterator[str]:
        everybody = {record for side in ("c2", "hector") for record in self.town.records(side)}
        linked = {end for ci, asset, _ in self.rest.links for end in (("c2", ci), ("hector", asset))}
        yield from (
            f"{record} was deleted by nobody" for record in (self.town.by_people | linked) - everybody - self.town.deleted
        )
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
        if record in self.town.parted_at:
            return True
        kept = any(
            source[0] != record[0]
            and (not self.town.exists(source) or self._was_joined(source) or self._waits_for_a_person(source))
            for source in self.rest.intentions
        )
        if kept and self.rest.speaks_of_record(self.town, record):
            return True
        serial = self.town.shown(record, SERIAL)
        recognised = self.shape.matches and serial is not None and not self.town.edits_of(record, SERIAL)
        return record in self.town.orphans_edited and not recognised

    def _was_joined(self, source: Record) -> bool:
        """Whether somebody linked a record with another than was made for it."""
        return any(source in pair for pair in self.town.joined)

    def _waits_for_a_person(self, source: Record) -> bool:
        unrecognisable = self.town.orphans_edited or self.town.parted_at or self.town.made_bare
        return bool(unrecognisable) and self.rest.waits_for_a_person(self.town, source)

    def _should_have_a_counterpart(self, record: Record) -> bool:
        made = {"c2": ("→", "⇄"), "hector": ("←", "⇄")}[record[0]]
        in_use = record not in self.town.put_away and self.town.in_use(record)
        if self.shape.matches and record in self.town.parted_at:
            return False  # what it matches is what it was parted from
        return self.shape.create in made and in_use and not self.rest.speaks_of_record(self.town, record)

    def _links(self) -> Iterator[str]:
        in_links = Counter(end for ci, asset, _ in self.rest.links for end in (("c2", ci), ("hector", asset)))
        yield from (f"{record} is linked {times} times" for record, times in in_links.items() if times > 1)
        for ci_id, asset_id, status in self.rest.links:
            pair = ("c2", ci_id), ("hector", asset_id)
            if pair in self.town.parted:
                yield f"{pair} were parted by hand, and are linked again"
            elif status != "active" and pair in self.pairs:
                yield f"the link of {pair} is {status}, though both records are there"
            elif pair in self.pairs and self.town.by_people.issuperset(pair) and not self._belong_together(*pair):
                yield f"{pair} were linked, and have nothing to do with each other"

    def _belong_together(self, ci: Record, asset: Record) -> bool:
        """Whether two records that people made may have been taken for one thing."""
        if (ci, asset) in self.town.joined:
            return True
        firsts = {
            sim.name: [
                self.town.edits_of(record, sim)[0].token if self.town.edits_of(record, sim) else None for record in (ci, asset)
            ]
            for sim in self.town.fields
        }
        c, h = firsts.get(SERIAL.name, [None, None])
        if self.shape.matches and c == h is not None:
            return True
        return all(c == h for sim, (c, h) in firsts.items() if sim != "Name")  # taken for the record of a lost answer

    def _subcategories(self) -> Iterator[str]:
        doubled, keys = self.town.doubled, Counter(map(key_of, self.town.hector.subcategories(self.town.hector_category)))
        yield from (f"subcategory {key} is there {times} times" for key, times in keys.items() if times > 1 + doubled[key])

    def _activity(self) -> Iterator[str]:
        """Nobody goes out of use but by a person's hand, or after the counterpart where the rules say so."""
        across = {
            end: other for c, h, _ in self.rest.links for end, other in ((("c2", c), ("hector", h)), (("hector", h), ("c2", c)))
        }
        follows = {"hector": self.shape.retires, "c2": self.shape.deactivates}
        for record in (record for side in ("c2", "hector") for record in self.town.records(side)):
            other, put_away = across.get(record), self.town.put_away
            may_follow = other in put_away and follows[record[0]]
            must_follow = may_follow and other in self.town.away_while_linked and record not in put_away
            followed = follows[record[0]] and any(record in pair and put_away.keys() & {*pair} for pair in self.town.parted)
            if not self.town.in_use(record) and record not in put_away and not (may_follow or followed):
                yield f"{record} went out of use, and nobody asked for it"
            elif self.town.in_use(record) and (record in put_away or (must_follow and not self.town.gaps)):
                yield f"{record} should be out of use"

    # -- values ----------------------------------------------------------------------------------------------------------

    def _untouched(self, record: Record) -> Iterator[str]:
        for sim in self.town.fields:
            shown = self.town.shown(record, sim)
            for edit in self._own_edits(record, sim):
                outranked = sim.level == "subcategory" and self.causes.is_outranked(edit, [record])
                if self._is_lost(edit, {shown}, shown, [record]) and not outranked:
                    yield f"lost from a record without a counterpart: {edit}"

    def _field(self, ci: Record, asset: Record, sim: SimField) -> Iterator[str]:
        direction = self.shape.directions.get(sim.name, "none")
        c, h = self.town.shown(ci, sim), self.town.shown(asset, sim)
        if direction == "none":
            return
        near = self.causes.near(sim, (ci, asset))
        yield from self._strangers(ci, asset, sim, near)
        moved_at = self._moved_at(ci, asset) if sim.is_shared else 0
        if c != h and not self._may_differ(ci, asset, sim, values=(c, h)) and not moved_at:
            yield f"“{sim.name}” of {ci[1][:8]} and {asset[1]} differs, and nobody is told: {c} | {h}"
        if c == h and c is not None and not sim.faithful(self.town.raw(ci, sim), self.town.raw(asset, sim)):
            yield f"“{sim.name}” of {ci[1][:8]} is garbled: {self.town.raw(ci, sim)!r} | {self.town.raw(asset, sim)!r}"
        for edit in [*self._own_edits(ci, sim), *self._own_edits(asset, sim)]:
            shown = c if edit.record == ci else h
            if edit.number < moved_at:
                continue  # the new subcategory's value stands
            now = {c, h}
            if sim.is_shared and edit.home not in {None, self.town.subcategory_of(asset)}:
                # It was said of the subcategory that the asset has left since, and is to be found there.
                shown = sim.token(self.town.hector.subcategory_value(edit.home, sim.member))
                now = {shown}
            if self._is_lost(edit, now, shown, [ci, asset]) and not self.causes.is_outranked(edit, (ci, asset)):
                yield f"lost: {edit}; now {c} | {h}"

    def _own_edits(self, record: Record, sim: SimField) -> list[Edit]:
        """Give the edits that this record's present counterpart, or its having none, decides about."""
        return [edit for edit in self.town.edits_of(record, sim) if edit.number > self.town.parted_at.get(record, 0)]

    def _strangers(self, ci: Record, asset: Record, sim: SimField, near: Sequence[Edit]) -> Iterator[str]:
        """What stands in a field was written there by somebody, and what is listed as a conflict is one."""
        # Made for another record and no longer recognised as that, parted from one that its values came from, or joined by hand
        # with another than it was made for.
        orphans_joined = {end for pair in self.town.joined for end in pair if end not in self.town.by_people}
        lost = not (self.town.orphans_edited | self.town.parted_at.keys() | orphans_joined).isdisjoint((ci, asset))
        written = {edit.token for edit in (near if not lost else self.town.edits) if edit.field is sim}
        for record in (ci, asset):
            token = self.town.shown(record, sim)
            if token is not None and token >= 0 and token not in written:
                yield f"“{sim.name}” of {record} holds what nobody wrote there: {token}"
        if self.rest.lists_conflict(self.town, (ci, asset), sim) and not (
            lost
            or self.causes.are_in_conflict(sim, (ci, asset))
            or self.causes.meets_its_own_past(sim, ci, asset)
            or self.town.is_in_gap(near, (ci, asset))
        ):
            yield f"“{sim.name}” of {ci[1][:8]} and {asset[1]} is listed as a conflict, and is none"

    def _is_lost(self, edit: Edit, now: set[int | None], shown: int | None, records: list[Record]) -> bool:
        """Whether an edit's value is nowhere, and nobody who saw it wrote another.

        A field that somebody emptied is filled again only by a value that its author had not seen; otherwise that is a loss too,
        unless it is not known what the emptied field held.
        """
        if edit.raced or (edit.field.name, edit.token) in self.town.outweighed:
            return False
        if edit.token is None:
            filled = edit.known and shown is not None and shown == edit.saw
            return filled and not self.town.is_in_gap([edit], records)
        return edit.token not in now and not any(self._stands_for(later, edit, records) for later in self.town.edits)

    def _stands_for(self, later: Edit, edit: Edit, records: list[Record]) -> bool:
        if later.field is not edit.field or later.saw != edit.token or later.raced:
            return False
        if not (edit.field.level == "subcategory" or later.record in records):
            return False
        alone = len(records) == 1 and later.record in records  # nobody outranks an edit of a record without a counterpart
        return alone or not self.causes.has_no_say(later) or self.causes.has_no_say(edit)

    def _moved_at(self, ci: Record, asset: Record) -> int:
        """Give the number of the last edit that let an asset move to another subcategory; 0: it never did."""
        keys = [sim for sim in self.town.fields if sim.is_key]
        edits = [edit for sim in keys for record in (ci, asset) for edit in self.town.edits_of(record, sim)]
        differed = self._first_differed(ci, asset, keys)
        return max((edit.number for edit in edits if edit.saw is not None or differed), default=0)

    def _first_differed(self, ci: Record, asset: Record, keys: list[SimField]) -> bool:
        for sim in keys:
            firsts = [*self.town.edits_of(ci, sim)[:1], *self.town.edits_of(asset, sim)[:1]]
            if len({edit.token for edit in firsts}) > 1:
                return True
        return False

    def _may_differ(self, ci: Record, asset: Record, sim: SimField, *, values: tuple[int | None, int | None]) -> bool:
        if self.rest.speaks_of_field(self.town, (ci, asset), sim) or self._waits_for_the_rest_of_its_key(ci, asset, sim):
            return True
        (c, h), direction = values, self.shape.directions[sim.name]
        if direction == "→":
            return c is None and not self._was_emptied(ci, sim)
        if direction == "←":
            return h is None and not self._was_emptied(asset, sim)
        return False

    def _waits_for_the_rest_of_its_key(self, ci: Record, asset: Record, sim: SimField) -> bool:
        """Whether a key field that was changed in C2 has to wait, because another part of the key is listed as a conflict.

        Half a key is another thing's name: no asset moves for it. What was changed in Hector reaches the CI all the same.
        """
        others = [other for other in self.town.fields if sim.is_key and other.is_key and other is not sim]
        in_conflict = any(self.rest.lists_conflict(self.town, (ci, asset), other) for other in others)
        latest = [edit.record for edit in self.town.edits if edit.field is sim and edit.record in {ci, asset}][-1:]
        return in_conflict and latest == [ci]

    def _was_emptied(self, record: Record, sim: SimField) -> bool:
        """Whether somebody emptied a field whose value both sides knew, so that the empty field is what they wanted."""
        edits = self.town.edits_of(record, sim)
        return bool(edits) and edits[-1].token is None and edits[-1].known and not self.town.is_in_gap(edits[-1:], [record])
