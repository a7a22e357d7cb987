"""A call, its answer, and what an answer means as far as both systems agree: HTTP statuses, JSON, pages that are no data.

What stands inside the JSON is each adapter's own business; sockets and repeating are those of ``http.py``.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from syncsvc.adapters.mending import mended
from syncsvc.adapters.names import renamed
from syncsvc.adapters.parsing import SHOWN, UNPARSABLE, decoder, prepared, spelled
from syncsvc.adapters.redaction import Secrets
from syncsvc.adapters.retry import retry_after
from syncsvc.domain.errors import (
    CredentialsError,
    MissingRightError,
    NetworkError,
    ProtocolError,
    RateLimitedError,
    RefusedError,
    RemoteError,
    ServerError,
)

T = TypeVar("T")

LONGEST_WORDS = 1000
"""Characters of a server's own words that an error quotes."""
LOOKED_AT = 4096
"""Bytes of a foreign page that are searched for words."""
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_MARKUP = re.compile(r"<(script|style)\b.*?(</\1>|$)|<[^>]*>?", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class System:
    """One of the two systems, as errors speak of it."""

    label: str
    settings: str
    """What its settings begin with: ``SYNCSVC_C2``."""
    credentials: str
    """The settings that hold its credentials, in words."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, apart from the address of the system."""

    method: str
    path: str
    endpoint: str
    """The setting that holds the path, as in ``RETRIEVE_CIS``."""
    params: Sequence[tuple[str, str]] = ()
    secret_params: Sequence[tuple[str, str]] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_write: bool = False
    is_update: bool = False
    """Whether it changes a record that exists: such a write is right only for what the record held when it was last looked at."""
    tries_on_500: int | None = None
    """How often it is tried when the server answers 500; ``None``: like after any passing failure."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    system: System
    call: Call
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | bytearray = field(repr=False)
    secrets: Secrets = field(repr=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the tenant calls members otherwise than the contract, by the contract's names."""

    @property
    def asked(self) -> str:
        """The call as errors name it; never with its query or body."""
        return f"{self.system.label}: {self.call.method} {self.call.path}"

    @property
    def content_type(self) -> str:
        """The media type, without parameters."""
        return self.secrets.redact(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def is_page(self) -> bool:
        """Whether this is a web page rather than data."""
        return "html" in self.content_type or bytes(self.body[:64]).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")

    def came(self) -> str:
        """Say what came, for errors: the content type, and the first words where it is a page for people."""
        words = self._first_words() if self.is_page or self.content_type == "text/plain" else ""
        return (self.content_type or "no content type") + (f": “{words}”" if words else "")

    def _first_words(self) -> str:
        # What is looked at ends only after what is masked: a secret across the cut would show its first half.
        masked = self.secrets.redact(bytes(self.body[: 2 * LOOKED_AT]).decode(self._charset, "replace"))
        text = html.unescape(_MARKUP.sub(" ", masked[:LOOKED_AT]))
        words = self.secrets.redact(" ".join(text.split()))
        return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"

    @property
    def _charset(self) -> str:
        said = _CHARSET.search(self.headers.get("content-type", ""))
        try:
            return codecs.lookup(said[1]).name if said and "".encode(said[1]) == b"" else "utf-8"
        except (LookupError, UnicodeError):  # unheard of, or none of text
            return "utf-8"

    # -- data ------------------------------------------------------------------------------------------------------------

    def decode(self, shape: type[T]) -> T:
        """Read the body as JSON of this shape; raises :class:`ProtocolError` (one worth a second try where it is no JSON)."""
        if self.is_page:
            raise ProtocolError(
                f"{self.asked} answered with a web page instead of data ({self.came()}).",
                hint=f"A login page or a proxy stands in between: check {self.system.settings}__URL.",
                may_have_been_done=self.call.is_write,
                status=self.status,
            )
        try:
            return self._parsed(prepared(self.body), shape)
        except msgspec.ValidationError as error:
            raise self.broken(f"is not as expected: {error}") from None

    def records(self, raw: msgspec.Raw, shape: type[T]) -> list[T]:
        """Read a list of records; a record that is not as expected is named in the :class:`ProtocolError`."""
        whole: type[list[T]] = list[shape]  # type: ignore[valid-type]  # a run-time type, as msgspec wants it
        try:
            return self._parsed(raw, whole)
        except msgspec.ValidationError as error:
            raise self.broken(self._worst_record(raw, shape) or f"is not as expected: {error}") from None

    def record(self, raw: msgspec.Raw, shape: type[T]) -> T:
        """Read one record."""
        try:
            return self._parsed(raw, shape)
        except msgspec.ValidationError as error:
            name = _name(self.in_our_names(raw, shape), self.secrets)
            raise self.broken(f"holds a record that is not as expected ({name}): {error}") from None

    def in_our_names(self, data: bytes | bytearray | msgspec.Raw, shape: Any) -> bytes | bytearray | msgspec.Raw:
        """Give what is to be read as ``shape`` with the contract's names for the tenant's."""
        return renamed(data, self.names, shape) if self.names else data

    def _parsed(self, data: bytes | bytearray | msgspec.Raw, shape: type[T]) -> T:
        try:
            return decoder(shape).decode(self.in_our_names(data, shape))
        except UNPARSABLE as failure:
            return self._mended(data, shape, failure)

    def _mended(self, data: bytes | bytearray | msgspec.Raw, shape: type[T], failure: Exception) -> T:
        """Read once more, with single values that cannot be read made unreadable by themselves."""
        mend = mended(bytes(data))
        if mend is not None:
            try:
                return decoder(shape).decode(self.in_our_names(mend, shape))
            except msgspec.ValidationError:
                raise
            except UNPARSABLE:
                pass  # it is broken elsewhere too
        if isinstance(failure, msgspec.ValidationError):
            raise failure
        raise ProtocolError(
            f"{self.asked} answered with broken or cut JSON ({self.came()}, {len(self.body)} bytes): {failure}.",
            hint="Something between syncsvc and the system cuts answers short, or this is not its API.",
            may_have_been_done=self.call.is_write,
            status=self.status,
        ) from None

    def broken(self, what: str) -> ProtocolError:
        """Give the error for a well-formed answer that breaks the contract: asking again would bring the same."""
        error = ProtocolError(
            f"{self.asked}: the answer {one_line(self.secrets.redact(what))}.",
            hint="This server differs from the contract that syncsvc knows; `syncsvc doctor` shows where.",
            may_have_been_done=self.call.is_write,
            status=self.status,
        )
        error.passing = False
        return error

    def _worst_record(self, raw: msgspec.Raw, shape: type[Any]) -> str | None:
        try:
            records = decoder(list[msgspec.Raw]).decode(mended(bytes(raw)) or raw)
        except UNPARSABLE:
            return None  # no list at all
        for place, sent in enumerate(records):
            one = self.in_our_names(sent, shape)
            try:
                decoder(shape).decode(one)
            except UNPARSABLE as error:
                name = _name(one, self.secrets)
                return f"holds a record that is not as expected (number {place + 1} of the page, {name}): {error}"
        return None


def _name(raw: bytes | bytearray | msgspec.Raw, secrets: Secrets) -> str:
    try:
        members = decoder(object).decode(raw)
    except UNPARSABLE:
        return "unreadable"
    if not isinstance(members, dict):
        return "not an object"
    known = (
        f"{key} {secrets.redact(spelled(members[key]))[:SHOWN]}"
        for key in ("CINumber", "Id", "id", "Name", "name")
        if members.get(key) is not None
    )
    return ", ".join(known)[: 2 * SHOWN] or "without an id"


# -- statuses ------------------------------------------------------------------------------------------------------------


def status_error(
    answer: Answer, detail: str = "", *, fields: Mapping[str, str] | None = None, is_own: bool = True
) -> RemoteError:
    """Translate an HTTP status other than success; ``detail`` is what the server said in words, if it did.

    ``is_own``: whether the answer has the form that this system's answers have, so that it is this system that refuses.
    """
    system, status, is_write = answer.system, answer.status, answer.call.is_write
    detail = one_line(answer.secrets.redact(detail))
    message = f"{answer.asked} answered with HTTP {status}" + (f": {detail}" if detail else f" ({answer.came()}).")
    match status:
        case 401:
            return credentials_error(answer, detail, is_own=is_own)
        case 403:
            return missing_right(answer, detail)
        case 407:
            hint = "A proxy in between asks for a user name and password: they stand in HTTPS_PROXY."
            return _lasting(ProtocolError(message, hint=hint, status=status))
        case 404 | 405 | 410:
            hint = f"Check {system.settings}__URL and {system.settings}__ENDPOINTS__{answer.call.endpoint}."
            return _lasting(ProtocolError(message, hint=hint, status=status))
        case 408:
            return NetworkError(message, hint="The connection was too slow.", may_have_been_done=is_write, status=status)
        case 429:
            hint = f"Lower {system.settings}__MAX_CONCURRENCY if this happens often."
            return RateLimitedError(message, hint=hint, retry_after=_asked_wait(answer), status=status)
        case _ if 300 <= status < 400:  # noqa: PLR2004 -- the range of redirects
            hint = f"It sends calls elsewhere, as to a login page: check {system.settings}__URL."
            return ProtocolError(message, hint=hint, may_have_been_done=is_write, status=status)
        case _ if 400 <= status < 500:  # noqa: PLR2004 -- the range of refusals
            return RefusedError(message, status=status, fields=fields)
        case _ if status >= 500:  # noqa: PLR2004 -- the range of failures
            hint = f"{system.label} failed by itself; it usually passes. If it does not, ask its support."
            return ServerError(message, hint=hint, may_have_been_done=is_write, retry_after=_asked_wait(answer), status=status)
    return _lasting(ProtocolError(message, may_have_been_done=is_write, status=status))


def one_line(words: str) -> str:
    """Give a server's words as one line of bearable length: they stand in logs, where a second line would look like an event."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"


def credentials_error(answer: Answer, detail: str = "", *, is_own: bool = True) -> CredentialsError:
    """Give the error for refused credentials; where the answer is none of this system's own, it may be another's."""
    elsewhere = (
        "" if is_own else f" The answer is not in {answer.system.label}'s form: check {answer.system.settings}__URL as well."
    )
    said = f": {one_line(answer.secrets.redact(detail))}" if detail else "."
    return CredentialsError(
        f"{answer.system.label} refused the credentials{said}",
        hint=f"Check {answer.system.credentials}. Nothing was tried twice, so that the account is not locked.{elsewhere}",
        status=answer.status,
    )


def missing_right(answer: Answer, detail: str = "") -> MissingRightError:
    """Give the error for a right that the account lacks."""
    said = f": {one_line(answer.secrets.redact(detail))}" if detail else f" ({answer.came()})."
    return MissingRightError(
        f"{answer.asked}: the account may not do this{said}",
        hint=f"Give the service account this right in {answer.system.label}.",
        status=answer.status,
    )


def _lasting(error: ProtocolError) -> ProtocolError:
    error.passing = False
    return error


def _asked_wait(answer: Answer) -> float | None:
    return retry_after(answer.headers.get("retry-after"), date=answer.headers.get("date"), now=datetime.now(UTC))
