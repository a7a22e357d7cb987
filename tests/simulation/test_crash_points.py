"""A process killed before and after every single effect and every single commit: the next run ends as if nothing had happened."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count

import pytest
from sim_history import History, story
from sim_homes import Home

POINTS = [(when, point) for point in ("effect", "commit") for when in ("before", "after")]
SPARSE = 1 if int(os.environ.get("SIMULATIONS", "0")) >= 1000 else 12
"""Every how manieth point is tried for some of the rules, unless there is plenty of time."""
UNAIMED: dict[str, int] = {}


def seed_with(direction: str, *, matches: bool, home: Home) -> int:
    """Find a history with these rules that is short, and in which the run in question does much."""
    for seed in count(1):
        history = History(seed, home, aimed=UNAIMED)
        shape = history.shape
        if (shape.direction, shape.matches, shape.create, shape.on_conflict) == (direction, matches, direction, "hold"):
            return seed
    raise AssertionError


@pytest.mark.parametrize(
    ("direction", "matches", "kind", "every"),
    [
        ("→", False, "sqlite", 1),
        ("←", True, "sqlite", min(SPARSE, 3)),
        ("⇄", True, "sqlite", SPARSE),
        ("→", True, "sqlite", SPARSE),
        ("←", False, "sqlite", SPARSE),
        ("⇄", False, "sqlite", SPARSE),
        ("⇄", True, "postgresql", 2 * SPARSE),
    ],
)
def test_a_kill_at_any_point_costs_nothing(
    direction: str, *, matches: bool, kind: str, every: int, homes: Callable[[str], Home]
) -> None:
    seed = seed_with(direction, matches=matches, home=homes(kind))
    calm = History(seed, homes(kind), aimed=UNAIMED)
    told = calm.play()
    assert not told.wrong, story(told)
    assert calm.points["effect"] > 1
    places = [(f"{when}_{point}", number) for when, point in POINTS for number in range(1, calm.points[point] + 1)]
    for place, number in places[seed % every :: every]:
        told = History(seed, homes(kind), aimed={place: number}).play()
        assert told.fired[f"killed_{place}"] == 1, story(told)
        assert not told.wrong, story(told)
