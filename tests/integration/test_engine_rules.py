"""Settlements, the newest change, coming and going, given-up fields, single and incremental runs, approval: over both systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from live_world import LiveWorld, live_world
from sqlalchemy import select

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Side
from syncsvc.engine.request import RunRequest
from syncsvc.engine.run import run
from syncsvc.state import queries
from syncsvc.state.tables import links

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
INCREMENTAL = "schedule: {full_on: friday}\n"


class Clock:
    """The time that both systems and the engine tell."""

    def __init__(self) -> None:
        self.time = MONDAY

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **by: float) -> None:
        """Let time pass."""
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        world.c2.now, world.hector.now = clock, clock
        world.surroundings = replace(world.surroundings, now=clock)
        yield world


def pair(world: LiveWorld, serial: str = "S1", **values: str) -> tuple[str, int]:
    """Add a CI, let the sync make its asset, and give both."""
    ci = world.add_ci(**({"maker": "HP", "model": "840", "serial": serial} | values))
    world.sync("⇄")
    world.writes()
    return ci, asset_of(world, ci)


def asset_of(world: LiveWorld, ci: str) -> int:
    with world.database.connect() as connection:
        found = connection.scalar(select(links.c.asset_id).where(links.c.ci_id == ci))
    assert found is not None
    return found


def note(world: LiveWorld, ci: str, asset: int) -> tuple[object, object]:
    return world.c2.value(ci, "Remarques"), world.hector.asset(asset)["note"]


# -- conflicts -----------------------------------------------------------------------------------------------------------


def in_conflict(world: LiveWorld) -> tuple[str, int]:
    ci, asset = pair(world, notes="agreed")
    world.c2.edit_ci(ci, {"Remarques": "from C2"})
    world.hector.edit_asset(asset, note="from Hector")
    report = world.sync("⇄")
    assert report.as_json()["conflicts"] == 1
    assert report.status is RunStatus.COMPLETED_WITH_ERRORS
    assert report.exit_code() == 1
    return ci, asset


@pytest.mark.parametrize(("use", "value"), [(Side.C2, "from C2"), (Side.HECTOR, "from Hector")])
def test_a_settled_conflict_is_carried_out_once_and_is_over(world: LiveWorld, clock: Clock, use: Side, value: str) -> None:
    ci, asset = in_conflict(world)
    assert world.writes() == []
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], use, clock())
    report = world.sync("⇄")
    assert note(world, ci, asset) == (value, value)
    assert len(world.writes()) == 1
    assert report.status is RunStatus.SUCCEEDED
    assert queries.conflicts(world.database) == []
    world.sync("⇄")
    assert world.writes() == []


def test_a_settlement_is_void_when_a_value_has_moved_since(world: LiveWorld, clock: Clock) -> None:
    ci, asset = in_conflict(world)
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], Side.C2, clock())
    world.hector.edit_asset(asset, note="from Hector, later")
    report = world.sync("⇄")
    assert world.writes() == []
    assert note(world, ci, asset) == ("from C2", "from Hector, later")
    (again,) = queries.conflicts(world.database)
    assert (again["id"], again["status"], again["hector_value"]) == (conflict["id"], "open", "from Hector, later")
    assert report.as_json()["conflicts"] == 1


def test_a_settlement_that_was_refused_is_tried_again(world: LiveWorld, clock: Clock) -> None:
    ci, asset = in_conflict(world)
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], Side.HECTOR, clock())
    world.box.faults.once("c2", "CI/UpdateProperty", "refused", message="Verrouillé.")
    world.sync("⇄")
    assert note(world, ci, asset) == ("from C2", "from Hector")
    assert [it["status"] for it in queries.conflicts(world.database)] == ["settled"]
    world.sync("⇄")
    assert note(world, ci, asset) == ("from Hector", "from Hector")
    assert queries.conflicts(world.database) == []


def test_both_made_equal_by_hand_closes_the_conflict(world: LiveWorld) -> None:
    ci, asset = in_conflict(world)
    world.hector.edit_asset(asset, note="from C2")
    report = world.sync("⇄")
    assert world.writes() == []
    assert report.status is RunStatus.SUCCEEDED
    assert queries.conflicts(world.database) == []
    assert note(world, ci, asset) == ("from C2", "from C2")


def test_newest_lets_the_later_change_win(world: LiveWorld, clock: Clock) -> None:
    ci, asset = pair(world, notes="agreed")
    clock.go_on(hours=1)
    world.hector.edit_asset(asset, note="earlier, in Hector")
    clock.go_on(minutes=20)
    world.c2.edit_ci(ci, {"Remarques": "later, in C2"})
    world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("later, in C2", "later, in C2")


def test_newest_is_not_taken_in_by_our_own_later_write(world: LiveWorld, clock: Clock) -> None:
    """A first run holds the conflict (too close) but writes the asset's price; a day later that write must not win."""
    ci, asset = pair(world, notes="agreed", price="1")
    clock.go_on(hours=1)
    world.hector.edit_asset(asset, note="in Hector")
    clock.go_on(minutes=1)
    world.c2.edit_ci(ci, {"Remarques": "in C2, a minute later", "Prix": "2"})
    clock.go_on(hours=1)
    world.sync("⇄", on_conflict="newest")  # holds, and writes the price to the asset
    assert note(world, ci, asset) == ("in C2, a minute later", "in Hector")
    assert len(world.writes()) == 1
    clock.go_on(days=1)
    report = world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("in C2, a minute later", "in Hector")
    assert report.as_json()["conflicts"] == 1
    world.c2.edit_ci(ci, {"Remarques": "in C2, next day"})
    world.sync("⇄", on_conflict="newest")
    assert note(world, ci, asset) == ("in C2, next day", "in C2, next day")


