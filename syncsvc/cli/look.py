"""The listings: what happened in runs, and how links and conflicts stand; nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from rich.text import Text
from sqlalchemy import Engine

from syncsvc import bootstrap
from syncsvc.cli import words
from syncsvc.cli.of_run import NO_RUN, OfRun, of_run
from syncsvc.cli.output import Cell, Column, Out
from syncsvc.cli.planned import CHANGE_COLUMNS, change_rows
from syncsvc.cli.report import show_errors
from syncsvc.cli.streams import harmless
from syncsvc.domain.errors import ErrorKind, SettingsError, SyncError, UnknownRecordError
from syncsvc.domain.plan import Problem
from syncsvc.domain.records import Side
from syncsvc.engine.choose import ids_in_c2
from syncsvc.engine.load import Catalogue
from syncsvc.rules_file import load_rules
from syncsvc.settings import Settings
from syncsvc.state import queries
from syncsvc.state.address import missing_file

Listing = list[dict[str, Any]]
Rows = Iterable[Sequence[Cell]]
T = TypeVar("T")
_RUN = Column("Run", "bold", right=True, whole=True)
SHOWN_LINKS = 10
"""Links of one run that a person is shown one by one."""
_WRITTEN = {"done", "partly"}
_LINKED = {"done": "were linked", "planned": "would be linked"}
"""What is said of the links of one outcome where they are many."""


def runs(*, limit: int | None, as_json: bool, env_file: Path | None) -> int:
    """List the runs, newest first."""
    columns = (
        _RUN,
        Column("Started", whole=True),
        Column("Took", right=True, whole=True, spare=True),
        Column("Kind", whole=True, spare=True),
        Column("Status", whole=True),
        Column("Created\nC2 · Hector", right=True, whole=True),
        Column("Updated\nC2 · Hector", right=True, whole=True),
        Column("Con-\nflicts", right=True, whole=True),
        Column("\nErrors", right=True, whole=True),
    )
    return _list(lambda engine: queries.runs(engine, limit), columns, _run_rows, NO_RUN, as_json=as_json, env_file=env_file)


def log(run: int, *, as_json: bool, env_file: Path | None) -> int:
    """List a run's log."""
    columns = (Column("At", "dim", whole=True), Column("Level"), Column("Event"), Column("Data", "dim"))
    empty = f"Run {run} has logged nothing."
    return _list(lambda engine: queries.log(engine, run), columns, _log_rows, empty, as_json=as_json, env_file=env_file)


def errors(run: int | None, *, as_json: bool, env_file: Path | None) -> int:
    """List what went wrong in a run."""
    out = Out(as_json=as_json)
    found, its_run = _read(lambda engine: _listed(engine, run, queries.errors), env_file)
    if as_json or not found or not out.is_person:
        columns = (_RUN, Column("Kind"), Column("Category"), Column("Record"), Column("Field"), Column("What, and what to do"))
        _show(out, found, columns, _error_rows, its_run.nothing_wrong())
    else:  # whole sentences are no reading in narrow columns
        out.line(its_run.heading())
        show_errors(out, [_problem(error) for error in found], limit=len(found))
    return 0


def changes(run: int | None, *, as_json: bool, env_file: Path | None) -> int:
    """List what a run did, and what a guard held of it."""
    out = Out(as_json=as_json)
    found, its_run = _read(lambda engine: _listed(engine, run, queries.changes), env_file)
    if out.is_person and found and not as_json:  # who needs the width, and hears only of what did not go well
        out.line(its_run.heading())
        _show_changes(out, found)
    else:
        _show(out, found, (_RUN, Column("Outcome"), *CHANGE_COLUMNS), _whole_change_rows, its_run.nothing_changed())
    return 0


def _listed(engine: Engine, run: int | None, listing: Callable[[Engine, int | None], Listing]) -> tuple[Listing, OfRun]:
    """Give what is listed of a run, and which run that is: another may begin meanwhile."""
    its_run = of_run(engine, run)
    return listing(engine, its_run.number), its_run


