"""The two implementations of each system, and a scripted server for what a well-behaved one would never answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from contract_places import C2Place, HectorPlace, c2_in_memory, c2_over_http, hector_in_memory, hector_over_http
from scripted_server import Reply, ScriptedServer


@pytest.fixture(params=[c2_over_http, c2_in_memory], ids=["http", "memory"])
def c2_place(request: pytest.FixtureRequest) -> Iterator[C2Place]:
    with request.param() as place:
        yield place


@pytest.fixture(params=[hector_over_http, hector_in_memory], ids=["http", "memory"])
def hector_place(request: pytest.FixtureRequest) -> Iterator[HectorPlace]:
    with request.param() as place:
        yield place


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start a server that gives these replies, one a request; the last one is repeated."""
    with ExitStack() as running:

        def start(*replies: Reply | Callable[[Any], Reply]) -> ScriptedServer:
            return running.enter_context(ScriptedServer(replies))

        yield start
