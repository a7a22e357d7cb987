"""The nightly run: begun when one is owed, repeated when it could not begin, and everything that comes after it.

Whether one is owed is read from the database each time, so it does not matter who asks how often, or whether the service was dead
in between: :meth:`Night.look` may be called at any moment. Nothing raises out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from syncsvc.domain.errors import AnotherRunError, RulesError, SettingsError, SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.rules import Rules
from syncsvc.domain.told import Reason
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.scheduler.due import GRACE, Owed, last_due, nights_without_run, owed
from syncsvc.scheduler.news import News
from syncsvc.scheduler.pause import Pause
from syncsvc.scheduler.rules_watch import RulesWatch
from syncsvc.state.database import StateError
from syncsvc.state.health import NIGHTLY, last_nightly_began, nightly_run_since
from syncsvc.state.retention import Retention, forget

LONGEST_WAIT = timedelta(hours=1)
"""Between two tries of a run that cannot begin; the first ones follow after a minute, two, four, …"""
NOT_RUNNING = Reason("not_running", "the service was not running then, or the run could not begin in time")
_MOST_PROBLEMS = 50
"""Of which it is known that they were logged."""
_log = structlog.get_logger("syncsvc")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a night is made of, joined by ``service.py`` (or by a test)."""

    engine: Engine
    rules: RulesWatch
    synchronise: Callable[[Rules, RunRequest], RunReport]
    prepare: Callable[[], None]
    """Bring the database to this version; raises where that is not possible now."""
    news: News
    now: Callable[[], datetime]
    stop_asked: Callable[[], bool]
    retention: Retention = field(default_factory=Retention)


