"""Standard output as whoever is at its other end can take it: tables for a person, one line a record for a pipe, or one JSON.

What records hold is shown harmlessly: control characters become pictures of themselves, markup means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from syncsvc.cli import streams
from syncsvc.cli.streams import harmless

Cell = str | Text
PLAIN_GAP = "  "
NARROW = 100
"""Columns of characters below which a terminal has little room."""
LONGEST_CELL = 400
"""Characters of one value that a person is shown; a pipe and ``--json`` get all of them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, its style, and whether it holds numbers."""

    title: str
    style: str = ""
    right: bool = False
    whole: bool = False
    """Whether its cells are never broken into lines."""
    spare: bool = False
    """Whether it is left out where there is little room."""


class _PatientConsole(Console):
    """A console that goes silent when nobody reads any longer (``| head``), where rich would end the program."""

    def on_broken_pipe(self) -> None:
        streams.silence()


class Out:
    """Standard output. With ``as_json``, only :meth:`json` prints."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._console = _PatientConsole(highlight=False, markup=False, emoji=False)
        self.is_person = self._console.is_terminal
        """Whether a person is looking (``FORCE_COLOR`` says so, too)."""

    def json(self, document: Any) -> None:
        """Print the one JSON document."""
        streams.write_json(document)

    def paste(self, text: str) -> None:
        """Print a line that somebody is to copy: never broken, never styled."""
        if not self.as_json:
            streams.write(text)

    def line(self, text: Cell = "", style: str = "", *, indent: int = 0) -> None:
        """Print one line, or one paragraph that a terminal breaks at its width, as a whole ``indent`` blanks to the right."""
        shown = _text(text, style)
        if self.as_json:
            return
        if self.is_person:
            self._console.print(Padding(shown, (0, 0, 0, indent)) if indent else shown)
        else:
            streams.write(" " * indent + shown.plain)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """Print records: a table for a person; for a pipe a line of titles and one whole line a record."""
        if self.as_json:
            return
        if self.is_person:
            self._console.print(_table(columns, rows, narrow=self._console.width < NARROW))
        else:
            for line in _plain_lines(columns, rows):
                streams.write(line)


def _text(cell: Cell, style: str = "") -> Text:
    """Make a cell harmless; texts with styles of their own are made of harmless parts by those who style them."""
    if isinstance(cell, Text):
        return cell
    return Text(harmless(cell), style)


def _table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, narrow: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    kept = [not (column.spare and narrow) for column in columns]
    for column in compress(columns, kept):
        table.add_column(
            column.title,
            style=column.style,
            justify="right" if column.right else "left",
            no_wrap=column.whole,
            overflow="fold",
            vertical="top",
        )
    for row in rows:
        table.add_row(*(_shortened(_text(cell)) for cell in compress(row, kept)))
    return table


def _shortened(text: Text) -> Text:
    if len(text) <= LONGEST_CELL:
        return text
    return Text.assemble(text[: LONGEST_CELL - 1], "…")


def _plain_lines(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterable[str]:
    titles = [column.title.replace("-\n", "").replace("\n", " ").strip() for column in columns]
    lines = [titles, *([_text(cell).plain for cell in row] for row in rows)]
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        cells = (_padded(cell, width, right=column.right) for cell, width, column in zip(line, widths, columns, strict=True))
        yield PLAIN_GAP.join(cells).rstrip()


def _padded(cell: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - cell_len(cell))
    return blanks + cell if right else cell + blanks
