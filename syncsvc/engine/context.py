"""What every part of a run works with: the two systems, the store, the clock, and who listens."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from syncsvc.adapters.base import C2, Hector
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import Plan, RunStatus
from syncsvc.state.store import Store


class StoppedError(SyncError):
    """The run was asked to stop; what was in flight is finished and stored."""


class Progress(Protocol):
    """Whoever watches a run: the command line's bar, or nobody."""

    def phase(self, category: str, phase: str, total: int | None = None) -> None:
        """Say that a category enters a phase, with the number of steps where it is known."""

    def advance(self, steps: int = 1) -> None:
        """Say that steps of the phase are done."""

    def planned(self, category: str, plan: Plan) -> None:
        """Show the plan of a category, before anything of it is carried out."""

    def finished(self, category: str, status: RunStatus) -> None:
        """Say that a category is done."""


class Unwatched:
    """Nobody watches."""

    def phase(self, category: str, phase: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""

    def planned(self, category: str, plan: Plan) -> None:
        """Say nothing."""

    def finished(self, category: str, status: RunStatus) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Context:
    """A run's surroundings; all of it is given, nothing is looked up."""

    run_id: int
    c2: C2
    hector: Hector
    store: Store
    conventions: Conventions
    now: Callable[[], datetime]
    started: datetime
    """When the run began."""
    pool: ThreadPoolExecutor
    progress: Progress
    log: Callable[..., None]
    """Takes a level, an event and its data."""
    may_write: Callable[[], None]
    """Raises when the run has been asked to stop or its lock is gone; asked before every batch of writes."""
    may_begin: Callable[[], None] = lambda: None
    """The same right before each single write, quickly and from any thread."""
    still_ours: Callable[[], None] = lambda: None
    """Raises when the lock is gone; asked before facts are stored that are to be stored even if the run was asked to stop."""
    patience: float = 60.0
    """Seconds from an intention to the moment when its request is certainly over: an unclear creation is not judged sooner.

    A system that asks to be asked later lets a request go out long after its intention was stored.
    """
    called: Callable[[str | int], str] = str
    """Gives the name that people see of the category with this id, in either system."""
    synchronised: frozenset[str] | None = None
    """Ids of the C2 categories that the rules synchronise; ``None``: that is not known of all of them."""

    def say(self, level: str, event: str, **data: Any) -> None:
        """Write a line to the run's log, for eyes and for ``syncsvc log``."""
        self.log(level, event, **data)
