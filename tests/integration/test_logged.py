"""What a run stores of itself holds no secret, whoever put it there."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog
from sqlalchemy import Engine
from state_examples import NOON

from syncsvc import logged, logs
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Problem, RunStatus
from syncsvc.logged import logged_store
from syncsvc.state import queries
from syncsvc.state.database import StateError
from syncsvc.state.store import Store

SECRET = "very-secret"
HTTP = logging.getLogger("syncsvc.adapters.http")


@pytest.fixture(autouse=True)
def logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logs, "_secrets", [])
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def test_lines_and_errors_of_a_run_are_stored_with_the_secrets_hidden(engine: Engine) -> None:
    logs.add_secret(SECRET)
    with logged_store(engine, lambda *_args, **_data: None) as store:
        number = store.start_run("manual", full=True, dry_run=False, at=NOON)
        store.log(number, "error", f"it said {SECRET}", {"hint": [f"use {SECRET}"], "count": 3}, NOON)
        problem = Problem(ErrorKind.SERVER, f"it said {SECRET}", f"not {SECRET}", c2_value=SECRET, hector_value=None)
        store.record_problems(number, None, [problem], NOON)

    (line,), (error,) = queries.log(engine, number), queries.errors(engine, number)
    assert SECRET not in repr(line) + repr(error)
    assert (line["event"], line["data"]) == ("it said •••", {"hint": ["use •••"], "count": 3})
    assert (error["message"], error["c2_value"], error["hector_value"]) == ("it said •••", "•••", None)


def _quiet(*_args: object, **_data: object) -> None:
    return


def test_what_the_adapters_of_a_run_log_is_stored_in_its_place_though_nobody_wants_to_see_it(engine: Engine) -> None:
    logs.add_secret(SECRET)
    seen = io.StringIO()
    logs.configure("warning", "json", seen)
    with logged_store(engine, _quiet) as store, ThreadPoolExecutor(1, thread_name_prefix=logs.POOL) as pool:
        HTTP.warning("before the run")
        number = store.start_run("manual", full=True, dry_run=False, at=NOON)
        store.log(number, "info", "run started", {}, NOON)
        HTTP.info("Hector said %s. Trying again in %.1f seconds.", SECRET, 1.5)
        pool.submit(HTTP.info, "C2 failed. Trying again in 2.0 seconds.").result()
        ThreadPoolExecutor(1, thread_name_prefix="port").submit(HTTP.info, "somebody else's").result()
        logging.getLogger("library").warning("a library's")
        HTTP.debug("too much")
        store.log(number, "info", "category read", {}, NOON)
        HTTP.warning("a last word")
    HTTP.warning("after the run")

    stored = queries.log(engine, number)
    assert [(line["level"], line["event"]) for line in stored] == [
        ("info", "run started"),
        ("info", "Hector said •••. Trying again in 1.5 seconds."),
        ("info", "C2 failed. Trying again in 2.0 seconds."),
        ("info", "category read"),
        ("warning", "a last word"),
    ]
    assert "Trying again" not in seen.getvalue()
    assert "a last word" in seen.getvalue()
    assert logging.getLogger(logged.ADAPTERS).level == logging.NOTSET


def test_no_more_lines_of_the_adapters_are_stored_than_anybody_reads(engine: Engine) -> None:
    with logged_store(engine, _quiet) as store:
        number = store.start_run("manual", full=True, dry_run=False, at=NOON)
        for count in range(logged.LIMIT + 7):
            HTTP.info("Trying again, %d.", count)
        store.finish_run(number, RunStatus.SUCCEEDED, {}, [], NOON)
        store.log(number, "info", "run finished", {}, NOON)

    events = [line["event"] for line in queries.log(engine, number)]
    assert len(events) == logged.LIMIT + 2
    assert events[-3:] == [
        f"Trying again, {logged.LIMIT - 1}.",
        "7 further lines about calls to the two systems are not kept here.",
        "run finished",
    ]


def test_lines_of_the_adapters_that_cannot_be_stored_end_no_run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StateError("The database failed.")

    with logged_store(engine, _quiet) as store:
        number = store.start_run("manual", full=True, dry_run=False, at=NOON)
        HTTP.info("Trying again.")
        with monkeypatch.context() as patched:
            patched.setattr(Store, "log_lines", away)
            store.finish_run(number, RunStatus.SUCCEEDED, {}, [], NOON)
            HTTP.info("Trying again.")

    assert queries.run(engine, number)["status"] == "succeeded"
