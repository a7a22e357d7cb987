"""Lists page by page, and how a list shifts while somebody reads it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Shifting(Protocol):
    """A world whose lists may shift: ``shifts_left`` times a record goes from the end to the front."""

    shift_pages: bool
    shifts_left: int


class Pager:
    """Cuts pages, and keeps how often each list has shifted."""

    def __init__(self, world: Shifting) -> None:
        self._world = world
        self._turns: dict[str, int] = {}
        self._lock = threading.Lock()

    def cut(self, list_name: str, records: Sequence[T], start: int, size: int) -> list[T]:
        """Give ``size`` records from ``start`` on; ``list_name`` tells one list from another.

        A list shifts right before a page other than its first is cut: the record that ended the page before comes again,
        and the one that was last is not seen any more by whoever reads on.
        """
        with self._lock:
            if self._world.shift_pages and self._world.shifts_left > 0 and 0 < start < len(records):
                self._world.shifts_left -= 1
                self._turns[list_name] = self._turns.get(list_name, 0) + 1
            turns = self._turns.get(list_name, 0) % len(records) if records else 0
        return list(_turned(records, turns, start, size))


def _turned(records: Sequence[T], turns: int, start: int, size: int) -> Iterator[T]:
    for place in range(start, min(start + size, len(records))):
        yield records[place - turns]  # a negative place counts from the end
