"""Stories of small worlds, as lines that people can read."""

from __future__ import annotations

import plan_world

from syncsvc.domain.plan import Plan
from syncsvc.planning.field_story import FieldStory
from syncsvc.planning.only import One, only_about, whole
from syncsvc.planning.planner import plan_category
from syncsvc.planning.snapshot import Snapshot
from syncsvc.planning.standing import Records
from syncsvc.planning.story import tell_fields


def everybody(snapshot: Snapshot, plan: Plan) -> list[One]:
    """Give every pair, and every record that has no counterpart."""
    ones = [One(ci.id, ci.number) for ci in snapshot.cis.values()]
    ones += [One(asset_id=asset.id, asset_label=asset.label) for asset in snapshot.assets.values()]
    return list(dict.fromkeys(whole(one, plan, snapshot.links) for one in ones))


def records_of(snapshot: Snapshot, one: One) -> Records:
    """Give the two records of a pair, as far as there are two."""
    ci = snapshot.cis.get(one.ci_id) if one.ci_id else None
    asset = snapshot.assets.get(one.asset_id) if one.asset_id else None
    link = next((link for link in snapshot.links if link.ci_id == one.ci_id), None) if one.ci_id else None
    return Records(ci, asset, link)


def stories(world: plan_world.PlanWorld) -> dict[str, list[str]]:
    """Tell the whole world's stories: by CI number, or else by asset id, a line a field."""
    snapshot, conventions = world.snapshot(), plan_world.conventions()
    plan = plan_category(snapshot, conventions)
    told = {}
    for one in everybody(snapshot, plan):
        fields = tell_fields(snapshot, only_about(plan, one), records_of(snapshot, one), conventions)
        told[one.ci_number or str(one.asset_id)] = [line(field) for field in fields]
    return told


def line(field: FieldStory) -> str:
    """Write a field's story as one line: who changed it, and what is done or why nothing is."""
    changed = field.changed.value if field.changed else "never"
    if field.write is not None:
        write = field.write
        through = " through a sibling" if write.through else ""
        return f"{field.mapping.name} ({changed}): {write.action} {write.record} {write.after} ({write.why}){through}"
    return f"{field.mapping.name} ({changed}): {field.rest}" + (f", {field.problem.kind}" if field.problem else "")
