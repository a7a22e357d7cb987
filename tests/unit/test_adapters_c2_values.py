"""C2's forms of values and the canonical ones, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from syncsvc.adapters.c2 import definitions
from syncsvc.adapters.c2.translate import moment, reader, wire_text
from syncsvc.adapters.c2.wire import WireCategory, WireClient, WireField, WireListItem
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import Field, Level
from syncsvc.domain.values import Kind, Option, Unreadable, Value

MONTREAL = ZoneInfo("America/Toronto")
GUID = "40dcb93b-e4ab-4bfc-bfe8-4897120ee1ef"
JULY = datetime(2018, 7, 4, 4, tzinfo=UTC)
ITEMS = (
    Option("i1", "Actif", ("Actif", "Active")),
    Option("i2", "Active", ("Active",)),
    Option("i3", "Vieux", ("Vieux",), is_active=False),
)


def field(definition_type: int, **members: Any) -> Field:
    kind = definitions.KINDS.get(definition_type, Kind.TEXT)
    return Field("k", "f", kind, Level.CI, definition_type=definition_type, **members)


def read(definition_type: int, value: Any, display: str | None = None, **members: Any) -> Value:
    return reader(field(definition_type, **members), MONTREAL)(WireField("k", value, display))


# -- reading -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition_type", "value", "canonical"),
    [
        (0, "HP LaserJet", "HP LaserJet"),
        (0, "  e\u0301cran \r\n", "écran"),
        (0, 12, "12"),
        (1, "123.450000", Decimal("123.45")),
        (1, "1000.000000", Decimal(1000)),
        (1, "0.100000", Decimal("0.1")),
        (1, "-0.000000", Decimal(0)),
        (1, "12345678901234567890.123456", Decimal("12345678901234567890.123456")),
        (1, "123,45", Unreadable("123,45")),
        (1, True, Unreadable("True")),
        (2, "12", Decimal(12)),
        (2, 12, Decimal(12)),
        (3, "2018-07-04T04:00:00.0000000Z", JULY),
        (3, "2018-07-04T00:00:00-04:00", JULY),
        (3, "2018-07-04T04:00:00", JULY),
        (3, "/Date(1530676800000)/", JULY),
        (3, "7/4/2018 12:00:00 AM", Unreadable("7/4/2018 12:00:00 AM")),
        (3, "2018-13-04T04:00:00Z", Unreadable("2018-13-04T04:00:00Z")),
        (6, GUID.upper(), GUID),
        (7, "une\r\ndeux\r\n", "une\ndeux"),
        (8, "True", True),
        (8, "False", False),
        (8, "true", True),
        (8, False, False),
        (8, "peut-être", Unreadable("peut-être")),
        (42, "whatever", "whatever"),
    ],
)
def test_a_value_is_read_by_its_definitions_type(definition_type: int, value: Any, canonical: Value) -> None:
    found = read(definition_type, value)
    assert (found, type(found)) == (canonical, type(canonical))


@pytest.mark.parametrize("definition_type", [0, 1, 2, 3, 4, 6, 7, 8, 42])
@pytest.mark.parametrize("empty", [None, "", "  ", "\r\n"])
def test_nothing_and_blanks_are_empty_whatever_the_type(definition_type: int, empty: str | None) -> None:
    assert read(definition_type, empty) is None


def test_what_nobody_can_read_is_shown_by_its_beginning() -> None:
    assert read(3, "x" * 500) == Unreadable("x" * 80)
    assert read(1, "9" * 500) == Unreadable("9" * 80)


def test_a_list_item_is_read_by_its_label_in_the_configured_language() -> None:
    assert read(4, "I1", "shown", options=ITEMS) == "Actif"
    assert read(4, "i3", None, options=ITEMS) == "Vieux"


def test_an_item_that_the_list_shows_no_more_is_called_what_the_server_calls_it() -> None:
    assert read(4, "GONE", " Ancien ", options=ITEMS) == "Ancien"
    assert read(4, "GONE", None, options=ITEMS) == Unreadable("gone")
    assert read(4, "GONE", "  ", options=()) == Unreadable("gone")


# -- moments -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/Date(1530719073333)/", datetime(2018, 7, 4, 15, 44, 33, 333000, tzinfo=UTC)),
        ("/Date(1530719073333-0400)/", datetime(2018, 7, 4, 15, 44, 33, 333000, tzinfo=UTC)),
        ("/Date(1530719073333+0530)/", datetime(2018, 7, 4, 15, 44, 33, 333000, tzinfo=UTC)),
        ("\\/Date(-1)\\/", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ("/Date(-62135596800000)/", datetime(1, 1, 1, tzinfo=UTC)),
        ("2018-07-04", JULY),
        ("2018-01-04", datetime(2018, 1, 4, 5, tzinfo=UTC)),
        ("2018-07-04 04:00", JULY),
        ("2018-07-04T04:00:00.1234567Z", datetime(2018, 7, 4, 4, 0, 0, 123000, tzinfo=UTC)),
        ("/Date(99999999999999999)/", None),
        ("/Date(1e3)/", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("20180704", None),
        ("2018-W27-3", None),
        ("", None),
    ],
)
def test_a_moment_is_read_in_every_form_that_servers_send(text: str, expected: datetime | None) -> None:
    assert moment(text, MONTREAL) == expected


# -- writing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition_type", "value", "text"),
    [
        (0, "HP", "HP"),
        (0, "a\nb", "a\nb"),
        (7, "a\nb", "a\r\nb"),
        (1, Decimal("123.450"), "123.450"),
        (1, Decimal("1E+3"), "1000"),
        (2, Decimal(12), "12"),
        (3, JULY, "2018-07-04T04:00:00.000Z"),
        (3, datetime(2018, 7, 4, 0, 0, 0, 123000, tzinfo=MONTREAL), "2018-07-04T04:00:00.123Z"),
        (6, GUID, GUID),
        (8, True, "true"),
        (8, False, "false"),
        (8, None, "false"),
        *((kind, None, "") for kind in (0, 1, 2, 3, 4, 6, 7)),
    ],
)
def test_a_value_is_written_by_its_definitions_type(definition_type: int, value: Value, text: str) -> None:
    assert wire_text(field(definition_type), value) == text


@pytest.mark.parametrize(
    ("label", "item"), [("Actif", "i1"), ("actif ", "i1"), ("Active", "i2"), ("active", "i2"), ("Vieux", "i3")]
)
def test_a_choice_is_written_as_the_item_that_has_this_very_label_or_else_one_in_any_language(label: str, item: str) -> None:
    assert wire_text(field(4, options=ITEMS), label) == item


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (field(4, options=ITEMS), "Perdu"),
        (field(0, read_only=True), "x"),
        (field(42, read_only=True, unknown_kind=True), "x"),
        (field(0), Unreadable("?")),
        (field(3), JULY.date()),
    ],
)
def test_what_c2_could_not_hold_is_refused_before_it_is_sent(target: Field, value: Value) -> None:
    with pytest.raises(ConversionError):
        wire_text(target, value)


# -- definitions ---------------------------------------------------------------------------------------------------------


def category(definition: dict[str, Any], language: str = "fr", **members: Any) -> Field:
    whole = {"DefinitionId": "D", "DefinitionSequenceNumber": 3, "DefinitionType": 0, "Name": "Fabricant"} | definition
    shown = {"Id": "C", "CIFolderId": "F", "Fields": [whole]} | members
    return definitions.category(msgspec.convert(shown, WireCategory), language, {}).fields[-1]


@pytest.mark.parametrize(
    ("options", "decimals"),
    [
        ('{"DecimalPlaces":2}', 2),
        ('{"Other":1}', None),
        ('{"DecimalPlaces":"2"}', None),
        ("", None),
        (None, None),
        ("nonsense", None),
    ],
)
def test_decimals_are_read_out_of_the_options(options: str | None, decimals: int | None) -> None:
    assert category({"DefinitionType": 1, "Options": options}).decimals == decimals


def test_an_integer_keeps_no_decimals_and_only_texts_have_a_length() -> None:
    assert category({"DefinitionType": 2, "MaxLength": 5}).decimals == 0
    assert category({"DefinitionType": 2, "MaxLength": 5}).max_length is None
    assert [category({"MaxLength": length}).max_length for length in (50, 0, None)] == [50, None, None]
    assert category({"MaxLength": 50, "DefinitionType": 7}).max_length == 50


def test_names_are_given_in_the_configured_language_with_the_others_beside_them() -> None:
    both = {"FrenchName": "Fabricant", "EnglishName": "Maker"}
    assert (category(both).name, category(both).names) == ("Fabricant", ("Maker",))
    assert (category(both, "en").name, category(both, "en").names) == ("Maker", ("Fabricant",))
    assert (category({"EnglishName": "Maker"}).name, category({"EnglishName": "Maker"}).names) == ("Fabricant", ("Maker",))
    assert category({"Name": None}).name == ""


def test_a_fields_section_is_its_own_or_else_the_one_that_shows_it() -> None:
    sections = [{"Id": "S1", "Rows": [{"Cells": [{"DefinitionId": "d"}]}]}]
    assert category({"FieldSectionId": "S9"}, Sections=sections).section_id == "s9"
    assert category({}, Sections=sections).section_id == "s1"


def test_only_lists_offer_options() -> None:
    item = WireListItem(id="I", name="x")
    whole = {"DefinitionId": "D", "DefinitionSequenceNumber": 3, "DefinitionType": 0, "Name": "n", "ListId": "L"}
    wire = msgspec.convert({"Id": "C", "CIFolderId": "F", "Fields": [whole, whole | {"DefinitionType": 4}]}, WireCategory)
    offered = [field.options for field in definitions.category(wire, "fr", {"l": [item]}).fields[-2:]]
    assert offered == [(), (Option("i", "x", ("x",)),)]


def test_a_person_without_a_full_name_is_called_by_its_parts() -> None:
    assert definitions.client(WireClient(id="A", first_name="Marie", last_name="Roy")).full_name == "Marie Roy"
    assert definitions.client(WireClient(id="A", full_name=" M. Roy ", first_name="Marie")).full_name == "M. Roy"
    assert definitions.client(WireClient(id="A")).email == ""
