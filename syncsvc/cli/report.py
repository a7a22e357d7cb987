"""What a run's end looks like: one table by category, why categories were held, the first errors, and where there is more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.text import Text

from syncsvc.cli import words
from syncsvc.cli.output import Column, Out
from syncsvc.cli.streams import harmless
from syncsvc.domain.plan import Problem, RunStatus
from syncsvc.engine.report import NOTICES, RunReport

SHOWN_ERRORS = 10
_CUT_SHORT = {RunStatus.FAILED, RunStatus.INTERRUPTED}
_COLUMNS = (
    Column("Category", "bold"),
    Column("Read\nC2 · Hector", right=True, whole=True),
    Column("Created\nC2 · Hector", right=True, whole=True),
    Column("Updated\nC2 · Hector", right=True, whole=True),
    Column("Un-\nchanged", right=True),
    Column("Con-\nflicts", right=True),
    Column("\nErrors", right=True),
    Column("\nStatus"),
)


def show_report(out: Out, report: RunReport) -> None:
    """Show a run that has ended."""
    found = report.as_json()
    show_counts(out, found)
    for category in report.categories:
        for reason in category.held:
            out.line(Text.assemble(("Held: ", "bold magenta"), harmless(f"{category.category}: {reason}.")))
    show_errors(out, errors_of(report))
    tell_of_standing(out, report)
    tell_of_nothing(out, report)
    show_end(out, report)


def show_end(out: Out, report: RunReport) -> None:
    """Say which run it was, and where there is more about it."""
    found = report.as_json()
    out.line(_last_line(report, found))
    out.line(f"More: {_where_more(report, found)}", "dim")


def show_counts(out: Out, found: dict[str, Any]) -> None:
    """Show the table of counts of one run, an object of ``sync --json``."""
    categories = found["categories"]
    rows = [_counts(harmless(category["category"]), category) for category in categories]
    if len(categories) > 1:
        rows.append(_counts(Text("All", "bold"), found))
    if rows:
        out.table(_COLUMNS, rows)


def show_errors(out: Out, errors: Sequence[Problem], limit: int = SHOWN_ERRORS) -> None:
    """Show the first errors, each with what to do about it."""
    if not errors:
        return
    some = f"; {limit} of them" if len(errors) > limit else ""
    out.line(f"{words.count(len(errors), 'error')}{some}:", "bold red")
    for alike in _mixed(errors, limit):
        for problem in alike:
            out.line(_error(problem), indent=2)
        if alike[0].hint:
            out.line(alike[0].hint, "dim", indent=6)
    out.line()


def tell_of_standing(out: Out, report: RunReport) -> None:
    """Say how many of the errors were not looked at again."""
    if report.standing:
        these = (
            "This error stands" if report.standing == 1 == len(errors_of(report)) else f"{report.standing} of these errors stand"
        )
        out.line(f"{these} from earlier runs: only changed records were looked at (--full looks at all).", "dim")
        out.line()


def tell_of_nothing(out: Out, report: RunReport) -> None:
    """Say that there was nothing to do because the rules ask for nothing: it would look like success."""
    if not report.categories and report.status not in _CUT_SHORT:
        out.line("The rules synchronise nothing: no category has a direction other than none.", "yellow")


def errors_of(report: RunReport) -> list[Problem]:
    """Give a run's errors, without conflicts and notices."""
    everywhere = [*report.problems, *(problem for category in report.categories for problem in category.problems.values())]
    return [problem for problem in everywhere if problem.kind not in NOTICES]


def _mixed(errors: Iterable[Problem], limit: int) -> list[list[Problem]]:
    """Choose errors so that each sort is among them; those with the same advice stand together."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in errors:
        groups.setdefault((problem.kind, problem.hint), []).append(problem)
    # First one of each sort, then a second one of each, and so on.
    in_turn = [(place, number) for number, group in enumerate(groups.values()) for place in range(len(group))]
    chosen = sorted(in_turn)[:limit]
    shown = [group[: sum(number == own for _, number in chosen)] for own, group in enumerate(groups.values())]
    return [group for group in shown if group]


def _error(problem: Problem) -> Text:
    ci, asset = problem.ci_number, problem.asset
    named = (f"CI {ci}" if ci else "", f"asset {asset}" if asset else "", f"“{problem.field}”" if problem.field else "")
    place = ", ".join(part for part in named if part)
    values = ", ".join(_values(problem))
    parts: Iterable[str | tuple[str, str]] = (
        (problem.kind.value, "red"),
        (f" {harmless(place)}" if place else "", "bold"),
        f": {harmless(problem.message)}",
        (f" ({values})" if values else "", "dim"),
    )
    return Text.assemble(*parts)


def _values(problem: Problem) -> list[str]:
    both = (("C2", problem.c2_value), ("Hector", problem.hector_value))
    return [f"{system}: {words.value(value)}" for system, value in both if value is not None]


def _counts(name: str | Text, counts: dict[str, Any]) -> tuple[str | Text, ...]:
    return (
        name,
        _pair(counts["read"]),
        _pair(counts["created"]),
        _pair(counts["updated"]),
        str(counts["unchanged"]),
        _if_any(counts["conflicts"], "yellow"),
        _if_any(counts["errors"], "red"),
        words.status(counts["status"]),
    )


def _pair(counts: dict[str, int]) -> Text:
    text = f"{counts['c2']} · {counts['hector']}"
    return Text(text, "" if any(counts.values()) else "dim")


def _if_any(count: int, style: str) -> Text:
    return Text(str(count), style if count else "dim")


def _last_line(report: RunReport, found: dict[str, Any]) -> Text:
    requests = found["requests"]
    took = words.took(found["started_at"], found["finished_at"])
    return Text.assemble(
        (f"Run {report.run} ", "bold"),
        words.status(report.status.value, in_full=True),
        f", in {took}, with {words.count(requests['c2'], 'call')} to C2 and {requests['hector']} to Hector.",
    )


def _where_more(report: RunReport, found: dict[str, Any]) -> str:
    run = report.run
    more = [] if report.dry_run else [f"syncsvc changes --run {run}"]
    if found["errors"]:
        more.append(f"syncsvc errors --run {run}")
    if found["conflicts"] and not report.dry_run:
        more.append("syncsvc conflicts")
    if report.status is RunStatus.HELD:
        more.append(f"syncsvc sync --approve {run}")
    return " · ".join([*more, f"syncsvc log {run}"])
