"""Which runs count when a field does not come to rest: those that looked at its pair."""

from __future__ import annotations

from syncsvc.domain.plan import FieldWrite, History
from syncsvc.domain.records import Side
from syncsvc.planning.rest import carried_over, does_not_rest, written


def wrote(*rounds: int) -> History:
    return History(tuple(FieldWrite(number, Side.HECTOR, "ours") for number in rounds))


def test_a_round_that_does_not_look_at_the_pair_is_none_for_its_row() -> None:
    later = carried_over(wrote(5, 6, 7), 8)
    assert later is not None
    assert does_not_rest(later, 9, Side.HECTOR, "ours")
    again = carried_over(later, 9)
    assert again is not None
    assert does_not_rest(again, 10, Side.HECTOR, "ours")


def test_a_row_that_was_broken_before_stays_broken() -> None:
    assert carried_over(wrote(4, 5, 6), 8) is None
    assert carried_over(History(), 8) is None
    broken_within = carried_over(wrote(4, 6, 7), 8)
    assert broken_within is not None
    assert not does_not_rest(broken_within, 9, Side.HECTOR, "ours")


def test_a_field_that_was_given_up_stays_given_up() -> None:
    given_up = History((FieldWrite(7, Side.HECTOR, "ours"),), ("ours", "theirs"))
    later = carried_over(given_up, 8)
    assert later is not None
    assert later.stopped == ("ours", "theirs")


def test_a_write_after_a_round_that_was_none_lengthens_the_row() -> None:
    later = carried_over(wrote(6, 7), 8)
    assert does_not_rest(written(later, FieldWrite(9, Side.HECTOR, "ours")), 10, Side.HECTOR, "ours")
