"""One small tenant of each system, built twice: behind the real client and the sandbox's HTTP, and in memory.

The contract tests speak to the clients; these places only let them do what people in the two systems do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from memory_doubles import MemoryC2, MemoryHector

from syncsvc.adapters.base import C2, Hector
from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.domain.records import Category, Field, Level
from syncsvc.domain.values import Kind, Value
from syncsvc.sandbox import C2World, HectorWorld, Sandbox

MONTREAL = ZoneInfo("America/Toronto")
SMALL_PAGE = 7
STATES = (("En service", "In service"), ("En prêt", "On loan"))
LOCATIONS = ("In service", "On loan")


@dataclass
class C2Place:
    """A C2 tenant with printers (every kind of field) and screens (a field of their own)."""

    c2: C2
    world: C2World | MemoryC2
    printers: Category
    screens: Category
    marie: str
    paul: str

    def field(self, name: str) -> Field:
        return next(field for field in self.printers.fields if field.name == name)

    def fields(self, *names: str) -> list[Field]:
        return [self.field(name) for name in names]

    def add(self, name: str, values: Mapping[str, Value] | None = None, *, active: bool = True) -> str:
        return self.add_in(self.printers, name, values, active=active)

    def add_in(self, category: Category, name: str, values: Mapping[str, Value] | None = None, *, active: bool = True) -> str:
        required = {"Numéro de série": "?"} if category is self.printers else {}
        if isinstance(self.world, MemoryC2):
            return self.world.add_ci(category, name, {**required, **(values or {})}, is_active=active)
        return self.world.add_ci(category.id, name, {**required, **(values or {})}, active=active)

    def edit(self, ci_id: str, changes: Mapping[str, Value]) -> None:
        self.world.edit_ci(ci_id, changes)

    def move(self, ci_id: str, category: Category) -> None:
        self.world.move_ci(ci_id, category if isinstance(self.world, MemoryC2) else category.id)  # type: ignore[arg-type]  # each its own

    def delete(self, ci_id: str) -> None:
        self.world.delete_ci(ci_id)


@contextmanager
def c2_over_http() -> Iterator[C2Place]:
    world = C2World()
    cmdb = world.add_cmdb("Inventaire", english="Inventory")
    printers = world.add_category(cmdb, "Imprimantes", english="Printers")
    screens = world.add_category(cmdb, "Écrans", english="Screens")
    states = world.add_list("Statut", STATES)
    world.add_field(printers, "Fabricant", english="Maker", max_length=10)
    world.add_field(printers, "Numéro de série", english="Serial number", required=True)
    world.add_field(printers, "Prix", kind=1, decimals=2)
    world.add_field(printers, "Achat", kind=3)
    world.add_field(printers, "Statut", kind=4, list_id=states)
    world.add_field(printers, "Utilisateur", kind=6)
    world.add_field(printers, "Couleur", kind=8)
    world.add_field(printers, "Remarques", kind=7)
    world.add_field(printers, "Figé", read_only=True)
    world.add_field(screens, "Taille", kind=1)
    marie = world.add_client("Marie", "Tremblay", "marie@example.org")
    paul = world.add_client("Paul", "Roy", "paul@example.org", active=False)
    with Sandbox(c2=world) as box:
        config = C2Config(box.c2_url, box.username, box.password, time_zone=MONTREAL, page_size=SMALL_PAGE)
        with C2Client(config) as client:
            found = {category.id: category for category in client.categories(cmdb)}
            yield C2Place(client, world, found[printers], found[screens], marie, paul)


@contextmanager
def c2_in_memory() -> Iterator[C2Place]:
    world = MemoryC2()
    cmdb = world.add_cmdb("Inventaire", "Inventory")
    fields = (
        world.field("Fabricant", names=("Maker",), max_length=10),
        world.field("Numéro de série", names=("Serial number",), required=True),
        world.field("Prix", Kind.NUMBER, decimals=2),
        world.field("Achat", Kind.DATE_TIME),
        world.field("Statut", Kind.CHOICE, options=[world.option(*labels) for labels in STATES]),
        world.field("Utilisateur", Kind.PERSON),
        world.field("Couleur", Kind.YES_NO),
        world.field("Remarques"),
        world.field("Figé", read_only=True),
    )
    printers = world.add_category(cmdb, "Imprimantes", "Printers", fields=fields)
    screens = world.add_category(cmdb, "Écrans", "Screens", fields=[world.field("Taille", Kind.NUMBER)])
    marie = world.add_client("Marie Tremblay", "marie@example.org")
    paul = world.add_client("Paul Roy", "paul@example.org", is_active=False)
    yield C2Place(world, world, printers, screens, marie.id, paul.id)


@dataclass
class HectorPlace:
    """A Hector tenant with printers (every kind of attribute) and screens."""

    hector: Hector
    world: HectorWorld | MemoryHector
    printers: int
    screens: int
    stockroom: int
    all_fields: list[Field]

    def fields(self, *names: str) -> list[Field]:
        return [next(field for field in self.all_fields if field.name == name) for name in names]

    def add_subcategory(self, values: Mapping[str, Value] | None = None, category: int | None = None) -> int:
        where = self.printers if category is None else category
        if isinstance(self.world, MemoryHector):
            return self.world.add_subcategory(where, values)
        own, attributes = _split(values or {})
        return self.world.add_subcategory(where, attributes=attributes, **own)

    def add_asset(self, subcategory: int, values: Mapping[str, Value] | None = None, category: int | None = None) -> int:
        where = self.printers if category is None else category
        if isinstance(self.world, MemoryHector):
            return self.world.add_asset(where, subcategory, values)
        own, attributes = _split(values or {})
        return self.world.add_asset(where, subcategory, attributes=attributes, **own)

    def edit_asset(self, asset_id: int, values: Mapping[str, Value]) -> None:
        if isinstance(self.world, MemoryHector):
            self.world.edit_asset(asset_id, values)
        else:
            own, attributes = _split(values)
            self.world.edit_asset(asset_id, attributes=attributes, **own)

    def delete_asset(self, asset_id: int) -> None:
        self.world.delete_asset(asset_id)

    def asset_fields(self) -> list[Field]:
        return [field for field in self.all_fields if field.level is Level.ASSET]


def _split(values: Mapping[str, Value]) -> tuple[dict[str, object], dict[str, object]]:
    """Part a record's own members from its attributes, as the sandbox takes them."""
    plain = {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}
    own = {name: value for name, value in plain.items() if not name.startswith("attributes.")}
    dates = {name: value.isoformat() if isinstance(value, date) else value for name, value in own.items()}
    return dates, {name.partition(".")[2]: value for name, value in plain.items() if name not in own}


