from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rules_samples import GOOD, category, marked, only, place_of, read, refused

from syncsvc.domain.errors import RulesError
from syncsvc.domain.rules import (
    IGNORED_VALUES,
    ConflictPolicy,
    Direction,
    Guards,
    Ref,
    Schedule,
    WhenInactive,
    WhenRetired,
)
from syncsvc.rules_file import MAX_BYTES, load_rules, read_rules

FIELDS = "fields: [{c2: Fabricant, hector: subcategory.maker}]\n"
HEAD = "hector_category: Laptops\n"


# -- what a good file says -----------------------------------------------------------------------------------------------


def test_every_key_reaches_the_rules() -> None:
    rules = read("""
language: en
schedule: {daily_at: "6:05", time_zone: Europe/Paris, full_on: friday, catch_up: false}
notify_if_error: [a@example.org, b@example.org]
default_stockroom: {id: 3}
guards: {max_missing_percent: 5, max_creates: 100}
ignore_values: [illisible]
cmdbs:
  - cmdb: {name: Inventaire}
    categories:
      - category: {id: 0f8fad5b-d9cb-469f-a165-70867728950e}
        hector_category: {number: 12}
        direction: both
        match_on: [{number: 7}, Étiquette]
        create: to_hector
        stockroom: École A
        on_conflict: newest
        when_ci_inactive: retire
        when_asset_retired: deactivate
        guards: {max_missing_percent: null, max_change_percent: 7.5}
        ignore_values: [0000, sans]
        fields:
          - {c2: {number: 7}, hector: asset.attributes.Serial number, direction: ->}
          - {c2: Étiquette, hector: subcategory.maker, on_conflict: c2}
""")
    assert rules.language == "en"
    assert rules.schedule == Schedule("06:05", "Europe/Paris", "friday", catch_up=False)
    assert rules.notify_if_error == ("a@example.org", "b@example.org")
    assert rules.default_stockroom is not None
    assert rules.default_stockroom.id == "3"
    (one,) = rules.categories
    assert (one.cmdb.name, one.category.id) == ("Inventaire", "0f8fad5b-d9cb-469f-a165-70867728950e")
    assert one.hector_category is not None
    assert one.hector_category.number == 12
    assert (one.direction, one.create) == (Direction.BOTH, Direction.TO_HECTOR)
    assert [(ref.number, ref.name) for ref in one.match_on or ()] == [(7, None), (None, "Étiquette")]
    assert one.stockroom is not None
    assert one.stockroom.name == "École A"
    assert one.on_conflict is ConflictPolicy.NEWEST
    assert one.when_ci_inactive is WhenInactive.RETIRE
    assert one.when_asset_retired is WhenRetired.DEACTIVATE
    assert one.guards == Guards(None, 7.5, 20, 100)
    assert one.ignore_values == (*IGNORED_VALUES, "illisible", "0000", "sans")
    assert [(f.direction, f.on_conflict) for f in one.fields] == [(Direction.TO_HECTOR, None), (None, ConflictPolicy.C2)]


def test_what_is_left_out_has_its_default() -> None:
    rules = read(category(HEAD + "direction: →\n" + FIELDS))
    (one,) = rules.categories
    assert (rules.language, rules.schedule, rules.notify_if_error, rules.default_stockroom) == ("fr", Schedule(), (), None)
    assert (one.match_on, one.create, one.stockroom, one.on_conflict) == (None, None, None, ConflictPolicy.HOLD)
    assert (one.when_ci_inactive, one.when_asset_retired) == (WhenInactive.KEEP, WhenRetired.KEEP)
    assert one.guards == Guards(10, 50, 20, None)
    assert one.ignore_values == IGNORED_VALUES
    assert rules.file == "sync.yaml"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("none", Direction.NONE),
        ("←", Direction.TO_C2),
        ("'→'", Direction.TO_HECTOR),
        ("⇄", Direction.BOTH),
        ("to_c2", Direction.TO_C2),
        ("to_hector", Direction.TO_HECTOR),
        ("both", Direction.BOTH),
        ("<-", Direction.TO_C2),
        ("->", Direction.TO_HECTOR),
        ("<->", Direction.BOTH),
    ],
)
def test_directions_are_written_in_many_ways(written: str, meant: Direction) -> None:
    assert read(category(HEAD + f"direction: {written}\n" + FIELDS)).categories[0].direction is meant


