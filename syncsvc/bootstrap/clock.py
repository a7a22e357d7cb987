"""The clock: whatever needs the time is given it from here."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)
