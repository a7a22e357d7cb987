"""Settling the creations of an earlier run whose answers were lost, before anything is matched.

Candidates are the created side's unlinked records that hold what was sent, as that side may have stored it, and that the earlier
run had not seen. Equal intentions are linked with their candidates in order; more candidates than intentions is ``ambiguous``.
"""

from __future__ import annotations

from datetime import timedelta

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Baseline, Intention, Problem
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.domain.values import any_same, encode, fold, plain
from syncsvc.engine.context import Context
from syncsvc.engine.world import World
from syncsvc.engine.writes import SUBCATEGORY_ID
from syncsvc.state.store import NewLink


def recover(context: Context, world: World) -> tuple[list[Problem], int]:
    """Settle what is left over of earlier runs; gives problems to report, and how many links were found again."""
    problems: list[Problem] = []
    linked = 0
    for group in _equal_ones(world.intentions):
        candidates = [
            record for record in _unlinked(world, group[0].side) if _may_be(context.conventions, world, group[0], record)
        ]
        waiting = [intention for intention in group if _source_stands(world, intention)]
        if len(candidates) > len(group):
            problems.append(_ambiguous(group[0], candidates))
            continue
        for intention, record in zip(waiting, candidates, strict=False):
            _join(world, intention, record)
            linked += 1
        for intention in [*waiting[len(candidates) :], *(i for i in group if i not in waiting)]:
            if context.now() - intention.at >= timedelta(seconds=context.request_time_out):
                world.drop_intention(intention.id)  # the server has long given up: it was never made
    return problems, linked


def _equal_ones(intentions: list[Intention]) -> list[list[Intention]]:
    """Group the intentions that nobody could tell apart by what was sent, in the order in which they were stored."""
    groups: dict[object, list[Intention]] = {}
    for intention in sorted(intentions, key=lambda intention: intention.id):
        sent = frozenset((key, encode(value)) for key, value in intention.sent.items())
        groups.setdefault((intention.side, sent), []).append(intention)
    return list(groups.values())


def _source_stands(world: World, intention: Intention) -> bool:
    """Whether the record that the creation was for is there, and has not been linked meanwhile."""
    if intention.side is Side.HECTOR:
        return intention.source_id in world.cis and intention.source_id not in world.links
    source = int(intention.source_id)
    return source in world.assets and all(link.asset_id != source for link in world.links.values())


def _unlinked(world: World, side: Side) -> list[ConfigurationItem | Asset]:
    elsewhere_c2, elsewhere_hector = world.elsewhere
    if side is Side.C2:
        return [ci for ci in world.cis.values() if ci.id not in world.links and ci.id not in elsewhere_c2]
    taken = {link.asset_id for link in world.links.values()} | elsewhere_hector
    return [asset for asset_id, asset in sorted(world.assets.items()) if asset_id not in taken]


def _may_be(conventions: Conventions, world: World, intention: Intention, record: ConfigurationItem | Asset) -> bool:
    """Whether a record holds everything that was sent, as its system may have stored it, and is newer than the intention."""
    if str(record.id) in intention.seen:
        return False
    if isinstance(record, Asset):
        if intention.sent.get(SUBCATEGORY_ID) not in {None, str(record.subcategory_id)}:
            return False
        fields = world.pair.asset_fields
    else:
        if fold(str(plain(intention.sent.get("Name")))) != fold(record.name):
            return False
        fields = world.pair.c2_fields
    for place, field in enumerate(fields):
        if field.key in intention.sent:
            forms = conventions.stored(intention.sent[field.key], field)
            if not any_same(record.values[place], forms):
                return False
    return True


def _join(world: World, intention: Intention, record: ConfigurationItem | Asset) -> None:
    """Link the record with the one it was made for; its values as found are the baseline, so that later edits show."""
    if isinstance(record, Asset):
        ci, asset = world.cis[intention.source_id], record
    else:
        ci, asset = record, world.assets[int(intention.source_id)]
    hector = world.hector_values(asset)
    baselines = {}
    for mapping, basis in intention.basis.items():
        place = world.layout.place.get(mapping)
        if place is not None:
            c2_now = ci.values[place]
            baselines[mapping] = Baseline(basis, hector[mapping]) if intention.side is Side.HECTOR else Baseline(c2_now, basis)
    world.join([NewLink(ci.id, ci.number, asset.id, ci.is_active, asset.is_active, baselines, intention.id)])


def _ambiguous(intention: Intention, candidates: list[ConfigurationItem | Asset]) -> Problem:
    listed = ", ".join(r.label if isinstance(r, Asset) else r.number for r in candidates[:50])
    made = "an asset" if intention.side is Side.HECTOR else "a CI"
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"An earlier run lost the answer when it created {made}, and several records may be the one: {listed}.",
        "Change a value of those that are something else; nothing is created until one is left.",
    )