# -- coming and going ----------------------------------------------------------------------------------------------------


def test_an_inactive_ci_retires_its_asset_and_coming_back_takes_it_back(world: LiveWorld) -> None:
    ci, asset = pair(world)
    ways = {"when_ci_inactive": "retire"}
    world.c2.edit_ci(ci, {"IsActive": False})
    world.sync("→", **ways)
    assert world.hector.asset(asset)["status"] == "retired"
    assert len(world.writes()) == 1
    world.sync("→", **ways)
    assert world.writes() == []
    world.c2.edit_ci(ci, {"IsActive": True})
    world.sync("→", **ways)
    assert world.hector.asset(asset)["status"] == "active"
    world.writes()
    world.sync("→", **ways)
    assert world.writes() == []


def test_an_asset_taken_back_by_hand_stays_in_use(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.c2.edit_ci(ci, {"IsActive": False})
    world.sync("→", when_ci_inactive="retire")
    world.hector.edit_asset(asset, status="active")
    world.writes()
    for _ in range(2):
        world.sync("→", when_ci_inactive="retire")
    assert world.writes() == []
    assert world.hector.asset(asset)["status"] == "active"


def test_a_retired_asset_deactivates_its_ci(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.hector.edit_asset(asset, status="retired", note="thrown away")
    world.sync("←", when_asset_retired="deactivate")
    assert world.c2.ci(ci)["IsActive"] is False
    assert note(world, ci, asset) == ("thrown away", "thrown away")
    world.writes()
    world.sync("←", when_asset_retired="deactivate")
    assert world.writes() == []


def test_a_refused_retirement_is_tried_again(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.c2.edit_ci(ci, {"IsActive": False})
    world.box.faults.once("hector", f"PATCH /api/v1/assets/{asset}", "refused")
    world.sync("→", when_ci_inactive="retire")
    assert world.hector.asset(asset)["status"] == "active"
    world.sync("→", when_ci_inactive="retire")
    assert world.hector.asset(asset)["status"] == "retired"


def test_cis_that_moved_to_another_category_are_reported_and_hold_nothing(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(24)]
    world.sync("→")
    elsewhere = world.c2.add_category(world.cmdb, "Remisés")
    for ci in cis[:3]:
        world.c2.move_ci(ci, elsewhere)
    world.c2.edit_ci(cis[10], {"Remarques": "new"})
    assert world.sync("→").status is RunStatus.COMPLETED_WITH_ERRORS
    assert [error["kind"] for error in world.errors()] == ["missing"] * 3
    assert world.hector.asset(asset_of(world, cis[10]))["note"] == "new"


# -- coming to rest ------------------------------------------------------------------------------------------------------


def test_a_field_that_is_changed_back_every_day_is_reported_once_and_left_alone(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="ours")
    kinds = []
    for _ in range(6):
        world.hector.edit_asset(asset, note="an automation's")
        world.writes()
        world.sync("→")
        kinds.append(([error["kind"] for error in world.errors()], len(world.writes())))
    assert kinds == [([], 1), ([], 1), ([], 1), (["not_converging"], 0), ([], 0), ([], 0)]
    world.c2.edit_ci(ci, {"Remarques": "a new one"})
    world.sync("→")
    assert note(world, ci, asset) == ("a new one", "a new one")


def test_single_runs_of_others_do_not_break_the_row(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="ours")
    other, _ = pair(world, "S2")
    kinds = []
    for _ in range(4):
        world.hector.edit_asset(asset, note="an automation's")
        world.sync("→")
        kinds.append([error["kind"] for error in world.errors()])
        world.sync("→", request=RunRequest(ci=world.c2.ci(other)["CINumber"]))
    assert kinds == [[], [], [], ["not_converging"]]
    assert note(world, ci, asset) == ("ours", "an automation's")


def test_a_shared_field_that_does_not_rest_is_left_alone_with_all_its_siblings(world: LiveWorld) -> None:
    fields = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""
    for serial in ("S1", "S2"):
        world.add_ci(model="840", serial=serial, price="900")
    world.sync("→", fields=fields)
    subcategory = world.hector.subcategories()[0]["id"]
    written = []
    for _ in range(5):
        world.hector.edit_subcategory(subcategory, price=1)
        world.writes()
        world.sync("→", fields=fields)
        written.append(len(world.writes()))
    assert written == [1, 1, 1, 0, 0]


# -- links by hand -------------------------------------------------------------------------------------------------------


def test_a_parted_pair_is_not_joined_again_and_nothing_is_made_anew(world: LiveWorld, clock: Clock) -> None:
    pair(world)
    (link,) = world.store.links_of(world.category)
    world.store.part(link.id, clock())
    for _ in range(2):
        report = world.sync("⇄")
        assert world.writes() == []
        assert report.as_json()["linked"] == 0
        assert [error["kind"] for error in world.errors()] == ["ambiguous"]


def test_a_lost_database_finds_every_pair_again_by_match_on(world: LiveWorld, clock: Clock) -> None:
    for n in range(5):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    world.sync("→")
    world.writes()
    for link in world.store.links_of(world.category):
        world.store.part(link.id, clock())
    with world.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM parted")
    report = world.sync("→")
    assert world.writes() == []
    assert report.as_json()["linked"] == 5


# -- single and incremental runs -----------------------------------------------------------------------------------------


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


# -- approval ------------------------------------------------------------------------------------------------------------


def held(world: LiveWorld, count: int = 25) -> tuple[list[str], int]:
    """Have a guard hold a run that would change every note."""
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(count)]
    world.sync("→")
    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    world.writes()
    report = world.sync("→")
    assert report.status is RunStatus.HELD
    assert report.exit_code() == 4
    assert world.writes() == []
    return cis, report.run


def test_an_approved_run_does_what_was_reviewed_and_nothing_else(world: LiveWorld) -> None:
    cis, run = held(world)
    world.c2.edit_ci(cis[0], {"Remarques": "newer than the review"})
    world.c2.edit_ci(cis[1], {"Prix": "12"})
    world.add_ci(maker="HP", model="840", serial="added since")
    report = world.sync("→", request=RunRequest(kind="approval", approve=run))
    assert len(world.writes()) == 24
    assert report.status is RunStatus.SUCCEEDED
    notes = [world.hector.asset(asset_of(world, ci))["note"] for ci in cis]
    assert notes == ["old"] + ["new"] * 24
    assert float(world.hector.value(asset_of(world, cis[1]), "Price") or 0) == 0
    world.sync("→")
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "newer than the review"
    assert len(world.hector.assets()) == 26


def test_a_run_is_approved_once(world: LiveWorld) -> None:
    _, run = held(world)
    world.sync("→", request=RunRequest(approve=run))
    with pytest.raises(SyncError, match="approved already"):
        world.sync("→", request=RunRequest(approve=run))


@pytest.mark.parametrize("which", [1, 4711])
def test_only_a_held_run_can_be_approved(world: LiveWorld, which: int) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.sync("→")
    with pytest.raises(SyncError, match=r"does not wait|no run"):
        world.sync("→", request=RunRequest(approve=which))


def test_held_creations_are_made_when_they_are_approved(world: LiveWorld) -> None:
    ways = {"guards": "{max_creates: 1}"}
    for n in range(3):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    run = world.sync("→", **ways).run
    assert world.writes() == []
    world.c2.edit_ci(world.c2.ci_ids(world.category)[0], {"Remarques": "edited since"})
    world.sync("→", request=RunRequest(approve=run), **ways)
    assert len(world.hector.assets()) == 2  # the third is no longer what was reviewed
    assert len(world.hector.subcategories()) == 1
    world.sync("→", **ways)
    assert len(world.hector.assets()) == 3


def test_a_side_that_reads_empty_is_orphaned_only_after_approval(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.hector.delete_asset(asset)
    run = world.sync("→").run
    assert [link["status"] for link in queries.links(world.database)] == ["active"]
    world.sync("→", request=RunRequest(approve=run))
    assert [link["status"] for link in queries.links(world.database)] == ["orphaned"]
    assert world.c2.ci(ci)["IsActive"] is True


# -- what many CIs share -------------------------------------------------------------------------------------------------

SHARED = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""


def siblings(world: LiveWorld, count: int = 3) -> tuple[list[str], int]:
    """CIs of one model, all with the same price."""
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900") for n in range(count)]
    world.sync("⇄", fields=SHARED)
    world.writes()
    return cis, world.hector.subcategories()[0]["id"]


def prices(world: LiveWorld, cis: list[str]) -> set[float]:
    return {float(world.c2.value(ci, "Prix")) for ci in cis}


def test_one_ci_that_changes_a_shared_field_changes_it_for_all_in_the_same_run(world: LiveWorld) -> None:
    cis, subcategory = siblings(world)
    world.c2.edit_ci(cis[1], {"Prix": "800"})
    report = world.sync("⇄", fields=SHARED)
    assert float(world.hector.subcategory(subcategory)["price"]) == 800
    assert prices(world, cis) == {800}
    assert len(world.writes()) == 3  # the subcategory once, the two other CIs
    assert report.status is RunStatus.SUCCEEDED
    world.sync("⇄", fields=SHARED)
    assert world.writes() == []


def test_cis_that_changed_a_shared_field_differently_are_named_and_nothing_is_written(world: LiveWorld) -> None:
    cis, subcategory = siblings(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    world.c2.edit_ci(cis[1], {"Prix": "700"})
    world.sync("⇄", fields=SHARED)
    assert world.writes() == []
    (error,) = world.errors()
    assert error["kind"] == "disagreement"
    assert all(world.c2.ci(ci)["CINumber"] in error["message"] for ci in cis[:2])
    assert float(world.hector.subcategory(subcategory)["price"]) == 900


def test_a_shared_field_changed_in_hector_reaches_every_linked_ci(world: LiveWorld) -> None:
    cis, subcategory = siblings(world)
    world.hector.edit_subcategory(subcategory, price=750, model="850")
    world.sync("⇄", fields=SHARED)
    assert prices(world, cis) == {750}
    assert {world.c2.value(ci, "Modèle") for ci in cis} == {"850"}
    world.writes()
    world.sync("⇄", fields=SHARED)
    assert world.writes() == []


# -- in hand -------------------------------------------------------------------------------------------------------------


def test_one_category_under_two_names_is_not_synchronised_in_two_directions(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1", notes="from C2")
    one = world.rules("→")
    other = world.rules("←", category={"create": "none"})
    (again,) = other.categories
    again = replace(again, category=replace(again.category, name="Laptops"))
    both = replace(one, categories=(*one.categories, again))
    report = run(both, RunRequest(), world.surroundings)
    assert [category.status for category in report.categories] == [RunStatus.SUCCEEDED, RunStatus.FAILED]
    assert report.exit_code() == 2
    (error,) = world.errors()
    assert "stands in the rules twice" in error["message"]
    assert all(write.startswith("hector") for write in world.writes())
