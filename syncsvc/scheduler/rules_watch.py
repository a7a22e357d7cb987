"""The rules file as a long-running service sees it: read afresh for every run, looked at every minute, broken at times.

A file that cannot be used keeps the last good schedule, and no run begins with it: half of somebody's edit must not be carried
out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Engine

from syncsvc.domain.errors import RulesError
from syncsvc.domain.rules import Rules, Schedule
from syncsvc.rules_file import load_rules
from syncsvc.scheduler.due import last_due, since_moved
from syncsvc.state.category_runs import Names
from syncsvc.state.health import first_nightly_began, last_nightly_began
from syncsvc.state.last_rules import LastRules, keep, recall

_log = structlog.get_logger("syncsvc")
_Print = tuple[int, int, int] | None
"""What tells one version of the file from another; ``None``: there is no file."""


class RulesWatch:
    """What is known of the rules file; ``refused`` is called with every new error in it.

    What the service needs of it stays in the database, so that a restart neither forgets a schedule whose file cannot be used now
    nor takes it for a new one.
    """

    def __init__(
        self, file: Path, now: Callable[[], datetime], refused: Callable[[Rules | None, RulesError], None], engine: Engine
    ) -> None:
        self._file, self._now, self._refused, self._engine = file, now, refused, engine
        self._seen: _Print | str = "never looked"
        self._reading = threading.RLock()
        self.last_good: Rules | None = None
        """The last that could be read; of those of an earlier process, what was kept: no run begins with them."""
        self.error: RulesError | None = None
        """Why the present file cannot be used; ``None``: it can."""
        self._since = now()
        self._first_known: datetime | None = None
        self._known: dict[Names, datetime] = {}
        self._is_from_start = True
        """Whether the service has known no other schedule."""
        self._is_recalled = False
        self._kept: LastRules | None = None

    @property
    def since(self) -> datetime:
        """When the present schedule began to hold; never later than now, for the clock may have been wrong."""
        self._since = min(self._since, self._now())
        return self._since

    @property
    def known(self) -> dict[Names, datetime]:
        """The categories that are synchronised, with the moment since when the service knows them; never later than now."""
        with self._reading:
            now = self._now()
            self._known = {names: min(since, now) for names, since in self._known.items()}
            return dict(self._known)

    @property
    def schedule(self) -> Schedule | None:
        """The last good schedule; ``None`` where there never was one."""
        return self.last_good.schedule if self.last_good is not None else None

    def look(self) -> bool:
        """Read the file if it has changed; whether it had."""
        now_there = self._fingerprint()
        if now_there == self._seen:
            return False
        with suppress(RulesError):  # said already
            self.read()
        return True

    def read(self) -> Rules:
        """Read the file; raises :class:`RulesError`, which has been said by then."""
        with self._reading:
            self._seen = self._fingerprint()  # before the reading: what is written meanwhile is read once more
            try:
                rules = load_rules(self._file)
            except RulesError as error:
                self._note(error)
                raise
            self._take(rules)
            return rules

    def remember(self) -> None:
        """Recall what an earlier process knew, once, and keep what is known now; raises where the database does not do it."""
        with self._reading:
            if not self._is_recalled:
                self._recall(recall(self._engine))
                self._is_recalled = True
            now_known = self._to_keep()
            if now_known is not None and now_known != self._kept:
                keep(self._engine, now_known)
                self._kept = now_known

    def _recall(self, kept: LastRules | None) -> None:
        now, schedule = self._now(), self.schedule
        if kept is None:
            began = first_nightly_began(self._engine, now)
            if began is not None and schedule is not None and self._is_from_start:  # an earlier version kept the schedule
                self._since = self._first_known = last_due(schedule, began)
            return
        self._kept = kept
        self._first_known = min(kept.first_known, self._first_known or now)
        if schedule is None:
            self.last_good, self._since, self._known = kept.as_rules(), kept.since, dict(kept.known)
            times = {"daily_at": kept.schedule.daily_at, "time_zone": kept.schedule.time_zone}
            _log.warning("the schedule of the last rules that could be read is kept", **times)
            return
        self._known = {names: min(since, kept.known.get(names, since)) for names, since in self._known.items()}
        if not self._is_from_start:
            return
        if _times(schedule) == _times(kept.schedule):
            self._since = kept.since
        else:
            began = last_nightly_began(self._engine, now)
            self._since = since_moved(schedule, now, last_began=began, first_known=self._first_known)

    def _to_keep(self) -> LastRules | None:
        rules, first = self.last_good, self._first_known
        if rules is None or first is None:
            return None
        since = self.since
        return LastRules(rules.schedule, rules.language, rules.notify_if_error, self.known, since, min(first, since))

    def _take(self, rules: Rules) -> None:
        before, mended, now = self.schedule, self.error is not None, self._now()
        self.last_good, self.error = rules, None
        self._first_known = self._first_known or now
        self._known = {names: self._known.get(names, now) for names in synchronised(rules)}
        if before is None:
            self._since = now
        elif _times(before) != _times(rules.schedule):
            self._since, self._is_from_start = now, False
            _log.info("schedule changed", daily_at=rules.schedule.daily_at, time_zone=rules.schedule.time_zone)
        if mended:
            _log.info("rules can be used again", file=str(self._file))

    def _note(self, error: RulesError) -> None:
        is_new = self.error is None or self.error.message != error.message
        self.error = error
        if is_new:
            schedule = self.schedule
            kept = f"{schedule.daily_at} {schedule.time_zone}" if schedule is not None else "none yet"
            _log.error("rules cannot be used; no run begins until they can", why=error.message, schedule_kept=kept)
            self._refused(self.last_good, error)

    def _fingerprint(self) -> _Print:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def synchronised(rules: Rules) -> tuple[Names, ...]:
    """Give the categories that rules synchronise."""
    return tuple(category.names for category in rules.live)


def _times(schedule: Schedule) -> tuple[str, str]:
    return schedule.daily_at, schedule.time_zone
