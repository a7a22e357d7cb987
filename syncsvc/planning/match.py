"""Which records belong together: pairs for records that have no link yet, and those that must be left alone.

A value joins two records only when nobody else on either side has it. Anything less certain links nobody and creates nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.match_key import MatchKey
from syncsvc.domain.plan import Problem
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.domain.rules import CategoryPair
from syncsvc.domain.values import Unreadable, Value
from syncsvc.planning.unclear import Issue, Sharers, ambiguous, called, parted, unfinished, unreadable


@dataclass(slots=True)
class Matching:
    """What came of matching: pairs, and who is left with nobody to be paired with."""

    pairs: list[tuple[ConfigurationItem, Asset, int]] = field(default_factory=list)
    """CI, asset and the place of the mapping that matched them."""
    lone_cis: list[ConfigurationItem] = field(default_factory=list)
    """Active CIs of which it is certain that they have no counterpart."""
    lone_assets: list[Asset] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everybody in the two categories, and who of them may still be paired.

    ``hector_values`` gives an asset's values in the order of the pair's mappings, those of its subcategory included.
    """

    cis: Sequence[ConfigurationItem]
    assets: Sequence[Asset]
    hector_values: Callable[[Asset], Sequence[Value]]
    taken_cis: frozenset[str] = frozenset()
    """Ids of CIs that have a link, an open intention, or a place in another category's links."""
    taken_assets: frozenset[int] = frozenset()
    parted: frozenset[tuple[str, int]] = frozenset()
    """Pairs that an operator has parted."""
    unfinished_cis: frozenset[str] = frozenset()
    """Ids of CIs for which a creation is left over under another category: they may be paired, and nothing is made for them."""
    unfinished_assets: frozenset[int] = frozenset()


def match(pair: CategoryPair, candidates: Candidates, conventions: Conventions) -> Matching:
    """Pair the records that have no link by the fields of ``match_on``, one field after the other."""
    matcher = _Matcher(pair, candidates, conventions)
    for place in pair.match_on or ():
        if matcher.cis or matcher.assets:
            matcher.match_by(place)
    for place in pair.match_on or ():
        matcher.set_aside_unreadable(place)
    matcher.set_aside_unfinished()
    matcher.found.lone_cis = list(matcher.cis.values())
    matcher.found.lone_assets = list(matcher.assets.values())
    return matcher.found


def key_for(pair: CategoryPair, place: int, conventions: Conventions) -> MatchKey:
    """Give what tells by which value of one mapping two records are recognised: for everybody who has to know."""
    mapping = pair.mappings[place]
    return MatchKey(mapping.c2, mapping.hector, conventions, pair.ignored)


