"""What can be said about one category's rules without asking either system: directions, Hector paths, what is written twice.

Shared by the loader of the rules file and by ``resolve.py``. Whether the named things exist is not asked here; what categories
do to each other is ``between.py``'s business.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from syncsvc.domain.errors import Refusal
from syncsvc.domain.records import SUBCATEGORY_KEYS, Side
from syncsvc.domain.rules import CategoryRules, Direction, FieldRules, Place, Ref, WhenInactive, WhenRetired
from syncsvc.domain.values import fold

HECTOR_PATHS = (
    *SUBCATEGORY_KEYS,
    "subcategory.note",
    "subcategory.price",
    "subcategory.weight",
    "subcategory.vendor_sku",
    "asset.title",
    "asset.asset_tag",
    "asset.note",
    "asset.acquisition_date",
    "asset.assigned_date",
    "asset.return_date",
    "asset.maintenance_date",
    "asset.end_of_life_date",
)
"""Every Hector field that is not an attribute, as the rules write it."""
ATTRIBUTE_PREFIXES = ("subcategory.attributes.", "asset.attributes.")

_ALL_OF_NAME = frozenset({"frenchname", "englishname"})
"""Writing a CI's ``Name`` writes both of these."""


def effective(category: Direction, field: Direction | None) -> Direction:
    """Give the direction that a field has in a category of this direction; ``None``: nothing is written at the field."""
    if category is Direction.BOTH:
        return Direction.BOTH if field is None else field
    return Direction.NONE if field is Direction.NONE else category


def creates(category: CategoryRules) -> Direction:
    """Give the direction in which a category creates records: its own unless ``create`` narrows it."""
    return category.direction if category.create is None else category.create


def path_of(category: CategoryRules, *more: object) -> str:
    """Say in words where something of a category stands: ``Inventaire / Portables / Prix``."""
    return " / ".join(str(part) for part in (category.cmdb, category.category, *more))


def refusal(message: str, place: Place, path: str, *, hint: str = "") -> Refusal:
    """Make a refusal at a place of the rules file."""
    return Refusal(message, hint, place.line, place.column, path)


def ref_key(ref: Ref) -> str:
    """Give what two references are compared by: they are the same when they are written in the same way, case ignored."""
    if ref.name is not None:
        return fold(ref.name)
    return f"number:{ref.number}" if ref.number is not None else f"id:{fold(ref.id)}"


def c2_cells(key: str) -> frozenset[str]:
    """Give what writing the C2 field with this folded key or name changes: a name is stored in both languages."""
    return _ALL_OF_NAME if key == "name" else frozenset({key})


def check_category(category: CategoryRules, *, complete: bool = True) -> tuple[Refusal, ...]:
    """Refuse what is wrong within one category.

    ``complete`` is false when parts of it could not be read: then nothing is called missing.
    """
    found = list(_paths(category))
    if category.direction is Direction.NONE:
        return tuple(found)
    found += [*_directions(category), *_written_twice(category)]
    if complete:
        found += [*_hector_category(category), *_subcategory_key(category), *_match_on(category)]
    return tuple(found)


def _paths(category: CategoryRules) -> Iterator[Refusal]:
    for field in category.fields:
        path = field.hector
        if path in HECTOR_PATHS or any(path.startswith(prefix) and path[len(prefix) :].strip() for prefix in ATTRIBUTE_PREFIXES):
            continue
        near = difflib.get_close_matches(fold(path), HECTOR_PATHS, n=1, cutoff=0.7)
        hint = f"Did you mean “{near[0]}”?" if near else "The fields are: " + ", ".join(HECTOR_PATHS) + "."
        hint += " A customer's own field is written asset.attributes.NAME or subcategory.attributes.NAME."
        yield refusal(f"Hector has no field “{path}”.", field.hector_place, path_of(category, field.c2), hint=hint)


def _directions(category: CategoryRules) -> Iterator[Refusal]:
    own = category.direction
    for field in category.fields:
        if own is not Direction.BOTH and field.direction not in {None, own, Direction.NONE}:
            yield refusal(
                f"“{field.c2}” says {field.direction}, but its category goes {own} only.",
                field.place,
                path_of(category, field.c2),
                hint=f"Leave the field's direction out, write {own} or none, or make the category ⇄.",
            )
    if category.create is not None and not own.allows(category.create):
        yield refusal(
            f"“create: {category.create}” goes further than the category's direction {own}.",
            category.place_of("create"),
            path_of(category, "create"),
            hint=f"Write {own} or none, or leave “create” out.",
        )
    yield from _lifecycle(category)


