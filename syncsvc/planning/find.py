"""Find what the rules name among what a system holds: by name in any language, by number or by id.

Each finder gives the one thing, or the :class:`Refusal` that says why there is none: unknown (with the nearest names), or a
name that several share (with what to write instead). What may be done with the thing is not asked here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from syncsvc.domain.errors import Refusal
from syncsvc.domain.records import Category, Cmdb, Field, HectorCategory, Stockroom
from syncsvc.domain.rules import Place, Ref
from syncsvc.domain.values import fold
from syncsvc.planning.check import ATTRIBUTE_PREFIXES, refusal

T = TypeVar("T")
LISTED = 12
"""How many names a hint lists where none is near."""


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a thing may be called by."""

    name: str
    names: tuple[str, ...] = ()
    id: str = ""
    number: int | None = None

    def answers_to(self, ref: Ref) -> bool:
        if ref.name is not None:
            return fold(ref.name) in {fold(name) for name in (self.name, *self.names)} - {""}
        if ref.number is not None:
            return self.number == ref.number
        return fold(self.id) == fold(ref.id)

    @property
    def unmistakable(self) -> str:
        """How the rules can say it where the name is shared."""
        return f"{{number: {self.number}}}" if self.number is not None else f"{{id: {self.id}}}"


def find_cmdb(ref: Ref, cmdbs: Sequence[Cmdb]) -> Cmdb | Refusal:
    """Find a CMDB."""
    return _find(ref, cmdbs, lambda it: _Identity(it.name, it.names, it.id), owner="C2", what="CMDB", path=str(ref))


def find_category(ref: Ref, categories: Sequence[Category], *, cmdb: str = "") -> Category | Refusal:
    """Find a category among those of one CMDB; ``cmdb`` names it for the refusal."""
    path = f"{cmdb} / {ref}" if cmdb else str(ref)
    owner = f"C2's “{cmdb}”" if cmdb else "C2"
    return _find(ref, categories, lambda it: _Identity(it.name, it.names, it.id), owner=owner, what="category", path=path)


def find_hector_category(ref: Ref, categories: Sequence[HectorCategory], *, path: str = "") -> HectorCategory | Refusal:
    """Find a Hector category; its number and its id are the same."""
    return _find(ref, categories, _numbered, owner="Hector", what="category", path=path or str(ref))


def find_stockroom(ref: Ref, stockrooms: Sequence[Stockroom], *, path: str = "") -> Stockroom | Refusal:
    """Find a stockroom; its number and its id are the same."""
    return _find(ref, stockrooms, _numbered, owner="Hector", what="stockroom", path=path or str(ref))


def find_c2_field(ref: Ref, fields: Sequence[Field], *, path: str = "") -> Field | Refusal:
    """Find a field of a C2 category: custom ones by number too, system ones by ``{id: Name}``."""
    fields = sorted(fields, key=lambda field: not field.is_custom)  # what hints list first
    return _find(
        ref, fields, lambda it: _Identity(it.name, it.names, it.key, it.number), owner="The C2 category", what="field", path=path
    )


def find_hector_field(written: str, place: Place, fields: Sequence[Field], *, path: str = "") -> Field | Refusal:
    """Find a Hector field by its path in the rules, case ignored; an attribute by its name, or by its id."""
    named = [field for field in fields if fold(written) in {fold(field.name), *map(fold, field.names)}]
    found = named if len(named) == 1 else [field for field in fields if fold(field.key) == fold(written)] or named
    if len(found) == 1:
        return found[0]
    if found:
        ways = " or ".join(f"“{field.key}”" for field in found)
        message = f"{len(found)} fields of the Hector category are called “{written}”."
        return refusal(message, place, path, hint=f"Write {ways}, or give them different names in Hector.")
    alike = [field.name for field in fields if _prefix(field.name) == _prefix(written)]
    message = f"The Hector category has no field “{written}”."
    return refusal(message, place, path, hint=_nearest(written, alike or [field.name for field in fields]))


def ref_to(thing: Cmdb | Category | HectorCategory | Stockroom | Field, things: Sequence[object]) -> Ref:
    """Give what the rules may call a thing among these: its name, or its number or id where others share the name."""
    own = _identity(thing)
    by_name = Ref(name=own.name)
    if own.name.strip() and sum(_identity(other).answers_to(by_name) for other in things) == 1:
        return by_name
    return Ref(number=own.number) if own.number is not None else Ref(id=own.id)


def path_to(field: Field, fields: Sequence[Field]) -> str:
    """Give what the rules may call a Hector field among these: its path, or its key where others share the name."""
    is_named = bool(field.name.removeprefix(_prefix(field.name)).strip())
    return field.name if is_named and find_hector_field(field.name, Place(), fields) is field else field.key


def _identity(thing: object) -> _Identity:
    match thing:
        case Field():
            return _Identity(thing.name, thing.names, thing.key, thing.number)
        case Cmdb() | Category():
            return _Identity(thing.name, thing.names, thing.id)
        case HectorCategory() | Stockroom():
            return _numbered(thing)
    raise TypeError(f"{thing!r} has no name in the rules")


def _numbered(thing: HectorCategory | Stockroom) -> _Identity:
    return _Identity(thing.name, (), str(thing.id), thing.id)


def _prefix(path: str) -> str:
    folded = fold(path)
    return next((prefix for prefix in ATTRIBUTE_PREFIXES if folded.startswith(prefix)), "")


def _find(ref: Ref, things: Sequence[T], identity: Callable[[T], _Identity], *, owner: str, what: str, path: str) -> T | Refusal:
    found = [thing for thing in things if identity(thing).answers_to(ref)]
    if len(found) == 1:
        return found[0]
    if found:
        ways = " or ".join(identity(thing).unmistakable for thing in found)
        message = f"{owner} has {len(found)} {_plural(what)} called “{ref}”."
        return refusal(message, ref.place, path, hint=f"Write {ways} instead of the name.")
    names = [identity(thing).name for thing in things]
    if ref.name is None:
        ways = ", ".join(f"{identity(thing).unmistakable} ({identity(thing).name})" for thing in things[:LISTED])
        return refusal(f"{owner} has no {what} with the {ref}.", ref.place, path, hint=f"There are: {ways}." if ways else "")
    near = _nearest(ref.name, names, [name for thing in things for name in identity(thing).names])
    return refusal(f"{owner} has no {what} called “{ref.name}”.", ref.place, path, hint=near)


def _plural(what: str) -> str:
    return what.removesuffix("y") + "ies" if what.endswith("y") else what + "s"


def _nearest(written: str, names: Sequence[str], in_other_languages: Sequence[str] = ()) -> str:
    """Give the names that look like what was written, in any language; where none does, list each thing once."""
    offered = {fold(name): name for name in (*names, *in_other_languages) if name}
    near = difflib.get_close_matches(fold(written), offered, n=3, cutoff=0.5)
    if near:
        return "The nearest are: " + ", ".join(f"“{offered[name]}”" for name in near) + "."
    each = list({fold(name): name for name in names if name}.values())
    listed = ", ".join(f"“{name}”" for name in each[:LISTED])
    return f"There are: {listed}{' …' if len(each) > LISTED else ''}." if listed else "There is none at all."
