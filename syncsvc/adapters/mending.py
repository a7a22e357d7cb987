"""JSON with single values that no reader takes: each is made one that can be read, and that nobody takes for the value itself.

A bare ``NaN``, an integer of thousands of digits or a value nested without end would otherwise make the whole page unreadable,
and with it every record on it. Slow, and asked only where reading has failed.
"""

from __future__ import annotations

import re

from syncsvc.adapters.parsing import SHOWN, encode

DEEPEST = 100
"""Levels of nesting that are kept; nothing that syncsvc reads stands deeper than ten."""
LONGEST_NUMBER = 4000
"""Digits of a number; Python refuses to read integers that are a little longer."""
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s,:\[\]{}"]+', re.DOTALL)
_PLAIN = re.compile(rb"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ODD = re.compile(rb'[\x00-\x1f]|\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])|\\.', re.DOTALL)
_TOO_DEEP = encode(["…"])


def mended(data: bytes) -> bytes | None:
    """Give the same JSON with every such value mended, all else byte for byte as it was; ``None``: there is none of them.

    A control character in a string is escaped, so that it is carried. What is no value becomes a list with the text of it.
    """
    found = bytearray()
    taken = depth = 0
    for match in _TOKENS.finditer(data):
        token = match[0]
        kept = token
        if token in b"[{":
            depth += 1
            if depth == DEEPEST + 1:
                found += data[taken : match.start()] + _TOO_DEEP
        elif token in b"]}":
            if depth == DEEPEST + 1:
                taken = match.end()
            depth -= 1
        elif depth <= DEEPEST:
            kept = _text(token) if token.startswith(b'"') else _bare(token)
        if kept != token:
            found += data[taken : match.start()] + kept
            taken = match.end()
    return bytes(found + data[taken:]) if taken and depth <= DEEPEST else None


def _text(token: bytes) -> bytes:
    return _ODD.sub(_escaped, token)


def _escaped(found: re.Match[bytes]) -> bytes:
    odd = found[0]
    if len(odd) == 1:
        return b"\\u%04x" % odd[0]
    return odd if len(odd) > 2 or odd[1:] in b'"\\/bfnrt' else b"\\ufdd0"  # noqa: PLR2004 -- a backslash and what it escapes


def _bare(token: bytes) -> bytes:
    if len(token) <= LONGEST_NUMBER and _PLAIN.fullmatch(token):
        return token
    return encode([token[:SHOWN].decode("utf-8", "replace")])
