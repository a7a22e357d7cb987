"""Whether an asset that shows up again under the id of one that was gone is the same thing.

A server whose database was set back, or that counts on from its highest id, gives an id a second time. Taken for the old thing,
the new one would be overwritten with what the CI says, or the CI with what stands there now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shlex import quote

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Baseline, Link, Problem
from syncsvc.domain.records import Asset
from syncsvc.domain.values import fold
from syncsvc.engine.context import Context
from syncsvc.engine.world import World
from syncsvc.planning.match import key_for


def find_others(context: Context, world: World, links: Sequence[Link]) -> dict[str, Problem]:
    """Give, by CI id, an error about each of these orphans whose asset, seen again, is another thing."""
    if not links:
        return {}
    ids = [link.id for link in links]
    known, labels = context.store.baselines_of(world.pair.category.id, ids), context.store.labels_of(ids)
    found: dict[str, Problem] = {}
    for link in links:
        asset = world.assets.get(link.asset_id)
        if asset is not None:
            told_by = _told_by(context, world, asset, known.get(link.id, {}), labels.get(link.id, ""))
            found |= {link.ci_id: _another(link, asset, told_by)} if told_by else {}
    return found


def _told_by(context: Context, world: World, asset: Asset, known: Mapping[str, Baseline], label: str) -> str:
    """Name the field by which an asset is another thing than was known under its id: of ``match_on``, or else its tag.

    ``""``: it is the same thing, or nothing tells.
    """
    pair, now = world.pair, world.hector_values(asset)
    for place in pair.match_on or ():
        mapping, key_of = pair.mappings[place], key_for(pair, place, context.conventions)
        then = known.get(mapping.key)
        old, new = key_of.of(then.hector if then else None, mapping.hector), key_of.of(now[mapping.key], mapping.hector)
        if old and new:
            return "" if old == new else mapping.name
    tags = {fold(tag) for tag in (label, asset.asset_tag)} - {"", str(asset.id)}
    return "asset tag" if len(tags) > 1 else ""


def _another(link: Link, asset: Asset, told_by: str) -> Problem:
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"The counterpart of CI {link.ci_number} was gone from Hector; what has its id ({asset.id}) now, asset {asset.label}, is "
        f"another thing by its “{told_by}”. Both are left alone.",
        f"Part the two, and each is a record without a counterpart again: syncsvc links remove --ci {link.ci_number}. Then join "
        f"them, if it is the same thing all the same: syncsvc links add --ci {link.ci_number} --asset {quote(asset.label)}.",
        ci_number=link.ci_number,
        asset=asset.label,
        field=told_by,
    )
