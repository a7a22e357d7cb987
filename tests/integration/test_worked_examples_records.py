"""The worked examples about which records belong together, what is made, and what disappears: each is run as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dated_world import Clock, asset_of, dated_world, pair
from live_world import FIELDS, LiveWorld
from sqlalchemy import create_engine
from worked import kinds, shows

from syncsvc.domain.plan import RunStatus
from syncsvc.engine.request import RunRequest
from syncsvc.engine.run import run
from syncsvc.state.database import upgrade
from syncsvc.state.store import NewLink, Store

TAGGED = FIELDS.replace("{c2: Remarques, hector: asset.note}", "{c2: Remarques, hector: asset.asset_tag}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(sqlite_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(sqlite_url, clock) as world:
        yield world


def linked(world: LiveWorld) -> dict[str, int]:
    """Give the asset of every linked CI's number, without the zeros in front."""
    return {link.ci_number.lstrip("0"): link.asset_id for link in world.store.links_of(world.category)}


def hp(world: LiveWorld, model: str = "840") -> int:
    return world.hector.add_subcategory(world.hector_category, "HP", model)


def number(world: LiveWorld, ci: str) -> str:
    return str(world.c2.ci(ci)["CINumber"])


# -- which records belong together -----------------------------------------------------------------------------------------


@shows("CI 00000012 has the serial `sn-1`")
@pytest.mark.parametrize("second", [False, True])
def test_a_value_links_two_records_unless_a_third_has_it(world: LiveWorld, *, second: bool) -> None:
    world.add_ci(maker="HP", model="840", serial="sn-1")
    asset = world.add_asset(hp(world), "SN-1 ")
    if second:
        world.add_ci(maker="HP", model="840", serial="SN-1")
    world.sync("⇄")
    assert linked(world) == ({} if second else {"1": asset})
    assert world.writes() == []
    if second:
        (error,) = world.errors()
        assert error["kind"] == "ambiguous"
        assert all(name in error["message"] for name in ("CI 00000001", "CI 00000002", "asset A00001"))


@shows("`match_on` names the serial number, then the tag.")
def test_the_tag_is_asked_where_the_serial_says_nothing_and_not_where_it_says_too_much(world: LiveWorld) -> None:
    keys = {"match_on": "[Numéro de série, Remarques]"}
    world.add_ci(maker="HP", model="840", notes="A0007")
    asset = world.add_asset(hp(world), "SN-7", asset_tag="A0007")
    world.sync("→", fields=TAGGED, **keys)
    assert linked(world) == {"1": asset}

    world.add_ci(maker="HP", model="840", serial="SN-8", notes="A0008")
    subcategory = world.hector.subcategories()[0]["id"]
    for tag in ("A0008", "A0009"):
        world.add_asset(subcategory, "SN-8", asset_tag=tag)
    world.sync("→", fields=TAGGED, **keys)
    assert linked(world) == {"1": asset}
    assert "ambiguous" in kinds(world)


@shows("An asset's serial is `To be filled by O.E.M.`")
def test_a_serial_that_means_none_matches_nothing(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="To be filled by O.E.M.")
    world.add_asset(hp(world), "To be filled by O.E.M.")
    world.sync("→", create="none")
    assert linked(world) == {}
    assert kinds(world) == []


@shows("A CI's serial is known in Hector only on a retired asset.")
def test_what_was_thrown_away_is_not_bought_again(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="SN-1")
    world.add_asset(hp(world), "SN-1", status="retired")
    world.sync("→")
    assert world.writes() == []
    (error,) = world.errors()
    assert error["kind"] == "ambiguous"
    assert "which is retired; nothing was created" in error["message"]


@shows("A `⇄` category says `create: →`.")
def test_creation_goes_one_way_and_linking_both(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="SN-1")
    new = world.add_asset(hp(world), "SN-2")
    world.sync("⇄", create="→")
    assert (len(world.hector.assets()), len(world.c2.ci_ids(world.category))) == (2, 1)
    world.add_ci(maker="HP", model="840", serial="SN-2")
    world.sync("⇄", create="→")
    assert linked(world)["2"] == new
    assert len(world.hector.assets()) == 2