class Night:
    """Begins the runs that are due; used by one thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._prepared = False
        self._tries = 0
        self._pause = Pause()
        self._why: tuple[datetime, Reason] | None = None
        """Why the run of this due time could not begin so far."""
        self._started = parts.now()
        self._done: datetime | None = None
        """The last due time whose run this service has carried out."""
        self._missed_last: datetime | None = None
        """The last due time that was missed."""
        self._to_tell: dict[datetime, Reason] = {}
        """What was missed, and why, until somebody has been told."""
        self._is_caught_up = False
        """Whether it is caught up."""
        self._announced: datetime | None = None
        """The due time whose run was last said to be due."""
        self._problems: set[str] = set()
        """What has been logged of what is wrong now."""
        self._cancelled: datetime | None = None
        """The due time whose run somebody stopped: they do not want it begun anew a minute later, but the next start does."""

    def look(self) -> None:
        """Begin the run that is owed, if one is."""
        if self._parts.stop_asked():
            return
        try:
            self._begin()
        except Exception as error:  # noqa: BLE001 - the next minute looks again; a service that ends itself helps nobody
            self._complain(error)
            self._without_database(error)
        self._tell()

    def _begin(self) -> None:
        if not self._pause.is_over(self._parts.now()):
            return
        self.prepare()
        self._parts.rules.remember()
        found = self._owed()
        if found is None or found.due == self._cancelled:
            return
        self._note_nights_without_run(found)
        self._tell()  # before the run, which may take hours
        if found.is_to_run:
            self._try(found.due)

    def hurry(self) -> None:
        """Try again at once what could not begin: something has changed."""
        self._tries = 0
        self._pause.end()

    def prepare(self) -> None:
        """Bring the database to this version and learn what it knows of the rules, once; raises where that cannot be done now."""
        if not self._prepared:
            self._parts.prepare()
            self._parts.rules.remember()
            self._prepared = True

    def _owed(self) -> Owed | None:
        parts, now = self._parts, self._parts.now()
        schedule = parts.rules.schedule
        if schedule is None:
            return None
        return owed(schedule, lambda due: nightly_run_since(parts.engine, due, now), now, since=parts.rules.since)

    def _note_nights_without_run(self, found: Owed) -> None:
        parts, now = self._parts, self._parts.now()
        schedule = parts.rules.schedule
        assert schedule is not None
        began = last_nightly_began(parts.engine, now)
        nights = nights_without_run(schedule, began, found, now, since=parts.rules.since)
        why = self._why[1] if self._why is not None and self._why[0] == found.due else NOT_RUNNING
        self._missed(nights, why, is_caught_up=found.is_to_run)

    def _without_database(self, error: Exception) -> None:
        """Note a night as missed although the database does not tell: this service kept its schedule and began no run."""
        now, schedule = self._parts.now(), self._parts.rules.schedule
        if schedule is None:
            return
        self._started = min(self._started, now)  # the clock may have been wrong then
        # Of nights before the start, only the database knows whether they had a run.
        due, since = last_due(schedule, now), max(self._started, self._parts.rules.since)
        if due >= since and now - due > GRACE and (self._done is None or due > self._done):
            self._missed([due], _reason(error), is_caught_up=schedule.catch_up)

    def _try(self, due: datetime) -> None:
        """Carry out the run; one that cannot begin is tried again, and told as missed when that takes too long."""
        try:
            rules = self._parts.rules.read()
            report = self._run(rules, due)
        except AnotherRunError as error:  # it will end: the next minute looks again
            self._failed(due, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, people must hear of it
            self._tries += 1
            self._pause.begin(self._parts.now(), min(timedelta(minutes=2 ** min(self._tries - 1, 6)), LONGEST_WAIT))
            self._failed(due, error)
        else:
            self._tries, self._done = 0, due
            if report.status is RunStatus.INTERRUPTED and not self._parts.stop_asked():
                self._cancelled = due
            self._problems.clear()
            with structlog.contextvars.bound_contextvars(run=report.run):
                self._afterwards(rules, report)

    def _failed(self, due: datetime, error: Exception) -> None:
        """Note why a run could not begin; one that has begun and broke is on record with its reason, and is told from there."""
        self._why = due, _reason(error)
        self._complain(error)
        try:
            is_over = nightly_run_since(self._parts.engine, due, self._parts.now())
        except SyncError:
            is_over = False
        if is_over:
            self._done = due

    def _run(self, rules: Rules, due: datetime) -> RunReport:
        schedule = rules.schedule
        if self._announced != due:  # once, however often it is tried; the run itself says when it has begun
            _log.info("nightly run is due", due=due.isoformat(), late_seconds=int((self._parts.now() - due).total_seconds()))
        self._announced = due
        day = due.astimezone(ZoneInfo(schedule.time_zone)).strftime("%A").lower()
        # A run that begins late is still that day's: Friday's full run is full on Saturday too.
        return self._parts.synchronise(rules, RunRequest(NIGHTLY, full=day == schedule.full_on))

    def _afterwards(self, rules: Rules, report: RunReport) -> None:
        if report.status is RunStatus.INTERRUPTED:
            return  # it is gone on with at the next start, and told then
        parts = self._parts
        try:
            parts.news.after_run(rules, report)
        except Exception as error:  # noqa: BLE001 - a run is never broken by what is said about it
            self._complain(error)
        gone = forget(parts.engine, parts.retention, parts.now(), parts.stop_asked)
        if gone:
            _log.info("old records forgotten", runs=gone.runs, logs=gone.logs, changes=gone.changes, errors=gone.errors)

    def _missed(self, nights: Sequence[datetime], why: Reason, *, is_caught_up: bool) -> None:
        """Note nights without a run, each once."""
        last = self._missed_last
        if last is not None and last > self._parts.now():  # the clock was wrong then
            last = None
        for due in nights:
            if last is None or due > last:
                self._missed_last, self._to_tell[due], self._is_caught_up = due, why, is_caught_up
                _log.error("nightly run missed", due=due.isoformat(), why=why.words)

    def _tell(self) -> None:
        """Tell what was missed; where that fails, the next minute tries again."""
        if not self._to_tell:
            return
        nights = sorted(self._to_tell)
        try:
            self._parts.news.missed(self._parts.rules.last_good, nights, self._to_tell[nights[-1]], caught_up=self._is_caught_up)
        except Exception as error:  # noqa: BLE001 - no run is kept from beginning by what is said about another
            self._complain(error)
        else:
            self._to_tell.clear()

    def _complain(self, error: Exception) -> None:
        """Log what is wrong, each thing once as long as it lasts."""
        if isinstance(error, RulesError):
            return  # said where it was read
        is_busy = isinstance(error, AnotherRunError)
        words = _words(error)
        known = "another run" if is_busy else words  # whichever run it is
        if known in self._problems:
            return
        if len(self._problems) >= _MOST_PROBLEMS:
            self._problems.clear()
        self._problems.add(known)
        if is_busy:
            _log.info("nightly run waits", why=words)
        elif isinstance(error, SyncError):
            _log.error("nightly run waits", why=words, hint=error.hint)
        else:
            _log.error("something went wrong that syncsvc does not know how to handle", exc_info=error)


def _words(error: Exception) -> str:
    return error.message if isinstance(error, SyncError) else f"{type(error).__name__}: {error}"


def _reason(error: Exception) -> Reason:
    kinds = ((AnotherRunError, "another_run"), (RulesError, "rules"), (StateError, "database"), (SettingsError, "settings"))
    return Reason(next((code for kind, code in kinds if isinstance(error, kind)), "unexpected"), _words(error))
