"""Who holds the lock, and the words for those who do not get it or lose it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from syncsvc.domain.errors import AnotherRunError
from syncsvc.domain.values import plain


class LockLostError(AnotherRunError):
    """The lock is no longer this run's: somebody else may be writing by now, so nothing more may be written."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that may write, and since when."""

    pid: int
    host: str
    since: datetime

    def __str__(self) -> str:
        """As the error says it."""
        return f"process {self.pid} on {self.host}, since {self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    def to_json(self) -> str:
        """Write it for the next one to read."""
        return json.dumps({"pid": self.pid, "host": self.host, "since": plain(self.since)})

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """Read what :meth:`to_json` wrote; ``None`` for anything else."""
        try:
            found = json.loads(text)
            return cls(int(found["pid"]), str(found["host"]), datetime.fromisoformat(found["since"]))
        except (ValueError, KeyError, TypeError):
            return None


def another_run(holder: Holder | str | None) -> AnotherRunError:
    """Make the error for a lock that somebody else has; ``None``: nobody knows who."""
    who = f": {holder}" if holder else ""
    return AnotherRunError(f"Another run is under way{who}.", hint="Wait until it ends; syncsvc runs shows what it is doing.")


def lost(why: str) -> LockLostError:
    """Make the error for a lock that is gone."""
    return LockLostError(
        f"This run no longer holds the lock: {why}.",
        hint="Nothing more was written. Once the database can be reached again, start the run anew.",
    )
