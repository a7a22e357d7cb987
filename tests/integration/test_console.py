"""The console's pages as a browser gets them: what they show, who gets them, and what their one form does."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from cli_world import cli_world
from console_world import ACCOUNT, NOON, Service, record
from live_world import LiveWorld, live_world
from structlog.testing import capture_logs

from syncsvc.domain.errors import AnotherRunError, ErrorKind, SettingsError, SyncError
from syncsvc.domain.plan import Action, Change, FieldChange, Outcome, RunStatus, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.notify import texts as mail_texts
from syncsvc.state import queries
from syncsvc.state.conflicts import UnknownConflictError
from syncsvc.state.lock import LockLostError
from syncsvc.web.app import Trouble
from syncsvc.web.console import leaf, show, texts
from syncsvc.web.console.account import Account
from syncsvc.web.console.show import Show
from syncsvc.web.console.texts import PageTexts, preferred

PRICED = """
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Remarques, hector: asset.attributes.Price}
"""
"""A text where a number is needed."""
NASTY = "<script>alert(1)</script> =cmd|' /C calc'!A0 \u202egnp.exe \x1b[31m"


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


@pytest.fixture
def open_house(world: LiveWorld) -> Iterator[Service]:
    with Service(world.database).served() as service:
        yield service


@pytest.fixture
def guarded(world: LiveWorld) -> Iterator[Service]:
    with Service(world.database, ACCOUNT).served() as service:
        yield service


def plain(page: str) -> str:
    """What somebody reads of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


GOOD, BAD, NEITHER = ("good", "All is well."), ("bad", "Something needs your attention."), ("", "There has been no run yet.")


def verdict(service: Service) -> tuple[str, str]:
    """The colour and the words of the overview's first line."""
    found = re.search(r'<h1 class="(\w*)">([^<]+)</h1>', service.browser().get("/").text)
    assert found is not None
    return found[1], unescape(found[2])


def switch(answer: httpx.Response) -> str:
    """Where the link to the other language leads."""
    found = re.search(r'<a href="([^"]+)" lang="fr"', answer.text)
    assert found is not None
    return unescape(found[1])


def disputed(world: LiveWorld) -> None:
    """A pair whose note both sides change."""
    ci = world.add_ci("Portable", maker="HP", model="840", serial="S1", notes="old")
    world.sync("⇄")
    world.c2.edit_ci(ci, {"Remarques": "ours"})
    world.hector.edit_asset(world.hector.assets()[0]["id"], note="theirs")
    world.sync("⇄")


# -- what pages show -----------------------------------------------------------------------------------------------------


def test_the_overview_says_whether_all_is_well(world: LiveWorld, open_house: Service) -> None:
    browser = open_house.browser()
    assert "There has been no run yet." in plain(browser.get("/").text)
    world.add_ci("Portable", maker="HP", model="840", serial="S1")
    world.sync("→")
    shown = plain(browser.get("/").text)
    assert "All is well." in shown
    assert "Run 1" in shown
    assert "Next run 2026-11-20 21:00" in shown
    assert re.search(r"Inventaire / Portables \d{4}-", shown)
    assert "Inventaire / Écrans never" in shown
    open_house.troubles.append(Trouble("rules", "The file is broken."))
    open_house.due = None
    shown = plain(browser.get("/").text)
    assert "Something needs your attention." in shown
    assert "The rules file cannot be used: The file is broken." in shown
    assert "none: there is no usable rules file" in shown


def test_an_open_conflict_needs_attention_and_a_settled_one_does_not(world: LiveWorld, open_house: Service) -> None:
    disputed(world)
    (conflict,) = queries.conflicts(world.database)
    browser = open_house.browser()
    assert "Open conflicts 1" in plain(browser.get("/").text)
    assert verdict(open_house) == BAD
    world.store.settle_conflict(conflict["id"], Side.C2, NOON)
    record(world.store, RunStatus.SUCCEEDED, Portables="succeeded")
    assert "Open conflicts 0" in plain(browser.get("/").text)
    assert verdict(open_house) == GOOD


