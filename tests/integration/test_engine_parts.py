"""Runs of one record, and runs that read only what changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from dated_world import Clock, asset_of, dated_world, in_conflict, note, pair
from live_world import LiveWorld

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.engine.request import RunRequest
from syncsvc.state import queries

INCREMENTAL = "schedule: {full_on: friday}\n"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(database_url, clock) as world:
        yield world


def test_a_single_sync_writes_one_pair_and_reads_no_list_of_records(world: LiveWorld) -> None:
    ci, asset = pair(world, "S1", notes="old")
    other, its_asset = pair(world, "S2", notes="old")
    for one in (ci, other):
        world.c2.edit_ci(one, {"Remarques": "new"})
    world.box.clear()
    report = world.sync("→", request=RunRequest(ci=world.c2.ci(ci)["CINumber"]))
    assert note(world, ci, asset) == ("new", "new")
    assert note(world, other, its_asset) == ("new", "old")
    assert report.as_json()["updated"] == {"c2": 0, "hector": 1}
    assert report.as_json()["full"] is False
    assert report.as_json()["read"] == {"c2": 1, "hector": 1}
    report = world.sync("→", request=RunRequest(asset=world.hector.asset(its_asset)["asset_tag"]))
    assert note(world, other, its_asset) == ("new", "new")


def test_a_single_sync_of_a_ci_without_a_link_makes_only_its_asset(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    wanted = world.add_ci(maker="HP", model="850", serial="S2")
    report = world.sync("→", request=RunRequest(ci=world.c2.ci(wanted)["CINumber"].lstrip("0")))
    assert [world.hector.value(asset["id"], "Serial number") for asset in world.hector.assets()] == ["S2"]
    assert [it["model"] for it in world.hector.subcategories()] == ["850"]
    assert report.as_json()["created"] == {"c2": 0, "hector": 2}


@pytest.mark.parametrize("by", ["CI", "asset"])
def test_a_single_sync_of_a_record_that_it_links_keeps_what_is_decided_about_the_pair(world: LiveWorld, by: str) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="SN1", notes="ours")
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    world.add_asset(subcategory, "sn1", asset_tag="T1", note="theirs")
    request = RunRequest(ci=world.c2.ci(ci)["CINumber"]) if by == "CI" else RunRequest(asset="T1")
    world.sync("⇄", request=request)
    assert [(conflict["field"], conflict["asset"]) for conflict in queries.conflicts(world.database)] == [("Remarques", "T1")]
    (link,) = world.store.links_of(world.category)
    assert len(world.store.baselines_of(world.category)[link.id]) == 3  # maker, model and the serial that matched


def test_a_single_sync_leaves_the_conflicts_of_others_open(world: LiveWorld) -> None:
    in_conflict(world)
    other, _ = pair(world, "S2")
    world.sync("⇄", request=RunRequest(ci=world.c2.ci(other)["CINumber"]))
    assert len(queries.conflicts(world.database)) == 1


def test_a_single_sync_reads_the_category_where_a_shared_field_asks_for_its_siblings(world: LiveWorld) -> None:
    fields = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""
    cis = [world.add_ci(model="840", serial=serial, price="900") for serial in ("S1", "S2")]
    world.sync("→", fields=fields)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    report = world.sync("→", fields=fields, request=RunRequest(ci=world.c2.ci(cis[0])["CINumber"]))
    assert [error["kind"] for error in world.errors()] == ["disagreement"]
    assert float(world.hector.subcategories()[0]["price"]) == 900
    assert report.as_json()["read"]["c2"] == 2


def test_an_unknown_number_is_said_and_nothing_is_done(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    with pytest.raises(SyncError, match="no CI 4711"):
        world.sync("→", request=RunRequest(ci="4711"))
    with pytest.raises(SyncError, match="no asset “nowhere”"):
        world.sync("→", request=RunRequest(asset="nowhere"))
    assert world.writes() == []


def old_pairs(world: LiveWorld, clock: Clock, count: int = 3) -> list[str]:
    """Pairs that were last changed eight days before the last good run."""
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(count)]
    world.sync("→", top=INCREMENTAL)
    clock.go_on(days=8)
    assert world.sync("→", top=INCREMENTAL, request=RunRequest(full=True)).as_json()["full"] is True
    clock.go_on(days=1)
    world.writes()
    return cis


def test_an_incremental_run_reads_only_what_changed(world: LiveWorld, clock: Clock) -> None:
    cis = old_pairs(world, clock)
    world.c2.edit_ci(cis[1], {"Remarques": "new"})
    world.hector.edit_asset(asset_of(world, cis[2]), note="drifted")
    report = world.sync("→", top=INCREMENTAL)
    assert report.as_json()["full"] is False
    assert report.as_json()["read"] == {"c2": 1, "hector": 1}
    assert report.as_json()["unchanged"] == 1
    assert [world.hector.asset(asset_of(world, ci))["note"] for ci in cis] == ["old", "new", "old"]


@pytest.mark.parametrize("what", ["a record without a link", "a renamed subcategory", "other rules", "friday"])
def test_where_what_changed_does_not_suffice_everything_is_read(world: LiveWorld, clock: Clock, what: str) -> None:
    cis = old_pairs(world, clock)
    ways = {}
    if what == "a record without a link":
        world.add_ci(maker="HP", model="840", serial="new one")
    elif what == "a renamed subcategory":
        world.hector.edit_subcategory(world.hector.subcategories()[0]["id"], model="841")
    elif what == "other rules":
        ways = {"when_ci_inactive": "retire"}
    else:
        clock.go_on(days=(4 - clock().weekday()) % 7)
    report = world.sync("→", top=INCREMENTAL, **ways)
    assert report.as_json()["full"] is True
    assert report.as_json()["read"]["c2"] >= len(cis)
    if what == "a renamed subcategory":
        assert world.hector.subcategories()[0]["model"] == "840"


def test_a_system_that_ignores_the_filter_is_noticed(world: LiveWorld, clock: Clock) -> None:
    cis = old_pairs(world, clock)
    world.c2.knows_modified_since = False
    world.c2.edit_ci(cis[0], {"Remarques": "new"})
    report = world.sync("→", top=INCREMENTAL)
    assert report.as_json()["read"] == {"c2": 1, "hector": 0}
    said = [line["event"] for line in queries.log(world.database, report.run) if line["level"] == "warning"]
    assert said == ["C2 ignores the filter for changed records: it gave 2 more than it was asked for."]


def test_after_a_write_that_failed_an_incremental_run_looks_at_the_same_records_again(world: LiveWorld, clock: Clock) -> None:
    cis = old_pairs(world, clock)
    world.c2.edit_ci(cis[0], {"Remarques": "new"})
    for hours in (25, 1):  # the second time, a day's overlap does not reach back to the edit
        for _ in range(3):
            world.box.faults.once("hector", "PATCH /api/v1/assets", "server_error", when="before")
        world.sync("→", top=INCREMENTAL)
        assert world.hector.asset(asset_of(world, cis[0]))["note"] == "old"
        clock.go_on(hours=hours)
    assert world.sync("→", top=INCREMENTAL).as_json()["full"] is False
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "new"


@pytest.mark.parametrize(("emptied", "status"), [(14, RunStatus.HELD), (6, RunStatus.SUCCEEDED)])
def test_an_incremental_run_measures_what_it_empties_against_all_pairs(
    world: LiveWorld, clock: Clock, emptied: int, status: RunStatus
) -> None:
    cis = old_pairs(world, clock, 30)
    for ci in cis[:emptied]:
        world.c2.edit_ci(ci, {"Remarques": ""})
    report = world.sync("→", top=INCREMENTAL)
    assert report.status is status
    assert report.as_json()["full"] is (status is RunStatus.HELD)  # before anything is held, everything is read
    assert len(world.writes()) == (0 if status is RunStatus.HELD else emptied)


def test_an_incremental_run_sees_what_a_clock_that_is_late_dates_before_the_last_run(world: LiveWorld, clock: Clock) -> None:
    cis = old_pairs(world, clock)
    clock.go_on(days=-1)  # back at the last good run
    world.hector.now = lambda: clock() - timedelta(hours=20)
    world.hector.edit_asset(asset_of(world, cis[0]), note="drifted")
    assert world.sync("→", top=INCREMENTAL).as_json()["full"] is False
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "old"


def test_an_incremental_run_that_would_change_most_of_its_category_is_held(world: LiveWorld, clock: Clock) -> None:
    cis = old_pairs(world, clock, 21)
    for ci in cis[:11]:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    assert world.sync("→", top=INCREMENTAL).status is RunStatus.HELD
    assert world.writes() == []
