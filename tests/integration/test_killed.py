"""The program killed with SIGKILL, right before and right after it changes something: the next runs end as if it had not been."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world, ended

from syncsvc.sandbox.exchange import Answer, Api, Call

QUICK = {"SYNCSVC_C2__TIMEOUT": "1", "SYNCSVC_HECTOR__TIMEOUT": "1"}
QUICK |= {"SYNCSVC_RETRY__ATTEMPTS": "1", "SYNCSVC_RETRY__MAX_WAIT": "0.1"}
"""So that the next run need not wait long to know that a request never came to anything."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as world:
        yield world


class Killer:
    """Stands in front of one system and kills a process at its so-manieth write."""

    def __init__(self, world: World, nth: int, when: str) -> None:
        self.left, self.when, self.process = nth, when, 0
        for server in world.box._servers:
            server.api = _Watched(server.api, self)

    def meets(self) -> bool:
        """Whether this write is the one."""
        self.left -= 1
        return self.left == 0 and self.process != 0

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)


class _Watched:
    """An API that carries its calls out as before, with the killer beside it."""

    def __init__(self, api: Api, killer: Killer) -> None:
        self._api, self._killer = api, killer
        self.system, self.now, self.failure, self.is_write = api.system, api.now, api.failure, api.is_write

    def answer(self, call: Call) -> Answer:
        met = self._api.is_write(call) and self._killer.meets()
        if met and self._killer.when == "before":
            self._killer.kill()
            return self._api.failure("server_error", {})  # the server never carries it out
        answer = self._api.answer(call)
        if met:
            self._killer.kill()
        return answer


def serials(world: World) -> list[str]:
    return sorted(world.box.hector.value(asset["id"], "Serial number") for asset in world.box.hector.assets())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("match_on", ["match_on: [Série]", "match_on: none"])
def test_a_killed_program_leaves_nothing_twice_and_nothing_undone(world: World, when: str, nth: int, match_on: str) -> None:
    if match_on.endswith("none"):
        for asset in world.box.hector.assets():
            world.box.hector.delete_asset(asset["id"])
        for subcategory in world.box.hector.subcategories():
            world.box.hector.delete_subcategory(subcategory["id"])
    else:
        world.add_ci("Portable SN5", "SN5", Remarques="written after the pair was made")
        world.add_ci("Portable SN6", "SN6")
    world.write_rules(match_on=match_on)
    killer = Killer(world, nth, when)
    program = world.start("sync", **QUICK)
    killer.process = program.pid
    assert ended(program).code == -signal.SIGKILL
    killer.process = 0
    for _ in range(4):
        world.box.clear()
        result = world.program("sync", **QUICK)
        if result.code == 0 and not world.box.writes():
            break
    assert not world.box.writes(), "no rest"
    assert result.code == 0, result.err
    cis = [world.box.c2.value(ci, "Série") for ci in world.box.c2.ci_ids(world.laptops)]
    assert [serial for serial, times in Counter(serials(world)).items() if times > 1] == []
    assert set(cis) <= set(serials(world))
    assert len(world.box.hector.subcategories()) == 1
    assert len(world.call("links", "--json").document) == len(cis)
    assert world.call("runs", "--json").document[-1]["status"] == "interrupted"
