"""``syncsvc doctor``: for each usual wrong set-up it names the cause and the setting to change, and it writes nowhere."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cli_world import SECRETS, World, cli_world
from doctor_world import Found, examine, moved, renamed, spoiled, texts
from mail_catcher import PASSWORD, SENDER, USER, free_port, mail_catcher
from scripted_server import Asked, Reply, ScriptedServer, answer, page, raw
from sqlalchemy import text

from syncsvc.domain.errors import ServerError
from syncsvc.state.database import open_engine, writing

Serve = Callable[..., ScriptedServer]
NOTHING_THERE = page(404, "404 - File or directory not found.")


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    shutil.copyfile(sqlite_template, tmp_path / "state.db")
    with cli_world(tmp_path) as found:
        yield found


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as running:

        def start(*replies: Reply | Callable[[Any], Reply], tls: ssl.SSLContext | None = None) -> ScriptedServer:
            return running.enter_context(ScriptedServer(replies, tls=tls))

        yield start


# -- all well ------------------------------------------------------------------------------------------------------------


def test_where_all_is_well_every_call_of_a_sync_is_tried_and_nothing_is_to_mend(world: World) -> None:
    found = examine(world)

    assert (found.code, found.to_mend, found.result.document["ok"]) == (0, [], True)
    tried = " ".join(request.path.partition("?")[0] for request in world.box.requests)
    for path in ("CIFolder/Retrieve", "CICategory/Retrieve", "CI/Retrieve", "Clients/Retrieve"):
        assert path in tried
    for path in ("users", "stockrooms", "categories", "attributes", "subcategories", "assets"):
        assert f"api/v1/{path}" in tried
    criteria = [set(request.body["SearchCriteria"]) for request in world.box.requests if request.system == "c2"]
    assert {"Ids", "CINumber", "ModifiedSince"} <= set.union(*criteria)
    queries = " ".join(request.path for request in world.box.requests)
    assert "ids=" in queries
    assert "updated_since=" in queries
    assert set(found.findings[0]) == {"part", "title", "verdict", "asked", "came", "expected", "change"}


def test_for_people_a_line_says_what_is_fine(world: World) -> None:
    result = world.call("doctor")

    assert result.code == 0
    assert "  fine      CIs, a page: HTTP 200, application/json; 3 CIs" in result.lines
    assert result.lines[-1] == "All is well: everything that a sync needs to read was tried, and nothing was written."


# -- credentials and rights ----------------------------------------------------------------------------------------------


def test_a_wrong_password_of_c2_is_tried_once_and_hector_is_examined_all_the_same(world: World) -> None:
    found = examine(world, SYNCSVC_C2__PASSWORD="quite-wrong")

    assert found.code == 5
    assert "SYNCSVC_C2__PASSWORD" in found.the("C2")["change"]
    assert "refused the credentials" in found.the("C2")["came"]
    assert [request.system for request in world.box.requests].count("c2") == 1
    assert [one for one in found.of("fine") if one["part"] == "Hector"]
    assert "quite-wrong" not in found.result.out


def test_a_refused_password_is_not_tried_again_by_the_next_examination_unless_asked_to(world: World) -> None:
    examine(world, SYNCSVC_C2__PASSWORD="quite-wrong")

    again = examine(world, SYNCSVC_C2__PASSWORD="quite-wrong")
    assert [request.system for request in world.box.requests].count("c2") == 0
    assert "was not asked" in again.the("C2")["came"]

    examine(world, "--retry-credentials", SYNCSVC_C2__PASSWORD="quite-wrong")
    assert [request.system for request in world.box.requests].count("c2") == 1


def test_a_wrong_token_of_hector_is_tried_once(world: World) -> None:
    found = examine(world, SYNCSVC_HECTOR__TOKEN="quite-wrong")

    assert found.code == 5
    assert "SYNCSVC_HECTOR__TOKEN" in found.the("Hector")["change"]
    assert [request.system for request in world.box.requests].count("hector") == 1


def test_addresses_that_were_swapped_are_not_called_wrong_credentials_alone(world: World) -> None:
    c2, hector = world.environment["SYNCSVC_C2__URL"], world.environment["SYNCSVC_HECTOR__URL"]

    found = Found(world.call("doctor", "--json", SYNCSVC_C2__URL=hector, SYNCSVC_HECTOR__URL=c2))

    changes = [finding["change"] for finding in found.to_mend]
    for name in ("SYNCSVC_C2__URL", "SYNCSVC_HECTOR__URL"):
        assert any(name in change for change in changes), changes


def test_a_right_that_the_account_lacks_is_told_from_wrong_credentials(world: World) -> None:
    world.box.faults.once("c2", "Clients/Retrieve", "permission")

    found = examine(world)

    assert found.code == 1
    clients = found.the("C2", "clients")
    assert "right" in clients["change"]
    assert "permission" in clients["came"]
    assert [one for one in found.of("fine") if one["title"] == "CIs, a page"]


def test_an_account_that_sees_no_cmdb_lacks_a_right(world: World, serve: Serve) -> None:
    blind = serve(spoiled(world.box.c2_url, lambda path, whole: whole | ({"Data": []} if "CIFolder" in path else {})))

    found = examine(world, SYNCSVC_C2__URL=blind.url)

    cmdbs = found.the("C2", "CMDBs")
    assert "no CMDB at all" in cmdbs["came"]
    assert "SYNCSVC_C2__USERNAME" in cmdbs["change"]


def _second_category(world: World, text: str) -> str:
    """Add a category of another CMDB to the rules, and give its CMDB."""
    cmdb = world.box.c2.add_cmdb("Annexe")
    screens = world.box.c2.add_category(cmdb, "Écrans")
    for name in ("Modèle", "Série"):
        world.box.c2.add_field(screens, name)
    world.box.hector.add_attribute(world.box.hector.add_category("Monitors"), "Serial number")
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return cmdb


ANNEX = """\
  - cmdb: Annexe
    categories:
      - category: Écrans
        hector_category: Monitors
        direction: →
        match_on: [Série]
        fields:
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Série, hector: asset.attributes.Serial number}
"""


def test_a_right_that_is_missing_on_another_cmdb_is_found(world: World, serve: Serve) -> None:
    cmdb = _second_category(world, ANNEX)
    refusal = {"Status": 1, "Data": None, "Message": "You do not have the permission to see this CMDB."}

    def narrow(asked: Asked) -> Reply:
        blind = asked.path.endswith("CICategory/Retrieve") and asked.body["SearchCriteria"]["CIFolderId"] == cmdb
        return spoiled(world.box.c2_url, lambda _path, whole: whole | (refusal if blind else {}))(asked)

    found = examine(world, SYNCSVC_C2__URL=serve(narrow).url)

    assert found.code == 1
    categories = found.the("C2", "categories and lists of “Annexe”")
    assert "right" in categories["change"]
    assert [one["title"] for one in found.to_mend] == [categories["title"]]
    assert [one["verdict"] for one in found.findings if one["title"] == "against the systems"] == ["not asked"]


def test_records_of_every_category_of_the_rules_are_asked_for(world: World) -> None:
    _second_category(world, ANNEX)
    monitors = max(world.box.hector.categories)
    lists = (f"/subcategories?category_id={monitors}", f"/assets?category_id={monitors}")
    faults = [world.box.faults.once("hector", part, "permission") for part in lists]
    faults.append(world.box.faults.once("c2", "/CI/Retrieve", "permission", nth=5))

    found = examine(world)

    assert all(fault.fired for fault in faults)
    assert found.code == 1
    assert {one["title"] for one in found.to_mend} == {
        "CIs of “Écrans”, a page",
        "subcategories of “Monitors”, a page",
        "assets of “Monitors”, a page",
    }


def test_a_category_that_is_not_synchronised_is_not_asked_for_records(world: World) -> None:
    _second_category(world, ANNEX.replace("→", "none"))

    found = examine(world)

    assert (found.code, found.to_mend) == (0, [])
    assert "Monitors" not in texts(found.findings)
    assert "categories and lists of “Annexe”" in texts(found.of("fine"))


def test_what_fails_only_when_the_rules_are_held_against_the_systems_is_to_mend(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ServerError("Hector answered with HTTP 503.", hint="It usually passes.", status=503)

    monkeypatch.setattr("syncsvc.cli.doctor.confirm", fails)

    found = examine(world)

    assert found.code == 1
    assert "HTTP 503" in found.the("Rules", "against the systems")["came"]


# -- addresses and what stands in between --------------------------------------------------------------------------------


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


# -- other names and other ways ------------------------------------------------------------------------------------------


def test_other_names_in_c2_s_answers_are_proposed_and_then_read(world: World, serve: Serve) -> None:
    other = serve(spoiled(world.box.c2_url, renamed({"Id": "Identifier", "CINumber": "Number"})))

    found = examine(world, SYNCSVC_C2__URL=other.url)
    cmdbs = found.the("C2", "CMDBs")
    assert "SYNCSVC_C2__NAMES__ID=Identifier" in cmdbs["change"]
    assert "SYNCSVC_C2__NAMES" not in texts(found.of("fine"))

    named = examine(world, SYNCSVC_C2__URL=other.url, SYNCSVC_C2__NAMES__ID="Identifier")
    assert "SYNCSVC_C2__NAMES__CINUMBER=Number" in named.the("C2", "CIs, a page")["change"]

    both = {"SYNCSVC_C2__NAMES__ID": "Identifier", "SYNCSVC_C2__NAMES__CINUMBER": "Number"}
    assert examine(world, SYNCSVC_C2__URL=other.url, **both).to_mend == []


def test_other_names_in_hector_s_answers_are_proposed_read_and_written(world: World, serve: Serve) -> None:
    names = {"data": "items", "meta": "pagination", "asset_tag": "tag", "note": "comment"}
    back = {theirs: ours for ours, theirs in names.items()}

    def forward(asked: Asked) -> Reply:
        if asked.text:
            written.append(asked.body)
            asked.text = json.dumps({back.get(name, name): value for name, value in asked.body.items()})
        return spoiled(world.box.hector_url, renamed(names))(asked)

    written: list[dict[str, Any]] = []
    other = serve(forward)
    users = examine(world, SYNCSVC_HECTOR__URL=other.url).the("Hector", "users")
    assert "SYNCSVC_HECTOR__NAMES__DATA=items" in users["change"]
    assert "SYNCSVC_HECTOR__NAMES__META=pagination" in users["change"]

    settings = {f"SYNCSVC_HECTOR__NAMES__{ours.upper()}": theirs for ours, theirs in names.items()}
    settings["SYNCSVC_HECTOR__URL"] = other.url
    assert examine(world, **settings).to_mend == []
    world.add_ci("Portable", "SN9", Remarques="à la réserve")
    assert world.call("sync", **settings).code == 0
    assert "à la réserve" in {body.get("comment") for body in written}
    assert all("note" not in body for body in written)


def test_a_name_that_means_something_else_in_other_records_is_proposed_and_then_read(world: World, serve: Serve) -> None:
    world.add_asset("SN8")
    other = serve(spoiled(world.box.hector_url, renamed({"title": "name"})))

    found = examine(world, SYNCSVC_HECTOR__URL=other.url)
    assert {one["change"] for one in found.to_mend} == {"Set SYNCSVC_HECTOR__NAMES__TITLE=name."}

    assert examine(world, SYNCSVC_HECTOR__URL=other.url, SYNCSVC_HECTOR__NAMES__TITLE="name").to_mend == []


def test_names_that_nothing_reads_are_refused(world: World) -> None:
    found = examine(world, SYNCSVC_C2__NAMES__IDENT="Identifier")

    assert found.code == 2
    assert "SYNCSVC_C2__NAMES__IDENT" in texts(found.to_mend)


def test_filters_that_the_servers_ignore_are_noted_and_no_fault(world: World, serve: Serve) -> None:
    def deaf(asked: Asked) -> Reply:
        body = asked.body
        for name in ("Ids", "CINumber", "ModifiedSince"):
            body["SearchCriteria"].pop(name, None)
        asked.text = json.dumps(body)
        return spoiled(world.box.c2_url, lambda _path, whole: whole)(asked)

    def deaf_too(asked: Asked) -> Reply:
        asked.query = {name: values for name, values in asked.query.items() if name not in {"ids", "updated_since"}}
        return spoiled(world.box.hector_url, lambda _path, whole: whole)(asked)

    yesterday = datetime.now(UTC) - timedelta(days=1)
    for system in (world.box.c2, world.box.hector):
        system.now = lambda: yesterday  # type: ignore[method-assign]
    world.add_ci("Vieux portable", "SN8")
    world.add_asset("SN8")
    for system in (world.box.c2, world.box.hector):
        system.now = lambda: datetime.now(UTC)  # type: ignore[method-assign]

    found = examine(world, SYNCSVC_C2__URL=serve(deaf).url, SYNCSVC_HECTOR__URL=serve(deaf_too).url)

    assert found.code == 0
    notes = texts(found.of("note"))
    for criterion in ("Ids", "CINumber", "ModifiedSince", "ids", "updated_since"):
        assert f"the server ignores {criterion}" in notes


def test_pages_too_long_for_the_server_are_told_by_a_small_one(world: World, serve: Serve) -> None:
    through = spoiled(world.box.c2_url, lambda _path, whole: whole)

    def short_of_breath(asked: Asked) -> Reply:
        too_long = asked.path.endswith("/CI/Retrieve") and asked.body["Size"] > 100
        return page(500, "Runtime Error") if too_long else through(asked)

    url = serve(short_of_breath).url
    found = examine(world, SYNCSVC_C2__URL=url)

    assert "SYNCSVC_C2__PAGE_SIZE" in found.the("C2", "CIs, a small page")["change"]
    assert examine(world, SYNCSVC_C2__URL=url, SYNCSVC_C2__PAGE_SIZE="100").to_mend == []


def test_a_total_that_is_the_page_s_alone_is_found(world: World, serve: Serve) -> None:
    def own_count(_path: str, whole: Any) -> Any:
        return whole | {"meta": {"total": len(whole["data"])}} if "meta" in whole else whole

    found = examine(
        world, SYNCSVC_HECTOR__URL=serve(spoiled(world.box.hector_url, own_count)).url, SYNCSVC_HECTOR__PAGE_SIZE="10"
    )
    assert found.to_mend == []
    for number in range(20):
        world.add_asset(f"SX{number}")

    found = examine(
        world, SYNCSVC_HECTOR__URL=serve(spoiled(world.box.hector_url, own_count)).url, SYNCSVC_HECTOR__PAGE_SIZE="10"
    )
    assert "the total is wrong" in found.the("Hector", "assets, page 2")["came"]
    assert "SYNCSVC_HECTOR__NAMES__TOTAL" in found.the("Hector", "assets, page 2")["change"]


# -- clocks and zones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "verdict"), [(1, None), (5, "warning"), (-45, "error")])
def test_a_clock_that_is_wrong_is_told_by_how_much(world: World, minutes: int, verdict: str | None) -> None:
    world.box.c2.now = lambda: datetime.now(UTC) + timedelta(minutes=minutes)  # type: ignore[method-assign]

    found = examine(world)

    clock = [one for one in found.findings if one["part"] == "Clocks" and one["title"] == "C2"]
    assert [one["verdict"] for one in clock] == [verdict or "fine"]
    if verdict:
        assert found.code == 1
        assert f"{abs(minutes)} min" in clock[0]["came"] or f"{abs(minutes) - 1} min" in clock[0]["came"]
        assert "C2's is wrong" in clock[0]["change"]


def test_where_both_clocks_differ_alike_it_is_ours(world: World) -> None:
    for system in (world.box.c2, world.box.hector):
        system.now = lambda: datetime.now(UTC) - timedelta(hours=1)  # type: ignore[method-assign]

    found = examine(world)

    assert {one["change"] for one in found.to_mend} == {
        "All of them differ from this machine's clock alike: set it right (by NTP, say)."
    }


def test_a_time_zone_that_is_not_the_server_s_is_named(world: World, serve: Serve) -> None:
    def told(_path: str, whole: Any) -> Any:
        return whole | {"Time": f"/Date({int(datetime.now(UTC).timestamp() * 1000)}+0900)/"}

    found = examine(world, SYNCSVC_C2__URL=serve(spoiled(world.box.c2_url, told)).url)

    assert found.code == 1
    assert "+09:00" in found.the("Time zones")["came"]
    assert "SYNCSVC_C2__TIME_ZONE" in found.the("Time zones")["change"]


# -- our own side --------------------------------------------------------------------------------------------------------


def test_a_misspelt_setting_is_named_with_the_right_one(world: World) -> None:
    found = examine(world, SYNCSVC_C2__PASWORD="x")

    assert found.code == 2
    assert "SYNCSVC_C2__PASSWORD" in texts(found.to_mend)
    assert world.box.requests == []


def test_a_missing_setting_is_named_and_all_else_is_examined(world: World) -> None:
    found = examine(world, SYNCSVC_HECTOR__TOKEN="")

    assert found.code == 2
    assert "SYNCSVC_HECTOR__TOKEN is missing" in found.the("Settings")["came"]
    assert [one["part"] for one in found.of("fine") if one["part"] == "Database"]


def test_rules_that_name_what_is_not_there_are_told_with_the_place(world: World) -> None:
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(file.read_text(encoding="utf-8").replace("category: Portables", "category: Portable"), encoding="utf-8")

    found = examine(world)

    assert found.code == 2
    assert found.the("Rules")["title"] == f"{file}:6:19"
    assert "Portables" in found.the("Rules")["change"]


def test_rules_that_cannot_be_read_do_not_end_the_examination(world: World) -> None:
    Path(world.environment["SYNCSVC_RULES"]).write_text("cmdbs: [", encoding="utf-8")

    found = examine(world)

    assert found.code == 2
    assert found.the("Rules")
    assert [one for one in found.of("fine") if one["title"] == "CIs, a page"]


def test_a_database_that_is_behind_or_ahead_is_left_as_it_is(world: World, database_url: str) -> None:
    engine = open_engine(database_url)
    for version, words, code in (("0001", "syncsvc db upgrade", 1), ("9999", "Install that newer syncsvc", 2)):
        with writing(engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})

        found = examine(world, SYNCSVC_DATABASE_URL=database_url)

        assert (found.code, version in found.the("Database")["came"]) == (code, True)
        assert words in found.the("Database")["change"]
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == version
    engine.dispose()


def test_a_database_file_that_is_not_there_yet_is_not_made(world: World, tmp_path: Path) -> None:
    file = tmp_path / "data" / "new.db"

    found = examine(world, SYNCSVC_DATABASE_URL=f"sqlite:///{file}")

    assert found.code == 0
    assert "the first sync makes it" in texts(found.of("note"))
    assert not file.parent.exists()


def test_a_database_server_that_is_not_there_is_named_without_its_password(world: World) -> None:
    url = f"postgresql+psycopg://svc:very-hidden-word@127.0.0.1:{free_port()}/syncsvc"

    found = examine(world, SYNCSVC_DATABASE_URL=url)

    assert found.code == 2
    assert "SYNCSVC_DATABASE_URL" in found.the("Database")["change"]
    assert "very-hidden-word" not in found.result.out


# -- the console ---------------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_may_be_the_service_s_own(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        found = examine(world, SYNCSVC_CONSOLE__PORT=port)
    free = examine(world, SYNCSVC_CONSOLE__PORT=port)

    assert (found.code, found.to_mend) == (0, [])
    (note,) = [one for one in found.of("note") if one["part"] == "Console"]
    assert "the running service" in note["came"]
    assert "SYNCSVC_CONSOLE__PORT" in note["change"]
    assert [one["verdict"] for one in free.findings if one["part"] == "Console"] == ["fine"]


def test_an_address_that_is_not_this_machine_s_is_told(world: World) -> None:
    hash_of_it = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA"
    account = {"SYNCSVC_CONSOLE__USERNAME": "it", "SYNCSVC_CONSOLE__PASSWORD_HASH": hash_of_it}

    found = examine(world, SYNCSVC_CONSOLE__HOST="192.0.2.1", **account)

    assert found.code == 2
    assert "cannot listen on 192.0.2.1" in found.the("Console", "port")["came"]
    assert "SYNCSVC_CONSOLE__HOST" in found.the("Console", "port")["change"]


def test_a_console_that_nobody_can_reach_is_told(world: World) -> None:
    found = examine(world, SYNCSVC_CONSOLE__HOST="0.0.0.0", SYNCSVC_CONSOLE__PORT=str(free_port()))

    assert found.code == 0  # the container is set up like this, and works
    (console,) = [one for one in found.result.document["findings"] if one["title"] == "who can reach it"]
    assert "served to this machine alone" in console["came"]
    assert "SYNCSVC_CONSOLE__PASSWORD_HASH" in console["change"]


# -- mail ----------------------------------------------------------------------------------------------------------------


def _smtp(port: int, **more: str) -> dict[str, str]:
    known = {"HOST": "localhost", "PORT": str(port), "SECURITY": "none", "FROM": SENDER, "TIMEOUT": "5"}
    return {f"SYNCSVC_SMTP__{name}": value for name, value in (known | more).items()}


def _tell(world: World, whom: str) -> None:
    file = Path(world.environment["SYNCSVC_RULES"])
    file.write_text(f"notify_if_error: {whom}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")


def test_a_mail_server_that_refuses_the_password_is_told(world: World) -> None:
    with mail_catcher(with_login=True) as catcher:
        well = examine(world, **_smtp(catcher.port, USERNAME=USER, PASSWORD=PASSWORD))
        found = examine(world, **_smtp(catcher.port, USERNAME=USER, PASSWORD="quite-wrong"))

    assert well.to_mend == []
    assert found.code == 1
    assert "SYNCSVC_SMTP__PASSWORD" in found.the("Mail")["change"]
    assert "quite-wrong" not in found.result.out
    assert catcher.caught == []


def test_a_mail_server_without_the_security_that_is_set_is_told(world: World) -> None:
    with mail_catcher() as catcher:
        found = examine(world, **_smtp(catcher.port, SECURITY="starttls"))

    assert "does not offer STARTTLS" in found.the("Mail")["came"]
    assert "SYNCSVC_SMTP__" in found.the("Mail")["change"]


def test_a_test_message_goes_to_those_whom_the_rules_name_and_only_on_request(world: World) -> None:
    _tell(world, "it@erables.example")
    with mail_catcher() as catcher:
        examine(world, **_smtp(catcher.port))
        assert catcher.caught == []
        found = examine(world, "--test-mail", **_smtp(catcher.port))

    assert found.to_mend == []
    assert [(mail.to, mail.subject) for mail in catcher.caught] == [(["it@erables.example"], "[syncsvc] Message d'essai")]


def test_a_test_message_that_cannot_be_sent_is_to_mend(world: World) -> None:
    assert "SYNCSVC_SMTP__HOST" in texts(examine(world).of("note"))
    found = examine(world, "--test-mail")

    assert found.code == 1
    assert "mails are off" in found.the("Mail")["came"]


# -- the report ----------------------------------------------------------------------------------------------------------


def test_the_report_names_hosts_and_calls_and_holds_no_secret(world: World, serve: Serve, tmp_path: Path) -> None:
    def echo(asked: Asked) -> Reply:
        return page(200, f"You sent {asked.text} and {asked.headers.get('authorization')}")

    file = tmp_path / "report.txt"
    server = serve(echo)

    result = world.call("doctor", "--report", str(file), SYNCSVC_C2__URL=server.url, SYNCSVC_HECTOR__URL=server.url)

    report = file.read_text(encoding="utf-8")
    assert result.code == 5
    assert f"POST {server.url}/API/CIFolder/Retrieve" in report
    assert "SYNCSVC_C2__URL" in report
    assert "You sent" in report
    for secret in SECRETS:
        assert secret not in report + result.out + result.err


def test_a_secret_that_was_put_into_the_wrong_setting_is_not_told_either(world: World, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    misplaced = {"SYNCSVC_C2__ENDPOINTS__RETRIEVE_CLIENTS": f"API/{SECRETS[1]}"}

    people = world.call("doctor", "--report", str(file), **misplaced)
    found = examine(world, **misplaced)

    assert people.code == found.code == 1
    assert SECRETS[1] not in people.out + people.err + file.read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_said(world: World, tmp_path: Path) -> None:
    result = world.call("doctor", "--report", str(tmp_path / "nowhere" / "report.txt"))

    assert result.code == 2
    assert "The report cannot be written" in result.err
