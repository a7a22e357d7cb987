"""Creations whose answers were lost, and what people do before the next run: nothing is made twice, nobody's record is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from live_world import LiveWorld, live_world

from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import NewAsset
from syncsvc.state.store import NewLink

POOR = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Remarques, hector: asset.note}
"""


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def lose_the_answer(world: LiveWorld, when: str = "after") -> None:
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when=when)


def assets(world: LiveWorld) -> list[int]:
    return [asset["id"] for asset in world.hector.assets()]


def link_by_hand(world: LiveWorld, ci: str, asset: int) -> int:
    new = NewLink(ci, world.c2.ci(ci)["CINumber"], asset, ci_active=True, asset_active=True, baselines={}, by_hand=True)
    (link,) = world.store.add_links(None, world.pair(), [new], world.surroundings.now())
    return link


def test_more_candidates_than_intentions_make_nothing_until_a_person_has_linked_one(world: LiveWorld) -> None:
    ci = world.add_ci("PC-1", model="840")
    lose_the_answer(world)
    world.sync("⇄", fields=POOR, match_on="none")
    (made,) = assets(world)
    other = world.add_asset(world.hector.subcategories()[0]["id"])
    for _ in range(2):
        report = world.sync("⇄", fields=POOR, match_on="none")
        assert [error["kind"] for error in world.errors()] == ["ambiguous"]
        assert report.status is RunStatus.COMPLETED_WITH_ERRORS
        assert assets(world) == [made, other]
        assert world.c2.ci_ids(world.category) == [ci]
        assert len(world.store.intentions_of(world.category)) == 1
    link_by_hand(world, ci, made)
    world.sync("⇄", fields=POOR, match_on="none")
    assert world.store.intentions_of(world.category) == []
    assert assets(world) == [made, other]
    assert len(world.c2.ci_ids(world.category)) == 2  # the other one is a record of its own


@pytest.mark.parametrize("direction", ["→", "⇄"])
def test_what_was_made_for_a_ci_that_a_person_then_joined_with_another_is_told_and_left_alone(
    world: LiveWorld, direction: str
) -> None:
    laptop = world.hector.add_subcategory(world.hector_category, "HP", "840")
    older = world.add_asset(laptop, "S9")
    ci = world.add_ci(maker="HP", model="840", serial="S1")
    lose_the_answer(world)
    world.sync(direction, match_on="none", create="→")
    (made,) = set(assets(world)) - {older}
    link_by_hand(world, ci, older)
    for _ in range(4):  # the pair is soon so quiet that it is not read any more
        world.sync(direction, match_on="none")
        (error,) = world.errors()
        assert (error["kind"], error["asset"]) == ("ambiguous", world.hector.asset(made)["asset_tag"])
        assert world.c2.ci(ci)["CINumber"] in error["message"]
        assert assets(world) == [older, made]
        assert world.c2.ci_ids(world.category) == [ci]
    world.hector.delete_asset(made)
    world.sync(direction, match_on="none")
    assert world.errors() == []
    assert world.store.intentions_of(world.category) == []


@pytest.mark.parametrize("direction", ["←", "⇄"])
def test_what_was_made_for_an_asset_that_a_person_then_joined_with_another_is_told_and_left_alone(
    world: LiveWorld, direction: str
) -> None:
    laptop = world.hector.add_subcategory(world.hector_category, "HP", "840")
    older = world.add_ci("PC-9", maker="HP", model="840", serial="S9")
    asset = world.add_asset(laptop, "S1")
    world.box.faults.once("c2", "CI/Save", "cut", when="after")
    world.sync(direction, match_on="none", create="←")
    (made,) = set(world.c2.ci_ids(world.category)) - {older}
    link_by_hand(world, older, asset)
    for _ in range(4):  # the pair is soon so quiet that it is not read any more
        world.sync(direction, match_on="none", create="←")
        (error,) = world.errors()
        assert (error["kind"], error["ci"]) == ("ambiguous", world.c2.ci(made)["CINumber"])
        assert world.hector.asset(asset)["asset_tag"] in error["message"]
        assert set(world.c2.ci_ids(world.category)) == {older, made}
        assert assets(world) == [asset]
    world.c2.delete_ci(made)
    world.sync(direction, match_on="none", create="←")
    assert world.errors() == []
    assert world.store.intentions_of(world.category) == []


