"""Who gets the console's pages, and what is sent to them: signing in and out, cookies, hosts, proxies, large bodies, programs."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest
from argon2 import PasswordHasher
from console_world import ACCOUNT, NOON, PASSWORD, Browser, Service
from sqlalchemy import Engine
from structlog.testing import capture_logs

from syncsvc.state import queries
from syncsvc.state.database import open_engine
from syncsvc.web.console import account, signing
from syncsvc.web.console.account import LONGEST, Account, Patience, Sessions
from syncsvc.web.console.visit import local_path
from syncsvc.web.door import LARGEST

PAGES = ("/", "/runs", "/runs/1", "/runs/1/changes", "/runs/1/log", "/conflicts")


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    found = open_engine(sqlite_url)
    yield found
    found.dispose()


@pytest.fixture
def open_house(engine: Engine) -> Iterator[Service]:
    with Service(engine).served() as service:
        yield service


@pytest.fixture
def guarded(engine: Engine) -> Iterator[Service]:
    with Service(engine, ACCOUNT).served() as service:
        yield service


# -- signing in ----------------------------------------------------------------------------------------------------------


def test_with_a_password_every_page_asks_for_it_and_goes_on_where_one_was(guarded: Service) -> None:
    browser = guarded.browser()
    for path in PAGES:
        answer = browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")
    assert browser.post("/conflicts/1", use="c2", since=NOON.isoformat(), token="x").status_code == 303
    assert "/runs/1" in unescape(browser.get("/sign-in?next=/runs/1").text)
    answer = browser.sign_in(next="/runs/1?page=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/1?page=2")
    assert browser.get("/runs").status_code == 200
    assert browser.get("/sign-in?next=/conflicts").headers["location"] == "/conflicts"
    assert browser.get("/sign-in?next=//evil.example").headers["location"] == "/"


def test_signing_out_ends_the_session_wherever_its_cookie_was_copied_to(guarded: Service) -> None:
    browser, thief, stranger = guarded.browser(language="de"), guarded.browser(), guarded.browser()
    browser.get("/sign-in?lang=fr")
    assert browser.sign_in().status_code == 303
    thief.cookies.update(browser.cookies)
    assert thief.get("/runs").status_code == 200
    assert stranger.post("/sign-out", token=stranger.token()).status_code == 303
    assert browser.post("/sign-out", token="x").status_code == 403
    assert browser.get("/runs").status_code == thief.get("/runs").status_code == 200, "nobody else can end it"
    assert browser.post("/sign-out", token=browser.token("/runs")).status_code == 303
    for one in (browser, thief):
        assert one.get("/runs").status_code == 303
    assert '<html lang="fr">' in browser.get("/sign-in").text
    assert browser.sign_in().status_code == 303
    assert browser.get("/runs").status_code == 200
    assert thief.get("/runs").status_code == 303


def test_a_session_outlives_a_restart_and_ends_with_the_password(engine: Engine) -> None:
    with Service(engine, ACCOUNT).served() as service:
        browser = service.browser()
        browser.sign_in()
        kept = {cookie.name: cookie.value for cookie in browser.cookies.jar}
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    for known, status in ((Account("marie", ACCOUNT.password_hash), 200), (Account("marie", hashed), 303), (None, 200)):
        with Service(engine, known).served() as service:
            browser = service.browser()
            browser.cookies.update({name: value for name, value in kept.items() if value})
            assert browser.get("/runs").status_code == status


def test_a_session_is_over_after_twelve_hours_whatever_was_looked_at() -> None:
    at = [1000.0]
    sessions = Sessions(ACCOUNT, lambda: at[0])
    session = sessions.begin()
    at[0] += LONGEST - 1
    assert sessions.user_of(session) == "marie"
    at[0] += 1
    assert sessions.user_of(session) == ""
    assert Sessions(Account("paul", "x"), lambda: 0).user_of(session) == ""
    assert Sessions(ACCOUNT, lambda: at[0]).user_of({"token": "x"}) == ""
    assert Sessions(ACCOUNT, NOON.timestamp).user_of({"username": "marie"}) == "", "as an earlier version began them"


def test_a_session_of_before_a_restart_ends_when_it_is_signed_out() -> None:
    before = Sessions(ACCOUNT, lambda: 0)
    for _ in range(3):
        session = before.begin()
        before.end(session)
    session = before.begin()
    after = Sessions(ACCOUNT, lambda: 0)
    assert after.user_of(session) == "marie"
    after.end(session)
    assert after.user_of(session) == ""
    assert after.user_of(after.begin()) == "marie"


def test_looking_at_pages_does_not_make_a_session_last_longer(guarded: Service) -> None:
    browser = guarded.browser()
    browser.get("/sign-in?lang=fr")
    browser.sign_in()
    for path in ("/", "/runs?lang=fr", "/runs?lang=xx"):
        assert "set-cookie" not in browser.get(path).headers
    assert "set-cookie" in browser.get("/runs?lang=en").headers


def test_a_wrong_name_or_password_is_told_in_the_same_words(guarded: Service) -> None:
    with capture_logs() as logged:
        answers = [
            guarded.browser().sign_in(password="wrong"),
            guarded.browser().sign_in(username="paul"),
            guarded.browser().sign_in(password=""),
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    for answer in answers:
        assert "This name and this password do not go together." in answer.text
        assert "<title>Error: Sign in · syncsvc</title>" in answer.text
        assert answer.text.count('aria-invalid="true" aria-describedby="wrong"') == 2
        assert PASSWORD not in answer.text
    assert [line["event"] for line in logged] == ["signing in refused: wrong name or password"] * 3
    assert "paul" not in str(logged)
    browser = guarded.browser()
    assert browser.post("/sign-in", username="marie", password=PASSWORD, token=f"{browser.token()}x").status_code == 403
    assert browser.get("/runs").status_code == 303
    with capture_logs() as logged:
        browser.sign_in()
    assert [line["event"] for line in logged] == ["signed in"]
    assert "marie" not in str(logged)


def test_a_browser_that_keeps_no_cookie_is_told_so(engine: Engine) -> None:
    with Service(engine, ACCOUNT, is_https=True).served() as service:  # looked at by http, so that its cookie is not sent back
        answer = service.browser().sign_in()
    assert answer.status_code == 403
    assert "open the page by https" in answer.text
    assert '<a href="/sign-in">Sign in</a>' in answer.text


def test_after_five_wrong_tries_answers_are_slow_for_everybody(guarded: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "LONGEST_WAIT", 0.05)
    browser = guarded.browser()
    for _ in range(5):
        assert "longer" not in browser.sign_in(password="wrong").text
    assert "After several wrong tries, the answer takes longer." in guarded.browser().sign_in(password="wrong").text
    assert guarded.browser().sign_in().status_code == 303  # who knows it gets in all the same
    assert "longer" not in guarded.browser().sign_in(password="wrong").text


def test_waits_grow_up_to_a_limit_and_are_forgotten() -> None:
    at = [1000.0]
    patience = Patience(lambda: at[0])
    waits = [patience.take_up() for _ in range(2000)]
    assert waits[:12] == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30]
    assert set(waits[10:]) == {30}
    at[0] += account.FORGOTTEN_AFTER + 1
    assert patience.take_up() == 0
    patience.forgive()
    assert [patience.take_up() for _ in range(6)] == [0, 0, 0, 0, 0, 1]


def test_many_tries_at_once_are_answered_one_after_the_other_and_only_some_may_wait(
    guarded: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "MOST_WAITING", 3)
    browsers = [guarded.browser() for _ in range(6)]
    tokens = [browser.token() for browser in browsers]
    refused, steps = threading.Semaphore(0), list[str]()

    def take_up(_: Patience) -> float:
        steps.append("taken up")
        return 0.001

    def is_(*_: object) -> bool:
        if steps == ["taken up"]:  # the first one is not answered before three have been turned away
            assert all(refused.acquire(timeout=20) for _ in range(3))
        steps.append("looked at")
        return False

    def attempt(browser: Browser, token: str) -> int:
        answer = browser.post("/sign-in", token=token, username="marie", password="wrong")
        if answer.status_code == 429:
            assert answer.headers["retry-after"] == "30"
            assert "Too many tries to sign in" in answer.text
            refused.release()
        return answer.status_code

    with monkeypatch.context() as meanwhile, ThreadPoolExecutor(6) as pool:
        meanwhile.setattr(Patience, "take_up", take_up)
        meanwhile.setattr(Account, "is_", is_)
        answers = [*pool.map(attempt, browsers, tokens)]
    assert sorted(answers) == [403, 403, 403, 429, 429, 429]
    assert steps == ["taken up", "looked at"] * 3
    assert guarded.browser().sign_in().status_code == 303, "those who waited are forgotten"


def test_no_hash_is_made_for_those_who_went_away(guarded: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, taken_up = [], threading.Event()

    def take_up(_: Patience) -> float:
        taken_up.set()
        return 0.1

    monkeypatch.setattr(Patience, "take_up", take_up)
    monkeypatch.setattr(Account, "is_", lambda *typed: bool(asked.append(typed[2])))  # type: ignore[func-returns-value] - as meant
    browser = guarded.browser()
    body = f"token={browser.token()}&username=marie&password=gone"
    cookie = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)
    with socket.create_connection(("127.0.0.1", guarded.port)) as connection:
        head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode())
        assert taken_up.wait(5)
    browser.sign_in(password="stays")
    assert asked == ["stays"]


@pytest.mark.parametrize("https", [True, False])
def test_the_cookie_is_for_the_server_alone(engine: Engine, *, https: bool) -> None:
    with Service(engine, ACCOUNT, is_https=https).served() as service:
        cookie = service.browser().get("/sign-in").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ("secure" in cookie) is https


def test_nothing_secret_is_in_the_cookie(guarded: Service) -> None:
    browser = guarded.browser()
    browser.sign_in()
    (cookie,) = [one.value for one in browser.cookies.jar]
    assert cookie is not None
    assert json.loads(base64.b64decode(cookie.partition(".")[0])).keys() == {"username", "signed_in_at", "generation", "token"}


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb", ""])
def test_nobody_is_led_elsewhere_after_signing_in(wanted: str) -> None:
    assert local_path(wanted) == "/"


# -- hosts and proxies ---------------------------------------------------------------------------------------------------


def test_without_a_password_only_this_machine_s_own_names_are_answered(open_house: Service) -> None:
    for host in ("localhost", "LocalHost", "127.0.0.1", "127.0.0.2", "[::1]", "console.localhost"):
        assert open_house.browser(host=host).get("/runs").status_code == 200
    known = open_house.browser()
    known.get("/conflicts")
    for host in ("rebound.example", "localhost.rebound.example", "127.0.0.1.rebound.example", "[", "localhost@rebound.example"):
        stranger = open_house.browser(host=host)
        stranger.cookies.update(known.cookies)
        for answer in (stranger.get("/runs"), stranger.post("/conflicts/1", use="c2", since=NOON.isoformat(), token="x")):
            assert answer.status_code == 403
            assert "localhost" in answer.text
    assert open_house.browser(host="monitor.example").get("/healthz").status_code == 200
    assert open_house.browser().get("/sign-in").headers["location"] == "/"


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"])
def test_without_a_password_no_proxy_is_answered(open_house: Service, name: str) -> None:
    answer = open_house.browser().send("GET", "/runs", headers={name: "198.51.100.7"})
    assert answer.status_code == 403
    assert "answer to no proxy" in answer.text


def test_with_a_password_a_proxy_is_answered(guarded: Service) -> None:
    browser = guarded.browser(host="sync.example.org")
    browser.sign_in()
    assert browser.send("GET", "/runs", headers={"X-Forwarded-For": "198.51.100.7", "Via": "1.1 x"}).status_code == 200


# -- what is sent --------------------------------------------------------------------------------------------------------


def test_large_bodies_are_not_taken_in(guarded: Service) -> None:
    browser = guarded.browser()
    form, token = {"content-type": "application/x-www-form-urlencoded"}, browser.token()
    fits = f"token={token}&username=marie&password={PASSWORD}&x=".replace(" ", "+").encode()
    assert browser.send("POST", "/sign-in", content=fits.ljust(LARGEST, b"x"), headers=form).status_code == 303
    for content in (fits.ljust(LARGEST + 1, b"x"), iter([fits, b"x" * LARGEST])):
        answer = guarded.browser().send("POST", "/sign-in", content=content, headers=form)  # type: ignore[arg-type] - both are bodies
        assert answer.status_code == 413
        assert "what was sent is no form of these pages" in answer.text


@pytest.mark.parametrize("charset", ["utf-8", "unicode_escape"])
def test_files_are_not_taken_in(guarded: Service, charset: str) -> None:
    kind = f"Multipart/form-data; boundary=b; charset={charset}"
    body = b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n\\x\r\n--b--\r\n'
    assert guarded.browser().send("POST", "/sign-in", content=body, headers={"content-type": kind}).status_code == 415


def test_another_way_of_asking_is_refused_in_words(open_house: Service) -> None:
    answer = open_house.browser().post("/runs/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert "This address does not take what was sent." in answer.text


# -- what comes back -----------------------------------------------------------------------------------------------------


def test_pages_fetch_nothing_from_elsewhere_and_are_not_framed_or_kept(guarded: Service) -> None:
    browser = guarded.browser()
    browser.sign_in()
    for answer in (guarded.browser().get("/sign-in"), browser.get("/runs"), browser.get("/nowhere"), browser.post("/runs/1")):
        assert answer.headers["content-type"].startswith("text/html")
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "http:" not in answer.text
        assert "https:" not in answer.text


def test_programs_get_no_pages_and_no_cookies(guarded: Service) -> None:
    browser = guarded.browser()
    answers = [browser.get(path) for path in ("/healthz", "/readyz", "/metrics", "/static/console.css")]
    assert [answer.status_code for answer in answers] == [200] * 4
    refused = [
        browser.post("/healthz"),
        browser.get("/healthz?deep=perhaps"),
        browser.get("/healthz/x"),
        browser.get("/api/v1/runs"),
    ]
    assert [answer.status_code for answer in refused] == [405, 422, 404, 404]
    assert refused[0].headers["allow"] == "GET"
    assert all(answer.headers["content-type"] == "application/json" for answer in refused)
    assert not any("set-cookie" in answer.headers for answer in answers + refused)


def test_heads_are_answered_where_pages_are(open_house: Service) -> None:
    browser = open_house.browser()
    for path in ("/runs", "/conflicts", "/healthz", "/readyz", "/metrics", "/static/console.css", "/nowhere"):
        head, whole = browser.send("HEAD", path), browser.get(path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]


def test_a_page_that_is_broken_is_said_in_words_and_logged(open_house: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError("of its own")

    monkeypatch.setattr(queries, "runs", breaks)
    with capture_logs() as logged:
        answer = open_house.browser().get("/runs")
    assert answer.status_code == 500
    assert "which the service&#39;s log describes" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "of its own" not in answer.text
    (line,) = [line for line in logged if line["event"] == "a page is broken"]
    assert (line["path"], line["why"]) == ("/runs", "ZeroDivisionError: of its own")
