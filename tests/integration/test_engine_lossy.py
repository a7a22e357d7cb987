"""Systems that keep another form than they were given: no quiet run writes for it, and the worse form never travels back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from live_world import LiveWorld, live_world

from syncsvc.notify.french import in_french
from syncsvc.sandbox import c2_changes, hector_writes
from syncsvc.sandbox.c2_records import Kind

SERIAL = "\n          - {c2: Numéro de série, hector: asset.attributes.Serial number}"
NOTES = "\n          - {c2: Remarques, hector: asset.note}"
LOSSY = "\n          - {c2: Lieu, hector: asset.attributes.Place}"
LONG = "Bureau du directeur adjoint"


@dataclass(frozen=True)
class Loss:
    """One way to keep less than was given: what one side has, what the other makes of it, what somebody changes it to."""

    given: Any
    kept: Any
    later: Any
    kept_later: Any
    c2: dict[str, Any]
    hector: dict[str, Any]
    capitals: bool = False
    """Whether the side that is written keeps capital letters only, which neither contract says."""


BY_HECTOR = {
    "cut": Loss(LONG, "Bureau du", "Secrétariat de l'école", "Secrétari", {}, {"max_length": 9}),
    "cut to the same": Loss(LONG, "Bureau du", f"{LONG} par intérim", "Bureau du", {}, {"max_length": 9}),
    "rounded": Loss("12.345678", 12.35, "12.5678", 12.57, {"kind": Kind.DECIMAL, "decimals": 6}, {"type": "number"}),
    "one line end": Loss("un\r\ndeux", "un\ndeux", "un\r\ntrois", "un\ntrois", {"kind": Kind.MULTI_LINE}, {}),
    "trimmed": Loss("  Bureau ", "Bureau", " Atelier  ", "Atelier", {}, {}),
    "in capitals": Loss("Bureau", "BUREAU", "Atelier", "ATELIER", {}, {}, capitals=True),
}
BY_C2 = {
    "cut": Loss(LONG, "Bureau du", "Secrétariat de l'école", "Secrétari", {"max_length": 9}, {}),
    "cut to the same": Loss(LONG, "Bureau du", f"{LONG} par intérim", "Bureau du", {"max_length": 9}, {}),
    "rounded": Loss(12.35, "12.400000", 12.56, "12.600000", {"kind": Kind.DECIMAL, "decimals": 1}, {"type": "number"}),
    "other line ends": Loss("un\ndeux", "un\r\ndeux", "un\ntrois", "un\r\ntrois", {"kind": Kind.MULTI_LINE}, {}),
    "in capitals": Loss("Bureau", "BUREAU", "Atelier", "ATELIER", {}, {}, capitals=True),
}


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def prepare(world: LiveWorld, loss: Loss) -> None:
    world.c2.add_field(world.category, "Lieu", **loss.c2)
    world.hector.add_attribute(world.hector_category, "Place", **loss.hector)


def sync(world: LiveWorld, direction: str) -> list[str]:
    """Run once and give the writes."""
    world.sync(direction, fields=FIELDS)
    assert not world.errors()
    return world.writes()


FIELDS = (
    "\n          - {c2: Fabricant, hector: subcategory.maker}"
    "\n          - {c2: Modèle, hector: subcategory.model}" + SERIAL + NOTES + LOSSY
)


@pytest.mark.parametrize("direction", ["→", "⇄"])
@pytest.mark.parametrize("name", BY_HECTOR)
def test_what_hector_makes_of_a_value_stays_in_hector(
    world: LiveWorld, direction: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = BY_HECTOR[name]
    prepare(world, loss)
    if loss.capitals:
        keep = hector_writes.stored_attribute
        monkeypatch.setattr(hector_writes, "stored_attribute", lambda *given: _capitals(keep(*given)))
    ci_id = world.add_ci(maker="HP", model="840", serial="S1")
    world.c2.plant(ci_id, "Lieu", loss.given)

    sync(world, direction)
    (asset,) = world.hector.assets()
    assert world.hector.value(asset["id"], "Place") == pytest.approx(loss.kept)
    assert sync(world, direction) == []

    world.c2.edit_ci(ci_id, {"Remarques": "vu"})  # the pair is compared value by value, and only this is written
    assert sync(world, direction) == [f"hector PATCH {asset['id']}"]
    assert world.hector.value(asset["id"], "Place") == pytest.approx(loss.kept)

    world.c2.plant(ci_id, "Lieu", loss.later)
    world.c2.edit_ci(ci_id, {"Remarques": "revu"})
    sync(world, direction)
    assert world.hector.value(asset["id"], "Place") == pytest.approx(loss.kept_later)
    assert sync(world, direction) == []
    assert world.c2.value(ci_id, "Lieu") == loss.later


@pytest.mark.parametrize("direction", ["←", "⇄"])
@pytest.mark.parametrize("name", BY_C2)
def test_what_c2_makes_of_a_value_stays_in_c2(
    world: LiveWorld, direction: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = BY_C2[name]
    prepare(world, loss)
    if loss.capitals:
        keep = c2_changes.stored_value
        monkeypatch.setattr(c2_changes, "stored_value", lambda *given: _capitals(keep(*given)))
    laptop = world.hector.add_subcategory(world.hector_category, "HP", "840")
    asset_id = world.add_asset(laptop, "S1", attributes={"Place": loss.given})

    sync(world, direction)
    (ci_id,) = world.c2.ci_ids(world.category)
    assert world.c2.value(ci_id, "Lieu") == loss.kept
    assert sync(world, direction) == []

    world.hector.edit_asset(asset_id, note="vu")
    assert sync(world, direction) == ["c2 POST UpdateProperty"]
    assert world.c2.value(ci_id, "Lieu") == loss.kept

    world.hector.edit_asset(asset_id, attributes={"Place": loss.later})
    sync(world, direction)
    assert world.c2.value(ci_id, "Lieu") == loss.kept_later
    assert sync(world, direction) == []
    assert world.hector.value(asset_id, "Place") == pytest.approx(loss.later)


def _capitals(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


@pytest.mark.parametrize("side", ["hector", "c2"])
def test_a_cut_value_whose_answer_was_lost_is_known_again_as_our_own(world: LiveWorld, side: str) -> None:
    """Taken for somebody's edit it would have no baseline, and the next edit there would be overwritten by the policy."""
    loss = (BY_HECTOR if side == "hector" else BY_C2)["cut"]
    prepare(world, loss)
    laptop = world.hector.add_subcategory(world.hector_category, "HP", "840")
    asset = world.add_asset(laptop, "S1", attributes={"Place": "Atelier"})
    ci = world.add_ci(maker="HP", model="840", serial="S1")
    world.c2.edit_ci(ci, {"Lieu": "Atelier"})
    world.sync("⇄", fields=FIELDS)
    policy = {"on_conflict": {"hector": "c2", "c2": "hector"}[side]}
    if side == "hector":
        world.c2.edit_ci(ci, {"Lieu": loss.given})
        world.box.faults.once("hector", "PATCH /api/v1/assets", "server_error", when="after")
    else:
        world.hector.edit_asset(asset, attributes={"Place": loss.given})
        world.box.faults.once("c2", "CI/UpdateProperty", "server_error", when="after")
    world.sync("⇄", fields=FIELDS, **policy)
    assert world.errors() == []

    if side == "hector":
        world.hector.edit_asset(asset, attributes={"Place": "Dépôt"})
    else:
        world.c2.edit_ci(ci, {"Lieu": "Dépôt"})
    world.sync("⇄", fields=FIELDS, **policy)
    assert (world.c2.value(ci, "Lieu"), world.hector.value(asset, "Place")) == ("Dépôt", "Dépôt")


