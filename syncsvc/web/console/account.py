"""Who may see the console's pages: one account from the settings, or anybody at this very machine where there is none."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

FREE_TRIES = 5
"""Wrong passwords on end that are answered at once."""
LONGEST_WAIT = 30.0
"""Seconds that the answer to a wrong password takes at the most."""
FORGOTTEN_AFTER = 900.0
"""Seconds without a wrong password after which all tries are free again."""


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
            PasswordHasher().verify(self.password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False
        return secrets.compare_digest(username.encode(), self.username.encode())


class Patience:
    """How long the answer to the next try takes: longer and longer after five wrong passwords, whoever typed them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._turn = clock, threading.Lock()
        self._wrong, self._last = 0, clock()

    def take_up(self) -> float:
        """Take up a try, wrong until it is found to be right; gives the seconds that the answer is to take."""
        with self._turn:
            at = self._clock()
            if at - self._last > FORGOTTEN_AFTER:
                self._wrong = 0
            self._wrong, self._last = self._wrong + 1, at
            beyond = self._wrong - FREE_TRIES
            return 0.0 if beyond <= 0 else min(2.0 ** (beyond - 1), LONGEST_WAIT)

    def forgive(self) -> None:
        """Take up that somebody knew the password."""
        with self._turn:
            self._wrong = 0
