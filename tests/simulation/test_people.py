"""What people do in a history must be told apart afterwards: a token that stands on both sides is one value, not two."""

from __future__ import annotations

from random import Random

import pytest
from sim_fields import FIELDS, PRICE
from sim_people import People
from sim_shape import draw_shape
from sim_town import Clock, Town


@pytest.mark.parametrize("seed", range(40))
def test_a_token_that_stands_on_both_sides_from_the_start_is_one_value(seed: int) -> None:
    shape, _ = draw_shape(Random(seed))
    town = Town(Clock(), FIELDS, Random(seed))
    People(town, shape).settle()
    for ci in town.records("c2"):
        for asset in town.records("hector"):
            for sim in FIELDS:
                if town.shown(ci, sim) is not None and town.shown(ci, sim) == town.shown(asset, sim):
                    assert sim.faithful(town.raw(ci, sim), town.raw(asset, sim)), sim.name


def test_two_numbers_of_one_token_are_not_in_order() -> None:
    town = Town(Clock(), (PRICE,), Random(1))
    ci, asset = town.add_ci({PRICE: 7}), town.add_asset({PRICE: 7})
    town.linked = {ci[1]: asset[1]}
    (edit,) = town.edit(ci, PRICE, None)
    assert not edit.known
