"""What a request of the service is about: read, look, write or creation, of which records and fields. Nothing is decided here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from sim_fields import FIELDS, NAME, SimField
from sim_town import Key, Record, Town, key_of

_MEMBERS = {(sim.level, sim.member): sim for sim in FIELDS if not sim.is_attribute}
LISTS = ("CI/Retrieve", "assets", "subcategories")
"""What is read page by page."""


@dataclass(frozen=True)
class SimCall:
    """One request: ``kind`` is ``list``, ``look`` (by id), ``write``, ``create`` or ``other``."""

    system: str
    kind: str
    what: str
    """The resource, as the trace says it."""
    records: tuple[Record, ...] = ()
    """The one record of a write; a subcategory's side is ``subcategory``."""
    fields: tuple[SimField, ...] = ()
    moves: bool = False
    key: Key = ()
    """What a subcategory is asked for by."""

    @property
    def is_effect(self) -> bool:
        """Whether it would change something."""
        return self.kind in {"write", "create"}

    def __str__(self) -> str:
        whom = " ".join(record[1][:8] for record in self.records)
        fields = ", ".join(sim.name for sim in self.fields)
        return " ".join(part for part in (self.system, self.kind, self.what, whom, fields) if part)


def read_call(system: str, request: httpx.Request, town: Town) -> SimCall:
    """Say what a request is about."""
    if system == "c2":
        return _c2(urlsplit(str(request.url)).path, json.loads(request.content), town)
    return _hector(request, town)


def _c2(path: str, body: dict[str, Any], town: Town) -> SimCall:
    what = path.partition("/API/")[2]
    if what == "CI/Save":
        return SimCall("c2", "create", what)
    if what == "CI/UpdateProperty":
        sim = NAME if "PropertyName" in body else town.sequence.get(int(body["CustomFieldSequenceNumber"]))
        return SimCall("c2", "write", what, (("c2", body["Id"].lower()),), (sim,) if sim else ())
    criteria = body["SearchCriteria"]
    if what == "CI/Retrieve":
        return SimCall("c2", "look" if criteria.get("Ids") else "list", what)
    return SimCall("c2", "other", what)


def _hector(request: httpx.Request, town: Town) -> SimCall:
    url = urlsplit(str(request.url))
    what, _, record_id = url.path.removeprefix("/api/v1/").partition("/")
    if request.method == "POST":
        return SimCall("hector", "create", what, key=key_of(json.loads(request.content)) if what == "subcategories" else ())
    if request.method == "GET":
        looks = bool(record_id) or "ids" in parse_qs(url.query)
        return SimCall("hector", "look" if looks else "list" if what in LISTS else "other", what)
    body = json.loads(request.content, parse_float=Decimal)
    level = "asset" if what == "assets" else "subcategory"
    fields = [sim for member in body if (sim := _MEMBERS.get((level, member)))]
    fields += [sim for key in body.get("attributes", {}) if (sim := town.attributes.get(key))]
    side = "hector" if level == "asset" else "subcategory"
    return SimCall("hector", "write", what, ((side, record_id),), tuple(fields), moves="subcategory_id" in body)


def records_in(call: SimCall, body: Any) -> list[Record]:
    """Give the records that a good answer shows."""
    if call.system == "c2":
        data = body.get("Data") if isinstance(body, dict) else None
        found = data if isinstance(data, list) else [data] if isinstance(data, dict) else []
        return [("c2", one["Id"].lower()) for one in found if "CINumber" in one]
    data = body.get("data") if isinstance(body, dict) else None
    found = data if isinstance(data, list) else [data] if isinstance(data, dict) else []
    side = {"assets": "hector", "subcategories": "subcategory"}.get(call.what)
    return [(side, str(one["id"])) for one in found] if side else []
