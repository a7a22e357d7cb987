"""A server that finishes a creation while the next run is already reading: whenever that is, nothing is made twice."""

from __future__ import annotations

import pytest
from sim_case import Case
from sim_history import story
from sim_homes import FileHome
from sim_late import play_late


@pytest.mark.parametrize("direction", ["→", "←"])
@pytest.mark.parametrize("finished", [10, 40, 57, 59])
@pytest.mark.parametrize("waited", [2, 20, 28, 30, 32, 34, 50])
def test_a_creation_finished_while_the_next_run_reads_is_not_asked_for_again(
    direction: str, finished: int, waited: int, file_home: FileHome
) -> None:
    told = play_late(Case(waited, late=(direction, finished)), file_home)
    assert told.runs[0] == "killed", story(told)
    assert not told.wrong, story(told)
