"""A Hector tenant that people work in: structure is set up, subcategories and assets are made, edited and deleted by hand.

None of it goes through HTTP; the values do go through the same forms as the API's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from syncsvc.sandbox.hector_records import Attribute, HectorTenant, Record
from syncsvc.sandbox.hector_values import shown_asset, shown_subcategory
from syncsvc.sandbox.hector_writes import create_asset, create_subcategory, update_asset, update_subcategory


class HectorWorld(HectorTenant):
    """The tenant behind the Hector API, empty at first. What does not exist raises ``KeyError``."""

    # -- structure -------------------------------------------------------------------------------------------------------

    def add_stockroom(self, name: str, *, id: int | None = None) -> int:  # noqa: A002 - the record's own word
        """Add a stockroom and give its id."""
        with self.lock:
            new_id = self.next_id("stockrooms", id)
            self.stockrooms[new_id] = {"id": new_id, "name": name}
            return new_id

    def add_user(self, name: str, email: str, role: str = "admin", *, id: int | None = None) -> int:  # noqa: A002 - the record's own word
        """Add a user and give its id."""
        with self.lock:
            new_id = self.next_id("users", id)
            self.users[new_id] = {"id": new_id, "email": email, "name": name, "role": role}
            return new_id

    def add_category(self, name: str, type: str = "serialized", *, id: int | None = None) -> int:  # noqa: A002 - the record's own words
        """Add a ``serialized``, ``lot`` or ``kit`` category and give its id."""
        with self.lock:
            new_id = self.next_id("categories", id)
            self.categories[new_id] = {"id": new_id, "name": name, "type": type}
            return new_id

    def add_attribute(
        self,
        category_id: int,
        name: str,
        scope: str = "asset",
        type: str = "text",  # noqa: A002 - the record's own word
        *,
        options: Sequence[str] = (),
        required: bool = False,
        max_length: int | None = None,
        id: int | None = None,  # noqa: A002 - the record's own word
    ) -> int:
        """Add an attribute to a category's assets or subcategories and give its id."""
        with self.lock:
            new_id = self.next_id("attributes", id)
            category = self.categories[category_id]["id"]
            self.attributes[new_id] = Attribute(new_id, category, name, scope, type, tuple(options), required, max_length)
            return new_id

    # -- records ---------------------------------------------------------------------------------------------------------

    def add_subcategory(
        self,
        category_id: int,
        maker: str | None = None,
        model: str | None = None,
        description: str | None = None,
        *,
        attributes: Mapping[str, Any] | None = None,
        id: int | None = None,  # noqa: A002 - the record's own word
        **fields: Any,
    ) -> int:
        """Add a subcategory and give its id; attributes go by their names."""
        with self.lock:
            key = {"category_id": category_id, "maker": maker, "model": model, "description": description}
            body = self._body("subcategory", category_id, attributes, key | fields)
            return create_subcategory(self, body, strict=False, id=id).id

    def add_asset(
        self,
        category_id: int,
        subcategory_id: int,
        stockroom_id: int | None = None,
        *,
        attributes: Mapping[str, Any] | None = None,
        id: int | None = None,  # noqa: A002 - the record's own word
        **fields: Any,
    ) -> int:
        """Add an asset, to the first stockroom unless told, and give its id; attributes go by their names."""
        with self.lock:
            place = next(iter(self.stockrooms)) if stockroom_id is None else stockroom_id
            references = {"category_id": category_id, "subcategory_id": subcategory_id, "stockroom_id": place}
            body = self._body("asset", category_id, attributes, references | fields)
            return create_asset(self, body, strict=False, id=id).id

    def edit_subcategory(self, subcategory_id: int, *, attributes: Mapping[str, Any] | None = None, **fields: Any) -> None:
        """Change a subcategory; ``None`` empties."""
        with self.lock:
            record = self.subcategory_records[subcategory_id]
            body = self._body("subcategory", record.category_id, attributes, fields)
            update_subcategory(self, record, body, strict=False)

    def edit_asset(self, asset_id: int, *, attributes: Mapping[str, Any] | None = None, **fields: Any) -> None:
        """Change an asset; ``None`` empties."""
        with self.lock:
            record = self.asset_records[asset_id]
            update_asset(self, record, self._body("asset", record.category_id, attributes, fields), strict=False)

    def delete_asset(self, asset_id: int) -> None:
        """Delete an asset: it is found no more."""
        with self.lock:
            record = self.asset_records.pop(asset_id)
            self.note_tag(record, before=record.members["asset_tag"])

    def delete_subcategory(self, subcategory_id: int) -> None:
        """Delete a subcategory that no asset is made from."""
        with self.lock:
            used = [record.id for record in self.asset_records.values() if record.members["subcategory_id"] == subcategory_id]
            if used:
                raise ValueError(f"assets {used[:5]} are made from subcategory {subcategory_id}")
            del self.subcategory_records[subcategory_id]

    # -- looking ---------------------------------------------------------------------------------------------------------

    def asset(self, asset_id: int) -> dict[str, Any]:
        """Give an asset as the API shows it."""
        with self.lock:
            return shown_asset(self.asset_records[asset_id])

    def subcategory(self, subcategory_id: int) -> dict[str, Any]:
        """Give a subcategory as the API shows it."""
        with self.lock:
            return shown_subcategory(self.subcategory_records[subcategory_id])

    def assets(self, category_id: int | None = None) -> list[dict[str, Any]]:
        """Give the assets, all or a category's, as the API shows them."""
        with self.lock:
            return [shown_asset(record) for record in _of(self.asset_records, category_id)]

    def subcategories(self, category_id: int | None = None) -> list[dict[str, Any]]:
        """Give the subcategories, all or a category's, as the API shows them."""
        with self.lock:
            return [shown_subcategory(record) for record in _of(self.subcategory_records, category_id)]

    def value(self, asset_id: int, name: str) -> Any:
        """Give an asset's own field, or the value of its attribute of this name; ``None`` when unset."""
        return self._value("asset", self.asset(asset_id), name)

    def subcategory_value(self, subcategory_id: int, name: str) -> Any:
        """Give a subcategory's own field, or the value of its attribute of this name; ``None`` when unset."""
        return self._value("subcategory", self.subcategory(subcategory_id), name)

    # -- inside ----------------------------------------------------------------------------------------------------------

    def _value(self, scope: str, shown: dict[str, Any], name: str) -> Any:
        if name in shown:
            return shown[name]
        return shown["attributes"].get(self._attribute_key(scope, shown["category_id"], name))

    def _attribute_key(self, scope: str, category_id: int, name: str) -> str:
        for known in self.attributes.values():
            if (known.scope, known.category_id, known.name) == (scope, category_id, name):
                return str(known.id)
        raise KeyError(f"{name}: no {scope} attribute of category {category_id}")

    def _body(
        self, scope: str, category_id: int, attributes: Mapping[str, Any] | None, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        named = {self._attribute_key(scope, category_id, name): _plain(value) for name, value in (attributes or {}).items()}
        unknown = fields.keys() - _KNOWN[scope]
        if unknown:
            raise KeyError(f"{', '.join(sorted(unknown))}: no field of a {scope}")
        return {name: _plain(value) for name, value in fields.items()} | {"attributes": named}


_KNOWN = {
    "asset": {
        *("category_id", "subcategory_id", "stockroom_id", "status", "title", "asset_tag", "note"),
        *("acquisition_date", "assigned_date", "return_date", "maintenance_date", "end_of_life_date"),
    },
    "subcategory": {"category_id", "maker", "model", "description", "note", "price", "weight", "vendor_sku"},
}


def _of(records: Mapping[int, Record], category_id: int | None) -> list[Record]:
    return [record for record in records.values() if category_id in {None, record.category_id}]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