@shows("Asset A0040, *Projector, room 12*, has no CI")
@pytest.mark.parametrize(("mapped", "name"), [("", "Projector, room 12"), ("{c2: Name, hector: asset.note}", "Noted")])
def test_a_new_ci_is_called_by_the_mapped_name_or_else_by_the_title(world: LiveWorld, mapped: str, name: str) -> None:
    fields = FIELDS.replace("{c2: Remarques, hector: asset.note}", mapped or "{c2: Remarques, hector: asset.note}")
    world.add_asset(hp(world), "SN-1", title="Projector, room 12", asset_tag="A0040", note="Noted")
    world.sync("←", fields=fields)
    (ci,) = world.c2.ci_ids(world.category)
    assert world.c2.ci(ci)["Name"] == name
    assert world.c2.ci(ci)["StateId"] == world.c2.categories[world.category].states[0]


@shows("Asset A0040, *Projector, room 12*, has no CI")
def test_a_new_asset_goes_to_the_categorys_stockroom_and_an_old_one_stays_in_its_own(world: LiveWorld) -> None:
    school = world.hector.add_stockroom("École")
    old = world.add_asset(hp(world), "SN-1", stockroom_id=world.stockroom)
    first, second = (world.add_ci(maker="HP", model="840", serial=serial) for serial in ("SN-1", "SN-2"))
    world.sync("→", stockroom="École")
    assert asset_of(world, first) == old
    assert world.hector.asset(old)["stockroom_id"] == world.stockroom
    assert world.hector.asset(asset_of(world, second))["stockroom_id"] == school


@shows("A `⇄` category with 300 CIs and 280 assets is new")
def test_an_inventory_is_not_doubled_unless_the_rules_say_that_nothing_matches(world: LiveWorld) -> None:
    for n in range(3):
        world.add_ci(maker="HP", model="840", serial=f"SN-{n}")
    for n in range(2):
        world.add_asset(world.hector.subcategories()[0]["id"] if n else hp(world), f"SN-{n}")
    unsaid = world.rules("⇄")
    unsaid = replace(unsaid, categories=tuple(replace(category, match_on=None) for category in unsaid.categories))
    report = run(unsaid, RunRequest(), world.surroundings)
    assert report.status is RunStatus.HELD
    assert "the inventory would be doubled" in report.categories[0].held[0]
    assert world.writes() == []
    world.sync("⇄", match_on="none")
    assert (len(world.hector.assets()), len(world.c2.ci_ids(world.category))) == (5, 5)


# -- what disappears, links by hand, how much is read ------------------------------------------------------------------------


@shows("CI 00000012 was deleted in C2 and entered anew")
def test_a_ci_that_was_entered_anew_gets_the_asset_once_the_two_are_parted(world: LiveWorld, clock: Clock) -> None:
    old, asset = pair(world, "SN-1")
    pair(world, "SN-2")
    world.c2.delete_ci(old)
    world.add_ci(maker="HP", model="840", serial="SN-1")
    world.sync("→")
    assert sorted(kinds(world)) == ["ambiguous", "missing"]
    assert world.writes() == []
    (link,) = (link for link in world.store.links_of(world.category) if link.ci_id == old)
    assert link.status == "orphaned"
    (hint,) = (error["hint"] for error in world.errors() if error["kind"] == "ambiguous")
    assert "syncsvc links remove --asset A00001" in hint
    world.store.part(link.id, clock())
    world.sync("→")
    assert linked(world)["3"] == asset
    assert world.writes() == []


@shows("CI 00000012 is deactivated, its asset is retired")
def test_an_asset_that_is_taken_back_by_hand_stays_in_use(world: LiveWorld) -> None:
    ci, asset = pair(world)
    world.c2.edit_ci(ci, {"IsActive": "false"})
    world.sync("→", when_ci_inactive="retire")
    assert world.hector.asset(asset)["status"] == "retired"
    world.hector.edit_asset(asset, status="active")
    world.sync("→", when_ci_inactive="retire")
    assert world.hector.asset(asset)["status"] == "active"


@shows("Two laptops have each other's serial numbers.")
def test_two_laptops_with_each_others_serials_are_joined_crosswise(world: LiveWorld, clock: Clock) -> None:
    cis = [pair(world, serial)[0] for serial in ("SN-1", "SN-2")]
    assets = [asset_of(world, ci) for ci in cis]
    for link in world.store.links_of(world.category):
        world.store.part(link.id, clock())
    for ci, asset in zip(cis, reversed(assets), strict=True):
        world.store.add_links(None, world.pair(), [by_hand(world, ci, asset)], clock())
    world.c2.edit_ci(cis[0], {"Numéro de série": "SN-2"})
    world.c2.edit_ci(cis[1], {"Numéro de série": "SN-1"})
    world.sync("→")
    assert kinds(world) == []
    assert linked(world) == {"1": assets[1], "2": assets[0]}
    assert world.writes() == []


