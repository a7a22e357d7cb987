"""``syncsvc sync`` and ``syncsvc plan``: one run now, or what it would do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from syncsvc import bootstrap
from syncsvc.cli.errors import failure
from syncsvc.cli.output import Out
from syncsvc.cli.planned import show_plan
from syncsvc.cli.progress import watched
from syncsvc.cli.report import errors_of, show_end, show_errors, show_report, tell_of_standing
from syncsvc.cli.stopping import stopping
from syncsvc.cli.streams import say, write_json
from syncsvc.domain.errors import ErrorKind, SyncError, UnfitRequestError
from syncsvc.domain.listing import change_as_json
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.rules import Rules
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.rules_file import load_rules
from syncsvc.settings import Settings

_CUT_OFF = "The run was stopped while a system held its answer back; what was done is stored, the next run goes on."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    category: str | None = None
    ci: str | None = None
    asset: str | None = None
    full: bool = False
    dry_run: bool = False
    approve: int | None = None
    retry_credentials: bool = False

    def request(self) -> RunRequest:
        """Give it as a run's request; raises :class:`UnfitRequestError` for words that do not go together."""
        if self.ci is not None and self.asset is not None:
            raise UnfitRequestError("--ci and --asset do not go together.", hint="One of the two names the pair.")
        choices = {"--category": self.category, "--ci": self.ci, "--asset": self.asset}
        for option, named in choices.items():
            if named is not None and not named.strip():
                raise UnfitRequestError(f"{option} names nothing.", hint="Write the name behind it, or leave the option out.")
        if self.approve is not None and (any(choices.values()) or self.full or self.dry_run):
            raise UnfitRequestError(
                "--approve carries out a held run as it was reviewed; it goes with no other choice.",
                hint="Leave --category, --ci, --asset, --full and --dry-run out.",
            )
        kind = "approval" if self.approve is not None else "single" if self.ci or self.asset else "manual"
        return RunRequest(kind, self.full, self.dry_run, self.category, self.ci, self.asset, self.approve)


def sync(asked: Asked, *, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Carry out one run, show what came of it and give the exit code."""
    request = asked.request()
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


def document(report: RunReport) -> dict[str, object]:
    """Give a run, or a plan, as ``--json`` prints it."""
    found = report.as_json()
    if report.dry_run:
        found["changes"] = [change_as_json(change) for category in report.categories for change in category.planned]
        found["open_conflicts"] = [conflict for category in report.categories for conflict in category.conflicts_as_json()]
    stopped_by = report.stopped_by
    if isinstance(stopped_by, SyncError):
        found |= failure(stopped_by.message, stopped_by.hint, stopped_by.kind)
    return found


def cut_off(settings: Settings, request: RunRequest, *, as_json: bool) -> None:
    """Say that a run was cut off while a call was on its way, and record it."""
    bootstrap.mark_interrupted(settings, dry_run=request.dry_run)
    if as_json:
        write_json(failure(_CUT_OFF, "", ErrorKind.NETWORK))
    else:
        say(_CUT_OFF)
