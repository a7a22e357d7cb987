"""Rules files that a person, an editor or a bad day may leave: rules come out, or refusals with a place, and nothing else."""

from __future__ import annotations

import copy
import io
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from syncsvc.domain.errors import RulesError
from syncsvc.domain.rules import Rules
from syncsvc.rules_file import read_rules
from syncsvc.shipped import shipped

EXAMPLE = shipped("config/sync.example.yaml").read_text(encoding="utf-8")
TREE = YAML(typ="safe", pure=True).load(EXAMPLE)
LINES = EXAMPLE.splitlines(keepends=True)
KEYS = [
    *("language", "schedule", "daily_at", "time_zone", "full_on", "catch_up", "notify_if_error", "default_stockroom", "guards"),
    *(
        "max_missing_percent",
        "max_creates",
        "cmdbs",
        "cmdb",
        "categories",
        "category",
        "hector_category",
        "direction",
        "match_on",
    ),
    *("create", "stockroom", "on_conflict", "when_ci_inactive", "fields", "c2", "hector", "ignore_values", "number", "id", "<<"),
]
WORDS = [
    "→",
    "⇄",
    "none",
    "both",
    "hold",
    "newest",
    "fr",
    "21:00",
    "friday",
    "America/Toronto",
    "subcategory.maker",
    "asset.",
    "~",
    "",
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
    | st.binary(max_size=4)
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)
whole = st.fixed_dictionaries(
    {
        "cmdbs": st.lists(st.fixed_dictionaries({"cmdb": trees, "categories": st.lists(trees, max_size=3) | trees}), max_size=2)
        | trees
    },
    optional=dict.fromkeys(KEYS[:9], trees),
)


def read(content: bytes) -> Rules | RulesError:
    """Give what comes out; a refusal must stand somewhere in the file, and say something."""
    try:
        return read_rules(content, "sync.yaml")
    except RulesError as raised:
        error = raised
    count = content.count(b"\n") + content.count(b"\r") + content.count("\u2028".encode()) + content.count("\u2029".encode()) + 2
    count += content.count("\x85".encode())
    assert error.refusals
    for refusal in error.refusals:
        assert refusal.message
        assert 1 <= refusal.line <= count
        assert refusal.column >= 1
    return error


few = settings(max_examples=settings.default.max_examples // 2)
"""For what reads the whole example: that takes a twentieth of a second."""


def written(tree: Any) -> bytes:
    out = io.BytesIO()
    YAML(typ="safe", pure=True).dump(tree, out)
    return out.getvalue()


@given(trees.filter(lambda tree: not isinstance(tree, bytes)) | whole)  # ruamel cannot write a file that is binary as a whole
def test_any_tree_is_rules_or_refusals_with_a_place(tree: Any) -> None:
    found = read(written(tree))
    if isinstance(found, Rules):
        assert isinstance(tree, dict)
        assert "cmdbs" in tree


@few
@given(st.integers(0, 2**32))
def test_the_example_with_lines_lost_doubled_moved_and_indented_is_rules_or_refusals(seed: int) -> None:
    dice = random.Random(seed)
    lines = list(LINES)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(lines))
        match dice.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                lines.insert(dice.randrange(len(lines)), lines.pop(at))
            case 3:
                lines[at] = dice.choice(["  ", " ", "\t", "- ", "? ", "#"]) + lines[at]
            case 4:
                lines[at] = lines[at].lstrip(" ")
            case _:
                other = dice.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
    read("".join(lines).encode())


@few
@given(st.integers(0, len(EXAMPLE) - 1), st.integers(0, 30), st.text(max_size=12) | st.sampled_from(KEYS + WORDS))
@example(0, 0, "\ufeff")
@example(0, 0, "&a [*a]\n")
@example(len(EXAMPLE) - 1, 0, "\n...\n---\na: b\n")
def test_the_example_with_a_piece_replaced_is_rules_or_refusals(start: int, length: int, put: str) -> None:
    read((EXAMPLE[:start] + put + EXAMPLE[start + length :]).encode("utf-8", "surrogatepass"))


@few
@given(st.sampled_from(KEYS), trees)
def test_the_example_with_a_value_replaced_is_rules_or_refusals(key: str, value: Any) -> None:
    tree = copy.deepcopy(TREE)
    _replace_first(tree, key, value)
    read(written(tree))


def _replace_first(node: Any, key: str, value: Any) -> bool:
    if isinstance(node, dict):
        if key in node:
            node[key] = value
            return True
        return any(_replace_first(inner, key, value) for inner in node.values())
    return isinstance(node, list) and any(_replace_first(inner, key, value) for inner in node)


@pytest.mark.parametrize("depth", [1, 50, 1000, 5000])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "&a [", "? "])
def test_nesting_ends_in_refusals(opening: str, depth: int) -> None:
    assert isinstance(read((opening * depth).encode()), RulesError)


def test_aliases_that_multiply_end_in_refusals() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 12)]
    assert isinstance(read("\n".join(layers).encode()), RulesError)