def test_a_run_that_failed_needs_attention_whatever_dry_runs_and_single_pairs_came_after_it(
    world: LiveWorld, open_house: Service
) -> None:
    world.add_ci("Portable", maker="HP", model="840", serial="S1")
    world.sync("→", dry_run=True)
    assert verdict(open_house) == NEITHER
    world.sync("→")
    assert verdict(open_house) == GOOD
    for _ in range(9):
        world.box.faults.once("c2", "", "server_error")
    assert world.sync("→").status is RunStatus.FAILED
    world.box.faults.clear()
    assert verdict(open_house) == BAD
    world.sync("→", dry_run=True)
    record(world.store, RunStatus.SUCCEEDED, kind="single", Portables="succeeded")
    page = open_house.browser().get("/").text
    assert "Run 3 , " in plain(page)
    assert 'class="failed">failed<' in page
    assert verdict(open_house) == BAD
    world.sync("→")
    assert verdict(open_house) == GOOD


def test_a_category_that_failed_needs_attention_until_it_is_carried_out_itself(world: LiveWorld, open_house: Service) -> None:
    record(world.store, RunStatus.COMPLETED_WITH_ERRORS, Portables="failed", Écrans="succeeded")
    record(world.store, RunStatus.SUCCEEDED, kind="manual", Écrans="succeeded")
    assert verdict(open_house) == BAD
    assert "Inventaire / Portables never failed" in plain(open_house.browser().get("/").text)
    record(world.store, RunStatus.SUCCEEDED, kind="manual", Portables="succeeded")
    assert verdict(open_house) == GOOD
    record(world.store, RunStatus.FAILED)
    record(world.store, RunStatus.SUCCEEDED, kind="manual", Écrans="succeeded")
    assert verdict(open_house) == BAD
    record(world.store, RunStatus.COMPLETED_WITH_ERRORS, Portables="succeeded", Écrans="succeeded", Imprimantes="failed")
    record(world.store, RunStatus.SUCCEEDED, Portables="succeeded", Écrans="succeeded")
    assert verdict(open_house) == GOOD, "what is synchronised no longer is nobody's concern"


def test_a_run_that_goes_on_is_good_news_only_while_it_does(world: LiveWorld, open_house: Service) -> None:
    record(world.store, RunStatus.SUCCEEDED, Portables="succeeded")
    number = world.store.start_run("daily", full=True, dry_run=False, at=NOON)
    open_house.under_way = True
    page = plain(open_house.browser().get("/").text)
    assert f"Run {number} , 2026-11-20 12:00: under way" in page
    assert "Next run 2026-11-20 21:00" in page
    assert verdict(open_house) == GOOD
    open_house.under_way = False
    assert "ended without a word" in plain(open_house.browser().get("/").text)
    assert verdict(open_house) == BAD
    world.store.interrupt_dead_runs(NOON + timedelta(hours=5))
    browser = open_house.browser()
    page = plain(browser.get(f"/runs/{number}").text)
    assert "Took – Kind nightly, full Read (C2 · Hector) –" in page
    assert "Calls (C2 · Hector) – Unchanged – " in page
    assert f"{number} 2026-11-20 12:00 – nightly interrupted" in plain(browser.get("/runs").text)


def test_a_run_shows_what_it_did_what_went_wrong_and_its_log(world: LiveWorld, open_house: Service) -> None:
    ci = world.add_ci("Portable", maker="HP", model="840", serial="S1", notes="900")
    world.sync("→", fields=PRICED)
    world.c2.edit_ci(ci, {"Remarques": "dear", "Numéro de série": "S2"})
    world.sync("→", fields=PRICED)
    browser = open_house.browser()
    listed = plain(browser.get("/runs").text)
    assert listed.index("completed with errors or conflicts") < listed.index("succeeded")
    page = plain(browser.get("/runs/2").text)
    assert "Errors (1) Changes (1) Log" in page
    assert "“dear” is not a number, as “asset.attributes.Price” needs." in page
    assert "dear" in page
    assert "Inventaire / Portables completed with errors or conflicts 1 · 1" in page
    page = plain(browser.get("/runs/2/changes").text)
    assert "Hector update (asset)" in page
    assert "Numéro de série : S1 → S2 done" in page
    assert "category planned" in plain(browser.get("/runs/2/log").text)
    assert "No errors." in plain(browser.get("/runs/1").text)


