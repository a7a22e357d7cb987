"""The merge of one field, against an oracle written from the rules' table and not from the code."""

from __future__ import annotations

import itertools
from dataclasses import replace

import plan_world
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncsvc.domain.plan import Baseline
from syncsvc.domain.rules import ConflictPolicy, Direction, FieldMapping
from syncsvc.domain.values import Value
from syncsvc.planning.merge import Verdict, merge

CONVENTIONS = plan_world.conventions()
VALUES: tuple[Value, ...] = (None, "old", "A", "B")
NEVER = "never"


def mapping(direction: Direction, policy: ConflictPolicy = ConflictPolicy.HOLD, **spec: object) -> FieldMapping:
    return plan_world.mapping({"c2": "Note", "hector": "asset.note", "on_conflict": policy} | spec, direction)


def oracle(direction: str, policy: str, base: Value, c: Value, h: Value) -> tuple[Verdict, Value]:  # noqa: PLR0911, PLR0912, C901 - a table
    """What the rules say, for texts that no system cuts."""
    if direction == "none":
        return Verdict.NOTHING, None
    if base == NEVER:
        if direction == "→":
            if c is None:
                return Verdict.NOTHING, None
            return (Verdict.AGREED, None) if c == h else (Verdict.TO_HECTOR, c)
        if direction == "←":
            if h is None:
                return Verdict.NOTHING, None
            return (Verdict.AGREED, None) if c == h else (Verdict.TO_C2, h)
        if c is None and h is None:
            return Verdict.NOTHING, None
        if c == h:
            return Verdict.AGREED, None
        if c is None:
            return Verdict.TO_C2, h
        if h is None:
            return Verdict.TO_HECTOR, c
    elif c == base and h == base:
        return Verdict.NOTHING, None
    elif c == h:
        return Verdict.AGREED, None
    elif direction == "→":
        return Verdict.TO_HECTOR, c
    elif direction == "←":
        return Verdict.TO_C2, h
    elif h == base:
        return Verdict.TO_HECTOR, c
    elif c == base:
        return Verdict.TO_C2, h
    return {"c2": (Verdict.TO_HECTOR, c), "hector": (Verdict.TO_C2, h)}.get(policy, (Verdict.CONFLICT, None))


ROWS = list(itertools.product(Direction, ConflictPolicy, (NEVER, *VALUES), VALUES, VALUES))


def test_every_row_of_the_table() -> None:
    for direction, policy, base, c, h in ROWS:
        baseline = None if base == NEVER else Baseline(base, base)
        decision = merge(mapping(direction, policy), c, h, baseline, CONVENTIONS)
        expected = oracle(direction.value, policy.value, base, c, h)
        assert (decision.verdict, decision.value) == expected, (direction, policy, base, c, h)
    assert len(ROWS) == 4 * 4 * 5 * 4 * 4


def apart(direction: str, policy: str, was: tuple[Value, Value], now: tuple[Value, Value]) -> tuple[Verdict, Value]:
    """What the rules say of a field that was seen before, each side measured by what it held itself."""
    (c, h), c_dirty, h_dirty = now, now[0] != was[0], now[1] != was[1]
    if direction == "none" or not (c_dirty or h_dirty):
        return Verdict.NOTHING, None
    if c == h:
        return Verdict.AGREED, None
    carried = {"c2": (Verdict.TO_HECTOR, c), "hector": (Verdict.TO_C2, h)}
    winner = {"→": "c2", "←": "hector"}.get(direction)
    if winner is None:
        winner = policy if c_dirty and h_dirty else "c2" if c_dirty else "hector"
    return carried.get(winner, (Verdict.CONFLICT, None))


def test_every_row_of_the_table_where_the_two_sides_held_different_values() -> None:
    rows = list(itertools.product(Direction, ConflictPolicy, VALUES, VALUES, VALUES, VALUES))
    for direction, policy, bc, bh, c, h in rows:
        decision = merge(mapping(direction, policy), c, h, Baseline(bc, bh), CONVENTIONS)
        expected = apart(direction.value, policy.value, (bc, bh), (c, h))
        assert (decision.verdict, decision.value) == expected, (direction, policy, bc, bh, c, h)
    assert len(rows) == 4 * 4 * 4**4


