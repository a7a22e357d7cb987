from __future__ import annotations

from dataclasses import replace

import pytest
from rules_samples import (
    CMDBS,
    GOOD,
    HECTOR_CATEGORIES,
    HECTOR_FIELDS,
    PORTABLES,
    STOCKROOMS,
    c2_field,
    category,
    hector_field,
    read,
)

from syncsvc.domain.conventions import can_become
from syncsvc.domain.errors import Refusal
from syncsvc.domain.records import Category, Cmdb, Field, HectorCategory, Stockroom
from syncsvc.domain.rules import CategoryPair, CategoryRules, ConflictPolicy, Direction, Ref, WhenInactive, WhenRetired
from syncsvc.domain.values import Kind, fold
from syncsvc.planning.between import check_pairs
from syncsvc.planning.find import find_category, find_cmdb, find_hector_category, find_stockroom
from syncsvc.planning.resolve import resolve_category

MAKER = "{c2: Fabricant, hector: subcategory.maker}"


def _rules(direction: str, *fields: str, more: str = "", hector: str = "Laptops") -> CategoryRules:
    listed = ", ".join((MAKER, *fields))
    body = f"hector_category: {hector}\ndirection: {direction}\nfields: [{listed}]\n{more}\n"
    return read(category(body)).categories[0]


def _resolve(
    rules: CategoryRules,
    *,
    own: Category = PORTABLES,
    hector_fields: tuple[Field, ...] = HECTOR_FIELDS,
    default: Ref | None = Ref(name="entrepôt  PRINCIPAL"),  # noqa: B008 - frozen
) -> tuple[CategoryPair | None, tuple[Refusal, ...]]:
    return resolve_category(rules, CMDBS, [own], HECTOR_CATEGORIES, hector_fields, STOCKROOMS, default)


def test_where_no_name_is_near_each_thing_is_listed_once() -> None:
    found = find_cmdb(Ref(name="Qqqq"), CMDBS)
    assert isinstance(found, Refusal)
    assert found.hint == "There are: “Inventaire”, “Ancien”."
    near = find_cmdb(Ref(name="Inventor"), CMDBS)
    assert isinstance(near, Refusal)
    assert "“Inventory”" in near.hint


def test_fields_are_looked_for_though_the_other_category_is_misspelt() -> None:
    fields = ("{c2: Serie, hector: asset.note}", "{c2: Série, hector: asset.attributes.Serial nmber}")
    pair, refusals = _resolve(_rules("→", *fields, hector="Laptps"), hector_fields=())
    assert pair is None
    assert ["“Laptps”" in refusals[0].message, "“Serie”" in refusals[1].message, len(refusals)] == [True, True, 2]

    misspelt = replace(_rules("→", *fields), category=Ref(name="Portable"))
    pair, refusals = _resolve(misspelt)
    assert pair is None
    assert [said in refusal.message for said, refusal in zip(("“Portable”", "Serial nmber”"), refusals, strict=True)] == [
        True,
        True,
    ]


def _pair(rules: CategoryRules, **changes: object) -> CategoryPair:
    pair, refusals = _resolve(rules, **changes)  # type: ignore[arg-type] - keyword bag of a test
    assert refusals == ()
    assert pair is not None
    return pair


def _only(rules: CategoryRules, **changes: object) -> Refusal:
    pair, refusals = _resolve(rules, **changes)  # type: ignore[arg-type] - keyword bag of a test
    assert pair is None
    assert len(refusals) == 1, [refusal.message for refusal in refusals]
    return refusals[0]


# -- what comes out ------------------------------------------------------------------------------------------------------


def test_names_become_records_and_fields() -> None:
    pair = _pair(read(GOOD).categories[0])
    assert (pair.cmdb.id, pair.category.id, pair.hector_category.id) == ("f1", "k1", 1)
    assert [(m.c2.number, m.hector.key, m.direction) for m in pair.mappings] == [
        (1, "subcategory.maker", Direction.BOTH),
        (3, "asset.attributes.12", Direction.TO_HECTOR),
    ]
    assert pair.match_on == (1,)
    assert (pair.direction, pair.create, pair.stockroom) == (Direction.BOTH, Direction.BOTH, STOCKROOMS[0])


