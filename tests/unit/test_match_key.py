"""What records are recognised by: whatever is in order has one key, whichever way it would be converted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from value_samples import DE_DE, FR_CA, C, D, M, N, P, T, Y, canonical, field, kinds, tenants, texts

from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions, can_become
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.match_key import MatchKey
from syncsvc.domain.records import Client, Field
from syncsvc.domain.values import Kind, Option, Unreadable, Value, clean_text, stored_forms


def keys(c2: Field, here: Value, hector: Field, there: Value, *ignored: str, tenant: Conventions = FR_CA) -> tuple[str, str]:
    key = MatchKey(c2, hector, tenant, frozenset(ignored))
    return key.of(here, c2), key.of(there, hector)


def test_a_match_key_is_folded_and_cut_like_the_narrower_side() -> None:
    assert keys(field(T), " SN  001 ", field(T), "sn 001") == ("sn 001", "sn 001")
    assert keys(field(T), "ABCDEFGH", field(T, max_length=4), "abcd") == ("abcd", "abcd")
    assert keys(field(T, max_length=4), "ABCD", field(T), "abcdefgh") == ("abcd", "abcd")


@pytest.mark.parametrize(
    ("c2", "here", "hector", "there"),
    [
        (field(N), Decimal("12.5"), field(T), "12.5"),
        (field(T), "12,50", field(N), Decimal("12.5")),
        (field(N), Decimal(123), field(T), "00123"),
        (field(T), "00123", field(N), Decimal(123)),
        (field(N), Decimal("12.345"), field(N, decimals=2), Decimal("12.35")),
        (field(N, decimals=2), Decimal("12.35"), field(N, decimals=4), Decimal("12.345")),
        (field(N, decimals=1), Decimal("12.3"), field(T), "12,34 $"),
        (field(Y), True, field(T), "yes"),
        (field(T), "2018-07-04T22:00", field(D), date(2018, 7, 4)),
        (field(M), datetime.fromisoformat("2018-07-05T02:00:00Z"), field(D), date(2018, 7, 4)),
        (field(D), date(2018, 7, 4), field(T), "04/07/2018"),
        (field(P), "id-marie", field(T), "Marie TREMBLAY"),
        (field(P), "id-marie", field(T), "marie@erables.example"),
        (field(P), "id-gone", field(T), "anne@erables.example"),
        (field(P), "id-jean-2", field(T), "Jean Côté"),
        (field(P), "id-marie", field(T, max_length=8), "Marie Tr"),
        (field(C), "En service", field(T), "in service"),
        (field(T), "In service", field(C), "En service"),
        (field(C), "En prêt", field(C, options=(Option("7", "On loan"),)), "On loan"),
        (field(C), "Stored", field(C, options=(Option("7", "Gardé", ("Gardé", "Stored")),)), "Gardé"),
        (field(C, options=()), "Stored", field(C, options=(Option("7", "Gardé", ("Gardé", "Stored")),)), "Gardé"),
        (field(C), "En service", field(T, max_length=5), "En se"),
        (field(C), "42", field(N), Decimal(42)),
        (field(C, options=(Option("7", "Quarante-deux", ("42",)),)), "Quarante-deux", field(N), Decimal(42)),
        (field(C), "oui", field(Y), True),
    ],
)
def test_what_is_in_order_has_one_key(c2: Field, here: Value, hector: Field, there: Value) -> None:
    assert FR_CA.in_order(here, c2, there, hector, folded=True)
    one, other = keys(c2, here, hector, there)
    assert one == other
    assert one


@pytest.mark.parametrize(
    ("c2", "here", "hector", "there"),
    [
        (field(N), Decimal("12.345"), field(N, decimals=2), Decimal("12.36")),
        (field(P), "id-marie", field(T), "Luc Roy"),
        (field(P), "id-back-old", field(T), "zoe@erables.example.org"),
        (field(C), "En prêt", field(T), "in service"),
        (field(T), "abc", field(N), Decimal(123)),
        (field(C), "Autre", field(T), "Divers"),
    ],
)
def test_what_is_not_in_order_has_two_keys(c2: Field, here: Value, hector: Field, there: Value) -> None:
    assert len(set(keys(c2, here, hector, there))) == 2


def test_two_options_that_share_a_label_are_still_two() -> None:
    both = field(C, options=(Option("1", "Autre", ("Autre", "Other")), Option("2", "Divers", ("Divers", "Other"))))
    assert keys(both, "Divers", field(T), "Other") == ("divers", "autre")


def test_an_option_is_not_taken_for_one_that_is_called_so_in_another_language() -> None:
    both = field(C, options=(Option("1", "Portatif", ("Portatif", "Portable")), Option("2", "Portable", ("Portable", "Laptop"))))
    assert keys(both, "Portatif", field(T), "portable") == ("portatif", "portable")
    assert keys(both, "Portable", field(T), "Laptop") == ("portable", "portable")


def test_there_is_no_match_key_where_there_is_nothing_to_match_by() -> None:
    assert keys(field(T), None, field(T), None) == ("", "")
    assert keys(field(T), Unreadable("abc"), field(N), Unreadable("abc")) == ("", "")
    assert keys(field(P), None, field(T), None) == ("", "")


def test_a_client_whom_c2_does_not_list_and_one_without_a_name_are_recognised_by_their_ids() -> None:
    nameless = replace(FR_CA, clients=Clients([Client("id-x", "", "x@erables.example")]))
    assert keys(field(P), "id-unknown", field(T), "x@erables.example", tenant=nameless) == ("id-unknown", "id-x")
    assert keys(field(P), "id-x", field(T), "X@erables.example", tenant=nameless) == ("id-x", "id-x")


def test_a_value_that_stands_for_none_has_no_key_however_it_is_held() -> None:
    assert keys(field(T), "To Be filled", field(T), "SN1", "to be filled") == ("", "sn1")
    assert keys(field(T, max_length=5), "To be", field(T), "To be filled", "to be filled") == ("", "")
    assert keys(field(T), "To be filled", field(T, max_length=40), "To be", "to be filled") == ("", "to be")
    assert keys(field(N), Decimal(0), field(T), "0,00", "0") == ("", "")
    assert keys(field(T), "00000000", field(N), Decimal(5), "00000000") == ("", "5")


@given(texts.map(clean_text).filter(bool), st.none() | st.integers(1, 20))
def test_a_match_key_is_the_same_for_a_text_and_what_became_of_it(text: str, length: int | None) -> None:
    here, there = keys(field(T), text, field(T, max_length=length), stored_forms(text, T, max_length=length)[0])
    assert here == there


@given(st.data(), kinds, kinds, tenants, st.none() | st.integers(0, 3), st.booleans())
def test_a_value_is_recognised_in_what_becomes_of_it_across(  # noqa: PLR0917 - all drawn
    data: st.DataObject,
    kind: Kind,
    other: Kind,
    tenant: Conventions,
    decimals: int | None,
    from_c2: bool,  # noqa: FBT001 - drawn
) -> None:
    assume(can_become(kind, other))
    origin, target = field(kind), field(other, "Autre", decimals=decimals)
    value = data.draw(canonical[kind].filter(lambda it: it is not None))
    try:
        becomes = tenant.stored(tenant.convert(value, origin, target), target)[0]
    except ConversionError:
        return
    # Where a dot parts thousands, “1.234” is what people write for 1234: they are believed.
    assume(not (tenant is DE_DE and Kind.NUMBER in {kind, other} and kind is not other))
    pair = (origin, target) if from_c2 else (target, origin)
    key = MatchKey(*pair, tenant)
    assert key.of(value, origin) == key.of(becomes, target)
