"""Ends a request after its total time, however steadily its answer drips in.

httpx limits each single read; a server that sends one byte a second keeps such a request alive for hours. Here the sockets
themselves look at the clock. The deadline belongs to the thread that makes the request.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx


class Deadline(threading.local):
    """The moment (of the monotonic clock) at which this thread's request must have ended."""

    at = float("inf")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give the requests made inside this block so many seconds in all."""
        self.at = time.monotonic() + seconds
        try:
            yield
        finally:
            self.at = float("inf")

    def left(self, timeout: float | None, error: type[Exception]) -> float | None:
        """Cut a timeout to the time that is left; raises ``error`` when there is none."""
        if self.at == float("inf"):
            return timeout
        remaining = self.at - time.monotonic()
        if remaining <= 0:
            raise error("the request took longer than it may in all")
        return remaining if timeout is None else min(remaining, timeout)


def enforce(client: httpx.Client, deadline: Deadline) -> None:
    """Make every connection of ``client`` keep the deadline, those through proxies too."""
    # httpx has no public way to hand a network backend to its transports; pyproject.toml pins 0.28, and a test drips headers.
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001 -- see above
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = Backend(deadline)  # noqa: SLF001 -- see above


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Opens connections that keep a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._inner = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self._deadline)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
