"""Ends a run as a kill would: at one of its points, after which nothing of it happens any more."""

from __future__ import annotations


class KilledError(BaseException):
    """The process is gone."""


class Killer:
    """Kills a run at one of its points, and lets nothing of it happen afterwards."""

    def __init__(self, point: str = "", number: int = 0) -> None:
        self._point, self._left, self._dead = point, number, False
        self.met: dict[str, int] = {}

    def passes(self, point: str) -> None:
        if self._dead:
            raise KilledError
        self.met[point] = self.met.get(point, 0) + 1
        if point == self._point and self.met[point] == self._left:
            self._dead = True
            raise KilledError
