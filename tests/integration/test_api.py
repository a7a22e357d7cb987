"""The API as programs use it, with a real service behind it: who is let in, what it begins, and that it speaks as commands do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_world import Browser
from held_runs import House, house_of
from live_console import staffed
from structlog.testing import capture_logs

from syncsvc.engine.request import RunRequest
from syncsvc.scheduler.service import Service
from syncsvc.state import queries
from syncsvc.state.lock import RunLock

TOKEN = "a-token-of-32-characters-or-so~="


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_of(tmp_path) as found:
        yield found


class Program:
    """Uses the API with its token."""

    def __init__(self, browser: Browser, service: Service) -> None:
        self._browser, self._service = browser, service

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.ask("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, method: str, path: str, token: str = TOKEN, **how: Any) -> Any:
        return self._browser.send(method, f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, **how)

    def refused(self, method: str, path: str, **how: Any) -> tuple[int, str, str]:
        """Give the status, the kind and the words of a refusal."""
        answer = self.ask(method, path, **how)
        error = answer.json()["error"]
        assert set(error) - {"refusals"} == {"kind", "message", "hint"}
        return answer.status_code, error["kind"], f"{error['message']} {error['hint']}"

    def run(self, **asked: Any) -> dict[str, Any]:
        """Have a run carried out and give its document, as it is when it is over."""
        begun = self.ask("POST", "/runs", json=asked)
        assert begun.status_code == 202, begun.text
        self._service.on_demand.wait()
        found: dict[str, Any] = self.get(f"/runs/{begun.json()['run']}")
        return found


@contextlib.contextmanager
def program(house: House) -> Iterator[tuple[Program, Service]]:
    with staffed(house, api_token=TOKEN) as (service, browser):
        yield Program(browser, service), service


def disputed(house: House) -> int:
    """Have both sides change a note, and a run find that; gives the conflict."""
    world = house.world
    world.write_rules(direction="⇄")
    world.call("sync")
    (ci,) = (number for number in world.box.c2.ci_ids(world.laptops) if world.box.c2.value(number, "Série") == "SN1")
    world.box.c2.edit_ci(ci, {"Remarques": "ours"})
    asset = next(one for one in world.box.hector.assets() if "SN1" in one["attributes"].values())
    world.box.hector.edit_asset(asset["id"], note="theirs")
    world.call("sync")
    (conflict,) = queries.conflicts(house.engine)
    number: int = conflict["id"]
    return number


# -- who is let in -------------------------------------------------------------------------------------------------------

CALLS = (
    *(
        ("GET", path)
        for path in ("/plan", "/runs", "/runs/1", "/runs/1/changes", "/runs/1/errors", "/conflicts", "/links", "/nowhere")
    ),
    *(("POST", path) for path in ("/runs", "/conflicts/1/resolution")),
)


def test_without_the_token_no_call_is_taken(house: House) -> None:
    with staffed(house, api_token=TOKEN) as (_, browser):
        for method, path in CALLS:
            for given, challenge in (
                ({}, "Bearer"),
                ({"Authorization": f"Basic {TOKEN}"}, 'Bearer error="invalid_token"'),
                ({"Authorization": f"Bearer {TOKEN[:-1]}"}, 'Bearer error="invalid_token"'),
                ({"Authorization": b"Bearer \xe9"}, 'Bearer error="invalid_token"'),
            ):
                answer = browser.send(method, f"/api/v1{path}", headers=given, content=b"{not json")
                assert answer.status_code == 401, (method, path, given)
                assert answer.headers["www-authenticate"] == challenge
                assert answer.json()["error"]["kind"] == "credentials"
                assert "set-cookie" not in answer.headers
        with capture_logs() as logged:
            browser.send("GET", "/api/v1/runs", headers={"Authorization": f"Bearer {TOKEN}x"})
        assert [(line["event"], line["client"]) for line in logged] == [("the API was asked with a wrong token", "127.0.0.1")]
        assert TOKEN not in str(logged)
    assert house.kinds() == []


def test_no_name_that_the_service_is_called_by_opens_the_api(house: House) -> None:
    with staffed(house, api_token=TOKEN) as (_, browser):
        for name in ("x/api/v1/openapi.json?", "x/api/v1/openapi.json#"):
            assert browser.send("POST", "/api/v1/runs", headers={"Host": name}, json={}).status_code == 401
    assert house.kinds() == []


def test_a_session_of_the_console_does_not_open_the_api_nor_the_token_the_console(house: House) -> None:
    with staffed(house, api_token=TOKEN) as (_, browser):
        browser.token("/")
        assert browser.get("/api/v1/runs").status_code == 401
        answer = browser.send("POST", "/runs", headers={"Authorization": f"Bearer {TOKEN}"}, data={"token": TOKEN})
        assert answer.status_code == 403


def test_without_a_token_in_the_settings_the_api_is_off_and_says_so(house: House) -> None:
    with staffed(house) as (_, browser):
        for method, path in (*CALLS, ("GET", "/openapi.json")):
            for given in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}):
                answer = browser.send(method, f"/api/v1{path}", headers=given)
                assert answer.status_code == 403
                assert "SYNCSVC_CONSOLE__API_TOKEN" in answer.json()["error"]["hint"]


def test_the_calls_are_described_for_everybody(house: House) -> None:
    with staffed(house, api_token=TOKEN) as (_, browser):
        described = browser.get("/api/v1/openapi.json").json()
    assert {path for _, path in CALLS if "nowhere" not in path} == {path.replace("{number}", "1") for path in described["paths"]}
    assert described["servers"] == [{"url": "/api/v1"}]
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert all(call["description"] for path in described["paths"].values() for call in path.values())


# -- runs ----------------------------------------------------------------------------------------------------------------


def test_a_run_is_begun_and_its_address_given(house: House) -> None:
    with program(house) as (api, service):
        house.gate.close()
        with capture_logs() as logged:
            answer = api.ask("POST", "/runs")
        house.gate.wait_for_somebody()
        assert (answer.status_code, answer.headers["location"]) == (202, "/api/v1/runs/1")
        begun = answer.json()
        assert (begun["run"], begun["kind"], begun["status"], begun["address"]) == (1, "manual", "running", "/api/v1/runs/1")
        assert [line["run"] for line in logged if line["event"] == "run begun by the API"] == [1]
        assert api.get("/runs/1")["status"] == "running"
        status, kind, words = api.refused("POST", "/runs")
        assert (status, kind) == (409, "guard")
        assert "is under way. Wait until it ends" in words
        house.gate.open()
        service.on_demand.wait()
        assert api.get("/runs/1")["status"] == "succeeded"
    assert house.news.heard == [("asked for", 1)], "nobody looks at what a program begins"


def test_a_run_of_another_process_is_under_way_too(house: House) -> None:
    with program(house) as (api, _), RunLock(house.world.environment["SYNCSVC_DATABASE_URL"]):
        status, _, words = api.refused("POST", "/runs")
    assert (status, "process" in words) == (409, True)


def test_what_sync_can_be_asked_for_can_be_asked_of_the_api(house: House) -> None:
    with program(house) as (api, _):
        assert api.run(dry_run=True, category="portables")["status"] == "dry_run"
        assert house.world.box.writes() == []
        one = api.run(ci="1")
        assert (one["kind"], one["linked"]) == ("single", 1)
        assert api.run(asset=str(house.world.box.hector.assets()[1]["id"]))["kind"] == "single"
        assert api.run(full=True)["full"]
    file = Path(house.world.environment["SYNCSVC_RULES"])
    file.write_text("guards: {max_creates: 0}\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    house.world.add_ci("Portable", "NEW")
    with program(house) as (api, _):
        held = api.run()
        assert held["status"] == "held"
        assert held["categories"][0]["held"] == ["1 records would be created in Hector (max_creates is 0)"]
        approved = api.run(approve=held["run"])
        assert (approved["kind"], approved["created"]["hector"]) == ("approval", 1)
        status, _, words = api.refused("POST", "/runs", json={"approve": held["run"]})
        assert (status, "was approved already" in words) == (409, True)


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"ci": "1", "asset": "2"}, 422, "ci and asset do not go together."),
        ({"category": " "}, 422, "category names nothing."),
        ({"approve": 1, "dry_run": True}, 422, "Leave category, ci, asset, full and dry_run out."),
        ({"full": "perhaps"}, 422, "body.full: "),
        ({"fulll": True}, 422, "body.fulll: "),
        ({"approve": 2**31}, 422, "body.approve: "),
        ({"approve": 7}, 404, "There is no run 7."),
        ({"category": "Nothing"}, 409, "The rules synchronise no category “Nothing”. They synchronise: “Portables”."),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_words(house: House, asked: dict[str, Any], status: int, words: str) -> None:
    with program(house) as (api, _):
        found, _, said = api.refused("POST", "/runs", json=asked)
    assert found == status
    assert words in said
    assert house.kinds() == []


# -- the documents -------------------------------------------------------------------------------------------------------


def test_the_documents_are_those_of_the_commands(house: House) -> None:
    disputed(house)
    house.world.add_ci("Portable jumeau", "SN2")
    printed = house.world.call("sync", "--json").document
    with program(house) as (api, _):
        number = printed["run"]
        assert {**api.get(f"/runs/{number}"), "finished_at": printed["finished_at"]} == printed
        for path, command in (
            ("/runs", ("runs",)),
            (f"/runs/{number}/changes", ("changes", "--run", str(number))),
            ("/runs/1/changes", ("changes", "--run", "1")),
            (f"/runs/{number}/errors", ("errors", "--run", str(number))),
            ("/conflicts", ("conflicts",)),
            ("/links", ("links",)),
        ):
            document = house.world.call(*command, "--json").document
            assert api.get(path) == document
            assert document or path.endswith(f"{number}/changes")
        assert api.get("/links", category="portables") == api.get("/links")
        assert api.get("/links", category="Nothing") == []


WHEN = {"run", "started_at", "finished_at"}


def test_a_plan_is_what_the_command_prints(house: House) -> None:
    with program(house) as (api, service):
        for choice, asked in (((), {}), (("--category", "Portables"), {"category": "Portables"}), (("--ci", "3"), {"ci": "3"})):
            printed, planned = house.world.call("plan", *choice, "--json").document, api.get("/plan", **asked)
            assert planned.keys() == printed.keys()
            assert all(planned[key] == printed[key] for key in printed.keys() - WHEN)
            assert planned["changes"]
        assert house.world.box.writes() == []
        assert api.refused("GET", "/plan?ci=1&asset=2")[0] == 422
        assert api.refused("GET", "/plan?category=Nothing")[0] == 409
        assert api.refused("GET", "/plan?ci=4711")[:2] == (404, "missing")
        house.gate.close()
        service.on_demand.begin(RunRequest())
        assert api.refused("GET", "/plan")[0] == 409
        house.gate.open()
        service.on_demand.wait()
        house.world.box.faults.once("c2", "", "credentials")
        assert api.refused("GET", "/plan")[:2] == (503, "credentials")
    assert house.news.kinds() == ["asked for"]


def test_long_lists_come_in_parts_that_lead_to_one_another(house: House) -> None:
    house.world.call("sync")
    whole = house.world.call("links", "--json").document
    assert len(whole) == 3
    with program(house) as (api, _):
        answer = api.ask("GET", "/links?limit=2&category=Portables")
        assert answer.json() == whole[:2]
        address = answer.headers["link"]
        assert address == '</api/v1/links?category=Portables&limit=2&offset=2>; rel="next"'
        answer = api.ask("GET", "/links?category=Portables&limit=2&offset=2")
        assert answer.json() == whole[2:]
        assert "link" not in answer.headers
        assert "link" not in api.ask("GET", "/links?limit=3").headers
        for path in ("/runs", "/runs/1/changes", "/links"):
            rows = api.get(path)
            assert [*api.get(path, limit=1), *api.get(path, offset=1)] == rows
        for limit in ("0", "1001", "x"):
            assert api.refused("GET", f"/runs?limit={limit}")[0] == 422


def test_what_is_not_there_is_said_as_commands_do(house: House) -> None:
    with program(house) as (api, _):
        for path in ("/runs/7", "/runs/7/changes", "/runs/7/errors"):
            assert api.refused("GET", path)[:2] == (404, "missing")
        assert api.refused("GET", "/runs/x")[0] == 422
        assert api.refused("GET", "/nowhere")[0] == 404
        assert api.refused("DELETE", "/runs/7")[0] == 405
        assert api.refused("POST", "/runs", content=b"{}" + b" " * 20_000)[0] in {413, 422}


def test_a_database_that_fails_and_a_call_that_breaks_are_said_in_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with program(house) as (api, _):
        with house.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE links RENAME TO gone")
        status, kind, words = api.refused("GET", "/links")
        assert (status, kind, "no such table" in words) == (503, "server", True)

        def breaks(*_: object) -> None:
            raise ZeroDivisionError("of its own")

        monkeypatch.setattr(queries, "conflicts", breaks)
        with capture_logs() as logged:
            status, kind, words = api.refused("GET", "/conflicts")
        assert (status, kind, "of its own" in words) == (500, "internal", False)
        assert [(line["path"], line["why"]) for line in logged] == [("/api/v1/conflicts", "ZeroDivisionError: of its own")]


# -- conflicts -----------------------------------------------------------------------------------------------------------


def test_a_conflict_is_settled_as_the_command_does(house: House) -> None:
    number = disputed(house)
    with program(house) as (api, _):
        (conflict,) = api.get("/conflicts")
        answer = api.ask("POST", f"/conflicts/{number}/resolution", json={"use": "hector", "since": conflict["since"]})
        assert answer.status_code == 200
        assert answer.json() == conflict | {"status": "settled", "use": "hector"}
        (printed,) = house.world.call("conflicts", "resolve", str(number), "--use", "c2", "--json").document
        assert api.ask("POST", f"/conflicts/{number}/resolution", json={"use": "c2"}).json() == printed
        assert queries.chosen_sides(house.engine) == {number: "c2"}
        assert api.run()["status"] == "succeeded"
        assert api.refused("POST", f"/conflicts/{number}/resolution", json={"use": "c2"})[0] == 404


def test_a_settlement_that_a_run_carries_out_at_once_is_given_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    number, listed = disputed(house), queries.conflicts

    def until_it_is_settled(*asked: Any) -> list[dict[str, Any]]:
        return [] if queries.chosen_sides(house.engine) else listed(*asked)

    with program(house) as (api, _):
        monkeypatch.setattr(queries, "conflicts", until_it_is_settled)
        answer = api.ask("POST", f"/conflicts/{number}/resolution", json={"use": "c2"})
    assert (answer.status_code, answer.json()["id"], answer.json()["use"]) == (200, number, "c2")


def test_nobody_s_question_for_a_head_makes_a_plan(house: House) -> None:
    with program(house) as (api, _):
        assert api.ask("HEAD", "/plan").status_code == 405
    assert house.kinds() == []


def test_a_settlement_that_cannot_be_taken_is_refused_in_words(house: House) -> None:
    number = disputed(house)
    address = f"/conflicts/{number}/resolution"
    with program(house) as (api, _):
        assert api.refused("POST", address, json={"use": "c2", "since": "2020-01-01T00:00:00Z"})[0] == 409
        assert api.refused("POST", address, json={"use": "both"})[0] == 422
        assert api.refused("POST", address)[0] == 422
        assert api.refused("POST", "/conflicts/4711/resolution", json={"use": "c2"})[:2] == (404, "missing")
        with RunLock(house.world.environment["SYNCSVC_DATABASE_URL"]):
            assert api.refused("POST", address, json={"use": "c2"})[:2] == (409, "guard")
    assert queries.chosen_sides(house.engine) == {}
