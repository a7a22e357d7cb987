"""What several threads do when a system asks for patience or refuses the credentials, over real sockets; nobody really sleeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from adapter_clients import PASSWORD, Naps, c2_at, quick
from scripted_server import Asked, Reply, ScriptedServer, answer, c2_data, c2_refusal

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.errors import CredentialsError, RateLimitedError, RemoteError, ServerError

Serve = Callable[..., ScriptedServer]


class Clock:
    """A clock that only the client's own waits move on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


class Gate:
    """A step that holds requests back until so many are there, and counts how many were under way at the same time."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._changed = threading.Condition()
        self._here = 0
        self.most = 0

    def __call__(self, _asked: Asked) -> Reply:
        with self._changed:
            self._here += 1
            self.most = max(self.most, self._here)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._expected, timeout=5)
        time.sleep(0.02)  # room for one too many to show up
        with self._changed:
            self._here -= 1
        return c2_data([])


def _at(server: ScriptedServer, clock: Clock, **settings: object) -> C2Client:
    config = C2Config(server.url, "svc", PASSWORD, ZoneInfo("UTC"), timeout=5, **settings)  # type: ignore[arg-type]
    return C2Client(config, sleep=clock.sleep, random=lambda: 1.0, clock=clock)


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_one_thread_was_asked_for_holds_for_the_others(serve: Serve, status: int) -> None:
    clock = Clock()
    moments: list[float] = []

    def note(_asked: Asked) -> Reply:
        moments.append(clock.now)
        return c2_data([])

    server = serve(note, answer({}, status, Retry_After="30"), note)
    with _at(server, clock, retry=quick(1)) as c2:
        c2.cmdbs()
        with pytest.raises(RemoteError):
            c2.cmdbs()  # its only try
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: c2.cmdbs(), range(4)))
    assert moments[0] == 0
    assert len(moments) == 5
    assert min(moments[1:]) >= 30


def test_the_wait_asked_for_never_exceeds_the_setting(serve: Serve) -> None:
    clock = Clock()
    with _at(serve(answer({}, 429, Retry_After="9" * 300), c2_data([])), clock, retry=quick(1)) as c2:
        with pytest.raises(RateLimitedError):
            c2.cmdbs()
        assert c2.cmdbs() == []
    assert clock.slept == [60.0]


def test_a_page_that_is_always_too_long_takes_no_more_time_with_every_smaller_size(serve: Serve) -> None:
    """The time of all tries is one for the page, however often its size is halved."""
    clock = Clock()
    server = serve(answer({}, 500, Retry_After="60"))
    with _at(server, clock, retry=RetryPolicy(attempts=3, max_wait=60)) as c2, pytest.raises(ServerError):
        c2.cmdbs()
    assert {asked.body["Size"] for asked in server.asked} == {500, 250, 125, 62, 31, 15, 10}
    assert sum(clock.slept) <= 3 * 60 + 7 * 60  # what is waited for together, and the hold before each size's one try
    assert len(server.asked) <= 3 + 7


def test_fewer_requests_are_made_at_once_after_a_429_and_more_again_later(serve: Serve) -> None:
    before, after, grown = Gate(8), Gate(4), Gate(1)
    steps: list[Callable[[Asked], Reply] | Reply] = [
        c2_data([]),
        *([before] * 8),
        answer({}, 429),
        *([after] * 4),
        *([grown] * 60),
    ]
    clock = Clock()
    with _at(serve(*steps), clock, max_concurrency=8, retry=quick(1)) as c2, ThreadPoolExecutor(8) as pool:

        def ask(times: int) -> None:
            list(pool.map(lambda _: c2.cmdbs(), range(times)))

        c2.cmdbs()
        ask(8)
        with pytest.raises(RateLimitedError):
            c2.cmdbs()
        ask(4)
        ask(60)
    assert before.most == 8
    assert after.most == 4
    assert 4 < grown.most <= 8


def test_requests_that_wait_for_their_turn_are_not_made_once_the_credentials_are_refused(serve: Serve) -> None:
    """The first call succeeds; then the password is changed, and twenty calls are made at the same time."""
    together = threading.Barrier(2, timeout=5)

    def refuse(_asked: Asked) -> Reply:
        together.wait()
        return c2_refusal("Mot de passe invalide.")

    server = serve(c2_data([]), refuse)
    with c2_at(server, Naps(), max_concurrency=2) as c2, ThreadPoolExecutor(20) as pool:
        c2.cmdbs()
        failures = [future.exception() for future in [pool.submit(c2.cmdbs) for _ in range(20)]]
    assert all(isinstance(failure, CredentialsError) for failure in failures)
    assert len(server.asked) == 1 + 2  # those that were in flight


def test_a_call_that_waits_to_be_repeated_is_not_repeated_once_the_credentials_are_refused(serve: Serve) -> None:
    server = serve(c2_data([]), answer({}, 503), c2_refusal("Mot de passe invalide."))

    def meanwhile(_seconds: float) -> None:
        with pytest.raises(CredentialsError):
            c2.clients()

    config = C2Config(server.url, "svc", PASSWORD, ZoneInfo("UTC"), timeout=5)
    with C2Client(config, sleep=meanwhile) as c2:
        c2.cmdbs()
        with pytest.raises(CredentialsError):
            c2.cmdbs()
    assert len(server.asked) == 3
