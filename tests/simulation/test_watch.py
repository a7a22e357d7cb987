"""Looks before writes, judged from outside: at most twenty records at a time, and nothing else written in between."""

from __future__ import annotations

from random import Random

import pytest
from sim_calls import SimCall
from sim_direct import Direct
from sim_fields import MODEL, NAME, NOTES, SHARED, SimField
from sim_homes import FileHome
from sim_service import Service
from sim_shape import Shape, rules_of
from sim_town import Clock, Town
from sim_watch import BATCH, Watch
from sim_weather import Storm, Weather

from syncsvc.engine.request import RunRequest
from syncsvc.sandbox import Sandbox

MANY = BATCH + 3


def written(record: tuple[str, str]) -> SimCall:
    return SimCall(record[0], "write", "", (record,), (NOTES,))


@pytest.fixture
def watch() -> Watch:
    return Watch(Town(Clock(), (MODEL, NOTES), Random(1)))


def records(*numbers: int) -> list[tuple[str, str]]:
    return [("hector", str(number)) for number in numbers]


def test_a_write_after_others_were_looked_at_and_written_is_reported(watch: Watch) -> None:
    first, second = records(1, 2)
    for record in (first, second):
        watch.shown([record], by="look")
        watch.written(written(record))
    assert not watch.broken
    watch.written(written(first))
    assert "since the look at it" in watch.broken[0]


def test_more_than_twenty_looked_at_together_are_reported(watch: Watch) -> None:
    watch.shown(records(99), by="look")  # a look for another reason before, which nothing is written after
    watch.shown(records(*range(BATCH)), by="look")
    watch.written(written(records(1)[0]))
    assert not watch.broken
    watch.shown(records(*range(BATCH + 1)), by="look")
    watch.written(written(records(1)[0]))
    assert "looked at together" in watch.broken[0]


def test_one_look_for_each_record_before_the_first_write_is_one_batch(watch: Watch) -> None:
    for record in records(1, 2, 3):
        watch.shown([record], by="look")
    for record in records(1, 2, 3):
        watch.written(written(record))
    assert not watch.broken


def test_a_record_looked_at_once_more_is_still_of_its_batch(watch: Watch) -> None:
    first, second = records(1, 2)
    watch.shown([first, second], by="look")
    watch.written(written(first))
    watch.shown([first], by="look")
    watch.written(written(first))
    watch.written(written(second))
    assert not watch.broken


@pytest.mark.parametrize("undisturbed", [True, False])
@pytest.mark.parametrize(("side", "untold"), [("c2", NAME), ("hector", SHARED)])
def test_what_a_disturbed_run_made_may_not_have_been_compared(side: str, untold: SimField, *, undisturbed: bool) -> None:
    """The answer to ``CI/Save`` says nothing of names, and no subcategory says whose its shared values are."""
    town = Town(Clock(), (MODEL, NOTES, SHARED, NAME), Random(1))
    watch = Watch(town)
    add = town.add_ci if side == "c2" else town.add_asset
    made, other = add({MODEL: 1, NOTES: 2}), add({MODEL: 1, NOTES: 2})
    watch.shown([made], by="create")
    watch.shown([made, other], by="list")
    watch.end(undisturbed=undisturbed)
    edits = {(record, sim): town.edit(record, sim, next(town.tokens)) for record in (made, other) for sim in (untold, NOTES)}
    excused = [key for key, its_edits in edits.items() if town.is_in_gap(its_edits, [key[0]])]
    assert excused == ([] if undisturbed else [(made, untold)])


