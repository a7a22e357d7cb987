"""``syncsvc rules init``: a starting rules file from what the two systems offer. It never overwrites one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from syncsvc import bootstrap
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.output import Out
from syncsvc.cli.streams import say
from syncsvc.cli.words import count
from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import SettingsError
from syncsvc.engine.survey import Surveyor
from syncsvc.planning.suggest import Offer, Suggestion
from syncsvc.rules_file.write import Habits, starting_rules
from syncsvc.settings import Settings, conventions

SCHEMA = "sync.schema.json"


def init(*, output: Path | None, cmdbs: list[str], as_json: bool, env_file: Path | None) -> int:
    """Read both systems and write the file; raises :class:`SettingsError` where one stands already."""
    settings = bootstrap.load(env_file)
    file = output or settings.rules
    _refuse_to_overwrite(file)
    out = Out(as_json=as_json)
    offer = _survey(settings, cmdbs, watched=out.is_person and not as_json)
    _write(file, starting_rules(offer, _habits(settings, file)))
    if as_json:
        out.json(_document(file, offer))
    else:
        _show(out, file, offer)
    return ExitCode.WELL


def _refuse_to_overwrite(file: Path) -> None:
    if file.is_dir():
        raise SettingsError(
            f"{file} is a directory, and a file is to be written.", hint="Name the file in it: --output DIRECTORY/sync.yaml"
        )
    if file.exists() or file.is_symlink():
        hint = "Write to another place with --output, or move the file away first."
        raise SettingsError(f"There is a file at {file} already; it is left as it is.", hint=hint)


def _survey(settings: Settings, cmdbs: list[str], *, watched: bool) -> Offer:
    language = _language(settings)

    def tenants_ways(clients: Clients) -> Conventions:
        return replace(conventions(settings, language), clients=clients)

    with bootstrap.open_remembering(settings, language=language) as systems:
        return Surveyor(systems.c2, systems.hector, tenants_ways, say if watched else lambda _: None).survey(cmdbs)


def _language(settings: Settings) -> str:
    return "en" if settings.c2.locale.lower().startswith("en") else "fr"


def _habits(settings: Settings, file: Path) -> Habits:
    schema = SCHEMA if (file.parent / SCHEMA).is_file() else ""
    return Habits(_language(settings), settings.c2.time_zone, schema)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        _refuse_to_overwrite(file)  # somebody else may have written it meanwhile
        raise SettingsError(f"{file} cannot be written: {error.strerror}.", hint="Check its path and rights.") from error


def _show(out: Out, file: Path, offer: Offer) -> None:
    out.line(f"Written: {file}. Nothing is synchronised yet: every category in it says “direction: none”.", "bold")
    for one in offer.suggestions:
        names = f"{one.cmdb.name} / {one.category.name} and {one.hector_category.name}"
        keys = ", ".join(key.c2.name for key in one.match_on)
        matched = f"matched by {keys}" if keys else "nothing to match by"
        sure = sum(not tie.doubt for tie in one.ties)
        out.line(f"{names}: {count(sure, 'field')}, {matched}", indent=2)
    alone = [f"{cmdb.name} / {category.name}" for cmdb, category in offer.alone_in_c2]
    if alone:
        out.line(f"No counterpart was found for: {', '.join(alone)}.", "yellow", indent=2)
    out.line("Correct it, give the categories their directions, then: syncsvc rules check, rules show, plan.")


def _document(file: Path, offer: Offer) -> dict[str, object]:
    return {
        "file": str(file),
        "categories": [_suggested(one) for one in offer.suggestions],
        "without_counterpart": {
            "c2": [{"cmdb": cmdb.name, "category": category.name} for cmdb, category in offer.alone_in_c2],
            "hector": [category.name for category in offer.alone_in_hector],
        },
    }


def _suggested(one: Suggestion) -> dict[str, object]:
    return {
        "cmdb": one.cmdb.name,
        "category": one.category.name,
        "hector_category": one.hector_category.name,
        "cis": one.cis,
        "assets": one.assets,
        "match_on": [key.c2.name for key in one.match_on],
        "fields": [
            {
                "c2": tie.c2.name,
                "hector": tie.hector.name,
                "same_name": tie.same_name,
                "compared": tie.share.compared,
                "equal": tie.share.equal,
                "doubt": tie.doubt,
            }
            for tie in one.ties
        ],
    }
