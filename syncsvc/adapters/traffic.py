"""How many requests there were and how long they took, by system and status, as long as this process lives."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

NO_STATUS = "error"
"""What stands in the place of a status where no whole answer came."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Requests, and their time in seconds: from sending to the end of the answer, without any wait for a turn."""

    count: int = 0
    seconds: float = 0.0


class Traffic:
    """Counts requests; may be told and asked by several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._passed: dict[tuple[str, str], Passed] = {}

    def note(self, system: str, status: int | None, seconds: float) -> None:
        """Count a request; ``None``: no whole answer came."""
        key = system, NO_STATUS if status is None else str(status)
        with self._turn:
            before = self._passed.get(key, Passed())
            self._passed[key] = Passed(before.count + 1, before.seconds + seconds)

    def passed(self) -> Mapping[tuple[str, str], Passed]:
        """Give what was counted, by system and status."""
        with self._turn:
            return dict(self._passed)
