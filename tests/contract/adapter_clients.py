"""Real clients pointed at a scripted server; they never really sleep, and their dice always show the highest number."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from scripted_server import Asked, Reply, ScriptedServer, answer, c2_data

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.records import Category

PASSWORD = 'p&ss "wörd"<1>'
TOKEN = "tok-en/123+abc=="
CMDB = "867a0cc0-a85a-4b80-bd69-d0cbb11d051b"
CATEGORY = "eab2c263-6a90-41bd-bdb7-c45a091f9326"
CI = "e33ce7a9-cc55-456a-91ec-778c82a4184a"


class Naps(list[float]):
    """Collects the waits instead of waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def c2_at(server: ScriptedServer | str, naps: Naps | None = None, **settings: Any) -> C2Client:
    url = server if isinstance(server, str) else server.url
    settings = {"username": "svc", "password": PASSWORD, "time_zone": ZoneInfo("America/Toronto"), "timeout": 5.0} | settings
    return C2Client(C2Config(url, **settings), sleep=naps if naps is not None else Naps(), random=lambda: 1.0)


def hector_at(server: ScriptedServer | str, naps: Naps | None = None, **settings: Any) -> HectorClient:
    url = server if isinstance(server, str) else server.url
    settings = {"token": TOKEN, "timeout": 5.0} | settings
    return HectorClient(HectorConfig(url, **settings), sleep=naps if naps is not None else Naps(), random=lambda: 1.0)


def quick(attempts: int = 3) -> RetryPolicy:
    return RetryPolicy(attempts=attempts)


def category() -> Category:
    return Category(CATEGORY, CMDB, "Imprimantes")


def wire_ci(number: int = 1, **members: Any) -> dict[str, Any]:
    """A CI as C2 shows it, with the members that are needed and one that is not."""
    return {
        "Id": f"00000000-0000-4000-8000-{number:012d}",
        "CINumber": f"{number:08d}",
        "Name": f"ci {number}",
        "CategoryId": CATEGORY,
        "CIFolderId": CMDB,
        "IsActive": True,
        "ImagePath": "/whatever.png",
        "CustomFields": {"Fields": []},
    } | members


def c2_list(records: list[dict[str, Any]]) -> Any:
    """A step that serves these records page by page."""

    def serve(asked: Asked) -> Reply:
        first, size = asked.body["Page"] * asked.body["Size"], asked.body["Size"]
        return c2_data(records[first : first + size])

    return serve


def hector_list(records: list[dict[str, Any]], total: int | None = None) -> Reply:
    count = len(records) if total is None else total
    return answer({"data": records, "meta": {"page": 1, "per_page": 500, "total": count, "last_page": 1}})


def wire_asset(number: int = 1, **members: Any) -> dict[str, Any]:
    """An asset as Hector shows it."""
    empty = dict.fromkeys(("note", "acquisition_date", "assigned_date", "return_date", "maintenance_date", "end_of_life_date"))
    return {
        **empty,
        "id": number,
        "category_id": 5,
        "subcategory_id": 7,
        "stockroom_id": 1,
        "title": f"asset {number}",
        "asset_tag": f"A{number:05d}",
        "status": "active",
        "attributes": {},
        "updated_at": "2026-11-21T10:00:00Z",
    } | members
