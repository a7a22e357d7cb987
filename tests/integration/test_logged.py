"""What a run stores of itself holds no secret, whoever put it there."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from state_examples import NOON

from syncsvc import logs
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Problem
from syncsvc.logged import logged_store
from syncsvc.state import queries

SECRET = "very-secret"


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def test_lines_and_errors_of_a_run_are_stored_with_the_secrets_hidden(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_secrets", [])
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
