from __future__ import annotations

import contextlib
import itertools
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from value_samples import (
    DE_DE,
    EN_CA,
    FR_CA,
    STATUS,
    ZONES,
    C,
    D,
    M,
    N,
    P,
    T,
    Y,
    become,
    canonical,
    field,
    kinds,
    moments,
    numbers,
    tenants,
    texts,
    values,
)

from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions, can_become
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.match_key import MatchKey
from syncsvc.domain.records import Client
from syncsvc.domain.values import (
    MAX_DIGITS,
    Kind,
    Option,
    Unreadable,
    Value,
    any_same,
    clean_number,
    clean_text,
    decode,
    encode,
    find_option,
    fold,
    is_unknown,
    parse_plain_number,
    plain,
    same,
    stored_forms,
)

# -- canonical forms -----------------------------------------------------------------------------------------------------


@given(texts)
@example("e\u0301\r\n \r x ")
@example("\u212b")
def test_cleaning_a_text_twice_is_cleaning_it_once(text: str) -> None:
    clean = clean_text(text)
    assert clean is None or (clean == clean_text(clean) == clean.strip() and "\r" not in clean)


def test_a_text_has_one_form() -> None:
    assert clean_text("  Cafe\u0301\r\nnoir\rfort \u00a0") == "Café\nnoir\nfort"
    assert clean_text(" \r\n\t") is None
    assert clean_text("") is None


@given(texts)
@example("ΣΊΣΥΦΟΣ \u0345")
@example("İ\u0307")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(clean_text(text)) == fold(text)


def test_folding_forgets_case_spaces_and_unicode_form() -> None:
    assert fold(" STRASSE\u00a0 12\n") == fold("straße 12") == "strasse 12"
    assert fold("E\u0301COLE") == fold("École")
    assert fold("Écran") != fold("Ecran")
    assert fold(None) == ""


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_cleaning_a_number_keeps_its_worth_exactly(number: Decimal) -> None:
    clean = clean_number(number)
    if isinstance(clean, Decimal):
        assert clean == number
        assert clean_number(clean).as_tuple() == clean.as_tuple()  # type: ignore[union-attr] - a number by then


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("123.450000", "123.45"),
        ("12", "12"),
        ("1E+3", "1000"),
        ("-0.0", "0"),
        ("0.1", "0.1"),
        ("0.12345678901234567890123456789012345", "0.12345678901234567890123456789012345"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        ("1000000000000000000000000000000", "1000000000000000000000000000000"),
    ],
)
def test_a_number_has_one_form_and_loses_no_digit(written: str, shown: str) -> None:
    number = parse_plain_number(written)
    assert plain(number) == shown
    assert plain(parse_plain_number(shown)) == shown


@pytest.mark.parametrize(
    "text", ["", "x", "NaN", "sNaN", "Infinity", "1e999999", "1E-999", "9" * 41, "9" * 1_000_000, "1,5", "--1"]
)
def test_what_is_no_number_is_unreadable(text: str) -> None:
    assert isinstance(parse_plain_number(text), Unreadable)


@given(values)
@example("t")
@example(Decimal("1E-40"))
@example(datetime(1, 1, 1, tzinfo=UTC))
def test_what_is_encoded_is_decoded_to_the_same(value: Value) -> None:
    back = decode(encode(value))
    assert same(back, value)
    assert type(back) is type(value)


def test_encoded_values_of_different_kinds_differ() -> None:
    some: list[Value] = [None, "1", Decimal(1), True, date(2018, 7, 4), "2018-07-04", "True", "", Unreadable("1"), False]
    assert len({encode(value) for value in some}) == len(some)


@given(texts | st.sampled_from(["nabc", "b2", "b", "n", "d2018", "z2018", "x", "dx", "nsNaN1x"]))
def test_what_was_not_encoded_is_a_value_error_at_worst(text: str) -> None:
    with contextlib.suppress(ValueError):
        decode(text)


