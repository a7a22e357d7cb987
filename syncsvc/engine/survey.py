"""What the two systems offer, read to suggest rules: categories, fields, and the records whose values tell what is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from syncsvc.adapters.base import C2, Hector
from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.records import Category, Cmdb, Field, HectorCategory, Level
from syncsvc.domain.rules import Ref
from syncsvc.domain.values import Kind
from syncsvc.engine.load import Catalogue
from syncsvc.planning.evidence import Evidence, Row, Table
from syncsvc.planning.find import find_cmdb
from syncsvc.planning.suggest import Offer, Suggestion, best_pairs, pair_by_name, suggest

_LEAST_ALIKE, _LEAST_PART = 3, 0.2
"""Records, and their share of the smaller category, by which two categories of different names are taken for the same."""


class Surveyor:
    """Reads both systems; nothing is written."""

    def __init__(
        self, c2: C2, hector: Hector, conventions: Callable[[Clients], Conventions], watch: Callable[[str], None]
    ) -> None:
        self._c2, self._hector = c2, hector
        self._catalogue = Catalogue(c2, hector)
        self._make_conventions, self._watch = conventions, watch
        self._conventions = conventions(Clients())
        self._c2_tables: dict[str, Table] = {}
        self._hector_tables: dict[int, Table] = {}

    def survey(self, names: Sequence[str]) -> Offer:
        """Look at the CMDBs of these names, or at all active ones; raises :class:`RulesError` for an unknown name."""
        cmdbs = self._chosen(names)
        categories = {cmdb.id: self._catalogue.categories(cmdb) for cmdb in cmdbs}
        own = [(cmdb, category) for cmdb in cmdbs for category in categories[cmdb.id] if category.is_active]
        if any(field.kind is Kind.PERSON for _, category in own for field in category.fields):
            self._conventions = self._make_conventions(Clients(self._catalogue.clients))
        serialized = [category for category in self._catalogue.hector_categories if category.is_serialized]
        pairs = self._pairs([category for _, category in own], serialized)
        cmdb_of = {category.id: cmdb for cmdb, category in own}
        in_pairs, across = {category.id for category, _ in pairs}, {category.id for _, category in pairs}
        return Offer(
            self._catalogue.cmdbs,
            {cmdb_id: list(found) for cmdb_id, found in categories.items()},
            self._catalogue.hector_categories,
            self._catalogue.stockrooms,
            [self._suggest(cmdb_of[category.id], category, other) for category, other in pairs],
            [(cmdb, category) for cmdb, category in own if category.id not in in_pairs],
            [category for category in serialized if category.id not in across],
        )

    def _chosen(self, names: Sequence[str]) -> list[Cmdb]:
        if not names:
            return [cmdb for cmdb in self._catalogue.cmdbs if cmdb.is_active]
        found = [find_cmdb(Ref(name=name), self._catalogue.cmdbs) for name in names]
        refusals = tuple(cmdb for cmdb in found if isinstance(cmdb, Refusal))
        if refusals:
            raise RulesError(refusals)
        return list({cmdb.id: cmdb for cmdb in found if isinstance(cmdb, Cmdb)}.values())

    def _pairs(self, own: Sequence[Category], others: Sequence[HectorCategory]) -> list[tuple[Category, HectorCategory]]:
        """Pair categories by name, and those that are left by the records that they have in common."""
        named = pair_by_name(own, others)
        left = [category for category in own if category.id not in {one.id for one, _ in named}]
        left_across = [category for category in others if category.id not in {other.id for _, other in named}]
        pairs = named + best_pairs(left, left_across, self._in_common, least=_LEAST_PART)
        order = {category.id: place for place, category in enumerate(own)}
        return sorted(pairs, key=lambda pair: order[pair[0].id])

    def _in_common(self, own: Category, other: HectorCategory) -> float:
        here, there = self._own(own), self._other(other)
        alike = here.in_common(there)
        return alike / min(len(here.rows), len(there.rows)) if alike >= _LEAST_ALIKE else 0.0

    def _suggest(self, cmdb: Cmdb, category: Category, other: HectorCategory) -> Suggestion:
        return suggest(cmdb, category, other, Evidence(self._own(category), self._other(other), self._conventions))

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _own(self, category: Category) -> Table:
        if category.id not in self._c2_tables:
            self._watch(f"Reading “{category.name}” in C2")
            rows = [ci.values for ci in self._c2.cis(category, category.fields)]
            self._c2_tables[category.id] = Table(category.fields, rows, self._conventions)
        return self._c2_tables[category.id]

    def _other(self, category: HectorCategory) -> Table:
        if category.id not in self._hector_tables:
            self._watch(f"Reading “{category.name}” in Hector")
            fields = self._fields(category)
            self._hector_tables[category.id] = Table(fields, self._assets(category, fields), self._conventions)
        return self._hector_tables[category.id]

    def _fields(self, category: HectorCategory) -> list[Field]:
        """Give a Hector category's fields, those of its subcategories first."""
        return sorted(self._catalogue.fields(category), key=lambda field: field.level is not Level.SUBCATEGORY)

    def _assets(self, category: HectorCategory, fields: Sequence[Field]) -> list[Row]:
        """Read assets with what they inherit from their subcategories."""
        shared = [field for field in fields if field.level is Level.SUBCATEGORY]
        subcategories = {one.id: one.values for one in self._hector.subcategories(category.id, shared)}
        nothing: Row = (None,) * len(shared)
        assets = self._hector.assets(category.id, fields[len(shared) :])
        return [subcategories.get(asset.subcategory_id, nothing) + asset.values for asset in assets]