def links(category: str | None, *, as_json: bool, env_file: Path | None) -> int:
    """List the links."""
    columns = (
        Column("CI", "bold", whole=True),
        Column("Asset", "bold", right=True, whole=True),
        Column("Category"),
        Column("Status", whole=True),
        Column("Linked", whole=True, spare=True),
        Column("Last synchronised", whole=True),
    )
    empty = "Nothing is linked yet."
    found = _read(lambda engine: _links(engine, category, env_file), env_file)
    _show(Out(as_json=as_json), found, columns, _link_rows, empty)
    return 0


def _links(engine: Engine, category: str | None, env_file: Path | None) -> Listing:
    """Give the links; raises :class:`UnknownRecordError` where only other categories have any: the name may be misspelt."""
    found = queries.links(engine, category)
    others = list(dict.fromkeys(link["category"] for link in queries.links(engine))) if category is not None and not found else []
    if category is not None and others:
        found = [link for category_id in _ids_of(category, env_file) for link in queries.links(engine, category_id)]
        if not found:
            named = ", ".join(f"“{name}”" for name in others)
            raise UnknownRecordError(f"Nothing is linked in a category “{category}”.", hint=f"Links stand in: {named}.")
    return found


def _ids_of(category: str, env_file: Path | None) -> list[str]:
    """Ask C2 which of the rules' categories have this name, in either language; where that cannot be asked, none is known."""
    with suppress(SyncError):
        settings = bootstrap.load(env_file)
        rules = load_rules(settings.rules)
        with bootstrap.open_remembering(settings, language=rules.language) as systems:
            return ids_in_c2(category, rules, Catalogue(systems.c2, systems.hector))
    return []


def conflicts(*, as_json: bool, env_file: Path | None) -> int:
    """List the conflicts that wait for somebody, or settled ones that wait for the next run."""
    columns = (
        Column("No.", right=True),
        Column("Category"),
        Column("CI", "bold"),
        Column("Asset", "bold", right=True),
        Column("Field"),
        Column("In C2"),
        Column("In Hector"),
        Column("Last agreed", "dim"),
        Column("Since", "dim"),
        Column("Status"),
    )
    out = Out(as_json=as_json)
    found = _read(queries.conflicts, env_file)
    if out.is_person and not as_json and found:  # ten columns are more than any terminal has room for
        for conflict in found:
            _show_conflict(out, conflict)
    else:
        _show(out, found, columns, _conflict_rows, "No conflict is open.")
    return 0


def _list(
    read: Callable[[Engine], Listing],
    columns: Sequence[Column],
    rows: Callable[[Listing], Rows],
    empty: str,
    *,
    as_json: bool,
    env_file: Path | None,
) -> int:
    _show(Out(as_json=as_json), _read(read, env_file), columns, rows, empty)
    return 0


def _read(read: Callable[[Engine], T], env_file: Path | None) -> T:
    settings = bootstrap.load(env_file)
    refuse_without_database(settings)
    with bootstrap.open_database(settings) as engine:
        return read(engine)


def refuse_without_database(settings: Settings) -> None:
    """Raise :class:`SettingsError` where there is no database yet, for those who only look."""
    missing = missing_file(settings.database_url.get_secret_value())
    if missing is not None:  # made here, in a wrong directory, it would say that nothing ever went wrong
        raise SettingsError(
            f"There is no database at {missing}: there has been no run yet, or it is somewhere else.",
            hint="The first syncsvc plan or sync makes it. A relative path is looked for in the present directory.",
        )


def _show(out: Out, found: Listing, columns: Sequence[Column], rows: Callable[[Listing], Rows], empty: str) -> None:
    if out.as_json:
        out.json(found)
    elif found:
        out.table(columns, rows(found))
    else:
        out.line(empty)


def _run_rows(found: Listing) -> Rows:
    for run in found:
        yield (
            str(run["run"]),
            words.moment(run["started_at"]),
            words.took(run["started_at"], run["finished_at"]),
            f"{run['kind']} (plan)" if "dry_run" in run else run["kind"],
            words.status(run["status"]),
            f"{run['created']['c2']} · {run['created']['hector']}",
            f"{run['updated']['c2']} · {run['updated']['hector']}",
            str(run["conflicts"]),
            str(run["errors"]),
        )


def _log_rows(found: Listing) -> Rows:
    for line in found:
        data = " ".join(f"{key}={words.value(value)}" for key, value in line["data"].items())
        yield words.moment(line["at"]), line["level"], line["event"], data


