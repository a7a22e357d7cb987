"""The connections to one system's server: how a request reaches it, and how its answer comes back, byte for byte.

As a rule they are httpcore's, which httpx itself builds upon: what ``httpx.Client`` adds (sessions, redirects, hooks, a chain of
ways to sign in) is not wanted here and takes longer than all the rest of a request. Where the environment names a proxy, or the
caller hands in a transport, httpx does it all.

Whatever goes wrong is raised as httpx's exceptions. What is sent, and what may be repeated, is ``http.py``'s business.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol, TypeAlias
from urllib.request import getproxies

import httpcore
import httpx

from syncsvc.adapters.deadline import Backend, Deadline, enforce

KEPT = 5.0
"""Seconds that a connection without a request is kept."""
ADDRESSES = 64
"""Addresses kept at hand: those of a load's creations are all the same, those of pages never."""
Params: TypeAlias = tuple[tuple[str, str], ...]
_PROXIES = ("http", "https", "all")
_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
_log = logging.getLogger("httpx")
"""Where httpx says what was asked, so that one setting is enough to hear of every request."""


def is_proxied() -> bool:
    """Whether the environment names a proxy."""
    return any(getproxies().get(scheme) for scheme in _PROXIES)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is still to come."""

    status: int
    headers: httpx.Headers
    chunks: Iterable[bytes]
    """The body as it comes off the wire; raises httpx's exceptions."""


class Connections(Protocol):
    """Sends requests; safe to use from several threads."""

    @contextmanager
    def asked(self, method: str, address: str, params: Params, body: bytes | None) -> Iterator[Reply]:
        """Send a request and give what begins to come back."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


def connect(
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    most: int,
    deadline: Deadline,
    transport: httpx.BaseTransport | None,
) -> Connections:
    """Make ready, without connecting yet; ``headers`` go with every request, ``most`` connections are open at the most."""
    sent = httpx.Headers({"Connection": "keep-alive"} | dict(headers))
    if transport is not None or is_proxied():
        return _ByHttpx(sent, timeout, most, deadline, transport)
    return _Direct(sent, timeout, deadline)


class _Direct:
    """Straight to the server, each request over the connection that was free last: as many are open as are asked at once.

    How many that are is decided by who asks (``pace.py``).
    """

    def __init__(self, headers: httpx.Headers, timeout: httpx.Timeout, deadline: Deadline) -> None:
        self._headers = headers.raw
        self._timeout = {"timeout": timeout.as_dict()}
        self._backend = Backend(deadline)
        self._free: list[httpcore.HTTPConnection] = []
        self._is_closed = False
        self._target = lru_cache(ADDRESSES)(_target)

    @contextmanager
    def asked(self, method: str, address: str, params: Params, body: bytes | None) -> Iterator[Reply]:
        """Send a request and give what begins to come back."""
        url, host = self._target(address, params)
        headers = [(b"Host", host), *self._headers]
        if body is not None:
            headers += [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body))]
        request = httpcore.Request(method, url, headers=headers, content=body, extensions=self._timeout)
        connection = self._take(url.origin)
        try:
            response = connection.handle_request(request)
            try:
                assert isinstance(response.stream, Iterable)
                if _log.isEnabledFor(logging.INFO):
                    said = response.extensions["http_version"] + b" %d " % response.status + response.extensions["reason_phrase"]
                    _log.info('HTTP Request: %s %s "%s"', method, _url(address, params), said.decode("ascii", "replace"))
                yield Reply(response.status, httpx.Headers(response.headers), response.stream)
            finally:
                response.close()
        except _FAILURES as failure:
            raise _as_httpx(failure) from failure
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        while self._free:
            self._free.pop().close()

    def _take(self, origin: httpcore.Origin) -> httpcore.HTTPConnection:
        while True:
            try:
                connection = self._free.pop()
            except IndexError:
                return httpcore.HTTPConnection(origin, _tls(), KEPT, network_backend=self._backend)
            if connection.is_available() and not connection.has_expired():
                return connection
            connection.close()

    def _give_back(self, connection: httpcore.HTTPConnection) -> None:
        if connection.is_idle() and not self._is_closed:
            self._free.append(connection)
        else:
            connection.close()


class _ByHttpx:
    """Through a proxy, or whatever else httpx is told to use."""

    def __init__(
        self, headers: httpx.Headers, timeout: httpx.Timeout, most: int, deadline: Deadline, transport: httpx.BaseTransport | None
    ) -> None:
        self._client = httpx.Client(
            headers=headers,
            timeout=timeout,
            limits=httpx.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=KEPT),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # each call signs in; a stale session would only disturb
            follow_redirects=False,
            verify=_tls(),
            transport=transport,
        )
        enforce(self._client, deadline)

    @contextmanager
    def asked(self, method: str, address: str, params: Params, body: bytes | None) -> Iterator[Reply]:
        """Send a request and give what begins to come back."""
        of_a_body = {"Content-Type": "application/json"} if body is not None else None
        with self._client.stream(method, address, params=params or None, content=body, headers=of_a_body) as response:
            assert isinstance(response.stream, httpx.SyncByteStream)
            yield Reply(response.status_code, response.headers, response.stream)  # not its own iteration, which would unpack

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _url(address: str, params: Params) -> httpx.URL:
    return httpx.URL(address, params=params) if params else httpx.URL(address)


def _target(address: str, params: Params) -> tuple[httpcore.URL, bytes]:
    """Give an address as httpcore takes it, and the ``Host`` of it."""
    url = _url(address, params)
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path), url.netloc


def _as_httpx(failure: Exception) -> httpx.TransportError:
    """Give httpx's exception for one of httpcore's: they have the same names."""
    kind: type[httpx.TransportError] = getattr(httpx, type(failure).__name__)
    return kind(str(failure))


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading the certificates takes longer than everything else that a client needs
