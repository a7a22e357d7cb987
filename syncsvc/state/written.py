"""What runs wrote, by ids, mapping keys and exact values: what an undo goes by, where listings go by names.

It stands beside each row of the changes (``runs.py``), in the column ``wrote``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, select

from syncsvc.domain.errors import AnotherRunError, UnfitRequestError, UnknownRecordError
from syncsvc.domain.plan import Action, Change, FieldChange, Outcome, RunStatus, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.domain.values import decode, encode
from syncsvc.state.baselines import batches
from syncsvc.state.database import reading
from syncsvc.state.tables import changes, links, runs

_DONE = (Outcome.DONE.value, Outcome.PARTLY.value)
_WHOLE = {Action.CREATE, Action.LINK}
"""Actions of which no value can be put back."""


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One change that a run carried out, under the names of its CMDB and category.

    ``is_exact`` says whether its ids and mapping keys are known; an earlier version kept names alone.
    """

    run: int
    names: tuple[str, str]
    change: Change
    is_exact: bool = True


class WrittenRecords:
    """The part of :class:`syncsvc.state.store.Store` about what runs wrote."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def written_by(self, run_id: int) -> list[WrittenRow]:
        """Give what a run wrote, in the order in which it did; raises :class:`SyncError` where there is nothing to put back."""
        with reading(self._engine) as connection:
            run = _fit_to_be_undone(run_id, connection.execute(select(runs).where(runs.c.id == run_id)).first())
            rows = list(_rows(connection, select(changes).where(changes.c.run_id == run_id)))
            if not rows:
                raise _nothing(run_id, run)
            return rows

    def categories_of(self, ci_ids: Collection[str]) -> dict[str, str]:
        """Give the C2 category that each of these CIs is linked in, by CI id; those that are not linked are left out."""
        found: dict[str, str] = {}
        with reading(self._engine) as connection:
            for some in batches(ci_ids):
                rows = connection.execute(select(links.c.ci_id, links.c.category_id).where(links.c.ci_id.in_(some)))
                found |= {row.ci_id: row.category_id for row in rows}
        return found

    def written_since(self, run_id: int) -> Iterator[WrittenRow]:
        """Give what the runs after this one wrote, oldest first."""
        with reading(self._engine) as connection:
            yield from _rows(connection, select(changes).where(changes.c.run_id > run_id))


def exactly(change: Change) -> dict[str, Any]:
    """Give a change by ids, mapping keys and exact values, all of them texts."""
    found: dict[str, Any] = {}
    ci_id = change.ci_id or next((follower.ci_id for follower in change.followers), None)
    ids = {"ci": ci_id, "asset": change.asset_id, "subcategory": change.subcategory_id}
    found |= {name: str(known) for name, known in ids.items() if known is not None}
    if change.moved is not None:
        found["moved"] = [str(subcategory_id) for subcategory_id in change.moved]
    if change.action not in _WHOLE:
        found["fields"] = [[field.mapping, encode(field.before), encode(field.after)] for field in change.fields]
    return found


def _rows(connection: Connection, wanted: Select[Any]) -> Iterator[WrittenRow]:
    done = wanted.where(changes.c.outcome.in_(_DONE)).order_by(changes.c.id)
    for row in connection.execution_options(yield_per=1_000).execute(done):
        yield WrittenRow(row.run_id, (row.cmdb, row.category), _change(row), row.wrote is not None)


def _change(row: Row[Any]) -> Change:
    """Give the change of a row under the names that it had then."""
    known: dict[str, Any] = row.wrote or {}
    asset, subcategory = known.get("asset"), known.get("subcategory")
    moved = [int(subcategory_id) for subcategory_id in known.get("moved", ())]
    return Change(
        Action(row.action),
        Side(row.system),
        RecordKind(row.record),
        tuple(_fields(row, known.get("fields"))),
        ci_id=known.get("ci"),
        ci_number=row.ci,
        asset_id=None if asset is None else int(asset),
        asset_label=row.asset,
        subcategory_id=None if subcategory is None else int(subcategory),
        title=row.subcategory or "" if row.record == RecordKind.SUBCATEGORY.value else "",
        moved=(moved[0], moved[1]) if moved else None,
    )


def _fields(row: Row[Any], exact: Iterable[list[str | None]] | None) -> Iterator[FieldChange]:
    if exact is None:
        for shown in row.fields:
            yield FieldChange("", shown["field"], shown["from"], shown["to"], None, Why(shown["why"]))
        return
    for shown, (mapping, before, after) in zip(row.fields, exact, strict=True):
        yield FieldChange(str(mapping), shown["field"], decode(before), decode(after), None, Why(shown["why"]))


def _fit_to_be_undone(run_id: int, run: Row[Any] | None) -> Row[Any]:
    if run is None:
        raise UnknownRecordError(f"There is no run {run_id}.", hint="syncsvc runs lists them.")
    if run.dry_run:
        raise UnfitRequestError(f"Run {run_id} was a dry run: it wrote nothing.", hint="syncsvc runs lists the others.")
    if run.status == RunStatus.RUNNING.value:
        raise AnotherRunError(
            f"Run {run_id} is still under way.",
            hint="Wait for its end. If its process died, the next run that writes marks it as interrupted.",
        )
    return run


def _nothing(run_id: int, run: Row[Any]) -> UnfitRequestError:
    summary = run.summary or {}
    counts = [summary.get("created"), summary.get("updated"), summary.get("fields_written")]
    if any(number for count in counts if count for number in count.values()):
        return UnfitRequestError(
            f"What run {run_id} changed is no longer on record: it is too long ago.",
            hint="How long it is kept is a setting: SYNCSVC_RETENTION__CHANGES.",
        )
    held = run.status == RunStatus.HELD.value
    why = "it was held, and nothing of it was carried out" if held else f"it ended {run.status.replace('_', ' ')}"
    return UnfitRequestError(f"Run {run_id} changed nothing: {why}.", hint="syncsvc runs says what each run changed.")
