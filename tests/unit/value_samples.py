"""Values of every kind, and tenants who write them, for the tests of what values are and of what records are recognised by."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.records import Client, Field, Level
from syncsvc.domain.values import Kind, Option, Unreadable, Value, clean_moment, clean_number, clean_text

T, N, Y, D, M, C, P = Kind.TEXT, Kind.NUMBER, Kind.YES_NO, Kind.DATE, Kind.DATE_TIME, Kind.CHOICE, Kind.PERSON
MARIE = Client("id-marie", "Marie Tremblay", "marie@erables.example")
CLIENTS = Clients(
    [
        MARIE,
        Client("id-luc", "Luc Roy", "luc@erables.example"),
        Client("id-jean-1", "Jean Côté", "jean1@erables.example"),
        Client("id-jean-2", "Jean Côté", "jean2@erables.example"),
        Client("id-gone", "Anne Parti", "anne@erables.example", is_active=False),
        Client("id-back-old", "Zoé Retour", "zoe.old@erables.example", is_active=False),
        Client("id-back", "Zoé Retour", "zoe@erables.example"),
    ]
)
STATUS = (
    Option("1", "En service", ("En service", "In service")),
    Option("2", "En prêt", ("En prêt", "On loan")),
    Option("3", "42", ("42",)),
    Option("4", "oui", ("oui", "yes")),
    Option("5", "2018-07-04", ()),
    Option("6", "Remisé", ("Remisé", "Stored"), is_active=False),
)
TORONTO = ZoneInfo("America/Toronto")
FR_CA = Conventions(TORONTO, clients=CLIENTS)
EN_CA = Conventions(TORONTO, language="en", decimal_mark=".", group_marks=",'", day_first=False, clients=CLIENTS)
DE_DE = Conventions(ZoneInfo("Europe/Berlin"), decimal_mark=",", group_marks=".'", clients=CLIENTS)
ZONES = [
    "America/Toronto",
    "America/St_Johns",
    "America/Sao_Paulo",  # jumped over midnight
    "America/Havana",  # turns back to midnight
    "Africa/Cairo",
    "Asia/Beirut",
    "Europe/Berlin",
    "Asia/Tokyo",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
    "UTC",
]


def field(kind: Kind, name: str = "Champ", **more: object) -> Field:
    options = STATUS if kind is Kind.CHOICE else ()
    return Field(**({"key": name, "name": name, "kind": kind, "level": Level.ASSET, "options": options} | more))  # type: ignore[arg-type] - keyword bag of a test


def become(value: Value, kind: Kind, other: Kind, tenant: Conventions = FR_CA) -> Value:
    return tenant.convert(value, field(kind, "Origine"), field(other, "Cible"))


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \t\r\n\u00a0\u202fé\u0301İßςΣ"), max_size=30)
numbers = (
    st.decimals(allow_nan=False, allow_infinity=False, places=None, min_value=-(10**12), max_value=10**12)
    .map(clean_number)
    .filter(lambda number: isinstance(number, Decimal))
)
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
moments = st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30), timezones=st.just(UTC)).map(clean_moment)  # noqa: DTZ001 - bounds
canonical: dict[Kind, st.SearchStrategy[Value]] = {
    Kind.TEXT: texts.map(clean_text),
    Kind.NUMBER: numbers,
    Kind.YES_NO: st.booleans(),
    Kind.DATE: days,
    Kind.DATE_TIME: moments,
    Kind.CHOICE: st.sampled_from([*(option.label for option in STATUS), "Ancien libellé"]),
    Kind.PERSON: st.sampled_from(["id-marie", "id-luc", "id-jean-1", "id-gone", "id-unknown"]),
}
kinds = st.sampled_from(list(Kind))
values = st.none() | st.one_of(*canonical.values()) | texts.map(Unreadable)
tenants = st.sampled_from([FR_CA, EN_CA, DE_DE])