class _Matcher:
    """The records that still wait to be paired; each field takes some of them away."""

    def __init__(self, pair: CategoryPair, candidates: Candidates, conventions: Conventions) -> None:
        self._pair, self._everybody, self._conventions = pair, candidates, conventions
        self.cis = {ci.id: ci for ci in candidates.cis if ci.is_active and ci.id not in candidates.taken_cis}
        self.assets = {a.id: a for a in candidates.assets if a.is_active and a.id not in candidates.taken_assets}
        self.found = Matching()
        self._unclear: dict[object, str] = {}
        """Records that an earlier field could not tell from others, each with that field's name."""

    def match_by(self, place: int) -> None:
        """Pair what one field can pair; whoever it pairs, or cannot tell apart, waits no longer."""
        mapping, key_of = self._pair.mappings[place], key_for(self._pair, place, self._conventions)
        cis = _by_key(self._everybody.cis, lambda ci: key_of.of(ci.values[place], mapping.c2))
        values = self._everybody.hector_values
        assets = _by_key(self._everybody.assets, lambda asset: key_of.of(values(asset)[place], mapping.hector))
        for key in [*cis, *(key for key in assets if key not in cis)]:
            # In an order of their own: an error that stands must read the same night after night.
            holders_c2 = sorted(cis.get(key, []), key=lambda ci: ci.number)
            holders_hector = sorted(assets.get(key, []), key=lambda asset: asset.id)
            waiting_cis = [ci for ci in holders_c2 if ci.id in self.cis]
            waiting_assets = [asset for asset in holders_hector if asset.id in self.assets]
            alone = len(holders_c2) + len(holders_hector) == 1  # then the next field may find somebody
            if not alone and (waiting_cis or waiting_assets):
                self._settle(Sharers(place, holders_c2, holders_hector, waiting_cis, waiting_assets))

    def set_aside_unreadable(self, place: int) -> None:
        """Let nothing be made for a record whose value cannot be read and whom no other field paired: it may have somebody."""
        mapping, values = self._pair.mappings[place], self._everybody.hector_values
        for ci in list(self.cis.values()):
            held = ci.values[place]
            if isinstance(held, Unreadable):
                problem = unreadable(mapping.name, called(ci), mapping.c2.kind)
                self.found.problems.append(replace(problem, ci_number=ci.number, c2_value=held.raw))
                del self.cis[ci.id]
        for asset in list(self.assets.values()):
            held = values(asset)[place]
            if isinstance(held, Unreadable):
                problem = unreadable(mapping.name, called(asset), mapping.hector.kind)
                self.found.problems.append(replace(problem, asset=asset.label, hector_value=held.raw))
                del self.assets[asset.id]

    def set_aside_unfinished(self) -> None:
        """Let nothing be made for a record that came from another category while it is not known what was made for it there."""
        for ci_id in sorted(self._everybody.unfinished_cis & self.cis.keys()):
            ci = self.cis.pop(ci_id)
            if Side.HECTOR in self._pair.create.writes:
                self.found.problems.append(replace(unfinished(called(ci), "an asset"), ci_number=ci.number))
        for asset_id in sorted(self._everybody.unfinished_assets & self.assets.keys()):
            asset = self.assets.pop(asset_id)
            if Side.C2 in self._pair.create.writes:
                self.found.problems.append(replace(unfinished(called(asset), "a CI"), asset=asset.label))

    def _settle(self, sharers: Sharers) -> None:
        if sharers.are_one_pair:
            ci, asset = sharers.cis[0], sharers.assets[0]
            if (ci.id, asset.id) not in self._everybody.parted:
                self.found.pairs.append((ci, asset, sharers.place))
            elif self._pair.create.writes:  # or else nothing is left undone
                self.found.problems.append(parted(self._issue(sharers), sharers))
        elif self._matters(sharers):
            name = self._pair.mappings[sharers.place].name
            records = sharers.everybody
            unclear = [(record, self._unclear[record.id]) for record in records if record.id in self._unclear]
            for record in records:
                self._unclear.setdefault(record.id, name)
            self.found.problems.append(ambiguous(self._issue(sharers), sharers, unclear))
        for ci in sharers.waiting_cis:
            del self.cis[ci.id]
        for asset in sharers.waiting_assets:
            del self.assets[asset.id]

    def _issue(self, sharers: Sharers) -> Issue:
        """Give the value at issue as each side that has it shows it: that of a record that waits, where one does."""
        mapping, shown = self._pair.mappings[sharers.place], self._conventions.shown
        ci = next(iter((*sharers.waiting_cis, *sharers.cis)), None)
        asset = next(iter((*sharers.waiting_assets, *sharers.assets)), None)
        return Issue(
            mapping.name,
            shown(ci.values[sharers.place], mapping.c2) if ci else None,
            shown(self._everybody.hector_values(asset)[sharers.place], mapping.hector) if asset else None,
        )

    def _matters(self, sharers: Sharers) -> bool:
        """Whether leaving these records alone leaves something undone that the rules ask for."""
        writes = self._pair.create.writes
        return (
            bool(sharers.waiting_cis and sharers.waiting_assets)
            or bool(sharers.waiting_cis and Side.HECTOR in writes)
            or bool(sharers.waiting_assets and Side.C2 in writes)
        )


Record = TypeVar("Record", ConfigurationItem, Asset)


def _by_key(records: Iterable[Record], key: Callable[[Record], str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        text = key(record)
        if text:
            found.setdefault(text, []).append(record)
    return found
