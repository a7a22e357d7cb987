"""All that a run writes, as one object; each public method is one committed transaction.

A fact is committed as it happens, so a run that is killed at any instruction leaves only whole facts behind. The store is used
from one thread at a time. What people look at is read by ``queries.py``.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from syncsvc.state.baselines import BaselineRecords
from syncsvc.state.calm import CalmRecords
from syncsvc.state.conflicts import ConflictRecords
from syncsvc.state.database import together
from syncsvc.state.intentions import IntentionRecords
from syncsvc.state.links import AlreadyLinkedError, LinkRecords, NewLink
from syncsvc.state.outbox import OutboxRecords
from syncsvc.state.rounds import RoundRecords
from syncsvc.state.runs import RunRecords
from syncsvc.state.undoing import UndoingRecords
from syncsvc.state.written import WrittenRecords

__all__ = ["AlreadyLinkedError", "NewLink", "Store"]


class Store(
    RunRecords,
    WrittenRecords,
    RoundRecords,
    LinkRecords,
    CalmRecords,
    BaselineRecords,
    UndoingRecords,
    IntentionRecords,
    ConflictRecords,
    OutboxRecords,
):
    """Runs and rounds, links and baselines, intentions, conflicts, mails: ``Store(engine)``, see the parts for their methods.

    Where the database fails, methods raise :class:`syncsvc.state.database.StateError` and have stored nothing.
    """

    def together(self) -> AbstractContextManager[None]:
        """Make one transaction of the methods called within: all of it is stored, or nothing."""
        return together(self._engine)