@pytest.mark.parametrize("side", ["hector", "c2"])
def test_a_value_that_is_accepted_and_not_kept_was_not_written_and_is_tried_again(
    world: LiveWorld, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken for written, it would be a difference that nobody has made: never carried over, and never told."""
    prepare(world, BY_HECTOR["trimmed"])
    ci = world.add_ci(maker="HP", model="840", serial="S1", notes="old")
    sync(world, "⇄")
    (asset,) = world.hector.assets()
    module, name = (hector_writes, "stored_member") if side == "hector" else (c2_changes, "stored_value")
    keep = getattr(module, name)
    if side == "hector":
        world.c2.edit_ci(ci, {"Remarques": "new"})
    else:
        world.hector.edit_asset(asset["id"], note="new")
    with monkeypatch.context() as locked:
        locked.setattr(module, name, lambda *given: "old" if keep(*given) == "new" else keep(*given))
        for _ in range(2):
            report = world.sync("⇄", fields=FIELDS)
            (error,) = world.errors()
            assert (error["kind"], error["field"]) == ("validation", "Remarques")
            assert in_french(error["message"])
            assert in_french(error["hint"])
            assert {error["c2_value"], error["hector_value"]} == {"old", "new"}
            assert report.as_json()["fields_written"] == {"c2": 0, "hector": 0}
    sync(world, "⇄")
    assert (world.c2.value(ci, "Remarques"), world.hector.asset(asset["id"])["note"]) == ("new", "new")


UNTOLD: dict[str, tuple[dict[str, Any], Any, Any, Callable[[str], str]]] = {
    "cut": ({}, LONG, f"{LONG} par intérim", lambda kept: kept[:9]),
    "in capitals": ({}, "Bureau", "bureau", str.upper),
    "rounded": ({"type": "number"}, 12.25, 12.5, lambda kept: kept.partition(".")[0]),
    "without its time": ({}, "2026-07-01T10:00", "2026-07-01T11:00", lambda kept: f"{kept[:11]}04:00:00Z"),
}


@pytest.mark.parametrize("name", UNTOLD)
def test_what_a_limit_that_nobody_tells_leaves_as_it_was_is_written_once(
    world: LiveWorld, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C2 keeps less than it was given and does not say so: what is changed is the part that it does not keep."""
    attribute, given, later, kept = UNTOLD[name]
    kinds = {"rounded": Kind.DECIMAL, "without its time": Kind.DATE_TIME}
    prepare(world, Loss(given, None, later, None, {"kind": kinds.get(name, Kind.TEXT)}, attribute))
    keep = c2_changes.stored_value

    def keep_less(tenant: Any, definition: Any, text: str) -> Any:
        whole = keep(tenant, definition, text)
        return kept(whole) if whole and definition.french == "Lieu" else whole

    monkeypatch.setattr(c2_changes, "stored_value", keep_less)
    laptop = world.hector.add_subcategory(world.hector_category, "HP", "840")
    asset = world.add_asset(laptop, "S1", attributes={"Place": given})
    sync(world, "⇄")
    world.hector.edit_asset(asset, attributes={"Place": later})
    assert sync(world, "⇄") == ["c2 POST UpdateProperty"]
    assert sync(world, "⇄") == []
    assert world.hector.value(asset, "Place") == later
