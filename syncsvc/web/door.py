"""What every request passes first: no large bodies and no files are taken in, and ``HEAD`` is answered wherever a page is."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 16 * 1024
"""Bytes of a body: forms are read before anybody knows who sends them."""
_TOO_LARGE, _UNFIT = 413, 415
_API = "/api/"


class Door:
    """Stands in front of the application; refuses a body when it is asked for, so that the application says it in its words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The server leaves the body out. Of the API nobody asks for a head: that of a plan would be a whole plan.
        if scope["method"] == "HEAD" and not scope["path"].startswith(_API):
            scope = {**scope, "method": "GET"}
        headers, taken = Headers(scope=scope), 0

        async def limited() -> Message:
            nonlocal taken
            if headers.get("content-type", "").strip().lower().startswith("multipart/"):
                raise HTTPException(_UNFIT)
            if int(headers.get("content-length", "0")) > LARGEST:
                raise HTTPException(_TOO_LARGE)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST:
                raise HTTPException(_TOO_LARGE)
            return message

        await self._app(scope, limited, send)