@pytest.mark.parametrize("text", ["nabc", "b2", "dx", "zx", "q", ""])
def test_what_was_not_encoded_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode(text)


def test_true_is_not_the_number_one() -> None:
    assert not same(True, Decimal(1))  # noqa: FBT003 - the value is the point
    assert not same(False, Decimal(0))  # noqa: FBT003 - as above
    assert same(Decimal("1.0"), Decimal(1))
    assert not same(date(2018, 7, 4), datetime(2018, 7, 4, tzinfo=UTC))
    assert any_same(None, ["x", None])
    assert not any_same(True, [Decimal(1), "True"])  # noqa: FBT003 - as above


@given(values, values)
def test_equality_is_symmetric_and_agrees_with_the_encoding(left: Value, right: Value) -> None:
    assert same(left, right) == same(right, left) == (encode(left) == encode(right))


def test_what_says_nothing_on_a_first_meeting() -> None:
    assert is_unknown(None, is_c2=True)
    assert is_unknown(None, is_c2=False)
    unticked: Value = False
    assert is_unknown(unticked, is_c2=True)
    assert not is_unknown(unticked, is_c2=False)
    assert not is_unknown(Decimal(0), is_c2=True)


# -- what a system keeps -------------------------------------------------------------------------------------------------


@given(texts.map(clean_text).filter(bool), st.integers(0, 40))
def test_the_forms_of_a_cut_text_fit_and_begin_alike(text: str, length: int) -> None:
    for form in stored_forms(text, Kind.TEXT, max_length=length):
        assert form is None or (isinstance(form, str) and len(form) <= length and text.startswith(form))
    if 2 * len(text) <= length:
        assert stored_forms(text, Kind.TEXT, max_length=length) == (text,)


def test_systems_count_line_ends_and_characters_in_several_ways() -> None:
    assert stored_forms("ab\ncd", Kind.TEXT, max_length=4) == ("ab\nc", "ab")
    assert stored_forms("a😀b", Kind.TEXT, max_length=3) == ("a😀b", "a😀")
    assert stored_forms("abc  def", Kind.TEXT, max_length=5) == ("abc",)
    assert stored_forms("abc", Kind.CHOICE, max_length=1) == ("abc",)


@given(numbers, st.integers(0, 6))
def test_the_forms_of_a_rounded_number_are_as_near_as_can_be(number: Decimal, decimals: int) -> None:
    step = Decimal(1).scaleb(-decimals)
    for form in stored_forms(number, Kind.NUMBER, decimals=decimals):
        assert isinstance(form, Decimal)
        assert abs(form - number) * 2 <= step
        assert stored_forms(form, Kind.NUMBER, decimals=decimals) == (form,)


def test_systems_round_halves_up_or_to_even() -> None:
    assert stored_forms(Decimal("2.345"), Kind.NUMBER, decimals=2) == (Decimal("2.35"), Decimal("2.34"))
    assert stored_forms(Decimal("2.344"), Kind.NUMBER, decimals=2) == (Decimal("2.34"),)
    assert stored_forms(Decimal("2.5"), Kind.NUMBER, decimals=0) == (Decimal(3), Decimal(2))
    assert stored_forms(Decimal("2.345"), Kind.NUMBER) == (Decimal("2.345"),)


@pytest.mark.parametrize("decimals", [-1000, -3, 2, 30, 80, 1_000_000])
def test_no_number_is_too_long_to_be_rounded(decimals: int) -> None:
    longest = clean_number(Decimal("7" * (MAX_DIGITS - 1) + ".5"))
    assert isinstance(longest, Decimal)
    assert stored_forms(longest, Kind.NUMBER, decimals=decimals)


def test_options_are_found_by_label_in_any_language_active_ones_first() -> None:
    assert find_option(STATUS, " ON  loan ") is STATUS[1]
    assert find_option(STATUS, "remisé") is STATUS[5]
    again = Option("7", "REMISÉ")
    assert find_option((*STATUS, again), "remisé") is again
    assert find_option(STATUS, "nowhere") is None


