"""How a list of Hector is read in full, though it shifts while it is read: what is not complete is read again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from syncsvc.domain.errors import ProtocolError

PASSES = 5
"""How often a list is read before giving up."""
STALE_PAGES = 3
"""Pages on end without a record not seen in this pass, after which the pass is over: the server does not turn pages."""
LONGEST_LIST = 1_000_000
"""Records beyond which a list is not read on: a server that makes up new ones for ever would fill the memory."""


class HasId(Protocol):
    """A record of a list."""

    @property
    def id(self) -> int:
        """Its number."""
        ...


R = TypeVar("R", bound=HasId)
Page = tuple[list[R], int]
"""A page's records, and the total that the list claims."""


Confirm = Callable[[Collection[int]], Collection[int]]
"""Asks for records by id; gives the ids of those that still belong to the list."""


def whole(ask: Callable[[int], Page[R]], what: str, confirm: Confirm | None = None) -> list[R]:
    """Read a list until as many distinct records as its total have been seen; ``ask`` takes the page number (from 1).

    What an earlier pass has shown and the last one has not may be gone: it counts only when ``confirm`` says that it is there.
    Raises :class:`ProtocolError` when that does not come about.
    """
    known: dict[int, R] = {}
    totals: set[int] = set()
    for _ in range(PASSES):
        records, totals = _one_pass(ask)
        if len(totals) == 1 and len(records) >= max(totals):
            return list(records.values())
        known |= records
        if confirm is not None and len(totals) == 1 and len(known) >= max(totals):
            there = records.keys() | set(confirm(known.keys() - records.keys()))
            known = {record_id: record for record_id, record in known.items() if record_id in there}
            if len(known) >= max(totals):
                return list(known.values())
    raise _lasting(
        f"Hector: the list kept changing while it was read ({what}: {len(known)} records seen, {max(totals)} announced).",
        "Try again when fewer people are at work in Hector; or the server does not turn pages (`syncsvc doctor`).",
    )


def _one_pass(ask: Callable[[int], Page[R]]) -> tuple[dict[int, R], set[int]]:
    found: dict[int, R] = {}
    totals: set[int] = set()
    received = stale = page = 0
    while True:
        page += 1
        known = len(found)
        records, total = ask(page)
        totals.add(total)
        received += len(records)
        found |= {record.id: record for record in records}
        stale = 0 if len(found) > known else stale + 1
        if not records or received >= total or stale == STALE_PAGES:
            return found, totals
        if len(found) > LONGEST_LIST:
            raise _lasting(
                f"Hector: a list goes on beyond {LONGEST_LIST:,} records: the server seems to make up new ones.",
                "Check SYNCSVC_HECTOR__URL; `syncsvc doctor` shows what the server sends.",
            )


def _lasting(message: str, hint: str) -> ProtocolError:
    error = ProtocolError(message, hint=hint)
    error.passing = False
    return error
