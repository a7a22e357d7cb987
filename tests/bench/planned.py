"""Planning alone: linked pairs in memory, eight fields each, merged; beside it DiffSync and vdirsyncer on the same records."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import Baseline, Link
from syncsvc.domain.records import (
    Asset,
    Category,
    Cmdb,
    ConfigurationItem,
    Field,
    HectorCategory,
    Level,
    Stockroom,
    Subcategory,
)
from syncsvc.domain.rules import CategoryPair, Direction, FieldMapping
from syncsvc.domain.values import Kind
from syncsvc.planning.planner import plan_category
from syncsvc.planning.snapshot import Snapshot

FIELDS = 8
TIMES = 3
CHANGED = 100
"""One pair in so many has a changed field."""


def snapshot(pairs: int) -> Snapshot:
    """Give linked pairs of which one in a hundred was changed in C2."""
    mappings = tuple(
        FieldMapping(
            Field(f"f{n}", f"Field {n}", Kind.TEXT, Level.CI, definition_type=0),
            Field(f"asset.attributes.{n}", f"Field {n}", Kind.TEXT, Level.ASSET)
            if n
            else Field("subcategory.maker", "Maker", Kind.TEXT, Level.SUBCATEGORY),
            Direction.TO_HECTOR,
        )
        for n in range(FIELDS)
    )
    pair = CategoryPair(
        Cmdb("cmdb", "Inventaire"),
        Category("category", "cmdb", "Portables"),
        HectorCategory(1, "Laptops", "serialized"),
        Direction.TO_HECTOR,
        mappings,
        stockroom=Stockroom(1, "Main"),
        match_on=(1,),
        create=Direction.TO_HECTOR,
    )
    subcategories = {n: Subcategory(n, 1, f"Maker {n}", None, None, (f"Maker {n}",)) for n in range(1, 41)}
    cis, assets, links, baselines = {}, {}, [], {}
    for n in range(1, pairs + 1):
        held = (f"Maker {1 + n % 40}", f"SN{n:08d}", *(f"value {place} of {n}" for place in range(2, FIELDS)))
        changed = (*held[:-1], f"{held[-1]}, changed") if n % CHANGED == 0 else held
        cis[f"ci{n}"] = ConfigurationItem(f"ci{n}", str(n), f"CI {n}", "category", is_active=True, values=changed)
        assets[n] = Asset(n, 1, 1 + n % 40, f"asset {n}", f"A{n}", is_active=True, values=held[1:])
        links.append(Link(n, f"ci{n}", n, str(n), subcategory_id=1 + n % 40))
        baselines[n] = {mapping.key: Baseline(value, value) for mapping, value in zip(mappings, held, strict=True)}
    return Snapshot(pair, cis, assets, subcategories, links, baselines)


def measure(pairs: int) -> dict[str, Any]:
    """Give pairs planned in a second by syncsvc, and by the two libraries where they are installed."""
    ours = snapshot(pairs)
    conventions = Conventions(ZoneInfo("America/Toronto"))
    found: dict[str, Any] = {"pairs": pairs, "syncsvc": _rate(lambda: len(plan_category(ours, conventions).changes), pairs)}
    few = min(pairs, 5_000)
    for name, other in (("diffsync", _diffsync), ("vdirsyncer", _vdirsyncer)):
        try:
            found[name] = _rate(other(few), few)
        except ImportError:
            found[name] = None
    return found


def _rate(work: Callable[[], object], pairs: int) -> float:
    """Give pairs a second: the best of three."""
    best = float("inf")
    for _ in range(TIMES):
        gc.collect()
        started = time.perf_counter()
        assert work()
        best = min(best, time.perf_counter() - started)
    return pairs / best


def _records(pairs: int, *, changed: bool) -> list[dict[str, str]]:
    found = []
    for n in range(1, pairs + 1):
        record = {"key": f"SN{n:08d}"} | {f"f{place}": f"value {place} of {n}" for place in range(1, FIELDS)}
        if changed and n % CHANGED == 0:
            record[f"f{FIELDS - 1}"] += ", changed"
        found.append(record)
    return found


def _diffsync(pairs: int) -> Callable[[], object]:
    from diffsync import Adapter, DiffSyncModel  # type: ignore[import-not-found]

    class Record(DiffSyncModel):  # type: ignore[misc]
        _modelname = "record"
        _identifiers = ("key",)
        _attributes = tuple(f"f{place}" for place in range(1, FIELDS))
        key: str
        f1: str
        f2: str
        f3: str
        f4: str
        f5: str
        f6: str
        f7: str

    class Side(Adapter):  # type: ignore[misc]
        record = Record
        top_level = ("record",)

    here, there = Side(), Side()
    for adapter, changed in ((here, True), (there, False)):
        for record in _records(pairs, changed=changed):
            adapter.add(Record(**record))
    return lambda: there.diff_from(here).summary()


def _vdirsyncer(pairs: int) -> Callable[[], object]:
    import asyncio

    import aiohttp  # type: ignore[import-not-found]  # noqa: F401 - vdirsyncer needs it
    from vdirsyncer.storage.memory import MemoryStorage  # type: ignore[import-not-found]
    from vdirsyncer.sync import sync  # type: ignore[import-not-found]
    from vdirsyncer.sync.status import SqliteStatus  # type: ignore[import-not-found]
    from vdirsyncer.vobject import Item  # type: ignore[import-not-found]

    def storage(*, changed: bool) -> Any:
        kept = MemoryStorage()
        for record in _records(pairs, changed=changed):
            members = "\n".join(f"X-{name}:{value}" for name, value in record.items())
            item = Item(f"BEGIN:VCARD\n{members}\nUID:{record['key']}\nEND:VCARD")
            kept.items[f"{record['key']}.vcf"] = (f"etag{changed and record['f7'].endswith('changed')}{record['key']}", item)
        return kept

    here, there, status = storage(changed=False), storage(changed=False), SqliteStatus(":memory:")
    asyncio.run(sync(here, there, status))

    ready = [storage(changed=True) for _ in range(TIMES)]

    def again() -> object:
        asyncio.run(sync(ready.pop(), there, status))
        return True

    return again
