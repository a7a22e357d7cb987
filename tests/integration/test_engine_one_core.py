"""The threads of a run share one core, and nothing else is kept there."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from dated_world import Clock, dated_world
from live_world import LiveWorld

from syncsvc.engine.one_core import on_one_core

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a thread be kept on a core")


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with dated_world(database_url, Clock()) as world:
        yield world


def cores() -> set[int]:
    return os.sched_getaffinity(threading.get_native_id())


def test_every_write_of_a_run_is_asked_for_on_the_same_core(world: LiveWorld) -> None:
    seen: list[tuple[str, set[int]]] = []
    world.surroundings = replace(
        world.surroundings, glance_at_lock=lambda: seen.append((threading.current_thread().name, cores()))
    )
    before = cores()
    for number in range(20):
        world.add_ci(**{"Numéro de série": f"SN{number}", "Fabricant": "Dell", "Modèle": "5420"})
    world.sync("→")
    in_pool = [where for name, where in seen if name.startswith("sync")]
    assert len(in_pool) >= 20
    assert all(len(where) == 1 for where in in_pool)
    assert len(set.union(*in_pool)) == 1
    assert cores() == before


def test_a_thread_that_was_there_before_moves_as_it_likes() -> None:
    begin, seen = threading.Event(), []
    other = threading.Thread(target=lambda: (begin.wait(), seen.append(cores())))
    other.start()
    before = cores()
    with on_one_core():
        assert len(cores()) == 1
        assert cores() <= before
        begin.set()
        other.join()
    assert seen == [before]


def test_what_goes_wrong_inside_lets_the_thread_go_too() -> None:
    before = cores()
    with pytest.raises(ZeroDivisionError), on_one_core():
        raise ZeroDivisionError
    assert cores() == before
