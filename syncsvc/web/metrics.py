"""The figures of ``/metrics``, read from the database at each scrape, so that they survive a restart; requests are not kept.

What the database tells are gauges, also where they count: runs are forgotten one day, and a counter may not go down. Times and
ages are in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from syncsvc.adapters.traffic import Passed
from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.state.category_runs import CategoryRuns
from syncsvc.state.health import Figures, figures
from syncsvc.state.outbox import GIVEN_UP, WAITING

Names = tuple[str, str]
_BY_SYSTEM = (
    ("records_read", "read", "Records that the last run read, by system."),
    ("records_created", "created", "Records that the last run created, by system."),
    ("records_updated", "updated", "Records that the last run changed, by system."),
    ("fields_written", "fields_written", "Fields that the last run wrote, by system."),
    ("requests", "requests", "HTTP requests that the last run made, by system."),
)


@dataclass(frozen=True, slots=True)
class Present:
    """What only the running service knows."""

    now: Callable[[], datetime]
    next_due: Callable[[], datetime | None]
    rules_usable: Callable[[], bool]
    running: Callable[[], bool]
    wanted: Callable[[], tuple[Names, ...]]
    """The categories that are synchronised; others are nobody's concern any more."""
    categories: Callable[[], CategoryRuns]
    """When they were carried out; may raise :class:`SyncError`."""
    silent: Callable[[], tuple[Names, ...]]
    """Those without a good run for too long; may raise :class:`SyncError`."""
    traffic: Callable[[], Mapping[tuple[str, str], Passed]]
    """Requests since the service was started, by system and status."""


def registry(engine: Engine, present: Present) -> CollectorRegistry:
    """Give all figures, those of the process (memory, open files, collected garbage) too."""
    found = CollectorRegistry()
    found.register(_FromDatabase(engine, present))
    ProcessCollector(registry=found)
    GCCollector(registry=found)
    return found


class _FromDatabase(Collector):
    def __init__(self, engine: Engine, present: Present) -> None:
        self._engine, self._present = engine, present

    def describe(self) -> Iterator[Metric]:
        """Say nothing in advance: asking the database while the service starts would be too early."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read the figures; without a database there are fewer of them."""
        present = self._present
        yield _gauge("rules_usable", "Whether the rules file can be used.", present.rules_usable())
        yield _gauge("run_under_way", "Whether the service is carrying out a run.", present.running())
        due = present.next_due()
        if due is not None:
            yield _gauge("next_run_timestamp_seconds", "When the next nightly run is due.", due.timestamp())
        yield from _requests(present.traffic())
        try:
            found, categories, silent = figures(self._engine), present.categories(), present.silent()
        except SyncError:
            yield _gauge("database_up", "Whether the database answers.", value=False)
            return
        yield _gauge("database_up", "Whether the database answers.", value=True)
        now = present.now()
        yield from _general(found, now)
        yield from _of_last_run(found)
        yield _ages(categories, present.wanted(), now)
        yield _silent(silent, present.wanted())


def _general(found: Figures, now: datetime) -> Iterator[GaugeMetricFamily]:
    runs = GaugeMetricFamily("syncsvc_runs", "Runs that are on record, by kind and status.", labels=["kind", "status"])
    for (kind, status), count in sorted(found.runs.items()):
        runs.add_metric([kind, status], count)
    yield runs
    yield _gauge("open_conflicts", "Conflicts that wait for somebody.", found.open_conflicts)
    oldest = (now - found.oldest_conflict).total_seconds() if found.oldest_conflict is not None else 0
    yield _gauge("oldest_conflict_age_seconds", "Age of the oldest of them; 0: there is none.", oldest)
    yield _gauge("mails_waiting", "Mails that have not reached everybody yet.", found.mails.get(WAITING, 0))
    yield _gauge(
        "mails_given_up", "Mails that were given up after a week; each counts for a month.", found.mails.get(GIVEN_UP, 0)
    )


def _of_last_run(found: Figures) -> Iterator[GaugeMetricFamily]:
    """Show the last run that ended, as long as there was one."""
    last = found.last
    if last is None:
        return
    status = GaugeMetricFamily("syncsvc_last_run_status", "1 for the status of the last run.", labels=["status"])
    for known in RunStatus:
        if known not in {RunStatus.RUNNING, RunStatus.DRY_RUN}:
            status.add_metric([known.value], float(last["status"] == known.value))
    yield status
    yield _gauge("last_run_timestamp_seconds", "When the last run ended.", last["finished_at"].timestamp())
    took = (last["finished_at"] - last["started_at"]).total_seconds()
    yield _gauge("last_run_duration_seconds", "How long the last run took.", took)
    for name, key, about in _BY_SYSTEM:
        yield _by_system(name, about, last.get(key) or {})
    errors = GaugeMetricFamily("syncsvc_last_run_errors", "Errors and notices of the last run, by kind.", labels=["kind"])
    for kind, count in sorted(found.last_errors.items()):
        errors.add_metric([kind], count)
    yield errors


def _by_system(name: str, about: str, counts: dict[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"syncsvc_last_run_{name}", about, labels=["system"])
    for system, count in sorted(counts.items()):
        family.add_metric([system], count)
    return family


def _ages(categories: CategoryRuns, wanted: tuple[Names, ...], now: datetime) -> GaugeMetricFamily:
    about = "Age of the last run that carried the category out; missing: there was none."
    family = GaugeMetricFamily("syncsvc_last_good_run_age_seconds", about, labels=["cmdb", "category"])
    for names in wanted:
        if names in categories.last_good:
            family.add_metric(list(names), (now - categories.last_good[names].ended).total_seconds())
    return family


def _silent(silent: tuple[Names, ...], wanted: tuple[Names, ...]) -> GaugeMetricFamily:
    about = "1: the category has had no good run for too long, perhaps never any."
    family = GaugeMetricFamily("syncsvc_silent", about, labels=["cmdb", "category"])
    for names in wanted:
        family.add_metric(list(names), float(names in silent))
    return family


def _requests(traffic: Mapping[tuple[str, str], Passed]) -> Iterator[CounterMetricFamily]:
    """Count what no database knows; from nought at each start, as counters may."""
    labels = ["system", "status"]
    counts = CounterMetricFamily("syncsvc_requests", "HTTP requests; status error: no whole answer came.", labels=labels)
    times = CounterMetricFamily("syncsvc_request_seconds", "Seconds that these requests took.", labels=labels)
    for key, passed in sorted(traffic.items()):
        counts.add_metric([*key], passed.count)
        times.add_metric([*key], passed.seconds)
    yield counts
    yield times


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"syncsvc_{name}", about, value=float(value))
