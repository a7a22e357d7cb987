"""One category of a run: read → recover → plan → guard → apply → look once more → record.

How much of it is read depends on the run: all of it, what changed since the last good run, or one pair. Where less than all
does not suffice to decide, all of it is read after all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256

from syncsvc import __version__
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Action, Agreement, Change, Plan, Problem, RunStatus
from syncsvc.domain.records import ConfigurationItem, RecordKind, Side
from syncsvc.domain.rules import CategoryPair
from syncsvc.domain.values import same
from syncsvc.engine.accounts import Accounts
from syncsvc.engine.apply import Applier
from syncsvc.engine.context import Context
from syncsvc.engine.create import NAMES, Creator
from syncsvc.engine.partial import read_changed, read_one
from syncsvc.engine.quiet import Quiet
from syncsvc.engine.read import find_hidden, find_strays, prove_absences, prove_one_absence, read_category
from syncsvc.engine.recover import recover
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.world import Fact, World
from syncsvc.planning.approval import Approval, approved_part, reviewed_rows
from syncsvc.planning.draft import Snapshot
from syncsvc.planning.guards import absences, reasons_to_hold
from syncsvc.planning.only import One, needs_everybody, only_about, whole
from syncsvc.planning.planner import plan_again, plan_category
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


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a category a run does."""

    dry_run: bool = False
    full: bool = True
    """Whether everything is to be read; otherwise what changed since the last good run, if there was one."""
    one: One | None = None
    """The only pair that is to be synchronised."""
    reviewed: Approval | None = None
    """The held changes that a person approved; nothing else is done, and no guard asks again."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at a category led to: the plan, and what must be known to decide about it."""

    plan: Plan
    reasons: tuple[str, ...] = ()
    """Why it is to be held."""
    problems: Sequence[Problem] = ()
    """What reading has found; the plan has problems of its own."""
    looked_at: Collection[str] | None = None
    """The only CIs that it knows of; ``None``: all of them."""
    marks: Sequence[tuple[str, str]] = ()
    """CI ids of links that are orphaned, or whole again, each with the new status."""


