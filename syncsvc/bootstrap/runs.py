"""Joining a run: the engine with both systems, the store, the lock, and whoever watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Engine

from syncsvc.adapters.heartbeat import beat
from syncsvc.bootstrap.clock import now
from syncsvc.bootstrap.configs import retry_policy
from syncsvc.bootstrap.database import open_database, open_for_writing
from syncsvc.bootstrap.systems import Memories, Systems, memories, open_systems
from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.rules import Rules
from syncsvc.engine import explain as story
from syncsvc.engine.context import Progress, Unwatched
from syncsvc.engine.explain import Story
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.engine.run import run
from syncsvc.engine.undo import undo
from syncsvc.logged import logged_store
from syncsvc.settings import Settings, conventions
from syncsvc.state.lock import RunLock
from syncsvc.state.store import Store


@dataclass(frozen=True, slots=True)
class Watch:
    """How an entry point watches a run, and asks it to stop."""

    progress: Progress = field(default_factory=Unwatched)
    log: Callable[..., None] = lambda *_args, **_data: None
    """Takes a level, an event and its data."""
    stop_asked: Callable[[], bool] = lambda: False
    sleep: Callable[[float], None] = time.sleep
    """Waits before a call is repeated; may raise to end the wait."""
    now: Callable[[], datetime] = now
    timed: Callable[[str, int | None, float], None] = lambda *_: None
    """Is told of every request to a system: which, its status (``None``: no whole answer came), and the seconds that it took."""


def synchronise(
    settings: Settings, rules: Rules, request: RunRequest, watch: Watch | None = None, *, retry_credentials: bool = False
) -> RunReport:
    """Carry out one run: under the lock, or without it when it is a dry run, which writes nothing but its own record.

    Credentials that a system refused in an earlier run end it without a call, unless ``retry_credentials``. After a good run the
    heartbeat is called, which neither delays nor breaks anything.
    """
    settings.require_systems()
    watch = watch or Watch()
    if request.dry_run:
        with open_database(settings) as engine:
            Store(engine).interrupt_dead_runs(now(), plans_only=True)
            known = memories(settings, engine, retry=retry_credentials)
            return _run(settings, rules, request, watch, engine, known=known, lock=None)
    with open_for_writing(settings) as (engine, lock):
        known = memories(settings, engine, retry=retry_credentials)
        report = _run(settings, rules, request, watch, engine, known=known, lock=lock)
    heartbeat_url = settings.heartbeat_url.get_secret_value()
    # A run of a single pair says nothing of its category, nor does an undo.
    if heartbeat_url and report.is_good and not request.is_about_one_pair and request.undo is None:
        beat(heartbeat_url, report.run)
    return report


def explain(settings: Settings, rules: Rules, name: str, watch: Watch | None = None) -> list[Story]:
    """Tell the story of the CI with this number, and of the asset with this tag or id; without the lock, and without a run.

    Credentials that a system refused earlier are not tried again.
    """
    settings.require_systems()
    watch = watch or Watch()
    with open_database(settings) as engine:
        known = memories(settings, engine)
        with open_systems(settings, language=rules.language, sleep=watch.sleep, memories=known) as systems:
            return story.explain(rules, name, _surroundings(settings, watch, systems, Store(engine)), engine)


def _run(
    settings: Settings,
    rules: Rules,
    request: RunRequest,
    watch: Watch,
    engine: Engine,
    *,
    known: Memories,
    lock: RunLock | None,
) -> RunReport:
    with (
        open_systems(settings, language=rules.language, sleep=watch.sleep, memories=known, timed=watch.timed) as systems,
        logged_store(engine, watch.log) as store,
    ):
        carry_out = run if request.undo is None else undo
        return carry_out(rules, request, _surroundings(settings, watch, systems, store, lock))


def _surroundings(settings: Settings, watch: Watch, systems: Systems, store: Store, lock: RunLock | None = None) -> Surroundings:
    def tenants_ways(language: str, clients: Clients) -> Conventions:
        return replace(conventions(settings, language), clients=clients)

    return Surroundings(
        systems.c2,
        systems.hector,
        store,
        tenants_ways,
        watch.now,
        progress=watch.progress,
        log=watch.log,
        stop_asked=watch.stop_asked,
        check_lock=lock.check if lock else lambda: None,
        glance_at_lock=lock.glance if lock else None,
        threads=max(settings.c2.max_concurrency, settings.hector.max_concurrency),
        request_time_out=max(settings.c2.timeout, settings.hector.timeout),
        longest_wait=retry_policy(settings).longest,
    )
