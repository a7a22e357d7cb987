"""One HTTP exchange as the two systems see it: the call that came in, the answer that goes out.

Sockets are the business of ``server``; what the calls mean that of ``c2_api`` and ``hector_api``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


class NotJsonError(Exception):
    """The body of a call is no JSON."""


@dataclass
class Call:
    """A request; ``target`` is the path with its query, as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    """With names in lower case."""
    content: bytes = b""

    @cached_property
    def path(self) -> str:
        """The path without its query."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's members; of equal names the last one counts."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body; fractions are decimals. Raises :class:`NotJsonError`."""
        try:
            return json.loads(self.content, parse_float=Decimal, parse_constant=_refuse_constant)
        except ValueError as error:
            raise NotJsonError(str(error)) from error


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    text: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def content(self) -> bytes:
        """The body's bytes; half a surrogate pair, which no server can send, becomes a question mark."""
        return self.text.encode("utf-8", "replace")


def page(status: int, title: str, **headers: str) -> Answer:
    """Make an HTML page, as web servers answer what is not for the application."""
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, text, HTML, headers)


def retry_after(detail: Mapping[str, Any]) -> dict[str, str]:
    """Give the header that says when to ask again: ``retry_after`` of a fault's detail, one second unless told, maybe none."""
    value = detail.get("retry_after", 1)
    return {} if value is None else {"Retry-After": str(value)}


class Api(Protocol):
    """One of the two systems behind HTTP."""

    system: str
    """``c2`` or ``hector``."""

    def now(self) -> datetime:
        """Tell the system's time."""
        ...

    def answer(self, call: Call) -> Answer:
        """Carry out a call."""
        ...

    def failure(self, kind: str, detail: Mapping[str, Any]) -> Answer:
        """Answer with a failure of this kind, as this system words it; nothing is carried out."""
        ...

    def is_write(self, call: Call) -> bool:
        """Whether the call would change something."""
        ...


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
