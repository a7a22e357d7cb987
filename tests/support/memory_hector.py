"""Hector in memory, on domain records; it keeps the contract of ``adapters/base.py`` as ``test_contract_hector.py`` proves.

Tests add, edit and delete with canonical values; fields go by their path without the record (``note``, ``attributes.Serial
number``). Texts are cut and numbers rounded as the fields' limits say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from fingerprints import listed
from memory_c2 import Hook, nothing

from syncsvc.adapters.hector.definitions import OWN_FIELDS, attribute
from syncsvc.adapters.hector.translate import wire_members
from syncsvc.adapters.hector.wire import WireAttribute
from syncsvc.domain.errors import NotFoundError, RefusedError
from syncsvc.domain.records import (
    Asset,
    Field,
    HectorCategory,
    Level,
    Listed,
    NewAsset,
    NewSubcategory,
    Stockroom,
    Subcategory,
    User,
)
from syncsvc.domain.values import Value, clean_text, find_option, fold, stored_forms


@dataclass
class _Record:
    id: int
    category_id: int
    values: dict[str, Value] = field(default_factory=dict)
    subcategory_id: int = 0
    stockroom_id: int = 0
    is_active: bool = True
    modified_at: datetime | None = None


class MemoryHector:
    """The double. ``before`` and ``after`` are called with the method's name around each write, and may raise."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.before: Hook = nothing
        self.after: Hook = nothing
        self.writes: list[str] = []
        self.requests = 0
        self._made = 0
        self._users: list[User] = []
        self._stockrooms: list[Stockroom] = []
        self._categories: list[HectorCategory] = []
        self._fields: dict[int, list[Field]] = {}
        self._subcategories: dict[int, _Record] = {}
        self._assets: dict[int, _Record] = {}

    # -- what people do --------------------------------------------------------------------------------------------------

    def add_user(self, name: str, email: str) -> User:
        self._users.append(User(self._id(), email, name))
        return self._users[-1]

    def add_stockroom(self, name: str) -> Stockroom:
        self._stockrooms.append(Stockroom(self._id(), name))
        return self._stockrooms[-1]

    def add_category(self, name: str, type_: str = "serialized") -> HectorCategory:
        self._categories.append(HectorCategory(self._id(), name, type_))
        self._fields[self._categories[-1].id] = list(OWN_FIELDS)
        return self._categories[-1]

    def add_attribute(
        self,
        category_id: int,
        name: str,
        scope: str = "asset",
        type_: str = "text",
        options: Sequence[str] = (),
        **limits: object,
    ) -> Field:
        wire = WireAttribute(self._id(), name, "asset" if scope == "asset" else "subcategory", type_, options=list(options))
        made = replace(attribute(wire), **limits)  # type: ignore[arg-type]  # the caller names members of Field
        self._fields[category_id].append(made)
        return made

    def add_subcategory(self, category_id: int, values: Mapping[str, Value] | None = None) -> int:
        record = _Record(self._id(), category_id)
        self._subcategories[record.id] = record
        self.edit_subcategory(record.id, values or {})
        return record.id

    def add_asset(self, category_id: int, subcategory_id: int, values: Mapping[str, Value] | None = None) -> int:
        record = _Record(self._id(), category_id, {}, subcategory_id, self._stockrooms[0].id)
        self._assets[record.id] = record
        self.edit_asset(record.id, values or {})
        self._fill(record)
        return record.id

    def edit_subcategory(self, subcategory_id: int, changes: Mapping[str, Value]) -> None:
        self._edit(self._subcategories[subcategory_id], Level.SUBCATEGORY, changes)

    def edit_asset(self, asset_id: int, changes: Mapping[str, Value]) -> None:
        """Change fields; ``status`` (``active``, ``retired``) and ``subcategory_id`` too."""
        record, fields = self._assets[asset_id], dict(changes)
        record.is_active = fields.pop("status", "active" if record.is_active else "retired") == "active"
        record.subcategory_id = int(str(fields.pop("subcategory_id", None) or record.subcategory_id))
        self._edit(record, Level.ASSET, fields)

    def delete_asset(self, asset_id: int) -> _Record:
        return self._assets.pop(asset_id)

    def restore_asset(self, deleted: _Record) -> None:
        self._assets[deleted.id] = deleted

    def asset_ids(self) -> list[int]:
        return list(self._assets)

    def subcategory_ids(self) -> list[int]:
        return list(self._subcategories)

    def value(self, asset_id: int, path: str) -> Value:
        record = self._assets[asset_id]
        return record.values.get(self._named(record, Level.ASSET, path).key)

    # -- what the engine asks --------------------------------------------------------------------------------------------

    def users(self) -> list[User]:
        self.requests += 1
        return list(self._users)

    def stockrooms(self) -> list[Stockroom]:
        self.requests += 1
        return list(self._stockrooms)

    def categories(self) -> list[HectorCategory]:
        self.requests += 1
        return list(self._categories)

    def fields(self, category_id: int) -> list[Field]:
        self.requests += 1
        return list(self._fields[category_id])

    def subcategories(
        self, category_id: int, fields: Sequence[Field], *, updated_since: datetime | None = None
    ) -> list[Subcategory]:
        self.requests += 1
        return [_subcategory(one, fields) for one in _of(self._subcategories, category_id, updated_since)]

    def subcategory(self, subcategory_id: int, fields: Sequence[Field]) -> Subcategory:
        self.requests += 1
        return _subcategory(_there(self._subcategories, subcategory_id), fields)

    def assets(self, category_id: int, fields: Sequence[Field], *, updated_since: datetime | None = None) -> list[Asset]:
        self.requests += 1
        return [_asset(one, fields) for one in _of(self._assets, category_id, updated_since)]

    def changed_assets(self, category_id: int, fields: Sequence[Field], known: Mapping[int, int]) -> Listed[Asset]:
        return listed(self.assets(category_id, fields), known)

    def assets_by_id(self, ids: Sequence[int], fields: Sequence[Field]) -> list[Asset]:
        self.requests += 1
        return [_asset(self._assets[asset_id], fields) for asset_id in dict.fromkeys(ids) if asset_id in self._assets]

    def create_subcategory(self, new: NewSubcategory, fields: Sequence[Field]) -> Subcategory:
        self._begin("create_subcategory", new.values)
        record = _Record(self._id(), new.category_id)
        self._write(record, new.values)
        self._subcategories[record.id] = record
        self.after("create_subcategory")
        return _subcategory(record, fields)

    def update_subcategory(self, subcategory_id: int, values: dict[Field, Value], fields: Sequence[Field]) -> Subcategory:
        self._begin("update_subcategory", values)
        record = _there(self._subcategories, subcategory_id)
        self._write(record, values)
        self.after("update_subcategory")
        return _subcategory(record, fields)

    def create_asset(self, new: NewAsset, fields: Sequence[Field]) -> Asset:
        self._begin("create_asset", new.values)
        if new.subcategory_id not in self._subcategories or new.stockroom_id not in {one.id for one in self._stockrooms}:
            raise RefusedError("Hector refused it: no such subcategory or stockroom", status=422)
        record = _Record(self._id(), new.category_id, {}, new.subcategory_id, new.stockroom_id)
        self._write(record, new.values)
        self._fill(record)
        self._assets[record.id] = record
        self.after("create_asset")
        return _asset(record, fields)

    def update_asset(
        self,
        asset_id: int,
        values: dict[Field, Value],
        fields: Sequence[Field],
        *,
        subcategory_id: int | None = None,
        active: bool | None = None,
    ) -> Asset:
        self._begin("update_asset", values)
        record = _there(self._assets, asset_id)
        self._write(record, values)
        record.subcategory_id = record.subcategory_id if subcategory_id is None else subcategory_id
        record.is_active = record.is_active if active is None else active
        self.after("update_asset")
        return _asset(record, fields)

    # -- inside ----------------------------------------------------------------------------------------------------------

    def _begin(self, what: str, values: Mapping[Field, Value]) -> None:
        wire_members(values)  # refuses what cannot be written
        self.requests += 1
        self.writes.append(what)
        self.before(what)

    def _write(self, record: _Record, values: Mapping[Field, Value]) -> None:
        tag = next((fold(str(value)) for one, value in values.items() if one.key == "asset.asset_tag" and value), None)
        taken = {fold(str(one.values.get("asset.asset_tag"))) for one in self._assets.values() if one is not record}
        if tag in taken:
            raise RefusedError("Hector refused it: asset_tag is taken", status=409, fields={"asset.asset_tag": "is taken"})
        empty = {one.key: "is required" for one, value in values.items() if one.required and value is None}
        if empty:
            raise RefusedError(f"Hector refused it: {empty}", status=422, fields=empty)
        for one, value in values.items():
            record.values[one.key] = _stored(one, value)
        record.modified_at = self.now()

    def _edit(self, record: _Record, level: Level, changes: Mapping[str, Value]) -> None:
        self._write(record, {self._named(record, level, path): value for path, value in changes.items()})

    def _named(self, record: _Record, level: Level, path: str) -> Field:
        return next(one for one in self._fields[record.category_id] if one.name == f"{level.value}.{path}")

    def _fill(self, record: _Record) -> None:
        """Make the tag and the title that nobody gave, as Hector does."""
        tag = record.values.get("asset.asset_tag") or f"A{record.id:05d}"
        made = f"{_subcategory(self._subcategories[record.subcategory_id], ()).title} - {tag}"
        record.values |= {"asset.asset_tag": tag, "asset.title": record.values.get("asset.title") or made}

    def _id(self) -> int:
        self._made += 1
        return self._made