def _lifecycle(category: CategoryRules) -> Iterator[Refusal]:
    """Refuse to let one side's records follow the other's into retirement where that side may not be written."""
    asked = (
        ("when_ci_inactive", category.when_ci_inactive, WhenInactive.RETIRE, Side.HECTOR),
        ("when_asset_retired", category.when_asset_retired, WhenRetired.DEACTIVATE, Side.C2),
    )
    for key, said, writing, side in asked:
        if said is writing and side not in category.direction.writes:
            message = f"“{key}: {said}” would write {side.label}, and the category's direction {category.direction} does not."
            hint = "Write “keep”, leave it out, or make the category ⇄."
            yield refusal(message, category.place_of(key), path_of(category, key), hint=hint)


def _written_twice(category: CategoryRules) -> Iterator[Refusal]:
    first: dict[tuple[str, str], FieldRules] = {}
    for field in category.fields:
        for what, cell in written_cells(ref_key(field.c2), fold(field.hector), effective(category.direction, field.direction)):
            other = first.setdefault((what, cell), field)
            if other is not field:
                yield twice(category, other, field, what)
                break


def written_cells(c2: str, hector: str, direction: Direction) -> list[tuple[str, str]]:
    """Name the cells that no two mappings of a category may share: what is written, and the mapping itself."""
    cells = [("Hector", hector)] if Side.HECTOR in direction.writes else []
    if Side.C2 in direction.writes:
        cells += [("C2", cell) for cell in sorted(c2_cells(c2))]
    return [*cells, ("", f"{c2}={hector}")] if direction.writes else []


def twice(category: CategoryRules, first: FieldRules, second: FieldRules, what: str) -> Refusal:
    """Refuse a second mapping that writes what the first one writes in the system called ``what`` (empty: the same mapping)."""
    line = f" (line {first.place.line})" if first.place.line else ""
    if not what:
        message = f"“{second.c2}” and “{second.hector}” are tied twice{line}."
        hint = "Write the mapping once, with ⇄ when values go both ways."
    elif what == "Hector":
        message = f"“{second.c2}” writes Hector's “{second.hector}”, which “{first.c2}” writes already{line}."
        hint = "Two fields cannot fill one; remove one, or give it the direction ← or none."
    else:
        message = f"“{second.hector}” writes C2's “{second.c2}”, which “{first.hector}” writes already{line}."
        hint = "Two fields cannot fill one; remove one, or give it the direction → or none."
        if ref_key(first.c2) != ref_key(second.c2):
            hint = f"“{first.c2}” and “{second.c2}” are stored in the same place. {hint}"
    return refusal(message, second.place, path_of(category, second.c2), hint=hint)


def _hector_category(category: CategoryRules) -> Iterator[Refusal]:
    if category.hector_category is None:
        yield refusal(
            "“hector_category” is missing.",
            category.place,
            path_of(category),
            hint="Name the Hector category to synchronise with, or give the category the direction none.",
        )


def _subcategory_key(category: CategoryRules) -> Iterator[Refusal]:
    live = {field.hector for field in category.fields if effective(category.direction, field.direction) is not Direction.NONE}
    if not live & set(SUBCATEGORY_KEYS):
        yield refusal(
            "None of Hector's maker, model and description is mapped, so no subcategory can be told from another.",
            category.place,
            path_of(category),
            hint="Add a mapping to subcategory.maker, subcategory.model or subcategory.description.",
        )


def _as_written(ref: Ref) -> str:
    """Give a reference as the file has it."""
    if ref.name is not None:
        return f"“{ref.name}”"
    return f"{{number: {ref.number}}}" if ref.number is not None else f"{{id: {ref.id}}}"


def _match_on(category: CategoryRules) -> Iterator[Refusal]:
    mapped = [ref_key(field.c2) for field in category.fields]
    names = list(dict.fromkeys(_as_written(field.c2) for field in category.fields))
    for ref in category.match_on or ():
        times = mapped.count(ref_key(ref))
        path = path_of(category, "match_on")
        if not times:
            near = difflib.get_close_matches(str(ref), names, n=1) or names
            hint = "Write it as its mapping does: " + ", ".join(near) + "." if near else ""
            yield refusal(f"“match_on” names “{ref}”, which no mapping of the category has.", ref.place, path, hint=hint)
        elif times > 1:
            hint = "Match by a field that is mapped once."
            yield refusal(f"“match_on” names “{ref}”, which {times} mappings have.", ref.place, path, hint=hint)
