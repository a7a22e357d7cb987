"""What Hector answers when it does not do what it was asked, and lists that do not hold still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from adapter_clients import Naps, hector_at, hector_list, quick, wire_asset
from scripted_server import Asked, Reply, ScriptedServer, answer, cut, page, raw, reset

from syncsvc.adapters.hector import HectorClient, HectorConfig, HectorEndpoints
from syncsvc.adapters.hector.definitions import OWN_FIELDS
from syncsvc.domain.errors import (
    CredentialsError,
    MissingRightError,
    NetworkError,
    NotFoundError,
    ProtocolError,
    RefusedError,
    RemoteError,
    ServerError,
)
from syncsvc.domain.records import Asset, Field, Level, NewAsset, NewSubcategory
from syncsvc.domain.values import Kind
from syncsvc.sandbox import HectorWorld, Sandbox

Serve = Callable[..., ScriptedServer]
OWN = {field.name: field for field in OWN_FIELDS}
SERIAL = Field("asset.attributes.12", "asset.attributes.Serial number", Kind.TEXT, Level.ASSET)


def problem(status: int, code: str, message: str = "", **fields: Any) -> Reply:
    return answer({"error": {"code": code, "message": message, "fields": fields}}, status)


def write(hector: HectorClient) -> Asset:
    return hector.update_asset(1, {OWN["asset.note"]: "x"}, ())


# -- failures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["token_expired", "token_invalid"])
def test_a_refused_token_stops_everything_after_one_request(serve: Serve, code: str) -> None:
    server = serve(problem(401, code))
    with hector_at(server) as hector:
        for ask in (hector.users, hector.stockrooms, lambda: write(hector)):
            with pytest.raises(CredentialsError) as error:
                ask()
    assert len(server.asked) == 1
    assert "SYNCSVC_HECTOR__TOKEN" in error.value.hint
    assert code in error.value.message


def test_a_missing_right_is_no_reason_to_stop(serve: Serve) -> None:
    with hector_at(serve(problem(403, "permission_denied", "No."), hector_list([]))) as hector:
        with pytest.raises(MissingRightError, match=r"No\."):
            write(hector)
        assert hector.users() == []


@pytest.mark.parametrize(("status", "code"), [(409, "conflict"), (422, "invalid_data"), (400, "bad_request")])
def test_a_refused_record_has_the_servers_words_by_field(serve: Serve, status: int, code: str) -> None:
    reply = problem(status, code, "No good.", note=["too long", "too rude"], **{"attributes.12": ["taken"]})
    with hector_at(serve(reply)) as hector, pytest.raises(RefusedError) as error:
        hector.update_asset(1, {OWN["asset.note"]: "x", SERIAL: "y"}, ())
    assert error.value.fields == {"asset.note": "too long, too rude", "asset.attributes.12": "taken"}
    assert "No good." in error.value.message
    assert "asset.attributes.Serial number: taken" in error.value.message
    assert (error.value.may_have_been_done, error.value.status) == (False, status)


def test_an_attribute_that_the_server_calls_by_its_name_is_recognised(serve: Serve) -> None:
    with hector_at(serve(problem(422, "x", **{"Serial number": "taken"}))) as hector, pytest.raises(RefusedError) as error:
        hector.create_asset(NewAsset(5, 7, 1, {SERIAL: "y"}), ())
    assert error.value.fields == {"asset.attributes.12": "taken"}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"error": "no"}', b'{"error": {"fields": ["x"]}}', b"\xff", b"{"])
def test_a_refusal_without_words_is_a_refusal_all_the_same(serve: Serve, body: bytes) -> None:
    with hector_at(serve(raw(422, body))) as hector, pytest.raises(RefusedError):
        write(hector)


def test_only_hectors_own_not_found_says_that_a_record_is_gone(serve: Serve) -> None:
    with hector_at(serve(problem(404, "not_found"))) as hector:
        with pytest.raises(NotFoundError):
            hector.subcategory(7, ())
        with pytest.raises(NotFoundError):
            write(hector)
    for other in (page(404), problem(404, "route_not_found"), answer({"message": "Not Found"}, 404)):
        with hector_at(serve(other)) as hector, pytest.raises(ProtocolError) as error:
            hector.subcategory(7, ())
        assert "SYNCSVC_HECTOR__ENDPOINTS__SUBCATEGORIES" in error.value.hint


def test_a_list_that_is_not_there_is_a_wrong_path_and_no_missing_record(serve: Serve) -> None:
    server = serve(problem(404, "not_found"))
    with hector_at(server, endpoints=HectorEndpoints(assets="/v2/things/")) as hector:
        with pytest.raises(ProtocolError, match="v2/things"):
            hector.assets(5, ())
        with pytest.raises(ProtocolError):
            hector.create_asset(NewAsset(5, 7, 1), ())
        with pytest.raises(NotFoundError):
            write(hector)
    assert [asked.path for asked in server.asked] == ["/v2/things/", "/v2/things/", "/v2/things/1"]


UNCLEAR: list[tuple[Reply, type[RemoteError]]] = [
    (answer({}, 500), ServerError),
    (page(503), ServerError),
    (answer({}, 408), NetworkError),
    (answer({}, 302), ProtocolError),
    (page(), ProtocolError),
    (cut(), NetworkError),
    (reset(), NetworkError),
    (answer({"data": wire_asset(status="lost")}), ProtocolError),
    (answer({"data": wire_asset(2)}), ProtocolError),
    (answer({"data": []}), ProtocolError),
    (answer({}), ProtocolError),
    (answer(None, 202), ProtocolError),
]


@pytest.mark.parametrize(("reply", "kind"), UNCLEAR)
def test_a_write_without_a_clear_answer_may_have_been_done_and_is_not_repeated(
    serve: Serve, reply: Reply, kind: type[RemoteError]
) -> None:
    server = serve(reply)
    with hector_at(server) as hector, pytest.raises(kind) as error:
        write(hector)
    assert (len(server.asked), error.value.may_have_been_done) == (1, True)


def test_reads_and_what_was_never_done_are_tried_again(serve: Serve) -> None:
    naps = Naps()
    busy = answer({"error": {"code": "rate_limited"}}, 429, Retry_After="2")
    with hector_at(serve(answer({}, 503), hector_list([]), busy, answer({"data": wire_asset()})), naps) as hector:
        assert hector.users() == []
        assert hector.create_asset(NewAsset(5, 7, 1, {}), ()).id == 1
    assert naps == [1.0, 2.0]


# -- lists ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [{"data": []}, {"data": [], "meta": {}}, {"meta": {"total": 0}}, [], {"data": {}, "meta": {"total": 0}}]
)
def test_a_list_without_its_total_is_not_believed(serve: Serve, body: Any) -> None:
    server = serve(answer(body))
    with hector_at(server) as hector, pytest.raises(ProtocolError):
        hector.users()
    assert len(server.asked) == 1


def test_pages_count_from_one_and_are_read_until_the_total(serve: Serve) -> None:
    records = [wire_asset(number) for number in range(1, 6)]
    pages = [hector_list(records[first : first + 2], 5) for first in (0, 2, 4)]
    server = serve(*pages)
    with hector_at(server, page_size=2) as hector:
        assert [asset.id for asset in hector.assets(5, ())] == [1, 2, 3, 4, 5]
    assert [asked.query for asked in server.asked] == [
        {"category_id": ["5"], "page": [str(number)], "per_page": ["2"]} for number in (1, 2, 3)
    ]


def test_a_server_with_smaller_pages_than_asked_for_is_read_to_its_end(serve: Serve) -> None:
    records = [wire_asset(number) for number in range(1, 5)]
    with hector_at(serve(hector_list(records[:2], 4), hector_list(records[2:], 4)), page_size=500) as hector:
        assert len(hector.assets(5, ())) == 4


def test_a_record_hidden_by_a_shifting_page_is_found_by_reading_again(serve: Serve) -> None:
    one, two, three = (wire_asset(number) for number in (1, 2, 3))
    passes = [hector_list([one, two], 3), hector_list([two], 3), hector_list([one, three], 3), hector_list([two], 3)]
    server = serve(*passes)
    with hector_at(server, page_size=2) as hector:
        assert sorted(asset.id for asset in hector.assets(5, ())) == [1, 2, 3]
    assert len(server.asked) == 4


def test_a_total_that_changes_meanwhile_has_the_list_read_again(serve: Serve) -> None:
    one, two, three = (wire_asset(number) for number in (1, 2, 3))
    first = [hector_list([one], 2), hector_list([two], 3), hector_list([three], 3)]
    second = [hector_list([one], 3), hector_list([two], 3), hector_list([three], 3)]
    server = serve(*first, *second)
    with hector_at(server, page_size=1) as hector:
        assert [asset.id for asset in hector.assets(5, ())] == [1, 2, 3]
    assert len(server.asked) == 6


def test_a_deleted_record_does_not_make_up_for_a_hidden_one(serve: Serve) -> None:
    one, two, three = (wire_asset(number) for number in (1, 2, 3))
    first = [hector_list([one, two], 4), hector_list([two, three], 4)]
    second = [hector_list([one, two], 3), hector_list([two], 3)]  # three is gone, four still hidden
    third = [hector_list([one, two], 3), hector_list([wire_asset(4)], 3)]
    gone = hector_list([])  # three, asked for by its id
    with hector_at(serve(*first, *second, gone, *third), page_size=2) as hector:
        assert {asset.id for asset in hector.assets(5, ())} == {1, 2, 4}


@pytest.mark.parametrize("moved", [[], [wire_asset(3, category_id=6)]])
def test_a_new_record_in_a_deleted_ones_place_does_not_make_a_list_look_complete(serve: Serve, moved: list[Any]) -> None:
    """Four is hidden by shifting pages; three goes and five comes between two passes, so that the total stays the same."""
    shown = {1: [1, 2], 2: [2, 3], 3: [1, 2], 4: [2, 5], 6: [1, 2], 7: [4, 5]}
    steps = [hector_list([wire_asset(number) for number in shown.get(step, [])], 4) for step in range(1, 8)]
    steps[4] = hector_list(moved)
    server = serve(*steps)
    with hector_at(server, page_size=2) as hector:
        assert {asset.id for asset in hector.assets(5, ())} == {1, 2, 4, 5}
    assert server.asked[4].query["ids"] == ["3"]


def test_a_subcategory_that_only_an_earlier_pass_has_shown_counts_when_it_is_still_there(serve: Serve) -> None:
    one, two, three = ({"id": number, "category_id": 5, "attributes": {}} for number in (1, 2, 3))
    passes = [hector_list([one, two], 3), hector_list([two], 3), hector_list([two, three], 3), hector_list([three], 3)]
    server = serve(*passes, answer({"data": one}))
    with hector_at(server, page_size=2) as hector:
        assert {found.id for found in hector.subcategories(5, ())} == {1, 2, 3}
    assert server.asked[4].path == "/api/v1/subcategories/1"


def test_of_a_list_whose_records_cannot_be_asked_for_one_pass_must_show_them_all(serve: Serve) -> None:
    shown = [[1, 2], [2], [1, 3], [3], [1, 2], [3]]
    server = serve(*(hector_list([{"id": number} for number in one], 3) for one in shown))
    with hector_at(server, page_size=2) as hector:
        assert [user.id for user in hector.users()] == [1, 2, 3]
    assert len(server.asked) == 6


def test_a_list_that_never_holds_still_is_given_up(serve: Serve) -> None:
    server = serve(hector_list([wire_asset(1)], 2))
    with hector_at(server, page_size=1) as hector, pytest.raises(ProtocolError, match="kept changing while it was read"):
        hector.assets(5, ())
    assert len(server.asked) == 10


def test_shifting_lists_of_the_sandbox_come_whole() -> None:
    world = HectorWorld(shift_pages=True)
    world.add_stockroom("s")
    category = world.add_category("Printers")
    subcategory = world.add_subcategory(category, "HP")
    ids = {world.add_asset(category, subcategory) for _ in range(25)}
    with Sandbox(hector=world) as box, HectorClient(HectorConfig(box.hector_url, box.token, page_size=10)) as hector:
        found = [asset.id for asset in hector.assets(category, ())]
    assert (set(found), len(found)) == (ids, 25)


def test_a_filter_that_the_server_ignores_is_applied_here(serve: Serve) -> None:
    with hector_at(serve(hector_list([wire_asset(1, category_id=6), wire_asset(2)]))) as hector:
        assert [asset.id for asset in hector.assets(5, ())] == [2]
    attributes = [{"id": number, "name": "n", "scope": "asset", "type": "text"} for number in (1, 2, 3)]
    attributes[1]["category_id"], attributes[2]["category_id"] = 5, 6
    with hector_at(serve(hector_list(attributes))) as hector:
        keys = [field.key for field in hector.fields(5) if ".attributes." in field.key]
    assert keys == ["asset.attributes.1", "asset.attributes.2"]


def test_the_time_since_is_asked_for_in_utc(serve: Serve) -> None:
    server = serve(hector_list([]))
    with hector_at(server) as hector:
        hector.assets(5, (), updated_since=datetime(2026, 11, 21, 10, tzinfo=UTC))
    assert server.asked[0].query["updated_since"] == ["2026-11-21T10:00:00.000Z"]


# -- by id ---------------------------------------------------------------------------------------------------------------


def test_ids_are_asked_for_a_hundred_at_a_time(serve: Serve) -> None:
    server = serve(lambda asked: hector_list([wire_asset(int(one)) for one in asked.query["ids"][0].split(",")]))
    with hector_at(server) as hector:
        assert [asset.id for asset in hector.assets_by_id(list(range(1, 131)), ())] == list(range(1, 131))
    assert [len(asked.query["ids"][0].split(",")) for asked in server.asked] == [100, 30]


def test_a_server_that_ignores_ids_is_asked_for_each_record(serve: Serve) -> None:
    def serve_all(asked: Asked) -> Reply:
        last = asked.path.rpartition("/")[2]
        if not last.isdigit():
            return hector_list([wire_asset(number) for number in (1, 2)], 9)
        return answer({"data": wire_asset(int(last))}) if int(last) < 10 else problem(404, "not_found")

    server = serve(serve_all)
    with hector_at(server, page_size=2) as hector:
        assert [asset.id for asset in hector.assets_by_id([2, 8, 99], ())] == [2, 8]
    assert [asked.path.rpartition("/")[2] for asked in server.asked] == ["assets", "8", "99"]


def test_an_asset_that_the_total_counts_and_the_page_does_not_show_is_asked_for_and_not_taken_for_gone(serve: Serve) -> None:
    server = serve(hector_list([wire_asset(1)], 2), answer({"data": wire_asset(2)}))
    with hector_at(server) as hector:
        assert [asset.id for asset in hector.assets_by_id([1, 2], ())] == [1, 2]
    assert [asked.path.rpartition("/")[2] for asked in server.asked] == ["assets", "2"]


def test_a_failure_of_that_question_is_raised(serve: Serve) -> None:
    with hector_at(serve(hector_list([wire_asset(1)], 2), problem(403, "forbidden"))) as hector, pytest.raises(MissingRightError):
        hector.assets_by_id([1, 2], ())


def test_ids_of_the_sandbox_are_found_whether_it_knows_the_filter_or_not() -> None:
    for knows_ids in (True, False):
        world = HectorWorld(knows_ids=knows_ids)
        world.add_stockroom("s")
        category = world.add_category("Printers")
        subcategory = world.add_subcategory(category, "HP")
        ids = [world.add_asset(category, subcategory) for _ in range(25)]
        with Sandbox(hector=world) as box, HectorClient(HectorConfig(box.hector_url, box.token, page_size=10)) as hector:
            assert [asset.id for asset in hector.assets_by_id([ids[20], 999_999, ids[2]], ())] == [ids[20], ids[2]]


# -- records -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["id", "category_id", "subcategory_id", "status"])
def test_one_asset_without_a_member_that_is_needed_is_named_and_never_skipped(serve: Serve, member: str) -> None:
    bad = {key: value for key, value in wire_asset(2).items() if key != member}
    with (
        hector_at(serve(hector_list([wire_asset(1), bad]))) as hector,
        pytest.raises(ProtocolError, match=f"`{member}`") as error,
    ):
        hector.assets(5, ())
    assert "number 2 of the page" in error.value.message


def test_a_member_that_the_server_leaves_out_is_not_taken_for_empty(serve: Serve) -> None:
    note = OWN["asset.note"]
    for member, field in (("note", note), ("attributes", SERIAL)):
        bare = {key: value for key, value in wire_asset(1).items() if key != member}
        with hector_at(serve(hector_list([bare]))) as hector, pytest.raises(ProtocolError, match=member):
            hector.assets(5, [field])
        with hector_at(serve(answer({"data": bare}))) as hector, pytest.raises(ProtocolError) as error:
            hector.update_asset(1, {}, [field])
        assert error.value.may_have_been_done


@pytest.mark.parametrize("attributes", [{}, [], None, {"12": None}, {"12": "  "}])
def test_an_attribute_that_is_not_set_is_empty_however_an_empty_map_is_written(serve: Serve, attributes: Any) -> None:
    with hector_at(serve(hector_list([wire_asset(1, attributes=attributes)]))) as hector:
        assert hector.assets(5, [SERIAL])[0].values == (None,)


def test_numbers_pass_through_no_binary_floating_point(serve: Serve) -> None:
    price = OWN["subcategory.price"]
    weight = Field("subcategory.attributes.3", "w", Kind.NUMBER, Level.SUBCATEGORY)
    members = '"id": 1, "category_id": 5, "maker": null, "model": null, "description": null, "updated_at": null'
    shown = f'{{"data": {{{members}, "price": 1234567890123456.78, "attributes": {{"3": 0.1}}}}}}'
    server = serve(raw(201, shown.encode()))
    exact = Decimal("1234567890123456.78")
    with hector_at(server) as hector:
        made = hector.create_subcategory(NewSubcategory(5, {price: exact, weight: Decimal("0.10")}), [price, weight])
    assert made.values == (exact, Decimal("0.1"))
    assert server.asked[0].text == '{"category_id":5,"price":1234567890123456.78,"attributes":{"3":0.10}}'


def test_a_change_sends_only_what_changes_and_null_clears(serve: Serve) -> None:
    server = serve(answer({"data": wire_asset()}))
    with hector_at(server) as hector:
        hector.update_asset(1, {OWN["asset.note"]: None, SERIAL: "x"}, (), subcategory_id=8, active=False)
        hector.update_asset(1, {}, (), active=True)
    assert [(asked.method, asked.path) for asked in server.asked] == [("PATCH", "/api/v1/assets/1")] * 2
    assert [asked.body for asked in server.asked] == [
        {"note": None, "attributes": {"12": "x"}, "subcategory_id": 8, "status": "retired"},
        {"status": "active"},
    ]


def test_a_new_record_is_sent_without_its_empty_values(serve: Serve) -> None:
    server = serve(answer({"data": wire_asset()}, 201))
    with hector_at(server) as hector:
        hector.create_asset(NewAsset(5, 7, 1, {OWN["asset.note"]: None, OWN["asset.title"]: "t"}), ())
    assert server.asked[0].body == {"category_id": 5, "subcategory_id": 7, "stockroom_id": 1, "title": "t"}


def test_an_attribute_of_a_type_that_nobody_knows_is_read_only_text(serve: Serve) -> None:
    shown = [{"id": 3, "name": "Map", "scope": "asset", "type": "geo", "category_id": 5, "options": None}]
    with hector_at(serve(hector_list(shown))) as hector:
        field = hector.fields(5)[-1]
    assert (field.kind, field.read_only, field.unknown_kind) == (Kind.TEXT, True, True)


def test_a_failed_read_ends_after_its_attempts(serve: Serve) -> None:
    server = serve(answer({}, 500))
    with hector_at(server, retry=quick(2)) as hector, pytest.raises(ServerError):
        hector.assets(5, ())
    assert len(server.asked) == 2
