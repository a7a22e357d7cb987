"""A request to end is heard whatever the program is at."""

from __future__ import annotations

import os
import signal
import time

import pytest

from syncsvc.cli.stopping import ended_by_signals


class EndedWhileCollected:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):  # the handler comes before this is over, and what it raises goes no further
            pass


def _ended_while_something_is_collected() -> None:
    with ended_by_signals():
        EndedWhileCollected()
        time.sleep(10)


def test_a_request_to_end_that_comes_while_something_is_collected_is_not_lost() -> None:
    with pytest.raises(KeyboardInterrupt):
        _ended_while_something_is_collected()


def test_what_else_goes_wrong_there_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", told.append)

    class Fails:
        def __del__(self) -> None:
            raise OSError

    with ended_by_signals():
        Fails()
    assert len(told) == 1