def test_match_on_none_is_not_the_same_as_no_match_on() -> None:
    assert read(category(HEAD + "direction: →\nmatch_on: none\n" + FIELDS)).categories[0].match_on == ()
    assert read(category(HEAD + "direction: →\n" + FIELDS)).categories[0].match_on is None


def test_a_single_name_may_stand_for_a_list_of_one() -> None:
    rules = read("notify_if_error: a@example.org\n" + category(HEAD + "direction: →\nmatch_on: fabricant\n" + FIELDS))
    assert rules.notify_if_error == ("a@example.org",)
    assert [ref.name for ref in rules.categories[0].match_on or ()] == ["fabricant"]


def test_ignored_values_can_replace_those_of_the_file_and_the_built_in_ones() -> None:
    body = HEAD + "direction: →\nignore_values: []\nignore_values_only: true\n" + FIELDS
    assert read("ignore_values: [x]\n" + category(body)).categories[0].ignore_values == ()
    file = "ignore_values: [x]\nignore_values_only: true\n" + category(HEAD + "direction: →\nignore_values: [y]\n" + FIELDS)
    assert read(file).categories[0].ignore_values == ("x", "y")


def test_words_that_yaml_once_took_for_booleans_are_names() -> None:
    rules = read(category(HEAD.replace("Laptops", "no") + "direction: →\n" + FIELDS, name="off"))
    assert str(rules.categories[0].category) == "off"
    assert str(rules.categories[0].hector_category) == "no"


def test_every_thing_knows_its_place() -> None:
    (one,) = read(GOOD).categories
    assert (one.place.line, one.place.column) == place_of(GOOD, "category: Portables")
    assert (one.cmdb.place.line, one.cmdb.place.column) == place_of(GOOD, "Inventaire")
    assert (one.fields[1].place.line, one.fields[1].place.column) == place_of(GOOD, "{c2: Série")
    assert (one.fields[1].c2.place.line, one.fields[1].c2.place.column) == place_of(GOOD, "Série, hector")
    assert (one.fields[1].hector_place.line, one.fields[1].hector_place.column) == place_of(GOOD, "asset.attributes")
    assert one.match_on is not None
    assert (one.match_on[0].place.line, one.match_on[0].place.column) == place_of(GOOD, "Série]")


def test_a_category_without_direction_needs_nothing_else() -> None:
    (one,) = read(
        category("direction: none\nmatch_on: [Z]\ncreate: →\nfields: [{c2: A, hector: asset.note, direction: ←}]")
    ).categories
    assert one.direction is Direction.NONE
    assert one.hector_category is None


