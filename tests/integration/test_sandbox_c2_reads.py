"""What C2's reads give, page by page, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sandbox_calls import Caller, value_of

from syncsvc.sandbox import C2World, Sandbox


@dataclass
class Tenant:
    caller: Caller
    c2: C2World
    cmdb: str
    category: str
    cis: list[str]

    def ids(self, page: int = 0, size: int = 500, **criteria: Any) -> list[str]:
        return [ci["Id"] for ci in self.caller.cis(page, size, **criteria)]


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    c2 = C2World()
    cmdb = c2.add_cmdb("Inventaire", english="Inventory")
    category = c2.add_category(cmdb, "Imprimantes", english="Printers")
    c2.add_field(category, "Prix", kind=1, english="Price", decimals=2)
    cis = [c2.add_ci(category, f"IMP-{number}", {"Prix": number}) for number in range(5)]
    with Caller(Sandbox(c2=c2)) as caller:
        yield Tenant(caller, c2, cmdb, category, cis)


def test_cmdbs_are_listed_with_their_names_in_the_accounts_language(tenant: Tenant) -> None:
    expected = {"Id": tenant.cmdb, "Name": "Inventaire", "EnglishName": "Inventory", "FrenchName": "Inventaire", "IsActive": True}
    assert tenant.caller.done("CIFolder/Retrieve", Page=0, Size=500, SearchCriteria={}) == [expected]
    tenant.c2.language = "en"
    assert tenant.caller.done("CIFolder/Retrieve", SearchCriteria={})[0]["Name"] == "Inventory"


def test_categories_come_with_their_section_and_definitions(tenant: Tenant) -> None:
    other = tenant.c2.add_category(tenant.c2.add_cmdb("Parc"), "Véhicules")
    [category] = tenant.caller.done("CICategory/Retrieve", SearchCriteria={"CIFolderId": tenant.cmdb.upper()})
    assert (category["Id"], category["CIFolderId"], category["IsActive"]) == (tenant.category, tenant.cmdb, True)
    assert (category["Name"], category["EnglishName"], category["FrenchName"]) == ("Imprimantes", "Printers", "Imprimantes")
    [definition], [section] = category["Fields"], category["Sections"]
    ci = tenant.c2.ci(tenant.cis[0])
    assert category["DefaultStateId"] == ci["StateId"]
    assert section == ci["CustomFields"]["Sections"][0]
    [field] = ci["CustomFields"]["Fields"]
    same = (
        "DefinitionId DefinitionSequenceNumber DefinitionType Name FieldSectionId IsRequired IsReadOnly MaxLength Options ListId"
    )
    assert {name: definition[name] for name in same.split()} == {name: field[name] for name in same.split()}
    assert (definition["Options"], definition["EnglishName"]) == ('{"DecimalPlaces":2}', "Price")
    everything = tenant.caller.done("CICategory/Retrieve", SearchCriteria={})
    assert {category["Id"] for category in everything} == {tenant.category, other}


def test_pages_are_counted_from_zero_and_the_last_one_is_short(tenant: Tenant) -> None:
    assert [tenant.ids(page, 2) for page in range(4)] == [tenant.cis[0:2], tenant.cis[2:4], tenant.cis[4:], []]


def test_without_a_size_a_page_holds_fifty(tenant: Tenant) -> None:
    for number in range(60):
        tenant.c2.add_client("A", str(number), f"{number}@example.org")
    assert len(tenant.caller.done("Clients/Retrieve", SearchCriteria={})) == 50
    assert len(tenant.caller.done("Clients/Retrieve", Page=1, SearchCriteria={})) == 10


def test_inactive_cis_come_only_when_asked_for_and_deleted_ones_never(tenant: Tenant) -> None:
    tenant.c2.edit_ci(tenant.cis[0], {"IsActive": False})
    tenant.c2.delete_ci(tenant.cis[1])
    assert tenant.ids() == tenant.cis[2:]
    assert tenant.ids(IncludeInactives=True) == [tenant.cis[0], *tenant.cis[2:]]
    assert tenant.ids(Ids=tenant.cis[:2]) == []
    tenant.c2.shows_deleted = True
    assert tenant.cis[1] in tenant.ids()


def test_custom_fields_come_only_when_asked_for(tenant: Tenant) -> None:
    assert tenant.caller.cis()[3]["CustomFields"] is None
    assert value_of(tenant.caller.cis(IncludeCustomFields=True)[3], "Prix") == "3.000000"


def test_a_field_added_later_appears_on_old_cis(tenant: Tenant) -> None:
    tenant.caller.cis(IncludeCustomFields=True)
    tenant.c2.add_field(tenant.category, "Couleur", kind=8)
    tenant.c2.add_field(tenant.category, "Note", kind=7)
    ci = tenant.caller.cis(IncludeCustomFields=True)[0]
    assert (value_of(ci, "Couleur"), value_of(ci, "Note")) == ("False", None)


def test_a_definition_that_is_renamed_shows_its_new_name(tenant: Tenant) -> None:
    [field] = tenant.caller.cis(IncludeCustomFields=True)[0]["CustomFields"]["Fields"]
    tenant.c2.edit_field(field["DefinitionId"], french="Coût")
    assert value_of(tenant.caller.cis(IncludeCustomFields=True)[0], "Coût") == "0.000000"


def test_cis_are_found_by_category_cmdb_ids_and_number(tenant: Tenant) -> None:
    elsewhere = tenant.c2.add_category(tenant.c2.add_cmdb("Parc"), "Véhicules")
    tenant.c2.move_ci(tenant.cis[0], elsewhere)
    assert tenant.ids(CategoryId=elsewhere) == [tenant.cis[0]]
    assert tenant.ids(CIFolderId=tenant.cmdb) == tenant.cis[1:]
    assert tenant.ids(Ids=[tenant.cis[4].upper(), tenant.cis[0], tenant.cis[0]]) == [tenant.cis[4], tenant.cis[0]]
    assert tenant.ids(Ids=[tenant.cis[0]], CategoryId=tenant.category) == []
    assert tenant.ids(CINumber="00000003") == [tenant.cis[2]]
    assert tenant.c2.find("3") == tenant.cis[2]


def test_a_moved_ci_is_in_its_new_category_with_a_state_of_that_one(tenant: Tenant) -> None:
    elsewhere = tenant.c2.add_category(tenant.cmdb, "Écrans")
    tenant.c2.move_ci(tenant.cis[0], elsewhere)
    ci = tenant.c2.ci(tenant.cis[0])
    assert (ci["CategoryId"], ci["StateId"]) == (elsewhere, tenant.c2.categories[elsewhere].states[0])
    assert ci["CustomFields"] == {"Fields": [], "Sections": []}
    assert tenant.c2.ci_ids(tenant.category) == tenant.cis[1:]


def test_modified_since_leaves_out_what_did_not_change(tenant: Tenant) -> None:
    tenant.c2.now = lambda: datetime(2030, 1, 1, tzinfo=UTC)
    tenant.c2.edit_ci(tenant.cis[1], {"Prix": 7})
    assert tenant.ids(ModifiedSince="2030-01-01T00:00:00Z") == [tenant.cis[1]]
    assert tenant.ids(ModifiedSince="2030-01-01T00:00:01+00:00") == []


def test_a_server_that_does_not_know_a_filter_gives_more(tenant: Tenant) -> None:
    tenant.c2.knows_ids = tenant.c2.knows_modified_since = False
    assert tenant.ids(Ids=tenant.cis[:1], ModifiedSince="2040-01-01T00:00:00Z") == tenant.cis


def test_list_items_have_both_names(tenant: Tenant) -> None:
    states = tenant.c2.add_list("Statut", [("Actif", "Active"), ("En prêt", "On loan")])
    items = tenant.caller.done("List/Retrieve", Page=0, Size=1, SearchCriteria={"ListId": states})
    items += tenant.caller.done("List/Retrieve", Page=1, Size=1, SearchCriteria={"ListId": states})
    assert items == tenant.c2.list_items(states)
    assert [(item["Name"], item["EnglishName"], item["IsActive"]) for item in items] == [
        ("Actif", "Active", True),
        ("En prêt", "On loan", True),
    ]
    assert tenant.caller.done("List/Retrieve", SearchCriteria={"ListId": tenant.cmdb}) == []


def test_clients_are_left_out_as_asked(tenant: Tenant) -> None:
    marie = tenant.c2.add_client("Marie", "Tremblay", "marie@example.org")
    gone = tenant.c2.add_client("Luc", "Roy", "luc@example.org", active=False)
    silent = tenant.c2.add_client("Zoé", "Côté")
    agent = tenant.c2.add_client("Agent", "Un", "agent@example.org", resource=True)

    def ids(**criteria: Any) -> list[str]:
        return [client["Id"] for client in tenant.caller.done("Clients/Retrieve", Size=500, SearchCriteria=criteria)]

    assert ids() == [marie, silent, agent]
    assert ids(IncludeInactives=True) == [marie, gone, silent, agent]
    assert ids(ExcludeResources=True, ExcludeMissingEmail=True) == [marie]
    [shown] = tenant.caller.done("Clients/Retrieve", Size=1, SearchCriteria={})
    names = {"FirstName": "Marie", "LastName": "Tremblay", "FullName": "Marie Tremblay"}
    assert shown == {"Id": marie, **names, "EmailAddress": "marie@example.org", "IsActive": True}


def test_a_page_that_is_too_large_is_answered_with_500(tenant: Tenant) -> None:
    tenant.c2.max_page_size = 3
    assert tenant.caller.c2("CI/Retrieve", Page=0, Size=4, SearchCriteria={}).status_code == 500
    assert tenant.ids(0, 3) == tenant.cis[:3]
    assert tenant.caller.done("CI/Retrieve", SearchCriteria={})[0]["Id"] == tenant.cis[0]


def test_an_answer_that_is_too_long_is_answered_with_500(tenant: Tenant) -> None:
    tenant.c2.max_answer_bytes = 6000
    response = tenant.caller.c2("CI/Retrieve", Page=0, Size=5, SearchCriteria={"IncludeCustomFields": True})
    assert (response.status_code, response.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert len(tenant.caller.cis(0, 1, IncludeCustomFields=True)) == 1


def test_a_shifting_list_shows_one_record_twice_and_hides_one(tenant: Tenant) -> None:
    tenant.c2.shift_pages = True
    seen = [ci for page in range(3) for ci in tenant.ids(page, 2)]
    assert sorted(seen) == sorted([*tenant.cis[:4], tenant.cis[1]])
    assert tenant.c2.shifts_left == 0
    again = [ci for page in range(3) for ci in tenant.ids(page, 2)]
    assert again == [tenant.cis[4], *tenant.cis[:4]]


def test_each_list_shifts_on_its_own_and_not_beyond_its_end(tenant: Tenant) -> None:
    tenant.c2.shift_pages = True
    tenant.ids(1, 5)
    assert tenant.c2.shifts_left == 1
    tenant.ids(1, 2)
    assert tenant.ids(0, 5, CategoryId=tenant.category) == tenant.cis


def test_moments_are_iso_8601_on_newer_servers(tenant: Tenant) -> None:
    tenant.c2.now = lambda: datetime(2026, 3, 1, 12, 30, 15, 250000, UTC)
    tenant.c2.iso_dates = True
    tenant.c2.edit_ci(tenant.cis[0], {"Prix": 9})
    answer = tenant.caller.c2("CI/Retrieve", Size=1, SearchCriteria={}).json()
    assert answer["Time"] == "2026-03-01T12:30:15.250Z"
    assert answer["Data"][0]["LastModifiedDateTime"] == "2026-03-01T12:30:15.250Z"


def test_a_moment_before_1970_is_negative(tenant: Tenant) -> None:
    tenant.c2.now = lambda: datetime(1969, 12, 31, 23, 59, 59, 500000, UTC)
    assert tenant.caller.c2("CI/Retrieve", SearchCriteria={}).json()["Time"] == "/Date(-500)/"


def test_people_edit_by_label_name_and_plain_values(tenant: Tenant) -> None:
    states = tenant.c2.add_list("Statut", [("Actif", "Active"), ("En prêt", "On loan")])
    tenant.c2.add_field(tenant.category, "Statut", kind=4, list_id=states)
    tenant.c2.add_field(tenant.category, "Utilisateur", kind=6)
    tenant.c2.add_field(tenant.category, "Couleur", kind=8)
    marie = tenant.c2.add_client("Marie", "Tremblay", "marie@example.org")
    [ci, other, *_] = tenant.cis
    tenant.c2.edit_ci(ci, {"Statut": "On loan", "Utilisateur": "marie@example.org", "Couleur": True, "Price": None}, by="luc")
    shown = tenant.c2.ci(ci)
    values = [value_of(shown, name) for name in ("Statut", "Utilisateur", "Couleur", "Prix")]
    assert values == [tenant.c2.list_items(states)[1]["Id"], marie, "True", None]
    assert (shown["LastModifiedBy"], tenant.c2.value(other, "Statut")) == ("luc", None)
    with pytest.raises(KeyError, match="Prix"):
        tenant.c2.edit_ci(ci, {"Prixx": 1})


def test_what_an_import_left_behind_is_shown_as_it_is(tenant: Tenant) -> None:
    maker = tenant.c2.add_field(tenant.category, "Fabricant")
    tenant.c2.plant(tenant.cis[0], "Fabricant", "HP  ")
    assert value_of(tenant.caller.cis(IncludeCustomFields=True)[0], "Fabricant") == "HP  "
    assert tenant.c2.definitions[maker].number == 2


def test_one_definition_may_stand_in_two_categories(tenant: Tenant) -> None:
    other = tenant.c2.add_category(tenant.cmdb, "Écrans")
    [definition] = tenant.c2.definitions
    assert tenant.c2.add_field(other, "Prix", definition_id=definition.upper()) == definition
    screen = tenant.c2.add_ci(other, "ECR-1", {"Prix": "5"})
    [field] = tenant.c2.ci(screen)["CustomFields"]["Fields"]
    assert (field["DefinitionSequenceNumber"], field["FieldSectionId"]) == (1, tenant.c2.categories[other].section.id)
