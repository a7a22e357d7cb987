"""A generated inventory of any size as both systems' JSON: linked pairs with ten custom fields each.

Nothing here is random: the same size gives the same bytes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

TEXTS = 4
"""Text fields besides serial number, maker and model."""
MODELS = 40
CMDB = str(uuid.UUID(int=1))
CATEGORY = str(uuid.UUID(int=2))
SECTION = str(uuid.UUID(int=3))
STATE = str(uuid.UUID(int=4))
HECTOR_CATEGORY = 7
STOCKROOM = 1
CHANGED = "2026-10-01T12:00:00.0000000Z"

C2_FIELDS: tuple[tuple[str, int], ...] = (
    ("Fabricant", 0),
    ("Modèle", 0),
    ("Numéro de série", 0),
    ("Prix", 1),
    ("Date d'achat", 3),
    ("Sous garantie", 8),
    *((f"Texte {n}", 0) for n in range(1, TEXTS + 1)),
)
"""The ten custom fields, with their ``DefinitionType``."""
ATTRIBUTES = ("Serial number", "Price", "Under warranty", *(f"Text {n}" for n in range(1, TEXTS + 1)))
_ATTRIBUTE_TYPES = {"Price": "number", "Under warranty": "boolean"}

RULES = """\
default_stockroom: Main
cmdbs:
  - cmdb: Inventaire
    categories:
      - category: Portables
        hector_category: Laptops
        direction: "→"
        match_on: [Numéro de série]
        guards: {max_creates: null}
        fields:
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: asset.attributes.Price}
          - {c2: Date d'achat, hector: asset.acquisition_date}
          - {c2: Sous garantie, hector: asset.attributes.Under warranty}
          - {c2: Texte 1, hector: asset.attributes.Text 1}
          - {c2: Texte 2, hector: asset.attributes.Text 2}
          - {c2: Texte 3, hector: asset.attributes.Text 3}
          - {c2: Texte 4, hector: asset.note}
"""


def definition_id(place: int) -> str:
    """Give the id of a custom field's definition."""
    return str(uuid.UUID(int=1000 + place))


def ci_id(number: int) -> str:
    """Give a CI's id; they come in no order, as real ones do."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def ci_values(number: int) -> list[str | None]:
    """Give the values of a CI's ten fields as C2 sends them."""
    model = number % MODELS
    day = 1 + number % 28
    return [
        f"Maker {model % 8}",
        f"Model {model}",
        f"SN{number:08d}",
        f"{500 + number % 900}.{number % 100:02d}0000",
        f"2024-{1 + number % 3:02d}-{day:02d}T05:00:00.0000000Z",  # local midnight in winter
        "True" if number % 3 else "False",
        *(f"text {place} of {number}, some words long" for place in range(1, TEXTS + 1)),
    ]


def ci(number: int, values: list[str | None] | None = None, *, its_id: str | None = None) -> dict[str, Any]:
    """Give a whole CI."""
    values = ci_values(number) if values is None else values
    return {
        "Id": its_id or ci_id(number),
        "CINumber": f"{number:08d}",
        "SequenceNumber": f"{number:08d}",
        "Name": f"Portable {number}",
        "EnglishName": f"Laptop {number}",
        "FrenchName": f"Portable {number}",
        "EnglishDescription": None,
        "FrenchDescription": None,
        "CategoryId": CATEGORY,
        "CIFolderId": CMDB,
        "CITypeId": str(uuid.UUID(int=5)),
        "CITypeName": "Portable",
        "StateId": STATE,
        "OwnerId": None,
        "OwnerName": None,
        "Tags": "",
        "ExternalId": None,
        "IsActive": True,
        "IsDeleted": False,
        "IsReadOnly": False,
        "CreatedBy": "agent",
        "CreatedDateTime": "/Date(1530719073333-0400)/",
        "LastModifiedBy": "agent",
        "LastModifiedDateTime": "/Date(1759320000000-0400)/",
        "CustomFields": {
            "Sections": [{"Id": SECTION, "Rows": []}],
            "Fields": [
                {
                    "Id": str(uuid.UUID(int=(number << 8) + place)),
                    "DefinitionId": definition_id(place),
                    "DefinitionSequenceNumber": place + 1,
                    "DefinitionType": kind,
                    "Name": name,
                    "Value": values[place],
                    "DisplayName": values[place],
                    "ListId": None,
                    "IsRequired": False,
                    "IsReadOnly": False,
                    "IsReadOnlyIfHasValue": False,
                    "IsSecured": False,
                    "IsEncrypted": False,
                    "MaxLength": 255 if kind == 0 else None,
                    "InputMask": None,
                    "Options": '{"DecimalPlaces":2}' if kind == 1 else None,
                }
                for place, (name, kind) in enumerate(C2_FIELDS)
            ],
        },
    }


def asset(number: int) -> dict[str, Any]:
    """Give the asset that belongs to a CI."""
    values = ci_values(number)
    return {
        "id": number,
        "category_id": HECTOR_CATEGORY,
        "subcategory_id": 1 + number % MODELS,
        "stockroom_id": STOCKROOM,
        "title": f"Model {number % MODELS} – {number}",
        "asset_tag": f"A{number:08d}",
        "note": values[9],
        "acquisition_date": (values[4] or "")[:10],
        "assigned_date": None,
        "return_date": None,
        "maintenance_date": None,
        "end_of_life_date": None,
        "status": "active",
        "attributes": {
            "1": values[2],
            "2": float(values[3] or 0),
            "3": values[5] == "True",
            **{str(3 + place): values[5 + place] for place in range(1, TEXTS)},
        },
        "created_at": "2026-09-01T12:00:00Z",
        "updated_at": "2026-10-01T12:00:00Z",
    }


def subcategory(model: int) -> dict[str, Any]:
    """Give a subcategory."""
    return {
        "id": 1 + model,
        "category_id": HECTOR_CATEGORY,
        "maker": f"Maker {model % 8}",
        "model": f"Model {model}",
        "description": None,
        "note": None,
        "price": None,
        "weight": None,
        "vendor_sku": None,
        "attributes": {},
        "created_at": "2026-09-01T12:00:00Z",
        "updated_at": "2026-09-01T12:00:00Z",
    }


@dataclass
class Structure:
    """What the two systems say of themselves."""

    cmdbs: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"Id": CMDB, "Name": "Inventaire", "EnglishName": "Inventory", "FrenchName": "Inventaire", "IsActive": True}
        ]
    )

    @property
    def categories(self) -> list[dict[str, Any]]:
        """C2's one category."""
        fields = [
            {
                "DefinitionId": definition_id(place),
                "DefinitionSequenceNumber": place + 1,
                "DefinitionType": kind,
                "Name": name,
                "FieldSectionId": SECTION,
                "IsRequired": False,
                "IsReadOnly": False,
                "MaxLength": 255 if kind == 0 else None,
                "Options": '{"DecimalPlaces":2}' if kind == 1 else None,
                "ListId": None,
            }
            for place, (name, kind) in enumerate(C2_FIELDS)
        ]
        return [
            {
                "Id": CATEGORY,
                "CIFolderId": CMDB,
                "Name": "Portables",
                "EnglishName": "Laptops",
                "FrenchName": "Portables",
                "IsActive": True,
                "DefaultStateId": STATE,
                "Sections": [{"Id": SECTION, "Rows": []}],
                "Fields": fields,
            }
        ]

    @property
    def attributes(self) -> list[dict[str, Any]]:
        """Hector's attributes."""
        return [
            {
                "id": 1 + place,
                "category_id": HECTOR_CATEGORY,
                "name": name,
                "scope": "asset",
                "type": _ATTRIBUTE_TYPES.get(name, "text"),
                "options": [],
                "required": False,
                "max_length": None,
            }
            for place, name in enumerate(ATTRIBUTES)
        ]
