"""The servers as such: connections, speed, clocks, and what is written down of each call."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from sandbox_calls import Caller

from syncsvc.sandbox import C2World, HectorWorld, Request, Sandbox


@pytest.fixture
def caller() -> Iterator[Caller]:
    c2, hector = C2World(), HectorWorld()
    category = c2.add_category(c2.add_cmdb("Inventaire"), "Imprimantes")
    c2.add_field(category, "Compteur", kind=2)
    c2.add_ci(category, "IMP-1")
    hector.add_stockroom("Entrepôt")
    with Caller(Sandbox(c2=c2, hector=hector)) as caller:
        yield caller


def test_both_systems_listen_on_loopback_only_and_on_ports_of_their_own(caller: Caller) -> None:
    assert caller.box.c2_url.startswith("http://127.0.0.1:")
    assert caller.box.c2_url.endswith("/c2atom")
    assert httpx.URL(caller.box.c2_url).port != httpx.URL(caller.box.hector_url).port


def test_ports_can_be_chosen_and_are_free_again_after_the_end() -> None:
    with Sandbox() as box:
        port = httpx.URL(box.c2_url).port or 0
        with pytest.raises(OSError, match="in use"), Sandbox(c2_port=port):
            pass
    with Sandbox(c2_port=port) as box:
        assert box.c2_url == f"http://127.0.0.1:{port}/c2atom"


def test_the_worlds_outlive_the_servers() -> None:
    box = Sandbox()
    for _ in range(2):
        with Caller(box) as caller:
            caller.cis()
    assert len(box.requests) == 2


def test_what_came_in_is_written_down_without_passwords(caller: Caller) -> None:
    caller.c2("CI/Retrieve", Page=0, SearchCriteria={})
    caller.http.post(f"{caller.box.c2_url}/API/CI/Save?username=syncsvc&PassWord=sandbox-secret", json={"viewModel": {}})
    caller.hector("GET", "users", page=1)
    caller.hector("PATCH", "assets/7", {"note": "é"})
    read = {"Page": 0, "SearchCriteria": {}, "username": "syncsvc"}
    assert caller.box.requests == [
        Request("c2", "POST", "/c2atom/API/CI/Retrieve", read, 200, is_write=False),
        Request("c2", "POST", "/c2atom/API/CI/Save?username=syncsvc&PassWord=***", {"viewModel": {}}, 200, is_write=True),
        Request("hector", "GET", "/api/v1/users?page=1", None, 200, is_write=False),
        Request("hector", "PATCH", "/api/v1/assets/7", {"note": "é"}, 404, is_write=True),
    ]
    assert caller.box.writes() == [caller.box.requests[1], caller.box.requests[3]]
    caller.box.clear()
    assert caller.box.requests == []


def test_people_leave_no_trace_among_the_requests(caller: Caller) -> None:
    caller.box.c2.edit_ci(caller.box.c2.ci_ids()[0], {"Tags": "x"})
    assert caller.box.requests == []


def test_time_comes_from_the_worlds_clocks(caller: Caller) -> None:
    caller.box.c2.now = lambda: datetime(2031, 1, 1, tzinfo=UTC)
    caller.box.hector.now = lambda: datetime(2032, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert caller.hector("GET", "users").headers["date"] == "Tue, 03 Feb 2032 04:05:06 GMT"
    answer = caller.c2("CI/Retrieve", SearchCriteria={})
    assert answer.json()["Time"] == "/Date(1924992000000)/"
    assert answer.headers["date"] == "Wed, 01 Jan 2031 00:00:00 GMT"


def test_worlds_share_nothing() -> None:
    first, second = C2World(), C2World()
    first.paths["save_ci"] = "elsewhere"
    first.add_client("Marie", "Tremblay")
    HectorWorld().add_user("Un", "un@example.org")
    assert second.paths["save_ci"] == "API/CI/Save"
    assert second.clients == {}
    assert HectorWorld().users == {}
    assert first.lock is not second.lock


def test_a_short_answer_leaves_in_one_piece(caller: Caller) -> None:
    url = httpx.URL(caller.box.hector_url)
    with socket.create_connection((url.host, url.port or 0)) as connection:
        for _ in range(100):  # two pieces would at times arrive together
            connection.sendall(b"GET /api/v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-token\r\n\r\n")
            assert connection.recv(65536).endswith(b"}")


def test_several_clients_are_served_at_once_without_losing_a_write(caller: Caller) -> None:
    def write(number: int) -> None:
        with httpx.Client(trust_env=False, verify=False) as client:
            for place in range(10):
                credentials = {"username": caller.box.username, "password": caller.box.password}
                names = {"FrenchName": f"IMP-{number}-{place}"}
                [category] = caller.box.c2.categories.values()
                view = {"CIFolderId": category.cmdb_id, "CategoryId": category.id} | names
                client.post(f"{caller.box.c2_url}/API/CI/Save", json={"viewModel": view} | credentials)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cis = [caller.box.c2.ci(ci_id) for ci_id in caller.box.c2.ci_ids()]
    assert len({ci["CINumber"] for ci in cis}) == len({ci["Id"] for ci in cis}) == 61
    assert len({ci["SequenceNumber"] for ci in cis}) == 61


def test_a_request_without_a_length_is_refused(caller: Caller) -> None:
    response = caller.http.post(f"{caller.box.c2_url}/API/CI/Retrieve", content=iter([b"{}"]))
    assert response.status_code == 411


def test_texts_of_any_kind_survive_the_way_in_and_out(caller: Caller) -> None:
    text = 'é "\\ 😀 \u2028 </script> /Date(1)/'
    caller.done("CI/UpdateProperty", Id=caller.box.c2.ci_ids()[0], PropertyName="Tags", Value=text)
    assert caller.cis()[0]["Tags"] == text


def test_half_a_surrogate_pair_does_not_break_the_answer(caller: Caller) -> None:
    body = json.dumps({"Id": caller.box.c2.ci_ids()[0], "PropertyName": "Tags", "Value": "a\ud800"})
    body = body.replace("{", '{"username": "syncsvc", "password": "sandbox-secret", ', 1)
    headers = {"Content-Type": "application/json"}
    response = caller.http.post(f"{caller.box.c2_url}/API/CI/UpdateProperty", content=body, headers=headers)
    assert response.json()["Data"]["Tags"] == "a?"


def test_nothing_is_printed(caller: Caller, capfd: pytest.CaptureFixture[str]) -> None:
    caller.cis()
    caller.hector("GET", "nowhere")
    with socket.create_connection((httpx.URL(caller.box.c2_url).host, httpx.URL(caller.box.c2_url).port or 0)) as connection:
        connection.sendall(b"POST /c2atom/API/CI/Save HTTP/1.1\r\nContent-Length: 50\r\n\r\nhalf")
    caller.box.close()
    assert capfd.readouterr() == ("", "")
