"""The fields of a subcategory that many CIs share: price, note, weight, vendor SKU, attributes.

They are written once, when everybody who has a say agrees, and are left alone with a ``disagreement`` error otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from syncsvc.domain.errors import ConversionError, ErrorKind
from syncsvc.domain.plan import Action, Agreement, Baseline, Change, FieldChange, Problem, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.values import Value, encode, is_unknown, plain
from syncsvc.planning.draft import Arrival, Draft, Meeting, NewSubcategoryDraft
from syncsvc.planning.merge import Decision, Verdict
from syncsvc.planning.moved import note_home
from syncsvc.planning.siblings import tell_siblings
from syncsvc.planning.wishes import as_stored, wishes_for

NAMED = 10
"""CIs that a disagreement names at the most."""


def settle_shared(draft: Draft, meetings: Sequence[Meeting], everybody: Sequence[Meeting]) -> None:
    """Write a subcategory's other fields where the CIs that have a say agree, and say so where they do not."""
    asked: dict[tuple[int, int], list[Meeting]] = {}
    alone: list[tuple[Meeting, int, Decision]] = []
    for meeting in meetings:
        if meeting.moves:
            continue  # the fields of the subcategory that it leaves are no longer its own
        note_home(draft, meeting)
        for place, decision in meeting.shared_decisions.items():
            if decision.verdict is Verdict.TO_HECTOR:
                asked.setdefault((meeting.asset.subcategory_id, place), []).append(meeting)
            else:
                alone.append((meeting, place, decision))
    members: dict[int, list[Meeting]] = {}
    for meeting in everybody if asked else ():
        if not meeting.moves:
            members.setdefault(meeting.asset.subcategory_id, []).append(meeting)
    led = _settle_together(draft, asked, members)
    for meeting, place, decision in alone:
        if decision.verdict is not Verdict.TO_C2 or (meeting.asset.subcategory_id, place) not in led:
            draft.take_up(meeting, place, decision)


def _settle_together(
    draft: Draft, asked: Mapping[tuple[int, int], Sequence[Meeting]], members: Mapping[int, Sequence[Meeting]]
) -> set[tuple[int, int]]:
    """Take up what CIs ask of their subcategories; gives the fields that are written there, which their siblings follow."""
    written: dict[int, list[tuple[FieldChange, list[Meeting]]]] = {}
    led: set[tuple[int, int]] = set()
    for (subcategory_id, place), asking in asked.items():
        draft.consulted.add(subcategory_id)
        draft.restless |= {meeting.ci.id for meeting in asking}
        arrivals = draft.arrivals.get(subcategory_id, ())
        wishes = wishes_for(draft, place, asking, members[subcategory_id], arrivals)
        if len({encode(wish) for wish in wishes.values()}) == 1:
            agreeing = [meeting for meeting in members[subcategory_id] if meeting.ci.id in wishes]
            change = draft.change(asking[0], place, asking[0].shared_decisions[place])
            if Side.C2 in draft.layout.mappings[place].direction.writes:
                agreeing += tell_siblings(draft, place, next(iter(wishes.values())), members[subcategory_id], wishes)
            written.setdefault(subcategory_id, []).append((change, agreeing))
            led.add((subcategory_id, place))
        else:
            draft.problems.append(_disagreement(draft, place, asking, wishes, [*members[subcategory_id], *arrivals]))
    draft.subcategory_changes += [_shared_change(draft, sid, changes, members[sid]) for sid, changes in written.items()]
    return led


def _shared_change(
    draft: Draft, subcategory_id: int, changes: Sequence[tuple[FieldChange, Sequence[Meeting]]], members: Sequence[Meeting]
) -> Change:
    followers = []
    for change, agreeing in changes:
        place = draft.layout.place[change.mapping]
        for meeting in agreeing:
            baseline = Baseline(meeting.ci.values[place], change.after)
            followers.append(Agreement(meeting.ci.id, change.mapping, baseline))
            draft.touch(meeting)
    subcategory = draft.snapshot.subcategories.get(subcategory_id)
    return Change(
        Action.UPDATE,
        Side.HECTOR,
        RecordKind.SUBCATEGORY,
        tuple(change for change, _ in changes),
        subcategory_id=subcategory_id,
        title=subcategory.title if subcategory else "",
        followers=tuple(followers),
        sharers=tuple(meeting.ci.id for meeting in members),
    )


def _disagreement(
    draft: Draft, place: int, asking: Sequence[Meeting], wishes: Mapping[str, Value], members: Sequence[Meeting | Arrival]
) -> Problem:
    mapping = draft.layout.mappings[place]
    wished = [(m.ci.number, wishes[m.ci.id]) for m in members if m.ci.id in wishes]
    shared_by = Counter(encode(wish) for _, wish in wished)
    # The odd ones first: of fifty that say the same, none tells anybody what to correct.
    wished.sort(key=lambda it: shared_by[encode(it[1])])
    said = [f"CI {number}: {plain(wish)!s}" for number, wish in wished]
    listed = "; ".join(said[:NAMED]) + (f"; and {len(said) - NAMED} more" if len(said) > NAMED else "")
    first = asking[0]
    title = first.subcategory.title if first.subcategory else str(first.asset.subcategory_id)
    return Problem(
        ErrorKind.DISAGREEMENT,
        f"“{mapping.hector.name}” belongs to the subcategory “{title}”, and its CIs do not agree on it: {listed}.",
        f"Give “{mapping.name}” the same value in all of them, or map it to a field of the asset instead.",
        ci_number=first.ci.number,
        asset=first.asset.label,
        field=mapping.name,
        c2_value=draft.conventions.shown(first.ci.values[place], mapping.c2),
        hector_value=draft.conventions.shown(first.hector[place], mapping.hector),
    )


def new_subcategory(draft: Draft, new: NewSubcategoryDraft) -> Change:
    """Write the creation of a subcategory: its key, and those shared fields on which its CIs agree."""
    values: dict[int, tuple[Value, Value]] = {
        place: (value, new.members[0].values[place]) for place, value in new.values.items() if value is not None
    }
    for place, mapping in enumerate(draft.pair.mappings):
        if mapping.is_shared and Side.HECTOR in mapping.direction.writes:
            known = [ci for ci in new.members if not is_unknown(ci.values[place], is_c2=True)]
            try:
                wishes = [draft.conventions.convert(ci.values[place], mapping.c2, mapping.hector) for ci in known]
            except ConversionError:
                continue  # said when the new pair is merged
            if len({encode(as_stored(draft, place, wish)) for wish in wishes}) == 1:
                values[place] = (wishes[0], known[0].values[place])
    return Change(
        Action.CREATE,
        Side.HECTOR,
        RecordKind.SUBCATEGORY,
        tuple(
            FieldChange(draft.layout.keys[place], draft.pair.mappings[place].name, None, value, basis, Why.NEW_RECORD)
            for place, (value, basis) in values.items()
        ),
        subcategory_key=new.key,
        title=" ".join(str(plain(value)) for value in new.values.values() if value is not None),
    )
