"""Quiet pairs: linked records of which both systems send, byte for byte, what they sent when the pair was last in order.

Nothing can be planned for them, so neither their answers are decoded nor their baselines loaded. Where others make them matter
(a record without a link has the same key, siblings share a subcategory that is to be written) they are woken: their values are
those of their baselines, and where none speaks for a field, those that were noted with the fingerprints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from operator import attrgetter

from syncsvc.adapters.unchanged import Known
from syncsvc.domain.plan import Baseline, Calm, Held, Link, Plan
from syncsvc.domain.records import Asset, ConfigurationItem, Level, Side, Subcategory
from syncsvc.domain.rules import Direction, FieldMapping
from syncsvc.domain.values import Value, encode
from syncsvc.engine.columns import Columns
from syncsvc.engine.context import Context
from syncsvc.engine.world import World
from syncsvc.planning.guards import emptied
from syncsvc.planning.match import key_for


def fingerprint(values: Iterable[Value]) -> int:
    """Give a number that says whether a subcategory's values are the same as before."""
    text = "\x1f".join("" if (it := encode(value)) is None else it for value in values)
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True) >> 4


class Quiet:
    """What is known of a category's calm pairs, and which of them are quiet in this run."""

    def __init__(self, context: Context, world: World, rules: str) -> None:
        self._context, self._world, self._rules = context, world, rules
        pair = world.pair
        # Of a field that goes nowhere no baseline follows the values.
        self._followed = frozenset(mapping.key for mapping in pair.mappings if mapping.direction is not Direction.NONE)
        trusted = world.before.fingerprint_rules == rules
        open_ones = world.undone.link_ids  # what came of an undo there is still to be seen
        self._calm = [
            link
            for link in world.links.values()
            if trusted and link.ci_fingerprint is not None and link.status == "active" and link.id not in open_ones
        ]
        self._subcategories: dict[int, int] = {}
        self._asked: set[str] = set()

    def known_cis(self) -> Mapping[int, str]:
        """Give the CIs that need not be decoded, by fingerprint."""
        return Known(self._calm, attrgetter("ci_fingerprint"), attrgetter("ci_id"))

    def known_assets(self, subcategories: Iterable[Subcategory]) -> Mapping[int, int]:
        """Give the assets that need not be decoded, by fingerprint: those whose subcategory is as it was."""
        self._subcategories = {subcategory.id: _of(subcategory) for subcategory in subcategories}
        as_they_were = (link for link in self._calm if self._is_as_it_was(link))
        return Known(as_they_were, attrgetter("asset_fingerprint"), attrgetter("asset_id"))

    def _is_as_it_was(self, link: Link) -> bool:
        """Whether the subcategory of its asset is."""
        there = self._subcategories.get(link.subcategory_id) if link.subcategory_id is not None else None
        return not self._world.pair.subcategory_fields or there == link.subcategory_fingerprint

    # -- after reading ---------------------------------------------------------------------------------------------------

    def part(self, unchanged_cis: set[str], unchanged_assets: Collection[int]) -> None:
        """Find the pairs that are quiet on both sides, and wake the unchanged half of the others; takes the first set over."""
        half = []
        for link in self._calm:
            ci, asset = link.ci_id in unchanged_cis, link.asset_id in unchanged_assets
            if ci is not asset:
                half.append((link, ci, asset))
            if not asset:
                unchanged_cis.discard(link.ci_id)
        self._world.quiet = unchanged_cis
        self._wake(half)
        self.wake_namesakes()

    def wake_sharers(self, subcategory_ids: Collection[int]) -> bool:
        """Wake the quiet pairs that share these subcategories; whether there were any."""
        links = [link for link in self._calm if link.ci_id in self._world.quiet and link.subcategory_id in subcategory_ids]
        self._wake([(link, True, True) for link in links])
        return bool(links)

    def filled(self, plan: Plan, *, everything: bool) -> dict[tuple[Side, str], int]:
        """Count, by side and mapping, the values in the fields that a plan empties of the pairs that are not at hand.

        Those are the quiet ones where both sides were read in full, or else all that this run did not ask for.
        """
        world, gone = self._world, emptied(plan)
        if not gone:
            return {}
        away = [link for link in world.links.values() if link.status == "active" and link.ci_id not in world.cis]
        ids = {link.id for link in away if not everything or link.ci_id in world.quiet}
        found: dict[tuple[Side, str], int] = {}
        for side, mapping in gone if ids else ():
            rows = self._context.store.agreed_values(world.pair.category.id, mapping)
            found[side, mapping] = sum(
                1 for link_id, c2, hector in rows if link_id in ids and (c2 if side is Side.C2 else hector) is not None
            )
        return found

    def forget_all_but(self, calm: Iterable[str]) -> None:
        """Record that the next run must look at all others, of which something is to be done; before anything is done.

        So must it at those that were asked for by id: they may have been changed since the list showed them as they were.
        """
        calm, quiet = set(calm) - self._asked, self._world.quiet
        self._context.store.forget_calm([it.id for it in self._calm if it.ci_id not in quiet and it.ci_id not in calm])

    def note(self, plan: Plan) -> None:
        """Record which of the pairs that were looked at are in order now.

        Never before the baselines that say so: a pair that nobody looks at any more would keep its old ones.
        """
        world, rows = self._world, []
        for ci_id in plan.calm:
            link, ci = world.links[ci_id], world.cis[ci_id]
            asset = world.assets[link.asset_id]
            if ci.fingerprint is not None and asset.fingerprint is not None:
                subcategory_id = asset.subcategory_id
                now = Calm(ci.fingerprint, asset.fingerprint, subcategory_id, self._subcategories.get(subcategory_id, 0))
                if now != link.calm or world.before.fingerprint_rules != self._rules:
                    rows.append((link.id, asset.label, now, self._unagreed(link, ci, asset)))
        if rows or world.before.fingerprint_rules != self._rules:
            self._context.store.note_calm(world.pair.category.id, self._rules, rows)

    def _unagreed(self, link: Link, ci: ConfigurationItem, asset: Asset) -> dict[str, Held]:
        """Give, by mapping, what both sides hold where no baseline says it: what :meth:`_wake` needs beside the baselines."""
        world = self._world
        told = world.baselines.get(link.id, {}).keys() & self._followed
        if len(told) == len(world.layout.keys):  # nearly always
            return {}
        hector = world.layout.hector_values(asset, world.subcategories.get(asset.subcategory_id))
        values = zip(world.layout.keys, ci.values, hector, strict=True)
        return {key: Held(c, h) for key, c, h in values if key not in told}

    def forget(self, looked_at: Collection[str] | None) -> None:
        """Have the next run look at these pairs (``None``: all that are not quiet), which this one may write without noting them.

        What a system sends of them later may be what it sent before this run, and yet be somebody's edit.
        """
        world = self._world
        links = world.links.values() if looked_at is None else [world.links[ci] for ci in looked_at if ci in world.links]
        self._context.store.forget_calm([it.id for it in links if it.ci_fingerprint is not None and it.ci_id not in world.quiet])

    # -- waking ----------------------------------------------------------------------------------------------------------

    def wake_namesakes(self) -> None:
        """Wake the quiet pairs that have a key value in common with a record without a link: they must be matched together."""
        world = self._world
        pair = world.pair
        taken = {link.asset_id for link in world.links.values() if link.asset_id in world.assets}
        lone_cis = [ci for ci in world.cis.values() if ci.id not in world.links]
        lone_assets = [asset for asset in world.assets.values() if asset.id not in taken]
        if not world.quiet or not (lone_cis or lone_assets):
            return
        by_id = {link.id: link for link in self._calm if link.ci_id in world.quiet}
        namesakes: dict[int, Link] = {}
        for place in pair.match_on or ():
            mapping, key = pair.mappings[place], key_for(pair, place, self._context.conventions)
            wanted = {key.of(ci.values[place], mapping.c2) for ci in lone_cis}
            wanted |= {key.of(world.hector_values(asset)[mapping.key], mapping.hector) for asset in lone_assets}
            wanted.discard("")
            known = set()
            for link_id, c2, hector in self._values(mapping) if wanted else ():
                known.add(link_id)
                if link_id in by_id and (key.of(c2, mapping.c2) in wanted or key.of(hector, mapping.hector) in wanted):
                    namesakes[link_id] = by_id[link_id]
            if wanted:  # what a pair holds for which neither speaks is not known
                namesakes |= {link_id: link for link_id, link in by_id.items() if link_id not in known}
        self._wake([(link, True, True) for link in namesakes.values()])

    def _values(self, mapping: FieldMapping) -> Iterator[tuple[int, Value, Value]]:
        """Give what the pairs hold in one field, as far as it is known: link id, C2's value, Hector's value."""
        store, category_id = self._context.store, self._world.pair.category.id
        if mapping.key in self._followed:
            yield from store.agreed_values(category_id, mapping.key)
        yield from store.unagreed_values(category_id, mapping.key)

    def _wake(self, halves: Sequence[tuple[Link, bool, bool]]) -> None:
        """Bring back the records of these pairs, the CI's and the asset's as asked, with the values that they had."""
        world = self._world
        links = [link for link, _, _ in halves]
        if not links:
            return
        known = self._known([link.id for link in links])
        labels = self._context.store.labels_of([link.id for link in links])
        lacking_cis: list[Link] = []
        lacking_assets: list[Link] = []
        for link, ci, asset in halves:
            values = known.get(link.id)
            if ci and values is not None:
                world.cis[link.ci_id] = self._ci(link, values)
            elif ci:
                lacking_cis.append(link)
            if asset and values is not None:
                world.assets[link.asset_id] = self._asset(link, values, labels.get(link.id, ""))
            elif asset:
                lacking_assets.append(link)
        self._ask_for(lacking_cis, lacking_assets)
        world.quiet -= {link.ci_id for link in links}

    def _known(self, link_ids: Collection[int]) -> dict[int, Mapping[str, Baseline | Held]]:
        """Give what pairs hold, by link id and mapping; only those of which every field is known."""
        store, keys = self._context.store, set(self._world.layout.keys)
        baselines = store.baselines_of(self._world.pair.category.id, link_ids)
        lacking = [link_id for link_id in link_ids if not keys <= baselines.get(link_id, {}).keys() & self._followed]
        unagreed = store.unagreed_of(lacking)
        found: dict[int, Mapping[str, Baseline | Held]] = {}
        for link_id in link_ids:
            agreed, noted = baselines.get(link_id, {}), unagreed.get(link_id, {})
            if keys <= (agreed.keys() & self._followed) | noted.keys():
                found[link_id] = {**agreed, **noted}
        return found

    def _ask_for(self, lacking_cis: Sequence[Link], lacking_assets: Sequence[Link]) -> None:
        """Read those by id of which not everything is known: an older version noted them, or it would have been too much."""
        world, pair = self._world, self._world.pair
        self._asked |= {link.ci_id for link in (*lacking_cis, *lacking_assets)}
        if lacking_cis:
            found = self._context.c2.cis_by_id(pair.category, pair.c2_fields, [link.ci_id for link in lacking_cis])
            world.cis |= {ci.id: ci for ci in found if pair.holds(ci)}
        if lacking_assets:
            fields = Columns.of(pair, Level.ASSET).fields
            assets = self._context.hector.assets_by_id([link.asset_id for link in lacking_assets], fields)
            world.assets |= {asset.id: asset for asset in assets if pair.holds(asset)}

    def _ci(self, link: Link, known: Mapping[str, Baseline | Held]) -> ConfigurationItem:
        values = tuple(known[key].c2 for key in self._world.layout.keys)
        number, category_id = link.ci_number, self._world.pair.category.id
        fingerprint = link.ci_fingerprint
        return ConfigurationItem(link.ci_id, number, number, category_id, link.ci_was_active, values, fingerprint=fingerprint)

    def _asset(self, link: Link, known: Mapping[str, Baseline | Held], label: str) -> Asset:
        pair = self._world.pair
        assert link.subcategory_id is not None
        values = tuple(known[mapping.key].hector for mapping in pair.mappings if mapping.hector.level is Level.ASSET)
        return Asset(
            link.asset_id,
            pair.hector_category.id,
            link.subcategory_id,
            label,
            label,
            link.asset_was_active,
            values,
            fingerprint=link.asset_fingerprint,
        )


def _of(subcategory: Subcategory) -> int:
    return fingerprint(subcategory.values)
