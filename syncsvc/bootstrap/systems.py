"""The connections to both systems, and what is remembered of credentials that they have refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Engine

from syncsvc.adapters.answers import Answer, Call
from syncsvc.adapters.c2.client import C2Client
from syncsvc.adapters.circuit import Memory
from syncsvc.adapters.hector.client import HectorClient
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.bootstrap.clock import now
from syncsvc.bootstrap.configs import c2_config, hector_config
from syncsvc.bootstrap.database import open_database
from syncsvc.domain.errors import SyncError
from syncsvc.settings import Settings
from syncsvc.state.address import missing_file
from syncsvc.state.refusals import CredentialMemory

Memories = tuple[CredentialMemory, CredentialMemory]
"""Of C2 and of Hector."""

Heard = Callable[[Call, Answer | None], None]
"""Is told of every call to a system with what came, nothing perhaps."""


@dataclass(frozen=True, slots=True)
class Systems:
    """The two systems, ready to be asked."""

    c2: C2Client
    hector: HectorClient


@contextmanager
def open_systems(
    settings: Settings,
    *,
    language: str = "fr",
    sleep: Callable[[float], None] = time.sleep,
    memories: tuple[Memory, Memory] | None = None,
    timed: Callable[[str, int | None, float], None] = lambda *_: None,
) -> Iterator[Systems]:
    """Open the connections to both systems; raises :class:`SettingsError` naming what is missing. Nothing is asked yet.

    With ``memories``, credentials that a system has refused are not tried again.
    """
    settings.require_systems()
    of_c2, of_hector = memories or (None, None)
    with (
        C2Client(c2_config(settings, language), sleep=sleep, memory=of_c2, timed=partial(timed, "c2")) as c2,
        HectorClient(hector_config(settings), sleep=sleep, memory=of_hector, timed=partial(timed, "hector")) as hector,
    ):
        for one, other in ((c2.circuit, hector.circuit), (hector.circuit, c2.circuit)):
            refused = one.recall()
            if refused is not None:
                other.bar(refused)
        yield Systems(c2, hector)


def c2_to_examine(settings: Settings, heard: Heard, *, language: str = "fr", memory: Memory | None = None) -> C2Client:
    """Give C2 for an examination: each call is made once, and ``heard`` is told of all of them; to be closed."""
    config = replace(c2_config(settings, language), retry=RetryPolicy(1, 1))
    return C2Client(config, memory=memory, heard=heard)


def hector_to_examine(settings: Settings, heard: Heard, *, memory: Memory | None = None) -> HectorClient:
    """Give Hector for an examination, as :func:`c2_to_examine` gives C2."""
    return HectorClient(replace(hector_config(settings), retry=RetryPolicy(1, 1)), memory=memory, heard=heard)


def memories(settings: Settings, engine: Engine, *, retry: bool = False) -> Memories:
    """Give what the database remembers of refused credentials, for C2 and for Hector; ``retry``: they are to be tried again."""
    c2, hector = settings.c2, settings.hector
    return (
        CredentialMemory(engine, "c2", (c2.url, c2.username, c2.password.get_secret_value()), now, retry=retry),
        CredentialMemory(engine, "hector", (hector.url, hector.token.get_secret_value()), now, retry=retry),
    )


@contextmanager
def open_remembering(settings: Settings, *, language: str = "fr") -> Iterator[Systems]:
    """Open the connections like :func:`open_systems`, and try no credentials that a system has refused: for what is no run.

    A database that is not there yet is made only to remember a refusal; one that cannot be used hinders nobody.
    """
    settings.require_systems()
    with ExitStack() as stack:
        known: tuple[Memory, Memory] = (_MemoryAtNeed(settings, 0), _MemoryAtNeed(settings, 1))
        if missing_file(settings.database_url.get_secret_value()) is None:
            with suppress(SyncError):
                known = memories(settings, stack.enter_context(open_database(settings)))
        yield stack.enter_context(open_systems(settings, language=language, memories=known))


class _MemoryAtNeed:
    """Remembers refused credentials in a database that is opened, and made, for that alone."""

    def __init__(self, settings: Settings, place: int) -> None:
        self._settings, self._place = settings, place

    def recall(self) -> None:
        """Give nothing: there is nothing to look it up in."""

    def remember(self, words: str) -> None:
        """Keep that they were refused."""
        with open_database(self._settings) as engine:
            memories(self._settings, engine)[self._place].remember(words)

    def forget(self) -> None:
        """Drop nothing: nothing was recalled."""
