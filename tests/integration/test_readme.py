"""README and docs name what there is: commands, settings, keys of the rules, kinds of errors, each other."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel, SecretStr

from syncsvc.cli import explain
from syncsvc.cli.commands import app
from syncsvc.cli.errors import ExitCode
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.rules import IGNORED_VALUES
from syncsvc.planning.check import ATTRIBUTE_PREFIXES, HECTOR_PATHS
from syncsvc.planning.field_story import Changed, Rest
from syncsvc.planning.standing import Standing
from syncsvc.rules_file import read_rules, schema
from syncsvc.rules_file.keys import DIRECTIONS
from syncsvc.settings.model import Settings, variable
from syncsvc.settings.names import members_of
from syncsvc.shipped import shipped

ROOT = shipped("README.md").parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
TOLD = [*PAGES, ROOT / "config" / "sync.example.yaml", ROOT / "config" / ".env.example"]
NOT_YET = "## Not there yet"

_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`|“[^”\n]+”|\"[^\"\n]+\"", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"(?<![\w.…-])syncsvc((?: +--[a-z-]+| +[a-z][\w-]*)(?: +--[a-z-]+| +[\w.…-]+)*)")


def _text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def _commands(text: str) -> Iterator[str]:
    """Give what follows ``syncsvc`` in everything that is written as code."""
    for code in _CODE.findall(text):
        yield from (found.strip() for found in _COMMAND.findall(code))


def _lacking(words: str) -> str:
    """Give the first word of a command line that the program does not know; empty: it knows it all."""
    program: Any = typer.main.get_command(app)
    at = program
    for word in words.split():
        if word.startswith("--"):
            if word not in {option for parameter in at.params for option in parameter.opts} | {"--help"}:
                return word
        elif word in getattr(at, "commands", {}):
            at = at.commands[word]
        elif hasattr(at, "commands") and (at is program or not at.invoke_without_command):
            return word
    return ""


def _keys(node: Any) -> Iterator[str]:
    """Give every key of the rules that a schema describes."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield from node["properties"]
        for inner in node.values():
            yield from _keys(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _keys(inner)


def _rows(text: str) -> set[str]:
    """Give everything that the first columns of a page's tables hold as code."""
    firsts = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    return {code for first in firsts for code in re.findall(r"`([^`]+)`", first)}


def _settings(model: type[BaseModel], *parents: str) -> Iterator[tuple[str, str]]:
    """Give every variable with its default as people write it; empty where it has none."""
    for name, field in model.model_fields.items():
        path = (*parents, field.alias or name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _settings(field.annotation, *path)
            continue
        if (members := members_of(field)) is not None:
            yield from ((variable(*path, member), "") for member in members)
            continue
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        yield variable(*path), str(default).lower() if isinstance(default, bool) else str(default or "")


# -- commands ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.name)
def test_every_command_that_is_told_exists_or_is_said_not_to_be_there_yet(page: Path) -> None:
    not_yet = {command.split()[0] for command in _promised()} | {" ".join(command.split()[:2]) for command in _promised()}
    lacking = {command: _lacking(command) for command in _commands(page.read_text(encoding="utf-8"))}
    unknown = [command for command, word in lacking.items() if word and not {word, " ".join(command.split()[:2])} & not_yet]

    assert unknown == []


def test_what_is_not_there_yet_is_not_there() -> None:
    there = [command for command in _promised() if not _lacking(command)]

    assert there == [], f"these have come: strike them from “{NOT_YET}” in README.md, and look for “not yet” in docs/"


def test_the_readme_shows_the_way_from_the_settings_to_what_happened() -> None:
    told = {command.split()[0] for command in _commands(README.read_text(encoding="utf-8").partition(NOT_YET)[0])}

    assert {"sandbox", "rules", "plan", "sync", "runs", "errors", "changes", "links", "conflicts", "log"} <= told


def _promised() -> list[str]:
    return list(_commands(README.read_text(encoding="utf-8").partition(NOT_YET)[2]))


# -- settings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.name)
def test_every_variable_that_is_told_exists(page: Path) -> None:
    told = set(re.findall(r"\bSYNCSVC_[A-Z0-9_]*[A-Z0-9]\b(?!_*…)", page.read_text(encoding="utf-8")))
    misspelt = {"SYNCSVC_C2__PASWORD"}  # in an example of what a misspelling gives

    assert told - dict(_settings(Settings)).keys() - misspelt == set()


def test_every_variable_is_told_with_its_default() -> None:
    text = _text("operations.md")
    rows = [line for line in text.splitlines() if line.startswith("| `SYNCSVC_")]

    for name, default in _settings(Settings):
        group, is_name, _ = name.partition("NAMES__")  # of these there are dozens, all alike
        assert f"`{group}{is_name}" in text if is_name else f"`{name}`" in text
        assert not default or any(f"`{name}`" in row and re.search(rf"[ `]{re.escape(default)}[ `,]", row) for row in rows), name


# -- rules, errors, codes ------------------------------------------------------------------------------------------------


def test_every_key_of_the_rules_is_listed_and_no_other() -> None:
    rows = _rows(_text("rules.md"))
    keys = set(_keys(schema())) - {"number", "id", "name"}  # told under Names

    assert keys - rows == set()
    looks_like_a_key = {row for row in rows if re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", row)}
    assert looks_like_a_key - keys == {"none"}


def test_every_hector_field_and_every_way_to_write_a_direction_is_listed() -> None:
    text = _text("rules.md")

    assert [
        path for path in (*HECTOR_PATHS, *(prefix + "NAME" for prefix in ATTRIBUTE_PREFIXES)) if f"`{path}`" not in text
    ] == []
    assert [word for word in DIRECTIONS if f"`{word}`" not in text] == []
    assert [value for value in IGNORED_VALUES if f"`{value}`" not in text] == []


def test_the_rules_that_are_shown_can_be_read() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", _text("rules.md"), re.DOTALL)

    assert len(read_rules(example.encode()).categories) == 1


def test_every_member_and_every_code_of_a_story_is_explained() -> None:
    page = _text("operations.md")
    told = set(re.findall(r"`(\w+)`", page[page.index("## Why does this record") : page.index("## Statuses of a run")]))
    members = {name for function in (explain._as_json, explain._field) for name in _members_made_by(function)}
    assert members | {code.value for code in (*Standing, *Rest, *Changed)} <= told


def _members_made_by(function: Callable[..., Any]) -> set[str]:
    return set(re.findall(r'^ +"(\w+)": ', inspect.getsource(function), re.MULTILINE))


def test_every_kind_of_error_status_and_exit_code_is_explained() -> None:
    rows = _rows(_text("operations.md"))
    codes = {code.value for code in ExitCode}

    assert {kind.value for kind in ErrorKind} | {status.value for status in RunStatus} <= rows
    for page in (README, ROOT / "docs" / "operations.md"):
        assert {int(code) for code in re.findall(r"^\| (\d) \|", page.read_text(encoding="utf-8"), re.MULTILINE)} == codes


# -- each other ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_file(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {title.lower().replace("`", "").replace(" ", "-") for title in titles}, target


def test_every_path_of_the_code_that_the_readme_names_is_there() -> None:
    tree = re.search(r"```text\nsyncsvc/\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert tree is not None
    named = re.findall(r"^(  )?([\w.]+(?:/|\.py))", tree[1], re.MULTILINE)

    assert len(named) > 8
    for inside, name in named:
        assert (ROOT / ("syncsvc" if inside else "") / name).exists(), name
    for name in re.findall(r"`((?:cli|bootstrap|engine|planning)/\w+\.py)`", README.read_text(encoding="utf-8")):
        assert (ROOT / "syncsvc" / name).is_file(), name
