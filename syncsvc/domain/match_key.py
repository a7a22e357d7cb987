"""What two records are recognised by: one text for all values of a mapping that are the same to people and to both systems.

Values that are *in order* have the same key, whichever of the two directions converts them: the key is written in the stricter of
the two kinds, rounded and cut as the coarser side stores it, case and spaces folded. (Where a system rounds or counts characters
in an unlikely way, only the likeliest form is recognised.) Who is matched by it is none of this file's business.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError
from syncsvc.domain.records import Field
from syncsvc.domain.values import Kind, Option, Unreadable, Value, clean_text, find_option, fold, plain, stored_forms

_STRICTEST_FIRST = (Kind.DATE, Kind.DATE_TIME, Kind.NUMBER, Kind.YES_NO, Kind.PERSON, Kind.CHOICE, Kind.TEXT)


class MatchKey:
    """The keys of one mapping's values; made once for many records.

    ``ignored`` are folded texts that stand for no value.
    """

    def __init__(self, c2: Field, hector: Field, conventions: Conventions, ignored: frozenset[str] = frozenset()) -> None:
        self._conventions = conventions
        self._strict = min((c2, hector), key=lambda side: _STRICTEST_FIRST.index(side.kind))
        self._length = min((f.max_length for f in (c2, hector) if f.kind is Kind.TEXT and f.max_length is not None), default=None)
        self._decimals = min((f.decimals for f in (c2, hector) if f.decimals is not None), default=None)
        self._labels = _labels(c2.options, hector.options)
        self._ignored = ignored | {fold(self._cut(text)) for text in ignored}

    def of(self, value: Value, origin: Field) -> str:
        """Give the key of a value that a field like ``origin`` holds; ``""`` where there is nothing to match by.

        That is an empty value, one that nobody can read, or one that stands for no value: as it is held, or in another form.
        A value that the stricter kind could not hold is its own key: nobody but its equals in the same system has it.
        """
        if value is None or isinstance(value, Unreadable):
            return ""
        held = str(value) if origin.kind is Kind.TEXT else self._conventions.shown(value, origin)
        whole = fold(held)
        told = held if self._strict.kind is Kind.TEXT else self._same_for_all(value, origin)
        key = whole if told == held and self._length is None else fold(self._cut(told))
        return "" if whole in self._ignored or key in self._ignored else key

    def _same_for_all(self, value: Value, origin: Field) -> str | None:
        """Write a value in the form that all its equals share."""
        if self._strict.kind is Kind.CHOICE:
            text = str(plain(value))
            return self._labels.get(fold(text), text)
        for told in self._ways_to_say(value, origin):
            try:
                return self._written(self._conventions.read_as(told, origin, self._strict))
            except ConversionError:
                continue
        return self._conventions.shown(value, origin)

    def _ways_to_say(self, value: Value, origin: Field) -> list[Value]:
        """Give a value and, for a choice, what else its option is called: any of them may be what the other side can read."""
        option = find_option(origin.options, str(value)) if origin.kind is Kind.CHOICE else None
        return [value, *(option.labels if option else ())]

    def _written(self, value: Value) -> str:
        """Write a value of the stricter kind; a person by her full name, which her namesakes share."""
        if self._strict.kind is Kind.PERSON:
            client = self._conventions.clients.by_id(str(value))
            return (client.full_name.strip() if client else "") or str(value)
        if self._decimals is not None:
            value = stored_forms(value, self._strict.kind, decimals=self._decimals)[0]
        return self._conventions.text(value, self._strict)

    def _cut(self, text: str | None) -> str | None:
        """Cut a text as the narrower side stores it."""
        if text is None or self._length is None:
            return text
        text = clean_text(text)
        return text[: self._length] if text else None


def _labels(c2: tuple[Option, ...], hector: tuple[Option, ...]) -> dict[str, str]:
    """Give the one label that stands for each label of either side, by folded label; whose it is, ``find_option`` says."""
    known: dict[str, str] = {}
    for option, name in _names(c2):
        known.setdefault(fold(name), option.label)
    found = dict(known)
    for option, name in _names(hector):
        names = (fold(one) for one in (option.label, *option.labels))
        found.setdefault(fold(name), next((known[one] for one in names if one in known), option.label))
    return found


def _names(options: tuple[Option, ...]) -> Iterator[tuple[Option, str]]:
    """Give every name of every option: active options come first, and of them the canonical labels."""
    for is_active in (True, False):
        some = [option for option in options if option.is_active is is_active]
        yield from ((option, option.label) for option in some)
        yield from ((option, name) for option in some for name in option.labels)
