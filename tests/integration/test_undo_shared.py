"""Undoing what runs did to subcategories and to records that went out of use: what many CIs share, moves, renamings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dated_world import asset_of
from live_world import LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.domain.undone import Reason
from syncsvc.engine.report import RunReport

SHARED = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
          - {c2: Remarques, hector: asset.note}
"""
DIRECTIONS = ("→", "←", "⇄")


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def of_one_model(world: LiveWorld, count: int = 3, direction: str = "⇄") -> list[str]:
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900") for n in range(count)]
    world.sync("⇄", fields=SHARED)
    world.sync(direction, fields=SHARED)
    world.writes()
    return cis


def prices(world: LiveWorld, *cis: str) -> list[float | None]:
    return [None if (price := world.c2.value(ci, "Prix")) is None else float(price) for ci in cis]


def in_hector(world: LiveWorld) -> dict[str, float | None]:
    return {it["model"]: None if it["price"] is None else float(it["price"]) for it in world.hector.subcategories()}


def model_of(world: LiveWorld, ci: str) -> str:
    home = world.hector.asset(asset_of(world, ci))["subcategory_id"]
    return next(it["model"] for it in world.hector.subcategories() if it["id"] == home)


def reasons(report: RunReport) -> list[Reason]:
    return [it.reason for category in report.categories for it in category.kept]


def nothing_moves(world: LiveWorld, *directions: str, **category: str) -> None:
    world.writes()
    for direction in directions or DIRECTIONS:
        report = world.sync(direction, fields=SHARED, **category)
        assert (direction, world.writes(), world.errors()) == (direction, [], [])
        assert report.status is RunStatus.SUCCEEDED


