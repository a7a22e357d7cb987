"""A single sync: that part of a category's plan which is about one CI and its asset."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Action, Change, Link, Plan
from syncsvc.domain.records import RecordKind
from syncsvc.domain.rules import CategoryPair
from syncsvc.planning.siblings import only_led


@dataclass(frozen=True, slots=True)
class One:
    """The pair that a single sync is for, or the one record of it that there is yet."""

    ci_id: str | None = None
    ci_number: str | None = None
    asset_id: int | None = None
    asset_label: str | None = None


def whole(one: One, plan: Plan, links: Iterable[Link]) -> One:
    """Give the pair that one record has become: what is decided about its fields stands under the CI, also for an asset."""
    for link in links:
        if one.ci_id == link.ci_id or one.asset_id == link.asset_id:
            known = one.asset_label or str(link.asset_id)
            return One(link.ci_id, link.ci_number, link.asset_id, known)
    for change in plan.changes:
        if change.action is Action.LINK and (one.ci_id == change.ci_id or one.asset_id == change.asset_id):
            return One(change.ci_id, change.ci_number, change.asset_id, change.asset_label)
    return one


def only_about(plan: Plan, one: One) -> Plan:
    """Give the part of a plan that is about one pair: its own changes, and those of its subcategory with what siblings get."""
    own = [change for change in plan.changes if _concerns(change, one)]
    needed = {change.subcategory_key for change in own if change.subcategory_key is not None}
    shared = {change.subcategory_id for change in own if change.record is RecordKind.SUBCATEGORY}
    changes = only_led(
        change if change in own or change.record is RecordKind.SUBCATEGORY else _through(change, shared)
        for change in plan.changes
        if change in own
        or (change.record is RecordKind.SUBCATEGORY and change.subcategory_key in needed)
        or _through(change, shared).fields
    )
    return replace(
        plan,
        changes=changes,
        agreements=tuple(it for it in plan.agreements if it.ci_id == one.ci_id),
        conflicts=tuple(it for it in plan.conflicts if it.ci_id == one.ci_id),
        activity=tuple(it for it in plan.activity if it.ci_id == one.ci_id),
        homes=tuple(it for it in plan.homes if it.ci_id == one.ci_id),
        settled=tuple(it for it in plan.settled if it[0] == one.ci_id),
        given_up=tuple(it for it in plan.given_up if it.ci_id == one.ci_id),
        problems=tuple(
            it
            for it in plan.problems
            if (one.ci_number is not None and (it.ci_number == one.ci_number or f"CI {one.ci_number}" in it.message))
            or (one.asset_label is not None and (it.asset == one.asset_label or f"asset {one.asset_label}" in it.message))
        ),
        unchanged=int(None not in {one.ci_id, one.asset_id} and all(change.action is Action.LINK for change in changes)),
    )


def _through(change: Change, subcategories: Collection[int | None]) -> Change:
    """Give the part of a change that follows from the write of one of these subcategories."""
    return replace(change, fields=tuple(it for it in change.fields if it.through is not None and it.through in subcategories))


def _concerns(change: Change, one: One) -> bool:
    if one.ci_id is not None and (change.ci_id == one.ci_id or any(it.ci_id == one.ci_id for it in change.followers)):
        return True
    return one.asset_id is not None and change.asset_id == one.asset_id


def needs_everybody(plan: Plan, pair: CategoryPair) -> bool:
    """Whether a plan made from some pairs only can not be trusted: it touches what others share and were not asked about."""
    shares = any(mapping.is_shared for mapping in pair.mappings)
    return any(
        (change.record is RecordKind.SUBCATEGORY and change.action is not Action.CREATE)
        or (change.action is Action.MOVE and shares)
        for change in plan.changes
    ) or any(problem.kind is ErrorKind.DISAGREEMENT for problem in plan.problems)
