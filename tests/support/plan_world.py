"""Small worlds for the planner, written as people would tell them, and plans as lines that people can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import Action, Baseline, Change, FieldWrite, History, Link, OwnWrite, Plan, Settlement
from syncsvc.domain.records import (
    Asset,
    Category,
    Client,
    Cmdb,
    ConfigurationItem,
    Field,
    HectorCategory,
    Level,
    RecordKind,
    Side,
    Stockroom,
    Subcategory,
)
from syncsvc.domain.rules import CategoryPair, ConflictPolicy, Direction, FieldMapping, Guards, WhenInactive, WhenRetired
from syncsvc.domain.values import Kind, Option, Unreadable, Value, fold, plain
from syncsvc.planning.snapshot import Snapshot

CATEGORY = "cat"
HECTOR_CATEGORY = 1
MONTREAL = ZoneInfo("America/Toronto")
CLIENTS = (
    Client("p1", "Marie Tremblay", "marie@erables.example"),
    Client("p2", "Jean Roy", "jean@erables.example"),
    Client("p3", "Jean Roy", "jroy@erables.example"),
)


def conventions(**changes: Any) -> Conventions:
    """The tenant's ways of writing in these tests: Montréal, fr-CA."""
    return Conventions(**({"time_zone": MONTREAL, "group_marks": " \u00a0\u202f", "clients": Clients(CLIENTS)} | changes))


def value(kind: Kind, written: Any) -> Value:
    """Read a value as a scenario writes it."""
    if written is None:
        return None
    if isinstance(written, dict):  # told as ``{unreadable: what the system sent}``
        return Unreadable(written["unreadable"])
    match kind:
        case Kind.NUMBER:
            return Decimal(str(written))
        case Kind.YES_NO:
            return bool(written)
        case Kind.DATE:
            return date.fromisoformat(str(written))
        case Kind.DATE_TIME:
            return datetime.fromisoformat(str(written))
        case _:
            return str(written)


def mapping(spec: Mapping[str, Any], category_direction: Direction) -> FieldMapping:
    """Make a field mapping from a scenario's line."""
    written = spec.get("direction", category_direction)
    return FieldMapping(
        _c2_field(spec),
        _hector_field(spec),
        Direction(written),
        ConflictPolicy(spec.get("on_conflict", "hold")),
    )


def _c2_field(spec: Mapping[str, Any]) -> Field:
    name = spec["c2"]
    custom = name not in {"Name", "Tags"}
    return Field(
        name,
        name,
        Kind(spec.get("kind", "text")),
        Level.CI,
        required=spec.get("c2_required", False),
        max_length=spec.get("c2_max"),
        decimals=spec.get("c2_decimals"),
        options=_options(spec.get("c2_options", ())),
        definition_type=0 if custom else None,
    )


def _hector_field(spec: Mapping[str, Any]) -> Field:
    path = spec["hector"]
    return Field(
        path,
        path,
        Kind(spec.get("hector_kind", spec.get("kind", "text"))),
        Level(path.partition(".")[0]),
        required=spec.get("hector_required", False),
        max_length=spec.get("hector_max"),
        decimals=spec.get("hector_decimals"),
        options=_options(spec.get("hector_options", ())),
    )


def _options(labels: Iterable[Any]) -> tuple[Option, ...]:
    return tuple(
        Option(str(label), label, (label,)) if isinstance(label, str) else Option(label[0], label[0], tuple(label))
        for label in labels
    )


