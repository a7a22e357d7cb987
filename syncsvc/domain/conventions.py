"""How values become other kinds: by the tenant's time zone and locale, the rules' language, and the clients C2 knows.

:class:`Conventions` are handed in; nothing here looks at the environment. What cannot be converted raises
:class:`ConversionError` with the nearest right values where there are any.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal

from syncsvc.domain.clients import Clients
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import Field
from syncsvc.domain.values import (
    MAX_DIGITS,
    Kind,
    Unreadable,
    Value,
    any_same,
    clean_moment,
    clean_text,
    find_option,
    fold,
    parse_plain_number,
    plain,
    same,
    stored_forms,
)

YES = frozenset({"true", "1", "oui", "yes", "vrai", "o", "y"})
NO = frozenset({"false", "0", "non", "no", "faux", "n"})
LONGEST_MONTH = 31
FIRST_YEAR = 1000
"""Years before it are two-digit ones."""
SHOWN = 60
"""Characters of a value that an error quotes."""
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_MONEY = r"(?:[$€£¥]|\b(?:CAD|USD|EUR|GBP)\b)"
_AMOUNT = re.compile(rf"([+-]?)\s*(?:{_MONEY}\s*)*([+-]?)\s*(\S|\S.*?\S)(?:\s*{_MONEY})*", re.IGNORECASE)
"""A number between its currency's signs, which stand at the ends only; its own sign before or after them."""
_LONGEST_AMOUNT = 4 * MAX_DIGITS
_BLANKS_IN_GROUPS = re.compile(r"\d{1,3}(?:\s\d{3})+(?:[^\s\d]\S*)?")
"""Blanks part thousands, and nothing else: ``5 10`` is two numbers, ``2024 05 01`` a day."""
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_SLASHED_DATE = re.compile(r"(\d{1,4})[/.](\d{1,2})[/.](\d{1,4})")

_POSSIBLE: dict[Kind, frozenset[Kind]] = {
    Kind.TEXT: frozenset(Kind),
    Kind.NUMBER: frozenset({Kind.TEXT, Kind.NUMBER, Kind.CHOICE}),
    Kind.YES_NO: frozenset({Kind.TEXT, Kind.YES_NO, Kind.CHOICE}),
    Kind.DATE: frozenset({Kind.TEXT, Kind.DATE, Kind.DATE_TIME}),
    Kind.DATE_TIME: frozenset({Kind.TEXT, Kind.DATE, Kind.DATE_TIME}),
    Kind.CHOICE: frozenset(Kind) - {Kind.PERSON},
    Kind.PERSON: frozenset({Kind.TEXT, Kind.PERSON}),
}


def can_become(kind: Kind, other: Kind) -> bool:
    """Whether values of ``kind`` can be written into a field of ``other`` (the table of *Values*)."""
    return other in _POSSIBLE[kind]


