"""The shapes that lists and tables of the rules file have, made of other shapes; read and described as in ``shapes.py``.

A table takes its keys and no others; whatever is wrong in one of them does not keep the rest from being read.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncsvc.domain.rules import Place, Ref
from syncsvc.domain.values import fold
from syncsvc.rules_file.shapes import REFUSED, Number, Reading, Schema, Shape, Text, kind_of
from syncsvc.rules_file.tree import Listing, Node, Scalar, Table, Word


@dataclass(frozen=True, slots=True)
class OrNull:
    """A shape that ``null`` can stand for: nothing."""

    shape: Shape

    def read(self, node: Node, at: Reading) -> Any:
        """Give the value, or ``None``."""
        if isinstance(node, Scalar) and node.word is Word.NOTHING:
            return None
        return self.shape.read(node, at)

    def schema(self) -> Schema:
        """The shape, or null."""
        return {"anyOf": [self.shape.schema(), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of things of one shape; with ``or_one``, a single thing may stand for a list of one."""

    shape: Shape
    or_one: bool = False
    not_empty: bool = False

    def read(self, node: Node, at: Reading) -> Any:
        """Give the values; those refused are left out of it."""
        if not isinstance(node, Listing):
            if not self.or_one:
                return at.refuse(node.place, f"Here stands {kind_of(node)} instead of a list.", "Begin each item with “- ”.")
            value = self.shape.read(node, at)
            return REFUSED if value is REFUSED else (value,)
        if self.not_empty and not node.items:
            return at.refuse(node.place, "The list is empty.", "Write what it is to hold, or remove the key.")
        values = (self.shape.read(item, at.within(self._title(item, place))) for place, item in enumerate(node.items, 1))
        return tuple([value for value in values if value is not REFUSED])

    def _title(self, item: Node, place: int) -> str:
        return self.shape.title_of(item) or f"no. {place}" if isinstance(self.shape, Record) else ""

    def schema(self) -> Schema:
        """An array, or the thing itself."""
        many: Schema = {"type": "array", "items": self.shape.schema()} | ({"minItems": 1} if self.not_empty else {})
        return {"anyOf": [self.shape.schema(), many]} if self.or_one else many


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record: what it holds, and a sentence about it for people and their editors."""

    name: str
    shape: Shape
    about: str
    required: bool = False
    default: Any = REFUSED
    """What holds when the key is left out, as JSON; :data:`REFUSED`: nothing to say."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record as read."""

    values: Mapping[str, Any]
    place: Place
    places: Mapping[str, Place]
    """Where the value of each key stands."""
    complete: bool
    """Whether nothing in it was refused."""


@dataclass(frozen=True, slots=True)
class Record:
    """A table with these keys and no others; ``title`` is the key whose value names it to people."""

    what: str
    keys: Sequence[Key]
    title: str = ""
    by_name: Mapping[str, Key] = field(init=False)

    def __post_init__(self) -> None:
        """Index the keys."""
        object.__setattr__(self, "by_name", {key.name: key for key in self.keys})

    def read(self, node: Node, at: Reading) -> Any:
        """Give what could be read of the record."""
        if not isinstance(node, Table):
            listed = "Its keys are: " + ", ".join(self.by_name) + "."
            return at.refuse(node.place, f"Here stands {kind_of(node)} instead of {self.what}.", listed)
        before = len(at.refusals)
        for word, first in node.repeats:
            at.refuse(word.place, f"“{word.text}” stands here twice; the first is in line {first.line}.", "Keep one of them.")
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        meant: set[str] = set()
        for word, value in node.entries:
            key = self.by_name.get(word.text)
            if key is None:
                meant.add(self._unknown(word, at))
                continue
            meant.add(key.name)
            read = key.shape.read(value, at if _names_its_items(key.shape) else at.within(key.name))
            if read is not REFUSED:
                values[key.name], places[key.name] = read, value.place
        for key in self.keys:
            if key.required and key.name not in meant:
                at.refuse(node.place, f"“{key.name}” is missing in {self.what}.", key.about)
        return Found(values, node.place, places, complete=len(at.refusals) == before)

    def _unknown(self, word: Scalar, at: Reading) -> str:
        near = difflib.get_close_matches(fold(word.text), self.by_name, n=1, cutoff=0.6)
        listed = "The keys here are: " + ", ".join(self.by_name) + "."
        hint = f"Did you mean “{near[0]}”?" if near else listed
        at.refuse(word.place, f"“{word.text}” is no key of {self.what}.", hint)
        return near[0] if near else ""

    def title_of(self, node: Node) -> str:
        """Say how people call the record at this node; ``""`` when it cannot be told."""
        named = next((value for key, value in node.entries if key.text == self.title), None) if isinstance(node, Table) else None
        if isinstance(named, Table) and named.entries:
            named = named.entries[0][1]
        return named.text if isinstance(named, Scalar) else ""

    def schema(self) -> Schema:
        """An object that takes no other keys."""
        properties = {key.name: key.shape.schema() | {"description": key.about} for key in self.keys}
        for key in self.keys:
            if key.default is not REFUSED:
                properties[key.name]["default"] = key.default
        required = [key.name for key in self.keys if key.required]
        record: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
        return record | ({"required": required} if required else {})


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called: a name, or a table of one key, ``number``, ``id`` or ``name``."""

    what: str

    def read(self, node: Node, at: Reading) -> Any:
        """Give a :class:`Ref`."""
        if not isinstance(node, Table):
            name = Text(self.what).read(node, at)
            return REFUSED if name is REFUSED else Ref(name=name, place=node.place)
        found = self._table.read(node, at)
        if not found.complete:
            return REFUSED
        if len(found.values) != 1:
            return at.refuse(node.place, "Here stands more or less than one key.", "Write one of number, id and name.")
        return Ref(**found.values, place=node.place)

    @property
    def _table(self) -> Record:
        number = Key("number", Number(whole=True, least=1), "Its number, where two share the name.")
        by_id = Key("id", Text("an id", numbers=True), "Its id (a GUID in C2), where two share the name.")
        return Record("a name", (number, by_id, Key("name", Text(numbers=True), "Its name.")))

    def schema(self) -> Schema:
        """A string, or an object of one key."""
        return {"anyOf": [Text().schema(), self._table.schema() | {"minProperties": 1, "maxProperties": 1}]}


def _names_its_items(shape: Shape) -> bool:
    return isinstance(shape, ListOf) and isinstance(shape.shape, Record)
