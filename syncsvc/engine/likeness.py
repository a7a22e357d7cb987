"""Which record a creation may have made whose answer was lost: what was sent, held against what stands there now.

Nothing is decided here: ``recover.py`` counts intentions and records, and links, waits or says that it cannot tell.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.match_key import MatchKey
from syncsvc.domain.plan import Intention
from syncsvc.domain.records import Asset, ConfigurationItem, Field, Level, Side
from syncsvc.domain.rules import FieldMapping
from syncsvc.domain.values import Kind, Value, any_same, fold, is_unknown, plain
from syncsvc.engine.columns import SUBCATEGORY_ID
from syncsvc.engine.world import World

MADE_BY_HECTOR = frozenset({"asset.asset_tag", "asset.title"})
"""Fields that Hector fills by itself where nothing is sent: what stands there then was nobody's word."""
_FROM_A_LIST = frozenset({Kind.CHOICE, Kind.YES_NO})
"""Kinds of which many records hold the same value."""

Record = ConfigurationItem | Asset


class Key(Enum):
    """What the fields of ``match_on`` say of a source and a record."""

    SAME = "same"
    OTHER = "other"
    OWN = "own"
    """The record has a value, the source none."""
    SILENT = "silent"


class Resemblance(NamedTuple):
    """How much of what was sent a record holds; the greater, the more."""

    held: int
    """Values by which records are told apart."""
    in_place: bool
    """Whether it has the subcategory, or the name, that was sent."""


