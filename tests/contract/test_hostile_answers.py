"""Answers that are hardly JSON, or JSON that nobody means: each ends as an error of ours, or as a value; memory stays bounded."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from adapter_clients import Naps, c2_at, c2_list, category, hector_at, hector_list, quick, wire_asset, wire_ci
from scripted_server import Asked, Reply, ScriptedServer, answer, c2_data, c2_refusal, raw

from syncsvc.adapters.c2 import C2Client, paging
from syncsvc.adapters.hector import HectorClient
from syncsvc.adapters.hector import paging as hector_paging
from syncsvc.adapters.hector.definitions import OWN_FIELDS
from syncsvc.adapters.http import Channel
from syncsvc.domain.errors import ConversionError, ProtocolError, RefusedError
from syncsvc.domain.records import Field, Level, NewAsset
from syncsvc.domain.values import Kind, Unreadable, Value

Serve = Callable[..., ScriptedServer]
NOTE = next(field for field in OWN_FIELDS if field.key == "asset.note")
PRICE = Field("asset.attributes.3", "asset.attributes.Price", Kind.NUMBER, Level.ASSET)
TEXT_ID = "b13533a8-f807-499f-a55e-319023909727"
TEXT = Field(TEXT_ID, "Remarques", Kind.TEXT, Level.CI, number=7, definition_type=7)
NUMBER = Field(TEXT_ID, "Prix", Kind.NUMBER, Level.CI, number=7, definition_type=1)


def c2_raw(data: bytes) -> Reply:
    return raw(200, b'{"Status": 0, "Data": ' + data + b"}")


def c2_value(serve: Serve, json_value: bytes, field: Field = TEXT) -> Value:
    """Give what a CI's field is read as when the server sends this JSON for it."""
    sent = json.dumps([wire_ci(1, CustomFields={"Fields": [{"DefinitionId": TEXT_ID, "Value": "HERE"}]})])
    with c2_at(serve(c2_raw(sent.encode().replace(b'"HERE"', json_value))), retry=quick(1)) as c2:
        (ci,) = c2.cis(category(), [field])
    assert ci.number == "00000001"
    return ci.values[0]


def hector_value(serve: Serve, json_value: bytes, field: Field = NOTE) -> Value:
    """Give what an asset's field is read as when the server sends this JSON for it."""
    asset = wire_asset(1, **({"note": "HERE"} if field is NOTE else {"attributes": {"3": "HERE"}}))
    sent = json.dumps({"data": [asset], "meta": {"total": 1}}).encode().replace(b'"HERE"', json_value)
    with hector_at(serve(raw(200, sent)), retry=quick(1)) as hector:
        (found,) = hector.assets(5, [field])
    assert found.asset_tag == "A00001"
    return found.values[0]


# -- values: carried faithfully, or that value's problem alone -------------------------------------------------------------

CARRIED: list[tuple[bytes, str]] = [
    (rb'"a\u0000b\u0007c"', "a\x00b\x07c"),
    ('"👩🏽‍💻 é"'.encode(), "👩🏽‍💻 é"),
    (rb'"\ud83d\ude00"', "😀"),
    (rb'"\\ud83d is how it is written"', r"\ud83d is how it is written"),
    (rb'"\\\\\ud83d\ude00"', "\\\\😀"),
    ('"\u202e\u200fgnp.exe"'.encode(), "\u202e\u200fgnp.exe"),
    (b"\"=cmd|' /C calc'!A0\"", "=cmd|' /C calc'!A0"),
    (b'"<script>alert(1)</script>"', "<script>alert(1)</script>"),
    (b'"\'; DROP TABLE links; --"', "'; DROP TABLE links; --"),
    (rb'"\ufffd"', "\ufffd"),
    (b'"' + b"x" * 1_000_000 + b'"', "x" * 1_000_000),
    (b'"a\tb \x01 \\" c \\\\"', 'a\tb \x01 " c \\'),
]


