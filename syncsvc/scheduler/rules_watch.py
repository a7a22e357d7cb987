"""The rules file as a long-running service sees it: read afresh for every run, looked at every minute, broken at times.

A file that cannot be used keeps the last good schedule, and no run begins with it: half of somebody's edit must not be carried
out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from syncsvc.domain.errors import RulesError
from syncsvc.domain.rules import Rules, Schedule
from syncsvc.rules_file import load_rules

_log = structlog.get_logger("syncsvc")
_Print = tuple[int, int, int] | None
"""What tells one version of the file from another; ``None``: there is no file."""


class RulesWatch:
    """What is known of the rules file; ``refused`` is called with every new error in it."""

    def __init__(self, file: Path, now: Callable[[], datetime], refused: Callable[[Rules | None, RulesError], None]) -> None:
        self._file, self._now, self._refused = file, now, refused
        self._seen: _Print | str = "never looked"
        self._reading = threading.RLock()
        self.last_good: Rules | None = None
        self.error: RulesError | None = None
        """Why the present file cannot be used; ``None``: it can."""
        self._since = now()
        self.is_from_start = True
        """Whether the service has known no other schedule."""

    @property
    def since(self) -> datetime:
        """When the present schedule began to hold in this service; never later than now, for the clock may have been wrong."""
        self._since = min(self._since, self._now())
        return self._since

    @property
    def written(self) -> datetime | None:
        """When the file was last written, as far as the file system tells."""
        return datetime.fromtimestamp(self._seen[0] / 1e9, UTC) if isinstance(self._seen, tuple) else None

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

    def _take(self, rules: Rules) -> None:
        before, mended = self.schedule, self.error is not None
        self.last_good, self.error = rules, None
        if before is None:
            self._since = self._now()
        elif _times(before) != _times(rules.schedule):
            self._since, self.is_from_start = self._now(), False
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


def _times(schedule: Schedule) -> tuple[str, str]:
    return schedule.daily_at, schedule.time_zone
