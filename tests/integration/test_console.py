"""The console's pages as a browser gets them: what they show, who gets them, and what their one form does."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from cli_world import cli_world
from console_world import ACCOUNT, NOON, PASSWORD, Service
from live_world import LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.state import queries
from syncsvc.state.store import Store
from syncsvc.state.tables import runs
from syncsvc.web.app import Trouble
from syncsvc.web.console import account, pages, show
from syncsvc.web.console.account import Account, Patience
from syncsvc.web.console.texts import preferred
from syncsvc.web.console.visit import local_path

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


def test_an_open_conflict_and_a_failed_run_need_attention(world: LiveWorld, open_house: Service) -> None:
    disputed(world)
    assert "Something needs your attention." in plain(open_house.browser().get("/").text)


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
    monkeypatch.setattr(pages, "ROWS", 2)
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
    assert browser.get("/runs/1/changes?page=-7").status_code == 200


def test_a_held_run_says_how_it_is_approved(world: LiveWorld, open_house: Service) -> None:
    store = Store(world.database)
    number = store.start_run("daily", full=True, dry_run=False, at=NOON)
    with world.database.begin() as connection:
        connection.execute(runs.update().values(status=RunStatus.HELD.value, finished_at=NOON + timedelta(seconds=75)))
    page = plain(open_house.browser().get(f"/runs/{number}").text)
    assert f"syncsvc sync --approve {number}" in page
    assert "1 min 15 s" in page
    assert "Nothing was changed." in plain(open_house.browser().get(f"/runs/{number}/changes").text)


@pytest.mark.parametrize("path", ["/runs/99", "/runs/abc", "/nowhere", "/runs/1/else", "/static/none.css"])
def test_what_is_not_there_is_said_in_words(open_house: Service, path: str) -> None:
    answer = open_house.browser().get(path)
    assert answer.status_code == 404
    assert re.search("There is no (run 99|such page)", answer.text)
    assert "Traceback" not in answer.text


def test_a_database_that_does_not_answer_is_said_in_words(world: LiveWorld, open_house: Service) -> None:
    with world.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE runs RENAME TO gone")
    answer = open_house.browser().get("/runs")
    assert answer.status_code == 503
    assert "The database does not answer as it should." in answer.text


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
    (address,) = set(re.findall(r'action="(/conflicts/\d+)"', page))
    answer = browser.post(address, use="hector", token=browser.token("/conflicts"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/conflicts")
    assert "settled, waits for the next run" in plain(browser.get("/conflicts").text)
    world.sync("⇄")
    (ci,) = world.c2.ci_ids(world.category)
    assert world.c2.value(ci, "Remarques") == "theirs"
    assert "No conflict waits for a decision." in plain(browser.get("/conflicts").text)


def test_a_form_without_its_token_or_for_a_conflict_that_is_over_settles_nothing(world: LiveWorld, open_house: Service) -> None:
    disputed(world)
    (conflict,) = queries.conflicts(world.database)
    browser = open_house.browser()
    token = browser.token("/conflicts")
    other = open_house.browser()
    assert other.post(f"/conflicts/{conflict['id']}", use="c2", token=token).status_code == 403
    assert browser.post(f"/conflicts/{conflict['id']}", use="c2").status_code == 404
    assert browser.post(f"/conflicts/{conflict['id']}", use="both", token=token).status_code == 404
    answer = browser.post("/conflicts/4711", use="c2", token=token)
    assert answer.status_code == 409
    assert "There is no conflict 4711." in answer.text
    assert queries.conflicts(world.database) == [conflict]


# -- who gets them -------------------------------------------------------------------------------------------------------


def test_without_a_password_only_this_machine_s_own_names_are_answered(open_house: Service) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert open_house.browser(host=host).get("/runs").status_code == 200
    for host in ("rebound.example", "localhost.rebound.example", "127.0.0.1.rebound.example"):
        answer = open_house.browser(host=host).get("/runs")
        assert answer.status_code == 403
        assert "localhost" in answer.text
    assert open_house.browser(host="monitor.example").get("/healthz").status_code == 200
    assert open_house.browser().get("/sign-in").headers["location"] == "/"


def test_with_a_password_every_page_asks_for_it_and_goes_on_where_one_was(guarded: Service) -> None:
    browser = guarded.browser()
    for path in ("/", "/runs", "/runs/1", "/runs/1/changes", "/runs/1/log", "/conflicts"):
        answer = browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")
    assert browser.post("/conflicts/1", use="c2", token="x").status_code == 303
    assert "/runs/1" in unescape(browser.get("/sign-in?next=/runs/1").text)
    answer = browser.sign_in(next="/runs/1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/1")
    assert browser.get("/runs").status_code == 200
    assert browser.post("/sign-out", token="x").status_code == 403
    assert browser.get("/runs").status_code == 200
    assert browser.post("/sign-out", token=browser.token("/runs")).status_code == 303
    assert browser.get("/runs").status_code == 303


def test_addresses_without_sign_in_stay_open(guarded: Service) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/static/console.css"):
        assert guarded.browser().get(path).status_code == 200


def test_a_wrong_name_or_password_is_told_in_the_same_words(guarded: Service) -> None:
    answers = [
        guarded.browser().sign_in(password="wrong"),
        guarded.browser().sign_in(username="paul"),
        guarded.browser().sign_in(password=""),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert all("This name and this password do not go together." in answer.text for answer in answers)
    assert all(PASSWORD not in answer.text for answer in answers)
    browser = guarded.browser()
    assert browser.post("/sign-in", username="marie", password=PASSWORD, token="x").status_code == 403
    assert browser.get("/runs").status_code == 303


def test_after_five_wrong_tries_answers_are_slow_for_everybody(guarded: Service) -> None:
    browser = guarded.browser()
    for _ in range(5):
        assert "longer" not in browser.sign_in(password="wrong").text
    assert "After several wrong tries, the answer takes longer." in guarded.browser().sign_in(password="wrong").text
    assert guarded.browser().sign_in().status_code == 303  # who knows it gets in all the same
    assert "longer" not in guarded.browser().sign_in(password="wrong").text


def test_waits_grow_up_to_a_limit_and_are_forgotten() -> None:
    at = [1000.0]
    patience = Patience(lambda: at[0])
    waits = [patience.take_up() for _ in range(14)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    at[0] += account.FORGOTTEN_AFTER + 1
    assert patience.take_up() == 0
    patience.forgive()
    assert [patience.take_up() for _ in range(6)] == [0, 0, 0, 0, 0, 1]


def test_a_session_outlives_a_restart_and_ends_with_the_password() -> None:
    again, changed = Account("marie", ACCOUNT.password_hash), Account("marie", ACCOUNT.password_hash[:-1] + "x")
    assert ACCOUNT.session_key() == again.session_key() != changed.session_key()
    assert ACCOUNT.password_hash not in ACCOUNT.session_key()


@pytest.mark.parametrize("https", [True, False])
def test_the_cookie_is_for_the_server_alone(world: LiveWorld, *, https: bool) -> None:
    with Service(world.database, ACCOUNT, is_https=https).served() as service:
        cookie = service.browser().get("/sign-in").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ("secure" in cookie) is https
    assert "marie" not in cookie


def test_pages_fetch_nothing_from_elsewhere_and_are_not_framed_or_kept(guarded: Service) -> None:
    browser = guarded.browser()
    for answer in (browser.get("/sign-in"), browser.get("/runs"), browser.get("/nowhere")):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "http:" not in answer.text
        assert "https:" not in answer.text


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb", ""])
def test_nobody_is_led_elsewhere_after_signing_in(wanted: str) -> None:
    assert local_path(wanted) == "/"


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
