"""The fields that the machine's two systems tie together, and what each side makes of the other's values.

Written from the rules (*Values*), apart from the implementation: ``to_hector`` and ``to_c2`` say what a side would store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

MONTREAL = ZoneInfo("America/Toronto")
STATES = (("En service", "In service"), ("En prêt", "On loan"), ("Perdu", "Lost"))
STATUSES = ("In service", "On loan", "Stolen")
"""Each side offers a state that the other does not know."""


class CannotBeTold(Exception):  # noqa: N818 - no error of ours: what the rules call a validation error
    """The other side cannot hold this value."""


def folded(text: object) -> str:
    """Compare as people do when they ask whether two records are the same."""
    return "" if text is None else " ".join(str(text).casefold().split())


def _same(value: Any) -> Any:
    return value


def _cut(length: int) -> Callable[[Any], Any]:
    return lambda text: text if text is None else text[:length].strip() or None


def _rounded(decimals: int) -> Callable[[Any], Any]:
    return lambda number: number if number is None else number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _day(moment: Any) -> Any:
    return None if moment is None else moment.astimezone(MONTREAL).date()


def _midnight(day: Any) -> Any:
    return None if day is None else datetime.combine(day, time(), MONTREAL).astimezone(UTC)


def _ticked(box: Any) -> bool:
    return bool(box)


def _status(label: Any) -> Any:
    return _choice(label, {fr: en for fr, en in STATES if en in STATUSES})


def _state(label: Any) -> Any:
    return _choice(label, {en: fr for fr, en in STATES if en in STATUSES})


def _choice(label: Any, known: dict[str, str]) -> Any:
    if label is not None and label not in known:
        raise CannotBeTold
    return known.get(label)


def _number(text: Any) -> Any:
    if text is None:
        return None
    if not re.fullmatch(r"\d[\d ]*(,\d+)?|\d+\.\d+", text):  # as fr-CA writes it, or plainly, as it is written for people
        raise CannotBeTold
    return Decimal(text.replace(" ", "").replace(",", "."))


def _plainly(number: Any) -> Any:
    return None if number is None else format(number.normalize() if number % 1 else number.quantize(Decimal(1)), "f")


@dataclass(frozen=True, eq=False)
class Tied:
    """One C2 field and one Hector field, with what people type into either."""

    short: str
    c2_name: str
    path: str
    c2_types: Callable[[int, int], Any]
    """What a person types in C2, by a number that no other edit has and by a whim (0 to 5)."""
    hector_types: Callable[[int, int], Any]
    to_hector: Callable[[Any], Any] = _same
    to_c2: Callable[[Any], Any] = _same
    c2_kind: str = "text"
    c2_limits: dict[str, Any] = field(default_factory=dict)
    hector_kind: str = "text"
    hector_limits: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.short

    @property
    def is_key(self) -> bool:
        return self.short in {"maker", "model"}

    @property
    def is_shared(self) -> bool:
        return self.path.startswith("subcategory.") and not self.is_key

    @property
    def on_subcategory(self) -> bool:
        return self.path.startswith("subcategory.")

    def told_to_hector(self, value: Any) -> Any:
        """What Hector would hold, or :class:`CannotBeTold` itself."""
        return _told(self.to_hector, value)

    def told_to_c2(self, value: Any) -> Any:
        return _told(self.to_c2, value)

    def in_order(self, c: Any, h: Any, *, loosely: bool = False) -> bool:
        """Equal, or one is what the other's system would store; ``loosely``: case and spaces ignored."""
        as_h, as_c = self.told_to_hector(c), self.told_to_c2(h)
        if loosely:
            return folded(as_h) == folded(h) or folded(as_c) == folded(c)
        return same(as_h, h) or same(as_c, c)

    def unknown_in_c2(self, value: Any) -> bool:
        return value is None or value is False


def same(left: Any, right: Any) -> bool:
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _told(tell: Callable[[Any], Any], value: Any) -> Any:
    try:
        return tell(value)
    except CannotBeTold:
        return CannotBeTold


# -- what people type ----------------------------------------------------------------------------------------------------


def _texts(letter: str) -> Callable[[int, int], str | None]:
    def typed(n: int, whim: int) -> str | None:
        return (
            f"{letter}{n:03d}",
            f"{letter}{n:03d} et une suite bien trop longue",
            f"  {letter}{n:03d} é\u0301 ",
            f"{letter}{n:03d}\r\nligne deux",
            f"{letter.lower()}{n:03d}",
            None,
        )[whim]

    return typed


