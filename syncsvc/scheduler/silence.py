"""Which categories have had no good run for too long: silence is an alarm. Pure; the clock is an argument.

A category's run is good when it was carried out to its end, with errors of single records or without: those have mails of their
own. One that failed, was held or was cut off is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

Names = tuple[str, str]
"""CMDB and category, as the rules call them."""


@dataclass(frozen=True, slots=True)
class Silent:
    """A category without a good run for longer than its period and a margin."""

    cmdb: str
    category: str
    last_good_at: datetime | None
    """``None``: there never was one."""
    since: datetime
    """From when on it has been waited for."""


def silent(
    wanted: Iterable[Names],
    last_good: Mapping[Names, datetime],
    first_tried: Mapping[Names, datetime],
    now: datetime,
    *,
    known: Mapping[Names, datetime],
    limit: timedelta,
    patience: datetime | None = None,
) -> tuple[Silent, ...]:
    """Give the wanted categories that have been silent for longer than ``limit``.

    A category without any good run is waited for since it was first tried, or since this service knows it (``known``). Nothing is
    waited for since before ``patience``.
    """
    found = []
    for names in wanted:
        good = last_good.get(names)
        since = good or min(first_tried.get(names, known[names]), known[names])
        if now - (max(since, patience) if patience else since) > limit:
            found.append(Silent(*names, good, since))
    return tuple(found)
