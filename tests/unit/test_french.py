"""What the program itself says about records is French in a French mail: held against the code that says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import perf_counter

import pytest
from mail_samples import ENGLISH, FRENCH, error, portables, run, unreachable
from own_words import Said, modules

from syncsvc.domain.errors import UNEXPECTED_HINT, unexpected
from syncsvc.notify import texts as mails
from syncsvc.notify.alarms import held_letter
from syncsvc.notify.digest import errors_letter
from syncsvc.notify.french import SENTENCES, in_french
from syncsvc.notify.news import News
from syncsvc.planning import phrases
from syncsvc.web.console import texts as pages

REMOTE = ("RefusedError", "NotFoundError", "RateLimitedError", "NetworkError", "ServerError", "ProtocolError")
STAND_INS = {
    "reason": "C2 shows no CI although 7 are linked",
    "refusal.message": "There is no stockroom for new assets.",
    "place.format(refusal.line)": " (line 7 of sync.yaml)",
}
"""What is a sentence itself where it comes from elsewhere."""


def collected() -> Iterator[Said]:
    """Give every message and hint of every error that a run can record, as far as the program's own code makes it."""
    for module in modules("planning", "engine", "adapters", "adapters/c2", "adapters/hector", stand_ins=STAND_INS):
        errors = ("ConversionError", "CredentialsError", "MissingRightError", *REMOTE)
        yield from (*module.handed_to(["Problem"], 1, "message"), *module.handed_to(["Problem"], 2, "hint"))
        yield from (*module.handed_to(errors, 0, "message"), *module.handed_to(errors, NOWHERE, "hint"))
    for module in modules("domain/conventions.py", "state/holder.py"):
        errors = ("ConversionError", "AnotherRunError", "LockLostError")
        yield from (*module.handed_to(errors, 0), *module.handed_to(errors, NOWHERE, "hint"))
    for module in modules("planning/between.py", "planning/find.py", "planning/resolve.py"):
        yield from (*module.handed_to(["refusal"], 0), *module.handed_to(["refusal"], NOWHERE, "hint"))
    (check,) = modules("planning/check.py")  # all but this one are refused before a run begins
    for place, keyword in ((0, ""), (NOWHERE, "hint")):
        yield from check.handed_to(["refusal"], place, keyword, inside="twice")
    (guards,) = modules("planning/guards.py")
    yield from guards.given_by("_doubling", "_empty", "_missing", "_changes", "_cleared", "_creations")


NOWHERE = 99
SAID = list(dict.fromkeys(collected()))


def test_what_the_code_can_say_is_found() -> None:
    """A line of each way in which the code makes its texts: where none is found, nothing is held against anything."""
    texts = {said.text for said in SAID}
    assert len(texts) > 150
    for known in (
        "Correct the value where it is wrong; a record in which it is emptied counts as a thing of its own.",  # a constant
        "The next full run finds out whether it was deleted or moved.",  # said in place
        "The subcategory was gone when it was to be written.",  # looked up
        "Settle “‹earlier›” first.",  # set to a name
        "C2 shows no CI although ‹len_snapshot_links_› are linked",  # yielded
        "Two fields cannot fill one; remove one, or give it the direction ← or none.",  # by one branch
    ):
        assert known in texts


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.text[:60])
def test_what_a_run_can_say_is_known_in_french(said: Said) -> None:
    french = in_french(said.text)

    assert french is not None, f"{said.place}: add it to notify/french_*.py: {said.text}"
    own = re.sub("‹[^›]*›", "", french)
    assert not re.search(r"\b(the|is|are|was|of|and|it|this|(?<!--)asset|retired)\b", own), french
    assert "“" not in own
    assert said.marks <= set(re.findall("‹([^›]*)›", french)), french


