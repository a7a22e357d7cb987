"""What every Hector does for the engine: the client over the sandbox's HTTP, and the double in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from contract_places import SMALL_PAGE, HectorPlace

from syncsvc.domain.errors import ConversionError, NotFoundError, RefusedError
from syncsvc.domain.records import Asset, Level, NewAsset, NewSubcategory
from syncsvc.domain.values import Kind, Unreadable, Value

NOBODY = 987654
ASSET_VALUES: dict[str, Value] = {
    "asset.title": "The printer",
    "asset.asset_tag": "T-1",
    "asset.note": "one\ntwo",
    "asset.acquisition_date": date(2018, 7, 4),
    "asset.attributes.Serial number": "SN-1",
    "asset.attributes.Status": "On loan",
    "asset.attributes.Pages": Decimal("1234.5"),
    "asset.attributes.Checked": date(2020, 2, 29),
}
SUBCATEGORY_VALUES: dict[str, Value] = {
    "subcategory.maker": "HP",
    "subcategory.model": "LaserJet",
    "subcategory.description": "grey",
    "subcategory.note": "shared",
    "subcategory.price": Decimal("199.99"),
    "subcategory.weight": Decimal(12),
    "subcategory.vendor_sku": "HP-1",
    "subcategory.attributes.Colour": True,
}


def read(place: HectorPlace, asset_id: int, *names: str) -> Asset:
    (found,) = place.hector.assets_by_id([asset_id], place.fields(*names))
    return found


def new_asset(place: HectorPlace, subcategory: int, values: dict[str, Value]) -> NewAsset:
    by_field = dict(zip(place.fields(*values), values.values(), strict=True))
    return NewAsset(place.printers, subcategory, place.stockroom, by_field)


def _bare(values: dict[str, Value]) -> dict[str, Value]:
    return {name.partition(".")[2]: value for name, value in values.items()}


# -- structure -----------------------------------------------------------------------------------------------------------


def test_users_stockrooms_and_categories_are_listed(hector_place: HectorPlace) -> None:
    hector = hector_place.hector
    assert [(user.name, user.email) for user in hector.users()] == [("Ines", "ines@example.org")]
    assert [(room.id, room.name) for room in hector.stockrooms()] == [(hector_place.stockroom, "Main warehouse")]
    found = [(category.name, category.is_serialized) for category in hector.categories()]
    assert found == [("Printers", True), ("Screens", True), ("Toner", False)]


def test_a_category_has_hectors_own_fields_and_its_attributes(hector_place: HectorPlace) -> None:
    found = {field.name: field for field in hector_place.hector.fields(hector_place.printers)}
    assert set(ASSET_VALUES) | set(SUBCATEGORY_VALUES) <= set(found)
    assert {name for name, field in found.items() if field.level is Level.SUBCATEGORY} == set(SUBCATEGORY_VALUES)
    assert {f"asset.{day}_date" for day in ("acquisition", "assigned", "return", "maintenance", "end_of_life")} <= set(found)
    kinds = [found[name].kind for name in (*ASSET_VALUES, "subcategory.price", "subcategory.attributes.Colour")]
    assert kinds == [
        *(Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.DATE),
        *(Kind.TEXT, Kind.CHOICE, Kind.NUMBER, Kind.DATE),
        *(Kind.NUMBER, Kind.YES_NO),
    ]
    assert (found["asset.note"].max_length, found["subcategory.price"].decimals) == (255, 2)
    assert found["asset.attributes.Pages"].decimals == 2
    assert [option.label for option in found["asset.attributes.Status"].options] == ["In service", "On loan"]


def test_an_attributes_key_is_its_id_so_that_a_new_name_loses_nothing(hector_place: HectorPlace) -> None:
    found = {field.name: field.key for field in hector_place.hector.fields(hector_place.printers)}
    scope, member, number = found["asset.attributes.Serial number"].split(".")
    assert (scope, member, number.isdigit()) == ("asset", "attributes", True)
    assert found["subcategory.maker"] == "subcategory.maker"


def test_attributes_of_another_category_are_not_listed(hector_place: HectorPlace) -> None:
    assert not [field for field in hector_place.hector.fields(hector_place.screens) if ".attributes." in field.name]


# -- reading -------------------------------------------------------------------------------------------------------------


def test_every_kind_of_value_is_read_in_canonical_form(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory(_bare(SUBCATEGORY_VALUES))
    asset_id = hector_place.add_asset(subcategory, _bare(ASSET_VALUES))
    (found,) = hector_place.hector.subcategories(hector_place.printers, hector_place.fields(*SUBCATEGORY_VALUES))
    assert found.values == tuple(SUBCATEGORY_VALUES.values())
    assert (found.id, found.category_id, found.maker, found.model, found.description) == (
        *(subcategory, hector_place.printers),
        *("HP", "LaserJet", "grey"),
    )
    (asset,) = hector_place.hector.assets(hector_place.printers, hector_place.fields(*ASSET_VALUES))
    assert asset.values == tuple(ASSET_VALUES.values())
    assert (asset.id, asset.category_id, asset.subcategory_id) == (asset_id, hector_place.printers, subcategory)
    assert (asset.title, asset.asset_tag, asset.is_active, asset.stockroom_id) == (
        *("The printer", "T-1", True),
        hector_place.stockroom,
    )
    assert asset.modified_at is not None
    assert abs(asset.modified_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_nobody_filled_in_reads_as_empty(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    names = [name for name in ASSET_VALUES if name not in {"asset.title", "asset.asset_tag"}]
    assert set(read(hector_place, hector_place.add_asset(subcategory), *names).values) == {None}
    others = hector_place.fields(*[name for name in SUBCATEGORY_VALUES if name != "subcategory.maker"])
    assert set(hector_place.hector.subcategory(subcategory, others).values) == {None}


def test_retired_assets_are_listed_too(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    active, retired = hector_place.add_asset(subcategory), hector_place.add_asset(subcategory)
    hector_place.edit_asset(retired, {"status": "retired"})
    found = {asset.id: asset.is_active for asset in hector_place.hector.assets(hector_place.printers, ())}
    assert found == {active: True, retired: False}


def test_a_list_longer_than_a_page_comes_whole_and_only_this_category(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    ids = [hector_place.add_asset(subcategory) for _ in range(2 * SMALL_PAGE + 3)]
    elsewhere = hector_place.add_subcategory({"maker": "Eizo"}, hector_place.screens)
    hector_place.add_asset(elsewhere, category=hector_place.screens)
    assert [asset.id for asset in hector_place.hector.assets(hector_place.printers, ())] == ids
    assert [one.id for one in hector_place.hector.subcategories(hector_place.screens, ())] == [elsewhere]


def test_what_changed_since_then_is_among_what_is_read(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    asset_id = hector_place.add_asset(subcategory)
    since = datetime.now(UTC) - timedelta(minutes=1)
    hector = hector_place.hector
    assert asset_id in [asset.id for asset in hector.assets(hector_place.printers, (), updated_since=since)]
    assert hector.assets(hector_place.printers, (), updated_since=since + timedelta(days=1)) == []
    assert hector.subcategories(hector_place.printers, (), updated_since=since + timedelta(days=1)) == []


def test_reading_by_id_gives_these_assets_only_wherever_they_are(hector_place: HectorPlace) -> None:
    printers = hector_place.add_subcategory({"maker": "HP"})
    screens = hector_place.add_subcategory({"maker": "Eizo"}, hector_place.screens)
    here, other, gone = (hector_place.add_asset(printers) for _ in range(3))
    elsewhere = hector_place.add_asset(screens, category=hector_place.screens)
    hector_place.delete_asset(gone)
    found = hector_place.hector.assets_by_id([elsewhere, here, gone, NOBODY, here], hector_place.fields("asset.note"))
    assert {asset.id: asset.category_id for asset in found} == {here: hector_place.printers, elsewhere: hector_place.screens}
    assert other not in {asset.id for asset in found}


def test_more_ids_than_fit_into_a_page_are_all_found(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    ids = [hector_place.add_asset(subcategory) for _ in range(2 * SMALL_PAGE + 1)]
    assert {asset.id for asset in hector_place.hector.assets_by_id(ids, ())} == set(ids)
    assert hector_place.hector.assets_by_id([], ()) == []


def test_a_subcategory_is_read_by_its_id_and_one_that_is_not_there_is_not_found(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    assert hector_place.hector.subcategory(subcategory, hector_place.fields("subcategory.maker")).values == ("HP",)
    with pytest.raises(NotFoundError):
        hector_place.hector.subcategory(NOBODY, ())


# -- creating ------------------------------------------------------------------------------------------------------------


def test_a_subcategory_is_created_with_its_values(hector_place: HectorPlace) -> None:
    fields = hector_place.fields(*SUBCATEGORY_VALUES)
    values = dict(zip(fields, SUBCATEGORY_VALUES.values(), strict=True))
    made = hector_place.hector.create_subcategory(NewSubcategory(hector_place.printers, values), fields)
    assert made.values == tuple(SUBCATEGORY_VALUES.values())
    assert (made.category_id, made.title) == (hector_place.printers, "HP LaserJet grey")
    assert hector_place.hector.subcategory(made.id, fields).values == made.values


def test_an_asset_is_created_with_its_values(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    made = hector_place.hector.create_asset(
        new_asset(hector_place, subcategory, ASSET_VALUES), hector_place.fields(*ASSET_VALUES)
    )
    assert made.values == tuple(ASSET_VALUES.values())
    assert (made.subcategory_id, made.stockroom_id, made.is_active) == (subcategory, hector_place.stockroom, True)
    assert read(hector_place, made.id, *ASSET_VALUES).values == made.values


def test_hector_makes_title_and_tag_where_none_are_given(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    values: dict[str, Value] = {"asset.title": None, "asset.note": "n"}
    made = hector_place.hector.create_asset(new_asset(hector_place, subcategory, values), hector_place.fields("asset.title"))
    assert made.title
    assert made.asset_tag
    assert made.values == (made.title,)


def test_a_tag_that_is_taken_is_refused_and_nothing_is_made(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    first = hector_place.add_asset(subcategory, {"asset_tag": "T-1"})
    with pytest.raises(RefusedError) as refused:
        hector_place.hector.create_asset(new_asset(hector_place, subcategory, {"asset.asset_tag": "T-1"}), ())
    assert (refused.value.may_have_been_done, list(refused.value.fields)) == (False, ["asset.asset_tag"])
    assert [asset.id for asset in hector_place.hector.assets(hector_place.printers, ())] == [first]


def test_an_asset_of_no_subcategory_is_refused(hector_place: HectorPlace) -> None:
    with pytest.raises(RefusedError):
        hector_place.hector.create_asset(new_asset(hector_place, NOBODY, {}), ())


# -- updating ------------------------------------------------------------------------------------------------------------


def test_fields_written_in_one_call_are_answered_with_and_read_back(hector_place: HectorPlace) -> None:
    asset_id = hector_place.add_asset(hector_place.add_subcategory({"maker": "HP"}))
    fields = hector_place.fields(*ASSET_VALUES)
    before = hector_place.hector.requests
    answered = hector_place.hector.update_asset(asset_id, dict(zip(fields, ASSET_VALUES.values(), strict=True)), fields)
    assert hector_place.hector.requests == before + 1
    assert (answered.id, answered.values) == (asset_id, tuple(ASSET_VALUES.values()))
    assert read(hector_place, asset_id, *ASSET_VALUES).values == tuple(ASSET_VALUES.values())


def test_none_empties_fields_and_leaves_the_others_alone(hector_place: HectorPlace) -> None:
    asset_id = hector_place.add_asset(hector_place.add_subcategory({"maker": "HP"}), _bare(ASSET_VALUES))
    emptied = [name for name in ASSET_VALUES if name not in {"asset.title", "asset.asset_tag", "asset.attributes.Status"}]
    values: dict[str, Value] = dict.fromkeys(emptied)
    answered = hector_place.hector.update_asset(
        asset_id, dict(zip(hector_place.fields(*values), values.values(), strict=True)), hector_place.fields(*ASSET_VALUES)
    )
    assert answered.values == ("The printer", "T-1", None, None, None, "On loan", None, None)


def test_a_subcategory_is_changed_in_one_call(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory(_bare(SUBCATEGORY_VALUES))
    price, colour = hector_place.fields("subcategory.price", "subcategory.attributes.Colour")
    answered = hector_place.hector.update_subcategory(
        subcategory, {price: None, colour: False}, hector_place.fields("subcategory.maker", price.name, colour.name)
    )
    assert answered.values == ("HP", None, False)
    assert hector_place.hector.subcategory(subcategory, [colour]).values == (False,)


def test_an_asset_moves_to_another_subcategory_and_keeps_its_values(hector_place: HectorPlace) -> None:
    old, other = hector_place.add_subcategory({"maker": "HP"}), hector_place.add_subcategory({"maker": "Dell"})
    asset_id = hector_place.add_asset(old, {"note": "n"})
    moved = hector_place.hector.update_asset(asset_id, {}, hector_place.fields("asset.note"), subcategory_id=other)
    assert (moved.subcategory_id, moved.values, moved.is_active) == (other, ("n",), True)


def test_an_asset_is_retired_and_taken_back(hector_place: HectorPlace) -> None:
    asset_id = hector_place.add_asset(hector_place.add_subcategory({"maker": "HP"}))
    assert not hector_place.hector.update_asset(asset_id, {}, (), active=False).is_active
    assert not read(hector_place, asset_id).is_active
    assert hector_place.hector.update_asset(asset_id, {}, (), active=True).is_active


def test_what_a_field_cannot_hold_is_cut_and_rounded_and_the_answer_says_so(hector_place: HectorPlace) -> None:
    asset_id = hector_place.add_asset(hector_place.add_subcategory({"maker": "HP"}))
    note, pages = hector_place.fields("asset.note", "asset.attributes.Pages")
    answered = hector_place.hector.update_asset(asset_id, {note: "x" * 300, pages: Decimal("1.239")}, [note, pages])
    assert answered.values == ("x" * 255, Decimal("1.24"))


def test_writing_to_a_record_that_is_gone_is_not_found(hector_place: HectorPlace) -> None:
    (note,) = hector_place.fields("asset.note")
    with pytest.raises(NotFoundError) as gone:
        hector_place.hector.update_asset(NOBODY, {note: "x"}, ())
    assert not gone.value.may_have_been_done


@pytest.mark.parametrize(
    ("name", "value"),
    [("asset.attributes.Status", "Lost"), ("asset.note", Unreadable("?")), ("asset.acquisition_date", datetime.now(UTC))],
)
def test_what_cannot_be_written_is_not_even_asked_for(hector_place: HectorPlace, name: str, value: Value) -> None:
    asset_id = hector_place.add_asset(hector_place.add_subcategory({"maker": "HP"}))
    before = hector_place.hector.requests
    with pytest.raises(ConversionError):
        hector_place.hector.update_asset(asset_id, {hector_place.fields(name)[0]: value}, ())
    assert hector_place.hector.requests == before


def test_several_threads_may_ask_at_once(hector_place: HectorPlace) -> None:
    subcategory = hector_place.add_subcategory({"maker": "HP"})
    ids = [hector_place.add_asset(subcategory) for _ in range(12)]
    (note,) = hector_place.fields("asset.note")

    def write(asset_id: int) -> Value:
        return hector_place.hector.update_asset(asset_id, {note: f"n{asset_id}"}, [note]).values[0]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(write, ids)) == [f"n{asset_id}" for asset_id in ids]
