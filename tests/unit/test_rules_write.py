"""The starting rules file: whatever names the systems hold, it can be read back and means the same things."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules_samples import HECTOR_CATEGORIES, STOCKROOMS, c2_field, hector_field, read

from syncsvc.domain.records import Category, Cmdb, Stockroom
from syncsvc.domain.rules import Direction, Ref
from syncsvc.planning.evidence import Key, Share
from syncsvc.planning.find import find_c2_field, find_category, find_cmdb, find_hector_category, find_hector_field, find_stockroom
from syncsvc.planning.suggest import Offer, Suggestion, Tie
from syncsvc.rules_file.words import comment, ref, scalar
from syncsvc.rules_file.write import Habits, starting_rules

HABITS = Habits("fr", "America/Toronto")
CMDB = Cmdb("f1", "Inventaire")
MAKER, SERIAL = c2_field("Fabricant", number=1), c2_field("Série", number=2)
MAKER_THERE, NOTE = hector_field("subcategory.maker"), hector_field("asset.note")
SERIAL_THERE = hector_field("asset.attributes.Serial number", key="asset.attributes.7")


PORTABLES = Category("k1", "f1", "Portables", fields=(MAKER, SERIAL))


def _offer(
    *, cmdbs: tuple[Cmdb, ...] = (CMDB,), own: Category = PORTABLES, twins: tuple[Category, ...] = (), **changes: object
) -> Offer:
    given = {
        "cmdb": cmdbs[0],
        "category": own,
        "hector_category": HECTOR_CATEGORIES[0],
        "hector_fields": (MAKER_THERE, NOTE, SERIAL_THERE),
        "ties": (
            Tie(MAKER, MAKER_THERE, same_name=True, share=Share(200, 199, 3)),
            Tie(SERIAL, SERIAL_THERE, same_name=False, share=Share(8, 8, 8)),
        ),
        "match_on": (Key(SERIAL, SERIAL_THERE, 8),),
        "cis": 12,
        "assets": 9,
    } | changes
    suggestion = Suggestion(**given)  # type: ignore[arg-type] - keyword bag of a test
    categories = {cmdbs[0].id: (own, *twins)}
    return Offer(cmdbs, categories, HECTOR_CATEGORIES, STOCKROOMS, [suggestion], [(CMDB, Category("k9", "f1", "Serveurs"))], [])


def test_what_is_suggested_can_be_read_back_and_nothing_is_synchronised() -> None:
    text = starting_rules(_offer(), HABITS)
    rules = read(text)
    (category,) = rules.categories
    assert category.direction is Direction.NONE
    assert (rules.language, rules.schedule.time_zone, str(rules.default_stockroom)) == (
        "fr",
        "America/Toronto",
        "Entrepôt principal",
    )
    assert (str(category.cmdb), str(category.category), str(category.hector_category)) == ("Inventaire", "Portables", "Laptops")
    assert [str(name) for name in category.match_on or ()] == ["Série"]
    assert [(str(field.c2), field.hector) for field in category.fields] == [
        ("Fabricant", "subcategory.maker"),
        ("Série", "asset.attributes.Serial number"),
    ]


def test_the_reasons_stand_beside_the_fields_and_no_share_is_rounded_up() -> None:
    text = starting_rules(_offer(), HABITS)
    assert "{c2: Fabricant, hector: subcategory.maker}   # same name; 199 of 200 equal (99 %)\n" in text
    assert "Serial number}   # by the values; 8 of 8 equal (100 %)\n" in text
    assert "match_on: [Série]   # unique on both sides; values in common: 8\n" in text
    assert "# 12 CIs in C2's “Portables”, 9 assets in Hector's “Laptops”.\n" in text
    assert "# Hector fields without a mapping: asset.note (text)\n" in text
    assert "# C2 categories without a counterpart: Inventaire / Serveurs\n" in text


def test_a_doubtful_pair_is_a_comment() -> None:
    ties = (Tie(MAKER, MAKER_THERE, same_name=True, share=Share(10, 0, 0)),)
    text = starting_rules(_offer(ties=ties, match_on=()), HABITS)
    assert "# - {c2: Fabricant, hector: subcategory.maker}   # same name; 0 of 10 equal (0 %): the names agree" in text
    assert "# Map at least one of subcategory.maker" in text
    assert "# match_on: []" in text
    (category,) = read(text).categories
    assert (category.fields, category.match_on) == ((), None)


def test_nothing_in_common_gives_a_file_that_can_be_read() -> None:
    offer = replace(_offer(), suggestions=[], stockrooms=[])
    assert read(starting_rules(offer, HABITS)).categories == ()


def test_the_schema_is_named_where_it_is() -> None:
    first = starting_rules(_offer(), replace(HABITS, schema="sync.schema.json")).splitlines()[0]
    assert first == "# yaml-language-server: $schema=sync.schema.json"
    assert "$schema" not in starting_rules(_offer(), HABITS)


def test_what_shares_its_name_is_written_by_number_or_id() -> None:
    text = starting_rules(_offer(cmdbs=(CMDB, Cmdb("f2", "inventaire")), twins=(replace(PORTABLES, id="k2"),)), HABITS)
    (category,) = read(text).categories
    assert (category.cmdb.id, category.category.id) == ("f1", "k1")


def test_fields_that_share_their_names_are_written_by_number_and_key() -> None:
    own = Category("k1", "f1", "Portables", fields=(MAKER, c2_field("Fabricant", number=3, key="other")))
    twins = tuple(hector_field("asset.attributes.X", key=f"asset.attributes.{number}") for number in (1, 2))
    ties = (Tie(own.fields[1], twins[1], same_name=True, share=Share()),)
    offer = _offer(own=own, ties=ties, hector_fields=twins, match_on=())
    (field,) = read(starting_rules(offer, HABITS)).categories[0].fields
    assert (field.c2.number, field.hector) == (3, "asset.attributes.2")


ODD = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(["null", "No", "12", "1e5", "~", "a: b", "a #b", "- a", "{a}", "[a]", "'a'", '"a"', "a,b", "none", "true"]),
    st.sampled_from(["*a", "&a", "!a", "%a", "@a", "→", "A:", "2026-07-04", "Prix ($)"]),
    st.sampled_from(["A\nB", "A\tB", "A\u2028B", "A\x85B", "\ufeffA", "A\u200eB", "\U0001f600", "l'été"]),
)


@given(ODD)
def test_any_name_is_read_back_as_it_stands(name: str) -> None:
    name = "".join(ch for ch in name if ch != "\x00" and not 0xD800 <= ord(ch) <= 0xDFFF)
    if not name.strip():
        return
    own = Category("k1", "f1", name, fields=(c2_field(name, number=5, key="key"),))
    cmdb, there = Cmdb("f1", name), hector_field(f"asset.attributes.{name}", key="asset.attributes.9")
    hector, stockroom = replace(HECTOR_CATEGORIES[0], name=name), Stockroom(4, name)
    one = Suggestion(
        cmdb,
        own,
        hector,
        (there,),
        (Tie(own.fields[0], there, same_name=True, share=Share()),),
        (Key(own.fields[0], there, 1),),
        1,
        1,
    )
    offer = Offer([cmdb], {"f1": [own]}, [hector], [stockroom], [one], [(cmdb, own)], [hector])

    rules = read(starting_rules(offer, HABITS))

    (found,) = rules.categories
    assert find_cmdb(found.cmdb, [cmdb]) is cmdb
    assert find_category(found.category, [own]) is own
    assert find_hector_category(found.hector_category or Ref(), [hector]) is hector
    assert find_stockroom(rules.default_stockroom or Ref(), [stockroom]) is stockroom
    assert find_c2_field(found.fields[0].c2, own.fields) is own.fields[0]
    assert find_hector_field(found.fields[0].hector, found.place, [there]) is there
    assert [find_c2_field(key, own.fields) for key in found.match_on or ()] == [own.fields[0]]


@pytest.mark.parametrize(
    ("text", "written"), [("Date d'achat", "Date d'achat"), ("Mémoire (Go)", "Mémoire (Go)"), ("12", '"12"')]
)
def test_plain_names_stay_plain(text: str, written: str) -> None:
    assert scalar(text) == written


def test_comments_stay_on_their_line() -> None:
    assert comment("a\nb\u2028c") == "a b c"
    assert ref(Ref(id='a"b')) == '{id: "a\\"b"}'
