"""Pairs that both systems send as they were are not looked at; whatever makes them matter finds them all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from live_world import LiveWorld, live_world
from sqlalchemy import select, update

from syncsvc.adapters.hector import HectorClient
from syncsvc.domain.plan import RunStatus
from syncsvc.engine.request import RunRequest
from syncsvc.engine.world import World
from syncsvc.state.tables import baselines, links

SHARED = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
          - {c2: Remarques, hector: asset.note}
"""

NOWHERE = SHARED.replace("asset.note}", 'asset.note, direction: "none"}')


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


@pytest.fixture
def quiet_ones(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs were left out when a run ended its category, run by run: to look, nothing is changed."""
    seen: list[int] = []
    note_seen = World.note_seen

    def looked_at(world: World) -> None:
        seen.append(len(world.quiet))
        note_seen(world)

    monkeypatch.setattr(World, "note_seen", looked_at)
    return seen


def settled(world: LiveWorld, count: int = 4, direction: str = "→", **values: str) -> list[str]:
    """CIs of one model whose pairs are quiet."""
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900", **({"notes": "old"} | values)) for n in range(count)]
    for _ in range(3):
        world.sync(direction, fields=SHARED)
    world.writes()
    return cis


def asset_of(world: LiveWorld, ci: str) -> int:
    with world.database.connect() as connection:
        found = connection.scalar(select(links.c.asset_id).where(links.c.ci_id == ci))
    assert found is not None
    return found


def calls(world: LiveWorld, direction: str = "→", fields: str = SHARED) -> int:
    """Run once and give the number of requests to both systems."""
    requests: dict[str, int] = world.sync(direction, fields=fields).as_json()["requests"]
    return sum(requests.values())


def test_quiet_pairs_are_left_out_and_counted_as_unchanged(world: LiveWorld, quiet_ones: list[int]) -> None:
    settled(world)
    report = world.sync("→", fields=SHARED)
    assert quiet_ones[-1] == 4
    assert report.as_json()["unchanged"] == report.as_json()["read"]["c2"] == report.as_json()["read"]["hector"] == 4
    assert world.writes() == []


def test_a_change_on_either_side_is_seen_and_the_others_stay_quiet(world: LiveWorld, quiet_ones: list[int]) -> None:
    cis = settled(world)
    world.c2.edit_ci(cis[0], {"Remarques": "new"})
    world.hector.edit_asset(asset_of(world, cis[1]), note="drifted")
    world.sync("→", fields=SHARED)
    assert quiet_ones[-1] == 2
    assert [world.hector.asset(asset_of(world, ci))["note"] for ci in cis] == ["new", "old", "old", "old"]
    assert len(world.writes()) == 2


def test_a_new_record_with_a_quiet_pairs_key_is_ambiguous_and_not_made(world: LiveWorld) -> None:
    settled(world)
    world.add_ci(model="850", serial=" s2", notes="a second one")  # of another model: no shared subcategory wakes the pair
    world.sync("→", fields=SHARED)
    assert world.writes() == []
    assert [error["kind"] for error in world.errors()] == ["ambiguous"]
    assert len(world.hector.assets()) == 4
    world.sync("→", fields=SHARED)  # and said again by the next run
    assert [error["kind"] for error in world.errors()] == ["ambiguous"]


def test_siblings_are_asked_about_a_shared_field_though_they_are_quiet(world: LiveWorld) -> None:
    cis = settled(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    for _ in range(2):
        world.sync("→", fields=SHARED)
        assert [error["kind"] for error in world.errors()] == ["disagreement"]
        assert world.writes() == []
    for ci in cis[1:]:
        world.c2.edit_ci(ci, {"Prix": "800"})
    world.sync("→", fields=SHARED)
    assert float(world.hector.subcategories()[0]["price"]) == 800


def test_quiet_siblings_get_what_one_of_them_changed(world: LiveWorld) -> None:
    cis = settled(world, direction="⇄")
    world.c2.edit_ci(cis[2], {"Prix": "800"})
    world.sync("⇄", fields=SHARED)
    assert {float(world.c2.value(ci, "Prix")) for ci in cis} == {800}


def test_a_changed_subcategory_wakes_its_assets_though_they_did_not_change(world: LiveWorld) -> None:
    cis = settled(world, direction="⇄")
    world.hector.edit_subcategory(world.hector.subcategories()[0]["id"], price=750)
    world.sync("⇄", fields=SHARED)
    assert {float(world.c2.value(ci, "Prix")) for ci in cis} == {750}


def test_an_asset_that_somebody_moved_does_not_rename_the_subcategory_of_quiet_ones(world: LiveWorld) -> None:
    cis = settled(world, 3)
    others = [world.add_ci(model="850", serial=f"T{n}", price="1000") for n in range(3)]
    for _ in range(3):
        world.sync("→", fields=SHARED)
    moved = asset_of(world, cis[0])
    there = world.hector.asset(asset_of(world, others[0]))["subcategory_id"]
    world.hector.edit_asset(moved, subcategory_id=there)
    world.writes()
    world.sync("→", fields=SHARED)
    assert sorted(it["model"] for it in world.hector.subcategories()) == ["840", "850"]
    assert world.hector.asset(moved)["subcategory_id"] != there
    assert len(world.writes()) == 1


def test_a_field_that_was_refused_is_tried_again_though_nothing_changed_since(world: LiveWorld) -> None:
    cis = settled(world)
    world.c2.edit_ci(cis[0], {"Remarques": "new"})
    world.box.faults.once("hector", "PATCH /api/v1/assets", "refused", message="No.")
    world.sync("→", fields=SHARED)
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "old"
    world.sync("→", fields=SHARED)
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "new"


def test_an_emptied_field_is_measured_against_the_quiet_ones_too(world: LiveWorld) -> None:
    """Three of thirty emptied is no flood, eight are: only when the quiet ones count can that be told."""
    cis = settled(world, 30)
    for ci in cis[:3]:
        world.c2.edit_ci(ci, {"Remarques": ""})
    assert world.sync("→", fields=SHARED).status is RunStatus.SUCCEEDED
    world.sync("→", fields=SHARED)
    for ci in cis[3:11]:
        world.c2.edit_ci(ci, {"Remarques": ""})
    assert world.sync("→", fields=SHARED).status is RunStatus.HELD


def test_other_rules_look_at_everybody_again(world: LiveWorld, quiet_ones: list[int]) -> None:
    settled(world)
    world.sync("→", fields=SHARED, when_ci_inactive="retire")
    assert quiet_ones[-1] == 0
    world.sync("→", fields=SHARED, when_ci_inactive="retire")
    assert quiet_ones[-1] == 4


def test_a_pair_with_a_field_that_was_never_known_is_woken_with_what_it_holds(world: LiveWorld) -> None:
    """Somebody wrote the asset's note in Hector while C2 has none: it has no baseline, and must not be taken for empty."""
    cis = settled(world, 2, notes="")
    world.hector.edit_asset(asset_of(world, cis[0]), note="from Hector")
    for _ in range(2):
        world.sync("→", fields=SHARED)
    world.c2.edit_ci(cis[0], {"Remarques": "from C2"})
    world.sync("→", fields=SHARED)
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "from C2"
    assert world.errors() == []


def test_what_was_never_agreed_on_costs_no_call_and_is_not_lost(world: LiveWorld) -> None:
    cis = settled(world, 3, notes="")
    asset = asset_of(world, cis[0])
    world.hector.edit_asset(asset, note="from Hector")
    world.sync("→", fields=SHARED)
    quiet = calls(world)
    world.c2.edit_ci(cis[0], {"Numéro de série": "S9"})
    world.c2.edit_ci(cis[1], {"Remarques": "first said"})
    assert calls(world) == quiet + 3, "one look at both assets, and a write to each"
    assert [world.hector.asset(asset_of(world, ci))["note"] for ci in cis] == ["from Hector", "first said", None]
    assert calls(world) == calls(world) == quiet
    world.c2.edit_ci(cis[0], {"Remarques": "from C2"})
    assert calls(world) == quiet + 2
    assert world.hector.asset(asset)["note"] == "from C2"
    assert world.errors() == []


def test_a_ci_wakes_with_what_was_never_agreed_on_too(world: LiveWorld) -> None:
    cis = settled(world, 2, direction="⇄", notes="")
    quiet = calls(world, "⇄")
    world.hector.edit_asset(asset_of(world, cis[0]), note="from Hector")
    assert calls(world, "⇄") == quiet + 2, "a look and a write"
    assert [world.c2.value(ci, "Remarques") for ci in cis] == ["from Hector", None]
    assert world.errors() == []


def test_a_field_that_goes_nowhere_costs_no_call(world: LiveWorld) -> None:
    """Its baselines, from when it went somewhere, say no more what it holds."""
    cis = settled(world, 2)
    asset = asset_of(world, cis[0])
    world.hector.edit_asset(asset, note="drifted")
    for _ in range(2):
        world.sync("→", fields=NOWHERE)
    quiet = calls(world, fields=NOWHERE)
    world.c2.edit_ci(cis[0], {"Remarques": "new"})
    world.c2.edit_ci(cis[1], {"Numéro de série": "S9"})
    assert calls(world, fields=NOWHERE) == quiet + 2, "the serial number: a look and a write"
    assert world.hector.asset(asset)["note"] == "drifted"


def test_pairs_that_an_older_version_noted_are_asked_for_once(world: LiveWorld) -> None:
    cis = settled(world, 2, notes="")
    quiet = calls(world)
    with world.database.begin() as connection:
        connection.execute(update(links).values(unagreed=None))
    for extra, text in ((1, "one"), (0, "two"), (0, "three")):
        world.c2.edit_ci(cis[0], {"Statut": "En prêt", "Name": text})  # nothing that is mapped
        assert calls(world) == quiet + extra


def test_what_was_changed_between_the_list_and_the_asking_is_not_noted_for_what_the_list_showed(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Hector's change times stand still, the asset looks later as it did in the list."""
    then = datetime.now(UTC)
    world.hector.now = lambda: then
    (ci,) = settled(world, 1, notes="")
    asset = asset_of(world, ci)
    with world.database.begin() as connection:
        connection.execute(update(links).values(unagreed=None))
    by_id = HectorClient.assets_by_id

    def edited_before(client: HectorClient, *arguments: Any) -> Any:
        world.hector.edit_asset(asset, note="for a moment")
        return by_id(client, *arguments)

    world.c2.edit_ci(ci, {"Name": "nothing that is mapped"})
    with monkeypatch.context() as patch:
        patch.setattr(HectorClient, "assets_by_id", edited_before)
        world.sync("→", fields=SHARED)
    world.hector.edit_asset(asset, note=None)
    world.sync("→", fields=SHARED)
    world.c2.edit_ci(ci, {"Remarques": "from C2"})
    world.sync("→", fields=SHARED)
    assert world.errors() == []
    assert world.hector.asset(asset)["note"] == "from C2"


@pytest.mark.parametrize("how", ["not calm", "calm", "noted by an older version"])
def test_a_namesake_is_found_by_a_key_that_goes_nowhere_though_it_was_corrected_since(world: LiveWorld, how: str) -> None:
    """What ``none`` ties is compared with nothing, so no baseline tells that both sides hold another serial by now."""
    nowhere = SHARED.replace("Serial number}", 'Serial number, direction: "none"}')
    (ci,) = settled(world, 1, direction="⇄")
    world.c2.edit_ci(ci, {"Numéro de série": "S9"})
    world.hector.edit_asset(asset_of(world, ci), attributes={"Serial number": "S9"})
    for _ in range(0 if how == "not calm" else 3):
        world.sync("⇄", fields=nowhere)
    if how == "noted by an older version":
        with world.database.begin() as connection:
            connection.execute(update(links).values(unagreed=None))
    world.add_ci(model="850", serial="S9")
    world.sync("⇄", fields=nowhere)
    assert [error["kind"] for error in world.errors()] == ["ambiguous"]
    assert len(world.hector.assets()) == 1


def test_a_key_that_goes_nowhere_is_known_of_quiet_pairs_and_of_those_that_wake(world: LiveWorld, quiet_ones: list[int]) -> None:
    """Its baselines are from when it went somewhere; since then one asset got another serial number, and its CI did not."""
    nowhere = SHARED.replace("Serial number}", 'Serial number, direction: "none"}')
    cis = settled(world, 3)
    world.hector.edit_asset(asset_of(world, cis[0]), attributes={"Serial number": "S9"})
    for _ in range(3):
        world.sync("→", fields=nowhere)
    world.c2.edit_ci(cis[0], {"Remarques": "its asset wakes"})
    world.add_ci(model="850", serial="S9")
    for _ in range(2):
        world.sync("→", fields=nowhere)
        assert [(error["kind"], error["c2_value"]) for error in world.errors()] == [("ambiguous", "S9")]
    assert quiet_ones[-3:] == [3, 2, 2]


def test_pairs_without_a_key_value_stay_quiet_beside_a_record_without_a_link(world: LiveWorld, quiet_ones: list[int]) -> None:
    world.add_ci(model="840", price="900", notes="it has no serial number")
    settled(world, 2)
    world.add_ci(model="850", serial="S1")
    world.sync("→", fields=SHARED)
    assert [error["kind"] for error in world.errors()] == ["ambiguous"]
    assert quiet_ones[-1] == 2


@pytest.mark.parametrize("how", ["full", "single", "incremental", "approval"])
def test_an_edit_back_to_what_was_there_before_a_run_is_seen(world: LiveWorld, how: str) -> None:
    """Where Hector's change times stand still, the record looks as it did when it was last noted; it is somebody's edit."""
    then = datetime.now(UTC)
    world.hector.now = lambda: then
    (ci,) = settled(world, 1, direction="⇄")
    asset = asset_of(world, ci)
    world.c2.edit_ci(ci, {"Remarques": "new"})
    if how == "full":
        world.sync("⇄", fields=SHARED)
    elif how == "single":
        world.sync("⇄", fields=SHARED, request=RunRequest(ci=world.c2.ci(ci)["CINumber"]))
    elif how == "incremental":
        top = "schedule: {full_on: " + f"{then - timedelta(days=2):%A}".lower() + "}\n"
        world.sync("⇄", fields=SHARED, top=top)
    else:
        world.add_ci(model="840", serial="new")
        held = world.sync("⇄", fields=SHARED, guards="{max_creates: 0}")
        world.sync("⇄", fields=SHARED, guards="{max_creates: 0}", request=RunRequest(approve=held.run))
    assert world.hector.asset(asset)["note"] == "new"
    world.hector.edit_asset(asset, note="old")
    world.sync("⇄", fields=SHARED)
    assert world.c2.value(ci, "Remarques") == "old"


def test_under_rules_that_come_back_nobody_is_quiet_for_what_was_seen_before_them(world: LiveWorld) -> None:
    """No pair was in order under the rules between, so nothing was noted under them; what they wrote is no less new."""
    then = datetime.now(UTC)
    world.hector.now = lambda: then
    (ci,) = settled(world, 1, direction="⇄")
    world.c2.edit_ci(ci, {"Remarques": "new"})
    world.sync("⇄", fields=SHARED, when_ci_inactive="retire")
    world.hector.edit_asset(asset_of(world, ci), note="old")
    world.sync("⇄", fields=SHARED)
    assert world.c2.value(ci, "Remarques") == "old"


def test_a_quiet_pair_that_loses_a_record_is_orphaned(world: LiveWorld) -> None:
    cis = settled(world)
    world.hector.delete_asset(asset_of(world, cis[0]))
    world.sync("→", fields=SHARED)
    assert [error["kind"] for error in world.errors()] == ["missing"]
    assert world.writes() == []


@contextmanager
def after_each_commit(world: LiveWorld, look: Callable[[], None]) -> Iterator[None]:
    """Look at the database wherever a process could be killed between two commits."""
    dialect = world.database.dialect
    commit = dialect.do_commit

    def commit_and_look(connection: Any) -> None:
        commit(connection)
        look()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "do_commit", commit_and_look)
        yield


def test_no_pair_is_called_calm_before_its_baselines_say_so(world: LiveWorld) -> None:
    """Both sides got the same. Killed in between, a later edit back to the old values would meet old baselines and be lost."""
    (ci,) = settled(world, 1, direction="⇄")
    world.c2.edit_ci(ci, {"Remarques": "both", "IsActive": False})
    world.hector.edit_asset(asset_of(world, ci), note="both", status="retired")
    stored: list[tuple[Any, ...]] = []

    def look() -> None:
        wanted = select(links.c.ci_fingerprint, links.c.ci_was_active, baselines.c.c2_value).join_from(links, baselines)
        with world.database.connect() as connection:
            stored.append(tuple(connection.execute(wanted.where(baselines.c.mapping.contains("note"))).one()))

    look()
    with after_each_commit(world, look):
        world.sync("⇄", fields=SHARED)
    old, new = stored[0], stored[-1]
    assert all(a != b for a, b in zip(old, new, strict=True))
    assert [seen for seen in stored if seen[0] == new[0] and seen != new] == []  # calm as now, by what was agreed before
    assert [seen for seen in stored if seen[0] == old[0] and seen[1:] != old[1:]] == []  # and not as before, by what is new
