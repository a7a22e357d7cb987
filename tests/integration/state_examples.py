"""A category pair and its records as the state's tests use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from syncsvc.domain.plan import Baseline, Conflict, Intention
from syncsvc.domain.records import Category, Cmdb, HectorCategory, Side
from syncsvc.domain.rules import CategoryPair, Direction
from syncsvc.state.store import NewLink, Store

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)
LATER = NOON + timedelta(minutes=5)
LAPTOPS = "00000000-0000-0000-0000-00000000ca70"
PRINTERS = "00000000-0000-0000-0000-00000000ca71"
SERIAL = "def-1=asset.attributes.12"
PRICE = "def-2=subcategory.price"


def pair(category_id: str = LAPTOPS, name: str = "Portables", hector_category_id: int = 7) -> CategoryPair:
    return CategoryPair(
        cmdb=Cmdb("00000000-0000-0000-0000-0000000cmdb1", "Inventaire"),
        category=Category(category_id, "00000000-0000-0000-0000-0000000cmdb1", name),
        hector_category=HectorCategory(hector_category_id, "Laptops", "serialized"),
        direction=Direction.BOTH,
        mappings=(),
    )


def ci_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def new_link(number: int, **changed: Any) -> NewLink:
    """A CI and an asset of the same number."""
    known: dict[str, Any] = {
        "ci_id": ci_id(number),
        "ci_number": f"{number:06}",
        "asset_id": number,
        "ci_active": True,
        "asset_active": True,
        "baselines": {SERIAL: Baseline(f"SN{number}", f"SN{number}"), PRICE: Baseline(None, Decimal("12.50"))},
    }
    return NewLink(**known | changed)


def linked(store: Store, *numbers: int, category: CategoryPair | None = None) -> list[int]:
    """Link CIs and assets of these numbers; their link ids."""
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    return store.add_links(run, category or pair(), [new_link(number) for number in numbers], NOON)


def intention(number: int, seen: frozenset[str] = frozenset({"3", "4"}), category_id: str = LAPTOPS) -> Intention:
    """An asset about to be created for the CI of this number."""
    return Intention(
        id=0,
        side=Side.HECTOR,
        source_id=ci_id(number),
        category_id=category_id,
        hector_category_id=7,
        sent={"asset.attributes.12": f"SN{number}", "asset.note": None},
        basis={"def-1": f"SN{number}", "def-9": True},
        seen=seen,
        at=NOON,
    )


def conflict(number: int, c2: str | None = "one", hector: str | None = "other", mapping: str = SERIAL) -> Conflict:
    return Conflict(
        ci_id=ci_id(number),
        ci_number=f"{number:06}",
        asset_id=number,
        mapping=mapping,
        field="Numéro de série",
        c2=c2,
        hector=hector,
        baseline=Baseline("was", "was"),
    )
