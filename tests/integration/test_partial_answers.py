"""C2's answers to a write that leave out a field: it is neither empty nor changed by somebody, and is looked at again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import plan_world
import pytest
from live_world import LiveWorld, live_world

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.plan import RunStatus

FIELDS = """
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: asset.attributes.Price}
          - {c2: Remarques, hector: asset.note}
"""


@pytest.fixture
def world(sqlite_url: str) -> Iterator[LiveWorld]:
    """A pair in step; then somebody changes its price and its note in Hector."""
    with live_world(sqlite_url) as world:
        world.add_ci(maker="HP", model="840", serial="S1", price="10", notes="old")
        world.sync("⇄", fields=FIELDS)
        (asset,) = world.hector.assets()
        world.hector.edit_asset(asset["id"], note="new", attributes={"Price": 12.5})
        world.writes()
        yield world


class Silent(httpx.BaseTransport):
    """Leaves the custom fields out of the answers to ``CI/UpdateProperty``; everything else passes as it is."""

    def __init__(self, afterwards: Callable[[], object]) -> None:
        self._inner = httpx.HTTPTransport()
        self._afterwards = afterwards

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if not request.url.path.endswith("UpdateProperty"):
            return response
        document = json.loads(response.read())
        response.close()
        document["Data"]["CustomFields"] = None
        self._afterwards()
        return httpx.Response(200, headers={"Content-Type": "application/json"}, content=json.dumps(document).encode())

    def close(self) -> None:
        self._inner.close()


def silence(world: LiveWorld, afterwards: Callable[[], object] = lambda: None) -> None:
    """Have C2 leave fields out of its answers to writes; ``afterwards`` happens between each write and its answer."""
    config = C2Config(
        world.box.c2_url, world.box.username, world.box.password, plan_world.MONTREAL, retry=RetryPolicy(attempts=1), timeout=5
    )
    client = world.closing.enter_context(C2Client(config, transport=Silent(afterwards), sleep=lambda _: None))
    world.surroundings = replace(world.surroundings, c2=client)


def stored(world: LiveWorld) -> tuple[object, object]:
    """Give the CI's price and note."""
    (ci,) = world.c2.ci_ids(world.category)
    return world.c2.value(ci, "Prix"), world.c2.value(ci, "Remarques")


def test_fields_that_an_answer_leaves_out_are_looked_at_and_both_writes_stand(world: LiveWorld) -> None:
    silence(world)

    report = world.sync("⇄", fields=FIELDS)

    assert (report.status, world.errors()) == (RunStatus.SUCCEEDED, [])
    assert stored(world) == ("12.500000", "new")
    assert world.writes() == ["c2 POST UpdateProperty"] * 2
    assert world.sync("⇄", fields=FIELDS).status is RunStatus.SUCCEEDED
    assert world.writes() == []

    world.hector.edit_asset(world.hector.assets()[0]["id"], note="newer")
    world.sync("⇄", fields=FIELDS)
    assert stored(world) == ("12.500000", "newer")  # only Hector has changed it since


def test_a_look_that_fails_leaves_the_baseline_and_empties_nothing(world: LiveWorld) -> None:
    silence(world, lambda: world.box.faults.once("c2", "CI/Retrieve", "reset"))

    world.sync("⇄", fields=FIELDS)
    assert (world.errors(), stored(world)) == ([], ("12.500000", "new"))

    world.box.faults.clear()
    world.reconnect()
    report = world.sync("⇄", fields=FIELDS)
    assert (report.status, stored(world)) == (RunStatus.SUCCEEDED, ("12.500000", "new"))
    (asset,) = world.hector.assets()
    assert (asset["note"], world.hector.value(asset["id"], "Price")) == ("new", 12.5)


def test_what_somebody_writes_before_the_look_is_not_taken_for_what_was_agreed(world: LiveWorld) -> None:
    def edit() -> None:
        if stored(world)[1] == "new":
            world.c2.edit_ci(world.c2.ci_ids(world.category)[0], {"Remarques": "a person's"})

    silence(world, edit)
    world.sync("⇄", fields=FIELDS, on_conflict="c2")
    world.reconnect()
    world.sync("⇄", fields=FIELDS, on_conflict="c2")

    (asset,) = world.hector.assets()
    assert (stored(world)[1], asset["note"]) == ("a person's", "a person's")
