"""Runs that stand still where a test wants them to: at their next answer from a system, until it lets them go on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli_world import World, cli_world
from service_nights import Listener
from sqlalchemy import Engine
from test_service_year import settings_of

from syncsvc.bootstrap import Watch
from syncsvc.scheduler.service import Given, Service
from syncsvc.settings import Settings
from syncsvc.state import queries
from syncsvc.state.database import open_engine

LONGEST = 60
"""Seconds after which something is wrong."""


class Gate:
    """Given to a run's watch as ``timed``, it is passed after every answer."""

    def __init__(self) -> None:
        self._open, self._reached = threading.Event(), threading.Event()
        self._open.set()

    def __call__(self, *_: object) -> None:
        if not self._open.is_set():
            self._reached.set()
            assert self._open.wait(LONGEST), "nobody let the run go on"

    def close(self) -> None:
        """Hold the next run, or the one that is on."""
        self._reached.clear()
        self._open.clear()

    def wait_for_somebody(self) -> None:
        """Wait until a run stands there."""
        assert self._reached.wait(LONGEST), "no run came here"

    def open(self) -> None:
        """Let it go on."""
        self._open.set()


@dataclass
class House:
    """Two systems, a database, whoever is told, and a gate that runs stand at."""

    world: World
    engine: Engine
    news: Listener = field(default_factory=Listener)
    gate: Gate = field(default_factory=Gate)

    @property
    def settings(self) -> Settings:
        """Give the settings that tie the two systems together."""
        return settings_of(self.world)

    def service(self, **watch: Any) -> Service:
        """Give a service of this house, which nobody has begun yet."""
        return Service(self.settings, self.engine, Given(Watch(**{"timed": self.gate, **watch}), self.news))

    def status(self, number: int) -> str:
        """Give how a run stands in the database."""
        found: str = queries.run(self.engine, number)["status"]
        return found

    def kinds(self) -> list[str]:
        """Give the kinds of the runs on record, newest first."""
        return [run["kind"] for run in queries.runs(self.engine)]


@contextlib.contextmanager
def house_of(directory: Path, database_url: str | None = None) -> Iterator[House]:
    """Give a house, on SQLite unless a database is named; whoever stands at its gate in the end may go on."""
    with cli_world(directory, database_url=database_url) as world:
        engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
        house = House(world, engine)
        try:
            yield house
        finally:
            house.gate.open()
            engine.dispose()
