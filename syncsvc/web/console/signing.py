"""Signing in and out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from syncsvc.web.console.account import LONGEST_WAIT, MOST_WAITING
from syncsvc.web.console.book import HEADERS, TheBook
from syncsvc.web.console.visit import SEE_OTHER, RefusedError, begin, check_form, local_path, sign_in, sign_out

_FORBIDDEN, _TOO_MANY = 403, 429
_log = structlog.get_logger("syncsvc")

router = APIRouter(default_response_class=HTMLResponse)


def to_sign_in(request: Request, _error: Exception) -> Response:
    """Send somebody to the page where one signs in, and back afterwards."""
    return RedirectResponse(f"/sign-in?{urlencode({'next': begin(request).address})}", SEE_OTHER, headers=HEADERS)


@router.get("/sign-in")
def ask(book: TheBook, request: Request, next: str = "/") -> Response:  # noqa: A002 - as the address calls it
    """Ask who it is."""
    visit = begin(request)
    if book.desk.account is None or visit.username:
        return RedirectResponse(local_path(next), SEE_OTHER)
    return book.page(visit, "sign_in", next=local_path(next), wrong=False, slow=False)


@router.post("/sign-in")
async def take(
    book: TheBook,
    request: Request,
    *,
    token: Annotated[str, Form()],
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - as the form calls it
) -> Response:
    """Let somebody in who knows the password.

    The one endpoint that is no plain function: whoever has to wait must not take a thread from those who need not. One try is
    answered after the other, so that many at once are no quicker, and a hash, which takes a lot of memory, is made alone.
    """
    visit, account, client = begin(request), book.desk.account, request.client.host if request.client else None
    check_form(visit, token)
    if account is None:
        return RedirectResponse("/", SEE_OTHER)
    if book.waiting >= MOST_WAITING:
        _log.warning("signing in refused: too many tries wait already", client=client)
        raise RefusedError(_TOO_MANY, "too_many", headers={"Retry-After": str(LONGEST_WAIT)})
    book.waiting += 1
    try:
        async with book.at_the_door:
            if await request.is_disconnected():  # nobody would learn anything from an answer
                return Response()
            wait = book.patience.take_up()
            await asyncio.sleep(wait)
            if await request.is_disconnected():
                return Response()
            right = await run_in_threadpool(account.is_, username, password)
            if right:
                book.patience.forgive()
    finally:
        book.waiting -= 1
    if not right:
        _log.warning("signing in refused: wrong name or password", client=client, waited_seconds=wait)
        visit = replace(visit, address=f"/sign-in?{urlencode({'next': local_path(next)})}")
        return book.page(visit, "sign_in", status=_FORBIDDEN, next=local_path(next), wrong=True, slow=wait > 0)
    _log.info("signed in", client=client)
    sign_in(request)
    return RedirectResponse(local_path(next), SEE_OTHER)


@router.post("/sign-out")
def leave(request: Request, token: Annotated[str, Form()]) -> Response:
    """End the session."""
    check_form(begin(request), token)
    sign_out(request)
    _log.info("signed out")
    return RedirectResponse("/sign-in", SEE_OTHER)
