"""One system's HTTP connection: sends calls, bounds them in time, size and number, repeats what may be repeated.

Reads are repeated, and so are creations that were certainly not carried out. An update is not: whoever sent it looks at the
record again first, because somebody may have changed it during the wait.

Failures leave here as the errors of ``domain/errors.py`` and without any secret: nothing that httpx raised is chained, because
its exceptions carry requests. What an answer says is read by the adapters, through the function that they hand in.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx

from syncsvc.adapters.answers import Answer, Call, System, one_line
from syncsvc.adapters.circuit import Circuit, Memory, NoMemory
from syncsvc.adapters.connections import Reply, connect, is_proxied
from syncsvc.adapters.deadline import Deadline
from syncsvc.adapters.no_answer import host_and_port, why_no_answer
from syncsvc.adapters.pace import NEVER, Pace, is_overload
from syncsvc.adapters.redaction import RedactingFilter, Secrets
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.adapters.tls import TlsFault, tls_fault
from syncsvc.adapters.unpacking import PACKINGS, unpacked
from syncsvc.domain.errors import ErrorKind, NetworkError, ProtocolError, RemoteError, SettingsError

T = TypeVar("T")

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that are read, unpacked: a page of 500 records may have 130,000 bytes for each."""
CONNECT_TIMEOUT = 10.0
LATE = 3.0
"""Seconds of waiting for others, after which an update is not sent: its record was looked at too long ago."""
LATE_REPEATS = 2
"""How often an update that came too late may be asked again at the least: it has not been tried at all."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_FOREIGN_LOGS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
"""Loggers that write down the address of each request, query and all, or what a server sent."""
_log = logging.getLogger(__name__)


class TooLargeError(ProtocolError):
    """An answer larger than anything that is read."""

    passing = False


class LateError(RemoteError):
    """An update that was not sent, because the system asked for a wait after its record had been looked at."""

    kind = ErrorKind.RATE_LIMITED
    passing = True


class UnknownPackingError(ProtocolError):
    """An answer packed in a way that is not unpacked."""

    passing = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take: seconds in all for one request, requests at the same time, bytes of an answer."""

    timeout: float = 60.0
    max_concurrency: int = 8
    max_answer: int = MAX_ANSWER


@dataclass(frozen=True, slots=True)
class Seams:
    """What tests put in the place of network, clock and dice."""

    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    clock: Callable[[], float] = field(default=time.monotonic)
    heard: Callable[[Call, Answer | None], None] | None = None
    """Is told of every call with what came, nothing perhaps, before anybody reads it: for who examines a system."""
    timed: Callable[[int | None, float], None] | None = None
    """Is told of every request's status (``None``: no whole answer came) and of the seconds that it took."""


