"""What the command line and the console look at, as the dictionaries that ``--json`` prints; nothing here writes.

Moments are ISO 8601 texts in UTC, ending in ``Z``. A run is named by its number; ``None`` means the latest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Table, false, func, or_, select

from syncsvc.domain.errors import ErrorKind, SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.values import decode, fold, plain
from syncsvc.state import tables
from syncsvc.state.baselines import batches
from syncsvc.state.counts import counted
from syncsvc.state.database import reading
from syncsvc.state.health import OF_NO_CATEGORY

Listing = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a listing: at most ``limit`` rows (``None``: all), from the one at ``offset`` on."""

    limit: int | None = None
    offset: int = 0

    def of(self, chosen: Select[Any]) -> Select[Any]:
        """Choose these rows only."""
        return chosen.limit(self.limit).offset(self.offset) if self.limit is not None else chosen


EVERYTHING = Part()


class UnknownRunError(SyncError):
    """Somebody named a run that never was."""

    kind = ErrorKind.MISSING


def runs(engine: Engine, limit: int | None = 50, offset: int = 0) -> Listing:
    """List runs, newest first, as ``sync --json`` prints them without their categories; ``None``: all of them."""
    table = tables.runs
    with reading(engine) as connection:
        rows = connection.execute(Part(limit, offset).of(select(table).order_by(table.c.id.desc()))).all()
        return [_run(connection, row) for row in rows]


def run(engine: Engine, run_id: int) -> dict[str, Any]:
    """Give one run with its categories, as ``sync --json`` prints it."""
    with reading(engine) as connection:
        row = connection.execute(select(tables.runs).where(tables.runs.c.id == run_id)).first()
        if row is None:
            raise _unknown_run(run_id)
        return _run(connection, row) | {"categories": row.categories or []}


def errors(engine: Engine, run: int | None = None, part: Part = EVERYTHING) -> Listing:
    """List what went wrong in a run, notices too, in the order in which it came up."""
    c = tables.errors.c
    with reading(engine) as connection:
        chosen = _of_run(connection, tables.errors, run)
        return [
            {
                "run": row.run_id,
                **_named(row, "kind", "cmdb", "category", "ci", "asset", "field", "c2_value", "hector_value", "message", "hint"),
                "at": plain(row.at),
            }
            for row in connection.execute(part.of(chosen.order_by(c.id)))
        ]


def changes(engine: Engine, run: int | None = None, part: Part = EVERYTHING) -> Listing:
    """List what a run did, in the order in which it was done; what a guard held of it has the outcome ``planned``."""
    return [change_of(row) for row in _changes(engine, run, part)]


def changes_by_category(engine: Engine, run: int | None = None, part: Part = EVERYTHING) -> Listing:
    """List the same, each with its ``cmdb`` and ``category``, which ``--json`` has not."""
    return [change_of(row) | _named(row, "cmdb", "category") for row in _changes(engine, run, part)]


def links(engine: Engine, category: str | None = None, part: Part = EVERYTHING) -> Listing:
    """List the links, of one C2 category (its name or its id) or of all; a category without any gives an empty list."""
    c = tables.links.c
    with reading(engine) as connection:
        chosen = select(tables.links).order_by(c.cmdb, c.category, c.id)
        if category is not None:
            chosen = chosen.where(_called(connection, category))
        return [_link(row) for row in connection.execute(part.of(chosen))]


def find_links(
    engine: Engine, *, ci_number: str | None = None, ci_id: str | None = None, asset_id: int | None = None
) -> dict[int, dict[str, Any]]:
    """Find the links that have this CI or this asset (of what is given): by their ids, each as :func:`links` lists it.

    Zeros in front of a CI's number may be left out.
    """
    c = tables.links.c
    wanted: list[ColumnElement[bool]] = []
    if ci_number is not None:
        wanted.append(func.ltrim(c.ci_number, "0", type_=c.ci_number.type) == ci_number.strip().lstrip("0"))
    if ci_id is not None:
        wanted.append(c.ci_id == ci_id)
    if asset_id is not None:
        wanted.append(c.asset_id == asset_id)
    with reading(engine) as connection:
        chosen = select(tables.links).where(or_(false(), *wanted)).order_by(c.id)
        return {row.id: _link(row) for row in connection.execute(chosen)}


