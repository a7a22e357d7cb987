"""Runs that somebody asks the service for: one at a time, beside its schedule, each in a thread of its own.

What keeps two from writing is the lock: a run is refused while a nightly one is on, or one of another process, as those are while
this one is.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.rules import Rules
from syncsvc.engine.context import StoppedError
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.scheduler.news import News
from syncsvc.scheduler.rules_watch import RulesWatch
from syncsvc.scheduler.runs import Runs

LOOKING = 30.0
"""Seconds after which nobody is taken to be looking any more; the page of a run that is on is asked for far more often."""
_log = structlog.get_logger("syncsvc")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A run that somebody asks for, by which rules, and what those who wait for it are told."""

    rules: Rules
    request: RunRequest
    by_hand: bool
    began: Future[int] = field(default_factory=Future)
    ended: Future[RunReport] = field(default_factory=Future)


class OnDemand:
    """Begins the runs that are asked for, and tells of those that went wrong while nobody was looking."""

    def __init__(
        self,
        runs: Runs,
        rules: RulesWatch,
        news: News,
        stop_asked: Callable[[], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runs, self._rules, self._news, self._stop_asked, self._clock = runs, rules, news, stop_asked, clock
        self._one = threading.Lock()
        """Held while a run that was asked for is on, from the asking."""
        self._beginning = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._looked: dict[int, float] = {}
        """When somebody last looked at each run that is on."""

    def begin(self, request: RunRequest, *, by_hand: bool = False) -> int:
        """Begin a run and give its number; ``by_hand``: somebody is looking.

        Raises :class:`SyncError` where it cannot begin: ``AnotherRunError`` while another one is on.
        """
        return self._begin(request, by_hand=by_hand).began.result()

    def carry_out(self, request: RunRequest) -> RunReport:
        """Carry out a run and wait for its end; raises likewise, and what broke it."""
        return self._begin(request).ended.result()

    def _begin(self, request: RunRequest, *, by_hand: bool = False) -> _Asked:
        with self._beginning:  # so that none begins once the last one has been waited for
            if self._stop_asked():
                raise StoppedError("The service is about to end: no run begins any more.", hint="Ask again when it is back.")
            if not self._one.acquire(blocking=False):
                raise AnotherRunError(
                    "Another run that was asked for here is under way.", hint="Wait until it ends, or cancel it."
                )
            try:
                asked = _Asked(self._rules.read(), request, by_hand)
                thread = threading.Thread(target=self._work, args=(asked,), name="on demand")
                self._threads.add(thread)
                thread.start()
            except BaseException:
                self._one.release()
                raise
        return asked

    def looked_at(self, number: int) -> None:
        """Take up that somebody looks at a run."""
        if number in self._looked:
            self._looked[number] = self._clock()

    def wait(self) -> None:
        """Wait for the run that is on, and for what comes after it."""
        with self._beginning:
            threads = [*self._threads]
        for thread in threads:
            thread.join()

    def _work(self, asked: _Asked) -> None:
        """Do all that one run asks for; nothing raises out of it."""
        try:
            self._carry_out(asked)
            if asked.began.exception() is None:
                self._tell(asked, asked.began.result())
        finally:
            self._threads.discard(threading.current_thread())

    def _carry_out(self, asked: _Asked) -> None:
        """Carry out the run; why it could not begin is for whoever asked, why it broke for the log: its record says that too."""

        def is_on(number: int) -> None:
            self._looked[number] = self._clock() if asked.by_hand else -math.inf
            asked.began.set_result(number)

        try:
            report = self._runs.carry_out(asked.rules, asked.request, is_on)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody must hear of it
            self._one.release()
            asked.ended.set_exception(error)
            if asked.began.done():
                _complain(error, asked.began.result())
            else:
                asked.began.set_exception(error)
        else:
            self._one.release()
            asked.ended.set_result(report)

    def _tell(self, asked: _Asked, number: int) -> None:
        """Tell of a run that nobody looked at in the end; what somebody saw is left to the next night, as it is with commands."""
        is_seen = self._clock() - self._looked.pop(number) < LOOKING
        if asked.request.dry_run or is_seen:
            return
        try:
            self._news.asked_for(asked.rules, number)
        except Exception as error:  # noqa: BLE001 - a run is never broken by what is said about it
            _complain(error, number)


def _complain(error: Exception, run: int) -> None:
    if isinstance(error, SyncError):
        _log.error("a run that was asked for broke", run=run, why=error.message, hint=error.hint)
    else:
        _log.error("something went wrong that syncsvc does not know how to handle", run=run, exc_info=error)
