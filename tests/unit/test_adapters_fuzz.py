"""Whatever the two systems send, adapters make values or errors of the tree of it: properties over generated junk."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncsvc.adapters.answers import Answer, Call, status_error
from syncsvc.adapters.c2 import definitions as c2_definitions
from syncsvc.adapters.c2.config import C2_SYSTEM
from syncsvc.adapters.c2.envelope import data_of
from syncsvc.adapters.c2.translate import CIReader, moment
from syncsvc.adapters.c2.wire import WireCategory, WireCI, WireClient, WireListItem
from syncsvc.adapters.hector import definitions, translate
from syncsvc.adapters.hector.config import HECTOR_SYSTEM
from syncsvc.adapters.hector.failures import failure
from syncsvc.adapters.hector.wire import WireAsset, WireAttribute, WireOne, WirePage, WireSubcategory
from syncsvc.adapters.parsing import HALF, decoder, prepared
from syncsvc.adapters.redaction import Secrets
from syncsvc.adapters.retry import RetryPolicy, retry_after
from syncsvc.domain.errors import ProtocolError, RateLimitedError, RemoteError
from syncsvc.domain.records import Field, Level
from syncsvc.domain.values import Kind, Unreadable, Value

SECRET = "s3cret-of-the-test"
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
ASSET_OF_KIND = [Field(f"asset.attributes.{place}", kind.value, kind, Level.ASSET) for place, kind in enumerate(Kind)]
CI_OF_KIND = [
    Field(f"definition-{place}", kind.value, kind, Level.CI, number=place, definition_type=place)
    for place, kind in enumerate(Kind)
]
OWN = [field for field in definitions.OWN_FIELDS if field.level is Level.ASSET]
CI = {
    "Id": "e33ce7a9-cc55-456a-91ec-778c82a4184a",
    "CINumber": "00000001",
    "Name": "a name",
    "CategoryId": "eab2c263-6a90-41bd-bdb7-c45a091f9326",
    "CIFolderId": "867a0cc0-a85a-4b80-bd69-d0cbb11d051b",
    "IsActive": True,
    "CustomFields": {"Fields": [{"DefinitionId": field.key, "Value": "x", "DisplayName": "x"} for field in CI_OF_KIND]},
}
ASSET = {
    "id": 1,
    "category_id": 5,
    "subcategory_id": 7,
    "status": "active",
    **{field.key.partition(".")[2]: "x" for field in OWN},
    "attributes": {str(place): "x" for place in range(len(ASSET_OF_KIND))},
}

texts = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    [
        "NaN",
        "Infinity",
        "-inf",
        "1e999999999",
        "true",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-05:00",
        "/Date(0)/",
        "\x00",
        "=1",
    ]
)
numbers = st.integers() | st.floats() | st.integers(0, 5).map(lambda power: 10 ** (60 * power))
junk = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
deep = st.integers(1, 2000).map(
    lambda depth: json.loads("[" * 900 + "]" * 900) if depth > 900 else json.loads("[" * depth + "]" * depth)
)
anything = junk | deep


def answer(body: bytes, status: int = 200, system: Any = C2_SYSTEM, *, is_write: bool = False, **headers: str) -> Answer:
    call = Call("POST", "x", endpoint="X", is_write=is_write)
    return Answer(system, call, status, headers, body, Secrets(SECRET))


def as_json(value: Any) -> bytes:
    """Write JSON as a careless server would: NaN, lone surrogates and all."""
    return json.dumps(value).encode()


def ends_well(ask: Callable[[], Any]) -> Any:
    """Give what came out; an error must be one of ours, for people, in one line and without the secret."""
    try:
        return ask()
    except RemoteError as raised:
        error = raised
    assert error.message
    assert not {"\n", "\r"} & set(error.message)
    assert SECRET not in error.message
    return error


def is_value_of(value: Value, kind: Kind) -> bool:
    types = {
        Kind.TEXT: str,
        Kind.NUMBER: Decimal,
        Kind.YES_NO: bool,
        Kind.DATE: datetime,
        Kind.DATE_TIME: datetime,
        Kind.CHOICE: str,
        Kind.PERSON: str,
    }
    if value is None or isinstance(value, Unreadable):
        return value is None or HALF not in value.raw
    if isinstance(value, str):
        return kind in {Kind.TEXT, Kind.CHOICE, Kind.PERSON} and value != "" and HALF not in value and _is_unicode(value)
    if isinstance(value, Decimal):
        return kind is Kind.NUMBER and value.is_finite()
    return type(value) is types[kind] or (kind is Kind.DATE and hasattr(value, "year"))


def _is_unicode(text: str) -> bool:
    return re.search("[\ud800-\udfff]", text) is None


# -- JSON ----------------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=())))
@example("\\ud83d")
@example("\\\ud83d\\")
@example("\ud83d\ude00\ude00")
def test_a_text_comes_out_of_json_as_it_went_in_but_for_halves_of_characters(text: str) -> None:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not _is_unicode(text) else text
    found = decoder(str).decode(prepared(as_json(text)))
    assert _is_unicode(found)
    if HALF not in text:
        assert (HALF in found) == (not _is_unicode(_joined(text)))
    if _is_unicode(text):
        assert found == whole


def _joined(text: str) -> str:
    """Join the pairs that JSON's escapes make of two halves that follow each other."""
    return json.loads(json.dumps(text))  # type: ignore[no-any-return]  # a text remains one


