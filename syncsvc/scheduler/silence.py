"""Which categories have had no good run for too long: silence is an alarm. Pure; the clock is an argument.

A category's run is good when it was carried out to its end, with errors of single records or without: those have mails of their
own. One that failed, was held or was cut off is not. How long a run takes is no silence: what counts is when it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncsvc.domain.rules import Schedule
from syncsvc.scheduler.due import next_due
from syncsvc.state.category_runs import CategoryRuns, Names

DAY = timedelta(days=1)


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
    runs: CategoryRuns,
    schedule: Schedule,
    now: datetime,
    *,
    known: Mapping[Names, datetime],
    limit: timedelta,
    patience: datetime | None = None,
) -> tuple[Silent, ...]:
    """Give the wanted categories that have been silent for longer than ``limit``, by the beginnings of their runs.

    A category without any good run is waited for since it was first tried, or since this service knows it (``known``). Nothing is
    waited for since before ``patience``, or before the run that is under way was first tried: it may take hours, not for ever,
    nor may it be begun anew for ever.
    """
    found = []
    for names in wanted:
        good = runs.last_good.get(names)
        since = good.began if good else min(runs.first_tried.get(names, known[names]), known[names])
        waited_since = max(moment for moment in (since, patience, runs.under_way) if moment is not None)
        if now > _end_of_patience(schedule, waited_since, limit):
            found.append(Silent(*names, good.ended if good else None, since))
    return tuple(found)


def _end_of_patience(schedule: Schedule, since: datetime, limit: timedelta) -> datetime:
    """Give the end of the limit, which is longer by as much as the way to the next due time is longer than a day."""
    return max(since + limit, next_due(schedule, since) + limit - DAY)
