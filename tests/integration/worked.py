"""What the worked examples of ``docs/how-a-sync-decides.md`` are run with: who shows which, and small steps for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from live_world import LiveWorld

from syncsvc.shipped import shipped

PAGE = shipped("README.md").parent / "docs" / "how-a-sync-decides.md"
SHARED = """
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Prix, hector: subcategory.price}
"""
shown: set[str] = set()
"""The beginnings of the examples that a test shows."""
Test = TypeVar("Test", bound=Callable[..., None])


def shows(*beginnings: str) -> Callable[[Test], Test]:
    """Note that a test shows the examples which begin like this."""

    def noted(test: Test) -> Test:
        shown.update(beginnings)
        return test

    return noted


def examples() -> list[str]:
    """Give every worked example of the page, each on one line."""
    quoted = re.findall(r"(?:^>.*\n)+", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [" ".join(line.lstrip("> ") for line in block.splitlines()) for block in quoted]


def kinds(world: LiveWorld) -> list[str]:
    """Give the kinds of the latest run's errors."""
    return [error["kind"] for error in world.errors()]


def price(world: LiveWorld, model: str = "840") -> float | None:
    """Give the price of the subcategory of a model."""
    (found,) = (it["price"] for it in world.hector.subcategories() if it["model"] == model)
    return None if found is None else float(found)


def prices(world: LiveWorld) -> list[float | None]:
    """Give the prices of all CIs."""
    found = [
        world.c2.value(ci, "Prix") for ci in sorted(world.c2.ci_ids(world.category), key=lambda ci: world.c2.ci(ci)["CINumber"])
    ]
    return [None if it is None else float(it) for it in found]


def of_one_model(world: LiveWorld, count: int, *, way: str = "⇄") -> list[str]:
    """CIs of the model 840 that say 900 $, in order with Hector in this direction."""
    cis = [world.add_ci(model="840", serial=f"S{n}", price="900") for n in range(count)]
    world.sync("→", fields=SHARED)
    world.sync(way, fields=SHARED)
    world.writes()
    return cis
