"""Forgetting what is old: no more than that, never what somebody still needs, a few rows at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from state_examples import LAPTOPS, NOON, ci_id, conflict, intention, new_link, pair

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Action, Change, Outcome, Problem, RunStatus
from syncsvc.domain.records import RecordKind, Side
from syncsvc.state import queries
from syncsvc.state import retention as subject
from syncsvc.state.retention import Forgotten, Retention, forget
from syncsvc.state.store import Store
from syncsvc.state.tables import changes, errors, run_log, runs

DAY = timedelta(days=1)
NAMES = ("Inventaire", "Portables")
KEPT = Retention(runs=100, logs=10, changes=30)


def run(
    store: Store, days: float, status: RunStatus = RunStatus.SUCCEEDED, *, kind: str = "manual", category: str = "failed"
) -> int:
    """Record a run of so many days ago with two lines, a change and an error."""
    at = NOON - days * DAY
    number = store.start_run(kind, full=True, dry_run=False, at=at)
    for event in ("run started", "run finished"):
        store.log(number, "info", event, {}, at)
    change = Change(Action.UPDATE, Side.HECTOR, RecordKind.ASSET, (), ci_number="000001", asset_id=1)
    store.record_changes(number, NAMES, [(change, Outcome.DONE)], at)
    store.record_problems(number, NAMES, [Problem(ErrorKind.NETWORK, "…")], at)
    if status is not RunStatus.RUNNING:
        store.finish_run(number, status, {}, [{"cmdb": NAMES[0], "category": NAMES[1], "status": category}], at)
    return number


def left(engine: Engine) -> dict[int, tuple[int, int, int]]:
    """Give what is left by run: lines, changes, errors."""
    with engine.connect() as connection:

        def of(number: int) -> tuple[int, int, int]:
            counts = [
                connection.scalar(select(func.count()).select_from(table).where(table.c.run_id == number)) or 0
                for table in (run_log, changes, errors)
            ]
            return counts[0], counts[1], counts[2]

        return {number: of(number) for number in connection.scalars(select(runs.c.id).order_by(runs.c.id))}


def test_each_kind_is_kept_for_its_time(store: Store, engine: Engine) -> None:
    _, old, older, new = run(store, 101), run(store, 31), run(store, 11), run(store, 9)
    last = run(store, 0)

    gone = forget(engine, KEPT, NOON)

    assert left(engine) == {old: (0, 0, 0), older: (0, 1, 1), new: (2, 1, 1), last: (2, 1, 1)}
    assert gone == Forgotten(runs=1, logs=6, changes=2, errors=2)
    assert forget(engine, KEPT, NOON) == Forgotten()


def test_nothing_is_forgotten_where_everything_is_kept_for_good(store: Store, engine: Engine) -> None:
    old, last = run(store, 9999), run(store, 0)

    assert not forget(engine, Retention(0, 0, 0), NOON)
    assert left(engine) == {old: (2, 1, 1), last: (2, 1, 1)}


def test_what_somebody_still_needs_is_kept_whole_however_old(store: Store, engine: Engine) -> None:
    good = run(store, 300, category="succeeded")
    nightly = run(store, 299, kind="daily")
    open_intention = run(store, 298)
    store.add_intentions(open_intention, [intention(1)])
    run(store, 297.5, RunStatus.HELD, category="held")  # a newer one waits for the same
    waiting, approved = (run(store, days, RunStatus.HELD, category="held") for days in (297, 296))
    under_way = run(store, 295, RunStatus.RUNNING)
    approval = run(store, 200)
    with engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == approval).values(approves=approved))
    last = run(store, 199)

    forget(engine, KEPT, NOON)

    assert left(engine) == dict.fromkeys([good, nightly, open_intention, waiting, under_way, last], (2, 1, 1))


def test_links_baselines_intentions_and_conflicts_outlive_the_runs_they_came_from(store: Store, engine: Engine) -> None:
    old = run(store, 300)
    (link,) = store.add_links(old, pair(), [new_link(1)], NOON)
    store.note_conflicts(old, LAPTOPS, [conflict(1)], {ci_id(1): link}.get, NOON)
    other = run(store, 299)
    store.add_intentions(other, [intention(2)])
    run(store, 0)
    before = store.links_of(LAPTOPS), store.baselines_of(LAPTOPS), store.intentions_of(LAPTOPS)

    assert forget(engine, KEPT, NOON).runs == 1

    assert (store.links_of(LAPTOPS), store.baselines_of(LAPTOPS), store.intentions_of(LAPTOPS)) == before
    assert len(queries.conflicts(engine)) == 1


def test_a_run_recorded_while_the_clock_was_wrong_takes_no_newer_one_along(store: Store, engine: Engine) -> None:
    numbers = [run(store, 3), run(store, 20_000), run(store, 2), run(store, 0)]

    forget(engine, KEPT, NOON)

    assert list(left(engine)) == numbers


def test_it_is_done_in_small_steps_and_ends_when_asked_to(store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "ROWS", 2)
    for _ in range(5):
        run(store, 300)
    last = run(store, 0)
    asked = iter([False, False, *[True] * 20])

    assert forget(engine, KEPT, NOON, lambda: next(asked)) == Forgotten(logs=4)
    forget(engine, KEPT, NOON)

    assert list(left(engine)) == [last]


def test_the_moment_counts_not_the_day(store: Store, engine: Engine) -> None:
    run(store, 100)
    run(store, 0)
    at: datetime = NOON

    assert forget(engine, KEPT, at).runs == 0
    assert forget(engine, KEPT, at + timedelta(seconds=1)).runs == 1
