"""Whether a system may be asked at all: once it has refused the credentials, nothing more goes to it.

A second wrong try could lock the account, and so could one wrong try a night. So the refusal is remembered longer than this
process lives, by whatever :class:`Memory` is handed in; where that keeps it is not this module's business.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from syncsvc.adapters.answers import System
from syncsvc.domain.errors import CredentialsError, SyncError

_log = logging.getLogger(__name__)


class Memory(Protocol):
    """Remembers that one system refused these very address, account and secret."""

    def recall(self) -> tuple[datetime, str] | None:
        """Give since when exactly these credentials have been refused, and the sentence (without any secret) that said so."""
        ...

    def remember(self, words: str) -> None:
        """Keep that they were refused."""
        ...

    def forget(self) -> None:
        """Drop what is remembered of the system: its credentials were accepted."""
        ...


class NoMemory:
    """Remembers nothing: for commands that work without a database."""

    def recall(self) -> None:
        """Know of nothing."""

    def remember(self, words: str) -> None:
        """Keep nothing."""

    def forget(self) -> None:
        """Have nothing to drop."""


class Circuit:
    """Lets calls to one system through until it refuses the credentials; safe to use from several threads."""

    def __init__(self, system: System, memory: Memory) -> None:
        self._system = system
        self._memory = memory
        self._has_recalled = False
        self._refused: CredentialsError | None = None
        self._proving = threading.Lock()
        self.proven = False
        """Whether some call has succeeded, so that the credentials are known to be right."""

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Make one call inside this block.

        The first call goes alone, until one has succeeded: eight wrong tries at once would lock the account, too.
        """
        if self.proven:
            with self._watched():
                yield
        else:
            with self._proving, self._watched():
                yield

    def recall(self) -> CredentialsError | None:
        """Give the refusal that an earlier run has met, so that nothing at all is begun; no request is made."""
        with self._proving:
            self._recall()
        return self._refused

    def bar(self, error: CredentialsError) -> None:
        """Let nothing through, for the other system's sake: without it there is nothing to ask this one for."""
        self._refused = self._refused or error

    def check(self) -> None:
        """Raise :class:`CredentialsError` when nothing may be asked any more; to be called right before a request goes out."""
        refused = self._refused
        if refused is not None:  # a new one each time: threads must not share one traceback
            raise CredentialsError(refused.message, hint=refused.hint, status=refused.status)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        self._recall()
        self.check()
        try:
            yield
        except CredentialsError as error:
            self._refuse(error)
            raise
        self._prove()

    def _recall(self) -> None:
        if self._has_recalled:
            return
        remembered = self._memory.recall()
        self._has_recalled = True
        if remembered is not None:
            self._refused = self._of_an_earlier_run(*remembered)

    def _refuse(self, error: CredentialsError) -> None:
        if self._refused is not None:
            return
        self._refused = error
        self._store(lambda: self._memory.remember(error.message))

    def _prove(self) -> None:
        if self.proven:
            return
        self.proven = True
        self._store(self._memory.forget)

    def _store(self, step: Callable[[], None]) -> None:
        try:
            step()
        except SyncError as failure:  # what the call itself came to is what people have to hear
            _log.warning("What %s said of its credentials could not be stored: %s", self._system.label, failure.message)

    def _of_an_earlier_run(self, since: datetime, words: str) -> CredentialsError:
        moment = since.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return CredentialsError(
            f"{self._system.label} was not asked: it has refused these credentials since {moment} (“{words}”).",
            hint=f"Correct {self._system.credentials}. If they are right after all (the account was locked, say), "
            "run: syncsvc sync (or plan, or doctor) --retry-credentials",
        )