@given(st.binary())
@example(b'{"Status": 0, "Data": 1e99999999999999999999}')
def test_any_bytes_are_data_or_an_error(body: bytes) -> None:
    for status in (200, 401, 422, 500):
        found = ends_well(lambda status=status: data_of(answer(body, status), proven=False))
        assert isinstance(found, msgspec.Raw | RemoteError)
    for shape in (WirePage, WireOne):
        found = ends_well(lambda shape=shape: answer(body).decode(shape))
        assert isinstance(found, shape | ProtocolError)


@given(anything, anything, anything)
def test_any_members_of_an_envelope_are_data_or_an_error(status: Any, data: Any, message: Any) -> None:
    body = as_json({"Status": status, "Data": data, "Message": message})
    found = ends_well(lambda: data_of(answer(body), proven=True))
    assert isinstance(found, msgspec.Raw | RemoteError)
    if isinstance(found, msgspec.Raw):
        assert status == 0
    elif isinstance(status, int) and abs(status) < 2**60 and status != 0 and not isinstance(status, bool):
        assert isinstance(found, RemoteError)
        assert not (isinstance(found, ProtocolError) and found.passing)


@given(status=st.integers(100, 999), body=anything, is_write=st.booleans(), wait=st.text(max_size=40))
def test_every_status_is_an_error_that_says_whether_a_write_may_have_been_done(
    *, status: int, body: Any, is_write: bool, wait: str
) -> None:
    headers = {"retry-after": wait, "content-type": "application/json"}
    error = ends_well(lambda: _raise(status_error(answer(as_json(body), status, is_write=is_write, **headers), str(body)[:200])))
    assert isinstance(error, RemoteError)
    assert error.status == status
    assert not error.may_have_been_done or is_write
    if is_write and (status >= 500 or status < 400 or status == 408):
        assert error.may_have_been_done


def _raise(error: Exception) -> None:
    raise error


# -- C2's records --------------------------------------------------------------------------------------------------------


@given(anything)
def test_any_json_for_a_list_is_records_or_an_error(data: Any) -> None:
    for shape in (WireCI, WireClient, WireCategory, WireListItem, WireAsset, WireSubcategory, WireAttribute):
        found = ends_well(lambda shape=shape: answer(b"").records(msgspec.Raw(prepared(as_json(data))), shape))
        if isinstance(found, list):
            assert all(isinstance(record, shape) for record in found)
        else:
            assert isinstance(found, ProtocolError)


