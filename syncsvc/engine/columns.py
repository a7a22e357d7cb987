"""The fields of one kind of record that a category reads, and which of them a change writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import RemoteError
from syncsvc.domain.plan import FieldChange
from syncsvc.domain.records import Field, Level
from syncsvc.domain.rules import CategoryPair
from syncsvc.domain.values import Value, any_same, same

SUBCATEGORY_ID = "subcategory_id"
"""Stands for a mapping's key where an asset is moved: to be checked, written and repeated like any field."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of one level that a category reads, and where each mapping's value stands among them."""

    fields: tuple[Field, ...]
    place: Mapping[str, int]

    @classmethod
    def of(cls, pair: CategoryPair, level: Level) -> Columns:
        """Give the columns of a category's CIs, assets or subcategories."""
        mappings = [m for m in pair.mappings if level is Level.CI or m.hector.level is level]
        fields = tuple(m.c2 if level is Level.CI else m.hector for m in mappings)
        return cls(fields, {mapping.key: place for place, mapping in enumerate(mappings)})

    def field(self, change: FieldChange) -> Field:
        """Give the field that a change writes."""
        return self.fields[self.place[change.mapping]]

    def is_kept_of(self, value: Value, change: FieldChange) -> bool:
        """Whether a value is what the field holds once a change has been written to it."""
        if change.mapping not in self.place:
            return same(value, change.after)  # a move, or a change of activity
        return any_same(value, Conventions.stored(change.after, self.field(change)))

    def named(self, change: FieldChange, error: RemoteError) -> str | None:
        """Give what a refusal says about the field of this very change."""
        return error.fields.get(self.field(change).key) if change.mapping in self.place else None
