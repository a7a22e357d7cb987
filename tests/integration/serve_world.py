"""``syncsvc serve`` as a program of its own, at a port of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cli_world import Result, World, ended, wait_until

from syncsvc.domain.plan import RunStatus
from syncsvc.state import queries
from syncsvc.state.database import open_engine, upgrade
from syncsvc.state.store import Store

PROMISED = 10.0
"""Seconds in which a stopped service is gone."""


def fetch(url: str, method: str = "GET") -> httpx.Response:
    """Ask a port of this machine, without the certificates of the whole world: loading them takes longer than all the rest."""
    return httpx.request(method, url, timeout=10, trust_env=False, verify=False)


@dataclass
class Serving:
    """A running service."""

    program: subprocess.Popen[str]
    port: int

    def get(self, path: str) -> httpx.Response:
        return fetch(f"http://127.0.0.1:{self.port}{path}")

    def metrics(self) -> dict[str, float]:
        """Give each figure by its name and labels."""
        lines = self.get("/metrics").text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}

    def answers(self) -> bool:
        assert self.program.poll() is None, ended(self.program).err
        with contextlib.suppress(httpx.TransportError):
            return self.get("/healthz").status_code == httpx.codes.OK
        return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Result:
        self.program.send_signal(number)
        return ended(self.program, timeout=PROMISED)

    def kill(self) -> None:
        self.program.kill()
        ended(self.program)


@contextlib.contextmanager
def serving(world: World, **settings: str) -> Iterator[Serving]:
    """Start the service and wait until it answers; at the end it is stopped if it still runs."""
    port = free_port()
    found = Serving(world.start("serve", SYNCSVC_CONSOLE__PORT=str(port), **settings), port)
    try:
        wait_until(found.answers, seconds=60)
        yield found
    finally:
        if found.program.poll() is None:
            found.kill()


def missed_last_night(world: World) -> None:
    """Let the database know of a nightly run long ago, so that the service begins one as soon as it starts."""
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    try:
        upgrade(engine)
        store, at = Store(engine), datetime.now(UTC) - timedelta(days=3)
        number = store.start_run("daily", full=True, dry_run=False, at=at)
        store.finish_run(number, RunStatus.SUCCEEDED, {}, [], at)
    finally:
        engine.dispose()


def nightly(world: World) -> list[str]:
    """Give the statuses of nightly runs, newest first, without the one of :func:`missed_last_night`."""
    time.sleep(0.02)  # it is asked again and again, beside a service that has work to do
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    try:
        return [run["status"] for run in queries.runs(engine, limit=None) if run["kind"] == "daily"][:-1]
    finally:
        engine.dispose()


def log_lines(result: Result) -> list[dict[str, Any]]:
    """Give the lines of a service's log."""
    return [json.loads(line) for line in result.err.splitlines() if line.startswith("{")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
