"""Hector's JSON: the members that are needed; all others are skipped unread.

Members that name a record or say where it stands are typed. Values of fields are taken as they come, numbers as exact decimals:
what they mean, and what is no value of its field, is said in ``translate.py``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct

Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A record's number, as far as databases can keep it."""


class WireMeta(Struct):
    """What a list says about itself."""

    total: Annotated[int, Meta(ge=0)]


class WirePage(Struct):
    """A page of a list."""

    data: Raw
    meta: WireMeta


class WireOne(Struct):
    """Around a single record."""

    data: Raw


class WireProblem(Struct):
    """What went wrong, in the server's words."""

    code: Any = None
    message: Any = None
    fields: Any = None


class WireError(Struct):
    """Around a failure."""

    error: WireProblem


class WireUser(Struct):
    """A user."""

    id: Id
    email: str | None = None
    name: str | None = None
    role: str | None = None


class WireStockroom(Struct):
    """A stockroom."""

    id: Id
    name: str


class WireCategory(Struct):
    """A category."""

    id: Id
    name: str
    type: str


class WireAttribute(Struct):
    """A customer's own field."""

    id: Id
    name: str
    scope: Literal["subcategory", "asset"]
    type: str
    category_id: Id | None = None
    options: list[str] | None = None
    required: bool = False
    max_length: int | None = None


class WireSubcategory(Struct, kw_only=True):
    """A subcategory."""

    id: Id
    category_id: Id
    maker: Any = UNSET
    model: Any = UNSET
    description: Any = UNSET
    note: Any = UNSET
    price: Any = UNSET
    weight: Any = UNSET
    vendor_sku: Any = UNSET
    attributes: Any = UNSET
    updated_at: Any = None


class WireAsset(Struct, kw_only=True):
    """An asset."""

    id: Id
    category_id: Id
    subcategory_id: Id
    stockroom_id: Id | None = None
    status: Literal["active", "retired"]
    title: Any = UNSET
    asset_tag: Any = UNSET
    note: Any = UNSET
    acquisition_date: Any = UNSET
    assigned_date: Any = UNSET
    return_date: Any = UNSET
    maintenance_date: Any = UNSET
    end_of_life_date: Any = UNSET
    attributes: Any = UNSET
    updated_at: Any = None
