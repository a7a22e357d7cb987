"""What goes wrong on the way: faults that fire once where a test wants them, or now and then by a seeded draw.

Which fault meets a call is decided here; what it looks like is the systems' and the server's business.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from syncsvc.sandbox.exchange import Call

KINDS = frozenset(
    {"server_error", "html_200", "redirect_login", "cut", "reset", "timeout", "rate_limited"}
    | {"credentials", "permission", "refused"}
)
TIMES = ("before", "after")
_UNDONE = {"rate_limited", "credentials", "permission", "refused", "redirect_login"}
"""What a server only says of things that it has not done; drawn faults of these kinds never come after."""


@dataclass
class Fault:
    """A fault that waits for its call; afterwards ``fired`` is true."""

    system: str
    path_part: str
    kind: str
    when: str = "before"
    """``before``: nothing is done; ``after``: the effect is done, then the answer is spoiled."""
    nth: int = 1
    """The how manieth matching call it meets, counted from when it was set up."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    fired: bool = False

    def __post_init__(self) -> None:
        if self.system not in {"c2", "hector"} or self.kind not in KINDS or self.when not in TIMES:
            raise ValueError(f"no such fault: {self.system} {self.kind} {self.when}")

    def matches(self, system: str, call: Call) -> bool:
        """Whether it is about this call: ``path_part`` is part of ``METHOD /path?query``, case ignored."""
        return system == self.system and self.path_part.lower() in f"{call.method} {call.target}".lower()


class Faults:
    """The faults of both systems.

    ``rates`` maps ``system.path_part:kind`` to a probability for each matching call, as in
    ``{"c2.CI/Retrieve:server_error": 0.1, "hector:cut": 0.02}``; ``:before`` or ``:after`` may follow, otherwise it is drawn.
    ``limit`` bounds how many are drawn in all; ``timeout`` is how long a drawn time-out holds the answer, in seconds.
    """

    def __init__(
        self, seed: int = 0, rates: Mapping[str, float] | None = None, *, limit: int | None = None, timeout: float = 0.05
    ) -> None:
        self.limit = limit
        self.timeout = timeout
        self.active = True
        self.fired: list[Fault] = []
        """Every fault that has met its call, in order."""
        self._random = Random(seed)
        self._rates = [(*_parsed(key), rate) for key, rate in (rates or {}).items()]
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def once(self, system: str, path_part: str, kind: str, when: str = "before", *, nth: int = 1, **detail: Any) -> Fault:
        """Let a fault fire exactly once, at the ``nth`` matching call from now on.

        Details: ``server_error(status=500)``, ``timeout(seconds=1, late=False)`` (``late``: the call is carried out after the
        wait), ``rate_limited(retry_after=1)`` (seconds, an HTTP date, or ``None`` for no header), ``refused(message, fields,
        status)``, ``permission(message)``.
        """
        fault = Fault(system, path_part, kind, when, nth, detail)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every fault that has not fired, and draw no more."""
        with self._lock:
            self._waiting.clear()
            self._rates.clear()

    def draw(self, system: str, call: Call) -> Fault | None:
        """Give the fault that meets this call, if any."""
        if not (self.active and (self._waiting or self._rates)):
            return None
        with self._lock:
            fault = self._due(system, call) or self._by_chance(system, call)
            if fault is not None:
                fault.fired = True
                self.fired.append(fault)
            return fault

    def _due(self, system: str, call: Call) -> Fault | None:
        matching = [fault for fault in self._waiting if fault.matches(system, call)]
        for fault in matching:
            fault.nth -= 1
        due = next((fault for fault in matching if fault.nth <= 0), None)
        if due is not None:
            self._waiting.remove(due)
        return due

    def _by_chance(self, system: str, call: Call) -> Fault | None:
        for fault_system, path_part, kind, when, rate in self._rates:
            fault = Fault(fault_system, path_part, kind, when or "before", detail={"seconds": self.timeout})
            if not fault.matches(system, call) or self._random.random() >= rate:
                continue
            if self.limit is not None and self.limit <= 0:
                return None
            self.limit = None if self.limit is None else self.limit - 1
            fault.when = when or ("before" if kind in _UNDONE else self._random.choice(TIMES))
            return fault
        return None


def _parsed(key: str) -> tuple[str, str, str, str]:
    where, _, rest = key.partition(":")
    system, _, path_part = where.partition(".")
    kind, _, when = rest.partition(":")
    Fault(system, path_part, kind, when or "before")  # says what is wrong with the key now, not at the first call
    return system, path_part, kind, when
