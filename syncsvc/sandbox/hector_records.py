"""What a Hector tenant holds: its records as plain data, and the settings by which it behaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from syncsvc.sandbox.c2_records import real_clock

SUBCATEGORY_KEY = ("maker", "model", "description")
SUBCATEGORY_MEMBERS = dict.fromkeys((*SUBCATEGORY_KEY, "note"), "text") | {
    "price": "number",
    "weight": "number",
    "vendor_sku": "text",
}
"""A subcategory's own fields and their types."""
ASSET_MEMBERS = dict.fromkeys(("title", "asset_tag", "note"), "text") | dict.fromkeys(
    ("acquisition_date", "assigned_date", "return_date", "maintenance_date", "end_of_life_date"), "date"
)
"""An asset's own fields and their types."""
STATUSES = ("active", "retired")


class RejectedError(Exception):
    """A request that Hector does not carry out, with the status, the code and the fields at fault."""

    def __init__(self, status: int, code: str, message: str, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = dict(fields or {})


@dataclass(slots=True)
class Attribute:
    """A customer's own field; ``scope`` is ``asset`` or ``subcategory``."""

    id: int
    category_id: int
    name: str
    scope: str
    type: str
    options: tuple[str, ...]
    required: bool
    max_length: int | None


@dataclass(slots=True)
class Record:
    """A subcategory or an asset: ``members`` are its own fields (and an asset's references), ``attributes`` those set, by id."""

    id: int
    category_id: int
    members: dict[str, Any]
    attributes: dict[int, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(eq=False)
class HectorTenant:
    """A tenant's settings, changeable at any time, and its tables."""

    text_limit: int | None = 255
    """Characters kept of a text that has no ``max_length`` of its own."""
    unique_tags: bool = True
    shift_pages: bool = False
    knows_ids: bool = True
    knows_updated_since: bool = True
    attributes_name_category: bool = True
    """Whether attributes say their ``category_id`` although the list was asked for one category."""
    errors_name_attributes: bool = False
    """Whether ``error.fields`` has an attribute's name in place of ``attributes.<id>``."""
    max_per_page: int | None = None
    """A larger ``per_page`` is lowered to this, as ``meta`` says."""
    shifts_left: int = 1
    now: Callable[[], datetime] = real_clock
    """Gives an aware UTC moment; every time stamp comes from it."""
    paths: dict[str, str] = field(default_factory=dict)
    """The resources' paths, by name."""

    def __post_init__(self) -> None:
        resources = ("users", "stockrooms", "categories", "attributes", "subcategories", "assets")
        self.paths = {name: f"api/v1/{name}" for name in resources} | self.paths
        self.lock = threading.RLock()
        self.users: dict[int, dict[str, Any]] = {}
        self.stockrooms: dict[int, dict[str, Any]] = {}
        self.categories: dict[int, dict[str, Any]] = {}
        self.attributes: dict[int, Attribute] = {}
        self.subcategory_records: dict[int, Record] = {}
        self.asset_records: dict[int, Record] = {}
        # Rows that do not begin alike: an id that got into the wrong place finds nothing, or something that shows.
        starts = {"users": 1, "stockrooms": 11, "categories": 101, "attributes": 501, "subcategories": 2001, "assets": 10001}
        self._rows = {name: count(start) for name, start in starts.items()}
        self._tags = count(1)
        self._holders: dict[str, set[int]] = {}

    def next_id(self, resource: str, wanted: int | None = None) -> int:
        """Give ``wanted``, or else the next id of a resource that is not taken."""
        tables: dict[str, Mapping[int, object]] = {
            "users": self.users,
            "stockrooms": self.stockrooms,
            "categories": self.categories,
            "attributes": self.attributes,
            "subcategories": self.subcategory_records,
            "assets": self.asset_records,
        }
        if wanted is not None:
            return wanted
        return next(number for number in self._rows[resource] if number not in tables[resource])

    def next_tag(self) -> str:
        """Make an asset tag that nobody has."""
        return next(tag for tag in map("A{:05}".format, self._tags) if not self.tag_holders(tag))

    def tag_holders(self, tag: str) -> set[int]:
        """Give the assets that have this tag, its case ignored."""
        return self._holders.get(tag.lower(), set())

    def note_tag(self, record: Record, before: str | None) -> None:
        """Keep :meth:`tag_holders` right after an asset's tag was ``before``, or after it was deleted."""
        if before is not None:
            self.tag_holders(before).discard(record.id)
        tag = record.members["asset_tag"]
        if tag is not None and self.asset_records.get(record.id) is record:
            self._holders.setdefault(tag.lower(), set()).add(record.id)
