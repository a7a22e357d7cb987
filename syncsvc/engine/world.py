"""One category during a run: what was read, what the state holds, and how both change as the run writes.

The planner gets immutable :class:`Snapshot` views of it. Every change goes to the store and to memory together, so that the
second look at pairs just made needs no further reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from syncsvc.domain.plan import Agreement, Baseline, Intention, Link
from syncsvc.domain.records import Asset, ConfigurationItem, Side, Subcategory
from syncsvc.domain.rules import CategoryPair
from syncsvc.domain.values import Value
from syncsvc.planning.draft import Layout, Snapshot
from syncsvc.state.store import NewLink, Store


class World:
    """A category's records, links and baselines, kept in step with the store."""

    def __init__(self, run_id: int, pair: CategoryPair, store: Store, now: Callable[[], datetime]) -> None:
        self.run_id, self.pair, self._store, self._now = run_id, pair, store, now
        self.layout = Layout(pair)
        self.cis: dict[str, ConfigurationItem] = {}
        self.assets: dict[int, Asset] = {}
        self.subcategories: dict[int, Subcategory] = {}
        self.links: dict[str, Link] = {link.ci_id: link for link in store.links_of(pair.category.id)}
        self.baselines: dict[int, dict[str, Baseline]] = store.baselines_of(pair.category.id)
        elsewhere_c2, elsewhere_hector = store.linked_elsewhere(pair.category.id, pair.hector_category.id)
        self.elsewhere: tuple[frozenset[str], frozenset[int]] = (elsewhere_c2, elsewhere_hector)
        self.intentions: list[Intention] = store.intentions_of(pair.category.id)

    def snapshot(self) -> Snapshot:
        """Give the planner its view of how things stand."""
        intended_c2 = {i.source_id for i in self.intentions if i.side is Side.HECTOR}
        intended_hector = {int(i.source_id) for i in self.intentions if i.side is Side.C2}
        return Snapshot(
            self.pair,
            self.cis,
            self.assets,
            self.subcategories,
            [link for link in self.links.values() if link.status == "active"],
            self.baselines,
            self.elsewhere[0] | intended_c2 | {link.ci_id for link in self.links.values()},
            self.elsewhere[1] | intended_hector | {link.asset_id for link in self.links.values()},
            unfinished=bool(self.intentions),
        )

    def unlinked_ids(self, side: Side) -> frozenset[str]:
        """Give the ids of one side's records that have no link, as the run has seen them."""
        if side is Side.C2:
            return frozenset(self.cis) - self.links.keys()
        linked = {link.asset_id for link in self.links.values()}
        return frozenset(str(asset_id) for asset_id in self.assets if asset_id not in linked)

    # -- facts, each stored as it happens --------------------------------------------------------------------------------

    def join(self, links: Sequence[NewLink]) -> None:
        """Store new links with their baselines, and the end of the intentions they fulfil, in one transaction."""
        ids = self._store.add_links(self.run_id, self.pair, links, self._now())
        for link_id, new in zip(ids, links, strict=True):
            self.links[new.ci_id] = Link(
                link_id, new.ci_id, new.asset_id, new.ci_number, "active", new.ci_active, new.asset_active, new.by_hand
            )
            self.baselines[link_id] = dict(new.baselines)
        fulfilled = {new.intention_id for new in links} - {None}
        self.intentions = [intention for intention in self.intentions if intention.id not in fulfilled]

    def advance(self, agreements: Iterable[Agreement]) -> None:
        """Store what baselines have become."""
        rows = [(self.links[a.ci_id].id, a.mapping, a.baseline) for a in agreements if a.ci_id in self.links]
        if rows:
            self._store.advance(rows, self._now())
            for link_id, mapping, baseline in rows:
                self.baselines.setdefault(link_id, {})[mapping] = baseline

    def intend(self, intentions: Sequence[Intention]) -> list[int]:
        """Store intentions before anything is created; gives their ids."""
        return self._store.add_intentions(self.run_id, intentions)

    def drop_intention(self, intention_id: int) -> None:
        """Forget an intention of which it is certain that it came to nothing."""
        self._store.drop_intention(intention_id)
        self.intentions = [intention for intention in self.intentions if intention.id != intention_id]

    def set_status(self, ci_id: str, status: str) -> None:
        """Mark a link orphaned, or whole again."""
        link = self.links[ci_id]
        self._store.set_link_state([link.id], status=status)
        self.links[ci_id] = Link(
            link.id, link.ci_id, link.asset_id, link.ci_number, status, link.ci_was_active, link.asset_was_active, link.by_hand
        )

    def note_seen(self) -> None:
        """Store of every link that was seen when, and whether its records are in use."""
        seen = [
            (link, self.cis[link.ci_id].is_active, self.assets[link.asset_id].is_active)
            for link in self.links.values()
            if link.ci_id in self.cis and link.asset_id in self.assets
        ]
        self._store.touch([link.id for link, _, _ in seen], self._now())
        for ci_active in (True, False):
            for asset_active in (True, False):
                changed = [
                    link.id
                    for link, ci, asset in seen
                    if (ci, asset) == (ci_active, asset_active) != (link.ci_was_active, link.asset_was_active)
                ]
                if changed:
                    self._store.set_link_state(changed, ci_was_active=ci_active, asset_was_active=asset_active)

    # -- views -----------------------------------------------------------------------------------------------------------

    def hector_values(self, asset: Asset) -> dict[str, Value]:
        """Give an asset's values by mapping key, those of its subcategory included."""
        values = self.layout.hector_values(asset, self.subcategories.get(asset.subcategory_id))
        return dict(zip(self.layout.keys, values, strict=True))

    def siblings(self, subcategory_id: int) -> list[str]:
        """Give the ids of the CIs whose assets share a subcategory."""
        return [
            link.ci_id
            for link in self.links.values()
            if link.asset_id in self.assets and self.assets[link.asset_id].subcategory_id == subcategory_id
        ]
