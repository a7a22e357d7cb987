"""How C2 reads the members of a JSON body: keys in any case, and a refusal for what is not of the right form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from syncsvc.sandbox.c2_records import RefusedError


def fold_keys(value: Any) -> Any:
    """Give parsed JSON with every key in lower case."""
    if isinstance(value, dict):
        return {key.lower(): fold_keys(member) for key, member in value.items()}
    return [fold_keys(member) for member in value] if isinstance(value, list) else value


def read_object(value: Any) -> dict[str, Any]:
    """Give an object; anything else counts as an empty one."""
    return value if isinstance(value, dict) else {}


def read_objects(value: Any) -> list[dict[str, Any]]:
    """Give a list's objects."""
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def read_text(value: Any) -> str:
    """Give a text, ``""`` for ``null``; values are always texts, a number or a boolean is refused."""
    if value is not None and not isinstance(value, str):
        raise RefusedError("une valeur n'est pas un texte")
    return value or ""


def read_count(value: Any) -> int:
    """Give a number from 0 on; anything else counts as 0."""
    return value if isinstance(value, int) and value > 0 else 0


def read_guid(value: Any) -> str | None:
    """Give a GUID in the form in which it is kept; ``None`` when there is none."""
    if value is None or value == "":
        return None
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise RefusedError("un identifiant n'est pas un GUID") from error


def read_moment(value: Any) -> datetime | None:
    """Give a moment written as ISO 8601, UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(read_text(value)) if value else None
    except ValueError as error:
        raise RefusedError("« ModifiedSince » n'est pas une date ISO 8601") from error
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
