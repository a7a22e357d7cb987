"""A C2 tenant that people work in: CIs are made, edited, moved and deleted by hand.

None of it goes through HTTP; the values do go through the same forms as the API's. What the API shows is only read here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from syncsvc.sandbox.c2_changes import checked_value, make_ci, put_values, touch, write_property
from syncsvc.sandbox.c2_records import Ci, Definition, Kind, RefusedError
from syncsvc.sandbox.c2_show_ci import whole_ci
from syncsvc.sandbox.c2_structure import C2Structure, guid
from syncsvc.sandbox.c2_values import shown_value

_SYSTEM = frozenset(
    {"FrenchName", "EnglishName", "FrenchDescription", "EnglishDescription", "Tags", "ExternalId", "StateId", "OwnerId"}
    | {"IsActive", "IsReadOnly", "IsDeleted"}
)
PERSON = "marie.tremblay"
"""Who edits in C2 unless told otherwise."""


class C2World(C2Structure):
    """The tenant behind the C2 API, empty at first. Ids may be given in any case; what does not exist raises ``KeyError``."""

    # -- CIs -------------------------------------------------------------------------------------------------------------

    def add_ci(
        self,
        category_id: str,
        name: str | tuple[str, str],
        values: Mapping[str, Any] | None = None,
        *,
        active: bool = True,
        id: str | None = None,  # noqa: A002 - the record's own word
        by: str = PERSON,
        **system: Any,
    ) -> str:
        """Add a CI and give its id; ``system`` are its properties, as ``ExternalId`` or ``external_id``."""
        with self.lock:
            category = self.categories[category_id.lower()]
            ci = make_ci(self, category, by=by, ci_id=guid(id), state_id=guid(system.pop("state_id", None)))
            french, english = (name, name) if isinstance(name, str) else name
            properties = {"FrenchName": french, "EnglishName": english, "IsActive": active}
            properties |= {_property_name(key): value for key, value in system.items()}
            try:
                self._write(ci, {**properties, **(values or {})})
            except (KeyError, RefusedError):
                del self.cis[ci.id]
                raise
            return ci.id

    def edit_ci(self, ci_id: str, changes: Mapping[str, Any], *, by: str = PERSON) -> None:
        """Change fields, by their names in either language, and system properties; ``Name`` changes both names.

        Lists take an item's id or label, persons a client's id, full name or e-mail; ``None`` empties.
        """
        with self.lock:
            ci = self.cis[ci_id.lower()]
            self._write(ci, changes)
            touch(self, ci, by)

    def move_ci(self, ci_id: str, category_id: str, *, by: str = PERSON) -> None:
        """Put a CI into another category; values of fields that the new one lacks are kept, and not shown."""
        with self.lock:
            ci, category = self.cis[ci_id.lower()], self.categories[category_id.lower()]
            ci.category_id = category.id
            if ci.state_id not in category.states:
                ci.state_id = category.states[0]
            touch(self, ci, by)

    def delete_ci(self, ci_id: str, *, by: str = PERSON) -> None:
        """Delete a CI: reads no longer give it, writes to it are refused."""
        with self.lock:
            ci = self.cis[ci_id.lower()]
            ci.is_deleted = True
            touch(self, ci, by)

    def plant(self, ci_id: str, field_name: str, stored: str) -> None:
        """Store a value as an old import left it, past every check (outer blanks, broken dates)."""
        with self.lock:
            ci = self.cis[ci_id.lower()]
            ci.values[self._definition(ci, field_name).id] = stored

    # -- looking ---------------------------------------------------------------------------------------------------------

    def ci(self, ci_id: str) -> dict[str, Any]:
        """Give a whole CI as the API shows it."""
        with self.lock:
            shown: dict[str, Any] = json.loads(whole_ci(self, self.cis[ci_id.lower()]))
            return shown

    def value(self, ci_id: str, name: str) -> Any:
        """Give a custom field's ``Value``, or a system property, as the API shows it."""
        with self.lock:
            ci = self.cis[ci_id.lower()]
            system = json.loads(whole_ci(self, ci, custom_fields=False))
            if name in system:
                return system[name]
            definition = self._definition(ci, name)
            return shown_value(definition, ci.values.get(definition.id))

    def ci_ids(self, category_id: str | None = None) -> list[str]:
        """Give the ids of all CIs that are not deleted, in the order in which they were made."""
        with self.lock:
            wanted = guid(category_id)
            return [ci.id for ci in self.cis.values() if not ci.is_deleted and wanted in {None, ci.category_id}]

    def find(self, ci_number: str) -> str:
        """Give the id of the CI with this ``CINumber``; zeros in front may be left out."""
        with self.lock:
            return next(ci.id for ci in self.cis.values() if ci.number == ci_number.zfill(8))

    # -- inside ----------------------------------------------------------------------------------------------------------

    def _write(self, ci: Ci, changes: Mapping[str, Any]) -> None:
        values: dict[str, str | None] = {}
        for name, value in changes.items():
            if name == "Name":
                write_property(self, ci, "FrenchName", _text(value))
                write_property(self, ci, "EnglishName", _text(value))
            elif name in _SYSTEM:
                write_property(self, ci, name, _text(value))
            else:
                definition = self._definition(ci, name)
                text = self._by_label(definition, _text(value))
                values[definition.id] = checked_value(self, definition, text, held=None, strict=False)
        put_values(ci, values)

    def _definition(self, ci: Ci, name: str) -> Definition:
        definitions = self.categories[ci.category_id].definitions
        for definition in definitions:
            if name in {definition.french, definition.english}:
                return definition
        raise KeyError(f"{name}; the category has {', '.join(definition.french for definition in definitions)}")

    def _by_label(self, definition: Definition, text: str) -> str:
        if definition.kind == Kind.LIST:
            items = self.lists[definition.list_id or ""].values()
            return next((item.id for item in items if text in {item.french, item.english}), text)
        if definition.kind == Kind.CLIENT:
            clients = self.clients.values()
            return next((client.id for client in clients if text and text in {client.full_name, client.email}), text)
        return text


def _property_name(key: str) -> str:
    return key if key[:1].isupper() else "".join(part.capitalize() for part in key.split("_"))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)
