"""The pages for those who were let in."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import APIRouter, FastAPI, Form, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware

from syncsvc.domain.errors import AnotherRunError, SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Side
from syncsvc.engine.request import RunRequest
from syncsvc.state import queries
from syncsvc.state.conflicts import MovedConflictError, UnknownConflictError
from syncsvc.web.console import runs, signing
from syncsvc.web.console.account import LONGEST, Sessions
from syncsvc.web.console.book import (
    CONFLICT,
    Book,
    Desk,
    Refusal,
    TheBook,
    Visitor,
    broken,
    not_begun,
    not_found,
    refused,
    unavailable,
    unfit,
)
from syncsvc.web.console.leaf import leaf_of
from syncsvc.web.console.runs import Number, Token
from syncsvc.web.console.visit import SEE_OTHER, RefusedError, SignInNeededError, Visit, check_form

_REFUSALS = {AnotherRunError: "busy", UnknownConflictError: "conflict_over", MovedConflictError: "conflict_moved"}
"""What is said of a settlement that was not taken."""
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
    app.include_router(runs.router)
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
    return _overview(book, visit)


def _overview(book: Book, visit: Visit, refusal: Refusal | None = None) -> Response:
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
        status=CONFLICT if refusal else 200,
        refusal=refusal,
        is_bad=bool(troubles or amounts["open"] or is_cut_off or statuses - {RunStatus.SUCCEEDED.value}),
        is_cut_off=is_cut_off,
        begun=standing.begun,
        last=last,
        next_due=desk.next_due(),
        categories=categories,
        open_conflicts=amounts["open"],
        troubles=troubles,
    )


@router.post("/runs")
def begin(book: TheBook, visit: Visitor, token: Token) -> Response:
    """Begin a run, as ``syncsvc sync`` does, and lead to its page."""
    check_form(visit, token)
    try:
        number = book.desk.running.begin(RunRequest())
    except SyncError as error:
        _log.warning("no run was begun", why=error.message, by=visit.username)
        return _overview(book, visit, not_begun(error))
    _log.info("run begun by hand", run=number, by=visit.username)
    return RedirectResponse(f"/runs/{number}", SEE_OTHER)


@router.get("/conflicts")
def conflicts(book: TheBook, visit: Visitor, page: int = 1) -> Response:
    """List the conflicts that wait."""
    return _conflicts(book, visit, page)


def _conflicts(book: Book, visit: Visit, page: int, *, status: int = 200, failed: str = "", why: str = "") -> Response:
    engine = book.desk.engine
    leaf = leaf_of(page, sum(queries.conflict_amounts(engine).values()))
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
    token: Token,
    page: Annotated[int, Form()] = 1,
) -> Response:
    """Settle a conflict as it was seen."""
    check_form(visit, token)
    try:
        book.desk.settle(number, use, since)
    except SyncError as error:
        _log.warning("settling refused", conflict=number, side=use.value, why=error.message)
        failed = next((key for kind, key in _REFUSALS.items() if isinstance(error, kind)), "refused_otherwise")
        return _conflicts(book, visit, page, status=CONFLICT, failed=failed, why=error.message)
    _log.info("conflict settled", conflict=number, side=use.value)
    return RedirectResponse(f"/conflicts{f'?page={page}' if page > 1 else ''}#c{number}", SEE_OTHER)
