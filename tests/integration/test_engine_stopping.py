"""A run that is asked to stop, or has lost its lock or its database: nothing more goes out, and what is said of it is true."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import plan_world
import pytest
from live_world import LiveWorld, live_world

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.cli.stopping import Stop
from syncsvc.domain.plan import Intention, Plan, RunStatus
from syncsvc.domain.records import NewAsset
from syncsvc.domain.values import Value
from syncsvc.engine import create, side_by_side
from syncsvc.engine.context import Unwatched
from syncsvc.engine.request import RunRequest
from syncsvc.state import queries
from syncsvc.state.database import StateError
from syncsvc.state.holder import lost

THREADS = 8


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def baselines(world: LiveWorld) -> int:
    return sum(len(found) for found in world.store.baselines_of(world.category).values())


def outcomes(world: LiveWorld, run: int) -> list[str]:
    return [change["outcome"] for change in queries.changes(world.database, run) if change["record"] == "asset"]


def without_lock(world: LiveWorld, is_gone: Callable[[], bool]) -> None:
    def check() -> None:
        if is_gone():
            raise lost("its connection is gone")

    world.surroundings = replace(world.surroundings, check_lock=check)


# -- the lock --------------------------------------------------------------------------------------------------------------


def test_nothing_is_stored_once_the_lock_is_gone(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    for n in range(3):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
        world.add_asset(subcategory, f"S{n}")
    read, gone = world.surroundings.hector.changed_assets, threading.Event()

    def lost_while_reading(*arguments: Any) -> Any:
        found = read(*arguments)
        gone.set()
        return found

    monkeypatch.setattr(world.surroundings.hector, "changed_assets", lost_while_reading)
    without_lock(world, gone.is_set)
    report = world.sync("→")
    assert (report.status, report.exit_code()) == (RunStatus.FAILED, 3)
    assert (world.store.links_of(world.category), baselines(world)) == ([], 0)
    assert "no longer holds the lock" in world.errors()[0]["message"]


class Planned(Unwatched):
    """Notes when a category has been planned."""

    def __init__(self) -> None:
        self.seen = threading.Event()

    def planned(self, category: str, plan: Plan) -> None:  # noqa: ARG002 - only when it is called matters
        self.seen.set()


def test_what_was_planned_is_not_stored_once_the_lock_is_gone(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "S1")
    planned = Planned()
    world.surroundings = replace(world.surroundings, progress=planned)
    without_lock(world, planned.seen.is_set)
    assert world.sync("→").exit_code() == 3
    assert (world.store.links_of(world.category), world.store.round_of(world.category).number) == ([], 0)


def test_an_unfinished_creation_is_not_settled_without_the_lock(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after")
    world.sync("→")
    read, gone = world.surroundings.hector.changed_assets, threading.Event()

    def lost_while_reading(*arguments: Any) -> Any:
        gone.set()
        return read(*arguments)

    monkeypatch.setattr(world.surroundings.hector, "changed_assets", lost_while_reading)
    without_lock(world, gone.is_set)
    assert world.sync("→").exit_code() == 3
    assert world.store.links_of(world.category) == []
    assert len(world.store.intentions_of(world.category)) == 1


def test_a_writer_whose_lock_is_gone_stops_before_its_next_write(world: LiveWorld) -> None:
    for n in range(40):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    without_lock(world, lambda: len(world.hector.assets()) > 0)
    report = world.sync("→")
    assert report.exit_code() == 3
    assert 0 < len(world.hector.assets()) <= THREADS
    assert world.store.links_of(world.category) == []


def test_without_its_lock_a_run_leaves_conflicts_of_other_categories_alone(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock goes at the very end: a category that the rules no longer name is somebody else's business by now."""
    world.add_ci(maker="HP", model="840", serial="S1")
    closed: list[object] = []
    monkeypatch.setattr(world.store, "close_other_conflicts", closed.append)
    note_good, gone = world.store.note_good, threading.Event()

    def lost_at_the_end(*arguments: Any, **options: Any) -> None:
        note_good(*arguments, **options)
        gone.set()

    monkeypatch.setattr(world.store, "note_good", lost_at_the_end)
    without_lock(world, gone.is_set)
    assert world.sync("→").exit_code() == 3
    assert closed == []


