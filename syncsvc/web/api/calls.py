"""The calls of the API: what each takes, and the document of the command that it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from syncsvc.domain.errors import SyncError, UnfitRequestError
from syncsvc.domain.records import Side
from syncsvc.engine.asked import Asked
from syncsvc.engine.document import document
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.state import queries
from syncsvc.state.queries import Listing, Part

MOST = 1000
"""Rows that one call gives at the most."""
LARGEST = 2**31 - 1
_ACCEPTED = 202
Number = Annotated[int, InPath(ge=1, le=LARGEST)]
_log = structlog.get_logger("syncsvc")

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Clerk:
    """What the calls know of the service, and what they do."""

    engine: Engine
    begin: Callable[[RunRequest], int]
    """Begins a run that a program asks for and gives its number; raises :class:`SyncError` where it cannot begin."""
    carry_out: Callable[[RunRequest], RunReport]
    """Carries out a run and waits for its end; raises likewise, and what broke it."""
    settle: Callable[[int, Side, datetime | None], None]
    """Settles a conflict, where a moment is given only if its values were seen as they are since that."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RunAsked(_Body):
    """The options of ``syncsvc sync``."""

    category: str | None = None
    ci: str | None = None
    asset: str | None = None
    full: bool = False
    dry_run: bool = False
    approve: Annotated[int | None, Field(ge=1, le=LARGEST)] = None


class Resolution(_Body):
    """Which side of a conflict counts."""

    use: Annotated[Side, Field(strict=False)]
    since: Annotated[datetime | None, Field(strict=False)] = None
    """The conflict's ``since`` as it was seen: when its values have changed since, nothing is settled."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that is asked for."""

    request: Request
    response: Response
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200
    offset: Annotated[int, Query(ge=0, le=LARGEST)] = 0

    @property
    def part(self) -> Part:
        """One row more than is given, which tells whether there are further ones."""
        return Part(self.limit + 1, self.offset)

    def of(self, rows: Listing) -> Listing:
        """Give the rows that were asked for, and say where the next ones are."""
        if len(rows) > self.limit:
            after = self.request.url.include_query_params(limit=self.limit, offset=self.offset + self.limit)
            self.response.headers["Link"] = f'<{after.path}?{after.query}>; rel="next"'
        return rows[: self.limit]


class UnfitChoicesError(UnfitRequestError):
    """The choices of a run do not go together, whatever the service is doing."""


def clerk_of(request: Request) -> Clerk:
    """Give the clerk of the application that a request came to."""
    clerk: Clerk = request.app.state.clerk
    return clerk


TheClerk = Annotated[Clerk, Depends(clerk_of)]
TheWindow = Annotated[Window, Depends()]


@router.post("/runs", status_code=_ACCEPTED)
def begin(clerk: TheClerk, request: Request, response: Response, asked: RunAsked | None = None) -> dict[str, Any]:
    """Begin a run and say where it can be looked at; 409 while another one is under way."""
    number = clerk.begin(_request(asked or RunAsked()))
    _log.info("run begun by the API", run=number, client=request.client.host if request.client else None)
    address = f"{request.scope['root_path']}/runs/{number}"
    response.headers["Location"] = address
    return queries.run(clerk.engine, number) | {"address": address}


@router.get("/plan")
def plan(clerk: TheClerk, category: str | None = None, ci: str | None = None, asset: str | None = None) -> dict[str, Any]:
    """Plan a run, write nothing, and give what it would do as ``syncsvc plan --json`` does; takes as long as reading does."""
    report = clerk.carry_out(_request(RunAsked(category=category, ci=ci, asset=asset, dry_run=True)))
    if isinstance(report.stopped_by, SyncError) and not report.categories:
        raise report.stopped_by  # nothing was read, so there is nothing to show
    return document(report)


def _request(asked: RunAsked) -> RunRequest:
    try:
        return Asked(**asked.model_dump()).request()
    except UnfitRequestError as error:
        raise UnfitChoicesError(error.message, hint=error.hint) from error


@router.get("/runs")
def runs(clerk: TheClerk, window: TheWindow) -> Listing:
    """List the runs, newest first, as ``syncsvc runs --json`` does."""
    return window.of(queries.runs(clerk.engine, window.part.limit, window.part.offset))


@router.get("/runs/{number}")
def run(clerk: TheClerk, number: Number) -> dict[str, Any]:
    """Give one run, as ``syncsvc sync --json`` prints it."""
    return queries.run(clerk.engine, number)


@router.get("/runs/{number}/changes")
def changes(clerk: TheClerk, window: TheWindow, number: Number) -> Listing:
    """List what a run did, as ``syncsvc changes --json`` does."""
    return window.of(queries.changes(clerk.engine, number, window.part))


@router.get("/runs/{number}/errors")
def errors(clerk: TheClerk, window: TheWindow, number: Number) -> Listing:
    """List what went wrong in a run, as ``syncsvc errors --json`` does."""
    return window.of(queries.errors(clerk.engine, number, window.part))


@router.get("/conflicts")
def conflicts(clerk: TheClerk, window: TheWindow) -> Listing:
    """List the conflicts that wait, as ``syncsvc conflicts --json`` does."""
    return window.of(queries.conflicts(clerk.engine, window.part))


@router.post("/conflicts/{number}/resolution")
def resolve(clerk: TheClerk, request: Request, number: Number, resolution: Resolution) -> dict[str, Any]:
    """Settle a conflict, which the next run carries out, and give it as ``syncsvc conflicts resolve --json`` does."""
    seen = _conflict(clerk, number)
    clerk.settle(number, resolution.use, resolution.since)
    client = request.client.host if request.client else None
    _log.info("conflict settled by the API", conflict=number, side=resolution.use.value, client=client)
    # A run may have carried it out already, and then it is not listed any more.
    return (_conflict(clerk, number) or seen) | {"use": resolution.use.value}


def _conflict(clerk: Clerk, number: int) -> dict[str, Any]:
    """Give a conflict as it is listed; empty: it is none that waits."""
    return next((conflict for conflict in queries.conflicts(clerk.engine) if conflict["id"] == number), {})


@router.get("/links")
def links(clerk: TheClerk, window: TheWindow, category: str | None = None) -> Listing:
    """List the links, as ``syncsvc links --json`` does; ``category``: of one C2 category."""
    return window.of(queries.links(clerk.engine, category, window.part))
