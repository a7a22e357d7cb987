"""A YAML text as a tree of nodes that know their line and column.

Built from the parser's events, so that every word keeps its place and its spelling (``007`` stays ``007``), a key that stands
twice is seen, and no file, however hostile, ends in anything but refusals. What the words mean is told by ``shapes.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from syncsvc.domain.errors import Refusal
from syncsvc.domain.rules import Place

MAX_DEPTH = 20
"""Levels of nesting that are read; the rules need eight."""

_NOTHING = re.compile(r"~|null|Null|NULL|")
_YES_NO = re.compile(r"true|True|TRUE|false|False|FALSE")
_NUMBER = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0[ox][0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Word(StrEnum):
    """What YAML takes a single word for."""

    TEXT = "a text"
    NUMBER = "a number"
    YES_NO = "true or false"
    NOTHING = "empty"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, as it is spelt."""

    text: str
    word: Word
    place: Place


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with their values, each key once."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place
    repeats: tuple[tuple[Scalar, Place], ...] = ()
    """Keys that stood here already, each with the place of the first."""


Node = Scalar | Listing | Table


class _Stop(Exception):  # noqa: N818 - no error of its own: it ends the reading after a refusal
    """Nothing beyond this place can be read."""


@dataclass(slots=True)
class _Open:
    """A list or table whose end has not been read yet."""

    place: Place
    is_table: bool
    items: list[Node] = field(default_factory=list)
    keys: list[Scalar] = field(default_factory=list)

    def close(self) -> Listing | Table:
        if not self.is_table:
            return Listing(tuple(self.items), self.place)
        first: dict[str, Place] = {}
        entries: list[tuple[Scalar, Node]] = []
        repeats: list[tuple[Scalar, Place]] = []
        for key, value in zip(self.keys, self.items, strict=True):
            if key.text in first:
                repeats.append((key, first[key.text]))
            else:
                first[key.text] = key.place
                entries.append((key, value))
        return Table(tuple(entries), self.place, tuple(repeats))


class _Builder:
    """Joins events to nodes without recursion: nesting is the file's choice."""

    def __init__(self, refuse: Callable[..., None]) -> None:
        self._refuse = refuse
        self._open: list[_Open] = []
        self._documents = 0
        self.root: Node | None = None

    def take(self, event: Any) -> None:
        place = _place(event.start_mark)
        match event:
            case AliasEvent():
                self._stop(place, f"“*{event.anchor}” refers to another place of the file; that is not read here.", _QUOTE)
            case MappingStartEvent() | SequenceStartEvent():
                self._start(event, place)
            case MappingEndEvent() | SequenceEndEvent():
                self._add(self._open.pop().close())
            case ScalarEvent():
                self._check(event, place)
                if not event.value and event.implicit[0] and self._open and self._open[-1].is_table and self._awaits_value:
                    place = self._open[-1].keys[-1].place  # an empty value's own mark is wherever the next thing begins
                self._add(Scalar(event.value, _word(event), place))
            case DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(place, "A second document begins here (---).", "Keep the rules in one document.")

    @property
    def _awaits_value(self) -> bool:
        return len(self._open[-1].keys) > len(self._open[-1].items)

    def _start(self, event: Any, place: Place) -> None:
        self._check(event, place)
        if self._open and self._open[-1].is_table and not self._awaits_value:
            self._stop(place, "A list or a table cannot be a key.", "Write a word before the colon.")
        if len(self._open) == MAX_DEPTH:
            self._stop(place, f"More than {MAX_DEPTH} levels are nested here.", "The example file shows the shape of the rules.")
        self._open.append(_Open(place, isinstance(event, MappingStartEvent)))

    def _check(self, event: Any, place: Place) -> None:
        if event.anchor:
            self._refuse(place, f"“&{event.anchor}” marks a place to refer to; that is not used in this file.", _QUOTE)
        if event.tag:
            self._refuse(place, "A word that begins with “!” is a YAML type; none is used in this file.", _QUOTE)

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
        elif self._open[-1].is_table and not self._awaits_value:
            assert isinstance(node, Scalar), "_start refuses all others"
            self._open[-1].keys.append(node)
        else:
            self._open[-1].items.append(node)

    def _stop(self, place: Place, message: str, hint: str) -> None:
        self._refuse(place, message, hint)
        raise _Stop


_QUOTE = "Write it out; put it in quotes where it is meant as a text."


def read_tree(text: str) -> tuple[Node | None, list[Refusal]]:
    """Read a YAML text; ``None`` when there is nothing in it, or nothing that could be read (then a refusal says why)."""
    refusals: list[Refusal] = []

    def refuse(place: Place, message: str, hint: str = "") -> None:
        refusals.append(Refusal(message, hint, place.line, place.column))

    odd = _CONTROL.search(text)
    if odd:
        refuse(place_at(text, odd.start()), f"An invisible character (U+{ord(odd[0]):04X}) stands here.", "Remove it.")
        return None, refusals
    builder = _Builder(refuse)
    try:
        for event in YAML(typ="rt").parse(text):
            builder.take(event)
    except _Stop:
        return None, refusals
    except MarkedYAMLError as error:
        refuse(*_syntax(error))
        return None, refusals
    except Exception as error:  # noqa: BLE001 - the parser meets some malformed escapes and directives with errors of any kind
        refuse(Place(1, 1), f"The file is not YAML ({error}).", "Look for odd escapes (\\) in quoted texts and lines with %.")
        return None, refusals
    return builder.root, refusals


def place_at(text: str, offset: int) -> Place:
    """Give the place of a character."""
    before = text[:offset]
    return Place(before.count("\n") + 1, offset - before.rfind("\n"))


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _word(event: Any) -> Word:
    if not event.implicit[0]:
        return Word.TEXT
    for pattern, word in ((_NOTHING, Word.NOTHING), (_YES_NO, Word.YES_NO), (_NUMBER, Word.NUMBER)):
        if pattern.fullmatch(event.value):
            return word
    return Word.TEXT


def _syntax(error: MarkedYAMLError) -> tuple[Place, str, str]:
    """Put the parser's complaint into words, at the place where a person has to look."""
    problem, context = error.problem or "", error.context or ""
    here = _place(error.problem_mark) if error.problem_mark else Place(1, 1)
    opened = _place(error.context_mark) if error.context_mark else here
    if "'\\t'" in problem:
        return here, "A tab stands here.", "YAML indents with blanks only: replace the tab."
    if "mapping values are not allowed" in problem:
        return here, "A colon stands where none can be.", "Check the indentation; put a text that holds “: ” in quotes."
    if "quoted scalar" in context:
        return opened, "A quotation mark is opened here and not closed.", "Close it, or double an apostrophe inside '…'."
    if "alias" in context or "anchor" in context:
        return opened, "“*” and “&” at the beginning of a word have a meaning in YAML that is not used here.", _QUOTE
    if "cannot start any token" in problem:
        return here, "A word cannot begin with this character.", "Put the word in quotes."
    if "flow" in context and "got ':'" in problem:
        return here, "A colon stands inside a name or a value.", 'Put the whole of it in quotes: {c2: "Écran: 24 po", hector: …}.'
    if "flow" in context:
        return opened, "A [ or { is opened here and not closed.", "Close it, and put a comma between its parts."
    return here, f"This is not YAML: {problem or context}.", "Check the indentation and the quotes near this place."
