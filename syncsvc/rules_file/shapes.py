"""The shapes that single values of the rules file have: each reads a node into a value, and describes itself as JSON Schema.

One description serves both, so the schema that editors use and the loader cannot disagree. A shape that refuses a node says so
to the :class:`Reading` and gives :data:`REFUSED`. Lists and tables are in ``records.py``; what keys there are, in ``keys.py``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from syncsvc.domain.errors import Refusal
from syncsvc.domain.rules import Place
from syncsvc.domain.values import fold
from syncsvc.rules_file.tree import Listing, Node, Scalar, Table, Word

REFUSED: Final = object()
"""What a shape gives for a node that it has refused."""
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where in the file the reader is, in words, and what has been refused so far."""

    refusals: list[Refusal]
    path: tuple[str, ...] = ()

    def within(self, *words: str) -> Reading:
        """Go further in; empty words add nothing."""
        return Reading(self.refusals, (*self.path, *filter(None, words)))

    def refuse(self, place: Place, message: str, hint: str = "") -> Any:
        """Refuse what stands at ``place``."""
        self.refusals.append(Refusal(message, hint, place.line, place.column, " / ".join(self.path)))
        return REFUSED


class Shape(Protocol):
    """What a value may look like."""

    def read(self, node: Node, at: Reading) -> Any:
        """Give the node's value, or :data:`REFUSED`."""
        ...

    def schema(self) -> Schema:
        """Describe the shape as JSON Schema."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not empty; ``meaning`` turns it into a value and raises ``ValueError(message, hint)``."""

    what: str = "a text"
    meaning: Callable[[str], Any] = str
    pattern: str = ""
    numbers: bool = False
    """Whether a number is taken as it is spelt; elsewhere it is refused, for it may be meant as one."""

    def read(self, node: Node, at: Reading) -> Any:
        """Give the text, or what it means."""
        if isinstance(node, Scalar) and node.word is Word.NOTHING:
            return at.refuse(node.place, "There is no value here.", f"Write {self.what}, or remove the key.")
        if not isinstance(node, Scalar):
            return at.refuse(node.place, f"Here stands {kind_of(node)} instead of {self.what}.")
        if node.word is not Word.TEXT and not (self.numbers and node.word is Word.NUMBER):
            return at.refuse(node.place, f"YAML reads {node.text} as {node.word}.", f'Put it in quotes: "{node.text}".')
        if not node.text.strip():
            return at.refuse(node.place, "The text is empty.", f"Write {self.what}.")
        try:
            return self.meaning(node.text.strip())
        except ValueError as error:
            return at.refuse(node.place, *error.args)

    def schema(self) -> Schema:
        """A string, with its pattern."""
        text: Schema = {"type": ["string", "number"] if self.numbers else "string", "minLength": 1}
        return text | ({"pattern": self.pattern} if self.pattern else {})


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words, each with what it means."""

    words: Mapping[str, Any]

    def read(self, node: Node, at: Reading) -> Any:
        """Give the word's meaning."""
        if isinstance(node, Scalar) and node.text in self.words:
            return self.words[node.text]
        listed = "Write one of: " + ", ".join(self.words) + "."
        if not isinstance(node, Scalar):
            return at.refuse(node.place, f"Here stands {kind_of(node)} instead of a word.", listed)
        if not node.text:
            return at.refuse(node.place, "There is no value here.", listed)
        near = difflib.get_close_matches(fold(node.text), self.words, n=1, cutoff=0.5)
        message = f"“{node.text}” is none of the words possible here."
        return at.refuse(node.place, message, f"Did you mean “{near[0]}”? {listed}" if near else listed)

    def schema(self) -> Schema:
        """An enumeration."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number within limits."""

    most: float | None = None
    whole: bool = False
    least: float = 0

    def read(self, node: Node, at: Reading) -> Any:
        """Give the number."""
        most = "" if self.most is None else f" to {self.most:g}"
        wanted = f"Write a {'whole ' if self.whole else ''}number from {self.least:g}{most}."
        if not isinstance(node, Scalar):
            return at.refuse(node.place, f"Here stands {kind_of(node)} instead of a number.", wanted)
        try:
            number = float(node.text) if node.word is Word.NUMBER else float("nan")
        except ValueError:  # 0x1F
            number = float("nan")
        if not self.least <= number <= (float("inf") if self.most is None else self.most) or (self.whole and number % 1):
            return at.refuse(node.place, f"“{node.text}” is not possible here.", wanted)
        return int(number) if number % 1 == 0 else number

    def schema(self) -> Schema:
        """A number with its limits."""
        limits: Schema = {"type": "integer" if self.whole else "number", "minimum": self.least}
        return limits | ({"maximum": self.most} if self.most is not None else {})


@dataclass(frozen=True, slots=True)
class YesNo:
    """``true`` or ``false``; the other words that some take for them (yes, no, on, off) are texts in YAML 1.2."""

    def read(self, node: Node, at: Reading) -> Any:
        """Give the truth."""
        if isinstance(node, Scalar) and node.word is Word.YES_NO:
            return node.text.lower() == "true"
        return at.refuse(node.place, "This is neither true nor false.", "Write true or false, without quotes.")

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


def kind_of(node: Node) -> str:
    """Say what stands at a node, for a refusal."""
    match node:
        case Listing():
            return "a list"
        case Table():
            return "a table of keys"
        case Scalar(word=Word.NOTHING):
            return "nothing"
        case Scalar():
            return f"“{node.text[:60]}”"
