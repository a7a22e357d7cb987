"""What the service's database says at rest, and what of it tells a person that something was left undone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim_fields import SimField
from sim_town import Record, Town
from sqlalchemy import Engine

from syncsvc.domain.records import Side
from syncsvc.state import queries
from syncsvc.state.store import Store

OF_RECORDS = frozenset({"ambiguous", "missing", "validation"})
"""Kinds of errors that say why a record is left alone."""
OF_FIELDS = frozenset({"disagreement", "validation", "ambiguous"})
"""Kinds of errors that say why a field is left alone."""
AT_REST = OF_RECORDS | OF_FIELDS | {"conflict"}
"""Kinds that may still stand when the weather is calm: those that somebody must mend."""


@dataclass(frozen=True)
class Rest:
    """What the service's database says at rest."""

    links: list[tuple[str, str, str]]
    """CI, asset, status."""
    intentions: list[Record]
    """The records for which creations are still open."""
    errors: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]

    @classmethod
    def of(cls, engine: Engine, category: str) -> Rest:
        store = Store(engine)
        links = [(link.ci_id, str(link.asset_id), link.status) for link in store.links_of(category)]
        open_ones = [("c2" if one.side is Side.HECTOR else "hector", one.source_id) for one in store.intentions_of(category)]
        return cls(links, open_ones, queries.errors(engine), queries.conflicts(engine))

    def unexplained(self) -> Iterator[str]:
        """Give the errors for which nothing at rest is a reason."""
        for error in self.errors:
            if error["kind"] not in AT_REST:
                yield f"an error that nothing explains: {error['kind']} {error['ci']} {error['field']} {error['message']}"

    def speaks_of_record(self, town: Town, record: Record) -> bool:
        """Whether an error says why a record is left alone."""
        return any(_is_about(error, town, [record]) for error in self.errors if error["kind"] in OF_RECORDS)

    def waits_for_a_person(self, town: Town, source: Record) -> bool:
        """Whether an error says that somebody has to tell what a lost creation has made."""
        lost = [error for error in self.errors if error["kind"] == "ambiguous" and "lost the answer" in error["message"]]
        return any(_is_about(error, town, [source]) for error in lost)

    def speaks_of_field(self, town: Town, records: Iterable[Record], sim: SimField) -> bool:
        """Whether a conflict, or an error about this very field, says why it is left alone."""
        records = list(records)
        errors = [error for error in self.errors if error["kind"] in OF_FIELDS and error["field"] == sim.name]
        if sim.is_shared and any(re.search(r"; and \d+ more\.", error["message"]) for error in errors):
            return True  # a disagreement of so many that they are not all named
        return self.lists_conflict(town, records, sim) or any(_is_about(error, town, records) for error in errors)

    def lists_conflict(self, town: Town, records: Iterable[Record], sim: SimField) -> bool:
        listed = [conflict for conflict in self.conflicts if conflict["field"] == sim.name]
        return any(_names(told, town, record) for told in listed for record in records)


SWINGS = 2
"""Changes by people that may make a field look as if it did not come to rest; fewer never do."""
_LISTING = {"ambiguous", "disagreement", "missing"}
"""Kinds whose message lists records beside the one that the error is filed under."""
_AS = {"c2": "ci", "hector": "asset"}


def _names(told: Mapping[str, Any], town: Town, record: Record) -> bool:
    return str(told[_AS[record[0]]]) in {town.called(record), record[1]}


def _is_about(error: Mapping[str, Any], town: Town, records: Iterable[Record]) -> bool:
    """Whether an error is about one of these records: the one it names, or one that it lists because they share something."""
    for record in records:
        listed = rf"(?<!\w){re.escape(town.called(record))}(?!\w)"
        if _names(error, town, record) or (error["kind"] in _LISTING and re.search(listed, error["message"])):
            return True
    return False


def restless(town: Town, errors: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Give the fields that a run says do not come to rest, although nobody changed them back again and again."""
    for error in errors:
        if error["kind"] == "not_converging":
            meddled = [edit for edit in town.edits if edit.field.name == error["field"] and edit.saw is not None]
            if len(meddled) < SWINGS:
                yield f"“{error['field']}” of {error['ci']} is said not to come to rest, and nobody meddled with it"
