"""Standard output and error as plain streams of lines: what may be shown there, and what happens when nobody reads.

Light, because errors of usage need it too; tables are in ``output.py``.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from syncsvc.domain.errors import SyncError

_PICTURES = 0x2400
"""Where Unicode keeps pictures of the control characters 0 to 31."""
_LAST_CONTROL = 0x20
_SPECIAL = {"\n": "⏎", "\r": "", "\t": " ", "\x7f": "␡", "\u2028": "⏎", "\u2029": "⏎"}
_LEFT_BARE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What terminals obey, or cannot be written, and JSON does not escape by itself."""
_HARMFUL = frozenset({"Cc", "Cf", "Cs"})


def harmless(text: str) -> str:
    """Give a text as one line that no terminal obeys: control characters and those that turn the direction are replaced."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if ord(character) < _LAST_CONTROL:
        return chr(_PICTURES + ord(character))
    return "\ufffd" if unicodedata.category(character) in _HARMFUL else character


def be_lenient() -> None:
    r"""Let a terminal that lacks a character show its number: without é it shows ``\xe9``, and nothing fails.

    A stream that the program was started without (``>&-``) goes nowhere.
    """
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class OutputError(SyncError):
    """Standard output takes nothing more: the disk that it is written to is full, say."""


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def write(text: str = "") -> None:
    """Write to standard output, as long as somebody reads it; raises :class:`OutputError` where it cannot be written to."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()  # or what is still kept back would be tried again at the program's end
        hint = "What was done is stored; syncsvc runs, changes and errors list it."
        raise OutputError(f"What is to be shown cannot be written: {error.strerror}.", hint=hint) from error


def write_json(document: Any) -> None:
    """Write one JSON document to standard output."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    indent = 2 if sys.stdout.isatty() else None
    text = json.dumps(document, ensure_ascii=not utf8, indent=indent)
    write(_LEFT_BARE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def say(text: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(harmless(text) + "\n")


def silence() -> None:
    """Send standard output nowhere from now on: its reader has gone (``| head``), and that is no failure."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
