"""What of a later plan was reviewed: the same thing done to the same record, with the same values, and under the same name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import plan_world
import pytest

from syncsvc.domain.plan import Action, Plan
from syncsvc.domain.rules import Direction
from syncsvc.planning.approval import approved_part, read_rows, reviewed_rows
from syncsvc.planning.planner import plan_category

FIELDS = [{"c2": "Fabricant", "hector": "subcategory.maker"}, {"c2": "Note", "hector": "asset.note"}]


def plan(title: str = "reviewed", note: str = "ours") -> Plan:
    """A CI is made for an asset."""
    world = plan_world.PlanWorld(
        Direction.TO_C2,
        FIELDS,
        subcategories=[{"n": 10, "maker": "HP"}],
        assets=[{"n": 100, "of": 10, "title": title, "note": note}],
    )
    return plan_category(world.snapshot(), plan_world.conventions())


def stored(reviewed: Plan) -> list[Any]:
    """The rows as the database gives them back."""
    rows: list[Any] = json.loads(json.dumps(reviewed_rows(reviewed)))
    return rows


@pytest.mark.parametrize(("later", "made"), [(plan(), 1), (plan(title="another"), 0), (plan(note="another"), 0)])
def test_a_ci_is_made_as_it_was_reviewed_its_name_included(later: Plan, made: int) -> None:
    assert len(approved_part(later, read_rows(stored(plan()))).changes) == made


def test_a_plan_that_an_earlier_version_kept_without_names_can_still_be_approved() -> None:
    rows = stored(plan())
    assert rows[0][0].pop() == "reviewed"
    assert [change.action for change in approved_part(plan(), read_rows(rows)).changes] == [Action.CREATE]
    assert not approved_part(plan(note="another"), read_rows(rows)).changes


def test_the_title_of_a_record_that_is_not_made_does_not_matter() -> None:
    reviewed = plan()
    link = replace(reviewed.changes[0], action=Action.LINK, title="then")
    later = Plan((replace(link, title="now"),))
    assert approved_part(later, read_rows(stored(Plan((link,))))) == later


def update(before: str, after: str) -> Plan:
    """An asset's note is written over what somebody has put there."""
    world = plan_world.PlanWorld(
        Direction.TO_HECTOR,
        FIELDS,
        subcategories=[{"n": 10, "maker": "HP"}],
        cis=[{"n": 1, "Fabricant": "HP", "Note": after}],
        assets=[{"n": 100, "of": 10, "note": before}],
        links=[{"ci": 1, "asset": 100, "was": {"Note": "old"}}],
    )
    return plan_category(world.snapshot(), plan_world.conventions())


@pytest.mark.parametrize(
    ("later", "done"), [(update("theirs", "ours"), 1), (update("other", "ours"), 0), (update("theirs", "other"), 0)]
)
def test_a_value_is_written_as_it_was_reviewed_and_over_the_value_that_was_seen(later: Plan, done: int) -> None:
    assert len(approved_part(later, read_rows(stored(update("theirs", "ours")))).changes) == done
