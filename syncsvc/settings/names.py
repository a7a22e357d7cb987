"""Members of the two APIs' JSON that can be given another name, where a tenant's servers use one: ``SYNCSVC_C2__NAMES__ID=Guid``.

A variable ends in the contract's name of the member, in any case. What they are used for is the adapters' business.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo

from syncsvc.settings.forms import refuse


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


C2_MEMBERS = _words(
    "Status Data Message Id Name EnglishName FrenchName EnglishDescription FrenchDescription IsActive IsDeleted IsReadOnly "
    "IsRequired CIFolderId CategoryId DefaultStateId Sections Rows Cells Fields CustomFields DefinitionId "
    "DefinitionSequenceNumber DefinitionType FieldSectionId MaxLength Options ListId Value DisplayName CINumber "
    "SequenceNumber Tags ExternalId LastModifiedDateTime FirstName LastName FullName EmailAddress"
)
HECTOR_MEMBERS = _words(
    "data meta total id name email role type category_id subcategory_id stockroom_id scope options required max_length "
    "maker model description note price weight vendor_sku title asset_tag acquisition_date assigned_date return_date "
    "maintenance_date end_of_life_date status attributes updated_at"
)


def _checked(members: Sequence[str]) -> Callable[[dict[str, str]], dict[str, str]]:
    by_lower = {member.lower(): member for member in members}

    def check(names: dict[str, str]) -> dict[str, str]:
        for member, theirs in names.items():
            if member.lower() not in by_lower:
                near = difflib.get_close_matches(member.lower(), by_lower, n=1)
                raise refuse("names a member that is not read" + (f"; did you mean {near[0].upper()}?" if near else ""))
            if not theirs.strip() or not theirs.isprintable():
                raise refuse("must give each member the name that the server uses")
        return {by_lower[member.lower()]: theirs.strip() for member, theirs in names.items()}

    return check


C2Names = Annotated[dict[str, str], AfterValidator(_checked(C2_MEMBERS)), Field(json_schema_extra={"members": [*C2_MEMBERS]})]
HectorNames = Annotated[
    dict[str, str], AfterValidator(_checked(HECTOR_MEMBERS)), Field(json_schema_extra={"members": [*HECTOR_MEMBERS]})
]


def members_of(field: FieldInfo) -> list[str] | None:
    """Give the members that a setting can name; ``None``: it is a setting of another kind."""
    extra = field.json_schema_extra
    members = extra.get("members") if isinstance(extra, dict) else None
    return [str(member) for member in members] if isinstance(members, list) else None
