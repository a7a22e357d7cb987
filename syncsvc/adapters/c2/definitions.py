"""What C2 says about its structure (CMDBs, categories, fields, lists, clients), as the domain's records. Pure.

The values of CIs are translated in ``translate.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from syncsvc.adapters.c2.wire import Named, WireCategory, WireClient, WireCmdb, WireDefinition, WireListItem, guid
from syncsvc.adapters.parsing import UNPARSABLE, label
from syncsvc.domain.records import Category, Client, Cmdb, Field, Level
from syncsvc.domain.values import Kind, Option

TEXT, DECIMAL, INTEGER, DATE_TIME, LIST, CLIENT, LINES, CHECKBOX = 0, 1, 2, 3, 4, 6, 7, 8
"""``DefinitionType``: 1, 3, 6 and 8 are documented, the others assumed."""
KINDS = {
    TEXT: Kind.TEXT,
    DECIMAL: Kind.NUMBER,
    INTEGER: Kind.NUMBER,
    DATE_TIME: Kind.DATE_TIME,
    LIST: Kind.CHOICE,
    CLIENT: Kind.PERSON,
    LINES: Kind.TEXT,
    CHECKBOX: Kind.YES_NO,
}
_WRITABLE = ("Name", "EnglishName", "FrenchName", "EnglishDescription", "FrenchDescription", "Tags", "ExternalId")
_READ_ONLY = ("CINumber", "SequenceNumber")
SYSTEM_FIELDS = tuple(
    Field(key=name, name=name, kind=Kind.TEXT, level=Level.CI, read_only=name in _READ_ONLY) for name in _WRITABLE + _READ_ONLY
)
"""The properties that every CI has and that can be mapped."""


def cmdb(wire: WireCmdb, language: str) -> Cmdb:
    """Translate a CI folder."""
    name, names = _names(wire, language)
    return Cmdb(id=guid(wire.id), name=name, names=names, is_active=wire.is_active)


def category(wire: WireCategory, language: str, items: Mapping[str, Sequence[WireListItem]]) -> Category:
    """Translate a category; ``items`` holds the items of every list that its fields use, by the list's canonical id."""
    name, names = _names(wire, language)
    sections = {
        guid(cell.definition_id): guid(section.id)
        for section in wire.sections or ()
        for row in section.rows or ()
        for cell in row.cells or ()
        if cell.definition_id
    }
    return Category(
        id=guid(wire.id),
        cmdb_id=guid(wire.ci_folder_id),
        name=name,
        names=names,
        is_active=wire.is_active,
        default_state_id=_guid(wire.default_state_id),
        fields=SYSTEM_FIELDS + tuple(_field(definition, language, sections, items) for definition in wire.fields),
    )


def _field(
    wire: WireDefinition, language: str, sections: Mapping[str, str], items: Mapping[str, Sequence[WireListItem]]
) -> Field:
    name, names = _names(wire, language)
    known = wire.definition_type in KINDS
    kind = KINDS.get(wire.definition_type, Kind.TEXT)
    list_id = _guid(wire.list_id)
    return Field(
        key=guid(wire.definition_id),
        name=name,
        names=names,
        kind=kind,
        level=Level.CI,
        required=wire.is_required,
        read_only=wire.is_read_only or not known,
        max_length=(wire.max_length or None) if kind is Kind.TEXT else None,
        decimals=_decimals(wire),
        options=tuple(_option(item, language) for item in items.get(list_id or "", ())) if kind is Kind.CHOICE else (),
        number=wire.definition_sequence_number,
        section_id=_guid(wire.field_section_id) or sections.get(guid(wire.definition_id)),
        list_id=list_id,
        definition_type=wire.definition_type,
        unknown_kind=not known,
    )


def _option(wire: WireListItem, language: str) -> Option:
    name, others = _names(wire, language)
    return Option(id=guid(wire.id), label=name, labels=(name, *others), is_active=wire.is_active)


class _DecimalOptions(msgspec.Struct, rename="pascal"):
    decimal_places: int | None = None


def _decimals(wire: WireDefinition) -> int | None:
    """Read how many decimals a number keeps out of ``Options``, which is JSON inside a string."""
    if wire.definition_type == INTEGER:
        return 0
    if wire.definition_type != DECIMAL or not wire.options:
        return None
    try:
        return msgspec.json.decode(wire.options, type=_DecimalOptions).decimal_places
    except UNPARSABLE:
        return None


def client(wire: WireClient) -> Client:
    """Translate a person; a missing full name is put together from its parts."""
    parts = " ".join(part for part in (wire.first_name, wire.last_name) if part)
    return Client(
        id=guid(wire.id),
        full_name=label(wire.full_name or parts),
        email=label(wire.email_address or ""),
        is_active=wire.is_active,
    )


def _guid(text: str | None) -> str | None:
    return guid(text) if text else None  # an empty one is none


def _names(wire: Named | WireDefinition, language: str) -> tuple[str, tuple[str, ...]]:
    """Give the name in the configured language, or else as the server shows it; and the other names of the same thing."""
    in_order = (wire.french_name, wire.english_name) if language == "fr" else (wire.english_name, wire.french_name)
    known = [label(name or "") for name in (in_order[0], wire.name, in_order[1])]
    names = list(dict.fromkeys(name for name in known if name))
    return (names[0], tuple(names[1:])) if names else ("", ())
