"""Small running tenants with a field of every kind, for the tests of what the sandbox makes of writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox_calls import Caller, field_of, value_of

from syncsvc.sandbox import C2World, HectorWorld, Sandbox

FORM = "f0000000-0000-4000-8000-{:012}"
"""Ids that a caller of ``CI/Save`` makes for its values."""


@dataclass
class C2Tenant:
    """A category with a field of every kind, one CI, and a client."""

    caller: Caller
    c2: C2World
    cmdb: str
    category: str
    ci: str
    client: str

    def number(self, name: str) -> int:
        return field_of(self.c2.ci(self.ci), name)["DefinitionSequenceNumber"]

    def write(self, name: str, value: str) -> str | None:
        return value_of(self.caller.update(self.ci, self.number(name), value), name)

    def refusal(self, name: str, value: Any) -> str:
        number = str(self.number(name))
        return self.caller.refused("CI/UpdateProperty", Id=self.ci, CustomFieldSequenceNumber=number, Value=value)

    def view(self, values: dict[str, Any], **members: Any) -> dict[str, Any]:
        """The view model that creates a CI with these values."""
        shown = self.c2.ci(self.ci)["CustomFields"]
        section = shown["Sections"][0]["Id"]
        definitions = {field["Name"]: field["DefinitionId"] for field in shown["Fields"]}
        fields = [{"Id": FORM.format(place), "Value": value} for place, value in enumerate(values.values())]
        cells = [{"DefinitionId": definitions[name], "field": {"Id": FORM.format(place)}} for place, name in enumerate(values)]
        custom = {"Fields": fields, "Sections": [{"Id": section, "Rows": [{"Cells": cells}]}]}
        names = {"CIFolderId": self.cmdb, "CategoryId": self.category, "EnglishName": "New", "FrenchName": "Neuf"}
        return names | {"CustomFields": custom} | members


@contextmanager
def c2_tenant() -> Iterator[C2Tenant]:
    """Run C2 with such a tenant."""
    c2 = C2World()
    cmdb = c2.add_cmdb("Inventaire", english="Inventory")
    category = c2.add_category(cmdb, "Imprimantes", english="Printers")
    states = c2.add_list("Statut", [("Actif", "Active"), ("En prêt", "On loan")])
    c2.add_field(category, "Fabricant", max_length=10)
    c2.add_field(category, "Prix", kind=1, decimals=2)
    c2.add_field(category, "Poids", kind=1)
    c2.add_field(category, "Pages", kind=2)
    c2.add_field(category, "Achat", kind=3)
    c2.add_field(category, "Statut", kind=4, english="Status", list_id=states)
    c2.add_field(category, "Utilisateur", kind=6)
    c2.add_field(category, "Remarques", kind=7, max_length=20)
    c2.add_field(category, "Couleur", kind=8)
    c2.add_field(category, "Série", required=True)
    c2.add_field(category, "Code", read_only=True)
    c2.add_field(category, "Lien", kind=12)
    client = c2.add_client("Marie", "Tremblay", "marie@example.org")
    ci = c2.add_ci(category, "IMP-1", {"Série": "S1", "Code": "verrouillé"})
    with Caller(Sandbox(c2=c2)) as caller:
        yield C2Tenant(caller, c2, cmdb, category, ci, client)


@dataclass
class HectorTenant:
    """A category with an attribute of every type, one subcategory and one asset."""

    caller: Caller
    hector: HectorWorld
    category: int
    subcategory: int
    asset: int
    attributes: dict[str, int]

    def patch(self, **body: Any) -> dict[str, Any]:
        return self.caller.written("PATCH", f"assets/{self.asset}", body)

    def refusal(self, **body: Any) -> tuple[int, str, dict[str, list[str]]]:
        return self.caller.rejected("PATCH", f"assets/{self.asset}", body)

    def new(self, **body: Any) -> dict[str, Any]:
        references = {"category_id": self.category, "subcategory_id": self.subcategory, "stockroom_id": 11}
        return references | {"attributes": {str(self.attributes["Code"]): "c"}} | body


@contextmanager
def hector_tenant() -> Iterator[HectorTenant]:
    """Run Hector with such a tenant."""
    hector = HectorWorld()
    hector.add_stockroom("Entrepôt")
    hector.add_stockroom("École")
    category = hector.add_category("Laptops")
    attributes = {
        "Serial": hector.add_attribute(category, "Serial", max_length=10),
        "Memory": hector.add_attribute(category, "Memory", type="number"),
        "Bought": hector.add_attribute(category, "Bought", type="date"),
        "Loaned": hector.add_attribute(category, "Loaned", type="boolean"),
        "Status": hector.add_attribute(category, "Status", type="list", options=["In service", "Stored"]),
        "Code": hector.add_attribute(category, "Code", required=True),
        "Size": hector.add_attribute(category, "Size", "subcategory", "number"),
    }
    subcategory = hector.add_subcategory(category, "HP", "840")
    asset = hector.add_asset(category, subcategory, attributes={"Code": "c"}, asset_tag="Tag-1")
    with Caller(Sandbox(hector=hector)) as caller:
        yield HectorTenant(caller, hector, category, subcategory, asset, attributes)
