"""Who may call C2, and what the web server in front of it says to what is no call."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sandbox_calls import Caller

from syncsvc.sandbox import Sandbox

RIGHT = {"username": "syncsvc", "password": "sandbox-secret"}
READ = "CI/Retrieve"


@pytest.fixture
def caller() -> Iterator[Caller]:
    with Caller(Sandbox()) as caller:
        yield caller


def call(caller: Caller, credentials: dict[str, str], *, query: dict[str, str] | None = None) -> httpx.Response:
    url = f"{caller.box.c2_url}/API/{READ}"
    return caller.http.post(url, json=credentials | {"SearchCriteria": {}}, params=query or {})


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (RIGHT, {}),
        ({"UserName": "syncsvc", "PASSWORD": "sandbox-secret"}, {}),
        ({}, RIGHT),
        ({}, {"Username": "syncsvc", "Password": "sandbox-secret"}),
    ],
)
def test_credentials_stand_in_the_body_or_the_query_with_keys_in_any_case(
    caller: Caller, body: dict[str, str], query: dict[str, str]
) -> None:
    assert call(caller, body, query=query).json()["Status"] == 0


@pytest.mark.parametrize("wrong", [{}, {"username": "syncsvc", "password": "Sandbox-secret"}, {"username": "syncsvc"}])
def test_wrong_credentials_are_refused_under_http_200(caller: Caller, wrong: dict[str, str]) -> None:
    response = call(caller, wrong)
    assert response.status_code == 200
    assert (response.json()["Status"], response.json()["Data"]) == (1, None)
    assert response.json()["Message"] == "Nom d'utilisateur ou mot de passe invalide."


def test_a_server_may_look_for_credentials_in_one_place_only(caller: Caller) -> None:
    caller.box.c2.credentials_in_any = False
    assert call(caller, RIGHT).json()["Status"] == 0
    assert call(caller, {}, query=RIGHT).json()["Status"] == 1
    caller.box.c2.credentials_in = "query"
    assert call(caller, RIGHT).json()["Status"] == 1
    assert call(caller, {}, query=RIGHT).json()["Status"] == 0


def test_wrong_credentials_may_be_answered_with_401_or_a_login_page(caller: Caller) -> None:
    caller.box.c2.refuse_with = "401"
    assert call(caller, {}).status_code == 401
    caller.box.c2.refuse_with = "redirect"
    response = call(caller, {})
    assert response.status_code == 302
    login = caller.http.get(f"{caller.box.c2_url.removesuffix('/c2atom')}{response.headers['location']}")
    assert (login.status_code, login.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_password_can_be_changed_while_it_runs(caller: Caller) -> None:
    caller.box.password = "other"
    assert call(caller, RIGHT).json()["Status"] == 1
    assert call(caller, RIGHT | {"password": "other"}).json()["Status"] == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/c2atom/API/CI/Retrieve", 405),
        ("PUT", "/c2atom/API/CI/Save", 405),
        ("POST", "/API/CI/Retrieve", 404),
        ("POST", "/c2atom/API/CI/Retrieve/", 404),
        ("POST", "/c2atom/API/CI/Delete", 404),
        ("GET", "/", 404),
    ],
)
def test_what_is_no_call_is_answered_with_an_html_page(caller: Caller, method: str, path: str, status: int) -> None:
    base = caller.box.c2_url.removesuffix("/c2atom")
    response = caller.http.request(method, base + path, json=RIGHT if method != "GET" else None)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert response.headers.get("allow") == ("POST" if status == 405 else None)


def test_paths_are_found_in_any_case(caller: Caller) -> None:
    assert caller.http.post(f"{caller.box.c2_url.upper().replace('HTTP', 'http')}/api/ci/retrieve", json=RIGHT).status_code == 200


def test_a_tenants_paths_may_differ(caller: Caller) -> None:
    caller.box.c2.paths["retrieve_cis"] = "API/v2/CI/List"
    assert call(caller, RIGHT).status_code == 404
    assert caller.done("v2/CI/List", SearchCriteria={}) == []


@pytest.mark.parametrize("content", [b'{"username": "syncsvc"', b"[]", b"", b'{"Size": NaN}'])
def test_a_body_that_is_no_json_object_is_a_bad_request(caller: Caller, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert caller.http.post(f"{caller.box.c2_url}/API/{READ}", content=content, headers=headers).status_code == 400


def test_a_body_that_does_not_say_it_is_json_is_not_read(caller: Caller) -> None:
    assert caller.http.post(f"{caller.box.c2_url}/API/{READ}", data=RIGHT).status_code == 415


def test_the_base_url_may_have_no_path() -> None:
    with Caller(Sandbox(c2_path="")) as caller:
        assert caller.box.c2_url.count("/") == 2
        assert caller.cis() == []
