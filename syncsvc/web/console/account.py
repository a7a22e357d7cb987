"""Who may see the console's pages: one account from the settings, or anybody at this very machine where there is none."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

FREE_TRIES = 5
"""Wrong passwords on end that are answered at once."""
LONGEST_WAIT = 30
"""Seconds that the answer to a wrong password takes at the most."""
FORGOTTEN_AFTER = 900.0
"""Seconds without a wrong password after which all tries are free again."""
MOST_WAITING = 8
"""Tries that wait for their answer at the same time."""
LONGEST = 12 * 3600
"""Seconds after which somebody has to sign in again."""


@dataclass(frozen=True, slots=True)
class Account:
    """The name and the argon2 hash of the password of the one who may sign in."""

    username: str
    password_hash: str

    def session_key(self) -> str:
        """Give the key that sessions are signed with: it outlives a restart, and another password ends every session."""
        return hashlib.sha256(f"syncsvc session\n{self.username}\n{self.password_hash}".encode()).hexdigest()

    def is_(self, username: str, password: str) -> bool:
        """Whether these are the account's; takes as long for a wrong name as for a wrong password."""
        try:
            PasswordHasher().verify(self.password_hash, composed(password))
        except (Argon2Error, InvalidHashError):
            return False
        return secrets.compare_digest(composed(username).encode(), composed(self.username).encode())


def composed(text: str) -> str:
    """Give a typed text in one form: keyboards write one accented letter in two ways."""
    return unicodedata.normalize("NFC", text)


class Patience:
    """How long the answer to the next try takes: longer and longer after five wrong passwords, whoever typed them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong, self._last = 0, clock()

    def take_up(self) -> int:
        """Take up a try, wrong until it is found to be right; gives the seconds that the answer is to take."""
        at = self._clock()
        if at - self._last > FORGOTTEN_AFTER:
            self._wrong = 0
        self._wrong, self._last = self._wrong + 1, at
        beyond = self._wrong - FREE_TRIES
        return 0 if beyond <= 0 else min(2 ** min(beyond - 1, 10), LONGEST_WAIT)

    def forgive(self) -> None:
        """Take up that somebody knew the password."""
        self._wrong = 0


class Sessions:
    """Which sessions are good: begun with the account's password, not too long ago, and before nobody's signing out.

    A cookie cannot be taken back: signing out therefore ends all sessions that are open, copied ones too. It is not kept, so that
    one which was copied is good again after a restart, until its time is over.
    """

    def __init__(self, account: Account | None, clock: Callable[[], float]) -> None:
        self._account, self._clock, self._generation = account, clock, 0

    def begin(self) -> dict[str, Any]:
        """Give what a new session holds."""
        assert self._account is not None
        return {"username": self._account.username, "signed_in_at": int(self._clock()), "generation": self._generation}

    def user_of(self, session: Mapping[str, Any]) -> str:
        """Give who signed in; empty when nobody did, or the session has ended."""
        if self._account is None or session.get("username") != self._account.username:
            return ""
        age = self._clock() - session.get("signed_in_at", 0)  # an earlier version said neither
        is_over = age >= LONGEST or session.get("generation", 0) < self._generation
        return "" if is_over else self._account.username

    def end(self, session: Mapping[str, Any]) -> None:
        """End a good session, and all others."""
        if self.user_of(session):
            self._generation = session.get("generation", 0) + 1
