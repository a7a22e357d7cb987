"""A look at one category: read → recover → plan → guard, up to what is to be decided. Carrying it out is ``category.py``'s part.

How much of it is read depends on the run: all of it, what changed since the last good run, or one pair. Where less than all
does not suffice to decide, all of it is read after all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from syncsvc import __version__
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Action, Plan, Problem
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.rules import CategoryPair
from syncsvc.engine.context import Context
from syncsvc.engine.partial import read_changed, read_one
from syncsvc.engine.quiet import Quiet
from syncsvc.engine.read import find_hidden, find_strays, prove_absences, prove_one_absence, read_category
from syncsvc.engine.recover import recover
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.world import World
from syncsvc.planning.approval import Approval, approved_part
from syncsvc.planning.guards import absences, reasons_to_hold
from syncsvc.planning.only import One, needs_everybody, only_about, whole
from syncsvc.planning.planner import plan_again, plan_category
from syncsvc.planning.snapshot import Snapshot


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


class CategoryLook:
    """Reads and plans one category. Nothing is stored by that but what became of earlier creations, and that in no dry run."""

    def __init__(self, context: Context, pair: CategoryPair, report: CategoryReport, scope: Scope) -> None:
        self._context, self._report, self._scope = context, report, scope
        self.world = World(context.run_id, pair, context.store, context.now)
        """What was read, and what the state holds of it."""
        self.rules = digest(pair, context.conventions)
        self.quiet = Quiet(context, self.world, self.rules)
        self.everything = True
        """Whether both sides were read in full."""

    def sight(self) -> Sight:
        """Read what must be read, and plan; raises :class:`RemoteError` when a side cannot be read."""
        some = self._some_pairs()
        sight = self._in_part(some) if some is not None else None
        return sight if sight is not None else self._in_full()

    # -- in part ---------------------------------------------------------------------------------------------------------

    def _some_pairs(self) -> Collection[str] | None:
        """Read only what this run has to look at, and give its CIs; ``None``: everything must be read."""
        scope, world, before = self._scope, self.world, self.world.before
        if scope.reviewed is not None or world.unfinished.intentions:
            return None
        if scope.one is not None:
            return read_one(self._context, world, self._report, scope.one)
        if scope.full or before.last_good_at is None or before.last_full_at is None or before.rules != self.rules:
            return None
        self._context.progress.phase(world.pair.title, "reading")
        return read_changed(self._context, world, self._report, before.last_good_at)

    def _in_part(self, ci_ids: Collection[str]) -> Sight | None:
        """Plan these pairs; ``None``: that cannot be done without knowing the others."""
        self.everything = False
        self.world.load_baselines()
        plan = plan_again(self.world.snapshot(), self._context.conventions, ci_ids)
        reasons = self.reasons_to_hold(plan, complete=False)
        if needs_everybody(plan, self.world.pair) or (reasons and self._scope.one is None):
            return None
        if self._scope.one is None:
            linked = sum(1 for link in self.world.links.values() if link.status == "active")
            plan = replace(plan, unchanged=linked - (len(ci_ids) - plan.unchanged))
        return Sight(plan, reasons, looked_at=ci_ids)

    # -- in full ---------------------------------------------------------------------------------------------------------

    def _in_full(self) -> Sight:
        self.everything = True
        scope = self._scope
        self._read()
        problems: list[Problem] = []
        marks: list[tuple[str, str]] = []
        if scope.one is None:
            problems, marks = self._prove_absences()
        else:
            link = self.world.link_of(scope.one.ci_id, scope.one.asset_id)
            problems, marks = prove_one_absence(self._context, self.world, link) if link is not None else ([], [])
        problems += find_strays(self._context, self.world, scope.one)
        if not scope.dry_run:
            problems += self._recover()
        plan = self._plan()
        plan = replace(plan, unchanged=plan.unchanged + len(self.world.quiet))
        looked_at = None
        if scope.one is not None:
            one = whole(scope.one, plan, self.world.links.values())
            plan = only_about(plan, one)
            looked_at = [one.ci_id] if one.ci_id else []
        reasons = self.reasons_to_hold(plan, complete=scope.one is None)
        if scope.reviewed is not None:
            plan, reasons = approved_part(plan, scope.reviewed.changes), ()
        return Sight(plan, reasons, problems, looked_at, marks)

    def _read(self) -> None:
        self._context.progress.phase(self.world.pair.title, "reading")
        read_category(self._context, self.world, self._report, self.quiet)
        read = {side.value: count for side, count in self._report.read.items()}
        self._context.say("info", "category read", category=self._report.category, **read)

    def _prove_absences(self) -> tuple[list[Problem], list[tuple[str, str]]]:
        """Look for the linked records that were not read; a great absence that nobody reviewed is left to the next run."""
        reviewed = self._scope.reviewed
        found = prove_absences(self._context, self.world, even_if_empty=reviewed is not None and reviewed.absences)
        if reviewed is None or reviewed.absences:
            return found
        new = absences(self.world.snapshot())
        return ([_new_since_the_review(reason) for reason in new], []) if new else found

    def _recover(self) -> list[Problem]:
        if self.world.unfinished.intentions:
            # What a shifting list hid, a CI that was made or one that waits, would be taken for gone.
            for side in Side:
                find_hidden(self._context, self.world, self.quiet, side)
        self._context.may_write()
        problems, linked = recover(self._context, self.world)
        if linked:
            self._context.say("info", "unfinished creations found again", category=self._report.category, links=linked)
        waiting = len(self.world.unfinished.intentions)
        if waiting:
            event = "unfinished creations wait for the next run"
            self._context.say("warning", event, category=self._report.category, count=waiting)
        return problems

    def _plan(self) -> Plan:
        """Plan the category; what could double or mismatch records only once it is certain that no shifting list hid another."""
        self._context.progress.phase(self.world.pair.title, "planning")
        certain: set[Side] = set()
        while True:
            plan = self.knowing_the_sharers(plan_category)
            doubtful = _must_be_known(plan) - certain
            certain |= doubtful
            if not [side for side in doubtful if find_hidden(self._context, self.world, self.quiet, side)]:
                return plan

    def knowing_the_sharers(self, plan_with: Callable[[Snapshot, Conventions], Plan]) -> Plan:
        """Plan, and plan once more as long as something is decided about subcategories that quiet pairs share."""
        while True:
            self.world.load_baselines()
            plan = plan_with(self.world.snapshot(), self._context.conventions)
            if not self.quiet.wake_sharers(plan.consulted):
                return plan

    def reasons_to_hold(self, plan: Plan, *, complete: bool) -> tuple[str, ...]:
        """Give why a guard holds a plan; ``complete``: it speaks of the whole category."""
        filled = self.quiet.filled(plan, everything=self.everything)
        return reasons_to_hold(self.world.snapshot(), plan, complete=complete, filled=filled)


def _new_since_the_review(reason: str) -> Problem:
    hint = "Look at what the next run would do (syncsvc plan): the category is held for it."
    return Problem(ErrorKind.GUARD, f"New since the review: {reason}. Nothing was marked for it.", hint)


def digest(pair: CategoryPair, conventions: Conventions) -> str:
    """Give a short text that changes when anything does by which a pair is judged: what was in order may no longer be.

    That is the rules, what the two systems say of the fields, the tenant's conventions, and this program's version. The names
    too: by them the errors are on record that a run in part has along.
    """
    ways = (pair.direction.value, pair.create.value, pair.when_ci_inactive.value, pair.when_asset_retired.value)
    fields = (pair.names, pair.category.id, pair.hector_category.id, pair.mappings, pair.match_on, sorted(pair.ignored))
    marks = (conventions.language, conventions.decimal_mark, conventions.group_marks, conventions.day_first)
    judged_by = (__version__, ways, fields, str(conventions.time_zone), marks)
    return sha256(repr(judged_by).encode("utf-8", "surrogatepass")).hexdigest()


def _must_be_known(plan: Plan) -> set[Side]:
    """Give the sides of which every record must have been seen: where one is made, and both where two are found to match."""
    if any(change.action is Action.LINK for change in plan.changes):
        return set(Side)
    records = {RecordKind.CI, RecordKind.ASSET}
    return {change.system for change in plan.changes if change.action is Action.CREATE and change.record in records}
