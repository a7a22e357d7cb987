"""What the engine's codes and values are called on the command line: actions, reasons, statuses, moments.

The codes themselves are part of the ``--json`` formats and are defined in ``domain/plan.py``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.text import Text

from syncsvc.cli.streams import harmless
from syncsvc.domain.listing import status_word
from syncsvc.domain.plan import Why
from syncsvc.domain.records import Side

NOTHING = "—"
"""Stands for an empty value and for nothing to say."""
_RECORDS = {"ci": "CI", "asset": "asset", "subcategory": "subcategory"}
_DONE = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "rename": "renamed",
    "link": "linked",
    "retire": "retired",
    "deactivate": "deactivated",
    "activate": "activated",
}
_STATUS_STYLES = {
    "succeeded": "green",
    "dry_run": "cyan",
    "running": "cyan",
    "completed_with_errors": "yellow",
    "held": "magenta",
    "interrupted": "yellow",
    "failed": "red",
    "open": "yellow",
    "active": "green",
    "orphaned": "yellow",
}


def status(code: str, *, in_full: bool = False) -> Text:
    """Give a status as people read it; in tables it is shortened."""
    shown = code.replace("_", " ") if in_full else status_word(code)
    return Text(shown, _STATUS_STYLES.get(code, ""))


def why(code: str, written: str) -> str:
    """Say why a value is written in the system ``written`` (``c2``, ``hector``)."""
    here, there = Side(written).label, Side(written).other.label
    match Why(code):
        case Why.NEW_RECORD:
            return f"new in {there}"
        case Why.FIRST_MEETING:
            return f"first comparison, {there}'s value counts"
        case Why.CHANGED:
            return f"changed in {there}"
        case Why.PUT_BACK:
            return f"put back: changed in {here}, but {there} decides"
        case Why.CONFLICT_SETTLED:
            return "the conflict was settled"
        case Why.MATCHED:
            return "the same on both sides"
        case Why.LIFECYCLE:
            return f"as its counterpart in {there}"
        case Why.UNDONE:
            return "as it was before the run"


def what(change: dict[str, Any], *, done: bool = False) -> str:
    """Name a change (an object of ``plan --json`` or ``changes --json``): what is done, or was, to which record."""
    action = _DONE[change["action"]] if done else change["action"]
    names = {"ci": change["ci"], "asset": change["asset"], "subcategory": change["subcategory"]}
    record = change["record"]
    name = names.pop(record) or ""
    title = change.get("title") or ""
    if title and (not name or record == "subcategory"):
        name = f"“{title}”"
    also = [f"{_RECORDS[kind]} {names[kind]}" for kind in ("ci", "asset") if names.get(kind)]
    of = f" ({', '.join(also)})" if also and record != "subcategory" else ""
    return f"{action} {_RECORDS[record]} {name}".rstrip() + of


def value(shown: object) -> str:
    """Give a value of a JSON document as people read it."""
    match shown:
        case None | "":
            return NOTHING
        case True:
            return "yes"
        case False:
            return "no"
        case _:
            return harmless(str(shown))


def moment(text: str | None) -> str:
    """Give a moment of a JSON document in this machine's time zone."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S") if text else NOTHING


def took(started: str | None, finished: str | None) -> str:
    """Say how long something took, between two moments of a JSON document."""
    if started is None or finished is None:
        return NOTHING
    seconds = (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02} s"


def count(number: int, one: str, many: str = "") -> str:
    """Give a number with its noun: ``1 error``, ``3 errors``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
