"""What is looked at every minute, whether a run is under way or not: the rules file, and which categories are silent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from syncsvc.domain.errors import SyncError
from syncsvc.scheduler.news import News
from syncsvc.scheduler.pause import Pause
from syncsvc.scheduler.rules_watch import RulesWatch
from syncsvc.scheduler.silence import Silent, silent
from syncsvc.state.category_runs import CategoryHistory, Names

PERIOD = timedelta(minutes=10)
"""Between two looks at how old the last good runs are."""
AT_START = timedelta(minutes=1)
"""Until the first look, so that a run can be caught up first; short, for a process may die soon after each start."""
_log = structlog.get_logger("syncsvc")


class Vigil:
    """Looks after the service; ``limit`` is how old a category's last good run may become."""

    def __init__(
        self,
        engine: Engine,
        rules: RulesWatch,
        news: News,
        now: Callable[[], datetime],
        *,
        limit: timedelta,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._rules, self._news, self._now, self._limit = rules, news, now, limit
        self.history = CategoryHistory(engine)
        self._changed = changed
        """Called when the rules file has changed."""
        self._pause = Pause()
        self._pause.begin(now(), AT_START)
        self._logged: frozenset[Names] = frozenset()

    def look(self) -> None:
        """Look at everything; nothing raises out of it."""
        try:
            if self._rules.look():
                self._changed()
            if self._pause.is_over(self._now()):
                self._pause.begin(self._now(), PERIOD)
                self._listen()
        except SyncError as error:
            _log.warning("nobody knows whether a category is silent", why=error.message)
        except Exception:  # noqa: BLE001 - the next minute looks again
            _log.exception("something went wrong that syncsvc does not know how to handle")

    def silent(self) -> tuple[Silent, ...]:
        """Give the categories that are silent now; raises :class:`SyncError` where the database does not tell."""
        rules = self._rules.last_good
        if rules is None:
            return ()
        now, known = self._now(), self._rules.known
        found = self.history.look(now)
        # With another time of day, the first period is longer than a day.
        return silent(known, found, rules.schedule, now, known=known, limit=self._limit, patience=self._rules.since)

    def _listen(self) -> None:
        found = self.silent()
        names = frozenset((one.cmdb, one.category) for one in found)
        if names != self._logged:
            self._log(found)
            self._logged = names
        if found:
            assert self._rules.last_good is not None
            # Each time: what was rightly left unsaid, or could not be said, may have to be said now.
            self._news.silent(self._rules.last_good, found)

    @staticmethod
    def _log(found: Sequence[Silent]) -> None:
        for one in found:
            last = one.last_good_at.isoformat() if one.last_good_at else "never"
            _log.error("no good run for too long", cmdb=one.cmdb, category=one.category, last_good_at=last)
        if not found:
            _log.info("every category has had a good run again")
