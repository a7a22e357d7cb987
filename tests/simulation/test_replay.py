"""One history told again, exactly as it was: ``make replay SEED=17``, and whatever else its story says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest
from sim_case import Case
from sim_history import History, Told, story
from sim_homes import Home
from sim_late import play_late

SEED = os.environ.get("SEED")
AIM = os.environ.get("AIM", "")
ON = os.environ.get("ON", "")


@pytest.mark.skipif(SEED is None, reason="tells one history: make replay SEED=17")
def test_one_history(homes: Callable[[str], Home]) -> None:
    assert SEED is not None
    told = replayed(Case.read(SEED, AIM, ON), homes)
    sys.stdout.write(f"{story(told)}\n")
    assert not told.wrong


def replayed(case: Case, homes: Callable[[str], Home]) -> Told:
    """Play what a story's command asks for."""
    if case.late is not None:
        return play_late(case, homes(case.database))
    return History(case.seed, homes(case.database), threads=case.threads, aimed=case.aimed).play()


@pytest.mark.parametrize(
    ("command", "case"),
    [
        ({"SEED": "17"}, Case(17)),
        ({"SEED": "20"}, Case(20, database="postgresql")),
        ({"SEED": "28", "AIM": "after_effect:2"}, Case(28, aimed={"after_effect": 2})),
        ({"SEED": "28", "AIM": "calm", "ON": "postgresql"}, Case(28, aimed={}, database="postgresql")),
        ({"SEED": "34", "AIM": "late_→:57"}, Case(34, late=("→", 57))),
    ],
)
def test_a_storys_command_tells_the_same_history_again(command: dict[str, str], case: Case) -> None:
    assert Case.read(command["SEED"], command.get("AIM", ""), command.get("ON", "")) == case
    assert case.command == "make replay " + " ".join(f"{name}={value}" for name, value in command.items())


@pytest.mark.parametrize("case", [Case(29, aimed={"after_effect": 2}), Case(34, late=("→", 57))], ids=["crash", "late"])
def test_a_replay_meets_what_the_history_met(case: Case, homes: Callable[[str], Home]) -> None:
    told = replayed(case, homes)
    assert told.runs[:2] == (["succeeded", "killed"] if case.late is None else ["killed", "succeeded"])
    assert case.command in story(told)
    assert replayed(Case.read(*command_parts(story(told))), homes).trace == told.trace


def command_parts(told: str) -> tuple[str, str, str]:
    given = dict(word.split("=", 1) for word in told.splitlines()[0].partition("make replay ")[2].split())
    return given["SEED"], given.get("AIM", ""), given.get("ON", "")
