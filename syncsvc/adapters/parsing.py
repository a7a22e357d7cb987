r"""Reading and writing JSON as the two systems write and read it, with whatever stands in it.

Numbers stay exact. A half of a surrogate pair (``\ud83d`` alone, as left by a server that cuts texts in the middle of an emoji)
is no text at all and would make the whole answer unreadable: it is marked, so that only the value that holds it is.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

from syncsvc.domain.errors import ConversionError
from syncsvc.domain.values import Unreadable, clean_text

T = TypeVar("T")

SHOWN = 80
"""Characters kept of what nobody can read."""
UNPARSABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading JSON raises when it is none, or none that anybody means."""
HALF = "\ufdd0"
"""Stands for half a surrogate pair; Unicode keeps this code point for uses inside a program."""
_BOM = b"\xef\xbb\xbf"
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."  # any other escape, an escaped backslash above all
)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_decoders: dict[Any, Any] = {}


def decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    """Give the decoder for a shape; its ``decode`` raises ``msgspec.ValidationError`` or one of :data:`UNPARSABLE`."""
    if shape not in _decoders:
        _decoders[shape] = msgspec.json.Decoder(shape, float_hook=_exact)  # no number passes through binary floating point
    found: msgspec.json.Decoder[T] = _decoders[shape]
    return found


def encode(body: Any) -> bytes:
    """Write a request's body; raises :class:`ConversionError` for a text that is no Unicode."""
    try:
        return _ENCODER.encode(body)
    except UnicodeEncodeError:
        raise ConversionError(
            "A text holds half a character (a lone surrogate), which cannot be sent.", hint="Type the text again at its source."
        ) from None


def prepared(body: bytes | bytearray) -> bytes | bytearray:
    """Give the JSON of a body: without byte order mark, halves of surrogate pairs marked."""
    if body.startswith(_BOM):  # noqa: FURB188 -- removeprefix would copy every body
        body = body[len(_BOM) :]
    if b"\\ud" in body or b"\\uD" in body:
        body = _ESCAPES.sub(lambda found: b"\\ufdd0" if found["half"] else found[0], body)
    return body


def text_value(text: str) -> str | Unreadable | None:
    """Read a field's text; one that holds half a character cannot be carried as it is, so it is not carried at all."""
    return Unreadable(label(text)[:SHOWN]) if HALF in text else clean_text(text)


def label(text: str) -> str:
    """Read a text that only names a record for people; ``""`` when it is empty."""
    return clean_text(text.replace(HALF, "\ufffd")) or ""


def unreadable(raw: Any) -> Unreadable:
    """Keep what can be shown of a value that nobody can read."""
    return Unreadable(spelled(raw)[:SHOWN])


def spelled(raw: Any) -> str:
    """Give whatever JSON holds as text, for eyes alone, however long it is."""
    try:
        text = str(raw)
    except (RecursionError, ValueError):  # nested too deeply, or an integer with thousands of digits
        text = f"({type(raw).__name__})"
    return text.replace(HALF, "\ufffd")


def _exact(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent beyond what can be counted
        return Decimal("NaN")
