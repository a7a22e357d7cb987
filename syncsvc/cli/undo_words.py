"""Why an undo leaves something as it is, in words, and what can be done about it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncsvc.cli import words
from syncsvc.domain.records import Side
from syncsvc.domain.undone import Reason

_REASONS = {
    Reason.CREATED: "the run made it, and nothing is ever deleted",
    Reason.LINKED: "the run linked the pair; parting it is your decision",
    Reason.ALREADY: "it is as it was before the run",
    Reason.CHANGED: "changed since, not by a run: now {now}",
    Reason.LATER_RUN: "run {run} has written it since",
    Reason.CHANGED_ACROSS: "{there}'s value{of} was changed since (now {now}), and no run has carried that over yet",
    Reason.GONE: "{detail} is gone",
    Reason.MOVED_AWAY: "{detail} is in another category now",
    Reason.PARTED: "the pair is linked no longer",
    Reason.NOT_MAPPED: "the rules do not map this field any more",
    Reason.READ_ONLY: "{detail} is read-only",
    Reason.REQUIRED: "it was empty before, and {here} requires it",
    Reason.UNFIT: "the value before does not fit any more: {detail}",
    Reason.NAME_TAKEN: "{detail} is called “{now}” by now",
    Reason.NOT_RECORDED: "an earlier version recorded the run, without exact values",
}
_RENAMED = "changed since, not by a run: {detail} is called “{now}” now"
_UNNAMED = {Reason.READ_ONLY: "the field"}

_SORTS = {
    Reason.CREATED: "made",
    Reason.LINKED: "linked",
    Reason.ALREADY: "as before already",
    Reason.CHANGED: "changed since",
    Reason.LATER_RUN: "written by a later run",
    Reason.CHANGED_ACROSS: "changed on the other side",
    Reason.GONE: "gone",
    Reason.MOVED_AWAY: "in another category",
    Reason.PARTED: "parted since",
    Reason.NOT_MAPPED: "not mapped any more",
    Reason.READ_ONLY: "read-only",
    Reason.REQUIRED: "required",
    Reason.UNFIT: "not fitting any more",
    Reason.NAME_TAKEN: "with a name that is taken",
    Reason.NOT_RECORDED: "recorded by an earlier version",
}
_LAST = (Reason.CREATED, Reason.LINKED)

_HINTS = {
    Reason.LINKED: "To part a pair: syncsvc links remove --ci NUMBER. It is not joined again.",
    Reason.LATER_RUN: "What a later run has written is put back by undoing that run: syncsvc undo {run}",
    Reason.CHANGED_ACROSS: "What no run has carried over yet: let the next one do so, or set the field by hand.",
    Reason.NOT_MAPPED: "Map the field in the rules again, with the direction none if need be, and undo the run then.",
}
_MADE = (
    "To be rid of a record that the run made: syncsvc links remove, then retire or deactivate it by hand; as long as it is in "
    "use, the next run gives it a new counterpart where the rules say so."
)
_MADE_SUBCATEGORY = "A subcategory that the run made and that nobody needs is deleted by hand in Hector."


def reason(kept: dict[str, Any], names: Mapping[str, str]) -> str:
    """Say why something stays; ``kept`` is an object of ``undo --json``, ``names`` are those of clients by their ids."""
    why, here, detail = Reason(kept["reason"]), Side(kept["system"]), kept["detail"]
    template = _RENAMED if why is Reason.CHANGED and detail else _REASONS[why]
    return template.format(
        here=here.label,
        there=here.other.label,
        of=f" of {detail}" if detail else "",
        detail=detail or _UNNAMED.get(why, "the record, or its counterpart,"),
        now=words.named(kept["now"], names),
        run=kept["run"],
    )


def weight(kept: dict[str, Any]) -> int:
    """Say how far back in a list something stands: what the run made, and what it linked, come last."""
    return (*(why for why in Reason if why not in _LAST), *_LAST).index(Reason(kept["reason"]))


def sort(kept: dict[str, Any]) -> str:
    """Say in a word or two which sort of thing it is, for a count."""
    return _SORTS[Reason(kept["reason"])]


def hint(kept: dict[str, Any]) -> str:
    """Say what can be done about it; ``""`` where there is nothing to say."""
    why = Reason(kept["reason"])
    if why is Reason.CREATED:
        return _MADE_SUBCATEGORY if kept["record"] == "subcategory" else _MADE
    return _HINTS.get(why, "").format(run=kept["run"])
