"""Whole histories of two inventories on bad days: whatever strikes, nothing is lost and nothing is made twice."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from conftest import EVERY, fresh_file
from sim_history import History, Told
from sim_homes import Home

COUNT = int(os.environ.get("SIMULATIONS", "200"))
FIRST = int(os.environ.get("FIRST_SEED", "0"))
SEED = os.environ.get("SEED")
THREADED = 13
"""Every how manieth history runs with real threads, as in life; what it does is then not the same each time."""


def home_of(seed: int, request: pytest.FixtureRequest) -> Home:
    home: Home = request.getfixturevalue("server_home" if seed % EVERY == 0 else "file_home")
    return home


def play(seed: int, home: Home) -> Told:
    return History(seed, home, threads=4 if seed % THREADED == THREADED - 1 else 1).play()


def story(told: Told) -> str:
    """Tell what went wrong, what led to it, and how to see it again."""
    lines = [f"seed {told.seed}; see it again with: make replay SEED={told.seed}", "", *told.wrong, "", *told.trace]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_nothing_is_lost_and_nothing_is_made_twice(
    seed: int, request: pytest.FixtureRequest, record_property: pytest.RecordProperty
) -> None:
    told = play(seed, home_of(seed, request))
    record_property("fired", dict(told.fired))
    assert not told.wrong, story(told)


@pytest.mark.skipif(SEED is None, reason="tells one history: make replay SEED=17")
def test_replay(request: pytest.FixtureRequest) -> None:
    assert SEED is not None
    told = play(int(SEED), home_of(int(SEED), request))
    sys.stdout.write(f"{story(told)}\n")
    assert not told.wrong


@pytest.mark.parametrize("seed", [3, 5, 8])
def test_the_same_seed_gives_the_same_history(seed: int, request: pytest.FixtureRequest) -> None:
    first, second = (play(seed, home) for home in _fresh_homes(request))
    assert first.trace == second.trace
    assert len(first.trace) > 20


def _fresh_homes(request: pytest.FixtureRequest) -> Iterator[Home]:
    for _ in range(2):
        yield fresh_file(request.getfixturevalue("sqlite_template"), request.getfixturevalue("room"))
