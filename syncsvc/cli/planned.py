"""What a plan looks like: its changes by category with from, to and why; what a run adds; what is held and for which reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.text import Text

from syncsvc.cli import words
from syncsvc.cli.output import Column, Out
from syncsvc.cli.report import tell_of_nothing
from syncsvc.cli.streams import harmless
from syncsvc.domain.listing import change_as_json
from syncsvc.domain.plan import ACTIVITY, Action, Change, RunStatus
from syncsvc.domain.records import RecordKind, Side
from syncsvc.engine.report import CategoryReport, RunReport
from syncsvc.planning.activity import says_in_use

SHOWN = 40
"""Changes of one category that a person is shown; a pipe and ``--json`` get them all."""
CHANGE_COLUMNS = (Column("System"), Column("What"), Column("Field"), Column("From"), Column("To"), Column("Why", "dim"))


CONFLICT_COLUMNS = (
    Column("No.", right=True),
    Column("CI", "bold"),
    Column("Asset", "bold", right=True),
    Column("Field"),
    Column("In C2"),
    Column("In Hector"),
    Column("Last agreed", "dim"),
)
_NOT_LISTED_YET = "A conflict without a number is new: the next sync lists it in syncsvc conflicts."


def show_plan(out: Out, report: RunReport) -> None:
    """Show what a run would do."""
    for category in report.categories:
        show_category(out, category, "syncsvc plan")
        _show_conflicts(out, category.conflicts_as_json())
    tell_of_nothing(out, report)
    for line in _summary(report):
        out.line(line)


def change_rows(change: dict[str, Any], *, done: bool = False, once: bool = False) -> Iterator[tuple[str, ...]]:
    """Give a change (an object of ``plan --json`` or ``changes --json``) as rows: system, what, field, from, to, why.

    With ``once``, only the first row of several names the record.
    """
    system, what = Side(change["system"]).label, words.what(change, done=done)
    if not change["fields"]:
        yield system, what, words.NOTHING, words.NOTHING, words.NOTHING, words.NOTHING
    for field in change["fields"]:
        reason = words.why(field["why"], change["system"])
        yield system, what, field["field"], words.value(field["from"]), words.value(field["to"]), reason
        system, what = ("", "") if once else (system, what)


def show_category(out: Out, category: CategoryReport, command: str) -> None:
    """Show what is planned for one category; ``command`` shows all of it to a pipe."""
    writes = [change for change in category.planned if change.action is not Action.LINK]
    linked = len(category.planned) - len(writes)
    failed = category.status is RunStatus.FAILED
    counted = "could not be planned, see the errors" if failed else _counted(writes, linked)
    heading = Text.assemble((harmless(f"{category.cmdb} / {category.category}"), "bold"), f": {counted}")
    out.line(heading)
    shown = writes[:SHOWN] if out.is_person else writes
    if shown:
        out.table(CHANGE_COLUMNS, (row for change in shown for row in change_rows(_named(change), once=out.is_person)))
    if len(writes) > len(shown):
        out.line(f"… and {len(writes) - len(shown)} more; a pipe shows them all: {command} | less", "dim", indent=2)
    out.line()


def _show_conflicts(out: Out, conflicts: list[dict[str, Any]]) -> None:
    """Show what waits for somebody's decision: nothing else would say why neither side is given the other's value."""
    if not conflicts:
        return
    many = words.count(len(conflicts), "conflict")
    out.line(Text.assemble((many, "bold yellow"), ", both sides changed: nothing is written until somebody decides"))
    shown = conflicts[:SHOWN] if out.is_person else conflicts
    out.table(CONFLICT_COLUMNS, map(_conflict_row, shown))
    if len(conflicts) > len(shown):
        out.line(f"… and {len(conflicts) - len(shown)} more; a pipe shows them all: syncsvc plan | less", "dim", indent=2)
    if any(conflict["id"] for conflict in conflicts):
        out.line("To settle one: syncsvc conflicts resolve NO --use c2 (or hector)", "dim")
    if not all(conflict["id"] for conflict in conflicts):
        out.line(_NOT_LISTED_YET, "dim")
    out.line()


def _conflict_row(conflict: dict[str, Any]) -> tuple[str, ...]:
    agreed = conflict["baseline"]
    return (
        words.value(conflict["id"]),
        conflict["ci"],
        conflict["asset"],
        conflict["field"],
        words.value(conflict["c2_value"]),
        words.value(conflict["hector_value"]),
        "never" if agreed is None else words.value(agreed["c2"]),
    )


def _named(change: Change) -> dict[str, Any]:
    """Give a change as the listings do, with what a record that has no number yet will be called."""
    return change_as_json(change) | {"title": change.title}


def _counted(writes: list[Change], linked: int) -> str:
    parts = [words.count(len(writes), "change") if writes else "nothing to write"]
    return ", ".join([*parts, *([f"{words.count(linked, 'pair')} to link"] if linked else [])])


def _summary(report: RunReport) -> Iterator[Text]:
    """Say what a run would do; what is held stands apart, because somebody is about to decide whether it may."""
    held = [category for category in report.categories if category.held]
    planned = [change for category in report.categories if not category.held for change in category.planned]
    waiting = [change for category in held for change in category.planned]
    is_all_held = bool(held) and len(held) == len(report.categories)
    if not is_all_held:
        yield Text.assemble(("A run would create ", "bold"), _amounts(planned))
    for category in held:
        for reason in category.held:
            yield Text.assemble(("Held: ", "bold magenta"), harmless(f"{category.category}: {reason}."), " Nothing is written.")
    if held:
        yield Text.assemble(("If what is held is approved, that would create ", "bold"), _amounts(waiting))
    bills = [] if is_all_held else [f"the run would {_billed(planned)}"]
    bills += [f"what is held would {_billed(waiting)} if it is approved"] if held else []
    yield Text(f"Hector bills by active assets: {'; '.join(bills)}.")


def _amounts(changes: Sequence[Change]) -> str:
    created = [
        words.count(_created(changes, RecordKind.ASSET), "asset"),
        words.count(_created(changes, RecordKind.SUBCATEGORY), "subcategory", "subcategories"),
        words.count(_created(changes, RecordKind.CI), "CI"),
    ]
    written = [f"{sum(_is_update(change, side) for change in changes)} in {side.label}" for side in Side]
    return f"{', '.join(created)}; change records: {', '.join(written)}."


def _billed(changes: Sequence[Change]) -> str:
    """Say how the number of active assets changes: one that is taken back into use is billed again, whatever else it is given."""
    carried = [it for change in changes if change.record is RecordKind.ASSET for it in change.fields if it.mapping == ACTIVITY]
    back = sum(map(says_in_use, carried))
    return f"add {_created(changes, RecordKind.ASSET) + back} and retire {len(carried) - back}"


def _created(changes: Iterable[Change], record: RecordKind) -> int:
    return sum(change.record is record and change.action is Action.CREATE for change in changes)


def _is_update(change: Change, side: Side) -> bool:
    return change.system is side and change.action not in {Action.CREATE, Action.LINK}
