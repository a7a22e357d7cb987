"""How many requests are made at once, and when nobody may begin: the clock is the test's own, and nothing really waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncsvc.adapters.pace import LEARNING, Pace
from syncsvc.domain.errors import CredentialsError, NetworkError, RateLimitedError, RefusedError, RemoteError, ServerError


class Clock:
    """A clock that only sleeping, and the test, move on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace(most: int = 8, clock: Clock | None = None) -> Pace:
    clock = clock or Clock()
    return Pace(most, clock=clock, sleep=clock.sleep)


def fail(under: Pace, error: RemoteError, first: Callable[[], object] = lambda: None) -> None:
    def attempt() -> None:
        with under.turn("x"):
            first()
            raise error

    with pytest.raises(type(error)):
        attempt()


def succeed(under: Pace, times: int = 1) -> None:
    for _ in range(times):
        with under.turn("x"):
            pass


def answer_after(under: Pace, clock: Clock, seconds: float, kind: str = "x") -> None:
    with under.turn(kind):
        clock.now += seconds


@pytest.mark.parametrize("error", [RateLimitedError("429"), ServerError("503", retry_after=3.0, status=503)])
def test_a_system_that_asks_for_patience_gets_half_as_many_requests_down_to_one(error: RemoteError) -> None:
    under = pace(8)
    limits = []
    for _ in range(5):
        fail(under, error)
        limits.append(under.limit)
    assert limits == [4, 2, 1, 1, 1]


@pytest.mark.parametrize("error", [ServerError("500"), RefusedError("422"), CredentialsError("401"), NetworkError("reset")])
def test_other_failures_say_nothing_of_the_pace(error: RemoteError) -> None:
    under = pace(8)
    fail(under, error)
    assert under.limit == 8


def test_it_grows_back_by_one_a_round_and_never_beyond_the_most() -> None:
    under = pace(8)
    fail(under, RateLimitedError("429"))
    limits = []
    for _ in range(40):
        succeed(under)
        limits.append(under.limit)
    assert limits[:4] == [4, 4, 4, 4]  # one success is no reason: four of them make a fifth request
    assert limits[4] == 5
    assert limits == sorted(limits)
    assert limits[20] == 7
    assert limits[-1] == 8


def test_requests_that_were_under_way_together_count_as_one_sign() -> None:
    under = pace(8)
    all_begun = threading.Barrier(8, timeout=5)

    def refused(_number: int) -> None:
        fail(under, RateLimitedError("429"), all_begun.wait)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(refused, range(8)))
    assert under.limit == 4


def test_answers_that_take_much_longer_than_usual_are_a_sign_of_overload() -> None:
    clock = Clock()
    under = pace(8, clock)
    for _ in range(LEARNING):
        answer_after(under, clock, 0.6)
    answer_after(under, clock, 2.3)
    assert under.limit == 8  # not four times as long
    answer_after(under, clock, 4.5)
    assert under.limit == 4


def test_what_is_short_is_never_slow_and_what_is_new_is_compared_with_nothing() -> None:
    clock = Clock()
    under = pace(8, clock)
    for _ in range(LEARNING):
        answer_after(under, clock, 0.01)
    answer_after(under, clock, 1.9)
    answer_after(under, clock, 30, kind="another kind of call")
    assert under.limit == 8


def test_what_is_slow_for_long_becomes_usual() -> None:
    clock = Clock()
    under = pace(8, clock)
    for _ in range(LEARNING):
        answer_after(under, clock, 0.5)
    for _ in range(100):
        answer_after(under, clock, 4)
    assert under.limit == 8


def test_no_answer_in_a_long_time_is_a_sign_too() -> None:
    clock = Clock()
    under = pace(8, clock)
    fail(under, NetworkError("time-out"), lambda: clock.sleep(60))
    assert under.limit == 4


def test_a_wait_holds_for_whoever_comes() -> None:
    clock = Clock()
    under = pace(8, clock)
    under.hold(7)
    clock.now += 2
    succeed(under)
    assert clock.slept == [5.0]
    succeed(under)
    assert clock.slept == [5.0]


def test_who_has_waited_already_does_not_wait_twice_but_keeps_to_what_was_asked_since() -> None:
    clock = Clock()
    under = pace(8, clock)
    until = under.hold(7)
    with under.turn("x", waited_until=until):
        assert clock.slept == []
    under.hold(10)
    with under.turn("x", waited_until=until):
        assert clock.slept == [10.0]


def test_a_shorter_wait_does_not_cut_a_longer_one() -> None:
    clock = Clock()
    under = pace(8, clock)
    under.hold(30)
    under.hold(1)
    succeed(under)
    assert clock.slept == [30.0]


def test_never_more_than_the_limit_are_under_way_whatever_happens() -> None:
    under = pace(8)
    fail(under, RateLimitedError("429"))
    fail(under, RateLimitedError("429"))
    most, now, lock = 0, 0, threading.Lock()
    together = threading.Barrier(2, timeout=5)

    def work(_number: int) -> None:
        nonlocal most, now
        with under.turn("x"):
            with lock:
                now += 1
                most = max(most, now)
            together.wait()
            with lock:
                now -= 1
            raise RefusedError("no success, so nothing grows")

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(work, number) for number in range(20)]
    assert all(isinstance(future.exception(), RefusedError) for future in futures)
    assert most == 2


def test_somebody_who_wants_to_stop_is_not_kept_waiting_for_a_turn() -> None:
    class StopError(Exception):
        pass

    def stop(_seconds: float) -> None:
        raise StopError

    under = Pace(1, clock=lambda: 0.0, sleep=stop)
    with under.turn("x"), pytest.raises(StopError), under.turn("x"):
        raise AssertionError("two at once")
    succeed(under)  # and it took no place with it
