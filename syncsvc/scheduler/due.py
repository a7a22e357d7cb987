"""When a nightly run is due, and whether one is owed now; pure, the clock is an argument.

A run is due once a day on the wall clock of the schedule's time zone, on the two days when that clock changes too: a time that
the clock jumps over is taken right after the jump, and of a time that comes twice the first one counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncsvc.domain.rules import Schedule

GRACE = timedelta(hours=1)
"""How late a run may begin where the rules want none to be caught up; after as long, a run that has not begun is *missed*."""
MOST_NIGHTS = 366
"""How many nights without a run are told."""
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Owed:
    """A due time at which no run has taken place yet."""

    due: datetime
    is_to_run: bool
    """Whether the run is to begin now; otherwise this night's run was missed."""


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """Give the first due time after a moment, in UTC."""
    today = after.astimezone(ZoneInfo(schedule.time_zone)).date()
    return min(found for found in _around(schedule, today) if found > after)


def last_due(schedule: Schedule, until: datetime) -> datetime:
    """Give the last due time that has come by a moment, in UTC."""
    today = until.astimezone(ZoneInfo(schedule.time_zone)).date()
    return max(found for found in _around(schedule, today) if found <= until)


def owed(schedule: Schedule, has_run: Callable[[datetime], bool], now: datetime, *, since: datetime) -> Owed | None:
    """Tell which due time still has no run; ``None``: none.

    ``has_run`` tells whether a run has taken place since a due time; one that was cut off has not. Due times before ``since``,
    when the service began to keep this very schedule, are none of its business.
    """
    due = last_due(schedule, now)
    if due < since or has_run(due):
        return None
    return Owed(due, is_to_run=schedule.catch_up or now - due <= GRACE)


def since_moved(schedule: Schedule, now: datetime, *, last_began: datetime | None, first_known: datetime) -> datetime:
    """Tell since when a schedule holds whose time of day was moved while no service kept it.

    Since now, where the time before had its run less than a day ago: who moves it to one that is over wants no run of today. Else
    nights have gone by without a run, or one was cut off and is to be gone on with, whatever the time of day is now.
    ``last_began`` is when the last nightly run began, whatever became of it; ``first_known``, when there first was any schedule.
    """
    due = last_due(schedule, now)
    if last_began is not None and last_began >= due:
        return due
    last = max(first_known, last_began or first_known)
    return last if now - last >= _DAY else now


def nights_without_run(
    schedule: Schedule, last_began: datetime | None, found: Owed, now: datetime, *, since: datetime
) -> tuple[datetime, ...]:
    """Give the due times at which no run began, the latest of them last; the owed one too once it is late.

    ``last_began`` is when the last nightly run began, whatever became of it. One that was cut off and is gone on with is no night
    without a run. Due times before ``since`` are none of this service's business.
    """
    after = max(since - _TICK, last_began or since - _TICK)
    nights = []
    while (after := next_due(schedule, after)) < found.due:
        nights.append(after)
    is_late = now - found.due > GRACE and (last_began is None or last_began < found.due)
    if is_late or not found.is_to_run:
        nights.append(found.due)
    return tuple(nights[-MOST_NIGHTS:])


def _around(schedule: Schedule, day: date) -> list[datetime]:
    at = time.fromisoformat(schedule.daily_at)
    zone = ZoneInfo(schedule.time_zone)
    return [_moment(day + number * _DAY, at, zone) for number in (-2, -1, 0, 1, 2)]


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the moment at which a wall clock first shows a time, or has jumped over it."""
    shown = datetime.combine(day, at, zone)  # of a time that comes twice, this is the first
    moment = shown.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return moment
    # Python counts a time within a gap by the offset before it or after it: the jump lies between the two moments.
    before, after = shown.replace(fold=1).astimezone(UTC), moment
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
