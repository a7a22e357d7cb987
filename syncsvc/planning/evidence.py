"""What the records themselves say about which fields belong together: values that both systems hold, and how often.

A CI and an asset are paired here for comparing only, by values that nobody else has; links are made by ``match.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.records import Field
from syncsvc.domain.rules import IGNORED_VALUES
from syncsvc.domain.values import Kind, Unreadable, Value, encode, fold

SAMPLE = 300
"""Pairs of records whose values are compared."""
FIRST_LOOK = 40
"""Pairs after which fields that hardly ever agree are looked at no further."""
UNIQUE = 0.95
"""Share of a field's values that must stand once for records to be told apart by it; a few are always copied by mistake."""
_LEAST_SHARED, _LEAST_SHARE = 2, 0.1
_HOPELESS = 0.2
_IGNORED = frozenset(fold(value) for value in IGNORED_VALUES)
_TELLING = frozenset({Kind.TEXT, Kind.NUMBER})

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How often two fields agree among pairs of records in which both are filled."""

    compared: int = 0
    equal: int = 0
    distinct: int = 0
    """Different values among the equal ones: two yes/no fields agree by chance."""

    @property
    def part(self) -> float:
        """The share from 0 to 1."""
        return self.equal / self.compared if self.compared else 0.0


@dataclass(frozen=True, slots=True)
class Key:
    """Two fields by whose values records can be told apart on both sides."""

    c2: Field
    hector: Field
    shared: int
    """Values that stand once on each side."""


class Column:
    """One field's values in the form in which they are matched."""

    def __init__(self, field: Field, place: int, rows: Sequence[Row], conventions: Conventions) -> None:
        self.field = field
        self.texts = [_text(row[place], field, conventions) for row in rows]
        counts = Counter(text for text in self.texts if text)
        self.once = {text for text, times in counts.items() if times == 1}
        self.filled = counts.total()

    @property
    def tells_apart(self) -> bool:
        """Whether nearly every record has a value of its own."""
        return bool(self.once) and len(self.once) >= UNIQUE * self.filled


class Table:
    """The records of one category, each a row of values in the order of the fields."""

    def __init__(self, fields: Sequence[Field], rows: Sequence[Row], conventions: Conventions) -> None:
        self.fields, self.rows, self._conventions = fields, rows, conventions
        self.place = {field.key: place for place, field in enumerate(fields)}

    @cached_property
    def telling(self) -> dict[str, Column]:
        """Give the columns by which records can be told apart, by the field's key."""
        columns = {
            field.key: Column(field, place, self.rows, self._conventions)
            for place, field in enumerate(self.fields)
            if field.kind in _TELLING
        }
        return {key: column for key, column in columns.items() if column.tells_apart}

    def in_common(self, other: Table) -> int:
        """Count the records that it seems to have in common with another: values that stand once in a field of each."""
        columns = [(own, there) for own in self.telling.values() for there in other.telling.values()]
        return max((len(own.once & there.once) for own, there in columns), default=0)


class Evidence:
    """What the records of a C2 category and of a Hector category say."""

    def __init__(self, c2: Table, hector: Table, conventions: Conventions) -> None:
        self.c2, self.hector, self._conventions = c2, hector, conventions

    @cached_property
    def keys(self) -> list[Key]:
        """Give the pairs of fields that tell records apart on both sides and share values, the best first."""
        found = []
        for own in self.c2.telling.values():
            for other in self.hector.telling.values():
                shared = len(own.once & other.once)
                if shared >= max(_LEAST_SHARED, _LEAST_SHARE * min(len(own.once), len(other.once))):
                    found.append(Key(own.field, other.field, shared))
        return sorted(found, key=lambda key: -key.shared)

    @cached_property
    def pairs(self) -> list[tuple[Row, Row]]:
        """Pair rows of both sides by the keys, each row once; spread over the lists, at most :data:`SAMPLE`."""
        c2_taken: dict[int, int] = {}
        hector_taken: set[int] = set()
        for key in self.keys:
            mine, theirs = self.c2.telling[key.c2.key], self.hector.telling[key.hector.key]
            places = {text: place for place, text in enumerate(theirs.texts) if text in theirs.once}
            for place, text in enumerate(mine.texts):
                across = places.get(text) if text in mine.once and place not in c2_taken else None
                if across is not None and across not in hector_taken:
                    c2_taken[place] = across
                    hector_taken.add(across)
        chosen = sorted(c2_taken.items())
        step = max(1, -(-len(chosen) // SAMPLE))
        return [(self.c2.rows[own], self.hector.rows[other]) for own, other in chosen[::step]]

    def share(self, c2: Field, hector: Field) -> Share:
        """Say how often two fields agree; case and spaces do not count."""
        own, other = self.c2.place[c2.key], self.hector.place[hector.key]
        share = self._share(self.pairs[:FIRST_LOOK], own, other)
        return share if share.part < _HOPELESS or len(self.pairs) <= FIRST_LOOK else self._share(self.pairs, own, other)

    def _share(self, pairs: Sequence[tuple[Row, Row]], own: int, other: int) -> Share:
        c2, hector = self.c2.fields[own], self.hector.fields[other]
        compared, equal = 0, []
        for ci, asset in pairs:
            here, there = ci[own], asset[other]
            if here is None or there is None:
                continue
            compared += 1
            if self._conventions.in_order(here, c2, there, hector, folded=True):
                equal.append(encode(there))
        return Share(compared, len(equal), len(set(equal)))


def _text(value: Value, field: Field, conventions: Conventions) -> str:
    if value is None or isinstance(value, Unreadable):
        return ""
    folded = fold(conventions.shown(value, field))
    return "" if folded in _IGNORED else folded