def is_told_and_left_alone(world: LiveWorld, direction: str, made: int, **category: str) -> None:
    there = assets(world), world.c2.ci_ids(world.category)
    for _ in range(4):  # the pair is soon so quiet that it is not read any more
        world.sync(direction, **category)
        assert [(error["kind"], error["asset"]) for error in world.errors()] == [
            ("ambiguous", world.hector.asset(made)["asset_tag"])
        ]
        assert (assets(world), world.c2.ci_ids(world.category)) == there


@pytest.mark.parametrize("match_on", ["none", "[Numéro de série]"])
@pytest.mark.parametrize("direction", ["→", "⇄"])
def test_what_is_left_over_is_told_though_the_values_were_carried_over_to_another_since(
    world: LiveWorld, direction: str, match_on: str
) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="S1", notes="n")
    lose_the_answer(world)
    world.sync(direction, match_on=match_on)
    (made,) = assets(world)
    newer = world.add_asset(world.hector.subcategories()[0]["id"])
    link_by_hand(world, ci, newer)
    is_told_and_left_alone(world, direction, made, match_on=match_on)
    assert (world.hector.value(newer, "Serial number"), world.hector.asset(newer)["note"]) == ("S1", "n")
    world.hector.edit_asset(made, note="edited by a person", attributes={"Serial number": "S2"})
    is_told_and_left_alone(world, direction, made, match_on=match_on)
    world.hector.delete_asset(made)
    world.sync(direction, match_on=match_on)
    assert world.errors() == []
    assert world.store.intentions_of(world.category) == []


@pytest.mark.parametrize("direction", ["→", "⇄"])
@pytest.mark.parametrize(
    "edit", [None, {"note": "edited by a person"}, {"note": "edited", "attributes": {"Serial number": "S1"}}]
)
def test_what_only_resembles_a_lost_asset_is_told_too_once_its_ci_is_joined_with_another(
    world: LiveWorld, direction: str, edit: dict[str, Any] | None
) -> None:
    older = world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "S9")
    if edit is None:
        ci = made_bare(world)
        world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after", nth=2)
    else:
        ci = world.add_ci(maker="HP", model="840", serial="S1", notes="n")
        lose_the_answer(world)
    world.sync(direction, create="→")
    (made,) = set(assets(world)) - {older}
    if edit is not None:
        world.hector.edit_asset(made, **edit)
    link_by_hand(world, ci, older)
    is_told_and_left_alone(world, direction, made)
    another = world.add_asset(world.hector.subcategories()[0]["id"])
    world.sync(direction)
    (error,) = world.errors()  # what comes later has nothing to do with it
    assert error["asset"] == world.hector.asset(made)["asset_tag"]
    assert len(world.c2.ci_ids(world.category)) == (2 if direction == "⇄" else 1)
    assert set(assets(world)) == {older, made, another}


def test_a_person_who_links_one_of_those_that_resemble_a_lost_asset_has_said_which_it_is(world: LiveWorld) -> None:
    ci = made_bare(world)
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after", nth=2)
    world.sync("⇄", match_on="none")
    (made,) = assets(world)
    other = world.add_asset(world.hector.subcategories()[0]["id"])
    world.sync("⇄", match_on="none")
    assert [error["kind"] for error in world.errors()] == ["ambiguous"]
    link_by_hand(world, ci, made)
    world.sync("⇄", match_on="none")
    assert world.errors() == []
    assert world.store.intentions_of(world.category) == []
    assert assets(world) == [made, other]
    assert len(world.c2.ci_ids(world.category)) == 2  # the other one is a record of its own


