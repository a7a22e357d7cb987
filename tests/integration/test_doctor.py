"""``syncsvc doctor``: where all is well, wrong credentials and rights, the report; it writes nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_world import SECRETS, World, cli_world
from doctor_world import Found, examine, spoiled, texts
from scripted_server import Asked, Reply, ScriptedServer, page

from syncsvc.domain.errors import ServerError

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    shutil.copyfile(sqlite_template, tmp_path / "state.db")
    with cli_world(tmp_path) as found:
        yield found


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
