"""Why a request got no answer, in words that say what to look at: the system's own are numbers and half sentences."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit

E = TypeVar("E", bound=BaseException)

_LOOK_UP: Mapping[int, str] = {
    socket.EAI_NONAME: "no such host",
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): "no such host",
    socket.EAI_AGAIN: "the host's name cannot be looked up at present",
}
_CONNECTION: Mapping[int, str] = {
    errno.ECONNREFUSED: "connection refused: nothing listens there",
    errno.EHOSTUNREACH: "no way leads to that host",
    errno.ENETUNREACH: "no way leads to that host",
    errno.ETIMEDOUT: "nothing answered in time",
    errno.ECONNRESET: "the other end broke the connection off",
    errno.EPIPE: "the other end broke the connection off",
}


def why_no_answer(error: BaseException) -> str:
    """Say in words what the network said; nothing where it said nothing."""
    fault = cause_of(error, OSError)
    known = _LOOK_UP if isinstance(fault, socket.gaierror) else _CONNECTION
    words = known.get(fault.errno or 0) if fault is not None else None
    return words or re.sub(r"\[Errno -?\d+\] ", "", str(error))


def host_and_port(url: str) -> str:
    """Give where an address leads, and no more of it."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def cause_of(error: BaseException, kind: type[E]) -> E | None:
    """Find the nearest error of a kind among those that led to this one."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, kind):
        seen = seen.__cause__ or seen.__context__
    return seen
