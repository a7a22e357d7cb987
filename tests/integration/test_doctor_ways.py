"""``syncsvc doctor`` names the cause when an address is wrong, or something stands in between."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from cli_world import World, cli_world
from doctor_world import examine, moved, spoiled, texts
from mail_catcher import free_port
from scripted_server import Asked, Reply, ScriptedServer, answer, page, raw

NOTHING_THERE = page(404, "404 - File or directory not found.")
Serve = Callable[..., ScriptedServer]


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    shutil.copyfile(sqlite_template, tmp_path / "state.db")
    with cli_world(tmp_path) as found:
        yield found


def test_a_forgotten_base_path_is_told_from_a_single_wrong_path(world: World, serve: Serve) -> None:
    whole = examine(world, SYNCSVC_C2__URL=world.box.c2_url.removesuffix("/c2atom"))
    single = examine(world, SYNCSVC_C2__URL=serve(moved(world.box.c2_url, {"API/Clients": "Elsewhere"}, NOTHING_THERE)).url)

    assert whole.code == 5
    assert "HTTP 404" in whole.the("C2", "CMDBs")["came"]
    assert "SYNCSVC_C2__URL is wrong" in whole.the("C2", "CMDBs")["change"]
    assert single.code == 1
    assert "SYNCSVC_C2__ENDPOINTS__RETRIEVE_CLIENTS" in single.the("C2", "clients")["change"]
    assert "__URL" not in single.the("C2", "clients")["change"]


C2_MOVED = [
    ("API/Clients/Retrieve", "RETRIEVE_CLIENTS", "API/Client/Retrieve"),
    ("API/CIFolder/Retrieve", "RETRIEVE_CMDBS", "API/CIFolders/Retrieve"),
    ("API/CICategory/Retrieve", "RETRIEVE_CATEGORIES", "CICategory/Retrieve"),
    ("API/CI/Retrieve", "RETRIEVE_CIS", "api/ci/retrieve"),
]


@pytest.mark.parametrize("place", C2_MOVED, ids=[setting for _, setting, _ in C2_MOVED])
@pytest.mark.parametrize("nowhere", [NOTHING_THERE, page(200, "Connexion")], ids=["404", "page"])
def test_a_path_of_c2_that_is_another_is_proposed_and_then_used(
    world: World, serve: Serve, place: tuple[str, str, str], nowhere: Reply
) -> None:
    usual, setting, there = place
    url = serve(moved(world.box.c2_url, {usual: there}, nowhere)).url

    found = examine(world, SYNCSVC_C2__URL=url)

    assert found.code == 1
    assert f"SYNCSVC_C2__ENDPOINTS__{setting}={there}." in texts(found.to_mend)
    assert examine(world, **{"SYNCSVC_C2__URL": url, f"SYNCSVC_C2__ENDPOINTS__{setting}": there}).to_mend == []


def test_paths_of_hector_that_are_all_others_are_proposed_and_then_used(world: World, serve: Serve) -> None:
    names = ("users", "stockrooms", "categories", "attributes", "subcategories", "assets")
    url = serve(moved(world.box.hector_url, {f"api/v1/{name}": f"api/{name}" for name in names}, NOTHING_THERE)).url
    settings = {"SYNCSVC_HECTOR__URL": url}

    for proposed in (names[:3], names[3:]):
        found = examine(world, **settings)
        assert found.code == 1
        paths = {f"SYNCSVC_HECTOR__ENDPOINTS__{name.upper()}": f"api/{name}" for name in proposed}
        for name, path in paths.items():
            assert f"set {name}={path}." in texts(found.to_mend)
        settings |= paths

    assert examine(world, **settings).to_mend == []


def test_a_path_that_was_set_wrong_is_told_from_the_usual_one(world: World) -> None:
    found = examine(world, SYNCSVC_HECTOR__ENDPOINTS__ASSETS="inventory/items")

    assets = found.the("Hector", "assets, a page")
    assert assets["change"] == (
        "The call is answered at its usual path, api/v1/assets: take SYNCSVC_HECTOR__ENDPOINTS__ASSETS out of the settings."
    )


def test_credentials_that_another_path_refuses_are_not_tried_again_and_not_taken_for_refused(world: World, serve: Serve) -> None:
    def elsewhere(asked: Asked) -> Reply:
        if asked.path == "/api/v1/users":
            return NOTHING_THERE
        if "user" in asked.path:
            return answer({"error": {"code": "unauthorized", "message": "no such area"}}, 401)
        return spoiled(world.box.hector_url, lambda _path, whole: whole)(asked)

    found = examine(world, SYNCSVC_HECTOR__URL=serve(elsewhere).url)

    assert found.code == 1
    assert "ask Hector's support" in found.the("Hector")["change"]
    assert "refused" not in texts(examine(world).findings)


def test_where_nothing_answers_one_refusal_ends_the_search(world: World, serve: Serve) -> None:
    def elsewhere(asked: Asked) -> Reply:
        if asked.path in {"/api/v1/users", "/api/v1/stockrooms", "/api/v1/categories"}:
            return NOTHING_THERE
        return answer({"error": {"code": "unauthorized", "message": "who are you?"}}, 401)

    server = serve(elsewhere)
    found = examine(world, SYNCSVC_HECTOR__URL=server.url)

    assert found.code == 5
    assert len(server.asked) == 4
    assert "SYNCSVC_HECTOR__TOKEN" in found.the("Hector", "calls at other paths")["change"]


def test_an_address_that_holds_the_path_of_the_api_already_is_recognised(world: World) -> None:
    found = examine(world, SYNCSVC_HECTOR__URL=f"{world.box.hector_url}/api/v1")

    assert found.code == 5
    assert "Leave “/api/v1” out at the end of SYNCSVC_HECTOR__URL" in found.the("Hector", "users")["change"]


@pytest.mark.parametrize(
    "reply", [page(200, "Connexion"), raw(302, b"", "text/html", Location="/Account/Login?ReturnUrl=x")], ids=["page", "redirect"]
)
def test_a_login_page_is_called_so(world: World, serve: Serve, reply: Reply) -> None:
    found = examine(world, SYNCSVC_C2__URL=serve(reply).url)

    assert found.code == 5
    assert "login page" in found.the("C2", "CMDBs")["change"]
    assert "SYNCSVC_C2__URL" in found.the("C2", "CMDBs")["change"]
    assert "text/html" in found.the("C2", "CMDBs")["came"]


def test_a_proxy_that_wants_a_password_is_named(world: World, serve: Serve) -> None:
    proxy = serve(page(407, "Proxy login"))
    direct = {"NO_PROXY": "127.0.0.1"}

    found = examine(world, SYNCSVC_HECTOR__URL="http://hector.example", SYNCSVC_ALLOW_HTTP="true", HTTP_PROXY=proxy.url, **direct)

    assert found.code == 5
    users = found.the("Hector", "users")
    assert "HTTP 407" in users["came"]
    assert f"HTTP_PROXY ({proxy.url.removeprefix('http://')})" in users["change"]
    assert "add hector.example to NO_PROXY" in users["change"]


def test_a_proxy_s_own_page_is_told_from_a_login_page(world: World, serve: Serve) -> None:
    found = examine(world, SYNCSVC_HECTOR__URL=serve(page(200, "Blocked by policy: sign in to the proxy")).url)

    assert found.code == 5
    assert "proxy's page, not Hector's" in found.the("Hector", "users")["change"]


def test_a_self_signed_certificate_is_called_so(world: World, serve: Serve, tmp_path: Path) -> None:
    own = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = tmp_path / "own.pem"
    file.write_bytes(own.private_key_pem.bytes() + own.cert_pem.bytes())
    context.load_cert_chain(file)

    found = examine(world, SYNCSVC_C2__URL=serve(answer({}), tls=context).url)

    assert found.code == 5
    assert "signed by nobody but itself" in found.the("C2", "CMDBs")["came"]
    assert "SSL_CERT_FILE" in found.the("C2", "CMDBs")["change"]


def test_a_port_that_nobody_listens_on_ends_the_examination_of_that_system(world: World) -> None:
    found = examine(world, SYNCSVC_HECTOR__URL=f"http://127.0.0.1:{free_port()}")

    assert found.code == 5
    assert "could not be reached" in found.the("Hector")["came"]
    assert "SYNCSVC_HECTOR__URL" in found.the("Hector")["change"]


@pytest.mark.parametrize("kind", ["reset", "cut", "server_error", "rate_limited"])
def test_one_call_that_fails_does_not_end_the_examination(world: World, kind: str) -> None:
    detail = {"status": 503} if kind == "server_error" else {}
    world.box.faults.once("c2", "Clients/Retrieve", kind, **detail)
    world.box.faults.once("hector", "stockrooms", kind, **detail)

    found = examine(world)

    assert found.code == 1
    assert {(one["part"], one["title"]) for one in found.to_mend} == {("C2", "clients"), ("Hector", "stockrooms")}
    assert not any("page for people" in one["change"] for one in found.to_mend)
