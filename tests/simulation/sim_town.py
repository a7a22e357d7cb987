"""Two tenants full of people at work: every edit they make is written down, with what its author saw in the field before.

That is all that the oracle needs: a value may only go when somebody who saw it put another in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sim_fields import FIELDS, NAME, SimField

from syncsvc.sandbox import C2World, HectorWorld

Record = tuple[str, str]
"""A side (``c2``, ``hector``) and a record's id."""
Key = tuple[str, ...]
"""Maker and model of a subcategory, however they are spelled."""


def key_of(subcategory: Mapping[str, Any]) -> Key:
    """Give the key of a subcategory as Hector has it, or as it is asked for."""
    return tuple(str(subcategory.get(member) or "").strip().lower() for member in ("maker", "model"))


class Clock:
    """The time in this world; it passes only when something happens."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=max(0.001, seconds))


@dataclass
class Edit:
    """A person's value in one field of one record; ``token`` ``None``: emptied."""

    number: int
    record: Record
    field: SimField
    token: int | None
    saw: int | None
    at: int
    """The world's step at which it was made."""
    known: bool = False
    """Whether the pair was linked and in order, so that emptying the field is a change and not an unknown value."""
    settled: bool = False
    """Whether that was so for every pair that shares the field, so that its author knew all that others had said."""
    alone: bool = False
    """Whether the record had no counterpart yet, so that nobody can say what its author knew of the other one."""
    raced: bool = False
    """Made in the moment between the service's look at the record and its write, which no client can see."""
    home: int | None = None
    """The subcategory that the asset was made from by then; ``None`` for a CI."""

    def __str__(self) -> str:
        side, record = self.record
        return f"{side} {record[:8]} “{self.field.name}”: {self.saw} → {self.token} (edit {self.number})"


@dataclass
class Gap:
    """Edits, by number, that were made while the service did not know what stood in a field: its last word there was lost."""

    of: set[Record] | None
    """Whose; ``None``: everybody's, because an old database was put back."""
    field: SimField | None
    since: int
    until: int | None = None
    """``None``: until a run has gone through undisturbed."""

    def covers(self, edit: Edit, records: Iterable[Record]) -> bool:
        """Whether it excuses that the service took this edit of these records for something else."""
        of_these = self.of is None or (self.field is edit.field and bool(self.of & set(records)))
        return of_these and self.since < edit.number and (self.until is None or edit.number <= self.until)


