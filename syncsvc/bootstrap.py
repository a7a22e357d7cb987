"""The one place that builds concrete parts and joins them: settings become clients, engine, lock, conventions, surroundings.

Entry points (the command line, later the console and the schedule) come through here and decide nothing about it. What a run
does is the engine's business, how it is watched the entry point's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from syncsvc import logs, mailing
from syncsvc.adapters.answers import Answer, Call
from syncsvc.adapters.c2.client import C2Client
from syncsvc.adapters.c2.config import C2Config, C2Endpoints
from syncsvc.adapters.circuit import Memory
from syncsvc.adapters.heartbeat import beat
from syncsvc.adapters.hector.client import HectorClient
from syncsvc.adapters.hector.config import HectorConfig, HectorEndpoints
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.conventions import Clients, Conventions
from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.records import User
from syncsvc.domain.rules import Rules
from syncsvc.domain.told import Reason
from syncsvc.engine import explain as story
from syncsvc.engine.context import Progress, Unwatched
from syncsvc.engine.explain import Story
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.engine.run import run
from syncsvc.engine.undo import undo
from syncsvc.logged import logged_store
from syncsvc.notify.mail import MailServer
from syncsvc.settings import Settings, conventions, load_settings
from syncsvc.state.address import missing_file
from syncsvc.state.database import StateError, current_version, head_version, open_engine, upgrade
from syncsvc.state.lock import RunLock
from syncsvc.state.refusals import CredentialMemory
from syncsvc.state.store import Store

CHATTY = ("alembic", "sqlalchemy", "uvicorn")
"""Libraries whose own steps nobody asked for: hundreds of lines for every one that says what was written."""
Memories = tuple[CredentialMemory, CredentialMemory]
"""Of C2 and of Hector."""


def now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)


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
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def open_systems(
    settings: Settings,
    *,
    language: str = "fr",
    sleep: Callable[[float], None] = time.sleep,
    memories: tuple[Memory, Memory] | None = None,
    timed: Callable[[str, int | None, float], None] = lambda *_: None,
) -> Iterator[Systems]:
    """Open the connections to both systems; raises :class:`SettingsError` naming what is missing. Nothing is asked yet.

    With ``memories``, credentials that a system has refused are not tried again.
    """
    settings.require_systems()
    of_c2, of_hector = memories or (None, None)
    with (
        C2Client(_c2_config(settings, language), sleep=sleep, memory=of_c2, timed=partial(timed, "c2")) as c2,
        HectorClient(_hector_config(settings), sleep=sleep, memory=of_hector, timed=partial(timed, "hector")) as hector,
    ):
        for one, other in ((c2.circuit, hector.circuit), (hector.circuit, c2.circuit)):
            refused = one.recall()
            if refused is not None:
                other.bar(refused)
        yield Systems(c2, hector)


Heard = Callable[[Call, Answer | None], None]
"""Is told of every call to a system with what came, nothing perhaps."""


def c2_to_examine(settings: Settings, heard: Heard, *, language: str = "fr", memory: Memory | None = None) -> C2Client:
    """Give C2 for an examination: each call is made once, and ``heard`` is told of all of them; to be closed."""
    config = replace(_c2_config(settings, language), retry=RetryPolicy(1, 1))
    return C2Client(config, memory=memory, heard=heard)


def hector_to_examine(settings: Settings, heard: Heard, *, memory: Memory | None = None) -> HectorClient:
    """Give Hector for an examination, as :func:`c2_to_examine` gives C2."""
    return HectorClient(replace(_hector_config(settings), retry=RetryPolicy(1, 1)), memory=memory, heard=heard)


def memories(settings: Settings, engine: Engine, *, retry: bool = False) -> Memories:
    """Give what the database remembers of refused credentials, for C2 and for Hector; ``retry``: they are to be tried again."""
    c2, hector = settings.c2, settings.hector
    return (
        CredentialMemory(engine, "c2", (c2.url, c2.username, c2.password.get_secret_value()), now, retry=retry),
        CredentialMemory(engine, "hector", (hector.url, hector.token.get_secret_value()), now, retry=retry),
    )


@contextmanager
def open_remembering(settings: Settings, *, language: str = "fr") -> Iterator[Systems]:
    """Open the connections like :func:`open_systems`, and try no credentials that a system has refused: for what is no run.

    A database that is not there yet is made only to remember a refusal; one that cannot be used hinders nobody.
    """
    settings.require_systems()
    with ExitStack() as stack:
        known: tuple[Memory, Memory] = (_MemoryAtNeed(settings, 0), _MemoryAtNeed(settings, 1))
        if missing_file(settings.database_url.get_secret_value()) is None:
            with suppress(SyncError):
                known = memories(settings, stack.enter_context(open_database(settings)))
        yield stack.enter_context(open_systems(settings, language=language, memories=known))


class _MemoryAtNeed:
    """Remembers refused credentials in a database that is opened, and made, for that alone."""

    def __init__(self, settings: Settings, place: int) -> None:
        self._settings, self._place = settings, place

    def recall(self) -> None:
        """Give nothing: there is nothing to look it up in."""

    def remember(self, words: str) -> None:
        """Keep that they were refused."""
        with open_database(self._settings) as engine:
            memories(self._settings, engine)[self._place].remember(words)

    def forget(self) -> None:
        """Drop nothing: nothing was recalled."""


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


def is_run_under_way(settings: Settings) -> bool:
    """Whether some process may write just now. The lock is held for a moment to find out: not to be asked all the time."""
    try:
        with RunLock(settings.database_url.get_secret_value()):
            return False
    except AnotherRunError:
        return True


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


def tell(settings: Settings, rules: Rules, run: int | None = None, *, watched: bool = False, send: bool = True) -> None:
    """Queue the mails about the runs that have ended, and send what waits unless the process must be gone soon.

    For after a run, when its lock is free: whatever fails here is logged, and changes nothing about the run.
    """
    with _mails_may_fail(), _open_post(settings, rules) as post:
        mailing.tell_runs(post, run, watched=watched)
        if send:
            mailing.send_waiting(post)


def tell_missed(settings: Settings, rules: Rules, nights: Sequence[datetime], why: Reason, *, caught_up: bool = False) -> None:
    """Queue and send the mail that the nightly runs of these moments did not take place; once, however often it is called.

    Without a database it is sent at once; raises :class:`SyncError` where that fails too.
    """
    try:
        with _open_post(settings, rules) as post:
            mailing.tell_missed(post, nights, why, caught_up=caught_up)
            with _mails_may_fail():
                mailing.send_waiting(post)
    except SyncError as error:
        structlog.get_logger().warning("a mail is sent without the database", why=error.message)
        engine = open_engine(settings.database_url.get_secret_value())  # nothing is asked of it
        try:
            mailing.send_missed(_post(settings, rules, engine), nights, why, caught_up=caught_up)
        finally:
            engine.dispose()


def tell_silence(settings: Settings, rules: Rules, silent: Mapping[tuple[str, str], datetime | None], since: datetime) -> None:
    """Queue and send the mail about silent categories, with their last good run; once a silence, and none if one spoke of it."""
    with _open_post(settings, rules) as post:
        mailing.tell_silence(post, silent, since)
        with _mails_may_fail():
            mailing.send_waiting(post)


def send_waiting(settings: Settings, rules: Rules) -> None:
    """Tell of the nightly runs whose process did not come to it, and send what is due; for the service, every minute or so."""
    with _mails_may_fail(), _open_post(settings, rules) as post:
        with _mails_may_fail():
            mailing.tell_runs(post)
        mailing.send_waiting(post)


def mark_interrupted(settings: Settings, *, dry_run: bool = False) -> None:
    """Mark the running run as interrupted, for a process that holds the lock, or makes a plan, and is about to end at once."""
    engine = open_engine(settings.database_url.get_secret_value())
    Store(engine).interrupt_dead_runs(now(), plans_only=dry_run)
    engine.dispose()


@contextmanager
def open_and_keep(settings: Settings) -> Iterator[Engine]:
    """Open the database for a long-running service, which brings it to this version by :func:`prepare`."""
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        yield engine
    finally:
        engine.dispose()


def check_database(engine: Engine) -> None:
    """Raise ``StateError`` unless the database answers and has this program's schema."""
    version = current_version(engine)
    if version != head_version():
        raise StateError(
            f"The database is at version {version or 'none'}, this syncsvc needs {head_version()}.",
            hint="It is brought there as soon as no other run is under way; else see: syncsvc db upgrade",
        )