def test_what_people_typed_is_shown_and_does_nothing(
    world: LiveWorld, open_house: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "LONGEST_VALUE", 100)
    ci = world.add_ci("Portable", maker="HP", model="840", serial="S1", notes="old")
    world.sync("⇄")
    world.c2.edit_ci(ci, {"Remarques": NASTY})
    world.hector.edit_asset(world.hector.assets()[0]["id"], note="x" * 200)
    world.sync("⇄")
    browser = open_house.browser()
    conflicts = browser.get("/conflicts").text
    assert "x" * 99 + "…" in conflicts
    world.sync("→", fields=PRICED)
    for page in (conflicts, browser.get("/runs/3").text):
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "\u202e" not in page
        assert "\x1b" not in page


def test_long_listings_come_in_pages(world: LiveWorld, open_house: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaf, "ROWS", 2)
    for n in range(5):
        world.add_ci(f"Portable {n}", maker="HP", model="840", serial=f"S{n}")
    world.sync("→")
    browser = open_house.browser()
    total = queries.amounts(world.database, 1)["changes"]
    assert total == 6  # the subcategory, and five assets
    seen = []
    for page in (1, 2, 3):
        text = browser.get(f"/runs/1/changes?page={page}").text
        assert f"{2 * page - 1} to {2 * page} of {total}" in plain(text)
        assert ('rel="next"' in text, 'rel="prev"' in text) == (page < 3, page > 1)
        seen += re.findall(r"CI <bdi>(\d+)</bdi>", text)
    assert len(set(seen)) == 5
    assert len(re.findall(r"<td>(\d\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d)</td>", text)) == 2
    assert plain(text).count("Inventaire / Portables") >= 2
    for page, first in (("-7", 1), ("0", 1), ("4", 5), (str(10**30), 5)):
        assert f"{first} to {first + 1} of 6" in plain(browser.get(f"/runs/1/changes?page={page}").text)


def test_a_held_run_is_approved_on_its_page_once(world: LiveWorld, open_house: Service) -> None:
    number = record(world.store, RunStatus.HELD, took=timedelta(seconds=75))
    browser = open_house.browser()
    page = browser.get(f"/runs/{number}").text
    assert f'action="/runs/{number}/approve"' in page
    assert "1 min 15 s" in plain(page)
    assert "Nothing was changed." in plain(browser.get(f"/runs/{number}/changes").text)
    approval = world.store.start_run("approval", full=True, dry_run=False, at=NOON, approves=number)
    page = browser.get(f"/runs/{number}").text
    assert "/approve" not in page, "a run is approved once"
    assert f"Approved, see: Run {approval}" in plain(page)
    assert "approved running" in plain(browser.get("/runs").text)
    open_house.under_way = True
    assert "under way" in plain(browser.get(f"/runs/{approval}").text)


def test_a_held_run_shows_what_it_would_do(world: LiveWorld, open_house: Service) -> None:
    for n in range(2):
        world.add_ci(f"Portable {n}", maker="HP", model="840", serial=f"S{n}")
    run = world.sync("→", guards="{max_creates: 1}").run
    browser = open_house.browser()
    assert "Changes (3)" in plain(browser.get(f"/runs/{run}").text)
    page = plain(browser.get(f"/runs/{run}/changes").text)
    assert "Hector create (asset)" in page
    assert "Numéro de série : empty → S1" in page
    assert page.count("held, not begun") == 3


def test_persons_are_called_by_their_names(world: LiveWorld, open_house: Service) -> None:
    number = record(world.store, RunStatus.SUCCEEDED)
    field = FieldChange("a=b", "Utilisateur", "id-1", "id-2", "Élise Côté", Why.CHANGED)
    change = Change(Action.UPDATE, Side.C2, RecordKind.CI, (field,), ci_number="000001")
    clients = {"id-1": "Luc Lévesque", "id-2": "Élise Côté"}
    world.store.record_changes(number, ("Inventaire", "Portables"), [(change, Outcome.DONE)], NOON, clients)
    assert "Utilisateur : Luc Lévesque → Élise Côté done" in plain(open_house.browser().get(f"/runs/{number}/changes").text)


def test_pages_can_be_heard_as_well_as_seen(world: LiveWorld, open_house: Service) -> None:
    disputed(world)
    browser = open_house.browser()
    page = browser.get("/runs/2").text
    assert re.findall(r'<nav[^>]* aria-label="([^"]+)"', page) == ["Pages of the console", "Parts of the run"]
    assert re.findall(r'<a href="([^"]+)" aria-current="(\w+)"', page) == [("/runs", "true"), ("/runs/2", "page")]
    for path in ("/", "/runs", "/runs/2", "/runs/2/changes", "/runs/2/log", "/conflicts"):
        page = browser.get(path).text
        assert nesting_faults(page) == []
        assert page.count('<div class="wide"') == page.count('<div class="wide" tabindex="0" role="region" aria-label="')