@pytest.mark.parametrize(("sent", "value"), CARRIED, ids=[str(number) for number in range(len(CARRIED))])
def test_odd_texts_are_carried_as_they_are(serve: Serve, sent: bytes, value: str) -> None:
    assert c2_value(serve, sent) == value
    assert hector_value(serve, sent) == value


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (rb'"cut \ud83d"', "cut \ufffd"),
        (rb'"\uDE00 tail"', "\ufffd tail"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (rb'"\ud83dx"', "\ufffdx"),
        (b"[1, 2]", "[1, 2]"),
        (b'{"a": null}', "{'a': None}"),
        (b"NaN", "['NaN']"),
        (b"-Infinity", "['-Infinity']"),
        (b"007", "['007']"),
        (b"1.", "['1.']"),
        (b"True", "['True']"),
        (b"9" * 5000, "['" + "9" * 78),
        (rb'"a\qb"', "a\ufffdb"),
        (b"[" * 1200 + b"]" * 1200, "[" * 80),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, ("{'a': " * 20)[:80]),
    ],
)
def test_what_is_no_text_is_that_values_problem_alone(serve: Serve, sent: bytes, shown: str) -> None:
    assert c2_value(serve, sent) == Unreadable(shown)
    assert hector_value(serve, sent) == Unreadable(shown)


@pytest.mark.parametrize(
    "sent", [b'"NaN"', b'"Infinity"', b'"-inf"', b"1e400", b"9" * 300, b"1e99999999999999999999", b"[]", b"true"]
)
def test_numbers_that_nobody_counts_with_are_that_values_problem_alone(serve: Serve, sent: bytes) -> None:
    assert isinstance(c2_value(serve, sent, NUMBER), Unreadable)
    assert isinstance(hector_value(serve, sent, PRICE), Unreadable)


@pytest.mark.parametrize("sent", [b"NaN", b"9" * 5000, b"[" * 1200 + b"]" * 1200, b'"\x01"'], ids=["NaN", "long", "deep", "raw"])
def test_the_other_records_of_the_page_are_read_as_they_are(serve: Serve, sent: bytes) -> None:
    fields = {"CustomFields": {"Fields": [{"DefinitionId": TEXT_ID, "Value": "HERE"}]}}
    page = json.dumps([wire_ci(1, **fields), wire_ci(2, **fields)]).encode().replace(b'"HERE"', sent, 1)
    with c2_at(serve(c2_raw(page)), retry=quick(1)) as c2:
        odd, good = c2.cis(category(), [TEXT])
        again = c2.changed_cis(category(), [TEXT], {})
    assert (good.values, good.number, odd.number) == (("HERE",), "00000002", "00000001")
    assert [ci.values for ci in again.records] == [odd.values, good.values]
    with c2_at(serve(c2_raw(json.dumps([wire_ci(1), wire_ci(2, **fields)]).encode()))) as c2:
        alone = c2.changed_cis(category(), (), {}).records[1]
    assert again.records[1].fingerprint == alone.fingerprint  # byte for byte as it was: it is known again


def test_what_is_nested_without_end_and_not_needed_is_skipped(serve: Serve) -> None:
    body = b'{"x": ' + DEEP + b', "Status": 0, "Data": [], "data": [], "meta": {"total": 0}}'
    server = serve(raw(200, body))
    with c2_at(server, retry=quick(1)) as c2, hector_at(server, retry=quick(1)) as hector:
        assert (c2.cmdbs(), hector.users()) == ([], [])


def test_a_record_without_a_readable_id_is_named_though_another_value_is_odd(serve: Serve) -> None:
    page = json.dumps([wire_ci(1, Tags="HERE"), wire_ci(2, Id=7)]).encode().replace(b'"HERE"', b"9" * 5000)
    with c2_at(serve(c2_raw(page)), retry=quick(1)) as c2, pytest.raises(ProtocolError, match="number 1 of the page") as error:
        c2.cis(category(), ())
    assert not error.value.passing


