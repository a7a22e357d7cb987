"""Stands between the service and the two systems and sees what no test at rest can see: writes over what was never looked at.

Every write is compared with what the service has seen of that record. An edit made after the last look is overwritten unseen;
that is a fault of the service unless the look came right before the write, where no client could have known better: records are
looked at twenty at a time, and nothing else is written between such a look and the writes that it is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim_calls import SimCall
from sim_fields import NAME, SHARED, SimField
from sim_town import Edit, Record, Town, key_of

BATCH = 20
"""Records that may be looked at together before they are written."""
UNTOLD = {"c2": NAME, "hector": SHARED}
"""Of which field the answer to a creation says nothing by which it could be in order: the same run compares it afterwards."""


@dataclass
class _Batch:
    """Records of one side that were looked at together, one look right after the other."""

    records: dict[Record, int] = field(default_factory=dict)
    """With the world's step of each look."""
    is_being_written: bool = False

    def since(self, record: Record) -> int:
        """Count the records that were looked at together with this one or after it."""
        return sum(1 for at in self.records.values() if at >= self.records[record])


@dataclass
class Watch:
    """What the running service has seen, and the rules that it broke."""

    town: Town
    broken: list[str] = field(default_factory=list)
    writes: int = 0
    may_write: bool = True
    """Whether the run at hand is one that may change anything."""
    _seen: dict[Record, tuple[int, bool]] = field(default_factory=dict)
    """When a record was last shown to this run, and whether by a look of its own."""
    _batches: dict[str, _Batch] = field(default_factory=dict)
    """The last records of each side that were looked at."""
    _made: dict[Record, int] = field(default_factory=dict)
    """Records that this run made, and how many edits there had been by then."""
    side_by_side: bool = False
    """Whether the service works in several threads, where the looks at single records fall between each other's writes."""
    _unclear: dict[Record, int] = field(default_factory=dict)
    """When a write to the record was last left without an answer."""
    _written: list[tuple[SimCall, int]] = field(default_factory=list)
    """The writes of this run, and how many edits there had been by then."""
    _listed: tuple[int, int] = (0, 0)
    """When the subcategories were last listed, and how many have been asked for since."""

    def begin(self, *, may_write: bool) -> None:
        """Forget what an earlier run saw: it is gone with its process."""
        self.may_write = may_write
        self._seen.clear()
        self._batches.clear()
        self._made.clear()
        self._unclear.clear()
        self._written.clear()
        self._listed = (0, BATCH)
        self.writes = 0

    def end(self, *, undisturbed: bool) -> None:
        """Note, of a run that was disturbed, that it may not have stored what it wrote, nor compared what it made."""
        if undisturbed:
            return
        key = tuple(sim for sim in self.town.fields if sim.is_key)
        for call, edits in self._written:
            for sim in call.fields + (key if call.moves else ()):
                self.town.open_gap(set(call.records), sim, edits)
        for record, edits in self._made.items():
            if record[0] in UNTOLD:
                self.town.open_gap({record}, UNTOLD[record[0]], edits)

    def shown(self, records: list[Record], *, by: str) -> None:
        """Note what an answer showed the service; ``by`` is the kind of the request."""
        self.town.steps += 1
        for record in records:
            self._seen[record] = (self.town.steps, by in {"look", "write", "create"})
        if by == "look":
            self._looked_at(set(records))
        if by == "create":
            self._made.update(dict.fromkeys(records, len(self.town.edits)))

    def listed_subcategories(self) -> None:
        """Note that the service was shown a page of the list of subcategories."""
        self._listed = (self.town.steps, 0)

    def created(self, call: SimCall) -> None:
        """Note a creation that is about to be carried out.

        A subcategory is looked for by its key and then made; what somebody makes in between nobody can see.
        """
        self.writes += 1
        if not self.may_write:
            self.broken.append(f"a run that may not write asked for: {call}")
        if call.what == "subcategories":
            listed_at, asked_for = self._listed
            self._listed = (listed_at, asked_for + 1)
            made = [subcategory for subcategory, at in self.town.subcategories_made.items() if at > listed_at]
            if asked_for < BATCH and call.key in {key_of(self.town.hector.subcategory(one)) for one in made}:
                self.town.doubled[call.key] += 1

    def _looked_at(self, records: set[Record]) -> None:
        for side in {side for side, _ in records}:
            batch = self._batches.setdefault(side, _Batch())
            if batch.is_being_written and not records <= batch.records.keys():
                batch = self._batches[side] = _Batch()
            batch.records.update(dict.fromkeys(records, self.town.steps))

    def _judge_batch(self, call: SimCall, record: Record) -> None:
        """Judge whether a record's look is fresh; what this run made itself was shown by the answer."""
        side = record[0]
        world = self.town.c2 if side == "c2" else self.town.hector
        if (self.side_by_side and side == "subcategory") or not world.knows_ids:
            return  # a system that ignores the ids shows whatever it likes
        batch = self._batches.get(side, _Batch())
        batch.is_being_written = True
        if record in self._made or not self._seen.get(record, (0, False))[1]:
            return
        if record not in batch.records:
            self.broken.append(f"{call}: others were looked at and written since the look at it")
        elif batch.since(record) > BATCH:
            self.broken.append(f"{call}: {batch.since(record)} were looked at together, which is no look right before the write")

    def unclear(self, call: SimCall) -> None:
        """Note that the service does not know what came of a write."""
        self.town.steps += 1
        for record in call.records:
            self._unclear[record] = self.town.steps

    def written(self, call: SimCall) -> None:
        """Judge a write that is about to be carried out."""
        self.writes += 1
        self._written.append((call, len(self.town.edits)))
        if not self.may_write:
            self.broken.append(f"a run that may not write asked for: {call}")
        for record in call.records:
            self._judge_batch(call, record)
            self._judge(call, record)

    def _judge(self, call: SimCall, record: Record) -> None:
        at, by_look = self._seen.get(record, (-1, False))
        if record in self._unclear and self._unclear[record] >= at:
            self.broken.append(f"{call}: repeated, though nobody looked what became of the write before it")
        if not by_look:
            self.broken.append(f"{call}: written without a look right before")
        for sim in call.fields:
            for edit in self._unseen(record, sim, at):
                if by_look:
                    edit.raced = True
                else:
                    self.broken.append(f"{call}: overwrites unseen: {edit}")
        if call.moves and self.town.exists(record):
            self._judge_move(record)

    def _judge_move(self, asset: Record) -> None:
        """Know that nobody can see a rename of the subcategory that an asset leaves once it has been looked at."""
        at, by_look = self._seen.get(("subcategory", str(self.town.subcategory_of(asset))), (-1, False))
        for edit in self.town.edits:
            is_rename = edit.record == asset and edit.field.is_key
            edit.raced = edit.raced or (is_rename and by_look and edit.at > at)

    def _unseen(self, record: Record, sim: SimField, at: int) -> list[Edit]:
        return [edit for edit in self.town.edits if edit.at > at and edit.field is sim and self._stands_in(edit, record)]

    def _stands_in(self, edit: Edit, record: Record) -> bool:
        if record[0] != "subcategory":
            return edit.record == record
        side = edit.record[0] == "hector" and self.town.exists(edit.record)
        return side and str(self.town.subcategory_of(edit.record)) == record[1]
