"""Where each guard begins, to the record: a percentage says "more than", and from twenty on."""

from __future__ import annotations

from typing import Any

import plan_world
import pytest

from syncsvc.domain.rules import Direction
from syncsvc.planning.guards import reasons_to_hold
from syncsvc.planning.planner import plan_category

FIELDS = [
    {"c2": "Modèle", "hector": "subcategory.model"},
    {"c2": "Série", "hector": "asset.serial"},
    {"c2": "Note", "hector": "asset.note"},
]


def held(whole: int, *, missing: int = 0, changed: int = 0, emptied: int = 0) -> str:
    """Give the reasons to hold a category of so many links, of which some miss an asset or have another note in C2."""
    numbers = range(1, whole + 1)
    notes: dict[int, Any] = {n: "new" if n <= changed else "old" for n in numbers} | dict.fromkeys(range(1, emptied + 1))
    world = plan_world.PlanWorld(
        direction=Direction.TO_HECTOR,
        fields=FIELDS,
        subcategories=[{"n": 10, "model": "450"}],
        cis=[{"n": n, "Modèle": "450", "Série": f"S{n}", "Note": notes[n]} for n in numbers],
        assets=[{"n": 100 + n, "of": 10, "serial": f"S{n}", "note": "old"} for n in numbers if n > missing],
        links=[{"ci": n, "asset": 100 + n, "was": {"Modèle": "450", "Série": f"S{n}", "Note": "old"}} for n in numbers],
    )
    snapshot = world.snapshot()
    return "; ".join(reasons_to_hold(snapshot, plan_category(snapshot, plan_world.conventions())))


@pytest.mark.parametrize(
    ("whole", "disturbed", "words"),
    [
        (20, {"missing": 2}, ""),
        (20, {"missing": 3}, "3 of 20 links miss a record"),
        (19, {"missing": 10}, ""),
        (20, {"changed": 10}, ""),
        (20, {"changed": 11}, "11 of 20 links would be written"),
        (19, {"changed": 19}, ""),
        (20, {"emptied": 4}, ""),
        (20, {"emptied": 5}, "would be emptied in 5 of 20"),
        (19, {"emptied": 9}, ""),
    ],
)
def test_a_guard_holds_from_one_record_on_and_not_before(whole: int, disturbed: dict[str, int], words: str) -> None:
    reasons = held(whole, **disturbed)
    assert words in reasons
    assert bool(reasons) == bool(words)
