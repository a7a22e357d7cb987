"""``syncsvc undo``: what would put back what a run changed, and what stays as it is; ``--apply`` does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from syncsvc import bootstrap
from syncsvc.cli import undo_words, words
from syncsvc.cli.look import refuse_without_database
from syncsvc.cli.output import Column, Out
from syncsvc.cli.planned import SHOWN, show_category
from syncsvc.cli.progress import watched
from syncsvc.cli.report import errors_of, show_end, show_errors, show_report
from syncsvc.cli.stopping import stopping
from syncsvc.cli.sync import cut_off
from syncsvc.domain.errors import SyncError
from syncsvc.domain.listing import kept_as_json
from syncsvc.domain.records import Side
from syncsvc.engine.document import document
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.rules_file import load_rules

_KEPT_COLUMNS = (
    Column("System"),
    Column("What the run did"),
    Column("Field"),
    Column("Before", spare=True),
    Column("Written", spare=True),
    Column("Why it stays"),
)


def undo(run: int, *, apply: bool, retry_credentials: bool, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Plan the undo of a run, or carry it out; show what came of it and give the exit code."""
    settings = bootstrap.load(env_file)
    rules = load_rules(rules_file or settings.rules)
    settings.require_systems()
    refuse_without_database(settings)
    request = RunRequest("undo", dry_run=not apply, undo=run)
    with stopping(lambda: cut_off(settings, request, as_json=as_json)) as stop, watched(settings, stop) as watch:
        report = bootstrap.synchronise(settings, rules, request, watch, retry_credentials=retry_credentials)
    if isinstance(report.stopped_by, SyncError) and not report.categories:
        raise report.stopped_by  # nothing was read, so there is nothing to show
    _show(Out(as_json=as_json), report)
    return report.exit_code()


def _show(out: Out, report: RunReport) -> None:
    found = [kept_as_json(it) for category in report.categories for it in category.kept]
    names = report.clients()
    # What anybody may want to look at comes first: a run that made or linked thousands of records has done so on purpose.
    kept = sorted((it | {"words": undo_words.reason(it, names)} for it in found), key=undo_words.weight)
    if out.as_json:
        out.json(document(report) | {"kept": kept, "names": names})
    elif report.dry_run:
        for category in report.categories:
            show_category(out, category, f"syncsvc undo {report.undoes}")
        _show_kept(out, kept, report)
        show_errors(out, errors_of(report))
        show_end(out, report)
        _sum_up(out, kept, report)
    else:
        _show_kept(out, kept, report)
        show_report(out, report)


def _show_kept(out: Out, kept: list[dict[str, Any]], report: RunReport) -> None:
    if not kept:
        return
    names = report.clients()
    counts = Counter(undo_words.sort(it) for it in kept)
    sorts = ", ".join(f"{number} {name}" for name, number in counts.items())
    out.line(Text.assemble((f"Left as it is of what run {report.undoes} did", "bold"), f": {sorts}"))
    shown = kept[:SHOWN] if out.is_person else kept
    out.table(_KEPT_COLUMNS, (_row(it, names) for it in shown))
    if len(kept) > len(shown):
        out.line(f"… and {len(kept) - len(shown)} more; --json and a pipe show them all", "dim", indent=2)
    for hint in dict.fromkeys(filter(None, map(undo_words.hint, kept))):
        out.line(hint, "dim")
    out.line()


def _row(kept: dict[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    before, after = words.NOTHING, words.NOTHING
    if kept["field"] is not None:
        before, after = words.named(kept["from"], names), words.named(kept["to"], names)
    field = kept["field"] or words.NOTHING
    return Side(kept["system"]).label, words.what(kept, done=True), field, before, after, kept["words"]


def _sum_up(out: Out, kept: list[dict[str, Any]], report: RunReport) -> None:
    planned = [change for category in report.categories for change in category.planned]
    records = [f"{words.count(sum(it.system is side for it in planned), 'record')} in {side.label}" for side in Side]
    left = (
        f"; {words.count(len(kept), 'thing')} would stay as it is"
        if len(kept) == 1
        else f"; {len(kept)} things would stay as they are"
    )
    head = f"Undoing run {report.undoes} would change "
    out.line(Text.assemble((head, "bold"), f"{' and '.join(records)}{left if kept else ''}. Nothing was written."))
    if planned:
        out.paste(f"To do it: syncsvc undo {report.undoes} --apply")