class CategorySync:
    """Synchronises one category; a dry run ends with the plan."""

    def __init__(self, context: Context, pair: CategoryPair, report: CategoryReport, scope: Scope) -> None:
        self._context, self._report, self._scope = context, report, scope
        self._world = World(context.run_id, pair, context.store, context.now)
        self._rules = digest(pair, context.conventions)
        self._quiet = Quiet(context, self._world, self._rules)
        self._accounts = Accounts(context, report)
        self._applier = Applier(context, self._world, self._accounts)
        self._everything = True
        """Whether both sides were read in full."""
        self._relied_on: set[tuple[str, str]] = set()
        """Settlements that were taken up, by CI id and mapping; one that could not be written is tried again."""

    def carry_out(self) -> None:
        """Do it all; raises :class:`RemoteError` when a side cannot be read, and whatever ends the run."""
        self._decide(self.look())
        self._report.full = self._everything and self._scope.one is None

    def look(self) -> Sight:
        """Read what must be read, and plan; where the scope is a dry run's nothing is stored by that."""
        some = self._some_pairs()
        sight = self._in_part(some) if some is not None else None
        return sight if sight is not None else self._in_full()

    @property
    def world(self) -> World:
        """What was read, and what the state holds of it."""
        return self._world

    # -- in part ---------------------------------------------------------------------------------------------------------

    def _some_pairs(self) -> Collection[str] | None:
        """Read only what this run has to look at, and give its CIs; ``None``: everything must be read."""
        scope, world, before = self._scope, self._world, self._world.before
        if scope.reviewed is not None or world.intentions:
            return None
        if scope.one is not None:
            return read_one(self._context, world, self._report, scope.one)
        if scope.full or before.last_good_at is None or before.last_full_at is None or before.rules != self._rules:
            return None
        self._context.progress.phase(world.pair.title, "reading")
        return read_changed(self._context, world, self._report, before.last_good_at)

    def _in_part(self, ci_ids: Collection[str]) -> Sight | None:
        """Plan these pairs; ``None``: that cannot be done without knowing the others."""
        self._everything = False
        self._world.load_baselines()
        plan = plan_again(self._world.snapshot(), self._context.conventions, ci_ids)
        reasons = self._reasons_to_hold(plan, complete=False)
        if needs_everybody(plan, self._world.pair) or (reasons and self._scope.one is None):
            return None
        if self._scope.one is None:
            linked = sum(1 for link in self._world.links.values() if link.status == "active")
            plan = replace(plan, unchanged=linked - (len(ci_ids) - plan.unchanged))
        return Sight(plan, reasons, looked_at=ci_ids)

    # -- in full ---------------------------------------------------------------------------------------------------------

    def _in_full(self) -> Sight:
        self._everything = True
        scope = self._scope
        self._read()
        problems: list[Problem] = []
        marks: list[tuple[str, str]] = []
        if scope.one is None:
            problems, marks = self._prove_absences()
        else:
            link = self._world.link_of(scope.one.ci_id, scope.one.asset_id)
            problems, marks = prove_one_absence(self._context, self._world, link) if link is not None else ([], [])
        problems += find_strays(self._context, self._world, scope.one)
        if not scope.dry_run:
            problems += self._recover()
        plan = self._plan()
        plan = replace(plan, unchanged=plan.unchanged + len(self._world.quiet))
        looked_at = None
        if scope.one is not None:
            one = whole(scope.one, plan, self._world.links.values())
            plan = only_about(plan, one)
            looked_at = [one.ci_id] if one.ci_id else []
        reasons = self._reasons_to_hold(plan, complete=scope.one is None)
        if scope.reviewed is not None:
            plan, reasons = approved_part(plan, scope.reviewed.changes), ()
        return Sight(plan, reasons, problems, looked_at, marks)

    def _read(self) -> None:
        self._context.progress.phase(self._world.pair.title, "reading")
        read_category(self._context, self._world, self._report, self._quiet)
        read = {side.value: count for side, count in self._report.read.items()}
        self._context.say("info", "category read", category=self._report.category, **read)

    def _prove_absences(self) -> tuple[list[Problem], list[tuple[str, str]]]:
        """Look for the linked records that were not read; a great absence that nobody reviewed is left to the next run."""
        reviewed = self._scope.reviewed
        found = prove_absences(self._context, self._world, even_if_empty=reviewed is not None and reviewed.absences)
        if reviewed is None or reviewed.absences:
            return found
        new = absences(self._world.snapshot())
        return ([_new_since_the_review(reason) for reason in new], []) if new else found

    def _recover(self) -> list[Problem]:
        if self._world.intentions:  # what a shifting list hid, a CI that was made or one that waits, would be taken for gone
            for side in Side:
                find_hidden(self._context, self._world, self._quiet, side)
        self._context.may_write()
        problems, linked = recover(self._context, self._world)
        if linked:
            self._context.say("info", "unfinished creations found again", category=self._report.category, links=linked)
        waiting = len(self._world.intentions)
        if waiting:
            event = "unfinished creations wait for the next run"
            self._context.say("warning", event, category=self._report.category, count=waiting)
        return problems

    def _plan(self) -> Plan:
        """Plan the category; what could double or mismatch records only once it is certain that no shifting list hid another."""
        self._context.progress.phase(self._world.pair.title, "planning")
        certain: set[Side] = set()
        while True:
            plan = self._knowing_the_sharers(plan_category)
            doubtful = _must_be_known(plan) - certain
            certain |= doubtful
            if not [side for side in doubtful if find_hidden(self._context, self._world, self._quiet, side)]:
                return plan

    def _knowing_the_sharers(self, plan_with: Callable[[Snapshot, Conventions], Plan]) -> Plan:
        """Plan, and plan once more as long as something is decided about subcategories that quiet pairs share."""
        while True:
            self._world.load_baselines()
            plan = plan_with(self._world.snapshot(), self._context.conventions)
            if not self._quiet.wake_sharers(plan.consulted):
                return plan

    # -- both ------------------------------------------------------------------------------------------------------------

    def _decide(self, sight: Sight) -> None:
        """Hold the plan, show it, or carry it out."""
        plan, reasons, looked_at = sight.plan, sight.reasons, sight.looked_at
        self._show(plan)
        carried_out = not reasons and not self._scope.dry_run
        self._accounts.add_problems(
            problem for problem in [*sight.problems, *plan.problems] if not (carried_out and problem.provisional)
        )
        self._report.unchanged = plan.unchanged
        self._note_conflicts(plan)
        if reasons:
            self._hold(plan, reasons)
        elif carried_out:
            of_all = self._everything and self._scope.reviewed is None and self._scope.one is None
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

    def _show(self, plan: Plan) -> None:
        self._report.planned = list(plan.changes)
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

    def _apply(self, plan: Plan) -> None:
        """Carry the plan out, then merge once more what it made, moved or shared, with what the answers say."""
        self._carry_out(plan)
        for _ in range(PASSES):
            touched, self._applier.touched = self._applier.touched, set()
            if not touched:
                break
            self._context.may_write()
            self._read_created_cis()
            plan = self._allowed(self._knowing_the_sharers(partial(plan_again, ci_ids=touched)))
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
        if not self._everything and needs_everybody(plan, self._world.pair):
            return _without_subcategories(plan)
        asks = any(change.record is RecordKind.SUBCATEGORY for change in plan.changes)
        reasons = self._reasons_to_hold(plan, complete=False) if asks else ()
        if not reasons:
            return plan
        event = "what a second look asks of subcategories is left to the next run, whose guards see all of it"
        self._context.say("warning", event, category=self._report.category, why="; ".join(reasons))
        return _without_subcategories(plan)

    def _reasons_to_hold(self, plan: Plan, *, complete: bool) -> tuple[str, ...]:
        filled = self._quiet.filled(plan, everything=self._everything)
        return reasons_to_hold(self._world.snapshot(), plan, complete=complete, filled=filled)

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

    def _read_created_cis(self) -> None:
        """Read the CIs just created: the answer to ``CI/Save`` is partial, and says nothing of their names.

        One that somebody has deleted or moved away meanwhile is not looked at once more: what it does not show is not empty.
        """
        partial = [ci.id for ci in self._world.cis.values() if ci.absent]
        if partial:
            pair = self._world.pair
            read = [ci for ci in self._context.c2.cis_by_id(pair.category, pair.c2_fields, partial) if pair.holds(ci)]
            self._world.advance([Fact([it for ci in read for it in self._unlike_sent(ci)])])
            for ci_id in partial:
                del self._world.cis[ci_id]
            self._world.cis.update({ci.id: ci for ci in read})
            self._world.note_made(read)

    def _unlike_sent(self, shown: ConfigurationItem) -> Iterator[Agreement]:
        """Let names meet as if for the first time that C2 shows otherwise than they were sent: it may have made that of them."""
        world, partial = self._world, self._world.cis[shown.id]
        known = world.baselines.get(world.links[shown.id].id, {}) if shown.id in world.links else {}
        for place in partial.absent - shown.absent:
            mapping = world.layout.mappings[place]
            baseline = known.get(mapping.key)
            if mapping.c2.key in NAMES and baseline is not None and not same(shown.values[place], baseline.c2):
                yield Agreement(shown.id, mapping.key, None)

    def _note_conflicts(self, plan: Plan, looked_at: Collection[str] = ()) -> None:
        """Keep the conflicts that were found; those of pairs that are looked at once more may be over."""
        kept = {key: conflict for key, conflict in self._report.conflicts.items() if conflict.ci_id not in looked_at}
        self._relied_on |= set(plan.settled)
        self._report.conflicts = kept | {(conflict.ci_id, conflict.mapping): conflict for conflict in plan.conflicts}

    def _finish(self, looked_at: Collection[str] | None) -> None:
        """Record the conflicts, and from when on the next incremental run has to look."""
        world, store, context = self._world, self._context.store, self._context
        self._report.linked = len(world.links)
        if self._scope.dry_run:
            self._report.open_conflicts = len(self._report.conflicts)
            return
        context.still_ours()
        category_id, found = world.pair.category.id, list(self._report.conflicts.values())

        def link_of(ci_id: str) -> int | None:
            link = world.links.get(ci_id)
            return link.id if link is not None and (looked_at is None or ci_id in looked_at) else None

        pending = self._relied_on | world.waiting_settlements
        self._report.open_conflicts = store.note_conflicts(
            context.run_id, category_id, found, link_of, context.now(), pending=pending
        )
        whole = self._scope.one is None and self._scope.reviewed is None and not self._report.held
        if whole and not any(problem.kind in TO_BE_TRIED_AGAIN for problem in self._report.problems.values()):
            store.note_good(category_id, self._rules, context.started, full=self._everything)


