from __future__ import annotations

import contextvars
import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest
import structlog

from syncsvc import logs

SECRET = 'hunter2 é"\\\n+&secret'


@pytest.fixture(autouse=True)
def forget_afterwards() -> Iterator[None]:
    root, level, handlers = logging.getLogger(), logging.getLogger().level, logging.getLogger().handlers[:]
    kept = logs._secrets[:]
    yield
    structlog.reset_defaults()
    logs._secrets[:] = kept
    root.handlers[:], root.level = handlers, level


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def _started(level: str = "info", format: str = "json") -> io.StringIO:  # noqa: A002 - as the function under test calls it
    stream = io.StringIO()
    logs.configure(level, format, stream)
    return stream


def test_a_line_is_one_json_document_with_time_level_and_data() -> None:
    stream = _started()
    structlog.get_logger().info("category_read", category="Téléphones", count=12)
    (line,) = _lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "category_read", "level": "info", "category": "Téléphones", "count": 12}
    assert "Téléphones" in stream.getvalue()


def test_less_than_the_level_is_not_logged() -> None:
    stream = _started("warning")
    for say in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), say)(say)
        getattr(logging.getLogger("library"), say)("library %s", say)
    assert [line["event"] for line in _lines(stream)] == ["warning", "library warning", "error", "library error"]


def test_auto_is_json_unless_a_person_is_looking() -> None:
    person, pipe = _Terminal(), io.StringIO()
    for stream in (person, pipe):
        logs.configure("info", "auto", stream)
        structlog.get_logger().info("seen", by="x")
    assert "seen" in person.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(person.getvalue())
    assert _lines(pipe)[0]["event"] == "seen"


def test_console_is_plain_text_without_colours_where_nobody_looks() -> None:
    stream = _started(format="console")
    structlog.get_logger().info("seen", by="x")
    assert "seen" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("format", ["json", "console"])
def test_a_secret_is_hidden_wherever_it_turns_up(format: str) -> None:  # noqa: A002 - as the function under test calls it
    logs.add_secret(SECRET)
    stream = _started("debug", format)
    log = structlog.get_logger()
    log.info(SECRET, plain=SECRET, deep={"a": [{SECRET: (SECRET, {SECRET})}]}, raw=f"x{SECRET}".encode())
    log.info("url", url=f"https://h/?password={quote_plus(SECRET)}", body=json.dumps({"p": SECRET}), shown=repr(SECRET))
    log.info("object", error=ValueError(SECRET), path=[ValueError({"p": SECRET})])
    logging.getLogger("library").warning("library says %s", SECRET, extra={"p": SECRET})
    try:
        raise RuntimeError(SECRET)  # noqa: TRY301 - its traceback is what is logged
    except RuntimeError:
        log.exception("failed")
        logging.getLogger("library").exception("failed too")
    text = stream.getvalue()
    assert "hunter2" not in text
    assert text.count(logs.HIDDEN) >= 12
    assert "RuntimeError" in text


def test_what_a_thread_ends_in_is_a_line_like_any_other() -> None:
    def fails(error: BaseException) -> None:
        raise error

    logs.add_secret(SECRET)
    stream, before = _started(), threading.excepthook
    with logs.thread_errors_logged():
        for error in (ValueError(f"it is {SECRET}"), SystemExit()):
            thread = threading.Thread(target=fails, args=(error,), name="port")
            thread.start()
            thread.join()

    (line,) = _lines(stream)
    assert (line["level"], line["event"], line["thread"]) == ("error", "a thread ended in an error", "port")
    assert "ValueError: it is •••" in line["exception"]
    assert SECRET not in stream.getvalue()
    assert threading.excepthook is before


def test_a_number_that_is_a_secret_is_hidden() -> None:
    logs.add_secret("83927461")
    stream = _started()
    structlog.get_logger().info("x", pin=83927461, count=12, on=True, nothing=None, share=0.5)
    (line,) = _lines(stream)
    assert line["pin"] == logs.HIDDEN
    assert (line["count"], line["on"], line["nothing"], line["share"]) == (12, True, None, 0.5)


def test_a_secret_inside_another_leaves_nothing_of_the_longer_one() -> None:
    logs.add_secret("mot de passe")
    logs.add_secret("mot de passe bien plus long")
    assert logs.redact("a mot de passe bien plus long b mot de passe c") == f"a {logs.HIDDEN} b {logs.HIDDEN} c"


def test_a_secret_too_short_to_be_hidden_does_not_hide_the_logs() -> None:
    for text in ("", "a", "ana"):
        logs.add_secret(text)
    assert logs.redact("a banana") == "a banana"
    logs.add_secret("nana")
    assert logs.redact("a banana") == f"a ba{logs.HIDDEN}"


def test_the_run_stands_on_every_line_within_it_and_on_none_after_it() -> None:
    stream = _started()
    log = structlog.get_logger()
    with logs.run_logged(12):
        log.info("inside")
        logging.getLogger("library").warning("inside too")
        thread = threading.Thread(target=contextvars.copy_context().run, args=(log.info, "in a thread"))
        thread.start()
        thread.join()
    log.info("outside")
    assert [line.get("run") for line in _lines(stream)] == [12, 12, 12, None]


def test_a_library_s_line_for_every_request_is_left_out() -> None:
    stream = _started("info")
    logging.getLogger("httpx").info("HTTP Request: POST https://h/?password=x")
    assert stream.getvalue() == ""


def test_starting_twice_logs_once() -> None:
    first, second = _started(), _started()
    logging.getLogger("library").warning("x")
    assert first.getvalue() == ""
    assert len(_lines(second)) == 1


def test_lines_of_pool_threads_have_the_number_of_the_only_run() -> None:
    stream = _started()
    log = structlog.get_logger()

    def in_pool(event: str) -> None:
        thread = threading.Thread(target=log.info, args=(event,), name="sync_0")
        thread.start()
        thread.join()

    in_pool("before")
    with logs.run_logged(12):
        in_pool("one run")
        logging.getLogger("library").warning("in its own thread")
        with logs.run_logged(13):
            in_pool("two runs")
            log.info("the inner one")
        other = threading.Thread(target=log.info, args=("not the run's",), name="port")
        other.start()
        other.join()
    in_pool("after")
    assert [line.get("run") for line in _lines(stream)] == [None, 12, 12, None, 13, None, None]
