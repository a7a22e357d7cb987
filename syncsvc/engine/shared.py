"""Writing what many CIs share: their subcategory's fields, and to those that follow it, what Hector has made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncsvc.domain.plan import Baseline, Change, FieldChange, Outcome
from syncsvc.domain.records import Level, RecordKind, Side, Subcategory
from syncsvc.domain.values import Value, same
from syncsvc.engine.accounts import Accounts
from syncsvc.engine.columns import Columns
from syncsvc.engine.context import Context
from syncsvc.engine.moves import Moves
from syncsvc.engine.side_by_side import BATCH, SideBySide, chunks
from syncsvc.engine.targets import read_subcategory, subcategory_target
from syncsvc.engine.under_way import Group
from syncsvc.engine.world import Fact, World
from syncsvc.engine.writes import Look, Written, stamp_of, write_record
from syncsvc.planning.merge import carry


class Shared:
    """The subcategories that one category's plan writes."""

    def __init__(self, context: Context, world: World, accounts: Accounts, moves: Moves, side_by_side: SideBySide) -> None:
        self._context, self._world, self._accounts = context, world, accounts
        self._moves, self._side_by_side = moves, side_by_side
        self._columns = Columns.of(world.pair, Level.SUBCATEGORY)
        self._answered: dict[tuple[int, str], Value] = {}
        """What Hector answered to the latest writes of shared fields, by subcategory and mapping."""

    def update(self, changes: Sequence[Change]) -> set[str]:
        """Rename subcategories back, and write the fields that their CIs share; gives the CIs that are to be merged once more."""
        columns = self._columns
        self._answered = {}

        def write(change: Change) -> Written[Subcategory]:
            assert change.subcategory_id is not None
            look = Look(self._context.now, self._context.now())
            record = read_subcategory(self._context.hector, columns, change.subcategory_id)
            target = subcategory_target(self._context.hector, columns, change.subcategory_id)
            return write_record(record, change.fields, target, look, self._side_by_side.may_begin)

        written_ids: set[int] = set()

        def store(group: Group[Written[Subcategory]]) -> None:
            with self._context.store.together():
                self._world.advance([self._subcategory_fact(change, it) for change, it in group if isinstance(it, Written)])
                self._accounts.settle_all(group, [change.subcategory_id for change, _ in group])
            written = [it for _, it in group if isinstance(it, Written) and it.done]
            written_ids.update(it.record.id for it in written if it.record is not None)

        for some in _one_a_record(changes):
            for batch in chunks([self._named(change) for change in some], BATCH):
                self._side_by_side.write([batch], write, store)
        return self._world.siblings(written_ids) if written_ids else set()

    def _named(self, change: Change) -> Change:
        """Name one of its CIs in the accounts of a subcategory's change."""
        first = next(iter(change.followers), None)
        ci = self._world.cis.get(first.ci_id) if first is not None else None
        return replace(change, ci_number=ci.number) if ci is not None else change

    def _subcategory_fact(self, change: Change, written: Written[Subcategory]) -> Fact:
        subcategory = written.record
        if subcategory is None:
            return Fact()
        self._world.subcategories[subcategory.id] = subcategory
        wrote = {field.mapping: field.after for field in written.done}
        self._moves.note_written(subcategory, wrote)
        self._answered |= {(subcategory.id, mapping): written.held[mapping] for mapping in wrote}
        agreements = [
            replace(follower, baseline=Baseline(follower.baseline.c2, written.held[follower.mapping]))
            for follower in change.followers
            if follower.mapping in wrote and follower.baseline is not None
        ]
        return Fact(agreements, Side.HECTOR, wrote, stamp_of(RecordKind.SUBCATEGORY, written))

    def as_answered(self, changes: Sequence[Change]) -> list[Change]:
        """Give CIs what Hector answered for the subcategory that they share; what it did not take they are not given either."""
        ready = []
        for change in changes:
            fields = [(field, self._follow(field)) for field in change.fields]
            left = tuple(field for field, now in fields if now is None)
            if left:
                self._accounts.record([(replace(change, fields=left), Outcome.LEFT)])
            if len(left) < len(fields):
                ready.append(replace(change, fields=tuple(now for _, now in fields if now is not None)))
            else:
                self._context.progress.advance()
        return ready

    def _follow(self, field: FieldChange) -> FieldChange | None:
        """Give a field's change with what Hector holds now; ``None``: it was not written there, or C2 need not or cannot have it.

        The pair is merged once more afterwards, and that look says what there is to say.
        """
        if field.through is None:
            return field
        at = (field.through, field.mapping)
        if at not in self._answered:
            return None
        answer, mapping = self._answered[at], self._world.layout.mappings[self._world.layout.place[field.mapping]]
        if same(answer, field.basis):
            return field
        if self._context.conventions.in_order(field.before, mapping.c2, answer, mapping.hector):
            return None
        decision = carry(mapping, Side.C2, answer, self._context.conventions, field.why)
        return replace(field, after=decision.value, basis=answer) if decision.written is Side.C2 else None


def _one_a_record(changes: Sequence[Change]) -> list[list[Change]]:
    """Part changes into rounds, none of which writes a subcategory twice (renamed back, and given a value).

    Written side by side, the answer to the earlier one could come last, and what it still shows be taken for somebody's edit.
    """
    rounds: list[dict[int | None, Change]] = []
    for change in changes:
        free = next((found for found in rounds if change.subcategory_id not in found), None)
        if free is None:
            free = {}
            rounds.append(free)
        free[change.subcategory_id] = change
    return [list(found.values()) for found in rounds]