def test_an_option_with_the_label_of_its_own_goes_before_one_that_is_called_so_in_another_language() -> None:
    portatif = Option("1", "Portatif", ("Portatif", "Portable"))
    portable = Option("2", "Portable", ("Portable", "Laptop"))
    for options in ((portatif, portable), (portable, portatif)):
        assert find_option(options, "portable") is portable
        assert find_option(options, "PORTATIF") is portatif
    gone = replace(portable, is_active=False)
    assert find_option((gone, portatif), "portable") is portatif, "one that is offered goes before one that is not"
    assert find_option((replace(portatif, is_active=False), gone), "portable") is gone


# -- kinds: every cell of the table --------------------------------------------------------------------------------------

DAY, MIDNIGHT, NOON = date(2018, 7, 4), datetime(2018, 7, 4, 4, tzinfo=UTC), datetime(2018, 7, 4, 16, tzinfo=UTC)
CELLS: dict[Kind, dict[Kind, list[tuple[Value, Value]]]] = {
    T: {
        T: [("abc", "abc")],
        N: [("1 234,56 $", Decimal("1234.56"))],
        Y: [("Oui", True), ("no", False)],
        D: [("2018-07-04", DAY), ("04/07/2018", DAY), ("2018/07/04", DAY), ("2018-07-04T12:00:00-04:00", DAY)],
        M: [("2018-07-04", MIDNIGHT), ("2018-07-04T12:00", NOON), ("2018-07-04 16:00:00Z", NOON)],
        C: [("in SERVICE", "En service")],
        P: [("marie tremblay", "id-marie"), ("LUC@erables.example", "id-luc")],
    },
    N: {T: [(Decimal("1234.5"), "1234.5")], N: [(Decimal("0.1"), Decimal("0.1"))], C: [(Decimal(42), "42")]},
    Y: {T: [(True, "oui"), (False, "non")], Y: [(True, True), (False, False)], C: [(True, "oui")]},
    D: {T: [(DAY, "2018-07-04")], D: [(DAY, DAY)], M: [(DAY, MIDNIGHT)]},
    M: {T: [(MIDNIGHT, "2018-07-04"), (NOON, "2018-07-04T12:00:00-04:00")], D: [(MIDNIGHT, DAY), (NOON, DAY)], M: [(NOON, NOON)]},
    C: {
        T: [("En prêt", "En prêt")],
        N: [("42", Decimal(42))],
        Y: [("oui", True)],
        D: [("2018-07-04", DAY)],
        M: [("2018-07-04", MIDNIGHT)],
        C: [("On loan", "En prêt")],
    },
    P: {T: [("id-marie", "Marie Tremblay")], P: [("id-marie", "id-marie")]},
}


@pytest.mark.parametrize("origin", list(Kind))
def test_every_cell_of_the_table(origin: Kind) -> None:
    for target in Kind:
        cells = CELLS[origin].get(target)
        assert can_become(origin, target) == (cells is not None)
        for value, result in cells or ():
            assert same(become(value, origin, target), result), (target, value)


@pytest.mark.parametrize("origin", list(Kind))
def test_what_the_table_excludes_is_refused(origin: Kind) -> None:
    value = CELLS[origin][origin][0][0]
    for target in set(Kind) - CELLS[origin].keys():
        with pytest.raises(ConversionError, match="cannot be written into “Cible”"):
            become(value, origin, target)


@given(kinds, kinds)
def test_empty_stays_empty(origin: Kind, target: Kind) -> None:
    assert become(None, origin, target) is None


def test_an_empty_value_unticks_a_c2_checkbox() -> None:
    box = field(Y, definition_type=8)
    assert FR_CA.convert(None, field(T), box) is False
    assert FR_CA.convert(None, field(T), field(Y)) is None
    assert FR_CA.stored(None, box) == (False,)
    assert FR_CA.in_order(None, field(Y), False, box)  # noqa: FBT003 - the value is the point