# -- what is refused, and where ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says", "hint"),
    [
        ("«directoin: →", "“directoin” is no key of a category", "“direction”"),
        ("direction: →\nfields: [{c2: A, «hectr: asset.note}]", "“hectr” is no key of a field", "“hector”"),
        ("direction: →\nguards: {«max_change: 3}", "“max_change” is no key of the guards", "“max_change_percent”"),
        ("direction: «to_hectr", "“to_hectr” is none of the words", "“to_hector”"),
        ("direction: «no", "“no” is none of the words", "“none”"),
        ("«direction:", "There is no value here", "to_hector"),
        ("direction: →\non_conflict: «newst", "“newst” is none of the words", "“newest”"),
        ("direction: →\nwhen_ci_inactive: «retired", "“retired” is none", "“retire”"),
        ("direction: →\nfields: [{c2: A, hector: «subcategory.makr}]", "no field “subcategory.makr”", "subcategory.maker"),
        ("direction: →\nfields: [{c2: A, hector: «asset.attributes. }]", "no field “asset.attributes.”", "NAME"),
        ("direction: →\nfields: [{c2: A, hector: «asset.quite_different}]", "asset.quite_different", "asset.title"),
        ("direction: →\nmatch_on: «[]", "The list is empty", ""),
        ("direction: →\n«match_on:", "There is no value here", ""),
        ("direction: →\nstockroom: «{number: 1, id: 2}", "more or less than one key", "number, id and name"),
        ("direction: →\nstockroom: {«nummer: 1}", "“nummer” is no key of a name", "“number”"),
        ("direction: →\nstockroom: {number: «x}", "“x” is not possible", "whole number"),
        ("direction: →\nstockroom: «' '", "The text is empty", ""),
        ("direction: →\nstockroom: «[a]", "a list instead of the name of a stockroom", ""),
        ("direction: →\nfields: «{c2: A}", "a table of keys instead of a list", "- "),
        ("direction: →\nfields: [«A]", "“A” instead of a field", "c2, hector"),
        ("direction: →\nguards: {max_missing_percent: «101}", "“101” is not possible", "from 0 to 100"),
        ("direction: →\nguards: {max_missing_percent: «-1}", "“-1” is not possible", "from 0 to 100"),
        ("direction: →\nguards: {max_missing_percent: «.nan}", "“.nan” is not possible", ""),
        ("direction: →\nguards: {max_missing_percent: «0x1F}", "“0x1F” is not possible", ""),
        ("direction: →\nguards: {max_missing_percent: «10%}", "“10%” is not possible", ""),
        ("direction: →\nguards: {max_missing_percent: «true}", "“true” is not possible", ""),
        ("direction: →\nguards: {max_creates: «1.5}", "“1.5” is not possible", "whole number"),
        ("direction: →\nignore_values_only: «yes", "neither true nor false", ""),
        ("direction: →\nhector_category: «2024", "YAML reads 2024 as a number", '"2024"'),
        ("direction: →\nhector_category: «true", "YAML reads true as true or false", '"true"'),
    ],
)
def test_a_fault_is_refused_at_its_place_with_what_to_write(body: str, says: str, hint: str) -> None:
    text, place = marked(category(body))
    (found,) = [refusal for refusal in refused(text) if says in refusal.message]
    assert (found.line, found.column) == place
    assert hint in found.hint
    assert found.path.startswith("Inventaire / Portables")


@pytest.mark.parametrize(
    ("top", "says", "path"),
    [
        ("language: «de", "“de” is none of the words", "language"),
        ("language: «no", "“no” is none of the words", "language"),
        ("schedule: {daily_at: «25:00}", "“25:00” is no time of day", "schedule / daily_at"),
        ("schedule: {daily_at: «2100}", "YAML reads 2100 as a number", "schedule / daily_at"),
        ("schedule: {time_zone: «America/Toronot}", "no time zone “America/Toronot”", "schedule / time_zone"),
        ("schedule: {time_zone: «America}", "no time zone “America”", "schedule / time_zone"),
        ("schedule: {time_zone: «../../etc/passwd}", "no time zone", "schedule / time_zone"),
        ("schedule: {full_on: «fryday}", "“fryday” is none of the words", "schedule / full_on"),
        ("schedule: {catch_up: «on}", "neither true nor false", "schedule / catch_up"),
        ("notify_if_error: «nobody@", "“nobody@” is no e-mail address", "notify_if_error"),
        ("notify_if_error: [a@x, «'b@x, c@x']", "“b@x, c@x” is no e-mail address", "notify_if_error"),
        ("notify_if_error: «{a: b}", "a table of keys instead of an e-mail address", "notify_if_error"),
        ("guards: «[1]", "a list instead of the guards", "guards"),
        ("«shedule: {}", "“shedule” is no key of the rules", ""),
    ],
)
def test_a_fault_at_the_top_is_refused_at_its_place(top: str, says: str, path: str) -> None:
    text, place = marked(GOOD + top + "\n")
    found = only(text)
    assert (found.line, found.column) == place
    assert says in found.message
    assert found.path == path


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("direction: →\ncreate: «⇄\n", "goes further"),
        ("direction: ←\nwhen_ci_inactive: «retire\n", "would write Hector"),
        ("direction: →\nwhen_asset_retired: «deactivate\n", "would write C2"),
    ],
)
def test_what_a_key_says_is_refused_at_the_key(body: str, says: str) -> None:
    text, place = marked(category(HEAD + body + FIELDS))
    found = only(text)
    assert (found.line, found.column) == place
    assert says in found.message


