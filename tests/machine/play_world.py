"""The world in which the machine plays: two categories in both systems in memory, a database in memory, and real runs.

What people do is done to the doubles; what the service writes is noted by :class:`WatchedC2` and :class:`WatchedHector`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import plan_world
from sqlalchemy import Engine
from tied_fields import STATES, STATUSES, TIED, Tied
from watched import Faults, WatchedC2, WatchedHector, Written

from syncsvc.domain.plan import Link
from syncsvc.domain.records import Category
from syncsvc.domain.rules import CategoryRules, ConflictPolicy, Direction, FieldRules, Ref, Rules
from syncsvc.domain.values import Kind, Value
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.engine.run import run
from syncsvc.state import queries
from syncsvc.state.database import open_engine, upgrade
from syncsvc.state.store import Store

CATEGORIES = (("Portables", "Laptops"), ("Écrans", "Screens"))


# -- how things stand ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeenRecord:
    """A record as it stands: ``values`` by the short names of :data:`TIED`."""

    id: Any
    values: Mapping[str, Value]
    is_active: bool = True
    name: str = ""
    """The CI's number or the asset's tag, as errors name it."""
    subcategory: int = 0
    modified: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Picture:
    """One category on both sides, with its links; what was deleted or moved away is not in it."""

    cis: Mapping[str, SeenRecord]
    assets: Mapping[int, SeenRecord]
    subcategories: Mapping[int, SeenRecord]
    links: Sequence[Link] = ()
    taken: frozenset[object] = frozenset()
    """Records linked under the other category, and those of broken links: nobody makes or joins them again."""

    @property
    def pairs(self) -> dict[str, int]:
        """The links of which both records are there."""
        return {link.ci_id: link.asset_id for link in self.links if link.ci_id in self.cis and link.asset_id in self.assets}

    def hector(self, asset_id: int, tied: Tied) -> Value:
        """What an asset holds in a field, through its subcategory where the field is there."""
        asset = self.assets[asset_id]
        return self.subcategories[asset.subcategory].values[tied.short] if tied.on_subcategory else asset.values[tied.short]


@dataclass
class Place:
    """One category of both systems, with its rules."""

    name: str
    category: Category
    hector_category: int
    c2_keys: dict[str, str]
    hector_keys: dict[str, str]
    rules: CategoryRules = field(default=None)  # type: ignore[assignment]  # drawn right after the place is made

    def direction(self, tied: Tied) -> str:
        """Which way a field goes: in a one-way category its own way or none."""
        return next(str(one.direction) for one in self.rules.fields if one.hector == tied.path)

    def policy(self, tied: Tied) -> str:
        return next(str(one.on_conflict) for one in self.rules.fields if one.hector == tied.path)

    def matched(self) -> list[str]:
        return [str(ref) for ref in self.rules.match_on or ()]


class PlayWorld:
    """Both systems, the database and the engine."""

    def __init__(self) -> None:
        self.minutes = 0
        self.c2, self.hector = WatchedC2(self.now), WatchedHector(self.now)
        self.noted: list[Written] = []
        self.c2.noted = self.hector.noted = self.noted
        self.faults = Faults()
        self.c2.before = self.hector.before = self.faults.before
        self.c2.after = self.hector.after = self.faults.after_it
        self.hector.add_stockroom("Entrepôt")
        self.cmdb = self.c2.add_cmdb("Inventaire")
        self.places = [self._place(*names) for names in CATEGORIES]
        self.database = fresh_database()
        self.around = Surroundings(
            self.c2,
            self.hector,
            Store(self.database),
            lambda language, known: plan_world.conventions(language=language, clients=known),
            self.now,
            threads=1,
            request_time_out=0,
        )

    def now(self) -> datetime:
        """A clock of our own: nothing here may depend on how quick the machine is."""
        self.minutes += 1
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=self.minutes)

    def _place(self, name: str, across: str) -> Place:
        options = [self.c2.option(fr, en) for fr, en in STATES]
        own = [t for t in TIED if t.c2_name != "Name"]
        fields = [
            self.c2.field(t.c2_name, Kind(t.c2_kind), options=options if t.c2_kind == "choice" else (), **t.c2_limits)
            for t in own
        ]
        category = self.c2.add_category(self.cmdb, name, fields=fields)
        hector = self.hector.add_category(across).id
        for t in TIED:
            if ".attributes." in t.path:
                options_there = STATUSES if t.hector_kind == "list" else ()
                self.hector.add_attribute(
                    hector, t.path.rpartition(".")[2], "asset", t.hector_kind, options_there, **t.hector_limits
                )
            elif t.hector_limits:
                self.hector.limit(hector, t.path, **t.hector_limits)
        c2_keys = {t.short: next(f.key for f in category.fields if f.name == t.c2_name) for t in TIED}
        hector_keys = {t.short: next(f.key for f in self.hector.fields(hector) if f.name == t.path) for t in TIED}
        return Place(name, category, hector, c2_keys, hector_keys)

    def decide(
        self, place: Place, direction: str, fields: Mapping[str, str], policies: Mapping[str, str], match_on: Sequence[str]
    ) -> None:
        """Write the rules of one category."""
        place.rules = CategoryRules(
            Ref("Inventaire"),
            Ref(place.name),
            Ref(self.hector_name(place)),
            Direction(direction),
            tuple(
                FieldRules(
                    Ref(t.c2_name),
                    t.path,
                    _own_way(Direction(direction), fields.get(t.short)),
                    ConflictPolicy(policies.get(t.short, "hold")),
                )
                for t in TIED
            ),
            match_on=tuple(Ref(name) for name in match_on),
        )

    def hector_name(self, place: Place) -> str:
        return dict(CATEGORIES)[place.name]

    def run(self, only: Place | None = None) -> RunReport:
        """Run the service once, for all categories or one."""
        rules = Rules(tuple(place.rules for place in self.places), Ref("Entrepôt"))
        return run(rules, RunRequest(category=only.name if only else None), self.around)

    def errors(self) -> list[dict[str, Any]]:
        """The latest run's errors, as the command line lists them."""
        return queries.errors(self.database)

    def conflicts(self) -> list[dict[str, Any]]:
        return queries.conflicts(self.database)

    def picture(self, place: Place) -> Picture:
        """Look at one category."""
        links = self.around.store.links_of(place.category.id)
        elsewhere = self.around.store.linked_elsewhere(place.category.id, place.hector_category)
        return Picture(
            {
                ci.id: SeenRecord(
                    ci.id,
                    {short: ci.values.get(key, False if short == "box" else None) for short, key in place.c2_keys.items()},
                    ci.is_active,
                    ci.number,
                    modified=ci.modified_at,
                )
                for ci in self.c2._cis.values()
                if ci.category_id == place.category.id and not ci.is_deleted
            },
            {
                asset.id: SeenRecord(
                    asset.id,
                    {short: asset.values.get(key) for short, key in place.hector_keys.items()},
                    asset.is_active,
                    str(asset.values["asset.asset_tag"]),
                    asset.subcategory_id,
                    asset.modified_at,
                )
                for asset in self.hector._assets.values()
                if asset.category_id == place.hector_category
            },
            {
                one.id: SeenRecord(
                    one.id, {short: one.values.get(key) for short, key in place.hector_keys.items()}, modified=one.modified_at
                )
                for one in self.hector._subcategories.values()
                if one.category_id == place.hector_category
            },
            links,
            elsewhere[0] | elsewhere[1] | {link.ci_id for link in links} | {link.asset_id for link in links},
        )

    def close(self) -> None:
        self.database.dispose()


def _own_way(category: Direction, wished: str | None) -> Direction:
    """A field of a one-way category goes its way or nowhere."""
    if wished == "none":
        return Direction.NONE
    return category if category is not Direction.BOTH or wished is None else Direction(wished)


@cache
def _template() -> Engine:
    """A database in memory with the schema, to be copied: upgrading takes longer than a run."""
    engine = open_engine("sqlite://")
    upgrade(engine)
    return engine


def fresh_database() -> Engine:
    """Give a database with the schema and no rows."""
    engine = open_engine("sqlite://")
    with _template().connect() as template, engine.connect() as own:
        origin, copy = template.connection.driver_connection, own.connection.driver_connection
        assert isinstance(origin, sqlite3.Connection)
        assert isinstance(copy, sqlite3.Connection)
        template.rollback()
        own.rollback()
        origin.backup(copy)
    return engine
