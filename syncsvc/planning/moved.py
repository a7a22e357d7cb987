"""The baselines of a pair whose asset has come to a subcategory: made there, or moved by a person's hand or by us."""

from __future__ import annotations

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.plan import Agreement, Baseline, Home
from syncsvc.domain.records import Level, Side
from syncsvc.domain.rules import Direction, FieldMapping
from syncsvc.domain.values import Value, is_unknown, same
from syncsvc.planning.draft import Draft, Meeting


def as_chosen(conventions: Conventions, mapping: FieldMapping, c: Value, found: Value) -> Value:
    """Give what Hector held of a field when a subcategory was chosen for a CI with the value ``c``, from what is found now.

    Somebody may have changed the subcategory since, its name as well, and that must show as a change.
    """
    if mapping.hector.level is not Level.SUBCATEGORY:
        return found
    if conventions.in_order(c, mapping.c2, found, mapping.hector, folded=mapping.hector.is_subcategory_key):
        return found
    try:
        return conventions.stored(conventions.convert(c, mapping.c2, mapping.hector), mapping.hector)[0]
    except ConversionError:
        return found


def start_anew(mapping: FieldMapping, c: Value, old: Baseline, there: Value, *, made: bool = False) -> Baseline | None:
    """Give the baseline of a shared field after a move, from the one before it and the value that the new subcategory holds.

    That value stands, and a CI whose own value was changed too stays dirty. Where the field goes to C2 as well, a known one
    counts as a change in Hector: the CI gets it. ``None``: the field meets as if for the first time. An empty value is nobody's
    decision there: not where it alone has the say, not in a subcategory ``made`` for this CI or waiting for what C2 knows.
    """
    clean = same(c, old.c2)
    if is_unknown(there, is_c2=False) and (made or mapping.direction is not Direction.BOTH):
        return None
    if mapping.direction is Direction.TO_HECTOR and clean and is_unknown(c, is_c2=True):
        return None
    if clean and there is not None and Side.C2 in mapping.direction.writes:
        return old
    return Baseline(old.c2, there)


def as_it_stands(mapping: FieldMapping, c: Value, old: Baseline | None, there: Value) -> Baseline | None:
    """Give the baseline of a field of a subcategory to which an undo has moved an asset back: both sides keep what they hold.

    A CI whose own value was changed meanwhile stays dirty. ``None``: the side that has the say has never known anything, and
    must not wipe what somebody writes there one day.
    """
    c2 = c if old is None else old.c2
    if mapping.direction is Direction.TO_HECTOR and is_unknown(c2, is_c2=True) and same(c, c2):
        return None
    return Baseline(c2, there)


def meet_new_home(draft: Draft, meeting: Meeting) -> None:
    """Let the shared fields of a pair start anew where its asset was moved by hand, exactly as after a move of our own."""
    link = meeting.link
    if link is None or link.subcategory_id in {None, meeting.asset.subcategory_id}:
        return
    baselines = dict(meeting.baselines)
    for place, mapping in enumerate(draft.layout.mappings):
        old = baselines.pop(mapping.key, None) if mapping.is_shared else None
        if old is not None:
            anew = start_anew(mapping, meeting.ci.values[place], old, meeting.hector[place])
            baselines |= {} if anew is None else {mapping.key: anew}
    meeting.baselines = baselines


def note_home(draft: Draft, meeting: Meeting) -> None:
    """Note where the asset is now, together with the baselines that :func:`meet_new_home` made of the old ones."""
    link = meeting.link
    if link is None or link.subcategory_id == meeting.asset.subcategory_id or meeting.subcategory is None:
        return
    draft.homes.append(Home(meeting.ci.id, meeting.asset.subcategory_id))
    old = draft.snapshot.baselines.get(link.id, {})
    anew = [Agreement(meeting.ci.id, key, meeting.baselines.get(key)) for key in old if meeting.baselines.get(key) != old[key]]
    draft.anew += anew
    if anew:  # it may rest only once they are stored
        draft.restless.add(meeting.ci.id)
