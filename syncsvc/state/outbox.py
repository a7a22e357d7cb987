"""Mails that wait to be sent, and what people have been told: both survive a restart, and a mail server that is down.

What is in a mail is decided by others: here its content is plain data. A mail is taken by moving its next try into the future,
so that two processes never send it both, and one that dies while sending leaves it to be tried again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from syncsvc.domain.told import Said, Topic
from syncsvc.state.bulk import insert_for
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import addresses, mails, runs, said

FIRST_WAIT = timedelta(minutes=10)
"""Until the second try; longer than one mail can take, for the wait also keeps others from sending it meanwhile."""
LONGEST_WAIT = timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=7)
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be kept until it is sent."""

    key: str
    """Its occasion: what has been queued for the same one is not queued again."""
    kind: str
    recipients: tuple[str, ...]
    """As the rules name them: addresses, or Hector users."""
    content: Mapping[str, Any]
    about: tuple[str, ...] | None = None
    """The categories that it speaks of; ``None``: all of them."""


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail that somebody has taken to send it."""

    id: int
    key: str
    recipients: tuple[str, ...]
    """Those who have not got it yet."""
    content: Mapping[str, Any]
    message_id: str
    """The same at every try, so that a mail server can tell a repetition."""
    queued_at: datetime
    tries: int


class OutboxRecords:
    """The part of :class:`syncsvc.state.store.Store` about mails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- what was said ---------------------------------------------------------------------------------------------------

    def untold_runs(self, kind: str) -> list[int]:
        """Give the ended runs of one kind about which nothing was decided yet, the oldest first."""
        c = runs.c
        wanted = select(c.id).where(c.kind == kind, c.dry_run.is_(False), c.finished_at.is_not(None), c.told_at.is_(None))
        with reading(self._engine) as connection:
            return list(connection.scalars(wanted.order_by(c.id)))

    def said(self) -> list[Said]:
        """Give what people were told and is not over."""
        c = said.c
        wanted = select(c.fingerprint, c.topic, c.kind, c.cmdb, c.category).order_by(c.said_at, c.fingerprint)
        with reading(self._engine) as connection:
            return [Said(row[0], Topic(row[1]), *row[2:]) for row in connection.execute(wanted)]

    def occasions(self, kind: str) -> list[str]:
        """Give the occasions of the mails of one kind that are still kept, sent or not."""
        with reading(self._engine) as connection:
            return list(connection.scalars(select(mails.c.key).where(mails.c.kind == kind)))

    def silences(self) -> dict[str, datetime]:
        """Give when each silence was told that is not over, by its fingerprint."""
        wanted = select(said.c.fingerprint, said.c.said_at).where(said.c.topic == Topic.SILENT.value)
        with reading(self._engine) as connection:
            return {row.fingerprint: row.said_at for row in connection.execute(wanted)}

    def tell(
        self,
        mail: NewMail | None,
        at: datetime,
        *,
        says: Sequence[Said] = (),
        over: Collection[str] = (),
        run: int | None = None,
    ) -> bool:
        """Queue a mail with what it ``says`` for the first time, forget what is ``over``, and note that ``run`` was decided on.

        All in one transaction. False: the occasion had its mail already, and nothing was changed but the note on the run.
        """
        with writing(self._engine) as connection:
            if run is not None:
                connection.execute(update(runs).where(runs.c.id == run).values(told_at=at))
            mail_id = None
            if mail is not None:
                mail_id = _insert(connection, mail, at)
                if mail_id is None:
                    return False
            for fingerprint in over:
                connection.execute(delete(said).where(said.c.fingerprint == fingerprint))
            new = {one.fingerprint: _row(one) | {"said_at": at, "mail_id": mail_id} for one in says}
            if new:
                connection.execute(insert_for(connection.dialect, said).on_conflict_do_nothing(), list(new.values()))
        return True

    def told_about(self, since: datetime, now: datetime) -> set[str] | None:
        """Give the categories that mails spoke of since then; ``None``: there was one about everything."""
        c = mails.c
        # One from a time to come was queued while the clock was wrong: nobody knows when.
        lately = c.queued_at.between(since, now)
        with reading(self._engine) as connection:
            found = list(connection.scalars(select(c.about).where(lately, c.kind != "recovered")))
        return None if None in found else {name for about in found for name in about}

    # -- sending ---------------------------------------------------------------------------------------------------------

    def take_mail(self, at: datetime, after: int | None = None) -> WaitingMail | None:
        """Take the oldest mail that waits, once any is due, and put its next try off: longer at each try.

        ``after``: the next one, due or not, since mails can be sent now. So they come in the order in which they were queued.
        """
        c = mails.c
        # Further ahead than any wait is what was put off while the clock was wrong.
        is_due = or_(c.next_try_at <= at, c.next_try_at > at + LONGEST_WAIT)
        # One that was taken and has neither been sent nor failed is in somebody's hands, until its next try.
        is_free = or_(is_due, c.tries == 0, c.last_problem.is_not(None))
        oldest = select(mails).where(c.status == WAITING, is_free, c.id > (after or 0)).order_by(c.id).limit(1)
        with writing(self._engine) as connection:
            if after is None and connection.scalar(select(c.id).where(c.status == WAITING, is_due).limit(1)) is None:
                return None
            row = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            tries, queued_at = row.tries + 1, min(row.queued_at, at)
            taken = {"tries": tries, "next_try_at": at + wait(tries), "queued_at": queued_at, "last_problem": None}
            connection.execute(update(mails).where(c.id == row.id).values(taken))
        return WaitingMail(row.id, row.key, tuple(row.recipients), row.content, row.message_id, queued_at, tries)

    def put_off_mails(self, until_that_of: int) -> None:
        """Let all mails wait until the next try of this one: what failed is the server, which no other would fare better with."""
        c = mails.c
        with writing(self._engine) as connection:
            until = connection.scalar(select(c.next_try_at).where(c.id == until_that_of))
            waits = (c.status == WAITING) & (c.next_try_at < until)
            connection.execute(update(mails).where(waits).values(next_try_at=until))

    def mail_sent(self, mail_id: int, at: datetime) -> None:
        """Note that everybody has got a mail."""
        with writing(self._engine) as connection:
            _end(connection, mail_id, {"status": SENT, "recipients": [], "last_problem": None, "ended_at": at})

    def mail_failed(self, mail_id: int, left: Sequence[str], why: str, at: datetime) -> bool:
        """Note that these have not got a mail yet; gives whether it was given up, after a week.

        What only a given-up mail has said was not said: a later run says it again.
        """
        c = mails.c
        with writing(self._engine) as connection:
            queued_at: datetime = connection.execute(select(c.queued_at).where(c.id == mail_id)).scalar_one()
            given_up = at - queued_at >= GIVEN_UP_AFTER
            end = {"status": GIVEN_UP, "ended_at": at} if given_up else {}
            _end(connection, mail_id, {"recipients": list(left), "last_problem": why, **end})
            if given_up:
                connection.execute(delete(said).where(said.c.mail_id == mail_id))
        return given_up

    def forget_mails(self, before: datetime) -> int:
        """Delete the mails that were sent or given up before then; gives how many."""
        c = mails.c
        with writing(self._engine) as connection:
            return connection.execute(delete(mails).where(c.status != WAITING, c.ended_at < before)).rowcount

    # -- addresses of people ---------------------------------------------------------------------------------------------

    def known_addresses(self) -> dict[str, str]:
        """Give the last known addresses of Hector users, by their names in the rules."""
        with reading(self._engine) as connection:
            return {row.name: row.address for row in connection.execute(select(addresses))}

    def keep_addresses(self, found: Mapping[str, str]) -> None:
        """Keep the addresses of Hector users for when Hector cannot be asked; nobody else's are kept."""
        rows = [{"name": name, "address": address} for name, address in found.items()]
        with writing(self._engine) as connection:
            connection.execute(delete(addresses))
            if rows:
                connection.execute(insert(addresses), rows)


