"""Texts as they are written into a rules file: plain where YAML and this loader read them as they stand, in quotes elsewhere."""

from __future__ import annotations

import json
import re

from syncsvc.domain.rules import Ref

_PLAIN = re.compile(r"[^\W\d_][\w .()/'°&+%-]*(?<! )", re.UNICODE)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "none", "y", "n"})
"""Words that a reader of YAML may take for something else, or that the rules have a use for."""


def scalar(text: str) -> str:
    """Write a text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return "".join(ch if ch.isprintable() else _escaped(ch) for ch in json.dumps(text, ensure_ascii=False))


def ref(name: Ref) -> str:
    """Write what something is called."""
    if name.name is not None:
        return scalar(name.name)
    return f"{{number: {name.number}}}" if name.number is not None else f"{{id: {json.dumps(name.id)}}}"


def comment(text: str) -> str:
    """Write a text into a comment: on one line, without anything that cannot be seen."""
    return "".join(ch if ch.isprintable() else " " for ch in text)


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - what four digits can say
