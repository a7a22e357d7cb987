"""Hector's forms of values and the canonical ones, both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from syncsvc.adapters.hector.definitions import OWN_FIELDS, attribute
from syncsvc.adapters.hector.translate import moment, value, wire_members, wire_value
from syncsvc.adapters.hector.wire import WireAttribute
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import Field, Level
from syncsvc.domain.values import Kind, Option, Unreadable, Value

NOTE = Field("asset.note", "asset.note", Kind.TEXT, Level.ASSET)
STATUS = Field("asset.attributes.3", "s", Kind.CHOICE, Level.ASSET, options=(Option("In use", "In use", ("In use",)),))


@pytest.mark.parametrize(
    ("kind", "raw", "canonical"),
    [
        (Kind.TEXT, " e\u0301\r\nx ", "é\nx"),
        (Kind.TEXT, 1001, "1001"),
        (Kind.TEXT, True, Unreadable("True")),
        (Kind.TEXT, ["a"], Unreadable("['a']")),
        (Kind.CHOICE, "In use", "In use"),
        (Kind.CHOICE, "Not offered", "Not offered"),
        (Kind.NUMBER, 12, Decimal(12)),
        (Kind.NUMBER, Decimal("12.50"), Decimal("12.5")),
        (Kind.NUMBER, "12.50", Decimal("12.5")),
        (Kind.NUMBER, Decimal("1E+3"), Decimal(1000)),
        (Kind.NUMBER, "12,50 $", Unreadable("12,50 $")),
        (Kind.NUMBER, True, Unreadable("True")),
        (Kind.NUMBER, {}, Unreadable("{}")),
        (Kind.YES_NO, True, True),
        (Kind.YES_NO, False, False),
        (Kind.YES_NO, 0, False),
        (Kind.YES_NO, "true", True),
        (Kind.YES_NO, "x" * 100, Unreadable("x" * 80)),
        (Kind.DATE, "2018-07-04", date(2018, 7, 4)),
        (Kind.DATE, "2018-02-30", Unreadable("2018-02-30")),
        (Kind.DATE, "04/07/2018", Unreadable("04/07/2018")),
        (Kind.DATE, 20180704, Unreadable("20180704")),
    ],
)
def test_a_value_is_read_by_its_fields_kind(kind: Kind, raw: Any, canonical: Value) -> None:
    found = value(raw, kind)
    assert (found, type(found)) == (canonical, type(canonical))


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.CHOICE, Kind.NUMBER, Kind.YES_NO, Kind.DATE])
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_nothing_and_blanks_are_empty_whatever_the_kind(kind: Kind, empty: str | None) -> None:
    assert value(empty, kind) is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T10:00:00.123456", datetime(2026, 11, 21, 10, 0, 0, 123000, tzinfo=UTC)),
        ("2026-11-21T05:00:00-05:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
        (5, None),
    ],
)
def test_a_change_time_is_read_as_utc_unless_it_says_otherwise(raw: Any, expected: datetime | None) -> None:
    assert moment(raw) == expected


def test_values_are_written_as_plain_json_and_attributes_under_their_ids() -> None:
    own = {field.key: field for field in OWN_FIELDS}
    written = wire_members(
        {
            own["asset.acquisition_date"]: date(2018, 7, 4),
            own["asset.note"]: "a\nb",
            own["subcategory.price"]: Decimal("12.50"),
            STATUS: "in USE",
            Field("asset.attributes.4", "y", Kind.YES_NO, Level.ASSET): False,
            Field("asset.attributes.5", "z", Kind.TEXT, Level.ASSET): None,
        }
    )
    assert written == {
        "acquisition_date": "2018-07-04",
        "note": "a\nb",
        "price": Decimal("12.50"),
        "attributes": {"3": "In use", "4": False, "5": None},
    }
    assert wire_members({}) == {}


@pytest.mark.parametrize(
    ("field", "unfit"),
    [
        (STATUS, "Lost"),
        (NOTE, Unreadable("?")),
        (NOTE, datetime.now(UTC)),
        (Field("asset.attributes.9", "?", Kind.TEXT, Level.ASSET, read_only=True), "x"),
    ],
)
def test_what_hector_could_not_hold_is_refused_before_it_is_sent(field: Field, unfit: Value) -> None:
    with pytest.raises(ConversionError):
        wire_value(field, unfit)


def test_an_attribute_says_what_it_holds_and_how_much_of_it() -> None:
    text = attribute(WireAttribute(12, "Serial number", "asset", "text", max_length=40, required=True))
    assert (text.key, text.name, text.level) == ("asset.attributes.12", "asset.attributes.Serial number", Level.ASSET)
    assert (text.max_length, text.required, text.decimals) == (40, True, None)
    assert attribute(WireAttribute(1, "x", "asset", "text")).max_length == 255
    number = attribute(WireAttribute(1, "x", "subcategory", "number"))
    assert (number.key, number.decimals, number.max_length) == ("subcategory.attributes.1", 2, None)
    choice = attribute(WireAttribute(1, "x", "asset", "list", options=["A", " B ", "", "A"]))
    assert [(option.id, option.label) for option in choice.options] == [("A", "A"), ("B", "B")]


def test_no_field_of_hectors_own_is_required_or_read_only() -> None:
    assert not [field for field in OWN_FIELDS if field.required or field.read_only]
    assert len({field.key for field in OWN_FIELDS}) == len(OWN_FIELDS) == 15
