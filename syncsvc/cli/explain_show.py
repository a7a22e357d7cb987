"""What a story looks like: who the two records are, a line a field, what waits for a person, and what runs did lately.

Stories come as the objects of ``explain --json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from syncsvc.cli import story_words, words
from syncsvc.cli.output import Cell, Column, Out
from syncsvc.cli.planned import CHANGE_COLUMNS, change_rows
from syncsvc.cli.streams import harmless
from syncsvc.domain.records import Side
from syncsvc.domain.rules import Direction
from syncsvc.planning.field_story import Rest

SHOWN_HISTORY = 10
"""Changes of earlier runs that a person is shown; a pipe and ``--json`` get them all."""
_WRITTEN = {"done", "partly"}
_WAITING = {Rest.CONFLICT, Rest.ERROR, Rest.DISAGREEMENT, Rest.GIVEN_UP}
"""Reasons that somebody has to do something about."""
_WHOLE = (
    Column("Field"),
    Column("Direction"),
    Column("In C2"),
    Column("In Hector"),
    Column("Last agreed"),
    Column("Changed since"),
    Column("Next run"),
    Column("Why"),
)
_FOR_PEOPLE = (
    Column("Field", "cyan"),
    Column("In C2"),
    Column("In Hector"),
    Column("Last agreed", "dim"),
    Column("Changed\nsince", spare=True),
    Column("Next run, and why"),
)
_HISTORY = (Column("Run", right=True, whole=True), Column("At", "dim", whole=True, spare=True), *CHANGE_COLUMNS)


def show_story(out: Out, story: dict[str, Any]) -> None:
    """Show one story."""
    _show_head(out, story)
    out.line()
    _show_fields(out, story)
    out.line()
    _show_history(out, story["history"])


# -- who they are --------------------------------------------------------------------------------------------------------


def _show_head(out: Out, story: dict[str, Any]) -> None:
    both = [_called("CI", story["ci"], story["ci_name"], story["ci_active"], "inactive")]
    both.append(_called("asset", story["asset"], story["asset_title"], story["asset_active"], "retired"))
    out.line(Text(harmless(" and ".join(one for one in both if one)), "bold"))
    place = f"{story['cmdb']} / {story['category']} {story['direction']} {story['hector_category']}"
    out.line(place, "dim", indent=2)
    out.line(_standing(story), indent=2)
    for other in story["parted_from"]:
        out.line(f"Parted by hand from {other}: no run joins the two again.", indent=2)
    for problem in story["problems"]:
        _show_problem(out, problem)
    for reason in story["held"]:
        out.line(Text.assemble(("Held: ", "bold magenta"), harmless(reason), ". The next run would write nothing."), indent=2)
    planned = [words.what(change) for change in story["changes"] if change["action"] != "link"]
    out.line(f"The next run: {'; '.join(planned)}." if planned else "The next run writes nothing to it.", indent=2)


def _called(kind: str, name: str | None, title: str | None, active: bool | None, unused: str) -> str:
    if name is None:
        return ""
    quoted = f" “{title}”" if title and title != name else ""
    return f"{kind} {name}{quoted}" + (f" ({unused})" if active is False else "")


def _standing(story: dict[str, Any]) -> Text:
    said = story_words.standing(story)
    if story["linked_at"] is None:
        return Text(harmless(said))
    by_hand = " by hand" if story["by_hand"] else ""
    last = words.moment(story["last_synced_at"]) if story["last_synced_at"] else "never"
    return Text(harmless(f"{said}; linked{by_hand} on {words.moment(story['linked_at'])}, last synchronised {last}."))


def _show_problem(out: Out, problem: dict[str, Any], *, name: str = "") -> None:
    values = ", ".join(
        f"{side.label}: {words.value(problem[f'{side}_value'])}" for side in Side if problem[f"{side}_value"] is not None
    )
    parts = ((problem["kind"], "red"), f" {name}: " if name else ": ", harmless(problem["message"]))
    out.line(Text.assemble(*parts, (f" ({values})" if values else "", "dim")), indent=2)
    if problem["hint"]:
        out.line(problem["hint"], "dim", indent=6)


# -- its fields ----------------------------------------------------------------------------------------------------------


def _show_fields(out: Out, story: dict[str, Any]) -> None:
    """Show a line a field; a person with one record only is spared the columns in which nothing would stand."""
    fields, names = story["fields"], story["names"]
    if not out.is_person:
        out.table(_WHOLE, (_whole_row(field, names) for field in fields))
        return
    alone = story["ci"] is None or story["asset"] is None
    kept = [place for place in range(len(_FOR_PEOPLE)) if not alone or place in {0, 1 if story["asset"] is None else 2, 5}]
    rows = (_row(field, names) for field in fields)
    out.table([_FOR_PEOPLE[place] for place in kept], ([row[place] for place in kept] for row in rows))
    for field in fields:
        _show_what_waits(out, field)


def _row(field: dict[str, Any], names: Mapping[str, str]) -> Sequence[Cell]:
    name, direction, c2, hector, _, changed, to_be_done, why = _cells(field, names)
    agreed = _agreed(field["baseline"], names, then="\n")
    if field["changed"] == "nothing" and agreed not in {c2, hector}:
        agreed = "as now"  # each in its own way of writing it, as the two columns before have it
    if field["next"]["action"] is not None:
        last = Text.assemble((to_be_done, "bold"), (f"\n{why}", "dim"))
    elif field["next"]["why"] == Rest.IN_ORDER:
        last = Text(why, "dim")  # nearly every line: it needs no more words
    else:
        last = Text.assemble(f"{to_be_done}: ", (why, "yellow" if field["next"]["why"] in _WAITING else ""))
    return f"{name} {direction if direction != Direction.NONE else ''}".rstrip(), c2, hector, Text(agreed), changed, last


def _whole_row(field: dict[str, Any], names: Mapping[str, str]) -> Sequence[Cell]:
    *cells, why = _cells(field, names)
    error = field["error"]
    more = [error["message"], error["hint"]] if error else [_to_settle(field)]
    return *cells, " ".join([why, *(f"· {words.value(part)}" for part in more if part)])


def _cells(field: dict[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        harmless(field["field"]),
        field["direction"],
        words.named(field["c2"], names),
        words.value(field["hector"]),
        _agreed(field["baseline"], names),
        story_words.changed(field["changed"]),
        story_words.next_of(field["next"], names),
        harmless(field["next"]["words"]),
    )


def _agreed(baseline: dict[str, Any] | None, names: Mapping[str, str], *, then: str = ", ") -> str:
    """Give the value last agreed on; both where each system keeps it in its own way."""
    if baseline is None:
        return "never"
    c2, hector = words.named(baseline["c2"], names), words.value(baseline["hector"])
    return c2 if c2 == hector else f"C2: {c2}{then}Hector: {hector}"


def _show_what_waits(out: Out, field: dict[str, Any]) -> None:
    """Say below the table what needs a whole sentence."""
    name = f"“{harmless(field['field'])}”"
    if field["error"]:
        _show_problem(out, field["error"], name=name)
    elif _to_settle(field):
        out.line(Text.assemble(("conflict", "yellow"), f" {name}: {_to_settle(field)}"), indent=2)


def _to_settle(field: dict[str, Any]) -> str:
    """Say how a conflict ends."""
    if field["next"]["why"] != "conflict":
        return ""
    if field["conflict"] is None:
        return "the next run lists it with a number. Settle it then with syncsvc conflicts resolve, or make both sides equal."
    return f"settle it with syncsvc conflicts resolve {field['conflict']} --use c2 (or hector), or make both sides equal."


# -- what was done -------------------------------------------------------------------------------------------------------


def _show_history(out: Out, history: list[dict[str, Any]]) -> None:
    if not history:
        out.line("No run on record has changed it.", "dim")
        return
    out.line("What runs did to it, newest first:", "bold")
    shown = history[:SHOWN_HISTORY] if out.is_person else history
    out.table(_HISTORY, (row for change in shown for row in _history_rows(change, once=out.is_person)))
    if len(history) > len(shown):
        out.line(f"… and {len(history) - len(shown)} more; a pipe and --json get them all.", "dim", indent=2)


def _history_rows(change: dict[str, Any], *, once: bool) -> Iterator[Sequence[Cell]]:
    run, at, outcome = str(change["run"]), words.moment(change["at"]), change["outcome"]
    for system, what, *rest in change_rows(change, done=outcome in _WRITTEN, once=once):
        note = f"{outcome}: " if what and outcome != "done" else ""
        yield run, at, system, Text.assemble((note, "yellow"), harmless(what)), *rest
        run, at = ("", "") if once else (run, at)
