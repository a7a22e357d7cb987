"""How a list of Hector is read in full, though it shifts while it is read: what is not complete is read again. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from syncsvc.domain.errors import ProtocolError

PASSES = 5
"""How often a list is read before giving up."""


class HasId(Protocol):
    """A record of a list."""

    @property
    def id(self) -> int:
        """Its number."""
        ...


R = TypeVar("R", bound=HasId)
Page = tuple[list[R], int]
"""A page's records, and the total that the list claims."""


def whole(ask: Callable[[int], Page[R]], what: str) -> list[R]:
    """Read a list until as many distinct records as its total have been seen; ``ask`` takes the page number (from 1).

    Raises :class:`ProtocolError` when that does not come about.
    """
    known: dict[int, R] = {}
    totals: set[int] = set()
    for _ in range(PASSES):
        records, passed_totals = _one_pass(ask)
        known |= records
        totals |= passed_totals
        if len(passed_totals) == 1 and len(records) >= max(passed_totals):
            return list(records.values())
        if len(totals) == 1 and len(known) >= max(totals):
            return list(known.values())
    error = ProtocolError(
        f"Hector: the list kept changing while it was read ({what}: {len(known)} records seen, {max(totals)} announced).",
        hint="Try again when fewer people are at work in Hector; or the server does not turn pages (`syncsvc doctor`).",
    )
    error.passing = False
    raise error


def _one_pass(ask: Callable[[int], Page[R]]) -> tuple[dict[int, R], set[int]]:
    found: dict[int, R] = {}
    totals: set[int] = set()
    received = 0
    page = 0
    while True:
        page += 1
        records, total = ask(page)
        totals.add(total)
        received += len(records)
        found |= {record.id: record for record in records}
        if not records or received >= total:
            return found, totals