def test_numbers_keep_every_digit_however_they_are_sent(serve: Serve) -> None:
    for sent in (b"12345678901234567890.12", b'"12345678901234567890.12"', b"1234567890123456789012e-2"):
        assert c2_value(serve, sent, NUMBER) == Decimal("12345678901234567890.12")
        assert hector_value(serve, sent, PRICE) == Decimal("12345678901234567890.12")
    assert c2_value(serve, b"12.50") == "12.50"


def test_a_member_that_comes_twice_counts_as_it_came_last(serve: Serve) -> None:
    assert c2_value(serve, b'"first", "Value": "last"') == "last"
    assert hector_value(serve, b'"first", "note": "last"') == "last"


def test_names_that_hold_half_a_character_are_shown_with_a_mark(serve: Serve) -> None:
    with c2_at(serve(c2_raw(rb'[{"Id": "A", "Name": "Invent\ud83d"}]'))) as c2:
        assert [cmdb.name for cmdb in c2.cmdbs()] == ["Invent\ufffd"]
    with hector_at(serve(raw(200, rb'{"data": [{"id": 1, "name": "Entrep\ud83d"}], "meta": {"total": 1}}'))) as hector:
        assert [stockroom.name for stockroom in hector.stockrooms()] == ["Entrep\ufffd"]


def test_half_a_character_is_not_sent(serve: Serve) -> None:
    server = serve(answer({"data": wire_asset()}), c2_data(wire_ci(1)))
    with hector_at(server) as hector, pytest.raises(ConversionError, match="half a character"):
        hector.create_asset(NewAsset(5, 7, 1, {NOTE: "x\ud83d"}), ())
    with c2_at(server) as c2, pytest.raises(ConversionError, match="half a character"):
        c2.update_ci("x", TEXT, "x\ud83d", ())
    assert server.asked == []


# -- answers: an error of ours, whatever came ------------------------------------------------------------------------------

DEEP = b"[" * 50_000 + b"]" * 50_000
NO_DATA: dict[str, bytes] = {
    "NaN": b'{"Status": NaN, "data": NaN, "Data": NaN, "meta": NaN}',
    "Infinity": b'{"Status": 0, "Data": Infinity, "data": -Infinity, "meta": {"total": 0}}',
    "deep": b'{"Status": 0, "Data": ' + DEEP + b', "data": ' + DEEP + b', "meta": {"total": 0}}',
    "latin-1": (
        '{"Status": 0, "Data": [{"Id": "1", "Name": "é", "FullName": "é"}],'
        ' "data": [{"id": 1, "name": "é"}], "meta": {"total": 1}}'
    ).encode("latin-1"),
    "utf-16": '{"Status": 0, "Data": [], "data": [], "meta": {"total": 0}}'.encode("utf-16"),
    "huge status": b'{"Status": ' + b"9" * 5000 + b', "data": [], "meta": {"total": ' + b"9" * 5000 + b"}}",
    "huge exponent": b'{"Status": 1e99999999999999999999, "data": [], "meta": {"total": 1e99999999999999999999}}',
    "negative total": b'{"Status": "0", "data": [], "meta": {"total": -1}}',
    "two documents": b'{"Status": 0, "Data": []}{"Status": 0, "Data": []}',
    "trailing comma": b'{"Status": 0, "Data": [],}',
    "single quotes": b"{'Status': 0}",
    "only a mark": b"\xef\xbb\xbf",
    "blanks": b"   \r\n",
    "nul": b"\x00",
    "picture": b"\x89PNG\r\n\x1a\n",
    "page in a mark": b"\xef\xbb\xbf<html>Sign in</html>",
}


@pytest.mark.parametrize("what", NO_DATA)
def test_what_is_no_data_is_a_protocol_error_of_either_system(serve: Serve, what: str) -> None:
    server = serve(raw(200, NO_DATA[what]))
    with c2_at(server, retry=quick(2)) as c2, hector_at(server, retry=quick(2)) as hector:
        for ask in (c2.cmdbs, c2.clients, hector.users, hector.stockrooms):
            with pytest.raises(ProtocolError) as error:
                ask()
            assert len(error.value.message) < 1200
            assert "\n" not in error.value.message


