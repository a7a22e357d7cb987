"""All that decides how a history goes, and the command that plays the very same one again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

EVERY = 5
"""Every how manieth history runs on PostgreSQL."""
THREADED = 13
"""Every how manieth history runs with real threads, as in life; what it does is then not the same each time."""


def database_of(seed: int) -> str:
    """Give the kind of database that a history with nothing set by hand runs on."""
    return "postgresql" if seed % EVERY == 0 else "sqlite"


@dataclass(frozen=True)
class Case:
    """All that decides how a history goes."""

    seed: int
    aimed: dict[str, int] | None = None
    """A crash point; empty: two calm runs without one; ``None``: bad days drawn from the seed."""
    database: str = "sqlite"
    late: tuple[str, int] | None = None
    """Direction and seconds of a creation that is finished late; the seed is how long the next run waits."""

    @classmethod
    def read(cls, seed: str, aim: str = "", on: str = "") -> Self:
        """Read what ``make replay`` is given."""
        what, _, number = aim.partition(":")
        if what.startswith("late_"):
            return cls(int(seed), late=(what.removeprefix("late_"), int(number)))
        if not aim:
            return cls(int(seed), database=on or database_of(int(seed)))
        return cls(int(seed), {} if aim == "calm" else {what: int(number)}, on or "sqlite")

    @property
    def threads(self) -> int:
        """How many threads it runs with; only bad days have more than one."""
        return 4 if self.aimed is None and self.seed % THREADED == THREADED - 1 else 1

    @property
    def command(self) -> str:
        """Give the command that plays this very case again."""
        if self.late is not None:
            return f"make replay SEED={self.seed} AIM=late_{self.late[0]}:{self.late[1]}"
        if self.aimed is None:
            usual = self.database == database_of(self.seed)
            return f"make replay SEED={self.seed}" + ("" if usual else f" ON={self.database}")
        aim = ",".join(f"{point}:{number}" for point, number in self.aimed.items()) or "calm"
        return f"make replay SEED={self.seed} AIM={aim}" + ("" if self.database == "sqlite" else f" ON={self.database}")
