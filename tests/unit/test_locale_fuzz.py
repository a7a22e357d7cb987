"""Numbers as people of any locale write them: read as what they are, or refused; never as another number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import format_currency, format_decimal
from hypothesis import example, given
from hypothesis import strategies as st

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import Field, Level
from syncsvc.domain.values import Kind
from syncsvc.settings import Settings, conventions
from syncsvc.settings.model import C2Settings

LOCALES = ["fr-CA", "en-CA", "fr-FR", "de-DE", "de-CH", "en-US", "it-CH", "es-ES", "pt-BR", "sv-SE"]
TENANTS = {name: conventions(Settings(c2=C2Settings(locale=name)), "fr") for name in LOCALES}
TEXT = Field("t", "Texte", Kind.TEXT, Level.CI)
NUMBER = Field("n", "Prix", Kind.NUMBER, Level.CI)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)


def read(tenant: Conventions, text: str) -> Decimal | None:
    """Give the number, or ``None`` when the text is refused as none."""
    try:
        found = tenant.convert(text, TEXT, NUMBER)
    except ConversionError:
        return None
    assert isinstance(found, Decimal)
    assert found.is_finite()
    return found


@given(st.sampled_from(LOCALES), numbers)
@example("fr-CA", Decimal("1234.56"))
@example("de-DE", Decimal("1234.56"))
def test_a_number_as_its_locale_writes_it_is_read_as_itself(name: str, number: Decimal) -> None:
    locale = Locale.parse(name, sep="-")
    assert read(TENANTS[name], format_decimal(number, "#,##0.00", locale)) == number
    assert read(TENANTS[name], format_decimal(number, "0.00", locale)) == number


@given(numbers)
def test_an_amount_of_money_is_read_as_its_number(number: Decimal) -> None:
    assert read(TENANTS["fr-CA"], format_currency(number, "CAD", "#,##0.00 ¤", locale="fr_CA")) == number


@given(st.sampled_from(LOCALES), numbers)
def test_a_number_as_machines_write_it_is_read_as_itself(name: str, number: Decimal) -> None:
    """``1.234`` is a thousand in some countries, and may be read so there; with two decimals nothing is open."""
    assert read(TENANTS[name], format(number, "f")) == number


@given(st.sampled_from(LOCALES), st.text(max_size=30) | st.text("0123456789.,' -+eE\u00a0\u202f\u2212$€%()", max_size=20))
@example("fr-CA", "1,2,3")
@example("fr-CA", "1e999999999")
@example("en-US", "١٢٣")
def test_any_text_is_a_number_with_these_digits_or_refused(name: str, text: str) -> None:
    found = read(TENANTS[name], text)
    if found is None:
        return
    digits = "".join(ch for ch in text if ch.isdigit()).lstrip("0")
    assert digits.isascii()
    if "e" not in text.lower():
        assert "".join(map(str, found.as_tuple().digits)).strip("0") == digits.strip("0")
        assert (found < 0) == (any(sign in text for sign in "-\u2212") and found != 0)


@pytest.mark.parametrize(
    "text", ["NaN", "-NaN", "sNaN", "Infinity", "-inf", "1e9999", "0x10", "1__2", "1,2,3", "--1", "1-", "", " "]
)
def test_what_is_no_number_in_any_locale_is_refused(text: str) -> None:
    for tenant in TENANTS.values():
        if text.strip():
            assert read(tenant, text) is None
