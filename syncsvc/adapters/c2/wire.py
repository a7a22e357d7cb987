"""C2's JSON: the members that are needed, with the names and types that C2 gives them; all others are skipped unread.

What a value means is translated in ``translate.py`` and ``definitions.py``.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

Id = Annotated[str, Meta(pattern=r"^(?:\{[!-~]{1,36}\}|[!-~]{1,36})$")]
"""A GUID, in any case and in braces or not; whatever else a server takes for an id must still be one that a database can keep."""
WireValue = Any
"""Documented as text or null; booleans and numbers would say the same, and anything else is that value's problem alone."""


def _member(attribute: str) -> str:
    """Give a member's name on the wire: ``ci_folder_id`` is ``CIFolderId`` there."""
    return "".join("CI" if part == "ci" else part.capitalize() for part in attribute.split("_"))


def guid(text: str) -> str:
    """Give a GUID's canonical form: in lower case and without the braces that .NET may write around it."""
    bare = text[1:-1] if text.startswith("{") and text.endswith("}") and len(text) > len("{}") else text
    lower = bare.lower()
    return bare if lower == bare else lower  # nearly always the very text that was given: a copy for every CI takes room


class Envelope(Struct, rename=_member):
    """Around every answer."""

    status: int
    data: Raw = Raw(b"null")
    message: Any = None


class Named(Struct, rename=_member, kw_only=True):
    """A record that people call by a name, in two languages where the API gives both."""

    id: Id
    name: str | None = None
    english_name: str | None = None
    french_name: str | None = None
    is_active: bool = True


class WireCmdb(Named, rename=_member):
    """A CI folder."""


class WireListItem(Named, rename=_member):
    """An item of a list."""


class WireCell(Struct, rename=_member):
    """Says that a field stands in this place of its section."""

    definition_id: str | None = None


class WireRow(Struct, rename=_member):
    """A row of a section."""

    cells: list[WireCell] | None = None


class WireSection(Struct, rename=_member):
    """A part of the form; its id is the same on all CIs of a category."""

    id: Id
    rows: list[WireRow] | None = None


class WireDefinition(Struct, rename=_member, kw_only=True):
    """A custom field of a category."""

    definition_id: Id
    definition_sequence_number: int
    definition_type: int
    name: str | None = None
    english_name: str | None = None
    french_name: str | None = None
    field_section_id: str | None = None
    is_required: bool = False
    is_read_only: bool = False
    max_length: int | None = None
    options: str | None = None
    list_id: str | None = None


class WireCategory(Named, rename=_member, kw_only=True):
    """A CI category with the definitions of its fields."""

    ci_folder_id: Id
    default_state_id: str | None = None
    sections: list[WireSection] | None = None
    fields: list[WireDefinition]


class WireField(Struct, rename=_member):
    """A custom field's value on one CI."""

    definition_id: Id
    value: WireValue = None
    display_name: WireValue = None


class WireCustomFields(Struct, rename=_member):
    """The custom fields of one CI."""

    fields: list[WireField] | None = None


class SystemFields(Struct, rename=_member, kw_only=True):
    """The properties that every CI has; unset: the answer says nothing of them."""

    ci_number: str | UnsetType | None = UNSET
    sequence_number: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    english_name: str | UnsetType | None = UNSET
    french_name: str | UnsetType | None = UNSET
    english_description: str | UnsetType | None = UNSET
    french_description: str | UnsetType | None = UNSET
    tags: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET
    custom_fields: WireCustomFields | None = None


class WireCI(SystemFields, rename=_member, kw_only=True):
    """A whole CI, as reads and ``CI/UpdateProperty`` give it."""

    id: Id
    ci_number: str
    name: str | None
    category_id: Id
    ci_folder_id: Id
    is_active: bool
    is_deleted: bool = False
    is_read_only: bool = False
    last_modified_date_time: str | None = None


class WireSavedCI(SystemFields, rename=_member, kw_only=True):
    """The partial CI that ``CI/Save`` answers with."""

    id: Id


class WireClient(Struct, rename=_member, kw_only=True):
    """A person."""

    id: Id
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    email_address: str | None = None
    is_active: bool = True