@pytest.mark.parametrize("undisturbed", [True, False])
def test_what_a_disturbed_run_moved_may_not_have_been_stored(watch: Watch, *, undisturbed: bool) -> None:
    """A subcategory's key is given to an asset by moving it."""
    moved, renamed = watch.town.add_asset({MODEL: 1}), watch.town.add_asset({MODEL: 2})
    watch.shown([moved, renamed], by="look")
    watch.written(SimCall("hector", "write", "assets", (moved,), moves=True))
    watch.written(written(renamed))
    watch.end(undisturbed=undisturbed)
    edits = {record: watch.town.edit(record, MODEL, next(watch.town.tokens)) for record in (moved, renamed)}
    excused = [record for record, its_edits in edits.items() if watch.town.is_in_gap(its_edits, [record])]
    assert excused == ([] if undisturbed else [moved])


KEY = ("", "v1")
ASKED = SimCall("hector", "create", "subcategories", key=KEY)


def test_what_somebody_made_after_the_list_was_read_may_be_there_twice(watch: Watch) -> None:
    watch.begin(may_write=True)
    watch.shown([], by="list")
    watch.listed_subcategories()
    watch.created(ASKED)
    assert not watch.town.doubled
    watch.town.add_asset({MODEL: 1})
    watch.town.add_asset({MODEL: 2})
    watch.created(ASKED)
    assert watch.town.doubled == {KEY: 1}


@pytest.mark.parametrize("listed", [True, False])
def test_what_somebody_made_before_may_not(watch: Watch, *, listed: bool) -> None:
    watch.begin(may_write=True)
    watch.town.add_asset({MODEL: 1})
    watch.shown([], by="list")
    if listed:
        watch.listed_subcategories()
    watch.town.add_asset({MODEL: 1})  # one more of what is there makes no subcategory
    watch.created(ASKED)
    assert not watch.town.doubled


def test_nobody_can_see_a_rename_of_what_an_asset_leaves_once_it_was_looked_at(watch: Watch) -> None:
    watch.begin(may_write=True)
    asset = watch.town.add_asset({MODEL: 1})
    left = ("subcategory", str(watch.town.subcategory_of(asset)))
    watch.shown([asset, left], by="list")
    watch.town.edit(asset, MODEL, 7)
    watch.shown([asset], by="look")
    watch.shown([left], by="look")
    watch.town.edit(asset, MODEL, 8)
    watch.written(SimCall("hector", "write", "assets", (asset,), moves=True))
    *_, seen, unseen = watch.town.edits_of(asset, MODEL)
    assert (seen.raced, unseen.raced) == (False, True)


def test_a_look_is_good_for_twenty_subcategories(watch: Watch) -> None:
    watch.begin(may_write=True)
    watch.shown([], by="list")
    watch.listed_subcategories()
    watch.town.add_asset({MODEL: 1})
    for n in range(BATCH):
        watch.created(SimCall("hector", "create", "subcategories", key=("", f"v{2 + n}")))
    watch.created(ASKED)
    assert not watch.town.doubled


@pytest.mark.parametrize("direction", ["→", "←"])
def test_the_service_looks_at_twenty_at_a_time_right_before_it_writes_them(direction: str, file_home: FileHome) -> None:
    clock, random = Clock(), Random(1)
    town = Town(clock, (MODEL, NOTES), random)
    shape = Shape(direction, {MODEL.name: direction, NOTES.name: direction}, direction, matches=False, is_guarded=False)
    side = {"→": "c2", "←": "hector"}[direction]
    add = town.add_ci if side == "c2" else town.add_asset
    for _ in range(MANY):
        add({MODEL: 1, NOTES: next(town.tokens)})
    rules = rules_of(shape, town.fields)
    watch = Watch(town)
    with Sandbox(town.c2, town.hector) as box:
        weather = Weather(town, box, clock, random, watch, Direct(box))
        service = Service(file_home.url, town, weather, clock, random, page_size=50, threads=1)
        for _ in range(2):
            weather.begin(Storm())
            assert service.run(rules, RunRequest(full=True)) == "succeeded"
            clock.pass_by(3600)
            for record in town.records(side):
                town.edit(record, NOTES, next(town.tokens))
    assert watch.writes == MANY
    assert not watch.broken
