"""What can go wrong, as one tree; vendors' own errors are translated into it at the edge.

    SyncError                    a message for a technician, a hint what to do, a kind
    ├── SettingsError            the environment is incomplete or wrong          (exit code 2)
    ├── RulesError               the rules file is wrong; carries its refusals    (exit code 2)
    ├── AnotherRunError          somebody else is writing                         (exit code 3)
    ├── ConversionError          a value cannot become the other field's kind
    └── RemoteError              a system did not do what it was asked
        ├── CredentialsError     refused credentials: stop at once, try nothing twice
        ├── MissingRightError    the account may not do this
        ├── RefusedError         the record was refused (validation), perhaps with fields named
        ├── NotFoundError        there is no such record
        ├── RateLimitedError     asked too often; nothing was done
        ├── NetworkError         no answer, or a cut one
        ├── ServerError          the system said that it failed
        └── ProtocolError        an answer that is not in the contract

Every :class:`RemoteError` says by ``may_have_been_done`` whether the request may have taken effect. Everything about repeating
a write follows from that one attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ErrorKind(StrEnum):
    """The kinds that runs record; the list is part of the ``--json`` format."""

    CREDENTIALS = "credentials"
    PERMISSION = "permission"
    VALIDATION = "validation"
    CONFLICT = "conflict"
    AMBIGUOUS = "ambiguous"
    DISAGREEMENT = "disagreement"
    MISSING = "missing"
    CHANGED_MEANWHILE = "changed_meanwhile"
    NOT_CONVERGING = "not_converging"
    RATE_LIMITED = "rate_limited"
    NETWORK = "network"
    PROTOCOL = "protocol"
    SERVER = "server"
    GUARD = "guard"
    INTERNAL = "internal"


class SyncError(Exception):
    """Anything syncsvc tells a technician: what happened, and what to do about it."""

    kind = ErrorKind.INTERNAL

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def unexpected(error: BaseException, text: str) -> str:
    """Say what is no :class:`SyncError`, by its type and the first line of its text."""
    first_line = text.strip().split("\n")[0]
    what = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return f"Something happened that syncsvc does not know how to handle ({what})."


UNEXPECTED_HINT = "What was done is stored. SYNCSVC_LOG__LEVEL=debug shows where it happened; please report it."


def failure(message: str, hint: str, kind: ErrorKind) -> dict[str, dict[str, Any]]:
    """Give the document that ``--json`` prints instead of its usual one."""
    return {"error": {"kind": kind.value, "message": message, "hint": hint}}


class SettingsError(SyncError):
    """A setting is missing or cannot be used."""

    kind = ErrorKind.VALIDATION


class DatabaseOutOfReachError(SettingsError):
    """The database's server does not answer, or does not let this account in: it is down, or the setting is wrong."""

    kind = ErrorKind.NETWORK


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that is wrong in the rules file, with its place there (1-based; 0: the file as a whole)."""

    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    """Where in the rules it stands, in words: ``Inventaire / Portables / Numéro de série``."""


def refusal_as_json(refusal: Refusal, hide: Callable[[str], str] = str) -> dict[str, object]:
    """Give one thing that is wrong in the rules as ``rules check --json`` lists it; ``hide`` takes secrets out of a text."""
    words = {key: hide(getattr(refusal, key)) for key in ("path", "message", "hint")}
    return {"line": refusal.line, "column": refusal.column, **words}


class RulesError(SyncError):
    """The rules cannot be used; every refusal found is in it, not only the first."""

    kind = ErrorKind.VALIDATION

    def __init__(self, refusals: tuple[Refusal, ...], *, file: str = "") -> None:
        self.refusals = refusals
        self.file = file
        several = "syncsvc rules check says of each what to write instead."
        super().__init__("\n".join(map(self.said, refusals)), hint=several if len(refusals) > 1 else refusals[0].hint)

    def said(self, refusal: Refusal) -> str:
        """Give what a refusal says, behind its place in the file and in the rules."""
        if refusal.line:
            where = f"{refusal.path}: " if refusal.path else ""
            return f"{self.file or 'rules'}:{refusal.line}:{refusal.column}: {where}{refusal.message}"
        return f"{self.file}: {refusal.message}" if self.file else refusal.message


class AnotherRunError(SyncError):
    """Another run holds the lock, which guards against two that write."""

    kind = ErrorKind.GUARD


class UnknownRecordError(SyncError):
    """No record, run or link goes by what was asked for."""

    kind = ErrorKind.MISSING


class UnfitRequestError(SyncError):
    """What was asked for cannot be done, or not with these records."""

    kind = ErrorKind.VALIDATION


class ConversionError(SyncError):
    """A value that cannot be written as the other field's kind; the field is left alone."""

    kind = ErrorKind.VALIDATION


class RemoteError(SyncError):
    """A call to one of the two systems that did not succeed.

    ``may_have_been_done`` is true when the request may have taken effect although no usable answer came; ``retry_after``
    is the wait in seconds that the server asked for.
    """

    kind = ErrorKind.SERVER
    passing = False
    """Whether the same request may well succeed a little later."""
    repeats = 0
    """How often whoever asked may ask again: for an update that was not carried out, once its record has been looked at again."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        may_have_been_done: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.may_have_been_done = may_have_been_done
        self.retry_after = retry_after
        self.status = status
        self.fields: Mapping[str, str] = fields or {}
        """What the server said about single fields, by the field's key in that system, where it named any."""


class CredentialsError(RemoteError):
    """The system refused the credentials. A second try could lock the account."""

    kind = ErrorKind.CREDENTIALS


class MissingRightError(RemoteError):
    """The account lacks a right."""

    kind = ErrorKind.PERMISSION


class RefusedError(RemoteError):
    """The system read the request and refused this record."""

    kind = ErrorKind.VALIDATION


class NotFoundError(RemoteError):
    """The system says that the record does not exist."""

    kind = ErrorKind.MISSING


class RateLimitedError(RemoteError):
    """The system asked to be asked less often; it did nothing."""

    kind = ErrorKind.RATE_LIMITED
    passing = True


class NetworkError(RemoteError):
    """No connection, no answer in time, or a cut one."""

    kind = ErrorKind.NETWORK
    passing = True


class ServerError(RemoteError):
    """The system answered that it failed."""

    kind = ErrorKind.SERVER
    passing = True


class ProtocolError(RemoteError):
    """The answer is none that the contract knows: a login page, a proxy's page, broken JSON, a missing member."""

    kind = ErrorKind.PROTOCOL
    passing = True
