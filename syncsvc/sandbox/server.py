"""HTTP over a real socket for one of the two systems: reading calls, sending answers, and spoiling them as faults want it.

What the calls mean is not known here.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from syncsvc.sandbox.exchange import Answer, Api, Call
from syncsvc.sandbox.faults import Fault, Faults

Recorder = Callable[[Api, Call, int], None]
"""Takes note of a call and the status it is answered with; 0: no answer."""
_NO_LINGER = struct.pack("ii", 1, 0)


class ApiServer(ThreadingHTTPServer):
    """Serves one API on its own thread until it is closed."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api, faults: Callable[[], Faults], record: Recorder) -> None:
        self.api = api
        self.faults = faults
        self.record = record
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)
        self._thread = threading.Thread(target=self._serve, name=f"sandbox-{api.system}", daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as the base class would."""
        TCPServer.server_bind(self)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self.server_address[:2]
        return str(host), port

    def close(self) -> None:
        """Stop serving: the port is free again, open connections are ended, and held answers are not held any longer."""
        self.closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self.address).close()  # wakes the thread, which waits for a connection
        self._thread.join()
        self.server_close()
        with self._lock:
            for connection in self._connections:
                _end(connection)

    def _serve(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def add(self, connection: socket.socket) -> None:
        """Keep an open connection; one that comes while the server closes is ended at once."""
        with self._lock:
            self._connections.add(connection)
            if self.closing.is_set():
                _end(connection)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection and close it."""
        with self._lock:
            self._connections.discard(request)
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what broke inside, but not that a client went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client was faster
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept alive over many calls; each answer leaves in one piece."""

    server: ApiServer
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.add(self.connection)

    def do_GET(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            self._send(Answer(411, ""))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, self.path, headers, self.rfile.read(int(length)))
        api = self.server.api
        fault = self.server.faults().draw(api.system, call)
        if fault is None:
            answer = api.answer(call)
            self.server.record(api, call, answer.status)
            self._send(answer)
        else:
            self._spoil(call, fault)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - http.server's names

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Tell the system's time, as the ``Date`` header has it."""
        moment = self.server.api.now() if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
        return format_datetime(moment.astimezone(UTC), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's word
        """Print nothing."""

    # -- faults ----------------------------------------------------------------------------------------------------------

    def _spoil(self, call: Call, fault: Fault) -> None:
        api = self.server.api
        done = api.answer(call) if fault.when == "after" else None
        match fault.kind:
            case "reset":
                self.server.record(api, call, 0)
                self._break_off()
            case "timeout":
                self._hold(call, fault, done)
            case "cut":
                answer = done or api.failure("cut", fault.detail)
                self.server.record(api, call, answer.status)
                self._send(answer, cut=True)
            case _:
                answer = api.failure(fault.kind, fault.detail)
                self.server.record(api, call, answer.status)
                self._send(answer)

    def _hold(self, call: Call, fault: Fault, done: Answer | None) -> None:
        late = done is None and bool(fault.detail.get("late"))
        self.server.record(self.server.api, call, done.status if done else 200 if late else 0)
        if self.server.closing.wait(float(fault.detail.get("seconds", 1))):
            self.close_connection = True
            return
        if late:
            done = self.server.api.answer(call)
        if done is None:
            self.close_connection = True
        else:
            self._send(done)

    def _break_off(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.connection.close()
        self.close_connection = True

    # -- sending ---------------------------------------------------------------------------------------------------------

    def _send(self, answer: Answer, *, cut: bool = False) -> None:
        content = answer.content
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if cut:
            self.close_connection = True
            content = content[: len(content) // 2]
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
