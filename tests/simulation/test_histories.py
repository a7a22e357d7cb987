"""Whole histories of two inventories on bad days: whatever strikes, nothing is lost and nothing is made twice."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from sim_case import Case
from sim_history import History, Told, story
from sim_homes import Home

COUNT = int(os.environ.get("SIMULATIONS", "200"))
FIRST = int(os.environ.get("FIRST_SEED", "0"))


def play(seed: int, homes: Callable[[str], Home]) -> Told:
    case = Case.read(str(seed))
    return History(seed, homes(case.database), threads=case.threads).play()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_nothing_is_lost_and_nothing_is_made_twice(
    seed: int, homes: Callable[[str], Home], record_property: pytest.RecordProperty
) -> None:
    told = play(seed, homes)
    record_property("fired", dict(told.fired))
    assert not told.wrong, story(told)


@pytest.mark.parametrize("seed", [3, 6, 8])
def test_the_same_seed_gives_the_same_history(seed: int, homes: Callable[[str], Home]) -> None:
    first, second = play(seed, homes), play(seed, homes)
    assert first.trace == second.trace
    assert len(first.trace) > 20
