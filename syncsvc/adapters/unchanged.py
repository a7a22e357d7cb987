"""Records that are byte for byte as they were known need not be decoded: a fingerprint of their bytes tells.

Whether such a record may be left out of account is the engine's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec

from syncsvc.adapters.answers import Answer

Id = TypeVar("Id", str, int)


@dataclass(frozen=True, slots=True)
class Unchanged(Generic[Id]):
    """Stands for a record that was not decoded."""

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