def test_values_are_left_as_they_are_and_what_others_said_too() -> None:
    assert (
        in_french("“a “b” {c}” is not a number, as “Prix” needs.")
        == "« a “b” {c} » n'est pas un nombre, comme le demande « Prix »."
    )
    assert in_french("“Achat” holds “x”, which is no date.") == "« Achat » contient « x », qui n'est pas de ce genre : date."
    assert in_french("Hector refused it: Name is too long.") == "Hector l'a refusé : Name is too long."
    assert in_french("Something that nobody foresaw.") is None


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "The same “Série” stands in CI 1 (inactive), asset A1 (retired) and 3 more; nobody was linked or created.",
            "Le même « Série » se trouve dans le CI 1 (inactif), l'actif A1 (retiré) et 3 autres; rien n'a été lié ni créé.",
        ),
        (
            "The “Série” of CI 1 is found in Hector only on asset A1, which is retired; nothing was created.",
            "Le « Série » du CI 1 ne se trouve dans Hector que sur l'actif A1, qui est retiré; rien n'a été créé.",
        ),
        (
            "CI 1 and asset A1 were parted by hand, yet both have the same “Série”; nobody was linked or created.",
            "Le CI 1 et l'actif A1 ont été séparés à la main, mais ont encore le même « Série »; rien n'a été lié ni créé.",
        ),
        (
            "CI 7 has nothing in “Fabricant”, “Modèle”: it is not known which subcategory its asset is made from.",
            "Le CI 7 n'a rien dans « Fabricant », « Modèle » : on ne sait pas de quelle sous-catégorie est son actif.",
        ),
        (
            "“Prix” belongs to the subcategory “840”, and its CIs do not agree on it: CI 1: 80; CI 2: 7; and 4 more.",
            "« Prix » appartient à la sous-catégorie « 840 », et ses CI ne s'accordent pas : CI 1 : 80; CI 2 : 7; et 4 autres.",
        ),
        (
            "The category is held: C2 shows no CI although 7 are linked. Nothing of it was written.",
            "La catégorie est retenue : C2 ne montre aucun CI alors que 7 sont liés. Rien n'y a été écrit.",
        ),
        (
            "Check C2__USERNAME and C2__PASSWORD. Nothing was tried twice, so that the account is not locked.",
            "Vérifiez C2__USERNAME et C2__PASSWORD. Rien n'a été essayé deux fois, pour que le compte ne soit pas bloqué.",
        ),
    ],
)
def test_records_names_and_reasons_within_a_sentence_are_french_too(english: str, french: str) -> None:
    assert in_french(english) == french


@pytest.mark.parametrize(
    "unknown", ["The category is held: who knows. Nothing of it was written.", "Check the wire and the box."]
)
def test_a_sentence_of_which_a_part_is_unknown_is_not_said_half_in_french(unknown: str) -> None:
    assert in_french(unknown) is None


@pytest.mark.parametrize(
    "part", ["x: “a” (b) ", "“a” (b) and “c” (d), ” has 2 fields called “e", " is of: the “", "CI 1: 2; ", "; "]
)
def test_a_long_text_that_looks_like_a_sentence_is_given_up_soon(part: str) -> None:
    """A value may be anything that somebody typed; a mail of thousands of rows must not hang on one of them."""
    began = perf_counter()
    assert in_french("“a” " + part * 500) is None
    assert perf_counter() - began < 2


def in_the_program() -> Iterator[str]:
    """Give every French text that people read."""
    yield from SENTENCES.values()
    yield from phrases.FRENCH.values()
    yield from (french for french, _ in (*mails._TEXTS.values(), *pages._TEXTS.values()))


@pytest.mark.parametrize("text", dict.fromkeys(in_the_program()))
def test_french_is_written_in_one_manner(text: str) -> None:
    """As in Québec: a space before a colon, none before ; ! ?, « » with a space inside, and Hector's h is mute."""
    assert not re.search(r"\s[;!?]", text)
    assert not re.search(r"(?<!\s)(?<!match_on)(?<!create):(?=\s|$)", text)
    assert not re.search(r"[“”\"]|«\S|(?<![\s\u00a0])»", text)
    assert not re.search(r"\b[dqDQ]ue? Hector", text)


def test_advice_by_kind_alone_makes_no_record_and_loses_no_value() -> None:
    """It is said where the run's own advice is not known; whoever emptied a serial by it would get a second asset, billed."""
    for key, pair in mails._TEXTS.items():
        if key.startswith("do."):
            assert not re.search(r"\b(vide|effac|supprim(?!é)|cré|empt|delet(?!ed)|creat)", " ".join(pair)), key


def test_a_french_mail_has_no_english_lead_reason_or_advice() -> None:
    unforeseen = unreachable(kind="network", message="C2 could not be reached.", hint="Check the network.")
    failed = errors_letter(run("failed"), News(new=(unforeseen,)), FRENCH)
    assert failed.lead.endswith("n'a pas pu se faire : réseau.")
    assert failed.tables[0].advice == ("Vérifiez le réseau, le pare-feu, le serveur mandataire et l'adresse.",)
    assert failed.sheet is not None
    assert failed.sheet.rows[0][-1] == failed.tables[0].advice[0]

    held = held_letter(run("held"), News(held=(portables("held", "C2 shows no CI although 7 are linked"),)), {}, FRENCH)
    assert held.lines[0].endswith(" : C2 ne montre aucun CI alors que 7 sont liés")

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
