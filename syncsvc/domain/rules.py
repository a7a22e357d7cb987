"""What is synchronised, in two stages: as a person wrote it (names), and as the two systems confirmed it (records and fields).

The first stage is :class:`Rules` with its :class:`CategoryRules`, read from the rules file. The second is the
:class:`CategoryPair` with its :class:`FieldMapping`, resolved by ``planning/resolve.py``; the engine and the planner see only
those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncsvc.domain.records import Asset, Category, Cmdb, ConfigurationItem, Field, HectorCategory, Level, Side, Stockroom


class Direction(StrEnum):
    """Which way values go."""

    NONE = "none"
    TO_C2 = "←"
    TO_HECTOR = "→"
    BOTH = "⇄"

    @property
    def writes(self) -> frozenset[Side]:
        """The sides that may be written."""
        return _WRITES[self]

    def allows(self, other: Direction) -> bool:
        """Whether ``other`` goes no further than this direction does."""
        return other.writes <= self.writes


_WRITES = {
    Direction.NONE: frozenset[Side](),
    Direction.TO_C2: frozenset({Side.C2}),
    Direction.TO_HECTOR: frozenset({Side.HECTOR}),
    Direction.BOTH: frozenset({Side.C2, Side.HECTOR}),
}


class ConflictPolicy(StrEnum):
    """Who wins when both sides of a ``⇄`` field were changed."""

    HOLD = "hold"
    C2 = "c2"
    HECTOR = "hector"
    NEWEST = "newest"


class WhenInactive(StrEnum):
    """What happens to the asset when its CI becomes inactive."""

    KEEP = "keep"
    RETIRE = "retire"


class WhenRetired(StrEnum):
    """What happens to the CI when its asset is retired."""

    KEEP = "keep"
    DEACTIVATE = "deactivate"


IGNORED_VALUES = (
    "To be filled by O.E.M.",
    "To be filled by OEM",
    "Default string",
    "System Serial Number",
    "System manufacturer",
    "System Product Name",
    "Not Specified",
    "Not Available",
    "Not Applicable",
    "Unknown",
    "Inconnu",
    "Undefined",
    "N/A",
    "N/D",
    "NA",
    "ND",
    "S/O",
    "None",
    "Null",
    "Nil",
    "Aucun",
    "TBD",
    "Invalid",
    "0",
    "00000000",
    "0123456789",
    "123456789",
    "1234567890",
    "XXXXXXXX",
    ".",
    "-",
    "--",
    "?",
    "*",
)
"""Values that stand for *no value* and match nothing; what boards and technicians leave in serial-number fields."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the rules file; lines and columns count from 1, 0 means nowhere."""

    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Ref:
    """A name as the rules give it; ``number`` or ``id`` where two things share a name."""

    name: str | None = None
    number: int | None = None
    id: str | None = None
    place: Place = Place()

    def __str__(self) -> str:
        """As a person would say it."""
        if self.name is not None:
            return self.name
        return f"number {self.number}" if self.number is not None else f"id {self.id}"


@dataclass(frozen=True, slots=True)
class FieldRules:
    """One C2 field tied to one Hector field, as written."""

    c2: Ref
    hector: str
    """The path of the Hector field: ``subcategory.maker``, ``asset.attributes.Serial number``."""
    direction: Direction | None = None
    """As written; ``None``: the category's (``⇄`` in a ``⇄`` category)."""
    on_conflict: ConflictPolicy | None = None
    place: Place = Place()
    hector_place: Place = Place()


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits beyond which a category is held; ``None`` switches one off."""

    max_missing_percent: float | None = 10
    max_change_percent: float | None = 50
    max_cleared_percent: float | None = 20
    max_creates: int | None = None


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """One C2 category's rules, as written."""

    cmdb: Ref
    category: Ref
    hector_category: Ref | None
    direction: Direction
    fields: tuple[FieldRules, ...] = ()
    match_on: tuple[Ref, ...] | None = None
    """The fields to match by, in order; ``()``: ``match_on: none``, written on purpose; ``None``: not written."""
    create: Direction | None = None
    stockroom: Ref | None = None
    on_conflict: ConflictPolicy = ConflictPolicy.HOLD
    when_ci_inactive: WhenInactive = WhenInactive.KEEP
    when_asset_retired: WhenRetired = WhenRetired.KEEP
    guards: Guards = Guards()
    """The category's own limits, those of the file filled in."""
    ignore_values: tuple[str, ...] = IGNORED_VALUES
    """The complete list that holds here."""
    place: Place = Place()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)
    """Where the value of each key stands that was written."""

    @property
    def names(self) -> tuple[str, str]:
        """The CMDB and the category as the rules name them: how reports and the state call it."""
        return str(self.cmdb), str(self.category)

    def place_of(self, key: str) -> Place:
        """Give where a key's value stands; the category's own place where it was not written."""
        return self.places.get(key, self.place)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When runs take place."""

    daily_at: str = "21:00"
    time_zone: str = "America/Toronto"
    full_on: str | None = None
    catch_up: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole rules file."""

    categories: tuple[CategoryRules, ...]
    default_stockroom: Ref | None = None
    language: str = "fr"
    schedule: Schedule = Schedule()
    notify_if_error: tuple[str, ...] = ()
    notify_place: Place = Place()
    bare_cmdbs: tuple[Ref, ...] = ()
    """CMDBs of which no category is named."""
    file: str = ""

    @property
    def live(self) -> list[CategoryRules]:
        """The categories that are synchronised, in whichever direction."""
        return [category for category in self.categories if category.direction is not Direction.NONE]


