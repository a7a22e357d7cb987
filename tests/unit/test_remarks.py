"""What is worth knowing about rules that can be used: warnings and notes, each said once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_samples import (
    CMDBS,
    HECTOR_CATEGORIES,
    HECTOR_FIELDS,
    PORTABLES,
    STOCKROOMS,
    c2_field,
    category,
    hector_field,
    read,
)

from syncsvc.domain.records import Category, Field
from syncsvc.domain.rules import CategoryPair, CategoryRules, Ref
from syncsvc.domain.values import Kind, Option
from syncsvc.planning.remarks import Remark, Weight, remarks, remarks_by_themselves
from syncsvc.planning.resolve import resolve_category

MAKER = "{c2: Fabricant, hector: subcategory.maker}"
STOCKROOM = Ref(name="École A")


def _confirmed(
    direction: str, *fields: str, more: str = "match_on: none", own: Category = PORTABLES, hector: tuple[Field, ...] = ()
) -> tuple[CategoryRules, CategoryPair]:
    listed = ", ".join((MAKER, *fields))
    text = category(f"hector_category: Laptops\ndirection: {direction}\nfields: [{listed}]\n{more}\n")
    rules = read(text).categories[0]
    pair, refusals = resolve_category(rules, CMDBS, [own], HECTOR_CATEGORIES, (*HECTOR_FIELDS, *hector), STOCKROOMS, STOCKROOM)
    assert refusals == ()
    assert pair is not None
    return rules, pair


def _said(weight: Weight, *pairs: tuple[CategoryRules, CategoryPair]) -> list[Remark]:
    return [remark for remark in remarks(pairs) if remark.weight is weight]


def _labels(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(label, label, (label,)) for label in labels)


# -- what does nothing --------------------------------------------------------------------------------------------------


def _idle(text: str) -> list[tuple[str, int]]:
    return [(remark.message, remark.line) for remark in remarks_by_themselves(read(text))]


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("cmdbs: []\n", "they name no category", 0),
        ("cmdbs:\n  - {cmdb: Inventaire, categories: []}\n", "they name no category", 0),
        (category("direction: none\n"), "every category has the direction none", 5),
    ],
)
def test_rules_that_synchronise_nothing_are_warned_of(text: str, says: str, line: int) -> None:
    assert _idle(text) == [(f"These rules synchronise nothing: {says}.", line)]


def test_a_conflict_policy_where_nothing_can_conflict_is_warned_of() -> None:
    fields = "fields: [{c2: Fabricant, hector: subcategory.maker, on_conflict: c2}]\n"
    assert _idle(category(f"hector_category: L\ndirection: →\non_conflict: newest\n{fields}")) == [
        ("“on_conflict” means nothing in a category that goes → only.", 7),
        ("“on_conflict” means nothing for a field with the direction →.", 8),
    ]
    assert _idle(category(f"hector_category: L\ndirection: ⇄\non_conflict: newest\n{fields}")) == []


def test_a_field_that_match_on_names_again_is_warned_of() -> None:
    text = category(f"hector_category: L\ndirection: →\nmatch_on: [Fabricant, FABRICANT]\nfields: [{MAKER}]\n")
    assert _idle(text) == [("“match_on” names “FABRICANT” again, which changes nothing.", 7)]


# -- lists ---------------------------------------------------------------------------------------------------------------

STATUS = c2_field(
    "État",
    Kind.CHOICE,
    number=70,
    options=(
        Option("1", "En service", ("En service", "In service")),
        Option("2", "Remisé", ("Remisé", "Stored")),
        Option("3", "En prêt", ("En prêt", "On loan")),
        Option("4", "Ancien", ("Ancien",), is_active=False),
    ),
)
OWN = replace(PORTABLES, fields=(*PORTABLES.fields, STATUS))
LIST = hector_field("asset.attributes.State", Kind.CHOICE, key="asset.attributes.70", options=_labels("in  SERVICE", "Lost"))
STATE = "{c2: État, hector: asset.attributes.State}"


def test_labels_that_hector_does_not_offer_are_named() -> None:
    (warning,) = _said(Weight.WARNING, _confirmed("→", STATE, own=OWN, hector=(LIST,)))
    assert warning.message == "C2's “État” offers “Remisé”, “En prêt”; Hector's “asset.attributes.State” does not."
    assert "Add them in Hector" in warning.hint
    assert (warning.path, warning.line) == ("Inventaire / Portables / État", 7)


def test_labels_are_compared_in_each_direction_in_which_they_are_written() -> None:
    (warning,) = _said(Weight.WARNING, _confirmed("←", STATE, own=OWN, hector=(LIST,)))
    assert warning.message == "Hector's “asset.attributes.State” offers “Lost”; C2's “État” does not."
    assert "Add it in C2" in warning.hint
    assert len(_said(Weight.WARNING, _confirmed("⇄", STATE, own=OWN, hector=(LIST,)))) == 2


def test_labels_offered_in_any_language_and_those_of_other_kinds_are_fine() -> None:
    full = replace(LIST, options=_labels("In service", "remisé", "On loan"))
    assert _said(Weight.WARNING, _confirmed("→", STATE, own=OWN, hector=(full,))) == []
    assert _said(Weight.WARNING, _confirmed("→", "{c2: État, hector: asset.note}", own=OWN)) == []


def test_of_many_missing_labels_ten_are_named() -> None:
    long = replace(STATUS, options=_labels(*(f"L{number:02}" for number in range(13))))
    own = replace(PORTABLES, fields=(*PORTABLES.fields, long))
    (warning,) = _said(Weight.WARNING, _confirmed("→", STATE, own=own, hector=(LIST,)))
    assert "“L09” and 3 more;" in warning.message
    assert "L10" not in warning.message


# -- unknown kinds, matching ---------------------------------------------------------------------------------------------


def test_a_field_of_an_unknown_kind_is_warned_about_once() -> None:
    first = _confirmed("→", "{c2: Étrange, hector: asset.note}", "{c2: Étrange, hector: asset.title}")
    second = _confirmed("→", "{c2: Étrange, hector: asset.note}")
    (warning,) = _said(Weight.WARNING, first, second)
    assert "C2's “Étrange” is of a kind (0) that this service does not know" in warning.message


def test_a_category_that_says_nothing_of_matching_is_warned_about() -> None:
    (warning,) = _said(Weight.WARNING, _confirmed("→", more="create: none"))
    assert "“match_on”" in warning.hint
    assert _said(Weight.WARNING, _confirmed("→", more="match_on: [Fabricant]")) == []


_BOTH = ["The CIs created in C2", "The assets created in Hector"]
SERIAL = "{c2: Série, hector: asset.attributes.Serial number"


@pytest.mark.parametrize(
    ("direction", "fields", "more", "says"),
    [
        ("⇄", [SERIAL + ", direction: →}"], "match_on: Série", ["The CIs created in C2"]),
        ("⇄", [SERIAL + ", direction: ←}"], "match_on: Série", ["The assets created in Hector"]),
        ("⇄", [SERIAL + ", direction: none}"], "match_on: Série", _BOTH),
        ("→", [SERIAL + ", direction: none}"], "match_on: Série", ["The assets created in Hector"]),
        ("⇄", [SERIAL + ", direction: →}"], "match_on: Série\ncreate: →", []),
        ("⇄", [SERIAL + "}"], "match_on: Série", []),
        ("←", [SERIAL + "}"], "match_on: Série", []),
        # one of several suffices
        ("⇄", [SERIAL + ", direction: →}", "{c2: Modèle, hector: asset.note}"], "match_on: [Série, Modèle]", []),
        ("⇄", [SERIAL + ", direction: →}"], "match_on: none", []),
        # a number is C2's to give and a title Hector's: both are there at once, and are carried across
        ("⇄", ["{c2: CINumber, hector: asset.note, direction: →}"], "match_on: CINumber", []),
        ("⇄", ["{c2: Modèle, hector: asset.title, direction: ←}"], "match_on: Modèle", []),
        ("⇄", ["{c2: CINumber, hector: asset.note, direction: none}"], "match_on: CINumber", _BOTH),
    ],
)
def test_what_is_created_without_any_value_to_be_recognised_by_is_warned_about(
    direction: str, fields: list[str], more: str, says: list[str]
) -> None:
    warnings = _said(Weight.WARNING, _confirmed(direction, *fields, more=more))
    assert [warning.message.partition(" hold nothing of “match_on”")[0] for warning in warnings] == says


def test_the_warning_says_what_to_write_instead() -> None:
    (warning,) = _said(Weight.WARNING, _confirmed("⇄", SERIAL + ", direction: →}", more="match_on: Série"))
    assert warning.message == (
        "The CIs created in C2 hold nothing of “match_on” (“Série” says →): without the database they would not be found again, "
        "and created once more."
    )
    assert warning.hint == "Let one of these fields say ⇄ or ←, or write “create: → or none”."
    assert (warning.path, warning.line) == ("Inventaire / Portables / match_on", 8)

    (warning,) = _said(Weight.WARNING, _confirmed("→", SERIAL + ", direction: none}", more="match_on: Série"))
    assert warning.hint == "Let one of these fields say →, or write “create: none”."


# -- lengths -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "here", "there", "says"),
    [
        ("→", 300, 255, "Hector keeps only the first characters of: “asset.return_note” (255). C2 may hold longer texts."),
        ("→", None, 255, "Hector keeps only the first characters of: “asset.return_note” (255). C2 may hold longer texts."),
        ("→", 255, 255, ""),
        ("→", 300, None, ""),
        ("←", 300, 255, ""),
        ("←", 100, 255, "C2 keeps only the first characters of: “Mémo” (100). Hector may hold longer texts."),
    ],
)
def test_a_text_that_may_be_cut_is_noted(direction: str, here: int | None, there: int | None, says: str) -> None:
    own = replace(PORTABLES, fields=tuple(f for f in PORTABLES.fields if f.name == "Fabricant"))
    own = replace(own, fields=(replace(own.fields[0], max_length=255), c2_field("Mémo", number=80, max_length=here)))
    field = hector_field("asset.attributes.N", key="asset.attributes.9", max_length=there)
    rules, pair = _confirmed(direction, "{c2: Mémo, hector: asset.attributes.N}", own=own, hector=(field,))
    renamed = replace(pair.mappings[1], hector=replace(field, name="asset.return_note"))
    notes = _said(Weight.NOTE, (rules, replace(pair, mappings=(pair.mappings[0], renamed))))
    assert [note.message for note in notes] == ([says] if says else [])


def test_a_note_that_several_categories_call_for_is_said_once() -> None:
    one = _confirmed("→", "{c2: Série, hector: asset.attributes.12}")
    (note,) = _said(Weight.NOTE, one, one, one)
    assert note.message.endswith("The same in 2 more categories.")
    assert note.path == "Inventaire / Portables"
