"""Lists of the in-memory doubles with fingerprints: of everything that a record shows, its change time included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from syncsvc.domain.records import Asset, ConfigurationItem, Listed


def listed(records: Sequence[Any], known: Mapping[int, Any]) -> Listed[Any]:
    """Sort the records of a list by whether their fingerprints are known."""
    found: Listed[Any] = Listed([])
    for record in records:
        fingerprint = _of(record)
        if fingerprint in known:
            assert known[fingerprint] == record.id
            found.unchanged.add(record.id)
        else:
            found.records.append(replace(record, fingerprint=fingerprint))
    return found


def _of(record: ConfigurationItem | Asset) -> int:
    return int.from_bytes(blake2b(repr(record).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)
