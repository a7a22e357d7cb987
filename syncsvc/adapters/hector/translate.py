"""Hector's forms of values and the canonical ones, both ways; and whole records. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from syncsvc.adapters.hector.wire import WireAsset, WireSubcategory
from syncsvc.adapters.parsing import SHOWN, label, text_value, unreadable
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import Asset, Field, Subcategory
from syncsvc.domain.values import (
    Kind,
    Unreadable,
    Value,
    clean_moment,
    clean_number,
    find_option,
    parse_plain_number,
)

_YES_NO = {"true": True, "1": True, "false": False, "0": False}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Lacking = Callable[[str], Exception]
"""Makes the error for a member that an answer lacks."""


# -- reading -------------------------------------------------------------------------------------------------------------


def value(raw: Any, kind: Kind) -> Value:
    """Read a value of a field of this kind; what is none is :class:`Unreadable`."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    match kind:
        case Kind.TEXT | Kind.CHOICE | Kind.PERSON:
            return _as_text(raw)
        case Kind.NUMBER:
            return _number(raw)
        case Kind.YES_NO:
            shown = unreadable(raw)
            return _YES_NO.get(shown.raw.lower(), shown)
        case Kind.DATE | Kind.DATE_TIME:
            return _day(raw)


def _as_text(raw: Any) -> Value:
    if isinstance(raw, str):
        return text_value(raw)
    return str(raw) if isinstance(_number(raw), Decimal) else unreadable(raw)


def _number(raw: Any) -> Value:
    if isinstance(raw, bool):
        return unreadable(raw)
    if isinstance(raw, int | Decimal):
        return clean_number(Decimal(raw))
    number = parse_plain_number(raw) if isinstance(raw, str) else None
    return number if isinstance(number, Decimal) else unreadable(raw)


def _day(raw: Any) -> Value:
    if isinstance(raw, str) and _DAY.fullmatch(raw.strip()):
        try:
            return date.fromisoformat(raw.strip())
        except ValueError:
            pass
    return unreadable(raw)


def moment(raw: Any) -> datetime | None:
    """Read a change time (ISO 8601, UTC where it does not say); ``None`` when it is none."""
    try:
        read = datetime.fromisoformat(raw)
        return clean_moment(read if read.tzinfo else read.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError):
        return None


def subcategory(wire: WireSubcategory, fields: Sequence[Field], lacking: Lacking) -> Subcategory:
    """Translate a subcategory; raises what ``lacking`` makes when it does not show a field."""
    maker, model, description = (_text(getattr(wire, member)) for member in ("maker", "model", "description"))
    return Subcategory(
        id=wire.id,
        category_id=wire.category_id,
        maker=maker,
        model=model,
        description=description,
        values=_values(wire, fields, lacking),
        modified_at=moment(wire.updated_at),
    )


def asset(wire: WireAsset, fields: Sequence[Field], lacking: Lacking) -> Asset:
    """Translate an asset; raises what ``lacking`` makes when it does not show a field."""
    return Asset(
        id=wire.id,
        category_id=wire.category_id,
        subcategory_id=wire.subcategory_id,
        title=_text(wire.title) or "",
        asset_tag=_text(wire.asset_tag) or "",
        is_active=wire.status == "active",
        values=_values(wire, fields, lacking),
        stockroom_id=wire.stockroom_id,
        modified_at=moment(wire.updated_at),
    )


def _text(raw: Any) -> str | None:
    if isinstance(raw, str):
        return label(raw) or None
    read = value(raw, Kind.TEXT) if raw is not UNSET else None
    return read if isinstance(read, str) else None


def _values(wire: WireSubcategory | WireAsset, fields: Sequence[Field], lacking: Lacking) -> tuple[Value, ...]:
    return tuple(value(_raw(wire, field, lacking), field.kind) for field in fields)


def _raw(wire: WireSubcategory | WireAsset, field: Field, lacking: Lacking) -> Any:
    member, _, attribute_id = field.key.partition(".")[2].partition(".")
    raw = getattr(wire, member)
    # Taken for empty, a member that the server left out would be carried over as one that somebody cleared.
    if raw is UNSET:
        raise lacking(f"record {wire.id} has no “{member}”")
    if not attribute_id:
        return raw
    if not raw:  # servers in some languages write an empty map as a list
        return None
    if not isinstance(raw, dict):
        raise lacking(f"record {wire.id} has no map of attributes")
    return raw.get(attribute_id)


# -- writing -------------------------------------------------------------------------------------------------------------


def wire_members(values: Mapping[Field, Value]) -> dict[str, Any]:
    """Write values as members of a record's JSON, attributes under their ids; raises :class:`ConversionError`."""
    members: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for field, canonical in values.items():
        member, _, attribute_id = field.key.partition(".")[2].partition(".")
        if attribute_id:
            attributes[attribute_id] = wire_value(field, canonical)
        else:
            members[member] = wire_value(field, canonical)
    return members | ({"attributes": attributes} if attributes else {})


def wire_value(field: Field, canonical: Value) -> str | bool | Decimal | None:
    """Write one canonical value; ``None`` clears the field."""
    if field.read_only or isinstance(canonical, Unreadable):
        what = "is read-only" if field.read_only else "cannot be given a value that nobody can read"
        raise ConversionError(f"Hector's “{field.name}” {what}.")
    match canonical:
        case datetime():
            raise ConversionError(f"Hector's “{field.name}” takes a day, not a date-time.")
        case date():
            return canonical.isoformat()
        case str() if field.kind is Kind.CHOICE:
            return _offered(field, canonical)
    return canonical


def _offered(field: Field, wanted: str) -> str:
    option = find_option(field.options, wanted)
    if option is None:
        raise ConversionError(
            f"“{field.name}” does not offer “{wanted[:SHOWN]}”.", hint="Add it to the list in Hector, or correct the value in C2."
        )
    return option.label