@given(kinds, kinds, values, tenants, st.none() | st.integers(0, 300))
def test_whatever_is_converted_ends_in_a_value_of_its_kind_or_a_conversion_error(
    origin: Kind, target: Kind, value: Value, tenant: Conventions, length: int | None
) -> None:
    if isinstance(value, bool) != (origin is Y) and value is not None:
        assume(isinstance(value, Unreadable) or origin in {T, C, P})
    assume(_is_of(value, origin) or isinstance(value, Unreadable))
    try:
        result = tenant.convert(value, field(origin), field(target, max_length=length))
    except ConversionError as error:
        assert error.message  # noqa: PT017 - that it is no other error is the point
    else:
        assert result is None or _is_of(result, target)


def _is_of(value: Value, kind: Kind) -> bool:
    types: dict[Kind, Callable[[Value], bool]] = {
        N: lambda it: isinstance(it, Decimal),
        Y: lambda it: isinstance(it, bool),
        D: lambda it: isinstance(it, date) and not isinstance(it, datetime),
        M: lambda it: isinstance(it, datetime) and it.tzinfo is UTC,
    }
    return types.get(kind, lambda it: isinstance(it, str))(value)


HOSTILE = [
    *("0001-01-01", "9999-12-31", "0001-01-01T00:00Z", "9999-12-31T23:59:59-12:00", "2018-02-30", "2018-07-04T25:00"),
    *("2018-07-04T10:00+99:99", "00/00/0000", "31/31/2018", "٠٤/٠٧/٢٠١٨", "۱۲۳", "1" * 100_000, "," * 1000, "a" * 1_000_000),
    *("$", "-", "+", ".", "1e5", "0x10", "1__2", "\ud800", "\x00", "{}", "%s", "\\", "NaN", "-inf"),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_texts_end_in_a_value_or_a_conversion_error(text: str) -> None:
    for tenant in (FR_CA, EN_CA, DE_DE, replace(FR_CA, time_zone=ZoneInfo("Pacific/Kiritimati"))):
        for target in set(Kind) - {T}:
            with contextlib.suppress(ConversionError):
                assert _is_of(tenant.convert(text, field(T), field(target)), target)


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_time_end_in_a_value_or_a_conversion_error(moment: datetime) -> None:
    for zone, (origin, value) in itertools.product(ZONES, ((M, moment), (D, moment.date()))):
        tenant = replace(FR_CA, time_zone=ZoneInfo(zone))
        assert tenant.shown(value, field(origin))
        for target in (T, D, M):
            with contextlib.suppress(ConversionError):
                tenant.convert(value, field(origin), field(target))
        assert tenant.in_order(value, field(origin), value, field(origin))
        tenant.in_order(value, field(origin), DAY, field(D))
        MatchKey(field(origin), field(T), tenant).of(value, field(origin))


def test_an_unreadable_value_goes_nowhere() -> None:
    odd = Unreadable("12,,5")
    with pytest.raises(ConversionError, match="“Origine” holds “12,,5”, which is no number"):
        become(odd, N, T)
    assert not FR_CA.in_order(odd, field(N), odd, field(N))
    assert not MatchKey(field(T), field(T), FR_CA).of(odd, field(T))
    assert FR_CA.shown(odd, field(N)) == "12,,5"


# -- numbers -------------------------------------------------------------------------------------------------------------

BLANKS = [" ", "\u00a0", "\u202f", "\u2009", "\u2007", "\u3000", "\t"]


@pytest.mark.parametrize("blank", BLANKS)
def test_a_canadian_amount_is_read_with_every_kind_of_blank(blank: str) -> None:
    for text in (f"1{blank}234,56{blank}$", f"{blank}1{blank}234,56$", f"1{blank}234.56 CAD", f"1234,56{blank}€"):
        assert become(text, T, N) == Decimal("1234.56")
    assert become(f"\u22121{blank}234{blank}567,5", T, N) == Decimal("-1234567.5")


@pytest.mark.parametrize(
    ("tenant", "text", "number"),
    [
        (FR_CA, "0,1", "0.1"),
        (FR_CA, ",5", "0.5"),
        (FR_CA, "1'234", "1234"),
        (FR_CA, "1.234", "1.234"),
        (FR_CA, "12345678,90", "12345678.9"),
        (FR_CA, "12 345,6", "12345.6"),
        (FR_CA, "1 234 567", "1234567"),
        (FR_CA, "-$5", "-5"),
        (FR_CA, "$ -5", "-5"),
        (FR_CA, "- 1 234,56 $ CAD", "-1234.56"),
        (EN_CA, "CAD $1,234.56", "1234.56"),
        (EN_CA, "1 234.5", "1234.5"),
        (EN_CA, "$1,234.56", "1234.56"),
        (EN_CA, "1,234", "1234"),
        (EN_CA, "1,234,567", "1234567"),
        (DE_DE, "1.234,56 €", "1234.56"),
        (DE_DE, "1.234", "1234"),
        (DE_DE, "1.234.567", "1234567"),
        (DE_DE, "0.125", "0.125"),
        (DE_DE, "0,125", "0.125"),
        (DE_DE, "1234.56", "1234.56"),
    ],
)
def test_a_number_is_read_as_people_of_the_locale_write_it(tenant: Conventions, text: str, number: str) -> None:
    assert become(text, T, N, tenant) == Decimal(number)


@pytest.mark.parametrize(
    ("tenant", "text"),
    [
        (FR_CA, "1,234.56"),
        (FR_CA, "1,2,3"),
        (FR_CA, "12 Go"),
        (FR_CA, "10 %"),
        (FR_CA, ""),
        (FR_CA, "١٢"),
        (FR_CA, "2€50"),
        (FR_CA, "12$50"),
        (FR_CA, "2 USD 5"),
        (FR_CA, "5 10"),
        (FR_CA, "12 34"),
        (FR_CA, "1 2 3"),
        (FR_CA, "2024 05 01"),
        (FR_CA, "1 234 ,5"),
        (FR_CA, "1 234,56 7"),
        (FR_CA, "1  234"),
        (FR_CA, "12\n34"),
        (FR_CA, "12\n345"),
        (FR_CA, "1\u2028234"),
        (FR_CA, "-+5"),
        (FR_CA, "$"),
        (EN_CA, "1.234,56"),
        (EN_CA, "1,5"),
        (EN_CA, "12,34"),
        (DE_DE, "1,234.5"),
        (DE_DE, "12.34.56"),
    ],
)
def test_what_people_of_the_locale_do_not_write_is_no_number(tenant: Conventions, text: str) -> None:
    with pytest.raises(ConversionError, match="is not a number, as “Cible” needs"):
        become(text or " ", T, N, tenant)


@given(tenants, numbers)
@example(FR_CA, Decimal("0.1"))
@example(DE_DE, Decimal("0.125"))
@example(DE_DE, Decimal("1234.567"))
@example(EN_CA, Decimal("-1E-30"))
def test_a_number_survives_being_written_as_text(tenant: Conventions, number: Decimal) -> None:
    text = become(number, N, T, tenant)
    assert isinstance(text, str)
    # Where a dot parts thousands, “1.234” is what people write for 1234: they are believed.
    whole, _, fraction = text.lstrip("-").partition(".")
    assume(not (tenant is DE_DE and len(fraction) == 3 and whole != "0" and len(whole) <= 3))
    assert become(text, T, N, tenant) == number


@given(st.text(string.digits, min_size=18, max_size=30).filter(lambda text: text.strip("0")))
def test_no_digit_is_lost_on_the_way(digits: str) -> None:
    assert become(f"0,{digits}", T, N) == Decimal(f"0.{digits}")


# -- days and moments ----------------------------------------------------------------------------------------------------


@given(st.sampled_from(ZONES), st.dates(date(1902, 1, 1), date(2099, 12, 31)))
@example("America/Sao_Paulo", date(2018, 11, 4))
@example("America/Havana", date(2026, 11, 1))
@example("Africa/Cairo", date(2024, 4, 26))
@example("America/Toronto", date(2026, 3, 8))
@example("America/Toronto", date(2026, 11, 1))
def test_a_day_survives_being_stored_as_its_midnight(zone: str, day: date) -> None:
    assume((zone, day) not in {("Pacific/Kiritimati", date(1994, 12, 31)), ("Pacific/Kiritimati", date(1995, 1, 1))})  # left out
    tenant = replace(FR_CA, time_zone=ZoneInfo(zone))
    midnight = tenant.midnight(day)
    assert tenant.day(midnight) == day
    assert tenant.day(midnight - timedelta(milliseconds=1)) < day
    assert tenant.text(midnight, field(M)) == day.isoformat()


def test_midnight_is_the_tenant_s_in_summer_and_in_winter() -> None:
    assert FR_CA.midnight(date(2018, 7, 4)) == datetime(2018, 7, 4, 4, tzinfo=UTC)
    assert FR_CA.midnight(date(2018, 1, 4)) == datetime(2018, 1, 4, 5, tzinfo=UTC)


def test_the_day_is_the_tenant_s_not_utc_s() -> None:
    late = datetime(2018, 7, 5, 3, 59, tzinfo=UTC)
    assert become(late, M, D) == date(2018, 7, 4)
    assert become(late + timedelta(minutes=1), M, D) == date(2018, 7, 5)


@given(moments, tenants)
def test_a_moment_survives_being_written_as_text(moment: datetime, tenant: Conventions) -> None:
    assert become(become(moment, M, T, tenant), T, M, tenant) == moment


@pytest.mark.parametrize(
    ("tenant", "text", "day"),
    [
        (FR_CA, "04/07/2018", date(2018, 7, 4)),
        (EN_CA, "04/07/2018", date(2018, 4, 7)),
        (DE_DE, "4.7.2018", date(2018, 7, 4)),
        (EN_CA, "2018/07/04", date(2018, 7, 4)),
        (FR_CA, "2018-07-05T02:00:00Z", date(2018, 7, 4)),
    ],
)
def test_a_day_is_read_in_iso_or_in_the_locale_s_form(tenant: Conventions, text: str, day: date) -> None:
    assert become(text, T, D, tenant) == day


@pytest.mark.parametrize(
    "text", ["04/07/18", "5/6/7", "31/02/2018", "13/13/2018", "juillet", "2018", "20180704", "2018-7-4", "2018-07-04x"]
)
def test_what_is_no_day_for_sure_is_refused(text: str) -> None:
    with pytest.raises(ConversionError, match="is not a date") as error:
        become(text, T, D)
    assert "2026-07-04" in error.value.hint


# -- words, choices, people ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "truth"),
    [(("True", "true", "1", "oui", "OUI", "yes", " Vrai"), True), (("False", "0", "non", "No", "faux"), False)],
)
def test_yes_and_no_have_many_words(words: tuple[str, ...], truth: bool) -> None:  # noqa: FBT001 - a parametrised test
    assert {become(word, T, Y) for word in words} == {truth}


