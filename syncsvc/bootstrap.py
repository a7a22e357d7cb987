"""The one place that builds concrete parts and joins them: settings become clients, engine, lock, conventions, surroundings.

Entry points (the command line, later the console and the schedule) come through here and decide nothing about it. What a run
does is the engine's business, how it is watched the entry point's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from syncsvc import logs
from syncsvc.adapters.c2.client import C2Client
from syncsvc.adapters.c2.config import C2Config, C2Endpoints
from syncsvc.adapters.hector.client import HectorClient
from syncsvc.adapters.hector.config import HectorConfig, HectorEndpoints
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.conventions import Clients, Conventions
from syncsvc.domain.rules import Rules
from syncsvc.engine.context import Progress, Unwatched
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.engine.run import run
from syncsvc.settings import Settings, conventions, load_settings
from syncsvc.state.database import current_version, head_version, open_engine, upgrade
from syncsvc.state.lock import RunLock
from syncsvc.state.store import Store

CHATTY = ("alembic", "sqlalchemy")
"""Libraries whose own steps nobody asked for, except when everything is to be logged."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How an entry point watches a run, and asks it to stop."""

    progress: Progress = field(default_factory=Unwatched)
    log: Callable[..., None] = lambda *_args, **_data: None
    """Takes a level, an event and its data."""
    stop_asked: Callable[[], bool] = lambda: False
    sleep: Callable[[float], None] = time.sleep
    """Waits before a call is repeated; may raise to end the wait."""


@dataclass(frozen=True, slots=True)
class Systems:
    """The two systems, ready to be asked."""

    c2: C2Client
    hector: HectorClient


def load(env_file: Path | None = None) -> Settings:
    """Read the settings and start the logs, with every secret hidden in them; raises :class:`SettingsError`."""
    settings = load_settings(env_file or ".env")
    start_logs(settings)
    return settings


def start_logs(settings: Settings) -> None:
    """Start the logs as the settings ask; nothing is logged before the secrets are known."""
    for secret in settings.secrets():
        logs.add_secret(secret)
    logs.configure(settings.log.level, settings.log.format)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.DEBUG if settings.log.level == "debug" else logging.WARNING)


@contextmanager
def open_systems(settings: Settings, *, language: str = "fr", sleep: Callable[[float], None] = time.sleep) -> Iterator[Systems]:
    """Open the connections to both systems; raises :class:`SettingsError` naming what is missing. Nothing is asked yet."""
    settings.require_systems()
    with (
        C2Client(_c2_config(settings, language), sleep=sleep) as c2,
        HectorClient(_hector_config(settings), sleep=sleep) as hector,
    ):
        yield Systems(c2, hector)


@contextmanager
def open_database(settings: Settings) -> Iterator[Engine]:
    """Open the database without the right to write; a schema that is behind is brought to this version first, under the lock.

    Raises :class:`SettingsError` where it cannot be used, ``AnotherRunError`` where it is behind and another run holds the lock.
    """
    url = settings.database_url.get_secret_value()
    engine = open_engine(url)
    try:
        if current_version(engine) != head_version():
            with RunLock(url):
                upgrade(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def open_for_writing(settings: Settings) -> Iterator[tuple[Engine, RunLock]]:
    """Take the lock, then open the database, bring it to this version and mark the runs that a dead process left.

    Raises ``AnotherRunError`` when somebody else writes, :class:`SettingsError` when the database cannot be used.
    """
    url = settings.database_url.get_secret_value()
    with RunLock(url) as lock:
        engine = open_engine(url)
        try:
            upgrade(engine)
            Store(engine).interrupt_dead_runs(now())
            yield engine, lock
        finally:
            engine.dispose()


def synchronise(settings: Settings, rules: Rules, request: RunRequest, watch: Watch | None = None) -> RunReport:
    """Carry out one run: under the lock, or without it when it is a dry run, which writes nothing but its own record."""
    settings.require_systems()
    watch = watch or Watch()
    if request.dry_run:
        with open_database(settings) as engine:
            return _run(settings, rules, request, watch, engine, check_lock=lambda: None)
    with open_for_writing(settings) as (engine, lock):
        return _run(settings, rules, request, watch, engine, check_lock=lock.check)


def mark_interrupted(settings: Settings) -> None:
    """Mark the running run as interrupted, for a process that holds the lock and is about to end at once."""
    engine = open_engine(settings.database_url.get_secret_value())
    Store(engine).interrupt_dead_runs(now())
    engine.dispose()


def now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)


def _run(
    settings: Settings, rules: Rules, request: RunRequest, watch: Watch, engine: Engine, *, check_lock: Callable[[], None]
) -> RunReport:
    def tenants_ways(language: str, clients: Clients) -> Conventions:
        return replace(conventions(settings, language), clients=clients)

    with open_systems(settings, language=rules.language, sleep=watch.sleep) as systems:
        around = Surroundings(
            systems.c2,
            systems.hector,
            Store(engine),
            tenants_ways,
            now,
            progress=watch.progress,
            log=watch.log,
            stop_asked=watch.stop_asked,
            check_lock=check_lock,
            threads=max(settings.c2.max_concurrency, settings.hector.max_concurrency),
            request_time_out=max(settings.c2.timeout, settings.hector.timeout),
        )
        return run(rules, request, around)


def _c2_config(settings: Settings, language: str) -> C2Config:
    c2 = settings.c2
    return C2Config(
        c2.url,
        c2.username,
        c2.password.get_secret_value(),
        ZoneInfo(c2.time_zone),
        credentials_in=c2.credentials_in,
        language=language,
        page_size=c2.page_size,
        max_concurrency=c2.max_concurrency,
        timeout=c2.timeout,
        retry=_retry(settings),
        endpoints=C2Endpoints(**c2.endpoints.given()),
    )


def _hector_config(settings: Settings) -> HectorConfig:
    hector = settings.hector
    return HectorConfig(
        hector.url,
        hector.token.get_secret_value(),
        page_size=hector.page_size,
        max_concurrency=hector.max_concurrency,
        timeout=hector.timeout,
        retry=_retry(settings),
        endpoints=HectorEndpoints(**hector.endpoints.given()),
    )


def _retry(settings: Settings) -> RetryPolicy:
    return RetryPolicy(settings.retry.attempts, settings.retry.max_wait)
