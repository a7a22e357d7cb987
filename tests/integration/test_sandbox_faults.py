"""What goes wrong on the way: each kind of fault, before and after the effect, over real sockets."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from sandbox_calls import Caller

from syncsvc.sandbox import C2World, Faults, HectorWorld, Sandbox

HTML = "text/html; charset=utf-8"


@pytest.fixture
def caller() -> Iterator[Caller]:
    c2, hector = C2World(), HectorWorld()
    c2.add_ci(c2.add_category(c2.add_cmdb("Inventaire"), "Imprimantes"), "IMP-1")
    hector.add_stockroom("Entrepôt")
    category = hector.add_category("Printers")
    hector.add_asset(category, hector.add_subcategory(category, "HP"))
    with Caller(Sandbox(c2=c2, hector=hector)) as caller:
        yield caller


def tag(caller: Caller, text: str = "a") -> httpx.Response:
    """Write to C2."""
    return caller.c2("CI/UpdateProperty", Id=caller.box.c2.ci_ids()[0], PropertyName="Tags", Value=text)


def note(caller: Caller, text: str = "a") -> httpx.Response:
    """Write to Hector."""
    return caller.hector("PATCH", "assets/10001", {"note": text})


def written(caller: Caller) -> tuple[str, str | None]:
    """What the two writes have left behind."""
    return caller.box.c2.value(caller.box.c2.ci_ids()[0], "Tags"), caller.box.hector.value(10001, "note")


# -- kinds that are answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "detail", "c2", "hector"),
    [
        ("server_error", {}, (500, HTML), (500, "server_error")),
        ("server_error", {"status": 503}, (503, HTML), (503, "server_error")),
        ("html_200", {}, (200, HTML), (200, HTML)),
        ("redirect_login", {}, (302, HTML), (302, HTML)),
        ("rate_limited", {}, (429, HTML), (429, "rate_limited")),
        ("credentials", {}, (200, "Nom d'utilisateur ou mot de passe invalide."), (401, "token_expired")),
        ("permission", {}, (200, "Vous n'avez pas la permission de modifier les CI."), (403, "permission_denied")),
        ("refused", {"message": "Non."}, (200, "Non."), (422, "invalid_data")),
    ],
)
def test_a_fault_is_answered_as_its_system_words_it_and_nothing_is_done(
    caller: Caller, kind: str, detail: dict[str, object], c2: tuple[int, str], hector: tuple[int, str]
) -> None:
    caller.box.faults.once("c2", "UpdateProperty", kind, **detail)
    caller.box.faults.once("hector", "assets", kind, **detail)
    for response, expected in ((tag(caller), c2), (note(caller), hector)):
        said = response.headers["content-type"]
        if said != HTML:
            answer = response.json()
            said = answer["Message"] if "Message" in answer else answer["error"]["code"]
        assert (response.status_code, said) == expected
    assert written(caller) == ("", None)
    assert (tag(caller).status_code, note(caller).status_code) == (200, 200)
    assert written(caller) == ("a", "a")


@pytest.mark.parametrize("kind", ["server_error", "html_200", "redirect_login", "rate_limited", "refused"])
def test_a_fault_after_the_effect_spoils_only_the_answer(caller: Caller, kind: str) -> None:
    for system, part in (("c2", "CI/Update"), ("hector", "PATCH /api")):
        caller.box.faults.once(system, part, kind, when="after")
    from_c2, from_hector = tag(caller), note(caller)
    assert written(caller) == ("a", "a")
    if kind == "refused":
        assert (from_c2.json()["Status"], from_hector.status_code) == (1, 422)
    else:
        assert from_c2.headers["content-type"] == HTML
        assert from_hector.status_code == from_c2.status_code


@pytest.mark.parametrize(("detail", "header"), [({}, "1"), ({"retry_after": 7}, "7"), ({"retry_after": None}, None)])
def test_rate_limits_say_when_to_come_back(caller: Caller, detail: dict[str, object], header: str | None) -> None:
    for system in ("c2", "hector"):
        caller.box.faults.once(system, "", "rate_limited", **detail)
    assert tag(caller).headers.get("retry-after") == header
    assert note(caller).headers.get("retry-after") == header


def test_a_redirect_leads_to_a_login_page_that_answers_200(caller: Caller) -> None:
    for system, url in (("c2", caller.box.c2_url), ("hector", caller.box.hector_url)):
        caller.box.faults.once(system, "", "redirect_login")
        location = (tag(caller) if system == "c2" else note(caller)).headers["location"]
        page = caller.http.get(httpx.URL(url).join(location))
        assert (page.status_code, page.headers["content-type"]) == (200, HTML)


def test_a_refusal_may_name_fields_and_a_status(caller: Caller) -> None:
    caller.box.faults.once("hector", "", "refused", status=409, message="Taken.", fields={"asset_tag": ["is taken"]})
    response = note(caller)
    assert response.status_code == 409
    assert response.json()["error"] == {"code": "invalid_data", "message": "Taken.", "fields": {"asset_tag": ["is taken"]}}


# -- kinds of the wire ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("when", "expected"), [("before", ("", None)), ("after", ("a", "a"))])
def test_a_cut_answer_announces_more_than_it_sends(caller: Caller, when: str, expected: tuple[str, str | None]) -> None:
    for system, send in (("c2", tag), ("hector", note)):
        caller.box.faults.once(system, "", "cut", when)
        with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without"):
            send(caller)
    assert written(caller) == expected


@pytest.mark.parametrize(("when", "expected"), [("before", ("", None)), ("after", ("a", "a"))])
def test_a_reset_connection_gives_no_answer(caller: Caller, when: str, expected: tuple[str, str | None]) -> None:
    for system, send in (("c2", tag), ("hector", note)):
        caller.box.faults.once(system, "", "reset", when)
        with pytest.raises(httpx.ReadError):
            send(caller)
    assert written(caller) == expected
    assert [request.status for request in caller.box.requests] == [0, 0]


def test_a_time_out_after_the_effect_holds_the_answer(caller: Caller) -> None:
    caller.box.faults.once("c2", "", "timeout", "after", seconds=0.05)
    begun = time.perf_counter()
    assert tag(caller).json()["Status"] == 0
    assert time.perf_counter() - begun >= 0.05


def test_a_time_out_before_the_effect_ends_without_an_answer(caller: Caller) -> None:
    caller.box.faults.once("c2", "", "timeout", seconds=0.01)
    with pytest.raises(httpx.RemoteProtocolError):
        tag(caller)
    assert written(caller) == ("", None)


def test_a_late_effect_comes_after_the_client_has_given_up(caller: Caller) -> None:
    caller.box.faults.once("hector", "", "timeout", seconds=0.1, late=True)
    headers = {"Authorization": f"Bearer {caller.box.token}"}
    with pytest.raises(httpx.ReadTimeout):
        caller.http.patch(f"{caller.box.hector_url}/api/v1/assets/10001", json={"note": "late"}, headers=headers, timeout=0.02)
    assert written(caller)[1] is None
    limit = time.perf_counter() + 5
    while written(caller)[1] is None and time.perf_counter() < limit:
        time.sleep(0.005)
    assert written(caller)[1] == "late"


def test_closing_ends_a_held_call_without_its_effect(caller: Caller) -> None:
    def give_up() -> None:
        with pytest.raises(httpx.HTTPError):
            tag(caller)

    others = set(threading.enumerate())
    caller.box.faults.once("c2", "", "timeout", seconds=60, late=True)
    threading.Thread(target=give_up).start()
    while not caller.box.requests:
        time.sleep(0.001)
    caller.box.close()
    limit = time.perf_counter() + 5
    while set(threading.enumerate()) - others and time.perf_counter() < limit:
        time.sleep(0.005)
    assert set(threading.enumerate()) <= others
    assert written(caller) == ("", None)


# -- which call meets a fault --------------------------------------------------------------------------------------------


def test_a_fault_meets_the_nth_matching_call_once(caller: Caller) -> None:
    fault = caller.box.faults.once("hector", "GET /api/v1/assets", "server_error", nth=2)
    statuses = [caller.hector("GET", "users").status_code]
    statuses += [note(caller).status_code]
    statuses += [caller.hector("GET", "assets", page=page).status_code for page in (1, 2, 3)]
    assert statuses == [200, 200, 200, 500, 200]
    assert fault.fired
    assert caller.box.faults.fired == [fault]


def test_a_fault_of_one_system_leaves_the_other_alone(caller: Caller) -> None:
    fault = caller.box.faults.once("c2", "", "server_error")
    assert note(caller).status_code == 200
    assert not fault.fired


def test_faults_that_have_not_fired_can_be_forgotten(caller: Caller) -> None:
    caller.box.faults = Faults(rates={"c2:server_error": 1})
    caller.box.faults.once("c2", "", "cut")
    caller.box.faults.clear()
    assert tag(caller).json()["Status"] == 0


@pytest.mark.parametrize("kind", ["server_errors", ""])
def test_a_fault_that_does_not_exist_is_refused_at_once(kind: str) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Faults().once("c2", "", kind)
    with pytest.raises(ValueError, match="no such fault"):
        Faults(rates={f"c2.CI/Save:{kind}": 0.1})


def statuses(faults: Faults, calls: int) -> list[int]:
    """Meet a fresh sandbox with these faults some times."""
    with Caller(Sandbox(faults=faults)) as caller:
        return [caller.c2("CI/Retrieve", SearchCriteria={}).status_code for _ in range(calls)]


def test_drawn_faults_follow_their_rate_and_their_seed() -> None:
    def rates() -> Faults:
        return Faults(seed=3, rates={"c2.CI/Retrieve:server_error": 0.3, "c2.CI/Save:reset": 1, "hector:reset": 1})

    first = statuses(rates(), 60)
    assert 8 <= first.count(500) <= 30
    assert first == statuses(rates(), 60)


def test_drawn_faults_end_at_their_limit() -> None:
    assert statuses(Faults(rates={"c2:server_error": 1}, limit=2), 4) == [500, 500, 200, 200]


def test_drawn_faults_come_before_and_after_unless_told() -> None:
    faults = Faults(seed=1, rates={"c2.CI/Retrieve:server_error": 1})
    statuses(faults, 20)
    assert {fault.when for fault in faults.fired} == {"before", "after"}
    faults = Faults(seed=1, rates={"c2.CI/Retrieve:server_error:after": 1})
    statuses(faults, 20)
    assert {fault.when for fault in faults.fired} == {"after"}
    refusals = Faults(seed=1, rates={"c2.CI/Retrieve:permission": 1})
    statuses(refusals, 20)
    assert {fault.when for fault in refusals.fired} == {"before"}


def test_faults_can_be_switched_off_and_on() -> None:
    faults = Faults(rates={"c2:server_error": 1})
    faults.active = False
    assert statuses(faults, 2) == [200, 200]