@pytest.mark.parametrize("line", ["{c2: Écran«: 24 po, hector: asset.note}", "{c2: Écran, hector: asset.attributes.A«: b}"])
def test_a_colon_inside_a_name_asks_for_quotes(line: str) -> None:
    text, place = marked(category(f"{HEAD}direction: →\nfields:\n  - {line}\n"))
    found = only(text)
    assert (found.line, found.column) == place
    assert found.message == "A colon stands inside a name or a value."
    assert found.hint.startswith("Put the whole of it in quotes")


def test_every_fault_is_named_at_once_in_the_order_of_the_file() -> None:
    text = category("""\
        hector_category: Laptops
        direction: →
        create: ⇄
        mach_on: [Série]
        fields:
          - {c2: Fabricant, hector: subcategory.makr}
          - {c2: Série, hector: asset.note, direction: off}
          - {c2: Prix, hector: asset.title, direction: ←}
    """)
    found = refused("language: xx\n" + text)
    assert [refusal.line for refusal in found] == [1, 8, 9, 11, 12, 13]
    assert [refusal.path for refusal in found[2:]] == [
        "Inventaire / Portables",
        "Inventaire / Portables / Fabricant",
        "Inventaire / Portables / Série / direction",
        "Inventaire / Portables / Prix",
    ]


def test_the_error_reads_like_a_compiler_s() -> None:
    with pytest.raises(RulesError) as error:
        read(GOOD.replace("direction: ⇄", "direction: x"))
    assert str(error.value) == "sync.yaml:6:20: Inventaire / Portables / direction: “x” is none of the words possible here."


def test_a_misspelt_required_key_is_not_called_missing_too() -> None:
    assert "“categry” is no key" in only(GOOD.replace("- category:", "- categry:")).message
    assert "“direction” is missing" in only(GOOD.replace("        direction: ⇄\n", "")).message


# -- what contradicts itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            HEAD + "direction: →\nfields: [{c2: A, hector: subcategory.maker, direction: ←}]",
            "“A” says ←, but its category goes → only",
        ),
        (
            HEAD + "direction: ←\nfields: [{c2: A, hector: subcategory.maker, direction: ⇄}]",
            "“A” says ⇄, but its category goes ← only",
        ),
        (HEAD + "direction: →\ncreate: ←\n" + FIELDS, "“create: ←” goes further than the category's direction →"),
        (HEAD + "direction: ←\ncreate: ⇄\n" + FIELDS, "“create: ⇄” goes further than the category's direction ←"),
        (HEAD + "direction: →\nmatch_on: [Prix]\n" + FIELDS, "“match_on” names “Prix”, which no mapping"),
        ("direction: →\n" + FIELDS, "“hector_category” is missing"),
        (HEAD + "direction: →\nfields: [{c2: A, hector: asset.note}]", "None of Hector's maker, model and description"),
        (HEAD + "direction: →\nfields: [{c2: A, hector: subcategory.maker, direction: none}]", "None of Hector's maker, model"),
        (HEAD + "direction: →\n", "None of Hector's maker, model"),
    ],
)
def test_what_contradicts_itself_is_refused(body: str, says: str) -> None:
    assert says in only(category(body)).message


@pytest.mark.parametrize(
    ("direction", "fields", "says"),
    [
        ("→", "{c2: A, hector: asset.note}, {c2: B, hector: asset.note}", "“B” writes Hector's “asset.note”, which “A” writes"),
        (
            "←",
            "{c2: A, hector: asset.note}, {c2: a, hector: asset.title}",
            "“asset.title” writes C2's “a”, which “asset.note” writes",
        ),
        ("⇄", "{c2: A, hector: asset.note, direction: →}, {c2: B, hector: asset.note}", "“B” writes Hector's “asset.note”"),
        ("⇄", "{c2: A, hector: asset.note, direction: →}, {c2: A, hector: asset.note, direction: ←}", "tied twice"),
        ("←", "{c2: Name, hector: asset.note}, {c2: FrenchName, hector: asset.title}", "“asset.title” writes C2's “FrenchName”"),
        ("←", "{c2: EnglishName, hector: asset.note}, {c2: Name, hector: asset.title}", "“asset.title” writes C2's “Name”"),
    ],
)
def test_two_mappings_that_write_one_field_are_refused(direction: str, fields: str, says: str) -> None:
    body = f"direction: {direction}\nfields: [{{c2: K, hector: subcategory.maker}}, {fields}]\n"
    found = only(category(HEAD + body))
    assert says in found.message
    assert "(line 7)" in found.message


