"""How Hector's subcategories and assets are made and changed; the API and people's edits both go through here.

The caller holds the lock. What only the API refuses (a required attribute left empty, a subcategory without a name) is told
by ``strict``. A refusal leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncsvc.sandbox.hector_records import (
    ASSET_MEMBERS,
    STATUSES,
    SUBCATEGORY_KEY,
    SUBCATEGORY_MEMBERS,
    Attribute,
    HectorTenant,
    Record,
    RejectedError,
)
from syncsvc.sandbox.hector_values import WrongValueError, stored_attribute, stored_member

Faults = dict[str, list[str]]
Body = Mapping[str, Any]


def create_subcategory(tenant: HectorTenant, body: Body, *, strict: bool = True, id: int | None = None) -> Record:  # noqa: A002 - the record's own word
    """Make a subcategory. Raises :class:`RejectedError`."""
    faults: Faults = {}
    category_id = _category(tenant, body, faults)
    members, attributes = _values(tenant, "subcategory", category_id, body, faults)
    complete = dict.fromkeys(SUBCATEGORY_MEMBERS) | members
    if strict:
        _ask_for_required(tenant, "subcategory", category_id, attributes, faults)
        _ask_for_key(complete, faults)
    _reject(faults)
    now = tenant.now()
    new_id = tenant.next_id("subcategories", id)
    record = Record(new_id, category_id, complete, _set(attributes), now, now)
    tenant.subcategory_records[record.id] = record
    return record


def update_subcategory(tenant: HectorTenant, record: Record, body: Body, *, strict: bool = True) -> Record:
    """Change what ``body`` names. Raises :class:`RejectedError`."""
    faults: Faults = {}
    _keep_category(record, body, faults)
    members, attributes = _values(tenant, "subcategory", record.category_id, body, faults)
    complete, held = record.members | members, record.attributes | attributes
    if strict:
        _ask_for_required(tenant, "subcategory", record.category_id, held, faults, changed=attributes)
        _ask_for_key(complete, faults)
    _reject(faults)
    record.members, record.attributes, record.updated_at = complete, _set(held), tenant.now()
    return record


def create_asset(tenant: HectorTenant, body: Body, *, strict: bool = True, id: int | None = None) -> Record:  # noqa: A002 - the record's own word
    """Make an asset from a subcategory, with a tag and a title where none is given. Raises :class:`RejectedError`."""
    faults: Faults = {}
    subcategory = tenant.subcategory_records.get(_integer(body.get("subcategory_id")))
    inherited = {"category_id": subcategory.category_id} if subcategory else {}
    category_id = _category(tenant, inherited | dict(body), faults)
    if strict and not faults and tenant.categories[category_id]["type"] != "serialized":
        faults["category_id"] = ["must be a serialized category"]
    given = {"subcategory_id": None, "stockroom_id": None, "status": "active", **body}
    members, attributes = _values(tenant, "asset", category_id, given, faults)
    members |= _references(tenant, category_id, given, faults)
    if strict:
        _ask_for_required(tenant, "asset", category_id, attributes, faults)
    _reject(faults)
    _claim_tag(tenant, members.get("asset_tag"), holder=None)
    now = tenant.now()
    complete = dict.fromkeys(ASSET_MEMBERS) | members
    record = Record(tenant.next_id("assets", id), category_id, complete, _set(attributes), now, now)
    complete["asset_tag"] = complete["asset_tag"] or tenant.next_tag()
    complete["title"] = complete["title"] or _made_title(tenant, record)
    tenant.asset_records[record.id] = record
    tenant.note_tag(record, before=None)
    return record


def update_asset(tenant: HectorTenant, record: Record, body: Body, *, strict: bool = True) -> Record:
    """Change what ``body`` names; another ``subcategory_id`` moves the asset. Raises :class:`RejectedError`."""
    faults: Faults = {}
    _keep_category(record, body, faults)
    members, attributes = _values(tenant, "asset", record.category_id, body, faults)
    members |= _references(tenant, record.category_id, body, faults)
    held = record.attributes | attributes
    if strict:
        _ask_for_required(tenant, "asset", record.category_id, held, faults, changed=attributes)
    _reject(faults)
    _claim_tag(tenant, members.get("asset_tag"), holder=record.id)
    before = record.members["asset_tag"]
    record.members, record.attributes, record.updated_at = record.members | members, _set(held), tenant.now()
    tenant.note_tag(record, before)
    record.members["title"] = record.members["title"] or _made_title(tenant, record)
    return record


# -- checks --------------------------------------------------------------------------------------------------------------


def _values(
    tenant: HectorTenant, scope: str, category_id: int, body: Body, faults: Faults
) -> tuple[dict[str, Any], dict[int, Any]]:
    members: dict[str, Any] = {}
    for name, kind in (ASSET_MEMBERS if scope == "asset" else SUBCATEGORY_MEMBERS).items():
        if name in body:
            try:
                members[name] = stored_member(kind, body[name], tenant.text_limit)
            except WrongValueError as error:
                faults[name] = [str(error)]
    sent = body.get("attributes", {})
    if not isinstance(sent, Mapping):
        faults["attributes"] = ["must be an object"]
        return members, {}
    known = {str(attribute.id): attribute for attribute in _attributes(tenant, scope, category_id)}
    attributes: dict[int, Any] = {}
    for key, value in sent.items():
        attribute = known.get(key)
        try:
            if attribute is None:
                raise WrongValueError(f"is no attribute of this {scope}")  # noqa: TRY301 - one place words all faults
            attributes[attribute.id] = stored_attribute(tenant, attribute, value)
        except WrongValueError as error:
            faults[_attribute_name(tenant, attribute, key)] = [str(error)]
    return members, attributes


def _attributes(tenant: HectorTenant, scope: str, category_id: int) -> list[Attribute]:
    return [known for known in tenant.attributes.values() if (known.scope, known.category_id) == (scope, category_id)]


def _attribute_name(tenant: HectorTenant, attribute: Attribute | None, key: str) -> str:
    return attribute.name if attribute and tenant.errors_name_attributes else f"attributes.{key}"


def _ask_for_required(
    tenant: HectorTenant,
    scope: str,
    category_id: int,
    held: Mapping[int, Any],
    faults: Faults,
    *,
    changed: Mapping[int, Any] | None = None,
) -> None:
    """Ask for required attributes; of a record that exists only for those that are ``changed``."""
    for attribute in _attributes(tenant, scope, category_id):
        concerned = changed is None or attribute.id in changed
        if attribute.required and concerned and held.get(attribute.id) is None:
            faults.setdefault(_attribute_name(tenant, attribute, str(attribute.id)), ["is required"])


def _ask_for_key(members: Mapping[str, Any], faults: Faults) -> None:
    if not any(members[name] for name in SUBCATEGORY_KEY):
        faults.setdefault("maker", ["a maker, a model or a description is required"])


def _category(tenant: HectorTenant, body: Body, faults: Faults) -> int:
    category_id = _integer(body.get("category_id"))
    if category_id not in tenant.categories:
        faults["category_id"] = ["must be a category"]
    return category_id


def _keep_category(record: Record, body: Body, faults: Faults) -> None:
    if body.get("category_id", record.category_id) != record.category_id:
        faults["category_id"] = ["cannot be changed"]


def _references(tenant: HectorTenant, category_id: int, body: Body, faults: Faults) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "subcategory_id" in body:
        found["subcategory_id"] = _integer(body["subcategory_id"])
        subcategory = tenant.subcategory_records.get(found["subcategory_id"])
        if subcategory is None or subcategory.category_id != category_id:
            faults["subcategory_id"] = ["must be a subcategory of the asset's category"]
    if "stockroom_id" in body:
        found["stockroom_id"] = _integer(body["stockroom_id"])
        if found["stockroom_id"] not in tenant.stockrooms:
            faults["stockroom_id"] = ["must be a stockroom"]
    if "status" in body:
        found["status"] = body["status"]
        if body["status"] not in STATUSES:
            faults["status"] = [f"must be one of: {', '.join(STATUSES)}"]
    return found


def _integer(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _claim_tag(tenant: HectorTenant, tag: str | None, *, holder: int | None) -> None:
    if tag is not None and tenant.unique_tags and tenant.tag_holders(tag) - {holder}:
        raise RejectedError(409, "conflict", "The asset tag is already taken.", {"asset_tag": ["is already taken"]})


def _made_title(tenant: HectorTenant, record: Record) -> str:
    subcategory = tenant.subcategory_records[record.members["subcategory_id"]].members
    words = [subcategory[name] for name in ("maker", "model") if subcategory[name]] or [subcategory["description"] or "Asset"]
    return f"{' '.join(words)} \N{EN DASH} {record.members['asset_tag'] or f'#{record.id}'}"[: tenant.text_limit]


def _set(attributes: Mapping[int, Any]) -> dict[int, Any]:
    return {attribute_id: value for attribute_id, value in attributes.items() if value is not None}


def _reject(faults: Faults) -> None:
    if faults:
        said = "; ".join(f"{name} {', '.join(messages)}" for name, messages in faults.items())
        raise RejectedError(422, "invalid_data", f"The data is invalid: {said}.", faults)
