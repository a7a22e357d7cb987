"""C2's lists, page by page, as far as that is arithmetic; over HTTP it is shown in ``tests/contract/test_c2_reading.py``."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncsvc.adapters.c2.paging import pages
from syncsvc.domain.errors import ProtocolError, RemoteError, ServerError


@dataclass(frozen=True)
class Record:
    id: str


def read(count: int, size: int, *, largest: int | None = None, cap: int | None = None) -> tuple[list[int], list[tuple[int, int]]]:
    """Read a list of so many records; the server fails beyond ``largest`` records a page, and sends ``cap`` at the most."""
    asked: list[tuple[int, int]] = []

    def ask(page: int, wanted: int) -> list[Record]:
        asked.append((page, wanted))
        if largest is not None and wanted > largest:
            raise ServerError("too long", status=500)
        size = min(wanted, cap or wanted)
        return [Record(f"R{number}") for number in range(count)][page * size : (page + 1) * size]

    found = [record for page in pages(ask, size, too_long=lambda error: error.status == 500) for record in page]
    return [int(record.id[1:]) for record in found], asked


@given(count=st.integers(0, 400), size=st.integers(1, 120), largest=st.integers(10, 120))
def test_every_record_comes_once_and_in_order_whatever_the_size_of_pages(count: int, size: int, largest: int) -> None:
    assert read(count, size, largest=max(largest, min(size, 10)))[0] == list(range(count))


@given(count=st.integers(0, 700), cap=st.sampled_from([50, 100, 200, 250]))
def test_a_cap_that_the_server_keeps_to_itself_hides_nothing(count: int, cap: int) -> None:
    assert read(count, 500, cap=cap)[0] == list(range(count))


def test_a_short_page_is_the_last_and_nothing_is_asked_after_it() -> None:
    assert read(7, 5)[1] == [(0, 5), (1, 5)]
    assert read(10, 5)[1] == [(0, 5), (1, 5), (2, 5)]
    assert read(49, 500)[1] == [(0, 500)]
    assert read(100, 500)[1] == [(0, 500), (1, 100)]  # a round number may be a cap


def test_a_list_of_a_server_that_knows_no_pages_is_read_once() -> None:
    everything = [Record(str(number)) for number in range(30)]
    assert [len(page) for page in pages(lambda _page, _size: everything, 20, too_long=lambda _error: False)] == [30, 0]


@pytest.mark.parametrize(("count", "size", "cap"), [(300, 500, 50), (300, 500, 100), (60, 10, None), (100, 20, None)])
@pytest.mark.parametrize("pages_more", [1, 2])
def test_records_put_in_front_while_the_list_is_read_hide_none_of_the_others(
    count: int, size: int, cap: int | None, pages_more: int
) -> None:
    records = [Record(f"R{number}") for number in range(count)]
    asked = 0

    def ask(page: int, wanted: int) -> list[Record]:
        nonlocal asked
        asked += 1
        some = min(wanted, cap or wanted)
        if asked == 2:
            records[:0] = [Record(f"new{number}") for number in range(pages_more * some)]
        return records[page * some : (page + 1) * some]

    found = {record.id for page in pages(ask, size, too_long=lambda _error: False) for record in page}
    assert found >= {f"R{number}" for number in range(count)}


def test_a_list_that_fits_into_a_capped_page_of_a_server_that_knows_no_pages_is_read() -> None:
    everything = [Record(str(number)) for number in range(50)]
    found = [record for page in pages(lambda _page, _size: everything, 500, too_long=lambda _error: False) for record in page]
    assert found == everything


def test_a_server_that_always_sends_the_first_page_is_found_out() -> None:
    first = [Record(str(number)) for number in range(20)]
    with pytest.raises(ProtocolError) as error:
        list(pages(lambda _page, _size: first, 20, too_long=lambda _error: False))
    assert not error.value.passing


def test_what_is_no_matter_of_length_is_raised_at_once() -> None:
    sizes: list[int] = []

    def ask(_page: int, size: int) -> list[Record]:
        sizes.append(size)
        raise RemoteError("no")

    with pytest.raises(RemoteError):
        list(pages(ask, 500, too_long=lambda _error: False))
    assert sizes == [500]
