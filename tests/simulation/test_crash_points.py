"""A process killed before and after every single effect and every single commit: the next run ends as if nothing had happened."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count

import pytest
from sim_history import History, story
from sim_homes import Home

POINTS = [(when, point) for point in ("effect", "commit") for when in ("before", "after")]
SPARSE = 1 if "EVERY_POINT" in os.environ or int(os.environ.get("SIMULATIONS", "0")) >= 1000 else 12
"""Every how manieth point is tried for some of the rules, unless there is plenty of time."""
UNAIMED: dict[str, int] = {}
INTO_HECTOR = {"hector create", "hector write asset"}
INTO_C2 = {"c2 create", "c2 write asset"}
EFFECTS = {"→": INTO_HECTOR, "←": INTO_C2, "⇄": INTO_HECTOR | INTO_C2}


def seed_with(direction: str, *, matches: bool, home: Callable[[], Home]) -> int:
    """Find the first history with these rules whose run in question creates and writes wherever the rules let it."""
    for seed in count(1):
        history = History(seed, home(), aimed=UNAIMED)
        shape = history.shape
        if (shape.direction, shape.matches, shape.create, shape.on_conflict) == (direction, matches, direction, "hold"):
            history.play()
            if history.kinds >= EFFECTS[direction]:
                return seed
    raise AssertionError


@pytest.mark.parametrize(
    ("direction", "matches", "kind", "every"),
    [
        ("⇄", True, "sqlite", min(SPARSE, 4)),
        ("→", False, "sqlite", min(SPARSE, 3)),
        ("←", True, "sqlite", min(SPARSE, 3)),
        ("→", True, "sqlite", SPARSE),
        ("←", False, "sqlite", SPARSE),
        ("⇄", False, "sqlite", SPARSE),
        ("⇄", True, "postgresql", 2 * SPARSE),
        ("→", False, "postgresql", 2 * SPARSE - 1),
        ("←", True, "postgresql", 2 * SPARSE - 1),
    ],
)
def test_a_kill_at_any_point_costs_nothing(
    direction: str, *, matches: bool, kind: str, every: int, homes: Callable[[str], Home]
) -> None:
    seed = seed_with(direction, matches=matches, home=lambda: homes("sqlite"))
    calm = History(seed, homes(kind), aimed=UNAIMED)
    told = calm.play()
    assert not told.wrong, story(told)
    places = [(f"{when}_{point}", number) for when, point in POINTS for number in range(1, calm.points[point] + 1)]
    assert len(places) > every
    for place, number in places[seed % every :: every]:
        told = History(seed, homes(kind), aimed={place: number}).play()
        assert told.fired[f"killed_{place}"] == 1, story(told)
        assert not told.wrong, story(told)