def test_what_a_person_parts_from_the_record_it_was_made_for_is_left_over_no_more(world: LiveWorld) -> None:
    older = world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "S9")
    ci = world.add_ci(maker="HP", model="840", serial="S1")
    lose_the_answer(world)
    world.sync("→", match_on="none")
    (made,) = set(assets(world)) - {older}
    link = link_by_hand(world, ci, older)
    is_told_and_left_alone(world, "→", made, match_on="none")
    world.store.part(link, world.surroundings.now())
    world.store.part(link_by_hand(world, ci, made), world.surroundings.now())
    link_by_hand(world, ci, older)
    world.sync("→", match_on="none")
    assert world.errors() == []
    assert world.store.intentions_of(world.category) == []


def test_a_lost_asset_that_a_person_edited_waits_for_its_ci_to_come_back(world: LiveWorld) -> None:
    elsewhere = world.c2.add_category(world.cmdb, "Remisés")
    ci = world.add_ci("PC-1", maker="HP", model="840", serial="S1", notes="n")
    lose_the_answer(world)
    world.sync("→", match_on="none")
    (made,) = assets(world)
    world.hector.edit_asset(made, note="edited by a person")
    world.c2.move_ci(ci, elsewhere)
    world.add_ci("PC-2", maker="HP", model="840", serial="S2")
    for _ in range(2):
        world.sync("→", match_on="none")
        (error,) = world.errors()
        assert error["kind"] == "ambiguous"
        assert world.hector.asset(made)["asset_tag"] in error["message"]
    world.c2.move_ci(ci, world.category)
    world.sync("→", match_on="none")
    assert [error["kind"] for error in world.errors()] == ["ambiguous"]
    assert len(assets(world)) == 2


def test_creations_that_nobody_could_tell_apart_are_found_again_in_order(world: LiveWorld) -> None:
    for n in range(3):
        world.add_ci(f"PC-{n}", model="840")
    for nth in (1, 2):
        world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after", nth=nth)
    world.sync("→", fields=POOR, match_on="none")
    report = world.sync("→", fields=POOR, match_on="none")
    assert report.as_json()["linked"] == len(assets(world)) == 3
    assert world.errors() == []


def made_bare(world: LiveWorld) -> str:
    """A refused asset that is asked for once more with its required fields only, and the answer to that is lost."""
    ci = world.add_ci(maker="HP", model="840", serial="S1", notes="n")
    world.box.faults.once("hector", "POST /api/v1/assets", "refused", message="No.")
    return ci


def test_a_bare_creation_does_not_take_somebodys_new_asset_of_the_model(world: LiveWorld) -> None:
    made_bare(world)
    world.box.faults.once("hector", "POST /api/v1/assets", "server_error", when="before", nth=2)
    world.sync("→")
    theirs = world.add_asset(world.hector.subcategories()[0]["id"], "OTHER-SERIAL", note="Bob's laptop")
    assert world.sync("→").status is RunStatus.SUCCEEDED
    assert (world.hector.value(theirs, "Serial number"), world.hector.asset(theirs)["note"]) == ("OTHER-SERIAL", "Bob's laptop")
    (ours,) = set(assets(world)) - {theirs}
    assert world.hector.value(ours, "Serial number") == "S1"


def test_a_bare_record_is_not_joined_without_a_match(world: LiveWorld) -> None:
    """It may be the one, or somebody's who has not typed its serial in yet."""
    ci = made_bare(world)
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after", nth=2)
    world.sync("→")
    (bare,) = assets(world)
    world.sync("→")
    (error,) = world.errors()
    assert (error["kind"], error["ci"]) == ("ambiguous", world.c2.ci(ci)["CINumber"])
    assert assets(world) == [bare]
    world.hector.edit_asset(bare, attributes={"Serial number": "S1"})
    assert world.sync("→").as_json()["linked"] == 1
    assert assets(world) == [bare]


