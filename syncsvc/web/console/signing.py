"""Signing in and out."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from syncsvc.web.console.book import HEADERS, TheBook
from syncsvc.web.console.visit import SEE_OTHER, begin, check_form, local_path, sign_in

_FORBIDDEN = 403

router = APIRouter(default_response_class=HTMLResponse)


def to_sign_in(request: Request, _error: Exception) -> Response:
    """Send somebody to the page where one signs in, and back afterwards."""
    asked_for = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?{urlencode({'next': asked_for})}", SEE_OTHER, headers=HEADERS)


@router.get("/sign-in")
def ask(book: TheBook, request: Request, next: str = "/") -> Response:  # noqa: A002 - as the address calls it
    """Ask who it is."""
    if book.desk.account is None:
        return RedirectResponse("/", SEE_OTHER)
    return book.page(begin(request), "sign_in", next=local_path(next), wrong=False, slow=False)


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
    """Let somebody in who knows the password."""
    visit, account, patience = begin(request), book.desk.account, book.patience
    check_form(visit, token)
    if account is None:
        return RedirectResponse("/", SEE_OTHER)
    # The one endpoint that is no plain function: whoever has to wait must not take a thread from those who need not.
    wait = patience.take_up()
    await asyncio.sleep(wait)
    async with book.at_the_door:  # a hash takes a lot of memory: one after the other
        right = await run_in_threadpool(account.is_, username, password)
    if not right:
        return book.page(visit, "sign_in", status=_FORBIDDEN, next=local_path(next), wrong=True, slow=wait > 0)
    patience.forgive()
    sign_in(request, account)
    return RedirectResponse(local_path(next), SEE_OTHER)


@router.post("/sign-out")
def leave(request: Request, token: Annotated[str, Form()]) -> Response:
    """End the session."""
    check_form(begin(request), token)
    request.session.clear()
    return RedirectResponse("/sign-in", SEE_OTHER)
