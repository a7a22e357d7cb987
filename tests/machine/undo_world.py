"""What each run has changed, as seen from outside, and undos of runs, each of which may go wrong or be cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from killer import KilledError, Killer
from play_world import Picture, Place, PlayWorld
from sqlalchemy import event
from tied_fields import BY_SHORT, OWN, TIED, same
from watched import Written

from syncsvc.domain.rules import CategoryRules, Direction, Ref, Rules
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.engine.undo import undo
from syncsvc.state import queries

Cell = tuple[str, Any, str]
"""One field of a record: the record's kind and id, and the field's short name or :data:`HOME`."""
HOME = "home"
"""The subcategory that an asset is in."""
_SHORT = {t.c2_name: t.short for t in TIED} | {t.path: t.short for t in TIED} | {"subcategory": HOME}


def cells(picture: Picture) -> dict[Cell, Any]:
    """Everything that both sides of a category hold."""
    found: dict[Cell, Any] = {("ci", ci.id, t.short): ci.values[t.short] for ci in picture.cis.values() for t in TIED}
    for asset in picture.assets.values():
        found |= {("asset", asset.id, t.short): asset.values[t.short] for t in OWN}
        found["asset", asset.id, HOME] = asset.subcategory
    shared = [t for t in TIED if t.on_subcategory]
    return found | {
        ("subcategory", one.id, t.short): one.values[t.short] for one in picture.subcategories.values() for t in shared
    }


def changed(before: Picture, after: Picture) -> dict[Cell, tuple[Any, Any]]:
    """What became of the fields of the records that were there before and after: from and to."""
    then, now = cells(before), cells(after)
    return {cell: (value, now[cell]) for cell, value in then.items() if cell in now and not same(value, now[cell])}


@dataclass(frozen=True)
class Done:
    """What one run has done."""

    run: int
    before: Mapping[str, Picture]
    after: Mapping[str, Picture]
    """Both by the place's name."""
    wrote: frozenset[Cell]
    """The fields that it has written, of whatever place; of what it made: none."""
    undoes: int | None = None
    was_cut: bool = False
    """Whether it was killed, and what it wrote last may not be on record."""

    @property
    def did_anything(self) -> bool:
        """Whether there is anything on record that can be undone, or that has to be named as what stays."""
        return bool(self.wrote) or any(cells(self.before[name]).keys() != cells(self.after[name]).keys() for name in self.before)


@dataclass(frozen=True)
class ByNow:
    """What somebody has made of the rules when a run is undone; the runs afterwards have the old ones again."""

    direction: str | None = None
    """The direction of all categories and fields but those without one; ``None``: as it was."""
    without: str = ""
    """A field that is mapped no more; empty: all still are."""

    def of(self, rules: CategoryRules) -> CategoryRules:
        fields = tuple(one for one in rules.fields if one.hector != BY_SHORT[self.without].path) if self.without else rules.fields
        if self.direction is None:
            return replace(rules, fields=fields)
        way = Direction(self.direction)
        turned = (one if one.direction is Direction.NONE else replace(one, direction=way) for one in fields)
        return replace(rules, direction=way, fields=tuple(turned))


class UndoWorld(PlayWorld):
    """A world that remembers what each run has done."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Done] = []
        self.killer = Killer()
        self.c2.before = self.hector.before = self._before
        self.c2.after = self.hector.after = self._after
        event.listen(self.database, "commit", lambda _: self.killer.passes("commit"))

    def _before(self, what: str) -> None:
        self.killer.passes("before effect")
        self.faults.before(what)

    def _after(self, what: str) -> None:
        self.faults.after_it(what)
        self.killer.passes("after effect")

    def pictures(self) -> dict[str, Picture]:
        return {place.name: self.picture(place) for place in self.places}

    def run(self, only: Place | None = None) -> RunReport:
        before = self.pictures()
        report = super().run(only)
        self._remember(report.run, before)
        return report

    def undo(self, run: int, by_now: ByNow, *, dry: bool = False, killer: Killer | None = None) -> RunReport | None:
        """Undo a run, under the rules as they are by now; ``None``: it was killed."""
        rules = Rules(tuple(by_now.of(place.rules) for place in self.places), Ref("Entrepôt"))
        before, report = self.pictures(), None
        self.noted.clear()
        self.faults.met.clear()
        self.killer = killer or Killer()
        try:
            report = undo(rules, RunRequest("undo", dry_run=dry, undo=run), self.around)
        except KilledError:
            pass
        finally:
            self.killer = Killer()
        self.around.store.interrupt_dead_runs(self.now())
        latest = int(queries.runs(self.database, 1)[0]["run"])
        if not dry and (not self.done or latest > self.done[-1].run):
            self._remember(latest, before, undoes=run, was_cut=report is None)
        return report

    def _remember(self, run: int, before: Mapping[str, Picture], *, undoes: int | None = None, was_cut: bool = False) -> None:
        after = self.pictures()
        net = {cell for name in before for cell in changed(before[name], after[name])}
        there = {cell for name in before for cell in cells(before[name])}
        self.done.append(Done(run, before, after, frozenset(net | there.intersection(_noted(self.noted))), undoes, was_cut))

    def later_writes(self, run: Done) -> tuple[set[Cell], set[Cell]]:
        """The fields that later runs have written, and those of which it is not sure: a later run was killed at it.

        What was written and undone again is as if nobody had written it.
        """
        writers: dict[Cell, list[int]] = {}
        unsure: set[Cell] = set()
        for later in self.done[self.done.index(run) + 1 :]:
            for cell in later.wrote:
                writers.setdefault(cell, [])
                if later.undoes is not None and writers[cell][-1:] == [later.undoes]:
                    writers[cell].pop()
                else:
                    writers[cell].append(later.run)
            unsure |= later.wrote if later.was_cut else set()
        return {cell for cell, runs in writers.items() if runs}, unsure


def _noted(noted: Sequence[Written]) -> Iterator[Cell]:
    yield from ((one.record, one.id, _SHORT[one.field]) for one in noted if one.field in _SHORT)
