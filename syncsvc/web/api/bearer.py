"""Who may use the API: whoever has the token of the settings; nothing of a request is read before that is clear."""

from __future__ import annotations

import secrets
from collections.abc import Collection

import structlog
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from syncsvc.domain.errors import ErrorKind, failure

_UNKNOWN, _FORBIDDEN = 401, 403
_log = structlog.get_logger("syncsvc")


class Bearer:
    """Stands in front of the API; ``open_to_all`` are paths that say nothing of the service's data."""

    def __init__(self, app: ASGIApp, token: str, open_to_all: Collection[str] = ()) -> None:
        self._app, self._token, self._open = app, token, open_to_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or say why not."""
        request = Request(scope)
        # Not the path of request.url: of that, with some versions of Starlette, the header Host decides.
        refusal = None if scope["path"] in self._open and self._token else self._refusal(request)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> JSONResponse | None:
        if not self._token:
            hint = "Set SYNCSVC_CONSOLE__API_TOKEN to a long random text, and start the service anew."
            return JSONResponse(failure("The API is off: no token is set for it.", hint, ErrorKind.PERMISSION), _FORBIDDEN)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), self._token.encode()):
            return None
        if given:
            _log.warning("the API was asked with a wrong token", client=request.client.host if request.client else None)
        words, challenge = (
            ("This is not the API's token.", 'Bearer error="invalid_token"') if given else ("The API needs its token.", "Bearer")
        )
        hint = "Send it as: Authorization: Bearer TOKEN; it is the setting SYNCSVC_CONSOLE__API_TOKEN."
        return JSONResponse(
            failure(words, hint, ErrorKind.CREDENTIALS),
            _UNKNOWN,
            headers={"WWW-Authenticate": challenge, "Cache-Control": "no-store"},
        )
