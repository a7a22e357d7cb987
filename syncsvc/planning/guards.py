"""Guards: reasons to hold a category back before anything is written, because its plan looks like a disaster.

Changes of a first meeting do not count, and percentages only from twenty on: in a category of five, two are not a flood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from syncsvc.domain.plan import Action, Change, Plan, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.planning.snapshot import Layout, Snapshot

FROM = 20
"""Links, or filled values, below which no percentage is taken."""


def reasons_to_hold(
    snapshot: Snapshot, plan: Plan, *, complete: bool = True, filled: Mapping[tuple[Side, str], int] | None = None
) -> tuple[str, ...]:
    """Give every guard that the plan trips, in words; none: it may be carried out.

    ``complete`` says whether both sides were read in full: only then can anything be missing. ``filled`` says, by side and
    mapping, how many values the pairs hold that are not in the snapshot, for the fields that the plan empties somewhere.
    """
    found = [_doubling(snapshot), *_changes(snapshot, plan), *_cleared(snapshot, plan, filled or {}), *_creations(snapshot, plan)]
    if complete:
        found += absences(snapshot)
    return tuple(reason for reason in found if reason)


def absences(snapshot: Snapshot) -> tuple[str, ...]:
    """Give the guards that too many missing records trip, in words; both sides were read in full."""
    return (*_empty(snapshot), *_missing(snapshot))


def _doubling(snapshot: Snapshot) -> str:
    """Say that an unlinked category with records on both sides and nothing to match them by would be doubled.

    A pair that somebody has joined by hand says nothing of the others.
    """
    pair = snapshot.pair
    if pair.match_on is not None or snapshot.unfinished or not all(link.by_hand for link in snapshot.links):
        return ""
    here = sum(ci.is_active and ci.id not in snapshot.taken_cis for ci in snapshot.cis.values())
    there = sum(asset.is_active and asset.id not in snapshot.taken_assets for asset in snapshot.assets.values())
    if not here or not there or not pair.create.writes:
        return ""
    return (
        f"no run has linked anything yet, both sides have records ({here} CIs, {there} assets), and match_on does not say how to "
        "tell which belong together: the inventory would be doubled (write match_on, or match_on: none if they are different "
        "things)"
    )


def _empty(snapshot: Snapshot) -> Iterable[str]:
    if snapshot.links and not snapshot.quiet:
        if not snapshot.cis:
            yield f"C2 shows no CI although {len(snapshot.links)} are linked"
        if not snapshot.assets:
            yield f"Hector shows no asset although {len(snapshot.links)} are linked"


def _missing(snapshot: Snapshot) -> Iterable[str]:
    limit = snapshot.pair.guards.max_missing_percent
    linked = [link for link in snapshot.links if link.status == "active"]
    unproven = [link for link in linked if link.ci_id not in snapshot.quiet and link.ci_id not in snapshot.moved]
    missing = sum(1 for link in unproven if link.ci_id not in snapshot.cis or link.asset_id not in snapshot.assets)
    if _beyond(missing, len(linked), limit):
        yield f"{missing} of {len(linked)} links miss a record (max_missing_percent is {limit:g})"


def _changes(snapshot: Snapshot, plan: Plan) -> Iterable[str]:
    limit = snapshot.pair.guards.max_change_percent
    for side in Side:
        written: set[str | None] = set()
        for change in plan.changes:
            if change.system is side and change.action not in {Action.CREATE, Action.LINK} and _counts(change):
                written |= {change.ci_id} if change.ci_id else set(_sharers(change))
        if _beyond(len(written), len(snapshot.links), limit):
            of = f"{len(written)} of {len(snapshot.links)} links"
            yield f"{of} would be written in {side.label} (max_change_percent is {limit:g})"


def _sharers(change: Change) -> Collection[str]:
    """Give the CIs of all links that a subcategory's change reaches."""
    return change.sharers or [follower.ci_id for follower in change.followers]


def _counts(change: Change) -> bool:
    return any(field.why is not Why.FIRST_MEETING for field in change.fields) or not change.fields


def emptied(plan: Plan) -> dict[tuple[Side, str], int]:
    """Give how many values of which fields a plan empties, by side and mapping."""
    found: dict[tuple[Side, str], int] = {}
    for change in plan.changes:
        for field in change.fields:
            if field.after is None and field.before is not None and change.action is not Action.CREATE:
                at = (change.system, field.mapping)
                found[at] = found.get(at, 0) + max(1, len(_sharers(change)))
    return found


def _cleared(snapshot: Snapshot, plan: Plan, elsewhere: Mapping[tuple[Side, str], int]) -> Iterable[str]:
    """Hold a field whose values would be emptied in bulk, on either side."""
    limit = snapshot.pair.guards.max_cleared_percent
    layout = Layout(snapshot.pair)
    for (side, key), count in emptied(plan).items():
        place = layout.place[key]
        filled = _filled(snapshot, layout, side, place) + elsewhere.get((side, key), 0)
        if _beyond(count, filled, limit):
            name = layout.mappings[place].field(side).name
            yield f"“{name}” would be emptied in {count} of {filled} records of {side.label} (max_cleared_percent is {limit:g})"


def _filled(snapshot: Snapshot, layout: Layout, side: Side, place: int) -> int:
    if side is Side.C2:
        return sum(1 for ci in snapshot.cis.values() if ci.values[place] is not None)
    subcategories = snapshot.subcategories
    values = (layout.hector_values(a, subcategories.get(a.subcategory_id))[place] for a in snapshot.assets.values())
    return sum(1 for value in values if value is not None)


def _creations(snapshot: Snapshot, plan: Plan) -> Iterable[str]:
    limit = snapshot.pair.guards.max_creates
    for side, record in ((Side.C2, RecordKind.CI), (Side.HECTOR, RecordKind.ASSET)):
        created = sum(1 for change in plan.changes if change.action is Action.CREATE and change.record is record)
        if limit is not None and created > limit:
            yield f"{created} records would be created in {side.label} (max_creates is {limit})"


def _beyond(count: int, whole: int, percent: float | None) -> bool:
    return percent is not None and whole >= FROM and count * 100 > whole * percent
