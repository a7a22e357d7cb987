"""Errors stand until their records have been looked at again: a run in part, which looked at others, does not call all well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import live_world
import pytest
from dated_world import Clock, asset_of, dated_world
from live_world import LiveWorld

from syncsvc.domain.plan import RunStatus
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest

INCREMENTAL = "schedule: {full_on: friday}\n"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(database_url: str, clock: Clock) -> Iterator[LiveWorld]:
    with dated_world(database_url, clock) as world:
        yield world


Renamed = Callable[[], None]


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> Renamed:
    """Let the rules call the category by its other name in C2 from now on."""
    read = live_world.read_rules

    def with_the_other_name(text: bytes, *others: Any, **options: Any) -> Any:
        return read(text.replace(b"category: Portables", b"category: Laptops"), *others, **options)

    return lambda: monkeypatch.setattr(live_world, "read_rules", with_the_other_name)


def in_part(world: LiveWorld, clock: Clock, **options: Any) -> RunReport:
    """Let days pass and synchronise what has changed since."""
    clock.go_on(days=2)
    if clock().strftime("%A") == "Friday":
        clock.go_on(days=1)
    return world.sync("→", top=INCREMENTAL, **options)


def with_errors(world: LiveWorld, clock: Clock) -> list[str]:
    """Three pairs, one of which is used by somebody without a name, and two CIs with one serial; gives the CIs of the pairs.

    The last run, a full one, looked at what had not changed for a week.
    """
    nobody = world.c2.add_client("", "", "nobody@erables.example")
    cis = [world.add_ci(maker="HP", model="840", serial=f"S{n}", notes="old") for n in range(3)]
    world.c2.edit_ci(cis[0], {"Utilisateur": nobody})
    for _ in range(2):
        world.add_ci(maker="HP", model="840", serial="twice")
    world.sync("→", top=INCREMENTAL)
    clock.go_on(days=8)
    report = world.sync("→", top=INCREMENTAL, request=RunRequest(full=True))
    assert (report.as_json()["errors"], report.exit_code()) == (len(world.errors()), 1)
    assert {error["kind"] for error in world.errors()} == {"ambiguous", "validation"}
    return cis


def told(world: LiveWorld) -> list[dict[str, Any]]:
    """Give the latest run's errors, without what is its own."""
    return sorted(
        ({name: value for name, value in error.items() if name not in {"run", "at"}} for error in world.errors()), key=repr
    )


def test_a_run_in_part_has_the_errors_of_records_that_it_does_not_look_at(world: LiveWorld, clock: Clock) -> None:
    cis = with_errors(world, clock)
    left = told(world)
    for _ in range(2):  # each time those that the run before had in the same way
        world.c2.edit_ci(cis[1], {"Remarques": f"new, {clock()}"})
        report = in_part(world, clock)
        found = report.as_json()
        assert found["full"] is False
        assert (report.status, report.exit_code()) == (RunStatus.COMPLETED_WITH_ERRORS, 1)
        assert found["errors"] == found["standing"] == found["categories"][0]["standing"] == len(left)
        assert told(world) == left
    assert in_part(world, clock, dry_run=True).as_json()["errors"] == len(left)


def test_an_error_is_over_once_its_record_is_mended(world: LiveWorld, clock: Clock) -> None:
    cis = with_errors(world, clock)
    left = told(world)
    world.c2.edit_ci(cis[0], {"Utilisateur": world.marie})
    found = in_part(world, clock).as_json()
    assert (found["full"], found["errors"]) == (False, len(left) - 1)
    assert told(world) == [error for error in left if error["kind"] != "validation"]


def test_an_error_that_is_met_again_is_the_runs_own(world: LiveWorld, clock: Clock) -> None:
    cis = with_errors(world, clock)
    left = told(world)
    world.c2.edit_ci(cis[0], {"Remarques": "new"})
    found = in_part(world, clock).as_json()
    assert (found["errors"], found["standing"]) == (len(left), len(left) - 1)
    assert told(world) == left
    assert world.hector.asset(asset_of(world, cis[0]))["note"] == "new"


def test_a_full_run_has_no_errors_but_its_own(world: LiveWorld, clock: Clock) -> None:
    cis = with_errors(world, clock)
    world.c2.edit_ci(cis[0], {"Utilisateur": world.marie})
    in_part(world, clock)
    clock.go_on(days=2)
    found = world.sync("→", top=INCREMENTAL, request=RunRequest(full=True)).as_json()
    assert "standing" not in found
    assert found["errors"] == sum(error["kind"] == "ambiguous" for error in world.errors()) > 0


def test_a_single_sync_says_nothing_of_others(world: LiveWorld, clock: Clock) -> None:
    cis = with_errors(world, clock)
    report = world.sync("→", top=INCREMENTAL, request=RunRequest(ci=world.c2.ci(cis[1])["CINumber"]))
    assert (report.status, report.as_json()["errors"]) == (RunStatus.SUCCEEDED, 0)


def test_another_name_for_the_category_in_the_rules_hides_no_error(world: LiveWorld, clock: Clock, renamed: Renamed) -> None:
    with_errors(world, clock)
    left = told(world)
    renamed()
    found = in_part(world, clock).as_json()
    assert (found["categories"][0]["category"], found["errors"]) == ("Laptops", len(left))
    assert [error | {"category": "Portables"} for error in told(world)] == left
