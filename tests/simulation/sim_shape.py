"""The rules of a history: what is mapped, in which direction, and how; drawn from its seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sim_fields import BOUGHT, MAKER, MODEL, NAME, NOTES, PLACE, PRICE, ROOM, SERIAL, SHARED, SimField

from syncsvc.domain.rules import Rules
from syncsvc.rules_file import read_rules

WAYS = ("→", "←", "⇄")
OTHERS = (NOTES, PLACE, ROOM, PRICE, BOUGHT, SHARED, NAME, MAKER)


@dataclass(frozen=True)
class Shape:
    """The rules of a history, as the oracle has to know them."""

    direction: str
    directions: Mapping[str, str]
    """Each mapped field's own direction."""
    create: str
    matches: bool
    on_conflict: str = "hold"
    restores: bool = False
    incremental: bool = False
    alike: bool = False
    """Whether several records hold the same values."""
    retires: bool = False
    """``when_ci_inactive: retire``."""
    deactivates: bool = False
    """``when_asset_retired: deactivate``."""
    is_large: bool = False
    """Whether there are enough records for guards that reckon in percent."""
    is_guarded: bool = True
    """Whether a run that changes much is held."""


def draw_shape(draw: Random) -> tuple[Shape, list[SimField]]:
    """Draw the rules of a history, and the fields that they map."""
    direction = draw.choice(WAYS)
    matches = draw.random() < 0.6
    fields = [MODEL, *([SERIAL] if matches or draw.random() < 0.5 else []), *draw.sample(OTHERS, draw.randint(2, 4))]
    incremental = draw.random() < 0.25
    ways = {sim.name: direction for sim in fields}
    if direction == "⇄" and draw.random() < 0.4:
        ways |= {sim.name: draw.choice(("→", "←", "⇄", "none")) for sim in fields if not sim.is_key and sim is not SERIAL}
    policy = draw.choice(("c2", "hector", "newest")) if draw.random() < 0.2 else "hold"
    narrowed = direction if direction != "⇄" or draw.random() < 0.8 else draw.choice(("→", "←", "none"))
    equal = draw.random() < 0.4
    restores = matches and not equal and draw.random() < 0.25
    retires, deactivates = (direction != way and draw.random() < 0.3 for way in ("←", "→"))
    is_large = draw.random() < 0.03
    shape = Shape(
        direction, ways, narrowed, matches, policy, restores, incremental, equal, retires, deactivates, is_large=is_large
    )
    return shape, fields


def rules_of(shape: Shape, fields: Sequence[SimField]) -> Rules:
    """Write these rules as a file, and read it."""
    own = shape.direction == "⇄"
    listed = "".join(
        f"          - {{c2: {sim.name}, hector: {sim.path}{f', direction: {shape.directions[sim.name]}' if own else ''}}}\n"
        for sim in fields
    ).replace("Date d'achat", '"Date d\'achat"')
    schedule = "schedule: {full_on: sunday, time_zone: America/Toronto}\n" if shape.incremental else ""
    guards = (
        "" if shape.is_guarded else "guards: {max_missing_percent: null, max_change_percent: null, max_cleared_percent: null}\n"
    )
    text = (
        f"{schedule}{guards}default_stockroom: Entrepôt\n"
        f"cmdbs:\n  - cmdb: Inventaire\n    categories:\n      - category: Portables\n"
        f'        hector_category: Laptops\n        direction: "{shape.direction}"\n'
        f"        when_ci_inactive: {'retire' if shape.retires else 'keep'}\n"
        f"        when_asset_retired: {'deactivate' if shape.deactivates else 'keep'}\n"
        f"        on_conflict: {shape.on_conflict}\n        create: {shape.create}\n"
        f"        match_on: {'[Numéro de série]' if shape.matches else 'none'}\n"
        f"        fields:\n{listed}"
    )
    return read_rules(text.encode(), "sync.yaml")
