"""One category during a run: what was read, what the state holds, and how both change as the run writes.

The planner gets immutable :class:`Snapshot` views of it. Every change goes to the store and to memory together, so that the
second look at pairs just made needs no further reading.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncsvc.domain.plan import (
    ActivityAgreement,
    Agreement,
    Baseline,
    History,
    Home,
    Intention,
    Link,
    OwnWrite,
)
from syncsvc.domain.records import Asset, ConfigurationItem, RecordKind, Side, Subcategory
from syncsvc.domain.rules import CategoryPair, ConflictPolicy
from syncsvc.domain.values import Value
from syncsvc.engine.histories import Histories
from syncsvc.engine.undone import Met, Undone
from syncsvc.engine.unfinished import Unfinished
from syncsvc.planning.snapshot import Layout, Snapshot
from syncsvc.state.baselines import FEW
from syncsvc.state.rounds import Stamp
from syncsvc.state.store import NewLink, Store


@dataclass(frozen=True, slots=True)
class Fact:
    """What came of one write, or of finding fields in order without one: baselines, and what later runs must know of it."""

    agreements: Sequence[Agreement] = ()
    side: Side | None = None
    """The side that was written; ``None``: neither."""
    wrote: Mapping[str, Value] = field(default_factory=dict)
    """What was written, by mapping."""
    stamp: Stamp | None = None
    homes: Sequence[Home] = ()


class World:
    """A category's records, links and baselines, kept in step with the store."""

    def __init__(self, run_id: int, pair: CategoryPair, store: Store, now: Callable[[], datetime]) -> None:
        self.run_id, self.pair, self._store, self._now = run_id, pair, store, now
        self.layout = Layout(pair)
        self.cis: dict[str, ConfigurationItem] = {}
        self.assets: dict[int, Asset] = {}
        self.subcategories: dict[int, Subcategory] = {}
        self.links: dict[str, Link] = {link.ci_id: link for link in store.links_of(pair.category.id)}
        self.baselines: dict[int, dict[str, Baseline]] = {}
        """Of the pairs that are looked at: see :meth:`load_baselines`."""
        self._loaded: set[int] = set()
        self.quiet: set[str] = set()
        """CIs of the pairs that need not be looked at: see ``quiet.py``."""
        self.moved: set[str] = set()
        """CIs of the pairs of which a record was found in another category."""
        self.read: dict[Side, int] = {Side.C2: 0, Side.HECTOR: 0}
        """Records that the lists showed."""
        self.before = store.round_of(pair.category.id)
        """How things stood after the last run."""
        self.histories = Histories(store, pair.category.id, self.before.number + 1)
        self._settlements = store.settlements_of(pair.category.id)
        self.parted = store.parted()
        self._own_writes: Mapping[tuple[RecordKind, str], OwnWrite] | None = None
        """As they are stored; ``None``: to be read, because nobody has asked yet or this run has written since."""
        elsewhere_c2, elsewhere_hector = store.linked_elsewhere(pair.category.id, pair.hector_category.id)
        self.elsewhere: tuple[frozenset[str], frozenset[int]] = (elsewhere_c2, elsewhere_hector)
        self.unfinished = Unfinished(run_id, store, pair.category.id)
        self.undone = Undone(store.undoing_of(pair.category.id), self.layout)
        """What an undo was about to put back when it was last heard of."""
        self.open_undoing = set(self.undone.link_ids)
        """The links of which something is stored that is about to be put back, by an earlier undo or by this run."""

    def snapshot(self) -> Snapshot:
        """Give the planner its view of how things stand."""
        unfinished = self.unfinished
        intended_c2 = {i.source_id for i in unfinished.intentions if i.side is Side.HECTOR}
        intended_hector = {int(i.source_id) for i in unfinished.intentions if i.side is Side.C2}
        taken_c2 = (self.elsewhere[0], intended_c2, self.links, unfinished.reserved)
        taken_hector = (self.elsewhere[1], intended_hector, unfinished.reserved)
        linked = {link.asset_id for link in self.links.values() if link.asset_id in self.assets}
        if self._own_writes is None:
            self._own_writes = self._load_own_writes()
        return Snapshot(
            self.pair,
            self.cis,
            self.assets,
            self.subcategories,
            [link for link in self.links.values() if link.status == "active"],
            self.baselines,
            frozenset(ci_id for ci_id in self.cis if any(ci_id in some for some in taken_c2)),
            frozenset(asset_id for asset_id in self.assets if asset_id in linked or any(asset_id in it for it in taken_hector)),
            self.parted,
            self.quiet,
            self.moved,
            unfinished=bool(unfinished.intentions),
            unfinished_cis=unfinished.sources_elsewhere[0],
            unfinished_assets=unfinished.sources_elsewhere[1],
            expected=unfinished.expected(self.links),
            settlements=self._settlements,
            histories=self.histories.known,
            round=self.histories.round,
            own_writes=self._own_writes,
        )

    def _load_own_writes(self) -> dict[tuple[RecordKind, str], OwnWrite]:
        """Load the change times of our own writes where a conflict goes to the newest; nobody else asks for them."""
        if all(mapping.on_conflict is not ConflictPolicy.NEWEST for mapping in self.pair.mappings):
            return {}
        return {(kind, record): own for kind in RecordKind for record, own in self._store.own_writes_of(kind).items()}

    @property
    def settled_cis(self) -> frozenset[str]:
        """CIs that are looked at whether or not they changed: with a conflict that somebody has settled, or an undo cut off."""
        undone = frozenset(link.ci_id for link in self.links.values() if link.id in self.undone.link_ids)
        return undone.union(ci_id for ci_id, _ in self._settlements)

    @property
    def waiting_settlements(self) -> set[tuple[str, str]]:
        """Settlements of pairs of which a record is away: by CI id and mapping. They wait until it is back."""
        return {(ci, key) for ci, key in self._settlements if ci not in self.links or not self.is_seen(self.links[ci])}

    def is_seen(self, link: Link) -> bool:
        """Whether both records of a pair are here."""
        return link.ci_id in self.quiet or (link.ci_id in self.cis and link.asset_id in self.assets)

    def unlinked_ids(self, side: Side) -> frozenset[str]:
        """Give the ids of one side's records that have no link, as the run has seen them."""
        if side is Side.C2:
            return frozenset(self.cis) - self.links.keys()
        linked = {link.asset_id for link in self.links.values()}
        return frozenset(str(asset_id) for asset_id in self.assets if asset_id not in linked)

    def link_of(self, ci_id: str | None, asset_id: int | None) -> Link | None:
        """Give the link of a CI or of an asset."""
        return next((link for link in self.links.values() if link.ci_id == ci_id or link.asset_id == asset_id), None)

    def link_of_source(self, intention: Intention) -> Link | None:
        """Give the link of the record that a creation was for."""
        if intention.side is Side.HECTOR:
            return self.links.get(intention.source_id)
        return next((link for link in self.links.values() if str(link.asset_id) == intention.source_id), None)

    # -- facts, each stored as it happens --------------------------------------------------------------------------------

    def join(self, links: Sequence[NewLink], made: Iterable[ConfigurationItem | Asset] = ()) -> None:
        """Store new links with their baselines, and the end of the intentions they fulfil, in one transaction.

        ``made`` are the records that were created for them.
        """
        ids = self._store.add_links(self.run_id, self.pair, links, self._now(), stamps=_stamps(made))
        self._own_writes = None
        for link_id, new in zip(ids, links, strict=True):
            self.links[new.ci_id] = Link(
                link_id,
                new.ci_id,
                new.asset_id,
                new.ci_number,
                "active",
                new.ci_active,
                new.asset_active,
                new.by_hand,
                subcategory_id=new.subcategory_id,
            )
            self.baselines[link_id] = dict(new.baselines)
            self._loaded.add(link_id)
        self.unfinished.fulfil({new.intention_id for new in links})

    def load_baselines(self) -> None:
        """Load what is known of the pairs of which both records are here now."""
        here = [link.id for link in self.links.values() if link.ci_id in self.cis and link.asset_id in self.assets]
        new = [link_id for link_id in here if link_id not in self._loaded]
        if new:
            self._loaded.update(new)
            self.baselines |= self._store.baselines_of(self.pair.category.id, new)
            self._take_up_undone(self.undone.link_ids.intersection(new))

    def _take_up_undone(self, link_ids: Collection[int]) -> None:
        """See which of these pairs hold what an undo was about to put back: that is no change of theirs."""
        if not link_ids:
            return
        for link in [link for link in self.links.values() if link.id in link_ids]:
            ci, asset = self.cis[link.ci_id], self.assets[link.asset_id]
            known = self.baselines.get(link.id, {})
            met = Met(link, ci, asset, self.hector_values(asset), known)
            self.links[link.ci_id] = self.undone.take_up(met)

    def settle_undone(self, until: datetime) -> None:
        """Store what came of the undoing that was met, and forget it as far as it was begun until then: its calls are over."""
        if self.undone.met:
            with self._store.together():
                self.advance([Fact(self.undone.agreements, homes=self.undone.homes)])
                self.note_activity(self.undone.activity)
                self._store.forget_undoing(self.undone.met, until)

    def begin_round(self, looked_at: Collection[str] | None = None) -> None:
        """Count this run: it is about to write. ``looked_at`` are the only CIs that it counts for; ``None``: it looks at all."""
        left_out = {link.id for link in self.links.values() if link.ci_id not in looked_at} if looked_at is not None else set()
        self.histories.begin_round(left_out)

    def advance(self, facts: Sequence[Fact]) -> None:
        """Store what baselines have become, and what the writes behind them leave, in one transaction."""
        rows: list[tuple[int, str, Baseline | None]] = []
        histories: list[tuple[int, str, History]] = []
        stamps: list[Stamp] = []
        homes: dict[str, int] = {}
        for fact in facts:
            for agreement in fact.agreements:
                link = self.links.get(agreement.ci_id)
                if link is not None:
                    rows.append((link.id, agreement.mapping, agreement.baseline))
                    if fact.side is not None and agreement.mapping in fact.wrote:
                        wrote = fact.wrote[agreement.mapping]
                        later = self.histories.after(link.id, agreement.mapping, fact.side, wrote)
                        histories.append((link.id, agreement.mapping, later))
            stamps += [fact.stamp] if fact.stamp is not None else []
            homes |= {home.ci_id: home.subcategory_id for home in fact.homes if home.ci_id in self.links}
        if rows or stamps or homes:
            at_home = [(self.links[ci_id].id, subcategory_id) for ci_id, subcategory_id in homes.items()]
            self._store.advance(rows, self._now(), histories=histories, stamps=stamps, homes=at_home)
            self._own_writes = None  # what this run has written is no change either when it looks once more
            self._end_undoing(facts)
        for link_id, mapping, baseline in rows:
            known = self.baselines.setdefault(link_id, {})
            if baseline is None:
                known.pop(mapping, None)
            else:
                known[mapping] = baseline
        for ci_id, subcategory_id in homes.items():
            self.links[ci_id] = replace(self.links[ci_id], subcategory_id=subcategory_id)
        self.histories.take(histories)

    def _end_undoing(self, facts: Iterable[Fact]) -> None:
        """Forget what was about to be put back where something newer is known by now."""
        if self.open_undoing:
            told = [(self.links.get(it.ci_id), it.mapping, fact.side) for fact in facts for it in fact.agreements]
            over = {(link.id, mapping, side) for link, mapping, side in told if link is not None and link.id in self.open_undoing}
            self._store.end_undoing(over)

    def note_activity(self, seen: Collection[ActivityAgreement]) -> None:
        """Store of links whether their two records are in use: what the next change is measured by."""
        for ci_active in (True, False):
            for asset_active in (True, False):
                those = [a.ci_id for a in seen if (a.ci_active, a.asset_active) == (ci_active, asset_active)]
                if those:
                    ids = [self.links[ci_id].id for ci_id in those]
                    self._store.set_link_state(ids, ci_was_active=ci_active, asset_was_active=asset_active)
                for ci_id in those:
                    link = self.links[ci_id]
                    self.links[ci_id] = replace(link, ci_was_active=ci_active, asset_was_active=asset_active)

    def note_made(self, made: Iterable[ConfigurationItem | Asset | Subcategory]) -> None:
        """Store that the change times of these new records are our own doing."""
        self._store.note_own_writes(_stamps(made))
        self._own_writes = None

    def set_status(self, ci_id: str, status: str) -> None:
        """Mark a link orphaned, or whole again."""
        link = self.links[ci_id]
        self._store.set_link_state([link.id], status=status)
        self.links[ci_id] = replace(link, status=status)

    def note_seen(self) -> None:
        """Store of every link that was seen when, and of all what the rules call their category now."""
        self._store.call_links(self.pair)
        seen: list[int] = []
        others: list[int] = []
        for link in self.links.values():
            (seen if self.is_seen(link) else others).append(link.id)
        if len(others) < len(seen) and len(others) < FEW:
            self._store.touch_all(self.pair.category.id, self._now(), but=others)
        else:
            self._store.touch(seen, self._now())

    # -- views -----------------------------------------------------------------------------------------------------------

    def hector_values(self, asset: Asset) -> dict[str, Value]:
        """Give an asset's values by mapping key, those of its subcategory included."""
        values = self.layout.hector_values(asset, self.subcategories.get(asset.subcategory_id))
        return dict(zip(self.layout.keys, values, strict=True))

    def label_of(self, link: Link) -> str:
        """Give what the asset of a pair is called, though it may not have been read."""
        asset = self.assets.get(link.asset_id)
        return asset.label if asset else self._store.labels_of([link.id]).get(link.id) or str(link.asset_id)

    def siblings(self, subcategory_ids: Collection[int]) -> set[str]:
        """Give the ids of the CIs whose assets are made from these subcategories."""
        return {
            link.ci_id
            for link in self.links.values()
            if link.asset_id in self.assets and self.assets[link.asset_id].subcategory_id in subcategory_ids
        }


def link_for(ci: ConfigurationItem, asset: Asset, baselines: Mapping[str, Baseline], intention_id: int | None = None) -> NewLink:
    """Give the link of two records as they are now: its baselines speak of the subcategory that the asset is in."""
    active = ci.is_active, asset.is_active
    return NewLink(ci.id, ci.number, asset.id, *active, baselines, intention_id, subcategory_id=asset.subcategory_id)


_KINDS = {ConfigurationItem: RecordKind.CI, Asset: RecordKind.ASSET, Subcategory: RecordKind.SUBCATEGORY}


def _stamps(made: Iterable[ConfigurationItem | Asset | Subcategory]) -> list[Stamp]:
    """Give the change times of records that we made, as far as the systems tell them."""
    return [
        Stamp(_KINDS[type(record)], str(record.id), None, record.modified_at) for record in made if record.modified_at is not None
    ]
