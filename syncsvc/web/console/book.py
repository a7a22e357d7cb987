"""What the pages know and how they are rendered; the addresses are in ``pages.py`` and ``signing.py``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from syncsvc import __version__
from syncsvc.domain.records import Side
from syncsvc.state.category_runs import CategoryRuns
from syncsvc.web.console.account import Account, Patience
from syncsvc.web.console.show import Show
from syncsvc.web.console.visit import RefusedError, Visit, begin, let_in

NOT_FOUND, UNAVAILABLE = 404, 503
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Nothing is fetched from another host, and no page is framed or kept."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages know of the service, and the one thing that they do."""

    engine: Engine
    account: Account | None
    """``None``: whoever is at this machine may look."""
    is_https: bool
    """Whether people reach the console by https: then the cookie goes no other way."""
    zone: Callable[[], str]
    """The time zone that moments are shown in."""
    next_due: Callable[[], datetime | None]
    running: Callable[[], bool]
    wanted: Callable[[], Sequence[tuple[str, str]]]
    """CMDB and category of what is synchronised."""
    categories: Callable[[], CategoryRuns]
    troubles: Callable[[], Sequence[Mapping[str, str | None]]]
    """What keeps the service from doing its work, as ``/healthz?deep=1`` tells it."""
    settle: Callable[[int, Side], None]
    """Settles a conflict; may raise :class:`SyncError`."""


class Book:
    """The pages of one service."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.patience = desk, Patience(time.monotonic)
        self.at_the_door = asyncio.Lock()
        loader = PackageLoader("syncsvc.web.console")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def page(self, visit: Visit, name: str, *, status: int = 200, **shown: Any) -> Response:
        """Render a page."""
        text = visit.texts
        known = {"show": Show(text, self.desk.zone()), "t": text, "visit": visit, "version": __version__, "here": name}
        return HTMLResponse(self._templates.get_template(f"{name}.html").render(**known, **shown), status, headers=HEADERS)

    def message(self, request: Request, status: int, key: str, **values: object) -> Response:
        """Render a page that says one thing."""
        visit = begin(request)
        return self.page(visit, "message", status=status, message=visit.texts(key, **values))


def book_of(request: Request) -> Book:
    """Give the book of the application that a request came to."""
    book: Book = request.app.state.book
    return book


def visitor(request: Request) -> Visit:
    """Let somebody in to a page."""
    return let_in(request, book_of(request).desk.account)


TheBook = Annotated[Book, Depends(book_of)]
Visitor = Annotated[Visit, Depends(visitor)]


# -- what goes wrong -----------------------------------------------------------------------------------------------------


def refused(request: Request, error: Exception) -> Response:
    """Say why a request was not taken."""
    assert isinstance(error, RefusedError)
    return book_of(request).message(request, error.status, error.key, **error.values)


def unavailable(request: Request, _error: Exception) -> Response:
    """Say that the database cannot be asked."""
    return book_of(request).message(request, UNAVAILABLE, "unavailable")


def not_found(request: Request, error: Exception) -> Response:
    """Say that there is no such page, or none that takes what was sent."""
    status = error.status_code if isinstance(error, HTTPException) else NOT_FOUND
    return book_of(request).message(request, status, "not_found")
