"""A run that a guard held: what its page says, and what the button there does, with a real service behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from held_runs import House, house_of
from live_console import staffed
from structlog.testing import capture_logs
from test_console import nesting_faults, plain

from syncsvc.engine.request import RunRequest


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose first run is held: it would create three assets where one may be created."""
    with house_of(tmp_path) as found:
        for serial in ("NEW1", "NEW2"):
            found.world.add_ci(f"Portable {serial}", serial)
        file = Path(found.world.environment["SYNCSVC_RULES"])
        file.write_text("guards: {max_creates: 1}\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
        assert found.world.call("sync").code == 4
        yield found


def assets(house: House) -> int:
    return len(house.world.box.hector.assets())


def test_a_held_run_says_why_and_what_waits(house: House) -> None:
    with staffed(house) as (_, browser):
        page = browser.get("/runs/1").text
        assert "Inventaire / Portables 3 records would be created in Hector (max_creates is 1)" in plain(page)
        assert "What would be done: create asset, Hector: 3" in plain(page)
        assert "Nothing was written in these categories." in plain(page)
        assert '<a href="/runs/1/changes">Value by value</a>' in page
        assert "NEW1 held, not begun" in plain(browser.get("/runs/1/changes").text)
        assert nesting_faults(page) == []
    with staffed(house, language="fr") as (_, browser):
        page = plain(browser.get("/runs/1").text)
        assert "3 fiches seraient créées dans Hector (max_creates vaut 1)" in page
        assert "Approuver et exécuter" in page


def test_approving_carries_out_what_was_held_and_leads_to_the_run_that_does(house: House) -> None:
    with staffed(house) as (service, browser):
        house.world.add_ci("Portable d'après", "NEW3")
        token = browser.token("/runs/1")
        assert browser.post("/runs/1/approve", token="x").status_code == 403
        with capture_logs() as logged:
            answer = browser.post("/runs/1/approve", token=token)
        assert (answer.status_code, answer.headers["location"]) == (303, "/runs/2")
        said = [(line["run"], line["carried_out_by"]) for line in logged if line["event"] == "run approved"]
        assert said == [(1, 2)]
        service.on_demand.wait()
        assert assets(house) == 6, "what is new since waits for the next run"
        assert "approved, full" in plain(browser.get("/runs/2").text)
        page = browser.get("/runs/1").text
        assert "held, approved since" in plain(page)
        assert "Approved, see: Run 2" in plain(page)
        assert "max_creates is 1" in plain(page)
        assert "/approve" not in page
        answer = browser.post("/runs/1/approve", token=token)
        assert answer.status_code == 409
        assert "Run 1 was approved already: run 2 carried it out." in plain(answer.text)
        assert "A run is approved once." in plain(answer.text)
        assert "<title>Error: Run 1" in answer.text
    assert house.kinds() == ["approval", "manual"]
    assert house.news.heard == []


def test_only_a_run_that_waits_can_be_approved(house: House) -> None:
    with staffed(house, language="fr") as (_, browser):
        token = browser.token("/runs/1")
        house.world.call("sync", "--approve", "1")
        answer = browser.post("/runs/2/approve", token=token)
        assert answer.status_code == 409
        assert "n'attend pas d'approbation" in plain(answer.text)
        assert browser.post("/runs/99/approve", token=token).status_code == 404
    assert house.kinds() == ["approval", "manual"]


def test_a_run_still_waits_when_it_could_not_be_carried_out_now(house: House) -> None:
    with staffed(house) as (service, browser):
        token = browser.token("/runs/1")
        house.gate.close()
        service.on_demand.begin(RunRequest(dry_run=True))
        house.gate.wait_for_somebody()
        answer = browser.post("/runs/1/approve", token=token)
        assert answer.status_code == 409
        assert "Nothing was begun: a run is under way already." in plain(answer.text)
        assert 'action="/runs/1/approve"' in answer.text
        house.gate.open()
        service.on_demand.wait()
        assert browser.post("/runs/1/approve", token=token).status_code == 303
        service.on_demand.wait()
    assert assets(house) == 6


def test_a_plan_says_what_would_be_held_and_is_approved_by_nobody(house: House) -> None:
    with staffed(house) as (service, browser):
        number = service.on_demand.begin(RunRequest(dry_run=True))
        service.on_demand.wait()
        page = browser.get(f"/runs/{number}").text
        assert "max_creates is 1" in plain(page)
        assert "/approve" not in page
