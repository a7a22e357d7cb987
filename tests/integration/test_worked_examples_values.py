"""The worked examples about fields, subcategories, conflicts and guards: each is run as it is told, and none goes without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import test_worked_examples_records
from dated_world import Clock, asset_of, dated_world, note, pair
from live_world import LiveWorld
from worked import SHARED, examples, kinds, of_one_model, price, prices, shown, shows

from syncsvc.domain.plan import Action, RunStatus, Why
from syncsvc.domain.records import Side
from syncsvc.engine.request import RunRequest
from syncsvc.state import queries

TESTS = Path(__file__).parent.parent
ELSEWHERE = {
    "A number field of C2 says `123`": "scenarios/plans/match-a-number-and-the-text-of-it.yaml",
    "A CI's number came from C2 in a form": "scenarios/plans/match-an-unreadable-value-makes-nobody.yaml",
    "Under `newest` the asset's last change was": "scenarios/plans/newest-our-own-write-is-no-change.yaml",
    "A field that the other side requires is emptied": "scenarios/plans/right-a-required-field-is-not-emptied.yaml",
    "Before the next run could find A0031": "integration/test_engine_lost_creations.py",
    "A run is about to write C2's note": "integration/test_engine_meanwhile.py",
    "An automation of Hector's puts *old* back": "integration/test_engine_lossy.py",
    "While Hector's second page is read": "integration/test_engine_bad_days.py",
    "The CIs of *Laptops* are moved to *Tablets*": "integration/test_engine_categories.py",
    "The asset of CI 00000012 is gone from Hector. Weeks later": "integration/test_reused_ids.py",
}
"""Examples that are run among tests of their own kind."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(sqlite_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(sqlite_url, clock) as world:
        yield world


def test_every_example_is_run() -> None:
    found = examples()
    assert len(found) > 30
    untold = [example for example in found if not example.startswith((*shown, *ELSEWHERE))]
    assert untold == []
    gone = [beginning for beginning in (*shown, *ELSEWHERE) if not any(it.startswith(beginning) for it in found)]
    assert gone == []
    assert all((TESTS / where).exists() for where in ELSEWHERE.values())


# -- which way values go ---------------------------------------------------------------------------------------------------


@shows("*Printers* is `→`.")
def test_a_serial_that_was_corrected_in_hector_is_put_back(world: LiveWorld) -> None:
    ci, asset = pair(world, "SN-1")
    world.hector.edit_asset(asset, attributes={"Serial number": "SN-9"})
    (change,) = world.sync("→", dry_run=True).categories[0].planned
    assert [field.why for field in change.fields] == [Why.PUT_BACK]
    world.sync("→")
    assert (world.c2.value(ci, "Numéro de série"), world.hector.value(asset, "Serial number")) == ("SN-1", "SN-1")


@shows("*Laptops* is `⇄`, its serial number says `→`")
def test_each_field_of_a_category_that_goes_both_ways_goes_its_own(world: LiveWorld) -> None:
    fields = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number, direction: →}
          - {c2: Utilisateur, hector: asset.attributes.User}
          - {c2: Remarques, hector: asset.note}
          - {c2: Étiquette, hector: asset.asset_tag, direction: ←}
