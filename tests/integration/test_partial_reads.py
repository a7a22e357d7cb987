"""A list that could not be read whole is never a smaller list: its category fails, and nothing is created, marked or written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import plan_world
import pytest
from live_world import LiveWorld, live_world

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import RunStatus
from syncsvc.engine.report import RunReport

TRIES = 2
PAGE = 3
LISTS = {
    "CIs": ("c2", "CI/Retrieve", 2),
    "assets": ("hector", "GET /api/v1/assets", 2),
    "subcategories": ("hector", "GET /api/v1/subcategories", 2),
    "clients": ("c2", "Clients/Retrieve", 2),
}
"""The lists of a run: the system, the call, and which of its pages is to fail."""
KINDS = {
    "server_error": {"server"},
    "html_200": {"protocol"},
    "redirect_login": {"protocol"},
    "cut": {"network"},
    "reset": {"network"},
    "timeout": {"network"},
    "rate_limited": {"rate_limited"},
    "permission": {"permission"},
    "refused": {"validation", "protocol"},
}
"""What goes wrong on the way, and which kind of error it must be."""


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    """Five pairs in step; a CI and an asset that wait to be created on the other side; every list has two pages or more."""
    with live_world(database_url) as world:
        for number in range(4):
            world.c2.add_client("Luc", f"Roy {number}", f"luc{number}@erables.example")
        for number in range(5):
            world.add_ci(maker="HP", model=f"model {number}", serial=f"S{number}", user=world.marie)
        assert world.sync("⇄").status is RunStatus.SUCCEEDED
        _connect(world)
        world.add_ci(maker="HP", model="model 1", serial="NEW-CI")
        world.add_asset(world.hector.subcategories()[0]["id"], "NEW-ASSET")
        world.writes()
        yield world


def _connect(
    world: LiveWorld, *, c2: httpx.BaseTransport | None = None, hector: httpx.BaseTransport | None = None, timeout: float = 10
) -> None:
    """Begin with clients that read three records a page, and wait so many seconds for it."""
    box, retry = world.box, RetryPolicy(TRIES, 0.01)
    limits: dict[str, Any] = {"retry": retry, "timeout": timeout, "page_size": PAGE}
    c2_config = C2Config(box.c2_url, box.username, box.password, plan_world.MONTREAL, **limits)
    hector_config = HectorConfig(box.hector_url, box.token, **limits)
    c2_client = world.closing.enter_context(C2Client(c2_config, transport=c2, sleep=lambda _: None))
    hector_client = world.closing.enter_context(HectorClient(hector_config, transport=hector, sleep=lambda _: None))
    world.surroundings = replace(world.surroundings, c2=c2_client, hector=hector_client)


def _must_have_failed(world: LiveWorld, report: RunReport, kinds: set[str]) -> None:
    assert report.status is RunStatus.FAILED
    assert [category.status for category in report.categories] == [RunStatus.FAILED]
    assert world.writes() == []
    assert {link.status for link in world.store.links_of(world.category)} == {"active"}
    assert len(world.store.links_of(world.category)) == 5
    assert world.store.intentions_of(world.category) == []
    errors = world.errors()
    assert {error["kind"] for error in errors} <= kinds
    assert len(errors) == 1
    assert errors[0]["hint"] or errors[0]["kind"] == ErrorKind.VALIDATION


def _must_be_well_afterwards(world: LiveWorld) -> None:
    _connect(world)
    report = world.sync("⇄")
    assert report.status is RunStatus.SUCCEEDED
    assert report.as_json()["created"] == {"c2": 1, "hector": 1}
    assert len(world.store.links_of(world.category)) == 7


@pytest.mark.parametrize("which", LISTS)
def test_a_page_that_fails_for_good_fails_the_category(world: LiveWorld, which: str) -> None:
    system, path, page = LISTS[which]
    for kind, error_kinds in KINDS.items():
        for nth in range(page, page + 12):
            details = {"seconds": 0.7} if kind == "timeout" else {}
            world.box.faults.once(system, path, kind, nth=nth, **details)
        _connect(world, timeout=0.5)
        report = world.sync("⇄")
        world.box.faults.clear()
        _must_have_failed(world, report, error_kinds)
    _must_be_well_afterwards(world)


@pytest.mark.parametrize("which", LISTS)
def test_a_page_that_fails_once_costs_nothing(world: LiveWorld, which: str) -> None:
    system, path, page = LISTS[which]
    fault = world.box.faults.once(system, path, "cut", nth=page)
    _must_be_well_afterwards(world)
    assert fault.fired


@pytest.mark.parametrize("which", LISTS)
def test_credentials_refused_on_a_page_end_the_run_and_leave_all_as_it_was(world: LiveWorld, which: str) -> None:
    system, path, page = LISTS[which]
    world.box.faults.once(system, path, "credentials", nth=page)
    _connect(world)
    report = world.sync("⇄")
    assert (report.status, report.exit_code(), world.writes()) == (RunStatus.FAILED, 5, [])
    assert {link.status for link in world.store.links_of(world.category)} == {"active"}
    _must_be_well_afterwards(world)


# -- pages that arrive well and are no pages ------------------------------------------------------------------------------


class Spoiling(httpx.BaseTransport):
    """Spoils the pages of one list, from the second on; everything else passes as it is."""

    def __init__(self, path: str, spoil: Callable[[Any], Any]) -> None:
        self._inner = httpx.HTTPTransport()
        self._path, self._spoil = path.rpartition(" ")[2], spoil
        self._seen = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if request.url.path.endswith(self._path):
            self._seen += 1
            if self._seen > 1:
                spoilt = self._spoil(json.loads(response.read()))
                body = spoilt if isinstance(spoilt, bytes) else json.dumps(spoilt).encode()
                response.close()
                return httpx.Response(200, headers={"Content-Type": "application/json"}, content=body)
        return response

    def close(self) -> None:
        self._inner.close()


def _list_of(document: Any) -> str:
    return "Data" if "Data" in document else "data"


def _with_junk_record(document: Any) -> Any:
    return document | {_list_of(document): [*document[_list_of(document)], {"what": "is this"}]}


def _without_list(document: Any) -> Any:
    return {key: value for key, value in document.items() if key.lower() != "data"}


SPOILS: dict[str, Callable[[Any], Any]] = {
    "half the JSON": lambda document: json.dumps(document).encode()[:-9],
    "a record that is none": _with_junk_record,
    "null for the list": lambda document: document | {_list_of(document): None},
    "an object for the list": lambda document: document | {_list_of(document): {}},
    "no list": _without_list,
    "nothing": lambda _document: b"",
    "another document": lambda _document: {"message": "Welcome"},
}


@pytest.mark.parametrize("which", LISTS)
def test_a_page_that_is_none_fails_the_category(world: LiveWorld, which: str) -> None:
    system, path, _ = LISTS[which]
    for spoil in SPOILS.values():
        _connect(world, **{system: Spoiling(path, spoil)})
        _must_have_failed(world, world.sync("⇄"), {"protocol"})
    _must_be_well_afterwards(world)


@pytest.mark.parametrize("which", ["assets", "subcategories"])
def test_a_hector_page_that_lacks_records_of_its_total_fails_the_category(world: LiveWorld, which: str) -> None:
    _, path, _ = LISTS[which]
    lacking: list[Callable[[Any], Any]] = [
        lambda document: document | {"data": []},
        lambda document: document | {"meta": document["meta"] | {"total": 99}},
        lambda document: document | {"meta": {}},
    ]
    for spoil in lacking:
        _connect(world, hector=Spoiling(path, spoil))
        _must_have_failed(world, world.sync("⇄"), {"protocol"})
    _must_be_well_afterwards(world)
