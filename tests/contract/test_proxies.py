"""Proxies in between: those that the environment names, and those that answer in the system's place."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from adapter_clients import Naps, c2_at, category, hector_at, hector_list, quick
from scripted_server import ScriptedServer, c2_data, page

from syncsvc.domain.errors import NetworkError, ProtocolError, ServerError
from syncsvc.domain.records import NewCI

Serve = Callable[..., ScriptedServer]


def test_a_proxy_that_the_environment_names_is_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(c2_data([]))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with c2_at("http://c2.example/atom") as c2:
        assert c2.cmdbs() == []
    assert [asked.path for asked in proxy.asked] == ["/atom/API/CIFolder/Retrieve"]


def test_a_proxy_that_wants_a_password_is_named(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(page(407, "Proxy login"))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with c2_at("http://c2.example") as c2, pytest.raises(ProtocolError, match="Proxy login") as error:
        c2.cmdbs()
    assert "HTTPS_PROXY" in error.value.hint
    assert len(proxy.asked) == 1


def test_a_proxy_that_opens_no_tunnel_means_that_nothing_was_sent(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(page(407, "Proxy login"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    naps = Naps()
    with c2_at("https://c2.example", naps, retry=quick(2)) as c2, pytest.raises(NetworkError) as error:
        c2.create_ci(NewCI(category().cmdb_id, category().id, None, "ci", {}), ())
    assert "HTTPS_PROXY" in error.value.hint
    assert (error.value.may_have_been_done, len(naps)) == (False, 1)


def test_a_proxy_that_is_not_there_is_thought_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nowhere = f"http://127.0.0.1:{server.getsockname()[1]}"
    with c2_at(nowhere, retry=quick(1)) as c2, pytest.raises(NetworkError, match="nothing listens there") as error:
        c2.cmdbs()
    assert "HTTPS_PROXY" not in error.value.hint

    monkeypatch.setenv("HTTP_PROXY", nowhere)
    with c2_at("http://c2.example", retry=quick(1)) as c2, pytest.raises(NetworkError, match="at c2") as error:
        c2.cmdbs()
    assert "HTTPS_PROXY" in error.value.hint


@pytest.mark.parametrize("status", [502, 503, 504, 511])
def test_a_proxys_own_failure_passes_and_its_words_are_shown(serve: Serve, status: int) -> None:
    with hector_at(serve(page(status, "Bad gateway"), hector_list([]))) as hector:
        assert hector.users() == []
    with hector_at(serve(page(status, "Bad gateway")), retry=quick(2)) as hector, pytest.raises(ServerError, match="Bad gateway"):
        hector.users()


def test_a_proxys_page_under_200_is_taken_neither_for_data_nor_for_an_empty_list(serve: Serve) -> None:
    for status, kind in ((200, ProtocolError), (203, ProtocolError)):
        with hector_at(serve(page(status, "Blocked by policy")), retry=quick(2)) as hector:
            with pytest.raises(kind, match="Blocked by policy"):
                hector.users()
            with pytest.raises(kind) as error:
                hector.update_asset(1, {}, ())
        assert error.value.may_have_been_done
