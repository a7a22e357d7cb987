"""Canonical values: what a value is, apart from how a system writes it; when two are equal, and how one becomes another kind.

Text is ``str``, number ``Decimal``, yes/no ``bool``, date ``date``, date-time an aware UTC ``datetime``, choice the label and
person the client's id (both ``str``; the field's kind tells them apart). Empty and missing are both ``None``. A value that its
system sent in a form nobody can read is :class:`Unreadable`: it is never taken for empty and never written anywhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from enum import StrEnum


class Kind(StrEnum):
    """The canonical kinds."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes/no"
    DATE = "date"
    DATE_TIME = "date-time"
    CHOICE = "choice"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What a system sent, cut to a length that can be shown, where it is no value of its field's kind."""

    raw: str


Value = str | Decimal | bool | date | datetime | Unreadable | None


@dataclass(frozen=True, slots=True)
class Option:
    """One item that a choice field offers; ``label`` is its canonical form, ``labels`` holds it in every language."""

    id: str
    label: str
    labels: tuple[str, ...] = ()
    is_active: bool = True


MAX_DIGITS = 40
"""Digits of a number that are believed; no inventory counts further, and a text of a million digits costs seconds to parse."""
_EXACT = Context(prec=4 * MAX_DIGITS)
"""The usual context rounds at 28 digits, without a word."""


def clean_text(text: str) -> str | None:
    r"""Bring a text into canonical form: NFC, ``\n`` line ends, no outer white space; ``None`` when nothing is left."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip() or None


def clean_number(number: Decimal) -> Decimal | Unreadable:
    """Bring a number into canonical form (``123.450000`` is ``123.45``); NaN, infinities and absurd sizes are unreadable."""
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS or len(number.as_tuple().digits) > MAX_DIGITS:
        return Unreadable(str(number)[:80])
    if number == 0:
        return Decimal(0)
    shortened = number.normalize(_EXACT)
    return shortened.quantize(Decimal(1), context=_EXACT) if shortened == shortened.to_integral_value() else shortened


def parse_plain_number(text: str) -> Decimal | Unreadable:
    """Read a number as machines write it (``-1234.56``, ``1E+3``), whatever the locale."""
    if len(text) > 4 * MAX_DIGITS:
        return Unreadable(text[:80])
    try:
        return clean_number(Decimal(text.strip()))
    except InvalidOperation:
        return Unreadable(text[:80])


def clean_moment(moment: datetime) -> datetime:
    """Bring an aware date-time into canonical form: UTC, whole milliseconds (C2 keeps no more)."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def fold(text: str | None) -> str:
    """Normalise a text for matching: Unicode form, case, and every run of white space as one blank; ``""`` when empty."""
    if not text:
        return ""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).split())


def stored_forms(value: Value, kind: Kind, *, max_length: int | None = None, decimals: int | None = None) -> tuple[Value, ...]:
    r"""Give the forms in which a field of these limits may hold ``value``, the likeliest first.

    Systems cut texts at a number of characters, which they count with ``\n`` or ``\r\n``, by code point or by UTF-16 unit;
    they round numbers half up or half even.
    """
    if isinstance(value, str) and kind is Kind.TEXT and max_length is not None:
        return _cuts(value, max_length)
    if isinstance(value, Decimal) and decimals is not None and decimals < 2 * MAX_DIGITS:  # no number has more
        exponent = Decimal(1).scaleb(-decimals)
        if value == value.quantize(exponent, context=_EXACT):
            return (value,)
        rounded = [value.quantize(exponent, rounding, _EXACT) for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)]
        return tuple(dict.fromkeys(clean_number(number) for number in rounded))
    return (value,)


def _cuts(text: str, length: int) -> tuple[Value, ...]:
    if 2 * len(text) <= length:  # short enough however it is counted
        return (text,)
    found: list[Value] = []
    for newline in ("\n", "\r\n"):
        wire = text.replace("\n", newline)
        found.append(clean_text(wire[:length]))
        units = wire.encode("utf-16-le", "surrogatepass")[: 2 * length]
        found.append(clean_text(units.decode("utf-16-le", "ignore")))
    return tuple(dict.fromkeys(found))


def is_unknown(value: Value, *, is_c2: bool) -> bool:
    """Whether a value says nothing on a first meeting: empty, or a C2 checkbox that reads ``False`` (unset ones do)."""
    return value is None or (is_c2 and value is False)


def find_option(options: Iterable[Option], label: str) -> Option | None:
    """Find the option that has this label in any language, case and spaces ignored; an active one is preferred.

    Of several it is the one that has it as its canonical label: *Portable* is a laptop, though another is *portable* in English.
    """
    wanted = fold(label)
    found: Option | None = None
    best = -1
    for option in options:
        is_own = wanted == fold(option.label)
        if is_own or any(wanted == fold(other) for other in option.labels):
            if is_own and option.is_active:
                return option
            rank = 2 * option.is_active + is_own
            if rank > best:
                found, best = option, rank
    return found


def encode(value: Value) -> str | None:
    """Write a canonical value as a text that :func:`decode` reads back; for the state. ``None`` stays ``None``."""
    match value:
        case None:
            return None
        case str():
            return "t" + value
        case bool():
            return "b1" if value else "b0"
        case Decimal():
            return "n" + format(value, "f")
        case datetime():
            return "z" + value.isoformat()
        case date():
            return "d" + value.isoformat()
        case Unreadable():
            return "u" + value.raw


def decode(text: str | None) -> Value:
    """Read what :func:`encode` wrote. Raises ``ValueError`` for anything else."""
    if text is None:
        return None
    kind, rest = text[:1], text[1:]
    match kind:
        case "t":
            return rest
        case "b" if rest in {"0", "1"}:
            return rest == "1"
        case "n":
            try:
                return Decimal(rest)
            except InvalidOperation as error:
                raise ValueError(f"not an encoded number: {rest[:40]!r}") from error
        case "z":
            return datetime.fromisoformat(rest)
        case "d":
            return date.fromisoformat(rest)
        case "u":
            return Unreadable(rest)
        case _:
            raise ValueError(f"not an encoded value: {text[:40]!r}")


def plain(value: Value) -> str | bool | None:
    """Give a value as JSON and people see it: numbers and dates as texts, yes/no as such, empty as ``None``."""
    match value:
        case None | bool() | str():
            return value
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Unreadable():
            return value.raw


def same(left: Value, right: Value) -> bool:
    """Whether two canonical values are one and the same; ``True`` and the number 1 are not."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def any_same(value: Value, others: Sequence[Value]) -> bool:
    """Whether ``value`` is the same as one of ``others``."""
    return any(same(value, other) for other in others)
