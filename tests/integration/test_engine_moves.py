"""Assets that come to another subcategory, by hand or through a run, and what becomes of the fields that its CIs share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from live_world import LiveWorld, live_world

from syncsvc.domain.errors import ConversionError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Field, NewSubcategory, Subcategory

PRICED = """
          - {{c2: Modèle, hector: subcategory.model, direction: "{key}"}}
          - {{c2: Numéro de série, hector: asset.attributes.Serial number}}
          - {{c2: Prix, hector: subcategory.price, direction: "{price}"}}
"""


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def prices(world: LiveWorld) -> dict[str, float | None]:
    found = {subcategory["model"]: subcategory["price"] for subcategory in world.hector.subcategories()}
    return {model: None if price is None else float(price) for model, price in found.items()}


def model(world: LiveWorld, name: str, price: float | None = None) -> int:
    return world.hector.add_subcategory(world.hector_category, None, name, price=price)


def test_an_asset_moved_by_hand_does_not_take_its_old_price_along(world: LiveWorld) -> None:
    fields = PRICED.format(key="←", price="→")
    first, second = model(world, "A", 100), model(world, "B", 200)
    ci, asset = world.add_ci(model="A", serial="S1", price="100"), world.add_asset(first, "S1")
    world.sync("⇄", fields=fields)
    world.writes()

    world.hector.edit_asset(asset, subcategory_id=second)
    report = world.sync("⇄", fields=fields)

    assert prices(world) == {"A": 100, "B": 200}
    assert world.c2.value(ci, "Modèle") == "B"
    assert report.status is RunStatus.SUCCEEDED
    assert len(world.writes()) == 1
    world.c2.edit_ci(ci, {"Prix": "210"})
    world.sync("⇄", fields=fields)
    assert prices(world) == {"A": 100, "B": 210}, "what is changed afterwards is carried over"


def test_where_an_asset_was_is_known_though_its_pair_was_never_at_rest(world: LiveWorld) -> None:
    fields = PRICED.format(key="←", price="→") + "          - {c2: Remarques, hector: asset.note}\n"
    first, second = model(world, "A", 100), model(world, "B", 200)
    ci, asset = world.add_ci(model="A", serial="S1", price="100"), world.add_asset(first, "S1")
    world.sync("⇄", fields=fields)
    world.c2.edit_ci(ci, {"Remarques": "from C2"})
    world.hector.edit_asset(asset, note="from Hector")
    assert world.sync("⇄", fields=fields).as_json()["conflicts"] == 1

    world.hector.edit_asset(asset, subcategory_id=second)
    world.sync("⇄", fields=fields)

    assert prices(world) == {"A": 100, "B": 200}


def test_a_dry_run_forgets_nothing_about_a_move_by_hand(world: LiveWorld) -> None:
    fields = PRICED.format(key="←", price="⇄")
    first, second = model(world, "A", 100), model(world, "B", 200)
    ci, asset = world.add_ci(model="A", serial="S1", price="100"), world.add_asset(first, "S1")
    world.sync("⇄", fields=fields)
    world.c2.edit_ci(ci, {"Prix": "110"})
    world.hector.edit_asset(asset, subcategory_id=second)

    for _ in range(2):
        world.sync("⇄", fields=fields, dry_run=True)
    report = world.sync("⇄", fields=fields)

    assert report.as_json()["conflicts"] == 0
    assert prices(world) == {"A": 100, "B": 110}, "the CI's own price was changed too, and goes along"


# -- an empty value in the new subcategory -------------------------------------------------------------------------------


@pytest.fixture
def small(sqlite_url: str) -> Iterator[LiveWorld]:
    with live_world(sqlite_url) as world:
        yield world


def test_an_authority_that_is_empty_after_a_move_wipes_nothing_later(small: LiveWorld) -> None:
    fields = PRICED.format(key="→", price="←")
    first = model(small, "A", 100)
    model(small, "B")
    ci = small.add_ci(model="A", serial="S1")
    small.add_asset(first, "S1")
    small.sync("⇄", fields=fields)
    small.c2.edit_ci(ci, {"Modèle": "B"})
    small.sync("⇄", fields=fields)
    small.c2.edit_ci(ci, {"Prix": "120"})
    small.sync("⇄", fields=fields)
    assert float(small.c2.value(ci, "Prix")) == 120


def test_a_ci_that_was_emptied_before_its_asset_moved_has_no_say_about_the_new_price(small: LiveWorld) -> None:
    fields = PRICED.format(key="→", price="→")
    ci = small.add_ci(model="A", serial="S1", price="100")
    small.sync("→", fields=fields)
    small.c2.edit_ci(ci, {"Prix": ""})
    small.sync("→", fields=fields)
    assert prices(small) == {"A": None}, "emptying is a change like any other"
    other = model(small, "B", 200)
    small.c2.edit_ci(ci, {"Modèle": "B"})
    small.sync("→", fields=fields)
    small.hector.edit_subcategory(other, price=210)
    small.sync("→", fields=fields)
    assert prices(small) == {"A": None, "B": 210}


def test_a_ci_that_is_emptied_as_its_asset_moves_empties_the_new_price(small: LiveWorld) -> None:
    fields = PRICED.format(key="→", price="→")
    ci = small.add_ci(model="A", serial="S1", price="100")
    small.sync("→", fields=fields)
    model(small, "B", 200)
    small.c2.edit_ci(ci, {"Modèle": "B", "Prix": ""})
    small.sync("→", fields=fields)
    assert prices(small) == {"A": 100, "B": None}


@pytest.mark.parametrize("way", ["→", "⇄"])
def test_cis_that_move_to_a_new_model_and_do_not_agree_on_its_price_are_named(small: LiveWorld, way: str) -> None:
    fields = PRICED.format(key=way, price=way)
    cis = [small.add_ci(model=f"A{n}", serial=f"S{n}", price=str(n)) for n in (100, 200)]
    small.sync(way, fields=fields)
    for ci in cis:
        small.c2.edit_ci(ci, {"Modèle": "B"})
    for _ in range(2):
        small.sync(way, fields=fields)
        (error,) = small.errors()
        assert error["kind"] == "disagreement"
        assert "100" in error["message"]
        assert "200" in error["message"]
        assert prices(small)["B"] is None
    small.c2.edit_ci(cis[1], {"Prix": "100"})
    small.sync(way, fields=fields)
    assert prices(small)["B"] == 100


def test_under_both_ways_an_empty_price_stands_until_somebody_changes_one(small: LiveWorld) -> None:
    fields = PRICED.format(key="⇄", price="⇄")
    first, second = model(small, "A", 100), model(small, "B")
    ci, asset = small.add_ci(model="A", serial="S1", price="100"), small.add_asset(first, "S1")
    small.sync("⇄", fields=fields)
    small.hector.edit_asset(asset, subcategory_id=second)
    small.sync("⇄", fields=fields)
    assert prices(small) == {"A": 100, "B": None}, "the price of another model is not pushed onto this one"
    small.hector.edit_subcategory(second, price=210)
    small.sync("⇄", fields=fields)
    assert float(small.c2.value(ci, "Prix")) == 210


# -- keys ----------------------------------------------------------------------------------------------------------------

KEYS = """
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
"""


def test_a_move_leaves_c2s_spelling_of_the_other_key_fields_alone(small: LiveWorld) -> None:
    dell = small.hector.add_subcategory(small.hector_category, "Dell", "Latitude 5420")
    other = small.hector.add_subcategory(small.hector_category, "HP", "LATITUDE  5420")
    ci, asset = small.add_ci(maker="Dell", model="Latitude 5420", serial="S1"), small.add_asset(dell, "S1")
    small.sync("⇄", fields=KEYS)
    small.writes()
    small.c2.edit_ci(ci, {"Fabricant": "hp"})
    for _ in range(2):
        small.sync("⇄", fields=KEYS)
    assert small.hector.asset(asset)["subcategory_id"] == other
    assert (small.c2.value(ci, "Fabricant"), small.c2.value(ci, "Modèle")) == ("hp", "Latitude 5420")
    assert len(small.writes()) == 1


def test_a_subcategory_that_cannot_be_told_to_hector_stops_nobody_else(small: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    create = small.surroundings.hector.create_subcategory

    def refusing(new: NewSubcategory, fields: Sequence[Field]) -> Subcategory:
        if "Acer" in new.values.values():
            raise ConversionError("Hector's “maker” takes no Acer.")
        return create(new, fields)

    for maker in ("Acer", "HP"):
        small.add_ci(maker=maker, model="Z", serial=f"S-{maker}")
    with monkeypatch.context() as patch:
        patch.setattr(small.surroundings.hector, "create_subcategory", refusing)
        report = small.sync("→", fields=KEYS)
    assert report.status is RunStatus.COMPLETED_WITH_ERRORS
    assert "takes no Acer" in str(small.errors())
    assert [s["maker"] for s in small.hector.subcategories()] == ["HP"]
    assert len(small.hector.assets()) == 1
