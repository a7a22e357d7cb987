"""From what the file says to the domain's :class:`Rules`: defaults filled in, the file's own limits merged into its categories.

Refusals of shape are made before, by ``records.py``; refusals of meaning after, by ``planning/check.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncsvc.domain.rules import (
    IGNORED_VALUES,
    CategoryRules,
    ConflictPolicy,
    FieldRules,
    Guards,
    Place,
    Ref,
    Rules,
    Schedule,
    WhenInactive,
    WhenRetired,
)
from syncsvc.rules_file.records import Found

_Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Built:
    """A category's rules, and whether all that the file says of it could be read."""

    rules: CategoryRules
    complete: bool


def build_categories(file: Found) -> list[Built]:
    """Build the categories of which enough could be read to look further: their names and their direction."""
    return [
        Built(_category(file.values, cmdb.values["cmdb"], category), category.complete)
        for cmdb in file.values.get("cmdbs", ())
        if "cmdb" in cmdb.values
        for category in cmdb.values.get("categories", ())
        if {"category", "direction"} <= category.values.keys()
    ]


def build_rules(file: Found, categories: list[Built], name: str) -> Rules:
    """Build the whole; ``name`` says which file it comes from."""
    top = file.values
    schedule = top.get("schedule")
    return Rules(
        categories=tuple(built.rules for built in categories),
        default_stockroom=top.get("default_stockroom"),
        language=top.get("language", "fr"),
        schedule=Schedule(**schedule.values) if schedule else Schedule(),
        notify_if_error=top.get("notify_if_error") or (),
        notify_place=file.places.get("notify_if_error", Place()),
        bare_cmdbs=tuple(cmdb.values["cmdb"] for cmdb in top.get("cmdbs", ()) if not cmdb.values.get("categories")),
        file=name,
    )


def _category(top: _Values, cmdb: Ref, category: Found) -> CategoryRules:
    own = category.values
    return CategoryRules(
        cmdb=cmdb,
        category=own["category"],
        hector_category=own.get("hector_category"),
        direction=own["direction"],
        fields=tuple(_fields(own)),
        match_on=own.get("match_on"),
        create=own.get("create"),
        stockroom=own.get("stockroom"),
        on_conflict=own.get("on_conflict", ConflictPolicy.HOLD),
        when_ci_inactive=own.get("when_ci_inactive", WhenInactive.KEEP),
        when_asset_retired=own.get("when_asset_retired", WhenRetired.KEEP),
        guards=Guards(**{**_written_guards(top), **_written_guards(own)}),
        ignore_values=_ignored(own, _ignored(top, IGNORED_VALUES)),
        place=category.place,
        places=category.places,
    )


def _written_guards(values: _Values) -> _Values:
    guards = values.get("guards")
    return guards.values if guards else {}


def _ignored(values: _Values, inherited: tuple[str, ...]) -> tuple[str, ...]:
    base = () if values.get("ignore_values_only") else inherited
    return tuple(dict.fromkeys((*base, *values.get("ignore_values", ()))))


def _fields(category: _Values) -> Iterator[FieldRules]:
    for field in category.get("fields", ()):
        values = field.values
        if {"c2", "hector"} <= values.keys():
            yield FieldRules(
                c2=values["c2"],
                hector=values["hector"],
                direction=values.get("direction"),
                on_conflict=values.get("on_conflict"),
                place=field.place,
                hector_place=field.places["hector"],
            )
