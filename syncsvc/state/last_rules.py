"""What a long-running service needs of the last rules that could be read: kept for a start at which the file cannot be used.

That is when runs are due, who is told, and which categories there are: names alone. No run ever begins with what is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select

from syncsvc.domain.rules import CategoryRules, Direction, Ref, Rules, Schedule
from syncsvc.state.category_runs import Names
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import last_rules


@dataclass(frozen=True, slots=True)
class LastRules:
    """Rules as far as they are kept, and since when the service has known what of them."""

    schedule: Schedule
    language: str
    notify_if_error: tuple[str, ...]
    known: Mapping[Names, datetime]
    """The categories that are synchronised, with the moment since when."""
    since: datetime
    """When this time of day began to hold: due times from then on are the service's business."""
    first_known: datetime
    """When the service first knew any schedule."""

    def as_rules(self) -> Rules:
        """Give them as rules: enough to know what is due and whom to tell, not to synchronise by."""
        # Which way a category goes is not kept, only that it does.
        categories = tuple(CategoryRules(Ref(cmdb), Ref(category), None, Direction.BOTH) for cmdb, category in self.known)
        return Rules(categories, language=self.language, schedule=self.schedule, notify_if_error=self.notify_if_error)


def recall(engine: Engine) -> LastRules | None:
    """Give what was kept; ``None``: nothing ever was."""
    with reading(engine) as connection:
        row = connection.execute(select(last_rules).limit(1)).first()
    return None if row is None else _read(row)


def keep(engine: Engine, last: LastRules) -> None:
    """Keep these, in the place of those before."""
    categories = [
        {"cmdb": cmdb, "category": category, "since": since.isoformat()} for (cmdb, category), since in last.known.items()
    ]
    row = {
        "daily_at": last.schedule.daily_at,
        "time_zone": last.schedule.time_zone,
        "full_on": last.schedule.full_on,
        "catch_up": last.schedule.catch_up,
        "language": last.language,
        "recipients": list(last.notify_if_error),
        "categories": categories,
        "since": last.since,
        "first_known": last.first_known,
    }
    with writing(engine) as connection:
        connection.execute(delete(last_rules))
        connection.execute(insert(last_rules).values(row))


def _read(row: Row[Any]) -> LastRules:
    known = {(one["cmdb"], one["category"]): datetime.fromisoformat(one["since"]) for one in row.categories}
    schedule = Schedule(row.daily_at, row.time_zone, row.full_on, row.catch_up)
    return LastRules(schedule, row.language, tuple(row.recipients), known, row.since, row.first_known)