class Nesting(HTMLParser):
    """Notes what is closed that is not open, or left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        if tag not in {"meta", "link", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} at {self.getpos()}")


def nesting_faults(page: str) -> list[str]:
    parser = Nesting()
    parser.feed(page)
    return parser.faults + parser.open


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (3600, "1 h 00 min"), (90_000, "25 h 00 min")]
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, shown: str) -> None:
    run = {"started_at": NOON.isoformat(), "finished_at": (NOON + timedelta(seconds=seconds)).isoformat()}
    assert Show(PageTexts("en"), "UTC").took(run, is_counted=True) == shown


HUGE = ["/runs/0", "/runs/2147483648", f"/runs/{10**30}", f"/runs/{'9' * 5000}", "/runs/1/changes?page=x"]


@pytest.mark.parametrize("path", ["/runs/99", "/runs/abc", "/nowhere", "/runs/1/else", "/runs/", "/static/none.css", *HUGE])
def test_what_is_not_there_is_said_in_words(open_house: Service, path: str) -> None:
    answer = open_house.browser().get(path)
    assert answer.status_code == 404
    assert re.search("There is no (run 99|such page)", answer.text)


def test_a_database_that_does_not_answer_is_said_in_words(world: LiveWorld, open_house: Service) -> None:
    with world.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE runs RENAME TO gone")
    with capture_logs() as logged:
        answer = open_house.browser().get("/runs")
    assert answer.status_code == 503
    assert "The database does not answer as it should." in answer.text
    (line,) = [line for line in logged if line["event"] == "a page could not be shown"]
    assert (line["log_level"], line["path"]) == ("warning", "/runs")
    assert line["why"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("en-US,en;q=0.9,fr;q=0.1", "en"), ("de,fr;q=0.2", "fr"), ("de", "en"), ("fr;q=x", "en")],
)
def test_the_browser_s_language_is_spoken(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def test_the_language_can_be_switched_and_stays(open_house: Service) -> None:
    browser = open_house.browser(language="fr-CA")
    assert '<html lang="fr">' in browser.get("/runs").text
    assert '<html lang="en">' in browser.get("/runs?lang=en").text
    assert '<html lang="en">' in browser.get("/").text
    assert '<html lang="en">' in browser.get("/?lang=xx").text


def test_the_language_switch_leads_to_the_same_page(world: LiveWorld, open_house: Service, guarded: Service) -> None:
    disputed(world)
    browser, signing = open_house.browser(), guarded.browser()
    for path, address in (
        ("/runs/1/changes", "/runs/1/changes?lang=fr"),
        ("/runs/1/log?lang=en&page=2", "/runs/1/log?page=2&lang=fr"),
        ("/runs/99", "/runs/99?lang=fr"),
        ("//evil.example/", "/?lang=fr"),
    ):
        assert switch(browser.send("GET", f"http://127.0.0.1:{open_house.port}{path}")) == address
    asked = "/sign-in?next=%2Fruns%2F1%2Fchanges%3Fpage%3D2"
    assert signing.get("/runs/1/changes?page=2").headers["location"] == asked
    assert switch(signing.get(asked)) == f"{asked}&lang=fr"
    assert switch(signing.sign_in(password="wrong", next="/runs/1/changes?page=2")) == f"{asked}&lang=fr"
    assert switch(signing.post("/sign-in", token="x")) == "/sign-in?lang=fr"
    answer = browser.post("/conflicts/1", use="c2", since=NOON.isoformat(), token=browser.token("/conflicts?lang=en"))
    assert switch(answer) == "/conflicts?lang=fr"
    refused = browser.post("/conflicts/1", use="c2", since=NOON.isoformat(), token="x")
    assert switch(refused) == "/conflicts?lang=fr"
    assert '<p><a href="/conflicts">Conflicts</a></p>' in refused.text


def test_every_code_that_is_recorded_has_a_word_in_both_languages() -> None:
    groups: dict[str, list[str]] = {
        "kind": ["daily", "manual", "single", "approval"],
        "status": [*RunStatus],
        "outcome": [*Outcome],
        "level": ["debug", "info", "warning", "error", "critical"],
        "chosen": [*Side],
        "use": [*Side],
    }
    of_pages = {f"{group}.{code}" for group, codes in groups.items() for code in codes}
    of_mails = {
        *(f"kind.{kind}" for kind in ErrorKind),
        *(f"action.{action}" for action in Action),
        *(f"record.{record}" for record in RecordKind),
        *(f"system.{side}" for side in Side),
    }
    assert of_pages - texts._TEXTS.keys() == set()
    assert of_mails - mail_texts._TEXTS.keys() == set()


def test_errors_are_said_in_french(world: LiveWorld, open_house: Service) -> None:
    world.add_ci("Portable", maker="HP", model="840", serial="S1", notes="dear")
    world.sync("→", fields=PRICED)
    page = plain(open_house.browser(language="fr").get("/runs/1").text)
    assert "« dear » n'est pas un nombre" in page


# -- conflicts -----------------------------------------------------------------------------------------------------------


def test_a_conflict_is_settled_from_its_page_and_the_next_run_carries_it_out(world: LiveWorld, open_house: Service) -> None:
    disputed(world)
    browser = open_house.browser()
    page = browser.get("/conflicts").text
    assert re.search(r"Remarques ours theirs old", plain(page))
    (conflict,) = queries.conflicts(world.database)
    number = conflict["id"]
    assert f'<tr id="c{number}">' in page
    assert "Keep Hector's : Remarques, CI 00000001" in plain(page)
    for use, chosen, other in (("c2", "C2's", "Hector's"), ("hector", "Hector's", "C2's")):
        with capture_logs() as logged:
            answer = browser.post(f"/conflicts/{number}", use=use, **browser.seen(number))
        assert (answer.status_code, answer.headers["location"]) == (303, f"/conflicts#c{number}")
        page = plain(browser.get("/conflicts").text)
        assert f"{chosen} value was chosen, waits for the next run Keep {other}" in page
        assert f"Keep {chosen}" not in page
        assert [(line["event"], line["conflict"], line["side"]) for line in logged] == [("conflict settled", number, use)]
    world.sync("⇄")
    (ci,) = world.c2.ci_ids(world.category)
    assert world.c2.value(ci, "Remarques") == "theirs"
    assert "No conflict waits for a decision." in plain(browser.get("/conflicts").text)


def test_values_that_nobody_saw_are_not_settled(world: LiveWorld, open_house: Service) -> None:
    disputed(world)
    (conflict,) = queries.conflicts(world.database)
    browser = open_house.browser()
    seen = browser.seen(conflict["id"])
    (ci,) = world.c2.ci_ids(world.category)
    world.c2.edit_ci(ci, {"Remarques": "ours, anew"})
    world.sync("⇄")
    with capture_logs() as logged:
        answer = browser.post(f"/conflicts/{conflict['id']}", use="c2", **seen)
    assert answer.status_code == 409
    assert "the values have changed since. Look at them again below." in answer.text
    assert "ours, anew" in answer.text
    assert [(line["event"], line["log_level"]) for line in logged] == [("settling refused", "warning")]
    (moved,) = queries.conflicts(world.database)
    assert (moved["id"], moved["status"]) == (conflict["id"], "open")
    assert browser.post(f"/conflicts/{conflict['id']}", use="c2", **browser.seen(conflict["id"])).status_code == 303


def test_a_form_without_its_token_or_for_a_conflict_that_is_over_settles_nothing(world: LiveWorld, open_house: Service) -> None:
    disputed(world)
    (conflict,) = queries.conflicts(world.database)
    address = f"/conflicts/{conflict['id']}"
    browser = open_house.browser()
    seen = browser.seen(conflict["id"])
    assert seen["since"] == conflict["since"]
    other = open_house.browser()
    other.get("/conflicts")
    for token in (seen["token"], "", "é"):
        answer = other.post(address, use="c2", since=seen["since"], token=token)
        assert answer.status_code == (403 if token else 422)
    assert "This form is not valid any more" in other.post(address, use="c2", since=seen["since"], token="x").text
    assert browser.post(address, use="c2", since=seen["since"]).status_code == 422
    assert browser.post(address, use="c2", token=seen["token"]).status_code == 422
    answer = browser.post(address, use="both", **seen)
    assert answer.status_code == 422
    assert "the form is not complete" in answer.text
    answer = browser.post("/conflicts/4711", use="c2", **seen)
    assert answer.status_code == 409
    assert "this conflict is over" in answer.text
    assert browser.post(f"/conflicts/{10**12}", use="c2", **seen).status_code == 404
    assert queries.conflicts(world.database) == [conflict]


def test_a_form_without_a_session_begins_none(open_house: Service) -> None:
    stranger = open_house.browser()
    for path in ("/conflicts/1?lang=fr", "/sign-out?lang=fr"):
        answer = stranger.post(path, use="c2", since=NOON.isoformat(), token="x")
        assert answer.status_code == 403
        assert "your browser sent no valid cookie back" in answer.text
        assert "set-cookie" not in answer.headers, "it would take the place of the one that was not sent along"
        assert 'name="token"' not in answer.text


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (AnotherRunError("Another run is under way."), "une synchronisation est en cours. Réessayez"),
        (LockLostError("It is lost."), "une synchronisation est en cours. Réessayez"),
        (UnknownConflictError("It is over."), "ce conflit est terminé"),
        (SettingsError("The lock cannot be used."), "Rien n'a été enregistré\u00a0: The lock cannot be used."),
    ],
)
def test_why_nothing_was_settled_is_said(world: LiveWorld, open_house: Service, refusal: SyncError, says: str) -> None:
    disputed(world)
    (conflict,) = queries.conflicts(world.database)
    browser = open_house.browser(language="fr")
    open_house.refusal = refusal
    answer = browser.post(f"/conflicts/{conflict['id']}", use="c2", **browser.seen(conflict["id"]))
    assert answer.status_code == 409
    assert says in unescape(answer.text)
    assert "<title>Erreur\u00a0: Conflits · syncsvc</title>" in answer.text
    assert queries.conflicts(world.database) == [conflict]


def test_many_conflicts_come_in_pages_and_settling_leads_back_to_the_right_one(
    world: LiveWorld, open_house: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaf, "ROWS", 2)
    cis = [world.add_ci(f"Portable {n}", maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(3)]
    world.sync("⇄")
    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "ours"})
    for asset in world.hector.assets():
        world.hector.edit_asset(asset["id"], note="theirs")
    world.sync("⇄")
    listed = [one["id"] for one in queries.conflicts(world.database)]
    browser = open_house.browser()
    assert "Open conflicts 3" in plain(browser.get("/").text)
    shown = [re.findall(r'<tr id="c(\d+)">', browser.get(f"/conflicts?page={page}").text) for page in (1, 2, 3)]
    assert shown == [[str(one) for one in part] for part in (listed[:2], listed[2:], listed[2:])]
    seen = browser.seen(listed[0]) | {"page": "2", "since": queries.conflicts(world.database)[2]["since"]}
    answer = browser.post(f"/conflicts/{listed[2]}", use="c2", **seen)
    assert answer.headers["location"] == f"/conflicts?page=2#c{listed[2]}"


# -- the hash ------------------------------------------------------------------------------------------------------------


def test_the_hash_of_a_password_is_what_the_console_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cli_world(tmp_path) as world:
        monkeypatch.setattr("sys.stdin", io.StringIO("five small words for tea\n"))
        made = world.call("console", "hash")
        monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
        refused = world.call("console", "hash")
    assert made.code == 0
    assert Account("marie", made.out.strip()).is_("marie", "five small words for tea")
    assert refused.code == 2
    assert "at least 12" in refused.err
    assert "short" not in refused.err


def test_a_password_is_the_same_however_its_accents_were_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    password = "été à la montréalaise"
    composed, apart = (unicodedata.normalize(form, password) for form in ("NFC", "NFD"))
    with cli_world(tmp_path) as world:
        for typed in (composed, apart):
            monkeypatch.setattr("sys.stdin", io.StringIO(typed))
            made = Account(unicodedata.normalize("NFD", "rené"), world.call("console", "hash").out.strip())
            assert made.is_("rené", composed)
            assert made.is_("rené", apart)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9 caf\xe9 caf\xe9\n"), encoding="utf-8"))
        refused = world.call("console", "hash")
    assert refused.code == 2
    assert "no text in this terminal's encoding" in refused.err
