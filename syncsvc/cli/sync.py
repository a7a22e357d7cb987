"""``syncsvc sync`` and ``syncsvc plan``: one run now, or what it would do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from syncsvc import bootstrap
from syncsvc.cli.output import Out
from syncsvc.cli.planned import show_plan
from syncsvc.cli.progress import watched
from syncsvc.cli.report import errors_of, show_end, show_errors, show_report, tell_of_standing
from syncsvc.cli.stopping import stopping
from syncsvc.cli.streams import say, write_json
from syncsvc.domain.errors import ErrorKind, SyncError, failure
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.rules import Rules
from syncsvc.engine import asked as asked_for
from syncsvc.engine.document import document
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.rules_file import load_rules
from syncsvc.settings import Settings

_CUT_OFF = "The run was stopped while a system held its answer back; what was done is stored, the next run goes on."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(asked_for.Asked):
    """What the command line asks for."""

    retry_credentials: bool = False


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def sync(asked: Asked, *, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Carry out one run, show what came of it and give the exit code."""
    request = asked.request(_option)
    settings = bootstrap.load(env_file)
    rules = load_rules(rules_file or settings.rules)
    settings.require_systems()

    with stopping(lambda: cut_off(settings, request, as_json=as_json)) as stop, watched(settings, stop) as watch:
        report = bootstrap.synchronise(settings, rules, request, watch, retry_credentials=asked.retry_credentials)
    try:
        if isinstance(report.stopped_by, SyncError) and not report.categories:
            raise report.stopped_by  # nothing was read, so there is nothing to show
        show(Out(as_json=as_json), report)
    finally:
        _tell(settings, rules, report)
    return report.exit_code()


def show(out: Out, report: RunReport) -> None:
    """Show what came of a run, or a plan."""
    if out.as_json:
        out.json(document(report))
    elif report.dry_run:
        show_plan(out, report)
        show_errors(out, errors_of(report))
        tell_of_standing(out, report)
        show_end(out, report)
    else:
        show_report(out, report)


def _tell(settings: Settings, rules: Rules, report: RunReport) -> None:
    """Let mails tell of a run that nobody watches; one that was asked to stop is to be gone soon, and sends none itself."""
    if report.dry_run:
        return
    seen = sys.stdout.isatty() or sys.stderr.isatty()
    bootstrap.tell(settings, rules, report.run, watched=seen, send=report.status is not RunStatus.INTERRUPTED)


def cut_off(settings: Settings, request: RunRequest, *, as_json: bool) -> None:
    """Say that a run was cut off while a call was on its way, and record it."""
    bootstrap.mark_interrupted(settings, dry_run=request.dry_run)
    if as_json:
        write_json(failure(_CUT_OFF, "", ErrorKind.NETWORK))
    else:
        say(_CUT_OFF)