def test_yes_and_no_are_written_in_the_rules_language() -> None:
    assert [become(truth, Y, T, tenant) for tenant in (FR_CA, EN_CA) for truth in (True, False)] == ["oui", "non", "yes", "no"]


@pytest.mark.parametrize("word", ["peut-être", "2", "ja", "-1"])
def test_other_words_are_neither(word: str) -> None:
    with pytest.raises(ConversionError, match="neither yes nor no"):
        become(word, T, Y)


def test_a_choice_is_written_by_label_in_any_language_of_either_side() -> None:
    english = field(C, options=tuple(Option(label, label) for label in ("In service", "On loan")))
    french = field(C)
    assert FR_CA.convert("En prêt", french, english) == "On loan"
    assert FR_CA.convert("On loan", english, french) == "En prêt"
    assert FR_CA.in_order("En prêt", french, "On loan", english)
    assert not FR_CA.in_order("En prêt", french, "In service", english)


def test_a_label_that_is_not_offered_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConversionError, match="“Cible” does not offer “En servise”") as error:
        become("En servise", T, C)
    assert "“En service”" in error.value.hint
    with pytest.raises(ConversionError) as error:
        become("remis", T, C)
    assert "Remisé" not in error.value.hint  # inactive ones are not proposed


def test_a_label_that_is_not_offered_any_more_is_not_written_but_read_where_it_stands() -> None:
    kept = field(C, options=(Option("7", "Stored"),))
    for value, origin in (("Remisé", field(T)), ("Stored", kept)):
        with pytest.raises(ConversionError, match=r"“Champ” does not offer “(Remisé|Stored)” any more"):
            FR_CA.convert(value, origin, field(C))
        assert FR_CA.in_order("Remisé", field(C), value, origin)
    assert FR_CA.convert("Remisé", field(C), kept) == "Stored"
    assert become("Remisé", C, T) == "Remisé"
    assert FR_CA.in_order("Remisé", field(C), "stored", field(T))


