"""The fields of the simulated category, and how each writes a token: a number that tells one edit from every other.

A token survives what a system makes of a value (cut, rounded, a day in another zone), so whatever a record shows at the end can
be traced to the edit it came from. None of this uses the service's own conversions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

MONTREAL = ZoneInfo("America/Toronto")
_FIRST_DAY = date(2020, 1, 1)
_TEXT = re.compile(r"v(\d+)")
_LONGER = " is longer"


@dataclass(frozen=True)
class SimField:
    """One field mapping: ``level`` and ``member`` say where it stands in Hector (``@`` marks an attribute)."""

    name: str
    level: str
    member: str
    kind: str = "text"
    c2_kind: int = 0
    c2_cut: int | None = None
    hector_cut: int | None = None
    is_key: bool = False
    may_be_empty: bool = True

    @property
    def path(self) -> str:
        """Where it stands in Hector, as the rules say it."""
        return f"{self.level}.attributes.{self.member[1:]}" if self.is_attribute else f"{self.level}.{self.member}"

    @property
    def is_attribute(self) -> bool:
        return self.member.startswith("@")

    @property
    def is_shared(self) -> bool:
        """Whether it belongs to the subcategory without being part of its key."""
        return self.level == "subcategory" and not self.is_key

    def written(self, token: int | None, side: str) -> Any:
        """Give what a person writes for this token; longer or finer than the other side can hold, where it is lossy."""
        if token is None:
            return None
        if self.kind == "date":
            return (_FIRST_DAY + timedelta(days=token)).isoformat()
        if self.kind == "number":
            return Decimal(f"{token}.1250") if side == "c2" else float(f"{token}.25")
        long = self.hector_cut if side == "c2" else self.c2_cut
        return f"v{token}{_LONGER}" if long else f"v{token}"

    def token(self, shown: Any) -> int | None:
        """Read the token out of what a record shows; ``None``: the field is empty."""
        if shown is None or shown == "":
            return None
        if self.kind == "date":
            day = date.fromisoformat(shown) if len(shown) == 10 else datetime.fromisoformat(shown).astimezone(MONTREAL).date()
            return (day - _FIRST_DAY).days
        if self.kind == "number":
            return int(Decimal(str(shown)))
        found = _TEXT.match(shown)
        if found and f"{found[0]}{_LONGER}".startswith(shown):
            return int(found[1])
        return -sum(map(ord, shown))  # a title that Hector made itself is nobody's edit

    def stands_alike(self, token: int) -> bool:
        """Whether a person who writes this token in either system writes the same value, so that one token tells one value."""
        return self.faithful(self.written(token, "c2"), self.written(token, "hector"))

    def faithful(self, c: Any, h: Any) -> bool:
        """Whether one of two shown values is all that the other's system can hold of it."""
        if c is None or h is None:
            return c is h
        if self.kind == "date":
            return self.token(c) == self.token(h)
        if self.kind == "number":
            cent = Decimal("0.01")
            return Decimal(str(c)).quantize(cent, ROUND_HALF_UP) == Decimal(str(h)).quantize(cent, ROUND_HALF_UP)
        here, there = str(c or "").strip(), str(h or "").strip()
        return there in {here, here[: self.hector_cut].strip()} or here == there[: self.c2_cut].strip()


MODEL = SimField("Modèle", "subcategory", "model", is_key=True, may_be_empty=False)
MAKER = SimField("Fabricant", "subcategory", "maker", is_key=True)
SERIAL = SimField("Numéro de série", "asset", "@Serial number", may_be_empty=False)
NOTES = SimField("Remarques", "asset", "note", c2_kind=7)
PLACE = SimField("Lieu", "asset", "@Place", hector_cut=4)
ROOM = SimField("Local", "asset", "@Room", c2_cut=4)
PRICE = SimField("Prix", "asset", "@Price", kind="number", c2_kind=1)
BOUGHT = SimField("Date d'achat", "asset", "acquisition_date", kind="date", c2_kind=3)
SHARED = SimField("Note du modèle", "subcategory", "note")
NAME = SimField("Name", "asset", "title", may_be_empty=False)
FIELDS = (MODEL, MAKER, SERIAL, NOTES, PLACE, ROOM, PRICE, BOUGHT, SHARED, NAME)
