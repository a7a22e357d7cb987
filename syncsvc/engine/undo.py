"""A run that puts back what another run changed: read its records again → plan → write → agree on what stands then.

The counterpart of ``run.py`` and ``category.py``, with which it shares all but the planning; ``planning/undo.py`` decides. No
guard holds it: it is asked for by a person who is shown what it does, and it writes where a run has written before, no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.listing import values_of
from syncsvc.domain.plan import Action, Change, FieldChange, Link, Plan
from syncsvc.domain.records import Level, RecordKind, Side
from syncsvc.domain.rules import CategoryPair, CategoryRules, Rules
from syncsvc.domain.undone import Kept, Reason
from syncsvc.domain.values import Value, any_same
from syncsvc.engine.accounts import Accounts
from syncsvc.engine.apply import Applier
from syncsvc.engine.columns import SUBCATEGORY_ID
from syncsvc.engine.context import Context
from syncsvc.engine.one_core import on_one_core
from syncsvc.engine.read import complete_subcategories
from syncsvc.engine.report import CategoryReport, RunReport
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.engine.run import Runner, conduct
from syncsvc.engine.world import World
from syncsvc.planning.effects import Cell, Effect, Place, effects, last_writers, place_of, wrote
from syncsvc.planning.undo import plan_undo
from syncsvc.state.undoing import Undoing
from syncsvc.state.written import WrittenRow

Names = tuple[str, str]
_CLEAR = frozenset({ErrorKind.VALIDATION, ErrorKind.PERMISSION, ErrorKind.MISSING, ErrorKind.CHANGED_MEANWHILE})
"""Problems after which it is known that nothing was written; after any other the next run looks for what has come of it."""


def undo(rules: Rules, request: RunRequest, around: Surroundings) -> RunReport:
    """Put back what the run ``request.undo`` changed, and record that as a run of its own; a dry run ends with the plan.

    Raises :class:`SyncError` for a run of which nothing can be put back: unknown, under way, a dry run, without any change.
    """
    assert request.undo is not None
    written = around.store.written_by(request.undo)
    started = around.now()
    run_id = around.store.start_run(request.kind, full=False, dry_run=request.dry_run, at=started)
    report = RunReport(run_id, request.kind, full=False, dry_run=request.dry_run, started_at=started, undoes=request.undo)
    with on_one_core(), ThreadPoolExecutor(around.threads, thread_name_prefix="undo") as pool:
        conduct(_UndoRunner(rules, request, around, report, pool, written), list(rules.categories))
    return report


class _UndoRunner(Runner):
    """The categories that a run has written, one after the other, whatever directions they have by now."""

    def __init__(  # noqa: PLR0917 - those of a runner, and what is to be undone
        self,
        rules: Rules,
        request: RunRequest,
        around: Surroundings,
        report: RunReport,
        pool: ThreadPoolExecutor,
        written: Sequence[WrittenRow],
    ) -> None:
        super().__init__(rules, request, around, report, pool)
        self._written: dict[Names, list[WrittenRow]] = {}
        for row in written:
            self._written.setdefault(row.names, []).append(row)
        self._later = _later_writes(around, request.undo or 0, written)
        self._pairs: dict[CategoryRules, tuple[Names, CategoryPair]] = {}

    def _prepare(self, chosen: list[CategoryRules]) -> list[CategoryRules]:
        """Find today's rules for each category that the run has written; what has none any more is kept as it is."""
        self.say("info", "a run is to be undone", undoes=self._request.undo)
        ids = {names: self._category_of(rows) for names, rows in self._written.items()}
        tied = {pair.category.id: (rules, pair) for rules, pair in self._tied(chosen)}
        for names, category_id in ids.items():
            if category_id in tied:
                rules, pair = tied[category_id]
                self._pairs[rules] = names, pair
            else:
                self._keep_all(names, Reason.PARTED if category_id is None else Reason.NOT_MAPPED)
        return list(self._pairs)

    def _tied(self, chosen: Iterable[CategoryRules]) -> Iterator[tuple[CategoryRules, CategoryPair]]:
        for rules in chosen:
            pair = self._catalogue.tie(rules)
            if pair is not None:
                yield rules, pair

    def _category_of(self, rows: Sequence[WrittenRow]) -> str | None:
        """Give the id of the C2 category that these changes are of, by the links of their CIs; ``None``: none is linked now."""
        known = self._around.store.categories_of({row.change.ci_id for row in rows if row.change.ci_id is not None})
        return Counter(known.values()).most_common(1)[0][0] if known else None

    def _keep_all(self, names: Names, reason: Reason) -> None:
        report = CategoryReport(*names, full=False)
        found, kept = effects(_changes(self._written[names]))
        report.kept = (*kept, *(Kept(replace(it.change, fields=(of,)), reason) for it in found for of in it.fields.values()))
        report.settle()
        self.report.categories.append(report)

    def _work(self, rules: CategoryRules, report: CategoryReport) -> None:
        names, pair = self._pairs[rules]
        report.full = False
        category = CategoryUndo(self._context(pair), pair, report, self._later)
        category.carry_out(_changes(self._written[names]), dry_run=self._request.dry_run)

    def _close(self, chosen: list[CategoryRules]) -> None:
        """Close no conflicts: nobody has looked at them."""


