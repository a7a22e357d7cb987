"""What a judge remembers of a category from run to run, and one pair of records as a run found and left it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from play_world import Picture, Place, SeenRecord
from rule_table import Listed, table
from tied_fields import BY_SHORT, KEYS, OWN, TIED, Tied, folded, same

IGNORED = {"default string"}
"""The only one of the values that stand for none which people type here."""


@dataclass
class Pair:
    """One CI and one asset that were linked after a run, as they stood before it and as they stand now."""

    ci: SeenRecord
    asset: SeenRecord
    c0: Mapping[str, Any]
    h0: Mapping[str, Any]
    """Before the run, what the subcategory holds included; of a record that the run made: empty."""
    c1: Mapping[str, Any]
    h1: Mapping[str, Any]
    moved: bool
    """Whether the run moved the asset to another subcategory."""
    old: bool
    """Whether the pair was linked before the run."""
    matched_by: Tied | None = None
    """The field by which the run linked them: it is compared as in matching."""
    verdicts: dict[str, str] = field(default_factory=dict)
    """What the table says of each field."""
    arrived: bool = False
    """Whether the asset came to its subcategory in this run: moved there, or made."""
    made: bool = False
    """Whether the run made one of the two."""
    by_hand: bool = False
    """Whether somebody had moved the asset to another subcategory since the pair was last looked at."""
    was_broken: bool = False
    """Whether one of the two had gone, and is back."""

    @property
    def number(self) -> str:
        return self.ci.name


def _records(picture: Picture) -> Iterator[tuple[object, SeenRecord]]:
    for kind, those in (("ci", picture.cis), ("asset", picture.assets), ("subcategory", picture.subcategories)):
        yield from (((kind, one.id), one) for one in those.values())  # type: ignore[attr-defined]  # three kinds of id


class Memory:
    """One category as seen from outside: what both sides of each field held when it was last in order."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.agreed: dict[tuple[str, str], tuple[Any, Any]] = {}
        """By CI and field: both values when they were last in order."""
        self.settled: dict[tuple[str, str], tuple[str, Any, Any]] = {}
        """By CI and field: the side that somebody chose in a conflict, and the two values that the person saw."""
        self.stands: set[tuple[str, str]] = set()
        """Shared fields of CIs whose asset was moved: the new subcategory's value stands although theirs differs."""
        self.unclear: set[tuple[str, str]] = set()
        """Fields of which a failed write left unclear who had the last word: shared ones after a move, and those of a record that
        was found again."""
        self.homes: dict[str, int] = {}
        """By CI: the subcategory of its asset when the pair was last looked at."""
        self.by_people: dict[object, datetime] = {}
        """When people last changed a record, as far as they ever did."""
        self._left_at: dict[object, datetime | None] = {}
        """The change time that the latest run left on a record."""
        self.lonely: dict[object, SeenRecord] = {}
        """Records that a run made and whose answer was lost, as they were then: a later run finds them again."""
        self.found_again: set[str] = set()
        """CIs that a run joined with what an earlier one had made: it knows what that was made with, which is more than we do."""
        self.unrecognisable: set[object] = set()
        """Those of them that people changed before they were found: they may be, or may not."""
        self.given_up: dict[tuple[str, str], tuple[Any, Any]] = {}
        """By CI and field: the two values with which a run left it alone, because it does not come to rest; said once."""
        self.faulty = False
        """Whether writes failed in the run that is judged: then a value may still be what it was."""

    # -- pairs -----------------------------------------------------------------------------------------------------------

    def pair(self, before: Picture, after: Picture, ci_id: str, asset_id: int) -> Pair:
        ci, asset = after.cis[ci_id], after.assets[asset_id]
        c1 = dict(ci.values)
        h1 = {t.short: after.hector(asset_id, t) for t in TIED}
        c0 = dict(before.cis[ci_id].values) if ci_id in before.cis else self._unmade_ci(c1)
        if asset_id in before.assets:
            old_place = before.assets[asset_id].subcategory
            h0 = {t.short: before.hector(asset_id, t) for t in TIED}
            moved = old_place != asset.subcategory
        else:
            h0 = self._unmade_asset(before, asset, h1)
            moved = False
        link = next((link for link in before.links if (link.ci_id, link.asset_id) == (ci_id, asset_id)), None)
        old, was_broken = link is not None, link is not None and link.status != "active"
        made = not (ci_id in before.cis and asset_id in before.assets)
        matched_by = None
        if not old and not made:
            matched_by = next(
                (t for t in self.matched() if folded(c0[t.short]) == folded(h0[t.short]) not in IGNORED | {""}), None
            )
        arrived = moved or asset_id not in before.assets
        by_hand = self.homes.get(ci_id, asset.subcategory) != asset.subcategory and not moved
        return Pair(
            *(ci, asset, c0, h0, c1, h1, moved, old, matched_by),
            arrived=arrived,
            made=made,
            by_hand=by_hand,
            was_broken=was_broken,
        )

    def _unmade_ci(self, c1: Mapping[str, Any]) -> dict[str, Any]:
        """A CI is named by its asset's title when nothing else names it."""
        named = "→" not in self.place.direction(BY_SHORT["title"]) and self.place.direction(BY_SHORT["title"]) != "none"
        return {t.short: False if t.short == "box" else None for t in TIED} | ({} if named else {"title": c1["title"]})

    def _unmade_asset(self, before: Picture, asset: SeenRecord, h1: Mapping[str, Any]) -> dict[str, Any]:
        """Hector makes a title of its own; what the subcategory held before is met as it was."""
        made: dict[str, Any] = {t.short: None for t in OWN}
        if self.place.direction(BY_SHORT["title"]) in {"←", "none"}:
            made["title"] = h1["title"]
        if h1["box"] is False:  # given or not: an unset checkbox and none are in order
            made["box"] = False
        there = before.subcategories.get(asset.subcategory)
        return made | {t.short: there.values[t.short] if there else None for t in TIED if t.on_subcategory}

    # -- times -----------------------------------------------------------------------------------------------------------

    def people_wrote(self, before: Picture) -> None:
        """Take note of the records that people have changed since the latest run."""
        for at, one in _records(before):
            if one.modified is not None and self._left_at.get(at) != one.modified:
                self.by_people[at] = one.modified

    def run_left(self, after: Picture) -> None:
        """Take note of the change times that a run leaves: what comes after them is people's."""
        self._left_at = {at: one.modified for at, one in _records(after)}

    def is_newer(self, pair: Pair, tied: Tied, side: str) -> bool:
        """Whether people changed this side's record surely later than the other's: such a change must not be overwritten."""
        theirs = [self.by_people.get(("asset", pair.asset.id))]
        theirs += [self.by_people.get(("subcategory", pair.asset.subcategory))] if tied.on_subcategory else []
        in_c2, known = self.by_people.get(("ci", pair.ci.id)), [at for at in theirs if at is not None]
        if in_c2 is None or not known:
            return False
        if side == "c2":
            return len(known) == len(theirs) and in_c2 > max(known)
        return max(known) > in_c2

    def knows_more(self, pair: Pair, *fields: Tied) -> bool:
        """Whether a run may know of these fields what cannot be seen from outside: what the record was made with."""
        return pair.ci.id in self.found_again or any((pair.ci.id, tied.short) in self.unclear for tied in fields)

    # -- the table -------------------------------------------------------------------------------------------------------

    def verdict(self, pair: Pair, tied: Tied, agreed: tuple[Any, Any] | None, h: Any) -> str:
        """What the table says, a settled conflict included: it holds for the two values that the person saw."""
        c = pair.c0[tied.short]
        loosely = tied.is_key or tied is pair.matched_by
        said = table((self.place.direction(tied), self.place.policy(tied)), tied, agreed, c, h, loosely=loosely)
        if said in {"to_hector", "to_c2"} and self.left_alone(pair.ci.id, tied, c, h):
            return "rest"
        use, c_seen, h_seen = self.settled.get((pair.ci.id, tied.short), ("", None, None))
        if said == "clash" and use and same(c, c_seen) and same(h, h_seen):
            return {"c2": "to_hector", "hector": "to_c2"}[use]
        if said == "clash" and self.place.policy(tied) == "newest" and self.left_alone(pair.ci.id, tied, c, h):
            return "rest"
        return said

    def left_alone(self, ci_id: str, tied: Tied, c: Any, h: Any) -> bool:
        """Whether a field that did not come to rest still holds nothing but the two values that it had then."""
        left = self.given_up.get((ci_id, tied.short), ())
        return any(same(c, one) for one in left) and any(same(h, one) for one in left)

    def note_given_up(self, pair: Pair, listed: Listed) -> None:
        """Take note of the fields that this run reports as not coming to rest; one that it writes is tried again."""
        for tied in TIED:
            at, s = (pair.ci.id, tied.short), tied.short
            if listed.error(pair.number, tied, "not_converging"):
                self.given_up[at] = (pair.c1[s], pair.h1[s])
            elif not (same(pair.c0[s], pair.c1[s]) and same(pair.h0[s], pair.h1[s])):
                self.given_up.pop(at, None)

    def anew(self, pair: Pair, tied: Tied, held: Any, *, made: bool) -> tuple[Any, Any] | None:
        """What a shared field last agreed on, once its asset is in another subcategory, which held ``held`` before the run.

        That value stands unless the CI's own was changed too; an empty one is nobody's decision, under ``⇄`` only where the
        run ``made`` the subcategory.
        """
        agreed = self.agreed.get((pair.ci.id, tied.short))
        if agreed is None or not (pair.moved or pair.by_hand):
            return agreed
        way, c = self.place.direction(tied), pair.c0[tied.short]
        clean = same(c, agreed[0])
        if held is None and (made or way != "⇄"):
            return None
        if way == "→" and clean and tied.unknown_in_c2(c):
            return None
        return agreed if clean and held is not None and way in {"←", "⇄"} else (agreed[0], held)

    def at_first(self, pair: Pair, tied: Tied) -> str:
        """What the table says of the pair as it stood before the run."""
        return self.verdict(pair, tied, self.agreed.get((pair.ci.id, tied.short)), pair.h0[tied.short])

    def mapped_keys(self) -> list[Tied]:
        """The fields that tell one subcategory from another here; an unmapped one may differ after a move."""
        return [tied for tied in KEYS if self.place.direction(tied) != "none"]

    def key_of_subcategory(self, subcategory: SeenRecord) -> tuple[str, ...]:
        """What tells a subcategory from another here."""
        return tuple(folded(subcategory.values[tied.short]) for tied in self.mapped_keys())

    def matched(self) -> list[Tied]:
        """The fields that records are matched by."""
        return [tied for tied in TIED if tied.c2_name in self.place.matched()]

    def of(self, pair: Pair, tied: Tied) -> str:
        """Tell of one field of one pair, for whoever reads a failure."""
        s, agreed = tied.short, self.agreed.get((pair.ci.id, tied.short))
        way = f"{self.place.direction(tied)} {self.place.policy(tied)}"
        was, now = f"C2 {pair.c0[s]!r}, Hector {pair.h0[s]!r}", f"C2 {pair.c1[s]!r}, Hector {pair.h1[s]!r}"
        return (
            f"{self.place.name}, CI {pair.number}, asset {pair.asset.name}, {tied.c2_name} {way}, "
            f"agreed {agreed!r}, before: {was}; after: {now} ({pair.verdicts[s]}; "
            f"{'linked before' if pair.old else f'new by {pair.matched_by}'}{', moved' if pair.moved else ''})"
        )
