"""Records that people delete, or move to another category, while a run is on: what they no longer show was not emptied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from live_world import LiveWorld, live_world
from sqlalchemy import delete, select, update

from syncsvc.state.tables import baselines, links

FIELDS = """
          - {c2: Name, hector: asset.title}
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Prix, hector: subcategory.price}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Remarques, hector: asset.note}
"""


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def move_ci(world: LiveWorld, ci: str) -> None:
    world.c2.move_ci(ci, world.c2.add_category(world.cmdb, "Rebut"))


def move_asset(world: LiveWorld, asset: int) -> None:
    """As no call of the API can do it, a person perhaps: the other category has none of its attributes."""
    record, there = world.hector.asset_records[asset], world.hector.add_category("Scrap")
    record.category_id = there
    record.members["subcategory_id"] = world.hector.add_subcategory(there, None, "840")
    record.attributes.clear()


def before(nth: int, call: Callable[..., Any], do: Callable[[], None]) -> Callable[..., Any]:
    """Let something happen right before a call is made for the nth time."""
    calls = count(1)

    def called(*arguments: Any, **more: Any) -> Any:
        if next(calls) == nth:
            do()
        return call(*arguments, **more)

    return called


@pytest.mark.parametrize("what", ["deleted", "moved"])
def test_a_ci_that_was_just_made_and_is_gone_before_it_is_looked_at_empties_nothing(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A first load makes thousands before it looks at them; the answer to ``CI/Save`` says nothing of names."""
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840", price=900)
    asset = world.add_asset(subcategory, "S1", title="Marie's laptop", note="n")

    def leave() -> None:
        (made,) = world.c2.ci_ids(world.category)
        if what == "deleted":
            world.c2.delete_ci(made)
        else:
            move_ci(world, made)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.c2, "cis_by_id", before(1, world.surroundings.c2.cis_by_id, leave))
        world.sync("⇄", fields=FIELDS)
    assert world.writes() == ["c2 POST Save"]
    for _ in range(2):
        world.sync("⇄", fields=FIELDS)
    assert world.writes() == []
    assert (world.hector.asset(asset)["title"], world.hector.asset(asset)["note"]) == ("Marie's laptop", "n")
    assert world.hector.value(asset, "Serial number") == "S1"


def siblings(world: LiveWorld) -> dict[str, int]:
    """Give two CIs of one model with their assets; the first one's price is changed, which the second is to be told."""
    cis = [world.add_ci(f"PC-{n}", model="840", serial=f"S{n}", price="900", notes="n") for n in range(2)]
    for _ in range(3):
        world.sync("⇄", fields=FIELDS)
    world.c2.edit_ci(cis[0], {"Prix": "800"})
    with world.database.connect() as connection:
        found = {row.ci_id: row.asset_id for row in connection.execute(select(links))}
    return {ci: found[ci] for ci in cis}


@pytest.mark.parametrize("when", ["before the look", "between look and write", "while a write is put off"])
def test_a_ci_that_leaves_before_it_is_written_empties_nothing(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """It is looked at once more because its sibling was given a price; its name, which it has anywhere, is written first."""
    _, (ci, asset) = siblings(world).items()
    world.hector.edit_asset(asset, title="renamed")
    c2 = world.surroundings.c2
    with monkeypatch.context() as patch:
        if when == "before the look":
            patch.setattr(c2, "cis_by_id", before(1, c2.cis_by_id, lambda: move_ci(world, ci)))
        elif when == "between look and write":
            patch.setattr(c2, "update_ci", before(1, c2.update_ci, lambda: move_ci(world, ci)))
        else:
            world.box.faults.once("c2", "CI/UpdateProperty", "rate_limited")
            patch.setattr(c2, "cis_by_id", before(2, c2.cis_by_id, lambda: move_ci(world, ci)))
        world.sync("⇄", fields=FIELDS)
    for _ in range(2):
        assert (world.hector.asset(asset)["title"], world.hector.asset(asset)["note"]) == ("renamed", "n")
        assert world.hector.value(asset, "Serial number") == "S1"
        world.sync("⇄", fields=FIELDS)
        assert [error["kind"] for error in world.errors()] == ["missing"]


@pytest.mark.parametrize("when", ["before the look", "between look and write", "while a write is put off"])
def test_an_asset_that_leaves_before_it_is_written_empties_nothing(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    _, (ci, asset) = siblings(world).items()
    world.c2.edit_ci(ci, {"Remarques": "new"})
    hector = world.surroundings.hector
    with monkeypatch.context() as patch:
        if when == "before the look":
            patch.setattr(hector, "assets_by_id", before(1, hector.assets_by_id, lambda: move_asset(world, asset)))
        elif when == "between look and write":
            patch.setattr(hector, "update_asset", before(1, hector.update_asset, lambda: move_asset(world, asset)))
        else:
            world.box.faults.once("hector", "PATCH /api/v1/assets", "rate_limited")
            patch.setattr(hector, "assets_by_id", before(2, hector.assets_by_id, lambda: move_asset(world, asset)))
        world.sync("⇄", fields=FIELDS)
    for _ in range(2):
        assert (world.c2.ci(ci)["Name"], world.c2.value(ci, "Modèle"), world.c2.value(ci, "Remarques")) == ("PC-1", "840", "new")
        assert world.c2.value(ci, "Numéro de série") == "S1"
        world.sync("⇄", fields=FIELDS)
        assert [error["kind"] for error in world.errors()] == ["missing"]


def test_a_quiet_ci_that_leaves_before_it_is_asked_for_empties_nothing(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older version noted the pair; what it holds where nothing was agreed on is asked for when its sibling changes."""
    _, (ci, asset) = siblings(world).items()
    with world.database.begin() as connection:
        connection.execute(update(links).values(unagreed=None))
        connection.execute(delete(baselines).where(baselines.c.mapping.contains("note")))
    c2 = world.surroundings.c2
    with monkeypatch.context() as patch:
        patch.setattr(c2, "cis_by_id", before(1, c2.cis_by_id, lambda: move_ci(world, ci)))
        world.sync("⇄", fields=FIELDS)
    assert (world.hector.asset(asset)["title"], world.hector.asset(asset)["note"]) == ("PC-1", "n")
    assert world.hector.value(asset, "Serial number") == "S1"
