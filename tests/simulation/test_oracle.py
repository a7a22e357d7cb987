"""The oracle has teeth: worlds that went wrong in one way each, and what it says of them; it is quiet where all is well."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from sim_fields import MAKER, MODEL, NOTES, SERIAL, SHARED, SimField
from sim_oracle import judge
from sim_shape import Shape
from sim_told import Rest, restless
from sim_town import Clock, Record, Town

FIELDS = (MODEL, MAKER, SERIAL, NOTES, SHARED)
KEY = {MODEL: 1001, SERIAL: 1002}
NOTED = {**KEY, NOTES: 5}
MADE = {**KEY, MAKER: 1003}
SHARING = {**KEY, SHARED: 5}


class World:
    """One pair at rest, as the service is said to have left it."""

    def __init__(
        self, direction: str, c: dict[SimField, int] = NOTED, h: dict[SimField, int] = NOTED, policy: str = "hold", **shape: Any
    ) -> None:
        self.town = Town(Clock(), FIELDS, Random(1))
        self.shape = Shape(
            direction, {sim.name: direction for sim in FIELDS}, direction, matches=True, on_conflict=policy, **shape
        )
        self.ci, self.asset = self.town.add_ci(c), self.town.add_asset(h)
        self.town.linked = {self.ci[1]: self.asset[1]}
        self.status, self.is_linked = "active", True
        self.siblings: list[tuple[Record, Record]] = []
        self.errors: list[dict[str, Any]] = []
        self.conflicts: list[dict[str, Any]] = []

    @property
    def number(self) -> str:
        return self.town.called(self.ci)

    def sets(self, record: Record, sim: SimField, token: int | None) -> None:
        """Let the service write, which is nobody's edit."""
        value = None if token is None else sim.written(token, record[0])
        if record[0] == "c2":
            self.town.c2.edit_ci(record[1], {sim.name: value})
        elif sim.level == "subcategory":
            self.town.hector.edit_subcategory(self.town.subcategory_of(record), **{sim.member: value})
        elif sim.is_attribute:
            self.town.hector.edit_asset(int(record[1]), attributes={sim.member[1:]: value})
        else:
            self.town.hector.edit_asset(int(record[1]), **{sim.member: value})

    def gets_a_sibling(self) -> Record:
        """Let another pair at rest share the subcategory; gives its CI."""
        ci, asset = self.town.add_ci({**SHARING, SERIAL: 1012}), self.town.add_asset({**KEY, SERIAL: 1012})
        self.siblings.append((ci, asset))
        self.town.linked[ci[1]] = asset[1]
        self.sets(self.asset, SHARED, SHARING[SHARED])
        return ci

    def told(self, kind: str, *, ci: str | None = None, field: str | None = None, message: str = "") -> None:
        self.errors.append({"kind": kind, "ci": ci, "asset": None, "field": field, "message": message})

    def lists_conflict(self, sim: SimField) -> None:
        self.conflicts.append({"ci": self.number, "asset": self.asset[1], "field": sim.name})

    def wrong(self) -> list[str]:
        links = [(self.ci[1], self.asset[1], self.status)] if self.is_linked else []
        links += [(ci[1], asset[1], "active") for ci, asset in self.siblings]
        return judge(self.town, self.shape, Rest(links, [], self.errors, self.conflicts))


def _unknown_wipes_hector(world: World) -> None:
    world.sets(world.asset, NOTES, None)


def _unknown_wipes_c2(world: World) -> None:
    world.sets(world.ci, NOTES, None)


