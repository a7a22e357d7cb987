"""Values as a page shows them; the templates escape what is given here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from syncsvc.notify.clean import one_line
from syncsvc.notify.texts import Words
from syncsvc.web.console.texts import PageTexts

LONGEST_VALUE = 500
"""Characters of a value that are shown."""
NOTHING = "–"  # noqa: RUF001 - what stands where nothing is known
_HOUR = 60


class Show:
    """Shows values in one language and one time zone."""

    nothing = NOTHING

    def __init__(self, texts: PageTexts, time_zone: str) -> None:
        self._texts, self._words = texts, Words(texts.language, time_zone)

    def moment(self, at: str | datetime | None, *, seconds: bool = False) -> str:
        """Give a moment as date and time of day; empty where there is none."""
        if isinstance(at, str):
            at = datetime.fromisoformat(at)
        if at is None:
            return ""
        return f"{self._words.moment(at)}:{at:%S}" if seconds else self._words.moment(at)

    def took(self, run: dict[str, Any], *, is_counted: bool) -> str:
        """Give how long a run took; nobody knows when one was killed."""
        if not is_counted or not run["finished_at"]:
            return NOTHING
        length = datetime.fromisoformat(run["finished_at"]) - datetime.fromisoformat(run["started_at"])
        minutes, seconds = divmod(round(length.total_seconds()), 60)
        if minutes >= _HOUR:
            return f"{minutes // _HOUR} h {minutes % _HOUR:02} min"
        return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"

    def value(self, value: Any) -> str:
        """Give a field's value, or the word for an empty one."""
        return one_line(self._words.value(value), LONGEST_VALUE) or self._texts("empty")

    def text(self, text: object) -> str:
        """Give a text of one of the systems, or of the program, on one line."""
        return one_line("" if text is None else str(text), 4 * LONGEST_VALUE)

    def own(self, sentence: str | None) -> str:
        """Give a sentence of the program in the page's language, or as it was said where it is not known in it."""
        return self.text(sentence and (self._words.own(sentence) or sentence))

    def error(self, kind: str) -> str:
        """Give the word for a kind of error."""
        return self._words.named("kind", kind)

    def change(self, group: str, code: str) -> str:
        """Give the word for a change's ``action``, ``record`` or ``system``."""
        return self._words.named(group, code)

    def both(self, counts: dict[str, Any], *, is_counted: bool = True) -> str:
        """Give a number for each system."""
        return f"{counts['c2']} · {counts['hector']}" if is_counted else NOTHING
