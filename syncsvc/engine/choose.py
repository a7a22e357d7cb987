"""What a request asks for by the rules: which categories, whether all of each, and what of them a person has reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.records import Category, Cmdb
from syncsvc.domain.rules import CategoryRules, Rules
from syncsvc.domain.values import fold
from syncsvc.engine.load import Catalogue
from syncsvc.engine.request import RunRequest
from syncsvc.planning.approval import Approval, read_rows
from syncsvc.planning.find import find_category, find_cmdb
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


def chosen_by(
    rules: Rules, request: RunRequest, reviewed: Mapping[tuple[str, str], Approval], catalogue: Catalogue
) -> list[CategoryRules]:
    """Give the categories to do; raises :class:`RulesError` where the rules do not have what is asked for.

    Raises :class:`RemoteError` where C2 has to be asked what it calls them, and cannot be.
    """
    live = rules.live
    if request.approve is not None:
        held = [category for category in live if category.names in reviewed]
        if len(held) == len(reviewed):
            return held
        message = f"Run {request.approve} held categories that the rules no longer synchronise."
        raise RulesError((Refusal(message, "Start a new run, and approve that one."),), file=rules.file)
    if request.category is None:
        return live
    found = called(request.category, live) or called_in_c2(request.category, live, catalogue)
    if not found:
        names = ", ".join(f"“{category.category}”" for category in live) or "none at all"
        refusal = Refusal(f"The rules synchronise no category “{request.category}”.", f"They synchronise: {names}.")
        raise RulesError((refusal,), file=rules.file)
    return found


def called(name: str, among: Sequence[CategoryRules]) -> list[CategoryRules]:
    """Give the categories that the rules call so, with their CMDB or without."""
    return [rules for rules in among if fold(name) in {fold(str(rules.category)), fold(f"{rules.cmdb} / {rules.category}")}]


def called_in_c2(name: str, among: Sequence[CategoryRules], catalogue: Catalogue) -> list[CategoryRules]:
    """Give the categories that C2 calls so, in either language, with their CMDB or without; raises :class:`RemoteError`."""
    return [rules for rules in among if fold(name) in {fold(other) for other in _names_in_c2(rules, catalogue)}]


def ids_in_c2(name: str, rules: Rules, catalogue: Catalogue) -> list[str]:
    """Give the ids of the C2 categories that are called so, in either language or by the rules; raises :class:`RemoteError`."""
    named = [*called(name, rules.categories), *called_in_c2(name, rules.categories, catalogue)]
    return list(dict.fromkeys(category.id for it in named if (category := _in_c2(it, catalogue)[1]) is not None))


def _names_in_c2(rules: CategoryRules, catalogue: Catalogue) -> Iterator[str]:
    """Give every name that C2 knows for what a category's rules are about."""
    cmdb, category = _in_c2(rules, catalogue)
    if cmdb is not None and category is not None:
        own = [name for name in (str(rules.category), category.name, *category.names) if name]
        yield from own
        yield from (f"{folder} / {name}" for folder in (str(rules.cmdb), cmdb.name, *cmdb.names) for name in own)


def _in_c2(rules: CategoryRules, catalogue: Catalogue) -> tuple[Cmdb | None, Category | None]:
    cmdb = find_cmdb(rules.cmdb, catalogue.cmdbs)
    category = find_category(rules.category, catalogue.categories(cmdb)) if isinstance(cmdb, Cmdb) else None
    return cmdb if isinstance(cmdb, Cmdb) else None, category if isinstance(category, Category) else None