def test_everything_else_is_carried_over() -> None:
    more = "on_conflict: c2\nwhen_ci_inactive: retire\nwhen_asset_retired: deactivate\n"
    more += "guards: {max_creates: 3}\nignore_values: [ÇA  va]"
    pair = _pair(_rules("both", "{c2: Prix, hector: subcategory.price, on_conflict: newest}", more=more))
    assert [m.on_conflict for m in pair.mappings] == [ConflictPolicy.C2, ConflictPolicy.NEWEST]
    assert (pair.when_ci_inactive, pair.when_asset_retired) == (WhenInactive.RETIRE, WhenRetired.DEACTIVATE)
    assert pair.guards.max_creates == 3
    assert {"ça va", "to be filled by o.e.m.", "n/a", "0"} <= pair.ignored
    assert all(value == fold(value) for value in pair.ignored)


def test_names_count_in_either_language_whatever_their_case() -> None:
    text = GOOD.replace("cmdb: Inventaire", "cmdb: INVENTORY").replace("category: Portables", "category: laptops", 1)
    text = text.replace("c2: Fabricant", "c2: manufacturer").replace("[Série]", "[SÉRIE ]").replace("c2: Série", "c2: série")
    text = text.replace("Serial number", "SERIAL  number")
    assert _pair(read(text).categories[0]) == _pair(read(GOOD).categories[0])


def test_ids_and_numbers_count_as_names() -> None:
    text = GOOD.replace("cmdb: Inventaire", "cmdb: {id: F1}").replace("category: Portables", "category: {id: k1}", 1)
    text = text.replace("hector_category: Laptops", "hector_category: {number: 1}").replace("c2: Fabricant", "c2: {number: 1}")
    text = text.replace("asset.attributes.Serial number", "asset.attributes.12")
    assert _pair(read(text).categories[0]) == _pair(read(GOOD).categories[0])


@pytest.mark.parametrize(
    ("own", "field", "effective"),
    [
        ("→", "", Direction.TO_HECTOR),
        ("→", "→", Direction.TO_HECTOR),
        ("←", "", Direction.TO_C2),
        ("⇄", "", Direction.BOTH),
        ("⇄", "→", Direction.TO_HECTOR),
        ("⇄", "←", Direction.TO_C2),
        ("⇄", "⇄", Direction.BOTH),
    ],
)
def test_a_field_s_direction_follows_its_category(own: str, field: str, effective: Direction) -> None:
    said = f", direction: {field}" if field else ""
    pair = _pair(_rules(own, f"{{c2: Série, hector: asset.note{said}}}"))
    assert pair.mappings[1].direction is effective


def test_a_mapping_that_is_not_carried_over_is_dropped() -> None:
    pair = _pair(_rules("→", "{c2: Gone, hector: asset.gone, direction: none}".replace("asset.gone", "asset.note")))
    assert [m.name for m in pair.mappings] == ["Fabricant"]


def test_a_mapping_that_match_on_needs_stays_without_direction() -> None:
    parked = "{c2: Prix, hector: asset.title, direction: none}"
    serial = "{c2: Série, hector: asset.note, direction: none}"
    pair = _pair(_rules("→", parked, serial, more="match_on: [Série]"))
    assert [(m.name, m.direction) for m in pair.mappings] == [("Fabricant", Direction.TO_HECTOR), ("Série", Direction.NONE)]
    assert pair.match_on == (1,)


def test_match_on_keeps_its_order_and_says_each_once() -> None:
    pair = _pair(_rules("→", "{c2: Série, hector: asset.note}", more="match_on: [Série, Fabricant, Série]"))
    assert pair.match_on == (1, 0)
    assert _pair(_rules("→", more="match_on: none")).match_on == ()
    assert _pair(_rules("→")).match_on is None


@pytest.mark.parametrize(
    ("direction", "create", "result"), [("→", "", "→"), ("⇄", "", "⇄"), ("⇄", "←", "←"), ("←", "none", "none")]
)
def test_records_are_created_where_the_direction_goes_unless_narrowed(direction: str, create: str, result: str) -> None:
    more = f"create: {create}" if create else ""
    assert _pair(_rules(direction, more=more)).create == result


