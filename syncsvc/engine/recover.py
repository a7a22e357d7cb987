"""Settling the creations of an earlier run whose answers were lost, before anything is matched.

Candidates are the created side's unlinked records that hold what was sent, as that side may have stored it, and that the earlier
run had not seen. Equal intentions are linked with their candidates in order; more candidates than intentions is ``ambiguous``.
So is a new record that only resembles what was sent: somebody may have edited it meanwhile. ``likeness.py`` compares them.
What was made for a record that a person has linked with another is left over: once found, it is told in every run. How a person
is told is in ``recover_words.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import Baseline, Intention, Problem
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.domain.values import encode, is_unknown
from syncsvc.engine.context import Context
from syncsvc.engine.likeness import Likeness
from syncsvc.engine.recover_words import ambiguous, lonely, spoken_for, superfluous
from syncsvc.engine.world import World, link_for
from syncsvc.planning.moved import as_chosen

SET_BACK = timedelta(days=1)
"""How far in the future an intention lies that was stored before the clock was put right: it would wait until then, unsaid."""


def recover(context: Context, world: World) -> tuple[list[Problem], int]:
    """Settle what is left over of earlier runs; gives problems to report, and how many links were found again."""
    # Those of which the server had given up before anything was read: what was not made by then never will be.
    patience = timedelta(seconds=context.patience)
    old = {
        it.id for it in world.unfinished.intentions if context.started - it.at >= patience or it.at - context.started > SET_BACK
    }
    recovery = _Recovery(context.conventions, world)
    known = recovery.tell_left_over()
    for group in _equal_ones([it for it in world.unfinished.intentions if it.id not in known & old]):
        recovery.settle(group)
    recovery.look_for_edited_ones()
    for intention in list(world.unfinished.intentions):
        if intention.id in old - recovery.kept:
            world.unfinished.drop(intention.id)
    return recovery.problems, recovery.linked


class _Recovery:
    """What comes of the intentions of one category."""

    def __init__(self, conventions: Conventions, world: World) -> None:
        self._conventions, self._world, self._likeness = conventions, world, Likeness(conventions, world)
        self.problems: list[Problem] = []
        self.linked = 0
        self.kept: set[int] = set()
        """Intentions that stay, however old they are."""
        self._without: list[Intention] = []
        """Intentions whose source waits, or does not show at present, and for which no record was found."""
        self._superseded: list[Intention] = []
        """Intentions whose source has been linked with something else, and for which no record was found."""
        self._told: set[str | int] = set()
        """Ids of the records that are said to be left over."""

    def tell_left_over(self) -> set[int]:
        """Say again what earlier runs found left over and is still there; gives the intentions whose outcome is known by that.

        It is not judged once more: the run that found it has carried the values over to the source's counterpart since, which
        is now like what was sent, and what was left over may have been edited.
        """
        intentions = self._world.unfinished.intentions
        known = [intention for intention in intentions if intention.left_over and self._world.link_of_source(intention)]
        for intention in known:
            there = [record for record in _unlinked(self._world, intention.side) if str(record.id) in intention.left_over]
            self._leave_over(intention, [it for it in there if self._likeness.may_be_joined(intention, it)])
        return {intention.id for intention in known}

    def settle(self, group: Sequence[Intention]) -> None:
        """Link equal intentions with the records that hold all that was sent, or say that there are too many."""
        world = self._world
        waiting = [intention for intention in group if _source_stands(world, intention)]
        away = [intention for intention in group if _source_is_away(world, intention)]
        joined = [intention for intention in group if self._has_another(intention)]
        if not waiting and not away and not joined:
            return  # whoever they were for has been linked meanwhile, with what was made
        candidates = self._candidates([*waiting, *away, *joined])
        if len(candidates) > len(group) and (waiting or away):
            self._keep([*waiting, *away], candidates)
            self.problems.append(ambiguous(world, [*waiting, *away], candidates, edited=False))
            return
        for intention in waiting:
            record = self._take(candidates, intention)
            if record is None:
                self._without.append(intention)
            else:
                self._link(intention, record)
        for intention in away:
            record = self._take(candidates, intention)
            if record is None:
                self._without.append(intention)
            else:
                self._keep([intention], [record])
                self.problems.append(lonely(intention, record))
        for intention in joined:
            record = self._take(candidates, intention)
            if record is not None:
                self._leave_over(intention, [record])
            elif not self._has_what_may_be_its_own(intention):
                self._superseded.append(intention)

    def look_for_edited_ones(self) -> None:
        """Keep the intentions without a record for which a new one stands there that may be theirs, edited since."""
        world = self._world
        found = self._alike(self._without)
        for intention in self._without:
            records = found.get(intention.id)
            if records:
                self._keep([intention], records)
                self.problems.append(ambiguous(world, [intention], records, edited=True))
        found = self._alike(self._superseded, same=True)
        for intention in self._superseded:
            self._leave_over(intention, found.get(intention.id, []))

    def _alike(self, intentions: Sequence[Intention], *, same: bool = False) -> dict[int, list[ConfigurationItem | Asset]]:
        """Find the new records that nobody is kept for and that may be what these intentions made, edited since.

        A record is one creation's at the most: that of which it holds the most. One that only stands in the right place says
        nothing where several creations wait: most of them were never asked for, and it would hold up all of them.
        """
        found: dict[int, list[ConfigurationItem | Asset]] = {}
        for side in {intention.side for intention in intentions}:
            mine = [intention for intention in intentions if intention.side is side]
            for record in _unlinked(self._world, side):
                if record.id in self._world.unfinished.reserved:
                    continue
                scores = {intention.id: self._likeness.resembles(intention, record, same=same) for intention in mine}
                best = max((score for score in scores.values() if score is not None), default=None)
                alike = [intention_id for intention_id, score in scores.items() if best is not None and score == best]
                if best is not None and (best.held or len(alike) == 1):
                    for intention_id in alike:
                        found.setdefault(intention_id, []).append(record)
        return found

    def _has_another(self, intention: Intention) -> bool:
        """Whether the record that the creation was for has been linked with one that is not what was made: that is left over.

        A pair of which the counterpart is not read, because nothing has changed, was asked about when it was new.
        """
        if self._world.link_of_source(intention) is None:
            return False
        made = self._counterpart(intention)
        return bool(intention.left_over) or made is None or not self._likeness.holds_all(intention, made)

    def _counterpart(self, intention: Intention) -> ConfigurationItem | Asset | None:
        """Give what the record that the creation was for is linked with, as far as it was read."""
        world, link = self._world, self._world.link_of_source(intention)
        if link is None:
            return None
        return world.assets.get(link.asset_id) if intention.side is Side.HECTOR else world.cis.get(link.ci_id)

    def _has_what_may_be_its_own(self, intention: Intention) -> bool:
        """Whether somebody has linked the source with what was made, edited since: what else is like that is none of ours."""
        made = self._counterpart(intention)
        return made is None or self._likeness.resembles(intention, made, same=True) is not None

    def _link(self, intention: Intention, record: ConfigurationItem | Asset) -> None:
        """Link what was made, unless it is known as another CI's: Hector gave it the id of one that was gone."""
        orphan = next((it for it in self._world.links.values() if isinstance(record, Asset) and it.asset_id == record.id), None)
        if orphan is None:
            _join(self._conventions, self._world, intention, record)
            self.linked += 1
        else:
            self._keep([intention], [record])
            self.problems.append(spoken_for(self._world, intention, record, orphan))

    def _candidates(self, group: Sequence[Intention]) -> list[ConfigurationItem | Asset]:
        records = _unlinked(self._world, group[0].side)
        free = [record for record in records if record.id not in self._told]
        return [record for record in free if any(self._likeness.holds_all(intention, record) for intention in group)]

    def _take(self, candidates: list[ConfigurationItem | Asset], intention: Intention) -> ConfigurationItem | Asset | None:
        """Take the first candidate that nobody has parted from the intention's source; ``None``: there is none left."""
        for place, record in enumerate(candidates):
            if self._likeness.holds_all(intention, record):
                return candidates.pop(place)
        return None

    def _leave_over(self, intention: Intention, records: Sequence[ConfigurationItem | Asset]) -> None:
        """Keep what was made for a record that has been linked with another, and say so in this run and all that follow."""
        if records:
            self._keep([intention], records)
            self._told |= {record.id for record in records}
            self._world.unfinished.leave_over(intention, records)
            self.problems += [superfluous(self._world, intention, record) for record in records]

    def _keep(self, intentions: Sequence[Intention], records: Sequence[ConfigurationItem | Asset]) -> None:
        """Let intentions wait for these records: nobody else is linked with them, and nothing is made for any of them."""
        self.kept |= {intention.id for intention in intentions}
        for record in records:
            self._world.unfinished.reserve(record)


