"""Records that are byte for byte as they were known need not be decoded: a fingerprint of their bytes tells.

Whether such a record may be left out of account is the engine's business.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec

from syncsvc.adapters.answers import Answer

Id = TypeVar("Id", str, int)


class Known(Mapping[int, Id]):
    """Ids by fingerprint, in a third of the room that a dict takes: there are as many as there are pairs."""

    def __init__(self, records: Iterable[Any], fingerprint: Callable[[Any], int], its_id: Callable[[Any], Id]) -> None:
        in_order = sorted(records, key=fingerprint)
        self._fingerprints = array("q", map(fingerprint, in_order))
        self._ids: list[Id] = list(map(its_id, in_order))

    def __getitem__(self, fingerprint: int) -> Id:
        """Give the id of the record that is known by this."""
        place = bisect_left(self._fingerprints, fingerprint)
        if place < len(self._ids) and self._fingerprints[place] == fingerprint:
            return self._ids[place]
        raise KeyError(fingerprint)

    def __iter__(self) -> Iterator[int]:
        return iter(self._fingerprints)

    def __len__(self) -> int:
        return len(self._ids)


class Unchanged(msgspec.Struct, Generic[Id], frozen=True, gc=False):
    """Stands for a record that was not decoded. There are very many while a list is read, which is why it is small."""

    id: Id


class Fingerprints(Generic[Id]):
    """Sorts the records of one list by whether they were known."""

    def __init__(self, known: Mapping[int, Id]) -> None:
        self._known: Mapping[int, Id] = known
        self.taken: dict[Id, int] = {}
        """Fingerprints of the records that were decoded, by their ids as sent."""

    def read(self, answer: Answer, raw: msgspec.Raw, shape: type[Any]) -> list[Any]:
        """Read a page: records of this shape, and :class:`Unchanged` in the place of those that were known."""
        found: list[Any] = []
        for sent in answer.records(raw, msgspec.Raw):
            one = msgspec.Raw(answer.in_our_names(sent, shape))  # what is read anew once a name is set
            fingerprint = int.from_bytes(blake2b(one, digest_size=8).digest(), "big", signed=True) >> 4
            known = self._known.get(fingerprint)
            if known is None:
                record = answer.record(one, shape)
                self.taken[record.id] = fingerprint
                found.append(record)
            else:
                found.append(Unchanged(known))
        return found
