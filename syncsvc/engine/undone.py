"""What became of an undo that was cut off: whether the records hold what it was about to put back, with nothing stored of it.

Where they do, that is taken into the baselines as if the undo had said so; where they do not, nothing was put back there.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import ACTIVITY, ActivityAgreement, Agreement, Baseline, Home, Link
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.domain.values import Value, any_same
from syncsvc.engine.columns import SUBCATEGORY_ID
from syncsvc.planning.activity import STATUS
from syncsvc.planning.snapshot import Layout
from syncsvc.state.undoing import Undoing


@dataclass(frozen=True, slots=True)
class Met:
    """A pair as it was just read, and its baselines, which are brought up to date."""

    link: Link
    ci: ConfigurationItem
    asset: Asset
    hector: Mapping[str, Value]
    """The asset's values by mapping, those of its subcategory included."""
    baselines: MutableMapping[str, Baseline]


class Undone:
    """A category's undoing, and what was found of it."""

    def __init__(self, undoing: Mapping[int, list[Undoing]], layout: Layout) -> None:
        self._undoing, self._layout = undoing, layout
        self.link_ids = frozenset(undoing)
        """The links that it is about."""
        self.met: set[int] = set()
        """The links of which it is known what came of it."""
        self.agreements: list[Agreement] = []
        self.homes: list[Home] = []
        self.activity: list[ActivityAgreement] = []

    def take_up(self, met: Met) -> Link:
        """See what a pair holds of what was about to be put back; gives its link as it stands by that."""
        link = met.link
        for one in self._undoing.get(link.id, ()):
            self.met.add(link.id)
            if one.mapping == ACTIVITY:
                link = self._with_activity(link, met, one)
            elif one.mapping == SUBCATEGORY_ID:
                if str(met.asset.subcategory_id) == one.value:
                    link = replace(link, subcategory_id=met.asset.subcategory_id)
                    self.homes.append(Home(link.ci_id, met.asset.subcategory_id))
            else:
                self._take_up_value(met, one)
        return link

    def _with_activity(self, link: Link, met: Met, one: Undoing) -> Link:
        ci, asset = link.ci_was_active, link.asset_was_active
        if one.side is Side.C2 and met.ci.is_active == one.value:
            ci = met.ci.is_active
        if one.side is Side.HECTOR and STATUS[met.asset.is_active] == one.value:
            asset = met.asset.is_active
        self.activity.append(ActivityAgreement(link.ci_id, ci, asset))
        return replace(link, ci_was_active=ci, asset_was_active=asset)

    def _take_up_value(self, met: Met, one: Undoing) -> None:
        place, baseline = self._layout.place.get(one.mapping), met.baselines.get(one.mapping)
        if place is None or baseline is None:
            return
        mapping = self._layout.mappings[place]
        now = met.ci.values[place] if one.side is Side.C2 else met.hector[one.mapping]
        if any_same(now, Conventions.stored(one.value, mapping.field(one.side))):
            stands = Baseline(now, baseline.hector) if one.side is Side.C2 else Baseline(baseline.c2, now)
            met.baselines[one.mapping] = stands
            self.agreements.append(Agreement(met.link.ci_id, one.mapping, stands))