def _changes(rows: Iterable[WrittenRow]) -> list[Change]:
    """Give the changes of these rows; one that an earlier version recorded names its records alone."""
    return [row.change for row in rows]


def _later_writes(around: Surroundings, run_id: int, written: Iterable[WrittenRow]) -> dict[Cell, int]:
    """Give the fields that this run wrote and a later one has written again, with the last run that did."""
    own = {cell for row in written for cell in wrote(row.change)}
    return last_writers(((row.run, row.change) for row in around.store.written_since(run_id)), own)


class CategoryUndo:
    """Puts back what a run changed in one category."""

    def __init__(self, context: Context, pair: CategoryPair, report: CategoryReport, later: Mapping[Cell, int]) -> None:
        self._context, self._report, self._later = context, report, later
        self._world = World(context.run_id, pair, context.store, context.now)
        self._world.histories.undoes = True
        self._accounts = Accounts(context, report)

    def carry_out(self, changes: Sequence[Change], *, dry_run: bool) -> None:
        """Read, plan, and unless it is a dry run, write; raises :class:`RemoteError` when a side cannot be read."""
        done, kept = effects(changes)
        self._read(done)
        links = list(self._world.links.values())
        found = plan_undo(self._world.snapshot(), self._context.conventions, done, self._later, links)
        self._show(found.plan, [*kept, *found.kept])
        if not dry_run and found.plan.changes:
            self._apply(found.plan)

    def _show(self, plan: Plan, kept: Sequence[Kept]) -> None:
        report, context = self._report, self._context
        report.planned, report.kept = list(plan.changes), tuple(kept)
        shown = chain(values_of([*plan.changes, *(it.change for it in kept)]), (it.now for it in kept))
        report.clients = context.conventions.clients.names_of(shown)
        report.linked = len(self._world.links)
        context.progress.planned(self._world.pair.title, plan)
        reasons = Counter(it.reason.value for it in kept)
        context.say("info", "undo planned", category=report.category, changes=len(plan.changes), left=dict(reasons))

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _read(self, done: Collection[Effect]) -> None:
        """Read the records that the run wrote, their counterparts, and whoever shares a subcategory that it wrote."""
        context, world, pair = self._context, self._world, self._world.pair
        context.progress.phase(pair.title, "reading")
        listed = context.hector.subcategories(pair.hector_category.id, pair.subcategory_fields)
        world.subcategories = {subcategory.id: subcategory for subcategory in listed}
        concerned = self._concerned(done)
        ci_ids, asset_ids = [link.ci_id for link in concerned], [link.asset_id for link in concerned]
        asked = context.pool.submit(context.c2.cis_by_id, pair.category, pair.c2_fields, ci_ids) if ci_ids else None
        assets = context.hector.assets_by_id(asset_ids, pair.asset_fields) if asset_ids else []
        cis = asked.result() if asked is not None else []
        self._report.read = {Side.C2: len(cis), Side.HECTOR: len(assets)}
        world.cis = {ci.id: ci for ci in cis if ci.category_id == pair.category.id}
        world.assets = {asset.id: asset for asset in assets if asset.category_id == pair.hector_category.id}
        away = {ci.id for ci in cis}.difference(world.cis), {asset.id for asset in assets}.difference(world.assets)
        world.moved = {link.ci_id for link in concerned if link.ci_id in away[0] or link.asset_id in away[1]}
        complete_subcategories(context, world, world.assets.values())
        world.load_baselines()
        absent = [link.id for link in concerned if link.id not in world.baselines]
        world.baselines |= context.store.baselines_of(pair.category.id, absent)

    def _concerned(self, done: Iterable[Effect]) -> list[Link]:
        ci_ids, asset_ids, subcategory_ids = set(), set(), set()
        for effect in done:
            match effect.change.record:
                case RecordKind.CI:
                    ci_ids.add(effect.change.ci_id)
                case RecordKind.ASSET:
                    asset_ids.add(effect.change.asset_id)
                case RecordKind.SUBCATEGORY:
                    subcategory_ids |= {effect.change.subcategory_id, None}
        links = self._world.links.values()
        return [it for it in links if it.ci_id in ci_ids or it.asset_id in asset_ids or it.subcategory_id in subcategory_ids]

    # -- writing ---------------------------------------------------------------------------------------------------------

    def _apply(self, plan: Plan) -> None:
        """Write Hector first: what a CI's baseline is to say of it is what was really put back there."""
        context, world, applier = self._context, self._world, Applier(self._context, self._world, self._accounts)
        context.may_write()
        world.settle_undone(context.now() - timedelta(seconds=context.patience))
        back = _Back.of(plan)
        rows = list(self._undoing(plan, back))
        link_ids = {row.link_id for row in rows}
        with context.store.together():
            context.store.begin_undoing(rows, context.now())
            context.store.forget_calm(link_ids)
        world.open_undoing |= link_ids
        applier.apply_facts(Plan())
        context.progress.phase(world.pair.title, "writing", len(plan.changes))
        by_kind = {kind: [it for it in plan.changes if it.record is kind] for kind in RecordKind}
        applier.update_subcategories(by_kind[RecordKind.SUBCATEGORY])
        applier.update_assets(by_kind[RecordKind.ASSET])
        applier.update_cis([self._with_what_stands(change, back) for change in by_kind[RecordKind.CI]])
        if all(problem.kind in _CLEAR for problem in self._report.problems.values()):
            context.store.forget_undoing(link_ids, context.now())

    def _undoing(self, plan: Plan, back: _Back) -> Iterator[Undoing]:
        """Say of each link what it is about to hold."""
        world = self._world
        for change in plan.changes:
            after = {field.mapping: field.after for field in change.fields}
            for follower in change.followers:
                yield Undoing(world.links[follower.ci_id].id, follower.mapping, Side.HECTOR, after[follower.mapping])
            if change.record is not RecordKind.SUBCATEGORY and change.ci_id is not None:
                link = world.links[change.ci_id]
                if change.action is Action.MOVE:
                    yield Undoing(link.id, SUBCATEGORY_ID, Side.HECTOR, str(change.subcategory_id))
                    after = self._of_the_subcategory(change.subcategory_id, back) | after
                yield from (Undoing(link.id, mapping, change.system, value) for mapping, value in after.items())

    def _of_the_subcategory(self, subcategory_id: int | None, back: _Back) -> dict[str, Value]:
        """Give what the subcategory is to hold to which an asset is moved back, by mapping: it may be put back itself."""
        assert subcategory_id is not None
        layout, there = self._world.layout, self._world.subcategories[subcategory_id]
        mappings = [it for it in layout.mappings if it.hector.level is Level.SUBCATEGORY]
        own = {it.key: layout.subcategory_value(there, layout.place[it.key]) for it in mappings}
        return own | back.values.get((Side.HECTOR, RecordKind.SUBCATEGORY, str(subcategory_id)), {})

    def _with_what_stands(self, change: Change, back: _Back) -> Change:
        """Let a CI agree with what Hector holds by now where that was put back; anything else there may be somebody's edit."""
        assert change.asset_id is not None
        asset, layout = self._world.assets[change.asset_id], self._world.layout
        put_back = dict(back.values.get((Side.HECTOR, RecordKind.SUBCATEGORY, str(asset.subcategory_id)), {}))
        if back.homes.get(asset.id) == asset.subcategory_id:
            put_back |= self._of_the_subcategory(asset.subcategory_id, back)
        put_back |= back.values.get((Side.HECTOR, RecordKind.ASSET, str(asset.id)), {})
        now = self._world.hector_values(asset)

        def stands(field: FieldChange) -> bool:
            if field.mapping not in put_back:
                return False
            mapping = layout.mappings[layout.place[field.mapping]]
            return any_same(now[field.mapping], Conventions.stored(put_back[field.mapping], mapping.hector))

        fields = tuple(replace(field, basis=now[field.mapping]) if stands(field) else field for field in change.fields)
        return replace(change, fields=fields)


@dataclass(frozen=True, slots=True)
class _Back:
    """What a plan puts back: values by record and mapping, and for assets the subcategories that they are moved back to."""

    values: Mapping[Place, dict[str, Value]]
    homes: Mapping[int | None, int | None]

    @classmethod
    def of(cls, plan: Plan) -> _Back:
        values: dict[Place, dict[str, Value]] = {}
        for change in plan.changes:
            where = place_of(change)
            assert where is not None
            values.setdefault(where, {}).update((field.mapping, field.after) for field in change.fields)
        homes = {change.asset_id: change.subcategory_id for change in plan.changes if change.action is Action.MOVE}
        return cls(values, homes)
