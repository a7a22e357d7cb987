"""The pages for those who were let in."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import APIRouter, FastAPI, Form, Response
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware

from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Side
from syncsvc.state import queries
from syncsvc.state.conflicts import MovedConflictError, UnknownConflictError
from syncsvc.state.queries import Part
from syncsvc.web.console import signing
from syncsvc.web.console.account import LONGEST, Sessions
from syncsvc.web.console.book import NOT_FOUND, Book, Desk, TheBook, Visitor, broken, not_found, refused, unavailable, unfit
from syncsvc.web.console.visit import SEE_OTHER, RefusedError, SignInNeededError, Visit, check_form

RUNS = 60
"""Runs that are listed."""
ROWS = 200
"""Rows of one page of a run's errors, changes or log, and conflicts of one page."""
_CONFLICT = 409
_LISTINGS = {"errors": queries.errors, "changes": queries.changes_by_category, "log": queries.log}
_REFUSALS = {AnotherRunError: "busy", UnknownConflictError: "conflict_over", MovedConflictError: "conflict_moved"}
"""What is said of a settlement that was not taken."""
Number = Annotated[int, InPath(ge=1, le=2**31 - 1)]
_log = structlog.get_logger("syncsvc")

router = APIRouter(default_response_class=HTMLResponse)


def add_console(app: FastAPI, desk: Desk) -> None:
    """Add the pages to the application."""
    key = desk.account.session_key() if desk.account else secrets.token_hex()
    app.add_middleware(
        SessionMiddleware, secret_key=key, session_cookie="syncsvc", max_age=LONGEST, same_site="lax", https_only=desk.is_https
    )
    app.state.book, app.state.sessions = Book(desk), Sessions(desk.account, time.time)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    app.include_router(router)
    app.include_router(signing.router)
    app.add_exception_handler(SignInNeededError, signing.to_sign_in)
    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(SyncError, unavailable)
    app.add_exception_handler(HTTPException, not_found)
    app.add_exception_handler(RequestValidationError, unfit)
    app.add_exception_handler(Exception, broken)


@router.get("/")
def overview(book: TheBook, visit: Visitor) -> Response:
    """Say whether all is well."""
    desk, troubles = book.desk, book.desk.troubles()
    found, standing = desk.categories(), queries.standing(desk.engine)
    is_cut_off = False
    if standing.begun is not None and not desk.under_way():
        begun, standing = standing.begun["run"], queries.standing(desk.engine)  # it may have ended a moment ago
        is_cut_off = standing.begun is not None and standing.begun["run"] == begun
    last, amounts = standing.last, queries.conflict_amounts(desk.engine)
    categories = [
        (*names, found.last_good[names].ended if names in found.last_good else None, found.last_status.get(names))
        for names in desk.wanted()
    ]
    statuses = {status for *_, status in categories if status} | ({last["status"]} if last else set())
    return book.page(
        visit,
        "overview",
        is_bad=bool(troubles or amounts["open"] or is_cut_off or statuses - {RunStatus.SUCCEEDED.value}),
        is_cut_off=is_cut_off,
        begun=standing.begun,
        last=last,
        next_due=desk.next_due(),
        categories=categories,
        open_conflicts=amounts["open"],
        troubles=troubles,
    )


@router.get("/runs")
def runs(book: TheBook, visit: Visitor) -> Response:
    """List the latest runs."""
    engine = book.desk.engine
    found = queries.runs(engine, RUNS)
    uncounted = queries.without_summary(engine, found[-1]["run"], found[0]["run"]) if found else set()
    return book.page(visit, "runs", runs=found, uncounted=uncounted)


@router.get("/runs/{number}")
def run(book: TheBook, visit: Visitor, number: Number, page: int = 1) -> Response:
    """Show a run with its errors."""
    return _run(book, visit, number, "errors", page)


@router.get("/runs/{number}/changes")
def changes(book: TheBook, visit: Visitor, number: Number, page: int = 1) -> Response:
    """Show a run with what it did."""
    return _run(book, visit, number, "changes", page)


@router.get("/runs/{number}/log")
def log(book: TheBook, visit: Visitor, number: Number, page: int = 1) -> Response:
    """Show a run with its log."""
    return _run(book, visit, number, "log", page)


def _run(book: Book, visit: Visit, number: int, part: str, page: int) -> Response:
    engine = book.desk.engine
    try:
        found = queries.run(engine, number)
    except queries.UnknownRunError as error:
        raise RefusedError(NOT_FOUND, "no_run", number=number) from error
    amounts = queries.amounts(engine, number)
    leaf = _leaf(page, amounts[part])
    return book.page(
        visit,
        "run",
        run=found,
        part=part,
        is_counted=not queries.without_summary(engine, number, number),
        may_be_approved=queries.waits_for_approval(engine, number),
        rows=_LISTINGS[part](engine, number, leaf.part),
        amounts=amounts,
        leaf=leaf,
    )


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a long listing."""

    page: int
    pages: int
    amount: int
    part: Part


def _leaf(page: int, amount: int) -> Leaf:
    """Give the page that was asked for, or the nearest that there is."""
    pages = max(1, -(-amount // ROWS))
    page = min(max(1, page), pages)
    return Leaf(page, pages, amount, Part(ROWS, ROWS * (page - 1)))


@router.get("/conflicts")
def conflicts(book: TheBook, visit: Visitor, page: int = 1) -> Response:
    """List the conflicts that wait."""
    return _conflicts(book, visit, page)


def _conflicts(book: Book, visit: Visit, page: int, *, status: int = 200, failed: str = "", why: str = "") -> Response:
    engine = book.desk.engine
    leaf = _leaf(page, sum(queries.conflict_amounts(engine).values()))
    found, sides = queries.conflicts(engine, leaf.part), queries.chosen_sides(engine)
    return book.page(visit, "conflicts", status=status, rows=found, sides=sides, leaf=leaf, failed=failed, why=why)


@router.post("/conflicts/{number}")
def settle(
    book: TheBook,
    visit: Visitor,
    number: Number,
    *,
    use: Annotated[Side, Form()],
    since: Annotated[datetime, Form()],
    token: Annotated[str, Form()],
    page: Annotated[int, Form()] = 1,
) -> Response:
    """Settle a conflict as it was seen."""
    check_form(visit, token)
    try:
        book.desk.settle(number, use, since)
    except SyncError as error:
        _log.warning("settling refused", conflict=number, side=use.value, why=error.message)
        failed = next((key for kind, key in _REFUSALS.items() if isinstance(error, kind)), "refused_otherwise")
        return _conflicts(book, visit, page, status=_CONFLICT, failed=failed, why=error.message)
    _log.info("conflict settled", conflict=number, side=use.value)
    return RedirectResponse(f"/conflicts{f'?page={page}' if page > 1 else ''}#c{number}", SEE_OTHER)
