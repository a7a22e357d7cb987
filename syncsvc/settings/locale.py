"""The tenant's ways of writing numbers and days, from its locale: what the domain's :class:`Conventions` need."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_date_format
from babel.numbers import get_decimal_symbol, get_group_symbol

from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.records import Client
from syncsvc.settings.model import Settings


def conventions(settings: Settings, language: str, clients: Iterable[Client] = ()) -> Conventions:
    """Give the conventions of the C2 tenant; ``language`` is the rules' (``fr`` or ``en``)."""
    locale = Locale.parse(settings.c2.locale, sep="-")
    return Conventions(
        time_zone=ZoneInfo(settings.c2.time_zone),
        language=language,
        decimal_mark=get_decimal_symbol(locale),
        # An apostrophe parts thousands in several countries and means nothing else in a number.
        group_marks="".join(dict.fromkeys(get_group_symbol(locale) + "'\u2019")),
        day_first=_day_first(locale),
        clients=Clients(clients),
    )


def _day_first(locale: Locale) -> bool:
    # The long form (“4 juillet 2026”, “July 4, 2026”) tells the order that people say; the short one is ISO in Canada.
    pattern = get_date_format("long", locale).pattern
    return pattern.find("d") < pattern.find("M")
