"""What categories do to each other: the same one twice, two that would make CIs of the same assets, two that write one field.

Asked by name when the file is read, and once more by the records themselves when both systems have been asked: one thing may be
named in two ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from syncsvc.domain.errors import Refusal
from syncsvc.domain.records import SUBCATEGORY_KEYS, Side
from syncsvc.domain.rules import CategoryPair, CategoryRules, Direction, FieldRules
from syncsvc.domain.values import fold
from syncsvc.planning.check import creates, effective, path_of, ref_key, refusal
from syncsvc.planning.resolve import live_fields

_Shared = tuple[tuple[str, FieldRules], ...]
"""The subcategory fields that a category writes and that all assets of the subcategory share, each with its mapping."""


@dataclass(frozen=True, slots=True)
class _Entry:
    rules: CategoryRules
    category: str
    hector_category: str | None
    creates_cis: bool
    shared: _Shared = field(default=())


def check_together(categories: Sequence[CategoryRules]) -> tuple[Refusal, ...]:
    """Refuse categories that stand in each other's way, as far as their names tell."""
    return _clashes(
        _Entry(
            rules,
            f"{ref_key(rules.cmdb)}\n{ref_key(rules.category)}",
            ref_key(rules.hector_category) if rules.hector_category else None,
            Side.C2 in creates(rules).writes,
            _shared_by_name(rules),
        )
        for rules in categories
    )


def check_pairs(pairs: Sequence[tuple[CategoryRules, CategoryPair]]) -> tuple[Refusal, ...]:
    """Refuse resolved categories that stand in each other's way, however their names were written."""
    return _clashes(
        _Entry(
            rules,
            pair.category.id,
            str(pair.hector_category.id),
            Side.C2 in pair.create.writes,
            tuple(
                (mapping.hector.key, written)
                for written, mapping in zip(live_fields(rules), pair.mappings, strict=True)
                if mapping.is_shared and Side.HECTOR in mapping.direction.writes
            ),
        )
        for rules, pair in pairs
    )


def _shared_by_name(rules: CategoryRules) -> _Shared:
    return tuple(
        (fold(written.hector), written)
        for written in rules.fields
        if fold(written.hector).startswith("subcategory.")
        and fold(written.hector) not in SUBCATEGORY_KEYS
        and Side.HECTOR in effective(rules.direction, written.direction).writes
    )


def _clashes(entries: Iterable[_Entry]) -> tuple[Refusal, ...]:
    found: list[Refusal] = []
    seen: dict[str, CategoryRules] = {}
    across: dict[str, list[_Entry]] = {}
    for entry in entries:
        rules = entry.rules
        other = seen.setdefault(entry.category, rules)
        if other is not rules:
            message = f"{path_of(rules)} stands in the rules twice (line {other.place.line})."
            found.append(refusal(message, rules.place, path_of(rules), hint="Join the two into one."))
        elif entry.hector_category and rules.direction is not Direction.NONE:
            across.setdefault(entry.hector_category, []).append(entry)
    for together in across.values():
        found += _claimed_twice(together)
        found += _shared_twice(together)
    return tuple(found)


def _claimed_twice(together: Sequence[_Entry]) -> Iterator[Refusal]:
    """Refuse to create CIs from assets that another category may link with its own: it would be done to all of them."""
    for place, entry in enumerate(together):
        others = together[:place] or [other for other in together[1:] if not other.creates_cis]
        if entry.creates_cis and others:
            rules, other = entry.rules, others[0].rules
            across, there = rules.hector_category, path_of(other)
            message = (
                f"Both this and {there} would create CIs from Hector's “{across}”."
                if others[0].creates_cis
                else f"This would create CIs from Hector's “{across}”, whose assets {there} links with CIs of its own."
            )
            hint = "Write “create: none” (or →), so that an asset becomes one CI; or give each category a Hector category."
            yield refusal(message, rules.place, path_of(rules), hint=hint)


def _shared_twice(together: Sequence[_Entry]) -> Iterator[Refusal]:
    """Refuse a second category that writes a field which the assets of both may share through their subcategory."""
    first: dict[str, CategoryRules] = {}
    for entry in together:
        rules = entry.rules
        for key, written in entry.shared:
            other = first.setdefault(key, rules)
            if other is not rules:
                across, there = rules.hector_category, path_of(other)
                said = f"“{written.c2}” writes “{written.hector}”"
                message = f"{said} of the subcategories in Hector's “{across}”, which {there} writes too."
                hint = "A subcategory's assets share it: leave it to one of the two, or map it to a field of the asset."
                yield refusal(message, written.place, path_of(rules, written.c2), hint=hint)


def about(rules: CategoryRules, clashes: Iterable[Refusal]) -> Iterator[Refusal]:
    """Give the refusals that concern one category, or a field of it."""
    own = path_of(rules)
    return (clash for clash in clashes if clash.path == own or clash.path.startswith(f"{own} / "))