@pytest.mark.parametrize("what", NO_DATA)
def test_a_write_that_is_answered_like_that_may_have_been_done(serve: Serve, what: str) -> None:
    server = serve(raw(200, NO_DATA[what]))
    with c2_at(server) as c2, pytest.raises(ProtocolError) as by_c2:
        c2.set_active("x", active=True, fields=())
    with hector_at(server) as hector, pytest.raises(ProtocolError) as by_hector:
        hector.update_asset(1, {}, ())
    assert (by_c2.value.may_have_been_done, by_hector.value.may_have_been_done) == (True, True)
    assert len(server.asked) == 2


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "text/json; charset=latin-1", "", "x"])
def test_data_under_another_content_type_is_data_all_the_same(serve: Serve, content_type: str) -> None:
    body = '{"Status": 0, "Data": [{"Id": "1", "Name": "é"}]}'.encode()
    with c2_at(serve(raw(200, body, content_type))) as c2:
        assert [cmdb.name for cmdb in c2.cmdbs()] == ["é"]


def test_data_that_says_it_is_a_web_page_is_not_believed(serve: Serve) -> None:
    with (
        c2_at(serve(raw(200, b'{"Status": 0, "Data": []}', "text/html")), retry=quick(1)) as c2,
        pytest.raises(ProtocolError) as error,
    ):
        c2.cmdbs()
    assert "text/html" in error.value.message


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_an_empty_success_is_no_empty_list_and_no_write_that_is_known_to_be_done(serve: Serve, status: int) -> None:
    server = serve(raw(status, b""))
    with c2_at(server) as c2, hector_at(server) as hector:
        for ask in (c2.cmdbs, hector.users):
            with pytest.raises(ProtocolError):
                ask()
        for write in (lambda: c2.set_active("x", active=True, fields=()), lambda: hector.update_asset(1, {}, ())):
            with pytest.raises(ProtocolError) as error:
                write()
            assert error.value.may_have_been_done


def test_a_mark_at_the_beginning_does_hector_no_harm_either(serve: Serve) -> None:
    body = b'\xef\xbb\xbf{"data": [], "meta": {"total": 0}}'
    with hector_at(serve(raw(200, body))) as hector:
        assert hector.users() == []


@pytest.mark.parametrize("bad_id", ["", " ", "x" * 37, "a\u0000b", "é", 7, None])
def test_an_id_that_no_database_keeps_is_refused_where_it_comes_in(serve: Serve, bad_id: Any) -> None:
    with (
        c2_at(serve(c2_data([wire_ci(1), wire_ci(2, Id=bad_id)]))) as c2,
        pytest.raises(ProtocolError, match="number 2 of the page"),
    ):
        c2.cis(category(), ())


@pytest.mark.parametrize("bad_id", [2**63, -(2**63) - 1, 10**30, 1.5, "1", True, None])
def test_a_number_that_no_database_keeps_is_refused_where_it_comes_in(serve: Serve, bad_id: Any) -> None:
    for member in ("id", "subcategory_id"):
        with (
            hector_at(serve(hector_list([wire_asset(1), wire_asset(2, **{member: bad_id})]))) as hector,
            pytest.raises(ProtocolError, match="number 2 of the page"),
        ):
            hector.assets(5, ())


def test_words_of_a_server_stay_one_line_of_bearable_length(serve: Serve) -> None:
    forged = "no\n2026-11-21 10:00:00 [info] all well\r\n" + "x" * 100_000
    with c2_at(serve(c2_refusal(forged))) as c2, pytest.raises(RefusedError) as by_c2:
        c2.cmdbs()
    problem = answer({"error": {"code": "x", "message": forged, "fields": {"note\nforged": [forged], "n": {"deep": [[]]}}}}, 422)
    with hector_at(serve(problem)) as hector, pytest.raises(RefusedError) as by_hector:
        hector.update_asset(1, {NOTE: "x"}, ())
    for error in (by_c2.value, by_hector.value):
        assert "all well" in error.message
        assert not {"\n", "\r"} & set(error.message)
        assert len(error.message) < 4000
    assert all("\n" not in said for pair in by_hector.value.fields.items() for said in pair)


