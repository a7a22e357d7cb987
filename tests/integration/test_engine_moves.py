"""Assets that come to another subcategory, by hand or through a run, and what becomes of the fields that its CIs share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_world import LiveWorld, live_world

from syncsvc.domain.plan import RunStatus

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
