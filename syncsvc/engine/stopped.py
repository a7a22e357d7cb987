"""A call that is given up because somebody asked the run to stop: whoever waits between two tries raises it."""

from __future__ import annotations

from syncsvc.domain.errors import NetworkError
from syncsvc.engine.context import StoppedError


class StopAskedError(StoppedError, NetworkError):
    """The run was asked to stop while a call waited to be repeated.

    Where something was read this ends the run like any request to stop; for a record that was to be written it is a failure of
    that record alone, and it was certainly not written.
    """

    def __init__(self) -> None:
        super().__init__("The run was asked to stop while a call waited to be repeated.", hint="The next run tries again.")