@given(st.sampled_from(CI_OF_KIND), st.sampled_from(["Value", "DisplayName"]), junk)
@example(CI_OF_KIND[1], "Value", 10**300)
@example(CI_OF_KIND[0], "Value", "cut \ud83d")
@example(CI_OF_KIND[1], "Value", float("nan"))
@example(CI_OF_KIND[2], "Value", float("-inf"))
@example(CI_OF_KIND[3], "DisplayName", float("inf"))
def test_junk_as_the_value_of_a_cis_field_is_the_problem_of_that_field_alone(field: Field, member: str, value: Any) -> None:
    fields = [dict(one) for one in CI["CustomFields"]["Fields"]]  # type: ignore[index]  # a list of maps, as written above
    fields[CI_OF_KIND.index(field)][member] = value
    body = as_json({"Status": 0, "Data": CI | {"CustomFields": {"Fields": fields}}})
    found = answer(body)
    ci = CIReader(CI_OF_KIND, UTC).ci(found.record(data_of(found, proven=True), WireCI))
    untouched = CIReader(CI_OF_KIND, UTC).ci(answer(b"").record(msgspec.Raw(as_json(CI)), WireCI))
    for place, one in enumerate(CI_OF_KIND):
        assert is_value_of(ci.values[place], one.kind), (one.kind, ci.values[place])
        if one is not field:
            assert ci.values[place] == untouched.values[place]
    if value is not None and not (isinstance(value, str) and not value.strip()) and member == "Value":
        assert ci.values[CI_OF_KIND.index(field)] is not None  # junk is never taken for empty


@given(st.sampled_from(sorted(CI)), anything)
@example("CIFolderId", float("inf"))
def test_junk_in_place_of_any_member_of_a_ci_is_a_ci_or_an_error_that_names_it(member: str, value: Any) -> None:
    body = as_json(CI | {member: value})
    found = ends_well(lambda: answer(b"").records(msgspec.Raw(prepared(b"[" + body + b"]")), WireCI))
    if isinstance(found, list):
        ci = CIReader(CI_OF_KIND, UTC).ci(found[0])
        assert 0 < len(ci.id) <= 36
        assert all(is_value_of(one, field.kind) for one, field in zip(ci.values, CI_OF_KIND, strict=True))
    else:
        assert isinstance(found, ProtocolError)
        assert "record" in found.message


@given(
    st.dictionaries(st.sampled_from(["DefinitionId", "DefinitionSequenceNumber", "DefinitionType", "Options", "Name"]), anything)
)
def test_junk_in_a_fields_definition_is_a_field_or_an_error(members: dict[str, Any]) -> None:
    definition = {"DefinitionId": "d", "DefinitionSequenceNumber": 1, "DefinitionType": 1, "Name": "n"} | members
    category = {"Id": "c", "CIFolderId": "f", "Name": "n", "Fields": [definition]}
    found = ends_well(lambda: answer(b"").record(msgspec.Raw(prepared(as_json(category))), WireCategory))
    if isinstance(found, WireCategory):
        (field,) = c2_definitions.category(found, "fr", {}).fields[-1:]
        assert field.decimals is None or isinstance(field.decimals, int)
        assert HALF not in field.name


# -- Hector's records ----------------------------------------------------------------------------------------------------


@given(st.sampled_from(ASSET_OF_KIND + OWN), junk)
@example(ASSET_OF_KIND[0], "cut \ud83d")
@example(ASSET_OF_KIND[1], 10**300)
@example(ASSET_OF_KIND[1], float("nan"))
@example(OWN[0], float("-inf"))
def test_junk_as_the_value_of_an_assets_field_is_the_problem_of_that_field_alone(field: Field, value: Any) -> None:
    member, _, attribute = field.key.partition(".")[2].partition(".")
    changed = {"attributes": ASSET["attributes"] | {attribute: value}} if attribute else {member: value}  # type: ignore[operator]
    body = as_json({"data": ASSET | changed})
    fields = ASSET_OF_KIND + OWN
    found = answer(body, system=HECTOR_SYSTEM)
    asset = translate.asset(found.record(found.decode(WireOne).data, WireAsset), fields, found.broken)
    untouched = translate.asset(found.record(msgspec.Raw(as_json(ASSET)), WireAsset), fields, found.broken)
    for place, one in enumerate(fields):
        assert is_value_of(asset.values[place], one.kind), (one.kind, asset.values[place])
        if one is not field:
            assert asset.values[place] == untouched.values[place]
    if value is not None and not (isinstance(value, str) and not value.strip()):
        assert asset.values[fields.index(field)] is not None


