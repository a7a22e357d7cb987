"""C2's forms of values and the canonical ones, both ways; and whole CIs. Pure: the tenant's time zone is an argument."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from msgspec import UNSET

from syncsvc.adapters.c2.definitions import LINES
from syncsvc.adapters.c2.wire import SystemFields, WireCI, WireField, WireSavedCI, WireValue, guid
from syncsvc.adapters.parsing import SHOWN, label, text_value, unreadable
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import ConfigurationItem, Field, NewCI
from syncsvc.domain.values import Kind, Unreadable, Value, clean_moment, clean_number, find_option, parse_plain_number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = re.compile(r"\\?/Date\((-?\d{1,17})(?:[+-]\d{4})?\)\\?/")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_ATTRIBUTES = {
    "Name": "name",
    "EnglishName": "english_name",
    "FrenchName": "french_name",
    "EnglishDescription": "english_description",
    "FrenchDescription": "french_description",
    "Tags": "tags",
    "ExternalId": "external_id",
    "CINumber": "ci_number",
    "SequenceNumber": "sequence_number",
}
_YES_NO = {"true": True, "1": True, "false": False, "0": False}
Reader = Callable[[WireField], Value]


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a date-time in any form that C2 sends; ``None`` when it is none.

    The offset in ``/Date(ms-0400)/`` tells the server's zone and is not added. ISO without an offset is UTC, as C2 stores it;
    a day alone is that day's midnight in the tenant's ``zone``.
    """
    text = text.strip()
    try:
        ticks = _TICKS.fullmatch(text)
        if ticks:
            return clean_moment(_EPOCH + timedelta(milliseconds=int(ticks[1])))
        if _DAY.fullmatch(text):
            return clean_moment(datetime.fromisoformat(text).replace(tzinfo=zone))
        if _MOMENT.fullmatch(text):
            read = datetime.fromisoformat(text)
            return clean_moment(read if read.tzinfo else read.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        pass
    return None


# -- reading -------------------------------------------------------------------------------------------------------------


def reader(field: Field, zone: tzinfo) -> Reader:
    """Give the function that reads this custom field's values; made once a list, because lists are long."""
    if field.kind is Kind.CHOICE:
        labels = {option.id: option.label for option in field.options}
        return lambda wire: _label(wire, labels)
    return lambda wire: _value(wire.value, field.kind, zone)


def _value(value: WireValue, kind: Kind, zone: tzinfo) -> Value:
    if value is None or value == "":
        return None
    if not isinstance(value, str | int | Decimal):
        return unreadable(value)
    if not isinstance(value, str):
        return _bare(value, kind)
    return text_value(value) if kind is Kind.TEXT else _spoken(value, kind, zone)


def _bare(value: int | Decimal, kind: Kind) -> Value:
    """Read a value that the server sent as JSON's own boolean or number."""
    shown = unreadable(value)
    if kind is Kind.YES_NO:
        return _YES_NO.get(shown.raw.lower(), shown)
    number = shown if isinstance(value, bool) else clean_number(Decimal(value))
    if kind is Kind.TEXT:
        return str(value) if isinstance(value, bool) or isinstance(number, Decimal) else shown
    return number if kind is Kind.NUMBER else shown


def _spoken(text: str, kind: Kind, zone: tzinfo) -> Value:
    bare = text.strip()
    if not bare:
        return None
    match kind:
        case Kind.YES_NO:
            return _YES_NO.get(bare.lower(), unreadable(text))
        case Kind.DATE_TIME | Kind.DATE:
            return moment(bare, zone) or unreadable(text)
        case Kind.PERSON | Kind.CHOICE:
            return guid(bare)
    number = parse_plain_number(bare)
    return number if isinstance(number, Decimal) else unreadable(text)


def _label(wire: WireField, labels: dict[str, str]) -> Value:
    """Give a list item's label; an item that the list no longer shows is called what the server calls it."""
    if not isinstance(wire.value, str | int | None):
        return unreadable(wire.value)
    item = unreadable(wire.value).raw.strip() if wire.value is not None else ""
    if not item:
        return None
    item = guid(item)
    shown = text_value(wire.display_name) if isinstance(wire.display_name, str) else None
    return labels.get(item) or shown or unreadable(item)


class CIReader:
    """Reads CIs into the values of the fields asked for."""

    def __init__(self, fields: Sequence[Field], zone: tzinfo) -> None:
        self._zone = zone
        self._fields = tuple(fields)
        self._custom = {field.key: (place, reader(field, zone)) for place, field in enumerate(fields) if field.is_custom}
        self._system = [(place, _ATTRIBUTES[field.key]) for place, field in enumerate(fields) if not field.is_custom]
        self.wants_custom = bool(self._custom)

    def ci(self, wire: WireCI) -> ConfigurationItem:
        """Translate a whole CI; fields that it does not show are empty, and named by ``absent``."""
        values, absent = self._values(wire)
        return ConfigurationItem(
            id=guid(wire.id),
            number=label(wire.ci_number),
            name=label(wire.name or ""),
            category_id=guid(wire.category_id),
            is_active=wire.is_active,
            values=values,
            modified_at=moment(wire.last_modified_date_time or "", self._zone),
            is_read_only=wire.is_read_only,
            absent=absent,
        )

    def saved(self, wire: WireSavedCI, new: NewCI) -> ConfigurationItem:
        """Translate the partial answer to ``CI/Save``, filled up with what was asked for."""
        values, absent = self._values(wire)
        return ConfigurationItem(
            id=guid(wire.id),
            number=label(wire.ci_number or ""),
            name=new.name,
            category_id=new.category_id,
            is_active=True,
            values=values,
            absent=absent,
        )

    def names(self, places: frozenset[int]) -> str:
        """Name the fields in these places."""
        return ", ".join(f"“{self._fields[place].name}”" for place in sorted(places))

    def _values(self, wire: SystemFields) -> tuple[tuple[Value, ...], frozenset[int]]:
        values: list[Value] = [None] * len(self._fields)
        absent = set(range(len(self._fields)))
        for place, attribute in self._system:
            text = getattr(wire, attribute)
            if text is not UNSET:
                values[place] = text_value(text or "")
                absent.discard(place)
        for custom in (wire.custom_fields and wire.custom_fields.fields) or ():
            place_and_reader = self._custom.get(guid(custom.definition_id))
            if place_and_reader:
                place, read = place_and_reader
                values[place] = read(custom)
                absent.discard(place)
        return tuple(values), frozenset(absent)


# -- writing -------------------------------------------------------------------------------------------------------------


def wire_text(field: Field, value: Value) -> str:
    """Write a canonical value as C2 takes it, always a text; raises :class:`ConversionError` for what cannot be written."""
    if field.read_only or isinstance(value, Unreadable):
        what = "is read-only" if field.read_only else "cannot be given a value that nobody can read"
        raise ConversionError(f"C2's “{field.name}” {what}.")
    match value:
        case None:
            return "false" if field.kind is Kind.YES_NO else ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            raise ConversionError(f"C2's “{field.name}” takes a date-time, not a day.")
        case str() if field.kind is Kind.CHOICE:
            return _item_id(field, value)
        case str():
            return value.replace("\n", "\r\n") if field.definition_type == LINES else value


def _item_id(field: Field, wanted: str) -> str:
    exact = (option for option in field.options if option.label == wanted and option.is_active)
    option = next(exact, None) or find_option(field.options, wanted)
    if option is None:
        raise ConversionError(
            f"“{field.name}” does not offer “{wanted[:SHOWN]}”.", hint="Add it to the list in C2, or correct the value in Hector."
        )
    return option.id
