"""How many requests a system is asked at the same time: fewer when it says so or slows down, more again little by little.

A wait that a system asks for holds for every thread that speaks to it. Whether a call is repeated is decided in ``retry.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from syncsvc.domain.errors import NetworkError, RateLimitedError, ServerError

SLOWER = 4.0
"""How many times its usual duration an answer takes that counts as a sign of overload."""
SLOW = 2.0
"""Seconds below which no answer is called slow."""
LEARNING = 5
"""Answers of a kind that have to be seen before any of that kind is called slow."""
WEIGHT = 0.1
"""How much one answer counts in the usual duration: what is slow for long becomes usual."""
LOOK_UP = 0.5
"""Seconds between two looks, while waiting for a turn, at whether somebody wants to stop."""
NEVER = float("-inf")


@dataclass(slots=True)
class _Usual:
    seconds: float = 0.0
    seen: int = 0

    def learn(self, seconds: float) -> None:
        self.seen += 1
        self.seconds += (seconds - self.seconds) * max(WEIGHT, 1 / self.seen)


class Pace:
    """The turns of one system: additive increase, multiplicative decrease, between one request and the most allowed."""

    def __init__(self, most: int, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._most = most
        self._limit = float(most)
        self._clock = clock
        self._sleep = sleep
        self._under_way = 0
        self._opens_at = NEVER
        self._decreases = 0
        self._usual: dict[str, _Usual] = {}
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """Requests that may be under way now."""
        return int(self._limit)

    def hold(self, seconds: float) -> float:
        """Let nobody begin for so many seconds; gives the moment until which whoever waits by itself has waited enough."""
        with self._changed:
            until = self._clock() + seconds
            self._opens_at = max(self._opens_at, until)
            return until

    @contextmanager
    def turn(self, kind: str, *, waited_until: float = NEVER) -> Iterator[float]:
        """Make one request inside this block; ``kind`` says with which others its duration compares.

        It gives the seconds that the request had to wait because the system asked for a wait. The ``RemoteError`` that leaves the
        block tells whether the system is overloaded.
        """
        begun_after, held = self._begin(waited_until)
        started = self._clock()
        error: BaseException | None = None
        try:
            yield held
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._end(kind, self._clock() - started, error, begun_after)

    def _begin(self, waited_until: float) -> tuple[int, float]:
        """Wait for a turn; gives how often the limit has been lowered before it, and the seconds waited because of a hold."""
        held = 0.0
        while True:
            with self._changed:
                opens_at, now = self._opens_at, self._clock()
                if opens_at <= max(waited_until, now):
                    if self._under_way < self.limit:
                        self._under_way += 1
                        return self._decreases, held
                    if self._changed.wait(LOOK_UP):
                        continue
                    opens_at = now
            held += opens_at - now
            self._sleep(opens_at - now)  # outside the lock; whoever wants to stop raises here
            waited_until = max(waited_until, opens_at)

    def _end(self, kind: str, seconds: float, error: BaseException | None, begun_after: int) -> None:
        with self._changed:
            self._under_way -= 1
            if is_overload(error) or self._was_slow(kind, seconds, error):
                # What was under way at the last decrease tells nothing of the pace since then.
                if begun_after == self._decreases:
                    self._limit = max(1.0, self._limit / 2)
                    self._decreases += 1
            elif error is None:
                self._limit = min(float(self._most), self._limit + 1 / self._limit)
            self._changed.notify_all()

    def _was_slow(self, kind: str, seconds: float, error: BaseException | None) -> bool:
        if error is not None:
            return isinstance(error, NetworkError) and seconds >= SLOW
        usual = self._usual.setdefault(kind, _Usual())
        slow = usual.seen >= LEARNING and seconds >= max(SLOW, SLOWER * usual.seconds)
        usual.learn(seconds)
        return slow


def is_overload(error: BaseException | None) -> bool:
    """Whether a system says by this failure that it is asked too much."""
    return isinstance(error, RateLimitedError) or (isinstance(error, ServerError) and error.retry_after is not None)
