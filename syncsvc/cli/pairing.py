"""Finding the two records that somebody wants to join or part by hand, and the rules that tie their categories.

Nothing here writes, to the systems or to the state; what the commands say and store is in ``hand.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from syncsvc.adapters.base import C2, Hector
from syncsvc.domain.errors import UnfitRequestError, UnknownRecordError
from syncsvc.domain.records import Asset, ConfigurationItem, HectorCategory
from syncsvc.domain.rules import CategoryPair, Rules
from syncsvc.domain.values import fold
from syncsvc.engine.load import Catalogue
from syncsvc.planning.find import find_hector_category

MOST_DIGITS = 18
"""Digits of the longest id that every database can hold."""


class Records:
    """The records of both systems, read as far as a question needs it, and the categories that the rules tie."""

    def __init__(self, rules: Rules, c2: C2, hector: Hector) -> None:
        self._rules, self._c2, self._hector = rules, c2, hector
        self._catalogue = Catalogue(c2, hector)
        self._live = rules.live

    def ci(self, number: str) -> ConfigurationItem:
        """Give the CI with this number; raises :class:`UnknownRecordError`."""
        found = self._c2.ci_by_number(number)
        if found is None:
            raise UnknownRecordError(
                f"C2 has no CI {number}.", hint="Check the number (CINumber), and that the CI was not deleted."
            )
        return found

    def asset(self, tag_or_id: str, *, near: ConfigurationItem | None = None) -> Asset:
        """Give the asset with this tag, or else with this id; raises :class:`UnknownRecordError`.

        Where the rules put the assets of the CI ``near`` it is looked for first.
        """
        found = self.tagged(tag_or_id, near=near)
        asset_id = as_id(tag_or_id)
        if found is None and asset_id is not None:
            found = next(iter(self._hector.assets_by_id([asset_id], ())), None)
        if found is None:
            searched = ", ".join(f"“{category.name}”" for category in self._hector_categories(None)) or "no category at all"
            hint = f"A tag is looked for in the Hector categories of the rules ({searched}), an id everywhere."
            raise UnknownRecordError(f"Hector has no asset {tag_or_id}.", hint=hint)
        return found

    def tagged(self, tag: str, *, near: ConfigurationItem | None = None) -> Asset | None:
        """Give the asset with this tag out of the Hector categories of the rules; case and spaces count only between two."""
        wanted = fold(tag)
        alike: list[Asset] = []
        for category in self._hector_categories(near) if wanted else ():
            for asset in self._hector.assets(category.id, ()):
                if asset.asset_tag == tag.strip():
                    return asset
                if fold(asset.asset_tag) == wanted:
                    alike.append(asset)
        if len(alike) > 1:
            tags = ", ".join(f"{asset.asset_tag} (id {asset.id})" for asset in alike)
            raise UnfitRequestError(f"Several assets have a tag like {tag}: {tags}.", hint="Write the tag exactly, or the id.")
        return alike[0] if alike else None

    def tie(self, ci: ConfigurationItem, asset: Asset) -> CategoryPair:
        """Give the two categories that the records stand in, as the rules tie them; raises :class:`UnfitRequestError`."""
        for pair in self._pairs:
            if (pair.category.id, pair.hector_category.id) == (ci.category_id, asset.category_id):
                return pair
        names = {category.id: category.name for category in self._catalogue.hector_categories}
        there = names.get(asset.category_id, str(asset.category_id))
        tied = "; ".join(f"{pair.title} with {pair.hector_category.name}" for pair in self._pairs)
        hint = f"The rules tie {tied}." if tied else "The rules tie no categories."
        if len(self._pairs) < len(self._live):
            hint += " Some of them do not fit the two systems: see syncsvc rules check."
        message = f"CI {ci.number} stands in “{self._title(ci.category_id)}” and asset {asset.label} in Hector's “{there}”"
        raise UnfitRequestError(f"{message}: no rules tie these two categories.", hint=hint)

    @cached_property
    def _pairs(self) -> list[CategoryPair]:
        """The categories whose rules fit both systems."""
        resolved = (self._catalogue.resolve(category, self._rules.default_stockroom)[0] for category in self._live)
        return [pair for pair in resolved if pair is not None]

    def _hector_categories(self, near: ConfigurationItem | None) -> Iterator[HectorCategory]:
        """Give the Hector categories that the rules name, each once."""
        first = [pair.hector_category for pair in self._pairs if pair.category.id == near.category_id] if near else []
        refs = [category.hector_category for category in self._live if category.hector_category is not None]
        named = (find_hector_category(ref, self._catalogue.hector_categories) for ref in refs)
        found = [*first, *(category for category in named if isinstance(category, HectorCategory))]
        yield from {category.id: category for category in found}.values()

    def _title(self, category_id: str) -> str:
        for pair in self._pairs:
            if pair.category.id == category_id:
                return pair.title
        for cmdb in self._catalogue.cmdbs:
            for category in self._catalogue.categories(cmdb):
                if category.id == category_id:
                    return f"{cmdb.name} / {category.name}"
        return category_id


def as_id(text: str) -> int | None:
    """Read an asset's id; ``None`` where the text is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
