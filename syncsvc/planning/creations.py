"""Records that have nobody on the other side, and what they are given there when one is made for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncsvc.domain.plan import Action, Change, FieldChange, Problem, Why
from syncsvc.domain.records import Asset, ConfigurationItem, RecordKind, Side
from syncsvc.domain.values import Value
from syncsvc.planning.draft import Draft
from syncsvc.planning.merge import Verdict, for_new_record
from syncsvc.planning.subcategories import SubcategoryIndex, key_for_new_asset, need

NAME = "Name"
"""The C2 system field by which a mapping names a new CI."""


def create_asset(draft: Draft, ci: ConfigurationItem, index: SubcategoryIndex) -> None:
    """Plan the asset of a CI that has none, made from the subcategory with the CI's key."""
    keyed = key_for_new_asset(draft, ci, index)
    if keyed is None:
        return
    key, key_values = keyed
    fields = _fields_for(draft, Side.HECTOR, ci.values, ci=ci)
    if fields is None:
        return
    found = index.find(key)
    if found is None:
        need(draft, key, key_values, ci)
    else:
        draft.let_come(found.id, ci)
    draft.creations.append(
        Change(
            Action.CREATE,
            Side.HECTOR,
            RecordKind.ASSET,
            tuple(fields),
            ci_id=ci.id,
            ci_number=ci.number,
            subcategory_id=found.id if found else None,
            subcategory_key=key,
            title=ci.name,
        )
    )


def create_ci(draft: Draft, asset: Asset) -> None:
    """Plan the CI of an asset that has none, named by the mapped ``Name`` or else by the asset's title."""
    subcategory = draft.snapshot.subcategories.get(asset.subcategory_id)
    fields = _fields_for(draft, Side.C2, draft.layout.hector_values(asset, subcategory), asset=asset)
    if fields is None:
        return
    named = {draft.pair.mappings[draft.layout.place[change.mapping]].c2.key: change.after for change in fields}
    draft.creations.append(
        Change(
            Action.CREATE,
            Side.C2,
            RecordKind.CI,
            tuple(fields),
            asset_id=asset.id,
            asset_label=asset.label,
            title=str(named.get(NAME) or asset.title or asset.label),
        )
    )


def _fields_for(
    draft: Draft,
    side: Side,
    values: Sequence[Value],
    *,
    ci: ConfigurationItem | None = None,
    asset: Asset | None = None,
) -> list[FieldChange] | None:
    """Give what a new record is given, or ``None`` when a field that it must have cannot be filled.

    A refused field that is not required is recorded and left out: each field stands for itself.
    """
    changes: list[FieldChange] = []
    problems: list[Problem] = []
    possible = True
    for place, mapping in enumerate(draft.pair.mappings):
        if side is Side.HECTOR and mapping.is_shared:
            continue  # settled when the new pair is merged with its siblings
        decision = for_new_record(mapping, side, values[place], draft.conventions)
        if decision.error is not None:
            h = values[place] if asset else None
            problems.append(draft.problem(decision.error, mapping, ci=ci, asset=asset, h=h, place=place))
            possible = possible and not mapping.field(side).required
        elif decision.verdict is not Verdict.NOTHING:
            key, value = draft.layout.keys[place], values[place]
            changes.append(FieldChange(key, mapping.name, None, decision.value, value, Why.NEW_RECORD))
    draft.problems += [replace(problem, provisional=possible) for problem in problems]
    return changes if possible else None
