"""The parts of the long-running service, joined: what the schedule needs of ``bootstrap/``, and what the port shows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from syncsvc import bootstrap
from syncsvc.bootstrap import Watch
from syncsvc.domain.rules import Rules
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.scheduler.clockwork import Clockwork
from syncsvc.scheduler.due import next_due
from syncsvc.scheduler.news import News, Nobody
from syncsvc.scheduler.night import Night, Parts
from syncsvc.scheduler.on_demand import OnDemand
from syncsvc.scheduler.rules_watch import RulesWatch
from syncsvc.scheduler.runs import Runs
from syncsvc.scheduler.vigil import Vigil
from syncsvc.settings import Settings
from syncsvc.state.retention import Retention


@dataclass(frozen=True, slots=True)
class Given:
    """What an entry point gives the service: how its runs are watched and stopped, whom it tells, and its clock."""

    watch: Watch = field(default_factory=Watch)
    news: News = field(default_factory=Nobody)
    rules_file: Path | None = None


class Service:
    """Runs, nightly or asked for, and what watches over them, on an open database; each part may be called by hand as well."""

    def __init__(self, settings: Settings, engine: Engine, given: Given) -> None:
        self._settings, self._given = settings, given
        now: Callable[[], datetime] = given.watch.now
        self.rules = RulesWatch(given.rules_file or settings.rules, now, given.news.rules_refused, engine)
        retention, watch = settings.retention, given.watch
        self.runs = Runs(self._synchronise, watch)
        self.on_demand = OnDemand(self.runs, self.rules, given.news, watch.stop_asked)
        self.night = Night(
            Parts(
                engine,
                self.rules,
                self.runs.carry_out,
                lambda: bootstrap.prepare(settings, engine),
                given.news,
                now,
                given.watch.stop_asked,
                Retention(retention.runs, retention.logs, retention.changes),
            )
        )
        limit = timedelta(hours=settings.silent_after)
        self.vigil = Vigil(engine, self.rules, given.news, now, limit=limit, changed=self.night.hurry)
        self.rules.look()

    def next_due(self, after: datetime) -> datetime | None:
        """Give the next due time; ``None`` as long as there was no usable rules file."""
        schedule = self.rules.schedule
        return next_due(schedule, after) if schedule is not None else None

    def clockwork(self) -> Clockwork:
        """Give what calls everything at its time."""
        jobs = {"night": self.night.look, "vigil": self.vigil.look, "mail": self._send_waiting}
        return Clockwork(jobs, self.next_due)

    def _send_waiting(self) -> None:
        self._given.news.send_waiting(self.rules.last_good)

    def _synchronise(self, rules: Rules, request: RunRequest, watch: Watch) -> RunReport:
        return bootstrap.synchronise(self._settings, rules, request, watch)
