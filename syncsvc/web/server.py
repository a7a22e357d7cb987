"""The port: taken before anything else begins, served in a thread, given back at the end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from syncsvc.domain.errors import SettingsError

PATIENCE = 2
"""Seconds that answers have to be finished once the service is to end."""
_BACKLOG = 128


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take a port; raises :class:`SettingsError` where that is not possible. Nothing is answered yet."""
    try:
        # Resolved first: a name may stand for an address of either family.
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        taken = socket.socket(family, kind, protocol)
        try:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            taken.listen(_BACKLOG)
        except OSError:
            taken.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"The service cannot listen on {host}, port {port}: {error.strerror}.",
            hint="Choose others with SYNCSVC_CONSOLE__HOST and SYNCSVC_CONSOLE__PORT, or end what listens there.",
        ) from error
    with taken:
        yield taken


@contextmanager
def served(app: FastAPI, taken: socket.socket) -> Iterator[None]:
    """Answer on a port as long as this lasts."""
    # Its log lines take our way; a line for every probe of a monitor would drown them.
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=PATIENCE
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([taken],), name="port", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE + 1)
