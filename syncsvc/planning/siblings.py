"""Siblings: the CIs that share a subcategory get what one of them has changed there, in the same run and by the same plan.

What they are given waits for the subcategory's own write: the answer to that is what they get, and nothing if Hector refuses it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from syncsvc.domain.plan import Baseline, Change, FieldChange, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.values import Value
from syncsvc.planning.draft import Draft, Meeting
from syncsvc.planning.merge import Decision, Verdict, merge
from syncsvc.planning.rest import does_not_rest


def tell_siblings(draft: Draft, place: int, value: Value, members: Sequence[Meeting], agreeing: Collection[str]) -> list[Meeting]:
    """Plan what the CIs that did not ask are given once the subcategory holds ``value``; gives those that hold it already.

    Each is merged as the next look would merge it. What is in conflict or refused then is said by that look.
    """
    mapping, there = draft.layout.mappings[place], []
    for meeting in members:
        if meeting.ci.id in agreeing:
            continue
        own = meeting.shared_decisions.get(place)
        known = meeting.baselines.get(mapping.key)
        if own is not None and (own.verdict is Verdict.AGREED or _lost_in_c2(own)):
            known = Baseline(meeting.ci.values[place], meeting.hector[place])
        decision = merge(mapping, meeting.ci.values[place], value, known, draft.conventions)
        if decision.verdict is Verdict.AGREED:
            there.append(meeting)
        elif decision.verdict is Verdict.TO_C2:
            history = draft.history(meeting, place)
            in_vain = history is not None and does_not_rest(history, draft.snapshot.round, Side.C2, decision.value)
            if not in_vain:  # the look after the subcategory's write says so
                _tell(draft, meeting, place, decision, value)
    return there


def _lost_in_c2(own: Decision) -> bool:
    """Whether a conflict went to Hector's side: C2's value, though it was changed, has no say any more."""
    return own.verdict is Verdict.TO_C2 and own.why is Why.CONFLICT_SETTLED


def _tell(draft: Draft, meeting: Meeting, place: int, decision: Decision, value: Value) -> None:
    mapping, c = draft.layout.mappings[place], meeting.ci.values[place]
    through = meeting.asset.subcategory_id
    change = FieldChange(mapping.key, mapping.name, c, decision.value, value, decision.why, through)
    draft.ci_fields.setdefault(meeting.ci.id, []).append(change)
    draft.touch(meeting)


def only_led(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Leave out what siblings would be given through a subcategory whose own write is not among these changes."""
    changes = tuple(changes)
    leads = {(it.subcategory_id, field.mapping) for it in changes if it.record is RecordKind.SUBCATEGORY for field in it.fields}
    kept = []
    for change in changes:
        fields = tuple(it for it in change.fields if it.through is None or (it.through, it.mapping) in leads)
        if len(fields) == len(change.fields):
            kept.append(change)
        elif fields:
            kept.append(replace(change, fields=fields))
    return tuple(kept)
