"""What people decide themselves: which side of a conflict counts, and which records belong together.

Each command takes the lock for its one transaction; what it decides is carried out by the next run. How records are found is in
``pairing.py``, the listings are in ``look.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from syncsvc import bootstrap
from syncsvc.cli import words
from syncsvc.cli.output import Out
from syncsvc.cli.pairing import Records, as_id
from syncsvc.domain.errors import UnfitRequestError, UnknownRecordError
from syncsvc.domain.records import Asset, ConfigurationItem, Side
from syncsvc.rules_file import load_rules
from syncsvc.settings import Settings
from syncsvc.state import queries
from syncsvc.state.store import AlreadyLinkedError, NewLink, Store

_VOID = "This holds for the values shown: when either changes before the run, the conflict is open again."
_JOINED = "The next run compares their fields for the first time, by the rules of {}; what differs is shown by syncsvc plan."
_PARTED = (
    "No run joins them again; syncsvc links add does. To the next run each is a record without a counterpart: it may find it "
    "another by match_on, or create one where the rules say so. As long as both have one value of match_on they are left alone, "
    "though, and an ambiguous error says so."
)


def resolve(ids: Sequence[int], use: Side, *, as_json: bool, env_file: Path | None) -> int:
    """Settle conflicts, all of them or none, and say what the next run will do."""
    out = Out(as_json=as_json)
    ids = list(dict.fromkeys(ids))
    with bootstrap.open_for_writing(bootstrap.load(env_file)) as (engine, _lock):
        Store(engine).settle_conflict(ids, use, bootstrap.now())
        known = {conflict["id"]: conflict for conflict in queries.conflicts(engine)}
    settled = [known[conflict_id] for conflict_id in ids]
    if as_json:
        out.json(settled)
    for conflict in settled:
        out.line(_to_be_done(conflict, use))
    out.line(_VOID, "dim")
    return 0


def add(ci: str, asset: str, *, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Join a CI and an asset that stand in categories which the rules tie."""
    out = Out(as_json=as_json)
    settings = bootstrap.load(env_file)
    rules = load_rules(rules_file or settings.rules)
    settings.require_systems()
    with (
        bootstrap.open_for_writing(settings) as (engine, lock),
        bootstrap.open_systems(settings, language=rules.language, memories=bootstrap.memories(settings, engine)) as systems,
    ):
        records = Records(rules, systems.c2, systems.hector)
        found_ci = records.ci(ci)
        found_asset = records.asset(asset, near=found_ci)
        _refuse_linked(engine, found_ci, found_asset)
        pair = records.tie(found_ci, found_asset)
        lock.check()
        new = NewLink(
            found_ci.id, found_ci.number, found_asset.id, found_ci.is_active, found_asset.is_active, baselines={}, by_hand=True
        )
        (link_id,) = Store(engine).add_links(None, pair, [new], bootstrap.now())
        link = queries.find_links(engine, ci_id=found_ci.id)[link_id]
    if as_json:
        out.json(link)
    out.line(f"CI {found_ci.number} and asset {found_asset.label} are a pair now.", "bold green")
    out.line(_JOINED.format(f"{pair.title} {pair.direction} {pair.hector_category.name}"))
    return 0


