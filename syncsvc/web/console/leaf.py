"""Long listings, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from syncsvc.state.queries import Part

ROWS = 200
"""Rows of one page of a run's errors, changes or log, and conflicts of one page."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a long listing."""

    page: int
    pages: int
    amount: int
    part: Part


def leaf_of(page: int, amount: int) -> Leaf:
    """Give the page that was asked for, or the nearest that there is."""
    pages = max(1, -(-amount // ROWS))
    page = min(max(1, page), pages)
    return Leaf(page, pages, amount, Part(ROWS, ROWS * (page - 1)))
