"""Night after night in one process, real runs on both systems under a fake clock: memory stays flat, nothing is left over."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_world import World, cli_world
from service_nights import Clock, Listener
from sqlalchemy import Engine

from syncsvc.bootstrap import Watch
from syncsvc.scheduler.service import Given, Service
from syncsvc.settings import Settings
from syncsvc.state import queries

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
WARM_UP, NIGHTS = (50, 200) if LONG else (10, 30)
ROOM = 8_000_000
"""Bytes by which a process may grow between two looks: the allocator's own ways, no leak of a run's size."""


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with cli_world(tmp_path, database_url=database_url) as found:
        yield found


def settings_of(world: World) -> Settings:
    own = world.environment
    return Settings.model_validate(
        {
            "c2": {
                "url": own["SYNCSVC_C2__URL"],
                "username": own["SYNCSVC_C2__USERNAME"],
                "password": own["SYNCSVC_C2__PASSWORD"],
            },
            "hector": {"url": own["SYNCSVC_HECTOR__URL"], "token": own["SYNCSVC_HECTOR__TOKEN"]},
            "database_url": own["SYNCSVC_DATABASE_URL"],
            "rules": own["SYNCSVC_RULES"],
            "retention": {"runs": 20, "logs": 5, "changes": 10},
        }
    )


def resident() -> int:
    """Give the memory of this process that is in use, in bytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell a process's memory")
def test_night_after_night_the_service_does_its_work_and_does_not_grow(world: World, engine: Engine) -> None:
    for number in range(100):
        world.add_ci(f"Portable {number}", f"MANY{number}", Remarques="vérifié")
    clock, news = Clock(datetime(2026, 10, 20, 16, tzinfo=UTC)), Listener()
    service = Service(settings_of(world), engine, Given(Watch(now=clock), news))
    sizes, threads, files = [], [], []
    for number in range(NIGHTS):
        due = service.next_due(clock.at)
        assert due is not None
        clock.at = due
        service.night.look()
        service.vigil.look()
        if number == WARM_UP or number == NIGHTS - 1:
            sizes.append(resident())
            threads.append(threading.active_count())
            files.append(len(os.listdir("/proc/self/fd")))  # noqa: PTH208 - the count is at hand
        clock.at += timedelta(minutes=5)

    kept = queries.runs(engine, limit=None)
    assert news.heard == [("run", "succeeded")] * NIGHTS
    assert kept[0]["run"] == NIGHTS
    assert 20 <= len(kept) <= 21
    assert queries.log(engine, kept[-1]["run"]) == []
    assert sizes[1] - sizes[0] < ROOM
    assert threads[1] <= threads[0]
    assert files[1] <= files[0]


def test_rules_that_are_refused_by_the_systems_fail_that_night_and_not_the_service(world: World, engine: Engine) -> None:
    clock, news = Clock(datetime(2026, 10, 20, 16, tzinfo=UTC)), Listener()
    service = Service(settings_of(world), engine, Given(Watch(now=clock), news))
    file = Path(world.environment["SYNCSVC_RULES"])
    good = file.read_text(encoding="utf-8")
    for rules, wanted in ((good.replace("c2: Remarques", "c2: Remarks"), "failed"), (good, "succeeded")):
        file.write_text(rules, encoding="utf-8")
        due = service.next_due(clock.at)
        assert due is not None
        clock.at = due
        service.night.look()
        assert news.heard[-1] == ("run", wanted)
