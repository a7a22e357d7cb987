"""``syncsvc explain``: one record's story, field by field, and as the document that ``--json`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syncsvc import bootstrap
from syncsvc.cli import story_words, words
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.explain_show import show_story
from syncsvc.cli.look import refuse_without_database
from syncsvc.cli.output import Out
from syncsvc.cli.progress import watched
from syncsvc.cli.stopping import Stop
from syncsvc.domain.errors import UnfitRequestError
from syncsvc.domain.listing import change_as_json, problem_as_json
from syncsvc.domain.plan import Baseline
from syncsvc.domain.values import plain
from syncsvc.engine.explain import Story
from syncsvc.planning.field_story import FieldStory, Rest
from syncsvc.rules_file import load_rules


def explain(name: str, *, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Tell the story of a CI or an asset; of both where one name fits two that are no pair."""
    if not name.strip():
        raise UnfitRequestError("Which record is to be explained?", hint="Name a CI by its number, or an asset by its tag or id.")
    settings = bootstrap.load(env_file)
    rules = load_rules(rules_file or settings.rules)
    settings.require_systems()
    refuse_without_database(settings)
    out = Out(as_json=as_json)
    with watched(settings, Stop(), logged=False) as watch:
        stories = [_as_json(story) for story in bootstrap.explain(settings, rules, name.strip(), watch)]
    if as_json:
        out.json(stories)
        return ExitCode.WELL
    for place, story in enumerate(stories):
        if place:
            out.line()
        show_story(out, story)
    return ExitCode.WELL


def _as_json(story: Story) -> dict[str, Any]:
    ci, asset, link = story.records.ci, story.records.asset, story.link
    return {
        "ci": story.one.ci_number,
        "ci_name": ci.name if ci else None,
        "ci_active": ci.is_active if ci else None,
        "asset": story.one.asset_label,
        "asset_title": asset.title if asset else None,
        "asset_active": asset.is_active if asset else None,
        **dict(zip(("cmdb", "category"), story.pair.names, strict=True)),
        "hector_category": story.pair.hector_category.name,
        "direction": story.pair.direction.value,
        "standing": story.standing.value,
        "linked_at": link["linked_at"] if link else None,
        "last_synced_at": link["last_synced_at"] if link else None,
        "by_hand": story.records.link.by_hand if story.records.link else None,
        "parted_from": list(story.parted),
        "held": list(story.held),
        "problems": [problem_as_json(problem) for problem in story.problems],
        "changes": [change_as_json(change) | {"title": change.title} for change in story.changes],
        "fields": [*(_field(story, field) for field in story.fields), *(_left_out(name) for name in story.left_out)],
        "names": dict(story.names),
        "history": story.history,
    }


def _field(story: Story, field: FieldStory) -> dict[str, Any]:
    mapping, write = field.mapping, field.write
    conflict = story.conflicts.get(mapping.name)
    found: dict[str, Any] = {
        "field": mapping.name,
        "hector_field": mapping.hector.name,
        "direction": mapping.direction.value,
        "c2": plain(field.c2),
        "hector": plain(field.hector),
        "baseline": _baseline(field.baseline),
        "changed": field.changed.value if field.changed else None,
        "next": {"action": None, "system": None, "record": None, "from": None, "to": None},
        "conflict": conflict["id"] if conflict else None,
        "error": problem_as_json(field.problem) if field.problem else None,
    }
    if write is not None:
        found["next"] = {
            "action": write.action.value,
            "system": write.system.value,
            "record": write.record.value,
            "from": plain(write.before),
            "to": plain(write.after),
            "why": write.why.value,
            "words": words.why(write.why.value, write.system.value) + (story_words.THROUGH_A_SIBLING if write.through else ""),
        }
    elif field.rest is not None:
        found["next"] |= {"why": field.rest.value, "words": story_words.rest(field.rest, found)}
    return found


def _left_out(name: str) -> dict[str, Any]:
    """Give a field that the rules tie and carry nowhere: it is not read."""
    why = Rest.NOT_MAPPED
    found: dict[str, Any] = {"field": name, "hector_field": None, "direction": "none", "c2": None, "hector": None}
    found |= {"baseline": None, "changed": None, "conflict": None, "error": None}
    nothing = {"action": None, "system": None, "record": None, "from": None, "to": None}
    return found | {"next": nothing | {"why": why.value, "words": story_words.rest(why, found)}}


def _baseline(baseline: Baseline | None) -> dict[str, Any] | None:
    return None if baseline is None else {"c2": plain(baseline.c2), "hector": plain(baseline.hector)}
