"""The memory of refused credentials: a wrong password is tried once, not once a night until the account is locked.

What is kept is a salted scrypt digest of address, account and secret, never the secret: enough to tell whether the settings have
changed since, and slow enough that nobody finds the secret by trying.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, Row, delete, insert, select

from syncsvc.state.database import reading, writing
from syncsvc.state.tables import refused_credentials

SALT_BYTES = 16
DIGEST_BYTES = 32
COST = {"n": 2**14, "r": 8, "p": 1}
"""What scrypt is to spend: 16 MB of memory and some fifty milliseconds."""


class CredentialMemory:
    """What is remembered of one system and these credentials of it; fits ``adapters/circuit.py``'s ``Memory``.

    ``credentials`` are address, account and secret. With ``retry`` nothing is recalled: the operator wants them tried once more.
    """

    def __init__(
        self, engine: Engine, system: str, credentials: tuple[str, ...], now: Callable[[], datetime], *, retry: bool = False
    ) -> None:
        self._engine, self._system, self._now, self._retry = engine, system, now, retry
        self._secret = json.dumps(credentials).encode()
        self._known: Row[tuple[str, str, str, datetime, str]] | None = None

    def recall(self) -> tuple[datetime, str] | None:
        """Give since when exactly these credentials have been refused, and in which words."""
        self._known = self._row()
        if self._known is None or self._retry or not self._is_about_these(self._known):
            return None
        return self._known.since, self._known.words

    def remember(self, words: str) -> None:
        """Keep that they were refused; refused once more, they have been so since the first time."""
        known = self._row()
        since = known.since if known is not None and self._is_about_these(known) else self._now()
        salt = secrets.token_bytes(SALT_BYTES)
        values = {"salt": salt.hex(), "digest": self._digest(salt), "since": since, "words": words}
        with writing(self._engine) as connection:
            connection.execute(delete(refused_credentials).where(refused_credentials.c.system == self._system))
            connection.execute(insert(refused_credentials).values(system=self._system, **values))

    def forget(self) -> None:
        """Drop what was recalled of the system, if anything: its credentials were accepted."""
        if self._known is not None:
            with writing(self._engine) as connection:
                connection.execute(delete(refused_credentials).where(refused_credentials.c.system == self._system))

    def _row(self) -> Row[tuple[str, str, str, datetime, str]] | None:
        with reading(self._engine) as connection:
            return connection.execute(
                select(refused_credentials).where(refused_credentials.c.system == self._system)
            ).one_or_none()

    def _is_about_these(self, row: Row[tuple[str, str, str, datetime, str]]) -> bool:
        return hmac.compare_digest(row.digest, self._digest(bytes.fromhex(row.salt)))

    def _digest(self, salt: bytes) -> str:
        return hashlib.scrypt(self._secret, salt=salt, dklen=DIGEST_BYTES, **COST).hex()
