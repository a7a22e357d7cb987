"""One run, from start to its record: which categories, in which order, and what ends it.

``category.py`` does one category. This module knows what concerns them all: the run's row, refused credentials, the request to
stop, the counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from syncsvc.domain.clients import Clients
from syncsvc.domain.errors import (
    UNEXPECTED_HINT,
    AnotherRunError,
    CredentialsError,
    ErrorKind,
    Refusal,
    RemoteError,
    SyncError,
    unexpected,
)
from syncsvc.domain.plan import Problem, RunStatus
from syncsvc.domain.records import Side
from syncsvc.domain.rules import CategoryPair, CategoryRules, Rules
from syncsvc.engine.category import CategorySync
from syncsvc.engine.choose import chosen_by, reads_everything, reviewed_by
from syncsvc.engine.context import Context, StoppedError
from syncsvc.engine.load import Catalogue, needs_clients
from syncsvc.engine.look import Scope
from syncsvc.engine.one import find_one
from syncsvc.engine.one_core import on_one_core
from syncsvc.engine.report import CategoryReport, RunReport
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.planning.approval import Approval
from syncsvc.planning.between import about, check_pairs
from syncsvc.planning.only import One
from syncsvc.state.database import StateError


def run(rules: Rules, request: RunRequest, around: Surroundings) -> RunReport:
    """Carry out one run and record it; every failure of a system or a record ends in the report.

    Raises :class:`RulesError` when ``request`` names a category that the rules do not have, and :class:`SyncError` when it names
    a record that neither system knows, or a run that cannot be approved.
    """
    reviewed = reviewed_by(around.store, request)
    chosen = chosen_by(rules, request, reviewed, Catalogue(around.c2, around.hector))
    started = around.now()
    full = reads_everything(rules, request, started)
    run_id = around.store.start_run(request.kind, full=full, dry_run=request.dry_run, at=started, approves=request.approve)
    report = RunReport(run_id, request.kind, full, request.dry_run, started)
    with on_one_core(), ThreadPoolExecutor(around.threads, thread_name_prefix="sync") as pool:
        conduct(Runner(rules, request, around, report, pool, reviewed=reviewed), chosen)
    return report


def conduct(runner: Runner, chosen: list[CategoryRules]) -> None:
    """Let a runner do these categories, and record how that ended, whatever it was."""
    report = runner.report
    try:
        runner.carry_out(chosen)
    except BaseException as error:
        report.status = RunStatus.FAILED
        with suppress(StateError):  # what ended the run is what people have to hear
            if isinstance(error, Exception):
                runner.record_end(error)
            runner.finish()
        raise
    try:
        runner.finish()
    except StateError as error:
        if isinstance(report.stopped_by, AnotherRunError):
            raise report.stopped_by from error
        raise


class Runner:
    """The categories of one run, one after the other."""

    def __init__(
        self,
        rules: Rules,
        request: RunRequest,
        around: Surroundings,
        report: RunReport,
        pool: ThreadPoolExecutor,
        *,
        reviewed: Mapping[tuple[str, str], Approval] | None = None,
    ) -> None:
        self._rules, self._request, self._around, self.report, self._pool = rules, request, around, report, pool
        self._reviewed = reviewed or {}
        self._one_pair: One | None = None
        self._clashes: tuple[Refusal, ...] = ()
        self._pair_ids: set[str] = set()
        """Categories of the rules that both systems know."""
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
        """Write a line to both logs: the one that people watch, and the run's own; ``debug`` goes to the first alone."""
        self._around.log(level, event, **data)
        if level != "debug":
            self._around.store.log(self.report.run, level, event, data, self._around.now())

    def carry_out(self, chosen: list[CategoryRules]) -> None:
        """Synchronise the chosen categories; refused credentials, a lost lock and a request to stop end the run."""
        self.say("info", "run started", kind=self._request.kind, dry_run=self._request.dry_run, categories=len(chosen))
        try:
            chosen = self._prepare(chosen)
            for category_rules in chosen:
                self._may_go_on()
                self._one(category_rules)
            self._close(chosen)
        except StoppedError as stopped:  # before RemoteError: a call that waited to be repeated is both
            self.report.status = RunStatus.INTERRUPTED
            self.say("warning", stopped.message)
        except (RemoteError, AnotherRunError) as error:
            self._end(error)
        except StateError:
            self._around.check_lock()  # a database that is gone has often taken the lock along: then that is what ends the run
            raise

    def _close(self, chosen: list[CategoryRules]) -> None:
        """Close the conflicts of categories that are synchronised no longer, once all that are have been looked at."""
        if not self._request.dry_run and len(chosen) == len(self._pair_ids) == len(self.report.categories):
            self._around.check_lock()
            self._around.store.close_other_conflicts(self._pair_ids)

    def finish(self) -> None:
        """Record how the run ended."""
        around, report = self._around, self.report
        report.requests = self.requests()
        report.settle(around.now())
        categories = [category.as_json() for category in report.categories]
        around.store.finish_run(report.run, report.status, report.summary(), categories, around.now())
        self.say("info", "run finished", status=report.status.value)

    def _prepare(self, chosen: list[CategoryRules]) -> list[CategoryRules]:
        """Read what every category needs, and find the one pair if only one is asked for; gives the categories to do.

        Raises :class:`RemoteError` when either system cannot be spoken to at all.
        """
        _ = self._catalogue.cmdbs
        _ = self._catalogue.hector_categories
        self._clashes = self._look_for_clashes()
        if not self._request.is_about_one_pair:
            return chosen
        category, self._one_pair = find_one(self._catalogue, self._around, self._rules, chosen, self._request)
        return [category]

    def _look_for_clashes(self) -> tuple[Refusal, ...]:
        """Find the categories that stand in each other's way: one thing can be named in two ways, so only the records tell."""
        pairs = []
        for rules in self._rules.live:
            try:
                pair, _ = self._catalogue.resolve(rules, self._rules.default_stockroom)
            except (CredentialsError, StoppedError):
                raise
            except RemoteError:
                continue  # it fails by itself, and nothing of it is written
            if pair is not None:
                pairs.append((rules, pair))
        self._pair_ids = {pair.category.id for _, pair in pairs}
        return check_pairs(pairs)

    def _end(self, error: RemoteError | AnotherRunError) -> None:
        """End the run: without its systems, or the right to write, nothing can be done."""
        self.report.stopped_by = error
        self.report.status = RunStatus.FAILED
        self.record_end(error)

    def record_end(self, error: Exception) -> None:
        """Record what ended the run, so that nobody looks for it in vain; its traceback is for the log of whoever began it."""
        if isinstance(error, SyncError):
            problem = Problem(error.kind, error.message, error.hint)
        else:
            problem = Problem(ErrorKind.INTERNAL, unexpected(error, str(error)), UNEXPECTED_HINT)
        self.report.problems.append(problem)
        self._around.store.record_problems(self.report.run, None, [problem], self._around.now())
        self.say("error", problem.message, kind=problem.kind.value, hint=problem.hint)

    def _may_go_on(self) -> None:
        self._around.check_lock()
        self._may_not_stop()

    def _may_begin(self) -> None:
        (self._around.glance_at_lock or self._around.check_lock)()
        self._may_not_stop()

    def _may_not_stop(self) -> None:
        if self._around.stop_asked():
            raise StoppedError("The run was asked to stop; what was done is stored, the next run goes on.")

    def _one(self, rules: CategoryRules) -> None:
        """Synchronise one category; a failure is the category's alone."""
        before = self.requests()
        report = CategoryReport(*rules.names)
        self.report.categories.append(report)
        try:
            self._work(rules, report)
        except (CredentialsError, StoppedError, AnotherRunError):
            report.status = RunStatus.INTERRUPTED
            raise
        except SyncError as error:
            report.status = RunStatus.FAILED
            report.unreachable, report.unrecorded = isinstance(error, RemoteError), isinstance(error, StateError)
            self._record(report, [Problem(error.kind, error.message, error.hint)])
        except BaseException:  # it ends the run, and must not count as this category's good one
            report.status = RunStatus.FAILED
            raise
        finally:
            report.settle()
            report.requests = {side: count - before[side] for side, count in self.requests().items()}
            self._around.progress.finished(f"{report.cmdb} / {report.category}", report.status)
            self.say("info", "category finished", category=report.category, status=report.status.value)

    def _work(self, rules: CategoryRules, report: CategoryReport) -> None:
        pair = self._resolve(rules, report)
        if pair is not None:
            CategorySync(self._context(pair), pair, report, self._scope(report)).carry_out()

    def _scope(self, report: CategoryReport) -> Scope:
        return Scope(self._request.dry_run, self.report.full, self._one_pair, self._reviewed.get(report.names))

    def _resolve(self, rules: CategoryRules, report: CategoryReport) -> CategoryPair | None:
        pair, refused = self._catalogue.resolve(rules, self._rules.default_stockroom)
        refusals = [*refused, *about(rules, self._clashes)]
        if not refusals:
            return pair
        report.status, report.refused_rules = RunStatus.FAILED, True
        self._record(report, [self._problem(refusal) for refusal in refusals])
        return None

    def _problem(self, refusal: Refusal) -> Problem:
        place = f" (line {refusal.line} of {self._rules.file})" if self._rules.file else ""
        return Problem(ErrorKind.VALIDATION, f"{refusal.path}: {refusal.message}{place}", refusal.hint)

    def _record(self, report: CategoryReport, problems: list[Problem]) -> None:
        new = report.add_problems(problems)
        self._around.store.record_problems(self.report.run, report.names, new, self._around.now())
        for problem in new:
            self.say("error", problem.message, kind=problem.kind.value, category=report.category, hint=problem.hint)

    def _context(self, pair: CategoryPair) -> Context:
        around = self._around
        clients = Clients(self._catalogue.clients if needs_clients(pair) else ())
        return Context(
            self.report.run,
            around.c2,
            around.hector,
            around.store,
            around.conventions(self._rules.language, clients),
            around.now,
            self.report.started_at,
            self._pool,
            progress=around.progress,
            log=self.say,
            may_write=self._may_go_on,
            may_begin=self._may_begin,
            still_ours=around.check_lock,
            patience=around.request_time_out + around.longest_wait,
            called=self._catalogue.called,
            synchronised=frozenset(self._pair_ids) if len(self._pair_ids) == len(self._rules.live) else None,
        )
