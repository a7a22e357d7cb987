"""The school board's inventory: the same for a seed, of the right size, overlapping, and as dirty as real ones."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from syncsvc.sandbox import C2World, HectorWorld
from syncsvc.sandbox.inventory import day_of_changes, school_board
from syncsvc.sandbox.inventory_catalogue import CATEGORIES, MAKER, NO_SERIAL, SERIAL

Board = tuple[C2World, HectorWorld]


@pytest.fixture(scope="module")
def board() -> Board:
    """Both worlds; tests that change them make their own."""
    return school_board()


def everything(board: Board) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    c2, hector = board
    return [c2.ci(ci_id) for ci_id in c2.ci_ids()], hector.subcategories(), hector.assets()


def category_ids(board: Board) -> dict[str, tuple[str, int]]:
    """The ids of each C2 category, by its French name, and of its Hector category."""
    c2, hector = board
    c2_ids = {category.french: category.id for category in c2.categories.values()}
    hector_ids = {category["name"]: category["id"] for category in hector.categories.values()}
    return {category.french: (c2_ids[category.french], hector_ids[category.english]) for category in CATEGORIES}


def serials(board: Board, french: str) -> tuple[list[str], list[str]]:
    """The serial numbers of a category in both systems, folded; empty ones left out."""
    c2, hector = board
    c2_id, hector_id = category_ids(board)[french]
    name = next(category.serial_field[0] for category in CATEGORIES if category.french == french)
    in_c2 = [c2.value(ci_id, name) for ci_id in c2.ci_ids(c2_id)]
    in_hector = [hector.value(asset["id"], "Serial number") for asset in hector.assets(hector_id)]
    return [text.strip().lower() for text in in_c2 if text], [text.lower() for text in in_hector if text]


def test_one_seed_gives_one_inventory_and_another_a_different_one(board: Board) -> None:
    expected = everything(board)
    assert everything(school_board(1)) == expected
    assert school_board(2)[1].assets() != expected[2]


def test_it_is_as_large_as_a_school_boards(board: Board) -> None:
    c2, hector = board
    assert (len(c2.ci_ids()), len(hector.assets())) == (1500, 1200)
    assert 55 <= len(c2.clients) <= 65
    assert [cmdb.french for cmdb in c2.cmdbs.values()] == ["Inventaire informatique", "Parc automobile"]
    assert {category["type"] for category in hector.categories.values()} == {"serialized", "lot", "kit"}
    assert any(user["email"] == "it-admin@erables.example" for user in hector.users.values())
    assert next(iter(hector.stockrooms.values()))["name"] == "Entrepôt principal"


@pytest.mark.parametrize("category", [category.french for category in CATEGORIES])
def test_most_things_are_on_both_sides_and_some_on_one_only(board: Board, category: str) -> None:
    in_c2, in_hector = (set(found) for found in serials(board, category))
    assert len(in_c2 & in_hector) >= 0.5 * len(in_c2)
    assert in_c2 - in_hector
    assert in_hector - in_c2


def test_dirt_is_where_years_of_typing_leave_it(board: Board) -> None:
    c2, hector = board
    laptops, hector_laptops = category_ids(board)["Portables"]
    counts = Counter(serials(board, "Portables")[0])
    assert counts.pop(NO_SERIAL.lower()) >= 3
    assert 1 <= sum(count > 1 for count in counts.values()) <= 5
    makers = {c2.value(ci_id, MAKER) for ci_id in c2.ci_ids(laptops)}
    assert {"HP", "hp", "Hewlett-Packard", None} <= makers
    assert any(maker and maker != maker.strip() for maker in makers)
    assert any(c2.value(ci_id, SERIAL) is None for ci_id in c2.ci_ids(laptops))
    assert 10 <= sum(not c2.value(ci_id, "IsActive") for ci_id in c2.ci_ids(laptops)) <= 30
    assert 10 <= sum(asset["status"] == "retired" for asset in hector.assets(hector_laptops)) <= 30
    assert NO_SERIAL.lower() in serials(board, "Portables")[1]


def test_fields_mean_the_same_on_both_sides(board: Board) -> None:
    c2, hector = board
    c2_id, hector_id = category_ids(board)["Écrans"]
    in_hector = {asset["asset_tag"]: asset for asset in hector.assets(hector_id)}
    compared = 0
    for ci_id in c2.ci_ids(c2_id):
        asset = in_hector.get(c2.value(ci_id, "Étiquette") or "")
        if asset and asset["acquisition_date"] and c2.value(ci_id, "Date d'achat"):
            compared += 1
            assert re.match(asset["acquisition_date"], c2.value(ci_id, "Date d'achat"))
            size = hector.subcategory_value(asset["subcategory_id"], "Screen size")
            assert float(c2.value(ci_id, "Taille (po)")) == size
    assert compared > 150


def test_the_vehicles_serial_number_is_their_vin(board: Board) -> None:
    assert all(len(serial) == 17 for serial in serials(board, "Véhicules")[1] if serial != NO_SERIAL.lower())


def test_time_stamps_lie_in_the_past_and_the_clocks_are_real_again(board: Board) -> None:
    c2, hector = board
    newest = max(ci.modified_at for ci in c2.cis.values())
    assert c2.now() > newest
    assert len({ci.modified_at for ci in c2.cis.values()}) == 1500
    assert hector.now() > max(record.updated_at for record in hector.asset_records.values())


def test_a_day_of_changes_says_what_it_did_and_does_it() -> None:
    c2, hector = board = school_board()
    before_cis, before_subcategories, before_assets = everything(board)
    sentences = day_of_changes(c2, hector)
    after_cis, after_subcategories, after_assets = everything(board)
    assert len(sentences) == 16
    assert all(re.search(r"\d", sentence) and sentence.endswith(".") for sentence in sentences)
    assert (len(after_cis), len(after_assets)) == (1505, 1204)
    assert sum(old != new for old, new in zip(before_cis, after_cis, strict=False)) == 6 + 4 + 8 + 9 + 5 + 6 + 6 + 3 + 2
    assert sum(old != new for old, new in zip(before_assets, after_assets, strict=False)) == 7 + 5 + 5 + 3 + 2
    [(old, new)] = [pair for pair in zip(before_subcategories, after_subcategories, strict=True) if pair[0] != pair[1]]
    assert (new["maker"], new["model"]) == ("Brother", f"{old['model']} (mono)")


def test_days_follow_their_seed_and_can_follow_one_another() -> None:
    first, second = school_board(), school_board()
    assert day_of_changes(*first) == day_of_changes(*second)
    values = [[c2.value(ci_id, "Prix") for ci_id in c2.ci_ids()] for c2, _ in (first, second)]
    assert values[0] == values[1]
    assert day_of_changes(*first, seed=2)
    assert len(first[0].ci_ids()) == 1510
