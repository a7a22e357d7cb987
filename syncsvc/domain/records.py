"""The records of both systems and the definitions of their fields.

Records hold canonical values (see ``values.py``) in tuples, in the order of the fields that a read asked for: a night's
run holds hundreds of thousands of them. What a value looks like on the wire is the adapters' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from syncsvc.domain.values import Kind, Option, Value


class Side(StrEnum):
    """One of the two systems."""

    C2 = "c2"
    HECTOR = "hector"

    @property
    def other(self) -> Side:
        """The system across."""
        return Side.HECTOR if self is Side.C2 else Side.C2

    @property
    def label(self) -> str:
        """The system's name as people write it."""
        return "C2" if self is Side.C2 else "Hector"


class RecordKind(StrEnum):
    """What kind of record a change is about."""

    CI = "ci"
    ASSET = "asset"
    SUBCATEGORY = "subcategory"


class Level(StrEnum):
    """Which record a field lives on."""

    CI = "ci"
    ASSET = "asset"
    SUBCATEGORY = "subcategory"


@dataclass(frozen=True, slots=True)
class Field:
    """One field as its system describes it.

    ``key`` is the field's lasting identity: a custom field's ``DefinitionId``, a system property's name, or for Hector
    ``subcategory.maker``, ``asset.note``, ``asset.attributes.12``. Baselines are kept by it, so a new label loses nothing.
    """

    key: str
    name: str
    """The name that people see, and may use in the rules."""
    kind: Kind
    level: Level
    required: bool = False
    read_only: bool = False
    max_length: int | None = None
    """Characters the system keeps of a text; ``None``: no limit is known."""
    decimals: int | None = None
    """Decimals the system keeps of a number; ``None``: all."""
    options: tuple[Option, ...] = ()
    """What a choice field offers."""
    names: tuple[str, ...] = ()
    """Other names of the same field (the other language's)."""
    number: int | None = None
    """C2's ``DefinitionSequenceNumber``, for custom fields."""
    section_id: str | None = None
    """C2's section that the custom field stands in."""
    list_id: str | None = None
    definition_type: int | None = None
    """C2's ``DefinitionType``, for custom fields."""
    unknown_kind: bool = False
    """A ``DefinitionType`` that the contract does not know: shown as text, never written."""

    def __hash__(self) -> int:
        """Hash by key: fields are keys of dictionaries, and their options can be many."""
        return hash(self.key)

    @property
    def is_custom(self) -> bool:
        """Whether a customer defined it in C2."""
        return self.definition_type is not None

    @property
    def is_subcategory_key(self) -> bool:
        """Whether it is one of the three fields that say which subcategory a record belongs to."""
        return self.key in SUBCATEGORY_KEYS


SUBCATEGORY_KEYS = ("subcategory.maker", "subcategory.model", "subcategory.description")


@dataclass(frozen=True, slots=True)
class Cmdb:
    """A C2 "CI folder"."""

    id: str
    name: str
    names: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Category:
    """A CI category inside a CMDB, with the fields its CIs have (system fields included)."""

    id: str
    cmdb_id: str
    name: str
    names: tuple[str, ...] = ()
    is_active: bool = True
    default_state_id: str | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class HectorCategory:
    """A Hector category; only ``serialized`` ones have one asset a thing."""

    id: int
    name: str
    type: str

    @property
    def is_serialized(self) -> bool:
        """Whether its assets can be linked with CIs."""
        return self.type == "serialized"


@dataclass(frozen=True, slots=True)
class Stockroom:
    """A place that holds assets."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """A Hector user."""

    id: int
    email: str
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A person as C2 knows her."""

    id: str
    full_name: str
    email: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ConfigurationItem:
    """A CI with the values of the fields asked for."""

    id: str
    number: str
    name: str
    category_id: str
    is_active: bool
    values: tuple[Value, ...]
    modified_at: datetime | None = None
    is_read_only: bool = False
    absent: frozenset[int] = frozenset()
    """Places in ``values`` of which the answer said nothing (an answer to ``CI/Save`` has no name, for one)."""
    fingerprint: int | None = None
    """Of the bytes that a list sent of it."""


@dataclass(frozen=True, slots=True)
class Subcategory:
    """Hector's maker/model/description record, shared by many assets."""

    id: int
    category_id: int
    maker: str | None
    model: str | None
    description: str | None
    values: tuple[Value, ...]
    modified_at: datetime | None = None

    @property
    def title(self) -> str:
        """How people recognise it."""
        return " ".join(part for part in (self.maker, self.model, self.description) if part) or f"subcategory {self.id}"


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset with the values of the asset fields asked for; its subcategory's values are read through ``subcategory_id``."""

    id: int
    category_id: int
    subcategory_id: int
    title: str
    asset_tag: str
    is_active: bool
    values: tuple[Value, ...]
    stockroom_id: int | None = None
    modified_at: datetime | None = None
    fingerprint: int | None = None
    """Of the bytes that a list sent of it."""

    @property
    def label(self) -> str:
        """How people recognise it: its tag, or else its id."""
        return self.asset_tag or str(self.id)


Record = TypeVar("Record", ConfigurationItem, Asset)


@dataclass(frozen=True, slots=True)
class Listed(Generic[Record]):
    """A list as read: its records, and the ids of those that are byte for byte as they were known."""

    records: list[Record]
    unchanged: set[Any] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class NewCI:
    """A CI to be created: where, in which state, with which name and values (by field, canonical)."""

    cmdb_id: str
    category_id: str
    state_id: str | None
    name: str
    values: Mapping[Field, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewAsset:
    """An asset to be created from a subcategory."""

    category_id: int
    subcategory_id: int
    stockroom_id: int
    values: Mapping[Field, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewSubcategory:
    """A subcategory to be created."""

    category_id: int
    values: Mapping[Field, Value] = field(default_factory=dict)