def _stored(field: Field, value: Value) -> Value:
    option = find_option(field.options, value) if field.options and isinstance(value, str) else None
    stored = option.label if option else value
    stored = stored_forms(stored, field.kind, max_length=field.max_length, decimals=field.decimals)[0]
    return clean_text(stored) if isinstance(stored, str) else stored


def _of(records: dict[int, _Record], category_id: int, since: datetime | None) -> list[_Record]:
    here = (one for one in list(records.values()) if one.category_id == category_id)
    return [one for one in here if since is None or one.modified_at is None or one.modified_at >= since]


def _there(records: dict[int, _Record], record_id: int) -> _Record:
    if record_id not in records:
        raise NotFoundError("Hector: there is no such record.", status=404)
    return records[record_id]


def _text(record: _Record, key: str) -> str | None:
    value = record.values.get(key)
    return value if isinstance(value, str) else None


def _subcategory(record: _Record, fields: Sequence[Field]) -> Subcategory:
    return Subcategory(
        record.id,
        record.category_id,
        *(_text(record, f"subcategory.{member}") for member in ("maker", "model", "description")),
        tuple(record.values.get(one.key) for one in fields),
        record.modified_at,
    )


def _asset(record: _Record, fields: Sequence[Field]) -> Asset:
    return Asset(
        id=record.id,
        category_id=record.category_id,
        subcategory_id=record.subcategory_id,
        title=_text(record, "asset.title") or "",
        asset_tag=_text(record, "asset.asset_tag") or "",
        is_active=record.is_active,
        values=tuple(record.values.get(one.key) for one in fields),
        stockroom_id=record.stockroom_id,
        modified_at=record.modified_at,
    )
