"""``syncsvc serve``: the nightly run, what watches over it, and the port, until Ctrl-C or SIGTERM."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from fastapi import FastAPI
from sqlalchemy import Engine

from syncsvc import __version__, bootstrap, logs
from syncsvc.adapters.traffic import Traffic
from syncsvc.bootstrap import Watch
from syncsvc.cli.progress import logger
from syncsvc.cli.stopping import Stop, stopping
from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.records import Side
from syncsvc.scheduler.mails import Mails
from syncsvc.scheduler.rules_watch import synchronised
from syncsvc.scheduler.service import Given, Service
from syncsvc.settings import Settings
from syncsvc.state.store import Store
from syncsvc.web.api.app import add_api
from syncsvc.web.api.calls import Clerk
from syncsvc.web.app import Shown, Trouble, make_app
from syncsvc.web.console.account import Account
from syncsvc.web.console.book import Desk, Running
from syncsvc.web.console.pages import add_console
from syncsvc.web.metrics import Present, registry
from syncsvc.web.server import listening, served

LOOPBACK = "127.0.0.1"
LOOK_AT_CLOCK = 20.0
"""Seconds between two looks at whether somebody has set the clock."""
_log = structlog.get_logger("syncsvc")


def serve(*, rules_file: Path | None, env_file: Path | None) -> int:
    """Serve until asked to stop; raises :class:`SettingsError` for what makes it impossible from the start."""
    running: list[tuple[Settings, Service]] = []

    def cut_off() -> None:
        for settings, service in running:
            if service.runs.is_on:
                bootstrap.mark_interrupted(settings, dry_run=not service.runs.is_writing)

    with stopping(cut_off, code=0) as stop, ExitStack() as opened:
        opened.enter_context(logs.thread_errors_logged())
        with stop.at_once():  # the database may keep one waiting
            settings = bootstrap.load(env_file)
            settings.require_systems()
            traffic = Traffic()
            taken = opened.enter_context(listening(_host(settings), settings.console.port))
            engine = opened.enter_context(bootstrap.open_and_keep(settings))
            service = _service(settings, engine, rules_file, traffic, stop)
        running.append((settings, service))
        with served(_app(settings, service, engine, traffic), taken):
            address = "{}:{}".format(*taken.getsockname()[:2])
            due = service.next_due(bootstrap.now())
            _log.info("service started", version=__version__, port=address, next_run=due.isoformat() if due else "none: no rules")
            _work(service, stop)
        _log.info("service stopped")
    return 0


def _service(settings: Settings, engine: Engine, rules_file: Path | None, traffic: Traffic, stop: Stop) -> Service:
    """Give the service, on a database that is prepared unless another run is under way."""
    watch = Watch(log=logger(), stop_asked=stop.is_asked, sleep=stop.sleep, timed=traffic.note)
    service = Service(settings, engine, Given(watch, Mails(settings), rules_file))
    try:
        service.night.prepare()
    except AnotherRunError as error:
        _log.warning("the database is brought to this version later", why=error.message)
    return service


def _work(service: Service, stop: Stop) -> None:
    clockwork = service.clockwork()
    clockwork.start()
    try:
        while not stop.wait(LOOK_AT_CLOCK):
            clockwork.check_clock()
    finally:
        clockwork.stop()
        service.on_demand.wait()


def _host(settings: Settings) -> str:
    console = settings.console
    if console.may_be_served:
        return console.host
    _log.warning("without a password the port is served to this machine alone", host=LOOPBACK, wanted=console.host)
    return LOOPBACK


def _app(settings: Settings, service: Service, engine: Engine, traffic: Traffic) -> FastAPI:
    shown, console = _shown(service, engine, traffic), settings.console
    password = console.password_hash.get_secret_value()

    def settle(conflict: int, use: Side, since: datetime | None) -> None:
        with bootstrap.open_for_writing(settings) as (opened, _lock):
            Store(opened).settle_conflict([conflict], use, bootstrap.now(), since=since)

    def troubles() -> list[dict[str, str | None]]:
        try:
            return [trouble.as_json() for trouble in shown.troubles()]
        except SyncError as error:
            return [Trouble("database", error.message).as_json()]

    def wanted() -> tuple[tuple[str, str], ...]:
        rules = service.rules.last_good
        return synchronised(rules) if rules is not None else ()

    app = make_app(shown)
    add_console(
        app,
        Desk(
            engine,
            Account(console.username, password) if password else None,
            is_https=console.url.startswith("https://"),
            zone=lambda: service.rules.schedule.time_zone if service.rules.schedule is not None else settings.c2.time_zone,
            next_due=lambda: service.next_due(bootstrap.now()),
            under_way=lambda: service.runs.is_writing or bootstrap.is_run_under_way(settings),
            wanted=wanted,
            categories=lambda: service.vigil.history.look(bootstrap.now()),
            troubles=troubles,
            settle=settle,
            running=Running(
                begin=partial(service.on_demand.begin, by_hand=True),
                stage=service.runs.stage,
                stop=service.runs.stop,
                looked_at=service.on_demand.looked_at,
            ),
        ),
    )
    add_api(
        app, Clerk(engine, service.on_demand.begin, service.on_demand.carry_out, settle), console.api_token.get_secret_value()
    )
    return app


def _shown(service: Service, engine: Engine, traffic: Traffic) -> Shown:
    """Give what the port shows of the service."""
    rules = service.rules

    def troubles() -> list[Trouble]:
        bootstrap.check_database(engine)
        found = []
        if rules.error is not None:
            found.append(Trouble("rules", rules.error.message))
        for one in service.vigil.silent():
            message = "There has been no good run for too long."
            found.append(Trouble("silent", message, f"{one.cmdb} / {one.category}", one.last_good_at))
        return found

    present = Present(
        now=bootstrap.now,
        next_due=lambda: service.next_due(bootstrap.now()),
        rules_usable=lambda: rules.last_good is not None and rules.error is None,
        running=lambda: service.runs.is_writing,
        wanted=lambda: synchronised(rules.last_good) if rules.last_good is not None else (),
        categories=lambda: service.vigil.history.look(bootstrap.now()),
        silent=lambda: tuple((one.cmdb, one.category) for one in service.vigil.silent()),
        traffic=traffic.passed,
    )
    return Shown(lambda: bootstrap.check_database(engine), troubles, registry(engine, present))
