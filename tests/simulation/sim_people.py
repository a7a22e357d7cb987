"""People at work in a history: what they fill both inventories with, edit, delete, put away and settle; drawn from its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim_fields import MODEL, SERIAL, SimField
from sim_service import looking_at
from sim_shape import Shape
from sim_town import Record, Town

from syncsvc.domain.records import Side
from syncsvc.state import queries
from syncsvc.state.store import Store

ENOUGH = 24
"""Records from which on guards reckon in percent, and a few more."""
LATELY = 4
"""Edits at whose other side somebody else is at work, at times: before a run, and more often while it is on."""


@dataclass
class People:
    """Everybody who works in either system."""

    town: Town
    shape: Shape
    say: Callable[[str], None] = lambda _line: None
    """Writes down what somebody does."""
    deletions_meanwhile: int = 0
    """Deletions in the middle of a run."""

    def settle(self, *, few: bool = False) -> None:
        """Fill both inventories: things of one side only, things that stand on both, and things that look all alike."""
        draw, town = self.town.random, self.town
        alike = self._alike() if self.shape.alike else {}
        one_side = {"→": "c2", "←": "hector", "⇄": draw.choice(("c2", "hector"))}[self.shape.direction]
        for _ in range(self._how_many(few=few)):
            side = one_side if draw.random() < 0.85 else {"c2": "hector", "hector": "c2"}[one_side]
            self.add(side, alike.get(side) if draw.random() < 0.7 else None)
        if self.shape.matches and not few:
            for _ in range(draw.randint(0, 2)):
                tokens = self._tokens()
                town.add_ci(tokens)
                same = {sim for sim in tokens if sim.is_key or sim is SERIAL or draw.random() < 0.6}
                alike_in_both = {sim for sim in same if sim.stands_alike(tokens[sim])}
                there = {sim: token if sim in alike_in_both else next(town.tokens) for sim, token in tokens.items()}
                town.add_asset({sim: token for sim, token in there.items() if sim in same or draw.random() < 0.5})

    def _alike(self) -> dict[str, dict[SimField, int]]:
        """Give the values of things that look all alike, by side: another token where two would not write the same."""
        tokens = {sim: next(self.town.tokens) for sim in self.town.fields if sim is not SERIAL}
        there = {sim: token if sim.stands_alike(token) else next(self.town.tokens) for sim, token in tokens.items()}
        return {"c2": tokens, "hector": there}

    def _how_many(self, *, few: bool) -> int:
        if few:
            return 2
        return self.town.random.randint(2, 6) if not self.shape.is_large else ENOUGH

    def work_a_lot(self) -> None:
        """Let somebody change, or empty, one field in most records of a side, as an import does."""
        draw, town = self.town.random, self.town
        fields = [
            sim for sim in town.fields if sim.level == "asset" and sim is not SERIAL and self.shape.directions[sim.name] != "none"
        ]
        side, sim = draw.choice(("c2", "hector")), draw.choice(fields) if fields else None
        if sim is None:
            return
        empties = sim.may_be_empty and draw.random() < 0.5
        for record in town.records(side):
            if draw.random() < 0.8 and town.counterpart(record) is not None:
                for edit in town.edit(record, sim, None if empties else next(town.tokens)):
                    self._say(str(edit), "")

    def part(self, url: str) -> None:
        """Let somebody part a pair that belongs together, or so they say."""
        with looking_at(url) as engine:
            store = Store(engine)
            links = store.links_of(self.town.category)
            if links:
                link = self.town.random.choice(links)
                store.part(link.id, self.town.clock.now())
                self.town.part(("c2", link.ci_id), ("hector", str(link.asset_id)))
                self.say(f"somebody parts {link.ci_id[:8]} and {link.asset_id}")

    def unlinked_pair(self) -> tuple[Record, Record] | None:
        """Give two records without counterparts, which somebody may join by hand."""
        alone = [
            [record for record in self.town.records(side) if self.town.counterpart(record) is None and self.town.in_use(record)]
            for side in ("c2", "hector")
        ]
        return (self.town.random.choice(alone[0]), self.town.random.choice(alone[1])) if all(alone) else None

    def _tokens(self) -> dict[SimField, int]:
        draw, town = self.town.random, self.town
        wanted = [sim for sim in town.fields if not sim.may_be_empty or sim.is_key or draw.random() < 0.8]
        tokens = {sim: next(town.tokens) for sim in wanted}
        models = [edit for edit in town.edits if edit.field is MODEL and edit.token is not None]
        if models and draw.random() < 0.5:  # one more of a model that is there
            record = draw.choice(models).record
            keys = {sim: town.shown(record, sim) for sim in tokens if sim.is_key} if town.exists(record) else {}
            tokens |= {sim: token for sim, token in keys.items() if token is not None}
        return tokens

    def add(self, side: str, alike: dict[SimField, int] | None = None) -> Record:
        tokens = alike or self._tokens()
        return self.town.add_ci(tokens) if side == "c2" else self.town.add_asset(tokens)

    def work(self, when: str = "") -> None:
        """Let somebody do something."""
        draw, town = self.town.random, self.town
        records = [record for side in ("c2", "hector") for record in town.records(side)]
        dice = draw.random()
        if not records or dice < 0.06:
            self._say(f"adds {self.add(draw.choice(('c2', 'hector')))}", when)
        elif dice < 0.10 and len(records) > 4 and not self.shape.restores:
            side = [record for record in records if record[0] == draw.choice(("c2", "hector"))]
            if len(side) > 3:
                record = draw.choice(side)
                self.deletions_meanwhile += bool(when)
                town.delete(record)
                self._say(f"deletes {record}", when)
        elif dice < 0.12 and not self.shape.restores:
            record = draw.choice(records)
            town.put_aside(record)
            self._say(f"puts {record} away", when)
        elif draw.random() < (0.5 if when else 0.25) and (there := self._where_others_are()):
            self._edit(*draw.choice(there), when)
        else:
            self._edit(draw.choice(records), None, when)

    def _where_others_are(self) -> list[tuple[Record, SimField]]:
        """Give the other side of what was edited last: where a run is about to write."""
        found = ((self.town.counterpart(edit.record), edit.field) for edit in self.town.edits[-LATELY:])
        return [(record, sim) for record, sim in found if record and self.town.exists(record) and sim in self._fields()]

    def _fields(self) -> list[SimField]:
        return [sim for sim in self.town.fields if sim is not SERIAL and self.shape.directions[sim.name] != "none"]

    def _edit(self, record: Record, sim: SimField | None, when: str) -> None:
        draw, town = self.town.random, self.town
        if record not in town.by_people and town.counterpart(record) is None and draw.random() < 0.7:
            return  # a record whose creation was lost is seldom edited before it is found again
        if sim is None:
            fields = self._fields()
            sim = draw.choices(fields, [1 if field.is_key else 4 for field in fields])[0]
        empties = sim.may_be_empty and not sim.is_key and draw.random() < 0.12
        for edit in town.edit(record, sim, None if empties else next(town.tokens)):
            self._say(str(edit), when)

    def _say(self, what: str, when: str) -> None:
        self.say(f"somebody {what}{f' ({when})' if when else ''}")

    def settle_conflicts(self, url: str) -> None:
        """Let somebody decide about conflicts, having seen both values."""
        if self.town.random.random() < 0.5:
            return
        with looking_at(url) as engine:
            fields = {sim.name: sim for sim in self.town.fields}
            for conflict in queries.conflicts(engine):
                sim, use = fields[conflict["field"]], self.town.random.choice((Side.C2, Side.HECTOR))
                c, h = sim.token(conflict["c2_value"]), sim.token(conflict["hector_value"])
                Store(engine).settle_conflict(conflict["id"], use, self.town.clock.now())
                self.town.outweighed.add((sim.name, (h if use is Side.C2 else c) or 0))
                self.say(f"somebody settles {conflict['field']} of {conflict['ci']} for {use.value}")