def remove(ci: str | None, asset: str | None, *, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Part the pair that this CI or this asset belongs to, or that they are."""
    if ci is None and asset is None:
        raise UnfitRequestError(
            "Which pair is to be parted?", hint="Name one of its two records, or both: --ci NUMBER, --asset TAG-OR-ID."
        )
    out = Out(as_json=as_json)
    settings = bootstrap.load(env_file)
    asset_id = _asset_id(asset, settings, rules_file) if asset is not None else None
    with bootstrap.open_for_writing(settings) as (engine, _lock):
        named = f"CI {ci}" if ci is not None else f"Asset {asset}"
        found = queries.find_links(engine, ci_number=ci) if ci is not None else queries.find_links(engine, asset_id=asset_id)
        if not found:
            raise UnknownRecordError(f"{named} is linked with nobody.", hint="syncsvc links lists the pairs.")
        if asset_id is not None:
            found = _with_asset(engine, named, found, asset_id, f"asset {asset}")
        if len(found) > 1:
            raise UnfitRequestError(f"{named} is the name of several linked records.", hint="Name the pair by its asset instead.")
        ((link_id, link),) = found.items()
        label = queries.asset_label(engine, link["asset_id"])
        Store(engine).part(link_id, bootstrap.now())
    if as_json:
        out.json(link | {"status": "parted"})
    out.line(f"CI {link['ci_number']} and asset {label} ({link['category']}) are parted.", "bold")
    out.line(_PARTED)
    return 0


def _to_be_done(conflict: dict[str, Any], use: Side) -> str:
    """Say what the next run will do about a settled conflict, with both values."""
    kept, lost = conflict[f"{use}_value"], conflict[f"{use.other}_value"]
    here, there = use.label, use.other.label
    what = f"writes {here}'s {_quoted(kept)} to {there}" if kept is not None else f"empties it in {there}, as it is in {here}"
    instead = f"in place of {_quoted(lost)}" if lost is not None else "where it is empty"
    record = f"CI {conflict['ci']}, asset {conflict['asset']}, “{conflict['field']}”"
    return f"Conflict {conflict['id']} ({record}): the next run {what}, {instead}."


def _quoted(value: object) -> str:
    return f"“{words.value(value)}”"


def _with_asset(
    engine: Engine, named: str, links: dict[int, dict[str, Any]], asset_id: int, asset: str
) -> dict[int, dict[str, Any]]:
    """Give that of a record's links which has this asset; raises :class:`UnfitRequestError` where there is only another one."""
    found = {link_id: link for link_id, link in links.items() if link["asset_id"] == asset_id}
    if not found:
        others = " and ".join(f"asset {queries.asset_label(engine, link['asset_id'])}" for link in links.values())
        hint = "syncsvc links lists the pairs; one of its two records is enough to name one."
        raise UnfitRequestError(f"{named} is linked with {others}, not with {asset}.", hint=hint)
    return found


def _refuse_linked(engine: Engine, ci: ConfigurationItem, asset: Asset) -> None:
    """Refuse to join what is joined: a record has one counterpart at the most."""
    for link in queries.find_links(engine, ci_id=ci.id, asset_id=asset.id).values():
        if (link["ci_id"], link["asset_id"]) == (ci.id, asset.id):
            raise AlreadyLinkedError(f"CI {ci.number} and asset {asset.label} are a pair already.", hint="See: syncsvc links")
        own = f"CI {ci.number}" if link["ci_id"] == ci.id else f"Asset {asset.label}"
        other = f"asset {queries.asset_label(engine, link['asset_id'])}" if link["ci_id"] == ci.id else f"CI {link['ci_number']}"
        raise AlreadyLinkedError(
            f"{own} is linked already, with {other} ({link['category']}, {link['status']}).",
            hint=f"When that is wrong, part them first: syncsvc links remove --ci {link['ci_number']}",
        )


def _asset_id(tag_or_id: str, settings: Settings, rules_file: Path | None) -> int:
    """Give an asset's id, by its tag as Hector has it now, or as it was written: the asset itself may be gone."""
    rules = load_rules(rules_file or settings.rules)
    with bootstrap.open_remembering(settings, language=rules.language) as systems:
        found = Records(rules, systems.c2, systems.hector).tagged(tag_or_id)
    asset_id = found.id if found is not None else as_id(tag_or_id)
    if asset_id is None:
        hint = "A tag is looked for in the Hector categories of the rules; or write the asset's id, as syncsvc links lists it."
        raise UnknownRecordError(f"Hector has no asset with the tag {tag_or_id}.", hint=hint)
    return asset_id
