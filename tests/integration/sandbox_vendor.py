"""The calls and answers that C2's own pages print for CIs, and a world that has the records they name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from syncsvc.sandbox import C2World

CMDB = "867a0cc0-a85a-4b80-bd69-d0cbb11d051b"
CATEGORY = "eab2c263-6a90-41bd-bdb7-c45a091f9326"
STATE = "3b302329-5610-4ee4-97e9-e8590be84b63"
SECTION = "ced377b7-ea01-fcd2-2703-59de30ac9d7f"
CHECKBOX = "e85a893b-6ad3-45a5-a433-0f0f4ee6379b"
DECIMAL = "b13533a8-f807-499f-a55e-319023909727"
CLIENT_FIELD = "4e6d36ce-cb2a-46cd-ab73-1440cb71efa9"
DATE_TIME = "a6d54b8d-867a-4ef6-a4de-d3d1986f0577"
CLIENT = "40dcb93b-e4ab-4bfc-bfe8-4897120ee1ef"
CI = "e33ce7a9-cc55-456a-91ec-778c82a4184a"


def printed_world() -> C2World:
    """A tenant with the ids, names and numbers of the printed examples."""
    world = C2World(now=lambda: datetime(2018, 7, 4, 15, 44, 33, 333000, UTC))
    world.add_cmdb("Inventaire", id=CMDB)
    world.add_category(CMDB, "Imprimantes", id=CATEGORY, section_id=SECTION, state_id=STATE)
    world.add_client("Client1", "Client1", id=CLIENT)
    world.add_field(CATEGORY, "CF Checkbox", kind=8, definition_id=CHECKBOX, sequence_number=3)
    world.add_field(CATEGORY, "CF Decimal", kind=1, decimals=2, definition_id=DECIMAL, sequence_number=7)
    world.add_field(CATEGORY, "CF Client", kind=6, definition_id=CLIENT_FIELD, sequence_number=5)
    world.add_field(CATEGORY, "CF Datetime", kind=3, definition_id=DATE_TIME, sequence_number=6)
    return world


def cell(definition_id: str, field_id: str) -> dict[str, Any]:
    """One cell of a section, as ``CI/Save`` takes it."""
    return {"DefinitionId": definition_id, "field": {"Id": field_id}}


SAVE_PLAIN = {
    "CIFolderId": CMDB,
    "CategoryId": CATEGORY,
    "StateId": STATE,
    "CITicketsCount": 0,
    "EnglishName": "CIAPI",
    "FrenchName": "CIAPI",
}
SAVE_FULL = {
    "CIFolderId": CMDB,
    "CategoryId": CATEGORY,
    "CustomFields": {
        "Fields": [
            {"Id": "dc2446c3-aa02-41a6-a2fe-bec07602e9a0", "Value": "True"},
            {"Id": "4976ce51-3c90-4c17-9d4c-1bb658019df0", "Value": "123.45"},
            {"Id": "25bbe4cd-3848-420b-b59d-532d8751129d", "Value": CLIENT},
            {"Id": "50c530dc-2c5b-4707-a857-2db35d7f05f6", "Value": "2018-07-05T04:00:00.000Z"},
        ],
        "Sections": [
            {
                "Rows": [
                    {
                        "Cells": [
                            cell(CHECKBOX, "dc2446c3-aa02-41a6-a2fe-bec07602e9a0"),
                            cell(DECIMAL, "4976ce51-3c90-4c17-9d4c-1bb658019df0"),
                            cell(CLIENT_FIELD, "25bbe4cd-3848-420b-b59d-532d8751129d"),
                            cell(DATE_TIME, "50c530dc-2c5b-4707-a857-2db35d7f05f6"),
                        ]
                    }
                ],
                "Id": SECTION,
            }
        ],
    },
    "StateId": STATE,
    "EnglishName": "CIAPI2",
    "FrenchName": "CIAPI2",
}

SAVED_MEMBERS = """
    StateId OwnerId OwnerName Attachments CINumber Id SequenceNumber Message ParentId HasPortalAccess UserName
    CustomFields NameId DescriptionId Data ExternalId
"""
CI_MEMBERS = """
    CINumber CICategoryImagePath StateId CICategoryPrefix CITypeId CategoryId CIFolderId Name CITypeName IsReadOnly
    CustomFields OwnerId OwnerName CIRelationsFrom CIRelationsTo Attachments StateTextColor StateBackgroundColor
    StateMessage Tags ExternalId CIClientsCount CIEnterprisesCount CITicketsCount EnglishName FrenchName
    EnglishDescription FrenchDescription NameId DescriptionId ImagePath IsActive IsDeleted SequenceNumber CreatedBy
    CreatedDateTime LastModifiedBy LastModifiedDateTime Id
"""
DECIMAL_FIELD: dict[str, Any] = {
    "Order": 1,
    "Value": "123.450000",
    "Description": None,
    "Name": "CF Decimal",
    "FieldSectionId": SECTION,
    "DefinitionId": DECIMAL,
    "DefinitionType": 1,
    "DefinitionSequenceNumber": 7,
    "ListId": None,
    "IsRequired": False,
    "IsReadOnly": False,
    "IsReadOnlyIfHasValue": False,
    "IsSecured": False,
    "CaseSensitivity": 0,
    "InputMask": None,
    "MaxLength": None,
    "HasTimestampTag": False,
    "HasHtmlSupport": True,
    "NbLinesHeight": None,
    "DisplayName": "123.450000",
    "HasFilters": False,
    "HasFormFilters": False,
    "RequiredIfDefinitionId": None,
    "RequiredIfBindingName": None,
    "RequiredIfValue": None,
    "BindingNavigationFieldId": None,
    "BindingField": None,
    "Options": '{"DecimalPlaces":2}',
    "TextColor": None,
    "BackgroundColor": None,
    "ImpactMessage": None,
    "Row": None,
    "Column": None,
    "GridId": None,
    "IsActive": False,
    "Target": None,
    "IsEncrypted": False,
    "Cells": None,
    "NotReadOnlyGroups": [],
}
"""The printed decimal field but for its ``Id``."""
SECTION_MEMBERS = """
    IsPublic OverrideOptions Order VisibleIfFieldDefinitionId VisibleIfFieldValue FieldSectionTemplateId FromTemplate
    Rows EnglishName FrenchName EnglishDescription FrenchDescription NameId DescriptionId ImagePath IsActive IsDeleted
    SequenceNumber CreatedBy CreatedDateTime LastModifiedBy LastModifiedDateTime Id
"""