def by_hand(world: LiveWorld, ci: str, asset: int) -> NewLink:
    return NewLink(ci, number(world, ci), asset, ci_active=True, asset_active=True, baselines={}, by_hand=True)


@shows("The database was lost.")
def test_a_lost_database_costs_no_write_and_only_the_knowledge_of_who_changed_what(world: LiveWorld, tmp_path: Path) -> None:
    cis = [pair(world, f"SN-{n}", notes="agreed")[0] for n in range(3)]
    assets = [asset_of(world, ci) for ci in cis]
    engine = create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    world.closing.callback(engine.dispose)
    upgrade(engine)
    world.database, world.store = engine, Store(engine)
    world.surroundings = replace(world.surroundings, store=world.store)
    world.reconnect()
    world.hector.edit_asset(assets[0], note="changed before anybody looked")
    report = world.sync("⇄")
    assert world.writes() == []
    assert [asset_of(world, ci) for ci in cis] == assets
    assert report.as_json()["conflicts"] == 1


@shows("The last good run was on Monday evening.")
def test_an_incremental_run_asks_for_what_was_changed_since_a_day_before_the_last_one(world: LiveWorld, clock: Clock) -> None:
    top = "schedule: {full_on: friday}\n"
    cis = [pair(world, f"SN-{n}", notes="old")[0] for n in range(12)]
    clock.go_on(days=21)  # a Monday: what follows finds nothing of the above
    world.sync("⇄", top=top, request=RunRequest(full=True))
    clock.go_on(days=1)
    world.c2.edit_ci(cis[0], {"Remarques": "new"})
    world.c2.delete_ci(cis[1])
    report = world.sync("⇄", top=top)
    assert report.as_json()["full"] is False
    assert report.as_json()["read"] == {"c2": 1, "hector": 0}
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "new"
    assert kinds(world) == []
    clock.go_on(days=3)  # Friday
    report = world.sync("⇄", top=top)
    assert report.as_json()["full"] is True
    assert kinds(world) == ["missing"]


@shows("Sunday's full run left eight `ambiguous` errors.")
def test_what_nobody_has_mended_stands_in_a_run_that_does_not_look_at_it(world: LiveWorld, clock: Clock) -> None:
    top = "schedule: {full_on: sunday}\n"
    cis = [pair(world, f"SN-{n}", notes="old")[0] for n in range(4)]
    twins = [[world.add_ci(maker="HP", model="840", serial=f"TWIN-{n}") for _ in range(2)] for n in range(8)]
    clock.go_on(days=6)  # from a Monday
    assert world.sync("→", top=top).as_json()["full"] is True
    assert kinds(world) == ["ambiguous"] * 8
    clock.go_on(days=4)
    for ci in cis[:2]:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    found = world.sync("→", top=top).as_json()
    assert (found["full"], found["read"]["c2"], found["status"]) == (False, 2, "completed_with_errors")
    assert (found["errors"], found["standing"], kinds(world)) == (8, 8, ["ambiguous"] * 8)
    clock.go_on(days=1)
    for number, (ci, _) in enumerate(twins):
        world.c2.edit_ci(ci, {"Numéro de série": f"SN-1{number}"})
    found = world.sync("→", top=top).as_json()
    assert (found["full"], found["errors"], found["status"]) == (True, 0, "succeeded")


@shows("`syncsvc sync --ci 00000012`: the CI was just corrected")
def test_one_pair_is_synchronised_and_the_others_wait(world: LiveWorld) -> None:
    cis = [pair(world, serial, notes="old")[0] for serial in ("SN-1", "SN-2")]
    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    world.sync("→", request=RunRequest(ci=number(world, cis[0])))
    assert [world.hector.asset(asset_of(world, ci))["note"] for ci in cis] == ["new", "old"]


# -- undoing a run -------------------------------------------------------------------------------------------------------


@shows("Under `→` a run has carried *Statut: En prêt*")
def test_what_was_put_back_stays_until_somebody_says_something_else(world: LiveWorld) -> None:
    ci, asset = pair(world, status="En service")
    world.c2.edit_ci(ci, {"Statut": "En prêt"})
    run_id = world.sync("→").run
    world.undo(run_id)
    assert world.hector.value(asset, "Status") == "In service"
    world.writes()
    for status in ("En prêt", "En service"):
        world.c2.edit_ci(ci, {"Statut": status})
        world.sync("→")
        assert world.writes() == []
    world.c2.edit_ci(ci, {"Statut": "En prêt"})
    world.sync("→")
    assert world.hector.value(asset, "Status") == "On loan"
