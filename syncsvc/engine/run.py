"""One run, from start to its record: which categories, in which order, and what ends it.

``category.py`` does one category. This module knows what concerns them all: the run's row, refused credentials, the request to
stop, the counts.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncsvc.adapters.base import C2, Hector
from syncsvc.domain.conventions import Clients, Conventions
from syncsvc.domain.errors import CredentialsError, ErrorKind, Refusal, RemoteError, RulesError, SyncError
from syncsvc.domain.plan import Problem, RunStatus
from syncsvc.domain.records import Side
from syncsvc.domain.rules import CategoryPair, CategoryRules, Direction, Rules
from syncsvc.domain.values import fold
from syncsvc.engine.category import CategorySync
from syncsvc.engine.context import Context, Progress, StoppedError, Unwatched
from syncsvc.engine.load import Catalogue, needs_clients
from syncsvc.engine.report import CategoryReport, RunReport
from syncsvc.state.store import Store

Logger = Callable[..., None]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What somebody asks for."""

    kind: str = "manual"
    full: bool = True
    dry_run: bool = False
    category: str | None = None
    """Name of the one category to synchronise; ``None``: all of them."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run works with, joined by ``bootstrap.py`` (or by a test)."""

    c2: C2
    hector: Hector
    store: Store
    conventions: Callable[[str, Clients], Conventions]
    """Makes the tenant's conventions for the rules' language and the clients that C2 lists."""
    now: Callable[[], datetime]
    progress: Progress = field(default_factory=Unwatched)
    log: Logger = lambda *_args, **_data: None
    """Takes a level, an event and its data: the log that people watch."""
    stop_asked: Callable[[], bool] = lambda: False
    check_lock: Callable[[], None] = lambda: None
    """Raises when this process no longer has the right to write."""
    threads: int = 8
    request_time_out: float = 60.0


def run(rules: Rules, request: RunRequest, around: Surroundings) -> RunReport:
    """Carry out one run and record it; every failure of a system or a record ends in the report.

    Raises :class:`RulesError` before anything is read when ``request`` names a category that the rules do not have.
    """
    chosen = _chosen(rules, request)
    started = around.now()
    run_id = around.store.start_run(request.kind, full=request.full, dry_run=request.dry_run, at=started)
    report = RunReport(run_id, request.kind, request.full, request.dry_run, started)
    with ThreadPoolExecutor(around.threads, thread_name_prefix="sync") as pool:
        runner = _Run(rules, request, around, report, pool)
        try:
            runner.carry_out(chosen)
        except BaseException:
            report.status = RunStatus.FAILED
            raise
        finally:
            report.requests = runner.requests()
            report.settle(around.now())
            around.store.finish_run(
                run_id, report.status, report.summary(), [c.as_json() for c in report.categories], around.now()
            )
            runner.say("info", "run finished", status=report.status.value)
    return report


def _chosen(rules: Rules, request: RunRequest) -> list[CategoryRules]:
    live = [category for category in rules.categories if category.direction is not Direction.NONE]
    if request.category is None:
        return live
    wanted = fold(request.category)
    found = [c for c in live if wanted in {fold(str(c.category)), fold(f"{c.cmdb} / {c.category}")}]
    if not found:
        names = ", ".join(f"“{category.category}”" for category in live) or "none at all"
        refusal = Refusal(f"The rules synchronise no category “{request.category}”.", f"They synchronise: {names}.")
        raise RulesError((refusal,), file=rules.file)
    return found


