"""Connections over real sockets: how many are opened, when one is used again, and what goes over it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import sleep

import pytest
from adapter_clients import hector_at, hector_list
from scripted_server import Asked, Reply, ScriptedServer, answer

Serve = Callable[..., ScriptedServer]


def opened(server: ScriptedServer) -> int:
    return len(server._open)


def test_calls_one_after_the_other_share_a_connection(serve: Serve) -> None:
    server = serve(hector_list([]))
    with hector_at(server) as hector:
        for _ in range(5):
            hector.users()
    assert (len(server.asked), opened(server)) == (5, 1)


def test_calls_at_the_same_time_have_a_connection_each_and_keep_it(serve: Serve) -> None:
    together = threading.Barrier(4, timeout=10)

    def meeting(_asked: Asked) -> Reply:
        together.wait()
        return hector_list([])

    server = serve(hector_list([]), *[meeting] * 8)
    with hector_at(server) as hector:
        hector.users()  # the first goes alone, until the credentials are known to be right
        with ThreadPoolExecutor(4) as pool:
            for _ in range(2):
                list(pool.map(lambda _: hector.users(), range(4)))
    assert (len(server.asked), opened(server)) == (9, 4)


def test_a_connection_that_the_server_has_closed_is_not_used_again(serve: Serve) -> None:
    server = serve(replace(hector_list([]), then="close"))
    with hector_at(server) as hector:
        for _ in range(3):
            hector.users()
            sleep(0.05)
    assert (len(server.asked), opened(server)) == (3, 3)  # each sent once: none went into a closed connection and was repeated


def test_no_session_is_kept_and_no_redirect_followed(serve: Serve) -> None:
    server = serve(answer({}, 302, Location="/elsewhere", Set_Cookie="session=1"), hector_list([]))
    with hector_at(server) as hector:
        assert hector.users() == []
    assert [asked.path for asked in server.asked] == ["/api/v1/users"] * 2
    assert not [asked for asked in server.asked if "cookie" in asked.headers]


def test_each_request_is_said_where_httpx_would_say_it(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="httpx")
    server = serve(hector_list([]))
    with hector_at(server) as hector:
        hector.users()
    (line,) = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert line == f'HTTP Request: GET {server.url}/api/v1/users?page=1&per_page=500 "HTTP/1.1 200 Whatever"'
