"""How mails read, word by word in both languages (``mails/*.txt``), and that nothing in them does harm.

``SYNCSVC_WRITE_MAILS=1`` writes the expected texts anew; read the difference before you believe it.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from mail_samples import ENGLISH, FRENCH, conflict, error, portables, run, unreachable

from syncsvc.domain.told import Reason
from syncsvc.notify import texts
from syncsvc.notify.alarms import as_silent, held_letter, missed_letter, silent_letter
from syncsvc.notify.clean import cell, one_line
from syncsvc.notify.digest import MOST_ROWS, errors_letter, recovered_letter
from syncsvc.notify.news import CategoryFacts, News
from syncsvc.notify.render import Letter, content
from syncsvc.notify.texts import Words

MAILS = Path(__file__).parent / "mails"
CONSOLE = "https://sync.erables.example/"
DUE = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PLAN = [
    [["create", "hector", "asset", "g-1", "-", "hp"], []],
    [["create", "hector", "asset", "g-2", "-", "hp"], []],
    [["update", "c2", "ci", "g-3", "3", "-"], []],
]
HELD = portables("held", "41 records would be created in Hector (max_creates is 5)")
SCREENS = CategoryFacts("Inventaire", "Écrans", "held", ("C2 shows no CI although 7 are linked",))
SEVERAL = News(
    new=(error(1), error(2, hector_value="12.50"), conflict(), unreachable(kind="network", category="Écrans", cmdb="Inventaire")),
    before=tuple(error(number) for number in range(100, 117)),
    over=(error(3).as_said(),),
)
LETTERS: dict[str, Callable[[Words], Letter]] = {
    "errors": lambda words: errors_letter(
        run("completed_with_errors", portables(), CategoryFacts("Inventaire", "Écrans", "failed")), SEVERAL, words, CONSOLE
    ),
    "same-errors": lambda words: errors_letter(run(), News(before=SEVERAL.before), words),
    "failed": lambda words: errors_letter(run("failed", number=13), News(new=(unreachable(),)), words),
    "recovered": lambda words: recovered_letter(
        run("succeeded"), News(over=(*SEVERAL.over, conflict().as_said(), as_silent(("Inventaire", "Écrans")))), words, CONSOLE
    ),
    "held": lambda words: held_letter(
        run("held"), News(held=(HELD,), held_before=(SCREENS,)), {("Inventaire", "Portables"): PLAN}, words, CONSOLE
    ),
    "held-as-before": lambda words: held_letter(run("held"), News(held_before=(HELD, SCREENS)), {}, words, CONSOLE),
    "errors-and-held-as-before": lambda words: errors_letter(
        run("held"), News(before=SEVERAL.before[:1], held_before=(HELD, SCREENS)), words
    ),
    "missed": lambda words: missed_letter([DUE], words),
    "missed-caught-up": lambda words: missed_letter(
        [DUE - timedelta(days=1), DUE], words, why=Reason("rules", "The rules file is broken."), caught_up=True
    ),
    "silent": lambda words: silent_letter({("Inventaire", "Portables"): DUE, ("Inventaire", "Écrans"): None}, words),
}


def written(letter: Letter, hide: Callable[[str], str] = str) -> dict[str, Any]:
    return content(letter, hide)


def in_full(mail: dict[str, Any]) -> str:
    attached = mail["attachment"]
    return f"{mail['subject']}\n\n{mail['text']}" + (f"\n{attached['name']}\n{attached['text']}" if attached else "")


@pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=["fr", "en"])
@pytest.mark.parametrize("name", LETTERS)
def test_a_mail_reads_as_it_was_agreed(name: str, words: Words) -> None:
    file = MAILS / f"{name}.{words.language}.txt"
    found = in_full(written(LETTERS[name](words))).replace("\r\n", "\n").replace("\ufeff", "")
    if os.environ.get("SYNCSVC_WRITE_MAILS"):
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(mail: dict[str, Any]) -> _Texts:
    parser = _Texts()
    parser.feed(mail["html"])
    return parser


@pytest.mark.parametrize("name", LETTERS)
def test_html_says_what_the_text_says(name: str) -> None:
    letter = LETTERS[name](FRENCH)
    said = set(page(written(letter)).texts)
    wanted = {letter.lead, *letter.lines, *letter.after}
    wanted |= {value for table in letter.tables for row in table.rows for value in row if value}
    assert wanted <= said


HOSTILE = [
    '=HYPERLINK("http://evil.example")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    "\u200b=1",
    "<script>alert(1)</script>",
    "a\r\nBcc: everybody@evil.example",
    "\u202eexe.fdp",
    '";=1;"',
    "\ud800",
    "é" * 70_000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=["fr", "en"])
def test_no_text_of_a_customer_does_harm(text: str, words: Words) -> None:
    names = ("cmdb", "category", "ci", "asset", "field", "c2_value", "hector_value", "message", "hint")
    it = CategoryFacts(text, text, "failed", (text,))
    row = error(kind=text, **dict.fromkeys(names, text))
    mail = written(errors_letter(run("failed", it), News(new=(row,), held=(it,)), words, CONSOLE))
    for part in (mail["subject"], mail["text"], mail["html"]):
        part.encode()
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u200b]", part)
    assert "\n" not in mail["subject"]
    assert len(mail["subject"]) <= 200
    assert "script" not in page(mail).tags
    assert not re.search("^Bcc", mail["text"], re.MULTILINE)
    separator_of = {"fr": ";", "en": ","}
    csv.field_size_limit(10_000_000)  # with the wrong separator, a line is one cell
    for separator in ";,":  # whichever the reader takes
        for cells in csv.reader(io.StringIO(mail["attachment"]["text"].lstrip("\ufeff"), newline=""), delimiter=separator):
            assert not any(found.startswith(("=", "+", "-", "@", "\t", "\r")) for found in cells)
            assert separator != separator_of[words.language] or all(len(found) < 32_767 for found in cells)


def test_secrets_are_taken_out_of_every_part() -> None:
    secret = "pa<ss>&word"
    names = ("cmdb", "category", "ci", "asset", "field", "c2_value", "hector_value", "message", "hint")
    row = error(**dict.fromkeys(names, f"it is {secret}!"))
    held = CategoryFacts(secret, secret, "failed", (secret,))
    letter = errors_letter(run("failed", held), News(new=(row,), held=(held,)), ENGLISH)
    mail = written(letter, lambda text: text.replace(secret, "•••"))
    everything = "".join((mail["subject"], mail["text"], mail["html"], mail["attachment"]["text"]))
    assert "•••" in everything
    assert "word" not in everything.replace("password", "")


def test_no_more_than_fifty_rows_are_shown_and_all_are_attached() -> None:
    new = tuple(error(number) for number in range(83))
    mail = written(errors_letter(run(), News(new=new, before=(error(500),)), ENGLISH))
    assert mail["text"].count("  - CI:") == MOST_ROWS == 50
    assert mail["html"].count("<td") == 50 * 6
    assert "50 of 83 new ones are shown here" in mail["text"]
    assert "Inventaire / Portables: refused value (83)" in mail["text"]
    rows = list(csv.DictReader(io.StringIO(mail["attachment"]["text"].lstrip("\ufeff"), newline="")))
    assert [row["State"] for row in rows] == ["new"] * 83 + ["as before"]


@pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=["fr", "en"])
def test_advice_that_differs_stands_with_the_record_that_it_is_for(words: Words) -> None:
    """Above them all it would be followed for the wrong ones: what mends one record makes a second one of another."""
    hints = [
        "Join the two that are one thing by hand (syncsvc links add), and correct the value where it is wrong.",
        "Correct the value where it is wrong; a record in which it is emptied counts as a thing of its own.",
        "Settle “Série” first.",
        "Settle “Étiquette” first.",
    ]
    new = tuple(error(number, kind="ambiguous", hint=hint) for number, hint in enumerate(hints))
    (table,) = errors_letter(run(), News(new=new), words).tables
    assert table.advice == ()
    assert table.columns[-1] == words("column.do")
    assert [row[-1] for row in table.rows] == [words.own(hint) for hint in hints]
    (alike,) = errors_letter(run(), News(new=(new[0], new[0])), words).tables
    assert alike.advice == (words.own(hints[0]),)
    assert len(alike.columns) == len(table.columns) - 1


def test_excel_knows_the_attachment_as_utf_8_and_by_its_languages_separator() -> None:
    french, english = (written(LETTERS["errors"](words))["attachment"]["text"] for words in (FRENCH, ENGLISH))
    assert french.startswith('\ufeff"État";"CMDB";')
    assert english.startswith('\ufeff"State","CMDB",')


def test_without_a_console_there_is_no_link() -> None:
    assert "http" not in in_full(written(errors_letter(run(), SEVERAL, FRENCH)))
    mail = written(errors_letter(run(), SEVERAL, FRENCH, CONSOLE))
    assert 'href="https://sync.erables.example/runs/12"' in mail["html"]
    assert "https://sync.erables.example/runs/12" in mail["text"].splitlines()
    conflicts = 'href="https://sync.erables.example/conflicts"'
    assert conflicts in mail["html"]
    assert conflicts not in written(errors_letter(run(), News(new=(error(1),)), FRENCH, CONSOLE))["html"]
    for letter in (missed_letter([DUE], FRENCH, CONSOLE), silent_letter({("Inventaire", "Portables"): None}, FRENCH, CONSOLE)):
        assert 'href="https://sync.erables.example/"' in written(letter)["html"]


def test_a_text_without_harm_is_left_as_it_is() -> None:
    for text in ("Étiquette n° 12", "1-2", "a=b", ""):
        assert one_line(text) == cell(text) == text


def test_french_counts_none_and_one_alike() -> None:
    assert [FRENCH.count(number, "error") for number in (0, 1, 2)] == ["0 erreur", "1 erreur", "2 erreurs"]
    assert [ENGLISH.count(number, "error") for number in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]


def test_both_languages_fill_in_the_same_values() -> None:
    for key, pair in texts._TEXTS.items():
        french, english = (set(re.findall(r"{(\w+)}", text)) for text in pair)
        assert french == english, key


def test_every_kind_of_error_has_a_name_and_something_to_do() -> None:
    from syncsvc.domain.errors import ErrorKind

    for kind in set(ErrorKind) - {ErrorKind.CHANGED_MEANWHILE}:
        assert FRENCH.named("kind", kind.value) != kind.value
        assert FRENCH.named("do", kind.value) != kind.value