def test_a_category_without_direction_is_not_looked_at() -> None:
    rules = read(category("direction: none", name="Nowhere")).categories[0]
    assert _resolve(rules) == (None, ())


# -- names that lead nowhere ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says", "hint"),
    [
        ("cmdb: Inventaire", "cmdb: Inventair", "C2 has no CMDB called “Inventair”", "“Inventaire”"),
        ("category: Portables", "category: Portable", "C2's “Inventaire” has no category called “Portable”", "“Portables”"),
        ("category: Portables", "category: {id: zz}", "has no category with the id zz", "{id: k1} (Portables)"),
        ("Laptops", "Laptop", "Hector has no category called “Laptop”", "“Laptops”"),
        ("Laptops", "Xyz", "Hector has no category called “Xyz”", "“Laptops”, “Toner”, “Kits”"),
        ("Fabricant", "Fabriquant", "The C2 category has no field called “Fabriquant”", "“Fabricant”"),
        ("c2: Fabricant", "c2: Qqqq", "The C2 category has no field called “Qqqq”", "There are: “Fabricant”, “Modèle”"),
        ("c2: Fabricant", "c2: {number: 99}", "has no field with the number 99", "{number: 1} (Fabricant)"),
        (
            "attributes.Serial number",
            "attributes.Serial no",
            "has no field “asset.attributes.Serial no”",
            "“asset.attributes.Serial number”",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(old: str, new: str, says: str, hint: str) -> None:
    text = GOOD.replace(old, new, 1)
    found = _only(read(text).categories[0])
    assert says in found.message
    assert hint in found.hint
    line = 1 + text[: text.index(new)].count("\n")
    assert found.line == line
    assert found.column > 1


def test_several_unknown_names_are_refused_together() -> None:
    _, refusals = _resolve(read(GOOD.replace("Laptops", "X1").replace("Inventaire", "X2")).categories[0])
    assert len(refusals) == 2
    _, refusals = _resolve(_rules("→", "{c2: X3, hector: asset.attributes.X4}", "{c2: X5, hector: asset.note}"))
    assert len(refusals) == 3


def test_a_name_that_two_fields_share_is_refused_with_what_to_write() -> None:
    found = _only(_rules("→", "{c2: Double, hector: asset.note}"))
    assert "has 2 fields called “Double”" in found.message
    assert "{number: 11} or {number: 12}" in found.hint
    assert _pair(_rules("→", "{c2: {number: 12}, hector: asset.note}")).mappings[1].c2.key == "guid-double-b"


def test_a_custom_field_called_like_a_system_field_is_refused_with_what_to_write() -> None:
    own = replace(PORTABLES, fields=(*PORTABLES.fields, c2_field("Tags", number=40)))
    found = _only(_rules("→", "{c2: Tags, hector: asset.note}"), own=own)
    assert "{number: 40} or {id: Tags}" in found.hint
    assert _pair(_rules("→", "{c2: {id: Tags}, hector: asset.note}"), own=own).mappings[1].c2.key == "Tags"


def test_a_name_that_two_attributes_share_is_refused_with_what_to_write() -> None:
    found = _only(_rules("→", "{c2: Série, hector: asset.attributes.Twin}"))
    assert "2 fields of the Hector category are called “asset.attributes.Twin”" in found.message
    assert "“asset.attributes.15” or “asset.attributes.16”" in found.hint
    assert _pair(_rules("→", "{c2: Série, hector: asset.attributes.16}")).mappings[1].hector.key == "asset.attributes.16"


def test_a_name_that_two_records_share_is_refused_with_what_to_write() -> None:
    cmdbs = [Cmdb("a", "X"), Cmdb("b", "Y", ("x",))]
    found = find_cmdb(Ref(name="X"), cmdbs)
    assert isinstance(found, Refusal)
    assert (found.message, found.hint) == ("C2 has 2 CMDBs called “X”.", "Write {id: a} or {id: b} instead of the name.")
    categories = [Category("a", "f", "X"), Category("b", "f", "X")]
    found = find_category(Ref(name="x"), categories, cmdb="F")
    assert isinstance(found, Refusal)
    assert (found.message, found.path) == ("C2's “F” has 2 categories called “x”.", "F / x")
    found = find_hector_category(Ref(name="x"), [HectorCategory(1, "X", "serialized"), HectorCategory(2, "x", "lot")])
    assert isinstance(found, Refusal)
    assert "{number: 1} or {number: 2}" in found.hint
    stockrooms = [Stockroom(1, "X"), Stockroom(2, "x")]
    assert isinstance(find_stockroom(Ref(name="X"), stockrooms), Refusal)
    assert find_stockroom(Ref(id="2"), stockrooms) == stockrooms[1]
    assert find_stockroom(Ref(number=1), stockrooms) == stockrooms[0]


def test_nothing_is_found_by_an_empty_name() -> None:
    assert isinstance(find_cmdb(Ref(name=" "), [Cmdb("a", "")]), Refusal)
    found = find_cmdb(Ref(name="X"), [])
    assert isinstance(found, Refusal)
    assert found.hint == "There is none at all."


# -- what cannot be synchronised -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), [("Toner", "lot"), ("Kits", "kit")])
def test_lots_and_kits_are_refused(name: str, kind: str) -> None:
    found = _only(_rules("→", hector=name))
    assert f"Hector's “{name}” is of the type {kind}" in found.message


def test_what_is_inactive_in_c2_is_refused() -> None:
    assert "The category “Portables” is inactive" in _only(_rules("→"), own=replace(PORTABLES, is_active=False)).message
    rules = replace(_rules("→"), cmdb=Ref(name="Ancien"))
    assert "The CMDB “Ancien” is inactive" in _only(rules).message


def test_rules_that_were_not_read_from_a_file_are_checked_too() -> None:
    good = _rules("→")
    assert "None of Hector's maker" in _only(replace(good, fields=())).message
    assert "“hector_category” is missing" in _only(replace(good, hector_category=None)).message
    assert "“match_on” names “X”" in _only(replace(good, match_on=(Ref(name="X"),))).message


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("direction", ["→", "←", "⇄"])
def test_kinds_that_cannot_become_each_other_are_refused_in_the_mapping_s_directions(kind: Kind, direction: str) -> None:
    own = replace(PORTABLES, fields=(*PORTABLES.fields, c2_field("A", kind, number=50)))
    rules = _rules(direction, "{c2: A, hector: asset.end_of_life_date}")
    for other in Kind:
        _, refusals = _resolve(rules, own=own, hector_fields=(*HECTOR_FIELDS, hector_field("asset.end_of_life_date", other)))
        refused = direction in "→⇄" and not can_become(kind, other)
        refused_back = direction in "←⇄" and not can_become(other, kind)
        assert len(refusals) == refused + refused_back
        assert all("cannot be written into" in refusal.message and refusal.path.endswith("/ A") for refusal in refusals)


def test_a_refused_kind_says_what_would_be_possible() -> None:
    own = replace(PORTABLES, fields=(*PORTABLES.fields, c2_field("A", Kind.DATE, number=50)))
    found = _only(_rules("→", "{c2: A, hector: asset.attributes.Status}"), own=own)
    assert found.message == "C2's “A” (date) cannot be written into “asset.attributes.Status” (choice)."
    assert found.hint == "A date can become: text, date, date-time. The other way (←) is possible."


@pytest.mark.parametrize("said", ["none", "←"])
def test_a_match_on_mapping_has_to_be_comparable_in_hector_s_terms(said: str) -> None:
    def rules(c2: str, hector: str) -> CategoryRules:
        return _rules("←", f"{{c2: {c2}, hector: {hector}, direction: {said}}}", more=f"match_on: [{c2}]")

    assert "cannot be compared" in _only(rules("Achat", "asset.attributes.Status")).message
    assert _pair(rules("Statut", "asset.attributes.Under warranty") if said == "none" else rules("Prix", "asset.note"))


@pytest.mark.parametrize(
    ("direction", "field", "says"),
    [
        ("←", "{c2: Calculé, hector: asset.note}", "C2's “Calculé” is read-only"),
        ("←", "{c2: CINumber, hector: asset.note}", "C2's “CINumber” is read-only"),
        ("⇄", "{c2: Calculé, hector: asset.note}", "C2's “Calculé” is read-only"),
        ("←", "{c2: Étrange, hector: asset.note}", "C2's “Étrange” is of a kind that this service does not know"),
    ],
)
def test_a_mapping_to_a_field_that_cannot_be_written_is_refused(direction: str, field: str, says: str) -> None:
    found = _only(_rules(direction, field))
    assert says in found.message
    assert "→ or none" in found.hint


@pytest.mark.parametrize("name", ["Calculé", "CINumber", "Étrange"])
def test_a_field_that_cannot_be_written_may_be_read(name: str) -> None:
    assert _pair(_rules("→", f"{{c2: {name}, hector: asset.note}}"))


def test_a_read_only_hector_field_is_refused_where_it_is_written() -> None:
    fields = (*HECTOR_FIELDS, hector_field("asset.return_date", read_only=True))
    rules = "{c2: Série, hector: asset.return_date}"
    assert "Hector's “asset.return_date” is read-only" in _only(_rules("→", rules), hector_fields=fields).message
    assert _pair(_rules("←", rules), hector_fields=fields)


@pytest.mark.parametrize(
    ("direction", "first", "second"),
    [
        ("←", "{c2: Serial, hector: asset.note}", "{c2: Série, hector: asset.title}"),
        ("←", "{c2: {number: 3}, hector: asset.note}", "{c2: Série, hector: asset.title}"),
        ("→", "{c2: Série, hector: asset.attributes.12}", "{c2: Prix, hector: asset.attributes.Serial number}"),
        ("←", "{c2: {id: Name}, hector: asset.note}", "{c2: EnglishName, hector: asset.title}"),
        ("←", "{c2: FrenchName, hector: asset.note}", "{c2: {id: name}, hector: asset.title}"),
    ],
)
def test_one_field_named_in_two_ways_is_not_written_twice(direction: str, first: str, second: str) -> None:
    found = _only(_rules(direction, first, second))
    assert "writes already" in found.message


# -- required fields -----------------------------------------------------------------------------------------------------

REQUIRED_IN_C2 = replace(PORTABLES, fields=(*PORTABLES.fields, c2_field("Lieu", number=60, required=True)))
REQUIRED_IN_HECTOR = (
    *HECTOR_FIELDS,
    hector_field("subcategory.attributes.Class", required=True, key="subcategory.attributes.70"),
    hector_field("asset.attributes.Cost", required=True, key="asset.attributes.71"),
)
FILLED = ("{c2: Modèle, hector: subcategory.attributes.Class}", "{c2: Prix, hector: asset.attributes.Cost}")


@pytest.mark.parametrize("direction", ["←", "⇄"])
def test_a_required_c2_field_that_nothing_fills_is_refused(direction: str) -> None:
    found = _only(_rules(direction), own=REQUIRED_IN_C2)
    assert "C2 requires “Lieu”" in found.message
    assert "create:" in found.hint


def test_a_required_c2_field_that_is_filled_or_never_needed_is_fine() -> None:
    assert _pair(_rules("←", "{c2: Lieu, hector: asset.note}"), own=REQUIRED_IN_C2)
    assert _pair(_rules("←", more="create: none"), own=REQUIRED_IN_C2)
    assert _pair(_rules("⇄", more="create: →"), own=REQUIRED_IN_C2)
    assert _pair(_rules("→"), own=REQUIRED_IN_C2)


def test_a_required_c2_field_is_not_filled_by_a_mapping_that_only_reads_it() -> None:
    rules = _rules("⇄", "{c2: Lieu, hector: asset.note, direction: →}")
    assert "C2 requires “Lieu”" in _only(rules, own=REQUIRED_IN_C2).message


def test_the_name_of_a_ci_is_never_missing_nor_is_what_the_server_fills() -> None:
    fields = tuple(
        replace(field, required=True) if not field.is_custom or field.read_only else field for field in PORTABLES.fields
    )
    assert _pair(_rules("←"), own=replace(PORTABLES, fields=fields))


@pytest.mark.parametrize("direction", ["→", "⇄"])
def test_required_hector_attributes_that_nothing_fills_are_refused(direction: str) -> None:
    _, refusals = _resolve(_rules(direction), hector_fields=REQUIRED_IN_HECTOR)
    assert [refusal.message.split("“")[1].split("”")[0] for refusal in refusals] == [
        "subcategory.attributes.Class",
        "asset.attributes.Cost",
    ]


def test_required_hector_attributes_that_are_filled_or_never_needed_are_fine() -> None:
    assert _pair(_rules("→", *FILLED), hector_fields=REQUIRED_IN_HECTOR)
    assert _pair(_rules("→", more="create: none"), hector_fields=REQUIRED_IN_HECTOR)
    assert _pair(_rules("←"), hector_fields=REQUIRED_IN_HECTOR)


# -- stockrooms ----------------------------------------------------------------------------------------------------------


def test_new_assets_need_a_stockroom() -> None:
    assert "There is no stockroom for new assets" in _only(_rules("→"), default=None).message
    assert _pair(_rules("→", more="stockroom: École A"), default=None).stockroom == STOCKROOMS[1]
    assert _pair(_rules("→", more="stockroom: École A")).stockroom == STOCKROOMS[1]
    assert _pair(_rules("→")).stockroom == STOCKROOMS[0]


def test_an_unknown_stockroom_is_refused() -> None:
    found = _only(_rules("→", more="stockroom: École B"))
    assert "Hector has no stockroom called “École B”" in found.message
    assert "“École A”" in found.hint
    assert _only(_rules("→"), default=Ref(name="Nowhere")).path == "default_stockroom"


def test_a_stockroom_of_the_category_s_own_has_to_exist_even_where_no_asset_is_created() -> None:
    assert "no stockroom called “École B”" in _only(_rules("←", more="stockroom: École B")).message
    assert _pair(_rules("←", more="stockroom: École A")).stockroom is None


@pytest.mark.parametrize(("direction", "more"), [("←", ""), ("→", "create: none"), ("⇄", "create: ←")])
def test_where_no_asset_is_created_no_stockroom_is_needed(direction: str, more: str) -> None:
    assert _pair(_rules(direction, more=more), default=None).stockroom is None


# -- between categories --------------------------------------------------------------------------------------------------


def test_resolved_categories_that_are_the_same_are_refused() -> None:
    first, second = _rules("→"), replace(_rules("→"), category=Ref(name="Laptops"))
    pairs = [(first, _pair(first)), (second, _pair(second))]
    (found,) = check_pairs(pairs)
    assert "stands in the rules twice" in found.message
    assert check_pairs(pairs[:1]) == ()


def test_resolved_categories_that_would_create_cis_from_the_same_assets_are_refused() -> None:
    first, second = _rules("←"), replace(_rules("⇄"), hector_category=Ref(number=1), category=Ref(name="Autres"))
    other = replace(_pair(_rules("⇄")), category=replace(PORTABLES, id="k2", name="Autres"))
    (found,) = check_pairs([(first, _pair(first)), (second, other)])
    assert "would create CIs" in found.message
    to_hector = replace(other, create=Direction.TO_HECTOR)
    assert len(check_pairs([(first, _pair(first)), (second, to_hector)])) == 1
    assert check_pairs([(first, replace(_pair(first), create=Direction.NONE)), (second, to_hector)]) == ()


def test_resolved_categories_that_would_write_the_same_shared_field_are_refused() -> None:
    first = _rules("→", "{c2: Prix, hector: subcategory.price}")
    second = replace(first, hector_category=Ref(number=1), category=Ref(name="Autres"))
    other = replace(_pair(first), category=replace(PORTABLES, id="k2", name="Autres"))
    (found,) = check_pairs([(first, _pair(first)), (second, other)])
    assert "“subcategory.price”" in found.message
    elsewhere = replace(other, hector_category=replace(other.hector_category, id=9))
    assert check_pairs([(first, _pair(first)), (second, elsewhere)]) == ()
