"""The reading calls of C2's API: which records answer a call, page by page, as JSON text.

The caller, ``c2_api``, holds the lock and has let them in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from syncsvc.sandbox.c2_body import read_count, read_guid, read_moment, read_object, read_text
from syncsvc.sandbox.c2_records import Ci
from syncsvc.sandbox.c2_show import named, shown_category, shown_client, to_json
from syncsvc.sandbox.c2_show_ci import whole_ci
from syncsvc.sandbox.c2_world import C2World
from syncsvc.sandbox.paging import Pager

_DEFAULT_SIZE = 50
Criteria = dict[str, Any]
Listing = tuple[Iterable[Any], Callable[[Any], str]]
"""Records, and how one of them is shown."""


class C2Reads:
    """The calls, on one world."""

    def __init__(self, world: C2World) -> None:
        self._world = world
        self._pager = Pager(world)
        self._listings: dict[str, Callable[[Criteria], Listing]] = {
            "retrieve_cmdbs": self._cmdbs,
            "retrieve_categories": self._categories,
            "retrieve_cis": self._cis,
            "retrieve_list_items": self._items,
            "retrieve_clients": self._clients,
        }

    def retrieve(self, name: str, body: dict[str, Any]) -> str | None:
        """Give one page; ``None`` when the server cannot send one of this size. Raises ``RefusedError``."""
        largest = self._world.max_page_size
        size = read_count(body.get("size")) or min(_DEFAULT_SIZE, largest or _DEFAULT_SIZE)
        if largest is not None and size > largest:
            return None
        criteria = read_object(body.get("searchcriteria"))
        records, show = self._listings[name](criteria)
        list_name = f"{name} {json.dumps(criteria, sort_keys=True, default=str)}"
        page = self._pager.cut(list_name, list(records), read_count(body.get("page")) * size, size)
        return f"[{','.join(map(show, page))}]"

    def _cmdbs(self, _criteria: Criteria) -> Listing:
        return self._world.cmdbs.values(), lambda cmdb: to_json(named(self._world, cmdb))

    def _categories(self, criteria: Criteria) -> Listing:
        cmdb_id = read_guid(criteria.get("cifolderid"))
        found = [category for category in self._world.categories.values() if cmdb_id in {None, category.cmdb_id}]
        return found, lambda category: to_json(shown_category(self._world, category))

    def _items(self, criteria: Criteria) -> Listing:
        items = self._world.lists.get(read_guid(criteria.get("listid")) or "", {})
        return items.values(), lambda item: to_json(named(self._world, item))

    def _clients(self, criteria: Criteria) -> Listing:
        found = [
            client
            for client in self._world.clients.values()
            if (client.is_active or _is_set(criteria, "includeinactives"))
            and not (client.is_resource and _is_set(criteria, "excluderesources"))
            and not (not client.email and _is_set(criteria, "excludemissingemail"))
        ]
        return found, lambda client: to_json(shown_client(client))

    def _cis(self, criteria: Criteria) -> Listing:
        found = filter(self._filter(criteria), self._named_by_id(criteria.get("ids")))
        with_fields = _is_set(criteria, "includecustomfields")
        return found, lambda ci: whole_ci(self._world, ci, custom_fields=with_fields)

    def _named_by_id(self, ids: Any) -> Iterable[Ci]:
        if not (isinstance(ids, list) and ids and self._world.knows_ids):
            return self._world.cis.values()
        found = (self._world.cis.get(read_guid(ci_id) or "") for ci_id in ids)
        return {ci.id: ci for ci in found if ci is not None}.values()

    def _filter(self, criteria: Criteria) -> Callable[[Ci], bool]:
        cmdb_id, category_id = read_guid(criteria.get("cifolderid")), read_guid(criteria.get("categoryid"))
        number, inactive_too = read_text(criteria.get("cinumber")), _is_set(criteria, "includeinactives")
        since = read_moment(criteria.get("modifiedsince")) if self._world.knows_modified_since else None
        categories, deleted_too = self._world.categories, self._world.shows_deleted

        def is_wanted(ci: Ci) -> bool:
            return (
                (ci.is_active or inactive_too)
                and (not ci.is_deleted or deleted_too)
                and category_id in {None, ci.category_id}
                and cmdb_id in {None, categories[ci.category_id].cmdb_id}
                and (not number or number.zfill(8) == ci.number)
                and (since is None or ci.modified_at >= since)
            )

        return is_wanted


def _is_set(criteria: Criteria, name: str) -> bool:
    return criteria.get(name) is True
