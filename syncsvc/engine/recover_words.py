"""What a person is told of a creation whose answer was lost, where nobody but a person can say what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Intention, Link, Problem
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.engine.world import World

NAMED = 50
"""Records that an error names at the most."""


def lonely(intention: Intention, record: ConfigurationItem | Asset) -> Problem:
    """Say that what was made was found, and that what it was made for is not there to be linked with."""
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


def spoken_for(world: World, intention: Intention, made: ConfigurationItem | Asset, orphan: Link) -> Problem:
    """Say that what was made has the id of an asset that was gone, and is known as another CI's counterpart."""
    (named, ci_number, _), label = _source(world, intention), made.label if isinstance(made, Asset) else made.number
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"The asset {label} was made for {named}, and Hector gave it the id of one that was gone: the counterpart of "
        f"CI {orphan.ci_number}. It is left alone.",
        f"Part the old pair: syncsvc links remove --ci {orphan.ci_number}. The next run links the new one.",
        ci_number=ci_number,
        asset=label,
    )


def superfluous(world: World, intention: Intention, record: ConfigurationItem | Asset) -> Problem:
    """Say that what was made is left over: what it was made for has another counterpart by now."""
    called, made = (record.label, "asset") if isinstance(record, Asset) else (record.number, "CI")
    named = _source(world, intention)[0] or f"the record {intention.source_id}"
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"An earlier run lost the answer when it created {'an' if isinstance(record, Asset) else 'a'} {made} for {named}, which "
        f"has been linked with another since; the {made} {called} seems to be what it made, and is left alone.",
        f"Delete the {made} if nobody needs it, or link it by hand: syncsvc links add.",
        ci_number=None if isinstance(record, Asset) else record.number,
        asset=record.label if isinstance(record, Asset) else None,
    )


def ambiguous(
    world: World, intentions: Sequence[Intention], records: Sequence[ConfigurationItem | Asset], *, edited: bool
) -> Problem:
    """Say which records may be the ones that an earlier run made, and how a person ends it."""
    listed = ", ".join(record.label if isinstance(record, Asset) else record.number for record in records[:NAMED])
    sources = [_source(world, intention) for intention in intentions]
    named = ", ".join(filter(None, (name for name, _, _ in sources[:NAMED])))
    made = "an asset" if intentions[0].side is Side.HECTOR else "a CI"
    what = "this may be the one, edited since" if edited and len(records) == 1 else "any of these may be the one"
    _, ci_number, asset = sources[0] if len(sources) == 1 else ("", None, None)
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"An earlier run lost the answer when it created {made} for {named or 'a record'}, and {what}: {listed}. "
        "Nothing is created until that is known.",
        "Link the right one by hand: syncsvc links add. If none of them is, link it all the same and part the two again "
        "(syncsvc links remove): a parted record is not taken for it any more.",
        ci_number=ci_number,
        asset=asset,
    )


def _source(world: World, intention: Intention) -> tuple[str, str | None, str | None]:
    """Give the record that a creation was for: in words, as a CI's number, as an asset's label."""
    if intention.side is Side.HECTOR:
        known = world.cis.get(intention.source_id) or world.links.get(intention.source_id)
        number = known.number if isinstance(known, ConfigurationItem) else known and known.ci_number
        return (f"CI {number}", number, None) if number else ("", None, None)
    asset, link = world.assets.get(int(intention.source_id)), world.link_of_source(intention)
    label = asset.label if asset else link and world.label_of(link)
    return (f"asset {label}", None, label) if label else ("", None, None)
