"""What the demo tells while it goes on; what happens is in ``demo.py``."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rich.text import Text

from syncsvc.cli import words
from syncsvc.cli.output import Column, Out
from syncsvc.cli.planned import change_rows
from syncsvc.cli.report import errors_of, show_counts
from syncsvc.cli.streams import harmless
from syncsvc.domain.plan import Problem
from syncsvc.domain.rules import Rules
from syncsvc.engine.report import RunReport
from syncsvc.sandbox import Sandbox

EXAMPLES = 5
_ERROR_COLUMNS = (Column("Kind", "red"), Column("Times", right=True), Column("For example"))
_RULE_COLUMNS = (Column("C2 category", "bold"), Column(""), Column("Hector category", "bold"), Column("Fields", right=True))


class Story:
    """Tells the demo, chapter by chapter."""

    def __init__(self, out: Out) -> None:
        self._out = out

    def begin(self, box: Sandbox, rules: Rules) -> None:
        """Say which systems run, and what the rules want."""
        out = self._out
        cis, assets = len(box.c2.ci_ids()), len(box.hector.assets())
        out.line()
        out.line("A school board's inventory, kept twice", "bold")
        out.line(f"C2 holds {cis} CIs ({box.c2_url}), Hector {assets} assets ({box.hector_url}),")
        out.line("with the dirt that years of typing leave behind. These rules tie the two together:")
        out.table(
            _RULE_COLUMNS,
            (
                (str(category.category), category.direction.value, str(category.hector_category), str(len(category.fields)))
                for category in rules.categories
            ),
        )

    def chapter(self, number: str, title: str, what: str) -> None:
        """Begin a chapter."""
        self._out.line()
        self._out.line(Text.assemble((f"{number}. {title}", "bold cyan"), ("  " + what, "dim")))

    def first_run(self, report: RunReport) -> None:
        """Tell what was linked, made and refused."""
        found = report.as_json()
        show_counts(self._out, found)
        self._ended(report, f"{found['linked']} pairs of a CI and an asset are linked")
        self._errors(errors_of(report))

    def day(self, edits: Iterable[str]) -> None:
        """Tell what people changed."""
        for edit in edits:
            self._out.line(f"• {edit}", indent=2)

    def second_run(self, report: RunReport, changes: list[dict[str, Any]], conflicts: list[dict[str, Any]]) -> None:
        """Tell what went where, with examples of why."""
        found = report.as_json()
        show_counts(self._out, found)
        written = found["fields_written"]
        self._ended(report, f"{written['hector']} values went to Hector, {written['c2']} to C2")
        self._out.line()
        self._out.line("Some of what was written, and why:", "bold")
        for change in _examples(changes):
            self._out.line(_example(change), indent=2)
        for conflict in conflicts[:1]:
            values = f"“{words.value(conflict['c2_value'])}” in C2, “{words.value(conflict['hector_value'])}” in Hector"
            them = "it" if len(conflicts) == 1 else "them"
            self._out.line(f"{words.count(len(conflicts), 'conflict')} held until a person settles {them}:", "bold")
            self._out.line(f"• {conflict['field']} of CI {conflict['ci']}: {values}", indent=2)

    def third_run(self, report: RunReport, writes: int) -> None:
        """Tell that nothing was to be done."""
        found = report.as_json()
        self._ended(report, f"{found['unchanged']} pairs compared, {words.count(writes, 'write')}")

    def end(self, faults: list[str], kept: Path | None) -> None:
        """Say whether all went as intended, and what to try next."""
        out = self._out
        out.line()
        if faults:
            out.line(f"Not all went as intended: {'; '.join(faults)}.", "bold red")
        else:
            out.line("All went as intended.", "bold green")
        if kept is None:
            out.line("Next: “syncsvc sandbox” keeps both systems running to try rules against; “syncsvc --help” lists the rest.")
            return
        out.line("The state is kept. To look at it:")
        out.paste(f"  export SYNCSVC_DATABASE_URL={shlex.quote(f'sqlite:///{kept}')}")
        out.paste("  syncsvc runs; syncsvc changes --run 2; syncsvc errors --run 1; syncsvc links; syncsvc conflicts")

    def _ended(self, report: RunReport, what: str) -> None:
        found = report.summary()
        took, calls = words.took(found["started_at"], found["finished_at"]), sum(report.requests.values())
        self._out.line(f"In {took} and {words.count(calls, 'call')}: {what}.")

    def _errors(self, errors: list[Problem]) -> None:
        if not errors:
            return
        self._out.line()
        self._out.line("What it could not do, and said so instead of guessing:", "bold")
        self._out.table(_ERROR_COLUMNS, _kinds(errors))


def _kinds(errors: list[Problem]) -> Iterator[tuple[str, str, str]]:
    """Give each kind of error once, with how often it came and one example."""
    for kind in dict.fromkeys(error.kind for error in errors):
        of_kind = [error for error in errors if error.kind is kind]
        yield kind.value, str(len(of_kind)), of_kind[0].message


def _examples(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose changes that differ in what was done and why, from both systems as far as there are such."""
    told = [
        change for change in changes if change["fields"] and change["outcome"] == "done" and change["record"] != "subcategory"
    ]
    different: dict[tuple[str, ...], dict[str, Any]] = {}
    for change in told:
        different.setdefault((change["system"], change["action"], change["fields"][0]["why"]), change)
    systems: dict[str, list[dict[str, Any]]] = {}
    for change in different.values():
        systems.setdefault(change["system"], []).append(change)
    in_turn = sorted((place, system) for system, own in systems.items() for place in range(len(own)))
    chosen = [systems[system][place] for place, system in in_turn][:EXAMPLES]
    more = (change for change in told if change not in chosen)
    return [*chosen, *islice(more, EXAMPLES - len(chosen))]


def _example(change: dict[str, Any]) -> Text:
    system, what, field, before, after, why = next(change_rows(change, done=True))
    values = ((before, "red"), " → ", (after, "green"))
    return Text.assemble(f"• {system}: {harmless(what)}, {harmless(field)}: ", *values, (f"\n  {why}", "dim"))
