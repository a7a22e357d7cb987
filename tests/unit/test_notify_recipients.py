"""Who gets a mail: addresses as they stand, and Hector users by their names."""

from __future__ import annotations

import pytest

from syncsvc.domain.records import User
from syncsvc.notify.recipients import find_recipients

MARIE = User(1, "marie@erables.example", "Marie Tremblay")
USERS = [MARIE, User(2, "", "Luc"), User(3, "a@x.example", "Jean"), User(4, "b@x.example", "Jean")]


def test_an_address_needs_no_user_of_hectors() -> None:
    assert find_recipients(["it@x.example"], []) == ({"it@x.example": "it@x.example"}, ())


@pytest.mark.parametrize("name", ["Marie Tremblay", " marie  TREMBLAY "])
def test_a_user_is_found_by_name_however_it_is_written(name: str) -> None:
    assert find_recipients([name], USERS) == ({name: "marie@erables.example"}, ())


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("Marie Tramblay", "Hector has no user called “Marie Tramblay”.", "Did you mean “Marie Tremblay”?"),
        ("Zoé", "Hector has no user called “Zoé”.", "Write an e-mail address instead."),
        ("Luc", "Hector's user “Luc” has no e-mail address.", "Write an e-mail address instead."),
        ("Jean", "Hector has 2 users called “Jean”.", "Write an e-mail address instead."),
    ],
)
def test_a_name_that_gives_no_single_address_is_refused(name: str, message: str, hint: str) -> None:
    found, (refusal,) = find_recipients([name, "it@x.example"], USERS)
    assert found == {"it@x.example": "it@x.example"}
    assert (refusal.message, refusal.hint, refusal.path) == (message, hint, "notify_if_error")


def test_two_entries_of_one_person_with_one_address_are_one_person() -> None:
    assert find_recipients(["Marie Tremblay"], [MARIE, MARIE]) == ({"Marie Tremblay": MARIE.email}, ())
