"""What rules will do, in words: every direction of every sort of field, from the file alone and as confirmed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rules_samples import CMDBS, GOOD, HECTOR_CATEGORIES, HECTOR_FIELDS, PORTABLES, STOCKROOMS, c2_field, category, read

from syncsvc.domain.records import Category, Field
from syncsvc.domain.rules import Ref
from syncsvc.domain.values import Kind
from syncsvc.planning.describe import CategoryWords, describe
from syncsvc.planning.phrases import ENGLISH, FRENCH
from syncsvc.planning.resolve import resolve_category

MAKER = "{c2: Fabricant, hector: subcategory.maker}"


def _told(direction: str, *fields: str, more: str = "match_on: none", language: str = "en") -> CategoryWords:
    listed = ", ".join((MAKER, *fields))
    body = f"hector_category: Laptops\ndirection: {direction}\nfields: [{listed}]\n{more}\n"
    return describe(read(category(body)).categories[0], None, Ref(name="Dépôt"), language)


def _topic(words: CategoryWords, code: str) -> str:
    return next(sentences for known, _, sentences in words.topics if known == code)


def test_both_languages_have_the_same_phrases_with_the_same_gaps() -> None:
    assert ENGLISH.keys() == FRENCH.keys()
    for key in ENGLISH:
        assert set(re.findall(r"{(\w+)}", ENGLISH[key])) == set(re.findall(r"{(\w+)}", FRENCH[key])), key


@pytest.mark.parametrize(
    ("direction", "field", "words"),
    [
        ("→", MAKER, "an asset whose CI changes “Fabricant” moves to the matching subcategory"),
        ("←", MAKER, "a subcategory that is renamed"),
        ("⇄", MAKER, "both may change it: a CI that changes “Fabricant” moves its asset"),
        ("→", "{c2: P, hector: subcategory.price}", "written once when they agree"),
        ("←", "{c2: P, hector: subcategory.price}", "reaches all its CIs"),
        ("⇄", "{c2: P, hector: subcategory.price}", "CIs that changed it must agree"),
        ("→", "{c2: P, hector: asset.note}", "C2 decides; what is changed in Hector is put back."),
        ("←", "{c2: P, hector: asset.note}", "Hector decides; what is changed in C2 is put back."),
        ("⇄", "{c2: P, hector: asset.note}", "both may change it; when both did, the conflict waits for you (hold)."),
        ("⇄", "{c2: P, hector: asset.note, on_conflict: c2}", "C2 wins (c2)"),
        ("⇄", "{c2: P, hector: asset.note, on_conflict: hector}", "Hector wins (hector)"),
        ("⇄", "{c2: P, hector: asset.note, on_conflict: newest}", "the newer change wins (newest)"),
        ("⇄", "{c2: P, hector: asset.note, direction: ←}", "Hector decides"),
        ("→", "{c2: P, hector: subcategory.note, direction: none}", "not carried over."),
    ],
)
def test_each_field_says_who_decides_and_what_follows(direction: str, field: str, words: str) -> None:
    told = _told(direction, field) if field != MAKER else _told(direction)
    assert words in told.fields[-1].words


def test_the_conflict_policy_is_the_category_s_unless_the_field_has_its_own() -> None:
    told = _told("⇄", "{c2: P, hector: asset.note, on_conflict: hold}", more="match_on: none\non_conflict: newest")
    assert [field.on_conflict for field in told.fields] == ["newest", "hold"]
    assert [field.on_conflict for field in _told("→").fields] == [None]


def test_matching_is_told() -> None:
    told = _told("→", "{c2: S, hector: asset.note}", more="match_on: [S, Fabricant]")
    assert "the same “S”, or else the same “Fabricant”, and no other" in _topic(told, "matching")
    assert [field.recognises for field in told.fields] == [True, True]
    assert "Records are recognised by it." in told.fields[1].words
    assert "match_on: none" in _topic(_told("→"), "matching")
    assert "is held" in _topic(_told("→", more="create: none"), "matching")


@pytest.mark.parametrize(
    ("direction", "more", "words"),
    [
        ("→", "", "A CI without an asset gets one, in the stockroom “Dépôt”."),
        ("→", "stockroom: Cave", "A CI without an asset gets one, in the stockroom “Cave”."),
        ("←", "", "An asset without a CI gets one, named by its title."),
        ("⇄", "create: none", "Nothing is created."),
        ("⇄", "create: ←", "An asset without a CI gets one, named by its title."),
    ],
)
def test_what_is_created_is_told(direction: str, more: str, words: str) -> None:
    assert _topic(_told(direction, more=more), "creation") == words


def test_a_new_ci_is_named_by_the_mapped_name() -> None:
    told = _told("⇄", "{c2: Name, hector: asset.note, direction: ←}", more="create: ←")
    assert (
        _topic(told, "creation") == "An asset without a CI gets one, named by “asset.note”, or by its title where that is empty."
    )
    told = _told("⇄", "{c2: Name, hector: asset.note, direction: →}", more="create: ←")
    assert "named by its title" in _topic(told, "creation")
    told = _told("←", "{c2: Name, hector: asset.title}")
    assert _topic(told, "creation") == "An asset without a CI gets one, named by its title."


def test_retiring_is_told() -> None:
    assert "leaves its asset as it is" in _topic(_told("⇄"), "inactive")
    both = _topic(_told("⇄", more="when_ci_inactive: retire\nwhen_asset_retired: deactivate"), "inactive")
    assert "its asset is retired" in both
    assert "its CI is deactivated" in both
    assert "leaves its asset" not in both


def test_guards_are_told_with_their_limits() -> None:
    told = _told("→", more="guards: {max_missing_percent: 2.5, max_change_percent: null, max_creates: 7}")
    words = _topic(told, "guards")
    assert "more than 2.5 % of the linked records are missing, more than 20 %" in words
    assert "emptied or more than 7 records" in words
    assert "50" not in words
    off = ", ".join(f"max_{name}_percent: null" for name in ("missing", "change", "cleared"))
    assert "No limit is set" in _topic(_told("→", more=f"guards: {{{off}}}"), "guards")


def test_a_category_without_direction_is_told_in_one_sentence() -> None:
    told = describe(read(category("direction: none")).categories[0], None, None, "fr")
    assert told.topics == (("direction", "Sens", "Non synchronisée : rien n'y est lu ni écrit."),)
    assert told.fields == ()


def test_the_rules_language_is_spoken() -> None:
    told = _told("→", language="fr")
    assert told.fields[0].words.startswith("C2 décide; un actif dont le CI change de « Fabricant » passe à la sous-catégorie")
    assert _topic(told, "creation") == "Un CI sans actif en reçoit un, dans l'entrepôt « Dépôt »."


# -- as both systems confirmed it ----------------------------------------------------------------------------------------


def _confirmed(text: str, own: Category = PORTABLES, fields: tuple[Field, ...] = HECTOR_FIELDS) -> CategoryWords:
    rules = read(text).categories[0]
    pair, refusals = resolve_category(rules, CMDBS, [own], HECTOR_CATEGORIES, fields, STOCKROOMS, Ref(number=2))
    assert refusals == ()
    return describe(rules, pair, Ref(number=2), "en")


def test_confirmed_names_are_those_that_the_systems_show_but_for_the_categorys_own() -> None:
    text = (
        GOOD.replace("category: Portables", "category: LAPTOPS", 1)
        .replace("[Série]", "[serial]")
        .replace("c2: Série", "c2: serial")
    )
    told = _confirmed(text)
    assert (told.cmdb, told.category, told.hector_category) == ("Inventaire", "LAPTOPS", "Laptops")
    assert [field.c2 for field in told.fields] == ["Fabricant", "Série"]
    assert "“Série”" in _topic(told, "matching")
    assert "“École A”" in _topic(told, "creation")


def test_a_category_that_the_rules_name_by_its_id_is_called_as_c2_does() -> None:
    told = _confirmed(GOOD.replace("category: Portables", "category: {id: k1}", 1))
    assert (told.cmdb, told.category) == ("Inventaire", "Portables")


def test_a_mapping_that_is_parked_is_told_though_nobody_confirmed_it() -> None:
    told = _confirmed(
        GOOD.replace("  - {c2: Série", "  - {c2: Gone, hector: asset.note, direction: none}\n          - {c2: Série")
    )
    assert [(field.c2, field.direction) for field in told.fields][1] == ("Gone", "none")


@pytest.mark.parametrize(
    ("kind", "hector", "direction", "words"),
    [
        (Kind.PERSON, "asset.note", "→", "Hector gets the full name."),
        (Kind.PERSON, "asset.note", "←", "C2 takes the name or the e-mail of exactly one active client."),
        (Kind.DATE_TIME, "asset.acquisition_date", "→", "Hector gets the day in the tenant's time zone."),
        (Kind.DATE_TIME, "asset.acquisition_date", "←", "C2 gets the day's midnight in the tenant's time zone."),
        (Kind.NUMBER, "asset.note", "→", "Hector gets the number written plainly (1234.56)."),
        (Kind.NUMBER, "asset.note", "←", "C2 takes a number only."),
        (Kind.TEXT, "subcategory.price", "→", "Hector takes a number only."),
        (Kind.TEXT, "asset.acquisition_date", "→", "Hector takes a date only."),
        (Kind.DATE_TIME, "asset.note", "→", "Hector gets the date as 2026-07-04."),
        (Kind.YES_NO, "asset.note", "←", "C2 takes a word for yes or no only."),
        (Kind.CHOICE, "asset.attributes.Status", "→", "Hector takes a label that its list offers."),
    ],
)
def test_what_becomes_of_a_value_of_another_kind_is_told(kind: Kind, hector: str, direction: str, words: str) -> None:
    own = replace(PORTABLES, fields=(*PORTABLES.fields, c2_field("A", kind, number=50)))
    body = f"hector_category: Laptops\ndirection: {direction}\nmatch_on: none\nfields: [{MAKER}, {{c2: A, hector: {hector}}}]\n"
    assert words in _confirmed(category(body), own).fields[1].words


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("other", list(Kind))
def test_every_pair_of_kinds_has_its_words(kind: Kind, other: Kind) -> None:
    own = replace(PORTABLES, fields=(*PORTABLES.fields, c2_field("A", kind, number=50)))
    fields = (*(field for field in HECTOR_FIELDS if field.key != "asset.note"), replace(HECTOR_FIELDS[4], kind=other))
    for direction in "→←":
        mapped = f"fields: [{MAKER}, {{c2: A, hector: asset.note}}]"
        body = f"hector_category: Laptops\ndirection: {direction}\nmatch_on: none\n{mapped}\n"
        rules = read(category(body)).categories[0]
        pair, _ = resolve_category(rules, CMDBS, [own], HECTOR_CATEGORIES, fields, STOCKROOMS, Ref(number=2))
        if pair is not None:
            for language, decides in (("en", "put back."), ("fr", "comme avant.")):
                _, _, more = describe(rules, pair, None, language).fields[1].words.partition(decides)
                assert bool(more) == (kind is not other or kind is Kind.CHOICE)


def test_cutting_and_required_fields_are_told() -> None:
    fields = tuple(replace(f, required=True, max_length=20) if f.key == "asset.note" else f for f in HECTOR_FIELDS)
    body = f"hector_category: Laptops\ndirection: →\nmatch_on: none\nfields: [{MAKER}, {{c2: Série, hector: asset.note}}]\n"
    words = _confirmed(category(body), fields=fields).fields[1].words
    assert "Hector keeps the first 20 characters." in words
    assert "Hector does not let it be emptied." in words
