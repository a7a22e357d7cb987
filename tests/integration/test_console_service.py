"""The console as ``syncsvc serve`` joins it with the real service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world
from console_world import ACCOUNT
from live_console import console
from sqlalchemy import Engine, text

from syncsvc.state import queries
from syncsvc.state.database import open_engine
from syncsvc.state.lock import RunLock


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        yield found


@pytest.fixture
def engine(world: World) -> Iterator[Engine]:
    found = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    yield found
    found.dispose()


def disputed(world: World) -> None:
    """A note that both sides changed."""
    world.write_rules(direction="⇄")
    world.call("sync")
    (ci,) = (number for number in world.box.c2.ci_ids(world.laptops) if world.box.c2.value(number, "Série") == "SN1")
    world.box.c2.edit_ci(ci, {"Remarques": "ours"})
    asset = next(one for one in world.box.hector.assets() if "SN1" in one["attributes"].values())
    world.box.hector.edit_asset(asset["id"], note="theirs")
    world.call("sync")


def test_settling_takes_the_lock_and_waits_for_no_run(world: World, engine: Engine) -> None:
    disputed(world)
    (conflict,) = queries.conflicts(engine)
    with console(world, engine) as browser:
        assert re.search(r"Inventaire / Portables</bdi></th>\s*<td>\d{4}-", browser.get("/").text)
        seen = browser.seen(conflict["id"])
        with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
            answer = browser.post(f"/conflicts/{conflict['id']}", use="hector", **seen)
            assert answer.status_code == 409
            assert "a run is under way" in answer.text
            assert queries.conflicts(engine) == [conflict]
        moved = seen | {"since": "2020-01-01T00:00:00Z"}
        assert browser.post(f"/conflicts/{conflict['id']}", use="hector", **moved).status_code == 409
        assert browser.post(f"/conflicts/{conflict['id']}", use="hector", **seen).status_code == 303
    assert queries.chosen_sides(engine) == {conflict["id"]: "hector"}


def test_the_overview_knows_whether_a_run_is_under_way_elsewhere(world: World, engine: Engine) -> None:
    world.call("sync")
    with engine.begin() as connection:
        connection.execute(text("UPDATE runs SET status = 'running', finished_at = NULL, summary = NULL"))
    with console(world, engine) as browser:
        with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
            assert "under way" in browser.get("/").text
        assert "ended without a word" in browser.get("/").text


def test_what_is_wrong_with_the_database_is_said_on_the_overview(world: World, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with console(world, engine) as browser:
        answer = browser.get("/")
    assert answer.status_code == 200
    assert "The database: The database is at version 0001" in answer.text


@pytest.mark.parametrize("url", ["https://sync.example.org", "HTTPS://sync.example.org", "http://sync.example.org"])
def test_the_cookie_goes_by_https_alone_where_people_do(world: World, engine: Engine, url: str) -> None:
    settings = {"url": url, "username": ACCOUNT.username, "password_hash": ACCOUNT.password_hash}
    with console(world, engine, console=settings) as browser:
        cookie = browser.get("/sign-in").headers["set-cookie"].lower()
    assert ("secure" in cookie) is url.lower().startswith("https")