@pytest.mark.parametrize(
    "fields",
    [
        "{c2: A, hector: asset.note, direction: →}, {c2: A, hector: asset.title, direction: →}",
        "{c2: A, hector: asset.note, direction: ←}, {c2: B, hector: asset.note, direction: ←}",
        "{c2: A, hector: asset.note, direction: ←}, {c2: B, hector: asset.note, direction: →}",
        "{c2: A, hector: asset.note}, {c2: B, hector: asset.note, direction: none}",
        "{c2: FrenchName, hector: asset.note}, {c2: EnglishName, hector: asset.title}",
        "{c2: Name, hector: asset.note, direction: →}, {c2: FrenchName, hector: asset.title, direction: ←}",
    ],
)
def test_mappings_that_write_different_fields_are_welcome(fields: str) -> None:
    assert read(category(HEAD + f"direction: ⇄\nfields: [{{c2: K, hector: subcategory.maker}}, {fields}]\n"))


def test_two_names_of_one_place_are_told_to_be_so() -> None:
    fields = "{c2: K, hector: subcategory.maker}, {c2: Name, hector: asset.note}, {c2: FrenchName, hector: asset.title}"
    found = only(category(HEAD + f"direction: ←\nfields: [{fields}]\n"))
    assert found.hint.startswith("“Name” and “FrenchName” are stored in the same place.")
    fields = "{c2: K, hector: subcategory.maker}, {c2: A, hector: asset.note}, {c2: A, hector: asset.title}"
    assert "same place" not in only(category(HEAD + f"direction: ←\nfields: [{fields}]\n")).hint


@pytest.mark.parametrize("match_on", ["{number: 8}", "{id: 7}", "'7'"])
def test_match_on_is_written_as_its_mapping_is(match_on: str) -> None:
    body = HEAD + "direction: →\nmatch_on: [%s]\nfields: [{c2: {number: 7}, hector: subcategory.maker}]"
    assert read(category(body % "{number: 7}")).categories[0].match_on
    found = only(category(body % match_on))
    assert "which no mapping of the category has" in found.message
    assert found.hint == "Write it as its mapping does: {number: 7}."


def test_match_on_a_field_that_is_mapped_twice_is_refused() -> None:
    body = HEAD + "direction: →\nmatch_on: [A]\nfields: [{c2: A, hector: subcategory.maker}, {c2: A, hector: asset.note}]"
    assert "which 2 mappings have" in only(category(body)).message


def test_match_on_a_field_that_is_not_carried_over_is_welcome() -> None:
    body = (
        HEAD
        + "direction: →\nmatch_on: [A]\n"
        + "fields: [{c2: K, hector: subcategory.maker}, {c2: A, hector: asset.note, direction: none}]\n"
    )
    assert read(category(body)).categories[0].match_on


def _two(first: str, second: str, *, names: tuple[str, str] = ("A", "B"), more: tuple[str, str] = ("", "")) -> str:
    body = "\n        hector_category: Laptops\n        fields: [{c2: K, hector: subcategory.maker}"
    return "cmdbs:\n  - cmdb: X\n    categories:\n" + "\n".join(
        f"      - category: {name}{body}{field and ', ' + field}]\n        {text}"
        for name, text, field in zip(names, (first, second), more, strict=True)
    )


def test_a_category_that_stands_twice_is_refused() -> None:
    found = only(_two("direction: →", "direction: →", names=("Portables", "PORTABLES ")))
    assert "X / PORTABLES stands in the rules twice (line 4)" in found.message
    assert found.line == 8


