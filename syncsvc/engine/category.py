"""One category of a run: read → recover → plan → guard → apply → look once more → record."""

from __future__ import annotations

from collections.abc import Iterable

from syncsvc.domain.plan import Action, Change, Plan, Problem, RunStatus
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.rules import CategoryPair
from syncsvc.engine.apply import Applier
from syncsvc.engine.context import Context
from syncsvc.engine.create import Creator
from syncsvc.engine.read import find_hidden_cis, prove_absences, read_category
from syncsvc.engine.recover import recover
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.world import World
from syncsvc.planning.guards import reasons_to_hold
from syncsvc.planning.planner import plan_again, plan_category

PASSES = 3
"""Times that pairs a run has made, moved or given a value are merged once more; two suffice unless people work meanwhile."""


class CategorySync:
    """Synchronises one category; a dry run ends with the plan."""

    def __init__(self, context: Context, pair: CategoryPair, report: CategoryReport, *, dry_run: bool) -> None:
        self._context, self._report, self._dry_run = context, report, dry_run
        self._world = World(context.run_id, pair, context.store, context.now)
        self._applier = Applier(context, self._world, report)

    def carry_out(self) -> None:
        """Do it all; raises :class:`RemoteError` when a side cannot be read, and whatever ends the run."""
        self._read()
        problems, marks = prove_absences(self._context, self._world)
        if not self._dry_run:
            problems += self._recover()
        plan = self._plan()
        reasons = reasons_to_hold(self._world.snapshot(), plan)
        self._show(plan)
        carried_out = not reasons and not self._dry_run
        self._applier.add_problems(
            problem for problem in [*problems, *plan.problems] if not (carried_out and problem.provisional)
        )
        self._report.unchanged = plan.unchanged
        if reasons:
            self._hold(reasons)
        elif carried_out:
            for ci_id, status in marks:
                self._world.set_status(ci_id, status)
            self._apply(plan)
            self._world.note_seen()
        self._finish(plan)

    def _read(self) -> None:
        self._context.progress.phase(self._world.pair.title, "reading")
        read_category(self._context, self._world, self._report)
        read = {side.value: count for side, count in self._report.read.items()}
        self._context.say("info", "category read", category=self._report.category, **read)

    def _recover(self) -> list[Problem]:
        problems, linked = recover(self._context, self._world)
        if linked:
            self._context.say("info", "unfinished creations found again", category=self._report.category, links=linked)
        return problems

    def _plan(self) -> Plan:
        """Plan the category; where CIs would be created, only once it is certain that none was hidden by a shifting list."""
        self._context.progress.phase(self._world.pair.title, "planning")
        plan = plan_category(self._world.snapshot(), self._context.conventions)
        creates_cis = any(change.action is Action.CREATE and change.system is Side.C2 for change in plan.changes)
        if creates_cis and find_hidden_cis(self._context, self._world):
            plan = plan_category(self._world.snapshot(), self._context.conventions)
        return plan

    def _show(self, plan: Plan) -> None:
        self._report.planned = list(plan.changes)
        self._context.progress.planned(self._world.pair.title, plan)
        writes = sum(1 for change in plan.changes if change.action is not Action.LINK)
        self._context.say("info", "category planned", category=self._report.category, changes=writes)

    def _hold(self, reasons: tuple[str, ...]) -> None:
        self._report.held = reasons
        self._report.status = RunStatus.HELD
        for reason in reasons:
            self._context.say("warning", "category held", category=self._report.category, reason=reason)

    def _apply(self, plan: Plan) -> None:
        """Carry the plan out, then merge once more what it made, moved or shared, with what the answers say."""
        self._carry_out(plan)
        for _ in range(PASSES):
            touched, self._applier.touched = self._applier.touched, set()
            if not touched:
                break
            self._read_created_cis()
            plan = plan_again(self._world.snapshot(), self._context.conventions, touched)
            self._applier.add_problems(plan.problems)
            self._note_conflicts(plan)
            self._carry_out(plan)

    def _carry_out(self, plan: Plan) -> None:
        applier, creator = self._applier, Creator(self._applier)
        writes = [change for change in plan.changes if change.action is not Action.LINK]
        self._context.progress.phase(self._world.pair.title, "writing", len(writes))
        applier.apply_facts(plan)
        creator.create_subcategories(_those(writes, RecordKind.SUBCATEGORY, created=True))
        applier.update_subcategories(_those(writes, RecordKind.SUBCATEGORY, created=False))
        applier.update_assets(_those(writes, RecordKind.ASSET, created=False))
        creator.create_assets(_those(writes, RecordKind.ASSET, created=True))
        applier.update_cis(_those(writes, RecordKind.CI, created=False))
        creator.create_cis(_those(writes, RecordKind.CI, created=True))

    def _read_created_cis(self) -> None:
        """Read the CIs just created: the answer to ``CI/Save`` is partial, and says nothing of their names."""
        partial = [ci.id for ci in self._world.cis.values() if ci.absent]
        if partial:
            pair = self._world.pair
            read = self._context.c2.cis_by_id(pair.category, pair.c2_fields, partial)
            self._world.cis.update({ci.id: ci for ci in read})

    def _note_conflicts(self, plan: Plan) -> None:
        self._report.conflicts.update({(conflict.ci_id, conflict.mapping): conflict for conflict in plan.conflicts})

    def _finish(self, plan: Plan) -> None:
        self._note_conflicts(plan)
        self._report.linked = len(self._world.links)
        if self._dry_run:
            self._report.open_conflicts = len(self._report.conflicts)
            return
        ids = {link.ci_id: link.id for link in self._world.links.values()}
        self._report.open_conflicts = self._context.store.note_conflicts(
            self._context.run_id, self._world.pair.category.id, list(self._report.conflicts.values()), ids, self._context.now()
        )


def _those(changes: Iterable[Change], record: RecordKind, *, created: bool) -> list[Change]:
    return [change for change in changes if change.record is record and (change.action is Action.CREATE) is created]
