"""Creating records so that none is ever made twice, whatever happens to the answer.

Before a CI or an asset is asked for, the intention is stored; link, baselines and the intention's end are one transaction. A
clear refusal removes the intention, an unclear answer keeps it for ``recover.py``. Subcategories need none: they are looked for
by key, then made. What a new pair agrees on is in ``new_pairs.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncsvc.domain.errors import ConversionError, CredentialsError, NetworkError, RemoteError
from syncsvc.domain.plan import Change, FieldChange, Intention, Outcome
from syncsvc.domain.records import Asset, ConfigurationItem, Level, NewAsset, NewCI, NewSubcategory, Side, Subcategory
from syncsvc.domain.values import Value, is_unknown
from syncsvc.engine.apply import Applier
from syncsvc.engine.columns import SUBCATEGORY_ID, Columns
from syncsvc.engine.context import StoppedError
from syncsvc.engine.less import less, taken
from syncsvc.engine.new_pairs import first_baselines
from syncsvc.engine.side_by_side import BATCH, chunks
from syncsvc.engine.under_way import Group
from syncsvc.engine.world import link_for
from syncsvc.planning.creations import NAME
from syncsvc.planning.subcategories import SubcategoryIndex

MORE_AT_ONCE = 5 * BATCH
"""Creations of which the intentions are stored together: nothing has to be looked at right before one."""


class Creator:
    """Creates what one category's plan asks for."""

    def __init__(self, applier: Applier) -> None:
        self.applier, self.context, self.world, self._accounts = applier, applier.context, applier.world, applier.accounts
        self._index = SubcategoryIndex(self.world.pair, self.context.conventions, {})

    # -- subcategories ---------------------------------------------------------------------------------------------------

    def create_subcategories(self, changes: Sequence[Change]) -> None:
        """Make the subcategories that are still not there; somebody may have made one since the list was read.

        The list is read again for each batch, so that the look at it is as fresh as that at a record before it is written.
        """
        for batch in chunks(changes, BATCH):
            self.context.may_write()
            self._read_subcategories()
            for change in batch:
                self.context.may_write()
                self._create_subcategory(change)
                self.context.progress.advance()

    def _read_subcategories(self) -> None:
        columns, pair = self.applier.columns[Level.SUBCATEGORY], self.world.pair
        read = self.context.hector.subcategories(pair.hector_category.id, columns.fields)
        self.world.subcategories.update({subcategory.id: subcategory for subcategory in read})
        self._index = SubcategoryIndex(pair, self.context.conventions, self.world.subcategories)

    def _create_subcategory(self, change: Change) -> None:
        assert change.subcategory_key is not None
        found = self._index.find(change.subcategory_key)
        if found is None:
            found = self._ask_for_subcategory(change)
        if found is not None:
            self.world.subcategories[found.id] = found
            self.applier.subcategory_ids[change.subcategory_key] = found.id

    def _ask_for_subcategory(self, change: Change) -> Subcategory | None:
        columns = self.applier.columns[Level.SUBCATEGORY]
        values = {columns.field(field): field.after for field in change.fields}
        new = NewSubcategory(self.world.pair.hector_category.id, values)
        try:
            made = self.context.hector.create_subcategory(new, columns.fields)
        except (CredentialsError, StoppedError):
            raise
        except ConversionError as error:
            self._accounts.problem_of(change, error)
            self._accounts.record([(change, Outcome.REFUSED)])
            return None
        except RemoteError as error:
            return self._after_failure(change, error)
        return self._was_made(change, made)

    def _was_made(self, change: Change, made: Subcategory) -> Subcategory:
        self._accounts.made(change, made.id)
        with self.context.store.together():
            self.world.note_made([made])
            self._accounts.record([(replace(change, subcategory_id=made.id), Outcome.DONE)])
        return made

    def _after_failure(self, change: Change, error: RemoteError) -> Subcategory | None:
        """Look whether a subcategory whose answer was lost was made after all; otherwise say what went wrong."""
        assert change.subcategory_key is not None
        if error.may_have_been_done:
            try:
                self._read_subcategories()
            except (CredentialsError, StoppedError):
                raise
            except RemoteError:
                pass
            else:
                found = self._index.find(change.subcategory_key)
                if found is not None:
                    return self._was_made(change, found)
        self._accounts.problem_of(change, error, _named(change, error, self.applier))
        self._accounts.record([(change, Outcome.UNCLEAR if error.may_have_been_done else Outcome.REFUSED)])
        return None

    # -- assets and CIs --------------------------------------------------------------------------------------------------

    def create_assets(self, changes: Sequence[Change]) -> None:
        """Make assets in the stockroom of the rules, each from its subcategory."""
        ready = []
        for change in changes:
            assert change.subcategory_key is not None
            subcategory_id = change.subcategory_id or self.applier.subcategory_ids.get(change.subcategory_key)
            if subcategory_id is None:
                error = NetworkError(
                    f"Its subcategory “{' '.join(part for part in change.subcategory_key if part)}” could not be made.",
                    hint="See the subcategory's own error; the next run tries again.",
                )
                self._accounts.problem_of(change, error)
                self._accounts.record([(change, Outcome.LEFT)])
                self.context.progress.advance()
            else:
                known = change.subcategory_id is not None
                ready.append(change if known else replace(change, subcategory_id=subcategory_id))
        self._create(ready, Side.HECTOR)

    def create_cis(self, changes: Sequence[Change]) -> None:
        """Make CIs with their custom fields, in their category's default state."""
        self._create(changes, Side.C2)

    def _create(self, changes: Sequence[Change], side: Side) -> None:
        if not changes:
            return
        seen = self.world.unlinked_ids(side)  # for all batches alike: what this run makes is linked, or has an intention
        pending = list(changes)
        while pending:
            pending = self._create_all(pending, side, seen)

    def _create_all(self, changes: Sequence[Change], side: Side, seen: frozenset[str]) -> list[Change]:
        """Ask for records; gives those that are to be asked for again, with fewer fields."""
        ids: dict[int, int] = {}
        again: list[Change] = []

        def intend(batch: Sequence[Change]) -> None:
            intentions = [self._intention(change, side, seen) for change in batch]
            ids.update(zip(map(id, batch), self.world.unfinished.intend(intentions), strict=True))

        def store(group: Group[Asset | ConfigurationItem]) -> None:
            self._made([(change, it, ids[id(change)]) for change, it in group if isinstance(it, Asset | ConfigurationItem)])
            self._never_sent([(change, ids[id(change)]) for change, it in group if isinstance(it, StoppedError)])
            for change, it in group:
                if isinstance(it, RemoteError) and not isinstance(it, StoppedError):
                    again.extend(self._not_made(change, it, ids[id(change)]))

        self.applier.side_by_side.write(chunks(changes, MORE_AT_ONCE), self._ask, store, prepare=intend)
        return again

    def _intention(self, change: Change, side: Side, seen: frozenset[str]) -> Intention:
        fields = self._own_fields(change)
        columns = self._columns(change)
        sent: dict[str, Value] = {columns.field(field).key: field.after for field in fields}
        if side is Side.HECTOR:
            sent[SUBCATEGORY_ID] = str(change.subcategory_id)
        else:
            sent.setdefault(NAME, change.title)
        source = change.ci_id if side is Side.HECTOR else str(change.asset_id)
        assert source is not None
        pair = self.world.pair
        basis = self._unknown(side, source) | {field.mapping: field.basis for field in change.fields}
        return Intention(0, side, source, pair.category.id, pair.hector_category.id, sent, basis, seen, self.context.now())

    def _unknown(self, side: Side, source: str) -> dict[str, Value]:
        """Give the fields that the record itself has no value in: filled later, they were not kept back when it was asked for."""
        if side is Side.HECTOR:
            values = dict(zip(self.world.layout.keys, self.world.cis[source].values, strict=True))
        else:
            values = self.world.hector_values(self.world.assets[int(source)])
        return {key: value for key, value in values.items() if is_unknown(value, is_c2=side is Side.HECTOR)}

    def _own_fields(self, change: Change) -> list[FieldChange]:
        """Give the fields that are written to the created record itself, not to its subcategory."""
        columns = self._columns(change)
        return [field for field in change.fields if field.mapping in columns.place]

    def _ask(self, change: Change) -> Asset | ConfigurationItem:
        pair = self.world.pair
        if change.system is Side.HECTOR:
            columns = self.applier.columns[Level.ASSET]
            values = {columns.field(field): field.after for field in self._own_fields(change)}
            assert change.subcategory_id is not None
            assert pair.stockroom is not None
            new = NewAsset(pair.hector_category.id, change.subcategory_id, pair.stockroom.id, values)
            return self.context.hector.create_asset(new, columns.fields)
        columns = self.applier.columns[Level.CI]
        values = {columns.field(field): field.after for field in self._own_fields(change)}
        new_ci = NewCI(pair.cmdb.id, pair.category.id, pair.category.default_state_id, change.title, values)
        return self.context.c2.create_ci(new_ci, columns.fields)

    def _made(self, made: Sequence[tuple[Change, Asset | ConfigurationItem, int]]) -> None:
        """Store links, baselines and the intentions' ends together."""
        links, rows = [], []
        for change, record, intention_id in made:
            ci, asset = self._pair(change, record)
            baselines = first_baselines(self.world, self.context.conventions, change, ci, asset)
            links.append(link_for(ci, asset, baselines, intention_id))
            named = replace(change, ci_id=ci.id, ci_number=ci.number, asset_id=asset.id, asset_label=asset.label)
            rows.append((named, Outcome.DONE))
        if links:
            with self.context.store.together():
                self.world.join(links, made=[record for _, record, _ in made])
                self._accounts.record(rows)
        for change, record, _ in made:
            self._accounts.made(change, record.id)
        self.applier.touched |= {link.ci_id for link in links}

    def _pair(self, change: Change, made: Asset | ConfigurationItem) -> tuple[ConfigurationItem, Asset]:
        """Take a created record into the world; gives it with the record that it was made for."""
        if isinstance(made, Asset):
            self.world.assets[made.id] = made
            assert change.ci_id is not None
            return self.world.cis[change.ci_id], made
        self.world.cis[made.id] = made
        assert change.asset_id is not None
        return made, self.world.assets[change.asset_id]

    def _never_sent(self, left: Sequence[tuple[Change, int]]) -> None:
        """Forget the intentions of what the run did not come to before it was asked to stop."""
        if left:
            with self.context.store.together():
                for _, intention_id in left:
                    self.world.unfinished.drop(intention_id)
                self._accounts.record([(change, Outcome.LEFT) for change, _ in left])

    def _not_made(self, change: Change, error: RemoteError, intention_id: int) -> list[Change]:
        """Keep the intention where the record may have been made; otherwise drop it, and ask for less if that may help."""
        if not error.may_have_been_done:
            self.world.unfinished.drop(intention_id)
            if isinstance(error, CredentialsError):
                return []  # it ends the run, and is said once
            columns = self._columns(change)
            fewer = less(change, error, self.world.pair, columns)
            if fewer is not None:
                return [fewer]
            exists = taken(change, error, self.world.pair, columns)
            if exists is not None:
                self._accounts.problem_of(change, *exists)
                self._accounts.record([(change, Outcome.REFUSED)])
                return []
        self._accounts.problem_of(change, error, _named(change, error, self.applier))
        self._accounts.record([(change, Outcome.UNCLEAR if error.may_have_been_done else Outcome.REFUSED)])
        return []

    def _columns(self, change: Change) -> Columns:
        return self.applier.columns[Level.ASSET if change.system is Side.HECTOR else Level.CI]


def _named(change: Change, error: RemoteError, applier: Applier) -> FieldChange | None:
    """Give the field that a refusal names, or the only one there is."""
    levels = (Level.CI,) if change.system is Side.C2 else (Level.ASSET, Level.SUBCATEGORY)
    for columns in (applier.columns[level] for level in levels):
        for field in change.fields:
            if columns.named(field, error) is not None:
                return field
    return change.fields[0] if len(change.fields) == 1 else None
