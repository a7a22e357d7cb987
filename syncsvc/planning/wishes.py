"""Who has a say in a field that the CIs of a subcategory share, and what each of them wants it to hold."""

from __future__ import annotations

from collections.abc import Sequence

from syncsvc.domain.errors import ConversionError
from syncsvc.domain.plan import Why
from syncsvc.domain.records import Side
from syncsvc.domain.rules import ConflictPolicy, Direction, FieldMapping
from syncsvc.domain.values import Value, is_unknown
from syncsvc.planning.draft import Arrival, Draft, Meeting
from syncsvc.planning.merge import NOTHING, Decision, Verdict, carry, merge
from syncsvc.planning.moved import start_anew
from syncsvc.planning.rest import does_not_rest, is_given_up


def wishes_for(
    draft: Draft, place: int, asking: Sequence[Meeting], members: Sequence[Meeting], arrivals: Sequence[Arrival]
) -> dict[str, Value]:
    """Say what each CI that has a say wants the shared field to hold, by CI id.

    Under ``→`` everybody who ever knew a value has a say; under ``⇄`` those whose CI was changed. Those of ``members`` that this
    plan is not about may still want what an earlier one could not give them, and who comes to the subcategory by this very plan,
    or is held in a conflict about the field, may want something else than what it is to hold.
    """
    both = draft.layout.mappings[place].direction is Direction.BOTH
    wishes = _of_the_changed(draft, place, asking, members) if both else _of_all_who_know(draft, place, members)
    if wishes:
        there = asking[0].hector[place]  # of one subcategory all of them
        wishes |= _of_arrivals(draft, place, there, next(iter(wishes.values())), arrivals)
    return wishes


def as_stored(draft: Draft, place: int, value: Value) -> Value:
    """Give a wish as Hector would store it: what differs only beyond that is no other wish."""
    return draft.conventions.stored(value, draft.layout.mappings[place].hector)[0]


def _of_the_changed(draft: Draft, place: int, asking: Sequence[Meeting], members: Sequence[Meeting]) -> dict[str, Value]:
    mapping = draft.layout.mappings[place]
    wishes = {meeting.ci.id: as_stored(draft, place, meeting.shared_decisions[place].value) for meeting in asking}
    value = next(iter(wishes.values()))
    for meeting in members:
        if meeting.ci.id in wishes:
            continue
        c, h, known = meeting.ci.values[place], meeting.hector[place], meeting.baselines.get(mapping.key)
        if meeting.planned:
            decision = meeting.shared_decisions.get(place, NOTHING)
        else:
            decision = merge(mapping, c, h, known, draft.conventions)
        if decision.verdict is Verdict.CONFLICT:  # where ``value`` is what it once agreed on, its own is the only change then
            decision = _as_if_newer(draft, mapping, c, merge(mapping, c, value, known, draft.conventions))
        history = draft.history(meeting, place)
        if decision.written is not Side.HECTOR:
            continue
        if history and (is_given_up(history, c, h) or does_not_rest(history, draft.snapshot.round, Side.HECTOR, decision.value)):
            continue
        wishes[meeting.ci.id] = as_stored(draft, place, decision.value)
    return wishes


def _of_all_who_know(draft: Draft, place: int, members: Sequence[Meeting]) -> dict[str, Value]:
    mapping = draft.layout.mappings[place]
    wishes: dict[str, Value] = {}
    for meeting in members:
        value = meeting.ci.values[place]
        if draft.layout.keys[place] not in meeting.baselines and is_unknown(value, is_c2=True):
            continue
        try:
            wishes[meeting.ci.id] = as_stored(draft, place, draft.conventions.convert(value, mapping.c2, mapping.hector))
        except ConversionError as error:
            wishes[meeting.ci.id] = f"{error.message}"
    return wishes


def _of_arrivals(draft: Draft, place: int, there: Value, value: Value, arrivals: Sequence[Arrival]) -> dict[str, Value]:
    """Give what those who come would write in the place of ``value``, or would have written had they found what is ``there``.

    Else whoever is there already would have the say alone where nobody has said anything yet, and theirs would be lost.
    """
    mapping = draft.layout.mappings[place]
    wishes: dict[str, Value] = {}
    for arrival in arrivals:
        c, old = arrival.ci.values[place], arrival.baselines.get(mapping.key)
        for met in (there, value):
            anew = None if old is None else start_anew(mapping, c, old, met)
            decision = _as_if_newer(draft, mapping, c, merge(mapping, c, met, anew, draft.conventions))
            if decision.written is Side.HECTOR:
                wishes[arrival.ci.id] = as_stored(draft, place, decision.value)
    return wishes


def _as_if_newer(draft: Draft, mapping: FieldMapping, c: Value, decision: Decision) -> Decision:
    """Take a conflict that the later change decides for one that C2 may win: that is not known until the two meet."""
    if decision.verdict is Verdict.CONFLICT and mapping.on_conflict is ConflictPolicy.NEWEST:
        return carry(mapping, Side.HECTOR, c, draft.conventions, Why.CONFLICT_SETTLED)
    return decision
