"""Who had seen what when they wrote: which edits of a field came one upon the other, and which knew nothing of each other.

Only the latter can be in conflict, and only there may a policy let one of them go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from sim_fields import NAME, SimField
from sim_shape import Shape
from sim_town import Edit, Record, Town

_Node = tuple[str, int]


class Causes:
    """The edits of a history in their order of seeing."""

    def __init__(self, town: Town, shape: Shape) -> None:
        self.town, self.shape = town, shape

    @cached_property
    def _by_token(self) -> dict[tuple[str, int], list[Edit]]:
        found: dict[tuple[str, int], list[Edit]] = {}
        for edit in self.town.edits:
            if edit.token is not None:
                found.setdefault((edit.field.name, edit.token), []).append(edit)
        return found

    def near(self, sim: SimField, records: Iterable[Record]) -> list[Edit]:
        """Give the edits that concern a field of a pair's records, or of the one record that has no counterpart.

        What a subcategory's CIs share is everybody's, and so is a key that only others decide about. A subcategory's new name is
        that of every asset in it, of those as well that were made from it later, by a plan that knew the old one.
        """
        own = set(records)
        is_everybodys = sim.is_shared or (sim.is_key and len(own) == 1)
        homes = self._homes(own) if sim.is_key else set()
        edits = [edit for edit in self.town.edits if edit.field is sim]
        return [edit for edit in edits if is_everybodys or edit.record in own or edit.home in homes]

    def _homes(self, records: Iterable[Record]) -> set[int]:
        """Give the subcategories that these records' assets are in now."""
        return {self.town.subcategory_of(one) for one in records if one[0] == "hector" and self.town.exists(one)}

    def ignorant_of_each_other(self, one: Edit, other: Edit) -> bool:
        """Whether neither's author had seen the other's value, and not all who share the field were in order between the two."""
        if _node(one) == _node(other) or one.token == other.token:
            return False
        earlier, later = sorted((one, other), key=lambda edit: edit.number)
        if later.alone and earlier.record != later.record:
            return True
        return not later.settled and _node(earlier) not in self._seen(later)

    def _seen(self, edit: Edit) -> set[_Node]:
        """Give all that an edit's author had seen, directly or through what others made of it."""
        seen: set[_Node] = set()
        left = [edit]
        while left:
            for before in self._seen_at_once(left.pop()):
                if _node(before) not in seen:
                    seen.add(_node(before))
                    left.append(before)
        return seen

    def _seen_at_once(self, edit: Edit) -> Iterator[Edit]:
        if edit.saw is not None:
            yield from (one for one in self._by_token.get((edit.field.name, edit.saw), ()) if one.number < edit.number)
            return
        other = self.town.counterpart(edit.record)
        near = self.near(edit.field, [edit.record, *([other] if other else [])])
        yield from [one for one in near if one.token is None and one.number < edit.number][-1:]

    # -- who may win -----------------------------------------------------------------------------------------------------

    def are_in_conflict(self, sim: SimField, records: Sequence[Record]) -> bool:
        """Whether both sides of a field were changed by people who knew nothing of each other.

        To a CI, what another one gave to the subcategory that they share is the other side.
        """
        near = self.near(sim, records)
        pairs = ((one, other) for one in near for other in near if one.record != other.record)
        return any(self.ignorant_of_each_other(one, other) for one, other in pairs if sim.is_shared or one.record[0] == "c2")

    def meets_its_own_past(self, sim: SimField, ci: Record, asset: Record) -> bool:
        """Whether a subcategory holds what a CI gave it before it had an asset, and the CI was changed before it got one.

        The service made the subcategory, and then not the asset. No pair was in order by that value, so that nobody can say of it
        whose it is when the two meet: to the CI it is the other side's.
        """
        there = self.town.shown(asset, sim) if sim.is_shared else None
        return there is not None and any(edit.alone and edit.saw == there for edit in self.town.edits_of(ci, sim))

    def has_no_say(self, edit: Edit) -> bool:
        """Whether the direction lets the other side's value stand."""
        direction = self.shape.directions.get(edit.field.name, "none")
        return {"→": "hector", "←": "c2"}.get(direction) == edit.record[0]

    def is_outranked(self, edit: Edit, records: Sequence[Record]) -> bool:
        """Whether the rules let a value of the other side win over this edit, seen or not; there must be such a value.

        To a CI, what another one gave to the subcategory that they share is the other side's.
        """
        near = [one for one in self.near(edit.field, records) if one.record != edit.record]
        across = [one for one in near if one.record[0] != edit.record[0]]
        if self.has_no_say(edit):  # an authority that never knew a value wipes nothing
            return edit.field is NAME or any(one.token is not None or one.known for one in across)
        if self.shape.directions.get(edit.field.name) != "⇄":
            return False
        losers = {"c2": ("hector",), "hector": ("c2",), "newest": ("c2", "hector")}.get(self.shape.on_conflict, ())
        others = near if edit.field.is_shared and edit.record[0] == "c2" else across
        meet_anew = edit.record in self.town.to_meet_anew and self.town.were_forgotten(edit)
        return edit.record[0] in losers and any(
            meet_anew or self.ignorant_of_each_other(edit, one) or self.town.were_forgotten(edit, one) for one in others
        )


def _node(edit: Edit) -> _Node:
    """Stand for what an edit left in the field: its value, or that it emptied it."""
    return ("token", edit.token) if edit.token is not None else ("emptied", edit.number)
