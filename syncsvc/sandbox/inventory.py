"""A realistic inventory in both systems: a French-speaking school board, with the dirt that years of typing leave behind.

Everything follows from the seed. What people change during a day is ``inventory_day``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from syncsvc.sandbox.c2_records import real_clock
from syncsvc.sandbox.c2_world import C2World
from syncsvc.sandbox.hector_world import HectorWorld
from syncsvc.sandbox.inventory_catalogue import (
    BOUGHT,
    CATEGORIES,
    FLEET_CMDB,
    MAKER,
    MAKER_SPELLINGS,
    MODEL,
    NO_SERIAL,
    NOTES,
    PERSON,
    PRICE,
    REMARKS,
    STATUS,
    STATUSES,
    STOCKROOMS,
    TAG,
    WARRANTY,
    Category,
    Model,
)
from syncsvc.sandbox.inventory_day import day_of_changes
from syncsvc.sandbox.inventory_structure import add_clients, set_up_c2, set_up_hector

__all__ = ["day_of_changes", "school_board"]
_ALPHABET = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_FIRST_MOMENT = datetime(2025, 2, 3, 13, tzinfo=UTC)
_FIRST_PURCHASE = date(2018, 8, 20)
_DAYS_OF_PURCHASES = 2200


def school_board(seed: int = 1) -> tuple[C2World, HectorWorld]:
    """Give both systems of the school board as they stand before their first synchronisation; takes a fraction of a second."""
    return _Builder(seed).build()


@dataclass
class Thing:
    """One thing that the board owns, as it really is."""

    category: Category
    name: str
    model: Model
    serial: str
    tag: str
    bought: date
    status: tuple[str, str]
    person: str | None
    under_warranty: bool
    remark: str | None
    own: dict[str, Any] = field(default_factory=dict)


class _Builder:
    """Makes the things, then tells each system what its people know of them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._c2 = C2World(seed=seed)
        self._hector = HectorWorld()
        self._c2.now = self._hector.now = _past_clock()
        self._clients = add_clients(self._c2)
        self._c2_categories = set_up_c2(self._c2)
        self._hector_categories = set_up_hector(self._hector)
        self._subcategories: dict[tuple[str, str], int] = {}
        self._serials: set[str] = set()
        self._tags = 4000

    def build(self) -> tuple[C2World, HectorWorld]:
        for category in CATEGORIES:
            self._fill(category)
        self._c2.now = self._hector.now = real_clock
        return self._c2, self._hector

    # -- things ----------------------------------------------------------------------------------------------------------

    def _fill(self, category: Category) -> None:
        total = category.in_both + category.only_c2 + category.only_hector
        things = [self._thing(category, number) for number in range(1, total + 1)]
        self._random.shuffle(things)
        in_c2, in_hector = things[: category.in_both + category.only_c2], things[category.in_both + category.only_c2 :]
        in_hector += in_c2[: category.in_both]
        for place, thing in enumerate(sorted(in_c2, key=lambda thing: thing.name)):
            self._tell_c2(thing, in_c2, place)
        for place, thing in enumerate(sorted(in_hector, key=lambda thing: thing.name)):
            self._tell_hector(thing, in_hector, place)

    def _thing(self, category: Category, number: int) -> Thing:
        draw = self._random
        model = draw.choice(category.models)
        self._tags += draw.randint(1, 3)
        bought = _FIRST_PURCHASE + timedelta(days=draw.randrange(_DAYS_OF_PURCHASES))
        return Thing(
            category,
            f"{category.prefix}-{number:04}",
            model,
            self._serial(model.serial_prefix, 17 if category.cmdb == FLEET_CMDB else 10),
            f"ERA-{self._tags:06}",
            bought,
            draw.choices(STATUSES, weights=(80, 5, 8, 7))[0],
            draw.choice(self._clients) if draw.random() < 0.6 else None,
            under_warranty=bought.year >= 2022,
            remark=draw.choice(REMARKS) if draw.random() < 0.15 else None,
            own=model.facts | {own.french: self._own_value(own.french) for own in category.own if own.scope == "asset"},
        )

    def _serial(self, prefix: str, length: int) -> str:
        while True:
            serial = prefix + "".join(self._random.choices(_ALPHABET, k=length - len(prefix)))
            if serial not in self._serials:
                self._serials.add(serial)
                return serial

    def _own_value(self, name: str) -> Any:
        draw = self._random
        values: dict[str, Callable[[], Any]] = {
            "Mémoire (Go)": lambda: draw.choice((8, 16, 16, 32)),
            "Adresse MAC": lambda: ":".join(f"{draw.randrange(256):02X}" for _ in range(6)),
            "Adresse IP": lambda: f"10.{draw.randrange(20, 40)}.{draw.randrange(256)}.{draw.randrange(2, 255)}",
            "Numéro de ligne": lambda: f"819 555-{draw.randrange(10000):04}",
            "IMEI": lambda: f"35{draw.randrange(10**13):013}",
            "Plaque": lambda: f"F{draw.randrange(10, 99)} {draw.randrange(1000):03}",
            "Odomètre": lambda: draw.randrange(1200, 184000),
        }
        return values[name]()

    # -- what each system knows of them ----------------------------------------------------------------------------------

    def _tell_c2(self, thing: Thing, known: list[Thing], place: int) -> None:
        serial_field = thing.category.serial_field[0]
        values = {
            MAKER: self._maker(thing.model.maker),
            MODEL: thing.model.name,
            serial_field: _serial_in_c2(thing, known, place),
            TAG: self._mostly(thing.tag),
            BOUGHT: self._mostly(thing.bought),
            PRICE: "1.00" if thing.model is thing.category.models[-1] and place % 40 == 7 else thing.model.price,
            STATUS: self._mostly(thing.status[0]),
            PERSON: self._mostly(thing.person),
            WARRANTY: thing.under_warranty,
            NOTES: self._mostly(thing.remark),
            **thing.own,
        }
        if place % 300 == 150:
            values |= {MAKER: None, MODEL: None}
        ci_id = self._c2.add_ci(self._c2_categories[thing.category.french], thing.name, values, active=place % 31 != 30)
        if place % 60 == 11:
            self._c2.plant(ci_id, MAKER, f"{values[MAKER]} ")
        if place % 75 == 12:
            self._c2.plant(ci_id, serial_field, f" {values[serial_field]} ")

    def _maker(self, maker: str) -> str:
        if self._random.random() < 0.08:
            return self._random.choice(MAKER_SPELLINGS.get(maker, (maker,)))
        return maker

    def _tell_hector(self, thing: Thing, known: list[Thing], place: int) -> None:
        serial = thing.serial.lower() if place % 35 == 4 else thing.serial
        if place == 45:
            serial = known[-1].serial
        attributes = {
            "Serial number": NO_SERIAL if place % 190 == 21 else serial,
            "Status": self._mostly(thing.status[1] if place % 29 else "Stored"),
            "User": self._mostly(thing.person),
            "Under warranty": self._mostly(thing.under_warranty),
        }
        for own in thing.category.own:
            if own.scope == "asset":
                attributes[own.english] = self._mostly(thing.own[own.french])
        self._hector.add_asset(
            self._hector_categories[thing.category.french],
            self._subcategory(thing),
            list(self._hector.stockrooms)[place % len(STOCKROOMS)],
            attributes=attributes,
            asset_tag=thing.tag,
            acquisition_date=self._mostly(thing.bought),
            note=self._mostly(thing.remark),
            status="retired" if place % 33 == 17 else "active",
        )

    def _subcategory(self, thing: Thing) -> int:
        """Find the model's subcategory; the first that needs it makes it."""
        key = (thing.model.maker, thing.model.name)
        if key not in self._subcategories:
            own = [own for own in thing.category.own if own.scope == "subcategory"]
            facts = {field.english: thing.model.facts[field.french] for field in own}
            facts = {name: float(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
            category_id = self._hector_categories[thing.category.french]
            price = float(thing.model.price)
            self._subcategories[key] = self._hector.add_subcategory(category_id, *key, attributes=facts, price=price)
        return self._subcategories[key]

    def _mostly(self, value: Any) -> Any:
        return value if self._random.random() < 0.95 else None


def _serial_in_c2(thing: Thing, known: list[Thing], place: int) -> str | None:
    if place in {50, 140}:  # copied from another CI, and the number not changed
        return next(other.serial for other in known if other is not thing)
    if place % 200 == 77:
        return None
    return NO_SERIAL if place % 180 == 33 else thing.serial


def _past_clock() -> Callable[[], datetime]:
    """Give a clock that goes on by two minutes each time it is asked: records of the past differ in their time stamps."""
    moment = _FIRST_MOMENT

    def now() -> datetime:
        nonlocal moment
        moment += timedelta(minutes=2)
        return moment

    return now
