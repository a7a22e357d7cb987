"""What a run did to each record, all in all: what an undo starts from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from syncsvc.domain.plan import Action, Change, FieldChange, Why
from syncsvc.domain.records import SUBCATEGORY_KEYS, RecordKind, Side
from syncsvc.domain.undone import Kept, Reason
from syncsvc.domain.values import Value, same

MOVED = "moved"
"""Stands for a mapping's key where an asset was moved from one subcategory to another."""
Place = tuple[Side, RecordKind, str]
"""A record: its system, its kind and its id."""
Cell = tuple[Side, RecordKind, str, str]
"""One field of a record, by its mapping."""
_KEYS = tuple(f"={key}" for key in SUBCATEGORY_KEYS)


@dataclass(slots=True)
class Effect:
    """What a run did to one record: of each field the value before its first write and after its last."""

    change: Change
    """The latest one, for the names in it."""
    fields: dict[str, FieldChange] = field(default_factory=dict)
    moved: tuple[int, int] | None = None
    """The subcategories that an asset was in before and after."""

    @property
    def place(self) -> Place:
        """The record."""
        found = place_of(self.change)
        assert found is not None
        return found

    @property
    def keys(self) -> list[FieldChange]:
        """The key fields of subcategories: an asset was moved for them, or a subcategory renamed."""
        is_ci = self.change.record is RecordKind.CI
        return [] if is_ci else [it for it in self.fields.values() if it.mapping.endswith(_KEYS)]

    @property
    def others(self) -> list[FieldChange]:
        """The other fields, each of which stands for itself."""
        keys = self.keys
        return [it for it in self.fields.values() if it not in keys]


def effects(written: Iterable[Change]) -> tuple[list[Effect], list[Kept]]:
    """Bring together what a run did to each record; what it linked or made is kept, with all that it wrote there."""
    found: dict[Place, Effect] = {}
    kept: list[Kept] = []
    made: set[Place] = set()
    for change in written:
        where = place_of(change)
        if change.action is Action.LINK:
            kept.append(Kept(replace(change, fields=()), Reason.LINKED))
        elif change.action is Action.CREATE:
            kept.append(Kept(replace(change, fields=()), Reason.CREATED))
            made |= {where} if where is not None else set()
        elif where is None:
            kept += [Kept(replace(change, fields=(it,)), Reason.NOT_RECORDED) for it in change.fields]
        elif where not in made:
            _add(found.setdefault(where, Effect(change)), change)
    return list(found.values()), kept


def place_of(change: Change) -> Place | None:
    """Give the record that a change is about; ``None``: its id is not known."""
    ids = {RecordKind.CI: change.ci_id, RecordKind.ASSET: change.asset_id, RecordKind.SUBCATEGORY: change.subcategory_id}
    own = ids[change.record]
    return None if own is None else (change.system, change.record, str(own))


def wrote(change: Change) -> dict[Cell, tuple[Value, Value]]:
    """Give the fields that a change has written: what each held before, and after."""
    where = place_of(change)
    if where is None:
        return {}
    found: dict[Cell, tuple[Value, Value]] = {(*where, it.mapping): (it.before, it.after) for it in change.fields}
    if change.moved is not None:
        came_from, went_to = change.moved
        found[*where, MOVED] = str(came_from), str(went_to)
    return found


def last_writers(changes: Iterable[tuple[int, Change]], fields: Collection[Cell]) -> dict[Cell, int]:
    """Give the last run that wrote each of these fields, of the changes that runs made, oldest first.

    A write that an undo has taken back counts for nothing, and neither does that undo: runs are undone one after the other.
    """
    writers: dict[Cell, list[tuple[int, Value]]] = {}
    for run, change in changes:
        is_undo = any(it.why is Why.UNDONE for it in change.fields)
        for cell, (before, after) in wrote(change).items():
            known = writers.setdefault(cell, [])
            if is_undo and known and same(known[-1][1], after):
                known.pop()
            elif cell in fields and not (known and known[-1][0] == run):
                known.append((run, before))
    return {cell: known[-1][0] for cell, known in writers.items() if known}


def _add(effect: Effect, change: Change) -> None:
    effect.change = change
    for it in change.fields:
        first = effect.fields.get(it.mapping, it)
        effect.fields[it.mapping] = replace(it, before=first.before)
    if change.moved is not None:
        came_from, _ = effect.moved or change.moved
        effect.moved = came_from, change.moved[1]