ATTRIBUTES = (
    ("Serial number", "asset", "text", ()),
    ("Status", "asset", "list", LOCATIONS),
    ("Pages", "asset", "number", ()),
    ("Checked", "asset", "date", ()),
    ("Colour", "subcategory", "boolean", ()),
)


@contextmanager
def hector_over_http() -> Iterator[HectorPlace]:
    world = HectorWorld()
    stockroom = world.add_stockroom("Main warehouse")
    world.add_user("Ines", "ines@example.org")
    printers, screens = world.add_category("Printers"), world.add_category("Screens")
    world.add_category("Toner", "lot")
    for name, scope, kind, options in ATTRIBUTES:
        world.add_attribute(printers, name, scope, kind, options=options)
    with Sandbox(hector=world) as box, HectorClient(HectorConfig(box.hector_url, box.token, page_size=SMALL_PAGE)) as client:
        yield HectorPlace(client, world, printers, screens, stockroom, client.fields(printers))


@contextmanager
def hector_in_memory() -> Iterator[HectorPlace]:
    world = MemoryHector()
    stockroom = world.add_stockroom("Main warehouse")
    world.add_user("Ines", "ines@example.org")
    printers, screens = world.add_category("Printers").id, world.add_category("Screens").id
    world.add_category("Toner", "lot")
    for name, scope, kind, options in ATTRIBUTES:
        world.add_attribute(printers, name, scope, kind, options)
    yield HectorPlace(world, world, printers, screens, stockroom.id, world.fields(printers))
