"""What an undo promises of one category (docs/operations.md, *Undoing a run*), told from outside: apart from the implementation.

For each field that the run changed: it is put back, it stays, or (``either``) what can be seen from outside does not say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from judge_memory import Memory
from play_world import Picture
from tied_fields import BY_SHORT, KEYS, Tied, folded, same
from undo_world import HOME, ByNow, Cell, cells, changed

BACK, STAYS, EITHER = "back", "stays", "either"


def all_in_all(verdicts: Iterable[str]) -> str:
    """What becomes of something that stands or falls with all of these."""
    found = set(verdicts)
    return STAYS if STAYS in found else EITHER if EITHER in found else BACK


@dataclass
class Promise:
    """One category before and after the run that is to be undone, and now."""

    memory: Memory
    before: Picture
    after: Picture
    now: Picture
    later: Collection[Cell]
    """What later runs have written."""
    unsure: Collection[Cell]
    """What a later run that was killed has written: it may have been on record, or not."""
    by_now: ByNow
    """What has become of the rules."""

    def __post_init__(self) -> None:
        self.wrote = changed(self.before, self.after)
        self._there = cells(self.now)

    def verdicts(self) -> dict[Cell, str]:
        """What becomes of each field that the run changed."""
        found = {cell: self._of(cell, *values) for cell, values in self.wrote.items()}
        for subcategory in {id_ for kind, id_, what in found if kind == "subcategory" and BY_SHORT[what].is_key}:
            name = [cell for cell in found if cell[:2] == ("subcategory", subcategory) and BY_SHORT[cell[2]].is_key]
            verdict = all_in_all([*(found[cell] for cell in name), self._name_is_free(subcategory)])
            found |= dict.fromkeys(name, verdict)
        return found

    def _of(self, cell: Cell, was: Any, wrote: Any) -> str:
        kind, id_, what = cell
        if cell not in self._there or same(self._there[cell], was) or not same(self._there[cell], wrote):
            return STAYS
        if what == self.by_now.without:
            return STAYS
        if cell in self.unsure:
            return EITHER
        if cell in self.later:
            return STAYS
        if what == HOME:
            return all_in_all([self._pair_of(kind, id_), *self._move_back(id_, was, wrote)])
        tied = BY_SHORT[what]
        if kind == "subcategory":
            return all_in_all(self._sharers(id_, tied, was))
        return all_in_all([self._pair_of(kind, id_), *self._across(kind, id_, tied, was)])

    # -- CIs and assets --------------------------------------------------------------------------------------------------

    def _pair_of(self, kind: str, id_: Any) -> str:
        """Both records must be there, in the two categories."""
        link = next((link for link in self.now.links if id_ == (link.ci_id if kind == "ci" else link.asset_id)), None)
        if link is None or link.ci_id not in self.now.pairs:
            return STAYS
        return BACK if link.status == "active" else EITHER  # back, and no run has seen that yet

    def _across(self, kind: str, id_: Any, tied: Tied, was: Any) -> Iterator[str]:
        for ci, asset in self.now.pairs.items():
            if kind == "ci" and id_ == ci:
                saw = self.after.hector(asset, tied) if asset in self.after.assets else None
                now = self.now.hector(asset, tied)
                yield self._unchanged(ci, tied, 1, now, saw, in_order=tied.in_order(was, now))
            elif kind == "asset" and id_ == asset:
                yield self._c2_unchanged(ci, tied, was)

    def _c2_unchanged(self, ci: str, tied: Tied, was: Any) -> str:
        """Whether a CI holds what the run saw there, or what is put back in Hector."""
        saw = self.after.cis[ci].values[tied.short] if ci in self.after.cis else None
        now = self.now.cis[ci].values[tied.short]
        if not tied.in_order(now, was) and tied.is_key and tied.in_order(now, was, loosely=True):
            return EITHER
        return self._unchanged(ci, tied, 0, now, saw, in_order=tied.in_order(now, was))

    def _unchanged(self, ci: str, tied: Tied, side: int, now: Any, saw: Any, *, in_order: bool) -> str:
        """Whether the side that is not written holds no change that no run has carried over."""
        at = (ci, tied.short)
        agreed = self.memory.agreed.get(at)
        if in_order:
            return BACK
        if agreed is None or at in self.memory.unclear or ci in self.memory.found_again:
            return EITHER
        as_seen, as_agreed = same(now, saw), same(now, agreed[side])
        return EITHER if as_seen != as_agreed else BACK if as_seen else STAYS

    def _move_back(self, asset: int, was: int, wrote: int) -> Iterator[str]:
        """Both subcategories must be called what they were, and nobody may have changed the CI's key."""
        there, here = self.now.subcategories, {**self.after.subcategories}
        keys = self.memory.mapped_keys()
        for subcategory, then in ((was, self.before.subcategories[was]), (wrote, here[wrote])):
            now = there.get(subcategory)
            names = [(then.values[t.short], now.values[t.short]) for t in keys] if now else []
            if now is None or any(folded(one) != folded(other) for one, other in names):
                yield STAYS
            elif not all(same(one, other) for one, other in names):
                yield EITHER  # spelled otherwise
        ci = next((ci for ci, of in self.now.pairs.items() if of == asset), None)
        if ci is None or was not in there:
            return
        for tied in keys:
            if not same(there[was].values[tied.short], here[wrote].values[tied.short]):
                yield self._c2_unchanged(ci, tied, there[was].values[tied.short])

    # -- subcategories ---------------------------------------------------------------------------------------------------

    def sharers(self, subcategory: int) -> list[str]:
        """The CIs whose assets are in a subcategory now."""
        return [ci for ci, asset in self.now.pairs.items() if self.now.assets[asset].subcategory == subcategory]

    def _sharers(self, subcategory: int, tied: Tied, was: Any) -> Iterator[str]:
        for ci in self.sharers(subcategory):
            status = next(link.status for link in self.now.links if link.ci_id == ci)
            c = self.now.cis[ci].values[tied.short]
            if status != "active" or self.memory.homes.get(ci) != subcategory:
                yield EITHER  # nobody has looked at it there yet
            elif (ci, tied.short) in self.memory.agreed or not tied.unknown_in_c2(c):
                yield self._c2_unchanged(ci, tied, was)

    def _name_is_free(self, subcategory: int) -> str:
        """No other subcategory may have the name by now; one that has it but for what no rule carries may stand in the way."""
        if subcategory not in self.now.subcategories:
            return STAYS
        was = {cell[2]: was for cell, (was, _) in self.wrote.items() if cell[1] == subcategory}
        wanted = {**self.now.subcategories[subcategory].values, **was}
        others = [one.values for id_, one in self.now.subcategories.items() if id_ != subcategory]
        if any(_name(other, KEYS) == _name(wanted, KEYS) for other in others):
            return STAYS
        keys = self.memory.mapped_keys()
        return EITHER if any(_name(other, keys) == _name(wanted, keys) for other in others) else BACK


def _name(values: Mapping[str, Any], keys: Iterable[Tied]) -> list[str]:
    return [folded(values[tied.short]) for tied in keys]
