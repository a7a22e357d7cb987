"""After a run: decide what mail there is to be, queue it, and send what waits. What is said stands in ``notify/``.

It knows runs from the database alone, so that what a killed process did not come to tell is told by the next one. Nothing here
concerns a run that is on: it comes when the run is recorded and its lock is free, and a mail server that fails is logged.

Nightly runs are always told of. A run that a person started is told of only when nobody watched it (cron, say: its output is no
terminal) and something went wrong; a run that was watched leaves what it met to the next night.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import User
from syncsvc.domain.rules import Rules
from syncsvc.domain.told import Reason, Topic
from syncsvc.notify.alarms import Names, as_silent, held_letter, missed_letter, newly_silent, silent_letter
from syncsvc.notify.digest import errors_letter, recovered_letter
from syncsvc.notify.mail import Connection, MailRefusedError, MailServer, MailServerError, connected
from syncsvc.notify.news import NIGHTLY, News, Row, RunFacts, compare
from syncsvc.notify.recipients import find_recipients, is_address
from syncsvc.notify.render import Hide, Letter, content
from syncsvc.notify.texts import Words
from syncsvc.state import queries
from syncsvc.state.outbox import NewMail, WaitingMail
from syncsvc.state.store import Store

KEPT = timedelta(days=30)
"""How long a mail is kept after its end, so that people can see what was sent."""
LONGEST_SENDING = 120
"""Seconds after which no further mail is begun; the others wait for the next time."""

_ABOUT_A_RUN = {"errors", "recovered", "held"}
"""Mails whose occasion is a run, by its number."""

Log = Callable[..., None]
"""Takes a level, an event and its data."""


@dataclass(frozen=True, slots=True)
class Post:
    """All that mails need: where they are kept, who gets them, by which server, and how they are worded."""

    engine: Engine
    rules: Rules
    server: MailServer | None
    """``None``: mails are off; none is queued."""
    users: Callable[[], Sequence[User]]
    """Asks Hector for its users; only when the rules call somebody by name."""
    now: Callable[[], datetime]
    hide: Hide
    log: Log
    console_url: str | None = None

    @property
    def store(self) -> Store:
        """The database, to write to."""
        return Store(self.engine)

    @property
    def words(self) -> Words:
        """The words of the rules' language."""
        return Words(self.rules.language, self.rules.schedule.time_zone)

    @property
    def is_on(self) -> bool:
        """Whether there is a server, and somebody to write to."""
        return self.server is not None and bool(self.rules.notify_if_error)

    def queue(self, key: str, kind: str, letter: Letter, about: Sequence[str] | None = None, **also: Any) -> bool:
        """Queue a letter, with what else is to be stored in the same transaction."""
        mail = NewMail(
            key, kind, self.rules.notify_if_error, content(letter, self.hide), tuple(about) if about is not None else None
        )
        return self.store.tell(mail, self.now(), **also)


# -- deciding ------------------------------------------------------------------------------------------------------------


def tell_runs(post: Post, run_id: int | None = None, *, watched: bool = False) -> None:
    """Queue what there is to say about every nightly run that nobody has told of yet, and about this one."""
    for number in post.store.untold_runs(NIGHTLY):
        _tell(post, RunFacts.of(queries.run(post.engine, number)))
    if run_id is None:
        return
    run = RunFacts.of(queries.run(post.engine, run_id))
    if run.kind != NIGHTLY and not watched and run.status != RunStatus.DRY_RUN.value:
        _tell(post, run, only_trouble=True)


def tell_missed(post: Post, nights: Sequence[datetime], why: Reason | None = None, *, caught_up: bool = False) -> None:
    """Queue the mail that the runs of these moments did not take place; each is told once, however often it is noticed."""
    if not post.is_on:
        return
    told = [float(key.partition(":")[2]) for key in post.store.occasions("missed")]
    # One that is still to come was told while the clock was wrong.
    last = max((moment for moment in told if moment <= post.now().timestamp()), default=0.0)
    left = [due for due in nights if round(due.timestamp()) > last]
    if left:
        letter = missed_letter(left, post.words, post.console_url, why=why, caught_up=caught_up)
        post.queue(f"missed:{left[-1].timestamp():.0f}", "missed", letter)


