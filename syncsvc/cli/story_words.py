"""What the codes of ``explain --json`` are called: how records stand to each other, and why a field is left alone.

Why a value is written is in ``words.py``, as for every listing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncsvc.cli import words
from syncsvc.domain.records import Side
from syncsvc.planning.field_story import Rest
from syncsvc.planning.standing import Standing

THROUGH_A_SIBLING = "; another CI of its subcategory asks for it"
_RESTS = {
    Rest.NOT_MAPPED: "the rules carry it nowhere",
    Rest.IN_ORDER: "in order",
    Rest.AGREED: "in order, which the next run notes",
    Rest.DIFFERENT: "they differ, but neither was changed since: left alone",
    Rest.ERROR: "it cannot be written",
    Rest.DISAGREEMENT: "the CIs of its subcategory do not agree",
    Rest.GIVEN_UP: "it does not come to rest: left alone until either side holds another value",
    Rest.KEY_WAITS: "the asset stays where it is until the other fields of its subcategory's key are settled",
    Rest.MOVES: "the asset moves first; then it is compared with what the new subcategory holds",
    Rest.NEW_HOME: "the asset came to another subcategory, whose value stands",
    Rest.FOLLOWS: "another CI of its subcategory asks for something; this one is given what comes of that",
    Rest.NO_SUBCATEGORY: "the asset's subcategory could not be read",
    Rest.GONE: "one of the two records is not there",
    Rest.NO_COUNTERPART: "no counterpart",
    Rest.OTHER_WAY: "not mapped in this direction; compared once the new record is there",
    Rest.EMPTY: "empty: there is nothing to give",
    Rest.SHARED: "shared by its subcategory; compared once the new asset is there",
    Rest.LEFT: "left to a later run",
}
_STANDINGS = {
    Standing.LINKED: "A pair",
    Standing.ORPHANED: "Orphaned: one of the two was gone when a run looked for it, and still is",
    Standing.WHOLE_AGAIN: "Orphaned, but both are there: the next run takes them for a pair again",
    Standing.GONE: "A pair of which one record is gone: the next full run marks it orphaned",
    Standing.MOVED: "A pair of which one record stands in another category: it is left alone",
    Standing.TO_BE_LINKED: "Not linked yet: the next run links the two, by “{by}”.",
    Standing.TO_BE_CREATED: "{lone} has no counterpart: the next run makes {other} for it.",
    Standing.UNFINISHED: "{lone} has no counterpart yet: a run lost the answer when it made {other}, and the next looks for it.",
    Standing.ELSEWHERE: "{lone} is linked under another category, and is left alone here.",
    Standing.NOT_IN_USE: "{lone} has no counterpart, and gets none: it is not in use.",
    Standing.REFUSED: "{lone} has no counterpart, and gets none as long as this stands:",
    Standing.NOT_CREATED: "{lone} has no counterpart: no record is the same, and the rules do not have {other} made.",
    Standing.HELD_BACK: "{lone} has no counterpart, and the next run makes none. The errors of a full run say why.",
}
_CHANGED = {None: words.NOTHING, "c2": "C2", "hector": "Hector"}


def rest(code: Rest, field: dict[str, Any]) -> str:
    """Say why nothing is written of a field (an object of ``explain --json``, as far as it is made)."""
    match code:
        case Rest.UNKNOWN if field["c2"] is None and field["hector"] is None:
            return "empty on both sides"
        case Rest.UNKNOWN:
            where = {"→": "in C2", "←": "in Hector"}.get(field["direction"], "on both sides")
            return f"unknown {where}: wipes nothing"
        case Rest.CONFLICT:
            number = f" {field['conflict']}" if field["conflict"] else ""
            what = "both were changed" if field["changed"] else "they differ, and never agreed"
            return f"{what}: conflict{number} waits for you"
        case _:
            return _RESTS[code]


def next_of(planned: dict[str, Any], names: Mapping[str, str]) -> str:
    """Say what the next run does with a field (the ``next`` of ``explain --json``)."""
    if planned["action"] is None:
        return "nothing"
    shared = planned["record"] == "subcategory"
    system, held = Side(planned["system"]).label, words.named(planned["to"], names)
    where = f"its subcategory in {system}" if shared else system
    if planned["to"] is None:
        return f"emptied in {where}"
    match planned["action"]:
        case "create":
            return f"the new {'CI' if planned['record'] == 'ci' else planned['record']} gets {held}"
        case "move":
            return f"the asset moves to {held}"
        case "rename":
            return f"the subcategory is renamed to {held}"
        case _:
            return f"{where} gets {held}"


def changed(code: str | None) -> str:
    """Say who has changed a field since it was last in order."""
    return _CHANGED.get(code) or str(code)


def standing(story: dict[str, Any]) -> str:
    """Say how a record stands to its counterpart (an object of ``explain --json``)."""
    lone, other = ("This CI", "an asset") if story["ci"] is not None else ("This asset", "a CI")
    links = [change for change in story["changes"] if change["action"] == "link"]
    by = ", ".join(field["field"] for change in links for field in change["fields"])
    return _STANDINGS[Standing(story["standing"])].format(lone=lone, other=other, by=by)