# -- resolved: confirmed by the two systems ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """One C2 field tied to one Hector field, with its direction."""

    c2: Field
    hector: Field
    direction: Direction
    on_conflict: ConflictPolicy = ConflictPolicy.HOLD

    @property
    def key(self) -> str:
        """The mapping's lasting identity, by which baselines are kept."""
        return f"{self.c2.key}={self.hector.key}"

    @property
    def name(self) -> str:
        """How the mapping is called in listings and errors: as people see the C2 field."""
        return self.c2.name

    @property
    def is_shared(self) -> bool:
        """Whether it is a subcategory field other than its key: one value for many CIs."""
        return self.hector.level is Level.SUBCATEGORY and not self.hector.is_subcategory_key

    def field(self, side: Side) -> Field:
        """Give the field of one side."""
        return self.c2 if side is Side.C2 else self.hector


@dataclass(frozen=True, slots=True)
class CategoryPair:
    """A C2 category and the Hector category it is synchronised with: everything the planner needs to know of the rules."""

    cmdb: Cmdb
    category: Category
    hector_category: HectorCategory
    direction: Direction
    mappings: tuple[FieldMapping, ...]
    stockroom: Stockroom | None = None
    match_on: tuple[int, ...] | None = None
    """Places in ``mappings``; ``()``: ``none``, on purpose; ``None``: not written."""
    create: Direction = Direction.NONE
    when_ci_inactive: WhenInactive = WhenInactive.KEEP
    when_asset_retired: WhenRetired = WhenRetired.KEEP
    guards: Guards = Guards()
    ignored: frozenset[str] = field(default_factory=frozenset)
    """Folded values that match nothing."""
    written: tuple[str, str] | None = field(default=None, compare=False)
    """What the rules call the CMDB and the category."""

    @property
    def c2_fields(self) -> tuple[Field, ...]:
        """The C2 fields to read, one a mapping: ``ConfigurationItem.values`` has their order."""
        return tuple(mapping.c2 for mapping in self.mappings)

    @property
    def asset_fields(self) -> tuple[Field, ...]:
        """The asset fields to read: ``Asset.values`` has their order."""
        return tuple(m.hector for m in self.mappings if m.hector.level is Level.ASSET)

    @property
    def subcategory_fields(self) -> tuple[Field, ...]:
        """The subcategory fields to read: ``Subcategory.values`` has their order."""
        return tuple(m.hector for m in self.mappings if m.hector.level is Level.SUBCATEGORY)

    @property
    def names(self) -> tuple[str, str]:
        """What CMDB and category are called in all that is shown and stored: as the rules do, whichever language C2 speaks."""
        return self.written or (self.cmdb.name, self.category.name)

    @property
    def title(self) -> str:
        """How people say it."""
        return " / ".join(self.names)

    def holds(self, record: ConfigurationItem | Asset) -> bool:
        """Whether a record stands here. What it does not show of these fields after it has moved away, nobody has emptied."""
        return record.category_id == (self.category.id if isinstance(record, ConfigurationItem) else self.hector_category.id)
