"""Writing many records side by side: batches handed to the pool one after the other, what came of them stored, and how it ends.

What is written, and what is stored of it, is up to the caller; a batch's way through the threads is ``under_way.py``'s part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from syncsvc.domain.errors import CredentialsError
from syncsvc.domain.plan import Change
from syncsvc.engine.context import Context, StoppedError
from syncsvc.engine.under_way import Group, UnderWay
from syncsvc.engine.writes import Written

BATCH = 20
"""Records read again in one call before they are written; few, so that the look is fresh when the write goes out."""

PLENTY = 5 * BATCH
"""Writes under way or waiting for their turn, below which the next batch is taken up."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class SideBySide:
    """The writes of one category; once results cannot be stored, none begins any more."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._is_over = False

    def may_begin(self) -> None:
        """Raise unless a write may go out now: asked right before each, in the thread that makes it."""
        if self._is_over:
            raise StoppedError("What came of other writes could not be stored.")
        self._context.may_begin()

    def write(
        self,
        batches: Iterable[Sequence[Change]],
        write: Callable[[Change], Result],
        store: Callable[[Group[Result]], None],
        prepare: Callable[[Sequence[Change]], None] = lambda _batch: None,
    ) -> None:
        """Write batches in the pool and store results as they come, together those that came at the same time.

        ``prepare`` is told of each batch before any of it is begun. That is while the last one is still under way, so that no
        connection waits for what is stored meanwhile. Refused credentials are raised after the last write under way, and so is a
        request to stop: no write begins after it. A lost lock, and whatever keeps results from being stored, is raised at once,
        and nothing more is begun.
        """

        def begin(change: Change) -> Result:
            self.may_begin()
            return write(change)

        under_way: UnderWay[Result] = UnderWay(self._context.pool, begin)
        try:
            ends_it = self._to_the_end(iter(batches), under_way, store, prepare)
        except BaseException:
            self._is_over = True
            under_way.call_off()
            raise
        if ends_it is not None:
            raise ends_it

    def _to_the_end(
        self,
        coming: Iterator[Sequence[Change]],
        under_way: UnderWay[Result],
        store: Callable[[Group[Result]], None],
        prepare: Callable[[Sequence[Change]], None],
    ) -> CredentialsError | StoppedError | None:
        """Keep plenty of writes under way until all are done, or none may begin any more; gives what ends the run by that."""
        ends_it: CredentialsError | StoppedError | None = None
        batch = next(coming, None)
        while True:
            if batch is not None and ends_it is None and len(under_way) < PLENTY:
                ends_it = self._stopped()
                if ends_it is None:
                    prepare(batch)
                    under_way.begin(batch)
                    batch = next(coming, None)
            if not under_way:
                return ends_it
            group = under_way.what_came()
            for _, result in group:
                ends_it = _what_ends_it(result) or ends_it
            store(group)
            self._context.progress.advance(len(group))

    def _stopped(self) -> StoppedError | None:
        """Give the request to stop, if there was one; raises when the lock is gone."""
        try:
            self._context.may_write()
        except StoppedError as stopped:
            return stopped
        return None


def _what_ends_it(result: object) -> CredentialsError | StoppedError | None:
    """Give what ends the run once the batch is done; ``None``: nothing does."""
    if isinstance(result, CredentialsError | StoppedError):
        return result
    return result.stopped if isinstance(result, Written) else None


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Give the items in lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
