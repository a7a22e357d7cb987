"""The connection itself, on a transport without a network: sizes, times, numbers at once; redaction of texts."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from syncsvc.adapters.answers import Answer, Call, System
from syncsvc.adapters.http import Channel, Limits, Seams, TooLargeError
from syncsvc.adapters.redaction import Secrets
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.adapters.unpacking import unpacked
from syncsvc.domain.errors import NetworkError, ProtocolError, ServerError

SYSTEM = System("C2", "SYNCSVC_C2", "the settings")
READ = Call("GET", "/x", endpoint="X")
WRITE = Call("POST", "/x", endpoint="X", body=b"{}", is_write=True)
PACKED = gzip.compress(b"{}", mtime=0)


class Chunks(httpx.SyncByteStream):
    """A body as it comes off the wire."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


def channel(respond: Callable[[httpx.Request], httpx.Response], **parts: Any) -> Channel:
    seams = Seams(transport=httpx.MockTransport(respond), sleep=parts.pop("sleep", lambda _seconds: None), random=lambda: 1.0)
    settings = {"headers": {}, "limits": Limits(), "retry": RetryPolicy(attempts=3), "seams": seams} | parts
    return Channel(SYSTEM, "https://host/base/", Secrets(), **settings)


def text(answer: Answer) -> str:
    return bytes(answer.body).decode()


@pytest.mark.parametrize(("call", "perhaps"), [(READ, False), (WRITE, True)])
def test_an_answer_larger_than_is_read_is_refused_and_not_asked_for_again(call: Call, *, perhaps: bool) -> None:
    def large(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"x" * 1001)

    with channel(large, limits=Limits(max_answer=1000)) as connection:
        with pytest.raises(TooLargeError) as error:
            connection.call(call, text)
        assert (connection.requests, error.value.may_have_been_done) == (1, perhaps)
    with channel(large, limits=Limits(max_answer=1001)) as connection:
        assert len(connection.call(call, text)) == 1001


def test_the_size_counts_unpacked() -> None:
    packed = gzip.compress(b"x" * 100_000, mtime=0)

    def small_to_look_at(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})

    assert len(packed) < 1000
    with channel(small_to_look_at, limits=Limits(max_answer=1000)) as connection, pytest.raises(TooLargeError):
        connection.call(READ, text)


@pytest.mark.parametrize("packing", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip,deflate", "x-unheard-of"])
def test_a_packing_that_was_not_asked_for_is_refused_before_it_is_unpacked(packing: str) -> None:
    """Gzip in gzip grows a millionfold: a few kilobytes of it would fill the memory."""
    inner = gzip.compress(b"x" * 10_000_000, mtime=0)
    asked = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept-encoding"])
        return httpx.Response(200, stream=Chunks([gzip.compress(inner, mtime=0)]), headers={"Content-Encoding": packing})

    with channel(respond) as connection, pytest.raises(ProtocolError, match="packing") as error:
        connection.call(WRITE, text)
    assert (asked, error.value.passing, error.value.may_have_been_done) == (["gzip"], False, True)


@pytest.mark.parametrize(("packing", "body"), [("gzip", PACKED), ("GZIP", PACKED + b"more"), ("IDENTITY", b"{}")])
@pytest.mark.parametrize("size", [1, 1000])
def test_the_usual_packings_are_unpacked(packing: str, body: bytes, size: int) -> None:
    chunks = [body[start : start + size] for start in range(0, len(body), size)]

    def respond(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Chunks(chunks), headers={"Content-Encoding": packing})

    with channel(respond) as connection:
        assert connection.call(READ, text) == "{}"


def test_a_long_answer_is_unpacked_to_its_last_byte() -> None:
    whole = bytes(range(256)) * 5000 + b"x" * 1_000_000
    assert b"".join(unpacked([gzip.compress(whole, 1, mtime=0)], "gzip")) == whole


def test_what_is_not_packed_as_it_says_is_no_complete_answer() -> None:
    def respond(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Chunks([b"{}"]), headers={"Content-Encoding": "gzip"})

    with channel(respond) as connection, pytest.raises(NetworkError, match="gave no complete answer"):
        connection.call(READ, text)


def test_an_answer_that_grows_a_thousandfold_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b"x" * 30_000_000, mtime=0)

    def respond(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Chunks([bomb]), headers={"Content-Encoding": "gzip"})

    with channel(respond, limits=Limits(max_answer=1_000_000)) as connection:
        tracemalloc.start()
        try:
            with pytest.raises(TooLargeError):
                connection.call(READ, text)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 4_000_000