def conflicts(engine: Engine, part: Part = EVERYTHING) -> Listing:
    """List the conflicts that wait for somebody (``open``) or for the next run (``settled``), the oldest first.

    ``asset`` is called as people call it, by its tag or else its id. ``baseline`` holds the value of each side when the field was
    last in order; ``None``: it never was. ``use`` is the side that somebody chose, of a settled one.
    """
    c, of_link = tables.conflicts.c, tables.links.c
    link = (of_link.category, of_link.ci_number, of_link.asset_id, of_link.asset_label, of_link.first_run_id)
    with reading(engine) as connection:
        chosen = select(tables.conflicts, *link).join(tables.links).where(c.status != "closed")
        rows = connection.execute(part.of(chosen.order_by(c.since, c.id))).all()
        labels = _asset_labels(connection, rows)
        return [_conflict(row, labels[row.asset_id]) for row in rows]


def conflict_amounts(engine: Engine) -> dict[str, int]:
    """Count the conflicts that are ``open`` and those that are ``settled``."""
    c = tables.conflicts.c
    counts = select(c.status, func.count().label("number")).where(c.status != "closed").group_by(c.status)
    with reading(engine) as connection:
        return {"open": 0, "settled": 0} | {row.status: row.number for row in connection.execute(counts)}


def chosen_sides(engine: Engine) -> dict[int, str]:
    """Give the side that people chose in each settled conflict, by its id."""
    c = tables.conflicts.c
    with reading(engine) as connection:
        return {row.id: row.use for row in connection.execute(select(c.id, c.use).where(c.status == "settled"))}


def asset_label(engine: Engine, asset_id: int) -> str:
    """Give what people call a linked asset: its tag, or else its id."""
    with reading(engine) as connection:
        rows = connection.execute(select(tables.links).where(tables.links.c.asset_id == asset_id)).all()
        return _asset_labels(connection, rows).get(asset_id, str(asset_id))


def log(engine: Engine, run: int | None = None, part: Part = EVERYTHING) -> Listing:
    """List a run's log, line by line: ``at``, ``level``, ``event`` and its ``data``."""
    with reading(engine) as connection:
        chosen = part.of(_of_run(connection, tables.run_log, run).order_by(tables.run_log.c.id))
        return [{"at": plain(row.at), **_named(row, "level", "event", "data")} for row in connection.execute(chosen)]


def amounts(engine: Engine, run: int) -> dict[str, int]:
    """Count what is on record of a run: ``errors`` (notices too), ``changes``, and lines of its ``log``."""
    listed = {"errors": tables.errors, "changes": tables.changes, "log": tables.run_log}
    with reading(engine) as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table).where(table.c.run_id == run)) or 0
            for name, table in listed.items()
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How the synchronisation stands: dry runs and runs of a single pair say nothing about that."""

    last: dict[str, Any] | None
    """The last run that ended, as :func:`runs` lists it."""
    begun: dict[str, Any] | None
    """The one that has not ended: it is under way, or its process died."""


def standing(engine: Engine) -> Standing:
    """Give the runs that tell how things stand."""
    c = tables.runs.c
    whole = select(tables.runs).where(c.dry_run.is_(False), c.kind.not_in(OF_NO_CATEGORY)).order_by(c.id.desc()).limit(1)
    with reading(engine) as connection:
        last = connection.execute(whole.where(c.finished_at.is_not(None))).first()
        begun = connection.execute(whole.where(c.status == RunStatus.RUNNING.value)).first()
        return Standing(*(_run(connection, row) if row is not None else None for row in (last, begun)))


def last_sync(engine: Engine) -> int | None:
    """Give the last run that was to write what the two systems have to tell each other: no plan, and no undo."""
    c = tables.runs.c
    with reading(engine) as connection:
        last: int | None = connection.scalar(select(func.max(c.id)).where(c.dry_run.is_(False), c.kind != "undo"))
        return last


def waits_for_approval(engine: Engine, run_id: int) -> bool:
    """Whether a run was held and nobody has approved it yet."""
    c = tables.runs.c
    approved = select(c.approves).where(c.approves == run_id)
    held = select(c.id).where(c.id == run_id, c.status == RunStatus.HELD.value, ~approved.exists())
    with reading(engine) as connection:
        return connection.execute(held).first() is not None


def approved_by(engine: Engine, run_id: int) -> int | None:
    """Give the run that carries out what a run has held, once somebody has approved that."""
    with reading(engine) as connection:
        return connection.scalar(select(tables.runs.c.id).where(tables.runs.c.approves == run_id))


def is_dry_run(engine: Engine, run_id: int) -> bool:
    """Whether a run only plans."""
    with reading(engine) as connection:
        return bool(connection.scalar(select(tables.runs.c.dry_run).where(tables.runs.c.id == run_id)))


def without_summary(engine: Engine, first: int, last: int) -> set[int]:
    """Give those of the runs with these numbers, and between, that have no summary: they go on, or were killed."""
    c = tables.runs.c
    with reading(engine) as connection:
        return set(connection.scalars(select(c.id).where(c.id.between(first, last), c.summary.is_(None))))


def _changes(engine: Engine, run: int | None, part: Part) -> Sequence[Row[Any]]:
    with reading(engine) as connection:
        chosen = _of_run(connection, tables.changes, run)
        return connection.execute(part.of(chosen.order_by(tables.changes.c.id))).all()


def change_of(row: Row[Any]) -> dict[str, Any]:
    """Give one row of the changes as they are listed; ``names`` are those of the clients whose ids stand in its fields."""
    return {
        "run": row.run_id,
        "at": plain(row.at),
        **_named(row, "action", "system", "record", "ci", "asset", "subcategory", "fields", "outcome"),
        "names": row.names or {},
    }


def _run(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """Give a run's summary; one that has none (it is going on, or was killed) is counted from what it recorded."""
    summary: Mapping[str, Any] = row.summary if row.summary is not None else counted(connection, row.id)
    known = {
        "run": row.id,
        "kind": row.kind,
        "status": row.status,
        "full": row.full,
        "started_at": plain(row.started_at),
        "finished_at": plain(row.finished_at),
    }
    if row.dry_run and row.status != RunStatus.DRY_RUN.value:
        known["dry_run"] = True  # of one that came to its end, the status says it
    return known | {key: value for key, value in summary.items() if key not in known and key != "categories"}