class _Run:
    """The categories of one run, one after the other."""

    def __init__(
        self, rules: Rules, request: RunRequest, around: Surroundings, report: RunReport, pool: ThreadPoolExecutor
    ) -> None:
        self._rules, self._request, self._around, self._report, self._pool = rules, request, around, report, pool
        self._catalogue = Catalogue(around.c2, around.hector)
        self._before = {Side.C2: around.c2.requests, Side.HECTOR: around.hector.requests}

    def requests(self) -> dict[Side, int]:
        """Give the HTTP requests that this run made."""
        around = self._around
        return {
            Side.C2: around.c2.requests - self._before[Side.C2],
            Side.HECTOR: around.hector.requests - self._before[Side.HECTOR],
        }

    def say(self, level: str, event: str, **data: Any) -> None:
        """Write a line to both logs: the one that people watch, and the run's own."""
        self._around.log(level, event, **data)
        self._around.store.log(self._report.run, level, event, data, self._around.now())

    def carry_out(self, chosen: list[CategoryRules]) -> None:
        """Synchronise the chosen categories; refused credentials and a request to stop end the run."""
        self.say("info", "run started", kind=self._request.kind, dry_run=self._request.dry_run, categories=len(chosen))
        if not self._can_read():
            return
        for category_rules in chosen:
            try:
                self._may_go_on()
                self._one(category_rules)
            except StoppedError as stopped:
                self._report.status = RunStatus.INTERRUPTED
                self.say("warning", stopped.message)
                return
            except CredentialsError as error:
                self._end(error)
                return

    def _can_read(self) -> bool:
        """Read what every category needs: one call to each system shows whether it can be spoken to at all."""
        try:
            _ = self._catalogue.cmdbs
            _ = self._catalogue.hector_categories
        except RemoteError as error:
            self._end(error)
            return False
        return True

    def _end(self, error: RemoteError) -> None:
        """End the run: without its systems nothing can be done."""
        self._report.stopped_by = error
        self._report.status = RunStatus.FAILED
        problem = Problem(error.kind, error.message, error.hint)
        self._report.problems.append(problem)
        self._around.store.record_problems(self._report.run, None, [problem], self._around.now())
        self.say("error", error.message, kind=error.kind.value, hint=error.hint)

    def _may_go_on(self) -> None:
        self._around.check_lock()
        if self._around.stop_asked():
            raise StoppedError("The run was asked to stop; what was done is stored, the next run goes on.")

    def _one(self, rules: CategoryRules) -> None:
        """Synchronise one category; a failure is the category's alone."""
        before = self.requests()
        report = CategoryReport(str(rules.cmdb), str(rules.category))
        self._report.categories.append(report)
        try:
            pair = self._resolve(rules, report)
            if pair is not None:
                CategorySync(self._context(pair), pair, report, dry_run=self._request.dry_run).carry_out()
        except (CredentialsError, StoppedError):
            report.status = RunStatus.INTERRUPTED
            raise
        except SyncError as error:
            report.status = RunStatus.FAILED
            report.unreachable = isinstance(error, RemoteError)
            self._record(report, [Problem(error.kind, error.message, error.hint)])
        finally:
            report.settle()
            report.requests = {side: count - before[side] for side, count in self.requests().items()}
            self._around.progress.finished(f"{report.cmdb} / {report.category}", report.status)
            self.say("info", "category finished", category=report.category, status=report.status.value)

    def _resolve(self, rules: CategoryRules, report: CategoryReport) -> CategoryPair | None:
        pair, refusals = self._catalogue.resolve(rules, self._rules.default_stockroom)
        if not refusals:
            return pair
        report.status, report.refused_rules = RunStatus.FAILED, True
        place = f" (line {{}} of {self._rules.file})" if self._rules.file else ""
        self._record(
            report,
            [
                Problem(ErrorKind.VALIDATION, f"{refusal.path}: {refusal.message}{place.format(refusal.line)}", refusal.hint)
                for refusal in refusals
            ],
        )
        return None

    def _record(self, report: CategoryReport, problems: list[Problem]) -> None:
        new = report.add_problems(problems)
        self._around.store.record_problems(self._report.run, report.names, new, self._around.now())
        for problem in new:
            self.say("error", problem.message, kind=problem.kind.value, category=report.category, hint=problem.hint)

    def _context(self, pair: CategoryPair) -> Context:
        around = self._around
        clients = Clients(self._catalogue.clients if needs_clients(pair) else ())
        return Context(
            self._report.run,
            around.c2,
            around.hector,
            around.store,
            around.conventions(self._rules.language, clients),
            around.now,
            self._pool,
            around.progress,
            self.say,
            self._may_go_on,
            around.request_time_out,
        )