class Likeness:
    """Compares the records of one category with what was sent for its lost creations."""

    def __init__(self, conventions: Conventions, world: World) -> None:
        self._conventions, self._world, self._parted = conventions, world, world.parted
        matched = [world.pair.mappings[place] for place in world.pair.match_on or ()]
        self._keys = {it.key: MatchKey(it.c2, it.hector, conventions, world.pair.ignored) for it in matched}

    def holds_all(self, intention: Intention, record: Record) -> bool:
        """Whether a record is new since the intention, holds everything that was sent, and nothing says that it is another.

        Where nothing was sent by which records are told apart, the record must have no such value either, and the source none
        that was kept back: then the two are interchangeable. Otherwise it is somebody else's as likely as not.
        """
        if not self._is_new(intention, record) or not self._stands_where_sent(intention, record):
            return False
        sent = [mapping for mapping in self._world.pair.mappings if self._created(intention, mapping).key in intention.sent]
        if not all(self._holds(intention, mapping, record) for mapping in sent if self._is_own(intention, mapping)):
            return False
        if self.key(intention, record) is Key.OTHER:
            return False
        return bool(self._told(intention)) or not (self._has_own_values(intention, record) or self._source_says_more(intention))

    def resembles(self, intention: Intention, record: Record, *, same: bool = False) -> Resemblance | None:
        """Say how much of what was sent a new record holds that may have been edited since; ``None``: it is something else.

        Half of the values suffice, or all but one where it was put. Where ``match_on`` can tell, it does: it will find a record
        with the same key by itself, unless the source is linked. ``same`` is what to say of such a one.
        """
        if not self._is_new(intention, record):
            return None
        told, key = self._told(intention), self.key(intention, record)
        held = sum(1 for mapping in told if self._holds(intention, mapping, record))
        in_place = self._stands_where_sent(intention, record)
        half = bool(told) and 2 * held >= len(told)
        nearly = in_place and len(told) - held <= 1
        alike = {Key.SILENT: half or nearly, Key.OWN: half, Key.SAME: same, Key.OTHER: False}[key]
        return Resemblance(held, in_place) if alike else None

    def key(self, intention: Intention, record: Record) -> Key:
        """Say what ``match_on`` tells of a record: the first of its fields that is known on both sides decides."""
        pair, found = self._world.pair, Key.SILENT
        for mapping in (pair.mappings[place] for place in pair.match_on or ()):
            if not self._is_telling(intention, mapping):
                continue
            made, source, key = intention.side, intention.side.other, self._keys[mapping.key]
            mine = key.of(self._source_value(intention, mapping), mapping.field(source))
            theirs = key.of(self._value(record, mapping), mapping.field(made))
            if mine and theirs:
                return Key.SAME if mine == theirs else Key.OTHER
            found = Key.OWN if theirs else found
        return found

    def may_be_joined(self, intention: Intention, record: Record) -> bool:
        """Whether nobody has parted this record from the one that the intention is for."""
        if isinstance(record, Asset):
            return (intention.source_id, record.id) not in self._parted
        return (record.id, int(intention.source_id)) not in self._parted

    # -- what was sent -----------------------------------------------------------------------------------------------------

    def _is_new(self, intention: Intention, record: Record) -> bool:
        return str(record.id) not in intention.seen and self.may_be_joined(intention, record)

    def _stands_where_sent(self, intention: Intention, record: Record) -> bool:
        if isinstance(record, Asset):
            return intention.sent.get(SUBCATEGORY_ID) in {None, str(record.subcategory_id)}
        return fold(str(plain(intention.sent.get("Name")))) == fold(record.name)

    def _holds(self, intention: Intention, mapping: FieldMapping, record: Record) -> bool:
        field = self._created(intention, mapping)
        return any_same(self._value(record, mapping), self._conventions.stored(intention.sent[field.key], field))

    def _told(self, intention: Intention) -> list[FieldMapping]:
        """Give the fields with a value sent by which records are told apart."""
        return [
            mapping
            for mapping in self._world.pair.mappings
            if self._is_telling(intention, mapping) and intention.sent.get(self._created(intention, mapping).key) is not None
        ]

    # -- fields ------------------------------------------------------------------------------------------------------------

    @staticmethod
    def _created(intention: Intention, mapping: FieldMapping) -> Field:
        return mapping.field(intention.side)

    @staticmethod
    def _is_own(intention: Intention, mapping: FieldMapping) -> bool:
        """Whether the field stands on the created record itself."""
        return intention.side is Side.C2 or mapping.hector.level is Level.ASSET

    def _is_telling(self, intention: Intention, mapping: FieldMapping) -> bool:
        """Whether records are told apart by this field, and its value there is what was sent.

        What many records share (their subcategory's fields, an item of a list) tells none apart.
        """
        field = self._created(intention, mapping)
        by_us = intention.side in mapping.direction.writes and (field.key not in MADE_BY_HECTOR or field.key in intention.sent)
        return by_us and mapping.hector.level is Level.ASSET and not {mapping.c2.kind, mapping.hector.kind} & _FROM_A_LIST

    def _has_own_values(self, intention: Intention, record: Record) -> bool:
        telling = (mapping for mapping in self._world.pair.mappings if self._is_telling(intention, mapping))
        return any(self._value(record, mapping) is not None for mapping in telling)

    def _source_says_more(self, intention: Intention) -> bool:
        """Whether the source has values that records are told apart by and that were kept back: a refused one was made bare."""
        mappings = self._world.pair.mappings
        telling = [mapping for mapping in mappings if self._is_telling(intention, mapping) and mapping.key not in intention.basis]
        is_c2 = intention.side is Side.HECTOR
        return any(not is_unknown(self._source_value(intention, mapping), is_c2=is_c2) for mapping in telling)

    def _source_value(self, intention: Intention, mapping: FieldMapping) -> Value:
        """Give the value of the record that the creation was for: as it was then, or else as it is now."""
        then = intention.basis.get(mapping.key)
        if not is_unknown(then, is_c2=intention.side is Side.HECTOR):
            return then
        cis, assets, source_id = self._world.cis, self._world.assets, intention.source_id
        source = cis.get(source_id) if intention.side is Side.HECTOR else assets.get(int(source_id))
        return self._value(source, mapping) if source is not None else None

    def _value(self, record: Record, mapping: FieldMapping) -> Value:
        if isinstance(record, Asset):
            return self._world.hector_values(record)[mapping.key]
        return record.values[self._world.layout.place[mapping.key]]
