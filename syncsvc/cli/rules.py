"""``syncsvc rules``: check the rules file, and give the schema that editors check it by."""

from __future__ import annotations

import json
from pathlib import Path

from rich.text import Text

from syncsvc import bootstrap
from syncsvc.cli import words
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.output import Out
from syncsvc.cli.streams import harmless, write
from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.rules import Direction, Rules
from syncsvc.engine.confirm import Confirmed, confirm
from syncsvc.engine.load import Catalogue
from syncsvc.planning.remarks import Remark, Weight, remarks_by_themselves
from syncsvc.rules_file import load_rules, schema
from syncsvc.settings import Settings

_STYLES = {"": "", "warning": "yellow", "note": "cyan"}


def check(*, offline: bool, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Check the rules against themselves and, unless ``offline``, against what the two systems offer."""
    settings = bootstrap.load(env_file)
    out = Out(as_json=as_json)
    file = rules_file or settings.rules
    try:
        rules = load_rules(file)
    except RulesError as error:
        _tell(out, file, Confirmed((), error.refusals, ()), asked=False)
        return ExitCode.WRONG_USAGE
    confirmed = Confirmed((), (), remarks_by_themselves(rules)) if offline else ask_the_systems(settings, rules)
    if not confirmed.refusals and not as_json:
        _show_rules(out, file, rules, offline=offline)
    _tell(out, file, confirmed, asked=not offline)
    return ExitCode.WRONG_USAGE if confirmed.refusals else ExitCode.WELL


def print_schema() -> int:
    """Print the JSON Schema of the rules file, as it ships."""
    write(json.dumps(schema(), ensure_ascii=False, indent=2))
    return ExitCode.WELL


def ask_the_systems(settings: Settings, rules: Rules) -> Confirmed:
    """Hold the rules against what the two systems offer."""
    with bootstrap.open_remembering(settings, language=rules.language) as systems:
        return confirm(rules, Catalogue(systems.c2, systems.hector))


def _tell(out: Out, file: Path, confirmed: Confirmed, *, asked: bool) -> None:
    """Say what is refused, then what is worth knowing; with ``--json`` the two are kept apart, and warnings from notes."""
    if out.as_json:
        by_weight = {weight: [remark for remark in confirmed.remarks if remark.weight is weight] for weight in Weight}
        document: dict[str, object] = {"file": str(file), "ok": not confirmed.refusals, "asked": asked}
        document["refusals"] = [_as_json(refusal) for refusal in confirmed.refusals]
        out.json(document | {f"{weight}s": [_as_json(remark) for remark in found] for weight, found in by_weight.items()})
        return
    for refusal in confirmed.refusals:
        _show(out, file, refusal)
    for remark in confirmed.remarks:
        _show(out, file, remark)


def _as_json(said: Refusal | Remark) -> dict[str, object]:
    return {key: getattr(said, key) for key in ("line", "column", "path", "message", "hint")}


def _show(out: Out, file: Path, said: Refusal | Remark) -> None:
    place = f"{file}:{said.line}:{said.column}: " if said.line else f"{file}: "
    weight = f"{said.weight}: " if isinstance(said, Remark) else ""
    where = f"{harmless(said.path)}: " if said.path else ""
    out.line(Text.assemble((harmless(place), "bold"), (weight, _STYLES[weight.strip(": ")]), where, harmless(said.message)))
    if said.hint:
        out.line(said.hint, "dim", indent=4)


def _show_rules(out: Out, file: Path, rules: Rules, *, offline: bool) -> None:
    against = "The two systems were not asked." if offline else "It fits both systems."
    out.line(Text.assemble(("In order: ", "bold green"), harmless(f"{file}. {against}")))
    for category in rules.categories:
        if category.direction is Direction.NONE:
            out.line(f"  {category.cmdb} / {category.category}: not synchronised", "dim")
        else:
            fields = words.count(len(category.fields), "field")
            out.line(f"  {category.cmdb} / {category.category} {category.direction} {category.hector_category}, {fields}")
