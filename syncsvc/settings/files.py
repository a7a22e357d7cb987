"""Reading ``.env`` and ``/run/secrets``: names and values as they are written, or the faults of what cannot be read.

A value may hold a password, so nothing is put in the place of ``${…}``, and no fault quotes a line; it has its number.
"""

from __future__ import annotations

from pathlib import Path

from dotenv.parser import Binding, parse_stream


class UnreadableError(ValueError):
    """A file that cannot be read, with a fault for each line at fault."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults


def read_env_file(file: Path) -> dict[str, str]:
    """Read a file of settings, of two lines with one name the last; a file that is not there has none.

    Raises :class:`UnreadableError`; ``OSError``.
    """
    if not file.exists():
        return {}
    if file.is_dir():
        raise UnreadableError(f"{file} is a directory; a file of lines NAME=value is expected")
    try:
        with file.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except UnicodeDecodeError:
        raise _not_utf8(file) from None
    faults = [f"{file}, line {_line(found)}, {fault}" for found in bindings if (fault := _fault(found))]
    if faults:
        raise UnreadableError(*faults)
    return {found.key: found.value for found in bindings if found.key is not None and found.value is not None}


def read_secrets(directory: Path) -> dict[str, str]:
    """Read a directory of one file a setting, without white space around; hidden files are none. Raises as above."""
    if not directory.is_dir():
        return {}
    files = [file for file in sorted(directory.iterdir()) if file.is_file() and not file.name.startswith(".")]
    return {file.name: _text(file) for file in files}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise _not_utf8(file) from None


def _not_utf8(file: Path) -> UnreadableError:
    return UnreadableError(f"{file} is not UTF-8; save it as UTF-8 in the editor")


def _fault(found: Binding) -> str:
    if found.error:
        return "cannot be read: write NAME=value; a value that begins with a quotation mark ends with one"
    if found.key is not None and found.value is None:
        return "has no value: write NAME=value"
    return ""


def _line(found: Binding) -> int:
    """Give the line that a binding stands in: the empty ones before it are counted to it."""
    text = found.original.string
    return found.original.line + text[: len(text) - len(text.lstrip())].count("\n")
