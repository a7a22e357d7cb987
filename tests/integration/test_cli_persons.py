"""Persons are called by their names wherever a value is shown, and by their ids in what programs are given, with ``names``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World, cli_world

from syncsvc.sandbox.c2_records import Kind

FIELD = "          - {c2: Utilisateur, hector: asset.attributes.User}\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A pair that a run has linked, with Luc in both systems; Élise is known to C2 too."""
    with cli_world(tmp_path) as found:
        box = found.box
        box.c2.add_field(found.laptops, "Utilisateur", Kind.CLIENT)
        box.hector.add_attribute(found.hector_laptops, "User")
        rules = found.write_rules(direction="⇄")
        rules.write_text(rules.read_text(encoding="utf-8") + FIELD, encoding="utf-8")
        for first, last in (("Luc", "Lévesque"), ("Élise", "Côté")):
            box.c2.add_client(first, last)
        box.c2.edit_ci(box.c2.find("1"), {"Utilisateur": "Luc Lévesque"})
        assert found.call("sync").code == 0
        yield found


def person(world: World, name: str) -> str:
    return next(its_id for its_id, client in world.box.c2.clients.items() if f"{client.first_name} {client.last_name}" == name)


def test_a_plan_and_what_was_done_name_them(world: World) -> None:
    luc, elise = person(world, "Luc Lévesque"), person(world, "Élise Côté")
    asset = world.box.hector.assets()[0]["id"]
    world.box.hector.edit_asset(asset, attributes={"User": "Élise Côté"})
    both = {luc: "Luc Lévesque", elise: "Élise Côté"}

    planned, shown = world.call("plan", "--json").document, world.call("plan").out
    assert planned["changes"][0]["fields"][0] | {"why": ""} == {"field": "Utilisateur", "from": luc, "to": elise, "why": ""}
    assert planned["names"] == both
    assert "Utilisateur  Luc Lévesque  Élise Côté  changed in Hector" in shown

    world.call("sync")
    (done,) = world.call("changes", "--json").document
    assert done["names"] == both
    assert "Utilisateur  Luc Lévesque  Élise Côté  changed in Hector" in world.call("changes").out
    assert "Utilisateur  Luc Lévesque  Élise Côté" in world.call("explain", "1").out
    assert all(change["names"] == {} for change in world.call("changes", "--run", "1", "--json").document)


def test_an_undo_names_them_in_what_it_puts_back_and_in_what_it_leaves(world: World) -> None:
    luc, elise = person(world, "Luc Lévesque"), person(world, "Élise Côté")
    asset = world.box.hector.assets()[0]["id"]
    world.box.hector.edit_asset(asset, attributes={"User": "Élise Côté"})
    run = str(world.call("sync", "--json").document["run"])

    assert "Utilisateur  Élise Côté  Luc Lévesque  as it was before the run" in world.call("undo", run).out
    assert world.call("undo", run, "--json").document["names"] == {luc: "Luc Lévesque", elise: "Élise Côté"}

    jean = world.box.c2.add_client("Jean", "Roy")
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Utilisateur": jean})
    left = world.call("undo", run).out
    assert "Utilisateur  Luc Lévesque  Élise Côté  changed since, not by a run: now Jean Roy" in left
    assert not [client for client in (luc, elise, jean) if client in left]


def test_a_conflict_in_a_plan_names_them(world: World) -> None:
    jean = world.box.c2.add_client("Jean", "Roy")
    world.box.c2.edit_ci(world.box.c2.find("1"), {"Utilisateur": jean})
    world.box.hector.edit_asset(world.box.hector.assets()[0]["id"], attributes={"User": "Élise Côté"})

    assert "Utilisateur  Jean Roy  Élise Côté  Luc Lévesque" in world.call("plan").out
    assert world.call("plan", "--json").document["names"] == {jean: "Jean Roy", person(world, "Luc Lévesque"): "Luc Lévesque"}