@dataclass(frozen=True, slots=True)
class Conventions:
    """The tenant's ways of writing, and the rules' language (``fr`` or ``en``)."""

    time_zone: tzinfo
    language: str = "fr"
    decimal_mark: str = ","
    group_marks: str = " '"
    """Characters between thousands; every kind of blank counts as one too."""
    day_first: bool = True
    """Whether ``04/07/2018`` is in July."""
    clients: Clients = field(default_factory=Clients)

    # -- kinds -----------------------------------------------------------------------------------------------------------

    def convert(self, value: Value, origin: Field, target: Field) -> Value:
        """Write ``value``, held by a field like ``origin``, in ``target``'s kind; raises :class:`ConversionError`.

        Limits of the target (length, decimals) are not applied: what a system makes of a value is :meth:`stored`.
        """
        return self._converted(value, origin, target, to_write=True)

    def read_as(self, value: Value, origin: Field, target: Field) -> Value:
        """Say what a value means in ``target``'s kind, to compare it; raises :class:`ConversionError`.

        As :meth:`convert`, but what may no longer be written counts: an inactive client, found by her e-mail, or a label that
        its list no longer offers.
        """
        return self._converted(value, origin, target, to_write=False)

    def _converted(self, value: Value, origin: Field, target: Field, *, to_write: bool) -> Value:
        if value is None:
            return False if target.kind is Kind.YES_NO and target.is_custom else None
        if isinstance(value, Unreadable):
            raise ConversionError(
                f"“{origin.name}” holds “{value.raw}”, which is no {origin.kind}.",
                hint="Correct the value in its system.",
            )
        if origin.kind is target.kind and target.kind is not Kind.CHOICE:
            return value
        if not can_become(origin.kind, target.kind):
            raise ConversionError(f"A {origin.kind} cannot be written into “{target.name}”, a {target.kind}.")
        if target.kind is Kind.CHOICE:
            return self._option(value, origin, target, to_write=to_write)
        text = self.text(value, origin)
        if target.kind is Kind.PERSON:
            return self._person(text, target, to_write=to_write)
        return text if target.kind is Kind.TEXT else self._reader(value, target.kind)(text, target)

    def _reader(self, value: Value, kind: Kind) -> Callable[[str, Field], Value]:
        def moved(_text: str, _target: Field) -> Value:
            return self.day(value) if kind is Kind.DATE else self.midnight(value)  # type: ignore[arg-type]

        if isinstance(value, date):
            return moved
        readers: dict[Kind, Callable[[str, Field], Value]] = {
            Kind.NUMBER: self._number,
            Kind.YES_NO: self._yes_no,
            Kind.DATE: lambda text, target: self.day(self._moment(text, target)),
            Kind.DATE_TIME: lambda text, target: self.midnight(self._moment(text, target)),
        }
        return readers[kind]

    def text(self, value: Value, origin: Field) -> str:
        """Write a value as the text that people read; a date-time at local midnight is written as its day."""
        match value:
            case bool():
                return {"fr": ("non", "oui"), "en": ("no", "yes")}[self.language][value]
            case datetime():
                local = self._local(value)
                if self.midnight(local.date()) == value:
                    return local.date().isoformat()
                return local.isoformat(timespec="seconds" if not local.microsecond else "milliseconds")
            case str() if origin.kind is Kind.PERSON:
                client = self.clients.by_id(value)
                if client is None:
                    raise ConversionError(
                        f"“{origin.name}” names a client that C2 does not list ({value}).",
                        hint="Check that the service account may see this client in C2.",
                    )
                if not fold(client.full_name):  # which is no empty field
                    raise ConversionError(f"“{origin.name}” names a client without a full name.", hint="Give it one in C2.")
                return client.full_name
            case _:
                return str(plain(value))

    def shown(self, value: Value, origin: Field) -> str | None:
        """Write a value for errors and listings; never raises."""
        if value is None:
            return None
        try:
            return self.text(value, origin)
        except ConversionError:
            return str(plain(value))

    # -- days and moments ------------------------------------------------------------------------------------------------

    def day(self, moment: date) -> date:
        """Give the day of a moment in the tenant's time zone; a date is its own day."""
        return self._local(moment).date() if isinstance(moment, datetime) else moment

    def _local(self, moment: datetime) -> datetime:
        try:
            return moment.astimezone(self.time_zone)
        except OverflowError as error:
            raise ConversionError(f"{moment} is no moment of the tenant's time zone.", hint="Correct the year.") from error

    def midnight(self, day: date) -> datetime:
        """Give a day's local midnight as a UTC moment; a moment stays itself.

        Where the clock jumps over midnight, this is the day's first moment. Raises :class:`ConversionError` beyond year 9999.
        """
        if isinstance(day, datetime):
            return day
        try:
            return datetime.combine(day, time(), self.time_zone).astimezone(UTC)
        except OverflowError as error:
            raise ConversionError(f"{day} has no midnight in UTC.", hint="Correct the year.") from error

    # -- parsing texts ---------------------------------------------------------------------------------------------------

    def _number(self, text: str, target: Field) -> Decimal:
        """Read a number as people of the tenant's locale write it; ``1 234,56 $`` is 1234.56 in fr-CA."""
        bare = _bare_number(text)
        dot_groups = "." in self.group_marks and re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", bare)
        if not _PLAIN_NUMBER.fullmatch(bare) or dot_groups:
            whole, mark, fraction = bare.partition(self.decimal_mark)
            if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:[{re.escape(self.group_marks)}]?\d{{3}})*|[+-]?\d+", whole or "0"):
                whole = "?"
            bare = "".join(ch for ch in whole if ch not in self.group_marks) + ("." + fraction if mark else "")
        number = parse_plain_number(bare) if _PLAIN_NUMBER.fullmatch(bare) and bare.isascii() else Unreadable(text)
        if isinstance(number, Unreadable):
            raise ConversionError(
                f"“{_short(text)}” is not a number, as “{target.name}” needs.",
                hint=f"Write it like 1234{self.decimal_mark}56.",
            )
        return number

    def _yes_no(self, text: str, target: Field) -> bool:
        word = fold(text)
        if word not in YES | NO:
            raise ConversionError(f"“{_short(text)}” is neither yes nor no, as “{target.name}” needs.", hint="Write oui or non.")
        return word in YES

    def _moment(self, text: str, target: Field) -> date:
        """Read an ISO date or date-time (without an offset: the tenant's zone), or the locale's day/month/year."""
        try:
            if _ISO_DATE.fullmatch(text):
                return date.fromisoformat(text)
            slashed = _SLASHED_DATE.fullmatch(text)
            if slashed:
                return self._slashed(*(int(part) for part in slashed.groups()))
            if _ISO_MOMENT.match(text):
                moment = datetime.fromisoformat(text)
                return clean_moment(moment if moment.tzinfo else moment.replace(tzinfo=self.time_zone))
        except (ValueError, OverflowError):
            pass
        raise ConversionError(f"“{_short(text)}” is not a date, as “{target.name}” needs.", hint="Write it like 2026-07-04.")

    def _slashed(self, first: int, second: int, third: int) -> date:
        if max(first, third) < FIRST_YEAR:
            raise ValueError("04/07/18 is not the year 18, and nobody can say which it is")
        if first > LONGEST_MONTH:
            return date(first, second, third)
        return date(third, second, first) if self.day_first else date(third, first, second)

    def _person(self, text: str, target: Field, *, to_write: bool) -> str:
        found = self.clients.named(text) if to_write else self.clients.meant(text)
        if len(found) == 1:
            return found[0].id
        if found:
            raise ConversionError(
                f"{len(found)} active clients are called “{_short(text)}”, so “{target.name}” cannot be set.",
                hint="Write the person's e-mail address instead of the name.",
            )
        raise ConversionError(
            f"No active client of C2 is called “{_short(text)}”, as “{target.name}” needs.",
            hint=_nearest_hint(self.clients.nearest(text)),
        )

    def _option(self, value: Value, origin: Field, target: Field, *, to_write: bool) -> str:
        labels = [self.text(value, origin)]
        if origin.kind is Kind.CHOICE:
            option = find_option(origin.options, labels[0])
            labels += option.labels if option else ()
        elif isinstance(value, bool):
            labels = ["oui", "yes", "true", "vrai"] if value else ["non", "no", "false", "faux"]
        found = [option for label in labels if (option := find_option(target.options, label)) is not None]
        offered_ones = [option for option in found if option.is_active]
        if offered_ones or (found and not to_write):
            return (offered_ones or found)[0].label
        offered = {fold(option.label): option.label for option in target.options if option.is_active}
        near = [offered[name] for name in difflib.get_close_matches(fold(labels[0]), offered, n=3, cutoff=0.5)]
        if found:
            raise ConversionError(f"“{target.name}” does not offer “{_short(labels[0])}” any more.", hint=_nearest_hint(near))
        raise ConversionError(f"“{target.name}” does not offer “{_short(labels[0])}”.", hint=_nearest_hint(near))

    # -- comparing across ------------------------------------------------------------------------------------------------

    @staticmethod
    def stored(value: Value, target: Field) -> tuple[Value, ...]:
        """Give the forms in which ``target`` may hold a value of its own kind, the likeliest first."""
        if value is None and target.kind is Kind.YES_NO and target.is_custom:
            return (False,)
        return stored_forms(value, target.kind, max_length=target.max_length, decimals=target.decimals)

    def in_order(self, here: Value, field_here: Field, there: Value, field_there: Field, *, folded: bool = False) -> bool:
        """Whether two values of a mapping are equal, or one is what the other's system would store of it.

        ``folded`` compares as in matching: case and spaces ignored.
        """
        if isinstance(here, Unreadable) or isinstance(there, Unreadable):
            return False
        if field_here.kind is field_there.kind and same(here, there):
            return True
        return self._would_hold(here, field_here, there, field_there, folded=folded) or self._would_hold(
            there, field_there, here, field_here, folded=folded
        )

    def _would_hold(self, value: Value, origin: Field, held: Value, holder: Field, *, folded: bool) -> bool:
        if not can_become(origin.kind, holder.kind):
            return False
        try:
            forms = self.stored(self.read_as(value, origin, holder), holder)
        except ConversionError:
            return False
        if folded and holder.kind in {Kind.TEXT, Kind.CHOICE}:
            return any(fold(_as_text(form)) == fold(_as_text(held)) for form in forms)
        return any_same(held, forms)


def _bare_number(text: str) -> str:
    """Give a number without currency and without the blanks between its thousands; a text that is none stays as it is."""
    if len(text) > _LONGEST_AMOUNT or len(text.splitlines()) > 1:
        return text
    found = _AMOUNT.fullmatch(text.strip().replace("\u2212", "-"))
    if found is None:
        return text
    before, after, digits = found.groups()
    whole = "".join(digits.split()) if _BLANKS_IN_GROUPS.fullmatch(digits) else digits
    return before + after + whole


def _as_text(value: Value) -> str | None:
    return clean_text(str(plain(value))) if value is not None else None


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _nearest_hint(names: Iterable[str]) -> str:
    listed = ", ".join(f"“{name}”" for name in names)
    return f"The nearest are: {listed}." if listed else "Nothing similar is offered there."
