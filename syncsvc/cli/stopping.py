"""Ctrl-C and SIGTERM: the first asks a run to stop, a second one ends the program as usual.

A run stops by itself between two batches of writes. When a system holds an answer back for too long, the program is ended all
the same: the state allows that at any instruction, and the next run goes on from it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from syncsvc.engine.stopped import StopAskedError

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 8.0
"""Seconds that a run has to stop by itself; ten is what is promised."""
LAST_PATIENCE = 1.5
"""Seconds after that to store that it was interrupted."""
_A_MOMENT = 0.05
_SHOW_CURSOR = "\x1b[?25h"
"""A progress bar hides it, and the second signal leaves no time to show it again."""
_NOTE = "Stopping: what is being written is finished and stored. Once more ends it at once."


class Stop:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.ends_at_once = False
        """Whether the program is left where it stands when somebody asks: see :meth:`at_once`."""

    def ask(self) -> None:
        """Ask to stop."""
        self._asked.set()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let a request to stop leave the program from within, which is for what waits and may be broken off anywhere."""
        self.ends_at_once = True
        try:
            yield
        finally:
            self.ends_at_once = False

    def is_asked(self) -> bool:
        """Tell whether somebody did."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until somebody asks to stop, so many seconds at the most; tell whether somebody did."""
        return self._asked.wait(seconds)

    def sleep(self, seconds: float) -> None:
        """Wait, but not once somebody asked to stop: then the call that would be repeated is given up."""
        if self._asked.wait(seconds):
            raise StopAskedError


@contextmanager
def stopping(on_last: Callable[[], None], *, patience: float = PATIENCE, code: int = 1) -> Iterator[Stop]:
    """Let the first signal ask to stop; ``on_last`` stores that the run was interrupted when it does not stop in time.

    ``code`` is what the program then exits with.
    """
    stop = Stop()
    timer = threading.Timer(patience, _end, (on_last, code))
    timer.daemon = True
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def asked(_number: int, _frame: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        stop.ask()
        timer.start()
        # Written past Python's buffers: the signal may have come in the middle of a write to them.
        with suppress(OSError):
            os.write(2, f"\n{_SHOW_CURSOR if os.isatty(2) else ''}{_NOTE}\n".encode())
        if stop.ends_at_once:
            raise SystemExit(code)

    for number in SIGNALS:
        signal.signal(number, asked)
    try:
        yield stop
    finally:
        timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end what stands in between like Ctrl-C does, so that everything is closed and removed.

    Python swallows what is raised while an object is being collected; a request to end that comes just then is made again.
    """
    before, hook = signal.signal(signal.SIGTERM, _interrupt), sys.unraisablehook

    def swallowed(what: sys.UnraisableHookArgs) -> None:
        if isinstance(what.exc_value, KeyboardInterrupt):
            threading.Timer(_A_MOMENT, os.kill, (os.getpid(), signal.SIGTERM)).start()
        else:
            hook(what)

    sys.unraisablehook = swallowed
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGTERM, before)


def _end(on_last: Callable[[], None], code: int) -> None:
    last = threading.Timer(LAST_PATIENCE, os._exit, (code,))
    last.daemon = True
    last.start()
    with suppress(Exception):
        on_last()
        sys.stdout.flush()
    os._exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
