"""From rules with names to a :class:`CategoryPair` with records and fields, or to the refusals that say why not.

Everything that can be refused before a run is refused here, once what the two systems offer is known. What the rules say by
themselves is ``check.py``'s business, finding by name ``find.py``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncsvc.domain.conventions import can_become
from syncsvc.domain.errors import Refusal
from syncsvc.domain.records import Category, Cmdb, Field, HectorCategory, Side, Stockroom
from syncsvc.domain.rules import CategoryPair, CategoryRules, Direction, FieldMapping, FieldRules, Ref
from syncsvc.domain.values import Kind, fold
from syncsvc.planning.check import check_category, creates, effective, path_of, ref_key, refusal, twice, written_cells
from syncsvc.planning.find import (
    find_c2_field,
    find_category,
    find_cmdb,
    find_hector_category,
    find_hector_field,
    find_stockroom,
)


@dataclass(frozen=True, slots=True)
class _Tied:
    """A mapping together with the rules that it comes from."""

    rules: FieldRules
    mapping: FieldMapping


def resolve_category(  # noqa: PLR0917 - the rules, then what the systems offer: one list each, nothing to mix up
    category: CategoryRules,
    cmdbs: Sequence[Cmdb],
    categories: Sequence[Category],
    hector_categories: Sequence[HectorCategory],
    hector_fields: Sequence[Field],
    stockrooms: Sequence[Stockroom],
    default_stockroom: Ref | None,
) -> tuple[CategoryPair | None, tuple[Refusal, ...]]:
    """Confirm a category's rules by what the systems hold; there is a pair exactly when nothing is refused.

    ``categories`` are those of the category's CMDB, ``hector_fields`` those of its Hector category. A category with the
    direction ``none`` gives neither a pair nor a refusal: it is not looked at.
    """
    refusals = list(check_category(category))
    if category.direction is Direction.NONE:
        return None, tuple(refusals)
    cmdb, own, across, refused = _records(category, cmdbs, categories, hector_categories)
    refusals += refused
    if cmdb is None or own is None or across is None:
        return None, (*refusals, *_unknown_fields(category, own, hector_fields if across is not None else ()))
    tied, refused_fields = _tie(category, own.fields, hector_fields)
    refusals += refused_fields
    refusals += [it for one in tied for it in _unfit(category, one)]
    refusals += _written_twice(category, tied)
    if not refused_fields:
        refusals += _unfilled(category, [one.mapping for one in tied], own, hector_fields)
    stockroom, refused_stockroom = _stockroom(category, stockrooms, default_stockroom)
    refusals += refused_stockroom
    if refusals:
        return None, tuple(dict.fromkeys(refusals))
    return CategoryPair(
        cmdb=cmdb,
        category=own,
        hector_category=across,
        direction=category.direction,
        mappings=tuple(one.mapping for one in tied),
        stockroom=stockroom,
        match_on=_match_places(category, tied),
        create=creates(category),
        when_ci_inactive=category.when_ci_inactive,
        when_asset_retired=category.when_asset_retired,
        guards=category.guards,
        ignored=frozenset(fold(value) for value in category.ignore_values),
        written=category.names,
    ), ()


def tie_category(
    category: CategoryRules,
    cmdbs: Sequence[Cmdb],
    categories: Sequence[Category],
    hector_categories: Sequence[HectorCategory],
    hector_fields: Sequence[Field],
) -> CategoryPair | None:
    """Give a category with all fields that its rules tie and both systems have, whatever their directions; ``None``: not there.

    For who puts back what was written under other directions: nothing is refused, and nothing may be synchronised by it.
    """
    cmdb, own, across, _ = _records(category, cmdbs, categories, hector_categories)
    if cmdb is None or own is None or across is None:
        return None
    mappings: dict[str, FieldMapping] = {}
    for rules in category.fields:
        c2 = find_c2_field(rules.c2, own.fields)
        hector = find_hector_field(rules.hector, rules.hector_place, hector_fields)
        if isinstance(c2, Field) and isinstance(hector, Field):
            mapping = FieldMapping(c2, hector, effective(category.direction, rules.direction))
            mappings.setdefault(mapping.key, mapping)
    return CategoryPair(cmdb, own, across, category.direction, tuple(mappings.values()), written=category.names)


def _records(
    category: CategoryRules,
    cmdbs: Sequence[Cmdb],
    categories: Sequence[Category],
    hector_categories: Sequence[HectorCategory],
) -> tuple[Cmdb | None, Category | None, HectorCategory | None, list[Refusal]]:
    """Find the three records; what cannot be used is refused, and ``None`` stands where there is nothing to go on with."""
    refused: list[Refusal] = []
    own: Category | Refusal | None = None
    across: HectorCategory | Refusal | None = None
    cmdb = find_cmdb(category.cmdb, cmdbs)
    if isinstance(cmdb, Refusal):
        refused.append(cmdb)
    else:
        own = find_category(category.category, categories, cmdb=cmdb.name)
        if isinstance(own, Refusal):
            refused.append(own)
        refused += _inactive(category, cmdb, own)
    if category.hector_category is not None:
        across = find_hector_category(category.hector_category, hector_categories, path=path_of(category, "hector_category"))
        if isinstance(across, Refusal):
            refused.append(across)
        else:
            refused += _not_serialized(category, across)
    return (
        None if isinstance(cmdb, Refusal) else cmdb,
        None if isinstance(own, Refusal) else own,
        None if isinstance(across, Refusal) else across,
        refused,
    )


def _inactive(category: CategoryRules, cmdb: Cmdb, own: Category | Refusal) -> Iterator[Refusal]:
    hint = "Make it active in C2, or give the category the direction none."
    if not cmdb.is_active:
        yield refusal(f"The CMDB “{cmdb.name}” is inactive in C2.", category.cmdb.place, path_of(category), hint=hint)
    if isinstance(own, Category) and not own.is_active:
        yield refusal(f"The category “{own.name}” is inactive in C2.", category.category.place, path_of(category), hint=hint)


def _not_serialized(category: CategoryRules, across: HectorCategory) -> Iterator[Refusal]:
    if not across.is_serialized:
        assert category.hector_category is not None
        message = f"Hector's “{across.name}” is of the type {across.type}: its assets have no identity of their own."
        hint = "Only serialized categories can be synchronised with CIs."
        yield refusal(message, category.hector_category.place, path_of(category, "hector_category"), hint=hint)


# -- fields --------------------------------------------------------------------------------------------------------------


def live_fields(category: CategoryRules) -> list[FieldRules]:
    """Give the mappings that a :class:`CategoryPair` of this category has, in its order.

    One that is not carried over stays only where ``match_on`` needs it.
    """
    matched = _matched(category)
    return [
        field
        for field in category.fields
        if effective(category.direction, field.direction) is not Direction.NONE or ref_key(field.c2) in matched
    ]


def _tie(
    category: CategoryRules, c2_fields: Sequence[Field], hector_fields: Sequence[Field]
) -> tuple[list[_Tied], list[Refusal]]:
    """Find both fields of each mapping."""
    tied: list[_Tied] = []
    refused: list[Refusal] = []
    for rules in live_fields(category):
        path = path_of(category, rules.c2)
        c2 = find_c2_field(rules.c2, c2_fields, path=path)
        hector = find_hector_field(rules.hector, rules.hector_place, hector_fields, path=path)
        refused += [field for field in (c2, hector) if isinstance(field, Refusal)]
        if isinstance(c2, Field) and isinstance(hector, Field):
            on_conflict = rules.on_conflict or category.on_conflict
            direction = effective(category.direction, rules.direction)
            tied.append(_Tied(rules, FieldMapping(c2, hector, direction, on_conflict)))
    return tied, refused


def _unknown_fields(category: CategoryRules, own: Category | None, hector_fields: Sequence[Field]) -> Iterator[Refusal]:
    """Refuse the fields that are not there on the side that is known, so that they need not wait for the other."""
    for rules in live_fields(category):
        path = path_of(category, rules.c2)
        found = [find_c2_field(rules.c2, own.fields, path=path)] if own is not None else []
        if hector_fields:
            found.append(find_hector_field(rules.hector, rules.hector_place, hector_fields, path=path))
        yield from (field for field in found if isinstance(field, Refusal))


def _unfit(category: CategoryRules, tied: _Tied) -> Iterator[Refusal]:
    """Refuse a mapping that writes what cannot be written, or a kind that cannot become the other."""
    mapping, rules = tied.mapping, tied.rules
    path = path_of(category, rules.c2)
    for side in sorted(mapping.direction.writes):
        written, read = mapping.field(side), mapping.field(side.other)
        away = "←" if side is Side.HECTOR else "→"
        if written.read_only or written.unknown_kind:
            why = "of a kind that this service does not know" if written.unknown_kind else "read-only"
            message = f"{side.label}'s “{written.name}” is {why} and cannot be written."
            yield refusal(message, rules.place, path, hint=f"Give the mapping the direction {away} or none, or remove it.")
        elif not can_become(read.kind, written.kind):
            message = (
                f"{side.other.label}'s “{read.name}” ({read.kind}) cannot be written into “{written.name}” ({written.kind})."
            )
            possible = ", ".join(kind for kind in Kind if can_become(read.kind, kind))
            hint = f"A {read.kind} can become: {possible}."
            if can_become(written.kind, read.kind):
                hint += f" The other way ({away}) is possible."
            yield refusal(message, rules.place, path, hint=hint)
    if ref_key(rules.c2) in _matched(category) and not can_become(mapping.c2.kind, mapping.hector.kind):
        # Records are matched in Hector's terms, whatever the direction.
        message = (
            f"“{mapping.c2.name}” ({mapping.c2.kind}) and “{mapping.hector.name}” ({mapping.hector.kind}) cannot be compared."
        )
        yield refusal(message, rules.place, path, hint="Match by another field.")


def _matched(category: CategoryRules) -> frozenset[str]:
    return frozenset(ref_key(ref) for ref in category.match_on or ())


def _written_twice(category: CategoryRules, tied: Sequence[_Tied]) -> Iterator[Refusal]:
    """Refuse what ``check.py`` refuses by name, now by the fields themselves: one may be named in two ways."""
    first: dict[tuple[str, str], _Tied] = {}
    for one in tied:
        mapping = one.mapping
        for what, cell in written_cells(fold(mapping.c2.key), mapping.hector.key, mapping.direction):
            other = first.setdefault((what, cell), one)
            if other is not one:
                yield twice(category, other.rules, one.rules, what)
                break


def _unfilled(
    category: CategoryRules, mappings: Sequence[FieldMapping], own: Category, hector_fields: Sequence[Field]
) -> Iterator[Refusal]:
    """Refuse a required field of a side where records are created, when no mapping writes it."""
    path = path_of(category)
    for side, fields in ((Side.C2, own.fields), (Side.HECTOR, hector_fields)):
        if side not in creates(category).writes:
            continue
        filled = {mapping.field(side).key for mapping in mappings if side in mapping.direction.writes}
        for field in fields:
            # System fields of a CI are filled by its name, a read-only field by the server.
            if not field.required or field.read_only or field.key in filled or (side is Side.C2 and not field.is_custom):
                continue
            narrowed = Direction.TO_C2 if side is Side.HECTOR else Direction.TO_HECTOR
            allowed = f"{narrowed} or none" if category.direction.allows(narrowed) else "none"
            message = f"{side.label} requires “{field.name}”, and no mapping fills it when a record is created."
            hint = f"Map it in the direction {'→' if side is Side.HECTOR else '←'}, or write “create: {allowed}”."
            yield refusal(message, category.place, path, hint=hint)


def _match_places(category: CategoryRules, tied: Sequence[_Tied]) -> tuple[int, ...] | None:
    if category.match_on is None:
        return None
    places = {ref_key(one.rules.c2): place for place, one in enumerate(tied)}
    return tuple(dict.fromkeys(places[ref_key(ref)] for ref in category.match_on))


def _stockroom(
    category: CategoryRules, stockrooms: Sequence[Stockroom], default: Ref | None
) -> tuple[Stockroom | None, tuple[Refusal, ...]]:
    """Find where new assets go; a stockroom of the category's own has to exist even where no asset is created."""
    needed = Side.HECTOR in creates(category).writes
    if not needed and category.stockroom is None:
        return None, ()
    ref = category.stockroom or default
    if ref is None:
        hint = "Name one as “stockroom” of the category, or as “default_stockroom” for all."
        return None, (refusal("There is no stockroom for new assets.", category.place, path_of(category), hint=hint),)
    path = path_of(category, "stockroom") if category.stockroom else "default_stockroom"
    found = find_stockroom(ref, stockrooms, path=path)
    if isinstance(found, Refusal):
        return None, (found,)
    return (found if needed else None), ()