# -- lists that do not end -------------------------------------------------------------------------------------------------


def test_an_answer_beyond_the_limit_is_asked_for_in_smaller_pages(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit_answers(monkeypatch, 40_000)
    server = serve(c2_list([wire_ci(number, Name="x" * 1000) for number in range(60)]))
    with c2_at(server, page_size=100) as c2:
        assert len(c2.cis(category(), ())) == 60
    assert [asked.body["Size"] for asked in server.asked[:3]] == [100, 50, 25]


def test_an_answer_beyond_the_limit_that_cannot_be_made_smaller_names_the_page_size(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit_answers(monkeypatch, 1000)
    naps = Naps()
    server = serve(hector_list([wire_asset(number) for number in range(50)]))
    with hector_at(server, naps) as hector, pytest.raises(ProtocolError, match="more than 1000 bytes") as error:
        hector.assets(5, ())
    assert "SYNCSVC_HECTOR__PAGE_SIZE" in error.value.hint
    assert (len(server.asked), naps) == (1, [])


def _limit_answers(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Lower the limit of the clients made from now on; 64 MB would take long to send."""
    before = Channel.__init__

    def init(self: Channel, *arguments: Any, **parts: Any) -> None:
        limits = parts["limits"]
        before(self, *arguments, **parts | {"limits": type(limits)(limits.timeout, limits.max_concurrency, size)})

    monkeypatch.setattr(Channel, "__init__", init)


def test_a_c2_list_of_ever_new_records_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "LONGEST_LIST", 100)

    def made_up(asked: Asked) -> Reply:
        first = asked.body["Page"] * 20
        return c2_data([wire_ci(number) for number in range(first, first + 20)])

    server = serve(made_up)
    with c2_at(server, page_size=20) as c2, pytest.raises(ProtocolError, match="goes on beyond 100 records"):
        c2.cis(category(), ())
    assert len(server.asked) == 6


def test_a_hector_list_of_ever_new_records_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hector_paging, "LONGEST_LIST", 100)

    def made_up(asked: Asked) -> Reply:
        first = int(asked.query["page"][0]) * 20
        return hector_list([wire_asset(number) for number in range(first, first + 20)], 10**15)

    server = serve(made_up)
    with hector_at(server, page_size=20) as hector, pytest.raises(ProtocolError, match="goes on beyond 100 records"):
        hector.assets(5, ())
    assert len(server.asked) == 6


def test_a_hector_that_sends_one_page_for_ever_is_found_out(serve: Serve) -> None:
    server = serve(hector_list([wire_asset(1), wire_asset(2)], 10**15))
    with hector_at(server, page_size=2) as hector, pytest.raises(ProtocolError, match="2 records seen"):
        hector.assets(5, ())
    assert len(server.asked) == hector_paging.PASSES * (1 + hector_paging.STALE_PAGES)


ASKS: list[Callable[[C2Client], object]] = [
    C2Client.cmdbs,
    C2Client.clients,
    lambda c2: c2.categories("x"),
    lambda c2: c2.cis(category(), ()),
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("data", [{}, "x", 5, [[]], [None], ["x"], [{}], [{"Id": {}}]])
def test_a_list_of_something_else_is_a_protocol_error(serve: Serve, ask: Callable[[C2Client], object], data: Any) -> None:
    with c2_at(serve(c2_data(data))) as c2, pytest.raises(ProtocolError) as error:
        ask(c2)
    assert not error.value.passing


@pytest.mark.parametrize(
    "ask", [HectorClient.users, HectorClient.stockrooms, lambda h: h.fields(5), lambda h: h.subcategory(1, ())]
)
@pytest.mark.parametrize("data", ["x", 5, [[]], [None], [{}], [{"id": {}}]])
def test_a_list_of_something_else_is_a_protocol_error_of_hector_too(
    serve: Serve, ask: Callable[[HectorClient], object], data: Any
) -> None:
    with hector_at(serve(answer({"data": data, "meta": {"total": 1}}))) as hector, pytest.raises(ProtocolError):
        ask(hector)
