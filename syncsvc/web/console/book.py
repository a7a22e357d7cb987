"""What the pages know and how they are rendered; the addresses are in ``pages.py`` and ``signing.py``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from syncsvc import __version__
from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.records import Side
from syncsvc.engine.request import RunRequest
from syncsvc.engine.stage import Stage
from syncsvc.state.category_runs import CategoryRuns
from syncsvc.web.console.account import Account, Patience
from syncsvc.web.console.show import Show
from syncsvc.web.console.visit import RefusedError, Visit, begin, let_in

UNREADABLE, NOT_FOUND, NOT_TAKEN, CONFLICT, TOO_LARGE, UNFIT = 400, 404, 405, 409, 413, 415
INCOMPLETE, BROKEN, UNAVAILABLE = 422, 500, 503
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Nothing is fetched from another host, and no page is framed or kept."""
_NO_PAGES = ("/healthz", "/readyz", "/metrics", "/api")
"""Programs ask there, who want neither pages nor cookies."""
_log = structlog.get_logger("syncsvc")


@dataclass(frozen=True, slots=True)
class Running:
    """What can be done about the runs of this service."""

    begin: Callable[[RunRequest], int]
    """Begins a run that somebody asks for and gives its number; raises :class:`SyncError` where it cannot begin."""
    stage: Callable[[int], Stage | None]
    """How far a run is; ``None``: it is none of this service's, or over."""
    stop: Callable[[int], bool]
    """Asks a run to stop; whether it is one of this service's that is on."""
    looked_at: Callable[[int], None]
    """Takes up that somebody looks at a run: it need not be told of by mail."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages know of the service, and what they do."""

    engine: Engine
    account: Account | None
    """``None``: whoever is at this machine may look."""
    is_https: bool
    """Whether people reach the console by https: then the cookie goes no other way."""
    zone: Callable[[], str]
    """The time zone that moments are shown in."""
    next_due: Callable[[], datetime | None]
    under_way: Callable[[], bool]
    """Whether a run is, of this service or of another process; may raise :class:`SyncError`."""
    wanted: Callable[[], Sequence[tuple[str, str]]]
    """CMDB and category of what is synchronised."""
    categories: Callable[[], CategoryRuns]
    troubles: Callable[[], Sequence[Mapping[str, str | None]]]
    """What keeps the service from doing its work, as ``/healthz?deep=1`` tells it."""
    settle: Callable[[int, Side, datetime], None]
    """Settles a conflict whose values were seen as they are since that moment; may raise :class:`SyncError`."""
    running: Running


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why what was asked for is not done: a text, and where it says more, the error."""

    key: str
    error: SyncError | None = None


def not_begun(error: SyncError) -> Refusal:
    """Say why no run was begun."""
    return Refusal("run_busy" if isinstance(error, AnotherRunError) else "not_begun", error)


class Book:
    """The pages of one service."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.patience = desk, Patience(time.monotonic)
        self.at_the_door, self.waiting = asyncio.Lock(), 0
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
        """Render a page that says one thing, and leads on."""
        visit = begin(request)
        to = visit.address if request.method == "POST" else "/"
        return self.page(visit, "message", status=status, message=visit.texts(key, **values), to=to)


def book_of(request: Request) -> Book:
    """Give the book of the application that a request came to."""
    book: Book = request.app.state.book
    return book


def visitor(request: Request) -> Visit:
    """Let somebody in to a page."""
    return let_in(request, must_sign_in=book_of(request).desk.account is not None)


TheBook = Annotated[Book, Depends(book_of)]
Visitor = Annotated[Visit, Depends(visitor)]


# -- what goes wrong -----------------------------------------------------------------------------------------------------

_WORDS = {UNREADABLE: "incomplete", NOT_TAKEN: "not_taken", TOO_LARGE: "no_form", UNFIT: "no_form"}


def refused(request: Request, error: Exception) -> Response:
    """Say why a request was not taken."""
    assert isinstance(error, RefusedError)
    answer = book_of(request).message(request, error.status, error.key, **error.values)
    answer.headers.update(error.headers or {})
    return answer


def unavailable(request: Request, error: Exception) -> Response:
    """Say that the database cannot be asked."""
    assert isinstance(error, SyncError)
    _log.warning("a page could not be shown", path=request.url.path, why=error.message, hint=error.hint)
    return book_of(request).message(request, UNAVAILABLE, "unavailable")


async def not_found(request: Request, error: Exception) -> Response:
    """Say that there is no such page, or none that takes what was sent."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith(_NO_PAGES):
        return await http_exception_handler(request, error)
    answer = book_of(request).message(request, error.status_code, _WORDS.get(error.status_code, "not_found"))
    answer.headers.update(error.headers or {})
    return answer


async def unfit(request: Request, error: Exception) -> Response:
    """Say that an address names nothing, or that a form is not one of ours."""
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith(_NO_PAGES):
        return await request_validation_exception_handler(request, error)
    if any(fault["loc"][0] == "body" for fault in error.errors()):
        return book_of(request).message(request, INCOMPLETE, "incomplete")
    return book_of(request).message(request, NOT_FOUND, "not_found")


def broken(request: Request, error: Exception) -> Response:
    """Say that the page itself is at fault; the server logs where. What breaks in the API comes by here too, said already."""
    if request.url.path.startswith("/api"):
        return PlainTextResponse("Internal Server Error", BROKEN)
    _log.error("a page is broken", path=request.url.path, why=f"{type(error).__name__}: {error}")
    if request.url.path.startswith(_NO_PAGES):
        return PlainTextResponse("Internal Server Error", BROKEN)
    return book_of(request).message(request, BROKEN, "broken")
