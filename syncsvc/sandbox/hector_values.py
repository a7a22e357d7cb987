"""What Hector makes of the values that are written to it, and how it shows its records.

Every field at fault is named in one refusal. Which record is written, and whether it may be, is ``hector_writes``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from syncsvc.sandbox.hector_records import ASSET_MEMBERS, SUBCATEGORY_MEMBERS, Attribute, HectorTenant, Record

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CENT = Decimal("0.01")
_LARGEST = Decimal(10) ** 12


class WrongValueError(ValueError):
    """A value that a field does not take; the message is what ``error.fields`` says."""


def stored_member(kind: str, value: Any, limit: int | None) -> Any:
    """Give what is kept of a value of this type; ``None`` empties. Raises :class:`WrongValueError`."""
    if value is None:
        return None
    readers: dict[str, Callable[[Any], Any]] = {"number": _number, "date": _day, "boolean": _boolean}
    return readers[kind](value) if kind in readers else _text(value, limit)


def stored_attribute(tenant: HectorTenant, attribute: Attribute, value: Any) -> Any:
    """Give what is kept of an attribute's value. Raises :class:`WrongValueError`."""
    limit = tenant.text_limit if attribute.max_length is None else attribute.max_length
    stored = stored_member(attribute.type, value, None if attribute.type == "list" else limit)
    if stored is not None and attribute.type == "list" and stored not in attribute.options:
        raise WrongValueError(f"must be one of: {', '.join(attribute.options)}")
    return stored


def _text(value: Any, limit: int | None) -> str | None:
    if not isinstance(value, str):
        raise WrongValueError("must be a text")
    return value.strip()[:limit] or None


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        raise WrongValueError("must be a number")
    number = Decimal(str(value))
    if abs(number) >= _LARGEST:
        raise WrongValueError("is too large")
    return number.quantize(_CENT, ROUND_HALF_UP)


def _day(value: Any) -> str:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise WrongValueError("must be a date (YYYY-MM-DD)")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError("must be true or false")
    return value


# -- showing -------------------------------------------------------------------------------------------------------------


def shown_moment(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown_subcategory(record: Record) -> dict[str, Any]:
    """Show a subcategory."""
    return {"id": record.id, "category_id": record.category_id} | _shown(record, SUBCATEGORY_MEMBERS)


def shown_asset(record: Record) -> dict[str, Any]:
    """Show an asset."""
    references = {name: record.members[name] for name in ("subcategory_id", "stockroom_id")}
    return {"id": record.id, "category_id": record.category_id} | references | _shown(record, (*ASSET_MEMBERS, "status"))


def _shown(record: Record, members: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(record.members[name]) for name in members} | {
        "attributes": {str(attribute_id): _plain(value) for attribute_id, value in record.attributes.items()},
        "created_at": shown_moment(record.created_at),
        "updated_at": shown_moment(record.updated_at),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def shown_attribute(attribute: Attribute, *, with_category: bool) -> dict[str, Any]:
    """Show an attribute."""
    category = {"category_id": attribute.category_id} if with_category else {}
    return {
        "id": attribute.id,
        **category,
        "name": attribute.name,
        "scope": attribute.scope,
        "type": attribute.type,
        "options": list(attribute.options),
        "required": attribute.required,
        "max_length": attribute.max_length,
    }
