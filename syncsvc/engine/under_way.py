"""Writes that a pool of threads is at, and what comes of them, taken up together where it came at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

from syncsvc.domain.errors import RemoteError
from syncsvc.domain.plan import Change
from syncsvc.engine.context import StoppedError

Result = TypeVar("Result")
Group: TypeAlias = Sequence[tuple[Change, Result | RemoteError | StoppedError]]
"""Changes with what came of them at the same time; a :class:`StoppedError`: it was never asked for."""


class UnderWay(Generic[Result]):
    """Writes that were handed to a pool, as long as nobody has taken up what came of them; for one thread's use."""

    def __init__(self, pool: ThreadPoolExecutor, write: Callable[[Change], Result]) -> None:
        self._pool, self._write = pool, write
        self._changes: dict[Future[Result], Change] = {}
        self._back: SimpleQueue[Future[Result]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._changes)

    def begin(self, changes: Iterable[Change]) -> None:
        """Hand these over."""
        for change in changes:
            future = self._pool.submit(self._write, change)
            self._changes[future] = change
            future.add_done_callback(self._back.put)

    def what_came(self) -> Group[Result]:
        """Wait for what comes next, and take along what has come with it; raises what is nobody's refusal."""
        came = {self._back.get()}
        while not self._back.empty():
            came.add(self._back.get())
        group: list[tuple[Change, Result | RemoteError | StoppedError]] = []
        for future in came:
            change, result = self._changes.pop(future), _outcome(future)
            group.append((change, result))
        return group

    def call_off(self) -> None:
        """Let none of them begin that has not yet."""
        for future in self._changes:
            future.cancel()


def _outcome(future: Future[Result]) -> Result | RemoteError | StoppedError:
    try:
        return future.result()
    except (RemoteError, StoppedError) as failure:
        return failure
