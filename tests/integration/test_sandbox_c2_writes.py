"""What C2 makes of values that UpdateProperty writes, and what it refuses, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sandbox_calls import field_of
from sandbox_tenants import C2Tenant, c2_tenant


@pytest.fixture
def tenant() -> Iterator[C2Tenant]:
    with c2_tenant() as tenant:
        yield tenant


# -- values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "written", "stored"),
    [
        ("Fabricant", "  HP  ", "HP"),
        ("Fabricant", "Hewlett-Packard", "Hewlett-Pa"),
        ("Prix", "123.45", "123.450000"),
        ("Prix", "0.125", "0.130000"),
        ("Prix", "-0.001", "0.000000"),
        ("Poids", "1.2345678", "1.234568"),
        ("Pages", " 0012 ", "12"),
        ("Achat", "2018-07-04T04:00:00.000Z", "2018-07-04T04:00:00.0000000Z"),
        ("Achat", "2018-07-04T00:00:00.1239-04:00", "2018-07-04T04:00:00.1230000Z"),
        ("Achat", "2018-07-04", "2018-07-04T04:00:00.0000000Z"),
        ("Achat", "2018-07-04T08:30:00", "2018-07-04T12:30:00.0000000Z"),
        ("Achat", "2018-12-04", "2018-12-04T05:00:00.0000000Z"),
        ("Remarques", " un\ndeux\r\ntrois ", "un\r\ndeux\r\ntrois"),
        ("Remarques", "0123456789\n0123456789", "0123456789\r\n01234567"),
        ("Couleur", "true", "True"),
        ("Couleur", "", "False"),
        ("Prix", "", None),
        ("Lien", "https://example.org", "https://example.org"),
    ],
)
def test_a_written_value_is_stored_in_the_form_that_c2_shows(tenant: C2Tenant, field: str, written: str, stored: str) -> None:
    assert tenant.write(field, written) == stored
    assert tenant.c2.value(tenant.ci, field) == stored


def test_a_day_follows_the_tenants_time_zone(tenant: C2Tenant) -> None:
    tenant.c2.time_zone = "America/Vancouver"
    assert tenant.write("Achat", "2018-07-04") == "2018-07-04T07:00:00.0000000Z"


def test_a_list_takes_an_items_guid_in_any_case_and_shows_its_label_in_the_accounts_language(tenant: C2Tenant) -> None:
    [list_id] = tenant.c2.lists
    item = tenant.c2.list_items(list_id)[1]
    assert tenant.write("Statut", item["Id"].upper()) == item["Id"]
    assert field_of(tenant.c2.ci(tenant.ci), "Statut")["DisplayName"] == "En prêt"
    tenant.c2.language = "en"
    assert field_of(tenant.c2.ci(tenant.ci), "Status")["DisplayName"] == "On loan"


def test_a_client_field_shows_the_full_name(tenant: C2Tenant) -> None:
    assert tenant.write("Utilisateur", tenant.client) == tenant.client
    assert field_of(tenant.c2.ci(tenant.ci), "Utilisateur")["DisplayName"] == "Marie Tremblay"


@pytest.mark.parametrize(("culture", "shown"), [("en-US", "7/4/2018 1:05:09 PM"), ("fr-CA", "2018-07-04 13:05:09")])
def test_dates_are_displayed_for_a_culture(tenant: C2Tenant, culture: str, shown: str) -> None:
    tenant.c2.culture = culture
    tenant.write("Achat", "2018-07-04T17:05:09Z")
    assert field_of(tenant.c2.ci(tenant.ci), "Achat")["DisplayName"] == shown


# -- refusals of UpdateProperty ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Prix", "12,50"),
        ("Prix", "NaN"),
        ("Prix", "1234567890123"),
        ("Pages", "12.5"),
        ("Pages", "3000000000"),
        ("Achat", "4 juillet"),
        ("Achat", "2018-02-30"),
        ("Achat", "20180704"),
        ("Statut", "En prêt"),
        ("Utilisateur", "0a6ff5d5-1111-4111-8111-000000000000"),
        ("Couleur", "oui"),
        ("Série", "  "),
        ("Code", "x"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_a_sentence_that_names_the_field(
    tenant: C2Tenant, field: str, value: str
) -> None:
    before = tenant.c2.ci(tenant.ci)
    assert f"« {field} »" in tenant.refusal(field, value)
    assert tenant.c2.ci(tenant.ci) == before


@pytest.mark.parametrize("value", [True, 12, None])
def test_values_must_be_texts(tenant: C2Tenant, value: object) -> None:
    assert "texte" in tenant.refusal("Prix", value)


def test_a_field_that_is_read_only_once_filled_takes_its_first_value(tenant: C2Tenant) -> None:
    definition = tenant.c2.add_field(tenant.category, "Inventorié", read_only_if_has_value=True)
    assert tenant.write("Inventorié", "oui") == "oui"
    assert "lecture seule" in tenant.refusal("Inventorié", "non")
    assert tenant.c2.definitions[definition].read_only is False


def test_an_unknown_ci_a_deleted_one_and_a_read_only_one_are_not_written(tenant: C2Tenant) -> None:
    unknown = "0a6ff5d5-1111-4111-8111-000000000000"
    assert "existe pas" in tenant.caller.refused("CI/UpdateProperty", Id=unknown, PropertyName="Tags", Value="a")
    locked = tenant.c2.add_ci(tenant.category, "x", IsReadOnly=True)
    assert "lecture seule" in tenant.caller.refused("CI/UpdateProperty", Id=locked, PropertyName="Tags", Value="a")
    tenant.c2.delete_ci(tenant.ci)
    assert "existe pas" in tenant.caller.refused("CI/UpdateProperty", Id=tenant.ci, PropertyName="Tags", Value="a")


def test_a_field_of_another_category_is_refused(tenant: C2Tenant) -> None:
    other = tenant.c2.add_category(tenant.cmdb, "Écrans")
    tenant.c2.add_field(other, "Taille", sequence_number=99)
    body = {"Id": tenant.ci, "CustomFieldSequenceNumber": "99", "Value": "24"}
    assert "99" in tenant.caller.refused("CI/UpdateProperty", **body)


# -- system properties ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written", "stored"),
    [
        ("FrenchName", " Imprimante ", "Imprimante"),
        ("EnglishName", "Printer", "Printer"),
        ("FrenchDescription", "près de la porte", "près de la porte"),
        ("Tags", "a,b", "a,b"),
        ("ExternalId", "", None),
        ("IsActive", "FALSE", False),
    ],
)
def test_system_properties_are_written_by_name(tenant: C2Tenant, name: str, written: str, stored: object) -> None:
    data = tenant.caller.done("CI/UpdateProperty", Id=tenant.ci.upper(), PropertyName=name, Value=written)
    assert data[name] == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [("Name", "x"), ("CINumber", "7"), ("IsDeleted", "true"), ("FrenchName", ""), ("IsActive", "0"), ("Nom", "x")]
    + [(name, "0a6ff5d5-1111-4111-8111-000000000000") for name in ("StateId", "OwnerId")],
)
def test_what_is_no_writable_property_is_refused_by_name(tenant: C2Tenant, name: str, value: str) -> None:
    message = tenant.caller.refused("CI/UpdateProperty", Id=tenant.ci, PropertyName=name, Value=value)
    assert f"« {name} »" in message


def test_the_state_and_the_owner_are_written_by_id(tenant: C2Tenant) -> None:
    other_state = tenant.c2.categories[tenant.category].states[1]
    tenant.caller.done("CI/UpdateProperty", Id=tenant.ci, PropertyName="StateId", Value=other_state.upper())
    data = tenant.caller.done("CI/UpdateProperty", Id=tenant.ci, PropertyName="OwnerId", Value=tenant.client)
    assert (data["StateId"], data["OwnerId"], data["OwnerName"]) == (other_state, tenant.client, "Marie Tremblay")


def test_name_is_what_the_account_reads_in_its_language(tenant: C2Tenant) -> None:
    tenant.caller.done("CI/UpdateProperty", Id=tenant.ci, PropertyName="EnglishName", Value="Printer one")
    assert tenant.c2.value(tenant.ci, "Name") == "IMP-1"
    tenant.c2.language = "en"
    assert tenant.c2.value(tenant.ci, "Name") == "Printer one"


def test_every_write_says_who_and_when(tenant: C2Tenant) -> None:
    tenant.c2.now = lambda: datetime(2026, 3, 1, tzinfo=UTC)
    before = tenant.c2.ci(tenant.ci)
    tenant.write("Fabricant", "HP")
    after = tenant.c2.ci(tenant.ci)
    assert (before["LastModifiedBy"], after["LastModifiedBy"], after["CreatedBy"]) == (
        "marie.tremblay",
        "syncsvc",
        "marie.tremblay",
    )
    assert after["LastModifiedDateTime"] == "/Date(1772323200000)/"