@dataclass
class Town:
    """Both systems, and what people have done to them."""

    clock: Clock
    fields: Sequence[SimField]
    """Those that the rules map."""
    random: Random
    edits: list[Edit] = field(default_factory=list)
    deleted: set[Record] = field(default_factory=set)
    put_away: dict[Record, int] = field(default_factory=dict)
    """Records that somebody made inactive or retired, with the world's step at which that was."""
    away_while_linked: set[Record] = field(default_factory=set)
    """Those whose counterpart was known by then, so that it may have to follow."""
    by_people: set[Record] = field(default_factory=set)
    made_bare: bool = False
    """Whether a creation was refused, so that it was asked for again with no more than is required."""
    orphans_edited: set[Record] = field(default_factory=set)
    linked: dict[str, str] = field(default_factory=dict)
    """CI to asset, as the last run left it."""
    steps: int = 0
    outweighed: set[tuple[str, int]] = field(default_factory=set)
    """Fields and tokens against which somebody decided who saw both values of a conflict."""
    parted_at: dict[Record, int] = field(default_factory=dict)
    """Records that somebody parted from their counterparts by hand, and how many edits there had been by then."""
    parted: set[tuple[Record, Record]] = field(default_factory=set)
    joined: set[tuple[Record, Record]] = field(default_factory=set)
    """Pairs that somebody made by hand."""
    unmet: set[Record] = field(default_factory=set)
    """Records that somebody joined by hand and no run has compared since."""
    to_meet_anew: set[Record] = field(default_factory=set)
    """Records of links that an old database did not have: found again, the two meet for the first time."""
    gaps: list[Gap] = field(default_factory=list)
    """What the service cannot know of its own doing."""
    subcategories_made: dict[int, int] = field(default_factory=dict)
    """Subcategories that somebody made, with the world's step at which that was."""
    doubled: Counter[Key] = field(default_factory=Counter)
    """Keys of subcategories that somebody made between the service's look at the list and its creation of the same."""

    def __post_init__(self) -> None:
        self.c2 = C2World(seed=self.random.getrandbits(32), now=self.clock.now)
        self.hector = HectorWorld(now=self.clock.now)
        self.tokens = count(1)
        self.numbers = count(1)
        cmdb = self.c2.add_cmdb("Inventaire")
        self.category = self.c2.add_category(cmdb, "Portables")
        self.hector_category = self.hector.add_category("Laptops")
        self.hector.add_stockroom("Entrepôt")
        self.sequence: dict[int, SimField] = {}
        self.attributes: dict[str, SimField] = {}
        for sim in FIELDS:
            self._add_field(sim)

    def _add_field(self, sim: SimField) -> None:
        if sim is not NAME:
            decimals = 4 if sim.kind == "number" else None
            made = self.c2.add_field(self.category, sim.name, kind=sim.c2_kind, max_length=sim.c2_cut, decimals=decimals)
            self.sequence[self.c2.definitions[made].number] = sim
        if sim.is_attribute:
            made_there = self.hector.add_attribute(
                self.hector_category, sim.member[1:], sim.level, sim.kind, max_length=sim.hector_cut
            )
            self.attributes[str(made_there)] = sim

    # -- looking ---------------------------------------------------------------------------------------------------------

    def records(self, side: str) -> list[Record]:
        """Give the records that exist, in the order in which they were made."""
        if side == "c2":
            return [("c2", ci) for ci in self.c2.ci_ids(self.category)]
        return [("hector", str(asset["id"])) for asset in self.hector.assets(self.hector_category)]

    def raw(self, record: Record, sim: SimField) -> Any:
        """Give what a record shows in a field."""
        side, its_id = record
        if side == "c2":
            return self.c2.value(its_id, sim.name)
        if sim.level == "subcategory":
            return self.hector.subcategory_value(self.subcategory_of(record), sim.member)
        return self.hector.value(int(its_id), sim.member.removeprefix("@"))

    def shown(self, record: Record, sim: SimField) -> int | None:
        """Give the token that a record shows in a field."""
        return sim.token(self.raw(record, sim))

    def subcategory_of(self, record: Record) -> int:
        return int(self.hector.asset(int(record[1]))["subcategory_id"])

    def exists(self, record: Record) -> bool:
        return record not in self.deleted and record in self.records(record[0])

    def in_use(self, record: Record) -> bool:
        if record[0] == "c2":
            return bool(self.c2.ci(record[1])["IsActive"])
        return bool(self.hector.asset(int(record[1]))["status"] == "active")

    def edits_of(self, record: Record, sim: SimField) -> list[Edit]:
        return [edit for edit in self.edits if edit.record == record and edit.field is sim]

    def called(self, record: Record) -> str:
        """Give the name by which an error speaks of a record: a CI's number, an asset's tag or else its id."""
        if record[0] == "c2":
            return str(self.c2.ci(record[1])["CINumber"])
        return str(self.hector.asset(int(record[1]))["asset_tag"] or record[1])

    def counterpart(self, record: Record) -> Record | None:
        if record[0] == "c2":
            asset = self.linked.get(record[1])
            return ("hector", asset) if asset else None
        return next((("c2", ci) for ci, asset in self.linked.items() if asset == record[1]), None)

    # -- what the service cannot know ------------------------------------------------------------------------------------

    def open_gap(self, records: set[Record] | None = None, sim: SimField | None = None, since: int | None = None) -> None:
        self.gaps.append(Gap(records, sim, len(self.edits) if since is None else since))

    def close_gaps(self) -> None:
        """Take note that a run has gone through undisturbed and knows again what stands where."""
        self.unmet.clear()
        for gap in self.gaps:
            gap.until = len(self.edits) if gap.until is None else gap.until

    def is_in_gap(self, edits: Iterable[Edit], records: Sequence[Record]) -> bool:
        beside = [("subcategory", str(self.subcategory_of(one))) for one in records if one[0] == "hector" and self.exists(one)]
        return any(gap.covers(edit, [*records, *beside]) for gap in self.gaps for edit in edits)

    def were_forgotten(self, *edits: Edit) -> bool:
        """Whether an old database was put back that knows none of these edits: to it all of them are changes of today."""
        return any(gap.of is None and all(gap.covers(edit, ()) for edit in edits) for gap in self.gaps)

    # -- people at work --------------------------------------------------------------------------------------------------

    def add_ci(self, tokens: dict[SimField, int]) -> Record:
        values = {sim.name: str(sim.written(token, "c2")) for sim, token in tokens.items() if sim is not NAME}
        name = NAME.written(tokens.get(NAME) or next(self.tokens), "c2")
        record = ("c2", self.c2.add_ci(self.category, name, values))
        self._note_new(record)
        return record

    def add_asset(self, tokens: dict[SimField, int]) -> Record:
        """Add an asset to the subcategory with this model and maker, which is made where there is none."""
        key = {sim.member: sim.written(token, "hector") for sim, token in tokens.items() if sim.is_key}
        subcategory = self._subcategory(key)
        own = {sim: sim.written(token, "hector") for sim, token in tokens.items() if sim.level == "asset"}
        attributes = {sim.member[1:]: value for sim, value in own.items() if sim.is_attribute}
        members = {sim.member: value for sim, value in own.items() if not sim.is_attribute}
        members.setdefault("title", NAME.written(next(self.tokens), "hector"))
        asset = self.hector.add_asset(self.hector_category, subcategory, attributes=attributes, **members)
        record = ("hector", str(asset))
        self._note_new(record)
        return record

    def _subcategory(self, key: dict[str, Any]) -> int:
        for known in self.hector.subcategories(self.hector_category):
            if all(known[member] == key.get(member) for member in ("maker", "model")):
                return int(known["id"])
        made = self.hector.add_subcategory(self.hector_category, **key)
        self.steps += 1
        self.subcategories_made[made] = self.steps
        return made

    def _note_new(self, record: Record) -> None:
        self.by_people.add(record)
        for sim in FIELDS:
            token = self.shown(record, sim)
            if token is not None and (sim.level == "asset" or record[0] == "c2" or sim.is_key):
                self._note(record, sim, token, None)

    def edit(self, record: Record, sim: SimField, token: int | None) -> list[Edit]:
        """Change a field as a person does; a subcategory's field changes for all its assets."""
        affected = self._sharing(record) if record[0] == "hector" and sim.level == "subcategory" else [record]
        saw = {one: (self.shown(one, sim), self.is_in_order(one, sim)) for one in affected}
        settled = all(self.is_in_order(one, sim) for one in self._concerned(record, sim))
        value = sim.written(token, record[0])
        if record[0] == "c2":
            self.c2.edit_ci(record[1], {sim.name: None if value is None else str(value)})
        elif sim.level == "subcategory":
            self.hector.edit_subcategory(self.subcategory_of(record), **{sim.member: value})
        elif sim.is_attribute:
            self.hector.edit_asset(int(record[1]), attributes={sim.member[1:]: value})
        else:
            self.hector.edit_asset(int(record[1]), **{sim.member: value})
        for one in affected:
            if one not in self.by_people and self.counterpart(one) is None:
                self.orphans_edited.add(one)
        notes = [self._note(one, sim, token, saw[one][0], in_order=saw[one][1]) for one in affected]
        for note in notes:
            note.settled = settled and note.known
        return notes

    def _concerned(self, record: Record, sim: SimField) -> list[Record]:
        """Give the record, and the assets beside its own that share a field and have a counterpart."""
        asset = record if record[0] == "hector" else self.counterpart(record)
        if not sim.is_shared or asset is None or not self.exists(asset):
            return [record]
        return [record, *(one for one in self._sharing(asset) if self.counterpart(one) is not None)]

    def _sharing(self, record: Record) -> list[Record]:
        subcategory = self.subcategory_of(record)
        return [one for one in self.records("hector") if self.subcategory_of(one) == subcategory]

    def is_in_order(self, record: Record, sim: SimField) -> bool:
        """Whether a record and its counterpart hold one and the same value in a field, each as far as it can."""
        other = self.counterpart(record)
        if other is None or not self.exists(other):
            return False
        ci, asset = sorted((record, other))
        return self.shown(ci, sim) == self.shown(asset, sim) and sim.faithful(self.raw(ci, sim), self.raw(asset, sim))

    def _note(self, record: Record, sim: SimField, token: int | None, saw: int | None, *, in_order: bool = False) -> Edit:
        self.steps += 1
        edit = Edit(next(self.numbers), record, sim, token, saw, self.steps, known=in_order and saw is not None)
        edit.alone = self.counterpart(record) is None or record in self.unmet
        edit.home = self.subcategory_of(record) if record[0] == "hector" else None
        self.edits.append(edit)
        return edit

    def delete(self, record: Record) -> None:
        if record[0] == "c2":
            self.c2.delete_ci(record[1])
        else:
            self.hector.delete_asset(int(record[1]))
        self.deleted.add(record)

    def part(self, ci: Record, asset: Record) -> None:
        self.parted_at |= dict.fromkeys((ci, asset), len(self.edits))
        self.parted.add((ci, asset))
        self.joined.discard((ci, asset))
        del self.linked[ci[1]]

    def join(self, ci: Record, asset: Record) -> None:
        self.joined.add((ci, asset))
        self.unmet |= {ci, asset}
        self.parted.discard((ci, asset))
        self.linked[ci[1]] = asset[1]

    def put_aside(self, record: Record) -> None:
        """Make a record inactive or retired."""
        if record[0] == "c2":
            self.c2.edit_ci(record[1], {"IsActive": False})
        else:
            self.hector.edit_asset(int(record[1]), status="retired")
        self.steps += 1
        self.put_away[record] = self.steps
        if self.counterpart(record) is not None:
            self.away_while_linked.add(record)
