"""What is worth knowing about rules that can be used: warnings (somebody should look) and notes (harmless, but visible).

What cannot be used is refused by ``check.py``, ``between.py`` and ``resolve.py``. Each remark is said once, however many
categories or mappings show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from syncsvc.domain.records import Field, Side
from syncsvc.domain.rules import CategoryPair, CategoryRules, Direction, FieldMapping, FieldRules, Place, Rules
from syncsvc.domain.values import Kind, Option, find_option
from syncsvc.planning.check import effective, path_of, ref_key
from syncsvc.planning.resolve import live_fields

NAMED = 10
"""Labels that a remark names at the most."""
_MADE = {
    Side.C2: frozenset({"Name", "EnglishName", "FrenchName", "CINumber", "SequenceNumber"}),
    Side.HECTOR: frozenset({"asset.title"}),
}
"""Fields that each system fills by itself in a record that is created."""


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
        found += _not_found_again(rules, pair)
        for written, mapping in tied:
            found += _unknown_kinds(rules, written, mapping, unknown)
            found += _missing_labels(rules, written, mapping)
        found += _cuts(rules, tied)
    return tuple(_told_once(found))


def remarks_by_themselves(rules: Rules) -> tuple[Remark, ...]:
    """Say what is worth knowing about rules that neither system was asked about: what is written and does nothing."""
    live = rules.live
    found = [remark for category in live for remark in (*_idle_policies(category), *_named_again(category))]
    return (*_nothing_live(rules, live), *found)


def _nothing_live(rules: Rules, live: Sequence[CategoryRules]) -> Iterator[Remark]:
    if not live:
        place = next((category.place_of("direction") for category in rules.categories), Place())
        why = "every category has the direction none" if rules.categories else "they name no category"
        hint = "Give a category the direction →, ← or ⇄." if rules.categories else "syncsvc rules init writes them all down."
        yield _remark(Weight.WARNING, f"These rules synchronise nothing: {why}.", place, "", hint)


def _idle_policies(rules: CategoryRules) -> Iterator[Remark]:
    """Name the conflict policies of what goes one way only, where the one with the say always wins."""
    hint = "Remove it, or make the direction ⇄."
    if "on_conflict" in rules.places and rules.direction is not Direction.BOTH:
        message = f"“on_conflict” means nothing in a category that goes {rules.direction} only."
        yield _remark(Weight.WARNING, message, rules.place_of("on_conflict"), path_of(rules, "on_conflict"), hint)
    for field in rules.fields:
        direction = effective(rules.direction, field.direction)
        if field.on_conflict is not None and direction is not Direction.BOTH:
            message = f"“on_conflict” means nothing for a field with the direction {direction}."
            yield _remark(Weight.WARNING, message, field.place, path_of(rules, field.c2), hint)


def _named_again(rules: CategoryRules) -> Iterator[Remark]:
    named: set[str] = set()
    for ref in rules.match_on or ():
        if ref_key(ref) in named:
            message = f"“match_on” names “{ref}” again, which changes nothing."
            yield _remark(Weight.WARNING, message, ref.place, path_of(rules, "match_on"), "Remove it, or name another field.")
        named.add(ref_key(ref))


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


def _not_found_again(rules: CategoryRules, pair: CategoryPair) -> Iterator[Remark]:
    """Name the sides where records are created that ``match_on`` could not find again: only their link tells whose they are."""
    matched = [pair.mappings[place] for place in pair.match_on or ()]
    for side in sorted(pair.create.writes) if matched else ():
        if any(_reaches(mapping, side) for mapping in matched):
            continue
        made, to, away = ("CIs", "←", "→") if side is Side.C2 else ("assets", "→", "←")
        told = ", ".join(f"“{mapping.name}” says {mapping.direction}" for mapping in matched)
        say, narrowed = (f"⇄ or {to}", f"{away} or none") if pair.direction is Direction.BOTH else (to, "none")
        yield _remark(
            Weight.WARNING,
            f"The {made} created in {side.label} hold nothing of “match_on” ({told}): without the database they would not be "
            "found again, and created once more.",
            rules.place_of("match_on"),
            path_of(rules, "match_on"),
            f"Let one of these fields say {say}, or write “create: {narrowed}”.",
        )


def _reaches(mapping: FieldMapping, side: Side) -> bool:
    """Whether what is created on a side comes to hold its counterpart's value of a field.

    What a system fills by itself reaches its counterpart across where the field goes that way.
    """
    return side in mapping.direction.writes or (side.other in mapping.direction.writes and mapping.field(side).key in _MADE[side])


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
