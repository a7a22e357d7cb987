"""One visitor's way through the pages: language, signing in, and the token without which no form is taken."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from syncsvc.web.console.account import Account
from syncsvc.web.console.texts import LANGUAGES, PageTexts, preferred

SEE_OTHER = 303
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
LONGEST = 12 * 3600
"""Seconds after which somebody has to sign in again."""


class SignInNeededError(Exception):
    """The page is for those who signed in."""


class RefusedError(Exception):
    """The request cannot be taken; ``key`` names the text that says why."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(key)
        self.status, self.key, self.values = status, key, values


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of whoever asks for a page."""

    texts: PageTexts
    token: str
    """What a form must bring along."""
    username: str
    """Empty: nobody has to sign in, or nobody has."""


def begin(request: Request) -> Visit:
    """Take up a request, signed in or not; ``?lang=`` chooses the language from now on."""
    session: dict[str, Any] = request.session
    chosen = request.query_params.get("lang", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
    language = session.get("language") or preferred(request.headers.get("accept-language", ""))
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return Visit(PageTexts(language), session["token"], session.get("username", ""))


def let_in(request: Request, account: Account | None) -> Visit:
    """Take up a request for a page; raises :class:`SignInNeededError`, or :class:`RefusedError`.

    Without an account only those are let in who call this machine by its own name: a page from elsewhere, whose name was made to
    lead here, is not.
    """
    visit = begin(request)
    if account is None:
        if request.headers.get("host", "").rpartition(":")[0] not in LOOPBACK and request.headers.get("host") not in LOOPBACK:
            raise RefusedError(403, "loopback_only")
    elif visit.username != account.username:
        raise SignInNeededError
    return visit


def sign_in(request: Request, account: Account) -> None:
    """Begin a session of its own: nothing of what was there before is taken over but the language."""
    language = request.session.get("language")
    request.session.clear()
    request.session.update({"username": account.username} | ({"language": language} if language else {}))


def check_form(visit: Visit, token: str) -> None:
    """Raise :class:`RefusedError` unless the form came from a page of this session."""
    if not secrets.compare_digest(token.encode(), visit.token.encode()):
        raise RefusedError(403, "stale")


def local_path(wanted: str) -> str:
    """Give the page to go on with after signing in: one of ours, whatever the address said."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else "/"
