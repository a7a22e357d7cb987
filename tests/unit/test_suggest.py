"""Which categories and fields seem to be the same: by names in two languages, and by the values that both systems hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from rules_samples import SYSTEM, c2_field, hector_field

from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.records import Category, Client, Cmdb, Field, HectorCategory
from syncsvc.domain.values import Kind, Value
from syncsvc.planning.alike import SAME, likeness
from syncsvc.planning.evidence import SAMPLE, Evidence, Table
from syncsvc.planning.suggest import Suggestion, pair_by_name, suggest

CONVENTIONS = Conventions(ZoneInfo("America/Toronto"), clients=Clients([Client("p1", "Élise Côté", "e@x.example")]))
CMDB, LAPTOPS = Cmdb("f1", "Inventaire"), HectorCategory(1, "Laptops", "serialized")


def _suggest(c2: dict[Field, list[Value]], hector: dict[Field, list[Value]]) -> Suggestion:
    """Suggest for two categories, given as columns."""
    category = Category("k1", "f1", "Portables", fields=tuple(c2))
    return suggest(CMDB, category, LAPTOPS, Evidence(_table(c2), _table(hector), CONVENTIONS))


def _table(columns: dict[Field, list[Value]]) -> Table:
    return Table(tuple(columns), list(zip(*columns.values(), strict=True)), CONVENTIONS)


def _pairs(suggestion: Suggestion) -> dict[str, str]:
    return {tie.c2.name: tie.hector.name for tie in suggestion.ties}


def _numbered(prefix: str, count: int, start: int = 0) -> list[Value]:
    return [f"{prefix}{number:04}" for number in range(start, start + count)]


# -- names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fabricant", "maker"),
        ("Manufacturer", "Marque"),
        ("N° de série", "Serial number"),
        ("NUMERO DE SERIE", "S/N"),
        ("Date d’achat", "acquisition_date"),
        ("Date de l'achat", "Purchase date"),
        ("Mémoire (Go)", "Memory (GB)"),
        ("Étiquette", "asset_tag"),
        ("Écrans", "Monitors"),
        ("Ordinateurs portables", "Laptops"),
        ("Adresse MAC", "MAC address"),
        ("Coût", "price"),
        ("Bornes Wi-Fi", "bornes wi fi"),
    ],
)
def test_names_of_one_thing_are_the_same_in_both_languages(one: str, other: str) -> None:
    assert likeness((one,), (other,)) >= SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [("Portables", "Printers"), ("Numéro de série", "Numéro de ligne"), ("Date d'achat", "Date de retour"), ("Nom", "Note")],
)
def test_names_of_different_things_are_not(one: str, other: str) -> None:
    assert likeness((one,), (other,)) < SAME


def test_any_of_a_thing_s_names_counts_and_none_says_nothing() -> None:
    assert likeness(("Xyz", "Laptops"), ("Portables",)) == 1
    assert likeness(("", "?!"), ("?!",)) == 0


def test_categories_are_paired_once_each_the_nearest_first() -> None:
    own = [Category("a", "f", "Ordinateur portable"), Category("b", "f", "Portables"), Category("c", "f", "Serveurs")]
    others = [HectorCategory(1, "Laptops", "serialized"), HectorCategory(2, "Servers", "serialized")]
    assert [(one.id, other.id) for one, other in pair_by_name(own, others)] == [("a", 1), ("c", 2)]


# -- values --------------------------------------------------------------------------------------------------------------

SERIAL, CODE = c2_field("Numéro de série", number=1), c2_field("Zzz", number=2)
MAKER, NOTE = hector_field("subcategory.maker"), hector_field("asset.note")
SHARED_NOTE = hector_field("subcategory.note")
SERIAL_THERE = hector_field("asset.attributes.Serial number", key="asset.attributes.1")
QQQ = hector_field("asset.attributes.Qqq", key="asset.attributes.2")


def test_fields_without_a_common_name_are_tied_by_equal_values() -> None:
    keys = _numbered("SN", 30)
    places: list[Value] = [f"Room {number % 7}" for number in range(30)]
    found = _suggest({SERIAL: keys, CODE: places}, {SERIAL_THERE: keys[::-1], QQQ: places[::-1]})
    assert _pairs(found) == {"Numéro de série": SERIAL_THERE.name, "Zzz": QQQ.name}
    by_values = found.ties[1]
    assert (by_values.same_name, by_values.share.compared, by_values.share.equal) == (False, 30, 30)


def test_two_yes_no_fields_that_agree_are_not_tied_by_that() -> None:
    keys, yes = _numbered("SN", 30), [True] * 30
    found = _suggest(
        {SERIAL: keys, c2_field("A", Kind.YES_NO, number=5): list(yes)},
        {SERIAL_THERE: keys, hector_field("asset.attributes.B", Kind.YES_NO, key="asset.attributes.5"): list(yes)},
    )
    assert _pairs(found) == {"Numéro de série": SERIAL_THERE.name}


def test_too_few_values_tie_nothing() -> None:
    keys = _numbered("SN", 4)
    found = _suggest({SERIAL: keys, CODE: _numbered("x", 4)}, {SERIAL_THERE: keys, QQQ: _numbered("x", 4)})
    assert "Zzz" not in _pairs(found)


def test_values_are_compared_as_a_sync_would() -> None:
    keys = _numbered("SN", 8)
    bought = datetime(2026, 7, 4, 4, tzinfo=UTC)
    found = _suggest(
        {
            SERIAL: keys,
            c2_field("Date d'achat", Kind.DATE_TIME, number=3): [bought] * 8,
            c2_field("Utilisateur", Kind.PERSON, number=4): ["p1"] * 8,
            c2_field("Prix", Kind.NUMBER, number=5): [Decimal("1649.004")] * 8,
        },
        {
            SERIAL_THERE: [f" {key}".lower() for key in keys if isinstance(key, str)],
            hector_field("asset.acquisition_date", Kind.DATE): [date(2026, 7, 4)] * 8,
            hector_field("asset.attributes.User", key="asset.attributes.9"): ["élise côté"] * 8,
            hector_field("subcategory.price", Kind.NUMBER, decimals=2): [Decimal(1649)] * 8,
        },
    )
    assert [tie.share.part for tie in found.ties] == [1.0] * 4


def test_the_same_name_with_other_values_is_no_more_than_a_proposal() -> None:
    keys = _numbered("SN", 10)
    maker = c2_field("Fabricant", number=7)
    found = _suggest({SERIAL: keys, maker: ["HP"] * 10}, {SERIAL_THERE: keys, MAKER: ["Lenovo"] * 10})
    assert {tie.c2.name: tie.doubt for tie in found.ties} == {
        "Fabricant": "the names agree, the values do not",
        "Numéro de série": "",
    }


def test_values_decide_between_two_fields_of_one_name() -> None:
    keys, words = _numbered("SN", 10), _numbered("remark", 10)
    note = c2_field("Remarques", number=8)
    other: list[Value] = ["Bought in bulk"] * 10
    assert _pairs(_suggest({SERIAL: keys, note: words}, {SERIAL_THERE: keys, SHARED_NOTE: words, NOTE: other}))["Remarques"] == (
        "subcategory.note"
    )
    empty: list[Value] = [None] * 10
    assert _pairs(_suggest({SERIAL: keys, note: empty}, {SERIAL_THERE: keys, SHARED_NOTE: empty, NOTE: empty}))["Remarques"] == (
        "asset.note"
    )


def test_system_fields_are_tied_by_their_values_only() -> None:
    keys = _numbered("SN", 10)
    names = _numbered("POR-", 10)
    title = hector_field("asset.attributes.Name", key="asset.attributes.8")
    columns = {field: list(names) if field.name == "Name" else [None] * 10 for field in SYSTEM}
    assert _pairs(_suggest({SERIAL: keys, **columns}, {SERIAL_THERE: keys, title: names}))["Name"] == title.name
    assert "Name" not in _pairs(_suggest({SERIAL: keys, **columns}, {SERIAL_THERE: keys, title: ["x"] * 10}))


def test_kinds_that_cannot_become_each_other_and_unknown_ones_are_never_tied() -> None:
    weight = hector_field("subcategory.weight", Kind.NUMBER)
    found = _suggest(
        {
            c2_field("Poids", Kind.DATE_TIME, number=3): [None],
            c2_field("Note", number=4, unknown_kind=True, read_only=True): ["x"],
        },
        {weight: [None], NOTE: ["x"]},
    )
    assert found.ties == ()
    assert [field.name for field in found.unmapped_c2] == ["Poids", "Note"]
    assert [field.name for field in found.unmapped_hector] == ["subcategory.weight", "asset.note"]


def test_a_read_only_field_is_no_more_than_a_proposal() -> None:
    found = _suggest({c2_field("Fabricant", number=3, read_only=True): ["HP"]}, {MAKER: ["HP"]})
    assert [tie.doubt for tie in found.ties] == ["read-only in C2: for → only"]


# -- what to match by ----------------------------------------------------------------------------------------------------

TAG, TAG_THERE = c2_field("Étiquette", number=6), hector_field("asset.asset_tag")
ADDRESS, ADDRESS_THERE = c2_field("Adresse IP", number=9), hector_field("asset.attributes.IP address", key="asset.attributes.3")


def test_fields_that_tell_records_apart_are_matched_by_the_best_known_first() -> None:
    keys, tags, addresses = _numbered("SN", 40), _numbered("T", 40), _numbered("10.0.", 40)
    found = _suggest(
        {TAG: tags, ADDRESS: addresses, SERIAL: [*keys[:35], *[None] * 5]},
        {TAG_THERE: tags, ADDRESS_THERE: addresses, SERIAL_THERE: keys},
    )
    assert [(key.c2.name, key.shared) for key in found.match_on] == [("Numéro de série", 35), ("Étiquette", 40)]


def test_a_field_whose_values_repeat_is_not_matched_by() -> None:
    keys = _numbered("SN", 40)
    repeating: list[Value] = [*keys[:34], *["SN0001"] * 6]
    assert _suggest({SERIAL: repeating}, {SERIAL_THERE: keys}).match_on == ()
    copied_once: list[Value] = [*keys[:39], "SN0001"]
    (key,) = _suggest({SERIAL: copied_once}, {SERIAL_THERE: keys}).match_on
    assert key.shared == 38  # neither record with the copied number can be told by it


def test_values_that_stand_for_nothing_do_not_count() -> None:
    keys = _numbered("SN", 40)
    filled: list[Value] = [*keys[:30], *["To be filled by O.E.M."] * 10]
    (key,) = _suggest({SERIAL: filled}, {SERIAL_THERE: filled}).match_on
    assert key.shared == 30


def test_without_common_values_nothing_is_matched_by() -> None:
    assert _suggest({SERIAL: _numbered("A", 20)}, {SERIAL_THERE: _numbered("B", 20)}).match_on == ()
    assert _suggest({SERIAL: []}, {SERIAL_THERE: []}).match_on == ()


def test_of_many_records_a_sample_from_the_whole_list_is_compared() -> None:
    keys = _numbered("SN", 4 * SAMPLE)
    (tie,) = _suggest({SERIAL: keys}, {SERIAL_THERE: keys}).ties
    assert SAMPLE / 2 < tie.share.compared <= SAMPLE
    evidence = Evidence(_table({SERIAL: keys}), _table({SERIAL_THERE: keys}), CONVENTIONS)
    assert evidence.pairs[-1][0][0] > keys[3 * SAMPLE]  # type: ignore[operator] - texts, all of them


def test_records_in_common_are_counted_by_the_field_that_tells_most() -> None:
    here = _table({SERIAL: _numbered("SN", 20), CODE: ["same"] * 20})
    assert here.in_common(_table({QQQ: _numbered("SN", 20, start=8)})) == 12
    assert here.in_common(_table({QQQ: ["same"] * 20})) == 0
