"""What the two systems offer, read once a run and only as far as the rules need it, and the rules confirmed by it."""

from __future__ import annotations

from functools import cached_property

from syncsvc.adapters.base import C2, Hector
from syncsvc.domain.errors import Refusal
from syncsvc.domain.records import Category, Client, Cmdb, Field, HectorCategory, Stockroom, User
from syncsvc.domain.rules import CategoryPair, CategoryRules, Ref
from syncsvc.domain.values import Kind
from syncsvc.planning.find import find_cmdb, find_hector_category
from syncsvc.planning.resolve import resolve_category, tie_category


class Catalogue:
    """The two systems' CMDBs, categories, fields, stockrooms and clients; each list is read when first asked for."""

    def __init__(self, c2: C2, hector: Hector) -> None:
        self._c2, self._hector = c2, hector
        self._categories: dict[str, list[Category]] = {}
        self._fields: dict[int, list[Field]] = {}
        self._confirmed: dict[str, str] = {}
        """What the rules call the C2 categories that they were found to name, by id."""

    @cached_property
    def cmdbs(self) -> list[Cmdb]:
        """The CMDBs."""
        return self._c2.cmdbs()

    @cached_property
    def hector_categories(self) -> list[HectorCategory]:
        """Hector's categories."""
        return self._hector.categories()

    @cached_property
    def stockrooms(self) -> list[Stockroom]:
        """Hector's stockrooms."""
        return self._hector.stockrooms()

    @cached_property
    def users(self) -> list[User]:
        """Hector's users."""
        return self._hector.users()

    @cached_property
    def clients(self) -> list[Client]:
        """C2's clients."""
        return self._c2.clients()

    def categories(self, cmdb: Cmdb) -> list[Category]:
        """Give a CMDB's categories with their fields."""
        if cmdb.id not in self._categories:
            self._categories[cmdb.id] = self._c2.categories(cmdb.id)
        return self._categories[cmdb.id]

    def called(self, category_id: str | int) -> str:
        """Give what the rules or else its system call a category of either, or its id where it was not among what was read."""
        names: dict[str | int, str] = {category.id: category.name for category in self.hector_categories}
        names |= {category.id: category.name for found in self._categories.values() for category in found}
        names |= dict(self._confirmed.items())
        return f"“{names[category_id]}”" if category_id in names else str(category_id)

    def fields(self, category: HectorCategory) -> list[Field]:
        """Give a Hector category's fields."""
        if category.id not in self._fields:
            self._fields[category.id] = self._hector.fields(category.id)
        return self._fields[category.id]

    def resolve(self, rules: CategoryRules, default_stockroom: Ref | None) -> tuple[CategoryPair | None, tuple[Refusal, ...]]:
        """Confirm one category's rules; gives what is wrong with them when they do not fit. Raises :class:`RemoteError`."""
        categories, fields = self._offered(rules)
        offered = (self.cmdbs, categories, self.hector_categories, fields, self.stockrooms)
        pair, refused = resolve_category(rules, *offered, default_stockroom)
        if pair is not None:
            self._confirmed[pair.category.id] = pair.names[1]
        return pair, refused

    def tie(self, rules: CategoryRules) -> CategoryPair | None:
        """Give one category with all fields that its rules tie, whatever their directions. Raises :class:`RemoteError`."""
        categories, fields = self._offered(rules)
        return tie_category(rules, self.cmdbs, categories, self.hector_categories, fields)

    def _offered(self, rules: CategoryRules) -> tuple[list[Category], list[Field]]:
        """Give the categories of the CMDB and the fields of the Hector category that rules name, as far as they are there."""
        cmdb = find_cmdb(rules.cmdb, self.cmdbs)
        categories = self.categories(cmdb) if isinstance(cmdb, Cmdb) else []
        fields: list[Field] = []
        if rules.hector_category is not None:
            hector_category = find_hector_category(rules.hector_category, self.hector_categories)
            fields = self.fields(hector_category) if isinstance(hector_category, HectorCategory) else []
        return categories, fields


def needs_clients(pair: CategoryPair) -> bool:
    """Whether a category maps a field that holds a person."""
    return any(mapping.c2.kind is Kind.PERSON for mapping in pair.mappings)