def prepare(settings: Settings, engine: Engine) -> None:
    """Bring the database to this version and mark the runs that a dead process left, before a long-running service uses it.

    While somebody else writes, a schema that is right already is enough; else ``AnotherRunError`` is raised.
    """
    try:
        with open_for_writing(settings):
            pass
    except AnotherRunError:
        if current_version(engine) != head_version():
            raise


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
        longest_wait=_retry(settings).longest,
    )


@contextmanager
def _mails_may_fail() -> Iterator[None]:
    """Log what goes wrong with mails: a run that is done, and the service, are not to end in it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is
        structlog.get_logger().error("mails failed", why=str(error), exc_info=not isinstance(error, SyncError))


@contextmanager
def _open_post(settings: Settings, rules: Rules) -> Iterator[mailing.Post]:
    with open_database(settings) as engine:
        yield _post(settings, rules, engine)


def _post(settings: Settings, rules: Rules, engine: Engine) -> mailing.Post:
    logger = structlog.get_logger()

    def users() -> Sequence[User]:
        # Once, and without a long wait: the last known addresses will do.
        config = replace(_hector_config(settings), retry=RetryPolicy(1, 1), timeout=min(settings.hector.timeout, 15))
        with HectorClient(config, memory=memories(settings, engine)[1]) as hector:
            return hector.users()

    def log(level: str, event: str, **data: object) -> None:
        getattr(logger, level)(event, **data)

    return mailing.Post(engine, rules, mail_server(settings), users, now, logs.redact, log, settings.console.url or None)


def mail_server(settings: Settings) -> MailServer | None:
    """Give the mail server; ``None``: mails are off."""
    smtp = settings.smtp
    if not smtp.is_on:
        return None
    password = smtp.password.get_secret_value()
    return MailServer(smtp.host, smtp.port, smtp.sender, smtp.security, smtp.username, password, smtp.timeout)


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
        names=c2.names,
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
        names=hector.names,
    )


def _retry(settings: Settings) -> RetryPolicy:
    return RetryPolicy(settings.retry.attempts, settings.retry.max_wait)