@pytest.mark.parametrize(
    ("first", "second", "creating"),
    [
        ("direction: ←", "direction: ⇄", "B"),
        ("direction: ⇄\n        create: ←", "direction: ←", "B"),
        ("direction: ←", "direction: →", "A"),
        ("direction: ←\n        create: none", "direction: ←", "B"),
    ],
)
def test_cis_are_not_created_from_assets_that_another_category_may_claim(first: str, second: str, creating: str) -> None:
    found = only(_two(first, second))
    assert found.path == f"X / {creating}"
    assert "would create CIs from Hector's “Laptops”" in found.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("direction: →", "direction: →"),
        ("direction: ←", "direction: none"),
        ("direction: →", "direction: ←\n        create: none"),
        ("direction: ⇄\n        create: →", "direction: →"),
    ],
)
def test_two_categories_may_share_a_hector_category_when_neither_creates_cis(first: str, second: str) -> None:
    assert len(read(_two(first, second)).categories) == 2


PRICE = "{c2: P, hector: subcategory.price}"


def test_a_field_that_assets_share_is_written_from_one_category_only() -> None:
    found = only(_two("direction: →", "direction: →", more=(PRICE, PRICE)))
    assert all(word in found.message for word in ("“subcategory.price”", "Hector's “Laptops”", "X / A"))
    assert found.line >= 8


@pytest.mark.parametrize("second", ["{c2: P, hector: subcategory.price, direction: none}", "{c2: P, hector: subcategory.weight}"])
def test_categories_may_share_a_hector_category_when_they_write_different_shared_fields(second: str) -> None:
    assert read(_two("direction: →", "direction: →", more=(PRICE, second)))


@pytest.mark.parametrize(
    ("direction", "key", "side"),
    [("←", "when_ci_inactive: retire", "Hector"), ("→", "when_asset_retired: deactivate", "C2")],
)
def test_a_side_that_is_not_written_is_not_retired_either(direction: str, key: str, side: str) -> None:
    body = f"{HEAD}direction: {direction}\n{FIELDS}{key}\n"
    found = only(category(body))
    assert found.message == f"“{key}” would write {side}, and the category's direction {direction} does not."
    assert found.path.endswith(key.partition(":")[0])
    assert read(category(body.replace(direction, "⇄")))
    assert read(category(body.replace(f"direction: {direction}", "direction: none")))
    assert read(category(f"{HEAD}direction: {direction}\n{FIELDS}{key.partition(':')[0]}: keep\n"))


# -- yaml's traps --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        ("", (1, 1), "The rules file is empty"),
        ("# nothing but a comment\n", (1, 1), "The rules file is empty"),
        ("cmdbs:\n\t- cmdb: A\n", (2, 1), "A tab stands here"),
        ("a: b: c\n", (1, 5), "A colon stands where none can be"),
        ("cmdbs: 'x\n\n", (1, 8), "A quotation mark is opened here and not closed"),
        ("cmdbs: [a, b\n", (1, 8), "opened here and not closed"),
        ("cmdbs: @x\n", (1, 8), "A word cannot begin with this character"),
        ("cmdbs: [*]\n", (1, 9), "“*” and “&”"),
        ("cmdbs: *x\n", (1, 8), "“*x” refers to another place"),
        ("cmdbs: []\nlanguage: &x fr\n", (2, 11), "“&x” marks a place"),
        ("cmdbs: []\nlanguage: !!str fr\n", (2, 11), "begins with “!”"),
        ("cmdbs: []\nguards: !x {}\n", (2, 9), "begins with “!”"),
        ("? [a]\n: b\n", (1, 3), "A list or a table cannot be a key"),
        ("cmdbs: []\n---\ncmdbs: []\n", (2, 1), "A second document begins here"),
        ("cmdbs: []\nlanguage: fr\ncmdbs: []\n", (3, 1), "“cmdbs” stands here twice; the first is in line 1"),
        ("cmdbs: []\nlanguage: f\x00r\n", (2, 12), "An invisible character (U+0000)"),
        ("- a\n", (1, 1), "a list instead of the rules"),
        ("just words\n", (1, 1), "“just words” instead of the rules"),
        ('cmdbs: "\\U00110000"\n', (1, 1), "The file is not YAML"),
        ("cmdbs: " + "[" * 5000, (1, 27), "More than 20 levels"),
        ("cmdbs: " + "{a: " * 5000, (1, 64), ""),
        (b"cmdbs: []\nlanguage: \xe9\n", (2, 11), "The file is not UTF-8: the byte 0xe9"),
        (b"\xef\xbb\xbf# \xc3\xa9\xe9\n", (1, 4), "The file is not UTF-8: the byte 0xe9"),
        ("cmdbs: []\n".encode("utf-16"), (1, 1), "The file is not UTF-8: the byte 0xff"),
        ("cmdbs: []\n<<: {language: fr}\n", (2, 1), "“<<” is no key of the rules"),
    ],
)
def test_yaml_s_traps_end_in_a_refusal_with_a_place(content: str | bytes, place: tuple[int, int], says: str) -> None:
    found = refused(content)[0]
    assert says in found.message
    if says:
        assert (found.line, found.column) == place


