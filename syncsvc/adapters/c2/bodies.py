"""The bodies of C2's calls, member by member as C2's pages print them. Pure but for the fresh GUIDs that ``CI/Save`` wants."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from syncsvc.adapters.c2.translate import wire_text
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import Category, Field, NewCI
from syncsvc.domain.values import Value

_NAMES = ("Name", "EnglishName", "FrenchName")
HALVES = ("EnglishName", "FrenchName")
"""The names in two languages, one of which a CI shows as its ``Name``."""


def new_ci(new: NewCI) -> dict[str, Any]:
    """Write the body of ``CI/Save``; empty values are left out. Raises :class:`ConversionError`."""
    texts = {field: wire_text(field, value) for field, value in new.values.items() if value is not None}
    custom = {field: text for field, text in texts.items() if field.is_custom}
    system = {field.key: text for field, text in texts.items() if not field.is_custom}
    model: dict[str, Any] = {"CIFolderId": new.cmdb_id, "CategoryId": new.category_id}
    if custom:
        model["CustomFields"] = _custom_fields(custom)
    if new.state_id is not None:
        model["StateId"] = new.state_id
    if not custom:
        model["CITicketsCount"] = 0
    model["EnglishName"] = system.get("EnglishName", new.name)
    model["FrenchName"] = system.get("FrenchName", new.name)
    model |= {key: text for key, text in system.items() if key not in _NAMES}
    return {"viewModel": model}


def _custom_fields(texts: Mapping[Field, str]) -> dict[str, Any]:
    """Tie each value to its definition by a GUID of its own, inside the section that the definition stands in."""
    fields = []
    cells: dict[str, list[dict[str, Any]]] = {}
    for field, text in texts.items():
        if field.section_id is None:
            raise ConversionError(
                f"C2 does not say in which section “{field.name}” stands, so it cannot be set on a new CI.",
                hint="Check the category's form in C2.",
            )
        tie = str(uuid.uuid4())
        fields.append({"Id": tie, "Value": text})
        cells.setdefault(field.section_id, []).append({"DefinitionId": field.key, "field": {"Id": tie}})
    sections = [{"Rows": [{"Cells": row}], "Id": section_id} for section_id, row in cells.items()]
    return {"Fields": fields, "Sections": sections}


def new_value(ci_id: str, field: Field, value: Value, *, shown: str = "FrenchName") -> list[dict[str, str]]:
    """Write the bodies of the ``CI/UpdateProperty`` calls that write one field.

    One call, but for ``Name``: that is only what the server shows of the names in its two languages. The half that it shows comes
    last: as long as the other one could not be written, ``Name`` still reads as before, and the next look sees work to do.
    """
    text = wire_text(field, value)
    if field.is_custom:
        return [{"Id": ci_id, "CustomFieldSequenceNumber": str(field.number), "Value": text}]
    properties = sorted(HALVES, key=shown.__eq__) if field.key == "Name" else [field.key]
    return [{"Id": ci_id, "PropertyName": name, "Value": text} for name in properties]


def activity(ci_id: str, *, active: bool) -> dict[str, str]:
    """Write the body of the ``CI/UpdateProperty`` call that sets ``IsActive``."""
    return {"Id": ci_id, "PropertyName": "IsActive", "Value": "true" if active else "false"}


def ci_criteria(category: Category, modified_since: datetime | None) -> dict[str, Any]:
    """Write the search criteria for a category's CIs."""
    criteria: dict[str, Any] = {"CIFolderId": category.cmdb_id, "CategoryId": category.id}
    if modified_since is not None:
        since = modified_since.astimezone(UTC).isoformat(timespec="milliseconds")
        criteria["ModifiedSince"] = since.replace("+00:00", "Z")
    return criteria


def same_number(shown: str, asked: str) -> bool:
    """Whether two CI numbers are one and the same: people leave out the zeros in front."""
    return shown.strip().lstrip("0") == asked.strip().lstrip("0")
