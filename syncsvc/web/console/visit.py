"""One visitor's way through the pages: language, signing in, and the token without which no form is taken."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request

from syncsvc.settings import is_loopback
from syncsvc.web.console.account import Sessions
from syncsvc.web.console.texts import LANGUAGES, PageTexts, preferred

SEE_OTHER = 303
_FORMS = re.compile(r"/conflicts|/sign-in|/runs/[0-9]+")
"""The pages that forms are on, as the addresses that forms are sent to begin; that of any other is the overview."""


class SignInNeededError(Exception):
    """The page is for those who signed in."""


class RefusedError(Exception):
    """The request cannot be taken; ``key`` names the text that says why."""

    def __init__(self, status: int, key: str, *, headers: Mapping[str, str] | None = None, **values: object) -> None:
        super().__init__(key)
        self.status, self.key, self.values, self.headers = status, key, values, headers


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of whoever asks for a page."""

    texts: PageTexts
    token: str
    """What a form must bring along; empty: nothing that was sent can be ours."""
    username: str
    """Empty: nobody has to sign in, or nobody has."""
    address: str
    """The page with its query; of an answer to a form, the page that the form is on."""

    def switched(self, language: str) -> str:
        """Give the address of the same page in another language."""
        return f"{self.address}{'&' if '?' in self.address else '?'}lang={language}"


def begin(request: Request) -> Visit:
    """Take up a request, signed in or not; ``?lang=`` chooses the language from now on.

    Nothing is begun for a form that came without a session: a page from elsewhere may have sent it, without the cookie of the
    session that there is, and the answer's cookie would take that one's place.
    """
    session: dict[str, Any] = request.scope.setdefault("session", {})
    is_form = request.method == "POST"
    chosen = request.query_params.get("lang", "")
    if chosen in LANGUAGES and chosen != session.get("language") and not is_form:
        session["language"] = chosen
    if "token" not in session and not is_form:
        session["token"] = _token()
    language = session.get("language") or preferred(request.headers.get("accept-language", ""))
    sessions: Sessions = request.app.state.sessions
    return Visit(PageTexts(language), session.get("token", ""), sessions.user_of(session), _address(request))


def _token() -> str:
    return secrets.token_urlsafe(24)


def _address(request: Request) -> str:
    path = request.url.path
    if request.method == "POST":
        page = _FORMS.match(path)
        return page[0] if page else "/"
    query = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != "lang"])
    return local_path(f"{quote(path)}?{query}" if query else quote(path))


def let_in(request: Request, *, must_sign_in: bool) -> Visit:
    """Take up a request for a page; raises :class:`SignInNeededError`, or :class:`RefusedError`.

    Without an account only those are let in who call this machine by its own name: a page from elsewhere, whose name was made to
    lead here, is not, and neither is somebody elsewhere for whom a proxy on this machine asks.
    """
    visit = begin(request)
    if must_sign_in:
        if not visit.username:
            raise SignInNeededError
    elif not _is_by_own_name(request):
        raise RefusedError(403, "loopback_only")
    elif any(name in {"forwarded", "via", "x-real-ip"} or name.startswith("x-forwarded-") for name in request.headers):
        raise RefusedError(403, "no_proxy")
    return visit


def _is_by_own_name(request: Request) -> bool:
    try:
        return is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")
    except ValueError:
        return False


def sign_in(request: Request) -> None:
    """Begin a session of its own: nothing of what was there before is taken over but the language."""
    sessions: Sessions = request.app.state.sessions
    _renew(request, sessions.begin() | {"token": _token()})


def sign_out(request: Request) -> None:
    """End the session."""
    sessions: Sessions = request.app.state.sessions
    sessions.end(request.session)
    _renew(request, {})


def _renew(request: Request, held: Mapping[str, Any]) -> None:
    language = request.session.get("language")
    request.session.clear()
    request.session.update(dict(held) | ({"language": language} if language else {}))


def check_form(visit: Visit, token: str) -> None:
    """Raise :class:`RefusedError` unless the form came from a page of this session."""
    if not visit.token:
        raise RefusedError(403, "no_cookie")
    if not secrets.compare_digest(token.encode(), visit.token.encode()):
        raise RefusedError(403, "stale")


def local_path(wanted: str) -> str:
    """Give the page to go on with after signing in: one of ours, whatever the address said."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else "/"
