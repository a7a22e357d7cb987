"""What runs have done to one pair: its changes out of all runs, for who asks why a record looks as it does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, and_, false, or_, select

from syncsvc.domain.plan import Outcome
from syncsvc.state.database import reading
from syncsvc.state.queries import change_of
from syncsvc.state.tables import changes


def history_of(engine: Engine, *, ci: str | None, asset: str | None, subcategory: int | None = None) -> list[dict[str, Any]]:
    """List what runs did to this CI and this asset, newest first, as ``changes --json`` prints it.

    What they did to the ``subcategory`` that the asset is in counts: the pair shares its values. An asset goes by what it is
    called now; what was done to it under another tag is found by its CI alone.
    """
    c = changes.c
    wanted = [
        and_(c.ci.is_not(None), c.ci == ci) if ci is not None else false(),
        and_(c.asset.is_not(None), c.asset == asset) if asset is not None else false(),
        and_(c.record == "subcategory", c.subcategory == str(subcategory)) if subcategory is not None else false(),
    ]
    with reading(engine) as connection:
        done = c.outcome != Outcome.PLANNED.value  # what a guard held was never begun
        rows = connection.execute(select(changes).where(or_(*wanted), done).order_by(c.id.desc()))
        return [change_of(row) for row in rows]
