"""How each kind of record is looked at and written: a CI, an asset, a subcategory. What is done with that is in ``writes.py``."""

from __future__ import annotations

from collections.abc import Sequence

from syncsvc.adapters.base import C2, Hector
from syncsvc.domain.errors import NotFoundError
from syncsvc.domain.plan import ACTIVITY, FieldChange
from syncsvc.domain.records import Asset, Category, ConfigurationItem, Subcategory
from syncsvc.domain.values import Value
from syncsvc.engine.columns import SUBCATEGORY_ID, Columns
from syncsvc.engine.writes import Target
from syncsvc.planning.activity import STATUS


def ci_target(c2: C2, category: Category, columns: Columns, ci_id: str) -> Target[ConfigurationItem]:
    """Write a CI: one ``UpdateProperty`` a field, each checked against the answer to the one before."""

    def shown(ci: ConfigurationItem) -> dict[str, Value]:
        own = {key: ci.values[place] for key, place in columns.place.items() if place not in ci.absent}
        return own | {ACTIVITY: ci.is_active}

    def write(changes: Sequence[FieldChange]) -> ConfigurationItem:
        (change,) = changes
        if change.mapping == ACTIVITY:
            return c2.set_active(ci_id, active=change.after is True, fields=columns.fields)
        return c2.update_ci(ci_id, columns.field(change), change.after, columns.fields)

    return Target(
        shown=shown,
        is_what_we_wrote=columns.is_kept_of,
        again=lambda: next(iter(c2.cis_by_id(category, columns.fields, [ci_id])), None),
        write=write,
        one_at_a_time=True,
        absent=lambda ci: frozenset(key for key, place in columns.place.items() if place in ci.absent),
    )


def asset_target(hector: Hector, columns: Columns, asset_id: int) -> Target[Asset]:
    """Write an asset's own fields, and move it: one ``PATCH``."""

    def shown(asset: Asset) -> dict[str, Value]:
        own = {key: asset.values[place] for key, place in columns.place.items()}
        return own | {SUBCATEGORY_ID: str(asset.subcategory_id), ACTIVITY: STATUS[asset.is_active]}

    def write(changes: Sequence[FieldChange]) -> Asset:
        to = next((int(str(change.after)) for change in changes if change.mapping == SUBCATEGORY_ID), None)
        active = next((change.after == STATUS[True] for change in changes if change.mapping == ACTIVITY), None)
        values = {columns.field(change): change.after for change in changes if change.mapping in columns.place}
        return hector.update_asset(asset_id, values, columns.fields, subcategory_id=to, active=active)

    return Target(
        shown=shown,
        is_what_we_wrote=columns.is_kept_of,
        again=lambda: next(iter(hector.assets_by_id([asset_id], columns.fields)), None),
        write=write,
        named=columns.named,
    )


def subcategory_target(hector: Hector, columns: Columns, subcategory_id: int) -> Target[Subcategory]:
    """Write a subcategory: one ``PATCH``."""

    def write(changes: Sequence[FieldChange]) -> Subcategory:
        values = {columns.field(change): change.after for change in changes}
        return hector.update_subcategory(subcategory_id, values, columns.fields)

    return Target(
        shown=lambda subcategory: {key: subcategory.values[place] for key, place in columns.place.items()},
        is_what_we_wrote=columns.is_kept_of,
        again=lambda: read_subcategory(hector, columns, subcategory_id),
        write=write,
        named=columns.named,
    )


def read_subcategory(hector: Hector, columns: Columns, subcategory_id: int) -> Subcategory | None:
    """Read one subcategory; ``None`` when it is gone."""
    try:
        return hector.subcategory(subcategory_id, columns.fields)
    except NotFoundError:
        return None
