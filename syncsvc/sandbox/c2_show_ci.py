"""What C2's API shows of a CI, as JSON text with the members and forms that C2 prints.

Text and not dictionaries: a custom field has 36 members, of which three differ from CI to CI, so each field of a category is
a text with three holes, and a page of 500 CIs is a matter of milliseconds.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from syncsvc.sandbox.c2_records import C2Tenant, Category, Ci, Definition, Kind
from syncsvc.sandbox.c2_show import IMAGE, section, shown_moment, shown_options, to_json
from syncsvc.sandbox.c2_values import display_name, shown_value

_HOLE = "\ufdd0"
"""A code point that no text may hold."""


def whole_ci(tenant: C2Tenant, ci: Ci, *, custom_fields: bool = True) -> str:
    """Write a CI as ``UpdateProperty`` answers it; without its custom fields the member is ``null``."""
    fields = custom_fields_of(tenant, ci) if custom_fields else "null"
    head, tail = to_json(_before_fields(tenant, ci)), to_json(_after_fields(tenant, ci))
    return f'{head[:-1]},"CustomFields":{fields},{tail[1:]}'


def saved_ci(tenant: C2Tenant, ci: Ci) -> str:
    """Write a CI as ``CI/Save`` answers it: only part of it."""
    head: dict[str, Any] = {
        "StateId": ci.state_id,
        "OwnerId": ci.owner_id,
        "OwnerName": _owner_name(tenant, ci),
        "Attachments": [],
        "CINumber": ci.number,
        "Id": ci.id,
        "SequenceNumber": ci.sequence_number,
        "Message": None,
        "ParentId": None,
        "HasPortalAccess": False,
        "UserName": None,
    }
    tail = {"NameId": ci.name_id, "DescriptionId": ci.description_id, "Data": None, "ExternalId": ci.external_id}
    return f'{to_json(head)[:-1]},"CustomFields":{custom_fields_of(tenant, ci)},{to_json(tail)[1:]}'


def custom_fields_of(tenant: C2Tenant, ci: Ci) -> str:
    """Write the ``CustomFields`` member: every field of the CI's category, those added after the CI was made too."""
    category = tenant.categories[ci.category_id]
    if not category.definitions:
        return '{"Fields":[],"Sections":[]}'
    fields = []
    for order, definition in enumerate(category.definitions):
        value = shown_value(definition, ci.values.get(definition.id))
        name, flag = to_json(display_name(tenant, definition, value)), field_id(ci, definition)
        first, second, third, fourth = _template(tenant, category, definition, order)
        fields.append(f'{first}"{flag}"{second}{to_json(value)}{third}{name}{fourth}')
    return f'{{"Fields":[{",".join(fields)}],"Sections":[{to_json(section(tenant, category))}]}}'


def field_id(ci: Ci, definition: Definition) -> str:
    """Give the id of a field on this CI; it differs from CI to CI and stays."""
    found = ci.field_ids.get(definition.id)
    if found is None:
        found = ci.field_ids[definition.id] = str(uuid5(UUID(ci.id), definition.id))
    return found


def _before_fields(tenant: C2Tenant, ci: Ci) -> dict[str, Any]:
    category = tenant.categories[ci.category_id]
    cmdb = tenant.cmdbs[category.cmdb_id]
    return {
        "CINumber": ci.number,
        "CICategoryImagePath": None,
        "StateId": ci.state_id,
        "CICategoryPrefix": None,
        "CITypeId": cmdb.type_id,
        "CategoryId": ci.category_id,
        "CIFolderId": cmdb.id,
        "Name": ci.english_name if tenant.language == "en" else ci.french_name,
        "CITypeName": tenant.label(cmdb),
        "IsReadOnly": ci.is_read_only,
    }


def _after_fields(tenant: C2Tenant, ci: Ci) -> dict[str, Any]:
    return {
        "OwnerId": ci.owner_id,
        "OwnerName": _owner_name(tenant, ci),
        "CIRelationsFrom": [],
        "CIRelationsTo": [],
        "Attachments": [],
        "StateTextColor": None,
        "StateBackgroundColor": None,
        "StateMessage": None,
        "Tags": ci.tags,
        "ExternalId": ci.external_id,
        "CIClientsCount": 0,
        "CIEnterprisesCount": 0,
        "CITicketsCount": 0,
        "EnglishName": ci.english_name,
        "FrenchName": ci.french_name,
        "EnglishDescription": ci.english_description,
        "FrenchDescription": ci.french_description,
        "NameId": ci.name_id,
        "DescriptionId": ci.description_id,
        "ImagePath": IMAGE,
        "IsActive": ci.is_active,
        "IsDeleted": ci.is_deleted,
        "SequenceNumber": ci.sequence_number,
        "CreatedBy": ci.created_by,
        "CreatedDateTime": shown_moment(tenant, ci.created_at),
        "LastModifiedBy": ci.modified_by,
        "LastModifiedDateTime": shown_moment(tenant, ci.modified_at),
        "Id": ci.id,
    }


def _owner_name(tenant: C2Tenant, ci: Ci) -> str | None:
    owner = tenant.clients.get(ci.owner_id or "")
    return owner.full_name if owner else None


def _template(tenant: C2Tenant, category: Category, definition: Definition, order: int) -> list[str]:
    """Give the four texts around a field's ``Id``, ``Value`` and ``DisplayName``."""
    key = (category.id, definition.id, tenant.language)
    found = tenant.field_templates.get(key)
    if found is None:
        text = to_json(_field_members(tenant, category, definition, order))
        found = tenant.field_templates[key] = text.split(f'"{_HOLE}"')
    return found


def _field_members(tenant: C2Tenant, category: Category, definition: Definition, order: int) -> dict[str, Any]:
    return {
        "Id": _HOLE,
        "Order": order,
        "Value": _HOLE,
        "Description": None,
        "Name": tenant.label(definition),
        "FieldSectionId": category.section.id,
        "DefinitionId": definition.id,
        "DefinitionType": int(definition.kind),
        "DefinitionSequenceNumber": definition.number,
        "ListId": definition.list_id,
        "IsRequired": definition.required,
        "IsReadOnly": definition.read_only,
        "IsReadOnlyIfHasValue": definition.read_only_if_has_value,
        "IsSecured": False,
        "CaseSensitivity": 0,
        "InputMask": None,
        "MaxLength": definition.max_length,
        "HasTimestampTag": False,
        "HasHtmlSupport": True,
        "NbLinesHeight": None,
        "DisplayName": _HOLE,
        "HasFilters": False,
        "HasFormFilters": False,
        "RequiredIfDefinitionId": None,
        "RequiredIfBindingName": None,
        "RequiredIfValue": None,
        "BindingNavigationFieldId": None,
        "BindingField": None,
        "Options": shown_options(definition),
        "TextColor": None,
        "BackgroundColor": None,
        "ImpactMessage": None,
        "Row": None,
        "Column": None,
        "GridId": None,
        "IsActive": definition.kind == Kind.CLIENT,  # as printed, set or not
        "Target": None,
        "IsEncrypted": False,
        "Cells": None,
        "NotReadOnlyGroups": [],
    }
