"""How a mail looks: one letter as plain text, as HTML and with its table attached as CSV.

Every text of a letter passes ``hide`` (which takes secrets out) and :mod:`syncsvc.notify.clean` here, whatever it is and wherever
it came from; in HTML it is escaped as well. Nothing else goes into a mail.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from syncsvc.notify.clean import cell, one_line

Hide = Callable[[str], str]

LONGEST_SUBJECT = 150
LONGEST_VALUE = 300
"""Characters of one value in a mail's table; the attachment has all of them."""
_BOM = "\ufeff"
"""By it Excel knows that a CSV file is UTF-8."""
_STYLE = "font-family: sans-serif; font-size: 14px; line-height: 1.4"
_CELL = "border: 1px solid #999; padding: 3px 6px; text-align: left; vertical-align: top"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one category and kind, with what to do about them."""

    heading: str
    advice: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be attached."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it has a form; the lead is the sentence that matters."""

    language: str
    subject: str
    lead: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    after: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """Pages of the console."""
    footer: str = ""
    sheet: Sheet | None = None


def content(letter: Letter, hide: Hide) -> dict[str, Any]:
    """Give a letter in its forms, as data that can be stored and sent later."""

    def shown(text: str, longest: int | None = None) -> str:
        return one_line(hide(text), longest)

    sheet = letter.sheet
    return {
        "language": letter.language,
        "subject": f"[syncsvc] {shown(letter.subject, LONGEST_SUBJECT)}",
        "text": "\n".join(_text(letter, shown)) + "\n",
        "html": "\n".join(_html(letter, shown)) + "\n",
        "attachment": {"name": sheet.name, "text": _csv(sheet, letter.language, hide)} if sheet else None,
    }


def _text(letter: Letter, shown: Callable[..., str]) -> Iterator[str]:
    colon = " : " if letter.language == "fr" else ": "
    yield shown(letter.lead)
    for line in letter.lines:
        yield shown(line)
    for table in letter.tables:
        yield ""
        yield shown(table.heading)
        yield from (f"  {shown(advice)}" for advice in table.advice)
        for row in table.rows:
            told = (f"{column}{colon}{shown(value, LONGEST_VALUE)}" for column, value in _told(table.columns, row))
            yield f"  - {' · '.join(told)}"
    if letter.after or letter.links:
        yield ""
    yield from (shown(line) for line in letter.after)
    yield from (shown(link) for link in letter.links)
    yield from ("", "-- ", shown(letter.footer))


def _html(letter: Letter, shown: Callable[..., str]) -> Iterator[str]:
    def safe(text: str, longest: int | None = None) -> str:
        return escape(shown(text, longest))

    yield f'<!DOCTYPE html>\n<html lang="{safe(letter.language)}"><head><meta charset="utf-8"></head>'
    yield f'<body style="{_STYLE}">'
    yield f"<p><strong>{safe(letter.lead)}</strong></p>"
    yield from (f"<p>{safe(line)}</p>" for line in letter.lines)
    for table in letter.tables:
        yield f'<h2 style="font-size: 16px">{safe(table.heading)}</h2>'
        yield from (f"<p>{safe(advice)}</p>" for advice in table.advice)
        yield '<table style="border-collapse: collapse">'
        yield _row("th", (safe(column) for column in table.columns))
        yield from (_row("td", (safe(value, LONGEST_VALUE) for value in row)) for row in table.rows)
        yield "</table>"
    yield from (f"<p>{safe(line)}</p>" for line in letter.after)
    yield from (f'<p><a href="{safe(link)}">{safe(link)}</a></p>' for link in letter.links)
    yield f'<p style="color: #666">{safe(letter.footer)}</p>'
    yield "</body></html>"


def _row(tag: str, cells: Iterator[str]) -> str:
    return "<tr>" + "".join(f'<{tag} style="{_CELL}">{text}</{tag}>' for text in cells) + "</tr>"


def _told(columns: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((column, value) for column, value in zip(columns, row, strict=True) if value)


def _csv(sheet: Sheet, language: str, hide: Hide) -> str:
    """Write a sheet as a spreadsheet of that language opens it: where the comma is for decimals, semicolons part the cells."""
    out = io.StringIO()
    # All quoted: a cell never ends, nor another begins, where a reader takes another separator than ours.
    writer = csv.writer(out, delimiter=";" if language == "fr" else ",", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(sheet.columns)
    writer.writerows([cell(hide(value)) for value in row] for row in sheet.rows)
    return _BOM + out.getvalue()
