"""How a list of C2 is read page by page, though it gives no total, shifts while it is read, and may be too long to answer. Pure.

A page shorter than asked for is the last. A server may also cap pages without a word: a short first page with a round number of
records is therefore followed by a look at what comes after it. A full page without anything new is not the end: records put in
front push a whole page of known ones to the next place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from syncsvc.adapters.c2.wire import guid
from syncsvc.domain.errors import ProtocolError, RemoteError

SMALLEST_PAGE = 10
ROUND = 50
"""What the caps of servers are multiples of."""


STALE_PAGES = 3
"""Full pages on end without anything new, after which nothing new is expected: the server does not turn pages."""
LONGEST_LIST = 1_000_000
"""Records beyond which a list is not read on: a server that makes up new ones for ever would fill the memory."""


class HasId(Protocol):
    """A record of a list."""

    @property
    def id(self) -> str:
        """Its GUID."""
        ...


R = TypeVar("R", bound=HasId)


def pages(
    ask: Callable[[int, int], list[R]], size: int, *, too_long: Callable[[RemoteError], bool], smallest: int = SMALLEST_PAGE
) -> Iterator[list[R]]:
    """Give a list's pages, each record once; ``ask`` takes page number (from 0) and size.

    A page that is ``too_long`` is asked for with half the size, down to ``smallest``.
    """
    seen: set[str] = set()
    position = 0
    capped = False
    stale = 0
    while True:
        page = position // size
        try:
            records = ask(page, size)
        except RemoteError as error:
            if size <= smallest or not too_long(error):
                raise
            size = max(smallest, size // 2)
            continue
        fresh = _unseen(records, seen)
        if len(seen) > LONGEST_LIST:
            raise _endless()
        yield fresh
        if len(records) < size:
            if position or not records or len(records) % ROUND:
                return
            capped, size = True, len(records)
        stale = 0 if fresh else stale + 1
        if stale and len(records) > size:  # it gave everything at once
            return
        if stale == STALE_PAGES:
            if capped:  # there was no more than that page
                return
            raise _stuck(page)
        position = (page + 1) * size


def _unseen(records: list[R], seen: set[str]) -> list[R]:
    fresh = []
    for record in records:
        key = guid(record.id)
        if key not in seen:
            seen.add(key)
            fresh.append(record)
    return fresh


def _stuck(page: int) -> ProtocolError:
    error = ProtocolError(
        f"C2: page {page + 1} of a list repeats the pages before it: the server does not turn pages.",
        hint="Set SYNCSVC_C2__PAGE_SIZE so high that the list fits into one page.",
    )
    error.passing = False
    return error


def _endless() -> ProtocolError:
    error = ProtocolError(
        f"C2: a list goes on beyond {LONGEST_LIST:,} records: the server seems to make up new ones.",
        hint="Check SYNCSVC_C2__URL and the account; `syncsvc doctor` shows what the server sends.",
    )
    error.passing = False
    return error
