"""Nights under a fake clock: a service whose runs are recorded in a real database, driven minute by minute or night by night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from syncsvc.domain.errors import RulesError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.rules import Rules
from syncsvc.domain.told import Reason
from syncsvc.engine.report import CategoryReport, RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.scheduler.night import Night, Parts
from syncsvc.scheduler.rules_watch import RulesWatch
from syncsvc.scheduler.silence import Silent
from syncsvc.scheduler.vigil import Vigil
from syncsvc.state.retention import Retention
from syncsvc.state.store import Store
from syncsvc.state.tables import runs

RULES = """\
schedule:
  daily_at: "{daily_at}"
  time_zone: {zone}
  catch_up: {catch_up}
  full_on: {full_on}
default_stockroom: Entrepôt
cmdbs:
  - cmdb: Inventaire
    categories:
      - category: Portables
        hector_category: Laptops
        direction: →
        match_on: [Série]
        fields:
          - {{c2: Fabricant, hector: subcategory.maker}}
          - {{c2: Modèle, hector: subcategory.model}}
          - {{c2: Série, hector: asset.attributes.Serial number}}
"""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TORONTO = ZoneInfo("America/Toronto")
AFTERNOON = datetime(2026, 11, 20, 15, tzinfo=TORONTO).astimezone(UTC)
NINE = datetime(2026, 11, 20, 21, tzinfo=TORONTO).astimezone(UTC)


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def tick(self, step: timedelta = MINUTE) -> None:
        self.at += step


@dataclass
class Listener:
    """Notes what people would be told; ``breaks`` lets that fail."""

    heard: list[tuple[str, object]] = field(default_factory=list)
    breaks: bool = False

    def _note(self, kind: str, what: object) -> None:
        if self.breaks:
            raise RuntimeError("nobody can be told anything")
        self.heard.append((kind, what))

    def after_run(self, rules: Rules, report: RunReport) -> None:  # noqa: ARG002 - as the protocol has it
        self._note("run", report.status.value)

    def asked_for(self, rules: Rules, run: int) -> None:  # noqa: ARG002 - the same
        self._note("asked for", run)

    def missed(self, rules: Rules | None, nights: Sequence[datetime], why: Reason, *, caught_up: bool) -> None:  # noqa: ARG002
        self._note("missed", ([*nights], why.words, caught_up))

    def silent(self, rules: Rules, categories: Sequence[Silent]) -> None:  # noqa: ARG002 - the same
        self._note("silent", [one.category for one in categories])

    def rules_refused(self, rules: Rules | None, error: RulesError) -> None:  # noqa: ARG002 - the same
        self._note("rules", error.message)

    def send_waiting(self, rules: Rules | None) -> None:
        """Nothing waits here."""

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.heard]


@dataclass
class Nights:
    """A service in pieces; each process of it is one :meth:`start`."""

    engine: Engine
    file: Path
    clock: Clock
    news: Listener = field(default_factory=Listener)
    ends: Callable[[], RunStatus] = lambda: RunStatus.SUCCEEDED
    """How the next run ends; raises what ends it before it has begun."""
    requests: list[RunRequest] = field(default_factory=list)
    stopped: bool = False
    retention: Retention = field(default_factory=Retention)

    def write_rules(
        self, daily_at: str = "21:00", zone: str = "America/Toronto", *, catch_up: bool = True, full_on: str = "null"
    ) -> None:
        text = RULES.format(daily_at=daily_at, zone=zone, catch_up=str(catch_up).lower(), full_on=full_on)
        self.file.write_text(text, encoding="utf-8")

    def start(self) -> tuple[Night, Vigil]:
        self.stopped = False
        watch = RulesWatch(self.file, self.clock, self.news.rules_refused, self.engine)
        night = Night(
            Parts(
                self.engine,
                watch,
                self._synchronise,
                lambda: None,
                self.news,
                self.clock,
                lambda: self.stopped,
                self.retention,
            )
        )
        vigil = Vigil(self.engine, watch, self.news, self.clock, limit=timedelta(hours=26), changed=night.hurry)
        watch.look()
        return night, vigil

    def pass_time(self, night: Night, until: datetime, vigil: Vigil | None = None, step: timedelta = MINUTE) -> None:
        """Let time pass as the clockwork would: a look every minute (or ``step``)."""
        while self.clock.at < until:
            self.clock.tick(step)
            if vigil is not None:
                vigil.look()
            night.look()

    def begun(self) -> list[tuple[datetime, str]]:
        """Give when nightly runs began, and how they ended."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(runs.c.started_at, runs.c.status).where(runs.c.kind == "daily").order_by(runs.c.id))
            return [(row.started_at, row.status) for row in rows]

    def _synchronise(self, rules: Rules, request: RunRequest) -> RunReport:
        """Record a run as the engine does, and carry nothing out."""
        status = self.ends()
        self.requests.append(request)
        store, now = Store(self.engine), self.clock()
        number = store.start_run(request.kind, full=True, dry_run=False, at=now)
        report = RunReport(number, request.kind, full=True, dry_run=False, started_at=now, status=status)
        report.categories = [CategoryReport(str(c.cmdb), str(c.category), status) for c in rules.categories]
        report.settle(now)
        store.finish_run(number, status, report.summary(), [c.as_json() for c in report.categories], now)
        return report


def after_some_nights(nights: Nights, count: int = 2) -> None:
    """Let a service keep the schedule for some nights, until noon."""
    night, _ = nights.start()
    for number in range(count):
        nights.clock.at = NINE + number * DAY
        night.look()
    nights.clock.at += 15 * HOUR
    nights.news.heard.clear()
