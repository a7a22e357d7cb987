"""What a run is asked to do, and what it works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from syncsvc.adapters.base import C2, Hector
from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.engine.context import Progress, Unwatched
from syncsvc.state.store import Store

Logger = Callable[..., None]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What somebody asks for."""

    kind: str = "manual"
    full: bool = False
    """Whether everything is to be read, whatever the schedule says of this day."""
    dry_run: bool = False
    category: str | None = None
    """Name of the one category to synchronise; ``None``: all of them."""
    ci: str | None = None
    """Number of the one CI to synchronise."""
    asset: str | None = None
    """Tag, or else id, of the one asset to synchronise."""
    approve: int | None = None
    """The held run whose reviewed changes are to be carried out."""
    undo: int | None = None
    """The run whose changes are to be put back; then nothing is synchronised."""

    @property
    def is_about_one_pair(self) -> bool:
        """Whether a CI or an asset is named: then the run says nothing of its category."""
        return self.ci is not None or self.asset is not None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run works with, joined by ``bootstrap/`` (or by a test)."""

    c2: C2
    hector: Hector
    store: Store
    conventions: Callable[[str, Clients], Conventions]
    """Makes the tenant's conventions for the rules' language and the clients that C2 lists."""
    now: Callable[[], datetime]
    progress: Progress = field(default_factory=Unwatched)
    log: Logger = lambda *_args, **_data: None
    """Takes a level, an event and its data: the log that people watch."""
    stop_asked: Callable[[], bool] = lambda: False
    check_lock: Callable[[], None] = lambda: None
    """Raises when this process no longer has the right to write."""
    glance_at_lock: Callable[[], None] | None = None
    """The same as far as it can be told quickly, from any thread, right before each write; ``None``: ``check_lock`` can."""
    threads: int = 8
    request_time_out: float = 60.0
    longest_wait: float = 0.0
    """Seconds that a request may wait to be repeated, all waits together."""
