"""Two running sandbox systems, a real database, and the engine between them: what the engine's tests work with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import plan_world
from sqlalchemy import Engine, create_engine

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.rules import CategoryPair
from syncsvc.engine.load import Catalogue
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.engine.run import run
from syncsvc.engine.undo import undo
from syncsvc.rules_file import read_rules
from syncsvc.sandbox import C2World, HectorWorld, Sandbox
from syncsvc.state import queries
from syncsvc.state.store import Store

FIELDS = """
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Date d'achat, hector: asset.acquisition_date}
          - {c2: Prix, hector: asset.attributes.Price}
          - {c2: Statut, hector: asset.attributes.Status}
          - {c2: Utilisateur, hector: asset.attributes.User}
          - {c2: Sous garantie, hector: asset.attributes.Under warranty}
          - {c2: Remarques, hector: asset.note}
"""
"""A mapping of every kind."""


@dataclass
class LiveWorld:
    """One category on each side, both empty, with fields of every kind."""

    box: Sandbox
    database: Engine
    store: Store
    surroundings: Surroundings
    cmdb: str
    category: str
    hector_category: int
    stockroom: int
    list_id: str
    marie: str
    closing: ExitStack

    def reconnect(self) -> None:
        """Begin anew with clients that have met nothing yet, as a new process does."""
        c2, hector = clients(self.box, self.closing)
        self.surroundings = replace(self.surroundings, c2=c2, hector=hector)

    @property
    def c2(self) -> C2World:
        """C2, as people edit it."""
        return self.box.c2

    @property
    def hector(self) -> HectorWorld:
        """Hector, as people edit it."""
        return self.box.hector

    def sync(
        self,
        direction: str,
        *,
        dry_run: bool = False,
        fields: str = FIELDS,
        request: RunRequest | None = None,
        top: str = "",
        **category: str,
    ) -> RunReport:
        """Run the engine once; ``top`` and ``category`` are further lines of the rules."""
        rules = self.rules(direction, fields, category, top)
        return run(rules, request or RunRequest(dry_run=dry_run), self.surroundings)

    def undo(
        self, run_id: int, direction: str = "→", *, dry_run: bool = False, fields: str = FIELDS, top: str = "", **category: str
    ) -> RunReport:
        """Undo a run, or plan that, under rules like those of :meth:`sync`."""
        request = RunRequest("undo", dry_run=dry_run, undo=run_id)
        return undo(self.rules(direction, fields, category, top), request, self.surroundings)

    def rules(self, direction: str, fields: str = FIELDS, category: dict[str, str] | None = None, top: str = "") -> Any:
        """Read a rules file with the one category."""
        more = "".join(
            f"        {key}: {value}\n" for key, value in ({"match_on": "[Numéro de série]"} | (category or {})).items()
        )
        text = (
            f"{top}default_stockroom: Entrepôt\n"
            "cmdbs:\n"
            "  - cmdb: Inventaire\n"
            "    categories:\n"
            "      - category: Portables\n"
            "        hector_category: Laptops\n"
            f'        direction: "{direction}"\n{more}        fields:{fields}'
        )
        return read_rules(text.encode(), "sync.yaml")

    def pair(self) -> CategoryPair:
        """Give the two categories as rules without anything special tie them."""
        rules = self.rules("→")
        pair, _ = Catalogue(self.surroundings.c2, self.surroundings.hector).resolve(rules.categories[0], rules.default_stockroom)
        assert pair is not None
        return pair

    def add_ci(self, name: str = "Portable", **values: Any) -> str:
        """Add a CI as a person would."""
        return self.c2.add_ci(self.category, name, {NAMES.get(key, key): value for key, value in values.items()})

    def add_asset(self, subcategory: int, serial: str | None = None, **fields: Any) -> int:
        """Add an asset as a person would."""
        attributes = ({"Serial number": serial} if serial else {}) | fields.pop("attributes", {})
        return self.hector.add_asset(self.hector_category, subcategory, attributes=attributes, **fields)

    def writes(self) -> list[str]:
        """Give the writes since the last look, as ``system METHOD path``."""
        found = [f"{request.system} {request.method} {request.path.rsplit('/', 2)[-1]}" for request in self.box.writes()]
        self.box.clear()
        return found

    def errors(self) -> list[dict[str, Any]]:
        """Give the latest run's errors, as the command line lists them."""
        return queries.errors(self.database)


NAMES = {
    "maker": "Fabricant",
    "model": "Modèle",
    "serial": "Numéro de série",
    "bought": "Date d'achat",
    "price": "Prix",
    "status": "Statut",
    "user": "Utilisateur",
    "warranty": "Sous garantie",
    "notes": "Remarques",
}


@contextmanager
def live_world(database_url: str) -> Iterator[LiveWorld]:
    """Start both systems and join the engine with them and with the database."""
    c2, hector = C2World(), HectorWorld()
    cmdb = c2.add_cmdb("Inventaire", english="Inventory")
    category = c2.add_category(cmdb, "Portables", english="Laptops")
    statuses = c2.add_list("Statut", [("En service", "In service"), ("En prêt", "On loan")])
    kinds = {"bought": 3, "price": 1, "status": 4, "user": 6, "warranty": 8, "notes": 7}
    for short, name in NAMES.items():
        kind = kinds.get(short, 0)
        c2.add_field(category, name, kind=kind, list_id=statuses if kind == 4 else None, decimals=2 if kind == 1 else None)
    marie = c2.add_client("Marie", "Tremblay", "marie@erables.example")
    stockroom = hector.add_stockroom("Entrepôt")
    laptops = hector.add_category("Laptops")
    for name, kind, options in (
        ("Serial number", "text", ()),
        ("Price", "number", ()),
        ("Status", "list", ("In service", "On loan")),
        ("User", "text", ()),
        ("Under warranty", "boolean", ()),
    ):
        hector.add_attribute(laptops, name, type=kind, options=options)
    engine = create_engine(database_url)
    with ExitStack() as closing:
        closing.callback(engine.dispose)
        box = closing.enter_context(Sandbox(c2, hector))
        c2_client, hector_client = clients(box, closing)
        store = Store(engine)
        surroundings = Surroundings(
            c2_client,
            hector_client,
            store,
            lambda language, known: plan_world.conventions(language=language, clients=known),
            lambda: datetime.now(UTC),
            request_time_out=0,
        )
        yield LiveWorld(box, engine, store, surroundings, cmdb, category, laptops, stockroom, statuses, marie, closing)


def clients(box: Sandbox, closing: ExitStack) -> tuple[C2Client, HectorClient]:
    """Give clients of both systems that never wait long."""
    retry = RetryPolicy(attempts=3, max_wait=0.01)
    config = C2Config(box.c2_url, box.username, box.password, plan_world.MONTREAL, retry=retry, timeout=5, page_size=50)
    hector_config = HectorConfig(box.hector_url, box.token, retry=retry, timeout=5, page_size=50)
    c2 = closing.enter_context(C2Client(config, sleep=lambda _: None))
    hector = closing.enter_context(HectorClient(hector_config, sleep=lambda _: None))
    return c2, hector
