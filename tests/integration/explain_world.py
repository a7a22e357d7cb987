"""Two linked pairs and two lone records, and what ``explain`` tells of them."""

from __future__ import annotations

import re
from typing import Any

from cli_world import World
from sqlalchemy import select

from syncsvc.state import tables
from syncsvc.state.database import open_engine, reading

STORY = {"ci", "ci_name", "ci_active", "asset", "asset_title", "asset_active", "cmdb", "category", "hector_category", "direction"}
STORY |= {"standing", "linked_at", "last_synced_at", "by_hand", "parted_from", "held", "problems", "changes", "fields", "names"}
FIELD = {"field", "hector_field", "direction", "c2", "hector", "baseline", "changed", "next", "conflict", "error"}
NEXT = {"action", "system", "record", "from", "to", "why", "words"}
CHANGE = {"run", "at", "outcome", "action", "system", "record", "ci", "asset", "subcategory", "fields", "names"}
PERSON = {"FORCE_COLOR": "1", "NO_COLOR": "1"}


def linked(world: World, *, direction: str = "⇄", create: str = "none", price: str = "") -> World:
    """Link the pairs by these rules; ``price`` is the direction of a field that the CIs of a subcategory share."""
    world.box.c2.add_field(world.laptops, "Prix")
    file = world.write_rules(direction=direction, match_on=f"match_on: [Série]\n        create: {create}")
    if price:
        shared = f"          - {{c2: Prix, hector: subcategory.price, direction: {price}}}\n"
        file.write_text(file.read_text(encoding="utf-8") + shared, encoding="utf-8")
    assert world.call("sync").code == 0
    return world


def linked_rules(world: World, *, create: str) -> None:
    """Have the rules create other records from now on."""
    file = world.directory / "rules.yaml"
    file.write_text(re.sub("create: .*", f"create: {create}", file.read_text(encoding="utf-8")), encoding="utf-8")


def told(world: World, name: str) -> dict[str, Any]:
    """Give the one story of a record; asking for it wrote nothing."""
    world.box.clear()
    before = stored(world)
    (story,) = world.call("explain", name, "--json").document
    assert world.box.writes() == []
    assert stored(world) == before
    return dict(story)


def stored(world: World) -> dict[str, list[Any]]:
    """Give every row of the database."""
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    with reading(engine) as connection:
        rows = {name: [tuple(row) for row in connection.execute(select(table))] for name, table in tables.metadata.tables.items()}
    engine.dispose()
    return rows


def of(story: dict[str, Any], name: str) -> dict[str, Any]:
    """Give what is told of one field."""
    (field,) = (field for field in story["fields"] if field["field"] == name)
    return dict(field)


def edit_ci(world: World, number: int, **values: str | None) -> None:
    world.box.c2.edit_ci(world.box.c2.find(str(number)), values)


def asset_of(world: World, serial: str) -> int:
    hector = world.box.hector
    (found,) = (asset["id"] for asset in hector.assets() if hector.value(asset["id"], "Serial number") == serial)
    return int(found)
