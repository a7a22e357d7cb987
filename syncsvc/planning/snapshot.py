"""What a run knows of one category, as the planner gets it: both sides as read, and where each mapping's value stands in them.

To give it is the reader's work. Nothing is decided or gathered here; the plan in the making is ``draft.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from operator import itemgetter

from syncsvc.domain.plan import Baseline, History, Link, OwnWrite, Settlement
from syncsvc.domain.records import Asset, ConfigurationItem, Level, RecordKind, Subcategory
from syncsvc.domain.rules import CategoryPair
from syncsvc.domain.values import Value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Both sides of a category as read, and what the state knows of them."""

    pair: CategoryPair
    cis: Mapping[str, ConfigurationItem]
    assets: Mapping[int, Asset]
    subcategories: Mapping[int, Subcategory]
    links: Sequence[Link] = ()
    baselines: Mapping[int, Mapping[str, Baseline]] = field(default_factory=dict)
    """By link id and :attr:`FieldMapping.key`."""
    taken_cis: frozenset[str] = frozenset()
    """CIs among these that are spoken for though they may have no link here: linked elsewhere, or with an open intention."""
    taken_assets: frozenset[int] = frozenset()
    parted: frozenset[tuple[str, int]] = frozenset()
    quiet: AbstractSet[str] = frozenset()
    """CIs of linked pairs that are as they were when last in order; their records are not here."""
    moved: AbstractSet[str] = frozenset()
    """CIs of linked pairs of which a record was found in another category: it is not missing."""
    unfinished: bool = False
    """Whether creations of an earlier run are still to be settled."""
    unfinished_cis: frozenset[str] = frozenset()
    """CIs for which a creation is to be settled under another category: nothing is made for them here."""
    unfinished_assets: frozenset[int] = frozenset()
    expected: Mapping[str, int] = field(default_factory=dict)
    """CIs for which a creation is to be settled here, and the subcategories that their assets come to if it was carried out."""
    settlements: Mapping[tuple[str, str], Settlement] = field(default_factory=dict)
    """What people decided about conflicts, by CI id and :attr:`FieldMapping.key`."""
    histories: Mapping[int, Mapping[str, History]] = field(default_factory=dict)
    """What the latest runs wrote, by link id and :attr:`FieldMapping.key`."""
    round: int = 0
    """The round that this plan is for."""
    own_writes: Mapping[tuple[RecordKind, str], OwnWrite] = field(default_factory=dict)
    """The change times that our own writes left, by record; needed where a conflict goes to the newest."""


class Layout:
    """Where a mapping's Hector value stands: in the asset's own values, or in its subcategory's."""

    def __init__(self, pair: CategoryPair) -> None:
        self.mappings = pair.mappings
        self.keys = tuple(mapping.key for mapping in pair.mappings)
        places: dict[Level, int] = {Level.ASSET: 0, Level.SUBCATEGORY: 0}
        self._where: list[tuple[bool, int]] = []
        for mapping in pair.mappings:
            level = mapping.hector.level
            self._where.append((level is Level.SUBCATEGORY, places[level]))
            places[level] += 1
        self._nothing = (None,) * places[Level.SUBCATEGORY]
        own = places[Level.ASSET]
        self._order = _picker([own + at if through_subcategory else at for through_subcategory, at in self._where])
        self.place = {mapping.key: place for place, mapping in enumerate(pair.mappings)}

    def hector_values(self, asset: Asset, subcategory: Subcategory | None) -> tuple[Value, ...]:
        """Give an asset's values in the order of the mappings, those of its subcategory included."""
        return self._order((*asset.values, *(subcategory.values if subcategory else self._nothing)))

    def subcategory_value(self, subcategory: Subcategory, place: int) -> Value:
        """Give the value of a subcategory that a mapping reads."""
        return subcategory.values[self._where[place][1]]


def _picker(places: Sequence[int]) -> Callable[[tuple[Value, ...]], tuple[Value, ...]]:
    """Give a function that puts values in order: this is done for every pair of every night."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)
