"""The program killed with SIGKILL, right before and right after it changes something: the next runs end as if it had not been.

What is killed is a program of its own; the runs after it are calls in this process, which is quicker and the same code.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_world import World, cli_world, ended, wait_until
from postgres_server import PostgresServer
from sqlalchemy import Engine, text

from syncsvc.sandbox.exchange import Answer, Api, Call
from syncsvc.state.database import open_engine

QUICK = {"SYNCSVC_C2__TIMEOUT": "1", "SYNCSVC_HECTOR__TIMEOUT": "1"}
QUICK |= {"SYNCSVC_RETRY__ATTEMPTS": "1", "SYNCSVC_RETRY__MAX_WAIT": "0.1"}
"""So that the next run need not wait long to know that a request never came to anything."""
NONE = "match_on: none"
BY_SERIAL = "match_on: [Série]"


@pytest.fixture
def make_world(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], World]:
    """Give a world whose service keeps its state in a database of the kind asked for."""

    def make(kind: str) -> World:
        url = None
        if kind == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            name = server.create(request.getfixturevalue("postgres_template"))
            request.addfinalizer(lambda: server.drop(name))
            url = server.url(name)
        world, close = _opened(tmp_path, url)
        request.addfinalizer(close)
        return world

    return make


def _opened(directory: Path, url: str | None) -> tuple[World, Callable[[], None]]:
    context = cli_world(directory, database_url=url)
    return context.__enter__(), lambda: context.__exit__(None, None, None)


class Killer:
    """Stands in front of both systems and kills a process at its so-manieth write."""

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


def prepare(world: World, direction: str, match_on: str) -> None:
    """Let there be something to create, to join and to write; or creations alone, with nothing to match by."""
    if match_on == NONE:
        for asset in world.box.hector.assets() if direction != "←" else ():
            world.box.hector.delete_asset(asset["id"])
        for subcategory in world.box.hector.subcategories() if direction != "←" else ():
            world.box.hector.delete_subcategory(subcategory["id"])
        for ci in world.box.c2.ci_ids(world.laptops) if direction == "←" else ():
            world.box.c2.delete_ci(ci)
    else:
        world.add_ci("Portable SN5", "SN5", Remarques="written after the pair was made")
        world.add_ci("Portable SN6", "SN6")
    world.write_rules(direction=direction, match_on=match_on)


def rest(world: World) -> None:
    """Run until nothing is left to do, and no creation waits for the time-out of its request."""
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])

    def rests() -> bool:
        world.box.clear()
        result = world.call("sync", **QUICK)
        with engine.connect() as connection:
            waiting = connection.execute(text("SELECT count(*) FROM intentions")).scalar_one()
        return result.code == 0 and not world.box.writes() and not waiting

    wait_until(rests)
    engine.dispose()


def all_is_well(world: World, direction: str) -> None:
    """Everything that has to stand on both sides does, and nothing twice."""
    cis = [world.box.c2.value(ci, "Série") for ci in world.box.c2.ci_ids(world.laptops)]
    assets = [world.box.hector.value(asset["id"], "Serial number") for asset in world.box.hector.assets()]
    assert [serial for serials in (cis, assets) for serial, times in Counter(serials).items() if times > 1] == []
    assert direction == "←" or set(cis) <= set(assets)
    assert direction == "→" or set(assets) <= set(cis)
    assert len(world.box.hector.subcategories()) == 1
    assert len(world.call("links", "--json").document) == len(set(cis) & set(assets))


def killed(program: subprocess.Popen[str]) -> bool:
    return ended(program).code == -signal.SIGKILL


@pytest.mark.parametrize(
    ("case", "when"),
    [
        (("→", NONE, 2, "sqlite"), "before"),
        (("→", BY_SERIAL, 1, "sqlite"), "after"),
        (("←", NONE, 2, "postgresql"), "after"),
        (("⇄", BY_SERIAL, 2, "sqlite"), "after"),
        pytest.param(("→", BY_SERIAL, 1, "sqlite"), "before", marks=pytest.mark.long),
        pytest.param(("→", NONE, 2, "sqlite"), "after", marks=pytest.mark.long),
        pytest.param(("←", NONE, 2, "postgresql"), "before", marks=pytest.mark.long),
        pytest.param(("⇄", BY_SERIAL, 2, "sqlite"), "before", marks=pytest.mark.long),
    ],
)
def test_a_killed_program_leaves_nothing_twice_and_nothing_undone(
    make_world: Callable[[str], World], case: tuple[str, str, int, str], when: str
) -> None:
    direction, match_on, nth, kind = case
    world = make_world(kind)
    prepare(world, direction, match_on)
    killer = Killer(world, nth, when)
    program = world.start("sync", **QUICK)
    killer.process = program.pid
    assert killed(program)
    killer.process = 0
    rest(world)
    all_is_well(world, direction)
    assert world.call("runs", "--json").document[-1]["status"] == "interrupted"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_killed_undo_has_put_back_is_nobodys_edit(make_world: Callable[[str], World], kind: str, when: str) -> None:
    world = make_world(kind)
    world.write_rules(direction="⇄")
    world.call("sync")
    ci = next(ci for ci in world.box.c2.ci_ids(world.laptops) if world.box.c2.value(ci, "Série") == "SN1")
    asset = next(it["id"] for it in world.box.hector.assets() if world.box.hector.value(it["id"], "Serial number") == "SN1")
    for note in ("old", "new"):
        world.box.c2.edit_ci(ci, {"Remarques": note})
        run = world.call("sync", "--json").document["run"]
    killer = Killer(world, 1, when)
    program = world.start("undo", str(run), "--apply", **QUICK)
    killer.process = program.pid
    assert killed(program)
    killer.process = 0
    world.box.clear()
    for _ in range(2):
        assert world.call("sync", **QUICK).code == 0
    assert world.box.writes() == []
    assert world.box.c2.value(ci, "Remarques") == "new", "the undo was about Hector alone"
    assert world.box.hector.asset(asset)["note"] == ("old" if when == "after" else "new")
    assert world.call("undo", str(run), "--apply", **QUICK).code == 0
    assert (world.box.c2.value(ci, "Remarques"), world.box.hector.asset(asset)["note"]) == ("new", "old")


@contextmanager
def _no_commit_of_a_link(engine: Engine) -> Iterator[Callable[[], bool]]:
    """Hold up whoever stores a link, in the middle of its transaction; gives whether somebody is."""
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE links IN EXCLUSIVE MODE"))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'links'::regclass")
        with engine.connect() as other:
            yield lambda: bool(other.execute(waiting).scalar_one())


def test_a_program_killed_in_the_middle_of_a_commit_leaves_nothing_twice_and_nothing_undone(
    make_world: Callable[[str], World],
) -> None:
    """PostgreSQL holds the transaction up that stores links, and the process is killed in it."""
    world = make_world("postgresql")
    prepare(world, "⇄", BY_SERIAL)
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    with _no_commit_of_a_link(engine) as somebody_waits:
        program = world.start("sync", **QUICK)
        wait_until(somebody_waits)
        program.kill()
        assert killed(program)
    engine.dispose()
    rest(world)
    all_is_well(world, "⇄")