def test_a_key_that_stands_twice_deep_inside_is_refused_with_its_path() -> None:
    found = only(GOOD.replace("direction: ⇄", "direction: ⇄\n        direction: →"))
    assert (found.path, found.line) == ("Inventaire / Portables", 7)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_rules(b"\xef\xbb\xbf" + GOOD.encode()) == read_rules(GOOD.encode())


def test_a_huge_file_is_refused() -> None:
    assert "larger than 1 MB" in only(b"# x\n" * (10 * MAX_BYTES // 4)).message


@pytest.mark.parametrize(
    "content",
    [
        "language: {}\ncmdbs: []\n",
        "guards: {{max_creates: {}}}\ncmdbs: []\n",
        "{}: 1\ncmdbs: []\n",
        "cmdbs: [{{cmdb: {}, categories: 3}}]\n",
    ],
)
def test_what_is_far_too_long_is_not_repeated_in_full(content: str) -> None:
    for letter in ("x", "9"):
        for refusal in refused(content.format(letter * 300_000)):
            assert len(refusal.message + refusal.hint + refusal.path) < 5000


def test_a_file_that_is_not_there_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="There is no rules file at") as error:
        load_rules(tmp_path / "sync.yaml")
    assert "syncsvc rules init" in error.value.hint


def test_a_folder_is_no_rules_file(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="cannot be read"):
        load_rules(tmp_path)


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    (tmp_path / "sync.yaml").write_text(GOOD, encoding="utf-8")
    assert load_rules(tmp_path / "sync.yaml").categories == read(GOOD).categories
    assert load_rules(tmp_path / "sync.yaml").file.endswith("sync.yaml")


_BITS = st.sampled_from(
    [
        *" \n\t-:[]{},'\"#&*!|>%@`?",
        "  ",
        "\n  ",
        "- ",
        ": ",
        "cmdbs",
        "category",
        "direction",
        "→",
        "null",
        "1e9",
        "\\U00110000",
        "é",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.lists(_BITS, max_size=40).map("".join), st.text(max_size=60)))
@example("%YAML 1.1\n---\na: yes")
@example('"\\ud800"')
def test_no_text_whatever_ends_in_anything_but_refusals(text: str) -> None:
    try:
        read_rules(text.encode("utf-8", "surrogatepass"))
    except RulesError as error:
        found = error.refusals
    else:
        found = ()
    assert all(refusal.line >= 1 and refusal.column >= 1 for refusal in found)


@settings(deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.lists(_BITS, max_size=4).map("".join))
def test_a_damaged_file_ends_in_rules_or_refusals(start: int, length: int, put: str) -> None:
    text = GOOD[:start] + put + GOOD[start + length :]
    with contextlib.suppress(RulesError):  # and no other error
        assert read(text).categories is not None


def test_names_are_kept_as_written() -> None:
    rules = read(GOOD.replace("category: Portables", 'category: "  Catégorie 2024: a # b "'))
    assert rules.categories[0].category == Ref(name="Catégorie 2024: a # b", place=rules.categories[0].category.place)
