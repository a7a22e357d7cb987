"""Mails of real runs: both systems, a mail server, and the commands as people and cron start them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_world import SECRETS, World, cli_world
from console_world import ACCOUNT
from mail_catcher import PASSWORD, SENDER, USER, MailCatcher, free_port, mail_catcher

from syncsvc import bootstrap
from syncsvc.engine.category import CategorySync
from syncsvc.engine.request import RunRequest
from syncsvc.rules_file import load_rules
from syncsvc.settings import Settings

IT = "it@erables.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as running:
        rules = running.directory / "rules.yaml"
        rules.write_text(f"notify_if_error: {IT}\n{rules.read_text(encoding='utf-8')}", encoding="utf-8")
        yield running


@pytest.fixture
def catcher(world: World) -> Iterator[MailCatcher]:
    with mail_catcher() as running:
        world.environment |= smtp(running.port)
        yield running


def smtp(port: int, **more: str) -> dict[str, str]:
    known = {"HOST": "localhost", "PORT": str(port), "SECURITY": "none", "FROM": SENDER, "TIMEOUT": "5"}
    return {f"SYNCSVC_SMTP__{name}": value for name, value in (known | more).items()}


def settings(world: World) -> Settings:
    """The world's settings as the service has them."""
    environment = world.environment
    return Settings(
        c2={name: environment[f"SYNCSVC_C2__{name.upper()}"] for name in ("url", "username", "password")},
        hector={name: environment[f"SYNCSVC_HECTOR__{name.upper()}"] for name in ("url", "token")},
        database_url=environment["SYNCSVC_DATABASE_URL"],
        smtp={name: environment[f"SYNCSVC_SMTP__{name.upper()}"] for name in ("host", "port", "security", "from", "timeout")},
    )


def night(world: World) -> None:
    """A nightly run, as the service carries it out and tells of it."""
    rules = load_rules(world.directory / "rules.yaml")
    report = bootstrap.synchronise(settings(world), rules, RunRequest("daily"))
    bootstrap.tell(settings(world), rules, report.run)


def test_nights_with_the_two_systems_make_exactly_these_mails(world: World, catcher: MailCatcher) -> None:
    night(world)
    assert catcher.caught == []
    twin = world.add_ci("Jumeau", "SN1")
    night(world)
    night(world)
    world.box.c2.edit_ci(twin, {"Série": "SN9"})
    night(world)
    night(world)
    first, second, third = catcher.caught
    day = f"{datetime.now(UTC) - timedelta(hours=5):%Y-%m-%d}"
    assert first.subject == f"[syncsvc] Synchronisation 2 du {day} : 1 erreur"
    assert "Inventaire / Portables : fiches ambiguës (1)" in first.text
    assert second.text.splitlines()[1] == "1 comme avant"
    assert third.subject == f"[syncsvc] Synchronisation 4 du {day} : tout est rentré dans l'ordre"
    assert all(mail.to == [IT] for mail in catcher.caught)


def test_a_held_night_is_one_mail_and_the_next_ones_are_short(world: World, catcher: MailCatcher) -> None:
    rules = world.directory / "rules.yaml"
    rules.write_text(f"guards: {{max_creates: 0}}\n{rules.read_text(encoding='utf-8')}", encoding="utf-8")
    night(world)
    first = catcher.caught.pop()
    assert catcher.caught == []
    assert first.subject.endswith(": en attente d'approbation")
    assert "1 fiches seraient créées dans Hector (max_creates vaut 0)" in first.text
    assert "Nombre : 1" in first.text

    world.add_ci("Portable neuf", "SN7")
    night(world)
    again = catcher.caught.pop()
    assert catcher.caught == []
    assert again.subject.endswith(": en attente d'approbation, comme avant")
    assert "Inventaire / Portables : 2 fiches seraient créées dans Hector (max_creates vaut 0)" in again.text
    assert "Nombre:" not in again.text
    assert [line for line in again.text.splitlines() if "--approve" in line] == ["Si c'est voulu : syncsvc sync --approve 2"]

    rules.write_text(rules.read_text(encoding="utf-8").replace("max_creates: 0", "max_creates: 9"), encoding="utf-8")
    night(world)
    (over,) = catcher.caught
    assert over.subject.endswith(": tout est rentré dans l'ordre")
    assert "Inventaire / Portables : retenu (1)" in over.text


def test_cron_gets_a_mail_about_a_run_with_errors(world: World, catcher: MailCatcher) -> None:
    world.add_ci("Jumeau", "SN1")
    done = world.call("sync")
    assert done.code == 1
    assert len(catcher.caught) == 1
    everything = catcher.caught[0].message.as_string()
    assert not any(secret in everything for secret in SECRETS)


def test_refused_credentials_are_mailed_although_nothing_was_read(world: World, catcher: MailCatcher) -> None:
    done = world.call("sync", SYNCSVC_C2__PASSWORD="wrong-password")
    assert done.code == 5
    (mail,) = catcher.caught
    assert mail.subject.endswith("échec")
    assert "wrong-password" not in mail.message.as_string()


def test_what_broke_a_run_is_kept_and_told_without_secrets(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: CategorySync) -> None:
        raise ZeroDivisionError("with very-secret-password in it\nand more")

    monkeypatch.setattr(CategorySync, "carry_out", breaks)
    done = world.call("sync")
    (kept,) = world.call("errors", "--json").document

    assert done.code == 1
    assert "Traceback" not in done.err
    assert (kept["kind"], kept["category"]) == ("internal", None)
    assert "(ZeroDivisionError: with ••• in it)" in kept["message"]
    assert not any(secret in done.out + done.err for secret in SECRETS)


def test_a_plan_sends_nothing(world: World, catcher: MailCatcher) -> None:
    world.add_ci("Jumeau", "SN1")
    assert world.call("plan").code == 1
    assert catcher.caught == []


def test_a_mail_server_that_is_down_changes_nothing_about_a_run(world: World) -> None:
    world.add_ci("Jumeau", "SN1")
    without = world.call("sync", "--dry-run").code
    done = world.call("sync", "--json", **smtp(free_port()))
    assert done.code == without == 1
    assert done.document["errors"] == 1
    assert "mail not sent, it is kept and tried again" in done.err


def test_a_password_of_the_mail_server_is_in_no_log(world: World) -> None:
    world.add_ci("Jumeau", "SN1")
    with mail_catcher("starttls", with_login=True) as catcher:
        login = smtp(catcher.port, SECURITY="starttls", USERNAME=USER, PASSWORD=PASSWORD)
        done = world.call("sync", SYNCSVC_LOG__LEVEL="debug", **login)
    assert "not trusted" in done.err
    assert PASSWORD not in done.err
    assert catcher.logins == []


def test_mails_lead_to_the_run_s_page_where_people_reach_the_console(world: World, catcher: MailCatcher) -> None:
    world.add_ci("Jumeau", "SN1")
    account = {"SYNCSVC_CONSOLE__USERNAME": ACCOUNT.username, "SYNCSVC_CONSOLE__PASSWORD_HASH": ACCOUNT.password_hash}
    world.call("sync", SYNCSVC_CONSOLE__URL="https://sync.erables.example/", **account)
    assert "https://sync.erables.example/runs/1" in catcher.caught[0].text.splitlines()