def test_an_option_that_is_offered_is_preferred_to_one_that_is_not() -> None:
    replaced = field(C, options=(Option("1", "On loan", is_active=False), Option("2", "Lent", ("Lent", "En prêt"))))
    assert FR_CA.convert("En prêt", field(C), replaced) == "Lent"


def test_a_choice_that_neither_side_offers_any_more_is_still_equal_to_itself() -> None:
    assert FR_CA.in_order("Ancien", field(C), "Ancien", field(C))
    assert not FR_CA.in_order("Ancien", field(C), "Autre", field(C))


def test_people_are_found_by_name_and_e_mail_when_exactly_one_is_active() -> None:
    assert become(" MARIE  tremblay", T, P) == "id-marie"
    assert become("Marie@Erables.example", T, P) == "id-marie"
    assert become("Zoé Retour", T, P) == "id-back"


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("Jean Côté", "2 active clients are called", "e-mail"),
        ("Anne Parti", "No active client of C2 is called", "Nothing similar"),
        ("Marie Tremblai", "No active client of C2 is called", "“Marie Tremblay”"),
    ],
)
def test_people_who_are_not_one_active_client_are_refused(text: str, says: str, hint: str) -> None:
    with pytest.raises(ConversionError, match=says) as error:
        become(text, T, P)
    assert hint in error.value.hint


