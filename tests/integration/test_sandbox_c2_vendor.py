"""The calls that C2's pages print are accepted, and answered with the printed members and forms."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sandbox_calls import Caller, field_of, value_of
from sandbox_vendor import (
    CATEGORY,
    CHECKBOX,
    CI,
    CI_MEMBERS,
    CLIENT,
    CLIENT_FIELD,
    CMDB,
    DATE_TIME,
    DECIMAL,
    DECIMAL_FIELD,
    SAVE_FULL,
    SAVE_PLAIN,
    SAVED_MEMBERS,
    SECTION,
    SECTION_MEMBERS,
    STATE,
    printed_world,
)

from syncsvc.sandbox import Sandbox


@pytest.fixture
def caller() -> Iterator[Caller]:
    with Caller(Sandbox(c2=printed_world())) as caller:
        yield caller


def test_the_printed_save_without_custom_fields_is_answered_with_part_of_the_ci(caller: Caller) -> None:
    data = caller.done("CI/Save", viewModel=SAVE_PLAIN)
    assert list(data) == SAVED_MEMBERS.split()
    assert (data["StateId"], data["CINumber"]) == (STATE, "00000001")
    assert re.fullmatch(r"\d{8}", data["SequenceNumber"])
    assert caller.box.c2.value(data["Id"], "FrenchName") == "CIAPI"


def test_the_printed_save_with_custom_fields_stores_each_value_in_its_form(caller: Caller) -> None:
    data = caller.done("CI/Save", viewModel=SAVE_FULL)
    fields = data["CustomFields"]["Fields"]
    assert [field["Value"] for field in fields] == ["True", "123.450000", CLIENT, "2018-07-05T04:00:00.0000000Z"]
    assert [field["DisplayName"] for field in fields] == ["True", "123.450000", "Client1 Client1", "7/5/2018 12:00:00 AM"]
    assert {name: value for name, value in fields[1].items() if name != "Id"} == DECIMAL_FIELD
    assert [field["IsActive"] for field in fields] == [False, False, True, False]
    assert fields[0]["Id"] != "dc2446c3-aa02-41a6-a2fe-bec07602e9a0"


def test_the_sections_tell_which_fields_stand_in_them(caller: Caller) -> None:
    [section] = caller.done("CI/Save", viewModel=SAVE_FULL)["CustomFields"]["Sections"]
    assert list(section) == SECTION_MEMBERS.split()
    assert section["Id"] == SECTION
    cells = [{"DefinitionId": definition} for definition in (CHECKBOX, DECIMAL, CLIENT_FIELD, DATE_TIME)]
    assert section["Rows"] == [{"Order": 0, "Cells": cells}]


def test_save_answers_escape_the_slashes_of_dates_and_others_do_not(caller: Caller) -> None:
    saved = caller.c2("CI/Save", viewModel=SAVE_FULL).text
    assert saved.endswith(r'"Message":null,"Time":"\/Date(1530719073333)\/"}')
    assert r'"CreatedDateTime":"\/Date(1530719073333)\/"' in saved
    assert '"/C2ATOM/Content/catalogimages/catalog_other.png"' in saved
    updated = caller.c2("CI/UpdateProperty", Id=caller.box.c2.ci_ids()[0], PropertyName="IsActive", Value="false").text
    assert updated.endswith('"Message":null,"Time":"/Date(1530719073333)/"}')


def test_the_printed_update_of_a_system_property_answers_the_whole_ci(caller: Caller) -> None:
    caller.box.c2.add_ci(CATEGORY, "CI API", id=CI, by="selenium-tests@c2enterprise.com")
    data = caller.done("CI/UpdateProperty", Id=CI, PropertyName="IsActive", Value="false")
    assert list(data) == CI_MEMBERS.split()
    assert (data["Id"], data["IsActive"], data["Name"], data["Tags"]) == (CI, False, "CI API", "")
    assert (data["CategoryId"], data["CIFolderId"], data["CITypeName"]) == (CATEGORY, CMDB, "Inventaire")
    assert (data["CreatedBy"], data["LastModifiedBy"]) == ("selenium-tests@c2enterprise.com", "syncsvc")
    assert data["LastModifiedDateTime"] == "/Date(1530719073333)/"


def test_the_printed_update_of_a_custom_field_answers_the_whole_ci(caller: Caller) -> None:
    ci_id = caller.done("CI/Save", viewModel=SAVE_FULL)["Id"]
    data = caller.done("CI/UpdateProperty", Id=ci_id, CustomFieldSequenceNumber="3", Value="false")
    assert list(data) == CI_MEMBERS.split()
    assert value_of(data, "CF Checkbox") == "False"
    assert value_of(data, "CF Decimal") == "123.450000"


def test_unset_fields_read_as_printed(caller: Caller) -> None:
    data = caller.done("CI/Save", viewModel=SAVE_PLAIN)
    shown = [(field["Value"], field["DisplayName"]) for field in data["CustomFields"]["Fields"]]
    assert shown == [("False", "False"), (None, None), (None, None), (None, None)]


def test_a_field_has_another_id_on_every_ci_and_keeps_it(caller: Caller) -> None:
    first, second = (caller.done("CI/Save", viewModel=SAVE_PLAIN) for _ in range(2))
    assert field_of(first, "CF Decimal")["Id"] != field_of(second, "CF Decimal")["Id"]
    again = caller.update(first["Id"], 7, "1")
    assert field_of(again, "CF Decimal")["Id"] == field_of(first, "CF Decimal")["Id"]
