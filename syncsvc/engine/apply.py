"""Carrying out a plan: links, subcategories, assets, CIs, in that order, each fact stored as it happens.

Records are read again at most twenty at a time right before they are written. Remote calls run in a pool of threads
(``side_by_side.py``, each write in ``writes.py``); the store is written by this thread alone, and takes in one transaction what
came back at the same time. Subcategories are written in ``shared.py``, records are created in ``create.py``; what came of it all
is in ``accounts.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from syncsvc.domain.errors import CredentialsError, RemoteError
from syncsvc.domain.plan import (
    ACTIVITY,
    Action,
    ActivityAgreement,
    Agreement,
    Baseline,
    Change,
    Home,
    Outcome,
    Plan,
)
from syncsvc.domain.records import Asset, ConfigurationItem, Level, RecordKind, Side
from syncsvc.engine.accounts import Accounts, carried_out
from syncsvc.engine.columns import SUBCATEGORY_ID, Columns
from syncsvc.engine.context import Context, StoppedError
from syncsvc.engine.moves import Moves
from syncsvc.engine.shared import Shared
from syncsvc.engine.side_by_side import BATCH, SideBySide, chunks
from syncsvc.engine.targets import asset_target, ci_target
from syncsvc.engine.under_way import Group
from syncsvc.engine.world import Fact, World, link_for
from syncsvc.engine.writes import Look, Written, stamp_of, write_record
from syncsvc.planning.activity import says_in_use
from syncsvc.state.store import NewLink

Record = TypeVar("Record", ConfigurationItem, Asset)


class Applier:
    """Carries out one category's plan."""

    def __init__(self, context: Context, world: World, accounts: Accounts) -> None:
        self.context, self.world, self.accounts = context, world, accounts
        self.side_by_side = SideBySide(context)
        self.columns = {level: Columns.of(world.pair, level) for level in Level}
        self.subcategory_ids: dict[tuple[str, ...], int] = {}
        """Subcategories made in this run, by key."""
        self._moves = Moves(context, world, self.columns, self.subcategory_ids)
        self._shared = Shared(context, world, accounts, self._moves, self.side_by_side)
        self.touched: set[str] = set()
        """Linked CIs that are to be merged once more, because this run made or moved them."""

    def apply_facts(self, plan: Plan) -> None:
        """Store what needs no write: new links, and baselines of fields found in order."""
        self._moves.note_planned()
        new = [change for change in plan.changes if change.action is Action.LINK]
        with self.context.store.together():
            if new:
                self.world.join([self._new_link(change) for change in new])
                self.accounts.record([(change, Outcome.DONE) for change in new])
            self.world.advance([Fact(plan.agreements, homes=plan.homes)])
            self.world.note_activity(plan.activity)
            self.world.histories.give_up(plan.given_up, self.world.links)

    def _new_link(self, change: Change) -> NewLink:
        assert change.ci_id is not None
        assert change.asset_id is not None
        ci, asset = self.world.cis[change.ci_id], self.world.assets[change.asset_id]
        return link_for(ci, asset, baselines={})

    def update_subcategories(self, changes: Sequence[Change]) -> None:
        """Rename subcategories back, and write the fields that their CIs share."""
        self.touched |= self._shared.update(changes)

    # -- assets ----------------------------------------------------------------------------------------------------------

    def update_assets(self, changes: Sequence[Change]) -> None:
        """Write assets and move them: one ``PATCH`` each."""
        hector, columns = self.context.hector, self.columns[Level.ASSET]

        def write(change: Change, asset: Asset | None, look: Look) -> Written[Asset]:
            assert change.asset_id is not None
            target = asset_target(hector, columns, change.asset_id)
            fields, renamed = self._moves.fields_of(change), self._moves.renamed_meanwhile(change)
            if renamed:
                fields = [field for field in fields if field.mapping != SUBCATEGORY_ID]
            written = write_record(asset, fields, target, look, self.side_by_side.may_begin)
            written.left += renamed
            return written

        self._update(
            changes,
            id_of=lambda change: change.asset_id,
            read=lambda ids: hector.assets_by_id(ids, columns.fields),
            write=write,
            fact=self._asset_fact,
        )

    def _asset_fact(self, change: Change, written: Written[Asset]) -> Fact:
        asset = written.record
        if asset is None:
            return Fact()
        self.world.assets[asset.id] = asset
        assert change.ci_id is not None
        place = self.columns[Level.ASSET].place
        agreements = [
            Agreement(change.ci_id, field.mapping, Baseline(field.basis, written.held[field.mapping]))
            for field in written.done
            if field.mapping in place
        ]
        homes = []
        if any(field.mapping == SUBCATEGORY_ID for field in written.done):
            agreements += self._moves.baselines_after(change, asset)
            homes.append(Home(change.ci_id, asset.subcategory_id))
            self.touched.add(change.ci_id)
        wrote = {field.mapping: field.after for field in carried_out(change, written.done)}
        return Fact(agreements, Side.HECTOR, wrote, stamp_of(RecordKind.ASSET, written), homes)

    # -- CIs -------------------------------------------------------------------------------------------------------------

    def update_cis(self, changes: Sequence[Change]) -> None:
        """Write CIs: one ``UpdateProperty`` a field, different CIs side by side."""
        c2, columns, category = self.context.c2, self.columns[Level.CI], self.world.pair.category

        def write(change: Change, ci: ConfigurationItem | None, look: Look) -> Written[ConfigurationItem]:
            assert change.ci_id is not None
            target = ci_target(c2, category, columns, change.ci_id)
            return write_record(ci, change.fields, target, look, self.side_by_side.may_begin)

        self._update(
            self._shared.as_answered(changes),
            id_of=lambda change: change.ci_id,
            read=lambda ids: c2.cis_by_id(category, columns.fields, ids),
            write=write,
            fact=lambda _change, written: self._ci_fact(written),
        )

    def _ci_fact(self, written: Written[ConfigurationItem]) -> Fact:
        """Give the baselines of what was written; one that C2 has not shown as written keeps its old one until it is met."""
        ci = written.record
        if ci is None:
            return Fact()
        self.world.cis[ci.id] = ci
        place = self.columns[Level.CI].place
        agreements = [
            Agreement(ci.id, field.mapping, Baseline(written.held[field.mapping], field.basis))
            for field in written.done
            if field.mapping in place and field.mapping not in written.unseen
        ]
        wrote = {field.mapping: field.after for field in written.done}
        return Fact(agreements, Side.C2, wrote, stamp_of(RecordKind.CI, written))

    # -- shared by assets and CIs ----------------------------------------------------------------------------------------

    def _update(
        self,
        changes: Iterable[Change],
        *,
        id_of: Callable[[Change], object],
        read: Callable[[list[Any]], Iterable[Record]],
        write: Callable[[Change, Record | None, Look], Written[Record]],
        fact: Callable[[Change, Written[Record]], Fact],
    ) -> None:
        """Read records again a batch at a time, write them side by side, and store what came of each."""

        def write_one(fresh: Mapping[object, Record], read_at: datetime, change: Change) -> Written[Record]:
            return write(change, fresh.get(id_of(change)), Look(self.context.now, read_at))

        def store(group: Group[Written[Record]]) -> None:
            with self.context.store.together():
                self.world.advance([fact(change, it) for change, it in group if isinstance(it, Written)])
                self._note_activity(group)
                self.accounts.settle_all(group, [id_of(change) for change, _ in group])

        for batch in chunks(changes, BATCH):
            read_at = self.context.now()
            fresh = self._read(batch, read, id_of)
            if fresh is not None:
                self.side_by_side.write([batch], partial(write_one, fresh, read_at), store)

    def _note_activity(self, group: Group[Written[Any]]) -> None:
        """Store that a counterpart's going out of use, or coming back, has been carried over.

        As it was written: a later answer may show what somebody has made of it since, and that is a change.
        """
        seen = []
        for change, written in group:
            carried = next((it for it in written.done if it.mapping == ACTIVITY), None) if isinstance(written, Written) else None
            if carried is None:
                continue
            assert change.ci_id is not None
            link, now = self.world.links[change.ci_id], says_in_use(carried)
            ci, asset = self.world.cis[link.ci_id].is_active, self.world.assets[link.asset_id].is_active
            seen.append(ActivityAgreement(link.ci_id, *((now, asset) if change.system is Side.C2 else (ci, now))))
        self.world.note_activity(seen)

    def _read(
        self, batch: Sequence[Change], read: Callable[[list[Any]], Iterable[Record]], id_of: Callable[[Change], object]
    ) -> dict[object, Record] | None:
        """Read a batch's records again; ``None``, with the problem recorded for each, when that fails."""
        self.context.may_write()
        try:
            records = read([id_of(change) for change in batch])
        except (CredentialsError, StoppedError):
            raise
        except RemoteError as error:
            self.accounts.settle_all([(change, error) for change in batch], [None] * len(batch))
            return None
        return {record.id: record for record in records if self.world.pair.holds(record)}
