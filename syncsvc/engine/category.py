"""One category of a run: look at it → decide → apply → look once more → record.

The look, up to a plan and the reasons to hold it, is in ``look.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.listing import values_of
from syncsvc.domain.plan import Action, Change, Outcome, Plan, Problem, RunStatus
from syncsvc.domain.records import RecordKind
from syncsvc.domain.rules import CategoryPair
from syncsvc.engine.accounts import Accounts
from syncsvc.engine.apply import Applier
from syncsvc.engine.context import Context
from syncsvc.engine.create import Creator
from syncsvc.engine.look import CategoryLook, Scope, Sight
from syncsvc.engine.new_pairs import read_created_cis
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.standing import standing_errors
from syncsvc.planning.approval import approved_part, reviewed_rows
from syncsvc.planning.guards import absences
from syncsvc.planning.only import needs_everybody, only_about, whole
from syncsvc.planning.planner import plan_again
from syncsvc.planning.siblings import only_led

PASSES = 3
"""Times that pairs a run has made, moved or given a value are merged once more; two suffice unless people work meanwhile."""

TO_BE_TRIED_AGAIN = frozenset(
    {
        ErrorKind.CREDENTIALS,
        ErrorKind.PERMISSION,
        ErrorKind.RATE_LIMITED,
        ErrorKind.NETWORK,
        ErrorKind.PROTOCOL,
        ErrorKind.SERVER,
        ErrorKind.INTERNAL,
    }
)
"""Errors that nobody mends by editing a record: after them an incremental run must look at the same records again."""


class CategorySync:
    """Synchronises one category; a dry run ends with the plan."""

    def __init__(self, context: Context, pair: CategoryPair, report: CategoryReport, scope: Scope) -> None:
        self._context, self._report, self._scope = context, report, scope
        self._look = CategoryLook(context, pair, report, scope)
        self._world, self._quiet = self._look.world, self._look.quiet
        self._accounts = Accounts(context, report)
        self._applier = Applier(context, self._world, self._accounts)
        self._relied_on: set[tuple[str, str]] = set()
        """Settlements that were taken up, by CI id and mapping; one that could not be written is tried again."""

    def carry_out(self) -> None:
        """Do it all; raises :class:`RemoteError` when a side cannot be read, and whatever ends the run."""
        self._decide(self._look.sight())
        self._report.full = self._look.everything and self._scope.one is None

    def _decide(self, sight: Sight) -> None:
        """Hold the plan, show it, or carry it out."""
        plan, reasons, looked_at = sight.plan, sight.reasons, sight.looked_at
        self._show(plan)
        carried_out = not reasons and not self._scope.dry_run
        self._accounts.add_problems(
            problem for problem in [*sight.problems, *plan.problems] if not (carried_out and problem.provisional)
        )
        if looked_at is not None and self._scope.one is None:
            self._have_along(standing_errors(self._context.store, self._world, self._report.names, looked_at))
        self._report.unchanged = plan.unchanged
        self._note_conflicts(plan)
        if reasons:
            self._hold(plan, reasons)
        elif carried_out:
            of_all = self._look.everything and self._scope.reviewed is None and self._scope.one is None
            self._context.may_write()
            self._world.begin_round(None if of_all else _written_for(plan).union(looked_at or ()))
            self._world.settle_undone(self._context.now() - timedelta(seconds=self._context.patience))
            for ci_id, status in sight.marks:
                self._world.set_status(ci_id, status)
            self._store_facts(plan, looked_at, of_all=of_all)
            self._apply(plan)
            self._context.still_ours()
            self._world.note_seen()
        self._finish(looked_at)

    def _have_along(self, left: list[Problem]) -> None:
        """Count and record the errors of records that this run does not look at, as its own."""
        before = self._report.errors
        self._accounts.add_problems(left)
        self._report.standing = self._report.errors - before
        if self._report.standing:
            event = "errors stand of records that have not changed, and were not looked at"
            self._context.say("info", event, category=self._report.category, count=self._report.standing)

    def _show(self, plan: Plan) -> None:
        self._report.planned = list(plan.changes)
        in_conflict = (value for it in plan.conflicts for value in (it.c2, it.baseline.c2 if it.baseline else None))
        self._report.clients = self._context.conventions.clients.names_of(chain(values_of(plan.changes), in_conflict))
        self._context.progress.planned(self._world.pair.title, plan)
        writes = sum(1 for change in plan.changes if change.action is not Action.LINK)
        self._context.say("info", "category planned", category=self._report.category, changes=writes)

    def _hold(self, plan: Plan, reasons: tuple[str, ...]) -> None:
        self._report.held = reasons
        self._report.status = RunStatus.HELD
        if not self._scope.dry_run:
            absent = self._scope.one is None and bool(absences(self._world.snapshot()))
            rows = reviewed_rows(plan)
            self._context.store.keep_reviewed(self._context.run_id, self._report.names, rows, absences=absent)
            self._accounts.record([(change, Outcome.PLANNED) for change in plan.changes])
        self._accounts.add_problems(_guard(reason, self._context.run_id, dry_run=self._scope.dry_run) for reason in reasons)

    def _store_facts(self, plan: Plan, looked_at: Collection[str] | None, *, of_all: bool) -> None:
        """Store what the plan found in order; which pairs are calm by that stands in the same transaction as their baselines.

        A run that does not look at all pairs (not ``of_all``) notes none of them.
        """
        if of_all:
            self._quiet.forget_all_but(plan.calm)
        else:
            self._quiet.forget(None if looked_at is None else _written_for(plan).union(looked_at))
        with self._context.store.together():
            self._applier.apply_facts(plan)
            if of_all:
                self._quiet.note(plan)

    # -- carrying out ----------------------------------------------------------------------------------------------------

    def _apply(self, plan: Plan) -> None:
        """Carry the plan out, then merge once more what it made, moved or shared, with what the answers say."""
        self._carry_out(plan)
        for _ in range(PASSES):
            touched, self._applier.touched = self._applier.touched, set()
            if not touched:
                break
            self._context.may_write()
            read_created_cis(self._context, self._world)
            plan = self._allowed(self._look.knowing_the_sharers(partial(plan_again, ci_ids=touched)))
            self._accounts.add_problems(plan.problems)
            self._note_conflicts(plan, touched)
            self._applier.apply_facts(plan)
            self._carry_out(plan)

    def _allowed(self, plan: Plan) -> Plan:
        """Give what of a second look this run may do: what was approved or is about the one pair that was asked for.

        No guard has seen what else is new with its siblings. Nor may it do what asks for pairs that were not read, or would have
        tripped a guard: what comes to a subcategory may ask for a value in the place of what all others there have.
        """
        if self._scope.reviewed is not None:
            return approved_part(plan, self._scope.reviewed.changes)
        if self._scope.one is not None:
            plan = only_about(plan, whole(self._scope.one, plan, self._world.links.values()))
        if not self._look.everything and needs_everybody(plan, self._world.pair):
            return _without_subcategories(plan)
        asks = any(change.record is RecordKind.SUBCATEGORY for change in plan.changes)
        reasons = self._look.reasons_to_hold(plan, complete=False) if asks else ()
        if not reasons:
            return plan
        event = "what a second look asks of subcategories is left to the next run, whose guards see all of it"
        self._context.say("warning", event, category=self._report.category, why="; ".join(reasons))
        return _without_subcategories(plan)

    def _carry_out(self, plan: Plan) -> None:
        applier, creator = self._applier, Creator(self._applier)
        writes = [change for change in plan.changes if change.action is not Action.LINK]
        self._context.progress.phase(self._world.pair.title, "writing", len(writes))
        # Renamed back first: one that is made next may have the name that somebody gave it.
        applier.update_subcategories(_those(writes, RecordKind.SUBCATEGORY, created=False))
        creator.create_subcategories(_those(writes, RecordKind.SUBCATEGORY, created=True))
        applier.update_assets(_those(writes, RecordKind.ASSET, created=False))
        creator.create_assets(_those(writes, RecordKind.ASSET, created=True))
        applier.update_cis(_those(writes, RecordKind.CI, created=False))
        creator.create_cis(_those(writes, RecordKind.CI, created=True))

    # -- recording -------------------------------------------------------------------------------------------------------

    def _note_conflicts(self, plan: Plan, looked_at: Collection[str] = ()) -> None:
        """Keep the conflicts that were found; those of pairs that are looked at once more may be over."""
        kept = {key: conflict for key, conflict in self._report.conflicts.items() if conflict.ci_id not in looked_at}
        self._relied_on |= set(plan.settled)
        self._report.conflicts = kept | {(conflict.ci_id, conflict.mapping): conflict for conflict in plan.conflicts}

    def _finish(self, looked_at: Collection[str] | None) -> None:
        """Record the conflicts, and from when on the next incremental run has to look."""
        world, store, context = self._world, self._context.store, self._context
        self._report.linked = len(world.links)
        category_id, found = world.pair.category.id, list(self._report.conflicts.values())
        if self._scope.dry_run:
            self._report.open_conflicts = len(found)
            self._report.known_conflicts = store.on_record(category_id, found) if found else {}
            return
        context.still_ours()

        def link_of(ci_id: str) -> int | None:
            link = world.links.get(ci_id)
            return link.id if link is not None and (looked_at is None or ci_id in looked_at) else None

        pending = self._relied_on | world.waiting_settlements
        self._report.open_conflicts = store.note_conflicts(
            context.run_id, category_id, found, link_of, context.now(), pending=pending
        )
        whole = self._scope.one is None and self._scope.reviewed is None and not self._report.held
        if whole and not any(problem.kind in TO_BE_TRIED_AGAIN for problem in self._report.problems.values()):
            store.note_good(category_id, self._look.rules, context.started, full=self._look.everything)


def _without_subcategories(plan: Plan) -> Plan:
    """Leave out what is asked of subcategories, and what their siblings would be given by that."""
    return replace(plan, changes=only_led(change for change in plan.changes if change.record is not RecordKind.SUBCATEGORY))


def _written_for(plan: Plan) -> set[str]:
    """Give the CIs for whose pairs something is to be written."""
    return {ci_id for it in plan.changes for ci_id in (it.ci_id, *(follower.ci_id for follower in it.followers)) if ci_id}


def _guard(reason: str, run_id: int, *, dry_run: bool) -> Problem:
    look = "the plan (syncsvc plan)" if dry_run else f"what it would do (syncsvc changes --run {run_id})"
    approve = "syncsvc sync, and then with --approve and its number" if dry_run else f"syncsvc sync --approve {run_id}"
    hint = f"Look at {look}. If it is what you want: {approve}."
    return Problem(ErrorKind.GUARD, f"The category is held: {reason}. Nothing of it was written.", hint)


def _those(changes: Iterable[Change], record: RecordKind, *, created: bool) -> list[Change]:
    return [change for change in changes if change.record is record and (change.action is Action.CREATE) is created]
