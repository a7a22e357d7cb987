"""The table of the merge, row by row, as a whole plan carries it out: with the policy that asks which change is the later one."""

from __future__ import annotations

import itertools
from typing import Any

import plan_world
import pytest
from test_merge import NEVER, ROWS, oracle

from syncsvc.domain.plan import Plan
from syncsvc.domain.rules import ConflictPolicy, Direction
from syncsvc.domain.values import Value
from syncsvc.planning.merge import Verdict
from syncsvc.planning.planner import plan_category

Row = tuple[Direction, ConflictPolicy, Value, Value, Value]
TIMES = (None, "12:00", "12:04", "12:06", "13:00")
MAKER = {"c2": "Fabricant", "hector": "subcategory.maker", "direction": "none"}
BOTH_CHANGED: Row = (Direction.BOTH, ConflictPolicy.NEWEST, "old", "A", "B")
PLACES = {"an asset's": "asset.note", "a shared": "subcategory.note"}


def planned(path: str, row: Row, **told: Any) -> tuple[Verdict, Value]:
    """Plan one pair whose field ``Note`` stands like this; gives what becomes of it."""
    direction, policy, base, c, h = row
    kind, name = path.split(".")
    hector = {kind: {name: h}, ("subcategory" if kind == "asset" else "asset"): {}}
    world = plan_world.PlanWorld(
        direction=Direction.BOTH,
        create=Direction.NONE,
        match_on=None,
        fields=[MAKER, {"c2": "Note", "hector": path, "direction": direction, "on_conflict": policy}],
        cis=[{"n": 1, "Fabricant": "HP", "Note": c, "changed": told.get("c2")}],
        subcategories=[{"n": 10, "maker": "HP", "changed": told.get("subcategory"), **hector["subcategory"]}],
        assets=[{"n": 100, "of": 10, "changed": told.get("asset"), **hector["asset"]}],
        links=[{"ci": 1, "asset": 100, "was": {"Note": base}}],
        own_writes=told.get("own_writes", ()),
    )
    return _of(plan_category(world.snapshot(), plan_world.conventions()))


def _of(plan: Plan) -> tuple[Verdict, Value]:
    if plan.conflicts:
        assert not plan.changes
        return Verdict.CONFLICT, None
    if plan.changes:
        (change,) = plan.changes
        (field,) = change.fields
        return (Verdict.TO_C2 if change.system.value == "c2" else Verdict.TO_HECTOR), field.after
    return (Verdict.AGREED if plan.agreements else Verdict.NOTHING), None


@pytest.mark.parametrize("path", PLACES.values(), ids=PLACES)
def test_every_row_of_the_table_is_what_a_plan_does(path: str) -> None:
    rows = [row for row in ROWS if row[1] is not ConflictPolicy.NEWEST]
    for direction, policy, base, c, h in rows:
        expected = oracle(direction.value, policy.value, base, c, h)
        for changed in ({}, {"c2": "12:00", "asset": "13:00", "subcategory": "13:00"}):  # who came later is nobody's business
            assert planned(path, (direction, policy, base, c, h), **changed) == expected, (direction, policy, base, c, h)


@pytest.mark.parametrize("path", PLACES.values(), ids=PLACES)
def test_every_row_of_the_table_goes_to_the_later_change_and_waits_where_that_cannot_be_told(path: str) -> None:
    rows = [row for row in ROWS if row[1] is ConflictPolicy.NEWEST]
    for direction, policy, base, c, h in rows:
        for in_c2, in_hector in itertools.product(TIMES, TIMES):
            changed = {"c2": in_c2, "asset": in_hector, "subcategory": in_hector}
            expected = oracle(direction.value, _later(in_c2, in_hector) or "hold", base, c, h)
            got = planned(path, (direction, policy, base, c, h), **changed)
            assert got == expected, (direction, base, c, h, changed)


def _later(in_c2: str | None, in_hector: str | None) -> str | None:
    """Say who came later by more than the five minutes by which clocks may differ; ``None``: nobody can tell."""
    if in_c2 is None or in_hector is None:
        return None
    minutes = [60 * int(time[:2]) + int(time[3:]) for time in (in_c2, in_hector)]
    apart = minutes[0] - minutes[1]
    return None if abs(apart) < 5 else "c2" if apart > 0 else "hector"


def test_of_the_asset_and_its_subcategory_the_later_change_counts_for_a_shared_field() -> None:
    for in_c2, of_asset, of_subcategory in itertools.product(TIMES, TIMES, TIMES):
        in_hector = None if None in (of_asset, of_subcategory) else max(of_asset or "", of_subcategory or "")
        expected = oracle("⇄", _later(in_c2, in_hector) or "hold", "old", "A", "B")
        changed = {"c2": in_c2, "asset": of_asset, "subcategory": of_subcategory}
        got = planned("subcategory.note", BOTH_CHANGED, **changed)
        assert got == expected, changed


def test_a_time_that_is_our_own_writes_says_nothing_of_people() -> None:
    """What counts then is the change before it, as far as it is known."""
    for own, before in itertools.product(TIMES[1:], TIMES):
        if before is not None and before >= own:
            continue
        note = {"record": "asset", "n": 100, "written": own, "before": before}
        expected = oracle("⇄", _later("12:30", before) or "hold", "old", "A", "B")
        changed = {"c2": "12:30", "asset": own, "own_writes": [note]}
        got = planned("asset.note", BOTH_CHANGED, **changed)
        assert got == expected, (own, before)


def test_the_rows_are_those_of_the_table() -> None:
    assert {row[2] for row in ROWS} == {NEVER, None, "old", "A", "B"}
