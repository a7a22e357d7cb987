"""What C2's API shows of everything but whole CIs: moments, the envelope, CMDBs, categories, definitions, items, clients."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from syncsvc.sandbox.c2_records import C2Tenant, Category, Client, Cmdb, Definition, Item

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
IMAGE = "/C2ATOM/Content/catalogimages/catalog_other.png"


def shown_moment(tenant: C2Tenant, moment: datetime) -> str:
    """Write a moment as ``/Date(ms)/``, or as ISO 8601 where the tenant's server is a newer one."""
    if tenant.iso_dates:
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"/Date({int(moment.timestamp() * 1000)})/"


def envelope(tenant: C2Tenant, data: str, *, status: int = 0, message: str | None = None) -> str:
    """Wrap ``data``, which is JSON text already."""
    time = to_json(shown_moment(tenant, tenant.now()))
    return f'{{"Status":{status},"Data":{data},"Message":{to_json(message)},"Time":{time}}}'


def shown_options(definition: Definition) -> str | None:
    """Show a definition's ``Options``: JSON in a string."""
    return None if definition.decimals is None else to_json({"DecimalPlaces": definition.decimals})


def section(tenant: C2Tenant, category: Category) -> dict[str, Any]:
    """Show a category's section, the same on all its CIs."""
    made = shown_moment(tenant, category.section.created_at)
    return {
        "IsPublic": True,
        "OverrideOptions": False,
        "Order": 1,
        "VisibleIfFieldDefinitionId": None,
        "VisibleIfFieldValue": None,
        "FieldSectionTemplateId": None,
        "FromTemplate": False,
        "Rows": [{"Order": 0, "Cells": [{"DefinitionId": definition.id} for definition in category.definitions]}],
        "EnglishName": "Additional Information",
        "FrenchName": "Informations additionnelles",
        "EnglishDescription": "",
        "FrenchDescription": "",
        "NameId": category.section.name_id,
        "DescriptionId": category.section.description_id,
        "ImagePath": IMAGE,
        "IsActive": True,
        "IsDeleted": False,
        "SequenceNumber": f"{category.section.number:08}",
        "CreatedBy": "admin",
        "CreatedDateTime": made,
        "LastModifiedBy": "admin",
        "LastModifiedDateTime": made,
        "Id": category.section.id,
    }


def named(tenant: C2Tenant, record: Cmdb | Item) -> dict[str, Any]:
    """Show a CMDB or a list's item: its id and its names."""
    return {
        "Id": record.id,
        "Name": tenant.label(record),
        "EnglishName": record.english,
        "FrenchName": record.french,
        "IsActive": record.is_active,
    }


def shown_category(tenant: C2Tenant, category: Category) -> dict[str, Any]:
    """Show a category with its section and the definitions of its fields."""
    return {
        "Id": category.id,
        "CIFolderId": category.cmdb_id,
        "Name": tenant.label(category),
        "EnglishName": category.english,
        "FrenchName": category.french,
        "IsActive": category.is_active,
        "DefaultStateId": category.states[0],
        "Sections": [section(tenant, category)] if category.definitions else [],
        "Fields": [_shown_definition(tenant, category, definition) for definition in category.definitions],
    }


def _shown_definition(tenant: C2Tenant, category: Category, definition: Definition) -> dict[str, Any]:
    return {
        "DefinitionId": definition.id,
        "DefinitionSequenceNumber": definition.number,
        "DefinitionType": int(definition.kind),
        "Name": tenant.label(definition),
        "EnglishName": definition.english,
        "FrenchName": definition.french,
        "FieldSectionId": category.section.id,
        "IsRequired": definition.required,
        "IsReadOnly": definition.read_only,
        "IsReadOnlyIfHasValue": definition.read_only_if_has_value,
        "MaxLength": definition.max_length,
        "Options": shown_options(definition),
        "ListId": definition.list_id,
    }


def shown_client(client: Client) -> dict[str, Any]:
    """Show a person."""
    return {
        "Id": client.id,
        "FirstName": client.first_name,
        "LastName": client.last_name,
        "FullName": client.full_name,
        "EmailAddress": client.email or None,
        "IsActive": client.is_active,
    }