def _without_subcategories(plan: Plan) -> Plan:
    """Leave out what is asked of subcategories, and what their siblings would be given by that."""
    return replace(plan, changes=only_led(change for change in plan.changes if change.record is not RecordKind.SUBCATEGORY))


def _must_be_known(plan: Plan) -> set[Side]:
    """Give the sides of which every record must have been seen: where one is made, and both where two are found to match."""
    if any(change.action is Action.LINK for change in plan.changes):
        return set(Side)
    records = {RecordKind.CI, RecordKind.ASSET}
    return {change.system for change in plan.changes if change.action is Action.CREATE and change.record in records}


def _written_for(plan: Plan) -> set[str]:
    """Give the CIs for whose pairs something is to be written."""
    return {ci_id for it in plan.changes for ci_id in (it.ci_id, *(follower.ci_id for follower in it.followers)) if ci_id}


def _guard(reason: str, run_id: int, *, dry_run: bool) -> Problem:
    approve = "syncsvc sync, and then with --approve and its number" if dry_run else f"syncsvc sync --approve {run_id}"
    hint = f"Look at the plan (syncsvc plan). If it is what you want: {approve}."
    return Problem(ErrorKind.GUARD, f"The category is held: {reason}. Nothing of it was written.", hint)


def _new_since_the_review(reason: str) -> Problem:
    hint = "Look at what the next run would do (syncsvc plan): the category is held for it."
    return Problem(ErrorKind.GUARD, f"New since the review: {reason}. Nothing was marked for it.", hint)


def digest(pair: CategoryPair, conventions: Conventions) -> str:
    """Give a short text that changes when anything does by which a pair is judged: what was in order may no longer be.

    That is the rules, what the two systems say of the fields, the tenant's conventions, and this program's version.
    """
    ways = (pair.direction.value, pair.create.value, pair.when_ci_inactive.value, pair.when_asset_retired.value)
    fields = (pair.category.id, pair.hector_category.id, pair.mappings, pair.match_on, sorted(pair.ignored))
    marks = (conventions.language, conventions.decimal_mark, conventions.group_marks, conventions.day_first)
    judged_by = (__version__, ways, fields, str(conventions.time_zone), marks)
    return sha256(repr(judged_by).encode("utf-8", "surrogatepass")).hexdigest()


def _those(changes: Iterable[Change], record: RecordKind, *, created: bool) -> list[Change]:
    return [change for change in changes if change.record is record and (change.action is Action.CREATE) is created]
