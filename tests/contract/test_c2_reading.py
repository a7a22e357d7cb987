"""How C2's lists are read when servers page, shift, cap, fail and forget: nothing is lost, doubled or taken for empty."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from adapter_clients import CATEGORY, CMDB, Naps, c2_at, c2_list, category, quick, wire_ci
from contract_places import MONTREAL
from scripted_server import Asked, Reply, ScriptedServer, answer, c2_data

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.domain.errors import ProtocolError, ServerError
from syncsvc.domain.records import Field, Level
from syncsvc.domain.values import Kind
from syncsvc.sandbox import C2World, Sandbox

Serve = Callable[..., ScriptedServer]
PRICE = Field("b13533a8-f807-499f-a55e-319023909727", "Prix", Kind.NUMBER, Level.CI, number=7, definition_type=1)


def sizes(server: ScriptedServer) -> list[tuple[int, int]]:
    return [(asked.body["Page"], asked.body["Size"]) for asked in server.asked]


def failing_above(limit: int, records: list[dict[str, Any]]) -> Callable[[Asked], Reply]:
    listed = c2_list(records)
    return lambda asked: answer({}, 500) if asked.body["Size"] > limit else listed(asked)


# -- pages ---------------------------------------------------------------------------------------------------------------


def test_a_page_that_is_too_long_is_asked_for_again_once_and_then_with_half_the_size(serve: Serve) -> None:
    server = serve(failing_above(25, [wire_ci(number) for number in range(60)]))
    with c2_at(server, page_size=100) as c2:
        assert [ci.number for ci in c2.cis(category(), ())] == [f"{number:08d}" for number in range(60)]
    assert sizes(server) == [(0, 100), (0, 100), (0, 50), (0, 50), (0, 25), (1, 25), (2, 25)]


def test_halving_goes_on_at_the_page_that_holds_the_next_record(serve: Serve) -> None:
    records = [wire_ci(number) for number in range(130)]
    listed = c2_list(records)

    def heavy_from_the_second_page(asked: Asked) -> Reply:
        first, size = asked.body["Page"] * asked.body["Size"], asked.body["Size"]
        return answer({}, 500) if first + size > 70 and size > 15 else listed(asked)

    server = serve(heavy_from_the_second_page)
    with c2_at(server, page_size=45) as c2:
        numbers = [ci.number for ci in c2.cis(category(), ())]
    assert numbers == [f"{number:08d}" for number in range(130)]
    assert sizes(server)[:7] == [(0, 45), (1, 45), (1, 45), (2, 22), (3, 22), (3, 22), (6, 11)]


def test_halving_while_the_list_shifts_loses_and_doubles_nothing(serve: Serve) -> None:
    """Somebody adds a CI in front of the others after each page; what moves into the next page comes twice."""
    records = [wire_ci(number) for number in range(60)]

    def growing(asked: Asked) -> Reply:
        if asked.body["Size"] > 12 and asked.body["Page"] > 0:
            return answer({}, 500)
        reply = c2_list(list(records))(asked)
        records.insert(0, wire_ci(len(records)))
        return reply

    server = serve(growing)
    with c2_at(server, page_size=24) as c2:
        numbers = [ci.number for ci in c2.cis(category(), ())]
    assert len(numbers) == len(set(numbers))
    assert {f"{number:08d}" for number in range(60)} <= set(numbers)
    assert sizes(server)[:5] == [(0, 24), (1, 24), (1, 24), (2, 12), (3, 12)]


def test_a_server_that_fails_on_the_smallest_page_too_ends_the_read(serve: Serve) -> None:
    server = serve(answer({}, 500))
    with c2_at(server, page_size=20, retry=quick(3)) as c2, pytest.raises(ServerError):
        c2.cis(category(), ())
    assert sizes(server) == [(0, 20), (0, 20), (0, 10), (0, 10), (0, 10)]


def test_a_server_that_caps_pages_without_a_word_is_still_read_to_its_end(serve: Serve) -> None:
    listed = c2_list([wire_ci(number) for number in range(120)])

    def capping(asked: Asked) -> Reply:
        return listed(replace(asked, text=json.dumps(asked.body | {"Size": min(50, asked.body["Size"])})))

    with c2_at(serve(capping), page_size=500) as c2:
        assert len(c2.cis(category(), ())) == 120


def test_a_server_that_does_not_turn_pages_is_found_out(serve: Serve) -> None:
    server = serve(c2_data([wire_ci(number) for number in range(20)]))
    with c2_at(server, page_size=20) as c2, pytest.raises(ProtocolError, match="does not turn pages"):
        c2.cis(category(), ())


def test_a_record_that_comes_twice_is_given_once(serve: Serve) -> None:
    pages = [[wire_ci(1), wire_ci(2)], [wire_ci(2, Id=wire_ci(2)["Id"].upper()), wire_ci(3)], []]
    with c2_at(serve(*map(c2_data, pages)), page_size=2) as c2:
        assert [ci.number for ci in c2.cis(category(), ())] == ["00000001", "00000002", "00000003"]


def test_pages_that_shift_while_they_are_read_double_nothing() -> None:
    world = C2World(shift_pages=True)
    cmdb = world.add_cmdb("Inventaire")
    printers = world.add_category(cmdb, "Imprimantes")
    for number in range(25):
        world.add_ci(printers, f"n{number}")
    with Sandbox(c2=world) as box, C2Client(_config(box, page_size=10)) as c2:
        (found,) = c2.categories(cmdb)
        ids = [ci.id for ci in c2.cis(found, ())]
    assert len(ids) == len(set(ids)) == 24


def _config(box: Sandbox, **settings: Any) -> C2Config:
    return C2Config(box.c2_url, box.username, box.password, time_zone=MONTREAL, **settings)


# -- what is asked, and what is filtered ---------------------------------------------------------------------------------


def test_a_categorys_cis_are_asked_for_with_inactive_ones_and_only_the_fields_needed(serve: Serve) -> None:
    server = serve(c2_data([]))
    with c2_at(server) as c2:
        c2.cis(category(), ())
        c2.cis(category(), [PRICE], modified_since=datetime(2026, 11, 21, 10, tzinfo=UTC))
    here = {"CIFolderId": CMDB, "CategoryId": CATEGORY, "IncludeInactives": True}
    assert [asked.body["SearchCriteria"] for asked in server.asked] == [
        here | {"IncludeCustomFields": False},
        here | {"IncludeCustomFields": True, "ModifiedSince": "2026-11-21T10:00:00.000Z"},
    ]


def test_cis_that_nobody_asked_for_are_left_out(serve: Serve) -> None:
    other = "00000000-0000-4000-8000-ffffffffffff"
    records = [wire_ci(1, CategoryId=other), wire_ci(2, CIFolderId=other), wire_ci(3, IsDeleted=True), wire_ci(4)]
    with c2_at(serve(c2_data(records))) as c2:
        assert [ci.number for ci in c2.cis(category(), ())] == ["00000004"]
        ids = [record["Id"] for record in records]
        assert [ci.number for ci in c2.cis_by_id(category(), (), ids)] == ["00000001", "00000002", "00000004"]


def test_ids_are_asked_for_a_hundred_at_a_time_and_without_a_place(serve: Serve) -> None:
    def found(asked: Asked) -> Reply:
        return c2_data([wire_ci(int(ci_id[-12:])) for ci_id in asked.body["SearchCriteria"]["Ids"]])

    server = serve(found)
    ids = [wire_ci(number)["Id"] for number in range(130)]
    with c2_at(server) as c2:
        assert [ci.id for ci in c2.cis_by_id(category(), (), [ids[0].upper(), *ids])] == ids
    criteria = [asked.body["SearchCriteria"] for asked in server.asked]
    assert [len(one["Ids"]) for one in criteria] == [100, 30]
    assert not {"CategoryId", "CIFolderId"} & {key for one in criteria for key in one}


def test_a_server_that_ignores_ids_is_searched_to_the_end_of_its_list() -> None:
    world = C2World(knows_ids=False)
    cmdb = world.add_cmdb("Inventaire")
    printers, screens = (world.add_category(cmdb, name) for name in ("Imprimantes", "Écrans"))
    ids = [world.add_ci(printers, f"n{number}") for number in range(24)]
    moved = world.add_ci(screens, "moved")
    gone = "00000000-0000-4000-8000-000000000000"
    with Sandbox(c2=world) as box, C2Client(_config(box, page_size=10)) as c2:
        found = next(one for one in c2.categories(cmdb) if one.id == printers)
        before = c2.requests
        assert {ci.id for ci in c2.cis_by_id(found, (), [ids[3]])} == {ids[3]}
        assert c2.requests == before + 1  # what was asked for came on the first page: no need to read on
        assert {ci.id for ci in c2.cis_by_id(found, (), [moved, gone, ids[20], ids[3]])} == {moved, ids[20], ids[3]}


def test_one_missing_ci_in_a_shifting_list_is_searched_for_twice(serve: Serve) -> None:
    others = [wire_ci(number) for number in range(1, 4)]
    wanted = wire_ci(9)
    server = serve(c2_data(others), c2_data([*others, wanted]))
    with c2_at(server) as c2:
        assert [ci.id for ci in c2.cis_by_id(category(), (), [wanted["Id"]])] == [wanted["Id"]]


def test_a_server_that_ignores_the_number_is_searched_to_the_end_of_its_list(serve: Serve) -> None:
    numbers = range(1, 25)
    server = serve(c2_list([wire_ci(number) for number in numbers] + [wire_ci(99, IsDeleted=True)]))
    with c2_at(server, page_size=10) as c2:
        found = c2.ci_by_number("24")
        assert found is not None
        assert found.number == "00000024"
        assert len(server.asked) == 3
        assert c2.ci_by_number("25") is None
        assert c2.ci_by_number("99") is None


def test_a_number_is_asked_for_with_its_zeros_and_then_as_it_was_written(serve: Serve) -> None:
    server = serve(c2_data([]), c2_data([wire_ci(7, CINumber="0007")]))
    with c2_at(server) as c2:
        found = c2.ci_by_number("0007")
    assert found is not None
    assert found.number == "0007"
    criteria = [asked.body["SearchCriteria"] for asked in server.asked]
    assert [one["CINumber"] for one in criteria] == ["00000007", "0007"]
    assert all(one["IncludeInactives"] and not {"CategoryId", "CIFolderId"} & set(one) for one in criteria)


# -- records -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["Id", "CINumber", "Name", "CategoryId", "CIFolderId", "IsActive"])
def test_one_ci_without_a_member_that_is_needed_is_named_and_never_skipped(serve: Serve, member: str) -> None:
    bad = {key: value for key, value in wire_ci(2).items() if key != member}
    server = serve(c2_data([wire_ci(1), bad, wire_ci(3)]))
    with c2_at(server) as c2, pytest.raises(ProtocolError) as error:
        c2.cis(category(), ())
    assert f"`{member}`" in error.value.message
    assert ("00000002" if member != "CINumber" else bad["Id"]) in error.value.message
    assert len(server.asked) == 1


@pytest.mark.parametrize("members", [{"IsActive": "yes"}, {"CINumber": 2}, {"CustomFields": {"Fields": [{"Value": "x"}]}}])
def test_one_ci_with_a_member_of_another_type_is_named(serve: Serve, members: dict[str, Any]) -> None:
    with c2_at(serve(c2_data([wire_ci(1), wire_ci(2, **members)]))) as c2, pytest.raises(ProtocolError, match=r"number 2 of the"):
        c2.cis(category(), ())


@pytest.mark.parametrize("custom_fields", [None, {}, {"Fields": []}, {"Fields": [{"DefinitionId": "another", "Value": "1"}]}])
def test_a_ci_that_does_not_show_a_field_of_its_category_is_not_taken_for_empty(serve: Serve, custom_fields: Any) -> None:
    with c2_at(serve(c2_data([wire_ci(1, CustomFields=custom_fields)]))) as c2:
        with pytest.raises(ProtocolError, match="00000001 does not show “Prix”"):
            c2.cis(category(), [PRICE])
        with pytest.raises(ProtocolError):
            c2.cis_by_id(category(), [PRICE], [wire_ci(1)["Id"]])


def test_a_system_property_that_the_server_leaves_out_is_not_taken_for_empty(serve: Serve) -> None:
    tags = Field("Tags", "Tags", Kind.TEXT, Level.CI)
    with c2_at(serve(c2_data([wire_ci(1)]))) as c2, pytest.raises(ProtocolError, match="Tags"):
        c2.cis(category(), [tags])


@pytest.mark.parametrize("spelled", [str.upper, "{{{}}}".format, lambda guid: f"{{{guid.upper()}}}"])
def test_guids_are_one_and_the_same_in_any_case_and_in_braces(serve: Serve, spelled: Callable[[str], str]) -> None:
    ours = wire_ci(1)["Id"]
    shown = wire_ci(1, Id=spelled(ours), CategoryId=spelled(CATEGORY), CIFolderId=spelled(CMDB))
    shown |= {"CustomFields": {"Fields": [{"DefinitionId": spelled(PRICE.key), "Value": "1.50"}]}}
    with c2_at(serve(c2_data([shown]), c2_data([shown]), c2_data(shown))) as c2:
        for (ci,) in (c2.cis(category(), [PRICE]), c2.cis_by_id(category(), [PRICE], [ours])):
            assert (ci.id, ci.category_id, str(ci.values[0])) == (ours, CATEGORY, "1.5")
        assert c2.update_ci(ours, PRICE, Decimal("1.5"), [PRICE]).id == ours


def test_lists_sections_and_people_are_found_by_their_guids_in_braces_too(serve: Serve) -> None:
    chosen = {"DefinitionId": "{D1}", "DefinitionSequenceNumber": 1, "DefinitionType": 4, "Name": "State", "ListId": "{L1}"}
    person = {"DefinitionId": "d2", "DefinitionSequenceNumber": 2, "DefinitionType": 6, "Name": "Owner"}
    section = {"Id": "{S1}", "Rows": [{"Cells": [{"DefinitionId": "D1"}, {"DefinitionId": "{D2}"}]}]}
    shown = {"Id": f"{{{CATEGORY}}}", "CIFolderId": CMDB, "Name": "x", "Sections": [section], "Fields": [chosen, person]}
    with c2_at(serve(c2_data([shown]), c2_data([{"Id": "I1", "Name": "Active"}]))) as c2:
        (found,) = c2.categories(CMDB)
    fields = [field for field in found.fields if field.is_custom]
    assert [(field.key, field.list_id, field.section_id) for field in fields] == [("d1", "l1", "s1"), ("d2", None, "s1")]

    values = [{"DefinitionId": "{D1}", "Value": "{I1}"}, {"DefinitionId": "d2", "Value": "{P1}"}]
    with c2_at(serve(c2_data([wire_ci(1, CustomFields={"Fields": values})]))) as c2:
        (ci,) = c2.cis(found, fields)
    assert ci.values == ("Active", "p1")


# -- structure -----------------------------------------------------------------------------------------------------------


def test_categories_of_another_cmdb_are_left_out_and_each_list_is_read_once(serve: Serve) -> None:
    def definition(number: int, **members: Any) -> dict[str, Any]:
        base = {"DefinitionId": f"D{number}", "DefinitionSequenceNumber": number, "DefinitionType": 4, "Name": f"f{number}"}
        return base | {"ListId": "AA"} | members

    categories = [
        {"Id": "C1", "CIFolderId": CMDB.upper(), "Name": "one", "Fields": [definition(1), definition(2, ListId="aa")]},
        {"Id": "C2", "CIFolderId": "other", "Name": "two", "Fields": [definition(3, ListId="bb")]},
    ]
    items = [
        {"Id": "I1", "Name": "Actif", "EnglishName": "Active", "FrenchName": "Actif"},
        {"Id": "I2", "Name": "x", "IsActive": False},
    ]
    server = serve(c2_data(categories), c2_data(items))
    with c2_at(server, language="en") as c2:
        (found,) = c2.categories(CMDB)
    assert [asked.path for asked in server.asked] == ["/API/CICategory/Retrieve", "/API/List/Retrieve"]
    assert found.id == "c1"
    fields = [field for field in found.fields if field.is_custom]
    assert [(field.key, field.list_id, field.section_id) for field in fields] == [("d1", "aa", None), ("d2", "aa", None)]
    offered = [(option.id, option.label, option.labels, option.is_active) for option in fields[0].options]
    assert offered == [("i1", "Active", ("Active", "Actif"), True), ("i2", "x", ("x",), False)]


def test_a_field_of_a_type_that_nobody_knows_is_read_only_text(serve: Serve) -> None:
    field = {"DefinitionId": "D", "DefinitionSequenceNumber": 1, "DefinitionType": 99, "Name": "?", "FieldSectionId": None}
    section = {"Id": "S1", "Rows": [{"Cells": [{"DefinitionId": "d"}, {}]}, {}]}
    shown = {"Id": "C", "CIFolderId": CMDB, "Name": "x", "Sections": [section], "Fields": [field]}
    with c2_at(serve(c2_data([shown]))) as c2:
        found = c2.categories(CMDB)[0].fields[-1]
    assert (found.kind, found.read_only, found.unknown_kind, found.section_id) == (Kind.TEXT, True, True, "s1")


def test_clients_are_asked_for_with_nobody_left_out(serve: Serve) -> None:
    server = serve(c2_data([]))
    with c2_at(server) as c2:
        c2.clients()
    assert server.asked[0].body["SearchCriteria"] == {
        "ExcludeMissingEmail": False,
        "ExcludeResources": False,
        "IncludeCustomFields": False,
        "IncludeInactives": True,
    }


def test_reads_go_on_after_a_wait_and_count_every_request(serve: Serve) -> None:
    naps = Naps()
    with c2_at(serve(answer({}, 503), c2_data([])), naps) as c2:
        c2.clients()
        assert c2.requests == 2
    assert naps == [1.0]
