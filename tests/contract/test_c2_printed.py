"""The requests and answers that C2 prints on its pages: ours have the same members, and the printed answers are read right.

The fixtures are those pages' own facts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from adapter_clients import c2_at
from scripted_server import ScriptedServer, answer

from syncsvc.adapters.c2.definitions import SYSTEM_FIELDS
from syncsvc.domain.records import Field, Level, NewCI
from syncsvc.domain.values import Kind, Option, Value

Serve = Callable[..., ScriptedServer]
SECTION = "ced377b7-ea01-fcd2-2703-59de30ac9d7f"
STATE = "3b302329-5610-4ee4-97e9-e8590be84b63"


def printed(name: str) -> Any:
    return json.loads((Path(__file__).parent / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


def custom(key: str, kind: Kind, number: int, definition_type: int) -> Field:
    return Field(key, f"CF {kind}", kind, Level.CI, number=number, section_id=SECTION, definition_type=definition_type)


CHECKBOX = custom("e85a893b-6ad3-45a5-a433-0f0f4ee6379b", Kind.YES_NO, 3, 8)
DECIMAL = custom("b13533a8-f807-499f-a55e-319023909727", Kind.NUMBER, 7, 1)
CLIENT = custom("4e6d36ce-cb2a-46cd-ab73-1440cb71efa9", Kind.PERSON, 5, 6)
DATE = custom("a6d54b8d-867a-4ef6-a4de-d3d1986f0577", Kind.DATE_TIME, 6, 3)
CUSTOM = (CHECKBOX, DECIMAL, CLIENT, DATE)
PRINTED_VALUES: dict[Field, Value] = {
    CHECKBOX: True,
    DECIMAL: Decimal("123.45"),
    CLIENT: "40dcb93b-e4ab-4bfc-bfe8-4897120ee1ef",
    DATE: datetime(2018, 7, 5, 4, tzinfo=UTC),
}


def shape(value: Any) -> Any:
    """Everything of a JSON document but its values: members in their order, nesting, types."""
    match value:
        case dict():
            return [(key, shape(member)) for key, member in value.items()]
        case list():
            return [shape(member) for member in value]
        case _:
            return type(value)


def new(values: dict[Field, Value]) -> NewCI:
    model = printed("ci_save_custom_request")["viewModel"]
    return NewCI(model["CIFolderId"], model["CategoryId"], model["StateId"], "CIAPI2", values)


@pytest.mark.parametrize(("name", "values"), [("ci_save_plain", {}), ("ci_save_custom", PRINTED_VALUES)])
def test_a_creation_is_asked_for_as_printed(serve: Serve, name: str, values: dict[Field, Value]) -> None:
    server = serve(answer(printed(f"{name}_answer")))
    with c2_at(server, username="admin", password="pax123") as c2:
        c2.create_ci(new(values), CUSTOM)
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/API/CI/Save", {})
    assert shape(asked.body) == shape(printed(f"{name}_request"))
    assert (asked.body["username"], asked.body["password"]) == ("admin", "pax123")


def test_a_creation_ties_each_value_to_its_definition_by_a_fresh_guid(serve: Serve) -> None:
    server = serve(answer(printed("ci_save_custom_answer")))
    with c2_at(server) as c2:
        c2.create_ci(new(PRINTED_VALUES), CUSTOM)
        c2.create_ci(new(PRINTED_VALUES), CUSTOM)
    first, second = (asked.body["viewModel"]["CustomFields"] for asked in server.asked)
    wanted = printed("ci_save_custom_request")["viewModel"]["CustomFields"]
    (section,), (wanted_section,) = first["Sections"], wanted["Sections"]
    assert section["Id"] == wanted_section["Id"]
    cells, wanted_cells = section["Rows"][0]["Cells"], wanted_section["Rows"][0]["Cells"]
    assert [cell["DefinitionId"] for cell in cells] == [cell["DefinitionId"] for cell in wanted_cells]
    assert [cell["field"]["Id"] for cell in cells] == [field["Id"] for field in first["Fields"]]
    values = [field["Value"] for field in first["Fields"]]
    assert values == ["true", "123.45", "40dcb93b-e4ab-4bfc-bfe8-4897120ee1ef", "2018-07-05T04:00:00.000Z"]
    fresh = {field["Id"] for body in (first, second) for field in body["Fields"]}
    assert len(fresh) == 8


def test_fields_of_two_sections_are_sent_in_their_own_sections(serve: Serve) -> None:
    server = serve(answer(printed("ci_save_custom_answer")))
    other = Field("11111111-0000-4000-8000-000000000000", "x", Kind.TEXT, Level.CI, section_id="S2", definition_type=0)
    with c2_at(server) as c2:
        c2.create_ci(new({CHECKBOX: True, other: "a", DECIMAL: Decimal(1)}), CUSTOM)
    sections = server.asked[0].body["viewModel"]["CustomFields"]["Sections"]
    placed = {section["Id"]: [cell["DefinitionId"] for cell in section["Rows"][0]["Cells"]] for section in sections}
    assert placed == {SECTION: [CHECKBOX.key, DECIMAL.key], "S2": [other.key]}


def test_system_fields_of_a_new_ci_are_members_and_empty_values_are_not_sent(serve: Serve) -> None:
    server = serve(answer(printed("ci_save_plain_answer")))
    tags, french = (next(field for field in SYSTEM_FIELDS if field.key == key) for key in ("Tags", "FrenchName"))
    with c2_at(server) as c2:
        c2.create_ci(new({tags: "a b", french: "Nom", DECIMAL: None}), CUSTOM)
    model = server.asked[0].body["viewModel"]
    assert (model["Tags"], model["FrenchName"], model["EnglishName"]) == ("a b", "Nom", "CIAPI2")
    assert "CustomFields" not in model


def test_the_printed_answer_to_a_creation_is_read(serve: Serve) -> None:
    name, external = SYSTEM_FIELDS[0], next(field for field in SYSTEM_FIELDS if field.key == "ExternalId")
    with c2_at(serve(answer(printed("ci_save_custom_answer")))) as c2:
        made = c2.create_ci(new(PRINTED_VALUES), (name, *CUSTOM, external))
    assert (made.id, made.number, made.name) == ("ca0f63eb-380a-4c45-af17-3490783a663e", "00000011", "CIAPI2")
    assert made.values == (
        None,
        True,
        Decimal("123.45"),
        "b2156d17-7156-43fa-b021-200d7a9f2f01",
        datetime(2018, 7, 4, 4, tzinfo=UTC),
        None,
    )
    assert made.absent == {0}
    assert made.category_id == "eab2c263-6a90-41bd-bdb7-c45a091f9326"


def test_custom_fields_that_the_answer_to_a_creation_does_not_show_are_named_absent(serve: Serve) -> None:
    with c2_at(serve(answer(printed("ci_save_plain_answer")))) as c2:
        made = c2.create_ci(new({DECIMAL: Decimal(1)}), CUSTOM)
    assert (made.id, made.values) == ("e33ce7a9-cc55-456a-91ec-778c82a4184a", (None, None, None, None))
    assert made.absent == {0, 1, 2, 3}


def test_activity_is_written_as_printed_and_the_whole_ci_is_read(serve: Serve) -> None:
    request = printed("update_system_request")
    server = serve(answer(printed("update_system_answer")))
    with c2_at(server, username="admin", password="pax123") as c2:
        ci = c2.set_active(request["Id"], active=False, fields=(*CUSTOM, SYSTEM_FIELDS[0]))
    assert (server.asked[0].path, server.asked[0].body) == ("/API/CI/UpdateProperty", request)
    assert list(server.asked[0].body) == list(request)
    assert (ci.id, ci.number, ci.name, ci.is_active, ci.is_read_only) == (request["Id"], "00000010", "CI API", False, False)
    assert ci.values == (False, None, None, None, "CI API")
    assert ci.absent == frozenset()
    assert ci.modified_at == datetime(2018, 7, 4, 15, 55, 15, 967000, tzinfo=UTC)


def test_a_custom_field_is_written_as_printed_and_the_whole_ci_is_read(serve: Serve) -> None:
    request = printed("update_custom_request")
    server = serve(answer(printed("update_custom_answer")))
    with c2_at(server, username="admin", password="pax123") as c2:
        ci = c2.update_ci(request["Id"], CHECKBOX, None, CUSTOM)
    assert server.asked[0].body == request
    assert list(server.asked[0].body) == list(request)
    assert ci.values == (
        False,
        Decimal("123.45"),
        "b2156d17-7156-43fa-b021-200d7a9f2f01",
        datetime(2018, 7, 4, 4, tzinfo=UTC),
    )
    assert (ci.number, ci.category_id) == ("00000011", "eab2c263-6a90-41bd-bdb7-c45a091f9326")


def test_credentials_go_into_the_query_where_that_is_set(serve: Serve) -> None:
    request = printed("update_custom_request")
    server = serve(answer(printed("update_custom_answer")))
    with c2_at(server, username="admin", password="pax 123&", credentials_in="query") as c2:
        c2.update_ci(request["Id"], CHECKBOX, None, CUSTOM)
    assert server.asked[0].query == {"username": ["admin"], "password": ["pax 123&"]}
    assert list(server.asked[0].body) == ["Id", "CustomFieldSequenceNumber", "Value"]
    assert server.asked[0].body["Value"] == "false"


def test_a_name_is_written_in_two_calls_and_the_last_answer_counts(serve: Serve) -> None:
    first, last = printed("update_custom_answer"), printed("update_custom_answer")
    first["Data"] |= {"Name": "old", "FrenchName": "old", "EnglishName": "new"}
    last["Data"] |= {"Name": "new", "FrenchName": "new", "EnglishName": "new"}
    server = serve(answer(first), answer(last))
    with c2_at(server) as c2:
        ci = c2.update_ci(first["Data"]["Id"], SYSTEM_FIELDS[0], "new", ())
    sent = [(asked.body["PropertyName"], asked.body["Value"]) for asked in server.asked]
    assert (sent, ci.name) == ([("EnglishName", "new"), ("FrenchName", "new")], "new")


def test_lists_and_lines_are_written_in_c2s_forms(serve: Serve) -> None:
    server = serve(answer(printed("update_custom_answer")))
    ci_id = printed("update_custom_request")["Id"]
    status = Field("k", "Statut", Kind.CHOICE, Level.CI, options=(Option("0a", "Actif", ("Actif", "Active")),), definition_type=4)
    notes = Field("n", "Remarques", Kind.TEXT, Level.CI, definition_type=7)
    with c2_at(server) as c2:
        c2.update_ci(ci_id, status, "active", ())
        c2.update_ci(ci_id, notes, "une\ndeux", ())
        c2.update_ci(ci_id, DATE, None, ())
    assert [asked.body["Value"] for asked in server.asked] == ["0a", "une\r\ndeux", ""]