@pytest.mark.parametrize("match_on", ["none", "[Numéro de série]"])
def test_what_a_person_fills_in_after_a_bare_creation_was_not_kept_back_from_it(world: LiveWorld, match_on: str) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="")
    lose_the_answer(world)
    world.sync("→", match_on=match_on)
    (made,) = assets(world)
    world.c2.edit_ci(ci, {"Numéro de série": "S1", "Remarques": "filled in since"})
    assert world.sync("→", match_on=match_on).as_json()["linked"] == 1
    assert assets(world) == [made]
    assert (world.hector.value(made, "Serial number"), world.hector.asset(made)["note"]) == ("S1", "filled in since")


def test_what_a_person_fills_in_after_a_bare_ci_was_made_was_not_kept_back_from_it(world: LiveWorld) -> None:
    asset = world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"))
    world.box.faults.once("c2", "CI/Save", "cut", when="after")
    world.sync("←", match_on="none")
    (made,) = world.c2.ci_ids(world.category)
    world.hector.edit_asset(asset, note="filled in since", attributes={"Serial number": "S1"})
    assert world.sync("←", match_on="none").as_json()["linked"] == 1
    assert world.c2.ci_ids(world.category) == [made]
    assert (world.c2.value(made, "Numéro de série"), world.c2.value(made, "Remarques")) == ("S1", "filled in since")


@pytest.mark.parametrize("edit", [{"note": "edited by a person"}, {"attributes": {"Serial number": "S2"}}])
def test_a_lost_asset_that_a_person_edited_is_not_made_a_second_time(world: LiveWorld, edit: dict[str, Any]) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="S1", notes="n")
    lose_the_answer(world)
    world.sync("→", match_on="none")
    (made,) = assets(world)
    world.hector.edit_asset(made, **edit)
    for _ in range(2):
        world.sync("→", match_on="none")
        (error,) = world.errors()
        assert (error["kind"], error["ci"]) == ("ambiguous", world.c2.ci(ci)["CINumber"])
        assert world.hector.asset(made)["asset_tag"] in error["message"]
        assert "links add" in error["hint"]
        assert assets(world) == [made]


def test_a_lost_ci_that_a_person_edited_is_not_made_a_second_time(world: LiveWorld) -> None:
    world.add_asset(world.hector.add_subcategory(world.hector_category, "HP", "840"), "S1", note="n")
    world.box.faults.once("c2", "CI/Save", "cut", when="after")
    world.sync("⇄", match_on="none")
    (made,) = world.c2.ci_ids(world.category)
    world.c2.edit_ci(made, {"Remarques": "edited by a person"})
    world.sync("⇄", match_on="none")
    (error,) = world.errors()
    assert (error["kind"], error["asset"]) == ("ambiguous", world.hector.assets()[0]["asset_tag"])
    assert world.c2.ci_ids(world.category) == [made]
    assert len(assets(world)) == 1  # nor is an asset made for what may be the lost CI


def test_a_person_ends_it_by_parting_the_two(world: LiveWorld) -> None:
    ci = world.add_ci(maker="HP", model="840", serial="S1", notes="n")
    lose_the_answer(world)
    world.sync("→", match_on="none")
    (made,) = assets(world)
    world.hector.edit_asset(made, note="edited by a person")
    world.store.part(link_by_hand(world, ci, made), world.surroundings.now())
    assert world.sync("→", match_on="none").status is RunStatus.SUCCEEDED
    assert len(assets(world)) == 2


def test_with_match_on_a_persons_new_asset_with_its_own_serial_holds_nothing_up(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1", notes="n")
    lose_the_answer(world, when="before")
    world.sync("→")
    world.add_asset(world.hector.subcategories()[0]["id"], "S2", note="n")
    assert world.sync("→").status is RunStatus.SUCCEEDED
    assert sorted(world.hector.value(asset, "Serial number") for asset in assets(world)) == ["S1", "S2"]


def test_one_edited_asset_holds_up_only_the_creation_that_it_is_most_like(world: LiveWorld) -> None:
    for n in range(3):
        world.add_ci(maker="HP", model="840", serial=f"S{n}", notes=f"n{n}")
    for nth in (1, 2, 3):
        world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="after" if nth == 2 else "before", nth=nth)
    world.sync("→", match_on="none")
    (made,) = assets(world)
    world.hector.edit_asset(made, note="edited by a person")
    report = world.sync("→", match_on="none")
    assert len(world.errors()) == 1
    assert report.as_json()["created"]["hector"] == 2
    serials = [world.hector.value(asset, "Serial number") for asset in assets(world)]
    assert sorted(serials) == ["S0", "S1", "S2"]


