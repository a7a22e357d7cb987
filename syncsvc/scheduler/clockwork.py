"""Calls the service's parts at their times: at each due time and every minute, each in a thread of its own.

APScheduler counts by the wall clock and would wait for years where that was wrong at the start and is set right later:
:meth:`Clockwork.check_clock` notices, and has everything looked at anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]

EVERY = timedelta(minutes=1)
JUMP = timedelta(seconds=30)
"""By how much the wall clock may differ from the steady one before it counts as having been set."""
_log = structlog.get_logger("syncsvc")
_JOB = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
"""Never two of one kind at a time; and nothing is dropped for being late, since every job asks by itself what is to be done."""


class EveryMinuteAndWhenDue(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires every minute, and at the due time if one comes before the minute is over."""

    def __init__(self, next_due: Callable[[datetime], datetime | None]) -> None:
        self._next_due = next_due

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Give the next moment to look; the schedule is asked anew each time, for it may have changed."""
        soon = now + EVERY
        due = self._next_due(now)
        return soon if due is None else min(soon, due)


class Clockwork:
    """Runs ``jobs`` (by name) until it is stopped; the next due time is asked of ``next_due``.

    ``ahead`` tells how far the wall clock is ahead of the steady one.
    """

    def __init__(
        self,
        jobs: Mapping[str, Callable[[], None]],
        next_due: Callable[[datetime], datetime | None],
        *,
        ahead: Callable[[], timedelta] = lambda: timedelta(seconds=time.time() - time.monotonic()),
    ) -> None:
        # A minute that passes while its job is still at work is no event (a run takes many of them), nor is how jobs are kept.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(len(jobs))}, job_defaults=_JOB, daemon=True
        )
        for name, job in jobs.items():
            trigger = EveryMinuteAndWhenDue(next_due)
            self._scheduler.add_job(job, trigger, id=name, name=name, next_run_time=datetime.now(UTC))
        self._ahead, self._was_ahead = ahead, ahead()

    def start(self) -> None:
        """Begin; every job is called at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """Call nothing any more, and wait for what is under way."""
        self._scheduler.shutdown(wait=True)

    def check_clock(self) -> None:
        """Have everything looked at anew when the wall clock was set; to be called now and then."""
        ahead = self._ahead()
        if abs(ahead - self._was_ahead) > JUMP:
            _log.warning("the clock was set", seconds=round((ahead - self._was_ahead).total_seconds()))
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
        self._was_ahead = ahead
