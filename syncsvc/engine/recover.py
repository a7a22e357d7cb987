"""Settling the creations of an earlier run whose answers were lost, before anything is matched.

Candidates are the created side's unlinked records that hold what was sent, as that side may have stored it, and that the earlier
run had not seen. Equal intentions are linked with their candidates in order; more candidates than intentions is ``ambiguous``.
"""

from __future__ import annotations

from datetime import timedelta

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError, ErrorKind
from syncsvc.domain.plan import Baseline, Intention, Problem
from syncsvc.domain.records import Asset, ConfigurationItem, Level, Side
from syncsvc.domain.rules import FieldMapping
from syncsvc.domain.values import Value, any_same, encode, fold, is_unknown, plain
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
        if len(candidates) > len(group):
            problems.append(_ambiguous(group[0], candidates))
            continue
        waiting = [intention for intention in group if _source_stands(world, intention)]
        for intention, record in zip(waiting, candidates, strict=False):
            _join(context.conventions, world, intention, record)
            linked += 1
        away = [intention for intention in group if _source_is_away(world, intention)]
        for intention, record in zip(away, candidates[len(waiting) :], strict=False):
            world.reserve(record)
            problems.append(_lonely(intention, record))
        kept = {intention.id for intention in away[: max(0, len(candidates) - len(waiting))]}
        joined = {intention.id for intention in waiting[: len(candidates)]}
        for intention in group:
            given_up = context.started - intention.at >= timedelta(seconds=context.request_time_out)
            if given_up and intention.id not in kept | joined:
                world.drop_intention(intention.id)  # the server had given up before anything was read: it was never made
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


def _source_is_away(world: World, intention: Intention) -> bool:
    """Whether the record that the creation was for does not show at present: it may come back, and must not be doubled then."""
    if intention.side is Side.HECTOR:
        return intention.source_id not in world.cis and intention.source_id not in world.links
    return int(intention.source_id) not in world.assets


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
            baselines[key] = Baseline(basis, _as_made(conventions, world.pair.mappings[place], basis, hector[key]))
        else:
            baselines[key] = Baseline(ci.values[place], basis)
    world.join([NewLink(ci.id, ci.number, asset.id, ci.is_active, asset.is_active, baselines, intention.id)])


def _as_made(conventions: Conventions, mapping: FieldMapping, basis: Value, found: Value) -> Value:
    """Say what Hector held of a field when the asset was made: its subcategory may have been changed since, which must show."""
    if mapping.hector.level is not Level.SUBCATEGORY:
        return found  # a candidate holds what was sent
    folded = mapping.hector.is_subcategory_key
    if conventions.in_order(basis, mapping.c2, found, mapping.hector, folded=folded):
        return found
    try:
        return conventions.stored(conventions.convert(basis, mapping.c2, mapping.hector), mapping.hector)[0]
    except ConversionError:
        return found


def _lonely(intention: Intention, record: ConfigurationItem | Asset) -> Problem:
    made, source = ("asset", "CI") if isinstance(record, Asset) else ("CI", "asset")
    called = record.label if isinstance(record, Asset) else record.number
    return Problem(
        ErrorKind.MISSING,
        f"The {made} {called} was made for the {source} {intention.source_id}, which its category does not show any more; "
        "it is left alone.",
        f"Bring the {source} back to its category, or link the {made} with another one by hand: syncsvc links add.",
        ci_number=None if isinstance(record, Asset) else record.number,
        asset=record.label if isinstance(record, Asset) else None,
    )


def _ambiguous(intention: Intention, candidates: list[ConfigurationItem | Asset]) -> Problem:
    listed = ", ".join(r.label if isinstance(r, Asset) else r.number for r in candidates[:50])
    made = "an asset" if intention.side is Side.HECTOR else "a CI"
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"An earlier run lost the answer when it created {made}, and several records may be the one: {listed}.",
        "Change a value of those that are something else; nothing is created until one is left.",
    )