def test_an_e_mail_and_a_name_of_one_client_are_in_order() -> None:
    for text in ("Marie Tremblay", "marie@erables.example", "MARIE TREMBLAY"):
        assert FR_CA.in_order("id-marie", field(P), text, field(T))
    assert not FR_CA.in_order("id-marie", field(P), "Luc Roy", field(T))
    # An inactive client, and one of two namesakes, are still the person whose full name it is.
    assert FR_CA.in_order("id-gone", field(P), "Anne Parti", field(T))
    assert FR_CA.in_order("id-jean-2", field(P), "Jean Côté", field(T))


def test_an_inactive_client_is_recognised_by_her_mail_and_not_written() -> None:
    assert FR_CA.in_order("id-gone", field(P), "Anne@erables.example", field(T))
    assert FR_CA.in_order("Anne@erables.example", field(T), "id-gone", field(P))
    assert not FR_CA.in_order("id-back-old", field(P), "zoe@erables.example", field(T))
    with pytest.raises(ConversionError, match="No active client"):
        become("anne@erables.example", T, P)


def test_a_client_without_a_name_empties_nothing() -> None:
    nameless = replace(FR_CA, clients=Clients([Client("id-x", " ", "x@erables.example")]))
    with pytest.raises(ConversionError, match="without a full name"):
        nameless.convert("id-x", field(P), field(T))
    assert nameless.shown("id-x", field(P)) == "id-x"
    assert nameless.in_order("id-x", field(P), "x@erables.example", field(T))


