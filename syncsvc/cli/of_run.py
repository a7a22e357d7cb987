"""Which run a listing speaks of: the latest unless one is named, and that may be a plan that somebody has just looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.text import Text
from sqlalchemy import Engine

from syncsvc.cli import words
from syncsvc.domain.plan import RunStatus
from syncsvc.state import queries

NO_RUN = "There has been no run yet. Begin with: syncsvc plan, then syncsvc sync"
_UNFINISHED = {"failed", "interrupted", "running"}


@dataclass(frozen=True, slots=True)
class OfRun:
    """A run that was named, or the latest one."""

    run: dict[str, Any] | None
    """As ``runs --json`` prints it; ``None``: there is none yet."""
    last_sync: int | None = None
    """The last run that was to write, of a dry run that nobody has named: that one may have been meant."""

    @property
    def number(self) -> int | None:
        """Give the run's number."""
        return self.run["run"] if self.run else None

    def heading(self) -> Text:
        """Name the run."""
        if self.run is None:
            return Text(NO_RUN)
        return Text.assemble((self._called(), "bold"), f", started {words.moment(self.run['started_at'])}{self._other()}:")

    def nothing_wrong(self) -> str:
        """Say of a run without recorded errors how it went all the same."""
        if self.run is None:
            return NO_RUN
        if self.run["status"] in _UNFINISHED:
            status = words.status(self.run["status"], in_full=True).plain
            return f"Run {self.number} has recorded no error, but its status is “{status}”. Look at: syncsvc log {self.number}"
        met = ", but for what syncsvc conflicts lists" if self.run["conflicts"] and not self._is_dry() else ""
        return f"Nothing went wrong in {self._called().lower()}{met}{self._other()}."

    def nothing_changed(self) -> str:
        """Say that the run changed nothing."""
        return f"{self._called()} changed nothing{self._other()}." if self.run else NO_RUN

    def _called(self) -> str:
        return f"Run {self.number} ({words.status(self.run['status']).plain})" if self.run else ""

    def _is_dry(self) -> bool:
        return self.run is not None and self.run["status"] == RunStatus.DRY_RUN.value

    def _other(self) -> str:
        return f"; the last sync was run {self.last_sync}" if self.last_sync is not None else ""


def of_run(engine: Engine, number: int | None) -> OfRun:
    """Find the run that a listing is about; raises ``UnknownRunError``."""
    if number is not None:
        return OfRun(queries.run(engine, number))
    latest = next(iter(queries.runs(engine, 1)), None)
    is_dry = latest is not None and latest["status"] == RunStatus.DRY_RUN.value
    return OfRun(latest, queries.last_sync(engine) if is_dry else None)
