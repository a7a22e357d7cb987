"""The document of a run, or a plan, as ``--json`` prints it; the counts in it are ``report.py``'s."""

from __future__ import annotations

from syncsvc.domain.errors import SyncError, failure
from syncsvc.domain.listing import change_as_json
from syncsvc.engine.report import RunReport


def document(report: RunReport) -> dict[str, object]:
    """Give a run, or a plan, as ``--json`` prints it."""
    found = report.as_json()
    if report.dry_run:
        found["changes"] = [change_as_json(change) for category in report.categories for change in category.planned]
        found["open_conflicts"] = [conflict for category in report.categories for conflict in category.conflicts_as_json()]
        found["names"] = report.clients()
    stopped_by = report.stopped_by
    if isinstance(stopped_by, SyncError):
        found |= failure(stopped_by.message, stopped_by.hint, stopped_by.kind)
    return found
