"""What people do in both systems between the runs; every text and number they type is one that nobody typed before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from judge import Judge
from play_world import Picture, Place, PlayWorld
from tied_fields import BY_SHORT, KEYS, OWN, SHARED, TIED, Tied

from syncsvc.domain.records import Side

WAYS = st.sampled_from(["⇄", "→", "←", "⇄", "→", "←", "⇄", "none"])
POLICIES = st.sampled_from(["hold", "hold", "c2", "hector", "newest"])
PLACES = st.sampled_from([0, 0, 1])
ANY = st.integers(0, 11)
"""Which of the records that are there; counted round."""
WHIMS = st.integers(0, 5)
ALL_WHIMS = st.tuples(*[WHIMS] * len(TIED))
ANY_FIELD = st.sampled_from([tied.short for tied in TIED])


def edits_of(fields: Sequence[Tied]) -> st.SearchStrategy[list[tuple[str, int]]]:
    """One to four of these fields, each with a whim."""
    return st.lists(st.tuples(st.sampled_from([tied.short for tied in fields]), WHIMS), min_size=1, max_size=4)


class People(RuleBasedStateMachine):
    """What people do."""

    WORLD = PlayWorld
    JUDGE = Judge

    def __init__(self) -> None:
        super().__init__()
        self.world = self.WORLD()
        self.edits = 0
        self.gone: list[tuple[Place, str, Any]] = []
        self.judges: list[Judge] = []
        self.seen: dict[str, Picture] = {}
        """Each category as its latest run left it: what people see when they settle a conflict."""
        self.sound = True
        """Whether every run so far was judged to be right; what follows a wrong one says nothing new."""

    @initialize(
        directions=st.tuples(*[st.sampled_from(["⇄", "⇄", "⇄", "→", "←"])] * 2),
        ways=st.tuples(*[st.tuples(*[WAYS] * len(TIED))] * 2),
        policies=st.tuples(*[POLICIES] * len(TIED)),
        match_on=st.sampled_from([["Numéro de série"], ["Numéro de série", "Name"], []]),
        cis=st.tuples(*[ALL_WHIMS] * 3),
        begun=st.sampled_from([True, True, False]),
    )
    def decide(self, directions: Any, ways: Any, policies: Any, match_on: list[str], cis: Any, *, begun: bool) -> None:
        for place, direction, own in zip(self.world.places, directions, ways, strict=True):
            fields = {tied.short: way for tied, way in zip(TIED, own, strict=True)}
            if fields["maker"] == fields["model"] == "none":
                fields["model"] = "⇄"
            if direction != "⇄":
                fields = {short: way if way == "none" else "⇄" for short, way in fields.items()}
                fields["model"] = direction
            by_short = {t.short: policy for t, policy in zip(TIED, policies, strict=True)}
            self.world.decide(place, direction, {s: w for s, w in fields.items() if w != "⇄"}, by_short, match_on)
        self.judges = [self.JUDGE(place) for place in self.world.places]
        for whims in cis:  # in one subcategory, so that there is something to share
            self._add_ci(self.world.places[0], (0, 0, *whims[2:]))
        if begun:
            self.run_once()

    # -- people ----------------------------------------------------------------------------------------------------------

    def _number(self) -> int:
        self.edits += 1
        return self.edits

    def _typed(self, tied: Tied, whim: int, side: str) -> Any:
        types = tied.c2_types if side == "c2" else tied.hector_types
        return types(self._number(), whim)

    def _cis(self, place: Place) -> list[str]:
        return list(self.world.picture(place).cis)

    def _assets(self, place: Place) -> list[int]:
        return list(self.world.picture(place).assets)

    @rule(at=PLACES, whims=ALL_WHIMS, filled=st.integers(0, 2), active=st.integers(0, 7))
    def somebody_adds_a_ci(self, at: int, whims: Any, filled: int, active: int) -> None:
        self._add_ci(self.world.places[at], whims, everything=filled > 0, active=active > 0)

    def _add_ci(self, place: Place, whims: Any, *, everything: bool = True, active: bool = True) -> None:
        typed = zip(TIED, whims, strict=True)
        values = {t.c2_name: self._typed(t, w, "c2") for t, w in typed if everything or t in (*KEYS, *OWN[:1])}
        self.world.c2.add_ci(place.category, values.pop("Name", f"PC{self._number()}"), values, is_active=active)

    @rule(
        at=PLACES,
        which=ANY,
        whims=ALL_WHIMS,
        filled=st.integers(0, 2),
        flags=st.tuples(st.integers(0, 7), ANY),
    )
    def somebody_adds_an_asset(self, at: int, which: int, whims: Any, filled: int, flags: Any) -> None:
        (active, anew), place, hector = flags, self.world.places[at], self.world.hector
        known = list(self.world.picture(place).subcategories)
        typed = {t: w for t, w in zip(TIED, whims, strict=True) if filled or t in (*KEYS, *OWN[:1])}
        if not known or anew < 4:
            values = {t.path.partition(".")[2]: self._typed(t, w, "hector") for t, w in typed.items() if t.on_subcategory}
            known, which = [hector.add_subcategory(place.hector_category, values)], 0
        own = {t.path.partition(".")[2]: self._typed(t, w, "hector") for t, w in typed.items() if not t.on_subcategory}
        asset = hector.add_asset(place.hector_category, known[which % len(known)], own)
        if not active:
            hector.edit_asset(asset, {"status": "retired"})

    @rule(at=PLACES, which=ANY, edits=edits_of(TIED))
    def somebody_edits_a_ci(self, at: int, which: int, edits: Any) -> None:
        ids = self._cis(self.world.places[at])
        if ids:
            typed = {BY_SHORT[short].c2_name: self._typed(BY_SHORT[short], whim, "c2") for short, whim in edits}
            self.world.c2.edit_ci(ids[which % len(ids)], typed)

    @rule(at=PLACES, which=ANY, edits=edits_of(OWN))
    def somebody_edits_an_asset(self, at: int, which: int, edits: Any) -> None:
        ids = self._assets(self.world.places[at])
        if ids:
            self.world.hector.edit_asset(ids[which % len(ids)], self._typed_in_hector(edits))

    @rule(at=PLACES, which=ANY, edits=edits_of((*SHARED, *KEYS)))
    def somebody_edits_a_subcategory(self, at: int, which: int, edits: Any) -> None:
        ids = list(self.world.picture(self.world.places[at]).subcategories)
        if ids:
            self.world.hector.edit_subcategory(ids[which % len(ids)], self._typed_in_hector(edits))

    def _typed_in_hector(self, edits: Any) -> dict[str, Any]:
        return {BY_SHORT[short].path.partition(".")[2]: self._typed(BY_SHORT[short], whim, "hector") for short, whim in edits}

    @rule(at=PLACES, which=ANY, to=ANY)
    def somebody_moves_an_asset(self, at: int, which: int, to: int) -> None:
        picture = self.world.picture(self.world.places[at])
        if picture.assets:
            asset, places = list(picture.assets)[which % len(picture.assets)], list(picture.subcategories)
            self.world.hector.edit_asset(asset, {"subcategory_id": str(places[to % len(places)])})

    @rule(at=PLACES, which=ANY, side=st.booleans())
    def somebody_takes_out_of_use_or_back(self, at: int, which: int, side: bool) -> None:  # noqa: FBT001 - drawn
        picture = self.world.picture(self.world.places[at])
        if side and picture.cis:
            ci = list(picture.cis.values())[which % len(picture.cis)]
            self.world.c2.edit_ci(ci.id, {"IsActive": not ci.is_active})
        elif not side and picture.assets:
            asset = list(picture.assets.values())[which % len(picture.assets)]
            self.world.hector.edit_asset(asset.id, {"status": "retired" if asset.is_active else "active"})

    @rule(at=PLACES, which=ANY, field=ANY_FIELD, as_in_c2=st.booleans())
    def somebody_makes_both_sides_equal(self, at: int, which: int, field: str, as_in_c2: bool) -> None:  # noqa: FBT001 - drawn
        picture = self.world.picture(self.world.places[at])
        pairs = list(picture.pairs.items())
        if not pairs:
            return
        ci, asset = pairs[which % len(pairs)]
        tied = BY_SHORT[field]
        path = tied.path.partition(".")[2]
        if as_in_c2:
            told = tied.told_to_hector(picture.cis[ci].values[tied.short])
            if tied.on_subcategory:
                self.world.hector.edit_subcategory(picture.assets[asset].subcategory, _told({path: told}))
            else:
                self.world.hector.edit_asset(asset, _told({path: told}))
        else:
            self.world.c2.edit_ci(ci, _told({tied.c2_name: tied.told_to_c2(picture.hector(asset, tied))}))

    @rule(which=ANY, use=st.sampled_from(Side))
    def somebody_settles_a_conflict(self, which: int, use: Side) -> None:
        conflicts = [conflict for conflict in self.world.conflicts() if conflict["status"] == "open"]
        if not conflicts:
            return
        chosen = conflicts[which % len(conflicts)]
        judge = next(judge for judge in self.judges if judge.place.name == chosen["category"])
        picture = self.seen[judge.place.name]
        ci = next((ci for ci in picture.cis.values() if ci.name == chosen["ci"]), None)
        if ci is None or ci.id not in picture.pairs:
            return  # one of the two has gone since
        tied = next(tied for tied in TIED if tied.c2_name == chosen["field"])
        self.world.around.store.settle_conflict(chosen["id"], use, self.world.now())
        judge.settled[ci.id, tied.short] = (use.value, ci.values[tied.short], picture.hector(picture.pairs[ci.id], tied))

    @rule(at=PLACES, which=ANY, side=st.sampled_from(["delete ci", "move ci", "delete asset"]))
    def somebody_removes(self, at: int, which: int, side: str) -> None:
        place = self.world.places[at]
        ids: list[Any] = self._assets(place) if side == "delete asset" else self._cis(place)
        if len(ids) < 2:  # the last one's absence is a guard's business
            return
        chosen = ids[which % len(ids)]
        if side == "delete ci":
            self.world.c2.delete_ci(chosen)
        elif side == "move ci":
            self.world.c2.move_ci(chosen, self.world.places[1 - at].category)
        else:
            self.gone.append((place, side, self.world.hector.delete_asset(chosen)))
            return
        self.gone.append((place, side, chosen))

    @precondition(lambda self: self.gone)
    @rule(which=ANY)
    def somebody_brings_back(self, which: int) -> None:
        place, how, record = self.gone.pop(which % len(self.gone))
        if how == "delete ci":
            self.world.c2.restore_ci(record)
        elif how == "move ci":
            self.world.c2.move_ci(record, place.category)
        else:
            self.world.hector.restore_asset(record)

    def run_once(self, only: Place | None = None) -> None:
        """Let the service run, and judge what it did."""
        raise NotImplementedError


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """What somebody types to make both sides equal; nothing where the other side cannot hold it."""
    return {name: value for name, value in values.items() if not isinstance(value, type)}
