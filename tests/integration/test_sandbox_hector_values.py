"""What Hector makes of values, and how it says which of them do not fit, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox_tenants import HectorTenant, hector_tenant


@pytest.fixture
def tenant() -> Iterator[HectorTenant]:
    with hector_tenant() as tenant:
        yield tenant


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("note", "  a\nb ", "a\nb"),
        ("note", "é" * 300, "é" * 255),
        ("note", " ", None),
        ("title", "Mine", "Mine"),
        ("acquisition_date", "2024-02-29", "2024-02-29"),
        ("acquisition_date", None, None),
        ("asset_tag", " T-2 ", "T-2"),
        ("status", "retired", "retired"),
        ("stockroom_id", 12, 12),
    ],
)
def test_a_field_is_stored_in_hectors_form(tenant: HectorTenant, name: str, sent: object, stored: object) -> None:
    assert tenant.patch(**{name: sent})[name] == stored
    assert tenant.hector.value(tenant.asset, name) == stored


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("Serial", " 0123456789ABC ", "0123456789"),
        ("Memory", 15.555, 15.56),
        ("Memory", 16, 16),
        ("Bought", "2024-01-31", "2024-01-31"),
        ("Loaned", False, False),
        ("Status", "Stored", "Stored"),
    ],
)
def test_an_attribute_is_stored_in_hectors_form(tenant: HectorTenant, name: str, sent: object, stored: object) -> None:
    key = str(tenant.attributes[name])
    assert tenant.patch(attributes={key: sent})["attributes"][key] == stored
    assert tenant.hector.value(tenant.asset, name) == stored
    assert key not in tenant.patch(attributes={key: None})["attributes"]


def test_attributes_that_are_not_named_are_left_alone(tenant: HectorTenant) -> None:
    tenant.patch(attributes={str(tenant.attributes["Serial"]): "S1"})
    tenant.patch(attributes={str(tenant.attributes["Memory"]): 8}, note="x")
    assert tenant.hector.value(tenant.asset, "Serial") == "S1"


def test_texts_are_kept_whole_where_no_limit_is_set(tenant: HectorTenant) -> None:
    tenant.hector.text_limit = None
    assert len(tenant.patch(note="x" * 5000)["note"]) == 5000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", 12),
        ("acquisition_date", "31/01/2024"),
        ("acquisition_date", "2024-02-30"),
        ("acquisition_date", "20240131"),
        ("acquisition_date", "2024-01-31T00:00:00Z"),
        ("status", "lost"),
        ("stockroom_id", 77),
        ("subcategory_id", None),
        ("category_id", 5),
        ("attributes", []),
    ],
)
def test_a_field_that_does_not_fit_is_named(tenant: HectorTenant, name: str, value: object) -> None:
    before = tenant.hector.asset(tenant.asset)
    status, code, fields = tenant.refusal(**{"title": "not stored either", name: value})
    assert (status, code, list(fields)) == (422, "invalid_data", [name])
    assert tenant.hector.asset(tenant.asset) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Memory", "16"),
        ("Memory", True),
        ("Memory", 10**12),
        ("Bought", "soon"),
        ("Loaned", "yes"),
        ("Status", "in service"),
        ("Code", None),
        ("Code", " "),
        ("Size", 14),
    ],
)
def test_an_attribute_that_does_not_fit_is_named_by_its_id_or_its_name(tenant: HectorTenant, name: str, value: object) -> None:
    key = str(tenant.attributes[name])
    assert list(tenant.refusal(attributes={key: value})[2]) == [f"attributes.{key}"]
    tenant.hector.errors_name_attributes = True
    expected = name if name != "Size" else f"attributes.{key}"
    assert list(tenant.refusal(attributes={key: value})[2]) == [expected]


def test_all_fields_at_fault_are_named_at_once(tenant: HectorTenant) -> None:
    _, _, fields = tenant.refusal(note=1, status="x", attributes={"77": "x"})
    assert fields.keys() == {"note", "status", "attributes.77"}