def test_a_client_whom_c2_does_not_list_is_refused_but_can_be_shown() -> None:
    with pytest.raises(ConversionError, match="names a client that C2 does not list"):
        become("id-unknown", P, T)
    assert FR_CA.shown("id-unknown", field(P)) == "id-unknown"


@given(kinds, values, tenants)
def test_showing_a_value_never_fails(kind: Kind, value: Value, tenant: Conventions) -> None:
    assert (tenant.shown(value, field(kind)) is None) == (value is None)


# -- comparing across ----------------------------------------------------------------------------------------------------


@given(st.data(), kinds, tenants, st.booleans())
def test_every_value_is_in_order_with_itself(data: st.DataObject, kind: Kind, tenant: Conventions, folded: bool) -> None:  # noqa: FBT001 - drawn
    value = data.draw(st.none() | canonical[kind])
    assert tenant.in_order(value, field(kind), value, field(kind, "Autre", max_length=5, decimals=1), folded=folded)


@given(st.data(), kinds, kinds, tenants, st.booleans(), st.none() | st.integers(0, 12), st.none() | st.integers(0, 2))
def test_being_in_order_is_symmetric(  # noqa: PLR0917 - all drawn
    data: st.DataObject,
    kind: Kind,
    other: Kind,
    tenant: Conventions,
    folded: bool,  # noqa: FBT001 - drawn
    length: int | None,
    decimals: int | None,
) -> None:
    here, there = data.draw(st.none() | canonical[kind]), data.draw(st.none() | canonical[other])
    one, two = field(kind), field(other, "Autre", max_length=length, decimals=decimals)
    assert tenant.in_order(here, one, there, two, folded=folded) == tenant.in_order(there, two, here, one, folded=folded)


@given(st.data(), kinds, kinds, tenants, st.integers(1, 12), st.integers(0, 3))
def test_what_a_system_makes_of_a_value_is_in_order_with_it(  # noqa: PLR0917 - all drawn
    data: st.DataObject, kind: Kind, other: Kind, tenant: Conventions, length: int, decimals: int
) -> None:
    assume(can_become(kind, other))
    value = data.draw(st.none() | canonical[kind])
    target = field(other, "Autre", max_length=length, decimals=decimals)
    try:
        written = tenant.convert(value, field(kind), target)
    except ConversionError:
        return
    for form in tenant.stored(written, target):
        assert tenant.in_order(value, field(kind), form, target)
        assert tenant.in_order(form, target, value, field(kind))


def test_lossy_targets_are_in_order_with_what_they_were_given() -> None:
    short, coarse = field(T, max_length=10), field(N, decimals=2)
    assert FR_CA.in_order("Portable du directeur", field(T), "Portable d", short)
    assert not FR_CA.in_order("Portable du directeur", field(T), "Portable", short)
    assert FR_CA.in_order(Decimal("12.345"), field(N), Decimal("12.35"), coarse)
    assert FR_CA.in_order(Decimal("12.345"), field(N), Decimal("12.34"), coarse)
    assert not FR_CA.in_order(Decimal("12.345"), field(N), Decimal("12.33"), coarse)
    assert FR_CA.in_order(NOON, field(M), DAY, field(D))
    assert FR_CA.in_order("1 234,5 $", field(T), Decimal("1234.5"), field(N))
    assert not FR_CA.in_order("abc", field(T), Decimal("1234.5"), field(N))


def test_case_and_spaces_count_unless_folded() -> None:
    assert not FR_CA.in_order("SN1", field(T), "sn1", field(T))
    assert FR_CA.in_order("SN1", field(T), " sn1 ", field(T), folded=True)
    assert not FR_CA.in_order("SN1", field(T), None, field(T), folded=True)
