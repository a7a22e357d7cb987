"""Column types that hold the same on SQLite and PostgreSQL: any text, aware UTC moments, JSON.

Which tables there are is in ``tables.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from syncsvc.domain.values import plain

ESCAPE = "\x1a"
"""Unicode's *substitute*: opens the four hex digits of a character that a database would refuse."""
_QUICK = msgspec.json.Encoder()
_REFUSED = re.compile("[\x00\x1a\ud800-\udfff]")
_ESCAPED = re.compile("\x1a([0-9a-f]{4})")


def escape(text: str) -> str:
    """Write NUL (PostgreSQL refuses it) and lone surrogates (no UTF-8) so that they can be stored; other texts are unchanged.

    No two texts become the same one, and :func:`unescape` gives back exactly what was there.
    """
    if text.isascii() and "\x00" not in text and ESCAPE not in text:  # nearly always, and six times as quick
        return text
    return _REFUSED.sub(lambda found: f"{ESCAPE}{ord(found[0]):04x}", text)


def escape_all(texts: Sequence[str | None]) -> Sequence[str | None]:
    """Escape a column of texts: where none of them needs it, which one look says of all, they are given back as they are."""
    together = "".join(filter(None, texts))
    harmless = together.isascii() and "\x00" not in together and ESCAPE not in together
    if harmless or _REFUSED.search(together) is None:
        return texts
    return [None if text is None else escape(text) for text in texts]


def unescape(text: str) -> str:
    """Undo :func:`escape`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if ESCAPE in text else text


def json_all(values: Sequence[Any]) -> Sequence[str | None]:
    """Write a column of JSON as :class:`Json` does, only quicker, where that holds nothing but texts and yes/no."""
    try:
        return escape_all([None if value is None else _QUICK.encode(value).decode() for value in values])
    except UnicodeEncodeError:  # half a character, which is escaped afterwards
        return escape_all([None if value is None else _as_text(value) for value in values])


class AnyText(TypeDecorator[str]):
    """Text of any length that comes back as it was given, whatever is in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else escape(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the same
        return None if value is None else unescape(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment; stored and given back in UTC. A naive one is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        # SQLite stores what it is given as text: without an offset, texts sort as moments do.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Any JSON, as text: PostgreSQL's own JSON types refuse NUL and sort keys anew."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else escape(_as_text(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:  # noqa: ARG002 - the same
        return None if value is None else json.loads(unescape(value))


def guid() -> String:
    """Give the type of C2's ids."""
    return String(36)


def number() -> TypeEngine[int]:
    """Give the type of a primary key: SQLite counts up by itself only what is called ``INTEGER``."""
    return BigInteger().with_variant(Integer(), "sqlite")


def _as_json(value: object) -> Any:
    """Write what JSON has no word for; a log line is never lost because of what it tells."""
    return plain(value) if isinstance(value, Decimal | date) else str(value)


_as_text = json.JSONEncoder(ensure_ascii=False, default=_as_json).encode
