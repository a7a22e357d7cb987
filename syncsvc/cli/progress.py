"""Watching a run: a progress bar where a person looks at standard error, log lines where nobody does."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from syncsvc import logs
from syncsvc.bootstrap import Watch
from syncsvc.cli.stopping import Stop
from syncsvc.cli.streams import harmless
from syncsvc.domain.plan import Plan, RunStatus
from syncsvc.settings import Settings


class Bar:
    """One line that says which category a run is at, what it does there, and how far it has come; gone at the end."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            expand=True,
        )
        self._task = self._bar.add_task("starting", total=None, count="")
        self._done, self._total = 0, 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def phase(self, category: str, phase: str, total: int | None = None) -> None:
        """Show what is done now."""
        # Only a new task can be one whose end is unknown.
        self._bar.remove_task(self._task)
        self._done, self._total = 0, total or 0
        count = f"0/{total}" if total else ""
        self._task = self._bar.add_task(f"{harmless(category)}: {phase}", total=total or None, count=count)

    def advance(self, steps: int = 1) -> None:
        """Go on."""
        self._done += steps
        count = f"{self._done}/{self._total}" if self._total else ""
        self._bar.update(self._task, advance=steps, count=count)

    def planned(self, category: str, plan: Plan) -> None:
        """Show nothing: the report tells what was done."""

    def finished(self, category: str, status: RunStatus) -> None:
        """Show nothing: the next category follows."""


@contextmanager
def watched(settings: Settings, stop: Stop, *, logged: bool = True) -> Iterator[Watch]:
    """Watch a run as the settings and whoever looks at standard error want it; ``logged`` switches the log lines off."""
    console = Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal and settings.log.format == "auto" and settings.log.level != "debug":
        with Bar(console) as bar:
            # The bar and log lines would tear each other apart; warnings are written above it, the run's own log is stored.
            logs.configure("error" if settings.log.level == "error" else "warning", "console", sys.stderr)
            yield Watch(bar, _unlogged, stop.is_asked, stop.sleep)
    else:
        yield Watch(log=logger() if logged else _unlogged, stop_asked=stop.is_asked, sleep=stop.sleep)


def logger() -> Callable[..., None]:
    """Give what writes a run's events to the log that people watch."""
    log = structlog.get_logger("syncsvc")

    def write(level: str, event: str, **data: Any) -> None:
        log.log(logging.getLevelNamesMapping()[level.upper()], event, **data)

    return write


def _unlogged(_level: str, _event: str, **_data: Any) -> None:
    return
