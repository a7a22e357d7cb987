"""Which mails there are, over stories of nights: exactly those described, on both databases and by a real mail server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mail_catcher import Caught, MailCatcher, free_port, mail_catcher
from sqlalchemy import Engine
from state_examples import LAPTOPS, conflict, linked

from syncsvc import mailing
from syncsvc.domain.errors import ErrorKind, NetworkError
from syncsvc.domain.plan import Problem, RunStatus
from syncsvc.domain.records import User
from syncsvc.domain.rules import Rules, Schedule
from syncsvc.notify.mail import MailServer
from syncsvc.state.store import Store

FIRST_NIGHT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PORTABLES, SCREENS = ("Inventaire", "Portables"), ("Inventaire", "Écrans")
IT = "it@erables.example"


def bad(number: int, **changed: Any) -> Problem:
    known: dict[str, Any] = {"hint": "Correct it.", "ci_number": f"{number:06}", "field": "Prix", "c2_value": "cher"}
    return Problem(ErrorKind.VALIDATION, "“cher” is no number.", **known | changed)


@dataclass
class Nights:
    """A story of runs, told by mail; each night is a day after the one before."""

    engine: Engine
    server: MailServer | None
    now: datetime = FIRST_NIGHT
    recipients: tuple[str, ...] = (IT,)
    users: Sequence[User] | None = ()
    """``None``: Hector is down."""
    logged: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return Store(self.engine)

    @property
    def post(self) -> mailing.Post:
        rules = Rules((), language="en", schedule=Schedule(), notify_if_error=self.recipients)
        return mailing.Post(self.engine, rules, self.server, self._users, lambda: self.now, self._hide, self._log)

    def run(
        self,
        *problems: Problem,
        kind: str = "daily",
        watched: bool = False,
        full: bool = True,
        held: str = "",
        everywhere: Sequence[Problem] = (),
        status: RunStatus | None = None,
        told: bool = True,
    ) -> int:
        """Record a run of Portables and Écrans, then let mails tell of it, and send them."""
        store = self.store
        number = store.start_run(kind, full=full, dry_run=False, at=self.now)
        store.record_problems(number, PORTABLES, problems, self.now)
        store.record_problems(number, None, everywhere, self.now)
        if held:  # an error too, as the engine has it
            held_so = Problem(ErrorKind.GUARD, f"The category is held: {held}. Nothing of it was written.", "Look at the plan.")
            store.record_problems(number, SCREENS, [held_so], self.now)
            store.keep_reviewed(number, SCREENS, [[["create", "hector", "asset", "g", "-", "-"], []]])
        status = status or self._status(problems, held)
        categories = [
            {"cmdb": PORTABLES[0], "category": PORTABLES[1], "status": "completed_with_errors" if problems else "succeeded"},
            {"cmdb": SCREENS[0], "category": SCREENS[1], "status": "held" if held else "succeeded"}
            | ({"held": [held]} if held else {}),
        ]
        store.finish_run(number, status, {}, [] if everywhere else categories, self.now)
        if told:
            mailing.tell_runs(self.post, number, watched=watched)
            mailing.send_waiting(self.post)
        self.now += timedelta(days=1)
        return number

    @staticmethod
    def _status(problems: Sequence[Problem], held: str) -> RunStatus:
        if held:
            return RunStatus.HELD
        return RunStatus.COMPLETED_WITH_ERRORS if problems else RunStatus.SUCCEEDED

    def _users(self) -> Sequence[User]:
        if self.users is None:
            raise NetworkError("Hector is down.")
        return self.users

    def _hide(self, text: str) -> str:
        return text.replace("hunter2", "•••")

    def _log(self, level: str, event: str, **data: Any) -> None:
        self.logged.append((level, event, data))


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with mail_catcher() as running:
        yield running


@pytest.fixture
def nights(engine: Engine, catcher: MailCatcher) -> Nights:
    return Nights(engine, catcher.server())


def new(catcher: MailCatcher) -> list[Caught]:
    """Give the mails since the last look."""
    found, catcher.caught = catcher.caught, []
    return found


def test_a_week_of_nights_makes_exactly_these_mails(nights: Nights, catcher: MailCatcher) -> None:
    nights.run()
    assert new(catcher) == [], "a good night is no news"

    nights.run(bad(1), bad(2), bad(3))
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] Run 2 of 2026-11-22: 3 errors"
    assert mail.text.count("  - CI:") == 3
    assert mail.text.splitlines()[0] == "Run 2 of 2026-11-22 21:00 met 3 errors that nobody was told of yet."

    nights.run(bad(1), bad(2), bad(3))
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] Run 3 of 2026-11-23: 3 as before"
    assert "  - CI:" not in mail.text
    assert mail.csv is not None
    assert mail.csv.count("as before") == 3

    nights.run(bad(1), bad(4))
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] Run 4 of 2026-11-24: 1 error, 1 as before"
    assert mail.text.splitlines()[1:3] == ["1 as before", "2 fewer: over since the last mail"]
    assert "CI: 000004" in mail.text

    nights.run(bad(1))
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] Run 5 of 2026-11-25: 1 as before"

    nights.run()
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] Run 6 of 2026-11-26: all is well again"

    nights.run()
    assert new(catcher) == []

    held = nights.run(held="41 records would be created")
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] Run 8 of 2026-11-28: waits for approval"
    assert f"syncsvc sync --approve {held}" in mail.text
    assert "Inventaire / Écrans: 41 records would be created" in mail.text
    assert "What: create · Record: asset · Where: Hector · Number: 1" in mail.text

    mailing.tell_missed(nights.post, [nights.now])
    mailing.tell_missed(nights.post, [nights.now], caught_up=True)
    mailing.send_waiting(nights.post)
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] The run due on 2026-11-29 21:00 did not take place"

    nights.run()
    (mail,) = new(catcher)
    assert mail.subject == "[syncsvc] Run 9 of 2026-11-29: all is well again"
    assert "Inventaire / Écrans: held (1)" in mail.text


def test_each_night_without_a_run_is_told_once_also_after_a_restart(nights: Nights, catcher: MailCatcher) -> None:
    due = [nights.now + timedelta(days=number) for number in range(3)]
    nights.now = due[-1] + timedelta(hours=2)
    mailing.tell_missed(nights.post, [nights.now + timedelta(days=3650)])  # the clock was wrong
    mailing.tell_missed(nights.post, due[:1])
    mailing.tell_missed(nights.post, due)
    mailing.tell_missed(nights.post, due[1:])
    mailing.send_waiting(nights.post)
    assert [mail.subject for mail in new(catcher)][1:] == [
        "[syncsvc] The run due on 2026-11-21 21:00 did not take place",
        "[syncsvc] 2 nightly runs did not take place, due from 2026-11-22 21:00 to 2026-11-23 21:00",
    ]


def test_everybody_gets_a_mail(nights: Nights, catcher: MailCatcher) -> None:
    nights.recipients = (IT, "boss@erables.example")
    nights.run(bad(1))
    assert catcher.caught[0].to == [IT, "boss@erables.example"]


def test_a_held_run_with_errors_makes_one_mail_of_each(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1), held="too much")
    assert catcher.subjects == ["[syncsvc] Run 1 of 2026-11-21: waits for approval", "[syncsvc] Run 1 of 2026-11-21: 1 error"]


def test_what_is_held_as_before_is_said_in_short_with_the_run_to_approve(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(held="41 records would be created in Hector (max_creates is 5)")
    nights.run(held="1,042 records would be created in Hector (max_creates is 5)")
    first, second = new(catcher)
    assert first.subject.endswith("waits for approval")
    assert "In C2" not in first.text
    assert second.subject.endswith("waits for approval, as before")
    assert "Number:" not in second.text
    assert second.text.splitlines()[1] == "Inventaire / Écrans: 1,042 records would be created in Hector (max_creates is 5)"
    assert "syncsvc sync --approve 2" in second.text

    nights.run(bad(1), held="43 records would be created in Hector (max_creates is 5)")
    (mail,) = new(catcher)
    assert mail.subject.endswith(": 1 error")
    waits = "Waiting for approval as before: Inventaire / Écrans; if it is meant: syncsvc sync --approve 3"
    assert mail.text.splitlines()[1] == waits

    nights.run(bad(1), held="C2 shows no CI although 7 are linked")
    assert [mail.subject.partition(": ")[2] for mail in new(catcher)] == ["waits for approval", "1 as before"]
    nights.run()
    (mail,) = new(catcher)
    assert [line for line in mail.text.splitlines() if line.endswith(")")] == [
        "Inventaire / Portables: refused value (1)",
        "Inventaire / Écrans: held (1)",
    ]


def test_what_is_held_again_after_somebody_approved_it_is_told_in_full(nights: Nights, catcher: MailCatcher) -> None:
    held = nights.run(held="41 records would be created")
    nights.store.start_run("approval", full=True, dry_run=False, at=nights.now, approves=held)
    nights.run(held="42 records would be created")
    assert [mail.subject.partition(": ")[2] for mail in new(catcher)] == ["waits for approval"] * 2
    nights.store.start_run("approval", full=True, dry_run=False, at=nights.now, approves=held + 2)
    nights.run()
    assert new(catcher) == [], "whoever approved it knows"


def test_a_failed_run_holds_nothing_that_could_be_approved(nights: Nights, catcher: MailCatcher) -> None:
    refused = Problem(ErrorKind.CREDENTIALS, "C2 refused the password.", "Set it right.")
    nights.run(held="too much", everywhere=[refused], status=RunStatus.FAILED)
    (mail,) = new(catcher)
    assert mail.subject.endswith("failed")
    assert "approv" not in mail.text


def test_a_run_that_was_approved_meanwhile_waits_no_longer(nights: Nights, catcher: MailCatcher) -> None:
    held = nights.run(held="too much", told=False)
    nights.store.start_run("approval", full=True, dry_run=False, at=nights.now, approves=held)
    mailing.tell_runs(nights.post)
    mailing.send_waiting(nights.post)
    assert catcher.subjects == []


def test_conflicts_are_mailed_until_nobody_lists_them(nights: Nights, catcher: MailCatcher) -> None:
    (link,) = linked(nights.store, 1)
    run = nights.store.start_run("manual", full=True, dry_run=False, at=nights.now)
    nights.store.note_conflicts(run, LAPTOPS, [conflict(1)], {conflict(1).ci_id: link}.get, nights.now)
    nights.run(status=RunStatus.COMPLETED_WITH_ERRORS)
    nights.run(status=RunStatus.COMPLETED_WITH_ERRORS)
    nights.store.note_conflicts(run, LAPTOPS, [], {conflict(1).ci_id: link}.get, nights.now)
    nights.run()
    first, second, third = new(catcher)
    assert first.subject.endswith(": 1 conflict")
    assert "Inventaire / Portables: conflict (1)" in first.text
    assert "In C2: one · In Hector: other" in first.text
    assert "syncsvc conflicts resolve 1 --use c2|hector" in first.text
    assert second.subject.endswith(": 1 as before")
    assert third.subject.endswith("all is well again")


def test_refused_credentials_are_said_first(nights: Nights, catcher: MailCatcher) -> None:
    refused = Problem(ErrorKind.CREDENTIALS, "C2 refused the password.", "Set it right.")
    nights.run(everywhere=[refused], status=RunStatus.FAILED)
    nights.run(everywhere=[refused], status=RunStatus.FAILED)
    nights.run()
    first, second, third = new(catcher)
    assert first.subject == "[syncsvc] Run 1 of 2026-11-21: failed"
    assert first.text.startswith("Run 1 of 2026-11-21 21:00 could not be carried out: C2 refused the password.")
    assert second.text.splitlines()[1] == "1 as before"
    assert third.subject.endswith("all is well again")


def test_a_run_that_failed_without_a_word_is_told_all_the_same(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(status=RunStatus.FAILED)
    assert "syncsvc log 1" in catcher.caught[0].text


def test_what_a_killed_process_did_not_come_to_tell_is_told_by_the_next(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1), told=False)
    nights.run(bad(1))
    assert catcher.subjects == ["[syncsvc] Run 1 of 2026-11-21: 1 error", "[syncsvc] Run 2 of 2026-11-22: 1 as before"]


def test_a_run_that_a_person_watched_leaves_what_it_met_to_the_night(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1), kind="manual", watched=True)
    assert new(catcher) == []
    nights.run(bad(1))
    assert new(catcher)[0].subject.endswith(": 1 error")


def test_a_run_by_hand_that_nobody_watched_tells_its_errors_and_nothing_else(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1), kind="manual")
    assert new(catcher)[0].subject.endswith(": 1 error")
    nights.run(kind="manual")
    assert new(catcher) == []
    nights.run()
    assert new(catcher)[0].subject.endswith("all is well again")


def test_an_incremental_night_that_did_not_look_does_not_call_all_well(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1))
    nights.run(full=False)
    assert len(new(catcher)) == 1
    nights.run()
    assert new(catcher)[0].subject.endswith("all is well again")


def test_a_dry_run_is_nobodys_news(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1), kind="manual", status=RunStatus.DRY_RUN)
    assert catcher.caught == []


# -- the mail server -----------------------------------------------------------------------------------------------------


def test_with_the_server_down_for_three_nights_nothing_is_lost_and_nothing_sent_twice(nights: Nights) -> None:
    nights.server = MailServer("localhost", free_port(), "syncsvc@erables.example", security="none", timeout=2)
    nights.run(bad(1))
    nights.run(bad(1), bad(2))
    nights.run(held="too much")
    assert [event for _, event, _ in nights.logged] == ["mail not sent, it is kept and tried again"] * 3
    assert "Connection refused" in nights.logged[0][2]["why"]
    with mail_catcher(port=nights.server.port) as catcher:
        nights.run()
        for _ in range(3):
            mailing.send_waiting(nights.post)
            nights.now += timedelta(hours=7)
    assert catcher.subjects == [
        "[syncsvc] Run 1 of 2026-11-21: 1 error",
        "[syncsvc] Run 2 of 2026-11-22: 1 error, 1 as before",
        "[syncsvc] Run 3 of 2026-11-23: waits for approval",
        "[syncsvc] Run 4 of 2026-11-24: all is well again",
    ]
    assert len({mail.message["Message-ID"] for mail in catcher.caught}) == 4


def test_after_an_outage_all_mails_come_at_once_and_in_their_order(nights: Nights) -> None:
    nights.server = MailServer("localhost", free_port(), "syncsvc@erables.example", security="none", timeout=2)
    nights.run(bad(1))
    nights.run(bad(1), bad(2))
    begin = nights.now - timedelta(days=1)
    for minutes in (10, 11, 12, 40, 90, 91):
        nights.now = begin + timedelta(minutes=minutes)
        mailing.send_waiting(nights.post)
    tries = [data["mail"] for _, event, data in nights.logged if event == "mail not sent, it is kept and tried again"]
    assert tries == ["errors:1"] * 4, "one try for all of them, with growing waits"
    with mail_catcher(port=nights.server.port) as catcher:
        nights.run()
    assert [subject.split()[2] for subject in catcher.subjects] == ["1", "2", "3"]


def test_a_server_that_is_down_for_a_week_is_given_up_on_and_the_errors_are_new_again(nights: Nights) -> None:
    server = nights.server
    nights.server = MailServer("localhost", free_port(), "syncsvc@erables.example", security="none", timeout=2)
    nights.run(bad(1))
    nights.now += timedelta(days=7)
    mailing.send_waiting(nights.post)
    level, event, data = nights.logged[-1]
    assert (level, event, data["mail"], data["run"]) == ("error", "mail given up after a week", "errors:1", 1)
    nights.server = server
    assert server is not None
    nights.run(bad(1))
    sent = next(data for _, event, data in nights.logged if event == "mail sent")
    assert (sent["mail"], sent["run"]) == ("errors:2", 2)
    assert nights.store.take_mail(nights.now + timedelta(days=30)) is None


def test_one_mail_that_is_refused_does_not_keep_the_others(nights: Nights, catcher: MailCatcher) -> None:
    nights.recipients = ("gone@erables.example",)
    catcher.refused["gone@erables.example"] = "550 no such user"
    nights.run(bad(1))
    nights.recipients = (IT,)
    nights.run(bad(2))
    assert [mail.to for mail in new(catcher)] == [[IT]]
    del catcher.refused["gone@erables.example"]
    mailing.send_waiting(nights.post)
    assert [mail.to for mail in new(catcher)] == [["gone@erables.example"]]


def test_only_those_who_were_refused_are_tried_again(nights: Nights, catcher: MailCatcher) -> None:
    nights.recipients = (IT, "full@erables.example")
    catcher.refused["full@erables.example"] = "452 mailbox full"
    nights.run(bad(1))
    assert nights.logged[-1][2]["why"] == "The mail server refused full@erables.example: 452 mailbox full"
    catcher.refused.clear()
    mailing.send_waiting(nights.post)
    assert [mail.to for mail in new(catcher)] == [[IT], ["full@erables.example"]]


def test_without_a_server_or_recipients_nothing_is_said_and_all_is_new_later(nights: Nights, catcher: MailCatcher) -> None:
    server, nights.server = nights.server, None
    nights.run(bad(1))
    nights.server, nights.recipients = server, ()
    nights.run(bad(1))
    nights.recipients = (IT,)
    nights.run(bad(1))
    assert catcher.subjects == ["[syncsvc] Run 3 of 2026-11-23: 1 error"]


def test_no_secret_is_mailed_or_kept(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1, c2_value="hunter2", hint="Use hunter2."))
    assert "•••" in catcher.caught[0].text
    assert b"hunter2" not in catcher.caught[0].message.as_bytes()
    waiting = Nights(nights.engine, None)
    assert "hunter2" not in repr(waiting.store.said())


# -- people whom the rules call by name ----------------------------------------------------------------------------------


def test_a_hector_user_is_written_to_also_when_hector_is_down(nights: Nights, catcher: MailCatcher) -> None:
    nights.recipients, nights.users = ("Marie Tremblay",), [User(1, "marie@erables.example", "Marie Tremblay")]
    nights.run(bad(1))
    nights.users = None
    nights.run(bad(2))
    assert [mail.to for mail in new(catcher)] == [["marie@erables.example"]] * 2


def test_a_mail_to_somebody_unknown_waits_and_goes_to_the_others(nights: Nights, catcher: MailCatcher) -> None:
    nights.recipients = ("Marie Tremblay", IT)
    nights.run(bad(1))
    assert [mail.to for mail in new(catcher)] == [[IT]]
    assert "Hector has no user called “Marie Tremblay”." in [event for _, event, _ in nights.logged]
    nights.users = [User(1, "marie@erables.example", "Marie Tremblay")]
    mailing.send_waiting(nights.post)
    assert [mail.to for mail in new(catcher)] == [["marie@erables.example"]]


# -- silence -------------------------------------------------------------------------------------------------------------


def silence(nights: Nights, catcher: MailCatcher, last: datetime | None) -> list[str]:
    mailing.tell_silence(nights.post, {PORTABLES: last}, nights.now - timedelta(hours=26))
    mailing.send_waiting(nights.post)
    return [mail.subject for mail in new(catcher)]


def test_silence_is_said_once_until_a_good_night(nights: Nights, catcher: MailCatcher) -> None:
    last = nights.now
    nights.now += timedelta(hours=27)
    said = ["[syncsvc] No good synchronisation for too long: Inventaire / Portables"]
    assert silence(nights, catcher, last) == said
    nights.now += timedelta(days=3)
    assert silence(nights, catcher, last) == []
    nights.run()
    assert [mail.subject.rpartition(": ")[2] for mail in new(catcher)] == ["all is well again"]
    nights.now += timedelta(days=3)
    assert silence(nights, catcher, None) == said, "a new silence is a new mail"


def test_a_silence_that_a_run_by_hand_has_ended_is_told_again_when_it_comes_back(nights: Nights, catcher: MailCatcher) -> None:
    last = nights.now
    nights.now += timedelta(hours=27)
    assert len(silence(nights, catcher, last)) == 1

    last = nights.now + timedelta(hours=1)
    nights.now = last + timedelta(hours=27)
    assert len(silence(nights, catcher, last)) == 1
    nights.now += timedelta(hours=1)
    assert silence(nights, catcher, last) == []


def test_where_a_mail_said_why_silence_says_nothing(nights: Nights, catcher: MailCatcher) -> None:
    nights.run(bad(1))
    new(catcher)
    assert silence(nights, catcher, None) == []
    nights.now += timedelta(days=2)
    assert len(silence(nights, catcher, None)) == 1
