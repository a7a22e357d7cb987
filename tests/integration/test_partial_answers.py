"""C2's answers to a write that leave out a field: it is neither empty nor changed by somebody, and is looked at again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import httpx
import plan_world
import pytest
from live_world import LiveWorld, live_world

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import ConfigurationItem, Field, NewCI

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


NAMED = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Name, hector: asset.title}
"""


@pytest.fixture
def named(sqlite_url: str) -> Iterator[LiveWorld]:
    """An asset that has no CI yet, whose title is to be that one's name."""
    with live_world(sqlite_url) as world:
        world.add_asset(world.hector.add_subcategory(world.hector_category, model="840"), "S1", title="as made")
        yield world


def names(world: LiveWorld) -> tuple[object, object]:
    """Give the CI's name and the asset's title."""
    (ci,), (asset,) = world.c2.ci_ids(world.category), world.hector.assets()
    return world.c2.value(ci, "Name"), asset["title"]


class KilledError(BaseException):
    """The process ended at this very instruction."""


@pytest.mark.parametrize("policy", ["hold", "c2", "hector", "newest"])
@pytest.mark.parametrize("bare", [False, True], ids=["whole", "bare"])
@pytest.mark.parametrize("side", ["c2", "hector"])
def test_a_name_that_somebody_changes_after_a_run_that_ended_before_its_look_is_carried_over(
    named: LiveWorld, side: str, policy: str, *, bare: bool
) -> None:
    if bare:  # it is asked for once more with its required fields only
        named.box.faults.once("c2", "CI/Save", "refused", message="No.")

    def killed(*_: object) -> None:
        raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(named.surroundings.c2, "cis_by_id", killed)
        with pytest.raises(KilledError):
            named.sync("⇄", fields=NAMED, on_conflict=policy)
    assert names(named) == ("as made", "as made")

    if side == "c2":
        named.c2.edit_ci(named.c2.ci_ids(named.category)[0], {"Name": "a person's"})
    else:
        named.hector.edit_asset(named.hector.assets()[0]["id"], title="a person's")
    report = named.sync("⇄", fields=NAMED, on_conflict=policy)

    assert (names(named), report.status) == (("a person's", "a person's"), RunStatus.SUCCEEDED)


def test_a_name_that_reads_otherwise_than_it_was_sent_is_no_persons_change(named: LiveWorld) -> None:
    """C2 may have cut it: that is no reason to write it to Hector."""
    create = named.surroundings.c2.create_ci

    def cut(new: NewCI, fields: Sequence[Field]) -> ConfigurationItem:
        made = create(new, fields)
        named.c2.edit_ci(made.id, {"Name": "as m"})
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(named.surroundings.c2, "create_ci", cut)
        report = named.sync("⇄", fields=NAMED)

    assert (names(named), report.as_json()["conflicts"]) == (("as m", "as made"), 1)
