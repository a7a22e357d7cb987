"""Whether a failed call is tried again, and how long to wait first: pure decisions, clock and dice are arguments.

Who waits and who calls is the business of ``http.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from syncsvc.domain.errors import RemoteError

FIRST_WAIT = 1.0
"""Seconds that the first wait lasts at the most; each later one may last twice as long."""
LEAST_BUDGET = 10.0
"""Seconds that all tries together may always take, so that a very short ``max_wait`` does not forbid a second try."""
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is tried in all, and the longest wait between two tries in seconds."""

    attempts: int = 6
    max_wait: float = 60.0

    def wait(
        self,
        error: RemoteError,
        *,
        tried: int,
        elapsed: float,
        is_write: bool,
        dice: Callable[[], float],
        attempts: int | None = None,
    ) -> float | None:
        """Give the seconds to wait before the next try, or ``None`` when there is to be none.

        ``tried`` counts the tries made, ``elapsed`` the seconds since the first began; ``attempts`` narrows the policy's own.
        A write is repeated only when it was certainly never carried out.
        """
        if not error.passing or (is_write and error.may_have_been_done):
            return None
        if tried >= min(self.attempts, attempts or self.attempts):
            return None
        wait = self.pause(error, tried=tried, dice=dice)
        budget = max(self.attempts * self.max_wait, LEAST_BUDGET)
        return wait if elapsed + wait <= budget else None

    def pause(self, error: RemoteError, *, tried: int, dice: Callable[[], float]) -> float:
        """Give the seconds to wait after so many failures on end, whoever is to ask again: at least what the server asked for."""
        jittered = dice() * min(self.max_wait, FIRST_WAIT * 2.0 ** (tried - 1))
        return max(self.asked_wait(error), jittered)

    @property
    def longest(self) -> float:
        """Seconds within which the last try of a call begins, counted from the first.

        Beside its own waits a call may have to sit out one that others were told.
        """
        return (max(self.attempts * self.max_wait, LEAST_BUDGET) if self.attempts > 1 else 0.0) + self.max_wait

    def asked_wait(self, error: RemoteError) -> float:
        """Give the seconds that the server asked for, as far as they are granted."""
        return min(self.max_wait, error.retry_after or 0.0)


def retry_after(header: str | None, *, date: str | None, now: datetime) -> float | None:
    """Read a ``Retry-After`` header as seconds from now, however many; ``None`` when there is none that can be read.

    An HTTP date is counted from the server's own ``Date`` where it gave one: its clock need not be ours.
    """
    if not header:
        return None
    if _SECONDS.fullmatch(header.strip()):
        return float(header)
    until = _http_date(header)
    if until is None:
        return None
    return max(0.0, (until - (_http_date(date) or now)).total_seconds())


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):  # a year or an offset of twenty digits
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
