"""What a person changes while a write has to wait is seen, and not overwritten; over real sockets, and nobody really sleeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from adapter_clients import TOKEN, hector_at, hector_list, quick, wire_asset
from scripted_server import Asked, Reply, ScriptedServer, answer

from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.adapters.hector.definitions import OWN_FIELDS
from syncsvc.domain.errors import RateLimitedError, RemoteError
from syncsvc.domain.plan import FieldChange, Why
from syncsvc.domain.records import Asset
from syncsvc.engine.columns import Columns
from syncsvc.engine.targets import asset_target
from syncsvc.engine.writes import ATTEMPTS, FRESH, Look, Written, write_record

Serve = Callable[..., ScriptedServer]
NOTE = next(field for field in OWN_FIELDS if field.key == "asset.note")
COLUMNS = Columns((NOTE,), {"note": 0})
CHANGE = FieldChange("note", "note", "old", "planned", "planned", Why.CHANGED)
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Inventory:
    """One asset; its first ``busy`` changes are put off."""

    def __init__(self, busy: int, wait: str | None = "45") -> None:
        self.note = "old"
        self.writes = 0
        self._busy = busy
        self._headers = {"Retry_After": wait} if wait else {}

    def __call__(self, asked: Asked) -> Reply:
        if asked.method != "PATCH":
            return hector_list([wire_asset(1, note=self.note)])
        self.writes += 1
        if self.writes <= self._busy:
            return answer({"error": {"code": "rate_limited"}}, 429, **self._headers)
        self.note = asked.body["note"]
        return answer({"data": wire_asset(1, note=self.note)})


class Meanwhile:
    """A clock that only the client's own waits move on; during each, somebody edits the asset."""

    def __init__(self, inventory: Inventory, edit: str) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self._inventory = inventory
        self._edit = edit

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        self._inventory.note = self._edit


def hector_with(server: ScriptedServer, clock: Meanwhile, attempts: int = 3) -> HectorClient:
    config = HectorConfig(server.url, TOKEN, timeout=5, retry=quick(attempts))
    return HectorClient(config, sleep=clock.sleep, random=lambda: 1.0, clock=clock)


def write(hector: HectorClient, now: Callable[[], datetime] = lambda: NOW) -> Written[Asset]:
    look = Look(now, now())
    (asset,) = hector.assets_by_id([1], [NOTE])
    return write_record(asset, [CHANGE], asset_target(hector, COLUMNS, 1), look)


@pytest.mark.parametrize(("edited", "outcome", "holds"), [("a person's", "left", "a person's"), ("old", "done", "planned")])
def test_an_edit_during_the_wait_for_a_second_try_is_not_overwritten(serve: Serve, edited: str, outcome: str, holds: str) -> None:
    inventory = Inventory(busy=1)
    meanwhile = Meanwhile(inventory, edited)
    with hector_with(serve(inventory), meanwhile) as hector:
        written = write(hector)
    assert getattr(written, outcome) == [CHANGE]
    assert (inventory.note, meanwhile.waits) == (holds, [45.0])


def test_an_update_is_repeated_as_often_as_the_settings_say_with_growing_waits(serve: Serve) -> None:
    inventory = Inventory(busy=100, wait=None)
    clock = Meanwhile(inventory, "old")
    with hector_with(serve(inventory), clock, attempts=5) as hector:
        written = write(hector)
    ((_, error),) = written.refused
    assert isinstance(error, RateLimitedError)
    assert (inventory.writes, clock.waits) == (5, [1.0, 2.0, 4.0, 8.0, 16.0])
    assert inventory.writes > ATTEMPTS


def test_an_update_that_others_kept_waiting_is_not_sent_before_the_record_was_looked_at_again(serve: Serve) -> None:
    """One thread is asked to wait; the update of another thread has looked at its record already."""
    inventory = Inventory(busy=0)
    meanwhile = Meanwhile(inventory, "a person's")
    server = serve(inventory, answer({}, 429, Retry_After="30"), inventory)
    with hector_with(server, meanwhile, attempts=1) as hector:
        (asset,) = hector.assets_by_id([1], [NOTE])
        with pytest.raises(RemoteError):
            hector.users()
        written = write_record(asset, [CHANGE], asset_target(hector, COLUMNS, 1), Look(lambda: NOW, NOW))
    assert written.left == [CHANGE]
    assert (inventory.writes, inventory.note, meanwhile.waits) == (0, "a person's", [30.0])


@pytest.mark.parametrize(("age", "looks"), [(FRESH, 1), (FRESH + timedelta(seconds=1), 2)])
def test_a_record_that_was_read_long_ago_is_read_again_before_it_is_written(serve: Serve, age: timedelta, looks: int) -> None:
    moments = iter([NOW, NOW + age])
    server = serve(Inventory(busy=0))
    with hector_at(server) as hector:
        assert write(hector, lambda: next(moments, NOW + age)).done == [CHANGE]
    assert [asked.method for asked in server.asked] == ["GET"] * looks + ["PATCH"]
