"""A starting rules file from what the two systems offer: everything suggested, nothing synchronised until somebody decides.

What is suggested, and why, is ``planning/suggest.py``'s business; here it becomes YAML with comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncsvc.domain.records import Field, Level, Stockroom
from syncsvc.planning.evidence import Key
from syncsvc.planning.find import path_to, ref_to
from syncsvc.planning.suggest import Offer, Suggestion, Tie
from syncsvc.rules_file.words import comment, ref, scalar

WIDTH = 120
"""Characters of a line of comments."""
_DECIDE = "# decide: → (C2 is the authority), ← (Hector is) or ⇄ (field by field); none: not synchronised"


@dataclass(frozen=True, slots=True)
class Habits:
    """What the service's own settings say of the tenant."""

    language: str
    time_zone: str
    schema: str = ""
    """Path of the JSON Schema as seen from the file, where it is known to be there."""


def starting_rules(offer: Offer, habits: Habits) -> str:
    """Write the file."""
    return "\n".join([*_head(offer, habits), "", *_cmdbs(offer), *_alone(offer)]) + "\n"


def _head(offer: Offer, habits: Habits) -> Iterator[str]:
    if habits.schema:
        yield f"# yaml-language-server: $schema={habits.schema}"
        yield "#"
    yield "# What is synchronised between C2 ITSM and Hector, as “syncsvc rules init” found it. Nothing is synchronised yet:"
    yield "# every category says “direction: none”. Read what is suggested, correct it, and give a category its direction;"
    yield "# “syncsvc rules check” says what is wrong, “syncsvc rules show” what each field will do, “syncsvc plan” what a run"
    yield "# would change. Behind each pair of fields stands why it is suggested, and how often their values agree today."
    yield ""
    yield f"language: {habits.language}"
    yield "schedule:"
    yield '  daily_at: "21:00"'
    yield f"  time_zone: {scalar(habits.time_zone)}"
    yield "# notify_if_error: somebody@example.org   # who gets a mail when a run went wrong"
    yield from _stockroom(offer.stockrooms)


def _stockroom(stockrooms: Sequence[Stockroom]) -> Iterator[str]:
    if not stockrooms:
        yield "# default_stockroom:    # Hector has no stockroom yet; new assets need one"
        return
    yield f"default_stockroom: {ref(ref_to(stockrooms[0], stockrooms))}   # where new assets go"
    if stockrooms[1:]:
        yield from _listed("# the others are: ", [room.name for room in stockrooms[1:]])


def _cmdbs(offer: Offer) -> Iterator[str]:
    if not offer.suggestions:
        yield "cmdbs: []   # no two categories seem to be the same"
        return
    yield "cmdbs:"
    for cmdb in offer.cmdbs:
        suggestions = [one for one in offer.suggestions if one.cmdb.id == cmdb.id]
        if suggestions:
            yield ""
            yield f"  - cmdb: {ref(ref_to(cmdb, offer.cmdbs))}"
            yield "    categories:"
            for place, one in enumerate(suggestions):
                if place:
                    yield ""
                for line in _category(one, offer):
                    yield " " * 6 + line


def _category(one: Suggestion, offer: Offer) -> Iterator[str]:
    yield comment(f"# {one.cis} CIs in C2's “{one.category.name}”, {one.assets} assets in Hector's “{one.hector_category.name}”.")
    yield f"- category: {ref(ref_to(one.category, offer.categories[one.cmdb.id]))}"
    yield f"  hector_category: {ref(ref_to(one.hector_category, offer.hector_categories))}"
    yield f"  direction: none   {_DECIDE}"
    for line in (*_match_on(one), *_fields(one), *_missing(one)):
        yield "  " + line


def _match_on(one: Suggestion) -> Iterator[str]:
    if not one.match_on:
        yield "# match_on: []   # no field tells the records apart on both sides; name the one that should, or “none”"
        return
    names = ", ".join(ref(ref_to(key.c2, one.category.fields)) for key in one.match_on)
    yield f"match_on: [{names}]   # {comment(_in_common(one.match_on))}"


def _in_common(keys: Sequence[Key]) -> str:
    counts = ", ".join(str(key.shared) for key in keys)
    return f"unique on both sides; values in common: {counts}"


# -- fields --------------------------------------------------------------------------------------------------------------


def _fields(one: Suggestion) -> Iterator[str]:
    sure = [tie for tie in one.ties if not tie.doubt]
    yield "fields:" if sure else "fields: []"
    for tie in sure:
        shared = tie.hector.level is Level.SUBCATEGORY and not tie.hector.is_subcategory_key
        yield f"  - {_tie(one, tie)}   # {_reason(tie)}{'; shared by all assets of the subcategory' if shared else ''}"
    for tie in one.ties:
        if tie.doubt:
            yield f"  # - {_tie(one, tie)}   # {_reason(tie)}: {tie.doubt}"


def _tie(one: Suggestion, tie: Tie) -> str:
    c2 = ref(ref_to(tie.c2, one.category.fields))
    return f"{{c2: {c2}, hector: {scalar(path_to(tie.hector, one.hector_fields))}}}"


def _reason(tie: Tie) -> str:
    names = "same name" if tie.same_name else "by the values"
    if not tie.share.compared:
        return f"{names}; no values to compare"
    return f"{names}; {tie.share.equal} of {tie.share.compared} equal ({int(100 * tie.share.part)} %)"


def _missing(one: Suggestion) -> Iterator[str]:
    if not any(tie.hector.is_subcategory_key for tie in one.ties if not tie.doubt):
        yield "# Map at least one of subcategory.maker, .model and .description before you give a direction."
    yield from _listed("# C2 fields without a mapping: ", [_named(field, field.name) for field in one.unmapped_c2])
    hector = [_named(field, path_to(field, one.hector_fields)) for field in one.unmapped_hector]
    yield from _listed("# Hector fields without a mapping: ", hector)


def _named(field: Field, name: str) -> str:
    known = f"{name} ({'of a kind that is not known' if field.unknown_kind else field.kind}"
    return f"{known}, required)" if field.required else f"{known})"


# -- what is left over ---------------------------------------------------------------------------------------------------


def _alone(offer: Offer) -> Iterator[str]:
    in_c2 = [f"{cmdb.name} / {category.name}" for cmdb, category in offer.alone_in_c2]
    in_hector = [category.name for category in offer.alone_in_hector]
    lines = [*_listed("# C2 categories without a counterpart: ", in_c2)]
    lines += _listed("# Hector categories without a counterpart: ", in_hector)
    if lines:
        yield ""
        yield from lines


def _listed(title: str, names: Sequence[str]) -> Iterator[str]:
    """Write names into comments, as many on a line as fit."""
    line = title
    for place, name in enumerate(names):
        last = place == len(names) - 1
        word = comment(name) + ("" if last else ", ")
        if len(line) + len(word) > WIDTH and line not in {title, "#   "}:
            yield line.rstrip()
            line = "#   "
        line += word
    if names:
        yield line.rstrip()
