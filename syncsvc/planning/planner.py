"""The planner: what a run would do to one category, as frozen data.

Every link and every new pair is merged field by field, then keys and shared fields of subcategories are settled among siblings,
then the records that have nobody are created. Two entrances: :func:`plan_category` for a whole category and
:func:`plan_again` for pairs that a run has just made, moved or given a new value.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.plan import Action, Change, FieldChange, Plan, Why
from syncsvc.domain.records import Asset, ConfigurationItem, Level, RecordKind, Side
from syncsvc.planning.activity import action_of, in_order_of_writing, settle_activity
from syncsvc.planning.conflicts import settle_conflict
from syncsvc.planning.creations import create_asset, create_ci
from syncsvc.planning.draft import Draft, Meeting
from syncsvc.planning.match import Candidates, match
from syncsvc.planning.merge import Decision, Verdict, merge
from syncsvc.planning.moved import meet_new_home
from syncsvc.planning.rest import does_not_rest, is_given_up
from syncsvc.planning.shared import new_subcategory, settle_shared
from syncsvc.planning.snapshot import Snapshot
from syncsvc.planning.subcategories import SubcategoryIndex, settle_keys


def plan_category(snapshot: Snapshot, conventions: Conventions) -> Plan:
    """Plan a category of which both sides were read in full."""
    draft = Draft(snapshot, conventions)
    linked = linked_pairs(snapshot, draft)
    candidates = Candidates(
        tuple(snapshot.cis.values()),
        tuple(snapshot.assets.values()),
        lambda asset: draft.layout.hector_values(asset, snapshot.subcategories.get(asset.subcategory_id)),
        snapshot.taken_cis.union(link.ci_id for link in snapshot.links if link.ci_id in snapshot.cis),
        snapshot.taken_assets.union(link.asset_id for link in snapshot.links if link.asset_id in snapshot.assets),
        snapshot.parted,
        snapshot.unfinished_cis,
        snapshot.unfinished_assets,
    )
    matching = match(snapshot.pair, candidates, conventions)
    draft.problems += matching.problems
    new = [_new_pair(draft, ci, asset, place) for ci, asset, place in matching.pairs]
    lone_cis = matching.lone_cis if Side.HECTOR in snapshot.pair.create.writes else ()
    _settle(draft, linked + new, linked + new, lone_cis)
    if Side.C2 in snapshot.pair.create.writes:
        for asset in matching.lone_assets:
            create_ci(draft, asset)
    return _finish(draft, linked, new)


def plan_again(snapshot: Snapshot, conventions: Conventions, ci_ids: Collection[str]) -> Plan:
    """Plan only these linked CIs, which a run has just touched; the others are looked at where they share a subcategory."""
    draft = Draft(snapshot, conventions)
    everybody = linked_pairs(snapshot, draft)
    meetings = [meeting for meeting in everybody if meeting.ci.id in ci_ids]
    _settle(draft, meetings, everybody)
    return _finish(draft, meetings)


def linked_pairs(snapshot: Snapshot, draft: Draft) -> list[Meeting]:
    """Give the links whose two records were both read, face to face."""
    found = []
    for link in snapshot.links:
        ci, asset = snapshot.cis.get(link.ci_id), snapshot.assets.get(link.asset_id)
        if ci is not None and asset is not None:
            subcategory = snapshot.subcategories.get(asset.subcategory_id)
            values = draft.layout.hector_values(asset, subcategory)
            found.append(Meeting(ci, asset, subcategory, values, snapshot.baselines.get(link.id, {}), link))
    return found


def _new_pair(draft: Draft, ci: ConfigurationItem, asset: Asset, place: int) -> Meeting:
    mapping = draft.pair.mappings[place]
    draft.links.append(
        Change(
            Action.LINK,
            Side.HECTOR,
            RecordKind.ASSET,
            (FieldChange(mapping.key, mapping.name, None, ci.values[place], ci.values[place], Why.MATCHED),),
            ci_id=ci.id,
            ci_number=ci.number,
            asset_id=asset.id,
            asset_label=asset.label,
            title=ci.name,
        )
    )
    subcategory = draft.snapshot.subcategories.get(asset.subcategory_id)
    values = draft.layout.hector_values(asset, subcategory)
    return Meeting(ci, asset, subcategory, values, {}, matched_by=place)


# -- merging -------------------------------------------------------------------------------------------------------------


def _settle(
    draft: Draft, meetings: Sequence[Meeting], everybody: Sequence[Meeting], lone_cis: Sequence[ConfigurationItem] = ()
) -> None:
    """Decide about these pairs and give the lone CIs their assets; what subcategories share waits until it is known who comes."""
    index = SubcategoryIndex(draft.pair, draft.conventions, draft.snapshot.subcategories)
    for meeting in meetings:
        _merge(draft, meeting)
    settle_keys(draft, meetings, index, everybody)
    for ci in lone_cis:
        create_asset(draft, ci, index)
    draft.expect()
    settle_shared(draft, meetings, everybody)


def _merge(draft: Draft, meeting: Meeting) -> None:
    """Decide about every field of one pair; what concerns the subcategory is only noted."""
    meeting.planned = True
    if meeting.subcategory is not None:
        meet_new_home(draft, meeting)
    baselines = meeting.baselines
    for place, (key, c, h) in enumerate(zip(draft.layout.keys, meeting.ci.values, meeting.hector, strict=True)):
        baseline = baselines.get(key)
        if baseline is not None and baseline.c2 == c and baseline.hector == h:
            continue  # nothing has moved since it was last in order: nearly every field of nearly every night
        mapping = draft.layout.mappings[place]
        if meeting.subcategory is None and mapping.hector.level is Level.SUBCATEGORY:
            draft.restless.add(meeting.ci.id)
            continue  # its subcategory is not known, which is no empty value
        folded = place == meeting.matched_by or mapping.hector.is_subcategory_key
        decision = merge(mapping, c, h, baseline, draft.conventions, folded=folded)
        if decision.verdict is Verdict.CONFLICT:
            decision = settle_conflict(draft, meeting, place)
        if decision.written is not None and _goes_on_in_vain(draft, meeting, place, decision):
            continue
        if decision.verdict is Verdict.NOTHING:
            continue
        if mapping.is_shared:
            meeting.shared_decisions[place] = decision
            continue
        if mapping.hector.is_subcategory_key:
            meeting.key_decisions[place] = decision
        draft.take_up(meeting, place, decision)
    settle_activity(draft, meeting)


def _goes_on_in_vain(draft: Draft, meeting: Meeting, place: int, decision: Decision) -> bool:
    """Whether this write is left out because the field does not come to rest; the first time it is reported."""
    history = draft.history(meeting, place)
    if history is None:
        return False
    if is_given_up(history, meeting.ci.values[place], meeting.hector[place]):
        draft.restless.add(meeting.ci.id)
        return True
    assert decision.written is not None
    if does_not_rest(history, draft.snapshot.round, decision.written, decision.value):
        draft.give_up(meeting, place)
        return True
    return False


# -- the finished plan ---------------------------------------------------------------------------------------------------


def _finish(draft: Draft, linked: Sequence[Meeting], new: Sequence[Meeting] = ()) -> Plan:
    """Put the draft in the order in which it is carried out: links, subcategories, assets, CIs."""
    written_assets = dict.fromkeys([*draft.moves, *draft.asset_fields])
    agreements = {(it.ci_id, it.mapping): it for it in (*draft.anew, *draft.agreements)}  # of one field the latest
    changes = (
        *draft.links,
        *(new_subcategory(draft, new) for new in draft.new_subcategories.values()),
        *draft.subcategory_changes,
        *(_asset_update(draft, asset_id) for asset_id in written_assets),
        *(change for change in draft.creations if change.record is RecordKind.ASSET),
        *(_ci_update(draft, ci_id) for ci_id in draft.ci_fields),
        *(change for change in draft.creations if change.record is RecordKind.CI),
    )
    return Plan(
        changes,
        tuple(agreements.values()),
        tuple(draft.conflicts),
        tuple(draft.problems),
        tuple(draft.activity),
        tuple(draft.homes),
        tuple(draft.given_up),
        tuple(meeting.ci.id for meeting in linked if meeting.ci.id not in draft.restless),
        frozenset(draft.consulted),
        tuple(draft.settled),
        unchanged=sum(1 for meeting in (*linked, *new) if meeting.ci.id not in draft.touched),
    )


def _asset_update(draft: Draft, asset_id: int) -> Change:
    """Write everything that one asset is given as one change: one ``PATCH``."""
    fields = tuple(draft.asset_fields.get(asset_id, ()))
    if asset_id in draft.moves:
        move = draft.moves[asset_id]
        return replace(move, fields=move.fields + fields)
    meeting = draft.touched_assets[asset_id]
    return Change(
        action_of(Side.HECTOR, list(fields)),
        Side.HECTOR,
        RecordKind.ASSET,
        fields,
        ci_id=meeting.ci.id,
        ci_number=meeting.ci.number,
        asset_id=asset_id,
        asset_label=meeting.asset.label,
        title=meeting.asset.title,
    )


def _ci_update(draft: Draft, ci_id: str) -> Change:
    meeting, fields = draft.touched[ci_id], draft.ci_fields[ci_id]
    return Change(
        action_of(Side.C2, fields),
        Side.C2,
        RecordKind.CI,
        in_order_of_writing(fields),
        ci_id=ci_id,
        ci_number=meeting.ci.number,
        asset_id=meeting.asset.id,
        asset_label=meeting.asset.label,
        title=meeting.ci.name,
    )