def test_a_database_that_fails_keeps_the_rest_of_a_batch_from_going_out(
    world: LiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    create, failed, after = world.surroundings.hector.create_asset, threading.Event(), []

    def noted(*arguments: Any) -> Any:
        if failed.is_set():
            after.append(arguments)
        return create(*arguments)

    def fails(*_arguments: Any, **_options: Any) -> None:
        failed.set()
        raise StateError("The database failed.")

    monkeypatch.setattr(world.surroundings.hector, "create_asset", noted)
    monkeypatch.setattr(world.store, "add_links", fails)
    report = world.sync("→")
    assert (report.status, report.exit_code()) == (RunStatus.FAILED, 5)
    assert len(after) <= THREADS  # what had just begun
    assert len(world.hector.assets()) < 40


# -- a request to stop -----------------------------------------------------------------------------------------------------


def test_asked_to_stop_a_run_finishes_only_the_writes_in_flight(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight slow creations are under way, the rest of the batch waits for them: it is not asked for any more."""
    for n in range(60):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    create, under_way, stop = world.surroundings.hector.create_asset, threading.Barrier(THREADS), threading.Event()

    def slow(*arguments: Any) -> Any:
        if under_way.wait(timeout=30) == 0:
            stop.set()
        assert stop.wait(timeout=30)
        return create(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.hector, "create_asset", slow)
        going, world.surroundings = world.surroundings, replace(world.surroundings, stop_asked=stop.is_set)
        report = world.sync("→")
    assert report.status is RunStatus.INTERRUPTED
    assert len(world.hector.assets()) == len(world.store.links_of(world.category)) == THREADS
    assert world.store.intentions_of(world.category) == []  # the rest was certainly never asked for
    assert sorted(outcomes(world, report.run)) == ["done"] * THREADS + ["left"] * (60 - THREADS)
    assert world.errors() == []
    world.surroundings = going
    assert world.sync("→").as_json()["linked"] == len(world.hector.assets()) == 60


def in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "PLENTY", 4)
    monkeypatch.setattr(create, "MORE_AT_ONCE", 4)


def test_no_batch_is_asked_for_before_its_intentions_are_stored(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the next one are stored while the last one is still under way."""
    in_small_batches(monkeypatch)
    for n in range(30):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    make, intend = world.surroundings.hector.create_asset, world.store.add_intentions
    stored: list[Mapping[str, Value]] = []
    bare: list[NewAsset] = []
    first, next_one = threading.Lock(), threading.Event()

    def noted(run_id: int, new: Sequence[Intention]) -> list[int]:
        ids = intend(run_id, new)
        if stored:
            next_one.set()
        stored.extend(intention.sent for intention in new)
        return ids

    def made(new: NewAsset, fields: Any) -> Any:
        assert not first.acquire(blocking=False) or next_one.wait(timeout=30)
        wanted = {field.key: value for field, value in new.values.items()}
        bare.extend([] if any(wanted.items() <= sent.items() for sent in stored) else [new])
        return make(new, fields)

    monkeypatch.setattr(world.store, "add_intentions", noted)
    monkeypatch.setattr(world.surroundings.hector, "create_asset", made)
    assert world.sync("→").as_json()["linked"] == len(world.hector.assets()) == 30
    assert bare == []
    assert world.store.intentions_of(world.category) == []


def test_asked_to_stop_between_batches_a_run_leaves_no_intention(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_batches(monkeypatch)
    for n in range(30):
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    joined, stop = world.store.add_links, threading.Event()

    def stored(*arguments: Any, **options: Any) -> Any:
        stop.set()
        return joined(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "add_links", stored)
        going, world.surroundings = world.surroundings, replace(world.surroundings, stop_asked=stop.is_set)
        assert world.sync("→").status is RunStatus.INTERRUPTED
    assert 0 < len(world.hector.assets()) == len(world.store.links_of(world.category)) < 2 * 4
    assert world.store.intentions_of(world.category) == []
    world.surroundings = going
    assert world.sync("→").as_json()["linked"] == len(world.hector.assets()) == 30


def test_a_ci_is_not_written_to_its_last_field_once_the_run_is_to_stop(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    asset = world.add_asset(subcategory, "S1", note="old", acquisition_date="2025-07-04")
    world.sync("←")
    world.hector.edit_asset(asset, note="new", acquisition_date="2025-07-05")
    update, stop = world.surroundings.c2.update_ci, threading.Event()

    def asked_meanwhile(*arguments: Any) -> Any:
        stop.set()
        return update(*arguments)

    world.writes()
    with monkeypatch.context() as patch:
        patch.setattr(world.surroundings.c2, "update_ci", asked_meanwhile)
        going, world.surroundings = world.surroundings, replace(world.surroundings, stop_asked=stop.is_set)
        report = world.sync("←")
    assert len(world.writes()) == 1
    assert report.status is RunStatus.INTERRUPTED
    assert report.as_json()["fields_written"]["c2"] == 1
    assert world.errors() == []
    (change,) = queries.changes(world.database, report.run)
    assert (change["outcome"], len(change["fields"])) == ("partly", 1)
    world.surroundings = going
    world.sync("←")
    assert len(world.writes()) == 1  # the other field, and only that


@pytest.mark.parametrize("during", ["CIFolder/Retrieve", "CICategory/Retrieve", "CI/Retrieve"])
def test_a_run_asked_to_stop_while_a_read_waits_to_be_repeated_was_interrupted(world: LiveWorld, during: str) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    stop = Stop()

    def asked_meanwhile(seconds: float) -> None:
        stop.ask()
        stop.sleep(seconds)

    retry = RetryPolicy(attempts=3, max_wait=60)
    box = world.box
    config = C2Config(box.c2_url, box.username, box.password, plan_world.MONTREAL, retry=retry, timeout=5, page_size=50)
    c2 = world.closing.enter_context(C2Client(config, sleep=asked_meanwhile))
    world.surroundings = replace(world.surroundings, c2=c2, stop_asked=stop.is_asked)
    box.faults.once("c2", during, "server_error", status=503)
    report = world.sync("→")
    assert (report.status, report.exit_code()) == (RunStatus.INTERRUPTED, 1)
    assert world.errors() == []


def test_a_creation_that_waits_to_be_repeated_is_left_when_the_run_is_to_stop(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.sync("→", dry_run=True)
    stop = Stop()

    def asked_meanwhile(seconds: float) -> None:
        stop.ask()
        stop.sleep(seconds)

    channel = world.surroundings.hector._channel  # type: ignore[attr-defined]
    channel._seams = replace(channel._seams, sleep=asked_meanwhile)
    world.surroundings = replace(world.surroundings, stop_asked=stop.is_asked)
    world.box.faults.once("hector", "POST /api/v1/assets", "rate_limited")
    report = world.sync("→")
    assert report.status is RunStatus.INTERRUPTED
    assert (world.errors(), world.store.intentions_of(world.category)) == ([], [])


# -- one record --------------------------------------------------------------------------------------------------------------


def test_a_single_sync_of_a_record_that_is_gone_says_so_each_time(world: LiveWorld) -> None:
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}") for n in range(2)]
    world.sync("→")
    number = world.c2.ci(cis[0])["CINumber"]
    world.c2.delete_ci(cis[0])
    for _ in range(2):
        report = world.sync("→", request=RunRequest("single", ci=number))
        (error,) = world.errors()
        assert (error["kind"], error["ci"], report.exit_code()) == ("missing", number, 1)
    assert {link.status for link in world.store.links_of(world.category)} == {"active"}  # that is for full runs to say
    world.sync("→")
    assert world.sync("→", request=RunRequest("single", ci=number)).exit_code() == 1