def wait(tries: int) -> timedelta:
    """Give the wait after this many tries: ten minutes, twice as long each time, six hours at the most."""
    growth: int = 2 ** min(tries - 1, 10)
    return min(FIRST_WAIT * growth, LONGEST_WAIT)


def _insert(connection: Connection, mail: NewMail, at: datetime) -> int | None:
    row = {
        "key": mail.key,
        "kind": mail.kind,
        "about": list(mail.about) if mail.about is not None else None,
        "status": WAITING,
        "recipients": list(mail.recipients),
        "content": dict(mail.content),
        "message_id": str(uuid4()),
        "queued_at": at,
        "tries": 0,
        "next_try_at": at,
    }
    unless_queued = insert_for(connection.dialect, mails).values(row).on_conflict_do_nothing(index_elements=["key"])
    mail_id: int | None = connection.execute(unless_queued.returning(mails.c.id)).scalar()
    return mail_id


def _row(one: Said) -> dict[str, Any]:
    return {
        "fingerprint": one.fingerprint,
        "topic": one.topic.value,
        "kind": one.kind,
        "cmdb": one.cmdb,
        "category": one.category,
    }


def _end(connection: Connection, mail_id: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(mails).where(mails.c.id == mail_id, mails.c.status == WAITING).values(values))
