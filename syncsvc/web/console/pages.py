"""The pages for those who were let in."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware

from syncsvc.domain.errors import SyncError
from syncsvc.domain.records import Side
from syncsvc.state import queries
from syncsvc.state.queries import Part
from syncsvc.web.console import signing
from syncsvc.web.console.book import NOT_FOUND, Book, Desk, TheBook, Visitor, not_found, refused, unavailable
from syncsvc.web.console.visit import LONGEST, SEE_OTHER, RefusedError, SignInNeededError, Visit, check_form

RUNS = 60
"""Runs that are listed."""
ROWS = 200
"""Rows of one page of a run's errors, changes or log."""
_CONFLICT = 409
_LISTINGS = {"errors": queries.errors, "changes": queries.changes, "log": queries.log}

router = APIRouter(default_response_class=HTMLResponse)


def add_console(app: FastAPI, desk: Desk) -> None:
    """Add the pages to the application."""
    key = desk.account.session_key() if desk.account else secrets.token_hex()
    app.add_middleware(
        SessionMiddleware, secret_key=key, session_cookie="syncsvc", max_age=LONGEST, same_site="lax", https_only=desk.is_https
    )
    app.state.book = Book(desk)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    app.include_router(router)
    app.include_router(signing.router)
    app.add_exception_handler(SignInNeededError, signing.to_sign_in)
    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(SyncError, unavailable)
    app.add_exception_handler(HTTPException, not_found)
    app.add_exception_handler(RequestValidationError, not_found)


@router.get("/")
def overview(book: TheBook, visit: Visitor) -> Response:
    """Say whether all is well."""
    desk = book.desk
    good = desk.categories().last_good
    return book.page(
        visit,
        "overview",
        last=next(iter(queries.runs(desk.engine, 1)), None),
        next_due=desk.next_due(),
        running=desk.running(),
        categories=[(*names, good[names].ended if names in good else None) for names in desk.wanted()],
        open_conflicts=sum(1 for one in queries.conflicts(desk.engine) if one["status"] == "open"),
        troubles=desk.troubles(),
    )


@router.get("/runs")
def runs(book: TheBook, visit: Visitor) -> Response:
    """List the latest runs."""
    return book.page(visit, "runs", runs=queries.runs(book.desk.engine, RUNS))


@router.get("/runs/{number}")
def run(book: TheBook, visit: Visitor, number: int, page: int = 1) -> Response:
    """Show a run with its errors."""
    return _run(book, visit, number, "errors", page)


@router.get("/runs/{number}/changes")
def changes(book: TheBook, visit: Visitor, number: int, page: int = 1) -> Response:
    """Show a run with what it did."""
    return _run(book, visit, number, "changes", page)


@router.get("/runs/{number}/log")
def log(book: TheBook, visit: Visitor, number: int, page: int = 1) -> Response:
    """Show a run with its log."""
    return _run(book, visit, number, "log", page)


def _run(book: Book, visit: Visit, number: int, part: str, page: int) -> Response:
    engine, offset = book.desk.engine, ROWS * (max(1, page) - 1)
    try:
        found = queries.run(engine, number)
    except queries.UnknownRunError as error:
        raise RefusedError(NOT_FOUND, "no_run", number=number) from error
    return book.page(
        visit,
        "run",
        run=found,
        part=part,
        rows=_LISTINGS[part](engine, number, Part(ROWS, offset)),
        amounts=queries.amounts(engine, number),
        page=offset // ROWS + 1,
        offset=offset,
        size=ROWS,
    )


@router.get("/conflicts")
def conflicts(book: TheBook, visit: Visitor) -> Response:
    """List the conflicts that wait."""
    return book.page(visit, "conflicts", conflicts=queries.conflicts(book.desk.engine), failed=None)


@router.post("/conflicts/{number}")
def settle(book: TheBook, visit: Visitor, number: int, use: Annotated[Side, Form()], token: Annotated[str, Form()]) -> Response:
    """Settle a conflict."""
    check_form(visit, token)
    try:
        book.desk.settle(number, use)
    except SyncError as error:
        found = queries.conflicts(book.desk.engine)
        return book.page(visit, "conflicts", status=_CONFLICT, conflicts=found, failed=error.message)
    return RedirectResponse("/conflicts", SEE_OTHER)
