"""Members that a tenant calls otherwise: found in its answers, made known by settings, then read like the usual ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from adapter_clients import c2_at, category, hector_at, hector_list, wire_asset, wire_ci
from msgspec.structs import fields
from scripted_server import ScriptedServer, c2_data, raw

from syncsvc.adapters.answers import Answer, Call
from syncsvc.adapters.c2 import examined as c2_examined
from syncsvc.adapters.c2 import wire as c2_wire
from syncsvc.adapters.c2.config import C2_SYSTEM
from syncsvc.adapters.hector import examined as hector_examined
from syncsvc.adapters.hector import wire as hector_wire
from syncsvc.adapters.hector.config import HECTOR_SYSTEM
from syncsvc.adapters.hector.definitions import OWN_FIELDS
from syncsvc.adapters.names import renamed, theirs
from syncsvc.adapters.redaction import Secrets
from syncsvc.domain.errors import ProtocolError
from syncsvc.domain.records import Field, Level
from syncsvc.domain.values import Kind, Unreadable
from syncsvc.settings.names import C2_MEMBERS, HECTOR_MEMBERS

Serve = Callable[..., ScriptedServer]
PRICE = Field("b13533a8-f807-499f-a55e-319023909727", "Prix", Kind.NUMBER, Level.CI, number=7, definition_type=1)


def _members(wire: Any) -> set[str]:
    shapes = [one for one in vars(wire).values() if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    return {info.encode_name for shape in shapes if shape.__module__ == wire.__name__ for info in fields(shape)}


def _c2(body: Any, endpoint: str) -> Answer:
    return Answer(C2_SYSTEM, Call("POST", "x", endpoint), 200, {}, json.dumps(body).encode(), Secrets())


def _hector(body: Any, endpoint: str) -> Answer:
    call = Call("GET", "x", endpoint, (("page", "1"),))
    return Answer(HECTOR_SYSTEM, call, 200, {}, json.dumps(body).encode(), Secrets())


# -- renaming ------------------------------------------------------------------------------------------------------------


class Part(msgspec.Struct, rename="pascal"):
    """A record inside a record."""

    id: str
    note: Any = None


class Record(msgspec.Struct, rename="pascal"):
    """A record with others inside, one of them left open."""

    id: str
    fields: list[Part] | None = None
    first: Part | None = None
    raw: msgspec.Raw = msgspec.Raw(b"null")


@pytest.mark.parametrize("inside", [b"null", b'[{"Identifier":"b"}]'])
def test_a_shape_s_members_get_their_names_back_in_the_records_inside_it_too(inside: bytes) -> None:
    body = b'[{"Identifier":"a","Fields":' + inside + b',"First":{"Identifier":"c"}}]'

    named = renamed(body, {"Id": "Identifier"}, list[Record])

    assert json.loads(named) == json.loads(body.replace(b"Identifier", b"Id"))


def test_what_no_shape_is_known_for_is_left_alone() -> None:
    body = b'[{"Id":"a","Raw":{"Identifier":"b"},"Other":{"Identifier":"c"}}]'

    assert renamed(body, {"Id": "Identifier"}, list[Record]) == body


def test_a_member_that_the_shape_does_not_have_is_left_to_the_other_shapes() -> None:
    body = b'{"Id":"a","Identifier":"b","Number":1}'

    assert renamed(body, {"Identity": "Number", "Id": "Identifier"}, Record) == body


def test_a_member_that_the_shape_reads_under_that_very_name_stays_readable() -> None:
    body = renamed(b'{"Note":"x"}', {"Id": "Note"}, Part)

    assert json.loads(body) == {"Id": "x", "Note": "x"}


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"Data": [', b"\xff\xfe", b"[1]", b'{"Identifier":NaN}'])
def test_what_is_no_json_of_the_shape_stays_as_it_came(body: bytes) -> None:
    assert renamed(body, {"Id": "Identifier"}, Record) == body


@pytest.mark.parametrize("number", [b"12345678901234567890.10", b"1e99999999999999999999", b"9" * 5000])
def test_numbers_keep_every_digit(number: bytes) -> None:
    named = renamed(b'{"Key":"a","Note":' + number + b"}", {"Id": "Key"}, Part)

    assert b'"Note":' + number in bytes(named)


def test_what_is_written_takes_the_tenant_s_names_but_not_inside_the_attributes() -> None:
    body = {"note": "x", "attributes": {"note": "an attribute's id"}}

    assert theirs(body, {"note": "comment"}) == {"comment": "x", "attributes": {"note": "an attribute's id"}}


def test_every_member_that_is_read_can_be_named() -> None:
    assert set(C2_MEMBERS) == _members(c2_wire)
    of_failures = {"error", "code", "message", "fields"}
    assert set(HECTOR_MEMBERS) == _members(hector_wire) - of_failures


def test_cis_and_assets_under_other_names_are_read_once_these_are_known(serve: Serve) -> None:
    ci = {("Number" if name == "CINumber" else name): value for name, value in wire_ci(7).items()}
    asset = {("tag" if name == "asset_tag" else name): value for name, value in wire_asset(3).items()}
    with c2_at(serve(c2_data([ci]))) as c2, pytest.raises(ProtocolError, match="CINumber"):
        c2.cis(category(), ())
    with c2_at(serve(c2_data([ci])), names={"CINumber": "Number"}) as c2:
        assert [one.number for one in c2.cis(category(), ())] == ["00000007"]
    with hector_at(serve(hector_list([asset])), names={"asset_tag": "tag"}) as hector:
        assert [one.asset_tag for one in hector.assets(5, ())] == ["A00003"]


def test_an_asset_s_title_may_be_called_as_the_names_of_all_else_are(serve: Serve) -> None:
    asset = {("name" if name == "title" else name): value for name, value in wire_asset(3).items()}
    title = next(field for field in OWN_FIELDS if field.key == "asset.title")
    with hector_at(serve(hector_list([{"id": 1, "name": "Main"}]), hector_list([asset])), names={"title": "name"}) as hector:
        assert [one.name for one in hector.stockrooms()] == ["Main"]
        assert [one.values for one in hector.assets(5, [title])] == [("asset 3",)]


def test_odd_values_are_those_values_problem_alone_under_other_names_too(serve: Serve) -> None:
    fields = {"CustomFields": {"Fields": [{"DefinitionId": PRICE.key, "Value": "HERE"}]}}
    page = json.dumps({"Status": 0, "Data": [wire_ci(7, **fields)]}).replace('"Id"', '"Key"')
    for odd in ("1e99999999999999999999", "NaN", "9" * 5000):
        with c2_at(serve(raw(200, page.replace('"HERE"', odd).encode())), names={"Id": "Key"}) as c2:
            (ci,) = c2.cis(category(), [PRICE])
        assert (ci.number, type(ci.values[0])) == ("00000007", Unreadable)


def test_a_record_that_is_not_as_expected_is_named_by_the_tenant_s_own_id(serve: Serve) -> None:
    broken = {"Key": "the-key", "Name": "x"}
    with (
        c2_at(serve(c2_data([broken])), names={"Id": "Key"}) as c2,
        pytest.raises(ProtocolError, match=r"Id the-key, Name x.*CINumber"),
    ):
        c2.cis(category(), ())


def test_records_are_read_anew_once_a_name_is_set(serve: Serve) -> None:
    asset = wire_asset(3) | {"tag": "T"}
    del asset["asset_tag"]
    with hector_at(serve(hector_list([asset]))) as hector:
        known = {one.fingerprint: one.id for one in hector.changed_assets(5, (), {}).records}
    with hector_at(serve(hector_list([asset])), names={"asset_tag": "tag"}) as hector:
        assert [one.asset_tag for one in hector.changed_assets(5, (), known).records] == ["T"]


# -- finding -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs_name", "ours"),
    [("Guid", "Id"), ("identifier", "Id"), ("ID", "Id"), ("Active", "IsActive"), ("Folder_Id", "CIFolderId")],
)
def test_a_member_of_a_ci_is_recognised_under_another_name(theirs_name: str, ours: str) -> None:
    record = wire_ci(1)
    record[theirs_name] = record.pop(ours)

    (found,) = c2_examined.other_names(_c2({"Status": 0, "Data": [record]}, "RETRIEVE_CIS"))

    assert (found.member, found.there) == (ours, theirs_name)


def test_a_value_of_another_type_does_not_stand_for_a_member() -> None:
    record = wire_ci(1) | {"Guid": 12}
    del record["Id"]

    (found,) = c2_examined.other_names(_c2({"Status": 0, "Data": [record]}, "RETRIEVE_CIS"))

    assert (found.member, found.there, found.needed) == ("Id", None, True)
    assert "Guid" in found.members


def test_what_stands_around_the_records_is_recognised_too() -> None:
    page = {"results": [wire_asset(1)], "meta": {"total_count": 1}}

    found = hector_examined.other_names(_hector(page, "ASSETS"))

    assert {(one.member, one.there) for one in found} == {("data", "results"), ("total", "total_count")}


def test_fields_inside_a_category_are_looked_at() -> None:
    definition = {
        "FieldId": "dc2446c3-0000-4000-8000-000000000000",
        "DefinitionSequenceNumber": 1,
        "DefinitionType": 0,
        "Name": "x",
    }
    record = {"Id": "a", "Name": "b", "CIFolderId": "c", "Fields": [definition]}

    (found,) = c2_examined.other_names(_c2({"Status": 0, "Data": [record]}, "RETRIEVE_CATEGORIES"))

    assert (found.member, found.there) == ("DefinitionId", "FieldId")


@pytest.mark.parametrize(
    "body",
    [[], "text", {"Status": 0}, {"Status": 0, "Data": []}, {"Status": 0, "Data": [1, None]}, {"Status": 0, "Data": {"a": 1}}],
)
def test_whatever_comes_is_looked_at_without_failing(body: Any) -> None:
    for one in c2_examined.other_names(_c2(body, "RETRIEVE_CIS")):
        assert one.member


def test_no_value_is_ever_given() -> None:
    record = {"Secret": "value-to-hide"}

    assert "value-to-hide" not in repr(c2_examined.other_names(_c2({"Status": 0, "Data": [record]}, "RETRIEVE_CIS")))
