"""The heartbeat: a monitor's address that is called after each good run, so that it notices when the calls stop.

The address is a secret (who knows it can feign good runs), so nothing about a failure is told but its kind.
"""

from __future__ import annotations

import threading

import httpx
import structlog

from syncsvc.adapters.deadline import Deadline, enforce

TIMEOUT = 5.0
"""Seconds that the call may take in all; a command that is done waits for it before it ends."""
_log = structlog.get_logger("syncsvc")


def beat(url: str, run: int) -> threading.Thread:
    """Call the monitor after a run without waiting for it; a failure is logged and nothing else."""
    thread = threading.Thread(target=_call, args=(url, run), name="heartbeat")
    thread.start()
    return thread


def _call(url: str, run: int) -> None:
    deadline = Deadline()
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
            enforce(client, deadline)
            with deadline.within(TIMEOUT), client.stream("GET", url) as response:  # what it answers is nobody's business
                status = response.status_code
    except Exception as error:  # noqa: BLE001 - whatever it is, the run was good, and its words may quote the address
        _log.warning("heartbeat failed", run=run, why=type(error).__name__)
        return
    if status >= httpx.codes.MULTIPLE_CHOICES:
        _log.warning("heartbeat failed", run=run, why=f"the monitor answered with {status}")
