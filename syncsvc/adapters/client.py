"""What the clients of both systems have in common: the channel that their calls go through, until it is closed."""

from __future__ import annotations

from typing import Self

from syncsvc.adapters.circuit import Circuit
from syncsvc.adapters.http import Channel


class SystemClient:
    """One system over HTTP; close it after use. Safe to use from several threads."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def requests(self) -> int:
        """HTTP requests made so far, repeats counted."""
        return self._channel.requests

    @property
    def circuit(self) -> Circuit:
        """Whether the system may be asked, as far as its credentials go."""
        return self._channel.circuit

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