class Rebuffs:
    """Counts how often on end a system has put updates off, those that were under way together as one; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._last = NEVER

    def another(self, begun: float, now: float) -> int:
        """Give the number of the rebuff that an update has met which was begun then."""
        with self._lock:
            if begun >= self._last:
                self._count += 1
                self._last = now
            return self._count

    def over(self) -> None:
        """Begin anew: an update was carried out."""
        with self._lock:
            self._count = 0


class Channel:
    """The connection to one system; safe to use from several threads."""

    def __init__(
        self,
        system: System,
        url: str,
        secrets: Secrets,
        *,
        headers: Mapping[str, str],
        limits: Limits,
        retry: RetryPolicy,
        seams: Seams,
        memory: Memory | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._system = system
        self._base = base_url(url, system)
        self._secrets = secrets
        self._names = names or {}
        self._limits = limits
        self._retry = retry
        self._seams = seams
        self._pace = Pace(limits.max_concurrency, clock=seams.clock, sleep=seams.sleep)
        self.circuit = Circuit(system, memory or NoMemory())
        """Whether the system may be asked, as far as its credentials go."""
        self._deadline = Deadline()
        self._connections = connect(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "syncsvc", **headers},
            httpx.Timeout(limits.timeout, connect=min(CONNECT_TIMEOUT, limits.timeout)),
            limits.max_concurrency,
            self._deadline,
            seams.transport,
        )
        self._filter = RedactingFilter(secrets)
        for name in _FOREIGN_LOGS:
            logging.getLogger(name).addFilter(self._filter)
        self._rebuffs = Rebuffs()
        self._counting = threading.Lock()
        self._requests = 0

    @property
    def requests(self) -> int:
        """HTTP requests made so far, repeats counted."""
        return self._requests

    @property
    def proven(self) -> bool:
        """Whether some call has succeeded, so that the credentials are known to be right."""
        return self.circuit.proven

    @property
    def limit(self) -> int:
        """Requests that may be under way at the same time, as things are now."""
        return self._pace.limit

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()
        for name in _FOREIGN_LOGS:
            logging.getLogger(name).removeFilter(self._filter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- calls -----------------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Give the moment by the clock that limits the time of all tries."""
        return self._seams.clock()

    def call(self, call: Call, read: Callable[[Answer], T], *, started: float | None = None) -> T:
        """Make a call and read its answer with ``read``; repeats it where the policy allows, else raises the last error.

        Once credentials were refused, every later call raises that error without asking. An update is made once: the error says
        by ``repeats`` how often it may be asked again, and a wait that the system asked for holds for whatever is asked next.
        ``started``: when the first of several calls began that share the time of all tries.
        """
        if call.is_update:
            return self._update(call, read)
        started = self._seams.clock() if started is None else started
        tried = 0
        waited_until = NEVER
        while True:
            tried += 1
            try:
                return self._attempt(call, read, waited_until)
            except RemoteError as error:
                wait = self._retry.wait(
                    error,
                    tried=tried,
                    elapsed=self._seams.clock() - started,
                    is_write=call.is_write,
                    dice=self._seams.random,
                    attempts=call.tries_on_500 if error.status == httpx.codes.INTERNAL_SERVER_ERROR else None,
                )
                if is_overload(error):
                    waited_until = self._pace.hold(self._retry.asked_wait(error) if wait is None else wait)
                if wait is None:
                    raise
                _log.info("%s Trying again in %.1f seconds.", error.message, wait)
            self._seams.sleep(wait)

    def _update(self, call: Call, read: Callable[[Answer], T]) -> T:
        begun = self._seams.clock()
        try:
            done = self._attempt(call, read, NEVER)
        except LateError as error:
            error.repeats = max(LATE_REPEATS, self._retry.attempts - 1)
            raise
        except RemoteError as error:
            if is_overload(error):
                rebuffs = self._rebuffs.another(begun, self._seams.clock())
                self._pace.hold(self._retry.pause(error, tried=rebuffs, dice=self._seams.random))
            if error.passing and not error.may_have_been_done:
                error.repeats = self._retry.attempts - 1
            raise
        self._rebuffs.over()
        return done

    def _attempt(self, call: Call, read: Callable[[Answer], T], waited_until: float) -> T:
        with self.circuit.attempt(), self._pace.turn(f"{call.method} {call.endpoint}", waited_until=waited_until) as held:
            self.circuit.check()  # it may have been opened while this call waited for its turn
            if call.is_update and held > LATE:
                raise LateError(
                    f"{self._system.label} asked for a wait of {held:.0f} seconds before {call.method} {call.path} was sent.",
                    hint="The next run tries again.",
                )
            return read(self._exchange(call))

    def _exchange(self, call: Call) -> Answer:
        with self._counting:
            self._requests += 1
        began = self._seams.clock() if self._seams.timed is not None else 0.0
        status = None
        try:
            with self._deadline.within(self._limits.timeout), self._open(call) as reply:
                body = self._body(call, reply)
                answer = Answer(self._system, call, reply.status, reply.headers, body, self._secrets, self._names)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            failure = self._failure(call, error)
        else:
            status = answer.status
            self._tell(call, answer)
            return answer
        finally:
            if self._seams.timed is not None:
                self._seams.timed(status, self._seams.clock() - began)
        self._tell(call, None)
        raise failure  # outside the handler: the error's context would hold the request

    def _tell(self, call: Call, answer: Answer | None) -> None:
        if self._seams.heard is not None:
            self._seams.heard(call, answer)

    def _open(self, call: Call) -> AbstractContextManager[Reply]:
        address = self._base + "/" + call.path.lstrip("/")
        return self._connections.asked(call.method, address, (*call.params, *call.secret_params), call.body)

    def _body(self, call: Call, reply: Reply) -> bytearray:
        packing = reply.headers.get("content-encoding", "").strip().lower()
        if packing not in PACKINGS:
            raise UnknownPackingError(
                f"{self._system.label}: {call.method} {call.path} answered in a packing that was not asked for "
                f"({self._secrets.redact(packing)[:40]}).",
                hint="Something between syncsvc and the system repacks answers; it must leave them as they are, or use gzip.",
                may_have_been_done=call.is_write,
                status=reply.status,
            )
        body = bytearray()
        for step in unpacked(reply.chunks, packing):
            body += step
            if len(body) > self._limits.max_answer:
                raise TooLargeError(
                    f"{self._system.label}: {call.method} {call.path} answered with more than {self._limits.max_answer} bytes.",
                    hint=f"Lower {self._system.settings}__PAGE_SIZE.",
                    may_have_been_done=call.is_write,
                    status=reply.status,
                )
        return body

    def _failure(self, call: Call, error: Exception) -> NetworkError:
        url = f"{self._system.settings}__URL"
        never_sent = isinstance(error, _NEVER_SENT)
        fault = tls_fault(error, url) if never_sent else None
        if fault is not None:
            return self._unsafe(call, fault)
        where = self._secrets.redact(host_and_port(self._base))
        what = f"could not be reached at {where}" if never_sent else "gave no complete answer"
        why = one_line(self._secrets.redact(why_no_answer(error))) or type(error).__name__
        if isinstance(error, httpx.ProxyError):
            hint = "The proxy that HTTPS_PROXY names does not let the call through."
        elif never_sent:
            hint = f"Check the network, {'the proxy that HTTPS_PROXY names, ' if is_proxied() else ''}and {url}."
        else:
            hint = f"Check the network; {self._system.settings}__TIMEOUT says how long a request may take."
        return NetworkError(
            f"{self._system.label} {what} ({call.method} {call.path}: {why}).",
            hint=hint,
            may_have_been_done=call.is_write and not never_sent,
        )

    def _unsafe(self, call: Call, fault: TlsFault) -> NetworkError:
        message = f"{self._system.label} could not be reached safely ({call.method} {call.path}): {fault.what}."
        error = NetworkError(message, hint=fault.hint)
        error.passing = not fault.lasting
        return error


def base_url(url: str, system: System) -> str:
    """Check a system's address and give it without trailing slashes; raises :class:`SettingsError`, which never quotes it."""
    parts = urlsplit(url.strip())
    try:
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment:
        raise SettingsError(
            f"{system.settings}__URL is not an address that can be called.",
            hint="It looks like https://host or https://host/path: no user name, no question mark.",
        )
    return url.strip().rstrip("/")
