"""Both systems and the engine with one clock, and pairs that stand in order in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from live_world import LiveWorld, live_world
from sqlalchemy import select

from syncsvc.domain.plan import RunStatus
from syncsvc.state.tables import links

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)


class Clock:
    """The time that both systems and the engine tell."""

    def __init__(self) -> None:
        self.time = MONDAY

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **by: float) -> None:
        """Let time pass."""
        self.time += timedelta(**by)


@contextmanager
def dated_world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        world.c2.now, world.hector.now = clock, clock
        world.surroundings = replace(world.surroundings, now=clock)
        yield world


def pair(world: LiveWorld, serial: str = "S1", **values: str) -> tuple[str, int]:
    """Add a CI, let the sync make its asset, and give both."""
    ci = world.add_ci(**({"maker": "HP", "model": "840", "serial": serial} | values))
    world.sync("⇄")
    world.writes()
    return ci, asset_of(world, ci)


def asset_of(world: LiveWorld, ci: str) -> int:
    with world.database.connect() as connection:
        found = connection.scalar(select(links.c.asset_id).where(links.c.ci_id == ci))
    assert found is not None
    return found


def note(world: LiveWorld, ci: str, asset: int) -> tuple[object, object]:
    return world.c2.value(ci, "Remarques"), world.hector.asset(asset)["note"]


def in_conflict(world: LiveWorld) -> tuple[str, int]:
    """Have both sides of a pair's notes changed, which a run lists."""
    ci, asset = pair(world, notes="agreed")
    world.c2.edit_ci(ci, {"Remarques": "from C2"})
    world.hector.edit_asset(asset, note="from Hector")
    report = world.sync("⇄")
    assert report.as_json()["conflicts"] == 1
    assert report.status is RunStatus.COMPLETED_WITH_ERRORS
    assert report.exit_code() == 1
    return ci, asset
