"""Reading less than all of a category: what changed since the last good run, or one pair.

Both give the CIs to look at, or ``None`` when only a full read can decide: a record without a link must be matched against
everybody, a subcategory that was changed concerns assets that did not change themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from syncsvc.domain.plan import Link
from syncsvc.domain.records import Asset, ConfigurationItem, Level, Side
from syncsvc.engine.columns import Columns
from syncsvc.engine.context import Context
from syncsvc.engine.read import complete_subcategories
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.world import World
from syncsvc.planning.only import One

Record = TypeVar("Record", ConfigurationItem, Asset)

OVERLAP = timedelta(days=1)
"""How far an incremental run looks back beyond the last good run: clocks differ, and lists shift."""


def read_changed(context: Context, world: World, report: CategoryReport, last_good_at: datetime) -> Collection[str] | None:
    """Read what changed on either side since the last good run, and the counterparts of that."""
    pair, since = world.pair, last_good_at - OVERLAP
    cis = context.pool.submit(context.c2.cis, pair.category, pair.c2_fields, modified_since=since)
    subcategories = context.hector.subcategories(pair.hector_category.id, pair.subcategory_fields)
    assets = context.hector.assets(pair.hector_category.id, pair.asset_fields, updated_since=since)
    changed_cis = _changed(context, report, Side.C2, cis.result(), since)
    changed_assets = _changed(context, report, Side.HECTOR, assets, since)
    report.read = {Side.C2: len(changed_cis), Side.HECTOR: len(changed_assets)}
    context.say("info", "changes read", category=report.category, since=since, c2=len(changed_cis), hector=len(changed_assets))
    ours = world.links.keys() | world.elsewhere[0]
    linked = {link.asset_id for link in world.links.values()} | world.elsewhere[1]
    newcomers = any(ci.is_active and ci.id not in ours for ci in changed_cis)
    if newcomers or any(asset.is_active and asset.id not in linked for asset in changed_assets):
        _say_why(context, report, "records without a link have changed")
        return None
    if pair.subcategory_fields and any(s.modified_at is None or s.modified_at >= since for s in subcategories):
        _say_why(context, report, "subcategories have changed, which many assets share")
        return None
    world.subcategories = {subcategory.id: subcategory for subcategory in subcategories}
    seen_cis = {ci.id for ci in changed_cis} | world.settled_cis
    seen_assets = {asset.id for asset in changed_assets}
    links = [link for link in world.links.values() if link.ci_id in seen_cis or link.asset_id in seen_assets]
    if any(link.status != "active" for link in links):
        _say_why(context, report, "an orphaned record shows up again")
        return None
    return _meet(context, world, links, changed_cis, changed_assets)


def read_one(context: Context, world: World, report: CategoryReport, one: One) -> Collection[str] | None:
    """Read one linked pair; a record without a link needs the whole category."""
    pair = world.pair
    link = world.link_of(one.ci_id, one.asset_id)
    if link is None or link.status != "active":
        return None
    context.progress.phase(pair.title, "reading")
    subcategories = context.hector.subcategories(pair.hector_category.id, pair.subcategory_fields)
    world.subcategories = {subcategory.id: subcategory for subcategory in subcategories}
    met = _meet(context, world, [link], [], [])
    report.read = {Side.C2: len(world.cis), Side.HECTOR: len(world.assets)}
    return met or None  # one of the two is not where it was: the full read says where it is


def _meet(
    context: Context, world: World, links: Iterable[Link], cis: Iterable[ConfigurationItem], assets: Iterable[Asset]
) -> Collection[str]:
    """Complete these links' records by looking up those that are lacking; gives the CIs of pairs that are whole."""
    pair, links = world.pair, list(links)
    world.cis = {ci.id: ci for ci in cis}
    world.assets = {asset.id: asset for asset in assets}
    lacking_cis = [link.ci_id for link in links if link.ci_id not in world.cis]
    lacking_assets = [link.asset_id for link in links if link.asset_id not in world.assets]
    if lacking_cis:
        found = context.c2.cis_by_id(pair.category, pair.c2_fields, lacking_cis)
        world.cis |= {ci.id: ci for ci in found if pair.holds(ci)}
    if lacking_assets:
        columns = Columns.of(pair, Level.ASSET)
        met = context.hector.assets_by_id(lacking_assets, columns.fields)
        world.assets |= {asset.id: asset for asset in met if pair.holds(asset)}
    complete_subcategories(context, world, world.assets.values())
    return [link.ci_id for link in links if link.ci_id in world.cis and link.asset_id in world.assets]


def _changed(
    context: Context,
    report: CategoryReport,
    side: Side,
    records: Iterable[Record],
    since: datetime,
) -> list[Record]:
    """Keep what really changed; a system that does not know the filter gives everything, which is noticed."""
    kept: list[Record] = []
    surplus = 0
    for record in records:
        if record.modified_at is None or record.modified_at >= since:
            kept.append(record)
        else:
            surplus += 1
    if surplus:
        context.say(
            "warning",
            f"{side.label} ignores the filter for changed records: it gave {surplus} more than it was asked for.",
            category=report.category,
            hint="Incremental runs save nothing there; leave schedule.full_on out.",
        )
    return kept


def _say_why(context: Context, report: CategoryReport, why: str) -> None:
    context.say("info", "everything is read after all", category=report.category, why=why)