def _c2_undone(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.sets(world.ci, NOTES, 5)


def _overtyped_once_it_was_carried_over(world: World) -> None:
    """The value is carried over, somebody in Hector sees it and writes another, and C2's is put back all the same."""
    world.town.edit(world.ci, NOTES, 77)
    world.sets(world.asset, NOTES, 77)
    world.town.edit(world.asset, NOTES, 88)
    world.sets(world.asset, NOTES, 77)


def _hector_undone(world: World) -> None:
    world.town.edit(world.asset, NOTES, 77)
    world.sets(world.asset, NOTES, 5)


def _both_put_away(world: World) -> None:
    world.town.hector.edit_asset(int(world.asset[1]), status="retired")
    world.town.c2.edit_ci(world.ci[1], {"IsActive": False})


def _follows_unasked(world: World) -> None:
    world.town.put_aside(world.ci)
    world.town.hector.edit_asset(int(world.asset[1]), status="retired")


def _does_not_follow(world: World) -> None:
    world.town.put_aside(world.ci)


def _brought_back(world: World) -> None:
    world.town.put_aside(world.ci)
    world.town.c2.edit_ci(world.ci[1], {"IsActive": True})


def _asset_deleted(world: World) -> None:
    world.town.hector.delete_asset(int(world.asset[1]))


def _orphaned(world: World) -> None:
    world.status = "orphaned"


def _overwritten_stranger(world: World) -> None:
    world.sets(world.asset, SERIAL, 1002)
    world.sets(world.asset, NOTES, 5)


def _false_conflict(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.lists_conflict(NOTES)


def _false_conflict_with_its_own_past(world: World) -> None:
    world.sets(world.asset, SHARED, 5)
    world.town.edit(world.ci, SHARED, 77)
    world.lists_conflict(SHARED)


def _a_message_with_the_id_in_it(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.told("ambiguous", ci="999", message=f"answered 500{world.asset[1]}00 times")


def _an_error_of_no_field(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.told("validation", ci=world.number)


def _a_server_error_in_calm_weather(world: World) -> None:
    world.told("server", ci=world.number, field=NOTES.name)


def _never_at_rest(world: World) -> None:
    world.told("not_converging", ci=world.number, field=NOTES.name)


def _shared_undone_after_a_move(world: World) -> None:
    world.town.edit(world.ci, MODEL, 2001)
    world.sets(world.asset, MODEL, 2001)
    world.town.edit(world.ci, SHARED, 88)
    world.sets(world.ci, SHARED, 5)


def _renamed(world: World) -> int:
    """Somebody gives another subcategory of the model another maker; gives its id."""
    other = world.town.add_asset({MODEL: KEY[MODEL], MAKER: 1013, SERIAL: 1014})
    world.town.edit(other, MAKER, 77)
    renamed = world.town.subcategory_of(other)
    world.town.delete(other)
    return renamed


def _left_behind(world: World) -> None:
    """Somebody changes a model in C2 and the note of the old one in Hector; then the asset moves, to a new subcategory."""
    world.sets(world.asset, SHARED, 5)
    world.town.edit(world.ci, MODEL, 2001)
    world.town.edit(world.asset, SHARED, 88)
    hector = world.town.hector
    new = {sim.member: sim.written(token, "hector") for sim, token in {MODEL: 2001, SHARED: 5}.items()}
    hector.edit_asset(int(world.asset[1]), subcategory_id=hector.add_subcategory(world.town.hector_category, **new))


def _overwritten_where_it_was_left_behind(world: World) -> None:
    left = world.town.subcategory_of(world.asset)
    _left_behind(world)
    world.town.hector.edit_subcategory(left, **{SHARED.member: SHARED.written(5, "hector")})


def _written_by_nobody(world: World) -> None:
    world.sets(world.ci, NOTES, 999)
    world.sets(world.asset, NOTES, 999)


def _filled_again(world: World) -> None:
    world.town.edit(world.ci, NOTES, None)
    world.sets(world.ci, NOTES, 5)


def _parted(world: World) -> None:
    world.town.part(world.ci, world.asset)


def _followed_before_it_was_parted(world: World) -> None:
    _follows(world)
    world.town.part(world.ci, world.asset)
    world.is_linked = False


def _not_carried_over(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)


def _maker_in_conflict(world: World) -> None:
    world.town.edit(world.ci, MAKER, 77)
    world.town.edit(world.asset, MAKER, 78)
    world.lists_conflict(MAKER)


def _model_not_carried_to_c2(world: World) -> None:
    _maker_in_conflict(world)
    world.town.edit(world.asset, MODEL, 2001)


def _model_waits_for_nothing(world: World) -> None:
    world.town.edit(world.ci, MAKER, 77)
    world.sets(world.asset, MAKER, 77)
    world.town.edit(world.ci, MODEL, 2001)


def _note_waits_for_the_key(world: World) -> None:
    _maker_in_conflict(world)
    world.town.edit(world.ci, NOTES, 2001)


def _a_second_subcategory(world: World) -> None:
    world.town.hector.add_subcategory(world.town.hector_category, model=str(MODEL.written(KEY[MODEL], "hector")).upper())


def _made_by_somebody_meanwhile(world: World) -> None:
    _a_second_subcategory(world)
    world.town.doubled["", str(MODEL.written(KEY[MODEL], "hector"))] += 1


def _made_once_more_than_that(world: World) -> None:
    _made_by_somebody_meanwhile(world)
    _a_second_subcategory(world)


def _sees_and_is_undone(world: World) -> None:
    """A sibling's note has come to everybody; what somebody makes of it in Hector is overwritten by it."""
    world.town.edit(sibling := world.gets_a_sibling(), SHARED, 77)
    for record in (world.ci, world.asset):
        world.sets(record, SHARED, 77)
    world.town.edit(world.asset, SHARED, 88)
    assert world.town.shown(sibling, SHARED) == 77
    world.sets(world.asset, SHARED, 77)


def _named_after_another_subcategory(world: World) -> None:
    _renamed(world)
    for record in (world.ci, world.asset):
        world.sets(record, MAKER, 77)


@pytest.mark.parametrize(
    ("world", "happens", "words"),
    [
        (lambda: World("→", KEY, NOTED), _unknown_wipes_hector, "lost"),
        (lambda: World("←", NOTED, KEY), _unknown_wipes_c2, "lost"),
        (lambda: World("⇄", KEY, NOTED), _unknown_wipes_hector, "lost"),
        (lambda: World("⇄"), _c2_undone, "lost"),
        (lambda: World("⇄", policy="newest"), _c2_undone, "lost"),
        (lambda: World("⇄", policy="newest"), _hector_undone, "lost"),
        (lambda: World("⇄", policy="c2"), _hector_undone, "lost"),
        (lambda: World("⇄", policy="c2"), _overtyped_once_it_was_carried_over, "lost"),
        (lambda: World("⇄", policy="hector"), _c2_undone, "lost"),
        (lambda: World("→", policy="hector"), _c2_undone, "lost"),
        (lambda: World("←", policy="c2"), _hector_undone, "lost"),
        (lambda: World("⇄"), _both_put_away, "nobody asked"),
        (lambda: World("⇄", deactivates=True), _follows_unasked, "nobody asked"),
        (lambda: World("⇄", retires=True), _does_not_follow, "should be out of use"),
        (lambda: World("⇄"), _brought_back, "should be out of use"),
        (lambda: World("→"), _asset_deleted, "deleted by nobody"),
        (lambda: World("⇄"), _orphaned, "is orphaned"),
        (lambda: World("→", NOTED, {**KEY, SERIAL: 1003, NOTES: 6}), _overwritten_stranger, "nothing to do"),
        (lambda: World("⇄"), _false_conflict, "is none"),
        (lambda: World("⇄", SHARING, KEY), _false_conflict_with_its_own_past, "is none"),
        (lambda: World("⇄"), _a_message_with_the_id_in_it, "differs"),
        (lambda: World("⇄"), _an_error_of_no_field, "differs"),
        (lambda: World("⇄"), _a_server_error_in_calm_weather, "nothing explains"),
        (lambda: World("⇄"), _never_at_rest, "nothing explains"),
        (lambda: World("⇄", SHARING, KEY), _shared_undone_after_a_move, "lost"),
        (lambda: World("⇄", SHARING, KEY), _overwritten_where_it_was_left_behind, "lost"),
        (lambda: World("⇄", SHARING, KEY, policy="c2"), _sees_and_is_undone, "lost"),
        (lambda: World("⇄"), _written_by_nobody, "nobody wrote"),
        (lambda: World("←", MADE, MADE), _named_after_another_subcategory, "nobody wrote"),
        (lambda: World("⇄", restores=True), _filled_again, "lost"),
        (lambda: World("⇄"), _not_carried_over, "differs"),
        (lambda: World("⇄"), _parted, "linked again"),
        (lambda: World("⇄"), _followed_before_it_was_parted, "went out of use"),
        (lambda: World("⇄", MADE, MADE), _model_not_carried_to_c2, "differs"),
        (lambda: World("⇄", MADE, MADE), _model_waits_for_nothing, "differs"),
        (lambda: World("⇄", MADE, MADE), _note_waits_for_the_key, "differs"),
        (lambda: World("⇄"), _a_second_subcategory, "is there 2 times"),
        (lambda: World("⇄"), _made_once_more_than_that, "is there 3 times"),
    ],
)
def test_the_oracle_reports(world: Callable[[], World], happens: Callable[[World], None], words: str) -> None:
    gone_wrong = world()
    happens(gone_wrong)
    assert any(words in line for line in gone_wrong.wrong()), gone_wrong.wrong()


def _nothing(_world: World) -> None:
    pass


def _carried_over(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.sets(world.asset, NOTES, 77)


def _put_back(world: World) -> None:
    world.town.edit(world.asset, NOTES, 77)
    world.sets(world.asset, NOTES, 5)


def _in_conflict(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.town.edit(world.asset, NOTES, 78)
    world.lists_conflict(NOTES)


def _met_in_conflict(world: World) -> None:
    world.town.linked.clear()
    world.town.edit(world.asset, NOTES, 77)
    world.lists_conflict(NOTES)


def _met_its_own_past(world: World) -> None:
    links, world.town.linked = world.town.linked, {}
    _false_conflict_with_its_own_past(world)  # by now it is one: the subcategory was made, and the asset was not yet
    world.town.linked = links


def _joined(world: World) -> None:
    world.town.join(world.ci, world.asset)
    _overwritten_stranger(world)


def _c2_wins(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.town.edit(world.asset, NOTES, 78)
    world.sets(world.asset, NOTES, 77)


def _follows(world: World) -> None:
    world.town.put_aside(world.ci)
    world.town.hector.edit_asset(int(world.asset[1]), status="retired")


def _refused(world: World) -> None:
    world.town.edit(world.ci, NOTES, 77)
    world.told("validation", ci=world.number, field=NOTES.name)


def _model_waits_for_the_maker(world: World) -> None:
    _maker_in_conflict(world)
    world.town.edit(world.ci, MODEL, 2001)


def _filled_from_an_old_database(world: World) -> None:
    world.town.open_gap(since=0)
    world.town.edit(world.ci, NOTES, None)
    world.sets(world.ci, NOTES, 5)


def _overtyped_and_forgotten(world: World) -> None:
    """An old database knows neither edit, so that both are changes of today; the policy decides."""
    world.town.open_gap(since=len(world.town.edits))
    _overtyped_once_it_was_carried_over(world)


def _met_anew(world: World) -> None:
    """An old database knows nothing of the pair, whose values somebody had agreed on before that: a first meeting."""
    world.town.open_gap(since=len(world.town.edits))
    world.town.to_meet_anew |= {world.ci, world.asset}
    world.town.edit(world.asset, NOTES, 88)
    world.sets(world.asset, NOTES, 5)


def _made_where_somebody_renamed(world: World) -> None:
    """The asset is made from a subcategory that the plan knew under its old name; then the CI follows."""
    world.town.hector.edit_asset(int(world.asset[1]), subcategory_id=_renamed(world))
    world.sets(world.ci, MAKER, 77)


def _a_sibling_wins(world: World) -> None:
    """Who writes a note in Hector cannot know what a sibling's CI was given since the last run, and the policy decides."""
    world.town.edit(world.gets_a_sibling(), SHARED, 77)
    world.town.edit(world.asset, SHARED, 88)
    for record in (world.ci, world.asset):
        world.sets(record, SHARED, 77)


@pytest.mark.parametrize(
    ("world", "happens"),
    [
        (lambda: World("⇄"), _nothing),
        (lambda: World("⇄"), _carried_over),
        (lambda: World("→"), _put_back),
        (lambda: World("⇄"), _in_conflict),
        (lambda: World("⇄"), _met_in_conflict),
        (lambda: World("⇄", SHARING, KEY), _met_its_own_past),
        (lambda: World("→", NOTED, {MODEL: 1001, NOTES: 6}), _joined),
        (lambda: World("⇄", policy="c2"), _c2_wins),
        (lambda: World("⇄", policy="newest"), _c2_wins),
        (lambda: World("⇄", retires=True), _follows),
        (lambda: World("⇄", retires=True), _followed_before_it_was_parted),
        (lambda: World("⇄"), _refused),
        (lambda: World("⇄"), _filled_from_an_old_database),
        (lambda: World("⇄", policy="c2"), _overtyped_and_forgotten),
        (lambda: World("⇄", policy="c2"), _met_anew),
        (lambda: World("⇄", SHARING, KEY), _left_behind),
        (lambda: World("⇄", MADE, MADE), _model_waits_for_the_maker),
        (lambda: World("⇄"), _made_by_somebody_meanwhile),
        (lambda: World("←", MADE, KEY), _made_where_somebody_renamed),
        (lambda: World("⇄", SHARING, KEY, policy="c2"), _a_sibling_wins),
    ],
)
def test_the_oracle_is_quiet_where_all_is_well(world: Callable[[], World], happens: Callable[[World], None]) -> None:
    well = world()
    happens(well)
    assert well.wrong() == []


def test_a_field_that_nobody_meddles_with_comes_to_rest() -> None:
    world = World("→")
    world.told("not_converging", ci=world.number, field=NOTES.name)
    assert len(list(restless(world.town, world.errors))) == 1
    for token in (77, 78):
        world.town.edit(world.asset, NOTES, token)
    assert not list(restless(world.town, world.errors))
