"""A wait by the wall clock that a clock which is set back does not make longer; pure, the clock is an argument."""

from __future__ import annotations

from datetime import datetime, timedelta


class Pause:
    """A stretch of time in which something is left alone; at first there is none."""

    def __init__(self) -> None:
        self._began: datetime | None = None
        self._length = timedelta(0)

    def begin(self, now: datetime, length: timedelta) -> None:
        """Wait from now on."""
        self._began, self._length = now, length

    def end(self) -> None:
        """Wait no longer."""
        self._began = None

    def is_over(self, now: datetime) -> bool:
        """Whether nothing is waited for; a moment before the beginning shows that the clock was wrong then, and ends it too."""
        return self._began is None or not self._began <= now < self._began + self._length