@pytest.mark.parametrize(("mebibytes", "is_read"), [(64, True), (65, False)])
def test_as_shipped_an_answer_may_have_64_mebibytes(mebibytes: int, *, is_read: bool) -> None:
    one = bytes(1024 * 1024)
    with channel(lambda _: httpx.Response(200, stream=Chunks([one] * mebibytes))) as connection:
        if is_read:
            assert connection.call(READ, lambda answer: len(answer.body)) == 64 * len(one)
        else:
            with pytest.raises(TooLargeError):
                connection.call(READ, text)


@pytest.mark.parametrize(("timeout", "connect"), [(60.0, 10.0), (3.0, 3.0)])
def test_a_connection_is_made_within_ten_seconds_or_not_at_all(timeout: float, connect: float) -> None:
    asked: list[Any] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.extensions["timeout"])
        return httpx.Response(200)

    with channel(respond, limits=Limits(timeout=timeout)) as connection:
        connection.call(READ, text)
    assert asked == [{"connect": connect, "read": timeout, "write": timeout, "pool": timeout}]


def test_reading_stops_at_the_limit_and_not_at_the_end_of_what_is_sent() -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 1000
            yield b"x" * 1000

    limits = Limits(max_answer=10_000)
    with (
        channel(lambda _: httpx.Response(200, stream=Chunks(endless())), limits=limits) as connection,
        pytest.raises(TooLargeError),
    ):
        connection.call(READ, text)
    assert sent == 11_000


def test_no_more_requests_are_under_way_than_allowed() -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    both_in = threading.Barrier(2, timeout=5)

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        if request.url.path.endswith("wait"):
            both_in.wait()
        with lock:
            under_way -= 1
        return httpx.Response(200, content=b"{}")

    with channel(respond, limits=Limits(max_concurrency=2)) as connection, ThreadPoolExecutor(8) as pool:
        connection.call(READ, text)
        assert len(list(pool.map(lambda _: connection.call(Call("GET", "wait", endpoint="X"), text), range(16)))) == 16
        assert connection.requests == 17
    assert most == 2


def test_the_time_of_all_tries_is_limited() -> None:
    now = 0.0

    def slow(_request: httpx.Request) -> httpx.Response:
        nonlocal now
        now += 40
        return httpx.Response(503)

    def read(answer: Answer) -> None:
        raise ServerError("x", status=answer.status)

    seams = Seams(httpx.MockTransport(slow), lambda _seconds: None, lambda: 1.0, clock=lambda: now)
    with channel(slow, seams=seams, retry=RetryPolicy(attempts=10, max_wait=10)) as connection:
        with pytest.raises(ServerError):
            connection.call(READ, read)
        assert connection.requests == 3  # 40, 80 and 120 seconds; all tries together may take 100


def test_every_request_is_timed_by_its_status_and_one_without_a_whole_answer_by_none() -> None:
    now, answers, told = 0.0, [httpx.Response(503), httpx.Response(200, content=b"x" * 11), httpx.ReadTimeout("slow")], []

    def answer(_request: httpx.Request) -> httpx.Response:
        nonlocal now
        now += 2
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    seams = Seams(httpx.MockTransport(answer), clock=lambda: now, timed=lambda status, seconds: told.append((status, seconds)))
    with channel(answer, seams=seams, retry=RetryPolicy(attempts=1), limits=Limits(max_answer=10)) as connection:
        connection.call(READ, text)
        for error in (TooLargeError, NetworkError):
            with pytest.raises(error):
                connection.call(READ, text)

    assert told == [(503, 2.0), (None, 2.0), (None, 2.0)]


def test_somebody_who_wants_to_stop_may_do_so_while_waiting() -> None:
    class StopError(Exception):
        pass

    def stop(_seconds: float) -> None:
        raise StopError

    def read(_answer: Answer) -> None:
        raise ServerError("x")

    with channel(lambda _request: httpx.Response(503), sleep=stop) as connection, pytest.raises(StopError):
        connection.call(READ, read)


def test_the_path_is_joined_to_the_base() -> None:
    with channel(lambda request: httpx.Response(200, content=str(request.url).encode())) as connection:
        assert connection.call(Call("GET", "/a/b", endpoint="X", params=[("p", "1")]), text) == "https://host/base/a/b?p=1"
        assert connection.call(Call("GET", "a/b", endpoint="X"), text) == "https://host/base/a/b"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("the secret is s3c&ret", "the secret is ***"),
        ("S3C&RET", "***"),
        ("?password=s3c%26ret&x=1", "?password=***&x=1"),
        ("s3c&amp;ret", "***"),
        ("nothing of the kind", "nothing of the kind"),
        ("two words", "***"),
        ("Two\n \twords", "***"),
        ("twowords", "twowords"),
    ],
)
def test_a_secret_is_masked_in_every_form(said: str, shown: str) -> None:
    assert Secrets("s3c&ret", "", "two  words").redact(said) == shown
    assert Secrets("").redact(said) == said
