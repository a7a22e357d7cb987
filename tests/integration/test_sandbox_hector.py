"""What Hector's reads give, and who may call it, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sandbox_calls import Caller

from syncsvc.sandbox import HectorWorld, Sandbox


@dataclass
class Tenant:
    caller: Caller
    hector: HectorWorld
    category: int
    subcategory: int
    assets: list[int]

    def ids(self, resource: str = "assets", **query: Any) -> list[int]:
        return [record["id"] for record in self.caller.listed(resource, **query)]


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    hector = HectorWorld()
    hector.add_stockroom("Entrepôt")
    category = hector.add_category("Laptops")
    hector.add_attribute(category, "Serial number")
    subcategory = hector.add_subcategory(category, "HP", "840", price=1649.5)
    assets = [hector.add_asset(category, subcategory, attributes={"Serial number": f"S{number}"}) for number in range(5)]
    with Caller(Sandbox(hector=hector)) as caller:
        yield Tenant(caller, hector, category, subcategory, assets)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "sandbox-token"}])
def test_without_the_right_token_nothing_is_shown(tenant: Tenant, headers: dict[str, str]) -> None:
    response = tenant.caller.http.get(f"{tenant.caller.box.hector_url}/api/v1/assets", headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "token_invalid")


def test_lists_say_how_much_there_is(tenant: Tenant) -> None:
    answer = tenant.caller.hector("GET", "assets", page=2, per_page=2).json()
    assert [asset["id"] for asset in answer["data"]] == tenant.assets[2:4]
    assert answer["meta"] == {"page": 2, "per_page": 2, "total": 5, "last_page": 3}
    beyond = tenant.caller.hector("GET", "assets", page=9, per_page=2).json()
    assert (beyond["data"], beyond["meta"]["total"]) == ([], 5)
    assert tenant.caller.hector("GET", "users").json()["meta"] == {"page": 1, "per_page": 25, "total": 0, "last_page": 1}


def test_a_server_may_lower_the_page_size(tenant: Tenant) -> None:
    tenant.hector.max_per_page = 3
    answer = tenant.caller.hector("GET", "assets", per_page=500).json()
    assert (len(answer["data"]), answer["meta"]["per_page"], answer["meta"]["last_page"]) == (3, 3, 2)


def test_an_asset_is_shown_with_the_attributes_that_are_set(tenant: Tenant) -> None:
    tenant.hector.add_attribute(tenant.category, "User")
    [serial, _] = tenant.hector.attributes
    asset = tenant.caller.hector("GET", f"assets/{tenant.assets[0]}").json()["data"]
    assert asset.pop("created_at") == asset.pop("updated_at")
    days = ("acquisition_date", "assigned_date", "return_date", "maintenance_date", "end_of_life_date")
    assert asset == {
        "id": tenant.assets[0],
        "category_id": tenant.category,
        "subcategory_id": tenant.subcategory,
        "stockroom_id": 11,
        "title": "HP 840 – A00001",
        "asset_tag": "A00001",
        "note": None,
        "status": "active",
        "attributes": {str(serial): "S0"},
        **dict.fromkeys(days),
    }


def test_a_subcategory_has_its_price_as_a_number(tenant: Tenant) -> None:
    [shown] = tenant.caller.listed("subcategories")
    expected = {"maker": "HP", "model": "840", "description": None, "price": 1649.5, "weight": None, "vendor_sku": None}
    assert {name: shown[name] for name in expected} == expected
    assert tenant.caller.hector("GET", f"subcategories/{tenant.subcategory}").json()["data"] == shown


def test_structure_is_listed(tenant: Tenant) -> None:
    tenant.hector.add_user("Équipe", "it-admin@example.org")
    lots = tenant.hector.add_category("Toner", "lot")
    assert tenant.caller.listed("users") == [{"id": 1, "email": "it-admin@example.org", "name": "Équipe", "role": "admin"}]
    assert tenant.caller.listed("stockrooms") == [{"id": 11, "name": "Entrepôt"}]
    assert [(category["id"], category["type"]) for category in tenant.caller.listed("categories")] == [
        (tenant.category, "serialized"),
        (lots, "lot"),
    ]


def test_attributes_are_described(tenant: Tenant) -> None:
    other = tenant.hector.add_category("Phones")
    state = tenant.hector.add_attribute(
        other, "State", "subcategory", "list", options=["new", "old"], required=True, max_length=9
    )
    expected = {"id": state, "category_id": other, "name": "State", "scope": "subcategory", "type": "list"}
    expected |= {"options": ["new", "old"], "required": True, "max_length": 9}
    assert tenant.caller.listed("attributes", category_id=other) == [expected]
    assert len(tenant.caller.listed("attributes")) == 2
    tenant.hector.attributes_name_category = False
    assert "category_id" not in tenant.caller.listed("attributes", category_id=other)[0]
    assert "category_id" in tenant.caller.listed("attributes")[0]


def test_records_are_filtered_and_an_unknown_filter_is_ignored(tenant: Tenant) -> None:
    other = tenant.hector.add_category("Phones")
    phone = tenant.hector.add_asset(other, tenant.hector.add_subcategory(other, "Apple"))
    assert tenant.ids(category_id=other) == [phone]
    assert len(tenant.ids("subcategories", category_id=tenant.category)) == 1
    assert tenant.ids(ids=f"{phone},{tenant.assets[0]},77") == [tenant.assets[0], phone]
    assert tenant.ids(ids=phone, category_id=tenant.category) == []
    assert tenant.ids(colour="red") == [*tenant.assets, phone]
    assert len(tenant.ids("subcategories", ids="1")) == 2


def test_up_to_a_hundred_ids_may_be_asked_for(tenant: Tenant) -> None:
    assert tenant.ids(ids=",".join(map(str, range(9950, 10050)))) == tenant.assets
    assert tenant.caller.hector("GET", "assets", ids=",".join(map(str, range(101)))).status_code == 422


def test_updated_since_leaves_out_what_did_not_change(tenant: Tenant) -> None:
    tenant.hector.now = lambda: datetime(2030, 1, 1, tzinfo=UTC)
    tenant.hector.edit_asset(tenant.assets[1], note="new")
    tenant.hector.edit_subcategory(tenant.subcategory, note="new")
    assert tenant.ids(updated_since="2030-01-01T00:00:00Z") == [tenant.assets[1]]
    assert tenant.ids("subcategories", updated_since="2030-01-01T00:00:01Z") == []
    tenant.hector.knows_updated_since = tenant.hector.knows_ids = False
    assert tenant.ids(updated_since="2040-01-01T00:00:00Z", ids="1") == tenant.assets


def test_retired_assets_are_listed_too_and_deleted_ones_are_not(tenant: Tenant) -> None:
    tenant.hector.edit_asset(tenant.assets[0], status="retired")
    tenant.hector.delete_asset(tenant.assets[1])
    assert [(asset["id"], asset["status"]) for asset in tenant.caller.listed("assets")][:2] == [
        (tenant.assets[0], "retired"),
        (tenant.assets[2], "active"),
    ]


@pytest.mark.parametrize(
    ("method", "resource", "status", "code"),
    [
        ("GET", "assets/77", 404, "not_found"),
        ("PATCH", "assets/77", 404, "not_found"),
        ("GET", "assets/x", 404, "not_found"),
        ("GET", "gadgets", 404, "not_found"),
        ("GET", "stockrooms/11", 404, "not_found"),
        ("POST", "stockrooms", 405, "method_not_allowed"),
        ("DELETE", "assets/10001", 405, "method_not_allowed"),
        ("POST", "assets/10001", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there_is_answered_in_hectors_form(
    tenant: Tenant, method: str, resource: str, status: int, code: str
) -> None:
    response = tenant.caller.hector(method, resource, {} if method in {"POST", "PATCH"} else None)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("query", [{"page": "x"}, {"category_id": "Laptops"}, {"updated_since": "yesterday"}])
def test_a_query_that_cannot_be_read_is_refused(tenant: Tenant, query: dict[str, str]) -> None:
    assert tenant.caller.hector("GET", "assets", **query).status_code == 422


def test_a_shifting_list_shows_one_record_twice_and_hides_one(tenant: Tenant) -> None:
    tenant.hector.shift_pages = True
    seen = [asset for page in (1, 2, 3) for asset in tenant.ids(page=page, per_page=2)]
    assert sorted(seen) == sorted([*tenant.assets[:4], tenant.assets[1]])
    assert sorted(asset for page in (1, 2, 3) for asset in tenant.ids(page=page, per_page=2)) == tenant.assets


def test_a_tenants_paths_may_differ(tenant: Tenant) -> None:
    tenant.hector.paths["assets"] = "api/v1/items"
    assert tenant.ids("items") == tenant.assets
    assert tenant.caller.hector("GET", f"items/{tenant.assets[0]}").status_code == 200
    assert tenant.caller.hector("GET", "assets").status_code == 404
