"""How Hector's assets and subcategories are created, changed and refused, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sandbox_tenants import HectorTenant, hector_tenant


@pytest.fixture
def tenant() -> Iterator[HectorTenant]:
    with hector_tenant() as tenant:
        yield tenant


# -- assets --------------------------------------------------------------------------------------------------------------


def test_an_asset_is_created_with_a_tag_and_a_title_of_hectors_own(tenant: HectorTenant) -> None:
    first = tenant.caller.written("POST", "assets", tenant.new())
    assert (first["asset_tag"], first["title"], first["status"]) == ("A00001", "HP 840 – A00001", "active")
    tenant.hector.add_asset(tenant.category, tenant.subcategory, asset_tag="a00002")
    assert tenant.caller.written("POST", "assets", tenant.new())["asset_tag"] == "A00003"
    given = tenant.caller.written("POST", "assets", tenant.new(title="Mine", asset_tag="X"))
    assert (given["title"], given["asset_tag"]) == ("Mine", "X")
    assert tenant.hector.asset(given["id"]) == given


def test_a_title_is_made_of_the_description_where_there_is_nothing_else(tenant: HectorTenant) -> None:
    vague = tenant.hector.add_subcategory(tenant.category, description="Portable prêté")
    assert tenant.caller.written("POST", "assets", tenant.new(subcategory_id=vague))["title"] == "Portable prêté – A00001"
    tenant.patch(asset_tag=None, title=None)
    assert tenant.hector.value(tenant.asset, "title") == f"HP 840 – #{tenant.asset}"


@pytest.mark.parametrize("missing", ["subcategory_id", "stockroom_id", "attributes"])
def test_an_asset_needs_a_subcategory_a_stockroom_and_required_attributes(tenant: HectorTenant, missing: str) -> None:
    body = tenant.new()
    del body[missing]
    expected = f"attributes.{tenant.attributes['Code']}" if missing == "attributes" else missing
    status, _, fields = tenant.caller.rejected("POST", "assets", body)
    assert (status, list(fields)) == (422, [expected])
    assert len(tenant.hector.assets()) == 1


def test_an_asset_is_of_its_subcategorys_category(tenant: HectorTenant) -> None:
    other = tenant.hector.add_category("Phones")
    phone = tenant.hector.add_subcategory(other, "Apple")
    assert "subcategory_id" in tenant.caller.rejected("POST", "assets", tenant.new(subcategory_id=phone))[2]
    assert "subcategory_id" in tenant.refusal(subcategory_id=phone)[2]
    body = tenant.new()
    del body["category_id"]
    assert tenant.caller.written("POST", "assets", body)["category_id"] == tenant.category


def test_only_serialized_categories_take_assets(tenant: HectorTenant) -> None:
    toner = tenant.hector.add_category("Toner", "lot")
    black = tenant.hector.add_subcategory(toner, "HP", "W1480X")
    body = {"category_id": toner, "subcategory_id": black, "stockroom_id": 11}
    assert "category_id" in tenant.caller.rejected("POST", "assets", body)[2]


def test_an_asset_moves_to_another_subcategory_and_keeps_its_title(tenant: HectorTenant) -> None:
    other = tenant.hector.add_subcategory(tenant.category, "HP", "850")
    moved = tenant.patch(subcategory_id=other)
    assert (moved["subcategory_id"], moved["title"]) == (other, "HP 840 – Tag-1")


def test_a_tag_is_unique_whatever_its_case_and_also_among_retired_assets(tenant: HectorTenant) -> None:
    tenant.patch(status="retired")
    status, code, fields = tenant.caller.rejected("POST", "assets", tenant.new(asset_tag=" tag-1"))
    assert (status, code, list(fields)) == (409, "conflict", ["asset_tag"])
    assert tenant.patch(asset_tag="TAG-1")["asset_tag"] == "TAG-1"
    tenant.patch(asset_tag="Tag-2")
    assert tenant.caller.written("POST", "assets", tenant.new(asset_tag="tag-1"))["asset_tag"] == "tag-1"
    assert tenant.refusal(asset_tag="TAG-1")[0] == 409


def test_a_deleted_assets_tag_is_free_again(tenant: HectorTenant) -> None:
    tenant.hector.delete_asset(tenant.asset)
    assert tenant.caller.written("POST", "assets", tenant.new(asset_tag="Tag-1"))["asset_tag"] == "Tag-1"


def test_tags_may_be_allowed_to_repeat(tenant: HectorTenant) -> None:
    tenant.hector.unique_tags = False
    assert tenant.caller.written("POST", "assets", tenant.new(asset_tag="Tag-1"))["asset_tag"] == "Tag-1"


def test_a_write_moves_updated_at_and_not_created_at(tenant: HectorTenant) -> None:
    before = tenant.hector.asset(tenant.asset)
    tenant.hector.now = lambda: datetime(2030, 1, 2, 3, 4, 5, 6000, UTC)
    after = tenant.patch(note="x")
    assert (after["created_at"], after["updated_at"]) == (before["created_at"], "2030-01-02T03:04:05.006Z")


@pytest.mark.parametrize("content", [b"{", b"[]", b""])
def test_a_body_that_is_no_json_object_is_a_bad_request(tenant: HectorTenant, content: bytes) -> None:
    headers = {"Authorization": "Bearer sandbox-token", "Content-Type": "application/json"}
    url = f"{tenant.caller.box.hector_url}/api/v1/assets"
    assert tenant.caller.http.post(url, content=content, headers=headers).status_code == 400


# -- subcategories -------------------------------------------------------------------------------------------------------


def test_a_subcategory_is_created_and_changed(tenant: HectorTenant) -> None:
    size = str(tenant.attributes["Size"])
    body = {"category_id": tenant.category, "maker": " HP ", "price": 12.345, "weight": None, "attributes": {size: 14}}
    made = tenant.caller.written("POST", "subcategories", body)
    assert (made["maker"], made["model"], made["price"], made["attributes"]) == ("HP", None, 12.35, {size: 14})
    changed = tenant.caller.written("PATCH", f"subcategories/{made['id']}", {"model": "G3", "price": None})
    assert (changed["maker"], changed["model"], changed["price"]) == ("HP", "G3", None)
    assert tenant.hector.subcategory(made["id"]) == changed
    assert tenant.hector.subcategory_value(made["id"], "Size") == 14


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"maker": "HP", "category_id": 77}, "category_id"),
        ({"maker": "HP", "price": "12"}, "price"),
        ({"maker": " "}, "maker"),
        ({"maker": "HP", "attributes": {"502": 8}}, "attributes.502"),
    ],
)
def test_a_subcategory_that_does_not_fit_is_refused(tenant: HectorTenant, body: dict[str, Any], field: str) -> None:
    status, _, fields = tenant.caller.rejected("POST", "subcategories", {"category_id": tenant.category} | body)
    assert (status, list(fields)) == (422, [field])
    assert len(tenant.hector.subcategories()) == 1


def test_a_subcategory_keeps_a_name(tenant: HectorTenant) -> None:
    body = {"maker": None, "model": None}
    assert tenant.caller.rejected("PATCH", f"subcategories/{tenant.subcategory}", body)[0] == 422
    assert tenant.hector.subcategory_value(tenant.subcategory, "maker") == "HP"


# -- people --------------------------------------------------------------------------------------------------------------


def test_people_edit_attributes_by_name(tenant: HectorTenant) -> None:
    tenant.hector.edit_asset(tenant.asset, attributes={"Bought": date(2024, 5, 6), "Code": None}, note="vu")
    values = [tenant.hector.value(tenant.asset, name) for name in ("Bought", "Code", "note")]
    assert values == ["2024-05-06", None, "vu"]
    with pytest.raises(KeyError, match="Bougth"):
        tenant.hector.edit_asset(tenant.asset, attributes={"Bougth": None})
    with pytest.raises(KeyError, match="notes"):
        tenant.hector.edit_asset(tenant.asset, notes="x")


def test_a_subcategory_in_use_is_not_deleted(tenant: HectorTenant) -> None:
    with pytest.raises(ValueError, match=str(tenant.asset)):
        tenant.hector.delete_subcategory(tenant.subcategory)
    tenant.hector.delete_asset(tenant.asset)
    tenant.hector.delete_subcategory(tenant.subcategory)
    assert tenant.hector.subcategories() == []
