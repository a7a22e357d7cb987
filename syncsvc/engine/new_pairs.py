"""What is agreed on for a pair of which this run has made one half: by the answer first, then by a look at what was made.

Making it, and storing its link, is ``create.py``'s part.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import Agreement, Baseline, Change
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.domain.values import Value, is_unknown, same
from syncsvc.engine.context import Context
from syncsvc.engine.likeness import MADE_BY_HECTOR
from syncsvc.engine.world import Fact, World
from syncsvc.planning.creations import NAME
from syncsvc.planning.moved import as_chosen

NAMES = frozenset({NAME, "EnglishName", "FrenchName"})
"""What ``CI/Save`` takes, or else makes no CI; its answer shows none of them."""


def first_baselines(
    world: World, conventions: Conventions, change: Change, ci: ConfigurationItem, asset: Asset
) -> dict[str, Baseline]:
    """Give a new link's baselines: the planned value of the one side, and what the answer says of the other.

    A field of which the answer says nothing has none yet; it is met when the pair is merged once more. Only a name stands as
    it was sent until it is looked at: should the run end before that, what somebody makes of it meanwhile is a change.
    One that is unknown on the side it came from (a checkbox that nobody ever ticked) has none either: it wipes nothing later.
    """
    hector, layout = world.hector_values(asset), world.layout
    found = {}
    for field in change.fields:
        place = layout.place[field.mapping]
        if is_unknown(field.basis, is_c2=change.system is Side.HECTOR):
            continue
        if change.system is Side.HECTOR:
            h = as_chosen(conventions, layout.mappings[place], field.basis, hector[field.mapping])
            found[field.mapping] = Baseline(field.basis, h)
        elif place not in ci.absent:
            found[field.mapping] = Baseline(ci.values[place], field.basis)
        elif layout.mappings[place].c2.key in NAMES:
            found[field.mapping] = Baseline(field.after, field.basis)
    sent = {field.mapping for field in change.fields}
    return found | (_made_up(world, sent, ci, hector) if change.system is Side.HECTOR else _called(world, change, sent, hector))


def _called(world: World, change: Change, sent: Container[str], hector: Mapping[str, Value]) -> dict[str, Baseline]:
    """Give the baseline of the name of a CI that was made with its required fields only: the name is sent all the same."""
    return {
        mapping.key: Baseline(change.title, hector[mapping.key])
        for mapping in world.pair.mappings
        if mapping.c2.key == NAME and mapping.key not in sent
        if Side.C2 in mapping.direction.writes and not is_unknown(hector[mapping.key], is_c2=False)
    }


def _made_up(world: World, sent: Container[str], ci: ConfigurationItem, hector: Mapping[str, Value]) -> dict[str, Baseline]:
    """Give the baselines of what Hector filled by itself because a refusal kept back what the CI has to say of it.

    That is nobody's word: the CI's value is written over it, and no conflict with it.
    """
    return {
        mapping.key: Baseline(None, hector[mapping.key])
        for mapping, value in zip(world.pair.mappings, ci.values, strict=True)
        if mapping.hector.key in MADE_BY_HECTOR and mapping.key not in sent
        if Side.HECTOR in mapping.direction.writes and not is_unknown(value, is_c2=True)
    }


def read_created_cis(context: Context, world: World) -> None:
    """Read the CIs just created: the answer to ``CI/Save`` is partial, and says nothing of their names.

    One that somebody has deleted or moved away meanwhile is not looked at once more: what it does not show is not empty.
    """
    partial = [ci.id for ci in world.cis.values() if ci.absent]
    if not partial:
        return
    pair = world.pair
    read = [ci for ci in context.c2.cis_by_id(pair.category, pair.c2_fields, partial) if pair.holds(ci)]
    world.advance([Fact([it for ci in read for it in _unlike_sent(world, ci)])])
    for ci_id in partial:
        del world.cis[ci_id]
    world.cis.update({ci.id: ci for ci in read})
    world.note_made(read)


def _unlike_sent(world: World, shown: ConfigurationItem) -> Iterator[Agreement]:
    """Let names meet as if for the first time that C2 shows otherwise than they were sent: it may have made that of them."""
    answered = world.cis[shown.id]
    known = world.baselines.get(world.links[shown.id].id, {}) if shown.id in world.links else {}
    for place in answered.absent - shown.absent:
        mapping = world.layout.mappings[place]
        baseline = known.get(mapping.key)
        if mapping.c2.key in NAMES and baseline is not None and not same(shown.values[place], baseline.c2):
            yield Agreement(shown.id, mapping.key, None)
