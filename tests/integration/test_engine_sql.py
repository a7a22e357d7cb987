"""How often runs ask the database: as often for many records as for few, whatever the run has to find out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_world import LiveWorld, live_world
from sqlalchemy import event

FEW, MANY = 3, 60


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def executed(world: LiveWorld, direction: str = "→", **category: str) -> list[str]:
    """Run once and give the SQL statements."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(world.database, "before_cursor_execute", note)
    world.sync(direction, **category)
    event.remove(world.database, "before_cursor_execute", note)
    return found


def statements(world: LiveWorld, direction: str = "→", **category: str) -> int:
    """Run once and give the number of SQL statements."""
    return len(executed(world, direction, **category))


def grow(world: LiveWorld, to: int) -> None:
    """Let there be so many pairs, all linked, in order, and known to be so."""
    for n in range(len(world.c2.ci_ids()), to):
        world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="vu")
    for _ in range(3):
        world.sync("→")
    world.writes()


def test_a_quiet_run(world: LiveWorld) -> None:
    grow(world, FEW)
    few = statements(world)
    grow(world, MANY)
    assert statements(world) == few
    assert world.writes() == []


def test_a_quiet_run_does_not_ask_what_the_pairs_hold(world: LiveWorld) -> None:
    """No price was ever agreed on, for one; whoever is woken is asked about."""
    grow(world, FEW)
    assert [statement for statement in executed(world) if "baselines" in statement or "unagreed" in statement] == []
    world.c2.edit_ci(world.c2.ci_ids()[0], {"Remarques": "revu"})
    assert [statement for statement in executed(world) if "SELECT" in statement and "unagreed" in statement] != []


def test_a_run_that_compares_every_pair_value_by_value(world: LiveWorld) -> None:
    """The rules have changed, so that nothing known of the pairs counts, and nothing is to be written."""
    grow(world, FEW)
    few = statements(world, when_ci_inactive="retire")
    grow(world, MANY)
    assert statements(world, when_ci_inactive="retire") == few
    assert world.writes() == []


def test_a_run_that_finds_pairs_and_links_them(world: LiveWorld) -> None:
    laptop = world.hector.add_subcategory(world.hector_category, "HP", "840")

    def meet(first: int, last: int) -> int:
        for n in range(first, last):
            world.add_ci(maker="HP", model="840", serial=f"S{n}")
            world.add_asset(laptop, f"S{n}")
        return statements(world)

    meet(0, FEW)
    meet(FEW, 2 * FEW)  # from now on there are quiet ones, whose keys are asked for
    few = meet(2 * FEW, 3 * FEW)
    many = meet(3 * FEW, 3 * FEW + MANY)
    assert many <= few + 2  # one for rows that go in wide ones; and when each pair was seen is said in one statement, or by two
    assert len(world.store.links_of(world.category)) == 3 * FEW + MANY
    assert world.writes() == []


def test_creations_are_asked_for_and_stored_many_at_a_time(world: LiveWorld) -> None:
    """How many answers come at the same time is chance: at the worst, each is stored by itself, with so many statements."""
    grow(world, FEW)
    for n in range(MANY):
        world.add_ci(maker="HP", model="840", serial=f"N{n}")
    quiet = statements(world, create="none")
    assert statements(world) - quiet < 12 * MANY
    assert len(world.hector.assets()) == FEW + MANY