def _named(n: int, whim: int) -> str:
    return (f"PC{n:03d}", f"pc  {n:03d}", f"PC{n:03d} de Marie", f" PC{n:03d}", f"É{n:03d}", f"P{n:03d}")[whim]


def _numbers(n: int, whim: int) -> Decimal | None:
    return (Decimal(n), *(n + Decimal(more) for more in ("0.25", "0.125", "0.1234", "0.005")), None)[whim]


def _from(*pool: Any, unique: str = "") -> Callable[[int, int], Any]:
    offered: Sequence[Any] = pool
    return lambda n, whim: offered[whim] + f"{n:03d}" if unique and offered[whim] == unique else offered[whim]


def _moments(n: int, whim: int) -> datetime | None:
    start = datetime(2025, 1, 1, 5, tzinfo=UTC) + timedelta(days=n)
    return (start, start + timedelta(hours=10), start + timedelta(hours=22), _midnight(_day(start)), start, None)[whim]


def _days(n: int, whim: int) -> date | None:
    return None if whim == 5 else date(2025, 1, 1) + timedelta(days=n)


def _written_pages(n: int, whim: int) -> str | None:
    return (f"{n}", f"{n} pages", f"1 {n:03d},5", f"1{n:03d}", f"{n},25", None)[whim]


def _two_decimals(n: int, whim: int) -> Decimal | None:
    return None if whim == 5 else n + (Decimal("0.25") if whim % 2 else Decimal(0))


MODELS = ("840", "850", "M", "840 et trop long", "840  ET trop long autrement", None)
TICKS = (True, False, True, False, True, False)
SERIALS = ("SN-", "SN-", "SN-1", "sn-1 ", "Default string", None)

TIED = (
    Tied(
        "maker",
        "Fabricant",
        "subcategory.maker",
        _from("HP", "hp", " Hp ", "Dell", "Mk", None, unique="Mk"),
        _from("HP", "hp", "HP", "Dell", "Mk", None, unique="Mk"),
    ),
    Tied(
        "model",
        "Modèle",
        "subcategory.model",
        _from(*MODELS, unique="M"),
        _from(*MODELS, unique="M"),
        _cut(8),
        hector_limits={"max_length": 8},
    ),
    Tied(
        "serial",
        "Numéro de série",
        "asset.attributes.Serial number",
        _from(*SERIALS, unique="SN-"),
        _from(*SERIALS, unique="SN-"),
    ),
    Tied("note", "Remarques", "asset.note", _texts("C"), _texts("H"), _cut(12), hector_limits={"max_length": 12}),
    Tied(
        "price",
        "Prix",
        "asset.attributes.Price",
        _two_decimals,
        _numbers,
        to_c2=_rounded(2),
        c2_kind="number",
        c2_limits={"decimals": 2},
        hector_kind="number",
        hector_limits={"decimals": 4},
    ),
    Tied("bought", "Achat", "asset.acquisition_date", _moments, _days, _day, _midnight, c2_kind="date-time"),
    Tied(
        "box",
        "Garantie",
        "asset.attributes.Under warranty",
        _from(*TICKS),
        _from(*TICKS[:5], None),
        _ticked,
        _ticked,
        c2_kind="yes/no",
        hector_kind="boolean",
    ),
    Tied(
        "status",
        "Statut",
        "asset.attributes.Status",
        _from("En service", "En prêt", "Perdu", "En service", "En prêt", None),
        _from("In service", "On loan", "Stolen", "In service", "On loan", None),
        _status,
        _state,
        c2_kind="choice",
        hector_kind="list",
    ),
    Tied(
        "pages",
        "Pages",
        "asset.attributes.Pages",
        _written_pages,
        _two_decimals,
        _number,
        _plainly,
        hector_kind="number",
        hector_limits={"decimals": 2},
    ),
    Tied("title", "Name", "asset.title", _named, _named),
    Tied(
        "list_price",
        "Prix catalogue",
        "subcategory.price",
        _numbers,
        _two_decimals,
        _rounded(2),
        c2_kind="number",
        c2_limits={"decimals": 4},
        hector_limits={"decimals": 2},
    ),
    Tied("sheet", "Fiche", "subcategory.note", _texts("F"), _texts("S"), to_c2=_cut(10), c2_limits={"max_length": 10}),
)
BY_SHORT = {tied.short: tied for tied in TIED}
KEYS = tuple(tied for tied in TIED if tied.is_key)
SHARED = tuple(tied for tied in TIED if tied.is_shared)
OWN = tuple(tied for tied in TIED if not tied.on_subcategory)
