"""What runs write about themselves, and how people get to see it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import StatementError
from state_examples import LATER, NOON, ci_id

from syncsvc.domain.errors import ErrorKind, SyncError
from syncsvc.domain.plan import Action, Change, FieldChange, Outcome, Problem, RunStatus, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.state import queries
from syncsvc.state.store import Store
from syncsvc.state.tables import runs

NAMES = ("Inventaire", "Portables")
SUMMARY = {
    "read": {"c2": 1200, "hector": 1187},
    "created": {"c2": 0, "hector": 13},
    "updated": {"c2": 4, "hector": 9},
    "fields_written": {"c2": 5, "hector": 11},
    "unchanged": 1174,
    "linked": 1200,
    "conflicts": 1,
    "errors": 2,
    "requests": {"c2": 12, "hector": 40},
}
CATEGORY = {"cmdb": "Inventaire", "category": "Portables", "status": "completed_with_errors", "linked": 1200}


def started(store: Store, *, dry_run: bool = False) -> int:
    return store.start_run("manual", full=True, dry_run=dry_run, at=NOON)


def update(*fields: FieldChange, **changed: Any) -> Change:
    known: dict[str, Any] = {
        "action": Action.UPDATE,
        "system": Side.HECTOR,
        "record": RecordKind.ASSET,
        "ci_id": ci_id(1),
        "ci_number": "000001",
        "asset_id": 12,
        "asset_label": "TAG-12",
    }
    return Change(fields=fields, **known | changed)


PRICE = FieldChange("m", "Prix", Decimal("1.50"), Decimal("1234.56"), Decimal("1234.56"), Why.CHANGED)
BOUGHT = FieldChange("m2", "Date d'achat", None, date(2026, 7, 4), None, Why.FIRST_MEETING)
LOANED = FieldChange("m3", "Prêté", before=False, after=True, basis=True, why=Why.PUT_BACK)


def test_a_finished_run_reads_as_sync_printed_it(store: Store, engine: Engine) -> None:
    run = started(store)
    store.finish_run(run, RunStatus.COMPLETED_WITH_ERRORS, SUMMARY, [CATEGORY], LATER)
    shown = {
        "run": run,
        "kind": "manual",
        "status": "completed_with_errors",
        "full": True,
        "started_at": "2026-11-21T12:00:00.123456Z",
        "finished_at": "2026-11-21T12:05:00.123456Z",
        **SUMMARY,
    }
    assert queries.runs(engine) == [shown]
    assert list(queries.runs(engine)[0]) == list(shown), "in the order of the format"
    assert queries.run(engine, run) == shown | {"categories": [CATEGORY]}


def test_a_summary_that_holds_the_whole_object_is_not_shown_twice_or_differently(store: Store, engine: Engine) -> None:
    run = started(store)
    whole = {**SUMMARY, "run": 99, "status": "running", "categories": ["stale"], "started_at": "…"}
    store.finish_run(run, RunStatus.SUCCEEDED, whole, [], LATER)
    assert queries.runs(engine)[0]["status"] == "succeeded"
    assert queries.runs(engine)[0]["run"] == run
    assert "categories" not in queries.runs(engine)[0]


def test_runs_are_listed_newest_first_and_no_more_than_asked_for(store: Store, engine: Engine) -> None:
    numbers = [started(store) for _ in range(3)]
    assert [run["run"] for run in queries.runs(engine, limit=2)] == [numbers[2], numbers[1]]
    assert len(queries.runs(engine, limit=None)) == 3


def test_only_runs_that_were_left_running_are_found_dead(store: Store, engine: Engine) -> None:
    done, dead = started(store), started(store)
    store.finish_run(done, RunStatus.SUCCEEDED, SUMMARY, [], NOON)
    assert store.interrupt_dead_runs(LATER) == [dead]
    assert {run["run"]: run["status"] for run in queries.runs(engine)} == {done: "succeeded", dead: "interrupted"}
    assert queries.run(engine, dead)["finished_at"] == "2026-11-21T12:05:00.123456Z"
    assert queries.run(engine, done)["finished_at"] == "2026-11-21T12:00:00.123456Z"
    assert store.interrupt_dead_runs(LATER) == []


def test_a_killed_run_is_counted_from_what_it_recorded(store: Store, engine: Engine) -> None:
    run = started(store)
    rows = [
        (update(action=Action.CREATE), Outcome.DONE),
        (update(PRICE, BOUGHT), Outcome.DONE),
        (update(PRICE), Outcome.PARTLY),  # the same asset: one record
        (update(PRICE, system=Side.C2, record=RecordKind.CI), Outcome.DONE),
        (update(PRICE, asset_id=13, asset_label="TAG-13"), Outcome.REFUSED),
        (update(action=Action.LINK, asset_id=14, asset_label="TAG-14"), Outcome.DONE),
    ]
    store.record_changes(run, NAMES, rows, NOON)
    kinds = [ErrorKind.VALIDATION, ErrorKind.CONFLICT, ErrorKind.CHANGED_MEANWHILE]
    store.record_problems(run, NAMES, [Problem(kind, "…") for kind in kinds], NOON)
    shown = queries.run(engine, run)
    assert shown["created"] == {"c2": 0, "hector": 1}
    assert shown["updated"] == {"c2": 1, "hector": 1}
    assert shown["fields_written"] == {"c2": 1, "hector": 2}
    assert shown["errors"] == 1
    assert set(shown) - {"run", "kind", "status", "full", "started_at", "finished_at", "categories"} == set(SUMMARY)


def test_a_run_that_never_was_is_named(store: Store, engine: Engine) -> None:
    for ask in (queries.run, queries.errors, queries.changes, queries.log):
        with pytest.raises(SyncError, match="no run 42"):
            ask(engine, 42)
    with pytest.raises(SyncError, match="no run 42"):
        store.finish_run(42, RunStatus.SUCCEEDED, {}, [], NOON)


def test_before_the_first_run_there_is_nothing_to_list(engine: Engine) -> None:
    assert (queries.errors(engine), queries.changes(engine), queries.log(engine), queries.runs(engine)) == ([], [], [], [])


def test_changes_are_listed_as_they_were_done(store: Store, engine: Engine) -> None:
    run = started(store)
    made = update(action=Action.CREATE, asset_id=None, asset_label=None, subcategory_key=("hp", "", "840 g5"))
    store.record_changes(run, NAMES, [(update(PRICE, BOUGHT, LOANED), Outcome.PARTLY), (made, Outcome.UNCLEAR)], NOON)
    first, second = queries.changes(engine)
    assert first == {
        "run": run,
        "at": "2026-11-21T12:00:00.123456Z",
        "action": "update",
        "system": "hector",
        "record": "asset",
        "ci": "000001",
        "asset": "TAG-12",
        "subcategory": None,
        "fields": [
            {"field": "Prix", "from": "1.50", "to": "1234.56", "why": "changed"},
            {"field": "Date d'achat", "from": None, "to": "2026-07-04", "why": "first_meeting"},
            {"field": "Prêté", "from": False, "to": True, "why": "put_back"},
        ],
        "outcome": "partly",
        "names": {},
    }
    assert (second["asset"], second["subcategory"], second["outcome"]) == (None, "hp 840 g5", "unclear")


def test_a_record_without_a_label_is_named_by_its_id(store: Store, engine: Engine) -> None:
    nameless = update(ci_number=None, asset_label=None, subcategory_id=5, subcategory_key=("hp",))
    store.record_changes(started(store), NAMES, [(nameless, Outcome.DONE)], NOON)
    (shown,) = queries.changes(engine)
    assert (shown["ci"], shown["asset"], shown["subcategory"]) == (ci_id(1), "12", "5")


def test_errors_are_listed_for_the_latest_run_or_the_one_asked_for(store: Store, engine: Engine) -> None:
    first, second = started(store), started(store)
    problem = Problem(ErrorKind.VALIDATION, "Prix is no number.", "Correct it.", "000001", "TAG-12", "Prix", "abc", "1.50")
    store.record_problems(first, NAMES, [problem], NOON)
    store.record_problems(second, None, [Problem(ErrorKind.NETWORK, "Hector does not answer.")], NOON)
    assert queries.errors(engine, first) == [
        {
            "run": first,
            "kind": "validation",
            "cmdb": "Inventaire",
            "category": "Portables",
            "ci": "000001",
            "asset": "TAG-12",
            "field": "Prix",
            "c2_value": "abc",
            "hector_value": "1.50",
            "message": "Prix is no number.",
            "hint": "Correct it.",
            "at": "2026-11-21T12:00:00.123456Z",
        }
    ]
    (latest,) = queries.errors(engine)
    assert (latest["run"], latest["cmdb"], latest["category"], latest["kind"]) == (second, None, None, "network")


def test_recording_nothing_is_fine(store: Store, engine: Engine) -> None:
    run = started(store)
    store.record_changes(run, NAMES, [], NOON)
    store.record_problems(run, NAMES, [], NOON)
    assert (queries.changes(engine), queries.errors(engine)) == ([], [])


def test_the_log_keeps_its_order_and_what_json_has_no_word_for(store: Store, engine: Engine) -> None:
    run = started(store)
    store.log(run, "info", "read", {"system": Side.C2, "records": 12}, NOON)
    store.log(run, "warning", "slow", {"price": Decimal("1.50"), "since": NOON, "error": ValueError("odd")}, LATER)
    assert queries.log(engine, run) == [
        {"at": "2026-11-21T12:00:00.123456Z", "level": "info", "event": "read", "data": {"system": "c2", "records": 12}},
        {
            "at": "2026-11-21T12:05:00.123456Z",
            "level": "warning",
            "event": "slow",
            "data": {"price": "1.50", "since": "2026-11-21T12:00:00.123456Z", "error": "odd"},
        },
    ]


def test_moments_come_back_aware_and_in_utc_from_whatever_zone(store: Store, engine: Engine) -> None:
    montreal = timezone(timedelta(hours=-4))
    run = store.start_run("manual", full=True, dry_run=False, at=datetime(2026, 7, 4, 22, 30, tzinfo=montreal))
    with engine.connect() as connection:
        moment = connection.scalar(select(runs.c.started_at))
    assert moment is not None
    assert (moment, moment.tzinfo) == (datetime(2026, 7, 5, 2, 30, tzinfo=UTC), UTC)
    assert queries.run(engine, run)["started_at"] == "2026-07-05T02:30:00Z"


def test_a_moment_without_a_time_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="time zone"):
        store.start_run("manual", full=True, dry_run=False, at=NOON.replace(tzinfo=None))
