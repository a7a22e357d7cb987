"""How far a run is, as those who watch it are shown: data alone; :class:`syncsvc.engine.context.Progress` is how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a run is."""

    categories: int = 0
    """How many it is to do."""
    finished: Sequence[tuple[str, str]] = ()
    """Those that are over, as people call them, with their status."""
    category: str = ""
    """The one that it is at; empty: it has not begun with any."""
    phase: str = ""
    """``reading``, ``planning`` or ``writing``."""
    done: int = 0
    total: int | None = None
    """Steps of this phase; ``None``: nobody knows yet how many."""
    is_stopping: bool = False
    """Whether somebody asked it to stop."""