def test_each_side_is_dirty_by_its_own_baseline() -> None:
    """A system that stored another form than it was given is not thought to have been edited."""
    lossy = Baseline("Note longue", "Note lo")
    for direction in Direction:
        assert merge(mapping(direction), "Note longue", "Note lo", lossy, CONVENTIONS).verdict is Verdict.NOTHING
    both = mapping(Direction.BOTH)
    assert merge(both, "Note longue", "Note neuve", lossy, CONVENTIONS).verdict is Verdict.TO_C2
    assert merge(both, "Note plus longue", "Note lo", lossy, CONVENTIONS).verdict is Verdict.TO_HECTOR


@pytest.mark.parametrize("direction", [Direction.TO_C2, Direction.TO_HECTOR, Direction.BOTH])
def test_a_cut_form_is_in_order_and_never_travels_back(direction: Direction) -> None:
    cut = mapping(direction, hector_max=7)
    assert merge(cut, "Note longue", "Note lo", None, CONVENTIONS).verdict is Verdict.AGREED


def test_an_unset_checkbox_is_unknown_at_first() -> None:
    box = {"kind": "yes/no"}
    assert merge(mapping(Direction.TO_HECTOR, **box), False, True, None, CONVENTIONS).verdict is Verdict.NOTHING  # noqa: FBT003 - values
    both = merge(mapping(Direction.BOTH, **box), False, True, None, CONVENTIONS)  # noqa: FBT003 - values
    assert (both.verdict, both.value) == (Verdict.TO_C2, True)


def test_a_checkbox_that_was_unticked_later_is_carried_over() -> None:
    box = mapping(Direction.TO_HECTOR, kind="yes/no")
    decision = merge(box, False, True, Baseline(True, True), CONVENTIONS)  # noqa: FBT003 - values
    assert (decision.verdict, decision.value) == (Verdict.TO_HECTOR, False)


def test_the_matched_field_is_compared_as_in_matching_on_the_first_meeting_only() -> None:
    serial = mapping(Direction.TO_HECTOR)
    assert merge(serial, "sn1", "SN1 ", None, CONVENTIONS, folded=True).verdict is Verdict.AGREED
    assert merge(serial, "sn1", "SN1", None, CONVENTIONS).verdict is Verdict.TO_HECTOR
    assert merge(serial, "sn2", "SN1", Baseline("sn1", "SN1"), CONVENTIONS, folded=True).verdict is Verdict.TO_HECTOR


def test_a_required_field_is_not_emptied() -> None:
    required = mapping(Direction.TO_HECTOR, hector_required=True)
    decision = merge(required, None, "old", Baseline("old", "old"), CONVENTIONS)
    assert decision.verdict is Verdict.REFUSED
    assert decision.error is not None
    assert "requires" in decision.error.message


TEXTS = st.one_of(st.none(), st.text(max_size=12).map(lambda text: text.strip() or None))
BASELINES = st.one_of(st.none(), st.builds(Baseline, TEXTS, TEXTS))


@given(st.sampled_from(Direction), st.sampled_from(ConflictPolicy), TEXTS, TEXTS, BASELINES)
def test_no_merge_writes_what_is_right_already_or_where_it_may_not(
    direction: Direction, policy: ConflictPolicy, c: str | None, h: str | None, baseline: Baseline | None
) -> None:
    decision = merge(mapping(direction, policy), c, h, baseline, CONVENTIONS)
    if decision.written is not None:
        assert decision.written in direction.writes
        assert c != h
    if baseline is not None and c == baseline.c2 and h == baseline.hector:
        assert decision.verdict is Verdict.NOTHING


@given(st.sampled_from(Direction), TEXTS, TEXTS, BASELINES, st.integers(1, 6))
def test_two_runs_after_an_edit_are_quiet(
    direction: Direction, c: str | None, h: str | None, baseline: Baseline | None, limit: int
) -> None:
    """Whatever a cutting system makes of what it is given, the run after the next has nothing to write."""
    cutting = replace(
        mapping(direction), hector=plan_world.mapping({"c2": "n", "hector": "asset.n", "hector_max": limit}, direction).hector
    )
    for _ in range(2):
        decision = merge(cutting, c, h, baseline, CONVENTIONS)
        if decision.verdict is Verdict.TO_HECTOR:
            held = decision.value
            assert held is None or isinstance(held, str)
            h = (held or "")[:limit].strip() or None
            baseline = Baseline(c, h)
        elif decision.verdict is Verdict.TO_C2:
            assert decision.value is None or isinstance(decision.value, str)
            c = decision.value
            baseline = Baseline(c, h)
        elif decision.verdict is Verdict.AGREED:
            baseline = Baseline(c, h)
    assert merge(cutting, c, h, baseline, CONVENTIONS).written is None
