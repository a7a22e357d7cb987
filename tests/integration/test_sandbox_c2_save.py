"""What CI/Save creates, what it drops, and what it refuses, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_calls import value_of
from sandbox_tenants import FORM, C2Tenant, c2_tenant


@pytest.fixture
def tenant() -> Iterator[C2Tenant]:
    with c2_tenant() as tenant:
        yield tenant


def test_save_creates_a_ci_with_the_values_its_cells_name(tenant: C2Tenant) -> None:
    view = tenant.view({"Série": " S2 ", "Prix": "9.999", "Couleur": "true"}, Tags="neuf")
    data = tenant.caller.done("CI/Save", viewModel=view)
    assert [value_of(data, name) for name in ("Série", "Prix", "Couleur", "Fabricant")] == ["S2", "10.000000", "True", None]
    whole = tenant.c2.ci(data["Id"])
    assert (whole["Name"], whole["EnglishName"], whole["Tags"], whole["IsActive"]) == ("Neuf", "New", "neuf", True)
    assert (whole["CreatedBy"], whole["StateId"]) == ("syncsvc", tenant.c2.categories[tenant.category].states[0])


def test_save_takes_one_name_for_both(tenant: C2Tenant) -> None:
    data = tenant.caller.done("CI/Save", viewModel=tenant.view({"Série": "S2"}, FrenchName=None))
    assert (tenant.c2.value(data["Id"], "FrenchName"), tenant.c2.value(data["Id"], "EnglishName")) == ("New", "New")


def test_save_drops_a_value_that_no_cell_names(tenant: C2Tenant) -> None:
    view = tenant.view({"Série": "S2", "Fabricant": "HP"})
    del view["CustomFields"]["Sections"][0]["Rows"][0]["Cells"][1]
    assert value_of(tenant.caller.done("CI/Save", viewModel=view), "Fabricant") is None


def test_save_drops_values_of_another_section_and_of_another_categorys_fields(tenant: C2Tenant) -> None:
    other = tenant.c2.add_category(tenant.cmdb, "Écrans")
    foreign = tenant.c2.add_field(other, "Taille")
    view = tenant.view({"Série": "S2", "Fabricant": "HP"})
    [section] = view["CustomFields"]["Sections"]
    maker = section["Rows"][0]["Cells"].pop()
    section["Rows"].append({"Cells": [maker | {"DefinitionId": foreign}]})
    view["CustomFields"]["Sections"].append({"Id": FORM.format(9), "Rows": [{"Cells": [maker]}]})
    data = tenant.caller.done("CI/Save", viewModel=view)
    assert value_of(data, "Fabricant") is None
    assert tenant.c2.cis[data["Id"]].values.keys().isdisjoint({foreign})


def test_save_ties_values_by_guids_in_any_case(tenant: C2Tenant) -> None:
    view = tenant.view({"Série": "S2"})
    view["CustomFields"]["Fields"][0]["Id"] = view["CustomFields"]["Fields"][0]["Id"].upper()
    view["CategoryId"] = view["CategoryId"].upper()
    assert value_of(tenant.caller.done("CI/Save", viewModel=view), "Série") == "S2"


@pytest.mark.parametrize(
    "values",
    [
        {"Fabricant": "HP"},
        {"Série": " "},
        {"Série": "S2", "Prix": "douze"},
        {"Série": "S2", "Achat": "hier"},
        {"Série": "S2", "Couleur": "peut-être"},
        {"Série": "S2", "Statut": "0a6ff5d5-1111-4111-8111-000000000000"},
        {"Série": "S2", "Utilisateur": "0a6ff5d5-1111-4111-8111-000000000000"},
        {"Série": "S2", "Code": "x"},
        {"Série": "S2", "Pages": 12},
    ],
)
def test_a_refused_save_names_no_field_and_leaves_no_ci(tenant: C2Tenant, values: dict[str, Any]) -> None:
    message = tenant.caller.refused("CI/Save", viewModel=tenant.view(values))
    assert not any(name in message for name in ("Série", "Prix", "Achat", "Couleur", "Statut", "Utilisateur", "Code", "Pages"))
    assert tenant.c2.ci_ids() == [tenant.ci]


@pytest.mark.parametrize(
    "members",
    [
        {"CategoryId": "0a6ff5d5-1111-4111-8111-000000000000"},
        {"CIFolderId": "0a6ff5d5-1111-4111-8111-000000000000"},
        {"StateId": "0a6ff5d5-1111-4111-8111-000000000000"},
        {"CategoryId": "imprimantes"},
        {"FrenchName": "", "EnglishName": " "},
        {"Tags": 7},
    ],
)
def test_a_save_into_nowhere_is_refused(tenant: C2Tenant, members: dict[str, Any]) -> None:
    tenant.caller.refused("CI/Save", viewModel=tenant.view({"Série": "S2"}, **members))
    assert tenant.c2.ci_ids() == [tenant.ci]


def test_a_read_only_account_may_read_but_not_write(tenant: C2Tenant) -> None:
    tenant.c2.read_only_account = True
    assert "permission" in tenant.caller.refused("CI/Save", viewModel=tenant.view({"Série": "S2"}))
    assert "permission" in tenant.caller.refused("CI/UpdateProperty", Id=tenant.ci, PropertyName="Tags", Value="a")
    assert len(tenant.caller.cis()) == 1
    assert tenant.c2.value(tenant.ci, "Tags") == ""
