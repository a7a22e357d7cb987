"""What is worth knowing about rules that can be used: warnings (somebody should look) and notes (harmless, but visible).

What cannot be used is refused by ``check.py``, ``between.py`` and ``resolve.py``. Each remark is said once, however many
categories or mappings show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from syncsvc.domain.records import Field, Side
from syncsvc.domain.rules import CategoryPair, CategoryRules, FieldMapping, FieldRules, Place
from syncsvc.domain.values import Kind, Option, find_option
from syncsvc.planning.check import path_of
from syncsvc.planning.resolve import live_fields

NAMED = 10
"""Labels that a remark names at the most."""


class Weight(StrEnum):
    """How much a remark matters."""

    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing worth knowing, with its place in the rules file as a refusal has it."""

    weight: Weight
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    path: str = ""


def remarks(pairs: Sequence[tuple[CategoryRules, CategoryPair]]) -> tuple[Remark, ...]:
    """Say what is worth knowing about categories that both systems have confirmed."""
    found: list[Remark] = []
    unknown: set[str] = set()
    for rules, pair in pairs:
        tied = list(zip(live_fields(rules), pair.mappings, strict=True))
        found += _unrecognised(rules, pair)
        for written, mapping in tied:
            found += _unknown_kinds(rules, written, mapping, unknown)
            found += _missing_labels(rules, written, mapping)
        found += _cuts(rules, tied)
    return tuple(_told_once(found))


def _told_once(found: Sequence[Remark]) -> Iterator[Remark]:
    """Say a note that several categories call for at the first of them, with how many more there are."""
    notes: dict[str, list[Remark]] = {}
    for remark in found:
        if remark.weight is Weight.NOTE:
            notes.setdefault(remark.message, []).append(remark)
    for remark in found:
        if remark.weight is not Weight.NOTE:
            yield remark
        elif notes[remark.message][0] is remark:
            more = len(notes[remark.message]) - 1
            said = f" The same in {more} more {'category' if more == 1 else 'categories'}." if more else ""
            yield replace(remark, message=remark.message + said)


def _unrecognised(rules: CategoryRules, pair: CategoryPair) -> Iterator[Remark]:
    if pair.match_on is None:
        yield _remark(
            Weight.WARNING,
            "Nothing says by which fields a CI and an asset are recognised as the same thing.",
            rules.place,
            path_of(rules),
            "Name them as “match_on”; a first run is held otherwise when both sides have records. “match_on: none” means it so.",
        )


def _unknown_kinds(rules: CategoryRules, written: FieldRules, mapping: FieldMapping, said: set[str]) -> Iterator[Remark]:
    for side in Side:
        field = mapping.field(side)
        if field.unknown_kind and field.key not in said:
            said.add(field.key)
            kind = f" ({field.definition_type})" if field.definition_type is not None else ""
            yield _remark(
                Weight.WARNING,
                f"{side.label}'s “{field.name}” is of a kind{kind} that this service does not know.",
                written.place,
                path_of(rules, written.c2),
                "It is read as text and never written; look at what “syncsvc plan” makes of it.",
            )


# -- lists ---------------------------------------------------------------------------------------------------------------


def _missing_labels(rules: CategoryRules, written: FieldRules, mapping: FieldMapping) -> Iterator[Remark]:
    for side in sorted(mapping.direction.writes):
        origin, target = mapping.field(side.other), mapping.field(side)
        missing = missing_labels(origin, target)
        if missing:
            named = ", ".join(f"“{label}”" for label in missing[:NAMED])
            more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
            what = f"{side.other.label}'s “{origin.name}” offers {named}{more}"
            yield _remark(
                Weight.WARNING,
                f"{what}; {side.label}'s “{target.name}” does not.",
                written.place,
                path_of(rules, written.c2),
                f"Add {'them' if len(missing) > 1 else 'it'} in {side.label}; a record that holds one gets an error until then.",
            )


def missing_labels(origin: Field, target: Field) -> list[str]:
    """Give the labels in use of a list that the list across does not offer in any language."""
    if origin.kind is not Kind.CHOICE or target.kind is not Kind.CHOICE:
        return []
    return [option.label for option in origin.options if option.is_active and not _is_offered(option, target)]


def _is_offered(option: Option, target: Field) -> bool:
    found = (find_option(target.options, label) for label in dict.fromkeys((option.label, *option.labels)))
    return any(across is not None and across.is_active for across in found)


# -- lengths -------------------------------------------------------------------------------------------------------------


def _cuts(rules: CategoryRules, tied: Sequence[tuple[FieldRules, FieldMapping]]) -> Iterator[Remark]:
    """Name the texts that may be cut: all of a category at once, for there can be many and none of them does harm."""
    for side in Side:
        cut = [
            (written, mapping)
            for written, mapping in tied
            if side in mapping.direction.writes and may_be_cut(mapping.field(side.other), mapping.field(side))
        ]
        if cut:
            named = ", ".join(f"“{mapping.field(side).name}” ({mapping.field(side).max_length})" for _, mapping in cut)
            yield _remark(
                Weight.NOTE,
                f"{side.label} keeps only the first characters of: {named}. {side.other.label} may hold longer texts.",
                cut[0][0].place,
                path_of(rules),
                f"Longer ones are cut in {side.label}; {side.other.label}'s own stay whole, and nothing is written again for it.",
            )


def may_be_cut(origin: Field, target: Field) -> bool:
    """Whether a field across may hold a longer text than ``target`` keeps."""
    if origin.kind is not Kind.TEXT or target.kind is not Kind.TEXT or target.max_length is None:
        return False
    return origin.max_length is None or origin.max_length > target.max_length


def _remark(weight: Weight, message: str, place: Place, path: str, hint: str) -> Remark:
    return Remark(weight, message, hint, place.line, place.column, path)