@dataclass
class PlanWorld:
    """One category as a scenario describes it."""

    direction: Direction
    fields: Sequence[Mapping[str, Any]]
    cis: Sequence[Mapping[str, Any]] = ()
    subcategories: Sequence[Mapping[str, Any]] = ()
    assets: Sequence[Mapping[str, Any]] = ()
    links: Sequence[Mapping[str, Any]] = ()
    match_on: Sequence[str] | None = ()
    create: Direction | None = None
    ignore: Sequence[str] = ()
    guards: Mapping[str, Any] = field(default_factory=dict)
    on_conflict: str = "hold"
    when_ci_inactive: str = "keep"
    when_asset_retired: str = "keep"
    round: int = 9
    own_writes: Sequence[Mapping[str, Any]] = ()
    taken_assets: Sequence[int] = ()
    """Assets with a link, here or under another C2 category."""

    def pair(self) -> CategoryPair:
        """The category's rules, resolved."""
        mappings = tuple(mapping({"on_conflict": self.on_conflict} | dict(spec), self.direction) for spec in self.fields)
        names = [m.c2.name for m in mappings]
        return CategoryPair(
            Cmdb("cmdb", "Inventaire"),
            Category(CATEGORY, "cmdb", "Portables", default_state_id="state"),
            HectorCategory(HECTOR_CATEGORY, "Laptops", "serialized"),
            self.direction,
            mappings,
            stockroom=Stockroom(1, "Main"),
            match_on=None if self.match_on is None else tuple(names.index(name) for name in self.match_on),
            create=self.create if self.create is not None else self.direction,
            when_ci_inactive=WhenInactive(self.when_ci_inactive),
            when_asset_retired=WhenRetired(self.when_asset_retired),
            guards=Guards(**self.guards),
            ignored=frozenset(fold(text) for text in self.ignore),
        )

    def snapshot(self) -> Snapshot:
        """Both sides and the state, for the planner."""
        pair = self.pair()
        cis = {str(row["n"]): self._ci(pair, row) for row in self.cis}
        subcategories = {row["n"]: self._subcategory(pair, row) for row in self.subcategories}
        assets = {row["n"]: self._asset(pair, row) for row in self.assets}
        links = [
            Link(
                at + 1,
                str(row["ci"]),
                row["asset"],
                str(row["ci"]),
                row.get("status", "active"),
                *row.get("were", [True] * 2),
                by_hand=row.get("by_hand", False),
                subcategory_id=row.get("home"),
            )
            for at, row in enumerate(self.links)
        ]
        baselines = {
            link.id: self._baselines(pair, row, cis.get(link.ci_id), assets.get(link.asset_id), subcategories)
            for link, row in zip(links, self.links, strict=True)
        }
        return Snapshot(
            pair,
            cis,
            assets,
            subcategories,
            links,
            baselines,
            taken_assets=frozenset(self.taken_assets),
            settlements=self._settlements(pair),
            histories={link.id: _histories(pair, row) for link, row in zip(links, self.links, strict=True)},
            round=self.round,
            own_writes={
                (RecordKind(row["record"]), str(row["n"])): OwnWrite(_moment(row["written"]), _moment(row.get("before")))
                for row in self.own_writes
            },
        )

    def _settlements(self, pair: CategoryPair) -> dict[tuple[str, str], Settlement]:
        """What people decided, told as ``settled: {Note: [hector, the C2 value seen, the Hector value seen]}``."""
        keys = {m.c2.name: m for m in pair.mappings}
        return {
            (str(row["ci"]), keys[name].key): Settlement(
                Side(use), value(keys[name].c2.kind, c2), value(keys[name].hector.kind, hector)
            )
            for row in self.links
            for name, (use, c2, hector) in row.get("settled", {}).items()
        }

    @staticmethod
    def _ci(pair: CategoryPair, row: Mapping[str, Any]) -> ConfigurationItem:
        values = tuple(value(m.c2.kind, row.get(m.c2.name, False if m.c2.kind is Kind.YES_NO else None)) for m in pair.mappings)
        name = str(row.get("Name", f"CI {row['n']}"))
        changed = _moment(row.get("changed"))
        return ConfigurationItem(str(row["n"]), str(row["n"]), name, CATEGORY, row.get("active", True), values, changed)

    @staticmethod
    def _subcategory(pair: CategoryPair, row: Mapping[str, Any]) -> Subcategory:
        values = tuple(value(f.kind, row.get(f.key.split(".")[-1])) for f in pair.subcategory_fields)
        return Subcategory(
            row["n"],
            row.get("category", HECTOR_CATEGORY),
            row.get("maker"),
            row.get("model"),
            row.get("description"),
            values,
            _moment(row.get("changed")),
        )

    @staticmethod
    def _asset(pair: CategoryPair, row: Mapping[str, Any]) -> Asset:
        values = tuple(value(f.kind, row.get(f.key.split(".")[-1])) for f in pair.asset_fields)
        title = str(row.get("title") or f"asset {row['n']}")
        changed = _moment(row.get("changed"))
        return Asset(row["n"], HECTOR_CATEGORY, row["of"], title, "", row.get("active", True), values, modified_at=changed)

    @staticmethod
    def _baselines(
        pair: CategoryPair,
        row: Mapping[str, Any],
        ci: ConfigurationItem | None,
        asset: Asset | None,
        subcategories: Mapping[int, Subcategory],
    ) -> dict[str, Baseline]:
        """Baselines as told by ``was``; a field not told of was last in order with the values it has now."""
        was, found, at = row.get("was", {}), {}, {Level.ASSET: 0, Level.SUBCATEGORY: 0}
        for place, m in enumerate(pair.mappings):
            owner: Any = asset if m.hector.level is Level.ASSET else asset and subcategories[asset.subcategory_id]
            h = owner.values[at[m.hector.level]] if owner else None
            at[m.hector.level] += 1
            if m.c2.name in was:
                told = was[m.c2.name]
                if told == "never":
                    continue
                left, right = told if isinstance(told, list) else (told, told)
                found[m.key] = Baseline(value(m.c2.kind, left), value(m.hector.kind, right))
            elif ci is not None:
                found[m.key] = Baseline(ci.values[place], h)
        return found


