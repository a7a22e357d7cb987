"""What every C2 does for the engine: the client over the sandbox's HTTP, and the double in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from contract_places import SMALL_PAGE, C2Place

from syncsvc.domain.errors import ConversionError, RefusedError
from syncsvc.domain.records import ConfigurationItem, Field, NewCI
from syncsvc.domain.values import Kind, Unreadable, Value

NOBODY = "00000000-0000-4000-8000-000000000000"
JULY = datetime(2018, 7, 4, 4, tzinfo=UTC)
EVERYTHING = ("Fabricant", "Numéro de série", "Prix", "Achat", "Statut", "Utilisateur", "Couleur", "Remarques")


def filled(place: C2Place) -> dict[str, Value]:
    return {
        "Fabricant": "HP",
        "Numéro de série": "SN-1",
        "Prix": Decimal("1234.5"),
        "Achat": JULY,
        "Statut": "En prêt",
        "Utilisateur": place.marie,
        "Couleur": True,
        "Remarques": "une\ndeux",
    }


def read(place: C2Place, ci_id: str, *names: str) -> ConfigurationItem:
    (found,) = place.c2.cis_by_id(place.printers, place.fields(*names), [ci_id])
    return found


def new(place: C2Place, name: str, values: dict[str, Value]) -> NewCI:
    by_field = {place.field(field): value for field, value in values.items()}
    return NewCI(place.printers.cmdb_id, place.printers.id, place.printers.default_state_id, name, by_field)


# -- structure -----------------------------------------------------------------------------------------------------------


def test_cmdbs_have_their_names_in_both_languages(c2_place: C2Place) -> None:
    (cmdb,) = c2_place.c2.cmdbs()
    assert (cmdb.id, cmdb.name, cmdb.names, cmdb.is_active) == (c2_place.printers.cmdb_id, "Inventaire", ("Inventory",), True)


def test_a_category_lists_the_system_fields_before_its_own(c2_place: C2Place) -> None:
    categories = c2_place.c2.categories(c2_place.printers.cmdb_id)
    assert [category.name for category in categories] == ["Imprimantes", "Écrans"]
    fields = categories[0].fields
    assert [field.name for field in fields[:9]] == [
        *("Name", "EnglishName", "FrenchName", "EnglishDescription", "FrenchDescription", "Tags", "ExternalId"),
        *("CINumber", "SequenceNumber"),
    ]
    assert [field.name for field in fields[:9] if field.read_only] == ["CINumber", "SequenceNumber"]
    assert [field.name for field in fields[9:]] == [*EVERYTHING, "Figé"]
    assert categories[0].default_state_id
    assert c2_place.c2.categories(NOBODY) == []


def test_a_field_says_what_it_holds_and_how_much_of_it(c2_place: C2Place) -> None:
    kinds = {name: c2_place.field(name).kind for name in EVERYTHING}
    assert kinds == {
        "Fabricant": Kind.TEXT,
        "Numéro de série": Kind.TEXT,
        "Prix": Kind.NUMBER,
        "Achat": Kind.DATE_TIME,
        "Statut": Kind.CHOICE,
        "Utilisateur": Kind.PERSON,
        "Couleur": Kind.YES_NO,
        "Remarques": Kind.TEXT,
    }
    assert (c2_place.field("Fabricant").max_length, c2_place.field("Prix").decimals) == (10, 2)
    assert c2_place.field("Fabricant").names == ("Maker",)
    assert c2_place.field("Numéro de série").required
    assert not c2_place.field("Fabricant").required
    assert c2_place.field("Figé").read_only
    assert all(c2_place.field(name).is_custom and c2_place.field(name).number for name in EVERYTHING)


def test_a_list_field_offers_its_items_in_both_languages(c2_place: C2Place) -> None:
    options = c2_place.field("Statut").options
    assert [(option.label, option.labels) for option in options] == [
        ("En service", ("En service", "In service")),
        ("En prêt", ("En prêt", "On loan")),
    ]


def test_clients_are_listed_inactive_ones_too(c2_place: C2Place) -> None:
    found = {client.id: client for client in c2_place.c2.clients()}
    assert (found[c2_place.marie].full_name, found[c2_place.marie].email) == ("Marie Tremblay", "marie@example.org")
    assert [found[one].is_active for one in (c2_place.marie, c2_place.paul)] == [True, False]


# -- reading -------------------------------------------------------------------------------------------------------------


def test_every_kind_of_value_is_read_in_canonical_form(c2_place: C2Place) -> None:
    wanted = filled(c2_place)
    ci_id = c2_place.add("HP 4000", wanted)
    (ci,) = c2_place.c2.cis(c2_place.printers, c2_place.fields(*EVERYTHING, "Name"))
    assert (ci.id, ci.name, ci.category_id, ci.is_active, ci.is_read_only) == (
        ci_id,
        "HP 4000",
        c2_place.printers.id,
        True,
        False,
    )
    assert ci.values == (*(wanted[name] for name in EVERYTHING), "HP 4000")
    assert ci.number
    assert ci.modified_at is not None
    assert abs(ci.modified_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_nobody_filled_in_reads_as_empty_and_an_unset_checkbox_as_false(c2_place: C2Place) -> None:
    ci_id = c2_place.add("bare")
    ci = read(c2_place, ci_id, *EVERYTHING, "Tags", "ExternalId")
    assert ci.values == (None, "?", None, None, None, None, False, None, None, None)
    assert ci.absent == frozenset()


def test_values_come_in_the_order_asked_for(c2_place: C2Place) -> None:
    ci_id = c2_place.add("x", filled(c2_place))
    assert read(c2_place, ci_id, "Prix", "Fabricant").values == (Decimal("1234.5"), "HP")


def test_inactive_cis_are_listed_and_deleted_ones_are_not(c2_place: C2Place) -> None:
    active, inactive, deleted = c2_place.add("a"), c2_place.add("i", active=False), c2_place.add("d")
    c2_place.delete(deleted)
    found = {ci.id: ci.is_active for ci in c2_place.c2.cis(c2_place.printers, ())}
    assert found == {active: True, inactive: False}


def test_a_list_longer_than_a_page_comes_whole_and_only_this_category(c2_place: C2Place) -> None:
    ids = [c2_place.add(f"n{place}") for place in range(2 * SMALL_PAGE)]
    c2_place.add_in(c2_place.screens, "elsewhere")
    assert [ci.id for ci in c2_place.c2.cis(c2_place.printers, ())] == ids


def test_what_changed_since_then_is_among_what_is_read(c2_place: C2Place) -> None:
    c2_place.add("old")
    changed = c2_place.add("new")
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert changed in [ci.id for ci in c2_place.c2.cis(c2_place.printers, (), modified_since=since)]
    assert c2_place.c2.cis(c2_place.printers, (), modified_since=since + timedelta(days=1)) == []


def test_reading_by_id_gives_these_cis_only_wherever_they_are(c2_place: C2Place) -> None:
    here, other, moved, deleted = (c2_place.add(name) for name in "homd")
    c2_place.move(moved, c2_place.screens)
    c2_place.delete(deleted)
    found = c2_place.c2.cis_by_id(c2_place.printers, c2_place.fields("Fabricant"), [moved, here, deleted, NOBODY, here])
    assert {ci.id: ci.category_id for ci in found} == {here: c2_place.printers.id, moved: c2_place.screens.id}
    assert other not in {ci.id for ci in found}


def test_a_field_that_a_moved_ci_has_no_more_reads_as_empty_and_is_named_absent(c2_place: C2Place) -> None:
    ci_id = c2_place.add("m", filled(c2_place))
    c2_place.move(ci_id, c2_place.screens)
    ci = read(c2_place, ci_id, "Name", "Fabricant")
    assert (ci.values, ci.absent) == (("m", None), {1})


def test_more_ids_than_fit_into_a_page_are_all_found(c2_place: C2Place) -> None:
    ids = [c2_place.add(f"n{place}") for place in range(2 * SMALL_PAGE + 1)]
    assert {ci.id for ci in c2_place.c2.cis_by_id(c2_place.printers, (), ids)} == set(ids)
    assert c2_place.c2.cis_by_id(c2_place.printers, (), []) == []


def test_a_ci_is_found_by_its_number_wherever_it_is(c2_place: C2Place) -> None:
    ids = [c2_place.add(f"n{place}", active=place > 0) for place in range(2 * SMALL_PAGE)]
    moved = ids[3]
    c2_place.move(moved, c2_place.screens)
    for ci_id in (ids[0], moved, ids[-1]):
        number = read(c2_place, ci_id).number
        for written in (number, number.lstrip("0"), f" {number}"):
            found = c2_place.c2.ci_by_number(written)
            assert found is not None
            assert (found.id, found.number, found.values) == (ci_id, number, ())
    found = c2_place.c2.ci_by_number(read(c2_place, moved).number)
    assert found is not None
    assert (found.category_id, found.is_active) == (c2_place.screens.id, True)


def test_a_number_that_no_ci_has_finds_none(c2_place: C2Place) -> None:
    deleted = c2_place.add("d")
    number = read(c2_place, deleted).number
    c2_place.delete(deleted)
    assert [c2_place.c2.ci_by_number(asked) for asked in (number, "424242", "x", "", "0")] == [None] * 5


# -- creating ------------------------------------------------------------------------------------------------------------


def test_a_ci_is_created_with_its_values(c2_place: C2Place) -> None:
    wanted = filled(c2_place)
    made = c2_place.c2.create_ci(new(c2_place, "HP 4000", wanted), c2_place.fields(*EVERYTHING))
    assert made.values == tuple(wanted[name] for name in EVERYTHING)
    assert (made.name, made.category_id, made.is_active) == ("HP 4000", c2_place.printers.id, True)
    whole = read(c2_place, made.id, *EVERYTHING, "Name", "EnglishName", "FrenchName")
    assert whole.values == (*(wanted[name] for name in EVERYTHING), "HP 4000", "HP 4000", "HP 4000")
    assert whole.number == made.number != ""


def test_the_answer_to_a_creation_names_the_fields_it_says_nothing_of(c2_place: C2Place) -> None:
    names = ("Name", "Numéro de série", "Tags", "CINumber")
    made = c2_place.c2.create_ci(new(c2_place, "x", {"Numéro de série": "SN-1", "Tags": "t"}), c2_place.fields(*names))
    assert made.absent == {0, 2}
    assert [value is None for value in made.values] == [True, False, True, False]
    assert read(c2_place, made.id, *names).values == ("x", "SN-1", "t", made.number)


def test_a_ci_without_its_required_field_is_refused_and_not_made(c2_place: C2Place) -> None:
    with pytest.raises(RefusedError) as refused:
        c2_place.c2.create_ci(new(c2_place, "x", {"Fabricant": "HP"}), ())
    assert not refused.value.may_have_been_done
    assert c2_place.c2.cis(c2_place.printers, ()) == []


# -- updating ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_written_field_is_answered_with_and_read_back(c2_place: C2Place, name: str) -> None:
    ci_id = c2_place.add("x")
    wanted = filled(c2_place)[name]
    answered = c2_place.c2.update_ci(ci_id, c2_place.field(name), wanted, c2_place.fields(name, "Name"))
    assert answered.values == (wanted, "x")
    assert (answered.id, answered.absent) == (ci_id, frozenset())
    assert read(c2_place, ci_id, name).values == (wanted,)


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name != "Numéro de série"])
def test_none_empties_a_field_and_unchecks_a_box(c2_place: C2Place, name: str) -> None:
    ci_id = c2_place.add("x", filled(c2_place))
    answered = c2_place.c2.update_ci(ci_id, c2_place.field(name), None, c2_place.fields(name))
    assert answered.values == (False if name == "Couleur" else None,)
    untouched = [other for other in EVERYTHING if other != name]
    assert read(c2_place, ci_id, *untouched).values == tuple(filled(c2_place)[other] for other in untouched)


def test_what_a_field_cannot_hold_is_cut_and_rounded_and_the_answer_says_so(c2_place: C2Place) -> None:
    ci_id = c2_place.add("x")
    fields = c2_place.fields("Fabricant", "Prix")
    c2_place.c2.update_ci(ci_id, fields[0], "Hewlett-Packard", fields)
    assert c2_place.c2.update_ci(ci_id, fields[1], Decimal("1.239"), fields).values == ("Hewlett-Pa", Decimal("1.24"))


def test_a_name_is_written_in_both_languages(c2_place: C2Place) -> None:
    ci_id = c2_place.add("old")
    names = c2_place.fields("Name", "EnglishName", "FrenchName", "Tags")
    answered = c2_place.c2.update_ci(ci_id, names[0], "neuf", names)
    assert (answered.values, answered.name) == (("neuf", "neuf", "neuf", None), "neuf")


def test_system_properties_are_written(c2_place: C2Place) -> None:
    ci_id = c2_place.add("x")
    fields = c2_place.fields("Tags", "ExternalId", "FrenchDescription")
    for field in fields:
        c2_place.c2.update_ci(ci_id, field, field.name.upper(), fields)
    assert read(c2_place, ci_id, *(field.name for field in fields)).values == ("TAGS", "EXTERNALID", "FRENCHDESCRIPTION")


def test_activity_is_written_and_answered(c2_place: C2Place) -> None:
    ci_id = c2_place.add("x", {"Fabricant": "HP"})
    off = c2_place.c2.set_active(ci_id, active=False, fields=c2_place.fields("Fabricant"))
    assert (off.is_active, off.values) == (False, ("HP",))
    assert c2_place.c2.set_active(ci_id, active=True, fields=()).is_active
    assert read(c2_place, ci_id).is_active


def test_emptying_a_required_field_is_refused_and_changes_nothing(c2_place: C2Place) -> None:
    ci_id = c2_place.add("x", {"Numéro de série": "SN-1"})
    with pytest.raises(RefusedError) as refused:
        c2_place.c2.update_ci(ci_id, c2_place.field("Numéro de série"), None, ())
    assert not refused.value.may_have_been_done
    assert read(c2_place, ci_id, "Numéro de série").values == ("SN-1",)


def test_writing_to_a_ci_that_is_gone_is_refused(c2_place: C2Place) -> None:
    ci_id = c2_place.add("x")
    c2_place.delete(ci_id)
    with pytest.raises(RefusedError):
        c2_place.c2.update_ci(ci_id, c2_place.field("Fabricant"), "HP", ())


@pytest.mark.parametrize(
    ("name", "value"), [("Statut", "Perdu"), ("Figé", "x"), ("CINumber", "7"), ("Prix", Unreadable("12,3,4"))]
)
def test_what_cannot_be_written_is_not_even_asked_for(c2_place: C2Place, name: str, value: Value) -> None:
    ci_id = c2_place.add("x")
    before = c2_place.c2.requests
    with pytest.raises(ConversionError):
        c2_place.c2.update_ci(ci_id, c2_place.field(name), value, ())
    assert c2_place.c2.requests == before


def test_several_threads_may_ask_at_once(c2_place: C2Place) -> None:
    ids = [c2_place.add(f"n{place}") for place in range(12)]
    field = c2_place.field("Fabricant")

    def write(ci_id: str) -> Value:
        return c2_place.c2.update_ci(ci_id, field, ci_id[-6:], [field]).values[0]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(write, ids)) == [ci_id[-6:] for ci_id in ids]
    assert [ci.values for ci in c2_place.c2.cis(c2_place.printers, [field])] == [(ci_id[-6:],) for ci_id in ids]


def test_requests_are_counted(c2_place: C2Place) -> None:
    before = c2_place.c2.requests
    c2_place.c2.cmdbs()
    assert c2_place.c2.requests == before + 1


def test_every_field_is_hashable_by_its_key(c2_place: C2Place) -> None:
    fields: set[Field] = set(c2_place.printers.fields)
    assert len(fields) == len(c2_place.printers.fields)
