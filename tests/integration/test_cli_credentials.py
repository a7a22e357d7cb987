"""Refused credentials over the command line: one call, and then none until somebody has done something about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import SECRETS, Result, World, cli_world
from sqlalchemy import text

from syncsvc.state.database import open_engine, reading

WRONG = "wrong-but-very-secret"
SYSTEMS = {
    "c2": ("SYNCSVC_C2__PASSWORD", SECRETS[0], "C2"),
    "hector": ("SYNCSVC_HECTOR__TOKEN", SECRETS[1], "Hector"),
}


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path, database_url=database_url) as found:
        yield found


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def _with(world: World, system: str, secret: str, *arguments: str) -> tuple[Result, dict[str, int]]:
    """Carry out a command with this secret; gives also the requests that each system saw."""
    world.box.clear()
    result = world.call(*arguments, **{SYSTEMS[system][0]: secret})
    return result, {name: sum(request.system == name for request in world.box.requests) for name in SYSTEMS}


def _wrong(world: World, system: str, *arguments: str) -> tuple[Result, dict[str, int]]:
    return _with(world, system, WRONG, *arguments)


def _right(world: World, system: str, *arguments: str) -> tuple[Result, dict[str, int]]:
    return _with(world, system, SYSTEMS[system][1], *arguments)


def _since(result: Result) -> str:
    found = re.search(r"since (\d{4}-\d\d-\d\d \d\d:\d\d UTC)", result.out + result.err)
    assert found is not None, result
    return found[1]


def test_credentials_refused_once_are_not_tried_by_the_next_runs(world: World, system: str) -> None:
    first, asked = _wrong(world, system, "sync")
    assert (first.code, asked[system]) == (5, 1)

    for command in (["sync"], ["plan"], ["sync", "--full"]):
        result, asked = _wrong(world, system, *command)
        assert (result.code, asked) == (5, {"c2": 0, "hector": 0}), command
        assert f"{SYSTEMS[system][2]} was not asked: it has refused these credentials since" in result.err
        assert SYSTEMS[system][0] in result.err
        assert "--retry-credentials" in result.err


@pytest.mark.parametrize(
    "command",
    ["rules check", "rules show", "rules init --output new.yaml", "links add --ci 1 --asset 1", "links remove --asset x"],
)
def test_commands_beside_the_runs_try_them_once_too(world: World, system: str, command: str) -> None:
    asks = _right(world, system, *command.split())[1][system] > 0
    (world.directory / "new.yaml").unlink(missing_ok=True)

    first, asked = _wrong(world, system, *command.split())
    assert (first.code, asked[system]) == (5 if asks else first.code, int(asks))

    result, asked = _wrong(world, system, *command.split())
    assert (result.code, asked) == (5 if asks else first.code, {"c2": 0, "hector": 0} if asks else asked)
    if asks:
        assert "doctor) --retry-credentials" in result.err


def test_a_database_is_made_to_remember_a_refusal_and_for_nothing_else(tmp_path: Path, system: str) -> None:
    file = tmp_path / "data" / "new.db"
    with cli_world(tmp_path, database_url=f"sqlite:///{file}") as world:
        assert _right(world, system, "rules", "check")[0].code == 0
        assert not file.exists()
        assert _wrong(world, system, "rules", "check")[1][system] == 1
        assert _wrong(world, system, "rules", "check")[1][system] == 0


def test_a_database_that_cannot_be_used_keeps_nobody_from_checking_the_rules(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no database" * 100, encoding="utf-8")
    with cli_world(tmp_path, database_url=f"sqlite:///{tmp_path / 'state'}") as world:
        assert world.call("rules", "check").code == 0


def test_a_plan_remembers_too(world: World, system: str) -> None:
    assert _wrong(world, system, "plan")[1][system] == 1
    result, asked = _wrong(world, system, "sync", "--json")
    assert (result.code, asked) == (5, {"c2": 0, "hector": 0})
    assert result.document["error"]["kind"] == "credentials"
    assert "--retry-credentials" in result.document["error"]["hint"]


def test_the_runs_that_asked_nothing_are_recorded_as_failed(world: World, system: str) -> None:
    _wrong(world, system, "sync")
    _wrong(world, system, "sync")
    runs = world.call("runs", "--json").document
    assert (runs[0]["status"], runs[0]["requests"]) == ("failed", {"c2": 0, "hector": 0})
    (error,) = world.call("errors", "--json").document
    assert (error["kind"], "was not asked" in error["message"]) == ("credentials", True)


def test_other_settings_are_tried_at_once_and_when_right_clear_it(world: World, system: str) -> None:
    _wrong(world, system, "sync")
    result, asked = _right(world, system, "sync")
    assert (result.code, asked[system] > 0) == (0, True)

    result, asked = _wrong(world, system, "sync")  # forgotten, so asked once
    assert (result.code, asked[system]) == (5, 1)
    assert "since" not in result.err


def test_other_settings_that_are_wrong_too_are_remembered_in_their_place(world: World, system: str) -> None:
    _wrong(world, system, "sync")
    assert _with(world, system, "another-wrong-one", "sync")[1][system] == 1
    assert _with(world, system, "another-wrong-one", "sync")[1][system] == 0


def test_the_operator_may_have_them_tried_again_and_once_more_wrong_they_are_so_since_the_first_time(
    world: World, system: str
) -> None:
    _wrong(world, system, "sync")
    _age(world, "2026-01-02 03:04:00")
    assert _since(_wrong(world, system, "sync")[0]) == "2026-01-02 03:04 UTC"

    for command in ("sync", "plan"):
        result, asked = _wrong(world, system, command, "--retry-credentials")
        assert (result.code, asked[system]) == (5, 1)
        assert "was not asked" not in result.err

    result, asked = _wrong(world, system, "sync")
    assert (_since(result), asked) == ("2026-01-02 03:04 UTC", {"c2": 0, "hector": 0})


def test_credentials_that_are_accepted_again_need_the_operators_word_once(world: World, system: str) -> None:
    """As when an account was locked, and an administrator has opened it again."""
    world.box.faults.once(system, "/", "credentials")
    assert _right(world, system, "sync")[0].code == 5
    result, asked = _right(world, system, "sync")
    assert (result.code, asked) == (5, {"c2": 0, "hector": 0})

    assert _right(world, system, "sync", "--retry-credentials")[0].code == 0
    result, asked = _right(world, system, "sync")
    assert (result.code, asked[system] > 0) == (0, True)


def test_credentials_refused_in_the_middle_of_a_run_are_remembered_too(world: World, system: str) -> None:
    world.box.faults.once(system, "/", "credentials", nth=3)
    assert _right(world, system, "sync")[0].code == 5
    assert _right(world, system, "sync")[1] == {"c2": 0, "hector": 0}


def test_the_secret_is_kept_nowhere(world: World, system: str, database_url: str) -> None:
    first, _ = _wrong(world, system, "sync")
    second, _ = _wrong(world, system, "sync")
    engine = open_engine(database_url)
    with reading(engine) as connection:
        (row,) = connection.execute(text("SELECT * FROM refused_credentials")).mappings().all()
        told = connection.execute(text("SELECT event, data FROM run_log")).all()
    engine.dispose()
    assert (row["system"], len(row["salt"]), len(row["digest"])) == (system, 32, 64)
    for kept in (str(dict(row)), str(told), first.out + first.err, second.out + second.err):
        assert WRONG not in kept


def test_the_same_secret_makes_another_digest_each_time(world: World, database_url: str) -> None:
    digests = set()
    for _ in range(2):
        _wrong(world, "c2", "sync", "--retry-credentials")
        engine = open_engine(database_url)
        with reading(engine) as connection:
            digests |= set(connection.execute(text("SELECT salt, digest FROM refused_credentials")).all())
        engine.dispose()
    assert len({salt for salt, _ in digests}) == len({digest for _, digest in digests}) == 2


def _age(world: World, moment: str) -> None:
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    zone = "+00:00" if engine.dialect.name == "postgresql" else ".000000"
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE refused_credentials SET since = '{moment}{zone}'"))
    engine.dispose()
