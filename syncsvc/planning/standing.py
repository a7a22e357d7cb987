"""How a record stands to its counterpart: linked, orphaned, about to be linked or created, or alone, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from syncsvc.domain.plan import Action, Intention, Link, Plan
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.planning.snapshot import Snapshot


class Standing(StrEnum):
    """How a record stands to its counterpart; part of the ``--json`` format."""

    LINKED = "linked"
    ORPHANED = "orphaned"
    """One of the two is gone; what has its id by now, if anything, is another thing."""
    WHOLE_AGAIN = "whole_again"
    """The link is orphaned, but both records are there."""
    GONE = "gone"
    """Linked, and one of the two is not there; only a full run marks it orphaned."""
    MOVED = "moved"
    """Linked, and one of the two is in another category by now."""
    TO_BE_LINKED = "to_be_linked"
    TO_BE_CREATED = "to_be_created"
    """The next run makes its counterpart."""
    UNFINISHED = "unfinished"
    """A run lost the answer when it made the counterpart."""
    ELSEWHERE = "elsewhere"
    """It is linked under another category."""
    NOT_IN_USE = "not_in_use"
    """Inactive CIs and retired assets are neither linked nor created anew."""
    REFUSED = "refused"
    """Problems say why it gets no counterpart."""
    NOT_CREATED = "not_created"
    """Nothing across is the same, and the rules do not have one made."""
    HELD_BACK = "held_back"


@dataclass(frozen=True, slots=True)
class Records:
    """The two records of a pair, as far as there are two."""

    ci: ConfigurationItem | None
    asset: Asset | None
    link: Link | None = None


def standing_of(
    records: Records, snapshot: Snapshot, plan: Plan, *, was_orphaned: bool, intentions: Iterable[Intention] = ()
) -> Standing:
    """Say how a record stands; ``plan`` is what concerns it of a plan, ``was_orphaned`` what is stored of the link."""
    link = records.link
    if link is None:
        return _without_link(records, snapshot, plan, intentions)
    if records.ci is not None and records.asset is not None:
        back = Standing.WHOLE_AGAIN if link.status == "active" else Standing.ORPHANED
        return back if was_orphaned else Standing.LINKED
    if link.ci_id in snapshot.moved:
        return Standing.MOVED
    return Standing.ORPHANED if was_orphaned else Standing.GONE


def _without_link(records: Records, snapshot: Snapshot, plan: Plan, intentions: Iterable[Intention]) -> Standing:
    actions = {change.action for change in plan.changes}
    if Action.LINK in actions:
        return Standing.TO_BE_LINKED
    if Action.CREATE in actions:
        return Standing.TO_BE_CREATED
    record = records.ci or records.asset
    assert record is not None
    side = Side.HECTOR if records.ci else Side.C2  # where its counterpart would be made
    if any((intention.side, intention.source_id) == (side, str(record.id)) for intention in intentions):
        return Standing.UNFINISHED
    if record.id in snapshot.taken_cis or record.id in snapshot.taken_assets:
        return Standing.ELSEWHERE
    if not record.is_active:
        return Standing.NOT_IN_USE
    if plan.problems:
        return Standing.REFUSED
    return Standing.NOT_CREATED if side not in snapshot.pair.create.writes else Standing.HELD_BACK


def parted_from(records: Records, snapshot: Snapshot) -> tuple[str, ...]:
    """Name the records that people have parted a record from: by number or label as far as they were read, or else by id."""
    ci_id = records.ci.id if records.ci else None
    asset_id = records.asset.id if records.asset else None
    assets = [snapshot.assets.get(asset) or asset for ci, asset in sorted(snapshot.parted) if ci == ci_id]
    cis = [snapshot.cis.get(ci) or ci for ci, asset in sorted(snapshot.parted) if asset == asset_id]
    return tuple(
        [f"asset {it.label if isinstance(it, Asset) else it}" for it in assets]
        + [f"CI {it.number if isinstance(it, ConfigurationItem) else it}" for it in cis]
    )
