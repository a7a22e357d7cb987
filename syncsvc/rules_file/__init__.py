"""The rules file: one YAML file that people read, review and keep in git, read into the domain's :class:`Rules`.

Everything wrong in it is refused at once, each refusal with its line, its column and what to write instead. Whether the named
things exist in the two systems is asked by ``planning/resolve.py``. ``tree.py`` reads YAML, ``keys.py`` says what keys there are.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.rules import Rules
from syncsvc.planning.between import check_together
from syncsvc.planning.check import check_category
from syncsvc.rules_file.build import build_categories, build_rules
from syncsvc.rules_file.keys import RULES
from syncsvc.rules_file.records import Found
from syncsvc.rules_file.shapes import Reading
from syncsvc.rules_file.tree import place_at, read_tree

__all__ = ["MAX_BYTES", "load_rules", "read_rules", "schema"]

MAX_BYTES = 1_000_000
"""Larger files are refused unread: a big tenant's rules take a twentieth of it, and YAML is slow to read."""


LONGEST = 1000
"""Characters of a refusal's message, hint or path that are shown."""


def load_rules(path: Path | str) -> Rules:
    """Read a rules file; raises :class:`RulesError` with everything that is wrong in it."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        hint = "Write one with “syncsvc rules init”, or say by SYNCSVC_RULES where it is."
        raise _error(file, Refusal(f"There is no rules file at {file}.", hint)) from None
    except OSError as error:
        raise _error(file, Refusal(f"The rules file cannot be read: {error.strerror}.", "Check its path and rights.")) from error
    return read_rules(content, str(path))


def read_rules(content: bytes, name: str = "rules") -> Rules:
    """Read the content of a rules file called ``name``; raises :class:`RulesError`."""
    if len(content) > MAX_BYTES:
        hint = "Check that SYNCSVC_RULES names the rules file."
        raise _error(name, Refusal(f"The file is larger than {MAX_BYTES // 1_000_000} MB.", hint, 1, 1))
    tree, refusals = read_tree(_decode(content, name))
    if tree is None:
        raise _error(name, *(refusals or [Refusal("The rules file is empty.", "Begin with “syncsvc rules init”.", 1, 1)]))
    found = RULES.read(tree, Reading(refusals))
    if not isinstance(found, Found):
        raise _error(name, *refusals)
    categories = build_categories(found)
    for built in categories:
        refusals += check_category(built.rules, complete=built.complete)
    refusals += check_together([built.rules for built in categories])
    if refusals:
        raise _error(name, *refusals)
    return build_rules(found, categories, name)


def schema() -> dict[str, Any]:
    """Give the JSON Schema of the rules file, for editors."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "syncsvc rules",
        "description": "What syncsvc synchronises between C2 ITSM and Hector.",
        **RULES.schema(),
    }


def _decode(content: bytes, name: str) -> str:
    content = content.removeprefix(BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        place = place_at(before, len(before))
        message = f"The file is not UTF-8: the byte {content[error.start]:#04x} stands here."
        raise _error(name, Refusal(message, "Save it as UTF-8 in the editor.", place.line, place.column)) from None


def _error(file: Path | str, *refusals: Refusal) -> RulesError:
    return RulesError(tuple(sorted(map(_readable, refusals), key=lambda it: (it.line, it.column))), file=str(file))


def _readable(refusal: Refusal) -> Refusal:
    """Shorten a refusal that quotes what nobody would read to its end: its place says where the rest stands."""
    message, hint, path = map(_shortened, (refusal.message, refusal.hint, refusal.path))
    return replace(refusal, message=message, hint=hint, path=path)


def _shortened(text: str) -> str:
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} … {text[-half:]}"
