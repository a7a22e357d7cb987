"""What a request asks for by the rules: which categories, whether all of each, and what of them a person has reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.rules import CategoryRules, Rules
from syncsvc.domain.values import fold
from syncsvc.engine.request import RunRequest
from syncsvc.planning.approval import Approval, read_rows
from syncsvc.state.store import Store


def reviewed_by(store: Store, request: RunRequest) -> dict[tuple[str, str], Approval]:
    """Give what is approved, by the names of its category; raises :class:`SyncError` where there is nothing to approve."""
    if request.approve is None:
        return {}
    reviewed, absent = store.reviewed(request.approve), store.held_for_absences(request.approve)
    return {names: Approval(read_rows(rows), names in absent) for names, rows in reviewed.items()}


def reads_everything(rules: Rules, request: RunRequest, now: datetime) -> bool:
    """Whether a run reads everything: asked for, or due on this day of the week, or the schedule knows no other runs."""
    if request.is_about_one_pair:
        return False
    schedule = rules.schedule
    if request.full or request.approve is not None or schedule.full_on is None:
        return True
    today = now.astimezone(ZoneInfo(schedule.time_zone)).strftime("%A").lower()
    return today == schedule.full_on.lower()


def chosen_by(rules: Rules, request: RunRequest, reviewed: Mapping[tuple[str, str], Approval]) -> list[CategoryRules]:
    """Give the categories to do; raises :class:`RulesError` where the rules do not have what is asked for."""
    live = rules.live
    if request.approve is not None:
        held = [category for category in live if category.names in reviewed]
        if len(held) == len(reviewed):
            return held
        message = f"Run {request.approve} held categories that the rules no longer synchronise."
        raise RulesError((Refusal(message, "Start a new run, and approve that one."),), file=rules.file)
    if request.category is None:
        return live
    wanted = fold(request.category)
    found = [c for c in live if wanted in {fold(str(c.category)), fold(f"{c.cmdb} / {c.category}")}]
    if not found:
        names = ", ".join(f"“{category.category}”" for category in live) or "none at all"
        refusal = Refusal(f"The rules synchronise no category “{request.category}”.", f"They synchronise: {names}.")
        raise RulesError((refusal,), file=rules.file)
    return found