"""
    world.c2.add_field(world.category, "Étiquette")
    ci = world.add_ci(model="840", serial="SN-1", notes="old")
    world.sync("⇄", fields=fields)
    asset = asset_of(world, ci)
    tag = world.hector.asset(asset)["asset_tag"]
    assert world.c2.value(ci, "Étiquette") == tag
    world.hector.edit_asset(asset, attributes={"Serial number": "SN-9", "User": "Marie Tremblay"})
    world.c2.edit_ci(ci, {"Étiquette": "mine", "Remarques": "new"})
    world.sync("⇄", fields=fields)
    assert (world.hector.value(asset, "Serial number"), world.c2.value(ci, "Étiquette")) == ("SN-1", tag)
    assert (world.hector.asset(asset)["note"], world.c2.value(ci, "Utilisateur")) == ("new", world.marie)


# -- subcategories ---------------------------------------------------------------------------------------------------------


@shows("Forty CIs say", "A CI's model is corrected from `840` to `850`.", "Somebody renames `HP 840` to `HP 840 old`")
def test_one_subcategory_for_all_spellings_a_move_for_one_ci_and_one_call_back(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="EliteBook 840", serial=f"SN-{n}") for n in range(40)]
    cis += [world.add_ci(maker="hp", model="elitebook  840", serial=f"SN-{n}") for n in range(40, 43)]
    world.sync("→")
    assert (len(world.hector.subcategories()), len(world.hector.assets())) == (1, 43)
    subcategory = world.hector.subcategories()[0]["id"]
    world.writes()

    world.c2.edit_ci(cis[0], {"Modèle": "EliteBook 850"})
    (_, moved) = world.sync("→", dry_run=True).categories[0].planned
    assert moved.action is Action.MOVE
    world.sync("→")
    assert sorted(it["model"] for it in world.hector.subcategories()) == ["EliteBook 840", "EliteBook 850"]
    world.writes()

    world.hector.edit_subcategory(subcategory, model="840 old")
    assert world.sync("→").status is RunStatus.HELD  # 42 of 43
    world.sync("→", guards="{max_change_percent: null}")
    assert world.hector.subcategory(subcategory)["model"] == "EliteBook 840"
    assert world.writes() == [f"hector PATCH {subcategory}"]


@shows("Both sides changed a CI's maker, and C2 its model as well.")
@pytest.mark.parametrize("where", ["c2", "hector"])
def test_half_a_key_in_conflict_moves_nothing_and_hectors_model_reaches_the_ci(world: LiveWorld, where: str) -> None:
    ci, asset = pair(world)
    subcategory = world.hector.asset(asset)["subcategory_id"]
    world.c2.edit_ci(ci, {"Fabricant": "Dell"} | ({"Modèle": "850"} if where == "c2" else {}))
    world.hector.edit_subcategory(subcategory, maker="Lenovo", **({"model": "X1"} if where == "hector" else {}))
    world.sync("⇄")
    assert world.hector.asset(asset)["subcategory_id"] == subcategory
    assert [it["field"] for it in queries.conflicts(world.database)] == ["Fabricant"]
    assert world.hector.subcategory(subcategory)["model"] == ("840" if where == "c2" else "X1")
    assert world.c2.value(ci, "Modèle") == ("850" if where == "c2" else "X1")


@shows("Under `←`, somebody renames `HP 840` to `HP 840 G2`")
def test_a_subcategory_that_is_renamed_renames_the_model_of_all_its_cis(world: LiveWorld) -> None:
    cis = of_one_model(world, 12, way="←")
    world.hector.edit_subcategory(world.hector.subcategories()[0]["id"], model="840 G2")
    world.sync("←", fields=SHARED)
    assert {world.c2.value(ci, "Modèle") for ci in cis} == {"840 G2"}


@shows("Under `→`, all twelve CIs of `HP 840` say 900 $.")
@pytest.mark.parametrize(("first", "written"), [("900", 900), ("850", None), (None, 900)])
def test_a_shared_price_is_written_when_all_who_know_one_agree(world: LiveWorld, first: str | None, written: int | None) -> None:
    for n in range(12):
        world.add_ci(model="840", serial=f"SN-{n}", price="900" if n else first)
    subcategory = world.hector.add_subcategory(world.hector_category, None, "840")
    for n in range(12):
        world.add_asset(subcategory, f"SN-{n}")
    world.sync("→", fields=SHARED)
    assert price(world) == written
    assert len(world.writes()) == (0 if written is None else 1)
    assert kinds(world) == ([] if written else ["disagreement"])


@shows("Under `⇄`, one CI of `HP 840` is changed to 850 $. The same plan")
@pytest.mark.parametrize("refused", [False, True])
def test_the_eleven_others_get_what_hector_answers(world: LiveWorld, *, refused: bool) -> None:
    cis = of_one_model(world, 12)
    world.c2.edit_ci(cis[0], {"Prix": "850"})
    if refused:
        world.box.faults.once("hector", "PATCH /api/v1/subcategories", "refused")
    report = world.sync("⇄", fields=SHARED)
    assert len(report.categories[0].planned) == 12
    assert prices(world) == ([850] + [900] * 11 if refused else [850] * 12)


@shows("Under `⇄`, one CI of `HP 840` is changed to 850 $, and the same plan makes")
def test_a_new_ci_whose_price_would_win_must_agree_first(world: LiveWorld) -> None:
    cis = of_one_model(world, 3)
    world.c2.edit_ci(cis[0], {"Prix": "850"})
    world.add_ci(model="840", serial="new", price="880")
    world.sync("⇄", fields=SHARED, on_conflict="c2")
    assert price(world) == 900
    (error,) = world.errors()
    assert error["message"].endswith("do not agree on it: CI 00000001: 850; CI 00000004: 880.")


@shows("Under `⇄`, one CI of `HP 840` is changed from 900 $ to 850 $ and somebody empties")
def test_a_new_ci_does_not_decide_a_conflict_of_others(world: LiveWorld) -> None:
    cis = of_one_model(world, 3)
    world.c2.edit_ci(cis[0], {"Prix": "850"})
    world.hector.edit_subcategory(world.hector.subcategories()[0]["id"], price=None)
    world.add_ci(model="840", serial="new", price="900")
    world.sync("⇄", fields=SHARED)
    assert price(world) is None
    assert prices(world) == [850, None, None, 900]
    assert kinds(world) == ["disagreement"]
    assert len(queries.conflicts(world.database)) == 1


@shows("An asset moves to `HP 850`, whose price is 1200 $.")
@pytest.mark.parametrize("moved_by", ["a run", "a person"])
@pytest.mark.parametrize("own_change", [False, True])
def test_the_price_of_the_new_subcategory_stands(world: LiveWorld, moved_by: str, *, own_change: bool) -> None:
    ci, *_ = of_one_model(world, 2, way="→")
    dearer = world.hector.add_subcategory(world.hector_category, None, "850", price=1200)
    world.c2.edit_ci(ci, {"Modèle": "850"} | ({"Prix": "1300"} if own_change else {}))
    if moved_by == "a person":
        world.hector.edit_asset(asset_of(world, ci), subcategory_id=dearer)
    for _ in range(2):
        world.sync("→", fields=SHARED)
    assert world.hector.asset(asset_of(world, ci))["subcategory_id"] == dearer
    assert (price(world, "850"), price(world, "840")) == (1300 if own_change else 1200, 900)


# -- fields and conflicts --------------------------------------------------------------------------------------------------


@shows("A price of `12.345` goes to Hector")
def test_a_rounded_price_is_in_order_every_night(world: LiveWorld) -> None:
    world.c2.add_field(world.category, "Marge", kind=1, decimals=3)
    fields = SHARED.replace("{c2: Prix, hector: subcategory.price}", "{c2: Marge, hector: asset.attributes.Price}")
    ci = world.c2.add_ci(world.category, "one", {"Modèle": "840", "Numéro de série": "SN-1", "Marge": "12.345"})
    world.sync("⇄", fields=fields)
    assert float(world.hector.value(asset_of(world, ci), "Price")) == 12.35
    world.writes()
    for _ in range(2):
        world.sync("⇄", fields=fields)
    assert world.writes() == []
    assert float(world.c2.value(ci, "Marge")) == 12.345


@shows("The note of CI 00000012 says *lent to Marie*", "Before that run somebody changes the note in C2 once more.")
@pytest.mark.parametrize("once_more", [False, True])
def test_a_settlement_is_about_the_two_values_that_were_seen(world: LiveWorld, clock: Clock, *, once_more: bool) -> None:
    ci, asset = pair(world)
    world.c2.edit_ci(ci, {"Remarques": "lent to Marie"})
    world.hector.edit_asset(asset, note="screen broken")
    world.sync("⇄")
    (conflict,) = queries.conflicts(world.database)
    world.store.settle_conflict(conflict["id"], Side.HECTOR, clock())
    if once_more:
        world.c2.edit_ci(ci, {"Remarques": "lent to Jean"})
    world.sync("⇄")
    assert note(world, ci, asset) == ("lent to Jean" if once_more else "screen broken", "screen broken")
    assert [it["status"] for it in queries.conflicts(world.database)] == (["open"] if once_more else [])


@shows("Under `→` the CI has no note, the asset has one")
def test_what_c2_never_knew_wipes_nothing_and_what_it_empties_is_emptied(world: LiveWorld) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="SN-1")
    asset = world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "SN-1", note="theirs")
    held = []
    for written in (None, "ours", ""):
        if written is not None:
            world.c2.edit_ci(ci, {"Remarques": written})
        world.sync("→")
        held.append(world.hector.asset(asset)["note"])
    assert held == ["theirs", "ours", None]


@shows("An import job sets an asset's note back every evening.")
def test_a_note_that_is_set_back_every_evening_is_left_alone_on_the_fourth(world: LiveWorld, clock: Clock) -> None:
    ci, asset = pair(world, notes="ours")
    told = []
    for _ in range(5):
        clock.go_on(days=1)
        world.hector.edit_asset(asset, note="import")
        world.sync("→")
        told.append((len(world.writes()), kinds(world)))
    assert told == [(1, [])] * 3 + [(0, ["not_converging"]), (0, [])]
    world.c2.edit_ci(ci, {"Remarques": "new"})
    world.sync("→")
    assert world.hector.asset(asset)["note"] == "new"


# -- before and while writing ----------------------------------------------------------------------------------------------


@shows("Somebody imports a spreadsheet into C2 with an empty")
def test_a_column_that_was_emptied_by_mistake_holds_its_category(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"SN-{n}", notes="kept") for n in range(21)]
    world.sync("→")
    for ci in cis[:20]:
        world.c2.edit_ci(ci, {"Remarques": ""})
    world.writes()
    report = world.sync("→", guards="{max_change_percent: null}")
    assert report.status is RunStatus.HELD
    assert "“asset.note” would be emptied in 20 of 21 records of Hector" in report.categories[0].held[0]
    assert world.writes() == []


@shows("The answer to the creation of an asset for CI 00000012 was lost")
def test_what_may_be_the_lost_asset_is_named_and_linking_and_parting_it_makes_another(world: LiveWorld, clock: Clock) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="SN-1", notes="ours")
    world.box.faults.once("hector", "POST /api/v1/assets", "reset", when="after")
    world.sync("→", match_on="none")
    (asset,) = world.hector.assets()
    world.hector.edit_asset(asset["id"], note="theirs")
    for _ in range(2):
        world.sync("→", match_on="none")
        (error,) = world.errors()
        assert error["kind"] == "ambiguous"
        assert "CI 00000001" in error["message"]
        assert "A00001" in error["message"]
    by_hand = test_worked_examples_records.by_hand(world, ci, asset["id"])
    (link,) = world.store.add_links(None, world.pair(), [by_hand], clock())
    world.store.part(link, clock())
    world.sync("→", match_on="none")
    assert len(world.hector.assets()) == 2


@shows("Run 31 was held because 180 of 300 assets would be written.")
def test_what_was_edited_since_the_review_is_left_to_the_next_run(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"SN-{n}", notes="old") for n in range(30)]
    world.sync("→")
    for ci in cis[:18]:
        world.c2.edit_ci(ci, {"Remarques": "new"})
    held = world.sync("→")
    assert held.status is RunStatus.HELD
    for ci in cis[:2]:
        world.c2.edit_ci(ci, {"Remarques": "newer"})
    world.writes()
    world.sync("→", request=RunRequest(kind="approval", approve=held.run))
    assert len(world.writes()) == 16
    world.sync("→")
    assert len(world.writes()) == 2
