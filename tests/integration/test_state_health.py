"""What the service asks the database about itself, on both kinds of databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, insert
from state_examples import LAPTOPS, NOON, ci_id, conflict, linked

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Problem, RunStatus
from syncsvc.state.category_runs import Carried, CategoryHistory
from syncsvc.state.health import figures, first_nightly_began, nightly_run_since
from syncsvc.state.outbox import GIVEN_UP_AFTER, NewMail
from syncsvc.state.store import Store
from syncsvc.state.tables import runs

HOUR = timedelta(hours=1)
PORTABLES, PRINTERS = ("Inventaire", "Portables"), ("Inventaire", "Imprimantes")


def run(
    store: Store, status: RunStatus, *, hours: float = 0, kind: str = "daily", dry_run: bool = False, **categories: str
) -> int:
    """Record a run that began so many hours after noon and took ten minutes."""
    began = NOON + hours * HOUR
    number = store.start_run(kind, full=True, dry_run=dry_run, at=began)
    told = [{"cmdb": "Inventaire", "category": name, "status": ends} for name, ends in categories.items()]
    summary = {"read": {"c2": 3, "hector": 4}, "requests": {"c2": 5, "hector": 6}}
    store.finish_run(number, status, summary, told, began + timedelta(minutes=10))
    return number


def test_only_finished_nightly_runs_count_as_taken_place(store: Store, engine: Engine) -> None:
    now = NOON + 5 * HOUR
    assert first_nightly_began(engine, now) is None
    for kind, status, dry_run in (
        ("manual", RunStatus.SUCCEEDED, False),
        ("daily", RunStatus.DRY_RUN, True),
    ):
        run(store, status, kind=kind, dry_run=dry_run)
    assert first_nightly_began(engine, now) is None

    run(store, RunStatus.INTERRUPTED)
    store.start_run("daily", full=True, dry_run=False, at=NOON)
    assert first_nightly_began(engine, now) == NOON
    assert first_nightly_began(engine, NOON - 9 * HOUR) is None, "its time has not come yet: the clock was wrong"
    assert not nightly_run_since(engine, NOON, now)

    run(store, RunStatus.FAILED)
    assert nightly_run_since(engine, NOON, now)
    assert nightly_run_since(engine, NOON + timedelta(seconds=2), now), "the clock was set back by a little"
    assert not nightly_run_since(engine, NOON + timedelta(minutes=1), now)
    assert not nightly_run_since(engine, NOON - 9 * HOUR, NOON - 8 * HOUR), "its time has not come yet: the clock was wrong"


def test_a_category_s_last_good_run_is_the_last_that_carried_it_out(store: Store, engine: Engine) -> None:
    run(store, RunStatus.SUCCEEDED, hours=1, Portables="succeeded", Imprimantes="failed")
    run(store, RunStatus.COMPLETED_WITH_ERRORS, hours=2, Portables="completed_with_errors", Imprimantes="failed")
    run(store, RunStatus.HELD, hours=3, Portables="held", Imprimantes="interrupted")
    run(store, RunStatus.DRY_RUN, hours=4, dry_run=True, Portables="succeeded", Imprimantes="succeeded")

    found = CategoryHistory(engine).look(NOON + 5 * HOUR)

    assert found.last_good == {PORTABLES: carried(2)}
    assert found.first_tried == {PORTABLES: NOON + HOUR, PRINTERS: NOON + HOUR}
    assert found.under_way is None
    assert found.last_status == {PORTABLES: "held", PRINTERS: "interrupted"}


def test_a_run_that_broke_before_it_came_to_any_category_speaks_of_all(store: Store, engine: Engine) -> None:
    history = CategoryHistory(engine)
    run(store, RunStatus.SUCCEEDED, hours=1, Portables="succeeded", Imprimantes="succeeded")
    assert history.look(NOON + 5 * HOUR).last_status == {PORTABLES: "succeeded", PRINTERS: "succeeded"}
    run(store, RunStatus.FAILED, hours=2)
    assert history.look(NOON + 5 * HOUR).last_status == {PORTABLES: "failed", PRINTERS: "failed"}
    run(store, RunStatus.SUCCEEDED, hours=3, Portables="succeeded")
    run(store, RunStatus.SUCCEEDED, hours=4)
    assert history.look(NOON + 5 * HOUR).last_status == {PORTABLES: "succeeded", PRINTERS: "failed"}


def test_a_run_that_ends_after_the_last_look_is_seen_by_the_next(store: Store, engine: Engine) -> None:
    history = CategoryHistory(engine)
    run(store, RunStatus.SUCCEEDED, hours=1, Portables="succeeded")
    number = store.start_run("daily", full=True, dry_run=False, at=NOON + 2 * HOUR)
    run(store, RunStatus.DRY_RUN, hours=3, dry_run=True, Portables="succeeded")

    at_work = history.look(NOON + 4 * HOUR)
    told = [{"cmdb": "Inventaire", "category": "Portables", "status": "succeeded"}]
    store.finish_run(number, RunStatus.SUCCEEDED, {}, told, NOON + 2 * HOUR + timedelta(minutes=10))
    afterwards = history.look(NOON + 4 * HOUR)

    assert (at_work.last_good, at_work.under_way) == ({PORTABLES: carried(1)}, NOON + 2 * HOUR)
    assert (afterwards.last_good, afterwards.under_way) == ({PORTABLES: carried(2)}, None)


def test_a_run_that_was_cut_off_again_and_again_is_under_way_since_its_first_try(store: Store, engine: Engine) -> None:
    run(store, RunStatus.INTERRUPTED, hours=0)
    run(store, RunStatus.FAILED, hours=1)
    run(store, RunStatus.INTERRUPTED, hours=2)
    run(store, RunStatus.SUCCEEDED, hours=2.5, kind="manual")
    run(store, RunStatus.INTERRUPTED, hours=3)
    store.start_run("daily", full=True, dry_run=False, at=NOON + 4 * HOUR)  # its process is dead, and nobody has noticed yet
    store.start_run("daily", full=True, dry_run=False, at=NOON + 5 * HOUR)

    assert CategoryHistory(engine).look(NOON + 6 * HOUR).under_way == NOON + 2 * HOUR


def test_a_category_s_last_good_run_is_found_behind_any_number_of_others(store: Store, engine: Engine) -> None:
    run(store, RunStatus.SUCCEEDED, Portables="succeeded", Imprimantes="succeeded")
    later = NOON + 3 * HOUR
    row = {"kind": "manual", "status": "succeeded", "full": True, "dry_run": False, "started_at": later, "finished_at": later}
    told = [{"cmdb": "Inventaire", "category": "Portables", "status": "succeeded"}]
    with engine.begin() as connection:
        connection.execute(insert(runs), [row | {"categories": told}] * 1001)

    found = CategoryHistory(engine).look(NOON + 5 * HOUR)

    assert found.last_good == {PRINTERS: carried(0), PORTABLES: Carried(later, later)}


def test_what_was_recorded_while_the_clock_was_wrong_says_nothing_until_its_time_comes(store: Store, engine: Engine) -> None:
    history = CategoryHistory(engine)
    run(store, RunStatus.SUCCEEDED, hours=1, Portables="succeeded")
    run(store, RunStatus.SUCCEEDED, hours=1000, Portables="succeeded")

    looks = [history.look(NOON + hours * HOUR).last_good for hours in (2, 1001, 3, 4)]

    assert looks == [{PORTABLES: carried(hours)} for hours in (1, 1000, 1, 1)]


def carried(hours: float) -> Carried:
    began = NOON + hours * HOUR
    return Carried(began, began + timedelta(minutes=10))


def test_figures_of_an_empty_database_are_none_at_all(engine: Engine) -> None:
    found = figures(engine)

    assert (found.runs, found.last, found.last_errors, found.open_conflicts, found.oldest_conflict) == ({}, None, {}, 0, None)


def test_figures_tell_of_the_last_run_and_of_the_conflicts_that_wait(store: Store, engine: Engine) -> None:
    (link,) = linked(store, 1)
    run(store, RunStatus.SUCCEEDED)
    number = run(store, RunStatus.COMPLETED_WITH_ERRORS, hours=1)
    run(store, RunStatus.DRY_RUN, hours=2, dry_run=True)
    problems = [Problem(ErrorKind.VALIDATION, "a"), Problem(ErrorKind.VALIDATION, "b"), Problem(ErrorKind.NETWORK, "c")]
    store.record_problems(number, PORTABLES, problems, NOON)
    store.note_conflicts(number, LAPTOPS, [conflict(1)], {ci_id(1): link}.get, NOON + HOUR)

    found = figures(engine)

    assert found.runs == {
        ("manual", "running"): 1,
        ("daily", "succeeded"): 1,
        ("daily", "completed_with_errors"): 1,
        ("daily", "dry_run"): 1,
    }
    assert found.last is not None
    assert (found.last["run"], found.last["status"]) == (number, "completed_with_errors")
    assert found.last["finished_at"] - found.last["started_at"] == timedelta(minutes=10)
    assert found.last["requests"] == {"c2": 5, "hector": 6}
    assert found.last_errors == {"validation": 2, "network": 1}
    assert (found.open_conflicts, found.oldest_conflict) == (1, NOON + HOUR)


def test_figures_tell_how_many_mails_wait_and_were_given_up(store: Store, engine: Engine) -> None:
    for key in ("a", "b", "c", "d"):
        store.tell(NewMail(key, "errors", ("it@x.example",), {}), NOON)
    for end in ("sent", "given up"):
        mail = store.take_mail(NOON)
        assert mail is not None
        if end == "sent":
            store.mail_sent(mail.id, NOON)
        else:
            assert store.mail_failed(mail.id, ["it@x.example"], "down", NOON + GIVEN_UP_AFTER)

    assert figures(engine).mails == {"waiting": 2, "sent": 1, "given_up": 1}


def test_a_killed_run_is_shown_by_what_it_recorded(store: Store, engine: Engine) -> None:
    number = store.start_run("daily", full=True, dry_run=False, at=NOON)
    store.interrupt_dead_runs(NOON + HOUR)

    found = figures(engine)

    assert found.last is not None
    assert (found.last["run"], found.last["status"], found.last["read"]) == (number, "interrupted", {"c2": 0, "hector": 0})