# -- what many share -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", DIRECTIONS)
def test_a_shared_value_comes_back_for_all_who_were_given_it(world: LiveWorld, first: str) -> None:
    cis = of_one_model(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    run = world.sync("⇄", fields=SHARED).run
    assert (prices(world, *cis), in_hector(world)) == ([800] * 3, {"840": 800})
    report = world.undo(run, "⇄", fields=SHARED)
    assert (prices(world, *cis), in_hector(world)) == ([800, 900, 900], {"840": 900})
    assert reasons(report) == []
    nothing_moves(world, first)
    nothing_moves(world)
    world.c2.edit_ci(cis[1], {"Prix": "700"})
    world.sync("⇄", fields=SHARED)
    assert (prices(world, *cis), in_hector(world)) == ([700] * 3, {"840": 700})


def test_a_shared_value_comes_back_under_an_authority_too(world: LiveWorld) -> None:
    cis = of_one_model(world, direction="→")
    for ci in cis:
        world.c2.edit_ci(ci, {"Prix": "800"})
    run = world.sync("→", fields=SHARED).run
    world.undo(run, fields=SHARED)
    assert (prices(world, *cis), in_hector(world)) == ([800] * 3, {"840": 900})
    nothing_moves(world)


def test_a_sibling_whose_change_no_run_has_carried_over_keeps_the_shared_value(world: LiveWorld) -> None:
    cis = of_one_model(world)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    run = world.sync("⇄", fields=SHARED).run
    world.c2.edit_ci(cis[2], {"Prix": "750"})
    report = world.undo(run, "⇄", fields=SHARED)
    kept = {(it.reason, it.change.record.value) for it in report.categories[0].kept}
    assert kept == {(Reason.CHANGED_ACROSS, "subcategory"), (Reason.CHANGED, "ci")}
    world.sync("⇄", fields=SHARED)
    assert in_hector(world) == {"840": 750}


def test_a_ci_that_has_never_known_a_shared_value_wipes_none_afterwards(world: LiveWorld) -> None:
    cis = [world.add_ci(model="840", serial="S0", price="900"), world.add_ci(model="840", serial="S1")]
    world.sync("→", fields=SHARED)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    run = world.sync("→", fields=SHARED).run
    world.undo(run, fields=SHARED)
    assert in_hector(world) == {"840": 900}
    nothing_moves(world, "→")
    world.c2.edit_ci(cis[0], {"Prix": "700"})
    world.sync("→", fields=SHARED)
    assert in_hector(world) == {"840": 700}
    assert prices(world, *cis) == [700, None]


def test_an_orphan_that_shows_up_again_does_not_put_the_value_forward(world: LiveWorld) -> None:
    cis = of_one_model(world, direction="→")
    for ci in cis:
        world.c2.edit_ci(ci, {"Prix": "800"})
    run = world.sync("→", fields=SHARED).run
    elsewhere = world.c2.add_category(world.cmdb, "Remisés")
    world.c2.move_ci(cis[2], elsewhere)
    world.undo(run, fields=SHARED)
    world.c2.move_ci(cis[2], world.category)
    nothing_moves(world)
    assert in_hector(world) == {"840": 900}


# -- moves ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", DIRECTIONS)
def test_an_asset_is_moved_back_and_stays_there(world: LiveWorld, first: str) -> None:
    (ci, *_) = of_one_model(world, 2)
    world.add_ci(model="850", serial="S9", price="1200")
    world.sync("⇄", fields=SHARED)
    world.c2.edit_ci(ci, {"Modèle": "850"})
    run = world.sync("⇄", fields=SHARED).run
    assert (model_of(world, ci), prices(world, ci)) == ("850", [1200])
    report = world.undo(run, "⇄", fields=SHARED)
    assert (model_of(world, ci), prices(world, ci), world.c2.value(ci, "Modèle")) == ("840", [900], "850")
    assert reasons(report) == []
    assert [(it.field, it.before, it.after) for it in report.categories[0].planned[0].fields] == [("Modèle", "850", "840")]
    nothing_moves(world, first)
    nothing_moves(world)
    world.c2.edit_ci(ci, {"Modèle": "850G2"})
    world.sync("⇄", fields=SHARED)
    assert model_of(world, ci) == "850G2"


def test_an_asset_that_was_moved_to_a_subcategory_that_the_run_made_is_moved_back(world: LiveWorld) -> None:
    (ci, *_) = of_one_model(world, 2, "→")
    world.c2.edit_ci(ci, {"Modèle": "999", "Remarques": "new"})
    run = world.sync("→", fields=SHARED).run
    assert model_of(world, ci) == "999"
    world.writes()
    report = world.undo(run, fields=SHARED)
    assert model_of(world, ci) == "840"
    assert world.hector.asset(asset_of(world, ci))["note"] is None
    assert reasons(report) == [Reason.CREATED], "the subcategory stays"
    assert world.writes() == [f"hector PATCH {asset_of(world, ci)}"], "with one call"
    nothing_moves(world)
    again = world.undo(report.run, fields=SHARED)
    assert (model_of(world, ci), reasons(again)) == ("999", [])
    nothing_moves(world)


def test_an_asset_is_moved_back_from_a_subcategory_that_spells_its_key_otherwise(world: LiveWorld) -> None:
    (ci, *_) = of_one_model(world, 2, "→")
    world.add_ci(model="EliteBook 850", serial="S9")
    world.sync("→", fields=SHARED)
    world.c2.edit_ci(ci, {"Modèle": "elitebook  850"})
    run = world.sync("→", fields=SHARED).run
    assert model_of(world, ci) == "EliteBook 850"
    assert reasons(world.undo(run, fields=SHARED)) == []
    assert model_of(world, ci) == "840"
    nothing_moves(world)


def test_a_key_field_that_no_rule_carries_does_not_keep_an_asset_from_being_moved_back(world: LiveWorld) -> None:
    fields = SHARED + "          - {c2: Fabricant, hector: subcategory.maker, direction: none}\n"
    subcategories = [world.hector.add_subcategory(world.hector_category, *name) for name in (("HP", "840"), ("Dell", "850"))]
    ci = world.add_ci(model="840", serial="S1")
    world.add_asset(subcategories[0], "S1")
    world.sync("⇄", fields=fields)
    world.c2.edit_ci(ci, {"Modèle": "850"})
    run = world.sync("⇄", fields=fields).run
    assert model_of(world, ci) == "850"
    assert reasons(world.undo(run, "⇄", fields=fields)) == []
    assert model_of(world, ci) == "840"
    nothing_moves(world, "⇄")


@pytest.mark.parametrize("what", ["asset moved on", "old one renamed", "new one renamed", "old one gone"])
def test_an_asset_stays_where_a_move_back_would_not_bring_back_what_was(world: LiveWorld, what: str) -> None:
    (ci, *others) = of_one_model(world, 2, "→")
    (old,) = (it["id"] for it in world.hector.subcategories())
    for each in (ci, *others):
        world.c2.edit_ci(each, {"Modèle": "999"})
    run = world.sync("→", fields=SHARED).run
    new = world.hector.asset(asset_of(world, ci))["subcategory_id"]
    match what:
        case "asset moved on":
            other = world.hector.add_subcategory(world.hector_category, None, "other")
            world.hector.edit_asset(asset_of(world, ci), subcategory_id=other)
            world.hector.edit_asset(asset_of(world, others[0]), subcategory_id=other)
        case "old one renamed":
            world.hector.edit_subcategory(old, model="renamed")
        case "new one renamed":
            world.hector.edit_subcategory(new, model="renamed")
        case "old one gone":
            world.hector.delete_subcategory(old)
    before = world.hector.asset(asset_of(world, ci))["subcategory_id"]
    report = world.undo(run, fields=SHARED)
    assert world.hector.asset(asset_of(world, ci))["subcategory_id"] == before
    expected = Reason.GONE if what == "old one gone" else Reason.CHANGED
    assert [reason for reason in reasons(report) if reason is not Reason.CREATED] == [expected] * 2


# -- renamings -----------------------------------------------------------------------------------------------------------


def renamed_back(world: LiveWorld) -> tuple[list[str], int]:
    """Have somebody rename a subcategory in Hector, and a run under → rename it back."""
    cis = of_one_model(world, 2, "→")
    (subcategory,) = (it["id"] for it in world.hector.subcategories())
    world.hector.edit_subcategory(subcategory, model="EliteBook 840")
    run = world.sync("→", fields=SHARED).run
    assert set(in_hector(world)) == {"840"}
    return cis, run


def test_a_renaming_back_is_undone_for_all_and_stays_so(world: LiveWorld) -> None:
    cis, run = renamed_back(world)
    report = world.undo(run, fields=SHARED)
    assert (set(in_hector(world)), reasons(report)) == ({"EliteBook 840"}, [])
    assert [change.action for change in report.categories[0].planned] == ["rename"]
    nothing_moves(world)
    assert {world.c2.value(ci, "Modèle") for ci in cis} == {"840"}


def test_a_subcategory_is_not_given_a_name_that_another_has_by_now(world: LiveWorld) -> None:
    _, run = renamed_back(world)
    world.hector.add_subcategory(world.hector_category, None, "elitebook  840")
    report = world.undo(run, fields=SHARED)
    assert reasons(report) == [Reason.NAME_TAKEN]
    assert sorted(in_hector(world)) == ["840", "elitebook  840"]


# -- out of use ----------------------------------------------------------------------------------------------------------


def test_an_asset_that_was_retired_is_taken_back_and_stays_so(world: LiveWorld) -> None:
    (ci,) = of_one_model(world, 1)
    world.c2.edit_ci(ci, {"IsActive": False})
    ways = {"when_ci_inactive": "retire", "when_asset_retired": "deactivate"}
    run = world.sync("⇄", fields=SHARED, **ways).run
    assert world.hector.asset(asset_of(world, ci))["status"] == "retired"
    report = world.undo(run, "⇄", fields=SHARED, **ways)
    assert [change.action for change in report.categories[0].planned] == ["activate"]
    assert world.hector.asset(asset_of(world, ci))["status"] == "active"
    for _ in range(2):
        nothing_moves(world, "⇄", **ways)
    assert world.c2.ci(ci)["IsActive"] is False
    again = world.undo(report.run, "⇄", fields=SHARED, **ways)
    assert (world.hector.asset(asset_of(world, ci))["status"], reasons(again)) == ("retired", [])
    nothing_moves(world, "⇄", **ways)


def test_a_ci_that_was_deactivated_comes_back_and_stays_so(world: LiveWorld) -> None:
    (ci,) = of_one_model(world, 1)
    ways = {"when_ci_inactive": "retire", "when_asset_retired": "deactivate"}
    world.hector.edit_asset(asset_of(world, ci), status="retired")
    run = world.sync("⇄", fields=SHARED, **ways).run
    assert world.c2.ci(ci)["IsActive"] is False
    world.undo(run, "⇄", fields=SHARED, **ways)
    assert world.c2.ci(ci)["IsActive"] is True
    nothing_moves(world, "⇄", **ways)
    assert world.hector.asset(asset_of(world, ci))["status"] == "retired"


def test_a_counterpart_that_came_back_since_is_carried_over_by_the_next_run(world: LiveWorld) -> None:
    (ci,) = of_one_model(world, 1)
    world.c2.edit_ci(ci, {"IsActive": False})
    run = world.sync("→", fields=SHARED, when_ci_inactive="retire").run
    world.c2.edit_ci(ci, {"IsActive": True})
    report = world.undo(run, fields=SHARED, when_ci_inactive="retire")
    assert reasons(report) == [Reason.CHANGED_ACROSS]
    world.sync("→", fields=SHARED, when_ci_inactive="retire")
    assert world.hector.asset(asset_of(world, ci))["status"] == "active"
