"""The service as a process runs it: the lock, the database, both clients and one run; it can be killed and started anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from random import Random
from typing import Any, Self
from unittest import mock

import plan_world
from sim_town import Clock, Record, Town
from sim_weather import TIME_OUT, Killed, Weather
from sqlalchemy import Engine

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.cli.pairing import Records
from syncsvc.domain.errors import SyncError
from syncsvc.domain.rules import Rules
from syncsvc.engine import run as engine_run
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.state.database import open_engine
from syncsvc.state.lock import RunLock
from syncsvc.state.store import NewLink, Store


@dataclass
class Service:
    """What a history starts again and again."""

    url: str
    town: Town
    weather: Weather
    clock: Clock
    random: Random
    page_size: int
    threads: int
    """1: everything in one thread, so that the same seed gives the same history; more: as in real life."""
    stop_asked: Callable[[], bool] = lambda: False
    during: Callable[[], None] = lambda: None
    """Called once in the middle of a run, whenever the engine asks whether it may go on."""

    def run(self, rules: Rules, request: RunRequest) -> str:
        """Carry out one run in a process of its own; gives its status, or what ended it."""
        self.weather.watch.begin(may_write=not request.dry_run)
        try:
            with self.process() as around:
                return engine_run.run(rules, request, around).status.value
        except Killed:
            return "killed"
        except SyncError as error:
            return f"ended by {type(error).__name__}"

    def join(self, rules: Rules, ci: Record, asset: Record) -> None:
        """Make a pair by hand, in a process of its own, as ``links add`` does."""
        self.weather.watch.begin(may_write=False)
        with self.process() as around:
            records = Records(rules, around.c2, around.hector)
            a_ci, an_asset = records.ci(self.town.called(ci)), records.asset(asset[1])
            link = NewLink(a_ci.id, a_ci.number, an_asset.id, a_ci.is_active, an_asset.is_active, baselines={})
            around.store.add_links(None, records.tie(a_ci, an_asset), [link], self.clock.now())

    def second(self, rules: Rules, request: RunRequest) -> str:
        """Start a run beside the one that is on, as a second process would; gives what ended it."""
        try:
            with self.process() as around:
                return engine_run.run(rules, request, around).status.value
        except SyncError as error:
            return f"ended by {type(error).__name__}"

    @contextmanager
    def process(self) -> Iterator[Surroundings]:
        """Start the service up to where a run begins, as ``bootstrap`` does."""
        with ExitStack() as closing:
            lock = closing.enter_context(RunLock(self.url, clock=self.clock.now))
            engine = opened(self.url)
            closing.callback(engine.dispose)
            closing.enter_context(self._watched(engine))
            if self.threads == 1:
                closing.enter_context(mock.patch.object(engine_run, "ThreadPoolExecutor", self._in_one_thread))
            store = Store(engine)
            store.interrupt_dead_runs(self.clock.now())
            yield self._surroundings(closing, store, lock)

    def _surroundings(self, closing: ExitStack, store: Store, lock: RunLock) -> Surroundings:
        c2, hector = self._clients(closing)

        def check(look: Callable[[], None]) -> None:
            self.during()
            try:
                look()
            except SyncError:
                self.weather.watch.may_write = False  # whatever is written from here on has no right to be
                raise

        return Surroundings(
            c2,
            hector,
            store,
            lambda language, known: plan_world.conventions(language=language, clients=known),
            self.clock.now,
            stop_asked=self.stop_asked,
            check_lock=partial(check, lock.check),
            glance_at_lock=partial(check, lock.glance),
            threads=max(2, self.threads),
            request_time_out=TIME_OUT,
        )

    def _clients(self, closing: ExitStack) -> tuple[C2Client, HectorClient]:
        box, retry = self.weather.box, RetryPolicy(attempts=3, max_wait=5)
        settings: dict[str, Any] = {"retry": retry, "timeout": 30, "page_size": self.page_size}
        config = C2Config(box.c2_url, box.username, box.password, plan_world.MONTREAL, **settings)
        hector_config = HectorConfig(box.hector_url, box.token, **settings)
        seams = {"sleep": self.clock.pass_by, "random": lambda: 0.5}
        c2 = closing.enter_context(C2Client(config, transport=self.weather.transport("c2"), **seams))
        return c2, closing.enter_context(HectorClient(hector_config, transport=self.weather.transport("hector"), **seams))

    @contextmanager
    def _watched(self, engine: Engine) -> Iterator[None]:
        """Let every commit go through the weather."""
        commit = engine.dialect.do_commit

        def watched(connection: Any) -> None:
            self.weather.commit(lambda: commit(connection), engine.dialect.dbapi.OperationalError)

        with mock.patch.object(engine.dialect, "do_commit", watched):
            yield

    def _in_one_thread(self, *_arguments: object, **_options: object) -> _OneThread:
        return _OneThread(self.random)


@cache
def opened(url: str) -> Engine:
    """Open a database, once for all histories that use its address one after the other.

    Its connections are a process's own and end with it; only the statements that SQLAlchemy has compiled are kept.
    """
    return open_engine(url)


@contextmanager
def looking_at(url: str) -> Iterator[Engine]:
    """Open a database for a look from outside, between two processes."""
    engine = opened(url)
    yield engine
    engine.dispose()


class _OneThread:
    """A pool that does each thing at once; what is finished is taken up in an order drawn from the seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> Future[Any]:
        future = _Numbered(self._random.getrandbits(40))
        try:
            future.set_result(call(*arguments, **options))
        except BaseException as error:  # noqa: BLE001 - as a real pool does
            future.set_exception(error)
        return future


class _Numbered(Future[Any]):
    """A result with a place of its own in sets, which otherwise is its address."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other