def _error_rows(found: Listing) -> Rows:
    for error in found:
        record = [f"CI {error['ci']}" if error["ci"] else "", f"asset {error['asset']}" if error["asset"] else ""]
        both = (("C2", error["c2_value"]), ("Hector", error["hector_value"]))
        values = ", ".join(f"{system}: {words.value(value)}" for system, value in both if value is not None)
        what = Text(words.value(error["message"]))
        what.append(f" ({values})" if values else "")
        what.append(f" {words.value(error['hint'])}" if error["hint"] else "", "dim")
        place = " / ".join(part for part in (error["cmdb"], error["category"]) if part)
        yield str(error["run"]), error["kind"], place, ", ".join(part for part in record if part), error["field"] or "", what


def _change_rows(found: Listing) -> Rows:
    for change in found:
        outcome = change["outcome"]
        for system, what, *rest in change_rows(change, done=outcome in _WRITTEN, once=True):
            note = f"{outcome}: " if system and outcome != "done" else ""
            yield system, Text.assemble((note, "yellow"), harmless(what)), *rest


def _whole_change_rows(found: Listing) -> Rows:
    for change in found:
        for row in change_rows(change, done=change["outcome"] in _WRITTEN):
            yield str(change["run"]), change["outcome"], *row


def _show_changes(out: Out, found: Listing) -> None:
    """Show what was written, or held, then the pairs that were linked; after a first run these are counted only."""
    links = {outcome: [change for change in found if _is_link(change, outcome)] for outcome in _LINKED}
    few = [change for linked in links.values() if len(linked) <= SHOWN_LINKS for change in linked]
    shown = [change for change in found if not any(_is_link(change, outcome) for outcome in _LINKED)] + few
    if shown:
        out.table(CHANGE_COLUMNS, _change_rows(shown))
    for outcome, linked in links.items():
        if len(linked) > SHOWN_LINKS:
            all_of_them = f"syncsvc changes --run {linked[0]['run']} | less"
            out.line(f"{len(linked)} pairs {_LINKED[outcome]}; a pipe shows them all: {all_of_them}", "dim")


def _is_link(change: dict[str, Any], outcome: str) -> bool:
    return (change["action"], change["outcome"]) == ("link", outcome)


def _problem(error: dict[str, Any]) -> Problem:
    record = {key: error[key] for key in ("message", "hint", "asset", "field", "c2_value", "hector_value")}
    return Problem(ErrorKind(error["kind"]), ci_number=error["ci"], **record)


def _link_rows(found: Listing) -> Rows:
    for link in found:
        yield (
            link["ci_number"],
            str(link["asset_id"]),
            link["category"],
            words.status(link["status"]),
            words.moment(link["linked_at"]),
            words.moment(link["last_synced_at"]),
        )


def _show_conflict(out: Out, conflict: dict[str, Any]) -> None:
    agreed = conflict["baseline"]
    record = f"{conflict['category']}: CI {conflict['ci']}, asset {conflict['asset']}, “{conflict['field']}”"
    out.line(Text.assemble((f"{conflict['id']}  ", "bold"), (harmless(record), "bold"), "  ", _standing(conflict)))
    for name, value in (("In C2", conflict["c2_value"]), ("In Hector", conflict["hector_value"])):
        out.line(Text.assemble((f"{name:<12}", "dim"), words.value(value)), indent=4)
    last = "never" if agreed is None else words.value(agreed["c2"])
    out.line(f"Last agreed {last} · since {words.moment(conflict['since'])}", "dim", indent=4)


def _conflict_rows(found: Listing) -> Rows:
    for conflict in found:
        agreed = conflict["baseline"]
        yield (
            str(conflict["id"]),
            conflict["category"],
            conflict["ci"],
            conflict["asset"],
            conflict["field"],
            words.value(conflict["c2_value"]),
            words.value(conflict["hector_value"]),
            "never" if agreed is None else words.value(agreed["c2"]),
            words.moment(conflict["since"]),
            _standing(conflict),
        )


def _standing(conflict: dict[str, Any]) -> Text:
    """Say how a conflict stands, and for whom it was settled."""
    chosen = f": {Side(conflict['use']).label}'s value" if conflict["use"] else ""
    return words.status(conflict["status"]).append(chosen)
