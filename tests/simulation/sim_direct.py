"""The sandbox without sockets: for histories that are about crashes only, and so many that each must be quick."""

from __future__ import annotations

import httpx

from syncsvc.sandbox import Sandbox
from syncsvc.sandbox.exchange import Call


class Direct(httpx.BaseTransport):
    """Hands each request to the system that it is for, in this very thread."""

    def __init__(self, box: Sandbox) -> None:
        self._apis = {server.address[1]: server.api for server in box._servers}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert request.url.port is not None
        answer = self._apis[request.url.port].answer(
            Call(request.method, request.url.raw_path.decode(), headers, request.content)
        )
        return httpx.Response(
            answer.status, headers={"Content-Type": answer.content_type, **answer.headers}, content=answer.content
        )
