"""Several categories in one set of rules: records that wander between them, and what categories share in Hector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from dated_world import asset_of
from live_world import LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.engine.run import run
from syncsvc.notify.french import in_french
from syncsvc.rules_file import read_rules

FIELDS = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
"""


@dataclass
class Town:
    """Two categories on each side."""

    world: LiveWorld
    tablettes: str
    tablets: int

    def sync(
        self,
        direction: str,
        *,
        hector: str = "Tablets",
        first: str = "Portables",
        match_on: str = "none",
        without: str = "",
        request: RunRequest | None = None,
    ) -> RunReport:
        """Synchronise both; ``hector`` is what the second C2 category is tied to, ``first`` the one that the rules name first.

        ``without`` is one that the rules do not name at all.
        """
        ties = [tie for tie in (("Portables", "Laptops"), ("Tablettes", hector)) if tie[0] != without]
        text = "default_stockroom: Entrepôt\ncmdbs:\n  - cmdb: Inventaire\n    categories:\n"
        for category, across in sorted(ties, key=lambda tie: tie[0] != first):
            text += (
                f"      - category: {category}\n        hector_category: {across}\n"
                f'        direction: "{direction}"\n        match_on: {match_on}\n        fields:{FIELDS}'
            )
        return run(read_rules(text.encode(), "sync.yaml"), request or RunRequest(), self.world.surroundings)

    def kinds(self) -> list[str]:
        """Give the kinds of the latest run's errors."""
        return sorted(error["kind"] for error in self.world.errors())


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    with live_world(database_url) as world:
        tablettes = world.c2.add_category(world.cmdb, "Tablettes", english="Tablets")
        for name in ("Modèle", "Numéro de série"):
            world.c2.add_field(tablettes, name)
        tablets = world.hector.add_category("Tablets")
        world.hector.add_attribute(tablets, "Serial number", type="text")
        yield Town(world, tablettes, tablets)


@pytest.mark.parametrize("first", ["Portables", "Tablettes"])
@pytest.mark.parametrize("hector", ["Tablets", "Laptops"])
def test_a_ci_whose_asset_was_lost_gets_no_second_one_in_the_category_that_it_has_moved_to(
    town: Town, hector: str, first: str
) -> None:
    world = town.world
    ci = world.add_ci(model="840", serial="S1")
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after")
    town.sync("→", hector=hector)
    (made,) = world.hector.assets()
    world.c2.move_ci(ci, town.tablettes)
    world.c2.edit_ci(ci, {"Modèle": "840", "Numéro de série": "S1"})
    for _ in range(2):
        town.sync("→", hector=hector, first=first)
        assert town.kinds() == ["ambiguous", "missing"]
        assert world.hector.assets() == [made]
    world.hector.delete_asset(made["id"])
    for _ in range(2):
        report = town.sync("→", hector=hector, first=first)
    assert report.status is RunStatus.SUCCEEDED
    assert len(world.hector.assets()) == 1


def test_an_asset_whose_ci_was_lost_gets_no_second_one_in_the_category_that_it_has_moved_to(town: Town) -> None:
    world = town.world
    asset = world.add_asset(world.hector.add_subcategory(world.hector_category, None, "840"), "S1")
    world.box.faults.once("c2", "CI/Save", "cut", when="after")
    town.sync("←")
    (made,) = world.c2.ci_ids(world.category)
    record = world.hector.asset_records[asset]  # no call of the API can do this, a person perhaps
    record.category_id = town.tablets
    record.members["subcategory_id"] = world.hector.add_subcategory(town.tablets, None, "840")
    for _ in range(2):
        town.sync("←")
        assert town.kinds() == ["ambiguous", "missing"]
        assert (world.c2.ci_ids(world.category), world.c2.ci_ids(town.tablettes)) == ([made], [])
    world.c2.delete_ci(made)
    for _ in range(2):
        report = town.sync("←")
    assert report.status is RunStatus.SUCCEEDED
    assert len(world.c2.ci_ids(town.tablettes)) == 1


