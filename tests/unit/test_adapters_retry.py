"""When a failed call is tried again, and after which wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncsvc.adapters.retry import RetryPolicy, retry_after
from syncsvc.domain.errors import (
    CredentialsError,
    MissingRightError,
    NetworkError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RefusedError,
    RemoteError,
    ServerError,
)

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def wait(error: RemoteError, policy: RetryPolicy | None = None, **how: object) -> float | None:
    defaults: dict[str, object] = {"tried": 1, "elapsed": 0.0, "is_write": False, "dice": lambda: 1.0}
    return (policy or RetryPolicy()).wait(error, **(defaults | how))  # type: ignore[arg-type]  # one bag for all tests


@pytest.mark.parametrize("kind", [RateLimitedError, NetworkError, ServerError, ProtocolError])
def test_reads_are_repeated_after_what_passes(kind: type[RemoteError]) -> None:
    assert wait(kind("x")) == 1.0
    assert wait(kind("x", may_have_been_done=True)) == 1.0


@pytest.mark.parametrize("kind", [CredentialsError, MissingRightError, RefusedError, NotFoundError])
def test_nothing_is_repeated_after_what_lasts(kind: type[RemoteError]) -> None:
    assert wait(kind("x")) is None
    assert wait(kind("x"), is_write=True) is None


@pytest.mark.parametrize("kind", [RateLimitedError, NetworkError, ServerError, ProtocolError])
def test_a_write_is_repeated_only_when_it_was_certainly_not_done(kind: type[RemoteError]) -> None:
    assert wait(kind("x"), is_write=True) == 1.0
    assert wait(kind("x", may_have_been_done=True), is_write=True) is None


def test_an_answer_that_breaks_the_contract_for_good_is_not_asked_for_again() -> None:
    error = ProtocolError("x")
    error.passing = False
    assert wait(error) is None


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(attempts=9, max_wait=20)
    assert [wait(ServerError("x"), policy, tried=tried) for tried in range(1, 8)] == [1, 2, 4, 8, 16, 20, 20]


def test_the_dice_spread_the_waits_from_nothing_to_the_whole() -> None:
    assert [wait(ServerError("x"), tried=4, dice=lambda shown=shown: shown) for shown in (0.0, 0.25, 1.0)] == [0.0, 2.0, 8.0]


def test_there_are_no_more_tries_than_attempts() -> None:
    policy = RetryPolicy(attempts=3)
    assert [wait(ServerError("x"), policy, tried=tried) is None for tried in (1, 2, 3, 4)] == [False, False, True, True]
    assert wait(ServerError("x"), RetryPolicy(attempts=1)) is None


def test_a_call_may_narrow_the_attempts_but_not_widen_them() -> None:
    assert wait(ServerError("x"), tried=2, attempts=2) is None
    assert wait(ServerError("x"), tried=1, attempts=2) == 1.0
    assert wait(ServerError("x"), RetryPolicy(attempts=2), tried=2, attempts=9) is None


def test_the_wait_asked_for_is_a_least_and_the_longest_wait_a_most() -> None:
    assert wait(RateLimitedError("x", retry_after=7.5)) == 7.5
    assert wait(RateLimitedError("x", retry_after=0.5)) == 1.0
    assert wait(RateLimitedError("x", retry_after=3600)) == 60.0
    assert wait(RateLimitedError("x", retry_after=float("inf"))) == 60.0


def test_all_tries_together_have_a_limit_of_time() -> None:
    policy = RetryPolicy(attempts=5, max_wait=30)
    assert wait(ServerError("x"), policy, elapsed=149.0) == 1.0
    assert wait(ServerError("x"), policy, elapsed=149.5) is None


def test_a_very_short_longest_wait_does_not_forbid_a_second_try() -> None:
    assert wait(ServerError("x"), RetryPolicy(attempts=2, max_wait=0.0), elapsed=0.2) == 0.0


@pytest.mark.parametrize("policy", [RetryPolicy(), RetryPolicy(1, 60), RetryPolicy(20, 0.1), RetryPolicy(3, 5)])
@pytest.mark.parametrize("asked", [None, 1.0, 3600.0])
def test_the_last_try_begins_within_the_longest_wait(policy: RetryPolicy, asked: float | None) -> None:
    """Each try takes no time, or nearly all that is left: whatever the system asks for, none begins later."""
    for lasts in (0.0, policy.max_wait / 2):
        elapsed, tried = lasts, 1
        while (pause := wait(RateLimitedError("x", retry_after=asked), policy, tried=tried, elapsed=elapsed)) is not None:
            elapsed, tried = elapsed + pause, tried + 1
            assert elapsed + policy.max_wait <= policy.longest  # and one more wait that another call was told of
            elapsed += lasts


def test_what_is_tried_once_may_still_have_to_sit_out_a_wait_that_others_were_told() -> None:
    assert RetryPolicy(1, 60).longest == 60
    assert RetryPolicy(6, 60).longest == 420


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("120", None, 120.0),
        (" 1.5 ", None, 1.5),
        ("Sat, 21 Nov 2026 10:01:00 GMT", None, 60.0),
        ("Sat, 21 Nov 2026 10:01:00 GMT", "Sat, 21 Nov 2026 10:00:50 GMT", 10.0),
        ("Sat, 21 Nov 2026 10:01:00 GMT", "nonsense", 60.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", None, 0.0),
        ("Sat, 21 Nov 2026 10:01:00 -0000", None, 60.0),
        ("soon", None, None),
        ("-5", None, None),
        ("9" * 400, None, float("inf")),
        ("86400000000", None, 86400000000.0),
        ("\u0661\u0662", None, None),
        ("1e3", None, None),
        ("inf", None, None),
        ("0x10", None, None),
        ("1, 2", None, None),
        ("Sat, 21 Nov 2126 10:00:00 GMT", None, 3155673600.0),
        ("Sat, 21 Nov 99999999999999999999 10:01:00 GMT", None, None),
        ("21 Nov 2026 10:01:00 -9999999999999999999999", None, None),
        ("Sat, 31 Feb 2026 10:01:00 GMT", None, None),
        ("nan", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_wait_is_read_as_seconds_or_as_a_date_by_the_servers_own_clock(
    header: str | None, date: str | None, seconds: float | None
) -> None:
    assert retry_after(header, date=date, now=NOW) == seconds
