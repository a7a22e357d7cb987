"""Logs: one line an event, as JSON or for people to read; the libraries' own lines take the same way.

Known secrets never get through: whatever is logged (events, values, keys, texts of exceptions) passes :func:`_redact` last.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "•••"
SHORTEST_SECRET = 4
"""Characters below which a text is not hidden: hiding “a” everywhere would hide the logs."""

POOL = "sync"
"""How the names of a run's pool threads begin (``engine/run.py``)."""

_under_way: list[int] = []
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What begins a new line, what terminals obey, and what cannot be written."""
_secrets: list[str] = []
"""Every form of every secret, the longest first: a secret may hold another."""


def add_secret(text: str) -> None:
    """Hide ``text`` from now on, also where it is written as in a URL, in JSON or in Python."""
    if len(text) >= SHORTEST_SECRET:
        forms = {text, quote(text), quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1], repr(text)[1:-1]}
        _secrets[:] = sorted(forms.union(_secrets), key=len, reverse=True)


def redact(text: str) -> str:
    """Give ``text`` with every known secret hidden."""
    for secret in _secrets:
        text = text.replace(secret, HIDDEN)
    return text


def hide(value: Any) -> Any:
    """Give a value with every known secret hidden, however deep it stands; what is no plain value becomes text."""
    return _hide(value)


def configure(level: str = "info", format: str = "auto", stream: TextIO | None = None) -> None:  # noqa: A002 - the setting's name
    """Send logs of at least ``level`` to ``stream`` (standard error) as ``json``, ``console``, or by who is looking."""
    out = sys.stderr if stream is None else stream
    as_json = format == "json" or (format == "auto" and not out.isatty())
    plain = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _name_run,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    written: list[Processor] = [_json_line] if as_json else [_one_line, plain]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact, *written]
    handler = logging.StreamHandler(out)
    handler.setLevel(level.upper())  # a run may ask its adapters for more than is to be seen here, to store it
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # A line for every request would drown ours; what matters of requests is counted and told by the run.
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


@contextmanager
def run_logged(run: int) -> Iterator[None]:
    """Put the run's number on every line logged within, and on those of its pool threads.

    These know nothing of this context; they are given the number as long as there is no other run whose line it could be.
    """
    _under_way.append(run)
    try:
        with structlog.contextvars.bound_contextvars(run=run):
            yield
    finally:
        _under_way.remove(run)


@contextmanager
def thread_errors_logged() -> Iterator[None]:
    """Log what a thread ends in like any other error: Python itself would print it past all that is hidden here."""
    before = threading.excepthook
    threading.excepthook = _log_end
    try:
        yield
    finally:
        threading.excepthook = before


def _log_end(ended: threading.ExceptHookArgs) -> None:
    if issubclass(ended.exc_type, SystemExit):  # asked for
        return
    name = ended.thread.name if ended.thread is not None else None
    error = ended.exc_value or ended.exc_type()
    structlog.get_logger("syncsvc").error("a thread ended in an error", thread=name, exc_info=error)


def run_here() -> int | None:
    """Give the number of the run that a line logged here and now belongs to."""
    run: int | None = structlog.contextvars.get_contextvars().get("run")
    if run is None and len(_under_way) == 1 and threading.current_thread().name.startswith(POOL):
        return _under_way[0]
    return run


def _name_run(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    run = run_here()
    if run is not None:
        event.setdefault("run", run)
    return event


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {str(_hide(key)): _hide(value) for key, value in event.items()}


def _one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep an event to one line that no terminal obeys: what records hold must not pass for an event of its own."""
    whole = {"exception", "stack"}  # lines of our own
    return {key: _escape(value) if isinstance(value, str) and key not in whole else value for key, value in event.items()}


def _json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _escape(json.dumps(event, ensure_ascii=False, default=str))


def _escape(text: str) -> str:
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _hide(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case int() | float():
            return value if redact(str(value)) == str(value) else HIDDEN
        case bytes():
            return redact(value.decode("utf-8", "backslashreplace"))
        case Mapping():
            return {_hide(key): _hide(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hide(inner) for inner in value]
        case _:
            return redact(str(value))