def _moment(told: Any) -> datetime | None:
    """Read a time of one day: all that a scenario needs."""
    return datetime.fromisoformat(f"2026-11-02T{told}:00+00:00") if told else None


def _histories(pair: CategoryPair, row: Mapping[str, Any]) -> dict[str, History]:
    """What runs wrote lately, told as ``wrote: {Note: [[round, side, value], …]}``, and ``given_up: {Note: [c2, hector]}``."""
    keys = {m.c2.name: m for m in pair.mappings}
    found = {}
    for name in {**row.get("wrote", {}), **row.get("given_up", {})}:
        m = keys[name]
        writes = tuple(
            FieldWrite(number, Side(side), value(m.field(Side(side)).kind, held))
            for number, side, held in row.get("wrote", {}).get(name, ())
        )
        left = row.get("given_up", {}).get(name)
        stopped = (value(m.c2.kind, left[0]), value(m.hector.kind, left[1])) if left else None
        found[m.key] = History(writes, stopped)
    return found


def lines(plan: Plan) -> list[str]:
    """Give a plan as lines that people can read, in its own order."""
    found = [_change(change) for change in plan.changes]
    found += [f"agreed CI {a.ci_id}: {a.mapping.partition('=')[0]}" for a in plan.agreements]
    found += [f"conflict CI {c.ci_number}: {c.field} {_text(c.c2)} | {_text(c.hector)}" for c in plan.conflicts]
    found += [f"seen CI {a.ci_id}: {a.ci_active}, {a.asset_active}" for a in plan.activity]
    found += [f"{p.kind.value} {'CI ' + p.ci_number if p.ci_number else p.asset or ''}: {p.field}" for p in plan.problems]
    return found


def _change(change: Change) -> str:
    whom = {
        RecordKind.CI: f"CI {change.ci_number}" if change.ci_number else f"CI for asset {change.asset_id}",
        RecordKind.ASSET: f"asset {change.asset_id}" if change.asset_id else f"asset for CI {change.ci_number}",
        RecordKind.SUBCATEGORY: f"subcategory {change.subcategory_id or change.title}",
    }[change.record]
    if change.action is Action.LINK:
        return f"link CI {change.ci_number} with asset {change.asset_id} by {change.fields[0].field}"
    through = ""
    if change.action in {Action.CREATE, Action.MOVE} and change.record is RecordKind.ASSET:
        through = f" in {change.subcategory_id or ' '.join(part for part in change.subcategory_key or () if part)}"
    named = f" “{change.title}”" if change.action is Action.CREATE and change.record is RecordKind.CI else ""
    written = ", ".join(
        f"{f.field} {_text(f.after)}"
        if change.action is Action.CREATE
        else f"{f.field} {_text(f.before)} → {_text(f.after)} ({f.why.value})"
        for f in change.fields
    )
    return f"{change.system.value} {change.action.value} {whom}{named}{through}: {written}"


def _text(held: Value) -> str:
    return "∅" if held is None else str(plain(held))
