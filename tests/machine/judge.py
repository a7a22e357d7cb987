"""What a run may do to one category, judged from the rules and from what people did; knows nothing of the implementation.

:class:`Judge` remembers for each pair and field what both sides held when the field was last in order *as seen from outside*.
From that, and from how things stood before the run, the rules' table says what must stand there afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from judge_fields import FieldJudge
from judge_links import LinkJudge
from judge_memory import Pair
from judge_shared import SharedJudge
from play_world import Picture, SeenRecord
from rule_table import Listed
from tied_fields import OWN, TIED, Tied, same


class Judge(FieldJudge, SharedJudge, LinkJudge):
    """One category's judge."""

    def judge(self, before: Picture, after: Picture, listed: Listed, *, faulty: bool = False) -> None:
        """Judge what a run made of this category; ``faulty``: some of its writes were refused, or their answers lost."""
        self.faulty = faulty
        self.people_changed(before)
        self.people_wrote(before)
        self.links(before, after)
        pairs = [self.pair(before, after, ci_id, asset_id) for ci_id, asset_id in after.pairs.items()]
        for pair in pairs:
            self.note_given_up(pair, listed)
            for tied in TIED:
                pair.verdicts[tied.short] = self.at_first(pair, tied)
        for pair in pairs:
            for tied in OWN:
                self.own_field(pair, tied, listed)
            self.key(pair, listed)
        self.shared(before, after, pairs, listed)
        self._nobody_else(before, after, pairs)
        for pair in pairs:
            self._remember(pair, listed)
        self.run_left(after)

    def _remember(self, pair: Pair, listed: Listed) -> None:
        """Take note of what is in order now, and forget settlements that were carried out or are void."""
        came = pair.moved or pair.by_hand
        self.homes[pair.ci.id] = pair.asset.subcategory
        for tied in TIED:
            at, c, h = (pair.ci.id, tied.short), pair.c1[tied.short], pair.h1[tied.short]
            if at in self.settled and not (same(c, self.settled[at][1]) and same(h, self.settled[at][2])):
                del self.settled[at]
            if at not in self.agreed and same(c, pair.c0[tied.short]) and self._never_knew(pair, tied, h):
                emptied = not same(h, pair.h0[tied.short]) or (self.faulty and not tied.in_order(c, h))
                if pair.ci.id in self.found_again and emptied:
                    self.unclear.add(
                        at
                    )  # since it was made with it, perhaps: that was carried over just now, or on a bad day not
                continue
            if tied.in_order(c, h, loosely=self._any_spelling(pair, tied, listed)):
                self.agreed[at] = (c, h)
                self.stands.discard(at)
                self.unclear.discard(at)
            elif self._came_before_the_move(pair, tied) or self._made_with(pair, tied):
                self.agreed[at] = (c, pair.h0[tied.short])
            elif self.faulty and came and tied.is_shared:
                self.unclear.add(at)
                self.stands.add(at)
            elif self.faulty and pair.ci.id in self.found_again:
                self.unclear.add(at)
            elif came and tied.is_shared and at in self.agreed:
                self.agreed[at] = (self.agreed[at][0], h)
                self.stands.add(at)

    def _any_spelling(self, pair: Pair, tied: Tied, listed: Listed) -> bool:
        """Whether the two are in order however each side spells it."""
        verdict = pair.verdicts[tied.short]
        if self.faulty and verdict == "to_c2":
            return False  # another spelling in Hector is a change, and has not come to C2 yet
        if verdict == "clash" and listed.conflict(pair.number, tied):
            return False  # both have changed it, each to its own spelling, and that waits
        if verdict == "to_hector" and tied.is_key and self._key_waits(pair, listed):
            return False  # the renaming or the move that would have settled it was not made
        return tied.is_key or tied is pair.matched_by

    def _key_waits(self, pair: Pair, listed: Listed) -> bool:
        """Whether another subcategory, or another name of it, is still wanted, or a conflict keeps the asset where it is."""
        wanted = [tied for tied in self.mapped_keys() if pair.verdicts[tied.short] == "to_hector"]
        away = any(not tied.in_order(pair.c1[tied.short], pair.h1[tied.short], loosely=True) for tied in wanted)
        return away or any(listed.conflict(pair.number, tied) for tied in self.mapped_keys())

    def _came_before_the_move(self, pair: Pair, tied: Tied) -> bool:
        """Whether C2 got a key as the subcategory spelled it that the asset has left, and on a bad day not the new one's."""
        s = tied.short
        came = not same(pair.c1[s], pair.c0[s]) and same(pair.c1[s], tied.told_to_c2(pair.h0[s]))
        return self.faulty and tied.is_key and came and pair.verdicts[s] == "to_c2"

    def _made_with(self, pair: Pair, tied: Tied) -> bool:
        """Whether the run made the CI with what the subcategory held, which it then changed, and on a bad day did not tell it."""
        s, made_the_ci = tied.short, pair.made and not pair.arrived
        held = pair.h0[s]
        return self.faulty and made_the_ci and tied.is_shared and held is not None and same(pair.c1[s], tied.told_to_c2(held))

    def _never_knew(self, pair: Pair, tied: Tied, h: Any) -> bool:
        """Whether a first meeting goes on: empty on both sides is nothing agreed, of a record that was found again either."""
        verdict = pair.verdicts[tied.short]
        return verdict == "unknown" or (verdict == "unclear" and self.verdict(pair, tied, None, h) == "unknown")

    def _nobody_else(self, before: Picture, after: Picture, pairs: Sequence[Pair]) -> None:
        """Records without a link are as they were; nothing has gone, nothing was retired or moved to another category."""
        linked: set[object] = {pair.ci.id for pair in pairs} | {pair.asset.id for pair in pairs}
        for one, other in ((before.cis, after.cis), (before.assets, after.assets), (before.subcategories, after.subcategories)):
            assert one.keys() <= other.keys(), f"{self.place.name}: {one.keys() - other.keys()} has gone"  # type: ignore[operator]
        for then, now in _both(before.cis, after.cis):
            assert then.is_active == now.is_active, f"{self.place.name}: CI {now.name} is no longer {then.is_active}"
            assert then.id in linked or then.values == now.values, f"{self.place.name}: CI {now.name} has no link: {now}"
        for then, now in _both(before.assets, after.assets):
            assert then.is_active == now.is_active, f"{self.place.name}: asset {now.name} is no longer {then.is_active}"
            alike = (then.values, then.subcategory) == (now.values, now.subcategory)
            assert then.id in linked or alike, f"{self.place.name}: asset {now.name} has no link: {now}"

    # -- at rest ---------------------------------------------------------------------------------------------------------

    def at_rest(self, now: Picture, listed: Listed, waiting: int) -> None:
        """Everything is in order, or is listed; every record that should have a counterpart has one, or is listed.

        ``waiting`` creations without an answer wait for their source, which is away.
        """
        for ci_id, asset_id in now.pairs.items():
            number = now.cis[ci_id].name
            for tied in TIED:
                c, h = now.cis[ci_id].values[tied.short], now.hector(asset_id, tied)
                if not self._settled(now.cis[ci_id], tied, c, h, listed):
                    told = f"{self.place.name}, CI {number}: {tied.c2_name} {self.place.direction(tied)}"
                    raise AssertionError(f"not in order and not listed: {told}, C2 {c!r}, Hector {h!r}")
        lost = self.lonely.keys() & {*now.cis, *now.assets}
        assert len(lost) <= waiting, f"{self.place.name}: {lost} was made by a run and has no link"
        writes = str(self.place.rules.direction)
        for ci in now.cis.values():
            if writes in {"→", "⇄"} and ci.is_active and ci.id not in now.taken:
                assert listed.error(ci.name), f"{self.place.name}: CI {ci.name} has no asset, and nothing says why"
        for asset in now.assets.values():
            if writes in {"←", "⇄"} and asset.is_active and asset.id not in now.taken:
                assert listed.about_asset(asset.name), f"{self.place.name}: asset {asset.name} has no CI, and nothing says why"

    def _settled(self, ci: SeenRecord, tied: Tied, c: Any, h: Any, listed: Listed) -> bool:
        way, at, number = self.place.direction(tied), (ci.id, tied.short), ci.name
        if way == "none" or tied.in_order(c, h, loosely=tied.is_key or tied.c2_name in self.place.matched()):
            return True
        if at not in self.agreed and ((way == "→" and tied.unknown_in_c2(c)) or (way == "←" and h is None)):
            return True  # an authority that never knew a value wipes nothing
        if self.left_alone(ci.id, tied, c, h):
            return True
        if tied.is_key and listed.key_is_blocked(number):
            return True
        if at in self.stands and (way == "→" or h is None):
            return True
        return listed.conflict(number, tied) or listed.error(number, tied)


def _both(before: Mapping[Any, SeenRecord], after: Mapping[Any, SeenRecord]) -> Iterator[tuple[SeenRecord, SeenRecord]]:
    return ((one, after[id_]) for id_, one in before.items() if id_ in after)
