"""``syncsvc doctor`` examines our own side: settings, rules, database, console and mail."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world
from doctor_world import examine, texts
from mail_catcher import PASSWORD, SENDER, USER, free_port, mail_catcher
from scripted_server import ScriptedServer
from sqlalchemy import text

from syncsvc.state.database import open_engine, writing

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    shutil.copyfile(sqlite_template, tmp_path / "state.db")
    with cli_world(tmp_path) as found:
        yield found


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
