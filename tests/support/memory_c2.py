"""C2 in memory, on domain records; it keeps the contract of ``adapters/base.py`` as ``test_contract_c2.py`` proves.

Tests add, edit, move and delete with canonical values, fields by name. Fields cut and round as their limits say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from fingerprints import listed

from syncsvc.adapters.c2.bodies import new_ci, new_value
from syncsvc.adapters.c2.definitions import CHECKBOX, CLIENT, DATE_TIME, DECIMAL, LIST, SYSTEM_FIELDS, TEXT
from syncsvc.domain.errors import RefusedError
from syncsvc.domain.records import Category, Client, Cmdb, ConfigurationItem, Field, Level, Listed, NewCI
from syncsvc.domain.values import Kind, Option, Value, clean_text, stored_forms

_TYPES = {
    Kind.TEXT: TEXT,
    Kind.NUMBER: DECIMAL,
    Kind.DATE_TIME: DATE_TIME,
    Kind.CHOICE: LIST,
    Kind.PERSON: CLIENT,
    Kind.YES_NO: CHECKBOX,
}
_NAMES = ("Name", "FrenchName", "EnglishName")
_SAID_BY_SAVE = ("ExternalId", "CINumber", "SequenceNumber")
Hook = Callable[[str], None]


def nothing(_what: str) -> None:
    """Do nothing: what the hooks do until a test hangs something in."""


@dataclass
class _CI:
    id: str
    number: str
    category_id: str
    values: dict[str, Value] = field(default_factory=dict)
    is_active: bool = True
    is_deleted: bool = False
    modified_at: datetime | None = None


class MemoryC2:
    """The double. ``before`` and ``after`` are called with the method's name around each write, and may raise."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.before: Hook = nothing
        self.after: Hook = nothing
        self.writes: list[str] = []
        self.requests = 0
        self._made = 0
        self._cmdbs: dict[str, Cmdb] = {}
        self._categories: dict[str, Category] = {}
        self._clients: dict[str, Client] = {}
        self._cis: dict[str, _CI] = {}

    # -- what people do --------------------------------------------------------------------------------------------------

    def add_cmdb(self, name: str, *names: str) -> Cmdb:
        cmdb = Cmdb(self._guid(), name, names)
        self._cmdbs[cmdb.id] = cmdb
        return cmdb

    def add_category(self, cmdb: Cmdb, name: str, *names: str, fields: Sequence[Field] = ()) -> Category:
        category = Category(self._guid(), cmdb.id, name, names, default_state_id=self._guid(), fields=(*SYSTEM_FIELDS, *fields))
        self._categories[category.id] = category
        return category

    def field(self, name: str, kind: Kind = Kind.TEXT, *, options: Sequence[Option] = (), **limits: object) -> Field:
        """Make a custom field for :meth:`add_category`; ``limits`` are the other members of :class:`Field`."""
        custom = Field(
            key=self._guid(),
            name=name,
            kind=kind,
            level=Level.CI,
            options=tuple(options),
            number=self._made,
            section_id=self._guid(),
            definition_type=_TYPES[kind],
        )
        return replace(custom, **limits)  # type: ignore[arg-type]  # the caller names members of Field

    def option(self, label: str, *labels: str) -> Option:
        return Option(self._guid(), label, (label, *labels))

    def add_client(self, full_name: str, email: str = "", *, is_active: bool = True) -> Client:
        client = Client(self._guid(), full_name, email, is_active)
        self._clients[client.id] = client
        return client

    def add_ci(self, category: Category, name: str, values: Mapping[str, Value] | None = None, *, is_active: bool = True) -> str:
        ci = self._new(category.id, is_active=is_active)
        self.edit_ci(ci.id, {"Name": name, **(values or {})})
        return ci.id

    def edit_ci(self, ci_id: str, changes: Mapping[str, Value]) -> None:
        ci = self._cis[ci_id]
        by_name = {one.name: one for one in self._categories[ci.category_id].fields}
        for name, value in changes.items():
            if name == "IsActive":
                ci.is_active = bool(value)
            else:
                _put(ci, by_name[name], value)
        ci.modified_at = self.now()

    def move_ci(self, ci_id: str, category: Category) -> None:
        self._cis[ci_id].category_id = category.id
        self._cis[ci_id].modified_at = self.now()

    def delete_ci(self, ci_id: str) -> None:
        self._cis[ci_id].is_deleted = True

    def restore_ci(self, ci_id: str) -> None:
        self._cis[ci_id].is_deleted = False

    def ci_ids(self) -> list[str]:
        return [ci.id for ci in self._cis.values() if not ci.is_deleted]

    def value(self, ci_id: str, name: str) -> Value:
        ci = self._cis[ci_id]
        wanted = next(one for one in self._categories[ci.category_id].fields if one.name == name)
        return ci.values.get(wanted.key, _empty(wanted))

    # -- what the engine asks --------------------------------------------------------------------------------------------

    def cmdbs(self) -> list[Cmdb]:
        self.requests += 1
        return list(self._cmdbs.values())

    def categories(self, cmdb_id: str) -> list[Category]:
        self.requests += 1
        return [category for category in self._categories.values() if category.cmdb_id == cmdb_id]

    def clients(self) -> list[Client]:
        self.requests += 1
        return list(self._clients.values())

    def cis(
        self, category: Category, fields: Sequence[Field], *, modified_since: datetime | None = None
    ) -> list[ConfigurationItem]:
        self.requests += 1
        return [
            self._shown(ci, fields)
            for ci in list(self._cis.values())
            if ci.category_id == category.id
            and not ci.is_deleted
            and (modified_since is None or ci.modified_at is None or ci.modified_at >= modified_since)
        ]

    def changed_cis(self, category: Category, fields: Sequence[Field], known: Mapping[int, str]) -> Listed[ConfigurationItem]:
        return listed(self.cis(category, fields), known)

    def cis_by_id(self, category: Category, fields: Sequence[Field], ids: Sequence[str]) -> list[ConfigurationItem]:
        assert category
        self.requests += 1
        found = (self._cis.get(ci_id) for ci_id in dict.fromkeys(ids))
        return [self._shown(ci, fields) for ci in found if ci and not ci.is_deleted]

    def ci_by_number(self, number: str) -> ConfigurationItem | None:
        self.requests += 1
        found = (ci for ci in list(self._cis.values()) if ci.number == number.strip().zfill(8) and not ci.is_deleted)
        return next((self._shown(ci, ()) for ci in found), None)

    def create_ci(self, new: NewCI, fields: Sequence[Field]) -> ConfigurationItem:
        new_ci(new)  # refuses what cannot be written
        self._begin("create_ci")
        known = self._categories[new.category_id].fields
        missing = [one.name for one in known if one.required and new.values.get(one) is None]
        if missing:
            raise RefusedError(f"C2 refused it: required: {missing}")
        ci = self._new(new.category_id, is_active=True)
        for one, value in ((SYSTEM_FIELDS[0], new.name), *new.values.items()):
            _put(ci, one, value)
        ci.modified_at = self.now()
        self.after("create_ci")
        absent = {place for place, one in enumerate(fields) if not one.is_custom and one.key not in _SAID_BY_SAVE}
        whole = self._shown(ci, fields)
        said = tuple(None if place in absent else value for place, value in enumerate(whole.values))
        return replace(whole, values=said, modified_at=None, absent=frozenset(absent))

    def update_ci(self, ci_id: str, field: Field, value: Value, fields: Sequence[Field]) -> ConfigurationItem:
        new_value(ci_id, field, value)  # refuses what cannot be written
        self._begin("update_ci")
        ci = self._there(ci_id)
        if field.required and value is None:
            raise RefusedError(f"C2 refused it: “{field.name}” is required")
        _put(ci, field, value)
        ci.modified_at = self.now()
        self.after("update_ci")
        return self._shown(ci, fields)

    def set_active(self, ci_id: str, *, active: bool, fields: Sequence[Field]) -> ConfigurationItem:
        self._begin("set_active")
        ci = self._there(ci_id)
        ci.is_active = active
        ci.modified_at = self.now()
        self.after("set_active")
        return self._shown(ci, fields)

    # -- inside ----------------------------------------------------------------------------------------------------------

    def _begin(self, what: str) -> None:
        self.requests += 1
        self.writes.append(what)
        self.before(what)

    def _there(self, ci_id: str) -> _CI:
        ci = self._cis.get(ci_id)
        if ci is None or ci.is_deleted:
            raise RefusedError("C2 refused it: there is no such CI")
        return ci

    def _new(self, category_id: str, *, is_active: bool) -> _CI:
        ci = _CI(self._guid(), f"{len(self._cis) + 1:08d}", category_id, is_active=is_active)
        ci.values |= {"CINumber": ci.number, "SequenceNumber": ci.number}
        self._cis[ci.id] = ci
        return ci

    def _shown(self, ci: _CI, fields: Sequence[Field]) -> ConfigurationItem:
        known = {one.key for one in self._categories[ci.category_id].fields}
        return ConfigurationItem(
            id=ci.id,
            number=ci.number,
            name=str(ci.values.get("Name") or ""),
            category_id=ci.category_id,
            is_active=ci.is_active,
            values=tuple(ci.values.get(one.key, _empty(one)) if one.key in known else None for one in fields),
            modified_at=ci.modified_at,
            absent=frozenset(place for place, one in enumerate(fields) if one.key not in known),
        )

    def _guid(self) -> str:
        self._made += 1
        return str(UUID(int=0xC2 << 96 | self._made))


def _empty(field: Field) -> Value:
    return False if field.kind is Kind.YES_NO else None


def _put(ci: _CI, field: Field, value: Value) -> None:
    stored = stored_forms(value, field.kind, max_length=field.max_length, decimals=field.decimals)[0]
    if isinstance(stored, str):
        stored = clean_text(stored)
    for key in _NAMES if field.key == "Name" else (field.key,):
        ci.values[key] = _empty(field) if stored is None else stored
    if field.key == "FrenchName":
        ci.values["Name"] = stored
