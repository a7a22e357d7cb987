"""An undo killed at every write and every commit: nothing of it is taken for anybody's edit, and nothing is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from killer import KilledError, Killer
from live_world import LiveWorld, live_world
from sqlalchemy import event

from syncsvc.domain.plan import RunStatus
from syncsvc.state import queries

FIELDS = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
          - {c2: Fabricant, hector: asset.attributes.User}
          - {c2: Remarques, hector: asset.note}
"""
WAYS = {"fields": FIELDS, "when_ci_inactive": "retire", "when_asset_retired": "deactivate"}
LEFT_OUT = {"→": "when_asset_retired", "←": "when_ci_inactive", "⇄": ""}
"""What the rules may not say in a direction."""
SPARSE = {"before effect": 3, "after effect": 1, "commit": 2}
"""Every how manieth point is tried, unless there is plenty of time."""
EFFECTS = {"update_asset", "update_subcategory", "update_ci", "set_active"}


class Mortal:
    """A client whose process may be killed right before and right after a write."""

    def __init__(self, client: Any, killer: Killer) -> None:
        self._client, self._killer = client, killer

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in EFFECTS:
            return found

        def write(*arguments: Any, **named: Any) -> Any:
            self._killer.passes("before effect")
            answer = found(*arguments, **named)
            self._killer.passes("after effect")
            return answer

        return write


@contextmanager
def mortal(world: LiveWorld, killer: Killer) -> Iterator[None]:
    before = world.surroundings
    world.surroundings = replace(before, c2=Mortal(before.c2, killer), hector=Mortal(before.hector, killer))

    def commit(_connection: object) -> None:
        killer.passes("commit")

    event.listen(world.database, "commit", commit)
    try:
        yield
    finally:
        event.remove(world.database, "commit", commit)
        world.surroundings = before


def prepare(world: LiveWorld) -> int:
    """Have a run write a bit of everything on both sides: values, a shared one, a move, one out of use; gives its number."""
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900", notes="old", maker="Anne") for n in range(3)]
    world.add_ci(model="850", serial="S9", price="800")
    world.sync("⇄", **WAYS)
    world.c2.edit_ci(cis[0], {"Remarques": "new", "Prix": "1000"})
    world.c2.edit_ci(cis[1], {"Modèle": "850"})
    world.c2.edit_ci(cis[2], {"IsActive": False})
    asset = next(asset["id"] for asset in world.hector.assets() if world.hector.value(asset["id"], "Serial number") == "S0")
    world.hector.edit_asset(asset, attributes={"User": "Benoît"})
    world.sync("⇄", **WAYS)
    return world.store.written_by(2)[0].run


def state(world: LiveWorld) -> list[Any]:
    """Everything that both sides hold of what the rules tie."""
    subcategories = {it["id"]: (it["model"], it["price"]) for it in world.hector.subcategories()}
    names = ("Modèle", "Prix", "Remarques", "Fabricant", "Numéro de série")
    cis = [[*(world.c2.value(ci, name) for name in names), world.c2.ci(ci)["IsActive"]] for ci in world.c2.cis]
    attributes = ("Serial number", "User")
    assets = [
        [it["note"], it["status"], subcategories[it["subcategory_id"]], *(world.hector.value(it["id"], a) for a in attributes)]
        for it in world.hector.assets()
    ]
    return [sorted(cis, key=str), sorted(assets, key=str)]


@pytest.fixture
def make_world(sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], LiveWorld]:
    def make() -> LiveWorld:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        shutil.copyfile(sqlite_template, file)
        context = live_world(f"sqlite:///{file}")
        request.addfinalizer(lambda: context.__exit__(None, None, None))
        return context.__enter__()

    return make


@pytest.mark.parametrize("next_direction", ["→", "←", "⇄"])
@pytest.mark.parametrize("point", ["before effect", "after effect", "commit"])
def test_a_kill_at_any_point_of_an_undo_loses_nothing(
    make_world: Callable[[], LiveWorld], point: str, next_direction: str
) -> None:
    ways = {key: value for key, value in WAYS.items() if key != LEFT_OUT[next_direction]}
    world = make_world()
    run = prepare(world)
    written, killer = state(world), Killer()
    with mortal(world, killer):
        assert world.undo(run, "⇄", **WAYS).status is RunStatus.SUCCEEDED
    undone = state(world)
    assert undone != written
    assert killer.met["after effect"] == 7
    for number in range(1, killer.met[point] + 1, 1 if "EVERY_POINT" in os.environ else SPARSE[point]):
        world = make_world()
        run = prepare(world)
        # How many commits there are depends on what comes back at the same time: the last points may not be met.
        with mortal(world, Killer(point, number)), suppress(KilledError):
            world.undo(run, "⇄", **WAYS)
            assert point == "commit"
        half = state(world)
        world.store.interrupt_dead_runs(world.surroundings.now())
        for _ in range(2):
            world.writes()
            report = world.sync(next_direction, **ways)
            assert (number, state(world), world.writes()) == (number, half, []), "no part of it was anybody's edit"
            assert (report.status, world.errors()) == (RunStatus.SUCCEEDED, [])
        assert world.undo(run, "⇄", **WAYS).status is RunStatus.SUCCEEDED
        assert (number, state(world)) == (number, undone), "the rest is put back by undoing once more"
        world.writes()
        world.sync(next_direction, **ways)
        assert world.writes() == []
        assert queries.conflicts(world.database) == []
