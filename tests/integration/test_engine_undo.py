"""Undoing a run: what is put back, what stays and why, and that no later run puts it forward again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from dated_world import Clock, asset_of, dated_world, note, pair
from live_world import FIELDS, LiveWorld, live_world

from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Asset
from syncsvc.domain.undone import Reason
from syncsvc.engine.report import RunReport
from syncsvc.state import queries
from syncsvc.state.category_runs import CategoryHistory

DIRECTIONS = ("→", "←", "⇄")


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def noted(world: LiveWorld, direction: str = "→") -> tuple[str, int, int]:
    """Have a run carry a note over from C2; gives the CI, its asset and the run."""
    ci, asset = pair(world, notes="old")
    world.c2.edit_ci(ci, {"Remarques": "new"})
    report = world.sync(direction)
    assert note(world, ci, asset) == ("new", "new")
    world.writes()
    return ci, asset, report.run


def reasons(report: RunReport) -> list[Reason]:
    return [it.reason for category in report.categories for it in category.kept]


def nothing_moves(world: LiveWorld, *directions: str, fields: str = FIELDS, **category: str) -> None:
    """See that runs under these directions, one after the other, write nothing."""
    world.writes()
    for direction in directions or DIRECTIONS:
        report = world.sync(direction, fields=fields, **category)
        assert (direction, world.writes()) == (direction, [])
        assert report.status is RunStatus.SUCCEEDED


# -- what is put back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("next_direction", DIRECTIONS)
def test_what_a_run_wrote_is_put_back_and_stays_so(world: LiveWorld, next_direction: str) -> None:
    ci, asset, run = noted(world)
    report = world.undo(run)
    assert note(world, ci, asset) == ("new", "old")
    assert (report.status, report.exit_code(), reasons(report)) == (RunStatus.SUCCEEDED, 0, [])
    assert world.writes() == [f"hector PATCH {asset}"]
    nothing_moves(world, next_direction, next_direction)
    nothing_moves(world)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_people_change_afterwards_is_carried_over_as_always(world: LiveWorld, direction: str) -> None:
    ci, asset, run = noted(world)
    world.undo(run)
    if direction == "←":
        world.hector.edit_asset(asset, note="later")
    else:
        world.c2.edit_ci(ci, {"Remarques": "later"})
    world.sync(direction)
    assert note(world, ci, asset) == ("later", "later")


def test_every_kind_of_value_comes_back(world: LiveWorld) -> None:
    old = {"bought": "2024-02-03", "price": "900.50", "status": "En service", "notes": "old", "warranty": True}
    ci = world.add_ci(maker="HP", model="840", serial="S1", user="Marie Tremblay", **old)
    world.sync("→")
    before = world.hector.asset(asset_of(world, ci))
    new = {"Date d'achat": "2025-02-03", "Prix": "1", "Statut": "En prêt", "Remarques": "", "Sous garantie": False}
    world.c2.edit_ci(ci, {**new, "Utilisateur": ""})
    run = world.sync("→").run
    assert world.hector.asset(asset_of(world, ci)) != before
    report = world.undo(run)
    after = world.hector.asset(asset_of(world, ci))
    assert {key: value for key, value in after.items() if key != "updated_at"} == {
        key: value for key, value in before.items() if key != "updated_at"
    }
    assert report.as_json()["fields_written"] == {"c2": 0, "hector": 6}
    nothing_moves(world)


def test_cis_get_back_what_they_held(world: LiveWorld) -> None:
    jean = world.c2.add_client("Jean", "Roy", "jean@erables.example")
    ci, asset = pair(world, notes="old", status="En service", user=world.marie, price="900.5", bought="2024-02-03", warranty=True)
    names = ("Remarques", "Statut", "Utilisateur", "Prix", "Date d'achat", "Sous garantie")
    before = [world.c2.value(ci, name) for name in names]
    attributes = {"Status": "On loan", "User": "Jean Roy", "Price": 1, "Under warranty": False}
    world.hector.edit_asset(asset, note="new", acquisition_date="2025-01-02", attributes=attributes)
    run = world.sync("←").run
    after = [world.c2.value(ci, name) for name in names]
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert after[2] == jean
    assert reasons(world.undo(run, "←")) == []
    assert [world.c2.value(ci, name) for name in names] == before
    nothing_moves(world)


def test_a_value_that_its_field_has_cut_is_still_what_the_run_wrote(world: LiveWorld) -> None:
    world.c2.add_field(world.category, "Lieu")
    world.hector.add_attribute(world.hector_category, "Place", max_length=9)
    fields = FIELDS + "          - {c2: Lieu, hector: asset.attributes.Place}\n"
    ci = world.add_ci(maker="HP", model="840", serial="S1", Lieu="Atelier du directeur")
    world.sync("→", fields=fields)
    world.c2.edit_ci(ci, {"Lieu": "Bureau du directeur"})
    run = world.sync("→", fields=fields).run
    asset = asset_of(world, ci)
    assert world.hector.value(asset, "Place") == "Bureau du"
    assert reasons(world.undo(run, fields=fields)) == []
    assert world.hector.value(asset, "Place") == "Atelier d"
    nothing_moves(world, fields=fields)


def test_a_dry_run_writes_nothing_and_says_all_of_it(world: LiveWorld) -> None:
    ci, asset, run = noted(world)
    report = world.undo(run, dry_run=True)
    (change,) = report.categories[0].planned
    assert [(it.field, it.before, it.after, it.why) for it in change.fields] == [("Remarques", "new", "old", "undone")]
    assert (change.action, change.ci_id, change.asset_id) == ("update", ci, asset)
    assert report.status is RunStatus.DRY_RUN
    assert world.writes() == []
    nothing_moves(world)
    assert note(world, ci, asset) == ("new", "new")


def test_an_undo_is_undone_the_same_way(world: LiveWorld) -> None:
    ci, asset, run = noted(world)
    for value in ("old", "new", "old", "new"):
        report = world.undo(run)
        run = report.run
        assert reasons(report) == []
        assert note(world, ci, asset) == ("new", value)
        nothing_moves(world)


def test_an_undo_is_a_run_of_its_own_kind(world: LiveWorld) -> None:
    _, asset, run = noted(world)
    report = world.undo(run)
    recorded = queries.run(world.database, report.run)
    assert (recorded["kind"], recorded["status"], recorded["undoes"]) == ("undo", "succeeded", run)
    assert recorded["updated"] == {"c2": 0, "hector": 1}
    (change,) = queries.changes(world.database, report.run)
    assert (change["asset"], change["outcome"]) == (queries.asset_label(world.database, asset), "done")
    assert change["fields"] == [{"field": "Remarques", "from": "new", "to": "old", "why": "undone"}]
    assert "run finished" in [line["event"] for line in queries.log(world.database, report.run)]


def test_an_undo_is_no_synchronisation_of_its_category(world: LiveWorld) -> None:
    _, _, run = noted(world)
    history = CategoryHistory(world.database)
    before = history.look(world.surroundings.now())
    world.undo(run)
    assert history.look(world.surroundings.now()) == before
    last = queries.standing(world.database).last
    assert last is not None
    assert last["run"] == run


# -- what was changed since ----------------------------------------------------------------------------------------------


def test_what_somebody_has_changed_since_stays(world: LiveWorld) -> None:
    ci, asset, run = noted(world)
    world.hector.edit_asset(asset, note="somebody's")
    report = world.undo(run)
    (kept,) = report.categories[0].kept
    assert (kept.reason, kept.now) == (Reason.CHANGED, "somebody's")
    assert note(world, ci, asset) == ("new", "somebody's")
    assert world.writes() == []


def test_a_change_across_that_no_run_has_carried_over_is_not_lost(world: LiveWorld) -> None:
    ci, asset, run = noted(world, "⇄")
    world.c2.edit_ci(ci, {"Remarques": "newer"})
    report = world.undo(run, "⇄")
    (kept,) = report.categories[0].kept
    assert (kept.reason, kept.now) == (Reason.CHANGED_ACROSS, "newer")
    assert world.writes() == []
    world.sync("⇄")
    assert note(world, ci, asset) == ("newer", "newer")


def test_where_the_source_was_put_right_already_both_agree(world: LiveWorld) -> None:
    ci, asset, run = noted(world)
    world.c2.edit_ci(ci, {"Remarques": "old"})
    assert reasons(world.undo(run)) == []
    assert note(world, ci, asset) == ("old", "old")
    nothing_moves(world)


def test_what_a_later_run_has_written_is_that_runs_affair(world: LiveWorld) -> None:
    ci, asset, run = noted(world)
    for value in ("newer", "new"):
        world.c2.edit_ci(ci, {"Remarques": value})
        later = world.sync("→").run
    report = world.undo(run)
    (kept,) = report.categories[0].kept
    assert (kept.reason, kept.run) == (Reason.LATER_RUN, later)
    assert note(world, ci, asset) == ("new", "new")


def test_runs_are_undone_one_after_the_other(world: LiveWorld) -> None:
    """Once the later run is undone it has no say any more, nor has the undo: the earlier one can be undone."""
    ci, asset, first = noted(world)
    world.c2.edit_ci(ci, {"Remarques": "newer"})
    second = world.sync("→").run
    assert reasons(world.undo(first)) == [Reason.LATER_RUN]
    world.undo(second)
    assert note(world, ci, asset) == ("newer", "new")
    report = world.undo(first)
    assert (reasons(report), note(world, ci, asset)) == ([], ("newer", "old"))
    nothing_moves(world)
    world.c2.edit_ci(ci, {"Remarques": "once more"})
    world.sync("→")
    assert reasons(world.undo(first)) == [Reason.LATER_RUN], "what has been written since has a say"


def test_what_is_as_before_already_is_not_written(world: LiveWorld) -> None:
    _, asset, run = noted(world)
    world.hector.edit_asset(asset, note="old")
    report = world.undo(run)
    assert reasons(report) == [Reason.ALREADY]
    assert world.writes() == []


def test_each_field_stands_for_itself(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="old", price="1")
    world.c2.edit_ci(ci, {"Remarques": "new", "Prix": "2"})
    run = world.sync("→").run
    world.hector.edit_asset(asset, attributes={"Price": 3})
    report = world.undo(run)
    assert reasons(report) == [Reason.CHANGED]
    assert note(world, ci, asset) == ("new", "old")
    assert float(world.hector.value(asset, "Price")) == 3


# -- records that are not what they were ---------------------------------------------------------------------------------


def test_what_a_run_made_or_linked_stays_and_is_named(world: LiveWorld) -> None:
    world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "S1")
    world.add_ci(maker="HP", model="840", serial="S1", notes="of C2")
    world.add_ci(maker="Dell", model="5440", serial="S2", notes="made")
    run = world.sync("→").run
    assets = len(world.hector.assets())
    report = world.undo(run)
    kept = {(it.reason, it.change.record.value) for it in report.categories[0].kept}
    assert kept == {(Reason.LINKED, "asset"), (Reason.CREATED, "subcategory"), (Reason.CREATED, "asset")}
    assert len(world.hector.assets()) == assets
    assert {asset["note"] for asset in world.hector.assets()} == {None, "made"}
    nothing_moves(world)


def test_records_that_are_gone_or_elsewhere_are_named(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(4)]
    world.sync("→")
    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    run = world.sync("→").run
    world.hector.delete_asset(asset_of(world, cis[0]))
    world.c2.move_ci(cis[1], world.c2.add_category(world.cmdb, "Remisés"))
    world.store.part(next(it.id for it in world.store.links_of(world.category) if it.ci_id == cis[2]), world.surroundings.now())
    report = world.undo(run)
    assert sorted(reasons(report)) == [Reason.GONE, Reason.MOVED_AWAY, Reason.PARTED]
    assert note(world, cis[3], asset_of(world, cis[3])) == ("new", "old")


# -- rules that are not what they were -----------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["none", "←", "⇄"])
def test_the_side_that_the_run_wrote_is_written_whatever_the_direction_is_by_now(world: LiveWorld, direction: str) -> None:
    ci, asset, run = noted(world)
    assert reasons(world.undo(run, direction)) == []
    assert note(world, ci, asset) == ("new", "old")
    nothing_moves(world)


def test_a_field_that_the_rules_do_not_name_any_more_is_never_written(world: LiveWorld) -> None:
    ci, asset, run = noted(world)
    without = FIELDS.replace("          - {c2: Remarques, hector: asset.note}\n", "")
    assert reasons(world.undo(run, fields=without)) == [Reason.NOT_MAPPED]
    assert note(world, ci, asset) == ("new", "new")
    unmoved = FIELDS.replace("hector: asset.note}", "hector: asset.note, direction: none}")
    assert reasons(world.undo(run, "⇄", fields=unmoved)) == []
    assert note(world, ci, asset) == ("new", "old")


# -- while it is on, and afterwards --------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["c2", "hector"])
def test_an_edit_between_plan_and_write_is_not_overwritten(world: LiveWorld, monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    ci, asset = pair(world, notes="old")
    world.c2.edit_ci(ci, {"Remarques": "new"})
    run = world.sync("→").run
    reading, looks = world.surroundings.hector.assets_by_id, count(1)

    def edited_meanwhile(*arguments: Any) -> list[Asset]:
        if next(looks) == 2:  # before the write
            if side == "hector":
                world.hector.edit_asset(asset, note="somebody's")
            else:
                world.c2.edit_ci(ci, {"Remarques": "newer"})
        return reading(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "assets_by_id", edited_meanwhile)
        report = world.undo(run)
    assert report.status is RunStatus.SUCCEEDED
    if side == "hector":
        assert note(world, ci, asset) == ("new", "somebody's")
        (notice,) = world.errors()
        assert (notice["kind"], notice["field"]) == ("changed_meanwhile", "Remarques")
        assert "left as it is" in notice["message"]
        world.sync("⇄")
        assert note(world, ci, asset) == ("somebody's", "somebody's"), "it is an edit, and carried over"
    else:
        assert note(world, ci, asset) == ("newer", "old")
        world.sync("⇄")
        assert note(world, ci, asset) == ("newer", "newer"), "it is an edit, and carried over"


def test_a_refused_value_is_recorded_and_the_others_go_on(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(2)]
    world.sync("→")
    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    run = world.sync("→").run
    assets = [asset_of(world, ci) for ci in cis]
    world.box.faults.once("hector", f"PATCH /api/v1/assets/{assets[0]}", "refused")
    report = world.undo(run)
    assert (report.status, report.exit_code()) == (RunStatus.COMPLETED_WITH_ERRORS, 1)
    assert [error["kind"] for error in world.errors()] == ["validation"]
    assert [world.hector.asset(asset)["note"] for asset in assets] == ["new", "old"]
    nothing_moves(world)
    assert reasons(world.undo(run)) == [Reason.ALREADY]
    assert [world.hector.asset(asset)["note"] for asset in assets] == ["old", "old"]


def test_a_refused_value_that_somebody_then_types_by_hand_is_an_edit(world: LiveWorld) -> None:
    ci, asset, run = noted(world, "⇄")
    world.box.faults.once("hector", f"PATCH /api/v1/assets/{asset}", "refused")
    world.undo(run, "⇄")
    assert note(world, ci, asset) == ("new", "new")
    world.hector.edit_asset(asset, note="old")
    world.sync("⇄")
    assert note(world, ci, asset) == ("old", "old")


def test_a_run_that_writes_the_same_after_each_undo_does_not_count_as_in_vain(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="old")
    for _ in range(5):
        world.c2.edit_ci(ci, {"Remarques": "new"})
        report = world.sync("→")
        assert (note(world, ci, asset), world.errors()) == (("new", "new"), [])
        world.undo(report.run)
        world.c2.edit_ci(ci, {"Remarques": "old"})
        world.sync("→")
    assert world.errors() == []


def test_what_an_undo_writes_is_no_run_that_goes_on_in_vain(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="C2's")
    for n in range(2):
        world.hector.edit_asset(asset, note=f"somebody's {n}")
        run = world.sync("→").run
    world.undo(world.undo(run).run)
    assert note(world, ci, asset) == ("C2's", "C2's")
    nothing_moves(world, "→")
    world.hector.edit_asset(asset, note="somebody's once more")
    world.sync("→")
    assert (world.errors(), note(world, ci, asset)) == ([], ("C2's", "C2's"))


def test_a_field_that_was_given_up_goes_on_after_an_undo_and_is_given_up_again(world: LiveWorld) -> None:
    ci, asset = pair(world, notes="C2's")
    for _ in range(4):
        world.hector.edit_asset(asset, note="a machine's")
        last = world.sync("→")
    assert [error["kind"] for error in world.errors()] == ["not_converging"]
    world.undo(last.run - 1)
    assert note(world, ci, asset) == ("C2's", "a machine's")
    nothing_moves(world, "→")
    kinds = []
    for n in range(5):
        world.hector.edit_asset(asset, note=f"a machine's {n}")
        world.sync("→")
        kinds.append([error["kind"] for error in world.errors()])
    assert kinds == [[], [], [], ["not_converging"], []]


def test_newest_is_not_taken_in_by_an_undo(world: LiveWorld) -> None:
    ci, _ = pair(world, notes="old")
    world.c2.edit_ci(ci, {"Remarques": "new"})
    run = world.sync("⇄", on_conflict="newest").run
    world.undo(run, "⇄", on_conflict="newest")
    nothing_moves(world, "⇄", on_conflict="newest")


def test_an_incremental_run_after_an_undo_has_nothing_to_do(sqlite_url: str) -> None:
    clock, top = Clock(), "schedule: {full_on: sunday}\n"
    with dated_world(sqlite_url, clock) as world:
        ci, asset = pair(world, notes="old")
        world.sync("⇄")
        clock.go_on(days=2)
        world.c2.edit_ci(ci, {"Remarques": "new"})
        run = world.sync("⇄", top=top).run
        clock.go_on(hours=1)
        world.undo(run, "⇄")
        for _ in range(2):
            clock.go_on(hours=1)
            world.writes()
            report = world.sync("⇄", top=top)
            assert (report.full, report.as_json()["read"]) == (False, {"c2": 1, "hector": 1})
            assert (report.status, world.writes(), note(world, ci, asset)) == (RunStatus.SUCCEEDED, [], ("new", "old"))


def test_what_an_undo_was_about_to_put_back_is_forgotten_once_something_newer_was_said(world: LiveWorld) -> None:
    """An undo is cut off before its write, and looked for again only as long as its request may still come."""
    ci, asset, run = noted(world)
    world.surroundings = replace(world.surroundings, request_time_out=3600)
    with pytest.raises(KeyboardInterrupt):
        undone_until(world, run, KeyboardInterrupt)
    assert [it.value for it in world.store.undoing_of(world.category)[1]] == ["old"]
    world.c2.edit_ci(ci, {"Remarques": "newer"})
    world.sync("⇄")
    assert note(world, ci, asset) == ("newer", "newer")
    world.hector.edit_asset(asset, note="old")
    world.sync("⇄")
    assert note(world, ci, asset) == ("old", "old"), "somebody's own word by now"


def undone_until(world: LiveWorld, run: int, error: type[BaseException]) -> None:
    """Undo a run whose process ends at the first write."""
    before = world.surroundings

    def ended(*_: object, **__: object) -> Asset:
        raise error

    hector = type("Ended", (), {"__getattr__": lambda _, name: getattr(before.hector, name), "update_asset": ended})()
    world.surroundings = replace(before, hector=hector)
    try:
        world.undo(run)
    finally:
        world.surroundings = before


def test_an_undo_reads_the_pairs_concerned_alone(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(60)]
    world.sync("→")
    world.c2.edit_ci(cis[7], {"Remarques": "new"})
    run = world.sync("→").run
    report = world.undo(run)
    assert report.as_json()["read"] == {"c2": 1, "hector": 1}
    assert report.as_json()["linked"] == 60


def test_an_undo_of_most_of_a_category_is_not_held(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}") for n in range(25)]
    world.sync("→")
    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    run = world.sync("→", guards="{max_change_percent: null}").run
    report = world.undo(run)
    assert report.status is RunStatus.SUCCEEDED
    assert {asset["note"] for asset in world.hector.assets()} == {None}
    nothing_moves(world)


# -- which runs ----------------------------------------------------------------------------------------------------------


def test_runs_of_which_nothing_can_be_undone_are_refused_in_words(world: LiveWorld) -> None:
    ci, _, _ = noted(world)
    world.c2.edit_ci(ci, {"Remarques": "newer"})
    with pytest.raises(SyncError, match="There is no run 999"):
        world.undo(999)
    with pytest.raises(SyncError, match="was a dry run"):
        world.undo(world.sync("→", dry_run=True).run)
    world.sync("→")
    with pytest.raises(SyncError, match="changed nothing"):
        world.undo(world.sync("→").run)
    under_way = world.store.start_run("daily", full=True, dry_run=False, at=world.surroundings.now())
    with pytest.raises(AnotherRunError, match="still under way"):
        world.undo(under_way)