@given(st.sampled_from(sorted(ASSET)), anything)
def test_junk_in_place_of_any_member_of_an_asset_is_an_asset_or_an_error(member: str, value: Any) -> None:
    found = answer(as_json({"data": ASSET | {member: value}}), system=HECTOR_SYSTEM)
    fields = ASSET_OF_KIND + OWN
    asset = ends_well(lambda: translate.asset(found.record(found.decode(WireOne).data, WireAsset), fields, found.broken))
    if isinstance(asset, RemoteError):
        assert isinstance(asset, ProtocolError)
    else:
        assert abs(asset.id) < 2**63
        assert all(is_value_of(one, field.kind) for one, field in zip(asset.values, fields, strict=True))


@given(st.integers(400, 599), anything, anything, anything)
def test_any_words_of_a_failure_are_an_error_with_texts_for_fields(status: int, code: Any, message: Any, fields: Any) -> None:
    body = as_json({"error": {"code": code, "message": message, "fields": fields}})
    found = answer(body, status, HECTOR_SYSTEM, is_write=True)
    error = ends_well(lambda: _raise(failure(found, one_record=True, level=Level.ASSET, fields=OWN)))
    assert isinstance(error, RemoteError)
    assert all(isinstance(part, str) and "\n" not in part for pair in error.fields.items() for part in pair)


# -- moments, waits ------------------------------------------------------------------------------------------------------


@given(ticks=st.integers(-(10**17) + 1, 10**17 - 1), offset=st.none() | st.integers(-9999, 9999), escaped=st.booleans())
@example(ticks=-62135596800000, offset=None, escaped=False)
@example(ticks=253402300799999, offset=None, escaped=True)
def test_ticks_are_milliseconds_in_utc_whatever_offset_they_come_with(*, ticks: int, offset: int | None, escaped: bool) -> None:
    shown = "" if offset is None else f"{offset:+05d}"
    text = f"/Date({ticks}{shown})/"
    found = moment(text.replace("/", "\\/") if escaped else text, timezone(timedelta(hours=-5)))
    try:
        expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ticks)
    except OverflowError:
        assert found is None
    else:
        assert found == expected


@given(st.datetimes(), st.integers(-23, 23))
@example(datetime(1, 1, 1), 5)  # noqa: DTZ001 - given its zone below
@example(datetime(9999, 12, 31, 23), -5)  # noqa: DTZ001 - the same
def test_iso_moments_are_the_same_moment_or_none_where_utc_has_no_such_year(naive: datetime, hours: int) -> None:
    aware = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    found = moment(aware.isoformat(), UTC)
    try:
        expected = aware.astimezone(UTC)
    except OverflowError:
        assert found is None
        assert translate.moment(aware.isoformat()) is None
    else:
        assert found == expected.replace(microsecond=expected.microsecond // 1000 * 1000)
        assert found == translate.moment(aware.isoformat())


@given(
    texts
    | st.from_regex(r"\\?/Date\(.{0,30}\)\\?/")
    | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
)
def test_any_text_is_a_moment_in_utc_or_none(text: str) -> None:
    for found in (moment(text, timezone(timedelta(hours=14))), translate.moment(text)):
        assert found is None or (found.tzinfo is UTC and found.microsecond % 1000 == 0)


@given(
    texts | st.from_regex(r"(Mon|Tue), \d{1,30} (Jan|Nov) \d{1,30} \d\d?:\d\d?(:\d\d?)? (GMT|[+-]\d{1,30})"), st.none() | texts
)
@example("9" * 5000, None)
@example("Sat, 21 Nov 99999999999999999999 10:01:00 GMT", None)
@example("21 Nov 2026 10:01:00 -9999999999999999999999", "x")
def test_any_wait_asked_for_is_none_or_not_negative_and_granted_up_to_the_longest(header: str, date: str | None) -> None:
    asked = retry_after(header, date=date, now=NOW)
    assert asked is None or (asked >= 0 and not math.isnan(asked))
    error = RateLimitedError("x", retry_after=asked)
    wait = RetryPolicy(6, 60).wait(error, tried=1, elapsed=0, is_write=False, dice=lambda: 0.5)
    assert wait is not None
    assert min(asked or 0, 60) <= wait <= 60


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 61, 10**6])
def test_a_wait_in_seconds_and_as_a_date_are_the_same(seconds: int) -> None:
    until = (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after(str(seconds), date=None, now=NOW) == retry_after(until, date=None, now=NOW) == seconds
