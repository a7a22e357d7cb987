"""What the console does about runs, with a real service behind it: begin one, watch it, cancel it."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from cli_world import ended, wait_until
from console_world import ACCOUNT, NOON, Browser, Service
from held_runs import House, house_of
from live_console import staffed
from serve_world import PROMISED, log_lines, serving
from sqlalchemy import text
from structlog.testing import capture_logs
from test_console import nesting_faults, plain

from syncsvc.engine.request import RunRequest
from syncsvc.engine.stage import Stage
from syncsvc.state.lock import RunLock
from syncsvc.state.store import Store
from syncsvc.web.console import leaf


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_of(tmp_path) as found:
        yield found


def sync_now(browser: Browser) -> str:
    """Press the button; gives the page that it leads to."""
    answer = browser.post("/runs", token=browser.token("/"))
    assert answer.status_code == 303
    return answer.headers["location"]


def reloads(page: str) -> list[str]:
    return re.findall(r'<meta http-equiv="refresh" content="(\d+)">', page)


def test_sync_now_leads_to_the_page_of_the_run_that_it_begins(house: House) -> None:
    with staffed(house) as (service, browser):
        assert "Sync now" in plain(browser.get("/").text)
        with capture_logs() as logged:
            assert sync_now(browser) == "/runs/1"
        service.on_demand.wait()
        page = browser.get("/runs/1").text
        assert "succeeded" in plain(page)
        assert "by hand, full" in plain(page)
        assert reloads(page) == []
        assert "Cancel" not in page
        assert "All is well." in plain(browser.get("/").text)
    assert [(line["event"], line["run"]) for line in logged if line["event"] == "run begun by hand"] == [("run begun by hand", 1)]
    assert house.news.heard == [], "somebody looked"
    assert len(house.world.box.hector.assets()) == 4


def test_the_page_of_a_run_that_is_on_tells_how_far_it_is_and_loads_itself_anew(house: House) -> None:
    with staffed(house) as (_, browser):
        house.gate.close()
        address = sync_now(browser)
        house.gate.wait_for_somebody()
        page = browser.get(address).text
        assert "under way getting in touch with both systems" in plain(page)
        assert '<progress aria-labelledby="stage"></progress>' in page
        assert reloads(page) == ["3"]
        assert nesting_faults(page) == []
        still = browser.get(f"{address}?still=1").text
        assert reloads(still) == []
        assert f'<a href="{address}/log?still=1"' in still
        assert reloads(browser.get(f"{address}/log").text) == ["3"]
        overview = browser.get("/").text
        assert "Run 1" in plain(overview)
        assert "Sync now" not in overview


def test_a_second_run_is_refused_while_one_is_on(house: House) -> None:
    with staffed(house) as (_, browser):
        token = browser.token("/")
        house.gate.close()
        sync_now(browser)
        house.gate.wait_for_somebody()
        with capture_logs() as logged:
            answer = browser.post("/runs", token=token)
        assert answer.status_code == 409
        assert "Nothing was begun: a run is under way already." in plain(answer.text)
        assert "<title>Error: Overview" in answer.text
        assert nesting_faults(answer.text) == []
        assert [line["event"] for line in logged] == ["no run was begun"]
    assert house.kinds() == ["manual"]


def test_a_run_of_another_program_is_said_to_be_none_of_ours(house: House) -> None:
    with staffed(house) as (service, browser):
        sync_now(browser)
        service.on_demand.wait()
        with house.engine.begin() as connection:
            connection.execute(text("UPDATE runs SET status = 'running', finished_at = NULL, summary = NULL"))
        token = browser.token("/")
        with RunLock(house.world.environment["SYNCSVC_DATABASE_URL"]):
            page = browser.get("/runs/1").text
            assert "it can be cancelled there only" in plain(page)
            assert "Cancel this run" not in page
            assert reloads(page) == ["15"]
            answer = browser.post("/runs", token=token)
            assert (answer.status_code, "process" in answer.text) == (409, True)
            answer = browser.post("/runs/1/cancel", token=token)
            assert answer.status_code == 409
            assert "Nothing was cancelled: this run is over, or another program carries it out." in plain(answer.text)
            assert reloads(answer.text) == [], "it would be an address that takes forms alone"
        page = browser.get("/runs/1").text
        assert "ended without a word" in plain(page)
        assert reloads(page) == []
        with house.engine.begin() as connection:
            connection.execute(text("UPDATE runs SET dry_run = TRUE"))
        page = plain(browser.get("/runs/1").text)
        assert "under way" in page
        assert "without a word" not in page, "a dry run holds no lock: nobody knows"


def test_a_run_is_cancelled_from_its_page(house: House) -> None:
    with staffed(house) as (service, browser):
        house.gate.close()
        address = sync_now(browser)
        house.gate.wait_for_somebody()
        token = browser.token(address)
        assert browser.post(f"{address}/cancel", token="x").status_code == 403
        assert not service.runs.stage(1).is_stopping  # type: ignore[union-attr] - it is on
        with capture_logs() as logged:
            answer = browser.post(f"{address}/cancel", token=token)
        assert (answer.status_code, answer.headers["location"]) == (303, address)
        assert [(line["event"], line["run"]) for line in logged] == [("run cancelled", 1)]
        page = browser.get(address).text
        assert "stopping" in plain(page)
        assert "What is begun is finished and stored" in plain(page)
        assert "Cancel this run" not in page
        house.gate.open()
        service.on_demand.wait()
        assert "interrupted" in plain(browser.get(address).text)
        assert browser.post(f"{address}/cancel", token=token).status_code == 409
        assert browser.post("/runs/99/cancel", token=token).status_code == 404
    assert house.status(1) == "interrupted"
    assert house.world.box.writes() == []


def test_a_nightly_run_of_this_service_can_be_watched_and_cancelled_too(house: House) -> None:
    with staffed(house) as (service, browser):
        house.gate.close()
        number = service.on_demand.begin(RunRequest("daily"))
        house.gate.wait_for_somebody()
        assert "nightly" in plain(browser.get(f"/runs/{number}").text)
        assert browser.post(f"/runs/{number}/cancel", token=browser.token("/runs/1")).status_code == 303


def test_without_usable_rules_the_overview_says_why_no_run_begins(house: House) -> None:
    Path(house.world.environment["SYNCSVC_RULES"]).write_text("cmdbs: 7\n", encoding="utf-8")
    with staffed(house, language="fr") as (_, browser):
        page = unescape(browser.get("/").text)
        assert "Synchroniser maintenant" in page
        answer = browser.post("/runs", token=browser.token("/"))
        assert answer.status_code == 409
        assert "Rien n'a été lancé." in plain(answer.text)
        assert "rules.yaml" in plain(answer.text)
    assert house.kinds() == []


def test_who_has_not_signed_in_begins_and_cancels_nothing(house: House) -> None:
    account = {"username": ACCOUNT.username, "password_hash": ACCOUNT.password_hash}
    with staffed(house, **account) as (service, browser):
        for address in ("/runs", "/runs/1/cancel"):
            answer = browser.post(address, token="x")
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in")
        browser.sign_in()
        assert browser.post("/runs", token="x").status_code == 403
        assert browser.post("/runs").status_code == 422
        house.gate.close()
        with capture_logs() as logged:
            sync_now(browser)
        assert [line["by"] for line in logged if line["event"] == "run begun by hand"] == ["marie"]
        answer = browser.post("/runs/1/cancel", token="x")
        assert '<a href="/runs/1">Run 1</a>' in answer.text
        assert not service.runs.stage(1).is_stopping  # type: ignore[union-attr] - it is on


# -- how far it is -------------------------------------------------------------------------------------------------------

OVER = (("Inventaire / Écrans", "completed_with_errors"),)


@pytest.mark.parametrize(
    ("stage", "words", "bar"),
    [
        (Stage(3), "getting in touch with both systems", ""),
        (Stage(3, (), "Inventaire / Portables", "reading"), "Category 1 of 3: Inventaire / Portables , reading", ""),
        (Stage(3, OVER, "Inventaire / Portables", "planning"), "Category 2 of 3: Inventaire / Portables , planning", ""),
        (Stage(3, OVER, "A", "writing", 7, 30), "Category 2 of 3: A , writing, 7 of 30", ' max="30" value="7"'),
        (Stage(3, OVER, "A", "writing", 31, 30), "A , writing, 30 of 30", ' max="30" value="30"'),
        (Stage(3, OVER, "A", "writing", 0, 0), "Category 2 of 3: A , writing ", ""),
        (Stage(3, OVER), "1 of 3 categories done", ""),
        (Stage(1, (), "<b>A</b>", "reading"), "Category 1 of 1: <b>A</b> , reading", ""),
    ],
)
def test_a_stage_is_said_in_words_and_shown_by_a_bar(house: House, stage: Stage, words: str, bar: str) -> None:
    Store(house.engine).start_run("manual", full=True, dry_run=False, at=NOON)
    with Service(house.engine, stages={1: stage}).served() as desk:
        page = desk.browser().get("/runs/1").text
        assert words in plain(page)
        assert f'<progress aria-labelledby="stage"{bar}></progress>' in page
        assert ("Inventaire / Écrans : completed with errors or conflicts" in plain(page)) is bool(stage.finished)
        assert "<b>" not in page
        assert nesting_faults(page) == []
        assert desk.looked_at == [1]


def test_a_run_that_another_one_took_for_dead_is_shown_as_it_is(house: House) -> None:
    store = Store(house.engine)
    store.start_run("manual", full=True, dry_run=True, at=NOON)
    store.interrupt_dead_runs(NOON)
    with Service(house.engine, stages={1: Stage(1)}).served() as desk:
        page = plain(desk.browser(language="fr").get("/runs/1").text)
    assert "prise de contact avec les deux systèmes" in page
    assert "interrompue" not in page


def test_older_rows_are_not_taken_from_under_the_reader_s_eyes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaf, "ROWS", 2)
    store = Store(house.engine)
    store.start_run("manual", full=True, dry_run=False, at=NOON)
    for number in range(3):
        store.log(1, "info", f"line {number}", {}, NOON)
    with Service(house.engine, stages={1: Stage(1)}).served() as desk:
        browser = desk.browser()
        assert reloads(browser.get("/runs/1/log").text) == ["3"]
        assert reloads(browser.get("/runs/1/log?page=2").text) == []


# -- the service as a program --------------------------------------------------------------------------------------------


def held_by_c2(house: House) -> bool:
    return any("CI/Retrieve" in request.path for request in house.world.box.requests)


def test_a_signal_ends_a_run_that_was_asked_for_as_it_ends_a_night(house: House) -> None:
    with serving(house.world) as service:
        browser = Browser(service.port)
        with house.world.box.c2.lock:  # C2 answers nobody
            token = browser.token("/")
            assert sync_now(browser) == "/runs/1"
            service.program.send_signal(signal.SIGTERM)
            wait_until(lambda: "about to end" in browser.post("/runs", token=token).text)
        result = ended(service.program, timeout=PROMISED)
        browser.close()
    assert result.code == 0
    assert [line["event"] for line in log_lines(result)][-2:] == ["run finished", "service stopped"]
    assert house.status(1) == "interrupted"


@pytest.mark.parametrize("dry_run", [pytest.param(False, marks=pytest.mark.long), True])  # as the service's own runs are
def test_a_system_that_holds_its_answer_back_does_not_hold_the_end(house: House, *, dry_run: bool) -> None:
    house.world.box.faults.once("c2", "CI/Retrieve", "timeout", seconds=50)
    with serving(house.world, SYNCSVC_CONSOLE__API_TOKEN="a-token-of-20-letters") as service:
        browser = Browser(service.port)
        bearer = {"Authorization": "Bearer a-token-of-20-letters"}
        assert browser.send("POST", "/api/v1/runs", headers=bearer, json={"dry_run": dry_run}).status_code == 202
        wait_until(lambda: held_by_c2(house))
        assert service.get("/healthz").status_code == 200
        assert service.metrics()["syncsvc_run_under_way"] == (0 if dry_run else 1)
        begin = time.monotonic()
        result = service.stop()
        assert time.monotonic() - begin < PROMISED
        browser.close()
    assert result.code == 0
    assert house.status(1) == "interrupted"