def tell_silence(post: Post, last_good: Mapping[Names, datetime | None], since: datetime) -> None:
    """Queue a mail about silent categories, given with the end of their last good run; each once, until it had a good one.

    Silence is the last resort: where a mail has told since then why there was no good run, it says nothing.
    """
    if not post.is_on:
        return
    at = post.now()
    silent = newly_silent(last_good, post.store.silences(), post.store.told_about(since, at))
    if silent:
        says = [as_silent(name) for name in silent]
        over = [one.fingerprint for one in says]  # an earlier silence of the same category, which a good run has ended
        letter = silent_letter(silent, post.words, post.console_url)
        post.queue(f"silent:{at.timestamp():.0f}", "silent", letter, [], says=says, over=over)


def _tell(post: Post, run: RunFacts, *, only_trouble: bool = False) -> None:
    if not post.is_on:
        # Left unsaid: once mails are switched on, what stands then is new to everybody.
        post.store.tell(None, post.now(), run=run.number)
        return
    news, plans = _news(post, run), _reviewed(post, run)
    if plans is None:  # approved meanwhile: nothing waits any longer
        news = replace(news, held=(), held_before=())
    failed = run.status == RunStatus.FAILED.value
    is_bad = news.is_bad or failed
    if only_trouble and not (is_bad or run.held):
        return
    if news.held or (news.held_before and not is_bad):  # else the mail about the errors has a line of it
        letter = held_letter(run, news, plans or {}, post.words, post.console_url)
        says = [category.as_said() for category in news.held]
        over = [one.fingerprint for one in news.forgotten if one.topic is Topic.HELD]
        post.queue(f"held:{run.number}", "held", letter, [held.title for held in news.waits], says=says, over=over)
    ends: dict[str, Any] = {"over": news.ended, "run": run.number}
    if is_bad:
        letter = errors_letter(run, news, post.words, post.console_url)
        says = [row.as_said() for row in news.new]
        post.queue(f"errors:{run.number}", "errors", letter, _about(run, news), says=says, **ends)
    elif news.is_over and run.status == RunStatus.SUCCEEDED.value:
        letter = recovered_letter(run, news, post.words, post.console_url)
        post.queue(f"recovered:{run.number}", "recovered", letter, [], **ends)
    else:
        # What is over while something is left is kept, so that the mail about the end of it all names it too.
        post.store.tell(None, post.now(), over=[one.fingerprint for one in news.forgotten], run=run.number)


def _reviewed(post: Post, run: RunFacts) -> Mapping[Names, Sequence[Any]] | None:
    """Give the plans of a run that waits for approval; ``None``: it does not wait."""
    try:
        return post.store.reviewed(run.number) if run.held else None
    except SyncError:
        return None


def _news(post: Post, run: RunFacts) -> News:
    rows = [Row.of_error(error) for error in queries.errors(post.engine, run.number)]
    conflicts = [Row.of_conflict(one) for one in queries.conflicts(post.engine) if one["status"] == "open"]
    return compare(run, [*rows, *(_in_its_cmdb(row, run) for row in conflicts)], post.store.said())


def _in_its_cmdb(conflict: Row, run: RunFacts) -> Row:
    """Name a conflict's CMDB, where the run leaves no doubt which: then it stands with the category's errors."""
    found = {category.cmdb for category in run.categories if category.category == conflict.category}
    return replace(conflict, cmdb=found.pop()) if len(found) == 1 else conflict


def _about(run: RunFacts, news: News) -> list[str] | None:
    """Name the categories of which an errors mail speaks; ``None``: the run as a whole failed."""
    if run.status == RunStatus.FAILED.value or any(row.category is None for row in news.new):
        return None
    return sorted({row.title for row in (*news.new, *news.before)} | {held.title for held in news.waits})


