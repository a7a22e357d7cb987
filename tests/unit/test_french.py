"""What the program itself says about records is French in a French mail: held against the code that says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from mail_samples import ENGLISH, FRENCH, error, portables, run, unreachable

from syncsvc.domain import conventions
from syncsvc.domain.errors import UNEXPECTED_HINT, unexpected
from syncsvc.notify.alarms import held_letter
from syncsvc.notify.digest import errors_letter
from syncsvc.notify.french import in_french
from syncsvc.notify.news import News
from syncsvc.planning import guards, merge


def rendered(node: ast.expr) -> str:
    """Give a text of the code with something in the place of each value."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    parts = [part for part in node.values if isinstance(part, ast.Constant | ast.FormattedValue)]
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "7 of 7 links" if ast.unparse(part.value) == "of" else "7"
        for part in parts
    )


def tree(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


def reasons() -> Iterator[str]:
    """Give every reason of the guards."""
    for node in ast.walk(tree(guards)):
        if isinstance(node, ast.Yield | ast.Return) and isinstance(node.value, ast.JoinedStr):
            yield rendered(node.value)


def refusals(module: ModuleType) -> Iterator[str]:
    """Give every message and hint about a value that cannot be written."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ConversionError":
            hints = [word.value for word in node.keywords if word.arg == "hint"]
            yield from (rendered(part) for part in (*node.args, *hints) if isinstance(part, ast.Constant | ast.JoinedStr))


SAID = [*reasons(), *refusals(conventions), *refusals(merge)]


def test_the_code_says_something() -> None:
    assert len(SAID) > 20


@pytest.mark.parametrize("said", SAID)
def test_what_guards_and_conversions_say_is_known_in_french(said: str) -> None:
    french = in_french(said)

    assert french is not None
    assert french != said
    assert "7" in french or "7" not in said


def test_values_are_left_as_they_are_and_what_others_said_too() -> None:
    assert (
        in_french("“a “b” {c}” is not a number, as “Prix” needs.")
        == "« a “b” {c} » n'est pas un nombre, comme le demande « Prix »."
    )
    assert in_french("“Achat” holds “x”, which is no date.") == "« Achat » contient « x », qui n'est pas de ce genre : date."
    assert in_french("Hector refused it: Name is too long.") == "Hector l'a refusé : Name is too long."
    assert in_french("Something that nobody foresaw.") is None


def test_a_french_mail_has_no_english_lead_reason_or_advice() -> None:
    unforeseen = unreachable(kind="network", message="C2 could not be reached.", hint="Check the network.")
    failed = errors_letter(run("failed"), News(new=(unforeseen,)), FRENCH)
    assert failed.lead.endswith("n'a pas pu se faire : réseau.")
    assert failed.tables[0].advice == ("Vérifiez le réseau, le pare-feu, le serveur mandataire et l'adresse.",)
    assert failed.sheet is not None
    assert failed.sheet.rows[0][-1] == failed.tables[0].advice[0]

    for reason in reasons():
        held = held_letter(run("held"), News(held=(portables("held", reason),)), {}, FRENCH)
        assert reason not in held.lines[0]

    broke = unexpected(ZeroDivisionError(), "by zero")
    broken = unreachable(kind="internal", message=broke, hint=UNEXPECTED_HINT)
    letter = errors_letter(run("failed"), News(new=(broken,)), FRENCH)
    assert letter.lead.endswith("quelque chose que syncsvc ne sait pas traiter (ZeroDivisionError: by zero).")
    assert UNEXPECTED_HINT not in letter.tables[0].advice[0]

    wrong = errors_letter(run(), News(new=(error(),)), FRENCH)
    assert wrong.tables[0].advice == ("Écrivez-le comme 1234,56.",)
    assert wrong.tables[0].rows[0][-1] == "« cher » n'est pas un nombre, comme le demande « Prix »."
    assert errors_letter(run(), News(new=(error(),)), ENGLISH).tables[0].advice == ("Write it like 1234,56.",)


@pytest.mark.parametrize(("made", "source"), [("the asset A00002", "CI 00000001"), ("the CI 00000002", "asset A00001")])
def test_what_is_left_over_of_a_lost_creation_is_said_in_french(made: str, source: str) -> None:
    kind = "an asset" if "asset" in made else "a CI"
    told = f"An earlier run lost the answer when it created {kind} for {source}, which has been linked with another since;"
    french = in_french(f"{told} {made} seems to be what it made, and is left alone.")
    assert french is not None
    assert made.rpartition(" ")[2] in french
    assert source.rpartition(" ")[2] in french
    assert in_french(f"Delete {made.rpartition(' ')[0]} if nobody needs it, or link it by hand: syncsvc links add.") is not None
