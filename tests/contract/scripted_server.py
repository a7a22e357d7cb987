"""A server on loopback that answers by a script, byte by byte where need be: cut, reset, dripping, silent, HTML.

It knows no contract; the sandbox does that.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass
class Reply:
    """What to answer: ``chunks`` are sent with ``pause`` seconds between them, then the connection is closed or goes on."""

    chunks: Iterable[bytes]
    pause: float = 0.0
    then: str = "keep"
    """``keep``, ``close`` or ``reset``."""


Step = Reply | Callable[[Asked], Reply]


def raw(status: int, body: bytes, content_type: str = "application/json", **headers: str) -> Reply:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Reply(["\r\n".join(lines).encode() + b"\r\n\r\n" + body])


def answer(body: Any, status: int = 200, **headers: str) -> Reply:
    return raw(status, json.dumps(body).encode(), **headers)


def c2_data(data: Any) -> Reply:
    return answer({"Status": 0, "Data": data, "Message": None, "Time": "/Date(1530719073333)/"})


def c2_refusal(message: str, status: int = 1) -> Reply:
    return answer({"Status": status, "Data": None, "Message": message, "Time": "/Date(1530719073333)/"})


def page(status: int = 200, text: str = "Please sign in") -> Reply:
    html = f"<!DOCTYPE html><html><head><style>p {{}}</style></head><body><h1>{text}</h1></body></html>"
    return raw(status, html.encode(), "text/html; charset=utf-8")


def cut() -> Reply:
    return Reply([b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"Status": 0'], then="close")


def reset() -> Reply:
    return Reply([], then="reset")


def silence(seconds: float) -> Reply:
    return Reply([b""], pause=seconds, then="close")


def dripping_headers(seconds: float) -> Reply:
    step = 0.01
    start = b"HTTP/1.1 200 OK\r\nX-Slow: "
    return Reply([start, *([b"x"] * int(seconds / step)), b"\r\n\r\n"], pause=step, then="close")


def dripping_body(seconds: float) -> Reply:
    step = 0.01
    count = int(seconds / step)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {count}\r\n\r\n".encode()
    return Reply([head, *([b" "] * count)], pause=step, then="close")


@dataclass
class ScriptedServer:
    """Gives its replies one a request, the last one for ever; remembers what was asked."""

    replies: Sequence[Step]
    asked: list[Asked] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    """Its certificate, when it is to speak https."""

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(2)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        if self.tls:
            with connection:
                try:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                except OSError:  # the client does not like the certificate
                    return
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while asked := _read(stream):
                with self._lock:
                    self.asked.append(asked)
                    step = self.replies[min(len(self.asked), len(self.replies)) - 1]
                reply = step(asked) if callable(step) else step
                for chunk in reply.chunks:
                    connection.sendall(chunk)
                    if reply.pause:
                        time.sleep(reply.pause)
                if reply.then == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if reply.then != "keep":
                    return


def _read(stream: Any) -> Asked | None:
    first = stream.readline().decode("ascii", "replace").split()
    if len(first) != 3 or not first[2].startswith("HTTP/"):  # the end, or no HTTP
        return None
    headers = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    text = stream.read(int(headers.get("content-length", 0))).decode()
    parts = urlsplit(first[1])
    return Asked(first[0], parts.path, parse_qs(parts.query), headers, text)