def send_missed(post: Post, nights: Sequence[datetime], why: Reason, *, caught_up: bool = False) -> None:
    """Send the same mail at once, because there is no database to keep it in; to those alone whose address stands in the rules.

    Raises :class:`SyncError` where nobody can be written to now.
    """
    if post.server is None or not post.is_on:
        return
    to = [entry for entry in post.rules.notify_if_error if is_address(entry)]
    if not to:
        raise MailRefusedError("Nobody can be written to: the rules name no addresses, and the known ones are in the database.")
    letter = missed_letter(nights, post.words, post.console_url, why=why, caught_up=caught_up)
    with connected(post.server) as connection:
        refused = connection.send(content(letter, post.hide), str(uuid4()), post.now(), to)
    post.log("info", "mail sent without the database", refused=sorted(refused))


# -- sending -------------------------------------------------------------------------------------------------------------


def send_waiting(post: Post) -> None:
    """Send what waits, once something is due; whatever fails is logged and tried again later, with growing waits, for a week."""
    if post.server is None:
        return
    post.store.forget_mails(post.now() - KEPT)
    mail = post.store.take_mail(post.now())
    if mail is None:
        return
    until = time.monotonic() + LONGEST_SENDING
    try:
        with connected(post.server) as connection:
            while mail is not None:
                _send(post, connection, mail)
                mail = post.store.take_mail(post.now(), after=mail.id) if time.monotonic() < until else None
    except MailServerError as error:
        if mail is not None:
            _failed(post, mail, mail.recipients, error)
            post.store.put_off_mails(mail.id)


def _send(post: Post, connection: Connection, mail: WaitingMail) -> None:
    """Send one mail to all who can get it now; raises :class:`MailServerError` when the others need not be tried."""
    found = _addresses(post, mail.recipients)
    to = list(dict.fromkeys(found.values()))
    left = [entry for entry in mail.recipients if entry not in found]
    problem: SyncError = MailRefusedError(f"Nobody knows the address of {', '.join(left)}.")
    if to:
        try:
            refused = connection.send(mail.content, mail.message_id, mail.queued_at, to)
        except MailRefusedError as error:
            _failed(post, mail, mail.recipients, error)
            return
        left += [entry for entry, address in found.items() if address in refused]
        if refused:
            problem = MailRefusedError(
                "The mail server refused " + "; ".join(f"{address}: {answer}" for address, answer in refused.items())
            )
    if left:
        _failed(post, mail, left, problem)
        return
    post.store.mail_sent(mail.id, post.now())
    post.log("info", "mail sent", mail=mail.key, tries=mail.tries, **_of_run(mail))


def _failed(post: Post, mail: WaitingMail, left: Sequence[str], error: SyncError) -> None:
    why = post.hide(error.message)
    if post.store.mail_failed(mail.id, left, why, post.now()):
        post.log("error", "mail given up after a week", mail=mail.key, to=list(left), why=why, hint=error.hint, **_of_run(mail))
    else:
        said = {"mail": mail.key, "tries": mail.tries, "why": why, "hint": error.hint, **_of_run(mail)}
        post.log("warning", "mail not sent, it is kept and tried again", **said)


def _of_run(mail: WaitingMail) -> dict[str, int]:
    """Name the run that a mail is about, where it is about one."""
    kind, _, number = mail.key.partition(":")
    return {"run": int(number)} if kind in _ABOUT_A_RUN else {}


def _addresses(post: Post, entries: Sequence[str]) -> dict[str, str]:
    """Give the addresses of those whose address is known: of Hector users as Hector says now, or said the last time."""
    names = [entry for entry in entries if not is_address(entry)]
    found = {entry: entry for entry in entries if is_address(entry)}
    if not names:
        return found
    try:
        named, refusals = find_recipients(names, post.users())
    except SyncError as error:
        known = post.store.known_addresses()
        post.log("warning", "Hector could not be asked for addresses, the last known ones are used", why=post.hide(error.message))
        return found | {name: known[name] for name in names if name in known}
    for refusal in refusals:
        post.log("error", refusal.message, hint=refusal.hint)
    post.store.keep_addresses(named)
    return found | named
