"""``syncsvc rules``: check the rules file, and give the schema that editors check it by."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from syncsvc import bootstrap
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.output import Out
from syncsvc.cli.streams import harmless, write
from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.rules import Direction, Rules
from syncsvc.engine.load import Catalogue
from syncsvc.rules_file import load_rules, schema
from syncsvc.settings import Settings


def check(*, offline: bool, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Check the rules against themselves and, unless ``offline``, against what the two systems offer."""
    settings = bootstrap.load(env_file)
    out = Out(as_json=as_json)
    file = rules_file or settings.rules
    rules: Rules | None = None
    try:
        rules = load_rules(file)
        refusals = () if offline else _ask_the_systems(settings, rules)
    except RulesError as error:
        refusals = error.refusals
    if as_json:
        found = [{key: asdict(refusal)[key] for key in ("line", "column", "path", "message", "hint")} for refusal in refusals]
        out.json({"file": str(file), "ok": not refusals, "refusals": found})
    elif refusals:
        _show_refusals(out, file, refusals)
    else:
        assert rules is not None
        _show_rules(out, file, rules, offline=offline)
    return ExitCode.WRONG_USAGE if refusals else ExitCode.WELL


def print_schema() -> int:
    """Print the JSON Schema of the rules file, as it ships."""
    write(json.dumps(schema(), ensure_ascii=False, indent=2))
    return ExitCode.WELL


def _ask_the_systems(settings: Settings, rules: Rules) -> tuple[Refusal, ...]:
    with bootstrap.open_systems(settings, language=rules.language) as systems:
        catalogue = Catalogue(systems.c2, systems.hector)
        return tuple(
            refusal for category in rules.categories for refusal in catalogue.resolve(category, rules.default_stockroom)[1]
        )


def _show_refusals(out: Out, file: Path, refusals: tuple[Refusal, ...]) -> None:
    for refusal in refusals:
        place = f"{file}:{refusal.line}:{refusal.column}: " if refusal.line else f"{file}: "
        where = f"{harmless(refusal.path)}: " if refusal.path else ""
        out.line(Text.assemble((harmless(place), "bold"), where, harmless(refusal.message)))
        if refusal.hint:
            out.line(refusal.hint, "dim", indent=4)


def _show_rules(out: Out, file: Path, rules: Rules, *, offline: bool) -> None:
    against = "The two systems were not asked." if offline else "It fits both systems."
    out.line(Text.assemble(("In order: ", "bold green"), harmless(f"{file}. {against}")))
    for category in rules.categories:
        if category.direction is Direction.NONE:
            out.line(f"  {category.cmdb} / {category.category}: not synchronised", "dim")
        else:
            fields = f"{len(category.fields)} fields"
            out.line(f"  {category.cmdb} / {category.category} {category.direction} {category.hector_category}, {fields}")
