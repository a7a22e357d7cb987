"""Every text that the program's code can say in some place, read off the source: what is said tomorrow is found as well.

A text is followed through the code as far as it is made there: f-strings, either branch of a condition, local names, what a
function of the module returns, and what its callers hand it. Where a value comes from elsewhere a mark stands for it, so that a
test can see whether a translation lets it through.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import syncsvc

ROOT = Path(syncsvc.__file__).parent
Choices = Mapping[str, bool]
"""Which way the conditions went on the way to a text: one that is asked twice is answered in the same way."""


@dataclass(frozen=True)
class Said:
    """One text, and where in the code it is made."""

    text: str
    place: str
    marks: frozenset[str] = field(default=frozenset(), compare=False)
    """What stands for values in it."""


@dataclass
class Module:
    """One module of the program, whose texts are asked for."""

    path: Path
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """For values that come from elsewhere and are sentences themselves: by how the code calls them."""

    @cached_property
    def tree(self) -> ast.Module:
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                child.up = node  # type: ignore[attr-defined]
        return tree

    def handed_to(self, names: Iterable[str], place: int, keyword: str = "", *, inside: str = "") -> Iterator[Said]:
        """Give what calls of these names get as their argument in this place, or by this keyword; ``inside`` one function."""
        wanted = set(names)
        for node in ast.walk(self._functions[inside] if inside else self.tree):
            if isinstance(node, ast.Call) and _called(node) in wanted:
                yield from self.said_by(_argument(node, place, keyword))

    def given_by(self, *names: str) -> Iterator[Said]:
        """Give what these functions return or yield."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Yield | ast.Return) and getattr(_around(node), "name", None) in names:
                yield from self.said_by(node.value)

    def said_by(self, node: ast.expr | None) -> Iterator[Said]:
        """Give every text that an expression may be, empty ones left out."""
        if node is not None:
            for text, _ in self._texts(node, {}, frozenset()):
                if text.strip("‹›") and not _is_mark(text):
                    yield Said(text, f"{self.path.relative_to(ROOT)}:{node.lineno}", frozenset(_marks(text)))

    def _texts(self, node: ast.expr, chosen: Choices, busy: frozenset[ast.expr]) -> Iterator[tuple[str, Choices]]:
        match node:
            case ast.Constant(str() as text):
                yield text, chosen
            case ast.JoinedStr():
                yield from self._joined(node.values, chosen, busy)
            case ast.BinOp(op=ast.Add()):
                yield from self._joined([node.left, node.right], chosen, busy)
            case ast.IfExp():
                yield from self._either(node, chosen, busy)
            case ast.Name(id=name) if name not in self.stand_ins:
                yield from self._any_of(self._sources(node), node, chosen, busy)
            case _ if parts := self._parts(node):
                yield from self._any_of(parts, node, chosen, busy)
            case _:
                yield self.stand_ins.get(ast.unparse(node), _mark(node)), chosen

    def _parts(self, node: ast.expr) -> list[ast.expr]:
        """Give the expressions of which one is what this one says."""
        match node:
            case ast.FormattedValue(value=value):
                return [value]
            case ast.BoolOp(op=ast.Or(), values=values):
                return values
            case ast.Subscript(value=ast.Dict(values=values)):
                return values
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                return [*_returned(self._functions[name])]
        return []

    def _any_of(
        self, sources: Iterable[ast.expr], node: ast.expr, chosen: Choices, busy: frozenset[ast.expr]
    ) -> Iterator[tuple[str, Choices]]:
        """Give the texts of each, but for one that is being followed already: a text that is made of what it was before."""
        waiting = [source for source in sources if source not in busy]
        if not waiting:
            yield _mark(node), chosen
        for source in waiting:
            yield from self._texts(source, chosen, busy | {source})

    def _joined(self, parts: list[ast.expr], chosen: Choices, busy: frozenset[ast.expr]) -> Iterator[tuple[str, Choices]]:
        if not parts:
            yield "", chosen
            return
        for head, so_far in self._texts(parts[0], chosen, busy):
            for tail, in_the_end in self._joined(parts[1:], so_far, busy):
                yield head + tail, in_the_end

    def _either(self, node: ast.IfExp, chosen: Choices, busy: frozenset[ast.expr]) -> Iterator[tuple[str, Choices]]:
        asked = ast.unparse(node.test)
        for answer, branch in ((True, node.body), (False, node.orelse)):
            if chosen.get(asked, answer) is answer:
                yield from self._texts(branch, {**chosen, asked: answer}, busy)

    def _sources(self, node: ast.Name) -> list[ast.expr]:
        """Give what a name may stand for: set in its function, or handed to it, or else set in the module."""
        function = _around(node)
        if function is None:
            return [*_assigned(self.tree, node.id)]
        here = [*_assigned(function, node.id), *self._handed(function, node.id)]
        return here or [*_assigned(self.tree, node.id)]

    def _handed(self, function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
        """Give what the calls in this module hand to one parameter of a function."""
        names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        keywords = [arg.arg for arg in function.args.kwonlyargs]
        if name not in names and name not in keywords:
            return
        place = (names.index(name) - (names[0] in {"self", "cls"})) if name in names else 99
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _called(node) == function.name:
                argument = _argument(node, place, name)
                if argument is not None:
                    yield argument

    @cached_property
    def _functions(self) -> dict[str, ast.FunctionDef]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}


def modules(*packages: str, stand_ins: Mapping[str, str] | None = None) -> list[Module]:
    """Give the modules right inside these packages, or at these paths."""
    found = [
        path for name in packages for path in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).glob("*.py")))
    ]
    return [Module(path, stand_ins or {}) for path in found]


def _mark(node: ast.expr) -> str:
    return f"‹{re.sub(r'[^0-9A-Za-z]+', '_', ast.unparse(node))}›"


def _is_mark(text: str) -> bool:
    return text.startswith("‹") and text.count("‹") == 1 and text.endswith("›")


def _marks(text: str) -> Iterator[str]:
    for part in text.split("‹")[1:]:
        yield part.partition("›")[0]


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _argument(call: ast.Call, place: int, keyword: str) -> ast.expr | None:
    by_name = [word.value for word in call.keywords if keyword and word.arg == keyword]
    return by_name[0] if by_name else call.args[place] if place < len(call.args) else None


def _around(node: ast.AST) -> ast.FunctionDef | None:
    """Give the function that a node stands in."""
    while not isinstance(node, ast.FunctionDef):
        node = getattr(node, "up", None)  # type: ignore[assignment]
        if node is None:
            return None
    return node


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def _assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """Give what a name is set to in a function, or in the module outside of every function."""
    for node in ast.walk(scope):
        if _around(node) is not (scope if isinstance(scope, ast.FunctionDef) else None):
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _part(target, node.value, name)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            if not hasattr(node, "longer"):  # made once, so that whoever follows it knows it again
                node.longer = ast.copy_location(ast.BinOp(ast.Name(name), ast.Add(), node.value), node)  # type: ignore[attr-defined]
                node.longer.left.up = node  # type: ignore[attr-defined]
            yield node.longer  # type: ignore[attr-defined]


def _part(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    """Give the part of a value that one name of a target gets."""
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple) and name in {getattr(it, "id", "") for it in target.elts}:
        place = [getattr(it, "id", "") for it in target.elts].index(name)
        if isinstance(value, ast.Tuple):
            yield value.elts[place]
        elif isinstance(value, ast.IfExp) and isinstance(value.body, ast.Tuple) and isinstance(value.orelse, ast.Tuple):
            yield ast.copy_location(ast.IfExp(value.test, value.body.elts[place], value.orelse.elts[place]), value)
