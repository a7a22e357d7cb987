"""Texts of two customers' systems, made harmless for a header, a line of a mail and a cell of a spreadsheet."""

from __future__ import annotations

import re
import unicodedata

LONGEST_CELL = 32_000
"""Characters that a spreadsheet takes in one cell, about."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - some spreadsheets take wide ones too
_AFTER_SEPARATOR = re.compile(r"([;,|][\s\"']*)([=+\-@＝＋－＠])")  # noqa: RUF001 - the same
"""Where a program that takes another separator than ours would begin a cell."""
_HARMFUL = frozenset({"Cc", "Cf", "Cs"})
_BREAKS = {"\n": " ⏎ ", "\r": "", "\t": " ", "\u2028": " ⏎ ", "\u2029": " ⏎ "}


def one_line(text: str, longest: int | None = None) -> str:
    """Give a text as one line without control characters and those that turn the direction; cut where it is too long."""
    if not text.isprintable():
        text = "".join(_shown(character) for character in text.strip())
    if longest is not None and len(text) > longest:
        return f"{text[: longest - 1]}…"
    return text


def cell(text: str) -> str:
    """Give a text as a cell that no spreadsheet takes for a formula: one that begins like it gets an apostrophe in front."""
    # Looked at before and after: what is left out in front of “=” must not bring it to the front.
    shown = _AFTER_SEPARATOR.sub(r"\1'\2", one_line(text, LONGEST_CELL))
    return f"'{shown}" if text.startswith(_STARTS_FORMULA) or shown.startswith(_STARTS_FORMULA) else shown


def _shown(character: str) -> str:
    if character in _BREAKS:
        return _BREAKS[character]
    return "\ufffd" if unicodedata.category(character) in _HARMFUL else character