def _equal_ones(intentions: list[Intention]) -> list[list[Intention]]:
    """Group the intentions that nobody could tell apart by what was sent, in the order in which they were stored."""
    groups: dict[object, list[Intention]] = {}
    for intention in sorted(intentions, key=lambda intention: intention.id):
        sent = frozenset((key, encode(value)) for key, value in intention.sent.items())
        groups.setdefault((intention.side, sent), []).append(intention)
    return list(groups.values())


def _source_stands(world: World, intention: Intention) -> bool:
    """Whether the record that the creation was for is there, and has not been linked meanwhile."""
    return _is_there(world, intention) and world.link_of_source(intention) is None


def _source_is_away(world: World, intention: Intention) -> bool:
    """Whether the record that the creation was for does not show at present: it may come back, and must not be doubled then."""
    # One in order is linked, and not even read.
    return not _is_there(world, intention) and world.link_of_source(intention) is None


def _is_there(world: World, intention: Intention) -> bool:
    return intention.source_id in world.cis if intention.side is Side.HECTOR else int(intention.source_id) in world.assets


def _unlinked(world: World, side: Side) -> list[ConfigurationItem | Asset]:
    elsewhere_c2, elsewhere_hector = world.elsewhere
    if side is Side.C2:
        return [ci for ci in world.cis.values() if ci.id not in world.links and ci.id not in elsewhere_c2]
    whole = (link for link in world.links.values() if link.status == "active" or not world.is_seen(link))
    taken = {link.asset_id for link in whole} | elsewhere_hector  # an orphan that is seen has the id of one that was gone
    return [asset for asset_id, asset in sorted(world.assets.items()) if asset_id not in taken]


def _join(conventions: Conventions, world: World, intention: Intention, record: ConfigurationItem | Asset) -> None:
    """Link the record with the one it was made for; its values as found are the baseline, so that later edits show."""
    if isinstance(record, Asset):
        ci, asset = world.cis[intention.source_id], record
    else:
        ci, asset = record, world.assets[int(intention.source_id)]
    hector = world.hector_values(asset)
    baselines = {}
    for key, basis in intention.basis.items():
        place = world.layout.place.get(key)
        if place is None or is_unknown(basis, is_c2=intention.side is Side.HECTOR):
            continue
        if intention.side is Side.HECTOR:
            baselines[key] = Baseline(basis, as_chosen(conventions, world.pair.mappings[place], basis, hector[key]))
        else:
            baselines[key] = Baseline(ci.values[place], basis)
    world.join([link_for(ci, asset, baselines, intention.id)])
