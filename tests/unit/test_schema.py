from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML
from rules_samples import GOOD, category

from syncsvc.domain.errors import RulesError
from syncsvc.domain.rules import Direction
from syncsvc.rules_file import load_rules, read_rules, schema
from syncsvc.rules_file.keys import DIRECTIONS
from syncsvc.shipped import shipped


def _faults(text: str) -> list[str]:
    document = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in Draft7Validator(schema()).iter_errors(document)]


def _records(node: Any) -> Iterator[dict[str, Any]]:
    """Give every object that the schema describes, however deep."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for inner in node.values():
            yield from _records(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _records(inner)


def test_the_shipped_schema_is_the_one_that_the_code_makes() -> None:
    stored = shipped("config/sync.schema.json").read_text(encoding="utf-8")
    assert json.loads(stored) == schema(), "run: make schema"


def test_the_schema_is_a_valid_schema() -> None:
    Draft7Validator.check_schema(schema())


def test_the_example_file_keeps_the_schema_and_loads() -> None:
    path = shipped("config/sync.example.yaml")
    assert _faults(path.read_text(encoding="utf-8")) == []
    rules = load_rules(path)
    assert [str(one.category) for one in rules.categories] == [
        "Portables",
        "Écrans",
        "Imprimantes",
        "Téléphones",
        "Réseau",
        "Véhicules",
    ]
    assert {one.direction for one in rules.categories} == {Direction.TO_HECTOR, Direction.TO_C2, Direction.BOTH}


def test_the_example_names_the_schema_for_editors() -> None:
    first = shipped("config/sync.example.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=sync.schema.json"
    assert (shipped("config/sync.example.yaml").parent / "sync.schema.json").is_file()


def test_no_record_takes_unknown_keys_and_every_key_is_described() -> None:
    records = list(_records(schema()))
    assert len(records) > 8
    for record in records:
        assert record["additionalProperties"] is False
        assert all(
            key["description"].endswith(".") or key["description"].endswith("none.") for key in record["properties"].values()
        )


def test_editors_offer_every_way_to_write_a_direction() -> None:
    rules = schema()["properties"]["cmdbs"]["items"]["properties"]["categories"]["items"]["properties"]
    assert rules["direction"]["enum"] == list(DIRECTIONS)


HEAD = "hector_category: L\ndirection: →\n"
FIELDS = "fields: [{c2: A, hector: subcategory.maker}]\n"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "cmdbs: []\n",
        "cmdbs: []\nguards: {max_missing_percent: null, max_change_percent: 0, max_cleared_percent: 100, max_creates: 0}\n",
        "cmdbs: []\nguards: {max_missing_percent: 101}\n",
        "cmdbs: []\nguards: {max_creates: 1.5}\n",
        "cmdbs: []\nguards: {max_creates: -1}\n",
        "cmdbs: []\nguards: {max_create: 1}\n",
        "cmdbs: []\nschedule: {daily_at: '24:00'}\n",
        "cmdbs: []\nschedule: {daily_at: '9:00', full_on: sunday, catch_up: true}\n",
        "cmdbs: []\nschedule: {full_on: Sunday}\n",
        "cmdbs: []\nschedule: {full_on: null}\n",
        "cmdbs: []\nschedule: {catch_up: 'true'}\n",
        "cmdbs: []\nnotify_if_error: a@x\n",
        "cmdbs: []\nnotify_if_error: [a@x, b@x]\n",
        "cmdbs: []\nnotify_if_error: null\n",
        "cmdbs: []\nnotify_if_error: [a]\n",
        "cmdbs: []\nlanguage: en\n",
        "cmdbs: []\nlanguage: de\n",
        "cmdbs: []\nlanguage: null\n",
        "cmdbs: []\ndefault_stockroom: {id: 12}\n",
        "cmdbs: []\ndefault_stockroom: {number: 12}\n",
        "cmdbs: []\ndefault_stockroom: {number: '12'}\n",
        "cmdbs: []\ndefault_stockroom: {number: 1, id: x}\n",
        "cmdbs: []\ndefault_stockroom: {}\n",
        "cmdbs: []\ndefault_stockroom: 12\n",
        "cmdbs: []\ndefault_stockroom: ''\n",
        "cmdbs: []\nignore_values: [0, '1', x]\n",
        "cmdbs: []\nignore_values: [true]\n",
        "cmdbs: []\nignore_values: x\n",
        "{}\n",
        "cmdbs: {}\n",
        "cmdbs: null\n",
        "cmdbs: [{cmdb: X}]\n",
        "cmdbs: [{categories: []}]\n",
        category(HEAD + FIELDS),
        category(HEAD + FIELDS + "match_on: none\n"),
        category(HEAD + FIELDS + "match_on: A\n"),
        category(HEAD + FIELDS + "match_on: [A]\n"),
        category(HEAD + FIELDS + "match_on: []\n"),
        category(HEAD + FIELDS + "match_on: null\n"),
        category(HEAD + FIELDS + "create: none\n"),
        category(HEAD + FIELDS + "create: never\n"),
        category(HEAD + FIELDS + "stockroom: null\n"),
        category(HEAD + FIELDS + "when_ci_inactive: deactivate\n"),
        category(HEAD.replace("→", "←") + FIELDS + "when_asset_retired: deactivate\n"),
        category(HEAD + FIELDS + "on_conflict: newest\n"),
        category(HEAD + "fields: [{c2: A, hector: subcategory.maker}, {c2: B, hector: asset.attributes.X y.z}]\n"),
        category(HEAD + "fields: [{c2: A, hector: subcategory.maker}, {c2: B, hector: asset.unknown}]\n"),
        category(HEAD + "fields: [{c2: A}]\n"),
        category("hector_category: L\n"),
        category("direction: none\n"),
        category("direction: None\n"),
    ],
)
def test_schema_and_loader_agree(text: str) -> None:
    try:
        read_rules(text.encode())
    except RulesError:
        assert _faults(text)
    else:
        assert _faults(text) == []


def test_shipped_files_are_found_in_a_wheel_first(tmp_path: Path) -> None:
    package = tmp_path / "syncsvc"
    for root in (package / "_shipped", tmp_path):
        (root / "config").mkdir(parents=True)
        (root / "config" / "a.yaml").touch()
    (tmp_path / "config" / "b.yaml").touch()
    assert shipped("config/a.yaml", package=package) == package / "_shipped" / "config" / "a.yaml"
    assert shipped("config/b.yaml", package=package) == tmp_path / "config" / "b.yaml"
    with pytest.raises(FileNotFoundError, match=r"“config/c\.yaml” is not shipped"):
        shipped("config/c.yaml", package=package)
