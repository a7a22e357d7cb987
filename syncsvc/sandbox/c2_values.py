r"""What C2 makes of a value that is written to a custom field, and how it shows a stored one.

A stored value is the text that the API shows as ``Value``. Nothing here knows of requests or of whole CIs.
"""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from syncsvc.sandbox.c2_records import C2Tenant, Definition, Kind, RefusedError

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_SHOWN_DECIMALS = 6
_WHOLE_DIGITS = 12
"""Digits before the point that the column holds."""
_LARGEST_INTEGER = 2**31 - 1


def stored_value(tenant: C2Tenant, definition: Definition, text: str) -> str | None:
    """Give what is stored when ``text`` is written; ``None`` when that empties the field. Raises :class:`RefusedError`."""
    trimmed = text.strip()
    if not trimmed:
        return None
    match definition.kind:
        case Kind.DECIMAL:
            return _decimal(trimmed, definition.decimals)
        case Kind.INTEGER:
            return _integer(trimmed)
        case Kind.DATE_TIME:
            return _moment(trimmed, ZoneInfo(tenant.time_zone))
        case Kind.LIST:
            return _known(trimmed, tenant.lists.get(definition.list_id or "", {}), "l'élément de liste n'existe pas")
        case Kind.CLIENT:
            return _known(trimmed, tenant.clients, "le client n'existe pas")
        case Kind.CHECKBOX:
            return "True" if read_yes_no(trimmed) else "False"
        case Kind.MULTI_LINE:
            lines = trimmed.replace("\r\n", "\n").replace("\r", "\n")
            return lines.replace("\n", "\r\n")[: definition.max_length]
        case _:
            return trimmed[: definition.max_length]


def read_yes_no(text: str) -> bool:
    """Read ``true`` or ``false`` in any case. Raises :class:`RefusedError`."""
    word = text.strip().lower()
    if word not in {"true", "false"}:
        raise RefusedError("la valeur n'est ni « true » ni « false »")
    return word == "true"


def shown_value(definition: Definition, stored: str | None) -> str | None:
    """Give the ``Value`` that the API shows: an unset checkbox reads ``False``, anything else unset ``None``."""
    return "False" if stored is None and definition.kind == Kind.CHECKBOX else stored


def display_name(tenant: C2Tenant, definition: Definition, value: str | None) -> str | None:
    """Give the ``DisplayName`` of a shown value: labels, full names, dates in the tenant's culture and time zone."""
    if value is None:
        return None
    match definition.kind:
        case Kind.LIST:
            item = tenant.lists.get(definition.list_id or "", {}).get(value)
            return tenant.label(item) if item else None
        case Kind.CLIENT:
            client = tenant.clients.get(value)
            return client.full_name if client else None
        case Kind.DATE_TIME:
            return _in_culture(datetime.fromisoformat(value).astimezone(ZoneInfo(tenant.time_zone)), tenant.culture)
        case _:
            return value


def _in_culture(moment: datetime, culture: str) -> str:
    if culture == "en-US":
        clock = f"{moment.hour % 12 or 12}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
        return f"{moment.month}/{moment.day}/{moment.year} {clock}"
    day = f"{moment:%d/%m/%Y}" if culture == "fr-FR" else moment.date().isoformat()
    return f"{day} {moment:%H:%M:%S}"


def _decimal(text: str, decimals: int | None) -> str:
    if not _DECIMAL.fullmatch(text):
        raise RefusedError("la valeur n'est pas un nombre décimal")
    number = Decimal(text)
    if number.adjusted() >= _WHOLE_DIGITS:
        raise RefusedError("le nombre est trop grand")
    kept = number.quantize(Decimal(1).scaleb(-(_SHOWN_DECIMALS if decimals is None else decimals)), ROUND_HALF_UP)
    return f"{kept + 0:.{_SHOWN_DECIMALS}f}"  # + 0: no minus before a zero


def _integer(text: str) -> str:
    if not _INTEGER.fullmatch(text) or abs(int(text)) > _LARGEST_INTEGER:
        raise RefusedError("la valeur n'est pas un nombre entier")
    return str(int(text))


def _moment(text: str, zone: ZoneInfo) -> str:
    try:
        if _DATE.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time(), zone)
        elif _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
        else:
            raise RefusedError("la valeur n'est pas une date")
        utc = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RefusedError("la valeur n'est pas une date") from error
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "0000Z")


def _known(text: str, known: Container[str], reason: str) -> str:
    guid = text.lower()
    if guid not in known:
        raise RefusedError(reason)
    return guid
