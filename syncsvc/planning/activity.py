"""What happens to the counterpart when a record becomes inactive or retired, or comes back.

It is the change that counts, measured by what the last run saw: somebody who takes the counterpart back by hand is not
contradicted. Nothing is ever deleted.
"""

from __future__ import annotations

from syncsvc.domain.plan import ACTIVITY, Action, ActivityAgreement, FieldChange, Why
from syncsvc.domain.records import Side
from syncsvc.domain.rules import WhenInactive, WhenRetired
from syncsvc.planning.draft import Draft, Meeting

NAMES = {Side.C2: "IsActive", Side.HECTOR: "status"}
"""What the two systems call it."""
STATUS = {True: "active", False: "retired"}
"""How Hector says it."""


def settle_activity(draft: Draft, meeting: Meeting) -> None:
    """Carry over that one record of a pair went out of use, or came back, where the rules ask for it."""
    link = meeting.link
    if link is None:
        return
    ci_now, asset_now = meeting.ci.is_active, meeting.asset.is_active
    ci_moved, asset_moved = ci_now != link.ci_was_active, asset_now != link.asset_was_active
    if not ci_moved and not asset_moved:
        return
    retires = draft.pair.when_ci_inactive is WhenInactive.RETIRE
    deactivates = draft.pair.when_asset_retired is WhenRetired.DEACTIVATE
    if ci_now != asset_now and ci_moved and not asset_moved and retires:
        draft.asset_fields.setdefault(meeting.asset.id, []).append(_change(Side.HECTOR, before=asset_now, after=ci_now))
        draft.touch(meeting)
    elif ci_now != asset_now and asset_moved and not ci_moved and deactivates:
        draft.ci_fields.setdefault(meeting.ci.id, []).append(_change(Side.C2, before=ci_now, after=asset_now))
        draft.touch(meeting)
    else:
        draft.activity.append(ActivityAgreement(meeting.ci.id, ci_now, asset_now))


def _change(side: Side, *, before: bool, after: bool) -> FieldChange:
    if side is Side.HECTOR:
        return FieldChange(ACTIVITY, NAMES[side], STATUS[before], STATUS[after], after, Why.LIFECYCLE)
    return FieldChange(ACTIVITY, NAMES[side], before, after, STATUS[after], Why.LIFECYCLE)


def action_of(side: Side, fields: list[FieldChange]) -> Action:
    """Say what a change with these fields is called."""
    carried = next((field for field in fields if field.mapping == ACTIVITY), None)
    if carried is None:
        return Action.UPDATE
    if says_in_use(carried):
        return Action.ACTIVATE
    return Action.RETIRE if side is Side.HECTOR else Action.DEACTIVATE


def in_order_of_writing(fields: list[FieldChange]) -> tuple[FieldChange, ...]:
    """Put going out of use last and coming back first: a record that is not in use may refuse other writes."""
    return tuple(sorted(fields, key=lambda field: 0 if field.mapping != ACTIVITY else (-1 if says_in_use(field) else 1)))


def says_in_use(field: FieldChange) -> bool:
    """Whether the record is in use once this change of its activity is carried out."""
    return field.after in {True, STATUS[True]}
