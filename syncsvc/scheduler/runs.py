"""The runs that this service carries out, the nightly one and those that people ask for: how far each is, and how to stop it.

A run is known by its number from the moment it is recorded until it is over. Runs of other processes are known to the database
alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from syncsvc import logs
from syncsvc.bootstrap import Watch
from syncsvc.domain.plan import Plan, RunStatus
from syncsvc.domain.rules import Rules
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.engine.stage import Stage
from syncsvc.engine.stopped import StopAskedError

Synchronise = Callable[[Rules, RunRequest, Watch], RunReport]
A_MOMENT = 0.2
"""Seconds that a wait goes on at the most once somebody asked this run to stop."""


class LiveRun:
    """One run of this service while it is on; it is told how far that is, and tells those who look."""

    def __init__(self, outer: Watch, began: Callable[[LiveRun], None]) -> None:
        self._outer, self._began = outer, began
        self.number: int | None = None
        self._stage = Stage()
        self._stop = threading.Event()

    def watched(self) -> Watch:
        """Give the service's watch of a run, with an eye and a hand of one's own."""
        return replace(self._outer, progress=self, log=self._log, stop_asked=self._stop_asked, sleep=self._sleep)

    def stage(self) -> Stage:
        """Tell how far the run is."""
        return replace(self._stage, is_stopping=self._stop_asked())

    def stop(self) -> None:
        """Ask it to stop, as SIGTERM asks the service."""
        self._stop.set()

    def phase(self, category: str, phase: str, total: int | None = None) -> None:
        """Take up what is done now."""
        self._stage = replace(self._stage, category=category, phase=phase, done=0, total=total)

    def advance(self, steps: int = 1) -> None:
        """Take up that it goes on."""
        self._stage = replace(self._stage, done=self._stage.done + steps)

    def planned(self, category: str, plan: Plan) -> None:
        """Leave it to the record: what was planned is asked for when it has been done."""

    def finished(self, category: str, status: RunStatus) -> None:
        """Take up that a category is over."""
        over = (*self._stage.finished, (category, status.value))
        self._stage = Stage(self._stage.categories, over)

    def _log(self, level: str, event: str, **data: Any) -> None:
        self._outer.log(level, event, **data)
        if self.number is None:
            self._begin(data)

    def _begin(self, said: dict[str, Any]) -> None:
        """Learn the run's number, which every line that is logged of it has, from the first; that says how much is to be done."""
        self.number = logs.run_here()
        if self.number is not None:
            self._stage = Stage(categories=said.get("categories", 0))
            self._began(self)

    def _stop_asked(self) -> bool:
        return self._stop.is_set() or self._outer.stop_asked()

    def _sleep(self, seconds: float) -> None:
        """Wait before a call is repeated, but not once somebody asked to stop: then it is given up."""
        left = seconds
        while left > 0 and not self._stop.is_set():
            step = min(left, A_MOMENT)
            self._outer.sleep(step)
            left -= step
        if self._stop.is_set():
            raise StopAskedError


class Runs:
    """Carries out runs, and knows those that are on; which may be on beside each other is the lock's business."""

    def __init__(self, synchronise: Synchronise, watch: Watch) -> None:
        self._synchronise, self._watch = synchronise, watch
        self._live: dict[int, LiveRun] = {}
        self._writing: set[int] = set()

    def carry_out(self, rules: Rules, request: RunRequest, began: Callable[[int], None] = lambda _number: None) -> RunReport:
        """Carry out a run; ``began`` is told its number as soon as it is recorded. Raises what ``synchronise`` does."""

        def known(live: LiveRun) -> None:
            assert live.number is not None
            self._live[live.number] = live
            if not request.dry_run:
                self._writing.add(live.number)
            began(live.number)

        live = LiveRun(self._watch, known)
        try:
            return self._synchronise(rules, request, live.watched())
        finally:
            if live.number is not None:
                self._writing.discard(live.number)
                self._live.pop(live.number, None)

    def stage(self, number: int) -> Stage | None:
        """Tell how far a run is; ``None``: it is none of this service's, or over."""
        live = self._live.get(number)
        return live.stage() if live is not None else None

    def stop(self, number: int) -> bool:
        """Ask a run to stop; whether it is one of this service's that is on."""
        live = self._live.get(number)
        if live is not None:
            live.stop()
        return live is not None

    @property
    def is_on(self) -> bool:
        """Whether a run is on, a plan too."""
        return bool(self._live)

    @property
    def is_writing(self) -> bool:
        """Whether a run is on that may write: it holds the lock."""
        return bool(self._writing)
