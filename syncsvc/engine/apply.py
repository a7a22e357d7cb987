"""Carrying out a plan: links, subcategories, assets, CIs, in that order, each fact stored as it happens.

Records are read again at most twenty at a time right before they are written. Remote calls run in a pool of threads
(``writes.py``); the store is written by this thread alone. What is created is in ``create.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from syncsvc.domain.errors import CredentialsError, ErrorKind, RemoteError, SyncError
from syncsvc.domain.plan import (
    ACTIVITY,
    Action,
    ActivityAgreement,
    Agreement,
    Baseline,
    Change,
    FieldChange,
    Outcome,
    Plan,
    Problem,
    Why,
)
from syncsvc.domain.records import Asset, ConfigurationItem, Level, RecordKind, Side, Subcategory
from syncsvc.domain.values import plain
from syncsvc.engine.context import Context
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.world import World
from syncsvc.engine.writes import (
    SUBCATEGORY_ID,
    Columns,
    Written,
    asset_target,
    ci_target,
    read_subcategory,
    subcategory_target,
    write_record,
)
from syncsvc.state.rounds import Stamp
from syncsvc.state.store import NewLink

BATCH = 20
"""Records read again in one call before they are written; few, so that the look is fresh when the write goes out."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Applier:
    """Carries out one category's plan."""

    def __init__(self, context: Context, world: World, report: CategoryReport) -> None:
        self.context, self.world, self.report = context, world, report
        self.columns = {level: Columns.of(world.pair, level) for level in Level}
        self.subcategory_ids: dict[tuple[str, ...], int] = {}
        """Subcategories made in this run, by key."""
        self.touched: set[str] = set()
        """Linked CIs that are to be merged once more, because this run made or moved them."""

    def apply_facts(self, plan: Plan) -> None:
        """Store what needs no write: new links, and baselines of fields found in order."""
        new = [change for change in plan.changes if change.action is Action.LINK]
        if new:
            self.world.join([self._new_link(change) for change in new])
            self.record([(change, Outcome.DONE) for change in new])
        self.world.advance(plan.agreements)
        self.world.note_activity(plan.activity)
        self.world.give_up(plan.given_up)

    def _new_link(self, change: Change) -> NewLink:
        assert change.ci_id is not None
        assert change.asset_id is not None
        ci, asset = self.world.cis[change.ci_id], self.world.assets[change.asset_id]
        return NewLink(ci.id, ci.number, asset.id, ci.is_active, asset.is_active, baselines={}, intention_id=None)

    # -- updates ---------------------------------------------------------------------------------------------------------

    def update_subcategories(self, changes: Sequence[Change]) -> None:
        """Rename subcategories back, and write the fields that their CIs share."""
        columns = self.columns[Level.SUBCATEGORY]

        def write(change: Change) -> Written[Subcategory]:
            assert change.subcategory_id is not None
            record = read_subcategory(self.context.hector, columns, change.subcategory_id)
            return write_record(record, change.fields, subcategory_target(self.context.hector, columns, change.subcategory_id))

        for batch in chunks(changes, BATCH):
            for change, written in self.in_pool(batch, write):
                self._settle_subcategory(change, written)

    def _settle_subcategory(self, change: Change, written: Written[Subcategory] | RemoteError) -> None:
        if isinstance(written, Written) and written.record is not None:
            subcategory = self.world.subcategories[written.record.id] = written.record
            done = {field.mapping for field in written.done}
            columns = self.columns[Level.SUBCATEGORY]
            agreements = [
                replace(follower, baseline=Baseline(follower.baseline.c2, subcategory.values[columns.place[follower.mapping]]))
                for follower in change.followers
                if follower.mapping in done
            ]
            stamp = _stamp(RecordKind.SUBCATEGORY, written)
            self.world.advance(agreements, Side.HECTOR, {field.mapping: field.after for field in written.done}, stamp)
            self.touched.update(self.world.siblings(subcategory.id))
        first = next(iter(change.followers), None)
        number = self.world.cis[first.ci_id].number if first and first.ci_id in self.world.cis else None
        self._settle(replace(change, ci_number=number), written, change.subcategory_id)

    def update_assets(self, changes: Sequence[Change]) -> None:
        """Write assets and move them: one ``PATCH`` each."""
        columns = self.columns[Level.ASSET]
        for batch in chunks(changes, BATCH):
            fresh = self._read(batch, lambda ids: self.context.hector.assets_by_id(ids, columns.fields), "asset_id")
            if fresh is None:
                continue

            def write(change: Change, fresh: dict[object, Asset] = fresh) -> Written[Asset]:
                assert change.asset_id is not None
                target = asset_target(self.context.hector, columns, change.asset_id)
                return write_record(fresh.get(change.asset_id), self._asset_fields(change), target)

            for change, written in self.in_pool(batch, write):
                self._settle_asset(change, written)

    def _asset_fields(self, change: Change) -> list[FieldChange]:
        """Give what is written to the asset itself; a move stands for the key fields that ask for it."""
        own = [field for field in change.fields if field.mapping in {*self.columns[Level.ASSET].place, ACTIVITY}]
        if change.action is not Action.MOVE:
            return own
        assert change.asset_id is not None
        assert change.subcategory_key is not None
        to = change.subcategory_id or self.subcategory_ids.get(change.subcategory_key)
        if to is None:
            return own  # its subcategory could not be made, which has been said
        present = self.world.assets[change.asset_id].subcategory_id
        move = FieldChange(SUBCATEGORY_ID, "subcategory", str(present), str(to), None, Why.CHANGED)
        return [move, *own]

    def _settle_asset(self, change: Change, written: Written[Asset] | RemoteError) -> None:
        if isinstance(written, Written) and written.record is not None:
            asset = self.world.assets[written.record.id] = written.record
            assert change.ci_id is not None
            moved = any(field.mapping == SUBCATEGORY_ID for field in written.done)
            columns = self.columns[Level.ASSET]
            agreements = [
                Agreement(change.ci_id, field.mapping, Baseline(field.basis, asset.values[columns.place[field.mapping]]))
                for field in written.done
                if field.mapping in columns.place
            ]
            wrote = {field.mapping: field.after for field in _counted(change, written.done)}
            after_move = self._after_move(change, asset) if moved else []
            self.world.advance(agreements + after_move, Side.HECTOR, wrote, _stamp(RecordKind.ASSET, written))
            self._note_activity(change, written.done)
            if moved:
                self.touched.add(change.ci_id)
        self._settle(change, written, change.asset_id)

    def _note_activity(self, change: Change, done: Sequence[FieldChange]) -> None:
        """Store that the counterpart's going out of use, or coming back, has been carried over."""
        assert change.ci_id is not None
        link = self.world.links[change.ci_id]
        if any(field.mapping == ACTIVITY for field in done):
            ci, asset = self.world.cis[link.ci_id], self.world.assets[link.asset_id]
            self.world.note_activity([ActivityAgreement(ci.id, ci.is_active, asset.is_active)])

    def _after_move(self, change: Change, asset: Asset) -> list[Agreement]:
        """Give the baselines of the subcategory's fields after a move.

        The key is in order. The shared fields start anew with the new subcategory: its values stand, and a CI whose own value
        was changed too stays dirty.
        """
        assert change.ci_id is not None
        subcategory = self.world.subcategories[asset.subcategory_id]
        columns = self.columns[Level.SUBCATEGORY]
        wanted = {field.mapping: field.basis for field in change.fields}
        old = self.world.baselines.get(self.world.links[change.ci_id].id, {})
        agreements = []
        for mapping, place in columns.place.items():
            here = wanted.get(mapping, old[mapping].c2 if mapping in old else None)
            if mapping in wanted or mapping in old:
                agreements.append(Agreement(change.ci_id, mapping, Baseline(here, subcategory.values[place])))
        return agreements

    def update_cis(self, changes: Sequence[Change]) -> None:
        """Write CIs: one ``UpdateProperty`` a field, different CIs side by side."""
        columns, category = self.columns[Level.CI], self.world.pair.category
        for batch in chunks(changes, BATCH):
            fresh = self._read(batch, lambda ids: self.context.c2.cis_by_id(category, columns.fields, ids), "ci_id")
            if fresh is None:
                continue

            def write(change: Change, fresh: dict[object, ConfigurationItem] = fresh) -> Written[ConfigurationItem]:
                assert change.ci_id is not None
                target = ci_target(self.context.c2, category, columns, change.ci_id)
                return write_record(fresh.get(change.ci_id), change.fields, target)

            for change, written in self.in_pool(batch, write):
                if isinstance(written, Written) and written.record is not None:
                    ci = self.world.cis[written.record.id] = written.record
                    agreements = [
                        Agreement(ci.id, field.mapping, Baseline(ci.values[columns.place[field.mapping]], field.basis))
                        for field in written.done
                        if field.mapping in columns.place
                    ]
                    wrote = {field.mapping: field.after for field in written.done}
                    self.world.advance(agreements, Side.C2, wrote, _stamp(RecordKind.CI, written))
                    self._note_activity(change, written.done)
                self._settle(change, written, change.ci_id)

    # -- shared by all three ---------------------------------------------------------------------------------------------

    def _read(
        self, batch: Sequence[Change], read: Callable[[list[Any]], Iterable[Any]], attribute: str
    ) -> dict[object, Any] | None:
        """Read a batch's records again; ``None``, with the problem recorded for each, when that fails."""
        self.context.may_write()
        try:
            records = read([getattr(change, attribute) for change in batch])
        except CredentialsError:
            raise
        except RemoteError as error:
            for change in batch:
                self._settle(change, error, None)
            return None
        return {record.id: record for record in records}

    def in_pool(
        self, batch: Sequence[Change], write: Callable[[Change], Result]
    ) -> Iterator[tuple[Change, Result | RemoteError]]:
        """Write a batch in the pool and give each result as it comes; refused credentials are raised after the last one."""
        self.context.may_write()
        futures: dict[Future[Result], Change] = {self.context.pool.submit(write, change): change for change in batch}
        refused: CredentialsError | None = None
        for future in as_completed(futures):
            failure = future.exception()
            if failure is None:
                yield futures[future], future.result()
            elif isinstance(failure, RemoteError):
                refused = failure if isinstance(failure, CredentialsError) else refused
                yield futures[future], failure
            else:
                raise failure
            self.context.progress.advance()
        if refused is not None:
            raise refused

    def _settle(self, change: Change, written: Written[Any] | RemoteError, record_id: object) -> None:
        """Record what came of a change, and a problem for every field that was not written."""
        if isinstance(written, CredentialsError):
            return  # it ends the run, and is said once
        if isinstance(written, RemoteError):
            self.problem_of(change, written)
            self.record([(change, Outcome.REFUSED)])
            return
        for field, error in written.refused:
            self.problem_of(change, error, field)
        for field in written.left:
            self._left(change, field)
        if written.gone:
            self.add_problems([_gone(change)])
        if written.done:
            self.report.wrote(change, record_id, _counted(change, written.done))
        self.record([(_done_part(change, written), _outcome(written))])

    def _left(self, change: Change, field: FieldChange) -> None:
        message = f"“{field.field}” was changed in {change.system.label} while the run was on; it is left for the next run."
        notice = Problem(ErrorKind.CHANGED_MEANWHILE, message, "Nothing is to be done.", field=field.field)
        self.add_problems([self._placed(change, notice, field)])

    def problem_of(self, change: Change, error: SyncError, field: FieldChange | None = None) -> None:
        """Record an error about a change, or about one field of it, with both values where there are any."""
        message = error.message
        if field is not None and isinstance(error, RemoteError) and error.fields:
            message = next(iter(error.fields.values())) if len(error.fields) == 1 else message
        self.add_problems([self._placed(change, Problem(error.kind, message, error.hint), field)])

    def _placed(self, change: Change, problem: Problem, field: FieldChange | None) -> Problem:
        asset = change.asset_label or (str(change.asset_id) if change.asset_id else None)
        placed = replace(problem, ci_number=change.ci_number, asset=asset)
        if field is None:
            return placed
        ours, theirs = _text(field.after), _text(field.before)
        basis = _text(field.basis)
        c2, hector = (theirs, basis or ours) if change.system is Side.C2 else (basis or ours, theirs)
        return replace(placed, field=field.field, c2_value=c2, hector_value=hector)

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Record problems, each once, in the report, the state and the log."""
        new = self.report.add_problems(problems)
        if new:
            self.context.store.record_problems(self.context.run_id, self.report.names, new, self.context.now())
        for problem in new:
            self.context.say("warning", problem.message, kind=problem.kind.value, ci=problem.ci_number, field=problem.field)

    def record(self, rows: Sequence[tuple[Change, Outcome]]) -> None:
        """Record what was done."""
        self.context.store.record_changes(self.context.run_id, self.report.names, rows, self.context.now())


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Give the items in lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _stamp(kind: RecordKind, written: Written[Any]) -> Stamp | None:
    """Give the change times that a write left; ``None`` when nothing was written, or the system tells no times."""
    record = written.record
    if not written.wrote or record is None or record.modified_at is None:
        return None
    return Stamp(kind, str(record.id), written.changed_before, record.modified_at)


def _text(value: object) -> str | None:
    return None if value is None else str(plain(value))  # type: ignore[arg-type]


def _counted(change: Change, done: Sequence[FieldChange]) -> list[FieldChange]:
    """Give the fields that were written; a move counts for the key fields that asked for it."""
    moved = any(field.mapping == SUBCATEGORY_ID for field in done)
    own = {field.mapping for field in done}
    return [field for field in change.fields if field.mapping in own or (moved and "=subcategory." in field.mapping)]


def _done_part(change: Change, written: Written[Any]) -> Change:
    """Give the change with those fields only that were carried out, for the record of what a run did."""
    return replace(change, fields=tuple(_counted(change, written.done))) if written.done else change


def _outcome(written: Written[Any]) -> Outcome:
    incomplete = written.refused or written.left or written.gone
    if written.done:
        return Outcome.PARTLY if incomplete else Outcome.DONE
    if written.refused:
        unclear = any(getattr(error, "may_have_been_done", False) for _, error in written.refused)
        return Outcome.UNCLEAR if unclear else Outcome.REFUSED
    return Outcome.LEFT


def _gone(change: Change) -> Problem:
    record = {RecordKind.CI: "CI", RecordKind.ASSET: "asset", RecordKind.SUBCATEGORY: "subcategory"}[change.record]
    return Problem(
        ErrorKind.MISSING,
        f"The {record} was gone when it was to be written.",
        "The next full run finds out whether it was deleted or moved.",
        ci_number=change.ci_number,
        asset=change.asset_label,
    )