def test_what_was_lost_is_joined_all_the_same_where_match_on_finds_it(town: Town) -> None:
    world = town.world
    ci = world.add_ci(model="840", serial="S1")
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after")
    town.sync("→", hector="Laptops", match_on="[Numéro de série]")
    world.c2.move_ci(ci, town.tablettes)
    world.c2.edit_ci(ci, {"Modèle": "840", "Numéro de série": "S1"})
    for _ in range(2):
        report = town.sync("→", hector="Laptops", match_on="[Numéro de série]")
    assert report.status is RunStatus.SUCCEEDED
    assert len(world.store.links_of(town.tablettes)) == len(world.hector.assets()) == 1


def test_where_nothing_was_made_the_other_category_makes_it_as_soon_as_that_is_known(town: Town) -> None:
    world = town.world
    ci = world.add_ci(model="840", serial="S1")
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="before")
    town.sync("→")
    world.c2.move_ci(ci, town.tablettes)
    world.c2.edit_ci(ci, {"Modèle": "840", "Numéro de série": "S1"})
    assert town.sync("→").status is RunStatus.SUCCEEDED
    assert [asset["category_id"] for asset in world.hector.assets()] == [town.tablets]


def test_a_pair_whose_ci_has_moved_out_of_a_category_that_the_rules_name_no_longer_is_not_forgotten_without_a_word(
    town: Town,
) -> None:
    """C2 is tidied up: what was in one category stands in another now, and the rules name the other one instead."""
    world = town.world
    moved, stays = (world.add_ci(model="840", serial=serial) for serial in ("S1", "S2"))
    town.sync("→")
    world.c2.move_ci(moved, town.tablettes)
    world.c2.edit_ci(moved, {"Modèle": "850", "Numéro de série": "S1"})
    asset = asset_of(world, moved)
    number = world.c2.ci(moved)["CINumber"]
    requests = [RunRequest(), RunRequest(), RunRequest(ci=number), RunRequest(asset=str(asset))]
    for request in requests:
        report = town.sync("→", hector="Laptops", without="Portables", request=request)
        (error,) = world.errors()
        assert report.status is RunStatus.COMPLETED_WITH_ERRORS
        assert (error["kind"], error["ci"], error["asset"]) == ("missing", number, world.hector.asset(asset)["asset_tag"])
        assert in_french(error["message"]) is not None
        assert "under “Inventaire / Portables”, which the rules do not synchronise: nothing" in error["message"]
    assert len(world.hector.assets()) == 2
    assert world.c2.value(stays, "Modèle") == "840"
    (link,) = (link for link in world.store.links_of(world.category) if link.ci_id == moved)
    world.store.part(link.id, datetime.now(UTC))
    town.sync("→", hector="Laptops", without="Portables", match_on="[Numéro de série]")
    assert town.kinds() == ["ambiguous"], "parted by hand, and to be joined here by hand"


def test_as_long_as_the_rules_name_the_category_that_a_ci_has_left_its_own_run_says_so(town: Town) -> None:
    world = town.world
    ci, _ = world.add_ci(model="840", serial="S1"), world.add_ci(model="840", serial="S2")
    town.sync("→", hector="Laptops")
    world.c2.move_ci(ci, town.tablettes)
    world.c2.edit_ci(ci, {"Modèle": "840", "Numéro de série": "S1"})
    town.sync("→", hector="Laptops")
    (error,) = world.errors()
    assert "stands in another category" in error["message"]


def test_where_the_rules_tie_another_hector_category_than_before_nobody_is_said_to_have_moved(town: Town) -> None:
    world = town.world
    world.add_ci(model="840", serial="S1")
    town.sync("→", without="Tablettes")
    world.hector.add_asset(town.tablets, world.hector.add_subcategory(town.tablets, None, "840"))
    world.writes()
    text = (
        "default_stockroom: Entrepôt\ncmdbs:\n  - cmdb: Inventaire\n    categories:\n      - category: Portables\n"
        f'        hector_category: Tablets\n        direction: "→"\n        match_on: none\n        fields:{FIELDS}'
    )
    run(read_rules(text.encode(), "sync.yaml"), RunRequest(), world.surroundings)
    (error,) = world.errors()
    assert "stands in another category (“Laptops”) than the rules tie" in error["message"]
    assert "correct the rules" in error["hint"]
    assert world.writes() == []
