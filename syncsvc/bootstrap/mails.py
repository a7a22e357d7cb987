"""Mails about what has happened: ``syncsvc/mailing.py`` joined with the database, the mail server and Hector's users.

Whatever fails here is logged, and changes nothing about a run that is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import Engine

from syncsvc import logs, mailing
from syncsvc.adapters.hector.client import HectorClient
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.bootstrap.clock import now
from syncsvc.bootstrap.configs import hector_config
from syncsvc.bootstrap.database import open_database
from syncsvc.bootstrap.systems import memories
from syncsvc.domain.errors import SyncError
from syncsvc.domain.records import User
from syncsvc.domain.rules import Rules
from syncsvc.domain.told import Reason
from syncsvc.notify.mail import MailServer
from syncsvc.settings import Settings
from syncsvc.state.database import open_engine


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


def mail_server(settings: Settings) -> MailServer | None:
    """Give the mail server; ``None``: mails are off."""
    smtp = settings.smtp
    if not smtp.is_on:
        return None
    password = smtp.password.get_secret_value()
    return MailServer(smtp.host, smtp.port, smtp.sender, smtp.security, smtp.username, password, smtp.timeout)


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
        config = replace(hector_config(settings), retry=RetryPolicy(1, 1), timeout=min(settings.hector.timeout, 15))
        with HectorClient(config, memory=memories(settings, engine)[1]) as hector:
            return hector.users()

    def log(level: str, event: str, **data: object) -> None:
        getattr(logger, level)(event, **data)

    return mailing.Post(engine, rules, mail_server(settings), users, now, logs.redact, log, settings.console.url or None)
