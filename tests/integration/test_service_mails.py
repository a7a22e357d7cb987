"""The service and its mails together: real runs, a real mail server, a fake clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_world import World, cli_world
from mail_catcher import SENDER, MailCatcher, mail_catcher
from service_nights import Clock
from sqlalchemy import Engine, text
from test_service_year import settings_of

from syncsvc.bootstrap import Watch
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.told import Reason
from syncsvc.engine.category import CategorySync
from syncsvc.engine.request import RunRequest
from syncsvc.notify.mail import MailRefusedError
from syncsvc.rules_file import load_rules
from syncsvc.scheduler.mails import Mails
from syncsvc.scheduler.service import Given, Service
from syncsvc.scheduler.silence import Silent
from syncsvc.settings import Settings
from syncsvc.state import queries
from syncsvc.state.database import StateError, head_version
from syncsvc.state.lock import RunLock
from syncsvc.state.store import Store

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with cli_world(tmp_path, database_url=database_url) as found:
        file = Path(found.environment["SYNCSVC_RULES"])
        file.write_text("notify_if_error: it@erables.example\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
        yield found


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with mail_catcher() as found:
        yield found


@pytest.fixture
def settings(world: World, catcher: MailCatcher) -> Settings:
    known = settings_of(world)
    smtp = {"host": "127.0.0.1", "port": catcher.port, "security": "none", "from": SENDER}
    return Settings.model_validate({name: getattr(known, name) for name in Settings.model_fields} | {"smtp": smtp})


def test_a_night_with_errors_is_one_mail_and_a_missed_one_another(
    world: World, engine: Engine, settings: Settings, catcher: MailCatcher
) -> None:
    world.add_ci("Portable jumeau", "SN1")
    clock = Clock(NOON)
    service = Service(settings, engine, Given(Watch(now=clock), Mails(settings)))

    def night() -> None:
        due = service.next_due(clock.at)
        assert due is not None
        clock.at = due
        service.night.look()

    night()
    assert catcher.caught == []
    service._send_waiting()
    assert len(catcher.caught) == 1
    service._send_waiting()
    assert len(catcher.caught) == 1
    clock.tick(timedelta(minutes=1))

    with RunLock(settings.database_url.get_secret_value()):
        night()
        clock.tick(timedelta(hours=2))
        service.night.look()
        service.night.look()
    assert len(catcher.caught) == 2
    assert "2026-11-21" in catcher.caught[1].subject
    assert not any("very-secret" in mail.message.as_string() for mail in catcher.caught)


def test_a_run_that_was_asked_for_is_told_of_when_it_did_not_go_well_and_nobody_looked(
    world: World, engine: Engine, settings: Settings, catcher: MailCatcher
) -> None:
    service = Service(settings, engine, Given(news=Mails(settings)))
    service.on_demand.begin(RunRequest())
    service.on_demand.wait()
    world.add_ci("Portable jumeau", "SN1")
    for by_hand in (True, False):
        service.on_demand.begin(RunRequest(), by_hand=by_hand)
        service.on_demand.wait()
    service._send_waiting()
    (mail,) = catcher.caught
    assert [run["status"] for run in queries.runs(engine)] == ["completed_with_errors", "completed_with_errors", "succeeded"]
    assert "syncsvc errors --run 3" in mail.text


def test_a_run_that_breaks_is_one_mail_that_says_why(
    engine: Engine, settings: Settings, catcher: MailCatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: CategorySync) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(CategorySync, "carry_out", breaks)
    clock = Clock(NOON)
    service = Service(settings, engine, Given(Watch(now=clock), Mails(settings)))
    clock.tick(timedelta(hours=9))
    for _ in range(3):
        service.night.look()
        service._send_waiting()
        clock.tick(timedelta(hours=1))

    (mail,) = catcher.caught
    assert mail.subject.endswith("échec")
    assert "(ZeroDivisionError: by zero)" in mail.text.splitlines()[0]
    (run,) = queries.runs(engine)
    assert [line["event"] for line in queries.log(engine, run["run"]) if line["level"] == "error"] == [
        "Something happened that syncsvc does not know how to handle (ZeroDivisionError: by zero)."
    ]
    assert service.vigil.history.look(clock.at).last_good == {}, "a category that broke was not carried out"


def test_a_run_whose_process_died_before_it_told_of_it_is_told_within_the_minute(
    world: World, engine: Engine, settings: Settings, catcher: MailCatcher
) -> None:
    store = Store(engine)
    number = store.start_run("daily", full=True, dry_run=False, at=NOON)
    store.finish_run(number, RunStatus.FAILED, {}, [], NOON)
    service = Service(settings, engine, Given(Watch(now=Clock(NOON)), Mails(settings)))

    service._send_waiting()
    service._send_waiting()

    assert [mail.subject.rpartition(" : ")[2] for mail in catcher.caught] == ["échec"]
    assert world.box.requests == []


def test_without_a_database_a_night_without_a_run_is_mailed_all_the_same_and_once(
    world: World, engine: Engine, settings: Settings, catcher: MailCatcher
) -> None:
    clock = Clock(NOON)
    service = Service(settings, engine, Given(Watch(now=clock), Mails(settings)))
    service.night.look()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("ALTER TABLE runs RENAME TO runs_away"))
    clock.at = NOON + timedelta(hours=11)
    service.night.look()
    service.night.look()
    assert [mail.subject for mail in catcher.caught] == [
        "[syncsvc] La synchronisation prévue le 2026-11-20 21:00 n'a pas eu lieu"
    ]
    assert "la base de données" in catcher.caught[0].text

    with engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{head_version()}'"))
        connection.execute(text("ALTER TABLE runs_away RENAME TO runs"))
    clock.tick(timedelta(minutes=1))
    service.night.look()

    assert len(catcher.caught) == 1
    assert world.box.requests != []


def test_a_mail_about_a_missed_night_that_cannot_be_kept_or_sent_is_told_once_it_can(
    engine: Engine, settings: Settings, catcher: MailCatcher
) -> None:
    mails, why = Mails(settings), Reason("not_running")
    rules = load_rules(settings.rules)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE mails RENAME TO mails_away"))
    catcher.answer = "554 not now"
    with pytest.raises(MailRefusedError):
        mails.missed(rules, [NOON], why, caught_up=True)
    with pytest.raises(StateError):
        mails.silent(rules, [Silent("Inventaire", "Portables", None, NOON)])
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE mails_away RENAME TO mails"))
    catcher.answer = "250 OK"

    mails.missed(rules, [NOON], why, caught_up=True)

    assert len(catcher.caught) == 1


def test_with_rules_that_are_broken_at_the_start_mails_go_to_whom_the_last_good_ones_named(
    engine: Engine, settings: Settings, catcher: MailCatcher
) -> None:
    clock = Clock(NOON)
    Service(settings, engine, Given(Watch(now=clock), Mails(settings))).night.look()
    store = Store(engine)
    store.finish_run(store.start_run("daily", full=True, dry_run=False, at=NOON), RunStatus.FAILED, {}, [], NOON)
    settings.rules.write_text("schedule: {daily_at: 12:00", encoding="utf-8")

    service = Service(settings, engine, Given(Watch(now=clock), Mails(settings)))
    for _ in range(12):
        service.night.look()
        service._send_waiting()
        clock.tick(timedelta(hours=1))

    told, missed = catcher.caught
    assert told.subject.endswith("échec")
    assert missed.subject.endswith("La synchronisation prévue le 2026-11-20 21:00 n'a pas eu lieu")
    assert "le fichier de règles ne peut pas être utilisé" in missed.text
    assert told.to == missed.to == ["it@erables.example"]


def test_silence_is_one_mail(world: World, engine: Engine, settings: Settings, catcher: MailCatcher) -> None:
    clock = Clock(NOON)
    service = Service(settings, engine, Given(Watch(now=clock), Mails(settings)))
    service.vigil.silent()  # the service knows its categories
    clock.tick(timedelta(hours=30))

    for _ in range(3):
        service.vigil.look()
        clock.tick(timedelta(minutes=10))

    assert len(catcher.caught) == 1
    assert world.box.requests == []
