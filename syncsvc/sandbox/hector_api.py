"""Hector's HTTP API: bearer token, resources, lists page by page, and errors in Hector's form.

What a write does to the records is ``hector_writes``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from syncsvc.sandbox.exchange import Answer, Call, NotJsonError, page, retry_after
from syncsvc.sandbox.hector_records import Record, RejectedError
from syncsvc.sandbox.hector_values import shown_asset, shown_attribute, shown_subcategory
from syncsvc.sandbox.hector_world import HectorWorld
from syncsvc.sandbox.hector_writes import create_asset, create_subcategory, update_asset, update_subcategory
from syncsvc.sandbox.paging import Pager

_PER_PAGE = 25
_MOST_IDS = 100
_WRITES = {"POST", "PATCH"}
Reply = tuple[int, Any]
Show = Callable[[Any], Any]


class HectorApi:
    """The Hector tenant; ``token`` gives the accepted bearer token."""

    system = "hector"

    def __init__(self, world: HectorWorld, token: Callable[[], str]) -> None:
        self._world = world
        self._token = token
        self._pager = Pager(world)

    def now(self) -> datetime:
        """Tell the tenant's time."""
        return self._world.now()

    def is_write(self, call: Call) -> bool:
        """Whether it is a ``POST`` or a ``PATCH``."""
        return call.method in _WRITES

    def answer(self, call: Call) -> Answer:
        """Carry out a call."""
        if call.path == "/login":
            return page(200, "Sign in")
        if call.headers.get("authorization") != f"Bearer {self._token()}":
            return _error(401, "token_invalid", "The token is missing or invalid.")
        try:
            with self._world.lock:
                status, content = self._carry_out(call)
                return Answer(status, _dump(content))
        except RejectedError as error:
            headers = {"Allow": error.message} if error.status == 405 else {}
            return _error(error.status, error.code, error.message, error.fields, headers)

    def failure(self, kind: str, detail: Mapping[str, Any]) -> Answer:
        """Answer with a failure of this kind."""
        match kind:
            case "redirect_login":
                return page(302, "Redirecting", Location="/login")
            case "credentials":
                return _error(401, "token_expired", "The token has expired.")
            case "permission":
                return _error(403, "permission_denied", "You do not have permission to do this.")
            case "refused":
                message = detail.get("message", "The data is invalid.")
                return _error(int(detail.get("status", 422)), "invalid_data", message, detail.get("fields", {}))
            case "rate_limited":
                return _error(429, "rate_limited", "Too many requests.", {}, retry_after(detail))
            case "html_200":
                return page(200, detail.get("title", "We will be right back"))
            case "cut":
                return Answer(200, '{"data": [{"id": "' + "0" * 200)
            case _:
                return _error(int(detail.get("status", 500)), "server_error", "Something went wrong.")

    # -- resources -------------------------------------------------------------------------------------------------------

    def _carry_out(self, call: Call) -> Reply:
        name, record_id = self._resource(call.path)
        records: Mapping[int, Record] | None = {
            "subcategories": self._world.subcategory_records,
            "assets": self._world.asset_records,
        }.get(name)
        allowed = {"GET"} if records is None else {"GET", "PATCH"} if record_id else {"GET", "POST"}
        if records is None and record_id:
            raise RejectedError(404, "not_found", "There is no such page.")
        if call.method not in allowed:
            raise RejectedError(405, "method_not_allowed", ", ".join(sorted(allowed)))
        if not record_id:
            return self._create(name, _body(call)) if call.method == "POST" else (200, self._list(name, call))
        record = (records or {}).get(record_id)
        if record is None:
            raise RejectedError(404, "not_found", f"There is no record {record_id} in {name}.")
        return self._update(name, record, _body(call)) if call.method == "PATCH" else (200, {"data": _show(name)(record)})

    def _resource(self, path: str) -> tuple[str, int]:
        """Give a resource's name and a record's id; 0 for the whole list."""
        for name, known in self._world.paths.items():
            head, _, tail = path.strip("/").partition(known.strip("/"))
            number = tail.removeprefix("/")
            if not head and (not tail or (tail.startswith("/") and number.isdecimal() and int(number))):
                return name, int(number or 0)
        raise RejectedError(404, "not_found", "There is no such page.")

    def _create(self, name: str, body: dict[str, Any]) -> Reply:
        create = create_asset if name == "assets" else create_subcategory
        return 201, {"data": _show(name)(create(self._world, body))}

    def _update(self, name: str, record: Record, body: dict[str, Any]) -> Reply:
        update = update_asset if name == "assets" else update_subcategory
        return 200, {"data": _show(name)(update(self._world, record, body))}

    # -- lists -----------------------------------------------------------------------------------------------------------

    def _list(self, name: str, call: Call) -> dict[str, Any]:
        query = call.query
        records, show = self._records(name, query)
        per_page = max(1, _whole(query, "per_page", _PER_PAGE))
        per_page = min(per_page, self._world.max_per_page or per_page)
        number = max(1, _whole(query, "page", 1))
        filters = {key: value for key, value in query.items() if key not in {"page", "per_page"}}
        list_name = f"{name} {json.dumps(filters, sort_keys=True)}"
        shown = self._pager.cut(list_name, records, (number - 1) * per_page, per_page)
        last = max(1, -(-len(records) // per_page))
        meta = {"page": number, "per_page": per_page, "total": len(records), "last_page": last}
        return {"data": [show(record) for record in shown], "meta": meta}

    def _records(self, name: str, query: Mapping[str, str]) -> tuple[list[Any], Show]:
        category_id = _whole(query, "category_id", 0)
        match name:
            case "users":
                return list(self._world.users.values()), dict
            case "stockrooms":
                return list(self._world.stockrooms.values()), dict
            case "categories":
                return list(self._world.categories.values()), dict
            case "attributes":
                with_category = self._world.attributes_name_category or not category_id
                found = [known for known in self._world.attributes.values() if category_id in {0, known.category_id}]
                return found, lambda known: shown_attribute(known, with_category=with_category)
        records = self._world.asset_records if name == "assets" else self._world.subcategory_records
        ids = self._ids(query) if name == "assets" else None
        since = _moment(query) if self._world.knows_updated_since else None
        return [
            record
            for record in records.values()
            if category_id in {0, record.category_id}
            and (since is None or record.updated_at >= since)
            and (ids is None or record.id in ids)
        ], _show(name)

    def _ids(self, query: Mapping[str, str]) -> set[int] | None:
        if "ids" not in query or not self._world.knows_ids:
            return None
        texts = [text.strip() for text in query["ids"].split(",") if text.strip()]
        if len(texts) > _MOST_IDS or not all(text.isdecimal() for text in texts):
            raise RejectedError(422, "invalid_data", "ids takes up to 100 numbers.", {"ids": [f"at most {_MOST_IDS} numbers"]})
        return {int(text) for text in texts}


def _show(name: str) -> Show:
    return shown_asset if name == "assets" else shown_subcategory


def _body(call: Call) -> dict[str, Any]:
    try:
        body = call.json
    except NotJsonError as error:
        raise RejectedError(400, "invalid_json", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise RejectedError(400, "invalid_json", "The body must be a JSON object.")
    return body


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise RejectedError(422, "invalid_data", f"{name} must be a number.", {name: ["must be a number"]})
    return int(text)


def _moment(query: Mapping[str, str]) -> datetime | None:
    text = query.get("updated_since")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        fields = {"updated_since": ["must be ISO 8601"]}
        raise RejectedError(422, "invalid_data", "updated_since must be ISO 8601.", fields) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _error(
    status: int,
    code: str,
    message: str,
    fields: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    error = {"code": code, "message": message, "fields": dict(fields or {})}
    return Answer(status, _dump({"error": error}), headers=headers or {})
