"""Mails that wait, and what people have been told: kept through restarts, taken by one at a time, never queued twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from state_examples import LATER, NOON

from syncsvc.domain.plan import RunStatus
from syncsvc.domain.told import Said, Topic
from syncsvc.state.outbox import FIRST_WAIT, GIVEN_UP_AFTER, LONGEST_WAIT, NewMail, wait
from syncsvc.state.store import Store

CONTENT = {"subject": "Été \x00 \ud800", "attachment": None}
THING = Said("f" * 64, Topic.ERRORS, "validation", "Inventaire", "Portables")
OTHER = Said("0" * 64, Topic.SILENT, "silent", "Inventaire", "Écrans")


def new(key: str = "errors:1", **changed: Any) -> NewMail:
    known: dict[str, Any] = {"kind": "errors", "recipients": ("it@x.example", "Marie"), "content": CONTENT, "about": ("A / B",)}
    return NewMail(key, **known | changed)


def test_a_mail_waits_as_it_was_queued_also_for_the_next_process(store: Store, engine: Engine) -> None:
    assert store.tell(new(), NOON)
    mail = Store(engine).take_mail(NOON)
    assert mail is not None
    assert (mail.key, mail.recipients, mail.content) == ("errors:1", ("it@x.example", "Marie"), CONTENT)
    assert (mail.queued_at, mail.tries) == (NOON, 1)


def test_an_occasion_has_one_mail_and_says_nothing_more_the_second_time(store: Store) -> None:
    assert store.tell(new(), NOON, says=[THING])
    assert not store.tell(new(), LATER, says=[OTHER], over=[THING.fingerprint])
    assert store.said() == [THING]
    assert store.take_mail(LATER) is not None
    assert store.take_mail(LATER) is None


def test_a_mail_that_was_taken_is_nobody_elses_until_its_next_try(store: Store, engine: Engine) -> None:
    store.tell(new("a"), NOON)
    store.tell(new("b"), NOON)
    first, second, third = store.take_mail(NOON), Store(engine).take_mail(NOON), store.take_mail(NOON)
    assert first is not None
    assert second is not None
    assert [first.key, second.key, third] == ["a", "b", None]
    assert store.take_mail(NOON + FIRST_WAIT - timedelta(seconds=1)) is None
    again = store.take_mail(NOON + FIRST_WAIT)
    assert again is not None
    assert (again.key, again.tries, again.message_id) == ("a", 2, first.message_id)


def test_mails_are_taken_in_the_order_in_which_they_were_queued_once_one_is_due(store: Store) -> None:
    for number, key in enumerate(("a", "b", "held")):
        store.tell(new(key), NOON)
        mail = store.take_mail(NOON, after=number)
        assert mail is not None
        if key != "held":
            assert not store.mail_failed(mail.id, mail.recipients, "down", NOON)
    assert store.take_mail(NOON + FIRST_WAIT - timedelta(minutes=1)) is None, "none is due"

    store.tell(new("c"), NOON + timedelta(minutes=1))
    taken, mail = [], store.take_mail(NOON + timedelta(minutes=1))
    while mail is not None:
        taken.append(mail.key)
        mail = store.take_mail(NOON + timedelta(minutes=1), after=mail.id)
    assert taken == ["a", "b", "c"], "what is in somebody's hands is left to him"


def test_where_the_server_fails_all_mails_wait_for_the_next_try_of_the_oldest(store: Store) -> None:
    store.tell(new("a"), NOON)
    store.tell(new("b"), NOON)
    mail = store.take_mail(NOON)
    assert mail is not None
    store.mail_failed(mail.id, mail.recipients, "down", NOON)
    store.put_off_mails(mail.id)

    assert store.take_mail(NOON + FIRST_WAIT - timedelta(seconds=1)) is None
    again = store.take_mail(NOON + FIRST_WAIT)
    assert again is not None
    assert again.key == "a"


def test_waits_grow_up_to_six_hours() -> None:
    waits = [wait(tries) for tries in range(1, 40)]
    assert waits[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_a_sent_mail_is_never_taken_again(store: Store) -> None:
    store.tell(new(), NOON)
    mail = store.take_mail(NOON)
    assert mail is not None
    store.mail_sent(mail.id, NOON)
    assert store.take_mail(NOON + timedelta(days=6)) is None


def test_those_who_got_a_mail_do_not_get_it_again(store: Store) -> None:
    store.tell(new(), NOON)
    mail = store.take_mail(NOON)
    assert mail is not None
    assert not store.mail_failed(mail.id, ["Marie"], "550", NOON)
    again = store.take_mail(NOON + FIRST_WAIT)
    assert again is not None
    assert again.recipients == ("Marie",)


def test_after_a_week_a_mail_is_given_up_and_what_it_alone_has_said_was_not_said(store: Store) -> None:
    store.tell(new(), NOON, says=[THING])
    store.tell(new("silent:1"), NOON, says=[OTHER])
    mail = store.take_mail(NOON)
    assert mail is not None
    assert not store.mail_failed(mail.id, mail.recipients, "down", NOON + GIVEN_UP_AFTER - timedelta(seconds=1))
    assert store.mail_failed(mail.id, mail.recipients, "down", NOON + GIVEN_UP_AFTER)
    assert store.said() == [OTHER]
    left = store.take_mail(NOON + 2 * GIVEN_UP_AFTER)
    assert left is not None
    assert left.key == "silent:1", "what was not tried for a week, the service being off, is tried before it is given up"


def test_what_was_said_lasts_until_it_is_over(store: Store, engine: Engine) -> None:
    store.tell(new(), NOON, says=[THING, OTHER])
    store.tell(new("errors:2"), LATER, says=[THING], over=[OTHER.fingerprint])
    assert Store(engine).said() == [THING]
    assert store.tell(None, LATER, over=[THING.fingerprint])
    assert store.said() == []


def test_ended_mails_are_forgotten_but_not_what_they_said(store: Store) -> None:
    store.tell(new(), NOON, says=[THING])
    store.tell(new("waits"), NOON)
    mail = store.take_mail(NOON)
    assert mail is not None
    store.mail_sent(mail.id, NOON)
    assert (store.forget_mails(NOON), store.forget_mails(LATER)) == (0, 1)
    assert store.said() == [THING]
    waiting = store.take_mail(LATER)
    assert waiting is not None
    assert waiting.key == "waits"


def test_runs_are_told_of_once_and_only_when_they_have_ended(store: Store) -> None:
    def run(kind: str, *, dry_run: bool = False, ended: bool = True) -> int:
        number = store.start_run(kind, full=True, dry_run=dry_run, at=NOON)
        if ended:
            store.finish_run(number, RunStatus.SUCCEEDED, {}, [], LATER)
        return number

    first, _, _, second, _ = run("daily"), run("manual"), run("daily", dry_run=True), run("daily"), run("daily", ended=False)
    assert store.untold_runs("daily") == [first, second]
    store.tell(None, LATER, run=first)
    assert store.untold_runs("daily") == [second]
    store.tell(new(), LATER, run=second)
    assert store.untold_runs("daily") == []


def test_what_mails_spoke_of_lately_is_known(store: Store) -> None:
    store.tell(new("old", about=("A / old",)), NOON - timedelta(days=2))
    store.tell(new("new", about=("A / B", "A / C")), NOON)
    store.tell(new("well", kind="recovered", about=()), NOON)
    assert store.told_about(NOON - timedelta(days=1), NOON) == {"A / B", "A / C"}
    store.tell(new("all", about=None), NOON)
    assert store.told_about(NOON - timedelta(days=1), NOON) is None


def test_what_was_queued_while_the_clock_was_ahead_is_sent_given_up_and_no_news_of_today(store: Store) -> None:
    store.tell(new(about=None), NOON + timedelta(days=3650))
    assert store.told_about(NOON - timedelta(days=1), NOON) == set()

    mail = store.take_mail(NOON)
    assert mail is not None
    assert mail.queued_at == NOON
    assert store.take_mail(NOON) is None
    assert not store.mail_failed(mail.id, mail.recipients, "down", NOON)
    assert store.take_mail(NOON + FIRST_WAIT) is not None
    assert store.mail_failed(mail.id, mail.recipients, "down", NOON + GIVEN_UP_AFTER)


def test_the_last_known_addresses_are_those_of_the_last_answer(store: Store) -> None:
    store.keep_addresses({"Marie": "marie@x.example", "Luc": "luc@x.example"})
    store.keep_addresses({"Marie": "m@x.example"})
    assert store.known_addresses() == {"Marie": "m@x.example"}
