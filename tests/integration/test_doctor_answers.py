"""``syncsvc doctor`` finds answers that are not as expected: other names, other ways, other clocks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_world import World, cli_world
from doctor_world import examine, renamed, spoiled, texts
from scripted_server import Asked, Reply, ScriptedServer, page

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    shutil.copyfile(sqlite_template, tmp_path / "state.db")
    with cli_world(tmp_path) as found:
        yield found


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
