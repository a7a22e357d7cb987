"""Judging the fields of a subcategory that many CIs share, and its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from judge_memory import Memory, Pair
from play_world import Picture, SeenRecord
from rule_table import Listed
from tied_fields import KEYS, SHARED, CannotBeTold, Tied, folded, same


class SharedJudge(Memory):
    """What a run may do to a subcategory and, through it, to all CIs of it."""

    def shared(self, before: Picture, after: Picture, pairs: Sequence[Pair], listed: Listed) -> None:
        """Judge every subcategory of the category."""
        for subcategory_id, now in after.subcategories.items():
            group = [pair for pair in pairs if pair.asset.subcategory == subcategory_id]
            then = before.subcategories.get(subcategory_id)
            for tied in SHARED:
                held = then.values[tied.short] if then else None
                verdicts = self._group_verdicts(group, tied, held, made=then is None)
                wishes = self._wishes(tied, group, verdicts, made=then is None)
                if then is None and self.faulty:
                    wishes += [tied.told_to_hector(ci.values[tied.short]) for ci in self._left_without(before, after, now)]
                self._written_for_somebody(tied, group, wishes, held, now.values[tied.short], made=then is None)
                for pair, verdict in zip(group, verdicts, strict=True):
                    self._sharer(pair, tied, verdict, held, listed)
            self._key_kept(then, now, pairs)

    def _group_verdicts(self, group: Sequence[Pair], tied: Tied, held: Any, *, made: bool) -> list[str]:
        """What each CI of a subcategory asks for; one whose asset came there from another starts anew."""
        verdicts = []
        for pair in group:
            agreed = self.anew(pair, tied, held, made=made)
            if agreed is None:
                self.agreed.pop((pair.ci.id, tied.short), None)
            else:
                self.agreed[pair.ci.id, tied.short] = agreed
            verdicts.append("unclear" if self.knows_more(pair, tied) else self.verdict(pair, tied, agreed, held))
            pair.verdicts[tied.short] = verdicts[-1]
        return verdicts

    def _left_without(self, before: Picture, after: Picture, made: SeenRecord) -> Sequence[SeenRecord]:
        """The CIs that a subcategory was made for as well, but whose assets could not be made, or moved there, on a bad day."""
        said = [tied for tied in self.mapped_keys() if self.place.direction(tied) in {"→", "⇄"}]
        key = [folded(made.values[tied.short]) for tied in said]
        there = {ci_id for ci_id, asset_id in after.pairs.items() if after.assets[asset_id].subcategory == made.id}
        return [
            ci
            for ci in before.cis.values()
            if ci.id not in there and key == [folded(tied.told_to_hector(ci.values[tied.short])) for tied in said]
        ]

    def _wishes(self, tied: Tied, group: Sequence[Pair], verdicts: Sequence[str], *, made: bool) -> list[Any]:
        return [
            tied.told_to_hector(pair.c0[tied.short])
            for pair, verdict in zip(group, verdicts, strict=True)
            if verdict in {"to_hector", "unclear"} or made or (verdict == "clash" and self.place.policy(tied) == "newest")
        ]

    def _written_for_somebody(
        self, tied: Tied, group: Sequence[Pair], wishes: Sequence[Any], held: Any, holds: Any, *, made: bool
    ) -> None:
        """A shared value changes in Hector only because CIs ask for it, and under ``→`` only when all who know one agree."""
        if same(held, holds) or (made and self.faulty and not group):
            return
        way = self.place.direction(tied)
        told = f"{self.place.name}, {tied.c2_name} {way}: {held!r} became {holds!r}; asked for were {wishes!r}"
        assert any(same(wish, holds) for wish in wishes), f"nobody asked for it: {told}"
        if way == "→":
            said = [
                tied.told_to_hector(p.c0[tied.short])
                for p in group
                if not (p.arrived or (self.faulty and self._wanted_to_leave(p)))
                and ((p.ci.id, tied.short) in self.agreed or not tied.unknown_in_c2(p.c0[tied.short]))
            ]
            assert made or all(same(one, holds) for one in said), f"they do not agree, all say {said!r}: {told}"

    @staticmethod
    def _wanted_to_leave(pair: Pair) -> bool:
        """Whether its asset was to be moved elsewhere, so that it had no say, though a bad day has kept it."""
        return any(pair.verdicts[tied.short] == "to_hector" for tied in KEYS)

    def _sharer(self, pair: Pair, tied: Tied, verdict: str, held: Any, listed: Listed) -> None:
        s, of = tied.short, self.of(pair, tied)
        c0, c1, holds = pair.c0[s], pair.c1[s], pair.h1[s]
        way = self.place.direction(tied)
        if way in {"→", "none"}:
            assert same(c1, c0), f"written in C2, which has the say: {of}"
        excused = listed.error(pair.number, tied) or listed.conflict(pair.number, tied)
        fine = tied.in_order(c1, holds) or excused or self.faulty
        match verdict:
            case "to_hector":
                assert same(c1, c0), f"the edit was overwritten: {of}"
                assert fine, f"the edit did not arrive: {of}"
            case "to_c2":
                mine = [tied.told_to_c2(value) for value in (held, holds)]
                assert (CannotBeTold in mine and excused) or any(same(c1, one) for one in mine) or excused or self.faulty, (
                    f"not told: {of}"
                )
            case "unclear":
                assert same(c1, c0) or same(c1, tied.told_to_c2(holds)), f"neither side's value: {of}"
            case "clash" if self.place.policy(tied) == "newest" and not excused:
                self.newest(pair, tied, [held, holds])
            case "clash":
                assert same(c1, c0), f"the edit was overwritten: {of}"
                assert fine, f"a conflict that is not listed: {of}"
            case _:
                followed = not same(held, holds) or pair.moved
                told = tied.told_to_c2(holds)
                assert same(c1, c0) or (followed and same(c1, told)), f"written without a reason: {of}"

    def newest(self, pair: Pair, tied: Tied, theirs: Sequence[Any]) -> None:
        """Judge a conflict that the newest decided: nobody's newer change is overwritten. ``theirs``: what Hector held."""
        c0, c1, of = pair.c0[tied.short], pair.c1[tied.short], self.of(pair, tied)
        if not same(c1, c0):
            assert any(same(c1, tied.told_to_c2(one)) for one in theirs), f"neither side won: {of}"
            assert not self.is_newer(pair, tied, "c2"), f"C2's newer change was overwritten: {of}"
        elif not tied.in_order(c1, pair.h1[tied.short], loosely=tied.is_key):
            assert self.faulty, f"neither side won, and it is not listed: {of}"
        elif not any(same(theirs[0], one) for one in (pair.h1[tied.short], tied.told_to_hector(c0))):
            assert not self.is_newer(pair, tied, "hector"), f"Hector's newer change was overwritten: {of}"

    def _key_kept(self, then: SeenRecord | None, now: SeenRecord, pairs: Sequence[Pair]) -> None:
        """A subcategory is renamed only back, and only when every linked CI of it wants the old key."""
        for tied in KEYS:
            if then is None or same(then.values[tied.short], now.values[tied.short]):
                continue
            group = [pair for pair in pairs if pair.asset.subcategory == now.id and not (pair.made or pair.moved)]
            told = f"{self.place.name}: subcategory {now.id} was renamed from {then.values!r} to {now.values!r}"
            assert group, f"{told} for nobody"
            assert all(self.homes.get(pair.ci.id, now.id) == now.id for pair in group), f"{told}, to which an asset was moved"
            for pair in group:
                if self.knows_more(pair, *KEYS):
                    continue
                agreed = self.agreed.get((pair.ci.id, tied.short))
                assert pair.verdicts[tied.short] == "to_hector", f"{told}, which CI {pair.number} did not ask for"
                assert agreed is not None, f"{told} for CI {pair.number}, which never agreed on another key"
                assert same(agreed[0], pair.c0[tied.short]), f"{told} because of CI {pair.number}"
