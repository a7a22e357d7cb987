"""Judging the fields of the asset itself, and maker and model, which say from which subcategory it is made."""

from __future__ import annotations

from judge_memory import Memory, Pair
from rule_table import Listed
from tied_fields import KEYS, CannotBeTold, Tied, folded, same


class FieldJudge(Memory):
    """What a run may do to one pair."""

    def own_field(self, pair: Pair, tied: Tied, listed: Listed) -> None:
        """Judge one field of the asset itself: the table leaves no choice."""
        short = tied.short
        c0, h0, c1, h1 = (side[short] for side in (pair.c0, pair.h0, pair.c1, pair.h1))
        c, h = c0, h0
        made_up = pair.arrived and not pair.old and short == "title"  # Hector's own title, where ours did not arrive
        if self.faulty and (same(c1, c0) or pair.arrived) and (same(h1, h0) or made_up):
            return
        if self.knows_more(pair, tied):  # a change of one side, where we see two that meet for the first time
            as_in_c2 = same(c1, c0) and (same(h1, h0) or same(h1, tied.told_to_hector(c0)))
            as_in_hector = same(h1, h0) and (same(c1, c0) or same(c1, tied.told_to_c2(h0)))
            assert as_in_c2 or as_in_hector, f"neither side's value: {self.of(pair, tied)}"
            return
        match pair.verdicts[short]:
            case "to_hector":
                h = tied.told_to_hector(c0)
                refused = h is CannotBeTold
                h = h0 if refused else h
                assert not refused or listed.error(pair.number, tied), f"not said that it was refused: {self.of(pair, tied)}"
            case "to_c2":
                c = tied.told_to_c2(h0)
                refused = c is CannotBeTold
                c = c0 if refused else c
                assert not refused or listed.error(pair.number, tied), f"not said that it was refused: {self.of(pair, tied)}"
            case "clash" if self.place.policy(tied) == "newest" and not listed.conflict(pair.number, tied):
                newer = same(c1, c0) and same(h1, tied.told_to_hector(c0))
                newer = newer or (same(h1, h0) and same(c1, tied.told_to_c2(h0)))
                assert newer or self._newest_is_refused(pair, tied, listed), f"neither side won: {self.of(pair, tied)}"
                return
            case "clash":
                assert listed.conflict(pair.number, tied), f"a conflict that is not listed: {self.of(pair, tied)}"
        assert same(c1, c), f"C2 should hold {c!r}: {self.of(pair, tied)}"
        assert same(h1, h), f"Hector should hold {h!r}: {self.of(pair, tied)}"
        kept = (pair.ci.id, short) in self.settled and listed.error(pair.number, tied)  # what was settled could not be written
        if pair.verdicts[short] != "clash" and not kept:
            assert not listed.conflict(pair.number, tied), f"listed though it is no conflict: {self.of(pair, tied)}"

    def _newest_is_refused(self, pair: Pair, tied: Tied, listed: Listed) -> bool:
        """Whether the later change is one that the other side cannot hold: then both are as they were, and it is said."""
        s = tied.short
        untouched = same(pair.c1[s], pair.c0[s]) and same(pair.h1[s], pair.h0[s])
        in_c2 = tied.told_to_hector(pair.c0[s]) is CannotBeTold and not self.is_newer(pair, tied, "hector")
        in_hector = tied.told_to_c2(pair.h0[s]) is CannotBeTold and not self.is_newer(pair, tied, "c2")
        return untouched and (in_c2 or in_hector) and listed.error(pair.number, tied)

    def key(self, pair: Pair, listed: Listed) -> None:
        """Judge maker and model of one pair together; they are compared as in matching."""
        if self.knows_more(pair, *KEYS):  # its subcategory may have been renamed since: a change, where we see a first meeting
            return
        if self.faulty and all((pair.c0[t.short], pair.h0[t.short]) == (pair.c1[t.short], pair.h1[t.short]) for t in KEYS):
            return
        blocked = listed.key_is_blocked(pair.number)
        if self.faulty and any(pair.h0[t.short] != pair.h1[t.short] for t in KEYS):
            # An error may be about the write of the other key field to C2, which came after the move or the renaming.
            blocked = any(listed.conflict(pair.number, tied) for tied in KEYS)
        wants_to_move = any(pair.verdicts[t.short] == "to_hector" or self._goes_to_the_later(pair, t, listed) for t in KEYS)
        assert wants_to_move or not pair.moved, f"moved though its key asks for nothing: {self.of(pair, KEYS[0])}"
        assert not (blocked and pair.moved), f"moved with half a key: {self.of(pair, KEYS[0])}"
        for tied in self.mapped_keys():
            s = tied.short
            c0, h0, c1, h1 = (folded(side[s]) for side in (pair.c0, pair.h0, pair.c1, pair.h1))
            if self.faulty and (pair.c0[s], pair.h0[s]) == (pair.c1[s], pair.h1[s]):
                continue  # the move failed, while the other key field reached C2
            match pair.verdicts[s]:
                case "to_hector" if not blocked:
                    assert folded(tied.told_to_hector(pair.c0[s])) == h1, f"the key did not arrive: {self.of(pair, tied)}"
                    assert c1 == c0, f"the edit was overwritten: {self.of(pair, tied)}"
                case "to_c2":
                    assert c1 == h0, f"the key did not arrive: {self.of(pair, tied)}"
                    assert h1 == h0, f"the edit was overwritten: {self.of(pair, tied)}"
                case _ if self._goes_to_the_later(pair, tied, listed):
                    as_in_c2 = c1 == c0 and (blocked or folded(tied.told_to_hector(pair.c0[s])) == h1)
                    assert as_in_c2 or (c1, h1) == (h0, h0), f"neither side won: {self.of(pair, tied)}"
                case verdict:
                    assert same(pair.c1[s], pair.c0[s]), f"written without a reason: {self.of(pair, tied)}"
                    assert h1 == h0 or pair.made, f"moved without a reason: {self.of(pair, tied)}"
                    if verdict == "clash":
                        assert listed.conflict(pair.number, tied), f"a conflict that is not listed: {self.of(pair, tied)}"

    def _goes_to_the_later(self, pair: Pair, tied: Tied, listed: Listed) -> bool:
        """Whether both sides changed a field and the rules let the later change win; one that is listed could not be told."""
        clash = pair.verdicts[tied.short] == "clash" and self.place.policy(tied) == "newest"
        return clash and not listed.conflict(pair.number, tied)
