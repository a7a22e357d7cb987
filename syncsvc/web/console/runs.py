"""The pages about runs: their history, and one run, while it is on or afterwards, with what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Form, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Engine

from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.engine.request import RunRequest
from syncsvc.engine.stage import Stage
from syncsvc.planning.approval import amounts_of
from syncsvc.state import queries
from syncsvc.state.store import Store
from syncsvc.web.console.book import CONFLICT, NOT_FOUND, Book, Desk, Refusal, TheBook, Visitor, not_begun
from syncsvc.web.console.leaf import leaf_of
from syncsvc.web.console.visit import SEE_OTHER, RefusedError, Visit, check_form

RUNS = 60
"""Runs that are listed."""
_LISTINGS = {"errors": queries.errors, "changes": queries.changes_by_category, "log": queries.log}
Number = Annotated[int, InPath(ge=1, le=2**31 - 1)]
Token = Annotated[str, Form()]
_log = structlog.get_logger("syncsvc")

router = APIRouter(default_response_class=HTMLResponse)


class Life(StrEnum):
    """What is known of whether a run is on."""

    HERE = "here"
    """This service carries it out."""
    ELSEWHERE = "elsewhere"
    """Another process does."""
    CUT_OFF = "cut_off"
    """None does, and it never ended: its process was killed."""
    UNKNOWN = "unknown"
    """A dry run of another process holds no lock by which to tell."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Held:
    """A category that a guard held."""

    title: str
    reasons: Sequence[str]
    amounts: Sequence[tuple[str, str, str, int]]
    """How many changes wait: what is done, to which kind of record, in which system, and their number."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A run as it is found now."""

    run: dict[str, Any]
    life: Life
    stage: Stage | None = None
    """How far it is, of one that is on here."""

    @property
    def seconds(self) -> int | None:
        """After how many seconds to look again; whether somebody else's run is on costs a try at the lock."""
        return {Life.HERE: 3, Life.ELSEWHERE: 15}.get(self.life)


def look_at(desk: Desk, number: int) -> Sight:
    """Look at a run; raises ``UnknownRunError``."""
    stage = desk.running.stage(number)
    found = queries.run(desk.engine, number)
    if stage is not None:
        return Sight(found, Life.HERE, stage)
    if found["status"] != RunStatus.RUNNING.value:
        return Sight(found, Life.OVER)
    if queries.is_dry_run(desk.engine, number):
        return Sight(found, Life.UNKNOWN)
    if desk.under_way():
        return Sight(found, Life.ELSEWHERE)
    found = queries.run(desk.engine, number)  # it may have ended a moment ago
    return Sight(found, Life.CUT_OFF if found["status"] == RunStatus.RUNNING.value else Life.OVER)


@router.get("/runs")
def runs(book: TheBook, visit: Visitor) -> Response:
    """List the latest runs."""
    engine = book.desk.engine
    found = queries.runs(engine, RUNS)
    uncounted = queries.without_summary(engine, found[-1]["run"], found[0]["run"]) if found else set()
    return book.page(visit, "runs", runs=found, uncounted=uncounted)


@router.get("/runs/{number}")
def run(book: TheBook, visit: Visitor, number: Number, *, page: int = 1, still: bool = False) -> Response:
    """Show a run with its errors."""
    return _run(book, visit, number, "errors", page=page, still=still)


@router.get("/runs/{number}/changes")
def changes(book: TheBook, visit: Visitor, number: Number, *, page: int = 1, still: bool = False) -> Response:
    """Show a run with what it did."""
    return _run(book, visit, number, "changes", page=page, still=still)


@router.get("/runs/{number}/log")
def log(book: TheBook, visit: Visitor, number: Number, *, page: int = 1, still: bool = False) -> Response:
    """Show a run with its log."""
    return _run(book, visit, number, "log", page=page, still=still)


def _run(
    book: Book, visit: Visit, number: int, part: str, *, page: int = 1, still: bool = False, refusal: Refusal | None = None
) -> Response:
    """Show a run; ``still``: the page is not to be loaded anew by itself."""
    desk, engine = book.desk, book.desk.engine
    try:
        seen = look_at(desk, number)
    except queries.UnknownRunError as error:
        raise RefusedError(NOT_FOUND, "no_run", number=number) from error
    desk.running.looked_at(number)
    amounts = queries.amounts(engine, number)
    leaf = leaf_of(page, amounts[part])
    return book.page(
        visit,
        "run",
        status=CONFLICT if refusal else 200,
        refusal=refusal,
        run=seen.run,
        life=seen.life.value,
        stage=seen.stage,
        seconds=None if refusal or leaf.page > 1 else seen.seconds,
        still=still,
        part=part,
        is_counted=not queries.without_summary(engine, number, number),
        held=_held(engine, seen.run),
        may_be_approved=queries.waits_for_approval(engine, number),
        approved_by=queries.approved_by(engine, number),
        rows=_LISTINGS[part](engine, number, leaf.part),
        amounts=amounts,
        leaf=leaf,
    )


def _held(engine: Engine, run: dict[str, Any]) -> list[Held]:
    """Give what a run has held, with what would be done as long as that waits for an approval."""
    plans = Store(engine).reviewed(run["run"]) if queries.waits_for_approval(engine, run["run"]) else {}
    return [
        Held(f"{one['cmdb']} / {one['category']}", one["held"], amounts_of(plans.get((one["cmdb"], one["category"]), ())))
        for one in run["categories"]
        if one.get("held")
    ]


@router.post("/runs/{number}/approve")
def approve(book: TheBook, visit: Visitor, number: Number, token: Token) -> Response:
    """Carry out what a run has held, as ``syncsvc sync --approve`` does, and lead to the page of the run that does it."""
    check_form(visit, token)
    try:
        begun = book.desk.running.begin(RunRequest("approval", approve=number))
    except SyncError as error:
        _log.warning("not approved", run=number, why=error.message, by=visit.username)
        return _run(book, visit, number, "errors", refusal=not_begun(error))
    _log.info("run approved", run=number, by=visit.username, carried_out_by=begun)
    return RedirectResponse(f"/runs/{begun}", SEE_OTHER)


@router.post("/runs/{number}/cancel")
def cancel(book: TheBook, visit: Visitor, number: Number, token: Token) -> Response:
    """Stop a run of this service; what is begun is finished and stored."""
    check_form(visit, token)
    if not book.desk.running.stop(number):
        return _run(book, visit, number, "errors", refusal=Refusal("not_cancelled"))
    _log.info("run cancelled", run=number, by=visit.username)
    return RedirectResponse(f"/runs/{number}", SEE_OTHER)
