"""What of a run is news: new, as before, or over; and what a run that did not look cannot say."""

from __future__ import annotations

import pytest
from mail_samples import conflict, error, portables, run, unreachable

from syncsvc.notify.alarms import as_silent
from syncsvc.notify.news import CategoryFacts, Row, RunFacts, compare

ELSEWHERE = error(category="Écrans")


def said(*rows: Row) -> list[object]:
    return [row.as_said() for row in rows]


def over(facts: RunFacts, *told: Row, met: tuple[Row, ...] = ()) -> bool:
    """Whether a run ends all that was told."""
    news = compare(facts, met, [row.as_said() for row in told])
    assert len(news.over) in {0, len(told)}
    return bool(news.over)


def test_what_was_said_and_stands_unchanged_is_not_new() -> None:
    news = compare(run(), [error(1), error(2)], [error(1).as_said()])
    assert (news.new, news.before, news.over) == ((error(2),), (error(1),), ())


@pytest.mark.parametrize(
    "changed", [{"c2_value": "dear"}, {"hector_value": "1"}, {"message": "other"}, {"kind": "missing"}, {"field": "Note"}]
)
def test_what_has_changed_is_said_again(changed: dict[str, str]) -> None:
    news = compare(run(), [error(**changed)], [error().as_said()])
    assert news.new == (error(**changed),)
    assert [one.kind for one in news.over] == ["validation"]


def test_the_words_of_a_passing_error_differ_from_night_to_night() -> None:
    night, next_night = (error(kind="network", message=f"no answer after {seconds} s") for seconds in (60.1, 60.2))
    assert compare(run(), [next_night], [night.as_said()]).new == ()


def test_a_conflict_with_other_values_is_a_new_one() -> None:
    assert compare(run(), [conflict()], [conflict().as_said()]).before == (conflict(),)
    assert compare(run(), [conflict(c2_value=None)], [conflict().as_said()]).new == (conflict(c2_value=None),)


def test_the_same_conflict_in_other_words_is_the_same() -> None:
    assert conflict(field="Loaned", category="Laptops").fingerprint == conflict().fingerprint


def test_a_notice_is_no_news() -> None:
    assert not compare(run("succeeded"), [error(kind="changed_meanwhile")], []).is_bad


def test_all_is_over_when_a_full_run_met_nothing() -> None:
    news = compare(run("succeeded", portables("succeeded")), [], [error().as_said(), conflict().as_said()])
    assert news.is_over
    assert len(news.over) == 2


def test_without_anything_said_nothing_is_over() -> None:
    assert not compare(run("succeeded", portables("succeeded")), [], []).is_over


@pytest.mark.parametrize("status", ["failed", "held", "interrupted", "running"])
def test_a_category_that_was_not_done_ends_nothing(status: str) -> None:
    assert not over(run("completed_with_errors", portables(status)), error())


def test_an_incremental_run_ends_only_what_every_run_looks_at_again() -> None:
    facts = run("succeeded", portables("succeeded"), full=False)
    assert not over(facts, error())
    assert over(facts, error(kind="server"))


def test_a_single_run_ends_nothing_of_the_others() -> None:
    facts = run("succeeded", portables("succeeded"), full=False, kind="manual")
    assert not over(facts, error())
    assert not over(facts, error(kind="server"))
    assert over(facts, unreachable()), "both systems were spoken to"


def test_a_full_run_of_one_category_ends_nothing_of_another() -> None:
    facts = run("succeeded", portables("succeeded"), kind="manual")
    assert not over(facts, ELSEWHERE)
    assert over(facts, error())


def test_what_the_rules_no_longer_have_is_over_after_a_whole_night() -> None:
    assert over(run("succeeded", portables("succeeded")), ELSEWHERE)
    assert not over(run("failed", portables("succeeded")), ELSEWHERE)


def test_a_conflict_is_over_as_soon_as_nobody_lists_it() -> None:
    assert over(run("failed", portables("failed")), conflict())


def test_a_run_that_failed_as_a_whole_does_not_end_what_failed_it() -> None:
    assert not over(run("failed"), unreachable())
    assert not over(run("interrupted"), unreachable())
    assert over(run("held"), unreachable())


def test_what_is_told_once_is_forgotten_without_a_word() -> None:
    gone = error(kind="missing")
    news = compare(run("succeeded", portables("succeeded")), [], [gone.as_said()])
    assert (news.over, news.is_over, news.ended) == ((), False, {gone.fingerprint})


def test_as_long_as_something_is_left_it_is_not_over() -> None:
    facts = run("succeeded", portables("succeeded"), CategoryFacts("Inventaire", "Écrans", "held"))
    news = compare(facts, [], [error().as_said(), ELSEWHERE.as_said()])
    assert (len(news.over), len(news.left), news.is_over) == (1, 1, False)


def test_a_good_night_ends_a_silence() -> None:
    silence = as_silent(("Inventaire", "Portables"))
    assert compare(run("succeeded", portables("succeeded"), full=False), [], [silence]).is_over
    assert not compare(run("completed_with_errors", portables("failed")), [], [silence]).over


def test_a_run_reads_as_the_command_line_prints_it() -> None:
    facts = RunFacts.of(
        {
            "run": 3,
            "kind": "daily",
            "status": "held",
            "full": True,
            "started_at": "2026-11-22T02:00:41Z",
            "categories": [{"cmdb": "A", "category": "B", "status": "held", "held": ["too much"]}],
        }
    )
    assert facts.held == (CategoryFacts("A", "B", "held", ("too much",)),)
    assert facts.started_at.utcoffset() is not None


# -- held ----------------------------------------------------------------------------------------------------------------

DEAR = portables("held", "“Prix 2” would be emptied in 30 of 40 records of Hector (max_cleared_percent is 10)")


def test_what_is_held_for_the_same_reason_is_as_before_whatever_its_numbers() -> None:
    now = portables("held", "“Prix 2” would be emptied in 1,031 of 2041 records of Hector (max_cleared_percent is 12.5)")
    news = compare(run("held", now), [], [DEAR.as_said()])
    assert (news.held, news.held_before, news.left, news.forgotten) == ((), (now,), (), ())


@pytest.mark.parametrize("other", ["“Prix 3” would be emptied in 30 of 40 records of Hector", "C2 shows no CI"])
def test_what_is_held_for_another_reason_takes_the_place_of_what_was_told(other: str) -> None:
    now = portables("held", other)
    news = compare(run("held", now), [], [DEAR.as_said()])
    assert (news.held, news.held_before, news.left, news.over) == ((now,), (), (), ())
    assert news.forgotten == (DEAR.as_said(),)


def test_that_a_category_is_held_is_no_error_beside_it() -> None:
    another_run, here, elsewhere = (error(kind="guard", category=name) for name in (None, "Portables", "Écrans"))
    assert compare(run("held", DEAR), [another_run, here, elsewhere], []).new == (another_run, elsewhere)


@pytest.mark.parametrize(("full", "kind", "is_over"), [(True, "daily", True), (False, "daily", True), (False, "manual", False)])
def test_what_was_held_is_over_when_a_night_carried_it_out(*, full: bool, kind: str, is_over: bool) -> None:
    facts = run("succeeded", portables("succeeded"), full=full, kind=kind)
    assert compare(facts, [], [DEAR.as_said()]).is_over is is_over
