"""The program's own sentences, said in French; what others said, and what is not known here, stays as it is.

Errors are kept as the run said them, in English, for logs and ``--json``. A mail, or a page, knows them again by their shape:
each entry of ``french_records.py``, ``french_systems.py`` and ``french_rules.py`` holds an English sentence with its values as
``{name}``, and the French one that takes the same values. A value's name says what becomes of it: ``{record}`` and ``{records}``
are records as errors name them, ``{fields}`` names in quotes, ``{kind}`` a kind of value, ``{reason}`` and ``{advice}`` sentences
themselves (see ``_WAYS``); everything else is let through. A test reads off the code what it can say, and wants all of it here.

French is written as in Québec: a space before a colon, none before a semicolon, a question or an exclamation mark, and one
inside « ».
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from syncsvc.notify.french_records import HELD, RECORDS, VALUES, WHAT_TO_DO
from syncsvc.notify.french_rules import RULES
from syncsvc.notify.french_systems import SYSTEMS

SENTENCES: Mapping[str, str] = {**HELD, **VALUES, **RECORDS, **WHAT_TO_DO, **SYSTEMS, **RULES}
_PLACE = re.compile(r"{(\w+)}")
"""Where a sentence has a value."""
_ONE_WORD = frozenset(["all", "assets", "ci", "cis", "kind", "limit", "line", "n", "run", "seconds", "status", "system", "what"])
"""Values without a blank: a long text that looks like a sentence and is none is given up the sooner."""
_KINDS = {
    "text": "texte",
    "number": "nombre",
    "date": "date",
    "yes/no": "oui/non",
    "date-time": "date et heure",
    "choice": "choix",
    "person": "personne",
}
_THINGS = {
    "CMDB": "CMDB",
    "CMDBs": "CMDB",
    "category": "catégorie",
    "categories": "catégories",
    "field": "champ",
    "fields": "champs",
    "stockroom": "entrepôt",
    "stockrooms": "entrepôts",
}
_MADE = {"an asset": "un actif", "a CI": "un CI"}
_STATES = {
    "is retired": "est retiré",
    "are retired": "sont retirés",
    "is inactive": "est inactif",
    "are inactive": "sont inactifs",
}
_RECORDS = (
    (r"(?:the )?CI ", "le CI "),
    (r"(?:the )?[Aa]sset ", "l'actif "),
    (r"the record ", "la fiche "),
    (r"a record$", "une fiche"),
)


def in_french(text: str) -> str | None:
    """Give one of the program's own sentences in French; ``None``: it is none of them."""
    return _said(text, within=False)


def _said(text: str, *, within: bool) -> str | None:
    """Say a sentence; ``within`` another one, which holds no third: whatever a text is like, it is not taken apart for ever."""
    for pattern, french in _patterns(within=within):
        found = pattern.fullmatch(text)
        values = found and {name: _value(name, value) for name, value in found.groupdict().items()}
        if values is not None and None not in values.values():
            said = french.format(**values)
            return said[0].upper() + said[1:] if french.startswith("{record") else said
    return None


def _value(name: str, value: str) -> str | None:
    """Say a value as its name asks for it; ``None``: a sentence that is not known."""
    say = _WAYS.get(name.removeprefix("other_"))
    return say(value) if say else value


def _records(value: str) -> str:
    """Name records in French: ``CI 7 (inactive), asset A1 and 3 more``."""
    value = re.sub(r" and (\S+) more$", r" et \1 autres", value)
    return ", ".join(_record(one) for one in value.split(", "))


def _record(value: str) -> str:
    for english, french in _RECORDS:
        if re.match(english, value):
            value = re.sub(f"^{english}", french, value)
            return value.replace(" (inactive)", " (inactif)").replace(" (retired)", " (retiré)")
    return value


def _fields(value: str) -> str:
    return re.sub("“([^”]*)”", r"« \1 »", value).replace(" or «", " ou «")


def _wishes(value: str) -> str:
    """Say what CIs want: ``CI 7: 529; CI 8: 530; and 44 more``."""
    return re.sub(r"(^|; )(CI [^:]*): ", r"\1\2 : ", re.sub(r"; and (\S+) more$", r"; et \1 autres", value))


def _owner(value: str) -> str:
    if value == "The C2 category":
        return "la catégorie de C2"
    return re.sub("^C2's “(.*)”$", r"« \1 » de C2", value)


def _settings(value: str) -> str | None:
    """Name one setting or two; whatever else has a blank in it is none."""
    names = value.split(" and ")
    return None if any(" " in name for name in names) else " et ".join(names)


def _kinds(value: str) -> str:
    return ", ".join(_KINDS.get(kind, kind) for kind in value.split(", "))


_WAYS: Mapping[str, Callable[[str], str | None]] = {
    "kind": _kinds,
    "kinds": _kinds,
    "what": lambda value: _THINGS.get(value, value),
    "made": lambda value: _MADE.get(value, value),
    "state": lambda value: _STATES.get(value, value),
    "owner": _owner,
    "record": _records,
    "records": _records,
    "setting": _settings,
    "fields": _fields,
    "ways": _fields,
    "wishes": _wishes,
    "reason": lambda value: _said(value, within=True),
    "advice": lambda value: _said(value, within=True),
}


@cache
def _patterns(*, within: bool) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Give the sentences, those first that have most words of their own: a shorter one may fit what is another's."""
    known = [english for english in SENTENCES if not (within and {"reason", "advice"} & set(_PLACE.findall(english)))]
    known.sort(key=lambda english: -len(_PLACE.sub("", english)))
    return tuple((_pattern(english), SENTENCES[english]) for english in known)


def _pattern(english: str) -> re.Pattern[str]:
    parts = [_place(part) if place % 2 else re.escape(part) for place, part in enumerate(_PLACE.split(english))]
    return re.compile("".join(parts), re.DOTALL)


def _place(name: str) -> str:
    return rf"(?P<{name}>\S*?)" if name.removeprefix("other_") in _ONE_WORD else f"(?P<{name}>.*?)"
