"""Keeping a run's threads on one core.

Only one of them can hold the interpreter at a time. Spread over several cores they get no more done, but every time the
interpreter changes hands another core has to be woken, whose caches know nothing of what comes next. ``docs/performance.md`` has
figures.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PROCESSOR = 36
"""Place of the core among the words that follow the name in Linux's ``/proc/…/stat`` (proc(5))."""


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this thread, and those that it starts, on the core that it is on; afterwards this thread may move again.

    Does nothing where the system is not Linux, or forbids it.
    """
    if sys.platform != "linux":
        yield
        return
    thread = threading.get_native_id()
    before = os.sched_getaffinity(thread)
    with suppress(OSError, LookupError, ValueError):  # no /proc, or another one than Linux's
        os.sched_setaffinity(thread, {_core()})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(thread, before)


def _core() -> int:
    words = Path("/proc/thread-self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(words[_PROCESSOR])