def _link(row: Row[Any]) -> dict[str, Any]:
    return {
        **_named(row, "ci_id", "ci_number", "asset_id", "category", "status"),
        "linked_at": plain(row.linked_at),
        "last_synced_at": plain(row.last_synced_at),
    }


def _asset_labels(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, str]:
    """Give the labels of links' assets, by id: as they were when the pair was last in order, or else in what a run did to it."""
    labels = {row.asset_id: row.asset_label for row in rows}
    # A pair made by hand knows no run: what an earlier pair of its CI is called must not be taken for it.
    unknown = {row.ci_number: row for row in rows if not row.asset_label and row.first_run_id is not None}
    c = tables.changes.c
    for some in batches(unknown):
        told = select(c.ci, c.asset, c.run_id).where(c.ci.in_(some), c.asset.is_not(None)).order_by(c.id)
        for change in connection.execute(told):
            if change.run_id >= unknown[change.ci].first_run_id:
                labels[unknown[change.ci].asset_id] = change.asset
    return {asset_id: label or str(asset_id) for asset_id, label in labels.items()}


def _conflict(row: Row[Any], asset: str) -> dict[str, Any]:
    baseline = {"c2": plain(decode(row.c2_baseline)), "hector": plain(decode(row.hector_baseline))}
    return {
        "id": row.id,
        "category": row.category,
        "ci": row.ci_number,
        "asset": asset,
        "field": row.field,
        "c2_value": plain(decode(row.c2_value)),
        "hector_value": plain(decode(row.hector_value)),
        "baseline": baseline if row.has_baseline else None,
        "since": plain(row.since),
        "status": row.status,
        "use": row.use,
    }


def _of_run(connection: Connection, table: Table, run: int | None) -> Select[Any]:
    """Choose a run's rows; raises :class:`UnknownRunError`. Before the first run there are none."""
    if run is None:
        run = connection.scalar(select(func.max(tables.runs.c.id)))
    elif connection.scalar(select(tables.runs.c.id).where(tables.runs.c.id == run)) is None:
        raise _unknown_run(run)
    return select(table).where(table.c.run_id == run)


def _called(connection: Connection, name: str) -> ColumnElement[bool]:
    """Choose links by their category's name, case and spaces ignored, or its id."""
    c = tables.links.c
    known = connection.execute(select(c.category_id, c.category).distinct())
    return c.category_id.in_([row.category_id for row in known if name == row.category_id or fold(name) == fold(row.category)])


def _named(row: Row[Any], *columns: str) -> dict[str, Any]:
    return {column: row._mapping[column] for column in columns}  # noqa: SLF001 - SQLAlchemy's public name for it


def _unknown_run(run_id: int) -> UnknownRunError:
    return UnknownRunError(f"There is no run {run_id}.", hint="syncsvc runs lists them.")
