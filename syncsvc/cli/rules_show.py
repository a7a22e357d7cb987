"""``syncsvc rules show``: what the rules will do, category by category and field by field, in the rules' language."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from syncsvc import bootstrap
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.output import Out
from syncsvc.cli.rules import ask_the_systems
from syncsvc.cli.streams import harmless
from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.rules import CategoryPair, CategoryRules, Direction, Rules
from syncsvc.engine.choose import called, called_in_c2
from syncsvc.engine.load import Catalogue
from syncsvc.planning.describe import CategoryWords, FieldWords, describe
from syncsvc.rules_file import load_rules
from syncsvc.settings import Settings

_COLONS = {"en": ": ", "fr": " : "}


def show(*, category: str | None, offline: bool, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Say what the rules will do; raises :class:`RulesError` when they cannot be used."""
    settings = bootstrap.load(env_file)
    file = rules_file or settings.rules
    rules = load_rules(file)
    chosen = list(rules.categories) if category is None else _chosen(settings, rules, category, offline=offline)
    pairs = {} if offline else _confirmed(settings, rules, file)
    told = [describe(one, pairs.get(id(one)), rules.default_stockroom, rules.language) for one in chosen]
    out = Out(as_json=as_json)
    if as_json:
        categories = [_as_json(words) for words in told]
        out.json({"file": str(file), "language": rules.language, "asked": not offline, "categories": categories})
        return ExitCode.WELL
    for place, words in enumerate(told):
        if place:
            out.line()
        _show(out, words, _COLONS[rules.language])
    return ExitCode.WELL


def _chosen(settings: Settings, rules: Rules, category: str, *, offline: bool) -> list[CategoryRules]:
    """Give the categories that are called so: C2 is asked what it calls them where the rules do not have the name."""
    found = called(category, rules.categories)
    if not found and not offline:
        with bootstrap.open_remembering(settings, language=rules.language) as systems:
            found = called_in_c2(category, rules.categories, Catalogue(systems.c2, systems.hector))
    if not found:
        names = ", ".join(f"“{one.category}”" for one in rules.categories) or "none at all"
        raise RulesError((Refusal(f"The rules have no category “{category}”.", f"They have: {names}."),), file=rules.file)
    return found


def _confirmed(settings: Settings, rules: Rules, file: Path) -> dict[int, CategoryPair]:
    confirmed = ask_the_systems(settings, rules)
    if confirmed.refusals:
        raise RulesError(confirmed.refusals, file=str(file))
    return {id(one): pair for one, pair in confirmed.pairs}


def _as_json(words: CategoryWords) -> dict[str, object]:
    return {
        "cmdb": words.cmdb,
        "category": words.category,
        "hector_category": words.hector_category,
        "direction": words.direction.value,
        "words": {code: sentences for code, _, sentences in words.topics},
        "fields": [
            {
                "c2": field.c2,
                "hector": field.hector,
                "direction": field.direction.value,
                "on_conflict": field.on_conflict,
                "matches": field.recognises,
                "words": field.words,
            }
            for field in words.fields
        ],
    }


def _show(out: Out, words: CategoryWords, colon: str) -> None:
    arrow = "—" if words.direction is Direction.NONE else words.direction
    out.line(Text(harmless(f"{words.cmdb} / {words.category} {arrow} {words.hector_category or '—'}"), "bold"))
    for _, title, sentences in words.topics:
        out.line(Text.assemble((f"{title}{colon}", "dim"), harmless(sentences)), indent=2)
    for field in words.fields:
        _show_field(out, field, colon)


def _show_field(out: Out, field: FieldWords, colon: str) -> None:
    if field.direction is Direction.NONE:
        title = f"{field.c2} — {field.hector}"
    else:
        title = f"{field.c2} {field.direction} {field.hector}"
    out.line(Text.assemble((harmless(title), "cyan"), colon, harmless(field.words)), indent=4)