def test_a_lost_ci_that_a_shifting_list_hides_is_not_made_a_second_time(world: LiveWorld) -> None:
    for n in range(50):  # a page
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    world.sync("⇄", match_on="none")
    world.add_asset(world.hector.subcategories()[0]["id"], "S50")
    world.box.faults.once("c2", "CI/Save", "cut", when="after")
    world.sync("⇄", match_on="none")
    made = world.c2.ci_ids(world.category)[-1]
    world.c2.shift_pages = True
    world.sync("⇄", match_on="none")
    assert world.c2.shifts_left == 0
    assert {link.ci_id for link in world.store.links_of(world.category)} == set(world.c2.ci_ids(world.category))
    assert len(assets(world)) == len(world.c2.ci_ids(world.category)) == 51
    assert world.c2.ci_ids(world.category)[-1] == made


def test_a_lost_asset_that_was_edited_is_kept_for_a_ci_that_a_shifting_list_hides(world: LiveWorld) -> None:
    for n in range(50):  # a page
        world.add_ci(maker="HP", model="840", serial=f"S{n}")
    world.sync("→", match_on="none")
    hidden = world.add_ci(maker="HP", model="840", serial="S50", notes="n")
    lose_the_answer(world)
    world.sync("→", match_on="none")
    world.hector.edit_asset(assets(world)[-1], note="edited by a person")
    world.c2.shift_pages = True
    for _ in range(2):
        world.sync("→", match_on="none")
        (error,) = world.errors()
        assert (error["kind"], error["ci"]) == ("ambiguous", world.c2.ci(hidden)["CINumber"])
        assert len(assets(world)) == 51
    assert world.c2.shifts_left == 0


class KilledError(BaseException):
    """The process ended at this very instruction."""


def test_a_creation_sent_late_is_not_judged_by_when_it_was_intended(world: LiveWorld) -> None:
    """Hector asked twice to be asked a minute later; the process is killed when the third request is out, and started anew."""
    time = [world.surroundings.now()]

    def wait(seconds: float) -> None:
        time[0] += timedelta(seconds=seconds)

    policy = RetryPolicy(attempts=6, max_wait=60)
    config = HectorConfig(world.box.hector_url, world.box.token, retry=policy, timeout=5, page_size=50)
    hector = world.closing.enter_context(HectorClient(config, sleep=wait, random=lambda: 1.0))
    world.surroundings = replace(
        world.surroundings, now=lambda: time[0], hector=hector, request_time_out=60, longest_wait=policy.longest
    )
    world.add_ci(maker="HP", model="840", serial="", notes="n")
    late: list[NewAsset] = []
    create = hector.create_asset

    def killed(new: NewAsset, _fields: Any) -> Any:
        wait(120)
        late.append(new)
        raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hector, "create_asset", killed)
        with pytest.raises(KilledError):
            world.sync("→", match_on="none")
    wait(5)
    world.sync("→", match_on="none")
    create(late[0], ())  # only now does Hector finish the first request
    assert len(assets(world)) == 1
    wait(60 + policy.longest)
    assert world.sync("→", match_on="none").as_json()["linked"] == 1
    assert len(assets(world)) == 1


def test_a_creation_that_was_lost_while_the_clock_was_wrong_does_not_wait_for_that_time_to_come(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    now = world.surroundings.now
    world.surroundings = replace(world.surroundings, now=lambda: now() + timedelta(days=400), request_time_out=60)
    world.box.faults.once("hector", "POST /api/v1/assets", "cut", when="before")
    world.sync("→")
    world.surroundings = replace(world.surroundings, now=now)
    world.sync("→")
    world.sync("→")
    assert len(world.hector.assets()) == 1
    assert world.store.intentions_of(world.category) == []
