"""Judging an undo: it does what it promises and what it says, nothing else; and what counts as agreed on from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from judge import Judge
from judge_undo import BACK, STAYS, Promise
from play_world import Picture, Place, SeenRecord
from rule_table import Listed
from tied_fields import BY_SHORT, TIED, Tied, same
from undo_world import HOME, Cell, cells, changed

from syncsvc.domain.plan import Change
from syncsvc.engine.report import CategoryReport, RunReport

SHORT = {tied.c2_name: tied.short for tied in TIED}


class UndoJudge(Judge):
    """A judge who knows what an undo leaves: two values that differ, and that both stand."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.put_back: dict[tuple[str, str], tuple[Any, Any]] = {}
        """By CI and field: what both sides held when an undo had put one of them back."""

    def undone(self, promise: Promise, after: Picture, report: CategoryReport | None, *, faulty: bool) -> None:
        """Judge an undo, and take up what it leaves; ``faulty``: some of its writes failed, or it was killed."""
        self.people_changed(promise.now)
        self.people_wrote(promise.now)
        before, verdicts = promise.now, promise.verdicts()
        assert before.cis.keys() == after.cis.keys(), f"{self.place.name}: CIs were made or are gone"
        assert before.assets.keys() == after.assets.keys(), f"{self.place.name}: assets were made or are gone"
        assert before.subcategories.keys() == after.subcategories.keys(), (
            f"{self.place.name}: subcategories were made or are gone"
        )
        assert _joined(before) == _joined(after), f"{self.place.name}: links were made or parted"
        assert _in_use(before) == _in_use(after), f"{self.place.name}: records came out of use or back"
        now, then = cells(after), cells(before)
        for cell, value in then.items():
            verdict, (was, wrote) = verdicts.get(cell, STAYS), promise.wrote.get(cell, (None, None))
            said = [it for it in report.kept if cell in _cells_of(it.change)] if report else "killed"
            told = (
                f"{self.place.name}, {cell}: {verdict}; {was!r} became {wrote!r}; undone: {value!r} became {now[cell]!r}: {said}"
            )
            if same(now[cell], value):
                assert verdict != BACK or faulty, f"not put back: {told}"
                assert verdict != BACK or not report or report.problems, f"nothing says why it was not put back: {told}"
            else:
                assert verdict != STAYS, f"written though it should stay: {told}"
                assert same(now[cell], was), f"not what it was before the run: {told}"
        self._take_up(promise, after)
        self.run_left(after)

    def said(self, promise: Promise, after: Picture, report: CategoryReport | None) -> None:
        """What an undo lists is what it did, and all else that the run changed is listed as what stays."""
        did = changed(promise.now, after)
        planned, kept = (report.planned, report.kept) if report else ([], ())
        told = _told(planned)
        assert told == {cell: now for cell, (_, now) in did.items()}, f"{self.place.name}: it said {told} and did {did}"
        left = {cell for it in kept for cell in _cells_of(it.change)}
        for cell in promise.wrote.keys() - did.keys():
            assert cell in left, f"{self.place.name}: nothing is said of {cell}, which was {promise.wrote[cell]}"

    # -- what is agreed on afterwards ------------------------------------------------------------------------------------

    def _take_up(self, promise: Promise, after: Picture) -> None:
        to_hector_alone = (promise.by_now.direction or str(self.place.rules.direction)) == "→"
        ci_of = {asset: ci for ci, asset in after.pairs.items()}
        for kind, id_, what in changed(promise.now, after):
            if what == HOME:
                self._came_back(ci_of[id_], after, to_hector_alone=to_hector_alone)
            elif kind == "subcategory":
                self._shared_again(id_, BY_SHORT[what], after)
            else:
                self._agree(id_ if kind == "ci" else ci_of[id_], BY_SHORT[what], after)

    def _agree(self, ci: str, tied: Tied, after: Picture) -> None:
        """Both sides stand as they are."""
        at, now = (ci, tied.short), (after.cis[ci].values[tied.short], after.hector(after.pairs[ci], tied))
        self.agreed[at] = self.put_back[at] = now
        self.given_up.pop(at, None)
        self.unclear.discard(at)

    def _came_back(self, ci: str, after: Picture, *, to_hector_alone: bool) -> None:
        """An asset was moved back: its subcategory stands as it is; a CI's own change since is still to be carried over."""
        for tied in (tied for tied in TIED if tied.on_subcategory):
            at, h = (ci, tied.short), after.hector(after.pairs[ci], tied)
            c = after.cis[ci].values[tied.short]
            known = self.agreed.get(at, (c, None) if tied in self.mapped_keys() else None)
            if known is None or (to_hector_alone and tied.unknown_in_c2(c) and same(c, known[0])):
                self.agreed.pop(at, None)
            else:
                self.agreed[at] = self.put_back[at] = known[0], h
        self.homes[ci] = after.assets[after.pairs[ci]].subcategory

    def _shared_again(self, subcategory: int, tied: Tied, after: Picture) -> None:
        """A shared field was put back for all who are there, and for who was there when it was last seen."""
        value = after.subcategories[subcategory].values[tied.short]
        for link in after.links:
            at = (link.ci_id, tied.short)
            if self.homes.get(link.ci_id) != subcategory:
                continue  # moved there by hand: it starts anew there
            if link.ci_id in after.pairs and after.assets[link.asset_id].subcategory == subcategory:
                if at in self.agreed or not tied.unknown_in_c2(after.cis[link.ci_id].values[tied.short]):
                    self._agree(link.ci_id, tied, after)
            elif at in self.agreed and link.ci_id not in after.pairs:
                self.agreed[at] = self.put_back[at] = self.agreed[at][0], value

    def _settled(self, ci: SeenRecord, tied: Tied, c: Any, h: Any, listed: Listed) -> bool:
        stands = self.put_back.get((ci.id, tied.short))
        if stands is not None and same(c, stands[0]) and same(h, stands[1]):
            return True
        return super()._settled(ci, tied, c, h, listed)


def _joined(picture: Picture) -> list[tuple[str, int, str]]:
    return [(link.ci_id, link.asset_id, link.status) for link in picture.links]


def _in_use(picture: Picture) -> dict[Any, bool]:
    return {one.id: one.is_active for one in (*picture.cis.values(), *picture.assets.values())}


def _told(planned: Sequence[Change]) -> Mapping[Cell, Any]:
    """What an undo said that it puts back: what the asset holds through its subcategory shows in where that is."""
    found: dict[Cell, Any] = {}
    for change in planned:
        kind = change.record.value
        id_ = {"ci": change.ci_id, "asset": change.asset_id, "subcategory": change.subcategory_id}[kind]
        if kind == "asset" and change.subcategory_id is not None:
            found[kind, id_, HOME] = change.subcategory_id
        for it in change.fields:
            if kind != "asset" or not BY_SHORT[SHORT[it.field]].on_subcategory:
                found[kind, id_, SHORT[it.field]] = it.after
    return found


def told_of(report: RunReport) -> dict[str, Mapping[Cell, Any]]:
    """What an undo said that it puts back, by category."""
    return {category.category: _told(category.planned) for category in report.categories}


def _cells_of(change: Change) -> list[Cell]:
    """The fields that something which stays is about."""
    kind = change.record.value
    id_ = {"ci": change.ci_id, "asset": change.asset_id, "subcategory": change.subcategory_id}[kind]
    shorts = [SHORT[it.field] for it in change.fields]
    return [(kind, id_, HOME if kind == "asset" and BY_SHORT[short].on_subcategory else short) for short in shorts]
