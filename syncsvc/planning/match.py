"""Which records belong together: pairs for records that have no link yet, and those that must be left alone.

A value joins two records only when nobody else on either side has it. Anything less certain links nobody and creates nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from shlex import quote
from typing import TypeVar

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.match_key import MatchKey
from syncsvc.domain.plan import Problem
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.domain.rules import CategoryPair
from syncsvc.domain.values import Kind, Unreadable, Value, plain

NAMED = 50
"""Records that an error about an ambiguous value names at the most."""


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


@dataclass(frozen=True, slots=True)
class _Sharers:
    """Everybody who has one value of one field, and who of them still waits to be paired."""

    place: int
    cis: Sequence[ConfigurationItem]
    assets: Sequence[Asset]
    waiting_cis: Sequence[ConfigurationItem]
    waiting_assets: Sequence[Asset]

    @property
    def are_one_pair(self) -> bool:
        """Whether one waiting CI and one waiting asset have the value, and nobody else."""
        return len(self.waiting_cis) == len(self.waiting_assets) == len(self.cis) == len(self.assets) == 1

    @property
    def only_unused_ones_across(self) -> bool:
        """Whether one waiting record meets only inactive or retired ones of the other side."""
        own, across = (self.cis, self.assets) if self.waiting_cis else (self.assets, self.cis)
        return len(own) == 1 and not any(record.is_active for record in across)


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
                self._settle(_Sharers(place, holders_c2, holders_hector, waiting_cis, waiting_assets))

    def set_aside_unreadable(self, place: int) -> None:
        """Let nothing be made for a record whose value cannot be read and whom no other field paired: it may have somebody."""
        mapping, values = self._pair.mappings[place], self._everybody.hector_values
        for ci in list(self.cis.values()):
            held = ci.values[place]
            if isinstance(held, Unreadable):
                problem = _unreadable(mapping.name, _called(ci), mapping.c2.kind)
                self.found.problems.append(replace(problem, ci_number=ci.number, c2_value=held.raw))
                del self.cis[ci.id]
        for asset in list(self.assets.values()):
            held = values(asset)[place]
            if isinstance(held, Unreadable):
                problem = _unreadable(mapping.name, _called(asset), mapping.hector.kind)
                self.found.problems.append(replace(problem, asset=asset.label, hector_value=held.raw))
                del self.assets[asset.id]

    def set_aside_unfinished(self) -> None:
        """Let nothing be made for a record that came from another category while it is not known what was made for it there."""
        for ci_id in sorted(self._everybody.unfinished_cis & self.cis.keys()):
            ci = self.cis.pop(ci_id)
            if Side.HECTOR in self._pair.create.writes:
                self.found.problems.append(replace(_unfinished(_called(ci), "an asset"), ci_number=ci.number))
        for asset_id in sorted(self._everybody.unfinished_assets & self.assets.keys()):
            asset = self.assets.pop(asset_id)
            if Side.C2 in self._pair.create.writes:
                self.found.problems.append(replace(_unfinished(_called(asset), "a CI"), asset=asset.label))

    def _settle(self, sharers: _Sharers) -> None:
        if sharers.are_one_pair:
            ci, asset = sharers.cis[0], sharers.assets[0]
            if (ci.id, asset.id) not in self._everybody.parted:
                self.found.pairs.append((ci, asset, sharers.place))
            elif self._pair.create.writes:  # or else nothing is left undone
                self.found.problems.append(_parted(self._pair.mappings[sharers.place].name, sharers))
        elif self._matters(sharers):
            name = self._pair.mappings[sharers.place].name
            records: list[ConfigurationItem | Asset] = [*sharers.cis, *sharers.assets]
            unclear = [(record, self._unclear[record.id]) for record in records if record.id in self._unclear]
            for record in records:
                self._unclear.setdefault(record.id, name)
            self.found.problems.append(_ambiguous(name, sharers, unclear))
        for ci in sharers.waiting_cis:
            del self.cis[ci.id]
        for asset in sharers.waiting_assets:
            del self.assets[asset.id]

    def _matters(self, sharers: _Sharers) -> bool:
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


def _ambiguous(name: str, sharers: _Sharers, unclear: Sequence[tuple[ConfigurationItem | Asset, str]]) -> Problem:
    """Say who shares a value; one that only retired or inactive records hold across is said in its own words."""
    people = [_called(ci) for ci in sharers.cis] + [_called(asset) for asset in sharers.assets]
    listed = ", ".join(people[:NAMED]) + (f" and {len(people) - NAMED} more" if len(people) > NAMED else "")
    if sharers.only_unused_ones_across:
        message = f"The “{name}” of one record is held across only by records no longer in use ({listed}); nothing was created."
        hint = "Bring the old record back if the thing is in use again, or correct the value."
    elif unclear and len(sharers.cis) == len(sharers.assets) == 1:
        record, earlier = unclear[0]
        message = (
            f"“{name}” fits {listed}, but {_called(record)} is already ambiguous by “{earlier}”; nobody was linked or created."
        )
        hint = f"Settle “{earlier}” first."
    else:
        message = f"The same “{name}” stands in {listed}; nobody was linked or created."
        hint = _belongs_to_another(sharers) or "Correct the value where it is wrong, or empty it where it is not known."
    first = sharers.waiting_cis[0] if sharers.waiting_cis else None
    return Problem(
        ErrorKind.AMBIGUOUS,
        message,
        hint,
        ci_number=first.number if first else None,
        asset=sharers.waiting_assets[0].label if sharers.waiting_assets else None,
        field=name,
        c2_value=str(plain(first.values[sharers.place])) if first else None,
    )


def _belongs_to_another(sharers: _Sharers) -> str:
    """Say what to do where nobody else has the value, but the one across is spoken for: perhaps by a record that is gone."""
    if len(sharers.cis) != 1 or len(sharers.assets) != 1:
        return ""
    ci, asset = sharers.cis[0], sharers.assets[0]
    across, option = (asset, f"--asset {quote(asset.label)}") if sharers.waiting_cis else (ci, f"--ci {ci.number}")
    called = _called(across)
    return (
        f"{called[0].upper()}{called[1:]} belongs to another record (syncsvc explain tells which). If that one is gone or wrong, "
        f"part the two: syncsvc links remove {option}. Or else correct the value."
    )


def _parted(name: str, sharers: _Sharers) -> Problem:
    """Say why two records that somebody parted get no other counterparts: they still look like one thing."""
    ci, asset = sharers.cis[0], sharers.assets[0]
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"{_called(ci)} and {_called(asset)} were parted by hand, yet both have the same “{name}”; nobody was linked or created.",
        "Correct the value where it is wrong, or empty it where it is not known; or join them again: syncsvc links add.",
        ci_number=ci.number,
        asset=asset.label,
        field=name,
        c2_value=str(plain(ci.values[sharers.place])),
    )


def _unreadable(name: str, called: str, kind: Kind) -> Problem:
    return Problem(
        ErrorKind.VALIDATION,
        f"The “{name}” of {called} is no {kind} that can be read: whether it has a counterpart is not known; none was made.",
        "Correct the value in its system.",
        field=name,
    )


def _unfinished(called: str, made: str) -> Problem:
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"An earlier run lost the answer when it created {made} for {called} in another category; nothing is created for it here "
        "until a run of that category has found out what came of it.",
        "See the errors of that category, and synchronise it at least once more. Or link the record by hand: syncsvc links add.",
    )


def _called(record: ConfigurationItem | Asset) -> str:
    if isinstance(record, ConfigurationItem):
        return f"CI {record.number}" + ("" if record.is_active else " (inactive)")
    return f"asset {record.label}" + ("" if record.is_active else " (retired)")
